//! What a dependence group leaves of its members.
//!
//! On each leaf apart, the members that speak for it and those that speak
//! against it are ranked by the size of their support, and the k-th counts
//! `(1 - correlation)^k` of it, k from 0.

/// Observations that hang together, by the support of each.
#[derive(Clone, Debug)]
pub(crate) struct Members<'s> {
    /// By member, by leaf.
    pub supports: Vec<&'s [f64]>,
    /// How far they hang together.
    pub correlation: f64,
}

/// A member in its place among those that pull the same way on one leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranked {
    /// Its place in the group.
    pub member: usize,
    /// Its support for the leaf.
    pub support: f64,
    /// How many go before it: the `k` of `(1 - correlation)^k`.
    pub before: u32,
    /// `(1 - correlation)^before`.
    pub factor: f64,
}

/// What every member contributes, and what the group is without it: both by member, by leaf.
pub(crate) struct Parts {
    /// The member's discounted support.
    pub counted: Vec<Vec<f64>>,
    /// The group's support without the member.
    pub without: Vec<Vec<f64>>,
}

impl Ranked {
    /// What the group leaves of the support.
    pub fn counted(&self) -> f64 {
        self.factor * self.support
    }
}

impl Members<'_> {
    /// The members that pull one way on a leaf, the greatest support first; of equals, the first in the group.
    pub fn ranked(&self, leaf: usize, positive: bool) -> Vec<Ranked> {
        let supports = self.supports.iter().map(|row| row.get(leaf).copied().unwrap_or_default());
        let mut ranked: Vec<Ranked> = supports
            .enumerate()
            .filter(|(_, support)| *support != 0.0 && (*support > 0.0) == positive)
            .map(|(member, support)| Ranked { member, support, before: 0, factor: 1.0 })
            .collect();
        // A stable sort: of equals, the first stays first.
        ranked.sort_by(|one, other| other.support.abs().total_cmp(&one.support.abs()));
        let (mut before, mut factor) = (0, 1.0);
        for one in &mut ranked {
            (one.before, one.factor) = (before, factor);
            before += 1;
            factor *= 1.0 - self.correlation;
        }
        ranked
    }

    /// Takes the group apart; `together` is its support, as [`discounted`] gives it.
    pub fn parts(&self, together: &[f64]) -> Parts {
        // Who says nothing about a leaf is missed by nobody there.
        let mut parts = Parts {
            counted: vec![vec![0.0; together.len()]; self.supports.len()],
            without: vec![together.to_vec(); self.supports.len()],
        };
        for (leaf, &all) in together.iter().enumerate() {
            for positive in [true, false] {
                self.leave_out_each(&self.ranked(leaf, positive), leaf, all, &mut parts);
            }
        }
        parts
    }

    /// Without the j-th, the later ones move up by one place.
    fn leave_out_each(&self, ranked: &[Ranked], leaf: usize, all: f64, parts: &mut Parts) {
        // What follows the j-th, as it would count if it came first: a_(j+1) + kept a_(j+2) + kept^2 a_(j+3) ...
        let mut after = 0.0;
        for one in ranked.iter().rev() {
            let from_here = one.support + (1.0 - self.correlation) * after;
            set(&mut parts.counted, one.member, leaf, one.counted());
            set(&mut parts.without, one.member, leaf, all - one.factor * from_here + one.factor * after);
            after = from_here;
        }
    }
}

fn set(rows: &mut [Vec<f64>], member: usize, leaf: usize, value: f64) {
    let slot = rows.get_mut(member).and_then(|row| row.get_mut(leaf));
    debug_assert!(slot.is_some(), "member {member} and leaf {leaf} come from these rows");
    if let Some(slot) = slot {
        *slot = value;
    }
}

/// The supports of a group together, by leaf.
///
/// This is the sum of what [`Ranked::counted`] gives, without the ranks: every draw comes through here.
pub(crate) fn discounted(supports: &[&[f64]], correlation: f64, leaves: usize) -> Vec<f64> {
    let mut values = Vec::with_capacity(supports.len());
    (0..leaves)
        .map(|leaf| {
            values.clear();
            values.extend(supports.iter().filter_map(|support| support.get(leaf).copied()));
            signed(&mut values, 1.0 - correlation)
        })
        .collect()
}

/// Sorted by size, the k-th of each sign times `kept^k`.
fn signed(values: &mut [f64], kept: f64) -> f64 {
    values.sort_unstable_by(|one, other| other.abs().total_cmp(&one.abs()));
    let (mut sum, mut positive, mut negative) = (0.0, 1.0, 1.0);
    for &value in values.iter() {
        let factor = if value > 0.0 { &mut positive } else { &mut negative };
        if value != 0.0 {
            sum += *factor * value;
            *factor *= kept;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranks_and_the_sum_are_of_one_formula() {
        let rows: [&[f64]; 5] =
            [&[0.3, -1.0, 0.0], &[0.3, 2.0, 0.0], &[-0.2, 0.5, 1.0], &[1.5, -1.0, 0.0], &[0.0, -4.0, 1.0]];
        for correlation in [0.0, 0.35, 1.0] {
            let members = Members { supports: rows.to_vec(), correlation };
            let together = discounted(&rows, correlation, 3);
            let parts = members.parts(&together);
            for (leaf, all) in together.iter().enumerate() {
                let ranked = [members.ranked(leaf, true), members.ranked(leaf, false)].concat();
                let sum: f64 = ranked.iter().map(Ranked::counted).sum();
                assert!((sum - all).abs() < 1e-12, "{correlation}: {sum}, not {all}");
                for left_out in 0..rows.len() {
                    let rest: Vec<&[f64]> =
                        (0..rows.len()).filter(|row| *row != left_out).map(|row| rows[row]).collect();
                    let (expected, found) =
                        (discounted(&rest, correlation, 3)[leaf], parts.without[left_out][leaf]);
                    assert!((found - expected).abs() < 1e-12, "{correlation}: {found}, not {expected}");
                }
            }
        }
    }
}
