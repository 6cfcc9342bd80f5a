//! Weighs evidence: from judgements to a probability for every hypothesis.
//!
//! 1. *Likelihood.* Each judgement is laid out over all hypotheses
//!    (`likelihood`); several analysts' judgements of one item are averaged.
//! 2. *One observation, once.* Reports of one origin are one observation. It is
//!    judged where it was first made; further reports can only raise the share
//!    of the effect that is let through, to that of the best report.
//! 3. *Source and credibility* let through a share `w` (`share`):
//!    `P'(e|h) = w P(e|h) + (1-w) P(e)`, where `P(e)` is the prior-weighted mean
//!    over the hypotheses. With probability `1-w` the report says nothing, and
//!    would be made as often under every hypothesis. One item alone then moves
//!    each probability exactly the share `w` of the way: `P(h|e') = w P(h|e) +
//!    (1-w) P(h)`. The plain mean over hypotheses, which the method notes
//!    propose, changes when a hypothesis is split in two; this one does not.
//! 4. *Dependence* (`group`). Within a group of correlation `r`, supports `s = ln
//!    P'(e|h)/P(e)` of one sign are sorted by size, and the k-th counts
//!    `(1-r)^k`, k from 0, for each hypothesis apart. Like the design effect `n
//!    / (1+(n-1)r)` of the method notes this is n at r = 0, 1 at r = 1, and ends
//!    at `1/r`; unlike it, a neutral item in the group changes nothing and a weak
//!    one never weakens a strong one. Evidence for and against is not netted
//!    before it is discounted.
//! 5. *Bayes* (`odds`): `P(h|E)` is proportional to `P(h) exp(sum of supports)`.
//!
//! What lowers a source's grade therefore draws every support of its items
//! towards zero: the hypotheses that an item favours, taken together, never
//! gain when its source gets worse.

mod group;
mod likelihood;
mod odds;
mod share;

pub(crate) use group::{Members, Parts, discounted};
pub(crate) use likelihood::{Mixture, Rule, lay_out};
pub(crate) use odds::{add, log_odds, log_weights, posterior, probability, relative, spread};
pub(crate) use share::{Share, share};

use crate::leaf::{Claim, Leaf, claims, leaves};
use crate::model::{Case, Item, Judgement, Reference};
use crate::scale::{Forgeability, Reliability, Shareability};
use jiff::civil::Date;
use likelihood::Stated;
use std::collections::BTreeMap;

/// What is assumed where the case does not say how easily a trace is forged. Judgement.
pub(crate) const FORGEABILITY: Forgeability = Forgeability::Low;
/// What is assumed where the case does not say how widely its means are shared. Judgement.
pub(crate) const SHAREABILITY: Shareability = Shareability::Leaked;

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

    /// One judgement over all hypotheses: for each the likelihood, by the rule that gives it.
    pub fn rules(&self, item: &Item, judgement: &Judgement) -> impl Iterator<Item = Rule> {
        let forged = item.forgeability.unwrap_or(FORGEABILITY).share();
        let shared = item.shareability.unwrap_or(SHAREABILITY).share();
        let stated = Stated::new(&judgement.likelihood, forged, shared, |value| value);
        self.leaves.iter().map(move |leaf| stated.under(leaf))
    }

    /// One judgement over all hypotheses.
    pub fn laid_out(&self, item: &Item, judgement: &Judgement) -> Vec<f64> {
        self.rules(item, judgement).map(Rule::value).collect()
    }

    /// What one report lets through.
    pub fn share_of(&self, item: &Item) -> Share {
        let source = item.source.of(&self.case.sources);
        share(source.map_or(Reliability::F, |source| source.reliability), item.credibility)
    }

    /// The share of the best report.
    fn share(&self, reports: &[usize]) -> Share {
        let items = reports.iter().filter_map(|&place| self.case.evidence.get(place));
        items.map(|item| self.share_of(item)).fold(Share { value: 0.0, range: None }, share::best)
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
            let supports = supports(observations, &members);
            let support = discounted(&supports, correlation, self.leaves.len());
            units.push(Unit { group: Some(group), members, correlation, support });
        }
        units
    }
}

/// The judgements of an item that count: that of the selected analyst, where there is one; otherwise all of the day.
pub(crate) fn judgements(item: &Item, selection: Selection) -> Vec<&Judgement> {
    let known = |judgement: &&Judgement| match (selection.as_of, judgement.date) {
        (Some(day), Some(from)) => from <= day,
        _ => true,
    };
    let all: Vec<&Judgement> = item.judgements.iter().filter(known).collect();
    let of_analyst = all.iter().find(|judgement| {
        selection.analyst.is_some() && judgement.by.as_ref().map(Reference::index) == selection.analyst
    });
    match of_analyst {
        Some(judgement) => vec![*judgement],
        None => all,
    }
}

impl Weighed {
    /// The supports of a unit's members.
    pub fn members(&self, unit: &Unit) -> Members<'_> {
        Members { supports: supports(&self.observations, &unit.members), correlation: unit.correlation }
    }
}

fn supports<'o>(observations: &'o [Observation], members: &[usize]) -> Vec<&'o [f64]> {
    members.iter().filter_map(|&place| observations.get(place)).map(|one| one.support.as_slice()).collect()
}

/// Takes a unit apart.
pub(crate) fn parts(weighed: &Weighed, unit: &Unit) -> Parts {
    weighed.members(unit).parts(&unit.support)
}
