//! Postings: which signatures stand under a key.
//!
//! A key is the upper [`KEY_BITS`] bits of its hash, in every segment the same, so that answers do not
//! depend on how large a segment is. The upper bits of a key name a bucket, and [`GROUP`] buckets are one
//! string of bits: how many keys each bucket has; the rest of each key; then for each key how many
//! signatures it has, the first's number, and the distance of each from the one before.
//!
//! A key that is asked about meets another one by chance once in 2^40 keys stored: it then counts once
//! too often, which makes it more common than it is and never rarer, and brings one candidate more, which
//! is compared like any other.

use super::blocks::Window;
use crate::codec::{BitCursor, BitWriter, Usual};
use crate::error::{Error, Result, StoreError};
use crate::sketch::STORED_CAP;
use std::path::Path;

/// Bits of a key's hash that are kept.
pub(crate) const KEY_BITS: u32 = 40;

/// Buckets that are written and read as one.
const GROUP: usize = 1 << GROUP_BITS;
const GROUP_BITS: u32 = 5;
const MAX_BUCKET_BITS: u32 = 33;
/// Bytes of a group's place in the directory.
const PLACE: u64 = 5;
/// Bytes behind the last number, so that five can always be read.
pub(crate) const PAD: usize = 4;
/// Signatures under a key: [`STORED_CAP`] different ones, of which two may have one hash.
const MOST_LISTED: usize = 2 * STORED_CAP;

/// The part of a key's hash that is kept.
pub(crate) fn short_key(hash: u64) -> u64 {
    hash >> (64 - KEY_BITS)
}

/// How the postings of one segment are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) bucket_bits: u32,
    pub(crate) number_bits: u32,
}

impl Layout {
    /// Fits a segment of so many postings and signatures: about a key a bucket.
    pub(crate) fn fit(postings: u64, signatures: u64) -> Self {
        let number_bits = (64 - signatures.leading_zeros()).min(32);
        let bucket_bits = (postings / 2).checked_ilog2().unwrap_or(0).clamp(GROUP_BITS, MAX_BUCKET_BITS);
        Layout { bucket_bits, number_bits }
    }

    pub(crate) fn is_sound(self) -> bool {
        self.number_bits <= 32 && (GROUP_BITS..=MAX_BUCKET_BITS).contains(&self.bucket_bits)
    }

    fn rest_bits(self) -> u32 {
        KEY_BITS - self.bucket_bits
    }

    fn groups(self) -> u64 {
        1 << (self.bucket_bits - GROUP_BITS)
    }

    /// The group of a key, and its bucket there.
    fn bucket(self, key: u64) -> (u64, usize) {
        let bucket = key >> self.rest_bits();
        (bucket >> GROUP_BITS, bucket as usize % GROUP)
    }

    /// Bytes of the directory.
    pub(crate) fn directory_bytes(self) -> u64 {
        (self.groups() + 1) * PLACE
    }

    /// Bytes of the signatures' numbers in the order of their hashes.
    pub(crate) fn by_hash_bytes(self, signatures: u64) -> Option<u64> {
        signatures.checked_mul(u64::from(self.number_bits))?.div_ceil(8).checked_add(PAD as u64)
    }
}

/// Packs lists; keys must come ascending.
pub(crate) struct Packer {
    layout: Layout,
    directory: Vec<u8>,
    /// Bytes packed so far, and how many groups and postings they hold.
    bytes: u64,
    groups: u64,
    count: u64,
    /// The keys of the group that is being gathered, and where the list of each ends.
    keys: Vec<(u64, usize)>,
    numbers: Vec<u32>,
}

impl Packer {
    pub(crate) fn new(layout: Layout) -> Self {
        let (directory, keys, numbers) = (Vec::new(), Vec::new(), Vec::new());
        Packer { layout, directory, bytes: 0, groups: 0, count: 0, keys, numbers }
    }

    /// Appends the list of one key to `out`; `numbers` must ascend, and there must be one.
    pub(crate) fn push(&mut self, key: u64, numbers: impl IntoIterator<Item = u32>, out: &mut Vec<u8>) {
        let (group, _) = self.layout.bucket(key);
        while self.groups < group {
            self.end_group(out);
        }
        self.numbers.extend(numbers);
        self.keys.push((key, self.numbers.len()));
    }

    fn end_group(&mut self, out: &mut Vec<u8>) {
        let start = out.len();
        self.put_place();
        if !self.keys.is_empty() {
            out.extend(self.pack());
        }
        self.bytes += (out.len() - start) as u64;
        self.count += self.numbers.len() as u64;
        self.groups += 1;
        self.keys.clear();
        self.numbers.clear();
    }

    fn put_place(&mut self) {
        self.directory.extend(self.bytes.to_le_bytes().iter().take(PLACE as usize));
    }

    fn pack(&self) -> Vec<u8> {
        let mut bits = BitWriter::default();
        let mut left = self.keys.as_slice();
        for bucket in 0..GROUP {
            let count = left.partition_point(|&(key, _)| self.layout.bucket(key).1 == bucket);
            (0..count).for_each(|_| bits.put(0, 1));
            bits.put(1, 1);
            left = left.get(count..).unwrap_or(&[]);
        }
        let rest = (1 << self.layout.rest_bits()) - 1;
        self.keys.iter().for_each(|&(key, _)| bits.put(key & rest, self.layout.rest_bits()));
        let mut start = 0;
        for &(_, end) in &self.keys {
            put_list(&mut bits, self.numbers.get(start..end).unwrap_or(&[]), self.layout.number_bits);
            start = end;
        }
        bits.finish()
    }

    /// Ends the lists and returns the directory and how many postings there are.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> (Vec<u8>, u64) {
        while self.groups < self.layout.groups() {
            self.end_group(out);
        }
        self.put_place();
        (self.directory, self.count)
    }
}

fn put_list(bits: &mut BitWriter, list: &[u32], number_bits: u32) {
    let Some(&first) = list.first() else { return };
    bits.put_number(list.len() as u64 - 1, 0);
    bits.put(first.into(), number_bits);
    let mut usual = Usual::new(number_bits / 2);
    for (before, number) in list.iter().zip(list.iter().skip(1)) {
        let between = u64::from(number.wrapping_sub(*before).wrapping_sub(1));
        bits.put_number(between, usual.bits());
        usual.heed(between);
    }
}

/// Reads a list into `list`, in place of what it held, or passes over it.
fn read_list(cursor: &mut BitCursor<'_>, number_bits: u32, mut list: Option<&mut Vec<u32>>) -> Option<()> {
    let more = cursor.number(0)?;
    if more >= MOST_LISTED as u64 {
        return None;
    }
    let mut number = cursor.take(number_bits)?;
    if let Some(list) = &mut list {
        list.clear();
        list.push(u32::try_from(number).ok()?);
    }
    let mut usual = Usual::new(number_bits / 2);
    for _ in 0..more {
        let between = cursor.number(usual.bits())?;
        usual.heed(between);
        number = number.checked_add(between)?.checked_add(1)?;
        if let Some(list) = &mut list {
            list.push(u32::try_from(number).ok()?);
        }
    }
    Some(())
}

/// The postings of a segment, for reading.
pub(crate) struct Postings<'a> {
    layout: Layout,
    count: u64,
    path: &'a Path,
    directory: Window<'a>,
    packed: Window<'a>,
    group: Group,
}

/// The group that was read last.
#[derive(Default)]
struct Group {
    /// Which it is; `None` before there was one.
    number: Option<u64>,
    bytes: Vec<u8>,
    /// How many keys come before each bucket, and in all.
    before: Vec<u64>,
    /// Where the rests of the keys start, and the lists.
    rests: u64,
    lists: u64,
    /// The list up to which it was read, and where that starts.
    next: (u64, u64),
}

impl Group {
    fn cursor(&self, at: u64) -> BitCursor<'_> {
        BitCursor::new(&self.bytes).at(at)
    }

    /// Finds its way in the bytes.
    fn open(&mut self, number: u64, layout: Layout) -> Option<()> {
        let mut cursor = BitCursor::new(&self.bytes);
        let mut keys = 0;
        self.before.clear();
        self.before.resize(GROUP + 1, 0);
        if !self.bytes.is_empty() {
            for before in self.before.iter_mut().skip(1) {
                keys += cursor.zeros()?;
                *before = keys;
            }
        }
        self.rests = cursor.place();
        cursor.skip(keys.checked_mul(layout.rest_bits().into())?)?;
        self.lists = cursor.place();
        self.next = (0, self.lists);
        self.number = Some(number);
        Some(())
    }

    fn keys(&self) -> u64 {
        self.before.last().copied().unwrap_or(0)
    }

    fn rest(&self, index: u64, layout: Layout) -> Option<u64> {
        self.cursor(self.rests + index * u64::from(layout.rest_bits())).take(layout.rest_bits())
    }

    /// The place of a key among those of the group.
    fn find(&self, key: u64, layout: Layout) -> Option<u64> {
        let (_, bucket) = layout.bucket(key);
        let rest = key & ((1 << layout.rest_bits()) - 1);
        let (mut start, mut end) = (*self.before.get(bucket)?, *self.before.get(bucket + 1)?);
        while start < end {
            let middle = start + (end - start) / 2;
            match self.rest(middle, layout)?.cmp(&rest) {
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        None
    }

    /// Reads the list of a key by its place; quick for who goes forward.
    fn list(&mut self, index: u64, layout: Layout, list: &mut Vec<u32>) -> Option<()> {
        let (next, place) = if index < self.next.0 { (0, self.lists) } else { self.next };
        let mut cursor = self.cursor(place);
        for _ in next..index {
            read_list(&mut cursor, layout.number_bits, None)?;
        }
        read_list(&mut cursor, layout.number_bits, Some(list))?;
        self.next = (index + 1, cursor.place());
        Some(())
    }
}

impl<'a> Postings<'a> {
    pub(crate) fn new(
        layout: Layout,
        count: u64,
        path: &'a Path,
        directory: Window<'a>,
        packed: Window<'a>,
    ) -> Self {
        Postings { layout, count, path, directory, packed, group: Group::default() }
    }

    fn damaged(&self, subject: &str) -> Error {
        Error::damaged(self.path, subject)
    }

    /// Where a group starts.
    fn place(&mut self, group: u64) -> Result<u64> {
        let [a, b, c, d, e] = self.directory.array(group.saturating_mul(PLACE))?;
        Ok(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]))
    }

    fn read_group(&mut self, number: u64) -> Result<()> {
        if self.group.number == Some(number) {
            return Ok(());
        }
        let (start, end) = (self.place(number)?, self.place(number + 1)?);
        let bytes = end.checked_sub(start).ok_or_else(|| self.damaged("posting directory"))?;
        self.group.number = None;
        self.packed.copy(start, bytes, &mut self.group.bytes)?;
        self.group.open(number, self.layout).ok_or_else(|| self.damaged("posting keys"))
    }

    /// Puts the numbers under a short key into `list`, ascending, in place of what it held.
    pub(crate) fn find(&mut self, key: u64, list: &mut Vec<u32>) -> Result<()> {
        list.clear();
        self.read_group(self.layout.bucket(key).0)?;
        let Some(index) = self.group.find(key, self.layout) else { return Ok(()) };
        let read = self.group.list(index, self.layout, list);
        read.ok_or_else(|| self.damaged("posting list"))
    }

    /// All lists in order of key.
    pub(crate) fn walk(self) -> Walk<'a> {
        Walk { postings: self, group: 0, index: 0, bucket: 0, count: 0, end: 0 }
    }
}

/// Goes through the lists of a segment in order of key.
pub(crate) struct Walk<'a> {
    postings: Postings<'a>,
    /// The group that comes next, and the key that does in the one before.
    group: u64,
    index: u64,
    bucket: u64,
    /// Postings so far, and the byte at which the next group must start.
    count: u64,
    end: u64,
}

impl Walk<'_> {
    /// The next short key, whose numbers go into `list` in place of what it held; `None` at the end.
    pub(crate) fn step(&mut self, list: &mut Vec<u32>) -> Result<Option<u64>> {
        let layout = self.postings.layout;
        while self.group == 0 || self.index == self.postings.group.keys() {
            if self.group == layout.groups() {
                let all = self.count == self.postings.count && self.end == self.postings.packed.bytes();
                return if all { Ok(None) } else { Err(self.postings.damaged("postings left over")) };
            }
            if self.postings.place(self.group)? != self.end {
                return Err(self.postings.damaged("posting directory"));
            }
            self.postings.read_group(self.group)?;
            self.end = self.end.saturating_add(self.postings.group.bytes.len() as u64);
            (self.index, self.bucket) = (0, 0);
            self.group += 1;
        }
        let group = &mut self.postings.group;
        while group.before.get(self.bucket as usize + 1).is_some_and(|&end| end <= self.index) {
            self.bucket += 1;
        }
        let read = group.list(self.index, layout, list).and_then(|()| group.rest(self.index, layout));
        let rest = read.ok_or_else(|| self.postings.damaged("posting list"))?;
        self.index += 1;
        self.count = self.count.saturating_add(list.len() as u64);
        let bucket = (self.group - 1) << GROUP_BITS | self.bucket;
        Ok(Some(bucket << layout.rest_bits() | rest))
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
