//! What a dependence group leaves of its members.
//!
//! Rungs of one group that part the hypotheses alike say the same thing again.
//! They are ranked by height, and the k-th counts `(1 - correlation)^k` of it, k
//! from 0. Rungs that part the hypotheses otherwise say another thing, and
//! count in full.
//!
//! So an item never draws the odds of two hypotheses against what it says of
//! them itself, whatever else is in its group: all that it adds is along its own
//! ladder. `docs/decisions/0024-dependence.md` says what else was tried, and why
//! a rule that promises this can discount no more.

use super::Observation;
use super::ladder::{Rung, Set, order, rungs};
use std::collections::BTreeMap;

/// Below this share of itself a rung is taken to count for nothing.
pub(crate) const NEGLIGIBLE: f64 = 1e-10;

/// The rungs of all groups, those that say the same thing together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    /// Same group, same parting of the hypotheses.
    pub shared: Vec<Shared>,
    /// By observation: where its rungs are, in [`Groups::shared`] and there; empty outside a group.
    pub seats: Vec<Vec<(usize, usize)>>,
}

/// Rungs that say the same thing, the highest first.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// `1 - correlation`.
    pub kept: f64,
    pub rungs: Vec<Ranked>,
}

/// A rung in its place among those that say the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranked {
    /// The observation it belongs to.
    pub observation: usize,
    pub rung: Rung,
    /// How many go before it: the `k` of `(1 - correlation)^k`.
    pub before: u32,
    /// `(1 - correlation)^before`.
    pub factor: f64,
}

impl Groups {
    /// Takes the observations of all groups apart.
    pub fn new(observations: &[Observation], kept: impl Fn(usize) -> f64) -> Self {
        let mut sets: BTreeMap<(usize, Set), Vec<Ranked>> = BTreeMap::new();
        for (place, observation) in observations.iter().enumerate() {
            let Some(group) = observation.group else { continue };
            for rung in rungs(&order(&observation.likelihood), &observation.support) {
                let ranked = Ranked { observation: place, rung, before: 0, factor: 1.0 };
                sets.entry((group, rung.above)).or_default().push(ranked);
            }
        }
        let mut groups = Groups { shared: Vec::new(), seats: vec![Vec::new(); observations.len()] };
        for ((group, _), mut rungs) in sets {
            // A stable sort of rungs that come in the order of their observations' ids: of equals, the first stays first.
            rungs.sort_by(|one, other| other.rung.height().total_cmp(&one.rung.height()));
            let kept = kept(group);
            for (before, ranked) in rungs.iter_mut().enumerate() {
                ranked.before = u32::try_from(before).unwrap_or(u32::MAX);
                ranked.factor = power(kept, before);
                if let Some(seats) = groups.seats.get_mut(ranked.observation) {
                    seats.push((groups.shared.len(), before));
                }
            }
            groups.shared.push(Shared { kept, rungs });
        }
        groups
    }

    /// The rungs of an observation.
    pub fn rungs_of(&self, observation: usize) -> impl Iterator<Item = &Ranked> {
        let seats = self.seats.get(observation).map(Vec::as_slice).unwrap_or_default();
        seats.iter().filter_map(|&(shared, place)| self.shared.get(shared)?.rungs.get(place))
    }

    /// By leaf: what is left of the support of an observation.
    pub fn left(&self, observation: usize, leaves: usize) -> Vec<f64> {
        let mut sum = vec![0.0; leaves];
        self.rungs_of(observation).for_each(|ranked| ranked.rung.add(ranked.factor, &mut sum));
        sum
    }
}

impl Shared {
    /// By how much the share of each later rung grows when the one in this place is missing.
    pub fn moved_up(&self, place: usize) -> impl Iterator<Item = (&Ranked, f64)> {
        let later = self.rungs.iter().enumerate().skip(place.saturating_add(1));
        let grown = later.map(|(before, ranked)| (ranked, power(self.kept, before - 1) - ranked.factor));
        // Where every rung counts in full, none moves; further down, none counts.
        let any = self.kept < 1.0;
        grown.take_while(move |(_, grown)| any && *grown > NEGLIGIBLE)
    }
}

/// `kept^k`, nothing where it is negligible.
pub(crate) fn power(kept: f64, k: usize) -> f64 {
    let value = libm::pow(kept, k as f64);
    if value < NEGLIGIBLE { 0.0 } else { value }
}
