//! How rare features are in goodware: a table learnt by `tools/flow_rarity.py`.
//!
//! The file starts with the number of functions it was learnt from (32 bits),
//! then comes a word a feature, ascending: 24 bits of feature, 8 bits of rarity
//! in tenths of a bit. It holds the 32,768 most frequent features, the rarest of
//! which is in 32 of 154,562 functions (12.2 bits); everything else counts as 14 bits.

use std::sync::OnceLock;

static LEARNT: &[u8] = include_bytes!("../../data/flow_rarity.bin");

/// The most that is said of what the table does not hold, however many functions it was learnt from.
const MOST_HUNDREDTHS: u32 = 1400;

/// Upper bits by which the table is spread out: with four words of it each.
const UPPER: u32 = 13;

/// The table spread out by the upper bits of features.
struct Table {
    words: Vec<u32>,
    /// Where the features of each value of the upper bits start: few enough to stay in the nearest cache.
    starts: Vec<u32>,
    /// The places of the features, the most frequent first, and the rank of each place.
    by_rank: Vec<u32>,
    ranks: Vec<u32>,
    unknown: u32,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let (functions, words) = LEARNT.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let functions = u32::from_le_bytes(*functions);
        let words: Vec<u32> = words.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let start = |upper: u32| words.partition_point(|word| word >> (32 - UPPER) < upper) as u32;
        let starts = (0..=1 << UPPER).map(start).collect();
        let mut by_rank: Vec<u32> = (0..words.len() as u32).collect();
        by_rank.sort_by_key(|&place| words.get(place as usize).map_or(0, |word| word & 0xff));
        let mut ranks = vec![0; words.len()];
        for (&place, rank) in by_rank.iter().zip(0..) {
            if let Some(slot) = ranks.get_mut(place as usize) {
                *slot = rank;
            }
        }
        // as rare as what three functions have (rule of three), within the bound above
        let unknown = ((f64::from(functions.max(4)) / 3.0).log2() * 100.0) as u32;
        Table { words, starts, by_rank, ranks, unknown: unknown.min(MOST_HUNDREDTHS) }
    })
}

impl Table {
    /// The place of a feature, where the table holds it.
    fn place(&self, feature: u32) -> Option<usize> {
        let upper = (feature >> (24 - UPPER)) as usize;
        let (from, to) = (*self.starts.get(upper)? as usize, *self.starts.get(upper + 1)? as usize);
        let found = self.words.get(from..to)?.iter().position(|word| word >> 8 == feature)?;
        Some(from + found)
    }
}

/// The rarity of a feature in hundredths of a bit.
pub(crate) fn hundredths(feature: u32) -> u32 {
    let table = table();
    let found = table.place(feature).and_then(|place| table.words.get(place));
    found.map_or(table.unknown, |word| (word & 0xff) * 10)
}

/// The rank of a data-flow feature among those that are frequent in goodware, the most frequent first;
/// `None` for one that is not.
pub fn flow_rank(feature: u32) -> Option<u32> {
    let table = table();
    table.ranks.get(table.place(feature)?).copied()
}

/// The data-flow feature of a rank: the other way round of [`flow_rank`].
pub fn flow_of_rank(rank: u32) -> Option<u32> {
    let table = table();
    let place = *table.by_rank.get(rank as usize)?;
    table.words.get(place as usize).map(|word| word >> 8)
}

/// How rare a data-flow feature is in goodware, in bits: `log2` of functions looked at over functions that have it.
pub fn flow_weight(feature: u32) -> f32 {
    hundredths(feature) as f32 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_has_one_feature_and_frequent_ones_come_first() {
        let features: Vec<u32> = (0..).map_while(flow_of_rank).collect();
        assert!(features.len() > 30_000);
        assert!(features.iter().zip(0..).all(|(&feature, rank)| flow_rank(feature) == Some(rank)));
        assert!(features.is_sorted_by_key(|&feature| hundredths(feature)));
    }
}
