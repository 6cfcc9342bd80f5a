//! What the data flow of two functions has in common.
//!
//! In come two sorted lists of features; out comes a [`FlowInCommon`], weighted by
//! [`flow_weight`]: a feature that many functions have says little. [`FlowInCommon::alike`]
//! says how alike the whole functions are, [`FlowInCommon::holds`] whether the one's
//! body is found inside the other's. [`Postings`] finds the functions of a sample
//! that share features with one. [`Sketch`] stands for a list of features
//! where very many pairs are looked at and an estimate will do.

use crate::document::Holds;
use crate::document::ratio;
use crate::indices::StoredFunction;
use crate::lists::{Found, side_by_side};
use crate::program::Other;
use cognate_base::{TypedVec, mix};
use cognate_fingerprint::{MAX_FLOW, flow_weight};

/// Share of bits in common times bits in common at which a function is as likely as not the same.
/// Of 1,500 functions of Lua 0.8 % have a hit at 30 among 212,382 functions of wild software without
/// it, and 0.4 % at 40, where 81 % of recompiled partners are found (`bench/results/README.md`).
const EVEN: f64 = 32.0;
/// Share below which nothing is said, however much is in common. Judgement, as all bars below.
const LEAST_SHARE: f64 = 0.05;
/// Bits in common at which half of the doubt is gone that they are chance.
const HALF_DOUBT: f64 = 16.0;
/// Share of the smaller function's bits that must be found in the larger one that holds it.
const PART: f64 = 0.7;
/// Least bits in common of a function and one that holds it.
const PART_BITS: f64 = 60.0;
/// Functions this alike are the same function rather than one in the other.
const SAME: f64 = 0.5;

/// What two lists of features have in common, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FlowInCommon {
    /// Features in both.
    pub shared: u32,
    /// What those say.
    pub bits: f64,
    /// What those of them say that neither list may have left out.
    both: f64,
    /// What all such features of the one function say.
    mine: f64,
    /// What all such features of the other say.
    theirs: f64,
    /// What the one alone has and the other's callees have, folded in.
    mine_folded: f64,
    /// What the other alone has and the one's callees have, folded in.
    theirs_folded: f64,
}

/// The last feature of a list that was cut: [`MAX_FLOW`] features are kept, the
/// rarest first, and of equally rare ones those of least number. What comes
/// before it in that order is in the list if the function has it at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    weight: f32,
    feature: u32,
}

impl Cut {
    /// A list that is not full was not cut.
    ///
    /// `weights` is what the features say in goodware, whatever they count in a comparison.
    pub(crate) fn of(features: &[u32], weights: &[f32]) -> Option<Cut> {
        let mut all = features.iter().zip(weights).map(|(&feature, &weight)| Cut { weight, feature });
        let first = all.next().filter(|_| features.len() >= MAX_FLOW)?;
        Some(all.fold(first, |cut, next| if cut.cuts_off(next.feature, next.weight) { next } else { cut }))
    }

    fn cuts_off(&self, feature: u32, weight: f32) -> bool {
        weight < self.weight || weight == self.weight && feature > self.feature
    }
}

impl FlowInCommon {
    /// Compares features, `mine` with their weights.
    ///
    /// Long lists are cut, and two lists are cut at different places. What one of
    /// them may have left out counts neither for nor against.
    /// The first list comes with where it was cut; last, what the callees of each would add to it.
    pub(crate) fn of(
        (mine, weights, cut): (&[u32], &[f32], Option<Cut>),
        theirs: &[u32],
        [mine_folded, theirs_folded]: [&[u32]; 2],
    ) -> Self {
        if mine.is_empty() || theirs.is_empty() {
            return FlowInCommon::default();
        }
        let their_weights: Vec<f32> = theirs.iter().map(|&feature| flow_weight(feature)).collect();
        let cuts = [cut, Cut::of(theirs, &their_weights)];
        // What a feature says, where neither list can have left it out.
        let counted = |(feature, weight): (u32, f32)| match cuts
            .iter()
            .flatten()
            .any(|cut| cut.cuts_off(feature, weight))
        {
            true => 0.0,
            false => f64::from(weight),
        };
        let mut common = FlowInCommon::default();
        for found in side_by_side(keyed(mine, weights), keyed(theirs, &their_weights)) {
            match found {
                Found::First(own) => {
                    let bits = counted(own);
                    common.mine += bits;
                    common.mine_folded +=
                        if theirs_folded.binary_search(&own.0).is_ok() { bits } else { 0.0 };
                }
                Found::Second(other) => {
                    let bits = counted(other);
                    common.theirs += bits;
                    common.theirs_folded +=
                        if mine_folded.binary_search(&other.0).is_ok() { bits } else { 0.0 };
                }
                Found::Both(own, _) => {
                    let bits = counted(own);
                    common.shared += 1;
                    common.bits += f64::from(own.1);
                    common.both += bits;
                    common.mine += bits;
                    common.theirs += bits;
                }
            }
        }
        common
    }

    /// Bits in common, of the one and of the other, of what neither list can have left out.
    pub(crate) fn parts(&self) -> (f64, f64, f64) {
        (self.both, self.mine, self.theirs)
    }

    /// Of what only one side has, what the other's callees have.
    pub(crate) fn folded(&self) -> (f64, f64) {
        (self.mine_folded, self.theirs_folded)
    }

    /// Bits in common over the bits of either: 0 to 1.
    pub fn jaccard(&self) -> f64 {
        ratio(self.both, self.mine + self.theirs - self.both).clamp(0.0, 1.0)
    }

    /// Bits in common over the bits of the side that says less: 0 to 1.
    pub fn contained(&self) -> f64 {
        ratio(self.both, self.mine.min(self.theirs)).clamp(0.0, 1.0)
    }

    /// Bits in common, of what neither list can have left out.
    pub(crate) fn in_common(&self) -> f64 {
        self.both
    }

    /// Bits in common over the bits of the first: 0 to 1.
    pub(crate) fn contained_first(&self) -> f64 {
        ratio(self.both, self.mine).clamp(0.0, 1.0)
    }

    /// How alike the functions are, 0 to 1: one half where share times bits in common reach [`EVEN`].
    ///
    /// A share of one half in little is chance as often as a share of a tenth
    /// in much: what unrelated software has in common falls off with the product.
    pub fn alike(&self) -> f64 {
        let share = self.jaccard();
        let weight = share * self.both / EVEN;
        let by_weight = if share >= LEAST_SHARE { weight / (1.0 + weight) } else { 0.0 };
        by_weight.max(share * (1.0 - (-self.both / HALF_DOUBT).exp2()))
    }

    /// Which function's body is found inside the other, if any: most of what
    /// the smaller one says, and enough, but not as much as makes them the same.
    pub fn holds(&self) -> Option<Holds> {
        let inlined = self.is_part() && self.jaccard() < SAME;
        inlined.then_some(if self.mine <= self.theirs { Holds::QueryInStored } else { Holds::StoredInQuery })
    }

    /// Whether most of what the smaller one says is found in the larger one.
    pub(crate) fn is_part(&self) -> bool {
        self.both >= PART_BITS && self.contained() >= PART
    }
}

/// Features with what they say, each under its own number.
fn keyed<'l>(features: &'l [u32], weights: &'l [f32]) -> impl Iterator<Item = (u32, (u32, f32))> + use<'l> {
    features.iter().zip(weights).map(|(&feature, &weight)| (feature, (feature, weight)))
}

/// Functions that share features with one, proposed at most.
const NEAR: usize = 32;
/// Features that more functions of a sample have propose none.
const MOST_HOLDERS: usize = 64;

/// The functions of a sample by feature.
#[derive(Debug)]
pub(crate) struct Postings {
    /// Ascending.
    list: Vec<(u32, StoredFunction)>,
    /// What the features in common say, of each function; all 0 between questions.
    sums: TypedVec<StoredFunction, f32>,
}

impl Postings {
    /// Turns the lists of features round.
    pub fn new(program: &Other<'_>) -> Self {
        let features = program.functions.items().iter().map(|own| own.fingerprint.flow.features.len());
        let mut list: Vec<(u32, StoredFunction)> = Vec::with_capacity(features.sum());
        for (function, own) in program.functions.entries() {
            list.extend(own.fingerprint.flow.features.iter().map(|&feature| (feature, function)));
        }
        list.sort_unstable();
        Postings { list, sums: vec![0.0; program.functions.len()].into() }
    }

    /// The functions that share most with one, by the bits of features that are not everywhere.
    pub fn near(&mut self, features: &[u32], weights: &[f32]) -> Vec<StoredFunction> {
        let mut found: Vec<StoredFunction> = Vec::new();
        for (&feature, &weight) in features.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            let from = self.list.partition_point(|(other, _)| *other < feature);
            let rest = self.list.get(from..).unwrap_or_default();
            let holders = rest.iter().take(MOST_HOLDERS + 1).take_while(|(other, _)| *other == feature);
            if holders.clone().count() > MOST_HOLDERS {
                continue;
            }
            for &(_, function) in holders {
                let sum = &mut self.sums[function];
                if *sum == 0.0 {
                    found.push(function);
                }
                *sum += weight;
            }
        }
        let take = |function| (std::mem::take(&mut self.sums[function]), function);
        let mut ranked: Vec<(f32, StoredFunction)> = found.into_iter().map(take).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().take(NEAR).map(|(_, function)| function).collect()
    }
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

    fn overlap(mine: &[u32], theirs: &[u32]) -> FlowInCommon {
        let weights: Vec<f32> = mine.iter().map(|&feature| flow_weight(feature)).collect();
        FlowInCommon::of((mine, &weights, Cut::of(mine, &weights)), theirs, [&[], &[]])
    }

    fn check(mine: std::ops::Range<u32>, theirs: std::ops::Range<u32>, holds: Option<Holds>) {
        let list = |range: std::ops::Range<u32>| range.map(|at| at * 70_001).collect::<Vec<u32>>();
        let (mine, theirs) = (list(mine), list(theirs));
        let (there, back) = (overlap(&mine, &theirs), overlap(&theirs, &mine));
        assert_eq!(there.holds(), holds);
        assert_eq!((there.shared, there.jaccard()), (back.shared, back.jaccard()));
        assert!(there.jaccard() <= there.contained());
        assert!((0.0..=1.0).contains(&there.alike()) && (there.alike() - back.alike()).abs() < 1e-9);
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

    /// What a fingerprint keeps of so many features.
    fn kept(features: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut features: Vec<u32> = features.map(|at| (mix(u64::from(at)) >> 40) as u32).collect();
        features.sort_by(|a, b| flow_weight(*b).total_cmp(&flow_weight(*a)).then(a.cmp(b)));
        features.truncate(MAX_FLOW);
        features.sort_unstable();
        features
    }

    #[test]
    fn a_list_that_was_cut_is_compared_by_what_it_cannot_have_lost() {
        let (small, large) = (kept(400..500), kept(0..500));
        let overlap = overlap(&small, &large);
        assert!(overlap.shared < 60, "most of it was cut off");
        assert_eq!(overlap.contained(), 1.0);
        assert_eq!(overlap.holds(), Some(Holds::QueryInStored));
    }

    #[test]
    fn long_lists_with_half_in_common_are_known_to_have_half_in_common() {
        let overlap = overlap(&kept(0..600), &kept(300..900));
        assert!((overlap.jaccard() - 1.0 / 3.0).abs() < 0.12, "{}", overlap.jaccard());
    }

    #[test]
    fn nothing_is_alike_where_a_side_has_no_data_flow() {
        assert_eq!(overlap(&[], &[1, 2]), FlowInCommon::default());
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
