//! What is packed as a whole: xz, lzma, bzip2, zstd; each reader's memory is bounded before it takes any.

use super::unpack::{Clocked, Packed, Unpacked, reason, stem};
use super::{Archive, Flow, Walker};
use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::{LzmaReader, XzReader, lzma_get_memory_usage_by_props};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read};

/// What a reader may keep of what it has unpacked, to repeat from it: as much as the strongest settings of xz (64 MiB),
/// zstd (128 MiB) and 7-Zip (256 MiB) ask for.
const MAX_DICTIONARY: u64 = 256 << 20;
/// What a reader of lzma takes beside that, at most: its tables.
const TABLES: u64 = 8 << 20;
/// The smallest header of lzma: properties, dictionary, size, and the first byte, which is zero.
const LZMA_HEADER: usize = 14;

/// A way of packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Xz,
    Lzma,
    Bzip2,
    Zstd,
}

impl Codec {
    /// How a file is packed that starts with these bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Codec> {
        match bytes {
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Codec::Xz),
            // Behind the level: pi, at the start of a block, or its square root, where there is none.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(Codec::Bzip2),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Codec::Zstd),
            // A frame that is to be skipped, in front of the first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Codec::Zstd),
            _ => is_lzma(bytes).then_some(Codec::Lzma),
        }
    }
}

/// Whether that is the header that all writers of lzma files write: it has no magic.
fn is_lzma(bytes: &[u8]) -> bool {
    let Some([0x5d, dictionary @ .., 0]) = bytes.get(..LZMA_HEADER) else { return false };
    let (dictionary, size) = dictionary.split_at(4);
    let dictionary = <[u8; 4]>::try_from(dictionary).map_or(0, u32::from_le_bytes);
    let size = <[u8; 8]>::try_from(size).map_or(0, u64::from_le_bytes);
    let usual = dictionary.is_power_of_two()
        || (dictionary / 3 * 3 == dictionary && (dictionary / 3).is_power_of_two());
    dictionary >= 4096 && usual && (size == u64::MAX || size < 1 << 38)
}

impl Walker<'_> {
    /// What a reader may keep, with those that are open further out taken off.
    pub(super) fn dictionary(&self) -> u64 {
        MAX_DICTIONARY.min(self.limits.memory).saturating_sub(self.held)
    }

    pub(super) fn packed(&mut self, archive: &mut Archive, codec: Codec) -> Flow {
        let bytes = archive.bytes.clone();
        if !self.room(archive) {
            return Flow::Continue(());
        }
        let path = archive.path(stem(&archive.name).as_bytes());
        let packed = Packed { path, size: bytes.len() as u64, said: None };
        let unpacked = match decoder(codec, self.clocked(&bytes[..]), self.dictionary()) {
            Ok(mut reader) => self.unpacked(packed, &mut reader),
            Err(error) => {
                self.lost(&packed.path, &format!("unreadable ({})", reason(&error)));
                return Flow::Continue(());
            }
        };
        match unpacked {
            Unpacked::Member(member) => self.open(member, archive.depth),
            Unpacked::TooLarge | Unpacked::Nothing => Flow::Continue(()),
        }
    }
}

/// A reader of what `source` holds packed, which keeps at most `room` bytes of it.
pub(super) fn decoder<'a>(
    codec: Codec,
    source: Clocked<&'a [u8]>,
    room: u64,
) -> io::Result<Box<dyn Read + 'a>> {
    let kibibytes = kibibytes(room);
    Ok(match codec {
        Codec::Xz => Box::new(XzReader::new_mem_limit(BufReader::new(source), true, kibibytes)),
        Codec::Lzma => Box::new(LzmaReader::new_mem_limit(BufReader::new(source), kibibytes, None)?),
        Codec::Bzip2 => Box::new(MultiBzDecoder::new(BufReader::new(source))),
        Codec::Zstd => {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(room);
            Box::new(Zstd { source: BufReader::new(source), decoder, open: false })
        }
    })
}

/// A reader of lzma whose properties stand apart from it: `size` where no mark ends it.
pub(super) fn lzma<'a>(
    source: Clocked<&'a [u8]>,
    properties: &[u8],
    size: Option<u64>,
    room: u64,
) -> io::Result<Box<dyn Read + 'a>> {
    let &[first, a, b, c, d] = properties else {
        return Err(Error::new(ErrorKind::InvalidData, "no properties of lzma"));
    };
    let dictionary = u32::from_le_bytes([a, b, c, d]);
    // No more is kept than there is.
    let needed = u64::from(dictionary).min(size.unwrap_or(u64::MAX)).max(4096);
    let dictionary = u32::try_from(needed).unwrap_or(dictionary);
    if lzma_get_memory_usage_by_props(dictionary, first)? > kibibytes(room) {
        return Err(Error::new(ErrorKind::OutOfMemory, "needs more memory than the limits allow"));
    }
    let size = size.unwrap_or(u64::MAX);
    Ok(Box::new(LzmaReader::new_with_props(BufReader::new(source), size, first, dictionary, None)?))
}

/// What readers of lzma are told that they may use, in their unit.
pub(super) fn kibibytes(room: u64) -> u32 {
    // All of it means no limit to them.
    u32::try_from(room.saturating_add(TABLES) >> 10).unwrap_or(u32::MAX - 1)
}

/// Frames of zstd one behind the other; those that are to be skipped are.
struct Zstd<R: Read> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    /// Whether a frame was begun and not ended.
    open: bool,
}

impl<R: Read> Zstd<R> {
    /// Begins the next frame; `false` where there is none.
    fn next(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    if io::copy(&mut (&mut self.source).take(length), &mut io::sink())? < length {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Ends a frame, whose checksum has to be right.
    fn end(&mut self) -> io::Result<()> {
        self.open = false;
        let (said, found) = (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
        match said.zip(found) {
            Some((said, found)) if said != found => Err(Error::new(ErrorKind::InvalidData, "wrong checksum")),
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.open && !self.next()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, one).map_err(Error::other)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            self.end()?;
        }
    }
}
