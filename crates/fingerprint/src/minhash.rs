//! From a function's n-grams to a signature of 64 rows and its band keys.
//!
//! The 64 rows are four groups of 16 bins (one-permutation hashing, four times).
//! For group `g` a gram, already well mixed, is multiplied by an odd number of
//! that group: the top four bits say which bin it falls into, the other 60 are its
//! value there, and the bin keeps the least. A bin that stays empty borrows from
//! another of its group, found by probing with [`mix`] (optimal densification,
//! Shrivastava 2017). That costs four multiplications a gram where 64 separate
//! rows cost 128, and four groups keep the estimate good for small functions.
//!
//! The signature keeps the top byte of a remix of each row. Band key `b` hashes
//! the whole values of bin `b` in groups 0, 1 and 2: a shared key is a shared
//! triple of grams and not chance.

use crate::{BANDS, MinHash, ROWS};
use cognate_base::{combine, mix};

/// Groups of rows, each a permutation of its own.
const GROUPS: usize = 4;
/// Bins of a group: one band key each.
const BINS: usize = ROWS / GROUPS;
/// Groups that make band keys.
const BAND_GROUPS: usize = 3;

const ODD: [u64; GROUPS] = [mix(11) | 1, mix(22) | 1, mix(33) | 1, mix(44) | 1];
const EMPTY: u64 = u64::MAX;

/// Reduces a non-empty set of grams to its signature and band keys.
pub(crate) fn sketch(grams: &[u64]) -> (MinHash, [u64; BANDS]) {
    let mut groups = [[EMPTY; BINS]; GROUPS];
    for &gram in grams {
        for (group, odd) in groups.iter_mut().zip(ODD) {
            let value = gram.wrapping_mul(odd);
            let least = &mut group[(value >> 60) as usize % BINS];
            *least = (*least).min(value << 4);
        }
    }
    let groups = groups.map(densified);
    let mut rows = [0; ROWS];
    for (row, value) in rows.iter_mut().zip(groups.iter().flatten()) {
        *row = (mix(*value) >> 56) as u8;
    }
    let mut bands = [0; BANDS];
    for (number, band) in bands.iter_mut().enumerate() {
        let values = groups.iter().take(BAND_GROUPS).map(|group| group[number % BINS]);
        *band = values.fold(mix(number as u64 + 1), combine);
    }
    (MinHash(rows), bands)
}

/// Fills empty bins from others; at least one must not be.
fn densified(group: [u64; BINS]) -> [u64; BINS] {
    let mut full = group;
    for (number, bin) in full.iter_mut().enumerate().filter(|(_, bin)| **bin == EMPTY) {
        let probes = (1..1024u64).map(|attempt| mix(attempt << 8 | number as u64) as usize % BINS);
        *bin = probes.map(|probe| group[probe]).find(|value| *value != EMPTY).unwrap_or(EMPTY);
    }
    full
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grams(range: std::ops::Range<u64>) -> Vec<u64> {
        range.map(mix).collect()
    }

    /// Checks the estimate for two sets of 200 grams that share `common`.
    fn check(common: u64) {
        let (one, _) = sketch(&grams(0..200));
        let (other, _) = sketch(&grams(200 - common..400 - common));
        let truth = common as f64 / (400 - common) as f64;
        let estimate = one.similarity(&other);
        assert!((estimate - truth).abs() < 0.2, "estimated {estimate:.2}, is {truth:.2}");
    }

    #[test]
    fn the_estimate_follows_the_true_jaccard_similarity() {
        [0, 50, 100, 150, 190, 200].into_iter().for_each(check);
    }

    #[test]
    fn order_and_repetition_of_grams_do_not_matter() {
        let forward = grams(0..50);
        let backward: Vec<u64> = forward.iter().rev().chain(&forward).copied().collect();
        assert_eq!(sketch(&forward), sketch(&backward));
    }

    #[test]
    fn the_stored_rows_never_change_within_a_version() {
        let (MinHash(rows), bands) = sketch(&grams(0..10));
        let all = cognate_base::hash_bytes(0, &rows);
        assert_eq!(
            (all, bands[0], bands[15]),
            (14_582_461_900_855_677_793, 11_956_072_471_870_059_056, 10_192_387_361_693_582_507)
        );
    }
}
