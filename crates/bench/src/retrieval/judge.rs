//! Ranks, and what they come to.

use super::pool::Trial;
use super::scorers::{Prepared, Scorer};
use rayon::prelude::*;

/// What became of one query under one scorer.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The mean rank of the partner among its equals, for each size of pool.
    pub ranks: Vec<f64>,
    /// Functions in each pool, the partner included.
    pub sizes: Vec<usize>,
    /// The partner's score.
    pub partner: f64,
    /// The best other function's score, for each size of pool.
    pub best_other: Vec<f64>,
}

/// All verdicts: scorer by scorer, trial by trial.
pub fn judge(
    prepared: &Prepared<'_>,
    trials: &[Trial],
    scorers: &[Scorer],
    pools: &[usize],
) -> Vec<Vec<Verdict>> {
    let each: Vec<Vec<Verdict>> =
        trials.par_iter().map(|trial| one(prepared, trial, scorers, pools)).collect();
    let of = |at: usize| each.iter().filter_map(|verdicts| verdicts.get(at).cloned()).collect();
    (0..scorers.len()).map(of).collect()
}

fn one(prepared: &Prepared<'_>, trial: &Trial, scorers: &[Scorer], pools: &[usize]) -> Vec<Verdict> {
    let query = prepared.query(trial.query);
    let scores = |other: u32| {
        let pair = prepared.features(&query, other);
        let stored = prepared.part.fingerprint(&prepared.part.instances[other as usize]);
        scorers.iter().map(|scorer| scorer.score(&query, stored, &pair)).collect::<Vec<f64>>()
    };
    let mut running: Vec<Running> = scores(trial.partner).into_iter().map(Running::new).collect();
    let mut bounds: Vec<usize> = pools.iter().map(|pool| pool.saturating_sub(1)).collect();
    bounds.sort_unstable();
    let mut others = trial.others.iter();
    let mut seen = 0;
    for bound in bounds {
        for &other in others.by_ref().take(bound.saturating_sub(seen)) {
            seen += 1;
            running.iter_mut().zip(scores(other)).for_each(|(running, score)| running.see(score));
        }
        running.iter_mut().for_each(|running| running.mark(seen + 1));
    }
    running.into_iter().map(|running| running.verdict).collect()
}

struct Running {
    verdict: Verdict,
    better: usize,
    equal: usize,
    best: f64,
}

impl Running {
    fn new(partner: f64) -> Self {
        let verdict = Verdict { ranks: Vec::new(), sizes: Vec::new(), partner, best_other: Vec::new() };
        Running { verdict, better: 0, equal: 0, best: f64::NEG_INFINITY }
    }

    fn see(&mut self, score: f64) {
        self.better += usize::from(score > self.verdict.partner);
        self.equal += usize::from(score == self.verdict.partner);
        self.best = self.best.max(score);
    }

    fn mark(&mut self, size: usize) {
        self.verdict.ranks.push(1.0 + self.better as f64 + self.equal as f64 / 2.0);
        self.verdict.sizes.push(size);
        self.verdict.best_other.push(self.best);
    }
}

/// What the verdicts of one scorer come to in pools of one size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Queries.
    pub queries: usize,
    /// The median size of the pools.
    pub size: usize,
    /// The share of queries whose partner is first.
    pub first: f64,
    /// Among the first ten.
    pub ten: f64,
    /// The mean of one over the rank.
    pub mrr: f64,
}

/// Sums up; `pool` counts the sizes of pools.
pub fn figures(verdicts: &[Verdict], pool: usize) -> Figures {
    let ranks: Vec<f64> = verdicts.iter().filter_map(|verdict| verdict.ranks.get(pool).copied()).collect();
    let mut sizes: Vec<usize> =
        verdicts.iter().filter_map(|verdict| verdict.sizes.get(pool).copied()).collect();
    sizes.sort_unstable();
    let share =
        |most: f64| ranks.iter().filter(|rank| **rank <= most).count() as f64 / ranks.len().max(1) as f64;
    Figures {
        queries: ranks.len(),
        size: sizes.get(sizes.len() / 2).copied().unwrap_or(0),
        first: share(1.0),
        ten: share(10.0),
        mrr: ranks.iter().map(|rank| 1.0 / rank).sum::<f64>() / ranks.len().max(1) as f64,
    }
}

/// What a threshold does in pools of one size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bar {
    /// Queries with the partner in the pool whose best hit is the partner and above the bar.
    pub recall: f64,
    /// The same, but the best hit is another function.
    pub wrong_present: f64,
    /// Queries without a partner in the pool whose best hit is above the bar.
    pub wrong_absent: f64,
}

/// Counts what lies above `bar` (as [`Scorer::shown`]).
pub fn bar(scorer: &Scorer, verdicts: &[Verdict], pool: usize, bar: f64) -> Bar {
    let whole = verdicts.len().max(1) as f64;
    let share = |holds: &dyn Fn(&Verdict, f64) -> bool| {
        let best =
            |verdict: &&Verdict| verdict.best_other.get(pool).is_some_and(|best| holds(verdict, *best));
        verdicts.iter().filter(best).count() as f64 / whole
    };
    let above = |score: f64| scorer.shown(score) >= bar;
    Bar {
        recall: share(&|verdict, best| verdict.partner > best && above(verdict.partner)),
        wrong_present: share(&|verdict, best| verdict.partner <= best && above(best)),
        wrong_absent: share(&|_, best| above(best)),
    }
}

/// The bar above which `share` of the queries without partner have a hit.
pub fn bar_at(scorer: &Scorer, verdicts: &[Verdict], pool: usize, share: f64) -> f64 {
    let mut best: Vec<f64> =
        verdicts.iter().filter_map(|verdict| verdict.best_other.get(pool).copied()).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    let at = (best.len() as f64 * share) as usize;
    // just above the first that may no longer pass
    best.get(at).map_or(0.0, |&score| scorer.shown(score).next_up())
}
