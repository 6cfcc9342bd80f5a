//! Reads one segment. Every read is checked: a damaged file gives an error.

use super::format::{Header, OFFSET_STRIDE, Section, checksum};
use super::functions::{FunctionRow, read_functions};
use super::postings::{Postings, Thresholds};
use crate::codec::{Cursor, u32_at, u64_at};
use crate::error::{Error, Result};
use crate::record::{Places, read_fingerprint, read_places};
use cognate_fingerprint::Fingerprint;
use std::fs::File;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// The bytes of a segment: a mapped file, or a buffer in tests.
enum Bytes {
    Mapped(memmap2::Mmap),
    #[cfg(any(test, feature = "conformance"))]
    Owned(Vec<u8>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            #[cfg(any(test, feature = "conformance"))]
            Bytes::Owned(bytes) => bytes,
        }
    }
}

/// An open segment.
pub(crate) struct Segment {
    path: PathBuf,
    bytes: Bytes,
    header: Header,
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
    /// Maps a segment and checks its header.
    pub(crate) fn open(path: &Path) -> Result<Segment> {
        let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        // SAFETY: a segment is written under another name and never modified
        // once it has this one; it is only ever unlinked, which leaves the
        // mapping valid. Who can write to the store's directory and truncates
        // a segment under us can end the process with SIGBUS, no more: the
        // bytes are only ever read through checked slices of plain integers.
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|error| Error::io("map", path, error))?;
        Self::from_bytes(path, Bytes::Mapped(map))
    }

    /// Reads a segment from memory.
    #[cfg(any(test, feature = "conformance"))]
    pub(crate) fn from_vec(bytes: Vec<u8>) -> Result<Segment> {
        Self::from_bytes(Path::new("memory"), Bytes::Owned(bytes))
    }

    fn from_bytes(path: &Path, bytes: Bytes) -> Result<Segment> {
        let header = Header::read(&bytes).map_err(|subject| Error::damaged(path, subject))?;
        Ok(Segment { path: path.to_owned(), bytes, header })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn damaged(&self, subject: &str) -> Error {
        Error::damaged(&self.path, subject)
    }

    fn section(&self, section: Section) -> &[u8] {
        let extent = self.header.extents[section as usize];
        let range = usize::try_from(extent.offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(usize::try_from(extent.bytes).ok()?)?));
        range.and_then(|range| self.bytes.get(range)).unwrap_or(&[])
    }

    /// Recomputes the checksums; says which sections are damaged.
    pub(crate) fn damaged_sections(&self) -> Vec<Section> {
        let differs = |section: &Section| {
            checksum(self.section(*section)) != self.header.extents[*section as usize].checksum
        };
        Section::ALL.into_iter().filter(differs).collect()
    }

    pub(crate) fn postings(&self) -> Postings<'_> {
        Postings {
            layout: self.header.layout,
            count: self.header.postings,
            directory: self.section(Section::Directory),
            packed: self.section(Section::Postings),
        }
    }

    pub(crate) fn thresholds(&self) -> Thresholds<'_> {
        Thresholds(self.section(Section::Thresholds))
    }

    /// The hash of the signature with this number.
    pub(crate) fn hash(&self, number: u32) -> Result<u64> {
        let hash = u64_at(self.section(Section::Hashes), u64::from(number));
        hash.ok_or_else(|| self.damaged("signature number out of range"))
    }

    /// The number of the signature with this hash.
    ///
    /// Hashes are uniform: the place is guessed, then bracketed, then searched.
    pub(crate) fn number(&self, hash: u64) -> Option<u32> {
        let hashes = self.section(Section::Hashes);
        let count = self.header.signatures;
        let guess = ((u128::from(hash) * u128::from(count)) >> 64) as u64;
        let (mut start, mut end, mut step) = (0, count, 64);
        let mut low = guess;
        while low > 0 {
            low = low.saturating_sub(step);
            if u64_at(hashes, low)? <= hash {
                start = low;
                break;
            }
            end = low;
            step *= 4;
        }
        let (mut high, mut step) = (guess, 64);
        while high < end {
            if u64_at(hashes, high)? > hash {
                end = high;
                break;
            }
            start = start.max(high);
            high += step;
            step *= 4;
        }
        while start < end {
            let middle = start + (end - start) / 2;
            match u64_at(hashes, middle)?.cmp(&hash) {
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Equal => return u32::try_from(middle).ok(),
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        None
    }

    /// The bytes of a signature's record.
    pub(crate) fn record(&self, number: u32) -> Result<&[u8]> {
        self.find_record(u64::from(number)).ok_or_else(|| self.damaged("signature record"))
    }

    fn find_record(&self, number: u64) -> Option<&[u8]> {
        let offset = u64_at(self.section(Section::Offsets), number / OFFSET_STRIDE)?;
        let mut cursor = Cursor::new(self.section(Section::Records).get(usize::try_from(offset).ok()?..)?);
        for _ in 0..number % OFFSET_STRIDE {
            let bytes = cursor.varint_as()?;
            cursor.take(bytes)?;
        }
        let bytes = cursor.varint_as()?;
        cursor.take(bytes)
    }

    /// A signature's fingerprint, its bytes, and where it occurs.
    pub(crate) fn signature(&self, number: u32) -> Result<(Fingerprint, Places)> {
        let cursor = &mut Cursor::new(self.record(number)?);
        let fingerprint = read_fingerprint(cursor).ok_or_else(|| self.damaged("fingerprint"))?;
        let places = read_places(cursor).ok_or_else(|| self.damaged("occurrences"))?;
        Ok((fingerprint, places))
    }

    /// A signature's record cut in two: the bytes of its fingerprint, and where it occurs.
    pub(crate) fn split_record(&self, number: u32) -> Result<(&[u8], Places)> {
        let record = self.record(number)?;
        let cursor = &mut Cursor::new(record);
        read_fingerprint(cursor).ok_or_else(|| self.damaged("fingerprint"))?;
        let head = record.get(..record.len() - cursor.left()).unwrap_or(record);
        let places = read_places(cursor).ok_or_else(|| self.damaged("occurrences"))?;
        Ok((head, places))
    }

    /// The samples in it, ascending by number.
    pub(crate) fn samples(&self) -> Result<Vec<SampleEntry>> {
        let entries = (0..self.header.samples).map(|index| self.sample_at(index));
        entries.collect::<Option<Vec<_>>>().ok_or_else(|| self.damaged("sample table"))
    }

    /// The entry of one sample.
    pub(crate) fn find_sample(&self, key: u32) -> Result<Option<SampleEntry>> {
        let (mut start, mut end) = (0, self.header.samples);
        while start < end {
            let middle = start + (end - start) / 2;
            let entry = self.sample_at(middle).ok_or_else(|| self.damaged("sample table"))?;
            match entry.key.cmp(&key) {
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Equal => return Ok(Some(entry)),
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        Ok(None)
    }

    fn sample_at(&self, index: u64) -> Option<SampleEntry> {
        let table = self.section(Section::Samples);
        let word = index.checked_mul(4)?;
        let start = u64_at(table, index.checked_mul(2)?.checked_add(1)?)?;
        let end = match index + 1 == self.header.samples {
            true => self.header.extents[Section::Functions as usize].bytes,
            false => u64_at(table, (index + 1).checked_mul(2)?.checked_add(1)?)?,
        };
        Some(SampleEntry { key: u32_at(table, word)?, functions: u32_at(table, word + 1)?, start, end })
    }

    /// The function table of a sample.
    pub(crate) fn functions(&self, entry: &SampleEntry) -> Result<Vec<FunctionRow>> {
        let range = usize::try_from(entry.start).ok().zip(usize::try_from(entry.end).ok());
        let bytes = range.and_then(|(start, end)| self.section(Section::Functions).get(start..end));
        let rows = bytes.and_then(|bytes| read_functions(bytes, entry.functions));
        rows.ok_or_else(|| self.damaged("function table"))
    }
}
