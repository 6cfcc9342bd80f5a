//! Intervals: the assessment again and again, with everything uncertain drawn anew.
//!
//! A draw moves
//! - every prior by a log-normal factor (90 % within the case's factor), then all
//!   of them back to a sum of one;
//! - every stated likelihood in its odds by a log-normal factor (90 % within the
//!   judgement's factor), where numbers that an analyst gave as equal for one item
//!   move together: that they are equal is a judgement of its own, and an item
//!   that tells nothing apart stays so in every draw;
//! - forgeability and shareability of every observation likewise, within a factor of two (judgement);
//! - the judge: one of those who judged the observation, so that their
//!   disagreement widens the interval;
//! - what every grade lets through, in its odds by a factor of 2.5 (judgement:
//!   about to its neighbours), a source's for all its items at once; a grade that
//!   cannot be judged (F, 6) to one of the five that can;
//! - every correlation of a dependence group evenly by up to a quarter.
//!
//! Which observations go before others in a group stays as it is: a draw moves
//! numbers, not what says the same as what.
//!
//! No state is kept between draws: each number is a hash of the seed, the draw
//! and the *name* of what it moves. So the result depends neither on threads nor
//! on the order of the file, and a copy of an item changes nothing.

use crate::leaf::Claim;
use crate::model::{Item, Judgement, UNCERTAINTY};
use crate::scale::{Credibility, GRADES, Reliability};
use crate::weigh::{
    FORGEABILITY, Frame, GRADE_UNCERTAINTY, Ranked, SHAREABILITY, Selection, Voice, Weighed, add, believe,
    hear, judgements, lay_out, order, posterior, power, probability,
};
use cognate_base::{combine, hash_bytes, mix};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The seed unless told.
pub const SEED: u64 = 0x636f_676e_6174_6501;
/// The 95th percentile of the standard normal distribution: half the width of its 90 % interval.
const Z95: f64 = 1.644_853_626_951_472_7;
/// How far a correlation may lie from what is stated: judgement, as the method notes propose.
const CORRELATION: f64 = 0.25;
/// Evaluations of one observation under one hypothesis that one set of intervals may cost: 240 draws of 10,000 items
/// under 50 hypotheses, seconds of time (bench/results/case.md).
const WORK: u64 = 120_000_000;
/// Draws of a case of usual size. Judgement, as the least ones are: what a percentile needs to hold still.
const MOST: u64 = 4_000;
/// Draws of the greatest case.
const LEAST: u64 = 200;
/// Draws of one day of a timeline, at most and at least.
const DAY: (u64, u64) = (1_000, 100);

/// 5th and 95th percentiles.
#[derive(Clone, Debug)]
pub(crate) struct Intervals {
    pub draws: u32,
    /// By leaf.
    pub leaves: Vec<(f64, f64)>,
    /// By claim.
    pub claims: Vec<(f64, f64)>,
    /// By claim: of its share among what it is held against, where it is held against less than everything else.
    pub given_group: Vec<Option<(f64, f64)>>,
}

/// How many draws a case gets, by observations times hypotheses.
pub(crate) fn draws(each: usize) -> u32 {
    number((WORK / (each as u64).max(1)).clamp(LEAST, MOST))
}

/// How many draws one of `days` of a timeline gets.
pub(crate) fn draws_of_a_day(each: usize, days: usize) -> u32 {
    let (most, least) = DAY;
    number((WORK / (each as u64).max(1) / (days as u64).max(1)).clamp(least, most))
}

/// How many days of a timeline one budget pays for.
pub(crate) fn affordable_days(each: usize) -> usize {
    usize::try_from(WORK / DAY.1 / (each as u64).max(1)).unwrap_or(usize::MAX)
}

fn number(draws: u64) -> u32 {
    u32::try_from(draws).unwrap_or(u32::MAX)
}

/// Draws intervals for what was weighed.
pub(crate) fn intervals(
    frame: &Frame<'_>,
    weighed: &Weighed,
    selection: Selection,
    seed: u64,
    draws: u32,
) -> Intervals {
    let drawing = Drawing::new(frame, weighed, selection, seed);
    let rows: Vec<Vec<f64>> = (0..draws).into_par_iter().map(|draw| drawing.one(u64::from(draw))).collect();
    let claims = frame
        .claims
        .iter()
        .map(|claim| percentiles(rows.iter().map(|row| probability(claim, row))))
        .collect();
    let given_group = frame
        .claims
        .iter()
        .map(|claim| {
            let against = frame.against(claim)?;
            Some(percentiles(rows.iter().map(|row| against.share(row))))
        })
        .collect();
    let leaves = (0..frame.leaves.len())
        .map(|leaf| percentiles(rows.iter().map(|row| row.get(leaf).copied().unwrap_or(0.0))))
        .collect();
    Intervals { draws, leaves, claims, given_group }
}

/// Everything that is drawn, as it is before any draw.
struct Drawing<'w> {
    frame: &'w Frame<'w>,
    weighed: &'w Weighed,
    /// By observation.
    observed: Vec<Observed<'w>>,
    /// By leaf: the name of its prior.
    priors: Vec<u64>,
    /// By group of the case: the name of its correlation.
    groups: Vec<u64>,
}

/// An observation as it is drawn.
struct Observed<'c> {
    key: u64,
    judgements: Vec<&'c Judgement>,
    forged: f64,
    shared: f64,
    /// The grades of every report.
    reports: Vec<Report>,
    /// The grade of its voice.
    voice: (Reliability, u64),
    /// Others than its source report it, too.
    is_retold: bool,
    ladder: Option<Ladder>,
}

/// What of an observation says the same as others of its group.
struct Ladder {
    group: usize,
    correlation: f64,
    /// The places of hypotheses, best predicted first.
    order: Vec<usize>,
    /// Between each and the next: how many of the group go before it there.
    before: Vec<usize>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Report {
    reliability: Reliability,
    credibility: Credibility,
    /// The name of the source.
    source: u64,
}

fn name(seed: u64, kind: &str, id: &str) -> u64 {
    hash_bytes(hash_bytes(seed, kind.as_bytes()), id.as_bytes())
}

impl<'w> Drawing<'w> {
    fn new(frame: &'w Frame<'w>, weighed: &'w Weighed, selection: Selection, seed: u64) -> Self {
        let observed = (0..weighed.observations.len())
            .filter_map(|place| observed(frame, weighed, place, selection, seed))
            .collect();
        Drawing {
            frame,
            weighed,
            observed,
            priors: frame.leaves.iter().map(|leaf| name(seed, "prior", &leaf.id)).collect(),
            groups: frame.case.groups.iter().map(|group| name(seed, "group", &group.id)).collect(),
        }
    }

    /// One draw: the probability of every leaf.
    fn one(&self, draw: u64) -> Vec<f64> {
        let prior = self.prior(draw);
        let mut support = vec![0.0; prior.len()];
        let (mut joint, mut row) = (vec![0.0; prior.len()], vec![0.0; prior.len()]);
        for voice in &self.weighed.voices {
            joint.fill(0.0);
            let reliability = self.reliability(voice, draw);
            for one in voice.members.iter().filter_map(|&member| self.observed.get(member)) {
                let Some(ladder) = &one.ladder else {
                    one.support(self.frame, reliability, &prior, draw, &mut row);
                    add(&mut joint, &row);
                    continue;
                };
                one.support(self.frame, 1.0, &prior, draw, &mut row);
                let mut left = ladder.left(&row, self.correlation(ladder, draw));
                believe(&mut left, reliability, &prior);
                add(&mut joint, &left);
            }
            hear(&mut joint, reliability, &prior);
            add(&mut support, &joint);
        }
        posterior(&prior, &support)
    }

    fn prior(&self, draw: u64) -> Vec<f64> {
        let factor = libm::log(self.frame.case.header.prior_uncertainty) / Z95;
        let leaves = self.frame.leaves.iter().zip(&self.priors);
        let mut prior: Vec<f64> =
            leaves.map(|(leaf, key)| leaf.prior * libm::exp(factor * normal(combine(*key, draw)))).collect();
        let sum: f64 = prior.iter().sum();
        prior.iter_mut().for_each(|value| *value /= sum);
        prior
    }

    /// How far the source of a voice is reliable in this draw: by its grade, or by whoever repeats it and is better.
    fn reliability(&self, voice: &Voice, draw: u64) -> f64 {
        let members = || voice.members.iter().filter_map(|&member| self.observed.get(member));
        let own = members().next().map_or(voice.reliability, |one| {
            let (grade, key) = one.voice;
            drawn_share(grade.share(), combine(key, draw))
        });
        let retold = members().filter(|one| one.is_retold);
        retold.map(|one| one.weight(combine(one.key, draw), draw)).fold(own, f64::max)
    }

    fn correlation(&self, ladder: &Ladder, draw: u64) -> f64 {
        let key = self.groups.get(ladder.group).copied().unwrap_or_default();
        let moved = ladder.correlation + CORRELATION * (2.0 * uniform(combine(key, draw)) - 1.0);
        // One observation told twice is no matter of degree.
        if ladder.correlation == 1.0 { 1.0 } else { moved.clamp(0.0, 1.0) }
    }
}

fn observed<'w>(
    frame: &'w Frame<'w>,
    weighed: &'w Weighed,
    place: usize,
    selection: Selection,
    seed: u64,
) -> Option<Observed<'w>> {
    let observation = weighed.observations.get(place)?;
    let first: &Item = frame.case.evidence.get(*observation.reports.first()?)?;
    let report = |place: &usize| {
        let item = frame.case.evidence.get(*place)?;
        let source = item.source.of(&frame.case.sources)?;
        let key = name(seed, "source", &source.id);
        Some(Report { reliability: source.reliability, credibility: item.credibility, source: key })
    };
    let voice = frame.case.sources.get(observation.source)?;
    // One source that says a thing ten times with one grade says it once.
    let reports: BTreeSet<Report> = observation.reports.iter().filter_map(report).collect();
    let own = name(seed, "source", &voice.id);
    Some(Observed {
        is_retold: reports.iter().any(|report| report.source != own),
        key: name(seed, "observation", &observation.id),
        judgements: judgements(first, selection),
        forged: first.forgeability.unwrap_or(FORGEABILITY).share(),
        shared: first.shareability.unwrap_or(SHAREABILITY).share(),
        reports: reports.into_iter().collect(),
        voice: (voice.reliability, own),
        ladder: observation
            .group
            .filter(|_| weighed.groups.rungs_of(place).any(|ranked| ranked.before > 0))
            .map(|group| Ladder::new(frame, weighed, place, group)),
    })
}

impl Ladder {
    fn new(frame: &Frame<'_>, weighed: &Weighed, place: usize, group: usize) -> Self {
        let likelihood = weighed.observations.get(place).map(|one| one.likelihood.as_slice());
        let order = order(likelihood.unwrap_or_default());
        let mut ranks: Vec<&Ranked> = weighed.groups.rungs_of(place).collect();
        ranks.sort_by_key(|ranked| ranked.rung.above.len());
        let mut ranks = ranks.into_iter().peekable();
        let mut before = Vec::with_capacity(order.len().saturating_sub(1));
        for above in 1..order.len() {
            // Between equals there is no rung: what a draw puts there belongs to the one below.
            before.push(ranks.peek().map_or(0, |ranked| ranked.before as usize));
            ranks.next_if(|ranked| ranked.rung.above.len() == above);
        }
        let correlation = frame.case.groups.get(group).map_or(1.0, |group| group.correlation);
        Ladder { group, correlation, order, before }
    }

    /// What the group leaves of a drawn row.
    fn left(&self, row: &[f64], correlation: f64) -> Vec<f64> {
        let mut sum = vec![0.0; row.len()];
        let value = |place: usize| row.get(place).copied().unwrap_or_default();
        let steps = || self.order.iter().zip(self.order.iter().skip(1)).zip(&self.before);
        let mut factors = Vec::with_capacity(self.before.len());
        let (mut known, mut factor) = (usize::MAX, 1.0);
        for &before in &self.before {
            if before != known {
                (known, factor) = (before, power(1.0 - correlation, before));
            }
            factors.push(factor);
        }
        let mut below = 0.0;
        for (((upper, lower), _), factor) in steps().zip(&factors) {
            below += factor * (value(*lower).min(0.0) - value(*upper).min(0.0));
            add_at(&mut sum, *lower, below);
        }
        let mut above = 0.0;
        for (((upper, lower), _), factor) in steps().zip(&factors).collect::<Vec<_>>().into_iter().rev() {
            above += factor * (value(*upper).max(0.0) - value(*lower).max(0.0));
            add_at(&mut sum, *upper, above);
        }
        sum
    }
}

fn add_at(row: &mut [f64], place: usize, value: f64) {
    if let Some(slot) = row.get_mut(place) {
        *slot += value;
    }
}

impl Observed<'_> {
    /// In one draw, by leaf: its support if its source is reliable, which it is with that probability.
    fn support(&self, frame: &Frame<'_>, reliability: f64, prior: &[f64], draw: u64, out: &mut [f64]) {
        let key = combine(self.key, draw);
        let pick = (uniform(combine(key, 1)) * self.judgements.len() as f64) as usize;
        let Some(judgement) = self.judgements.get(pick).or(self.judgements.last()) else {
            return out.fill(0.0);
        };
        let scale = libm::log(judgement.uncertainty) / Z95;
        let adjust = |value: f64| moved(value, scale * normal(combine(key, value.to_bits())));
        let within = libm::log(UNCERTAINTY) / Z95;
        let share_moved = |value: f64, which: u64| {
            if value < 1.0 { moved(value, within * normal(combine(key, which))) } else { value }
        };
        let (forged, shared) = (share_moved(self.forged, 2), share_moved(self.shared, 3));
        lay_out(&frame.leaves, &judgement.likelihood, forged, shared, adjust, out);
        let kept = (self.weight(key, draw) / reliability).min(1.0);
        let expected: f64 = out.iter().zip(prior).map(|(value, prior)| value * prior).sum();
        // Neighbouring leaves often share a value: one logarithm serves them all.
        let (mut last, mut log) = (f64::NAN, 0.0);
        for value in out {
            if *value != last {
                last = *value;
                log = libm::log(kept * last / expected + (1.0 - kept));
            }
            *value = log;
        }
    }

    /// What the best report lets through: the lesser of its two grades.
    fn weight(&self, key: u64, draw: u64) -> f64 {
        let drawn = self.reports.iter().map(|report| {
            let reliability = drawn_share(report.reliability.share(), combine(report.source, draw));
            reliability.min(drawn_share(report.credibility.share(), combine(key, 4)))
        });
        drawn.fold(0.0, f64::max)
    }
}

/// What a grade lets through in one draw; one that cannot be judged, as any of those that can.
fn drawn_share(grade: Option<f64>, key: u64) -> f64 {
    let any = || GRADES.get((uniform(key) * GRADES.len() as f64) as usize).copied().unwrap_or(0.5);
    match grade {
        Some(share) => moved(share, libm::log(GRADE_UNCERTAINTY) / Z95 * normal(key)),
        None => any(),
    }
}

/// A probability with its odds multiplied by `exp(by)`.
fn moved(probability: f64, by: f64) -> f64 {
    let odds = probability / (1.0 - probability) * libm::exp(by);
    (odds / (1.0 + odds)).clamp(1e-9, 1.0 - 1e-9)
}

/// From a hash to a number in (0, 1).
fn uniform(hash: u64) -> f64 {
    ((mix(hash) >> 12) as f64 + 0.5) / (1u64 << 52) as f64
}

/// From a hash to a standard normal number (Box and Muller 1958).
fn normal(hash: u64) -> f64 {
    let (one, other) = (uniform(combine(hash, 5)), uniform(combine(hash, 6)));
    libm::sqrt(-2.0 * libm::log(one)) * libm::cos(std::f64::consts::TAU * other)
}

/// The 5th and 95th percentile, between neighbours by straight line.
fn percentiles(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (sorted.len().saturating_sub(1)) as f64;
        let (low, part) = (place.floor(), place.fract());
        let value = |place: f64| sorted.get(place as usize).or(sorted.last()).copied().unwrap_or(f64::NAN);
        value(low) + part * (value(low + 1.0) - value(low))
    };
    (at(0.05), at(0.95))
}

/// Probabilities of claims without intervals.
pub(crate) fn points(claims: &[Claim], posterior: &[f64]) -> Vec<f64> {
    claims.iter().map(|claim| probability(claim, posterior)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_numbers_are_standard_normal() {
        let drawn: Vec<f64> = (0..40_000).map(normal).collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let variance = drawn.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
        let (low, high) = percentiles(drawn.into_iter());
        assert!((low + Z95).abs() < 0.04 && (high - Z95).abs() < 0.04, "{low} {high}");
    }

    #[test]
    fn moving_the_odds_keeps_a_probability_one() {
        for value in [1e-9, 0.001, 0.5, 0.999, 1.0 - 1e-9] {
            for by in [-50.0, -1.0, 0.0, 1.0, 50.0] {
                let moved = moved(value, by);
                assert!(moved > 0.0 && moved < 1.0, "{value} {by} {moved}");
            }
        }
    }
}
