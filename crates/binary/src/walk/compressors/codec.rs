//! Readers of xz, lzma, bzip2 and zstd; the memory of each is bounded before it takes any.

use super::zstd::Zstd;
use crate::walk::unpack::Clocked;
use crate::walk::walker::Walker;
use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::{LzmaReader, XzReader, lzma_get_memory_usage_by_props};
use std::io::{self, BufReader, Error, ErrorKind, Read};

/// What a reader may keep of what it has unpacked, to repeat from it: as much as the strongest settings of xz (64 MiB),
/// zstd (128 MiB) and 7-Zip (256 MiB) ask for.
const MAX_DICTIONARY: u64 = 256 << 20;
/// What a reader of lzma takes beside that, at most: its tables.
const TABLES: u64 = 8 << 20;
/// The smallest header of lzma: properties, dictionary, size, and the first byte, which is zero.
const LZMA_HEADER: usize = 14;

/// A way of packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Xz,
    Lzma,
    Bzip2,
    Zstd,
}

impl Codec {
    /// Whether a file that is packed so starts with these bytes.
    pub fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Codec::Xz => bytes.starts_with(b"\xfd7zXZ\0"),
            // Behind the level: pi, at the start of a block, or its square root, where there is none.
            Codec::Bzip2 => matches!(
                bytes,
                [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
                    | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..]
            ),
            // Or a frame that is to be skipped, in front of the first.
            Codec::Zstd => {
                matches!(bytes, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
            }
            Codec::Lzma => is_lzma(bytes),
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
    pub fn dictionary(&self) -> u64 {
        MAX_DICTIONARY.min(self.limits.memory).saturating_sub(self.kept)
    }
}

/// A reader of what `source` holds packed, which keeps at most `room` bytes of it.
pub fn decoder<'a>(codec: Codec, source: Clocked<&'a [u8]>, room: u64) -> io::Result<Box<dyn Read + 'a>> {
    let kibibytes = kibibytes(room);
    Ok(match codec {
        Codec::Xz => Box::new(XzReader::new_mem_limit(BufReader::new(source), true, kibibytes)),
        Codec::Lzma => Box::new(LzmaReader::new_mem_limit(BufReader::new(source), kibibytes, None)?),
        Codec::Bzip2 => Box::new(MultiBzDecoder::new(BufReader::new(source))),
        Codec::Zstd => Box::new(Zstd::new(source, room)),
    })
}

/// A reader of lzma whose properties stand apart from it: `size` where no mark ends it.
pub fn lzma<'a>(
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
pub fn kibibytes(room: u64) -> u32 {
    // All of it means no limit to them.
    u32::try_from(room.saturating_add(TABLES) >> 10).unwrap_or(u32::MAX - 1)
}
