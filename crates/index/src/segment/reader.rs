//! Reads one segment. Every read is checked: a damaged file gives an error.

use super::blocks::{Blocks, Bytes, Cache, Window};
use super::format::{HEADER_BYTES, Header, OFFSET_STRIDE, Section};
use super::functions::{FunctionRow, read_functions};
use super::postings::{Postings, Thresholds, Walk};
use super::references::read_reference;
use crate::codec::BitCursor;
use crate::error::{Error, Result, StoreError};
use crate::files::open_regular;
use crate::record::{Occurrences, read_fingerprint, read_places};
use cognate_fingerprint::Fingerprint;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// An open segment.
pub(crate) struct Segment {
    blocks: Blocks,
    header: Header,
    root: u64,
    /// Once it was asked for: one entry for each key with more signatures than are kept.
    thresholds: OnceLock<Vec<(u64, u64)>>,
}

/// A sample's entry in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SampleEntry {
    pub(crate) key: u32,
    pub(crate) functions: u32,
    start: u64,
    end: u64,
}

impl Segment {
    /// Opens a segment and checks its header.
    pub(crate) fn open(path: &Path, cache: &Arc<Cache>) -> Result<Segment> {
        let file = open_regular(path).map_err(|error| Error::in_place_of(path, error))?;
        Self::from_bytes(path, Bytes::File(file), cache)
    }

    /// Reads a segment from memory.
    #[cfg(any(test, feature = "conformance"))]
    pub(crate) fn from_vec(bytes: Vec<u8>) -> Result<Segment> {
        Self::from_bytes(Path::new("memory"), Bytes::Owned(bytes), &Arc::default())
    }

    fn from_bytes(path: &Path, bytes: Bytes, cache: &Arc<Cache>) -> Result<Segment> {
        let length = bytes.length().map_err(|error| Error::io("read", path, error))?;
        let mut head = [0; HEADER_BYTES];
        if length < HEADER_BYTES as u64 {
            return Err(Error::damaged(path, "shorter than a header"));
        }
        bytes.read(0, &mut head).map_err(|error| Error::io("read", path, error))?;
        let damaged = |subject: &str| Error::damaged(path, subject);
        let (header, root) = Header::read(&head, length).map_err(damaged)?;
        let body = header.body().ok_or_else(|| damaged("length of the file"))?;
        let (_, hashes) = header.section(Section::Hashes);
        let blocks = Blocks::new(path, bytes, cache, (HEADER_BYTES as u64, body), header.tops, hashes)?;
        Ok(Segment { blocks, header, root, thresholds: OnceLock::new() })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The checksum that stands for every byte of it.
    pub(crate) fn root(&self) -> u64 {
        self.root
    }

    pub(crate) fn damaged(&self, subject: &str) -> Error {
        Error::damaged(self.blocks.path(), subject)
    }

    fn window(&self, section: Section) -> Window<'_> {
        let (start, bytes) = self.header.section(section);
        self.blocks.window(start, bytes)
    }

    /// Reads every block; says where blocks are damaged, at most `most` of them, and how many are.
    pub(crate) fn damaged_blocks(&self, most: usize) -> (Vec<String>, u64) {
        let (mut named, mut count) = (Vec::new(), 0);
        for number in 0..self.blocks.count() {
            let Err(error) = self.blocks.load(number) else { continue };
            count += 1;
            if named.len() < most {
                let offset = self.blocks.place(number).saturating_sub(HEADER_BYTES as u64);
                named.push(match self.header.section_at(offset) {
                    Some(section) => format!("{section:?}: {error}"),
                    None => error.to_string(),
                });
            }
        }
        (named, count)
    }

    pub(crate) fn postings(&self) -> Postings<'_> {
        let (directory, packed) = (self.window(Section::Directory), self.window(Section::Postings));
        Postings::new(self.header.layout, self.header.postings, self.blocks.path(), directory, packed)
    }

    /// All postings in order of key.
    pub(crate) fn walk(&self) -> Walk<'_> {
        self.postings().walk()
    }

    pub(crate) fn thresholds(&self) -> Thresholds<'_> {
        Thresholds(self.window(Section::Thresholds))
    }

    /// Something to read it with; every thread has its own.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            segment: self,
            hashes: self.window(Section::Hashes),
            by_hash: self.window(Section::ByHash),
            offsets: self.window(Section::Offsets),
            records: self.window(Section::Records),
            postings: self.postings(),
            samples: self.window(Section::Samples),
            functions: self.window(Section::Functions),
            scratch: Vec::new(),
            reference: None,
        }
    }
}

/// Reads a segment, keeping the block of each section that was read last.
pub(crate) struct Reader<'a> {
    segment: &'a Segment,
    hashes: Window<'a>,
    by_hash: Window<'a>,
    offsets: Window<'a>,
    records: Window<'a>,
    postings: Postings<'a>,
    samples: Window<'a>,
    functions: Window<'a>,
    scratch: Vec<u8>,
    /// The signature that another one referred to last.
    reference: Option<(u32, Fingerprint)>,
}

/// Guesses of where a hash is before the range is only halved.
const MOST_GUESSES: u32 = 12;

impl Reader<'_> {
    /// Puts the signatures under a short key into `list`, ascending, in place of what it held.
    pub(crate) fn find(&mut self, key: u64, list: &mut Vec<u32>) -> Result<()> {
        self.postings.find(key, list)
    }

    /// The threshold of a short key, if its list was capped.
    pub(crate) fn threshold(&self, key: u64) -> Result<Option<u64>> {
        let all = match self.segment.thresholds.get() {
            Some(all) => all,
            None => {
                let read = self.segment.thresholds().all()?;
                self.segment.thresholds.get_or_init(|| read)
            }
        };
        let place = all.binary_search_by_key(&key, |&(key, _)| key).ok();
        Ok(place.and_then(|place| all.get(place)).map(|&(_, threshold)| threshold))
    }

    /// The hash of the signature with this number.
    #[inline]
    pub(crate) fn hash(&mut self, number: u32) -> Result<u64> {
        let index = u64::from(number);
        // The hashes are the first section, and stay.
        let kept = self.segment.blocks.kept_word(index).filter(|_| index < self.segment.header.signatures);
        kept.map_or_else(|| self.hashes.u64_at(index), Ok)
    }

    /// The number at a place among the hashes, ascending.
    fn number_at(&mut self, place: u64) -> Result<u32> {
        let bits = self.segment.header.layout.number_bits;
        let bit = place.saturating_mul(bits.into());
        let bytes: [u8; 5] = self.by_hash.array(bit / 8)?;
        let number = BitCursor::new(&bytes).at(bit % 8).take(bits);
        number.map(|number| number as u32).ok_or_else(|| self.segment.damaged("signature number"))
    }

    fn hash_at(&mut self, place: u64) -> Result<u64> {
        let number = self.number_at(place)?;
        self.hash(number)
    }

    /// Appends the numbers of the signatures with this hash, ascending: more than one only where two collide.
    ///
    /// Hashes are uniform: the place is guessed by those found so far, and halved where that leads nowhere.
    pub(crate) fn numbers(&mut self, hash: u64, numbers: &mut Vec<u32>) -> Result<()> {
        let count = self.segment.header.signatures;
        let (mut start, mut end) = (0, count);
        let (mut least, mut most) = (0, u64::MAX);
        let mut guesses = 0;
        while start < end {
            let share = u128::from(hash - least) * u128::from(end - start) / (u128::from(most - least) + 1);
            let step = if guesses < MOST_GUESSES { share as u64 } else { (end - start) / 2 };
            let middle = start + step.min(end - start - 1);
            guesses += 1;
            let found = self.hash_at(middle)?;
            if found < hash {
                (start, least) = (middle + 1, found.max(least));
            } else {
                (end, most) = (middle, found.min(most));
            }
        }
        while start < count && self.hash_at(start)? == hash {
            numbers.push(self.number_at(start)?);
            start += 1;
        }
        Ok(())
    }

    /// Reads a signature's record into the scratch.
    fn record(&mut self, number: u32) -> Result<()> {
        let mut offset = self.offsets.u64_at(u64::from(number) / OFFSET_STRIDE)?;
        let mut left = u64::from(number) % OFFSET_STRIDE;
        loop {
            let (bytes, start) = self.records.varint(offset)?;
            if left == 0 {
                return self.records.copy(start, bytes, &mut self.scratch);
            }
            left -= 1;
            offset = start.checked_add(bytes).ok_or_else(|| self.segment.damaged("signature record"))?;
        }
    }

    /// A signature: its fingerprint, and where it occurs.
    pub(crate) fn signature(&mut self, number: u32) -> Result<(Fingerprint, Occurrences)> {
        self.record(number)?;
        let cursor = BitCursor::new(&self.scratch);
        let damaged = || self.segment.damaged("signature record");
        if let Some(at) = read_reference(&mut cursor.clone(), number).ok_or_else(damaged)? {
            let known = self.reference.as_ref().is_some_and(|(known, _)| *known == at);
            if !known {
                self.reference = Some((at, self.read_whole(at)?));
                self.record(number)?;
            }
        }
        self.read(number)
    }

    /// A signature that others may refer to.
    fn read_whole(&mut self, number: u32) -> Result<Fingerprint> {
        self.record(number)?;
        let mut cursor = BitCursor::new(&self.scratch);
        match read_reference(&mut cursor, number) {
            Some(None) => Ok(self.read(number)?.0),
            _ => Err(self.segment.damaged("a signature refers to one that is not whole")),
        }
    }

    /// Reads the record in the scratch; what it refers to is there.
    fn read(&mut self, number: u32) -> Result<(Fingerprint, Occurrences)> {
        let hash = self.hash(number)?;
        let damaged = || self.segment.damaged("signature record");
        let cursor = &mut BitCursor::new(&self.scratch);
        let refers = read_reference(cursor, number).ok_or_else(damaged)?;
        let reference = refers.and(self.reference.as_ref()).map(|(_, fingerprint)| fingerprint);
        let fingerprint = read_fingerprint(cursor, hash, reference).ok_or_else(damaged)?;
        Ok((fingerprint, read_places(cursor).ok_or_else(damaged)?))
    }

    /// The samples in it, ascending by number.
    pub(crate) fn samples(&mut self) -> Result<Vec<SampleEntry>> {
        let entries = (0..self.segment.header.samples).map(|index| self.sample_at(index));
        let entries = entries.collect::<Result<Vec<_>>>()?;
        if !entries.is_sorted_by(|one, next| one.key < next.key) {
            return Err(self.segment.damaged("sample table"));
        }
        Ok(entries)
    }

    /// The entry of one sample.
    pub(crate) fn find_sample(&mut self, key: u32) -> Result<Option<SampleEntry>> {
        let (mut start, mut end) = (0, self.segment.header.samples);
        while start < end {
            let middle = start + (end - start) / 2;
            let entry = self.sample_at(middle)?;
            match entry.key.cmp(&key) {
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Equal => return Ok(Some(entry)),
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        Ok(None)
    }

    fn sample_at(&mut self, index: u64) -> Result<SampleEntry> {
        let word = index.saturating_mul(4);
        let start = self.samples.u64_at(index.saturating_mul(2).saturating_add(1))?;
        let end = match index + 1 == self.segment.header.samples {
            true => self.functions.bytes(),
            false => self.samples.u64_at(index.saturating_mul(2).saturating_add(3))?,
        };
        let (key, functions) = (self.samples.u32_at(word)?, self.samples.u32_at(word.saturating_add(1))?);
        Ok(SampleEntry { key, functions, start, end })
    }

    /// The function table of a sample.
    pub(crate) fn functions(&mut self, entry: &SampleEntry) -> Result<Vec<FunctionRow>> {
        let damaged = || self.segment.damaged("function table");
        let bytes = entry.end.checked_sub(entry.start).ok_or_else(damaged)?;
        self.functions.copy(entry.start, bytes, &mut self.scratch)?;
        read_functions(&self.scratch, entry.functions).ok_or_else(damaged)
    }
}
