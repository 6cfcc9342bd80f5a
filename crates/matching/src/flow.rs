//! What the data flow of two functions has in common.
//!
//! In come two sorted lists of features; out comes an [`Overlap`], weighted by
//! [`flow_weight`]: a feature that many functions have says little. [`Overlap::alike`]
//! says how alike the whole functions are, [`Overlap::holds`] whether the one's
//! body is found inside the other's. [`Postings`] finds the functions of a sample
//! that share features with one. [`Sketch`] stands for a list of features
//! where very many pairs are looked at and an estimate will do.

use crate::document::Holds;
use cognate_base::mix;
use cognate_fingerprint::{Fingerprint, SampleFingerprint, flow_weight};

/// Bits in common at which half of the doubt is gone that they are chance.
const HALF_DOUBT: f64 = 16.0;
/// Share of the smaller function's bits that must be found in the larger one that holds it.
const HELD: f64 = 0.7;
/// Least bits in common of a function and one that holds it.
const HELD_BITS: f64 = 60.0;
/// Functions this alike are the same function rather than one in the other.
const SAME: f64 = 0.5;

/// What two lists of features have in common, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlap {
    /// Features in both.
    pub shared: u32,
    /// What those say.
    pub bits: f64,
    /// What all of the one function says.
    pub mine: f64,
    /// What all of the other says.
    pub theirs: f64,
}

impl Overlap {
    /// Compares features, `mine` with their weights.
    pub(crate) fn of(mine: &[u32], weights: &[f32], theirs: &[u32]) -> Self {
        if mine.is_empty() || theirs.is_empty() {
            return Overlap::default();
        }
        let mut overlap = Overlap::default();
        let mut rest = theirs.iter().peekable();
        for (&feature, &weight) in mine.iter().zip(weights) {
            while let Some(&other) = rest.next_if(|other| **other < feature) {
                overlap.theirs += f64::from(flow_weight(other));
            }
            let weight = f64::from(weight);
            overlap.mine += weight;
            if rest.next_if_eq(&&feature).is_some() {
                overlap.shared += 1;
                overlap.bits += weight;
                overlap.theirs += weight;
            }
        }
        overlap.theirs += rest.map(|&other| f64::from(flow_weight(other))).sum::<f64>();
        overlap
    }

    /// Bits in common over the bits of either: 0 to 1.
    pub fn jaccard(&self) -> f64 {
        ratio(self.bits, self.mine + self.theirs - self.bits)
    }

    /// Bits in common over the bits of the side that says less: 0 to 1.
    pub fn contained(&self) -> f64 {
        ratio(self.bits, self.mine.min(self.theirs))
    }

    /// How alike the functions are: less than the [`jaccard`](Self::jaccard)
    /// where so little is in common that it may be chance.
    pub fn alike(&self) -> f64 {
        self.jaccard() * (1.0 - (-self.bits / HALF_DOUBT).exp2())
    }

    /// Which function's body is found inside the other, if any: most of what
    /// the smaller one says, and enough, but not as much as makes them the same.
    pub fn holds(&self) -> Option<Holds> {
        let held = self.is_part() && self.jaccard() < SAME;
        held.then_some(if self.mine <= self.theirs { Holds::QueryInStored } else { Holds::StoredInQuery })
    }

    /// Whether most of what the smaller one says is found in the larger one.
    pub(crate) fn is_part(&self) -> bool {
        self.bits >= HELD_BITS && self.contained() >= HELD
    }
}

/// What the data flow of two functions has in common.
pub(crate) fn common(one: &Fingerprint, other: &Fingerprint) -> Overlap {
    let weights: Vec<f32> = one.flow.features.iter().map(|&feature| flow_weight(feature)).collect();
    Overlap::of(&one.flow.features, &weights, &other.flow.features)
}

/// Functions that share features with one, proposed at most.
const NEAR: usize = 32;
/// Features that more functions of a sample have propose none.
const MOST_HOLDERS: usize = 64;

/// The functions of a sample by feature.
#[derive(Debug)]
pub(crate) struct Postings {
    /// Ascending.
    list: Vec<(u32, u32)>,
    /// What the features in common say, of each function; all 0 between questions.
    sums: Vec<f32>,
}

impl Postings {
    /// Turns the lists of features round.
    pub fn new(sample: &SampleFingerprint) -> Self {
        let functions = sample.functions.iter().zip(0u32..);
        let mut list: Vec<(u32, u32)> = functions
            .flat_map(|(own, at)| own.fingerprint.flow.features.iter().map(move |&feature| (feature, at)))
            .collect();
        list.sort_unstable();
        Postings { list, sums: vec![0.0; sample.functions.len()] }
    }

    /// The functions that share most with one, by the bits of features that are not everywhere.
    pub fn near(&mut self, features: &[u32], weights: &[f32]) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        for (&feature, &weight) in features.iter().zip(weights) {
            let from = self.list.partition_point(|(other, _)| *other < feature);
            let rest = self.list.get(from..).unwrap_or_default();
            let holders = rest.iter().take(MOST_HOLDERS + 1).take_while(|(other, _)| *other == feature);
            if holders.clone().count() > MOST_HOLDERS {
                continue;
            }
            for &(_, at) in holders {
                if let Some(sum) = self.sums.get_mut(at as usize).filter(|_| weight > 0.0) {
                    if *sum == 0.0 {
                        found.push(at);
                    }
                    *sum += weight;
                }
            }
        }
        let mut ranked: Vec<(f32, u32)> = Vec::with_capacity(found.len());
        for at in found {
            if let Some(sum) = self.sums.get_mut(at as usize) {
                ranked.push((std::mem::take(sum), at));
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().take(NEAR).map(|(_, at)| at).collect()
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// Places of a [`Sketch`].
const PLACES: usize = 64;
/// A place that no feature fell into.
const EMPTY: u8 = u8::MAX;

/// A list of features in 64 bytes: each falls into a place by its hash, and a
/// place keeps the least that fell into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sketch([u8; PLACES]);

impl Sketch {
    /// Stands for these features.
    pub fn new(features: &[u32]) -> Self {
        let mut places = [EMPTY; PLACES];
        for &feature in features {
            let hash = mix(u64::from(feature));
            if let Some(place) = places.get_mut(hash as usize % PLACES) {
                *place = (*place).min(((hash >> 32) % u64::from(EMPTY)) as u8);
            }
        }
        Sketch(places)
    }

    /// The share of features in common, about; 0 where a side has none.
    pub fn similarity(&self, other: &Sketch) -> f64 {
        let (mut same, mut all) = (0u32, 0u32);
        for (&one, &other) in self.0.iter().zip(&other.0) {
            all += u32::from(one & other != EMPTY);
            same += u32::from(one == other && one != EMPTY);
        }
        f64::from(same) / f64::from(all.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(mine: &[u32], theirs: &[u32]) -> Overlap {
        let weights: Vec<f32> = mine.iter().map(|&feature| flow_weight(feature)).collect();
        Overlap::of(mine, &weights, theirs)
    }

    fn check(mine: std::ops::Range<u32>, theirs: std::ops::Range<u32>, holds: Option<Holds>) {
        let list = |range: std::ops::Range<u32>| range.map(|at| at * 70_001).collect::<Vec<u32>>();
        let (mine, theirs) = (list(mine), list(theirs));
        let (there, back) = (overlap(&mine, &theirs), overlap(&theirs, &mine));
        assert_eq!(there.holds(), holds);
        assert_eq!((there.shared, there.jaccard()), (back.shared, back.jaccard()));
        assert!(there.alike() <= there.jaccard() && there.jaccard() <= there.contained());
        let estimate = Sketch::new(&mine).similarity(&Sketch::new(&theirs));
        let exact =
            f64::from(there.shared) / f64::from(mine.len() as u32 + theirs.len() as u32 - there.shared);
        assert!((estimate - exact).abs() < 0.2, "{estimate} for {exact}");
    }

    #[test]
    fn a_small_function_found_whole_in_a_large_one_is_held() {
        check(10..40, 0..150, Some(Holds::QueryInStored));
        check(0..150, 10..40, Some(Holds::StoredInQuery));
    }

    #[test]
    fn the_same_function_is_not_held() {
        check(0..100, 0..100, None);
        check(0..100, 0..90, None);
    }

    #[test]
    fn a_function_of_which_half_is_found_is_not_held() {
        check(0..60, 30..190, None);
    }

    #[test]
    fn a_few_features_are_not_enough_to_be_held() {
        check(0..3, 0..100, None);
    }

    #[test]
    fn nothing_is_alike_where_a_side_has_no_data_flow() {
        assert_eq!(overlap(&[], &[1, 2]), Overlap::default());
        assert_eq!(overlap(&[1, 2], &[]).alike(), 0.0);
        assert_eq!(Sketch::new(&[]).similarity(&Sketch::new(&[])), 0.0);
    }

    #[test]
    fn few_bits_in_common_say_less_than_many() {
        let few = overlap(&[1, 2], &[1, 2]);
        let many: Vec<u32> = (0..50).collect();
        assert!(few.alike() < overlap(&many, &many).alike());
    }
}
