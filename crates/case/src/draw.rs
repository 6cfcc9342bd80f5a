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
//! - every grade that cannot be judged (F, 6) to one of the five that can;
//! - every correlation of a dependence group evenly by up to a quarter.
//!
//! No state is kept between draws: each number is a hash of the seed, the draw
//! and the *name* of what it moves. So the result depends neither on threads nor
//! on the order of the file, and a copy of an item changes nothing.

use crate::leaf::Claim;
use crate::model::{Item, Judgement, UNCERTAINTY};
use crate::scale::{Credibility, GRADES, Reliability};
use crate::weigh::{
    FORGEABILITY, Frame, SHAREABILITY, Selection, Unit, Weighed, add, discounted, judgements, lay_out,
    posterior, probability, share,
};
use cognate_base::{combine, hash_bytes, mix};
use rayon::prelude::*;

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
    let sources: Vec<Source<'_>> = weighed
        .observations
        .iter()
        .filter_map(|observation| source(frame, &observation.id, &observation.reports, selection, seed))
        .collect();
    let keys = Keys {
        priors: frame.leaves.iter().map(|leaf| name(seed, "prior", &leaf.id)).collect(),
        groups: frame.case.groups.iter().map(|group| name(seed, "group", &group.id)).collect(),
    };
    let rows: Vec<Vec<f64>> = (0..draws)
        .into_par_iter()
        .map(|draw| one(frame, weighed, &sources, &keys, u64::from(draw)))
        .collect();
    let claims = frame
        .claims
        .iter()
        .map(|claim| percentiles(rows.iter().map(|row| probability(claim, row))))
        .collect();
    let leaves = (0..frame.leaves.len())
        .map(|leaf| percentiles(rows.iter().map(|row| row.get(leaf).copied().unwrap_or(0.0))))
        .collect();
    Intervals { draws, leaves, claims }
}

/// An observation as it is drawn.
struct Source<'c> {
    key: u64,
    judgements: Vec<&'c Judgement>,
    forged: f64,
    shared: f64,
    /// Of every report: what can and cannot be judged, and the names of the grades.
    reports: Vec<Report>,
}

struct Report {
    reliability: Reliability,
    credibility: Credibility,
    source: u64,
}

struct Keys {
    priors: Vec<u64>,
    groups: Vec<u64>,
}

fn name(seed: u64, kind: &str, id: &str) -> u64 {
    hash_bytes(hash_bytes(seed, kind.as_bytes()), id.as_bytes())
}

fn source<'c>(
    frame: &Frame<'c>,
    id: &str,
    reports: &[usize],
    selection: Selection,
    seed: u64,
) -> Option<Source<'c>> {
    let first: &'c Item = frame.case.evidence.get(*reports.first()?)?;
    let report = |place: &usize| {
        let item = frame.case.evidence.get(*place)?;
        let source = item.source.of(&frame.case.sources)?;
        let key = name(seed, "source", &source.id);
        Some(Report { reliability: source.reliability, credibility: item.credibility, source: key })
    };
    Some(Source {
        key: name(seed, "observation", id),
        judgements: judgements(first, selection),
        forged: first.forgeability.unwrap_or(FORGEABILITY).share(),
        shared: first.shareability.unwrap_or(SHAREABILITY).share(),
        reports: reports.iter().filter_map(report).collect(),
    })
}

/// One draw: the probability of every leaf.
fn one(frame: &Frame<'_>, weighed: &Weighed, sources: &[Source<'_>], keys: &Keys, draw: u64) -> Vec<f64> {
    let factor = libm::log(frame.case.header.prior_uncertainty) / Z95;
    let mut prior: Vec<f64> = frame
        .leaves
        .iter()
        .zip(&keys.priors)
        .map(|(leaf, key)| leaf.prior * libm::exp(factor * normal(combine(*key, draw))))
        .collect();
    let sum: f64 = prior.iter().sum();
    prior.iter_mut().for_each(|value| *value /= sum);
    let mut support = vec![0.0; prior.len()];
    let mut scratch = vec![0.0; prior.len()];
    for unit in &weighed.units {
        match (unit.group, unit.members.as_slice()) {
            (None, [only]) => {
                if let Some(source) = sources.get(*only) {
                    observe(frame, source, &prior, draw, &mut scratch);
                    add(&mut support, &scratch);
                }
            }
            _ => add(&mut support, &group(frame, unit, sources, keys, &prior, draw)),
        }
    }
    posterior(&prior, &support)
}

fn group(
    frame: &Frame<'_>,
    unit: &Unit,
    sources: &[Source<'_>],
    keys: &Keys,
    prior: &[f64],
    draw: u64,
) -> Vec<f64> {
    let rows: Vec<Vec<f64>> = unit
        .members
        .iter()
        .filter_map(|&member| sources.get(member))
        .map(|source| {
            let mut row = vec![0.0; prior.len()];
            observe(frame, source, prior, draw, &mut row);
            row
        })
        .collect();
    let key = unit.group.and_then(|group| keys.groups.get(group)).copied().unwrap_or_default();
    let moved = unit.correlation + CORRELATION * (2.0 * uniform(combine(key, draw)) - 1.0);
    // One observation told twice is no matter of degree.
    let correlation = if unit.correlation == 1.0 { 1.0 } else { moved.clamp(0.0, 1.0) };
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    discounted(&rows, correlation, prior.len())
}

/// One observation in one draw: its support by leaf.
fn observe(frame: &Frame<'_>, source: &Source<'_>, prior: &[f64], draw: u64, out: &mut [f64]) {
    let key = combine(source.key, draw);
    let pick = (uniform(combine(key, 1)) * source.judgements.len() as f64) as usize;
    let Some(judgement) = source.judgements.get(pick).or(source.judgements.last()) else {
        return out.fill(0.0);
    };
    let scale = libm::log(judgement.uncertainty) / Z95;
    let adjust = |value: f64| moved(value, scale * normal(combine(key, value.to_bits())));
    let within = libm::log(UNCERTAINTY) / Z95;
    let share_moved = |value: f64, which: u64| {
        if value < 1.0 { moved(value, within * normal(combine(key, which))) } else { value }
    };
    lay_out(
        &frame.leaves,
        &judgement.likelihood,
        share_moved(source.forged, 2),
        share_moved(source.shared, 3),
        adjust,
        out,
    );
    let weight = weight(source, key, draw);
    let expected: f64 = out.iter().zip(prior).map(|(value, prior)| value * prior).sum();
    // Neighbouring leaves often share a value: one logarithm serves them all.
    let (mut last, mut log) = (f64::NAN, 0.0);
    for value in out {
        if *value != last {
            last = *value;
            log = libm::log(weight * last / expected + (1.0 - weight));
        }
        *value = log;
    }
}

fn weight(source: &Source<'_>, key: u64, draw: u64) -> f64 {
    let any = |hash: u64| GRADES.get((uniform(hash) * GRADES.len() as f64) as usize).copied().unwrap_or(0.5);
    let drawn = source.reports.iter().map(|report| {
        let known = share(report.reliability, report.credibility);
        if known.range.is_none() {
            return known.value;
        }
        let reliability = report.reliability.share().unwrap_or_else(|| any(combine(report.source, draw)));
        let credibility = report.credibility.share().unwrap_or_else(|| any(combine(key, 4)));
        reliability.min(credibility)
    });
    drawn.fold(0.0, f64::max)
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
