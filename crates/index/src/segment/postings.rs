//! Postings: which signatures stand under a key.
//!
//! A key is the upper [`KEY_BITS`] bits of its hash, in every segment the
//! same, so that answers do not depend on how large a segment is. The upper
//! bits name a bucket in the directory, the rest stands in the entry before
//! the signature's number; entries are packed at a fixed width and ascend
//! within their bucket.

use super::blocks::Window;
use crate::error::{Error, Result, StoreError};
use crate::sketch::STORED_CAP;
use std::path::Path;

/// Bits of a key's hash that are kept.
pub(crate) const KEY_BITS: u32 = 48;

/// Bytes after the last entry, so that a whole word can always be read.
const PAD: usize = 8;
const MAX_WIDTH: u32 = 56;
const MAX_DIRECTORY_BITS: u32 = 28;

/// The part of a key's hash that is kept.
pub(crate) fn short_key(hash: u64) -> u64 {
    hash >> (64 - KEY_BITS)
}

/// How the postings of one segment are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) directory_bits: u32,
    pub(crate) number_bits: u32,
}

impl Layout {
    /// Fits a segment of so many postings and signatures.
    pub(crate) fn fit(postings: u64, signatures: u64) -> Self {
        let number_bits = (64 - signatures.leading_zeros()).min(32);
        let least = number_bits.saturating_sub(MAX_WIDTH - KEY_BITS);
        let directory_bits = (postings / 8).checked_ilog2().unwrap_or(0).max(least).min(MAX_DIRECTORY_BITS);
        Layout { directory_bits, number_bits }
    }

    pub(crate) fn is_sound(self) -> bool {
        self.number_bits <= 32 && self.directory_bits <= MAX_DIRECTORY_BITS && self.width() <= MAX_WIDTH
    }

    fn rest_bits(self) -> u32 {
        KEY_BITS - self.directory_bits
    }

    fn width(self) -> u32 {
        self.rest_bits() + self.number_bits
    }

    pub(crate) fn buckets(self) -> u64 {
        1 << self.directory_bits
    }

    fn bucket(self, key: u64) -> u64 {
        key >> self.rest_bits()
    }

    /// Bytes of the packed entries.
    pub(crate) fn packed_bytes(self, postings: u64) -> Option<u64> {
        let bits = postings.checked_mul(u64::from(self.width()))?;
        bits.div_ceil(8).checked_add(PAD as u64)
    }
}

/// Packs entries; keys must come ascending.
pub(crate) struct Packer {
    layout: Layout,
    directory: Vec<u8>,
    next_bucket: u64,
    count: u64,
    word: u128,
    filled: u32,
}

impl Packer {
    pub(crate) fn new(layout: Layout) -> Self {
        Packer { layout, directory: Vec::new(), next_bucket: 0, count: 0, word: 0, filled: 0 }
    }

    /// Appends the entries of one key to `out`; `numbers` must ascend.
    pub(crate) fn push(&mut self, key: u64, numbers: impl IntoIterator<Item = u32>, out: &mut Vec<u8>) {
        self.open_buckets(self.layout.bucket(key));
        let rest = key & ((1 << self.layout.rest_bits()) - 1);
        for number in numbers {
            let entry = (rest << self.layout.number_bits) | u64::from(number);
            self.word |= u128::from(entry) << self.filled;
            self.filled += self.layout.width();
            self.count += 1;
            while self.filled >= 8 {
                out.push(self.word as u8);
                self.word >>= 8;
                self.filled -= 8;
            }
        }
    }

    fn open_buckets(&mut self, last: u64) {
        while self.next_bucket <= last {
            self.directory.extend((self.count as u32).to_le_bytes());
            self.next_bucket += 1;
        }
    }

    /// Ends the entries and returns the directory and how many entries there are.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> (Vec<u8>, u64) {
        self.open_buckets(self.layout.buckets());
        if self.filled > 0 {
            out.push(self.word as u8);
        }
        out.extend([0; PAD]);
        (self.directory, self.count)
    }
}

/// The postings of a segment, for reading.
pub(crate) struct Postings<'a> {
    pub(crate) layout: Layout,
    pub(crate) count: u64,
    pub(crate) path: &'a Path,
    pub(crate) directory: Window<'a>,
    pub(crate) packed: Window<'a>,
}

impl<'a> Postings<'a> {
    fn damaged(&self, subject: &str) -> Error {
        Error::damaged(self.path, subject)
    }

    fn entry(&mut self, index: u64) -> Result<u64> {
        let width = self.layout.width();
        let bit = index.checked_mul(u64::from(width)).ok_or_else(|| self.damaged("posting number"))?;
        let word = u64::from_le_bytes(self.packed.array(bit / 8)?);
        Ok((word >> (bit % 8)) & ((1u64 << width) - 1))
    }

    fn bounds(&mut self, bucket: u64) -> Result<(u64, u64)> {
        let start = u64::from(self.directory.u32_at(bucket)?);
        let end = u64::from(self.directory.u32_at(bucket + 1)?);
        if start <= end && end <= self.count {
            return Ok((start, end));
        }
        Err(self.damaged("posting directory"))
    }

    /// Hands the numbers under a short key to `each`, ascending, at most `cap`.
    pub(crate) fn find(&mut self, key: u64, cap: usize, mut each: impl FnMut(u32)) -> Result<()> {
        let (start, end) = self.bounds(self.layout.bucket(key))?;
        let number_bits = self.layout.number_bits;
        let rest = key & ((1 << self.layout.rest_bits()) - 1);
        let first = self.lower_bound(start, end, rest << number_bits)?;
        let end = end.min(first.saturating_add(cap as u64));
        let mut take = |entry: u64| {
            let wanted = entry >> number_bits == rest;
            if wanted {
                each((entry & ((1 << number_bits) - 1)) as u32);
            }
            wanted
        };
        let width = u64::from(self.layout.width());
        let mut index = first;
        while index < end {
            // As many as the block holds, at once; one that two blocks share, alone.
            if !take(self.entry(index)?) {
                return Ok(());
            }
            index += 1;
            let bit = index.saturating_mul(width);
            let bytes = if index < end { self.packed.rest(bit / 8)? } else { &[] };
            while index < end {
                let ahead = index.saturating_mul(width).saturating_sub(bit / 8 * 8);
                let word = bytes.get((ahead / 8) as usize..).and_then(|bytes| bytes.first_chunk());
                let Some(word) = word.map(|word| u64::from_le_bytes(*word)) else { break };
                if !take((word >> (ahead % 8)) & ((1u64 << width) - 1)) {
                    return Ok(());
                }
                index += 1;
            }
        }
        Ok(())
    }

    fn lower_bound(&mut self, mut start: u64, mut end: u64, least: u64) -> Result<u64> {
        while start < end {
            let middle = start + (end - start) / 2;
            if self.entry(middle)? < least {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        Ok(start)
    }

    /// All entries in order of key.
    pub(crate) fn walk(self) -> Walk<'a> {
        Walk { postings: self, bucket: 0, index: 0, end: 0, run: (u64::MAX, 0) }
    }
}

/// Goes through the postings of a segment in order of key.
pub(crate) struct Walk<'a> {
    postings: Postings<'a>,
    bucket: u64,
    index: u64,
    end: u64,
    /// The key before, and how many postings it had so far.
    run: (u64, usize),
}

impl Walk<'_> {
    /// The next (short key, number); `None` at the end.
    ///
    /// No key has more than [`STORED_CAP`] postings, whoever wrote the segment.
    pub(crate) fn step(&mut self) -> Result<Option<(u64, u32)>> {
        let layout = self.postings.layout;
        while self.index == self.end {
            if self.bucket == layout.buckets() {
                let all = self.end == self.postings.count;
                return if all { Ok(None) } else { Err(self.postings.damaged("postings left over")) };
            }
            let (start, end) = self.postings.bounds(self.bucket)?;
            if start != self.index {
                return Err(self.postings.damaged("posting directory"));
            }
            self.end = end;
            self.bucket += 1;
        }
        let entry = self.postings.entry(self.index)?;
        self.index += 1;
        let key = ((self.bucket - 1) << layout.rest_bits()) | (entry >> layout.number_bits);
        self.run = if self.run.0 == key { (key, self.run.1 + 1) } else { (key, 1) };
        if self.run.1 > STORED_CAP {
            return Err(self.postings.damaged("more postings under a key than are ever stored"));
        }
        Ok(Some((key, (entry & ((1 << layout.number_bits) - 1)) as u32)))
    }
}

/// The thresholds of keys whose list was capped, ascending by key.
pub(crate) struct Thresholds<'a>(pub(crate) Window<'a>);

impl Thresholds<'_> {
    pub(crate) fn len(&self) -> u64 {
        self.0.bytes() / 16
    }

    /// The entry at `index`, which must be below [`Thresholds::len`].
    pub(crate) fn at(&mut self, index: u64) -> Result<(u64, u64)> {
        let at = index.saturating_mul(2);
        Ok((self.0.u64_at(at)?, self.0.u64_at(at.saturating_add(1))?))
    }

    /// All of them, sixteen bytes each.
    pub(crate) fn all(mut self) -> Result<Vec<(u64, u64)>> {
        (0..self.len()).map(|index| self.at(index)).collect()
    }
}
