//! The bytes of a segment, read in blocks that are checked as they come in.
//!
//! A segment may be cut, overwritten or swapped while it is open, by a disk or
//! by a person. Nothing of it is mapped: every block is read by its place,
//! held against its checksum and kept in a cache of bounded size. A damaged
//! block is an error where it is used, never another answer.

use crate::check::check;
use crate::error::{Error, Result, StoreError};
use cognate_base::{combine, mix};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Bytes that have one checksum.
pub(crate) const BLOCK: usize = 4096;
/// Checksums in a block of them.
const CHECKS: u64 = BLOCK as u64 / 8;
/// Blocks that one store keeps in memory at most: 8 MiB. A query reads most blocks once, in their order: more
/// would only be more memory to clear.
const CACHED: usize = 2 << 10;
/// Who goes forward in steps of at most so many blocks is read ahead for.
const NEAR: u64 = 4;
/// Blocks read ahead at once; only those used are checked.
const AHEAD: u64 = 16;

type Block = Arc<[u8]>;

/// A cached block, with the segment and the number that name it.
struct Cached {
    segment: u64,
    number: u64,
    block: Block,
}

/// Blocks read lately, of all segments of a store.
pub(crate) struct Cache {
    slots: Box<[Mutex<Option<Cached>>]>,
    segments: AtomicU64,
}

impl Default for Cache {
    fn default() -> Self {
        Cache { slots: (0..CACHED).map(|_| Mutex::new(None)).collect(), segments: AtomicU64::new(0) }
    }
}

impl Cache {
    fn slot(&self, segment: u64, number: u64) -> Option<&Mutex<Option<Cached>>> {
        let place = combine(mix(segment), number) % CACHED as u64;
        self.slots.get(place as usize)
    }

    fn find(&self, segment: u64, number: u64) -> Option<Block> {
        let slot = self.slot(segment, number)?.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = slot.as_ref().filter(|cached| cached.segment == segment && cached.number == number)?;
        Some(Arc::clone(&cached.block))
    }

    fn keep(&self, segment: u64, number: u64, block: &Block) {
        if let Some(slot) = self.slot(segment, number) {
            let cached = Cached { segment, number, block: Arc::clone(block) };
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(cached);
        }
    }

    /// The room of the block that this one displaces, where nobody looks at that one any more.
    fn room(&self, segment: u64, number: u64, length: usize) -> Block {
        let displaced = self.slot(segment, number);
        let displaced = displaced.and_then(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut room = displaced.map(|cached| cached.block).filter(|block| block.len() == length);
        match room.as_mut().and_then(Arc::get_mut).is_some() {
            true => room.unwrap_or_default(),
            false => std::iter::repeat_n(0, length).collect(),
        }
    }
}

/// Where the bytes are: in a file, or in memory for tests.
pub(crate) enum Bytes {
    File(File),
    #[cfg(any(test, feature = "conformance"))]
    Owned(Vec<u8>),
}

impl Bytes {
    /// How many there are now.
    pub(crate) fn length(&self) -> std::io::Result<u64> {
        match self {
            Bytes::File(file) => Ok(file.metadata()?.len()),
            #[cfg(any(test, feature = "conformance"))]
            Bytes::Owned(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Fills `out` from this place on.
    pub(crate) fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        match self {
            Bytes::File(file) => read_exact_at(file, offset, out),
            #[cfg(any(test, feature = "conformance"))]
            Bytes::Owned(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let found = start.checked_add(out.len()).and_then(|end| bytes.get(start..end));
                out.copy_from_slice(found.ok_or(std::io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut out: &mut [u8]) -> std::io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, offset)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => (out, offset) = (&mut out[read..], offset + read as u64),
        }
    }
    Ok(())
}

/// The blocks of one segment: first those of its sections (the body), then those of their checksums.
pub(crate) struct Blocks {
    path: PathBuf,
    bytes: Bytes,
    cache: Arc<Cache>,
    /// Tells this segment from all others in the cache.
    segment: u64,
    /// Where the body starts in the file, and its length.
    start: u64,
    body: u64,
    /// The checksum of each block of checksums.
    tops: Vec<u64>,
    /// The first blocks, which stay once they were read: of the signatures' hashes, eight bytes each,
    /// one is read for every posting of every key asked about.
    kept: Box<[OnceLock<Block>]>,
}

/// How many blocks of checksums a body has, and the bytes of all checksums.
pub(crate) fn checks_of(body: u64) -> (u64, u64) {
    let blocks = body.div_ceil(BLOCK as u64);
    (blocks.div_ceil(CHECKS), blocks.saturating_mul(8))
}

/// The checksum of checksums that no further one covers.
pub(crate) fn check_of_tops(tops: &[u8]) -> u64 {
    check(u64::MAX, tops)
}

impl Blocks {
    /// Takes a file whose body starts at `start`; `tops` is what must be the checksum of its last part,
    /// `kept` how many bytes of the body stay in memory once they were read.
    pub(crate) fn new(
        path: &Path,
        bytes: Bytes,
        cache: &Arc<Cache>,
        (start, body): (u64, u64),
        tops: u64,
        kept: u64,
    ) -> Result<Self> {
        let (count, check_bytes) = checks_of(body);
        let mut table = vec![0; usize::try_from(count.saturating_mul(8)).unwrap_or(0)];
        let place = start.saturating_add(body).saturating_add(check_bytes);
        bytes.read(place, &mut table).map_err(|error| cannot_read(path, place, error))?;
        if check_of_tops(&table) != tops {
            return Err(Error::damaged(path, &format!("checksum at {place}")));
        }
        let (words, _) = table.as_chunks::<8>();
        let tops = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let segment = cache.segments.fetch_add(1, Ordering::Relaxed);
        let kept = (0..kept.min(body).div_ceil(BLOCK as u64)).map(|_| OnceLock::new()).collect();
        Ok(Blocks {
            path: path.to_owned(),
            bytes,
            cache: Arc::clone(cache),
            segment,
            start,
            body,
            tops,
            kept,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many blocks the body has.
    pub(crate) fn count(&self) -> u64 {
        self.body.div_ceil(BLOCK as u64)
    }

    /// Where a block of the body lies in the file.
    pub(crate) fn place(&self, number: u64) -> u64 {
        self.start.saturating_add(number.saturating_mul(BLOCK as u64))
    }

    /// One of the blocks that stay.
    fn get_kept(&self, number: u64) -> Option<Result<&[u8]>> {
        let slot = self.kept.get(usize::try_from(number).ok()?)?;
        Some(match slot.get() {
            Some(block) => Ok(block),
            None => self.load(number).map(|block| &**slot.get_or_init(|| block)),
        })
    }

    /// The 64-bit number at `index` of the body, where its block stays in memory and is there.
    #[inline]
    pub(crate) fn kept_word(&self, index: u64) -> Option<u64> {
        let block = self.kept.get((index / CHECKS) as usize)?.get()?;
        let (words, _) = block.as_chunks::<8>();
        words.get((index % CHECKS) as usize).map(|word| u64::from_le_bytes(*word))
    }

    fn get(&self, number: u64) -> Result<Block> {
        if let Some(block) = self.cache.find(self.segment, number) {
            return Ok(block);
        }
        let block = self.load(number)?;
        self.cache.keep(self.segment, number, &block);
        Ok(block)
    }

    /// Reads a block of the body anew, past the cache, and checks it.
    pub(crate) fn load(&self, number: u64) -> Result<Block> {
        let offset = number.saturating_mul(BLOCK as u64);
        let expected = self.check_of(number)?;
        self.read(self.place(number), self.body.saturating_sub(offset), number, expected)
    }

    fn check_of(&self, number: u64) -> Result<u64> {
        let table = number / CHECKS;
        let name = self.count().saturating_add(table);
        let block = match self.cache.find(self.segment, name) {
            Some(block) => block,
            None => {
                let (start, left) = (table * BLOCK as u64, checks_of(self.body).1);
                let place = self.start.saturating_add(self.body).saturating_add(start);
                let top = usize::try_from(table).ok().and_then(|table| self.tops.get(table));
                let top = *top.ok_or_else(|| self.damaged("a block that is not there"))?;
                let block = self.read(place, left.saturating_sub(start), name, top)?;
                self.cache.keep(self.segment, name, &block);
                block
            }
        };
        let (words, _) = block.as_chunks::<8>();
        let word = words.get((number % CHECKS) as usize);
        word.map(|word| u64::from_le_bytes(*word)).ok_or_else(|| self.damaged("a block that is not there"))
    }

    /// Reads at most `left` bytes as one block.
    fn read(&self, place: u64, left: u64, number: u64, expected: u64) -> Result<Block> {
        let length = left.min(BLOCK as u64) as usize;
        let mut block = self.cache.room(self.segment, number, length);
        if let Some(bytes) = Arc::get_mut(&mut block) {
            self.bytes.read(place, bytes).map_err(|error| cannot_read(&self.path, place, error))?;
        }
        self.compare(number, &block, place, expected)?;
        Ok(block)
    }

    /// Checks a block of the body.
    fn hold_against(&self, number: u64, block: &[u8]) -> Result<()> {
        self.compare(number, block, self.place(number), self.check_of(number)?)
    }

    fn compare(&self, number: u64, block: &[u8], place: u64, expected: u64) -> Result<()> {
        if check(number, block) == expected {
            return Ok(());
        }
        Err(self.damaged(&format!("checksum of the {} bytes at {place}", block.len())))
    }

    fn damaged(&self, subject: &str) -> Error {
        Error::damaged(&self.path, subject)
    }

    /// A part of the body, to be read from.
    pub(crate) fn window(&self, start: u64, bytes: u64) -> Window<'_> {
        let ahead = Ahead::default();
        Window { blocks: self, start, bytes, number: u64::MAX, current: None, ahead }
    }
}

fn cannot_read(path: &Path, place: u64, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Error::damaged(path, &format!("it ends before byte {place}")),
        _ => Error::io("read", path, error),
    }
}

/// What a block has from a place on, at most so much.
fn cut(block: &[u8], from: usize, most: usize) -> &[u8] {
    let rest = block.get(from..).unwrap_or(&[]);
    rest.get(..most).unwrap_or(rest)
}

/// A part of a segment with the block that was read last.
pub(crate) struct Window<'a> {
    blocks: &'a Blocks,
    start: u64,
    bytes: u64,
    /// The block that was asked for last.
    number: u64,
    /// The block that was read last, where it was not read ahead.
    current: Option<(u64, Block)>,
    ahead: Ahead,
}

/// Blocks that were read at once, because somebody goes through a segment in order.
#[derive(Default)]
struct Ahead {
    bytes: Vec<u8>,
    /// Which they are, and those of them that were checked, one bit each.
    first: u64,
    count: u64,
    checked: u32,
}

impl Ahead {
    /// Reads from a block on, as far as there are blocks.
    fn read(&mut self, blocks: &Blocks, first: u64) -> Result<()> {
        let left = blocks.body.saturating_sub(first.saturating_mul(BLOCK as u64));
        let length = left.min(AHEAD * BLOCK as u64) as usize;
        (self.count, self.checked) = (0, 0);
        self.bytes.resize(length, 0);
        let place = blocks.place(first);
        blocks.bytes.read(place, &mut self.bytes).map_err(|error| cannot_read(&blocks.path, place, error))?;
        (self.first, self.count) = (first, (length as u64).div_ceil(BLOCK as u64));
        Ok(())
    }

    /// A block of them, checked at the first look; `None` for others.
    fn find(&mut self, blocks: &Blocks, number: u64) -> Option<Result<&[u8]>> {
        let place = number.checked_sub(self.first).filter(|&place| place < self.count)?;
        let block = self.bytes.chunks(BLOCK).nth(place as usize)?;
        if self.checked >> place & 1 == 0 {
            if let Err(error) = blocks.hold_against(number, block) {
                return Some(Err(error));
            }
            self.checked |= 1 << place;
        }
        Some(Ok(block))
    }
}

impl Window<'_> {
    /// Its length.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn outside(&self) -> Error {
        self.blocks.damaged("it points outside of a section")
    }

    /// From `offset` on, what of its block and of this part is left.
    pub(crate) fn rest(&mut self, offset: u64) -> Result<&[u8]> {
        let left = self.bytes.checked_sub(offset).ok_or_else(|| self.outside())?;
        let place = self.start + offset;
        let number = place / BLOCK as u64;
        let within = (place % BLOCK as u64) as usize;
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        if let Some(block) = self.blocks.get_kept(number) {
            return Ok(cut(block?, within, most));
        }
        let near = number.wrapping_sub(self.number).wrapping_sub(1) < NEAR;
        self.number = number;
        if near && self.ahead.find(self.blocks, number).is_none() {
            self.ahead.read(self.blocks, number)?;
        }
        if let Some(block) = self.ahead.find(self.blocks, number) {
            return Ok(cut(block?, within, most));
        }
        if self.current.as_ref().is_none_or(|(current, _)| *current != number) {
            self.current = Some((number, self.blocks.get(number)?));
        }
        Ok(self.current.as_ref().map_or(&[], |(_, block)| cut(block, within, most)))
    }

    /// The bytes at `offset`.
    pub(crate) fn array<const N: usize>(&mut self, offset: u64) -> Result<[u8; N]> {
        if let Some(bytes) = self.rest(offset)?.first_chunk() {
            return Ok(*bytes);
        }
        let mut bytes = [0; N];
        self.fill(offset, &mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, mut offset: u64, mut out: &mut [u8]) -> Result<()> {
        while !out.is_empty() {
            let rest = self.rest(offset)?;
            let count = rest.len().min(out.len());
            let (Some(found), true) = (rest.get(..count), count > 0) else { return Err(self.outside()) };
            let (head, tail) = out.split_at_mut(count);
            head.copy_from_slice(found);
            (out, offset) = (tail, offset + count as u64);
        }
        Ok(())
    }

    /// Puts `count` bytes from `offset` on into `out`, in place of what it held.
    pub(crate) fn copy(&mut self, offset: u64, count: u64, out: &mut Vec<u8>) -> Result<()> {
        // Before memory is taken: the bytes must really be there.
        let end = offset.checked_add(count).filter(|&end| end <= self.bytes);
        let count = end.and_then(|_| usize::try_from(count).ok()).ok_or_else(|| self.outside())?;
        out.clear();
        out.resize(count, 0);
        self.fill(offset, out)
    }

    /// The number at `index` of a table of 32-bit numbers.
    pub(crate) fn u32_at(&mut self, index: u64) -> Result<u32> {
        let offset = index.checked_mul(4).ok_or_else(|| self.outside())?;
        self.array(offset).map(u32::from_le_bytes)
    }

    /// The number at `index` of a table of 64-bit numbers.
    pub(crate) fn u64_at(&mut self, index: u64) -> Result<u64> {
        let offset = index.checked_mul(8).ok_or_else(|| self.outside())?;
        self.array(offset).map(u64::from_le_bytes)
    }

    /// The variable-length number at `offset`, and where it ends.
    pub(crate) fn varint(&mut self, offset: u64) -> Result<(u64, u64)> {
        let mut bytes = [0; 10];
        let left = self.bytes.saturating_sub(offset).min(bytes.len() as u64) as usize;
        let head = bytes.get_mut(..left).unwrap_or(&mut []);
        self.fill(offset, head)?;
        let mut cursor = crate::codec::Cursor::new(head);
        let value = cursor.varint().ok_or_else(|| self.outside())?;
        Ok((value, offset + (left - cursor.left()) as u64))
    }
}
