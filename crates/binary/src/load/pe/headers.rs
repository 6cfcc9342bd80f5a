//! The headers of a PE file, read with the assumption that any field may lie.
//!
//! [`Headers::find`] looks for the header where the DOS stub points, then by its
//! signature, then by its shape, and last for a section table alone.

use super::super::draft::{push_code_gap, push_gap};
use super::super::recognised::is_coff_machine;
use crate::Arch;
use crate::bytes::{Bytes, find, padded};
use cognate_base::{Gap, Place};

/// How far into a file a misplaced header is looked for. Judgement.
const SEARCHED: usize = 0x1000;
/// The most sections that Windows takes since Vista: what the field can hold.
const MAX_SECTIONS: u64 = 65_535;
/// More sections than this, which is what Windows XP took, are believed only where every row makes
/// sense; and without a number that is believed, no more rows are looked for.
const MAX_UNCHECKED: u64 = 96;
const ROW: u64 = 40;

/// What the headers say.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// The machine field, zero where the header is gone.
    pub machine: u16,
    /// 64-bit optional header.
    pub wide: bool,
    /// File offset of the COFF header; `None` when only a section table was found.
    pub coff: Option<u64>,
    /// File offset of the optional header.
    pub optional: u64,
    pub time_stamp: u32,
    pub entry: u64,
    pub base: u64,
    pub section_alignment: u32,
    pub headers_bytes: u32,
    /// COFF symbol table: file offset, entries.
    pub symbols: (u32, u32),
    /// RVA and size of each data directory.
    pub directories: Vec<(u32, u32)>,
    pub sections: Vec<Section>,
}

/// One row of the section table.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub name: String,
    pub rva: u32,
    pub size: u32,
    pub raw: u32,
    pub raw_size: u32,
    pub flags: u32,
}

impl Section {
    fn read(bytes: &[u8], at: u64) -> Option<Section> {
        Some(Section {
            name: padded(bytes.slice(at, 8)?),
            size: bytes.u32_at(at + 8)?,
            rva: bytes.u32_at(at + 12)?,
            raw_size: bytes.u32_at(at + 16)?,
            raw: bytes.u32_at(at + 20)?,
            flags: bytes.u32_at(at + 36)?,
        })
    }

    /// Whether a linker could have written this row.
    fn plausible(&self, file: u64) -> bool {
        let somewhere = self.rva != 0 && self.rva.is_multiple_of(0x10) && self.rva < 0x8000_0000;
        let sized = self.size.max(self.raw_size) > 0 && self.size < 0x8000_0000;
        somewhere && sized && (self.raw_size == 0 || u64::from(self.raw) < file)
    }

    pub fn executable(&self) -> bool {
        self.flags & 0x2000_0000 != 0
    }
}

impl Headers {
    /// Finds and reads the headers.
    pub fn find(bytes: &[u8], gaps: &mut Vec<Gap>) -> Option<Headers> {
        let pointed = bytes.u32_at(0x3c).map(u64::from);
        if let Some(at) = pointed.filter(|&at| bytes.slice(at, 4) == Some(b"PE\0\0"))
            && let Some(headers) = Headers::read(bytes, at, gaps)
        {
            return Some(headers);
        }
        let window = bytes.get(..SEARCHED.min(bytes.len())).unwrap_or(bytes);
        let at = find(window, b"PE\0\0")
            .filter(|at| bytes.u16_at(at + 4).is_some_and(is_coff_machine) || has_magic(bytes, *at))
            .or_else(|| pointed.filter(|&at| has_shape(bytes, at)))
            .or_else(|| (0..window.len() as u64).step_by(4).find(|&at| has_shape(bytes, at)));
        if let Some(headers) = at.and_then(|at| Headers::read(bytes, at, gaps)) {
            push_gap(gaps, Place::File(0x3c), "PE header", "not where the DOS header says");
            return Some(headers);
        }
        let at = section_table(window)?;
        let sections = rows(bytes, at, MAX_UNCHECKED, true);
        let ours = sections.iter().any(|section| section.raw_size > 0);
        push_gap(gaps, Place::File(0), "PE header", "damaged or wiped; only the section table was found");
        ours.then(|| Headers { sections, ..Headers::default() })
    }

    fn read(bytes: &[u8], at: u64, gaps: &mut Vec<Gap>) -> Option<Headers> {
        let coff = at.checked_add(4)?;
        let optional = coff.checked_add(20)?;
        let machine = bytes.u16_at(coff)?;
        let magic = bytes.u16_at(optional);
        let wide = match magic {
            Some(0x20b) => true,
            Some(0x10b) => false,
            _ => machine != 0x14c,
        };
        let mut headers = Headers { machine, wide, coff: Some(coff), optional, ..Headers::default() };
        headers.time_stamp = bytes.u32_at(coff + 4).unwrap_or(0);
        headers.symbols = (bytes.u32_at(coff + 8).unwrap_or(0), bytes.u32_at(coff + 12).unwrap_or(0));
        headers.read_optional(bytes);
        headers.read_sections(bytes, gaps);
        Some(headers)
    }

    fn read_optional(&mut self, bytes: &[u8]) {
        let at = self.optional;
        self.entry = bytes.u32_at(at + 16).unwrap_or(0).into();
        self.base =
            if self.wide { bytes.u64_at(at + 24) } else { bytes.u32_at(at + 28).map(u64::from) }.unwrap_or(0);
        self.section_alignment = bytes.u32_at(at + 32).unwrap_or(0x1000);
        self.headers_bytes = bytes.u32_at(at + 60).unwrap_or(0);
        let (count, table) = if self.wide { (at + 108, at + 112) } else { (at + 92, at + 96) };
        // A count that is too small is a known trick and a common damage: the size of the
        // optional header says as well how many directories there are.
        let room = bytes.u16_at(at - 4).map_or(0, |size| u64::from(size).saturating_sub(table - at) / 8);
        let count = u64::from(bytes.u32_at(count).unwrap_or(0)).max(room).min(16);
        self.directories = (0..count)
            .map_while(|index| Some((bytes.u32_at(table + index * 8)?, bytes.u32_at(table + index * 8 + 4)?)))
            .collect();
    }

    fn read_sections(&mut self, bytes: &[u8], gaps: &mut Vec<Gap>) {
        let coff = self.optional - 20;
        let declared = u64::from(bytes.u16_at(coff + 2).unwrap_or(0));
        let skip = u64::from(bytes.u16_at(coff + 16).unwrap_or(0));
        let at = self.optional + skip;
        let mut count = if (1..=MAX_UNCHECKED).contains(&declared) { declared } else { MAX_UNCHECKED };
        let mut best = rows(bytes, at, count, count != declared);
        if (MAX_UNCHECKED + 1..=MAX_SECTIONS).contains(&declared) && best.len() as u64 == count {
            let all = rows(bytes, at, declared, true);
            if all.len() as u64 == declared {
                (best, count) = (all, declared);
            }
        }
        if count != declared {
            push_gap(
                gaps,
                Place::File(coff + 2),
                "number of sections",
                "not believable; rows counted instead",
            );
        }
        let readable = |rows: &[Section]| rows.iter().filter(|row| row.plausible(bytes.len() as u64)).count();
        let whole = self.optional + if self.wide { 0xf0 } else { 0xe0 };
        let window = bytes.get(..SEARCHED.min(bytes.len())).unwrap_or(bytes);
        for other in [Some(whole), section_table(window)].into_iter().flatten() {
            let found = rows(bytes, other, MAX_UNCHECKED, true);
            if readable(&best) == 0 && readable(&found) > 0 {
                push_gap(gaps, Place::File(at), "section table", "not where the header says");
                best = found;
            }
        }
        if best.len() as u64 != count && count == declared {
            push_code_gap(gaps, Place::File(at), "section table", "truncated");
        }
        self.sections = best;
    }

    /// RVA and size of a data directory that is there.
    pub fn directory(&self, index: usize) -> Option<(u64, u64)> {
        let &(rva, size) = self.directories.get(index)?;
        (rva != 0).then_some((u64::from(rva), u64::from(size)))
    }

    /// The instruction set that the machine field names, if it is ours; the
    /// error is the name of another one.
    pub fn arch(&self) -> Option<Result<Arch, u16>> {
        match self.machine {
            0x14c => Some(Ok(Arch::X86)),
            0x8664 => Some(Ok(Arch::X86_64)),
            0xaa64 | 0xa641 | 0xa64e => Some(Ok(Arch::Aarch64)),
            other if is_coff_machine(other) => Some(Err(other)),
            _ => None,
        }
    }
}

fn has_magic(bytes: &[u8], at: u64) -> bool {
    matches!(bytes.u16_at(at.saturating_add(24)), Some(0x10b | 0x20b))
}

/// A COFF header of ours with the optional header behind it, signature or not.
fn has_shape(bytes: &[u8], at: u64) -> bool {
    let machine = at.checked_add(4).and_then(|at| bytes.u16_at(at));
    matches!(machine, Some(0x14c | 0x8664 | 0xaa64)) && has_magic(bytes, at)
}

/// Where a section table seems to start: two plausible rows, the first of which
/// has a name that linkers give to code.
fn section_table(window: &[u8]) -> Option<u64> {
    const NAMES: [&[u8]; 4] = [b".text\0\0\0", b"CODE\0\0\0\0", b".code\0\0\0", b"UPX0\0\0\0\0"];
    let at = NAMES.iter().find_map(|name| find(window, name))?;
    let first = Section::read(window, at)?;
    let second = Section::read(window, at + ROW)?;
    (first.plausible(u64::MAX) || second.plausible(u64::MAX)).then_some(at)
}

/// Up to `count` rows; with `guessed`, only while they look like rows.
fn rows(bytes: &[u8], at: u64, count: u64, guessed: bool) -> Vec<Section> {
    let file = bytes.len() as u64;
    (0..count)
        .map_while(|index| Section::read(bytes, at.checked_add(index * ROW)?))
        .take_while(|row| !guessed || row.plausible(file))
        .collect()
}
