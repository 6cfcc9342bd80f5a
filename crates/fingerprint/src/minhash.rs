//! From a function's n-grams to a signature of 64 rows and its band keys.
//!
//! Row `r` of a gram `g` is `((lo(g) * A[r]) ^ hi(g)) * B[r]` in 32 bits, `A` and
//! `B` odd and drawn from the stored [`mix`]; a row's value is the least over all
//! grams. The signature keeps one byte a row (a multiplicative hash of the least
//! value), the band keys hash three whole 32-bit row minima each, rows 0 to 47:
//! 96 bits a key, so that a shared key is a shared triple and not chance.

use crate::{BANDS, MinHash, ROWS};
use cognate_base::{combine, mix};

/// Rows in a band key.
const BAND_ROWS: usize = 3;

const A: [u32; ROWS] = odd(0x0063_6f67_6e61_7465);
const B: [u32; ROWS] = odd(0x006d_696e_6861_7368);

const fn odd(seed: u64) -> [u32; ROWS] {
    let mut rows = [0; ROWS];
    let mut row = 0;
    while row < ROWS {
        rows[row] = (mix(seed + row as u64) >> 32) as u32 | 1;
        row += 1;
    }
    rows
}

/// Reduces a non-empty set of grams to its signature and band keys.
pub(crate) fn sketch(grams: &[u64]) -> (MinHash, [u64; BANDS]) {
    let mut least = [u32::MAX; ROWS];
    for &gram in grams {
        let (low, high) = (gram as u32, (gram >> 32) as u32);
        for ((least, a), b) in least.iter_mut().zip(&A).zip(&B) {
            let row = (low.wrapping_mul(*a) ^ high).wrapping_mul(*b);
            *least = (*least).min(row);
        }
    }
    let rows = least.map(|value| (value.wrapping_mul(0x9e37_79b1) >> 24) as u8);
    let mut bands = [0; BANDS];
    for (number, (band, rows)) in bands.iter_mut().zip(least.chunks_exact(BAND_ROWS)).enumerate() {
        let seed = mix(number as u64 + 1);
        *band = rows.iter().fold(seed, |hash, &row| combine(hash, u64::from(row)));
    }
    (MinHash(rows), bands)
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
        assert_eq!((all, bands[0], bands[15]), (0, 0, 0));
    }
}
