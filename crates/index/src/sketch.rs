//! Long lists, kept short in a way that no order of adding can change.
//!
//! Of a key's signatures the store keeps the [`STORED_CAP`] of least signature
//! hash, together with the *threshold*: the least hash that was left out.
//! Below the threshold the list is complete, and signature hashes are uniform,
//! so the length in all is the length kept over the share of hashes below the
//! threshold (a standard error of 3 % at 1,024). Lists of several segments are
//! joined by taking the least threshold and what lies below: the result is the
//! list that one segment would have kept.
//!
//! Of a signature's occurrences those of least [`occurrence_rank`] are kept,
//! and their number in all is counted exactly.

use cognate_base::{SampleId, combine, mix};

/// Signatures kept of one key, and occurrences kept of one signature.
pub const STORED_CAP: usize = 1024;

/// The threshold of a list that left nothing out.
pub(crate) const COMPLETE: u64 = u64::MAX;

/// Sorts a list of signature hashes, drops doubles and what lies at or above
/// the threshold, and caps it. Returns the new threshold.
pub(crate) fn condense(hashes: &mut Vec<u64>, threshold: u64) -> u64 {
    hashes.sort_unstable();
    hashes.dedup();
    if threshold != COMPLETE {
        let below = hashes.partition_point(|&hash| hash < threshold);
        hashes.truncate(below);
    }
    match hashes.get(STORED_CAP) {
        Some(&first_left_out) => {
            hashes.truncate(STORED_CAP);
            first_left_out
        }
        None => threshold,
    }
}

/// Caps a list of numbers with their hashes as [`condense`] does, and sorts it by number. Returns the new threshold.
pub(crate) fn cap_list(list: &mut Vec<(u32, u64)>, threshold: u64) -> u64 {
    list.sort_unstable();
    list.dedup();
    if threshold == COMPLETE && list.len() <= STORED_CAP {
        return COMPLETE;
    }
    let mut hashes = list.iter().map(|&(_, hash)| hash).collect();
    let threshold = condense(&mut hashes, threshold);
    list.retain(|&(_, hash)| threshold == COMPLETE || hash < threshold);
    threshold
}

/// How many there are in all, from how many are kept below the threshold.
pub(crate) fn total(kept: usize, threshold: u64) -> u64 {
    if threshold == COMPLETE {
        return kept as u64;
    }
    let share = threshold as f64 / 2f64.powi(64);
    ((kept as f64 / share).round() as u64).max(kept as u64)
}

/// A sample's part of the rank of its occurrences.
pub(crate) fn sample_rank(id: &SampleId) -> u64 {
    let mut word = [0u8; 8];
    word.copy_from_slice(&id.0[..8]);
    mix(u64::from_le_bytes(word))
}

/// Which occurrences are kept of a long list: those of least rank.
pub(crate) fn occurrence_rank(sample_rank: u64, function: u32) -> u64 {
    combine(sample_rank, u64::from(function))
}

/// Cuts occurrences to `cap`, by rank, and sorts what is left ascending.
pub(crate) fn cap_occurrences(list: &mut Vec<(u32, u32)>, cap: usize, rank: impl Fn(u32) -> u64) {
    if list.len() > cap {
        list.sort_by_cached_key(|&(sample, function)| (occurrence_rank(rank(sample), function), sample));
        list.truncate(cap);
    }
    list.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_parts_equal_the_whole() {
        let all: Vec<u64> = (0..5000).map(mix).collect();
        let mut whole = all.clone();
        let whole_threshold = condense(&mut whole, COMPLETE);
        let mut joined = Vec::new();
        let mut threshold = COMPLETE;
        for part in all.chunks(1700) {
            let mut part = part.to_vec();
            threshold = threshold.min(condense(&mut part, COMPLETE));
            joined.extend(part);
        }
        let threshold = condense(&mut joined, threshold);
        assert_eq!((joined, threshold), (whole, whole_threshold));
    }

    #[test]
    fn the_estimate_is_near_and_exact_where_nothing_was_left_out() {
        let mut all: Vec<u64> = (0..20_000).map(mix).collect();
        let threshold = condense(&mut all, COMPLETE);
        let estimate = total(all.len(), threshold);
        assert!((18_000..22_000).contains(&estimate), "{estimate}");
        assert_eq!(total(17, COMPLETE), 17);
    }
}
