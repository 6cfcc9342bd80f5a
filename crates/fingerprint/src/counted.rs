//! Lists of hashes that become sets: the copies of a hash are counted, each a hash of its own.

use cognate_base::combine;

/// Hashes below which a plain sort is as quick.
const FEW: usize = 48;
/// Most buckets: their counts stay in the nearest cache.
const MOST_BUCKETS: usize = 1 << 8;
/// Hashes from which on the memory for a second list would be felt.
const MANY: usize = 1 << 16;

/// Makes a set of a multiset: the second, third, … copy of a hash becomes a hash of its own, up to so many.
///
/// What comes out is in no order that means anything. `spare` is overwritten.
pub(crate) fn count_copies(hashes: &mut Vec<u64>, most: u64, spare: &mut Vec<u64>) {
    sort(hashes, spare);
    let (mut last, mut copies) = (None, 0);
    hashes.retain_mut(|hash| {
        copies = if last == Some(*hash) { copies + 1 } else { 0 };
        last = Some(*hash);
        *hash = combine(*hash, copies.min(most - 1));
        copies < most
    });
}

/// Sorts hashes: as these are spread evenly, one round of buckets by their upper bits leaves little to do.
fn sort(hashes: &mut Vec<u64>, spare: &mut Vec<u64>) {
    let count = hashes.len();
    if !(FEW..MANY).contains(&count) {
        return hashes.sort_unstable();
    }
    let buckets = (count / 2).next_power_of_two().min(MOST_BUCKETS);
    let bucket = |hash: u64| (hash >> (u64::BITS - buckets.trailing_zeros())) as usize;
    let mut places = [0u32; MOST_BUCKETS];
    let places = places.get_mut(..buckets).unwrap_or_default();
    for &hash in &*hashes {
        if let Some(place) = places.get_mut(bucket(hash)) {
            *place += 1;
        }
    }
    let mut start = 0;
    for place in &mut *places {
        start += std::mem::replace(place, start);
    }
    spare.clear();
    spare.resize(count, 0);
    for &hash in &*hashes {
        if let Some(place) = places.get_mut(bucket(hash)) {
            if let Some(slot) = spare.get_mut(*place as usize) {
                *slot = hash;
            }
            *place += 1;
        }
    }
    // now each place is the end of its bucket
    let mut start = 0;
    for &mut end in places {
        if let Some(same) = spare.get_mut(start..end as usize).filter(|same| same.len() > 1) {
            same.sort_unstable();
        }
        start = end as usize;
    }
    std::mem::swap(hashes, spare);
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_base::mix;

    /// Counts copies of these hashes as a plain sort would find them.
    fn check(hashes: impl Iterator<Item = u64>) {
        let mut hashes: Vec<u64> = hashes.collect();
        let mut sorted = hashes.clone();
        sorted.sort_unstable();
        let same = sorted.chunk_by(|one, other| one == other);
        let expected: Vec<u64> = same
            .flat_map(|same| {
                same.iter().zip(0..3).map(|(&hash, copy)| combine(hash, copy)).collect::<Vec<_>>()
            })
            .collect();
        count_copies(&mut hashes, 3, &mut Vec::new());
        assert_eq!(hashes, expected);
    }

    #[test]
    fn each_copy_becomes_a_hash_of_its_own_up_to_so_many() {
        [0, 1, 2, FEW as u64, 1_000, MANY as u64 + 1].into_iter().for_each(|count| {
            check((0..count).map(|number| mix(number / 5)));
            check((0..count).map(|number| number / 2));
        });
    }
}
