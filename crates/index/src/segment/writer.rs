//! Writes one segment: signatures ascending by likeness and hash, then postings ascending
//! by key, then samples ascending by number. Sections grow side by side in
//! spools (in memory while small) and are joined at the end, block by block
//! with their checksums. The file is on disk when it is finished, and gone
//! when it is not. What stays in memory is sixteen bytes a signature.

use super::blocks::{BLOCK, check_of_tops};
use super::format::{HEADER_BYTES, Header, OFFSET_STRIDE, SECTIONS, Section};
use super::postings::{Layout, PAD, Packer};
use super::references::References;
use crate::check::check;
use crate::codec::{BitWriter, put_varint};
use crate::error::{Error, ErrorKind, Result, StoreError};
use crate::files::Temporary;
use crate::record::{Occurrences, put_places};
use cognate_fingerprint::Fingerprint;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const SPOOL_IN_MEMORY: usize = 8 << 20;
const SPOOL_WRITE: usize = 256 << 10;

/// One section while it grows.
struct Spool {
    file: tempfile::SpooledTempFile,
    buffer: Vec<u8>,
    bytes: u64,
}

impl Spool {
    fn new(dir: &Path) -> Self {
        let file = tempfile::spooled_tempfile_in(SPOOL_IN_MEMORY, dir);
        Spool { file, buffer: Vec::new(), bytes: 0 }
    }

    fn written(&self) -> u64 {
        self.bytes + self.buffer.len() as u64
    }

    fn settle(&mut self, least: usize) -> io::Result<()> {
        if self.buffer.len() > least {
            self.file.write_all(&self.buffer)?;
            self.bytes += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Hands the section's bytes on and says how many there are.
    fn append_to(mut self, out: &mut Joined<'_>) -> io::Result<u64> {
        self.settle(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        match self.file.into_inner() {
            tempfile::SpooledData::InMemory(bytes) => out.write_all(bytes.get_ref())?,
            tempfile::SpooledData::OnDisk(mut file) => {
                io::copy(&mut file, out)?;
            }
        }
        Ok(self.bytes)
    }
}

/// The file while sections are joined: cuts them into blocks and keeps the checksum of each.
struct Joined<'a> {
    file: &'a mut File,
    buffer: Vec<u8>,
    blocks: u64,
    /// Eight bytes a block: a five-hundredth of the segment.
    checks: Vec<u8>,
}

impl Joined<'_> {
    /// Bytes written at a time.
    const PIECE: usize = 64 * BLOCK;

    /// Writes all whole blocks, and at the end what is left.
    fn drain(&mut self, end: bool) -> io::Result<()> {
        let whole = if end { self.buffer.len() } else { self.buffer.len() / BLOCK * BLOCK };
        let (ready, _) = self.buffer.split_at(whole);
        for block in ready.chunks(BLOCK) {
            self.checks.extend(check(self.blocks, block).to_le_bytes());
            self.blocks += 1;
        }
        self.file.write_all(ready)?;
        self.buffer.drain(..whole);
        Ok(())
    }

    /// Writes the checksums, and the checksums of their blocks; returns the checksum of those.
    fn finish(mut self) -> io::Result<u64> {
        self.drain(true)?;
        let mut tops = Vec::new();
        for (block, number) in self.checks.chunks(BLOCK).zip(self.blocks..) {
            tops.extend(check(number, block).to_le_bytes());
        }
        self.file.write_all(&self.checks)?;
        self.file.write_all(&tops)?;
        Ok(check_of_tops(&tops))
    }
}

impl Write for Joined<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend(bytes);
        if self.buffer.len() >= Self::PIECE {
            self.drain(false)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) functions: u64,
    pub(crate) signatures: u64,
    pub(crate) postings: u64,
    pub(crate) bytes: u64,
    pub(crate) root: u64,
}

/// A segment being written.
pub(crate) struct SegmentWriter {
    path: PathBuf,
    spools: Vec<Spool>,
    signatures: u64,
    functions: u64,
    samples: u64,
    packer: Option<(Packer, Layout)>,
    postings: u64,
    layout: Layout,
    references: References,
    /// Hash and number of each signature.
    by_hash: Vec<(u64, u32)>,
}

impl SegmentWriter {
    /// Starts a segment at `path`, which must not be there.
    pub(crate) fn new(path: PathBuf) -> Self {
        let dir = path.parent().unwrap_or(Path::new("."));
        let spools = Section::ALL.iter().map(|_| Spool::new(dir)).collect();
        let layout = Layout::fit(0, 0);
        let (signatures, functions, samples, postings) = (0, 0, 0, 0);
        let (references, by_hash) = (References::default(), Vec::new());
        SegmentWriter {
            path,
            spools,
            signatures,
            functions,
            samples,
            packer: None,
            postings,
            layout,
            references,
            by_hash,
        }
    }

    fn spool(&mut self, section: Section) -> &mut Spool {
        &mut self.spools[section as usize]
    }

    fn settle(&mut self, section: Section) -> Result<()> {
        let settled = self.spool(section).settle(SPOOL_WRITE);
        settled.map_err(|error| Error::io("write", &self.path, error))
    }

    /// Appends a signature; they must ascend by likeness and hash.
    pub(crate) fn signature(
        &mut self,
        hash: u64,
        fingerprint: &Fingerprint,
        places: &Occurrences,
    ) -> Result<u32> {
        let number = u32::try_from(self.signatures).ok().filter(|&number| number != u32::MAX);
        let number =
            number.ok_or_else(|| Error::new(ErrorKind::TooLarge, "too many signatures in a segment"))?;
        if self.signatures.is_multiple_of(OFFSET_STRIDE) {
            let offset = self.spool(Section::Records).written();
            self.spool(Section::Offsets).buffer.extend(offset.to_le_bytes());
        }
        self.spool(Section::Hashes).buffer.extend(hash.to_le_bytes());
        let mut record = BitWriter::default();
        self.references.put(&mut record, number, fingerprint);
        put_places(&mut record, places);
        let record = record.finish();
        let records = &mut self.spool(Section::Records).buffer;
        put_varint(records, record.len() as u64);
        records.extend(record);
        self.by_hash.push((hash, number));
        self.signatures += 1;
        self.settle(Section::Hashes)?;
        self.settle(Section::Offsets)?;
        self.settle(Section::Records)?;
        Ok(number)
    }

    /// Ends the signatures and makes ready for at most so many postings.
    pub(crate) fn begin_postings(&mut self, most: u64) -> Result<()> {
        if most >= u64::from(u32::MAX) {
            return Err(Error::new(ErrorKind::TooLarge, "too many postings in a segment"));
        }
        self.layout = Layout::fit(most, self.signatures);
        self.write_by_hash()?;
        self.packer = Some((Packer::new(self.layout), self.layout));
        Ok(())
    }

    /// Writes the numbers of the signatures in the order of their hashes.
    fn write_by_hash(&mut self) -> Result<()> {
        let mut by_hash = std::mem::take(&mut self.by_hash);
        by_hash.sort_unstable();
        let mut bits = BitWriter::default();
        by_hash.iter().for_each(|&(_, number)| bits.put(number.into(), self.layout.number_bits));
        let numbers = &mut self.spool(Section::ByHash).buffer;
        numbers.extend(bits.finish());
        numbers.extend([0; PAD]);
        self.settle(Section::ByHash)
    }

    /// Appends the list of one key; keys must ascend, and the numbers within it.
    pub(crate) fn posting(
        &mut self,
        key: u64,
        numbers: impl IntoIterator<Item = u32>,
        threshold: Option<u64>,
    ) -> Result<()> {
        let Some((packer, _)) = &mut self.packer else { return Ok(()) };
        packer.push(key, numbers, &mut self.spools[Section::Postings as usize].buffer);
        if let Some(threshold) = threshold {
            let spool = self.spool(Section::Thresholds);
            spool.buffer.extend(key.to_le_bytes());
            spool.buffer.extend(threshold.to_le_bytes());
        }
        self.settle(Section::Postings)
    }

    /// Appends a sample; numbers must ascend. `table` writes its function table.
    pub(crate) fn sample(
        &mut self,
        key: u32,
        functions: u32,
        table: impl FnOnce(&mut Vec<u8>),
    ) -> Result<()> {
        let offset = self.spool(Section::Functions).written();
        let samples = &mut self.spool(Section::Samples).buffer;
        samples.extend(key.to_le_bytes());
        samples.extend(functions.to_le_bytes());
        samples.extend(offset.to_le_bytes());
        table(&mut self.spool(Section::Functions).buffer);
        self.samples += 1;
        self.functions += u64::from(functions);
        self.settle(Section::Samples)?;
        self.settle(Section::Functions)
    }

    /// Joins the sections and puts the file on disk; its name is the caller's to make durable.
    pub(crate) fn finish(mut self) -> Result<Written> {
        if let Some((packer, _)) = self.packer.take() {
            let (directory, count) = packer.finish(&mut self.spools[Section::Postings as usize].buffer);
            self.spool(Section::Directory).buffer = directory;
            self.postings = count;
        }
        let path = self.path.clone();
        self.join().map_err(|error| Error::io("write", &path, error))
    }

    fn join(self) -> io::Result<Written> {
        let mut temporary = Temporary::create(&self.path)?;
        let file = temporary.file();
        file.write_all(&[0; HEADER_BYTES])?;
        let mut joined = Joined { file, buffer: Vec::new(), blocks: 0, checks: Vec::new() };
        let mut sections = [0; SECTIONS];
        for (bytes, spool) in sections.iter_mut().zip(self.spools) {
            *bytes = spool.append_to(&mut joined)?;
        }
        let tops = joined.finish()?;
        let header = Header {
            fingerprint_version: cognate_fingerprint::VERSION,
            layout: self.layout,
            functions: self.functions,
            signatures: self.signatures,
            postings: self.postings,
            samples: self.samples,
            sections,
            tops,
        };
        let file = temporary.file();
        let bytes = file.stream_position()?;
        let (head, root) = header.to_bytes();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&head)?;
        file.sync_all()?;
        temporary.keep();
        let Header { functions, signatures, postings, .. } = header;
        Ok(Written { functions, signatures, postings, bytes, root })
    }
}
