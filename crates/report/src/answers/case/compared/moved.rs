//! What moved a claim from one assessment to the other.
//!
//! In each assessment the log odds of a claim are those of its prior plus the
//! parts of all observations (Shapley values), so the change is that of the prior
//! plus the changes of the parts: they add up, however the items hang together.
//! Leaving out one item at a time would not: of two items that say the same,
//! neither seems to matter.

use super::document::{Difference, Mover};
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, Counting, ItemView};
use std::collections::{BTreeMap, BTreeSet};

/// Parts that change by less are taken to stay.
const STAYS: f64 = 1e-9;

/// Observations of both sides, by name.
pub(super) struct Moves<'a> {
    a: Side<'a>,
    b: Side<'a>,
    differences: &'a BTreeMap<&'a str, Difference>,
}

/// One side.
struct Side<'a> {
    /// Standing items by the observation's name.
    standing: BTreeMap<&'a str, &'a ItemView>,
    /// The observation's name by the standing item.
    names: BTreeMap<&'a str, &'a str>,
}

impl<'a> Moves<'a> {
    /// Looks at two assessments; `differences` says of which items the two differ.
    pub fn new(a: &'a Assessment, b: &'a Assessment, differences: &'a BTreeMap<&'a str, Difference>) -> Self {
        Moves { a: Side::of(a), b: Side::of(b), differences }
    }

    /// What the observations add to the change of one claim's log odds.
    pub fn of(&self, a: &ClaimView, b: &ClaimView) -> Vec<Mover> {
        let (before, after) = (self.a.parts(a), self.b.parts(b));
        let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let movers = names.into_iter().filter_map(|name| {
            let part = |parts: &BTreeMap<&str, f64>| parts.get(name).copied().unwrap_or_default();
            let change = part(&after) - part(&before);
            let (one, other) = (self.a.standing.get(name), self.b.standing.get(name));
            let item = other.or(one)?.id.to_string();
            let difference = reports(one, other).find_map(|item| self.differences.get(item).copied());
            (change.abs() > STAYS).then_some(Mover { item, difference, change })
        });
        movers.collect()
    }
}

impl<'a> Side<'a> {
    fn of(assessment: &'a Assessment) -> Self {
        let all = assessment.items.iter().filter(|item| !matches!(item.counting, Counting::CopyOf { .. }));
        let standing: BTreeMap<&str, &ItemView> =
            all.map(|item| (item.observation_id.as_str(), item)).collect();
        let names = standing.iter().map(|(name, item)| (item.id.as_str(), *name)).collect();
        Side { standing, names }
    }

    /// The parts of the observations in a claim, by name.
    fn parts(&self, claim: &ClaimView) -> BTreeMap<&'a str, f64> {
        let all = claim.speaks_for.iter().chain(&claim.speaks_against);
        all.filter_map(|one| Some((*self.names.get(one.item.as_str())?, one.share))).collect()
    }
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
