//! Memory taken out of a dump, as the loader is given it.

use crate::Arch;
use crate::bytes::Bytes;
use crate::load::memory::{self, What};
use std::io::{Read, Result};

/// Bytes of a module's header that are changed to say where it lies. Judgement.
const HEAD: u64 = 0x1000;

/// Memory from a base on, read from its first byte to the last that is held.
pub struct Image<'a> {
    /// What says where it lies, and the first bytes of a module.
    head: Vec<u8>,
    /// Ascending, by distance from the base.
    pieces: Vec<(u64, &'a [u8])>,
    /// The piece that is next, and how far all is read.
    next: usize,
    at: u64,
}

impl<'a> Image<'a> {
    /// Memory from `base` on: what there is of it, by distance from there.
    pub fn new(what: What, arch: Arch, base: u64, pieces: Vec<(u64, &'a [u8])>) -> Self {
        let mut head = memory::header(what, arch, base);
        if let (What::Module, Some((0, first))) = (what, pieces.first()) {
            let mut first = first.up_to(0, HEAD).to_vec();
            set_base(&mut first, base);
            head.extend(first);
        }
        Image { head, pieces, next: 0, at: 0 }
    }

    /// What comes next: bytes, or so many zeros; `None` at the end.
    fn part(&mut self) -> Option<std::result::Result<&[u8], u64>> {
        if self.at < self.head.len() as u64 {
            return Some(Ok(self.head.from(self.at)));
        }
        let place = self.at - memory::HEADER;
        loop {
            let (start, bytes) = *self.pieces.get(self.next)?;
            if place < start {
                return Some(Err(start - place));
            }
            let rest = bytes.from(place - start);
            if !rest.is_empty() {
                return Some(Ok(rest));
            }
            self.next += 1;
        }
    }
}

impl Read for Image<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let len = match self.part() {
            None => 0,
            Some(Ok(bytes)) => {
                let len = bytes.len().min(buffer.len());
                buffer.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                len
            }
            Some(Err(zeros)) => {
                let len = usize::try_from(zeros).unwrap_or(usize::MAX).min(buffer.len());
                buffer.iter_mut().take(len).for_each(|byte| *byte = 0);
                len
            }
        };
        self.at += len as u64;
        Ok(len)
    }
}

/// Writes where a module lies into its header, where Windows did not.
fn set_base(head: &mut [u8], base: u64) -> Option<()> {
    let optional = u64::from(head.u32_at(0x3c)?) + 24;
    let wide = match head.u16_at(optional)? {
        0x20b => true,
        0x10b => false,
        _ => return None,
    };
    let (at, len) = if wide { (optional + 24, 8) } else { (optional + 28, 4) };
    let at = usize::try_from(at).ok()?;
    let field = head.get_mut(at..at + len)?;
    field.copy_from_slice(base.to_le_bytes().get(..len)?);
    Some(())
}
