//! Ranks, and what they come to.

use super::pool::Trial;
use super::scorers::{Prepared, Scorer, Tool};
use rayon::prelude::*;

/// What became of one query under one scorer.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The mean rank of the partner among its equals, for each size of pool.
    pub ranks: Vec<f64>,
    /// The same where functions that hold the query's body by inlining, or whose body it holds, are not counted.
    pub ranks_without_parts: Vec<f64>,
    /// Functions in each pool, the partner included.
    pub sizes: Vec<usize>,
    /// The partner's score.
    pub partner: f64,
    /// The best other function's score, for each size of pool.
    pub best_other: Vec<f64>,
}

/// What the tool names for a query: the best of what it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is accepted.
    Nothing,
    /// The partner.
    Partner,
    /// A function that holds the query's body, or whose body the query holds, by inlining.
    Part,
    /// Another one.
    Other,
}

/// What the tool says of one query, for each size of pool.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// With the partner in the pool.
    pub present: Vec<Answer>,
    /// Without.
    pub absent: Vec<Answer>,
}

/// What came of trials.
pub struct Judged {
    /// Scorer by scorer, trial by trial.
    pub verdicts: Vec<Vec<Verdict>>,
    /// Trial by trial.
    pub answers: Vec<Answers>,
}

/// Judges all trials by all scorers, and by the tool's own ranking and bar.
pub fn judge(prepared: &Prepared<'_>, trials: &[Trial], scorers: &[Scorer], pools: &[usize]) -> Judged {
    let tool = Tool::new();
    let each: Vec<(Vec<Verdict>, Answers)> =
        trials.par_iter().map(|trial| one(prepared, trial, scorers, &tool, pools)).collect();
    let of = |at: usize| each.iter().filter_map(|(verdicts, _)| verdicts.get(at).cloned()).collect();
    Judged {
        verdicts: (0..scorers.len()).map(of).collect(),
        answers: each.into_iter().map(|(_, answers)| answers).collect(),
    }
}

fn one(
    prepared: &Prepared<'_>,
    trial: &Trial,
    scorers: &[Scorer],
    tool: &Tool,
    pools: &[usize],
) -> (Vec<Verdict>, Answers) {
    let query = prepared.query(trial.query);
    let scores = |other: u32| {
        let pair = prepared.features(&query, other);
        let stored = prepared.part.fingerprint(&prepared.part.instances[other as usize]);
        let scores: Vec<f64> = scorers.iter().map(|scorer| scorer.score(&query, stored, &pair)).collect();
        (scores, tool.score(&query, stored, &pair))
    };
    let (of_partner, own) = scores(trial.partner);
    let mut running: Vec<Running> = of_partner.into_iter().map(Running::new).collect();
    let mut named = Named { tool, partner: own, other: None, answers: Answers::default() };
    let mut bounds: Vec<usize> = pools.iter().map(|pool| pool.saturating_sub(1)).collect();
    bounds.sort_unstable();
    let mut others = trial.others.iter();
    let mut seen = 0;
    for bound in bounds {
        for &other in others.by_ref().take(bound.saturating_sub(seen)) {
            seen += 1;
            let is_part = prepared.part.is_part(trial.query, other);
            let (scores, by_tool) = scores(other);
            running.iter_mut().zip(scores).for_each(|(running, score)| running.see(score, is_part));
            named.see(by_tool, is_part);
        }
        running.iter_mut().for_each(|running| running.mark(seen + 1));
        named.mark(seen + 1);
    }
    (running.into_iter().map(|running| running.verdict).collect(), named.answers)
}

struct Running {
    verdict: Verdict,
    /// Those with a better score, those of them that are parts; the same of equal ones.
    better: [usize; 2],
    equal: [usize; 2],
    best: f64,
}

impl Running {
    fn new(partner: f64) -> Self {
        let verdict = Verdict {
            ranks: Vec::new(),
            ranks_without_parts: Vec::new(),
            sizes: Vec::new(),
            partner,
            best_other: Vec::new(),
        };
        Running { verdict, better: [0; 2], equal: [0; 2], best: f64::NEG_INFINITY }
    }

    fn see(&mut self, score: f64, is_part: bool) {
        let count = |counts: &mut [usize; 2], holds: bool| {
            counts[0] += usize::from(holds);
            counts[1] += usize::from(holds && is_part);
        };
        count(&mut self.better, score > self.verdict.partner);
        count(&mut self.equal, score == self.verdict.partner);
        self.best = self.best.max(score);
    }

    fn mark(&mut self, size: usize) {
        let ([better, better_parts], [equal, equal_parts]) = (self.better, self.equal);
        let rank = |better: usize, equal: usize| 1.0 + better as f64 + equal as f64 / 2.0;
        self.verdict.ranks.push(rank(better, equal));
        self.verdict.ranks_without_parts.push(rank(better - better_parts, equal - equal_parts));
        self.verdict.sizes.push(size);
        self.verdict.best_other.push(self.best);
    }
}

/// The best of what the tool accepts so far.
struct Named<'t> {
    tool: &'t Tool,
    /// The partner's score.
    partner: f64,
    /// The best other one's score, and whether that is a part.
    other: Option<(f64, bool)>,
    answers: Answers,
}

impl Named<'_> {
    fn see(&mut self, score: f64, is_part: bool) {
        if self.other.is_none_or(|(best, _)| score > best) {
            self.other = Some((score, is_part));
        }
    }

    /// Answers for a pool of that size.
    fn mark(&mut self, size: usize) {
        let bar = self.tool.bar(size);
        let absent = match self.other.filter(|(score, _)| *score >= bar) {
            None => Answer::Nothing,
            Some((_, true)) => Answer::Part,
            Some((_, false)) => Answer::Other,
        };
        let is_first = self.partner >= bar && self.other.is_none_or(|(best, _)| self.partner > best);
        self.answers.present.push(if is_first { Answer::Partner } else { absent });
        self.answers.absent.push(absent);
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
    /// The same where parts are not counted.
    pub first_without_parts: f64,
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
    let without_parts = verdicts.iter().filter_map(|verdict| verdict.ranks_without_parts.get(pool));
    let of_all = |count: usize| count as f64 / ranks.len().max(1) as f64;
    let share = |most: f64| of_all(ranks.iter().filter(|rank| **rank <= most).count());
    Figures {
        queries: ranks.len(),
        size: sizes.get(sizes.len() / 2).copied().unwrap_or(0),
        first: share(1.0),
        first_without_parts: of_all(without_parts.filter(|rank| **rank <= 1.0).count()),
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
