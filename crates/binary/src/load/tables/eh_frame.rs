//! Unwind tables in the format of `.eh_frame` (Linux Standard Base 5, 10.6):
//! start and length of nearly every function that gcc and clang compile.

use crate::{Image, Loaded, StartSource};
use cognate_base::{Budget, Place};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// `DW_EH_PE_omit`: there is no value.
const OMIT: u8 = 0xff;

/// A position in the image's memory.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    image: &'a Image,
    at: u64,
}

impl Cursor<'_> {
    fn uint(&mut self, len: usize) -> Option<u64> {
        let value = self.image.read_uint(self.at, len)?;
        self.at = self.at.checked_add(len as u64)?;
        Some(value)
    }

    fn byte(&mut self) -> Option<u8> {
        self.uint(1).and_then(|byte| u8::try_from(byte).ok())
    }

    fn sint(&mut self, len: usize) -> Option<u64> {
        let value = self.uint(len)?;
        let shift = 64 - 8 * len as u32;
        Some(((value << shift).cast_signed() >> shift).cast_unsigned())
    }

    /// LEB128, signed or not: ten bytes at most.
    fn leb(&mut self, signed: bool) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                let negative = signed && byte & 0x40 != 0 && shift + 7 < 64;
                return Some(if negative { value | (u64::MAX << (shift + 7)) } else { value });
            }
        }
        None
    }

    /// A value in one of the pointer encodings `DW_EH_PE_…`.
    fn encoded(&mut self, encoding: u8) -> Option<u64> {
        let place = self.at;
        let value = match encoding & 0x0f {
            0x00 => self.uint(self.image.arch.pointer_bytes()),
            0x01 => self.leb(false),
            0x02 => self.uint(2),
            0x03 => self.uint(4),
            0x04 => self.uint(8),
            0x09 => self.leb(true),
            0x0a => self.sint(2),
            0x0b => self.sint(4),
            0x0c => self.sint(8),
            _ => None,
        }?;
        let base = match encoding & 0x70 {
            0x00 => 0,
            0x10 => place,
            _ => return None, // relative to text or data: no compiler of ours emits it here
        };
        let value = value.wrapping_add(base);
        Some(if self.image.arch.pointer_bytes() == 4 { value & 0xffff_ffff } else { value })
    }
}

/// Reads the tables of functions that catch exceptions (LSDA, "language-specific data area").
///
/// Functions may share a table, but all together are read no more bytes than their section has.
pub(in crate::load) struct LandingPads {
    left: u64,
}

impl LandingPads {
    /// Ready to read the tables of a file.
    pub fn new(loaded: &Loaded) -> Self {
        LandingPads { left: loaded.image.bytes().len() as u64 }
    }

    /// Notes where the function catches exceptions by the table at `table`; `None` where it is damaged.
    pub fn read(
        &mut self,
        loaded: &mut Loaded,
        function: u64,
        table: u64,
        budget: &mut Budget,
    ) -> Option<()> {
        let mut pads = Vec::new();
        let mut cursor = Cursor { image: &loaded.image, at: table };
        let base = match cursor.byte()? {
            OMIT => function,
            encoding => cursor.encoded(encoding)?,
        };
        if cursor.byte()? != OMIT {
            cursor.leb(false)?; // where the types are
        }
        let encoding = cursor.byte()?;
        let len = cursor.leb(false)?;
        self.left = self.left.checked_sub(len)?;
        budget.spend(1 + len / 8).ok()?;
        let end = cursor.at.checked_add(len)?;
        while cursor.at < end {
            let (_, _, pad) =
                (cursor.encoded(encoding)?, cursor.encoded(encoding)?, cursor.encoded(encoding)?);
            cursor.leb(false)?;
            let pad = (pad != 0).then(|| base.wrapping_add(pad));
            // Calls that are caught in one place follow one another.
            if pads.last() != pad.as_ref() {
                pads.extend(pad);
            }
        }
        for pad in pads {
            loaded.landing_pad(function, pad, budget);
        }
        Some(())
    }
}

/// Reads the segments that hold such a table by name.
///
/// Names of more than eight characters are `/4` in a PE, so those are tried too.
pub(in crate::load) fn read_named(loaded: &mut Loaded, budget: &mut Budget) {
    let named = |name: &str| matches!(name, ".eh_frame" | "__eh_frame" | ".eh_fram") || name.starts_with('/');
    let tables: Vec<(u64, u64)> = loaded
        .image
        .segments()
        .iter()
        .filter(|segment| named(&segment.name) && !segment.executable)
        .map(|segment| (segment.address, segment.file_bytes))
        .collect();
    for (address, size) in tables {
        read(loaded, address, size, budget);
    }
}

/// Reads one table; whatever does not parse ends it.
pub(in crate::load) fn read(loaded: &mut Loaded, address: u64, size: u64, budget: &mut Budget) {
    let end = address.saturating_add(size);
    let mut encodings = BTreeMap::new();
    let mut at = address;
    while at < end && budget.spend(1).is_ok() {
        let Some((next, range)) = record(&loaded.image, at, end, &mut encodings) else {
            if !encodings.is_empty() {
                loaded.gap(Place::Address(at), ".eh_frame", "a record does not parse");
            }
            break;
        };
        at = next;
        let Some((start, len)) = range.filter(|(_, len)| *len > 0) else { continue };
        let in_stubs = loaded.image.segment_at(start).is_some_and(|segment| segment.name.starts_with(".plt"));
        if !in_stubs {
            loaded.start(start, start.checked_add(len), StartSource::Unwind, budget);
        }
    }
}

/// Where the next record starts, and the range of code this one describes, if any.
type Record = (u64, Option<(u64, u64)>);

fn record(image: &Image, at: u64, end: u64, encodings: &mut BTreeMap<u64, Option<u8>>) -> Option<Record> {
    let mut cursor = Cursor { image, at };
    let mut len = cursor.uint(4)?;
    if len == 0 {
        return Some((cursor.at, None)); // linkers leave terminators between merged tables
    }
    let wide = len == 0xffff_ffff;
    if wide {
        len = cursor.uint(8)?;
    }
    let next = cursor.at.checked_add(len).filter(|&next| next <= end)?;
    let place = cursor.at;
    let id = cursor.uint(if wide { 8 } else { 4 })?;
    if id == 0 {
        encodings.insert(at, common(cursor));
        return Some((next, None));
    }
    let parent = place.wrapping_sub(id);
    if let Entry::Vacant(vacant) = encodings.entry(parent) {
        let mut cursor = Cursor { image, at: parent };
        let wide = cursor.uint(4) == Some(0xffff_ffff);
        cursor.at = cursor.at.checked_add(if wide { 16 } else { 4 })?;
        vacant.insert(common(cursor));
    }
    let Some(encoding) = encodings.get(&parent).copied().flatten() else { return Some((next, None)) };
    let start = cursor.encoded(encoding);
    let len = cursor.encoded(encoding & 0x0f);
    Some((next, start.zip(len)))
}

/// The pointer encoding that a common information entry prescribes.
fn common(mut cursor: Cursor<'_>) -> Option<u8> {
    let version = cursor.byte()?;
    let mut augmentation = Vec::new();
    loop {
        match cursor.byte()? {
            0 => break,
            letter if augmentation.len() < 16 => augmentation.push(letter),
            _ => return None,
        }
    }
    if version >= 4 {
        cursor.uint(2)?;
    }
    cursor.leb(false)?;
    cursor.leb(true)?;
    if version == 1 { cursor.byte().map(u64::from) } else { cursor.leb(false) }?;
    let Some((b'z', letters)) = augmentation.split_first() else { return Some(0) };
    cursor.leb(false)?;
    for letter in letters {
        match letter {
            b'R' => return cursor.byte().filter(|&encoding| encoding != OMIT),
            b'P' => {
                let encoding = cursor.byte()?;
                cursor.encoded(encoding & 0x0f)?;
            }
            b'L' => drop(cursor.byte()?),
            _ => {}
        }
    }
    Some(0)
}
