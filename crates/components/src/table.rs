//! Sorted keys in one run of bytes: of each key the upper 40 bits, and the row it leads to.
//!
//! 65,536 buckets by the upper 16 bits of a key, then entries of six bytes: 24 bits of key, 24 bits of row.
//! Nothing is unpacked: a look-up reads one bucket.

/// Buckets of a table.
const BUCKETS: usize = 1 << 16;
/// Bytes of an entry.
const ENTRY: usize = 6;

/// Where a key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// The key; only its upper 40 bits count.
    pub key: u64,
    /// The row.
    pub row: u32,
}

/// A table in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    starts: &'a [u8],
    entries: &'a [u8],
}

impl<'a> Table<'a> {
    /// Takes bytes that [`Table::new`] took once, without looking at all of them again.
    pub(crate) fn again(bytes: &'a [u8]) -> Self {
        let (starts, entries) = bytes.split_at_checked((BUCKETS + 1) * 4).unwrap_or((&[], &[]));
        Table { starts, entries }
    }

    /// Takes bytes for a table; `None` where they are none.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let table = Table::again(bytes);
        let ascends = (0..BUCKETS).all(|bucket| table.start(bucket) <= table.start(bucket + 1));
        let whole =
            table.start(BUCKETS).and_then(|count| count.checked_mul(ENTRY)) == Some(table.entries.len());
        (ascends && whole).then_some(table)
    }

    /// How many entries it has.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() / ENTRY
    }

    fn start(&self, bucket: usize) -> Option<usize> {
        let word = self.starts.get(bucket * 4..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*word) as usize)
    }

    /// The rows to which a key leads, ascending.
    pub(crate) fn find(&self, key: u64) -> impl Iterator<Item = u32> + use<'a> {
        let bucket = (key >> 48) as usize;
        let range = self.start(bucket).zip(self.start(bucket + 1));
        let entries = self.entries;
        let entries = range.and_then(|(from, to)| entries.get(from * ENTRY..to * ENTRY)).unwrap_or(&[]);
        let wanted = (key >> 24) as u32 & 0xff_ffff;
        let all = entries.as_chunks::<ENTRY>().0;
        let first = all.partition_point(|entry| remainder(entry) < wanted);
        let rest = all.get(first..).unwrap_or(&[]);
        let same = rest.iter().take_while(move |entry| remainder(entry) == wanted);
        same.map(|entry| u32::from_le_bytes([entry[3], entry[4], entry[5], 0]))
    }
}

fn remainder(entry: &[u8; ENTRY]) -> u32 {
    u32::from_le_bytes([entry[0], entry[1], entry[2], 0])
}

/// Writes a table.
pub(crate) fn write(mut entries: Vec<Entry>, to: &mut Vec<u8>) {
    entries.iter_mut().for_each(|entry| entry.key >>= 24);
    entries.sort_unstable_by_key(|entry| (entry.key, entry.row));
    entries.dedup();
    let mut at = 0;
    for bucket in 0..=BUCKETS as u64 {
        at += entries.get(at..).unwrap_or(&[]).partition_point(|entry| entry.key >> 24 < bucket);
        to.extend((at as u32).to_le_bytes());
    }
    for entry in &entries {
        to.extend(&(entry.key as u32).to_le_bytes()[..3]);
        to.extend(&entry.row.to_le_bytes()[..3]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_found(rows in prop::collection::vec((any::<u64>(), 0u32..1 << 24), 0..200)) {
            let entries: Vec<Entry> = rows.iter().map(|&(key, row)| Entry { key, row }).collect();
            let mut bytes = Vec::new();
            write(entries.clone(), &mut bytes);
            let table = Table::new(&bytes).unwrap();
            for entry in entries {
                prop_assert!(table.find(entry.key).any(|row| row == entry.row));
                prop_assert!(table.find(entry.key ^ 0xff_ffff).any(|row| row == entry.row));
            }
        }

        #[test]
        fn bytes_at_random_are_no_table_or_a_harmless_one(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut whole = vec![0u8; (BUCKETS + 1) * 4];
            whole.extend(&bytes);
            if let Some(table) = Table::new(&whole) {
                prop_assert_eq!(table.len(), 0);
                prop_assert_eq!(table.find(7).count(), 0);
            }
        }
    }
}
