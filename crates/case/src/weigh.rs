//! Weighs evidence: from judgements to a probability for every hypothesis.
//!
//! 1. *Likelihood.* Each judgement is laid out over all hypotheses
//!    ([`lay_out`]); several analysts' judgements of one item are averaged.
//! 2. *One observation, once.* Reports of one origin are one observation. It is
//!    judged where it was first made; further reports can only raise the share
//!    of the effect that is let through, to that of the best report.
//! 3. *Source and credibility* let through a share `w`:
//!    `P'(e|h) = w P(e|h) + (1-w) P(e)`, where `P(e)` is the prior-weighted mean
//!    over the hypotheses. With probability `1-w` the report says nothing, and
//!    would be made as often under every hypothesis. One item alone then moves
//!    each probability exactly the share `w` of the way: `P(h|e') = w P(h|e) +
//!    (1-w) P(h)`. The plain mean over hypotheses, which the method notes
//!    propose, changes when a hypothesis is split in two; this one does not.
//! 4. *Dependence.* Within a group of correlation `r`, supports `s = ln
//!    P'(e|h)/P(e)` of one sign are sorted by size, and the k-th counts
//!    `(1-r)^k`, k from 0, for each hypothesis apart. Like the design effect `n
//!    / (1+(n-1)r)` of the method notes this is n at r = 0, 1 at r = 1, and ends
//!    at `1/r`; unlike it, a neutral item in the group changes nothing and a weak
//!    one never weakens a strong one. Evidence for and against is not netted
//!    before it is discounted.
//! 5. *Bayes*: `P(h|E)` is proportional to `P(h) exp(sum of supports)`.
//!
//! What lowers a source's grade therefore draws every support of its items
//! towards zero: the hypotheses that an item favours, taken together, never
//! gain when its source gets worse.

use crate::leaf::{Claim, Leaf, Role, claims, leaves};
use crate::model::{Case, Item, Judgement, Likelihood, Reference, Roles};
use crate::scale::{Credibility, Forgeability, Reliability, Shareability};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What is assumed where the case does not say how easily a trace is forged.
pub(crate) const FORGEABILITY: Forgeability = Forgeability::Low;
/// What is assumed where the case does not say how widely its means are shared.
pub(crate) const SHAREABILITY: Shareability = Shareability::Leaked;
/// The share let through where neither source nor information can be judged.
const UNJUDGED: f64 = 0.5;

/// The hypotheses and claims of a case.
#[derive(Debug)]
pub(crate) struct Frame<'c> {
    pub case: &'c Case,
    pub leaves: Vec<Leaf>,
    pub claims: Vec<Claim>,
    /// The observation each item of the case reports.
    pub observation_of: Vec<String>,
}

/// Which part of a case counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Selection {
    /// Reports up to this day.
    pub as_of: Option<Date>,
    /// This analyst's judgements go before all others.
    pub analyst: Option<usize>,
    /// Items of this source are left out.
    pub without_source: Option<usize>,
    /// Every item counts as an observation of its own, in no group.
    pub independent: bool,
}

/// One observation with all its reports.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    /// Its name: equal for copies.
    pub id: String,
    /// Places of the reports in the case; the first stands for it.
    pub reports: Vec<usize>,
    pub group: Option<usize>,
    pub weight: Share,
    /// By leaf, as judged.
    pub likelihood: Vec<f64>,
    pub expected: f64,
    /// By leaf, after the weight.
    pub effective: Vec<f64>,
    /// By leaf, `ln(effective / expected)`.
    pub support: Vec<f64>,
}

/// The share of an effect that is let through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    pub value: f64,
    /// Where a grade cannot be judged, what it may be.
    pub range: Option<(f64, f64)>,
}

/// Everything that counts, weighed.
#[derive(Clone, Debug)]
pub(crate) struct Weighed {
    /// Ascending by id.
    pub observations: Vec<Observation>,
    /// Units taken as independent of one another: a group, or one observation.
    pub units: Vec<Unit>,
    /// By leaf: the sum over the units.
    pub support: Vec<f64>,
}

/// Observations that hang together.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub group: Option<usize>,
    /// Places in [`Weighed::observations`].
    pub members: Vec<usize>,
    pub correlation: f64,
    /// By leaf: what the unit adds.
    pub support: Vec<f64>,
}

impl<'c> Frame<'c> {
    pub fn new(case: &'c Case) -> Self {
        let leaves = leaves(case);
        let claims = claims(case, &leaves);
        Frame { case, leaves, claims, observation_of: case.observations() }
    }

    /// By leaf, adding up to one.
    pub fn prior(&self) -> Vec<f64> {
        let sum: f64 = self.leaves.iter().map(|leaf| leaf.prior).sum();
        self.leaves.iter().map(|leaf| leaf.prior / sum).collect()
    }

    /// Whether an item counts.
    pub fn counts(item: &Item, selection: Selection) -> bool {
        selection.as_of.is_none_or(|day| item.reported <= day)
            && selection.without_source != Some(item.source.index())
    }

    /// The reports that count, by observation; the one that stands for it first.
    pub fn reports(&self, selection: Selection) -> BTreeMap<String, Vec<usize>> {
        let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, (item, id)) in self.case.evidence.iter().zip(&self.observation_of).enumerate() {
            if Self::counts(item, selection) {
                let id = if selection.independent { &*item.id } else { id };
                found.entry(id.clone()).or_default().push(place);
            }
        }
        for (id, reports) in &mut found {
            reports.sort_by_key(|&place| {
                self.case.evidence.get(place).map(|item| (item.id != *id, item.reported, item.id.to_string()))
            });
        }
        found
    }

    /// Weighs everything that counts.
    pub fn weigh(&self, selection: Selection) -> Weighed {
        let prior = self.prior();
        let observations: Vec<Observation> = self
            .reports(selection)
            .into_iter()
            .filter_map(|(id, reports)| self.observe(id, reports, selection, &prior))
            .collect();
        let units = self.units(&observations);
        let mut support = vec![0.0; self.leaves.len()];
        for unit in &units {
            add(&mut support, &unit.support);
        }
        Weighed { observations, units, support }
    }

    fn observe(
        &self,
        id: String,
        reports: Vec<usize>,
        selection: Selection,
        prior: &[f64],
    ) -> Option<Observation> {
        let item = self.case.evidence.get(*reports.first()?)?;
        let mut likelihood = vec![0.0; self.leaves.len()];
        let judgements = judgements(item, selection);
        for judgement in &judgements {
            add(&mut likelihood, &self.laid_out(item, judgement));
        }
        for value in &mut likelihood {
            *value /= judgements.len() as f64;
        }
        let weight = self.share(&reports);
        let expected: f64 = likelihood.iter().zip(prior).map(|(value, prior)| value * prior).sum();
        let effective: Vec<f64> =
            likelihood.iter().map(|value| weight.value * value + (1.0 - weight.value) * expected).collect();
        let support = effective.iter().map(|value| libm::log(value / expected)).collect();
        let group = if selection.independent { None } else { item.group.as_ref().map(Reference::index) };
        Some(Observation { id, reports, group, weight, likelihood, expected, effective, support })
    }

    /// One judgement over all hypotheses.
    pub fn laid_out(&self, item: &Item, judgement: &Judgement) -> Vec<f64> {
        let mut out = vec![0.0; self.leaves.len()];
        let forged = item.forgeability.unwrap_or(FORGEABILITY).share();
        let shared = item.shareability.unwrap_or(SHAREABILITY).share();
        lay_out(&self.leaves, &judgement.likelihood, forged, shared, |value| value, &mut out);
        out
    }

    /// The share of the best report.
    fn share(&self, reports: &[usize]) -> Share {
        let items = reports.iter().filter_map(|&place| self.case.evidence.get(place));
        let shares = items.map(|item| {
            let reliability =
                item.source.of(&self.case.sources).map_or(Reliability::F, |source| source.reliability);
            share(reliability, item.credibility)
        });
        shares.fold(Share { value: 0.0, range: None }, best)
    }

    fn units(&self, observations: &[Observation]) -> Vec<Unit> {
        let mut grouped: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut units = Vec::new();
        for (place, observation) in observations.iter().enumerate() {
            match observation.group {
                Some(group) => grouped.entry(group).or_default().push(place),
                None => units.push(Unit {
                    group: None,
                    members: vec![place],
                    correlation: 0.0,
                    support: observation.support.clone(),
                }),
            }
        }
        // By id, so that the order of the file plays no part in the sums.
        let mut groups: Vec<(usize, Vec<usize>)> = grouped.into_iter().collect();
        groups.sort_by_key(|(group, _)| self.case.groups.get(*group).map(|group| group.id.as_str()));
        for (group, members) in groups {
            let correlation = self.case.groups.get(group).map_or(1.0, |group| group.correlation);
            let supports: Vec<&[f64]> = members
                .iter()
                .filter_map(|&place| observations.get(place))
                .map(|o| o.support.as_slice())
                .collect();
            let support = discounted(&supports, correlation, self.leaves.len());
            units.push(Unit { group: Some(group), members, correlation, support });
        }
        units
    }
}

/// The judgements of an item that count: the analyst's own where told and given, otherwise all of the day.
pub(crate) fn judgements(item: &Item, selection: Selection) -> Vec<&Judgement> {
    let known = |judgement: &&Judgement| match (selection.as_of, judgement.date) {
        (Some(day), Some(from)) => from <= day,
        _ => true,
    };
    let all: Vec<&Judgement> = item.judgements.iter().filter(known).collect();
    let own = all.iter().find(|judgement| {
        selection.analyst.is_some() && judgement.by.as_ref().map(Reference::index) == selection.analyst
    });
    match own {
        Some(own) => vec![*own],
        None => all,
    }
}

/// Lays a likelihood out over all hypotheses.
///
/// What the case does not state follows from what it states, with *p* the mean
/// of tasked and untasked and *u* the value for "someone not listed":
/// a candidate that is not mentioned behaves as *u*; others with the group's
/// code show the trace with `s p + (1-s) u`, *s* the shareability; a false flag
/// with `f p + (1-f) b`, *f* the forgeability and *b* what its planter would
/// show otherwise. `adjust` is applied to every stated number.
pub(crate) fn lay_out(
    leaves: &[Leaf],
    likelihood: &Likelihood,
    forged: f64,
    shared: f64,
    adjust: impl Fn(f64) -> f64,
    out: &mut [f64],
) {
    let unlisted = adjust(likelihood.unlisted);
    let named: Vec<(usize, Roles, f64)> =
        likelihood.on.iter().map(|(&candidate, roles)| named(candidate, roles, &adjust)).collect();
    let of = |candidate: Option<usize>| named.iter().find(|named| Some(named.0) == candidate);
    for (leaf, out) in leaves.iter().zip(out) {
        // What the planter of a false flag would show if it planted nothing.
        let otherwise =
            if leaf.by.is_some() { of(leaf.by).map_or(unlisted, |planter| planter.2) } else { unlisted };
        let Some((_, roles, own)) = of(leaf.candidate) else {
            *out = otherwise;
            continue;
        };
        let mixed = |share: f64| share * own + (1.0 - share) * otherwise;
        *out = match leaf.role {
            Role::Tasked => roles.tasked,
            Role::Untasked => roles.untasked,
            Role::Contractor => roles.contractor,
            Role::Reuse => roles.reuse.unwrap_or_else(|| mixed(shared)),
            Role::FalseFlag => roles.false_flag.unwrap_or_else(|| mixed(forged)),
            Role::Unlisted => unlisted,
        };
    }
}

/// A candidate's likelihoods with every stated number adjusted, and the mean of tasked and untasked.
fn named(candidate: usize, roles: &Roles, adjust: impl Fn(f64) -> f64) -> (usize, Roles, f64) {
    let roles = Roles {
        tasked: adjust(roles.tasked),
        untasked: adjust(roles.untasked),
        contractor: adjust(roles.contractor),
        reuse: roles.reuse.map(&adjust),
        false_flag: roles.false_flag.map(&adjust),
    };
    (candidate, roles, (roles.tasked + roles.untasked) / 2.0)
}

/// The share that source and credibility let through together: the lesser of the grades that can be judged.
pub(crate) fn share(reliability: Reliability, credibility: Credibility) -> Share {
    let known = match (reliability.share(), credibility.share()) {
        (Some(one), Some(other)) => return Share { value: one.min(other), range: None },
        (one, other) => one.or(other),
    };
    let [best, .., worst] = crate::scale::GRADES;
    Share { value: known.unwrap_or(UNJUDGED), range: Some((worst, known.unwrap_or(best))) }
}

/// The better of two reports of one observation.
fn best(one: Share, other: Share) -> Share {
    let low = |share: Share| share.range.map_or(share.value, |range| range.0);
    let high = |share: Share| share.range.map_or(share.value, |range| range.1);
    let (low, high) = (low(one).max(low(other)), high(one).max(high(other)));
    let range = if low < high { Some((low, high)) } else { None };
    Share { value: one.value.max(other.value), range }
}

/// The supports of a group together, by leaf.
pub(crate) fn discounted(supports: &[&[f64]], correlation: f64, leaves: usize) -> Vec<f64> {
    let mut values = Vec::with_capacity(supports.len());
    (0..leaves)
        .map(|leaf| {
            values.clear();
            values.extend(supports.iter().filter_map(|support| support.get(leaf).copied()));
            signed(&mut values, 1.0 - correlation)
        })
        .collect()
}

/// Sorted by size, the k-th of each sign times `kept^k`.
fn signed(values: &mut [f64], kept: f64) -> f64 {
    values.sort_unstable_by(|one, other| other.abs().total_cmp(&one.abs()));
    let (mut sum, mut positive, mut negative) = (0.0, 1.0, 1.0);
    for &value in values.iter() {
        let factor = if value > 0.0 { &mut positive } else { &mut negative };
        if value != 0.0 {
            sum += *factor * value;
            *factor *= kept;
        }
    }
    sum
}

/// What every member of a group contributes, and what the group is without it: both by member, by leaf.
pub(crate) struct Parts {
    /// The member's discounted support.
    pub counted: Vec<Vec<f64>>,
    /// The group's support without the member.
    pub without: Vec<Vec<f64>>,
}

/// Takes a unit apart.
pub(crate) fn parts(weighed: &Weighed, unit: &Unit) -> Parts {
    let leaves = unit.support.len();
    let mut parts = Parts {
        counted: vec![vec![0.0; leaves]; unit.members.len()],
        without: vec![vec![0.0; leaves]; unit.members.len()],
    };
    let kept = 1.0 - unit.correlation;
    for leaf in 0..leaves {
        let value = |member: usize| {
            let place = unit.members.get(member).copied().unwrap_or(usize::MAX);
            weighed.observations.get(place).and_then(|o| o.support.get(leaf)).copied().unwrap_or(0.0)
        };
        let total = unit.support.get(leaf).copied().unwrap_or(0.0);
        for positive in [true, false] {
            let mut ranked: Vec<(usize, f64)> = (0..unit.members.len())
                .map(|member| (member, value(member)))
                .filter(|&(_, value)| value != 0.0 && (value > 0.0) == positive)
                .collect();
            ranked.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()).then(one.0.cmp(&other.0)));
            leave_out_each(&ranked, kept, total, leaf, &mut parts);
        }
        for (member, without) in parts.without.iter_mut().enumerate() {
            if value(member) == 0.0
                && let Some(slot) = without.get_mut(leaf)
            {
                *slot = total;
            }
        }
    }
    parts
}

/// Without the j-th, the later ones move up by one place.
fn leave_out_each(ranked: &[(usize, f64)], kept: f64, total: f64, leaf: usize, parts: &mut Parts) {
    // Tail sums: tail(j) = a_j + kept a_(j+1) + kept^2 a_(j+2) ...
    let mut tails = vec![0.0; ranked.len() + 1];
    for (place, &(_, value)) in ranked.iter().enumerate().rev() {
        tails[place] = value + kept * tails[place + 1];
    }
    let mut factor = 1.0;
    for (place, &(member, value)) in ranked.iter().enumerate() {
        if let Some(slot) = parts.counted.get_mut(member).and_then(|row| row.get_mut(leaf)) {
            *slot = factor * value;
        }
        if let Some(slot) = parts.without.get_mut(member).and_then(|row| row.get_mut(leaf)) {
            *slot = total - factor * tails[place] + factor * tails[place + 1];
        }
        factor *= kept;
    }
}

pub(crate) fn add(into: &mut [f64], from: &[f64]) {
    for (into, from) in into.iter_mut().zip(from) {
        *into += from;
    }
}

/// Probabilities from priors and supports.
pub(crate) fn posterior(prior: &[f64], support: &[f64]) -> Vec<f64> {
    let logs: Vec<f64> =
        prior.iter().zip(support).map(|(prior, support)| libm::log(*prior) + support).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut values: Vec<f64> = logs.iter().map(|log| libm::exp(log - most)).collect();
    let sum: f64 = values.iter().sum();
    for value in &mut values {
        *value /= sum;
    }
    values
}

/// The probability of a claim.
pub(crate) fn probability(claim: &Claim, posterior: &[f64]) -> f64 {
    claim
        .holds
        .iter()
        .zip(posterior)
        .filter(|(holds, _)| **holds)
        .map(|(_, value)| value)
        .sum::<f64>()
        .clamp(0.0, 1.0)
}

/// The natural logarithm of the odds of a claim; exact also next to 0 and 1.
pub(crate) fn log_odds(claim: &Claim, prior: &[f64], support: &[f64]) -> f64 {
    let logs: Vec<f64> =
        prior.iter().zip(support).map(|(prior, support)| libm::log(*prior) + support).collect();
    let side = |wanted: bool| {
        let of =
            || claim.holds.iter().zip(&logs).filter(move |(holds, _)| **holds == wanted).map(|(_, log)| *log);
        let most = of().fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            most
        } else {
            most + libm::log(of().map(|log| libm::exp(log - most)).sum())
        }
    };
    side(true) - side(false)
}

/// How far a support tells hypotheses apart: the greatest log ratio of effective likelihoods.
pub(crate) fn spread(support: &[f64]) -> f64 {
    let most = support.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = support.iter().copied().fold(f64::INFINITY, f64::min);
    if most > least { most - least } else { 0.0 }
}
