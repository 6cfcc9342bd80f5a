//! What every step of an assessment looks at.

use super::AssessOptions;
use crate::draw::{self, Intervals, intervals};
use crate::weigh::{Frame, Observation, Selection, Weighed, posterior, spread};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Most linchpins, contributions of one claim, contradictions in a document.
pub(super) const MOST_LISTED: usize = 100;

/// Evaluations of one observation under one hypothesis that leaving out one after the other may cost: seconds of time.
const LEFT_OUT: usize = 6_000_000;

/// What every part of an assessment looks at.
pub(super) struct Work<'w> {
    pub frame: &'w Frame<'w>,
    pub weighed: &'w Weighed,
    pub selection: Selection,
    pub options: &'w AssessOptions,
    pub prior: Vec<f64>,
    pub posterior: Vec<f64>,
    pub intervals: Intervals,
    /// By the place of an observation: the support of everything else. In a large case only of those that tell most.
    pub without: BTreeMap<usize, Vec<f64>>,
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
            without: without_each(frame, weighed),
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

    /// How many things can be afforded to be left out in turn.
    pub fn affordable(&self) -> usize {
        affordable(self.frame, self.weighed)
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

/// The support of everything without each observation, of those that tell most as many as can be afforded.
fn without_each(frame: &Frame<'_>, weighed: &Weighed) -> BTreeMap<usize, Vec<f64>> {
    let count = weighed.observations.len();
    let mut places: Vec<usize> = (0..count).collect();
    let worth = |place: &usize| weighed.observations.get(*place).map_or(0.0, |one| spread(&one.support));
    places.sort_by(|one, other| worth(other).total_cmp(&worth(one)));
    places.truncate(affordable(frame, weighed));
    places.into_par_iter().map(|place| (place, frame.without(weighed, &[place]))).collect()
}

fn affordable(frame: &Frame<'_>, weighed: &Weighed) -> usize {
    (LEFT_OUT / (weighed.observations.len() * frame.leaves.len()).max(1)).max(1)
}
