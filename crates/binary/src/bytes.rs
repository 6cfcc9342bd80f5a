//! Checked reads from the bytes of a file. Every offset comes from the file
//! itself, so every read may fail and says so with `None`.

use crate::text::cut;

/// Names of symbols, functions and imports are cut here, in bytes, with `…`. Judgement.
pub(crate) const MAX_NAME: usize = 4096;

/// Little-endian reads at 64-bit offsets that nobody has checked yet.
pub(crate) trait Bytes {
    /// Exactly `len` bytes at `at`.
    fn slice(&self, at: u64, len: u64) -> Option<&[u8]>;
    /// Everything from `at` on; empty behind the end.
    fn from(&self, at: u64) -> &[u8];

    /// As many of `len` bytes at `at` as there are.
    fn up_to(&self, at: u64, len: u64) -> &[u8] {
        self.slice(at, len).unwrap_or_else(|| self.from(at))
    }

    /// One byte.
    fn u8_at(&self, at: u64) -> Option<u8> {
        self.slice(at, 1)?.first().copied()
    }

    /// Two bytes.
    fn u16_at(&self, at: u64) -> Option<u16> {
        Some(u16::from_le_bytes(self.slice(at, 2)?.try_into().ok()?))
    }

    /// Four bytes.
    fn u32_at(&self, at: u64) -> Option<u32> {
        Some(u32::from_le_bytes(self.slice(at, 4)?.try_into().ok()?))
    }

    /// Eight bytes.
    fn u64_at(&self, at: u64) -> Option<u64> {
        Some(u64::from_le_bytes(self.slice(at, 8)?.try_into().ok()?))
    }

    /// Eight bytes where `wide`, otherwise four.
    fn word_at(&self, at: u64, wide: bool) -> Option<u64> {
        if wide { self.u64_at(at) } else { self.u32_at(at).map(u64::from) }
    }

    /// The text up to the next NUL, at most `max` bytes of it.
    fn text_at(&self, at: u64, max: usize) -> Option<String> {
        text(self.from(at), max)
    }
}

impl Bytes for [u8] {
    fn slice(&self, at: u64, len: u64) -> Option<&[u8]> {
        let start = usize::try_from(at).ok()?;
        let end = start.checked_add(usize::try_from(len).ok()?)?;
        self.get(start..end)
    }

    fn from(&self, at: u64) -> &[u8] {
        usize::try_from(at).ok().and_then(|start| self.get(start..)).unwrap_or(&[])
    }
}

/// The NUL-terminated text that `bytes` start with; `None` when it is empty or
/// longer than `max`.
pub(crate) fn text(bytes: &[u8], max: usize) -> Option<String> {
    let window = bytes.get(..max.saturating_add(1)).unwrap_or(bytes);
    let len = window.iter().position(|&byte| byte == 0)?;
    let text = window.get(..len)?;
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

/// The NUL-terminated name that `bytes` start with, cut at [`MAX_NAME`]; `None` when it is empty
/// or nothing ends it.
pub(crate) fn name(bytes: &[u8]) -> Option<String> {
    let window = bytes.get(..MAX_NAME + 1).unwrap_or(bytes);
    let len = match window.iter().position(|&byte| byte == 0) {
        Some(len) => len,
        None if window.len() > MAX_NAME => window.len(),
        None => 0,
    };
    (len > 0).then(|| cut(window.get(..len).unwrap_or(&[]), MAX_NAME))
}

/// The first place of `needle` in `bytes`.
pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<u64> {
    bytes.windows(needle.len().max(1)).position(|window| window == needle).map(|at| at as u64)
}

/// A name of fixed width, padded with NULs.
pub(crate) fn padded(bytes: &[u8]) -> String {
    let len = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..len).unwrap_or(&[])).into_owned()
}

/// Reads one value after the other.
#[derive(Clone, Copy)]
pub(crate) struct Stream<'a>(pub &'a [u8]);

impl<'a> Stream<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// An unsigned LEB128 number of at most ten bytes.
    pub fn uleb(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// NUL-terminated bytes, fewer than `max`.
    pub fn text(&mut self, max: usize) -> Option<&'a [u8]> {
        let len = self.0.iter().take(max).position(|&byte| byte == 0)?;
        let text = self.0.get(..len)?;
        self.0 = self.0.get(len + 1..)?;
        Some(text)
    }
}
