//! What every step of an assessment looks at.

use super::AssessOptions;
use crate::draw::{self, Intervals, intervals};
use crate::weigh::{Frame, Observation, Selection, Weighed, posterior};
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
        Work {
            frame,
            weighed,
            selection,
            options,
            posterior,
            intervals: intervals(frame, weighed, selection, options.seed, draws),
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
