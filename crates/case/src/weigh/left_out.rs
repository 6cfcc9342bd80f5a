//! What is left without an observation, without a unit, or of a unit alone.

use super::source::{believe, heard};
use super::{Unit, Weighed, add};
use std::collections::BTreeMap;

impl Weighed {
    /// The support of everything without one observation.
    pub fn without(&self, observation: usize) -> Vec<f64> {
        let mut changes = Changes::default();
        if let Some(row) = self.counted.get(observation) {
            changes.add(self.voice(observation), row, -1.0);
        }
        // Those behind it that say the same thing move up.
        let mut moved: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for &(shared, place) in self.groups.seats.get(observation).into_iter().flatten() {
            let Some(shared) = self.groups.shared.get(shared) else { continue };
            for (ranked, grown) in shared.moved_up(place) {
                let other = ranked.observation;
                let left = moved.entry(other).or_insert_with(|| self.groups.left(other, self.prior.len()));
                ranked.rung.add(grown, left);
            }
        }
        for (other, mut left) in moved {
            let voice = self.voice(other);
            believe(&mut left, self.voices.get(voice).map_or(1.0, |voice| voice.reliability), &self.prior);
            changes.add(voice, &left, 1.0);
            if let Some(before) = self.counted.get(other) {
                changes.add(voice, before, -1.0);
            }
        }
        self.changed(&changes)
    }

    /// The support of everything without a unit.
    pub fn without_unit(&self, unit: &Unit) -> Vec<f64> {
        let mut changes = Changes::default();
        for (&member, row) in
            unit.members.iter().filter_map(|member| Some((member, self.counted.get(*member)?)))
        {
            changes.add(self.voice(member), row, -1.0);
        }
        self.changed(&changes)
    }

    /// The place of the voice that makes an observation.
    pub fn voice(&self, observation: usize) -> usize {
        self.voice_of.get(observation).copied().unwrap_or_default()
    }

    /// The support of everything when what some voices say together changes.
    fn changed(&self, changes: &Changes) -> Vec<f64> {
        let mut support = self.support.clone();
        for (&voice, change) in &changes.0 {
            let Some(voice) = self.voices.get(voice) else { continue };
            let mut joint = voice.joint.clone();
            add(&mut joint, change);
            let heard = heard(&joint, voice.reliability, &self.prior);
            for ((sum, old), new) in support.iter_mut().zip(&voice.support).zip(heard) {
                *sum += new - old;
            }
        }
        support
    }
}

/// By voice: what is added to its joint support.
#[derive(Default)]
struct Changes(BTreeMap<usize, Vec<f64>>);

impl Changes {
    fn add(&mut self, voice: usize, row: &[f64], times: f64) {
        let sum = self.0.entry(voice).or_insert_with(|| vec![0.0; row.len()]);
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += times * value;
        }
    }
}
