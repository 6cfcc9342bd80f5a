//! What a dependence group leaves of its members.
//!
//! Rungs of one group that part the hypotheses alike say the same thing again.
//! They are ranked by height, and the k-th counts `(1 - correlation)^k` of it, k
//! from 0. What a source says after it has said stronger things is hardly news
//! (`source`), so heights are taken in the share that is: a source that has
//! said all that its reliability lets through displaces nobody. Rungs that part the hypotheses otherwise say another thing, and
//! count in full.
//!
//! So an item never draws the odds of two hypotheses against what it says of
//! them itself, whatever else is in its group: all that it adds is along its own
//! ladder. `docs/decisions/0024-dependence.md` says what else was tried, and why
//! a rule that promises this can discount no more.

use super::Observation;
use super::ladder::Rung;

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
    /// Puts rungs together. `group_of` says by place what hangs together, and how much is kept of what says the same,
    /// none for what stands alone or is left out; `telling` says by place how much of its height is news.
    pub fn new(
        observations: &[Observation],
        group_of: impl Fn(usize) -> Option<(usize, f64)>,
        telling: impl Fn(usize) -> f64,
    ) -> Self {
        let mut all: Vec<(usize, f64, f64, Ranked)> = Vec::new();
        for (place, observation) in observations.iter().enumerate() {
            let Some((group, kept)) = group_of(place) else { continue };
            let news = telling(place);
            all.extend(observation.rungs.iter().map(|&rung| {
                let ranked = Ranked { observation: place, rung, before: 0, factor: 1.0 };
                (group, kept, news * rung.height(), ranked)
            }));
        }
        // Observations come in the order of their ids: of equals, the first stays first.
        all.sort_unstable_by(|one, other| {
            let key = |(group, _, _, ranked): &(usize, f64, f64, Ranked)| (*group, ranked.rung.above);
            key(one)
                .cmp(&key(other))
                .then(other.2.total_cmp(&one.2))
                .then(one.3.observation.cmp(&other.3.observation))
        });
        let mut groups = Groups { shared: Vec::new(), seats: vec![Vec::new(); observations.len()] };
        for same in all.chunk_by(|one, other| one.0 == other.0 && one.3.rung.above == other.3.rung.above) {
            let kept = same.first().map_or(0.0, |first| first.1);
            let rungs = same.iter().enumerate().map(|(before, (.., ranked))| Ranked {
                before: u32::try_from(before).unwrap_or(u32::MAX),
                factor: power(kept, before),
                ..*ranked
            });
            let shared = Shared { kept, rungs: rungs.collect() };
            for (place, ranked) in shared.rungs.iter().enumerate() {
                if let Some(seats) = groups.seats.get_mut(ranked.observation) {
                    seats.push((groups.shared.len(), place));
                }
            }
            groups.shared.push(shared);
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

/// `kept^k`, nothing where it is negligible.
pub(crate) fn power(kept: f64, k: usize) -> f64 {
    let value = libm::pow(kept, k as f64);
    if value < NEGLIGIBLE { 0.0 } else { value }
}
