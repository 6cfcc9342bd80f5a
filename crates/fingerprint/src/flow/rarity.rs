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
        // as rare as what three functions have (rule of three), within the bound above
        let unknown = ((f64::from(functions.max(4)) / 3.0).log2() * 100.0) as u32;
        Table { words, starts, unknown: unknown.min(MOST_HUNDREDTHS) }
    })
}

/// The rarity of a feature in hundredths of a bit.
pub(crate) fn hundredths(feature: u32) -> u32 {
    let table = table();
    let upper = (feature >> (24 - UPPER)) as usize;
    let range = table.starts.get(upper).zip(table.starts.get(upper + 1));
    let words = range.and_then(|(from, to)| table.words.get(*from as usize..*to as usize)).unwrap_or(&[]);
    let found = words.iter().find(|word| **word >> 8 == feature);
    found.map_or(table.unknown, |word| (word & 0xff) * 10)
}

/// How rare a data-flow feature is in goodware, in bits: `log2` of functions looked at over functions that have it.
pub fn flow_weight(feature: u32) -> f32 {
    hundredths(feature) as f32 / 100.0
}
