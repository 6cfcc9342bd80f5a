//! The header of a segment file.

use super::blocks::checks_of;
use super::postings::Layout;
use crate::check::check;
use crate::codec::Cursor;

pub(crate) const MAGIC: [u8; 8] = *b"cognseg\x01";
/// The version of the segment format.
pub(crate) const FORMAT: u32 = 3;
pub(crate) const SECTIONS: usize = 9;
pub(crate) const HEADER_BYTES: usize = 8 + 4 * 4 + 4 * 8 + SECTIONS * 8 + 8 + 8;
/// Records between two entries of the offset table.
pub(crate) const OFFSET_STRIDE: u64 = 8;

/// What the sections hold, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Hashes,
    ByHash,
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
        Section::ByHash,
        Section::Offsets,
        Section::Records,
        Section::Directory,
        Section::Postings,
        Section::Thresholds,
        Section::Samples,
        Section::Functions,
    ];
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
    /// Bytes of each section; they follow each other without a break.
    pub(crate) sections: [u64; SECTIONS],
    /// The checksum of the checksums of the checksums of all blocks.
    pub(crate) tops: u64,
}

impl Header {
    /// Its bytes, and the checksum that ends them: it stands for every byte of the segment.
    pub(crate) fn to_bytes(self) -> (Vec<u8>, u64) {
        let mut out = MAGIC.to_vec();
        let small = [FORMAT, self.fingerprint_version, self.layout.bucket_bits, self.layout.number_bits];
        small.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
        let counts = [self.functions, self.signatures, self.postings, self.samples];
        let large = counts.into_iter().chain(self.sections).chain([self.tops]);
        large.for_each(|value| out.extend(value.to_le_bytes()));
        let root = check(u64::from(FORMAT), &out);
        out.extend(root.to_le_bytes());
        (out, root)
    }

    /// Reads and checks a header; says what is wrong with it, or gives it with its checksum.
    pub(crate) fn read(bytes: &[u8; HEADER_BYTES], file_bytes: u64) -> Result<(Header, u64), &'static str> {
        let cursor = &mut Cursor::new(bytes);
        if cursor.array() != Some(MAGIC) {
            return Err("not a segment");
        }
        if cursor.u32() != Some(FORMAT) {
            return Err("segment format of another version");
        }
        let header = Self::read_fields(cursor).ok_or("shorter than a header")?;
        let (body, _) = bytes.split_at(HEADER_BYTES - 8);
        let root = check(u64::from(FORMAT), body);
        if cursor.u64() != Some(root) {
            return Err("header checksum");
        }
        header.check(file_bytes)?;
        Ok((header, root))
    }

    fn read_fields(cursor: &mut Cursor<'_>) -> Option<Header> {
        let fingerprint_version = cursor.u32()?;
        let layout = Layout { bucket_bits: cursor.u32()?, number_bits: cursor.u32()? };
        let (functions, signatures) = (cursor.u64()?, cursor.u64()?);
        let (postings, samples) = (cursor.u64()?, cursor.u64()?);
        let mut sections = [0; SECTIONS];
        for bytes in &mut sections {
            *bytes = cursor.u64()?;
        }
        let tops = cursor.u64()?;
        Some(Header { fingerprint_version, layout, functions, signatures, postings, samples, sections, tops })
    }

    /// Bytes of all sections; `None` for more than there are numbers.
    pub(crate) fn body(&self) -> Option<u64> {
        self.sections.iter().try_fold(0u64, |sum, &bytes| sum.checked_add(bytes))
    }

    /// Where a section starts in the body, and its length.
    pub(crate) fn section(&self, section: Section) -> (u64, u64) {
        let before = self.sections.iter().take(section as usize);
        (before.fold(0, |sum: u64, &bytes| sum.saturating_add(bytes)), self.sections[section as usize])
    }

    /// The section that holds a byte of the body.
    pub(crate) fn section_at(&self, offset: u64) -> Option<Section> {
        Section::ALL.into_iter().find(|&section| {
            let (start, bytes) = self.section(section);
            (start..start.saturating_add(bytes)).contains(&offset)
        })
    }

    /// Bytes of the whole file.
    fn file_bytes(&self) -> Option<u64> {
        let body = self.body()?;
        let (tops, checks) = checks_of(body);
        body.checked_add(checks)?.checked_add(tops.checked_mul(8)?)?.checked_add(HEADER_BYTES as u64)
    }

    fn check(&self, file_bytes: u64) -> Result<(), &'static str> {
        if !self.layout.is_sound() {
            return Err("posting layout");
        }
        if self.file_bytes() != Some(file_bytes) {
            return Err("length of the file");
        }
        if self.signatures >= u64::from(u32::MAX) || self.samples > u64::from(u32::MAX) {
            return Err("counts");
        }
        let bytes = |section: Section| Some(self.sections[section as usize]);
        let sound = bytes(Section::Hashes) == self.signatures.checked_mul(8)
            && bytes(Section::Offsets) == self.signatures.div_ceil(OFFSET_STRIDE).checked_mul(8)
            && bytes(Section::ByHash) == self.layout.by_hash_bytes(self.signatures)
            && bytes(Section::Directory) == Some(self.layout.directory_bytes())
            && bytes(Section::Samples) == self.samples.checked_mul(16)
            && self.sections[Section::Thresholds as usize].is_multiple_of(16);
        if sound { Ok(()) } else { Err("section lengths") }
    }
}
