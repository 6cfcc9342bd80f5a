//! The header of a segment file, and the checksum of its sections.

use super::postings::Layout;
use crate::codec::Cursor;
use cognate_base::{combine, hash_bytes};

pub(crate) const MAGIC: [u8; 8] = *b"cognseg\x01";
/// The version of the segment format.
pub(crate) const FORMAT: u32 = 1;
pub(crate) const SECTIONS: usize = 8;
pub(crate) const HEADER_BYTES: usize = 8 + 4 * 4 + 4 * 8 + SECTIONS * 24 + 8;
/// Records between two entries of the offset table.
pub(crate) const OFFSET_STRIDE: u64 = 8;
const CHECK_BLOCK: usize = 64 << 10;

/// What the sections hold, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Hashes,
    Offsets,
    Records,
    Directory,
    Postings,
    Thresholds,
    Samples,
    Functions,
}

impl Section {
    pub(crate) const ALL: [Section; SECTIONS] = [
        Section::Hashes,
        Section::Offsets,
        Section::Records,
        Section::Directory,
        Section::Postings,
        Section::Thresholds,
        Section::Samples,
        Section::Functions,
    ];
}

/// Where a section lies, and its checksum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    pub(crate) checksum: u64,
}

/// The fixed part at the front of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fingerprint_version: u32,
    pub(crate) layout: Layout,
    pub(crate) functions: u64,
    pub(crate) signatures: u64,
    pub(crate) postings: u64,
    pub(crate) samples: u64,
    pub(crate) extents: [Extent; SECTIONS],
}

impl Header {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let small = [FORMAT, self.fingerprint_version, self.layout.directory_bits, self.layout.number_bits];
        small.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
        let counts = [self.functions, self.signatures, self.postings, self.samples];
        counts.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
        for extent in self.extents {
            let values = [extent.offset, extent.bytes, extent.checksum];
            values.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
        }
        let checksum = hash_bytes(u64::from(FORMAT), &out);
        out.extend(checksum.to_le_bytes());
        out
    }

    /// Reads and checks a header; says what is wrong with it.
    pub(crate) fn read(file: &[u8]) -> Result<Header, &'static str> {
        let bytes = file.get(..HEADER_BYTES).ok_or("shorter than a header")?;
        let cursor = &mut Cursor::new(bytes);
        if cursor.array() != Some(MAGIC) {
            return Err("not a segment");
        }
        if cursor.u32() != Some(FORMAT) {
            return Err("segment format of another version");
        }
        let header = Self::read_fields(cursor).ok_or("shorter than a header")?;
        let (body, _) = bytes.split_at(HEADER_BYTES - 8);
        if cursor.u64() != Some(hash_bytes(u64::from(FORMAT), body)) {
            return Err("header checksum");
        }
        header.check(file.len() as u64)?;
        Ok(header)
    }

    fn read_fields(cursor: &mut Cursor<'_>) -> Option<Header> {
        let fingerprint_version = cursor.u32()?;
        let layout = Layout { directory_bits: cursor.u32()?, number_bits: cursor.u32()? };
        let (functions, signatures) = (cursor.u64()?, cursor.u64()?);
        let (postings, samples) = (cursor.u64()?, cursor.u64()?);
        let mut extents = [Extent::default(); SECTIONS];
        for extent in &mut extents {
            *extent = Extent { offset: cursor.u64()?, bytes: cursor.u64()?, checksum: cursor.u64()? };
        }
        Some(Header { fingerprint_version, layout, functions, signatures, postings, samples, extents })
    }

    fn check(&self, file_bytes: u64) -> Result<(), &'static str> {
        if !self.layout.is_sound() {
            return Err("posting layout");
        }
        let inside =
            |extent: &Extent| extent.offset.checked_add(extent.bytes).is_some_and(|end| end <= file_bytes);
        if !self.extents.iter().all(inside) {
            return Err("section outside the file");
        }
        let bytes = |section: Section| Some(self.extents[section as usize].bytes);
        let sound = bytes(Section::Hashes) == self.signatures.checked_mul(8)
            && bytes(Section::Offsets) == self.signatures.div_ceil(OFFSET_STRIDE).checked_mul(8)
            && bytes(Section::Directory) == Some((self.layout.buckets() + 1) * 4)
            && bytes(Section::Postings) == self.layout.packed_bytes(self.postings)
            && bytes(Section::Samples) == self.samples.checked_mul(16);
        if sound { Ok(()) } else { Err("section lengths") }
    }
}

/// A checksum over bytes that arrive piece by piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checksum {
    block: Vec<u8>,
    hash: u64,
}

impl Checksum {
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = CHECK_BLOCK - self.block.len();
            let (head, rest) = bytes.split_at(room.min(bytes.len()));
            if self.block.is_empty() && head.len() == CHECK_BLOCK {
                self.hash = hash_bytes(self.hash, head);
            } else {
                self.block.extend(head);
                if self.block.len() == CHECK_BLOCK {
                    self.hash = hash_bytes(self.hash, &self.block);
                    self.block.clear();
                }
            }
            bytes = rest;
        }
    }

    pub(crate) fn finish(self) -> u64 {
        combine(hash_bytes(self.hash, &self.block), 1)
    }
}

/// The checksum of a whole section.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    let mut checksum = Checksum::default();
    checksum.update(bytes);
    checksum.finish()
}
