//! Unpacking one member: how much of it, and for how long.

use super::walker::{Archive, Flow, Member, Step, Walker};
use cognate_base::Exhausted;
use std::io::{Error, Read, Result, Seek, SeekFrom};
use std::time::Instant;

/// A member that grows by more than this, past [`GROWN`] bytes, is a bomb. Judgement.
const MAX_RATIO: u64 = 1000;
/// Every member may grow to this, however small it is packed. Judgement.
const GROWN: u64 = 64 << 20;
/// Deflate makes no more of a byte than this. Nobody is believed who says that it does.
/// From the format: 258 bytes by two bits.
const DEFLATED: u64 = 1032;
/// What is read between two looks at the room that is left. Judgement.
const CHUNK: usize = 1 << 20;
/// Reasons of other libraries are cut here.
const MAX_REASON: usize = 256;

/// What is known of a member before it is unpacked.
pub struct Packed {
    /// Its path.
    pub path: String,
    /// Bytes in the archive.
    pub size: u64,
    /// What the archive says that it unpacks to.
    pub said: Option<u64>,
}

/// What became of a member that was to be unpacked.
pub enum Unpacked {
    /// It, or as much of it as could be read.
    Member(Member),
    /// Nothing: the limits do not allow it, or it was too much for who opened it before.
    TooLarge,
    /// Nothing: it is empty, or all of it is damaged.
    Nothing,
}

impl Walker<'_> {
    /// Unpacks a member as far as it can be read and the limits allow.
    ///
    /// One that says itself that it is too large is not unpacked at all.
    pub fn unpack(&mut self, archive: &Archive, packed: Packed, reader: &mut dyn Read) -> Flow {
        match self.unpacked(packed, reader) {
            Unpacked::Member(member) => self.open(member, archive.depth),
            Unpacked::TooLarge | Unpacked::Nothing => Flow::Continue(()),
        }
    }

    /// The same, and the member is not opened yet.
    pub fn unpacked(&mut self, packed: Packed, reader: &mut dyn Read) -> Unpacked {
        let left = self.limits.archive_bytes.saturating_sub(self.bytes).min(self.unpacked_left);
        let limit = self.limits.file_bytes.min(left).min(packed.size.saturating_mul(MAX_RATIO).max(GROWN));
        match self.begin(&packed.path) {
            Step::Open => {}
            Step::LeaveOut => return Unpacked::TooLarge,
            Step::PassOver => {
                // what lies behind it may be packed together with it
                let most = packed.said.unwrap_or(limit).min(limit);
                let _ = std::io::copy(&mut reader.take(most), &mut std::io::sink());
                return Unpacked::Nothing;
            }
        }
        if packed.said.is_some_and(|said| said > limit) {
            self.lost(&packed.path, "unpacks to more than the limits allow");
            return Unpacked::TooLarge;
        }
        let expected = packed.said.unwrap_or(0).min(packed.size.saturating_mul(DEFLATED));
        let started = Instant::now();
        let (bytes, result) = read(reader, expected, limit);
        self.time_left = self.time_left.saturating_sub(started.elapsed());
        let size = bytes.len() as u64;
        self.bytes = self.bytes.saturating_add(size);
        self.unpacked_left = self.unpacked_left.saturating_sub(size);
        if size > limit {
            self.lost(&packed.path, "unpacks to more than the limits allow");
            return Unpacked::TooLarge;
        }
        if let Err(error) = result {
            let reason = format!("damaged ({}); what was readable is taken", reason(&error));
            self.lost(&packed.path, &reason);
        }
        if bytes.is_empty() {
            return Unpacked::Nothing;
        }
        Unpacked::Member(Member { name: packed.path, bytes: bytes.into(), whole: None })
    }

    /// A reader of packed bytes that fails when the time for unpacking a member is over.
    pub fn clocked<R>(&self, reader: R) -> Clocked<R> {
        Clocked { reader, deadline: Instant::now().checked_add(self.time_left) }
    }
}

/// Reads at most one byte more than `limit`; `expected` bytes are made room for at once, so that
/// what was told the truth about is never moved.
fn read(reader: &mut dyn Read, expected: u64, limit: u64) -> (Vec<u8>, Result<()>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    bytes.reserve_exact(usize::try_from(expected).unwrap_or(usize::MAX).min(limit));
    while bytes.len() < limit {
        let room = (bytes.capacity() - bytes.len()).min(limit - bytes.len()).min(CHUNK);
        let read = if room > 0 {
            reader.take(room as u64).read_to_end(&mut bytes)
        } else {
            more(reader, &mut bytes, limit)
        };
        match read {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return (bytes, Err(error)),
        }
    }
    if bytes.capacity() / 2 > bytes.len() {
        bytes.shrink_to_fit();
    }
    (bytes, Ok(()))
}

/// Makes more room if there is anything left to read; a quarter more, as doubling would take twice the size.
fn more(reader: &mut dyn Read, bytes: &mut Vec<u8>, limit: usize) -> Result<usize> {
    let mut first = [0u8; 4096];
    let room = first.len().min(limit - bytes.len());
    let read = reader.read(first.get_mut(..room).unwrap_or(&mut []))?;
    if read > 0 {
        bytes.reserve_exact(CHUNK.max(bytes.len() / 4).min(limit - bytes.len()));
        bytes.extend_from_slice(first.get(..read).unwrap_or(&[]));
    }
    Ok(read)
}

/// See [`Walker::clocked`].
pub struct Clocked<R> {
    reader: R,
    deadline: Option<Instant>,
}

impl<R: Read> Read for Clocked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Err(Error::other(Exhausted::Time));
        }
        self.reader.read(buffer)
    }
}

impl<R: Seek> Seek for Clocked<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.reader.seek(to)
    }
}

/// Why reading failed, in a length that fits a gap.
pub fn reason(error: &dyn std::error::Error) -> String {
    crate::text::cut(error.to_string().as_bytes(), MAX_REASON)
}
