//! What every step of an assessment looks at.

use super::AssessOptions;
use crate::draw::{self, Intervals, intervals};
use crate::weigh::{Frame, Observation, Parts, Selection, Weighed, parts, posterior};
use std::collections::BTreeMap;

/// Most linchpins, contributions of one claim, contradictions in a document.
pub(super) const MOST_LISTED: usize = 100;

/// What every part of an assessment looks at.
pub(super) struct Work<'w> {
    pub frame: &'w Frame<'w>,
    pub weighed: &'w Weighed,
    pub selection: Selection,
    pub options: &'w AssessOptions,
    pub prior: Vec<f64>,
    pub posterior: Vec<f64>,
    pub intervals: Intervals,
    /// By unit.
    pub parts: Vec<Parts>,
    /// By observation: its unit, and its place there.
    pub seat: Vec<(usize, usize)>,
}

impl<'w> Work<'w> {
    pub fn new(
        frame: &'w Frame<'w>,
        weighed: &'w Weighed,
        selection: Selection,
        options: &'w AssessOptions,
    ) -> Self {
        let prior = frame.prior();
        let posterior = posterior(&prior, &weighed.support);
        let draws = draw::draws(weighed.observations.len() * frame.leaves.len());
        let mut seat = vec![(usize::MAX, usize::MAX); weighed.observations.len()];
        for (unit, members) in weighed.units.iter().map(|unit| &unit.members).enumerate() {
            for (place, &member) in members.iter().enumerate() {
                if let Some(seat) = seat.get_mut(member) {
                    *seat = (unit, place);
                }
            }
        }
        Work {
            frame,
            weighed,
            selection,
            options,
            posterior,
            intervals: intervals(frame, weighed, selection, options.seed, draws),
            parts: weighed.units.iter().map(|unit| parts(weighed, unit)).collect(),
            seat,
            prior,
        }
    }

    pub fn item_id(&self, place: usize) -> String {
        self.frame.case.evidence.get(place).map(|item| item.id.to_string()).unwrap_or_default()
    }

    pub fn item_ids(&self, places: impl IntoIterator<Item = usize>) -> Vec<String> {
        places.into_iter().map(|place| self.item_id(place)).collect()
    }

    /// The item that stands for an observation.
    pub fn standing(&self, observation: &Observation) -> String {
        observation.reports.first().map(|&place| self.item_id(place)).unwrap_or_default()
    }

    pub fn candidate_id(&self, place: Option<usize>) -> Option<String> {
        place
            .and_then(|place| self.frame.case.candidates.get(place))
            .map(|candidate| candidate.id.to_string())
    }

    /// The support of everything without one unit.
    pub fn without_unit(&self, unit: usize) -> Vec<f64> {
        let own = self.weighed.units.get(unit).map(|unit| unit.support.as_slice()).unwrap_or_default();
        self.weighed.support.iter().zip(own).map(|(all, own)| all - own).collect()
    }

    /// The support of everything without one observation.
    pub fn without_observation(&self, seat: (usize, usize)) -> Vec<f64> {
        let mut support = self.without_unit(seat.0);
        if let Some(rest) = self.parts.get(seat.0).and_then(|parts| parts.without.get(seat.1))
            && self.weighed.units.get(seat.0).is_some_and(|unit| unit.members.len() > 1)
        {
            crate::weigh::add(&mut support, rest);
        }
        support
    }

    /// Sources with the places of their items that count.
    pub fn sources_with_items(&self) -> Vec<(usize, Vec<usize>)> {
        let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, item) in self.frame.case.evidence.iter().enumerate() {
            if Frame::counts(item, self.selection) {
                found.entry(item.source.index()).or_default().push(place);
            }
        }
        found.into_iter().collect()
    }
}
