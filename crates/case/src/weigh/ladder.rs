//! An observation taken apart into steps: which hypotheses it puts above all others, and by how much.
//!
//! Sorted by how well they predict an observation, hypotheses stand on a ladder.
//! Each [`Rung`] puts those above it over those below: by its height. The rungs
//! of an observation add up to its support, so nothing is lost by taking it
//! apart; and two observations say the same thing exactly as far as they have
//! rungs that part the hypotheses alike.

/// A set of hypotheses, by their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Set([u64; WORDS]);

/// Words of a [`Set`]: enough for every hypothesis that a case may have.
const WORDS: usize = crate::model::MAX_HYPOTHESES.div_ceil(64);

/// A step of the ladder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rung {
    /// The hypotheses above.
    pub above: Set,
    /// What it adds to those above: the part of its height over what was to be expected of the observation.
    pub up: f64,
    /// What it takes from those below, not above zero: the part under what was to be expected.
    pub down: f64,
}

/// The places of hypotheses, best predicted first; of equals, the first of the case.
pub(crate) fn order(likelihood: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..likelihood.len()).collect();
    let value = |place: &usize| likelihood.get(*place).copied().unwrap_or_default();
    places.sort_by(|one, other| value(other).total_cmp(&value(one)));
    places
}

/// The rungs of an observation, from the top.
pub(crate) fn rungs(order: &[usize], support: &[f64]) -> Vec<Rung> {
    let value = |place: usize| support.get(place).copied().unwrap_or_default();
    let mut above = Set::default();
    let mut found = Vec::new();
    for (&upper, &lower) in order.iter().zip(order.iter().skip(1)) {
        above.add(upper);
        let (high, low) = (value(upper), value(lower));
        if high > low {
            found.push(Rung { above, up: high.max(0.0) - low.max(0.0), down: low.min(0.0) - high.min(0.0) });
        }
    }
    found
}

impl Rung {
    /// By how much it puts those above over those below.
    pub fn height(&self) -> f64 {
        self.up - self.down
    }

    /// Adds a share of the rung to a row over all hypotheses.
    pub fn add(&self, share: f64, row: &mut [f64]) {
        self.above.add_to(share * self.up, share * self.down, row);
    }
}

impl Set {
    fn add(&mut self, place: usize) {
        let slot = self.0.get_mut(place / 64);
        debug_assert!(slot.is_some(), "a case has at most MAX_HYPOTHESES");
        if let Some(slot) = slot {
            *slot |= 1 << (place % 64);
        }
    }

    /// Whether a hypothesis is in the set.
    pub fn holds(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Adds one number to the members' places of a row, another to all others.
    pub fn add_to(&self, inside: f64, outside: f64, row: &mut [f64]) {
        for (place, value) in row.iter_mut().enumerate() {
            *value += if self.holds(place) { inside } else { outside };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_add_up_to_the_support() {
        let rows: [&[f64]; 4] =
            [&[0.3, -1.0, 0.0, 0.3], &[-0.2, -0.1, 0.4], &[0.0, 0.0], &[1.0, 0.5, -0.5, -2.0, 0.1]];
        for row in rows {
            let mut sum = vec![0.0; row.len()];
            rungs(&order(row), row).iter().for_each(|rung| rung.add(1.0, &mut sum));
            for (sum, value) in sum.iter().zip(row) {
                assert!((sum - value).abs() < 1e-12, "{sum}, not {value}");
            }
        }
    }
}
