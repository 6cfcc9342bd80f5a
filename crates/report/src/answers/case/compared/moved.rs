//! What moved a claim from one assessment to the other.
//!
//! The log odds of a claim are a function of one number per hypothesis: the
//! logarithm of its prior plus what every observation counts. Between two
//! assessments of the same hypotheses each of these numbers moves along a
//! straight line, and the change of the log odds is the integral of its
//! gradient along it. That splits the change over priors and observations so
//! that the parts add up to the whole, however the items hang together
//! (Aumann and Shapley 1974). Leaving out one item at a time would not: of two
//! items that say the same, neither seems to matter.

use super::document::{Difference, Mover};
use cognate_case::Assessment;
use cognate_case::assessment::{Counting, ItemView};
use std::collections::BTreeMap;

/// Equal parts of the way from A to B.
const PANELS: u32 = 64;
/// Places and weights of the Gauss-Legendre rule of three points on -1 to 1.
const GAUSS: [(f64, f64); 3] =
    [(-0.774_596_669_241_483_4, 5.0 / 9.0), (0.0, 8.0 / 9.0), (0.774_596_669_241_483_4, 5.0 / 9.0)];

/// What moved: the change of each part, by hypothesis.
pub(super) struct Moves {
    /// The logarithms of the weights in A.
    start: Vec<f64>,
    /// How far each moves.
    change: Vec<f64>,
    /// The part of the priors.
    priors: Vec<f64>,
    /// Observations whose part is not nothing.
    parts: Vec<Moved>,
}

/// One observation.
struct Moved {
    item: String,
    difference: Option<Difference>,
    change: Vec<f64>,
}

impl Moves {
    /// Compares two assessments; none where their hypotheses are not the same.
    pub fn new(a: &Assessment, b: &Assessment, differences: &BTreeMap<&str, Difference>) -> Option<Moves> {
        let ids = |of: &Assessment| -> Vec<String> { of.hypotheses.iter().map(|h| h.id.clone()).collect() };
        if ids(a) != ids(b) {
            return None;
        }
        let logs =
            |of: &Assessment| -> Vec<f64> { of.hypotheses.iter().map(|h| libm::log(h.prior)).collect() };
        let (before, after) = (logs(a), logs(b));
        let priors = less(&after, &before);
        let (in_a, in_b) = (observations(a), observations(b));
        let nothing = vec![0.0; priors.len()];
        let counted = |item: Option<&&ItemView>| item.map_or(nothing.clone(), |item| item.counted.clone());
        let (mut start, mut change, mut parts) = (before, priors.clone(), Vec::new());
        let only_b = in_b.keys().filter(|id| !in_a.contains_key(*id));
        for id in in_a.keys().chain(only_b) {
            let (one, other) = (in_a.get(id), in_b.get(id));
            let moved = less(&counted(other), &counted(one));
            add(&mut start, &counted(one));
            add(&mut change, &moved);
            let Some(standing) = other.or(one).filter(|_| moved.iter().any(|value| *value != 0.0)) else {
                continue;
            };
            let difference = reports(one, other).find_map(|item| differences.get(item).copied());
            parts.push(Moved { item: standing.id.to_string(), difference, change: moved });
        }
        Some(Moves { start, change, priors, parts })
    }

    /// The parts of the change of one claim's log odds: of the priors, and of each observation.
    pub fn of(&self, holds: &[bool]) -> (f64, Vec<Mover>) {
        let gradient = self.gradient(holds);
        let part = |change: &[f64]| gradient.iter().zip(change).map(|(slope, change)| slope * change).sum();
        let movers = self.parts.iter().map(|moved| Mover {
            item: moved.item.clone(),
            difference: moved.difference,
            change: part(&moved.change),
        });
        (part(&self.priors), movers.collect())
    }

    /// The mean gradient of the log odds on the way, by hypothesis.
    fn gradient(&self, holds: &[bool]) -> Vec<f64> {
        let mut mean = vec![0.0; self.start.len()];
        for panel in 0..PANELS {
            for (place, weight) in GAUSS {
                let way = (f64::from(panel) + (place + 1.0) / 2.0) / f64::from(PANELS);
                let logs = self.start.iter().zip(&self.change).map(|(start, change)| start + way * change);
                let logs: Vec<f64> = logs.collect();
                for (side, sign) in [(true, 1.0), (false, -1.0)] {
                    let of = || {
                        logs.iter().zip(holds).filter(move |(_, holds)| **holds == side).map(|(log, _)| *log)
                    };
                    let most = of().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = of().map(|log| libm::exp(log - most)).sum();
                    for ((mean, log), holds) in mean.iter_mut().zip(&logs).zip(holds) {
                        if *holds == side && sum > 0.0 {
                            let share = libm::exp(log - most) / sum;
                            *mean += sign * share * weight / 2.0 / f64::from(PANELS);
                        }
                    }
                }
            }
        }
        mean
    }
}

/// Standing items by the observation's name.
fn observations(of: &Assessment) -> BTreeMap<&str, &ItemView> {
    let standing = of.items.iter().filter(|item| !matches!(item.counting, Counting::CopyOf { .. }));
    standing.map(|item| (item.observation_id.as_str(), item)).collect()
}

/// Every report of an observation on either side, the standing ones first.
fn reports<'i>(a: Option<&&'i ItemView>, b: Option<&&'i ItemView>) -> impl Iterator<Item = &'i str> {
    let copies = |item: &'i ItemView| match &item.counting {
        Counting::Represents { copies } => copies.as_slice(),
        _ => &[],
    };
    let both = || [b.copied(), a.copied()].into_iter().flatten();
    let standing: Vec<&str> = both().map(|item| item.id.as_str()).collect();
    let others: Vec<&str> = both().flat_map(|item| copies(item).iter().map(String::as_str)).collect();
    standing.into_iter().chain(others)
}

fn less(from: &[f64], what: &[f64]) -> Vec<f64> {
    from.iter().zip(what).map(|(from, what)| from - what).collect()
}

fn add(into: &mut [f64], what: &[f64]) {
    for (into, what) in into.iter_mut().zip(what) {
        *into += what;
    }
}
