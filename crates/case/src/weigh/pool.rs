//! What a part of the observations supports, as they come in one by one.

use super::group::{NEGLIGIBLE, power};
use super::source::{believe, heard};
use super::{Weighed, add};

/// Rungs that may move in one round over all observations before groups are taken as they are in the whole: a
/// hundredth of a second.
const MOVED: usize = 2_000_000;

/// Some of the observations, weighed as if the others were not there.
///
/// Where groups are so large that this costs too much, each observation counts what its group leaves of it in the whole.
pub(crate) struct Pool<'w> {
    weighed: &'w Weighed,
    as_in_the_whole: bool,
    /// By observation of a group: what the others that are in leave of its support, and what that counts.
    left: Vec<(Vec<f64>, Vec<f64>)>,
    /// By voice: `ln J(h)` of what is in.
    joint: Vec<Vec<f64>>,
    /// By voice: its support.
    heard: Vec<Vec<f64>>,
    /// By set of rungs that say the same: the places of those that are in, the highest first.
    present: Vec<Vec<usize>>,
    /// By leaf: the sum over the voices.
    pub support: Vec<f64>,
}

impl<'w> Pool<'w> {
    /// Without any observation.
    pub fn new(weighed: &'w Weighed) -> Self {
        let nothing = vec![0.0; weighed.prior.len()];
        let grouped = weighed.observations.iter().map(|one| match one.group {
            Some(_) => (nothing.clone(), nothing.clone()),
            None => (Vec::new(), Vec::new()),
        });
        let sizes = weighed.units.iter().map(|unit| unit.members.len());
        let moved: usize = sizes.map(|size| size.saturating_mul(size)).sum();
        Pool {
            weighed,
            as_in_the_whole: moved.saturating_mul(nothing.len()) > MOVED,
            left: grouped.collect(),
            joint: vec![nothing.clone(); weighed.voices.len()],
            heard: vec![nothing.clone(); weighed.voices.len()],
            present: vec![Vec::new(); weighed.groups.shared.len()],
            support: nothing,
        }
    }

    /// Takes in one more; each may come once.
    pub fn take(&mut self, observation: usize) {
        let weighed = self.weighed;
        let mut voices = vec![weighed.voice(observation)];
        let alone = weighed.observations.get(observation).is_some_and(|one| one.group.is_none());
        if alone || self.as_in_the_whole {
            let joint = self.joint.get_mut(weighed.voice(observation));
            if let (Some(joint), Some(row)) = (joint, weighed.counted.get(observation)) {
                add(joint, row);
            }
        }
        let mut changed = Vec::new();
        let seats = weighed.groups.seats.get(observation).filter(|_| !self.as_in_the_whole);
        for &(shared, place) in seats.into_iter().flatten() {
            self.seat(shared, place, &mut changed);
        }
        for other in unique(changed) {
            self.count(other);
            voices.push(weighed.voice(other));
        }
        unique(voices).into_iter().for_each(|voice| self.hear(voice));
    }

    /// Puts a rung among those that say the same: those behind it move down by one place.
    fn seat(&mut self, shared: usize, place: usize, changed: &mut Vec<usize>) {
        let same = self.weighed.groups.shared.get(shared);
        let (Some(same), Some(present)) = (same, self.present.get_mut(shared)) else { return };
        let at = present.partition_point(|other| *other < place);
        present.insert(at, place);
        for (before, place) in present.iter().enumerate().skip(at) {
            let Some(ranked) = same.rungs.get(*place) else { continue };
            let now = power(same.kept, before);
            let change = if before == at { now } else { now - power(same.kept, before - 1) };
            if before > at && change.abs() < NEGLIGIBLE {
                break;
            }
            if let Some((left, _)) = self.left.get_mut(ranked.observation) {
                ranked.rung.add(change, left);
                changed.push(ranked.observation);
            }
        }
    }

    /// Counts an observation of a group anew.
    fn count(&mut self, observation: usize) {
        let voice = self.weighed.voice(observation);
        let (Some((left, counted)), Some(joint), Some(of)) =
            (self.left.get_mut(observation), self.joint.get_mut(voice), self.weighed.voices.get(voice))
        else {
            return;
        };
        let mut now = left.clone();
        believe(&mut now, of.reliability, &self.weighed.prior);
        for ((sum, before), now) in joint.iter_mut().zip(counted.iter()).zip(&now) {
            *sum += now - before;
        }
        *counted = now;
    }

    fn hear(&mut self, voice: usize) {
        let (Some(of), Some(joint), Some(before)) =
            (self.weighed.voices.get(voice), self.joint.get(voice), self.heard.get_mut(voice))
        else {
            return;
        };
        let now = heard(joint, of.reliability, &self.weighed.prior);
        for ((sum, before), now) in self.support.iter_mut().zip(before.iter()).zip(&now) {
            *sum += now - before;
        }
        *before = now;
    }
}

fn unique(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places.dedup();
    places
}
