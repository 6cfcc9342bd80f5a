//! The headers of an ELF file, read with the assumption that any field may lie.

use super::super::draft::{push_code_gap, push_gap};
use crate::Arch;
use crate::bytes::{Bytes, find, text};
use crate::ranges::Ranges;
use cognate_base::{Budget, Gap, Place};

/// More sections than this are not read. Judgement.
const MAX_SECTIONS: u64 = 1 << 16;
/// More program headers than this are not read. Judgement.
const MAX_PROGRAM_HEADERS: u64 = 1 << 10;
/// Segments are mapped in whole pages.
const PAGE: u64 = 0x1000;
const LOAD: u32 = 1;
const ALLOC: u64 = 2;
const EXECUTE: u64 = 4;
const NO_BITS: u32 = 8;

/// What the headers say.
#[derive(Debug, Default)]
pub(super) struct Headers {
    pub wide: bool,
    pub machine: u16,
    /// 1 relocatable, 2 executable, 3 shared.
    pub kind: u16,
    pub entry: u64,
    /// How far above the addresses in the file everything lies, where it was loaded.
    pub shift: u64,
    pub programs: Vec<Program>,
    pub sections: Vec<Section>,
}

/// One program header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub address: u64,
    pub file_bytes: u64,
    pub size: u64,
}

/// One section header.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub name: String,
    name_at: u32,
    pub kind: u32,
    pub flags: u64,
    pub address: u64,
    pub offset: u64,
    pub size: u64,
    pub link: u32,
}

impl Section {
    pub fn allocated(&self) -> bool {
        self.flags & ALLOC != 0
    }

    pub fn executable(&self) -> bool {
        self.flags & EXECUTE != 0
    }

    pub fn writable(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Bytes that the file holds of it.
    pub fn file_bytes(&self) -> u64 {
        if self.kind == NO_BITS { 0 } else { self.size }
    }

    fn inside(&self, file: u64) -> bool {
        self.offset.checked_add(self.file_bytes()).is_some_and(|end| end <= file)
    }
}

impl Headers {
    /// Reads the headers; `None` when neither segments nor sections can be found.
    pub fn find(bytes: &[u8], gaps: &mut Vec<Gap>, budget: &mut Budget) -> Option<Headers> {
        let magic = bytes.starts_with(b"\x7fELF");
        let wide = class(bytes, gaps);
        let word =
            |narrow_at, wide_at| bytes.word_at(if wide { wide_at } else { narrow_at }, wide).unwrap_or(0);
        let half = |narrow_at, wide_at| bytes.u16_at(if wide { wide_at } else { narrow_at }).unwrap_or(0);
        let mut headers = Headers { wide, ..Headers::default() };
        headers.kind = half(16, 16);
        headers.machine = half(18, 18);
        headers.entry = word(24, 24);
        headers.programs = headers.find_programs(bytes, word(28, 32), half(44, 56), gaps);
        headers.sections = headers.find_sections(bytes, word(32, 40), half(48, 60), gaps);
        headers.name_sections(bytes, half(50, 62), budget);
        let loads = headers.programs.iter().filter(|program| program.kind == LOAD).count();
        let code = headers.sections.iter().any(|section| section.executable() && section.name == ".text");
        (magic && (loads > 0 || !headers.sections.is_empty()) || code).then_some(headers)
    }

    /// Takes the file as it lies in memory from `base` on: by its segments, which hold all their bytes there.
    pub fn map_at(&mut self, base: u64) {
        self.sections.clear();
        let loads = self.programs.iter().filter(|program| program.loads());
        let first = loads.map(|program| program.address & !(PAGE - 1)).min().unwrap_or(0);
        self.shift = base.wrapping_sub(first);
        for program in &mut self.programs {
            program.offset = program.address.wrapping_sub(first);
            program.address = program.address.wrapping_add(self.shift);
            program.file_bytes = program.size;
        }
        self.entry = if self.entry == 0 { 0 } else { self.entry.wrapping_add(self.shift) };
    }

    fn find_programs(&self, bytes: &[u8], at: u64, count: u16, gaps: &mut Vec<Gap>) -> Vec<Program> {
        let file = bytes.len() as u64;
        let sane =
            |rows: &[Program]| rows.iter().any(|row| row.kind == LOAD && row.offset < file && row.size > 0);
        let rows = self.programs_at(bytes, at, u64::from(count).min(MAX_PROGRAM_HEADERS));
        if u64::from(count) > rows.len() as u64 && rows.len() as u64 == MAX_PROGRAM_HEADERS {
            push_code_gap(gaps, Place::File(at), "program headers", "more than are read");
        }
        if sane(&rows) || self.kind == 1 {
            return rows;
        }
        let behind = if self.wide { 64 } else { 52 };
        let mut rows = self.programs_at(bytes, behind, 32);
        let len = rows.iter().position(|row| !row.plausible(file)).unwrap_or(rows.len());
        rows.truncate(len);
        if sane(&rows) {
            push_gap(gaps, Place::File(at), "program headers", "not where the header says; found behind it");
            return rows;
        }
        push_gap(gaps, Place::File(at), "program headers", "unreadable");
        Vec::new()
    }

    fn programs_at(&self, bytes: &[u8], at: u64, count: u64) -> Vec<Program> {
        let row = if self.wide { 56 } else { 32 };
        (0..count).map_while(|index| Program::read(bytes, at.checked_add(index * row)?, self.wide)).collect()
    }

    fn find_sections(&self, bytes: &[u8], at: u64, count: u16, gaps: &mut Vec<Gap>) -> Vec<Section> {
        let file = bytes.len() as u64;
        let row: u64 = if self.wide { 64 } else { 40 };
        let mut count = u64::from(count);
        if count == 0 && at != 0 {
            // More than 65,279 sections: the count is in the first one.
            count = Section::read(bytes, at, self.wide).map_or(0, |first| first.size);
            if count > MAX_SECTIONS {
                push_code_gap(gaps, Place::File(at), "section headers", "more than are read");
                count = MAX_SECTIONS;
            }
        }
        let rows = self.sections_at(bytes, at, count);
        let good = rows.iter().filter(|section| section.inside(file)).count();
        if at != 0 && rows.len() > 1 && good * 2 > rows.len() {
            if (rows.len() as u64) < count {
                push_gap(gaps, Place::File(at), "section headers", "truncated");
            }
            return rows;
        }
        // Linkers put the table at the end of the file, behind the names.
        let found = (3..200u64).rev().find_map(|count| {
            let at = file.checked_sub(count * row)?;
            let rows = self.sections_at(bytes, at, count);
            let (first, rest) = rows.split_first()?;
            let empty = first.kind == 0 && first.offset == 0 && first.size == 0 && first.flags == 0;
            let fits = rest.iter().all(|row| row.inside(file) && row.kind != 0)
                && rest.iter().any(Section::executable);
            (empty && fits).then_some(rows)
        });
        if at != 0 || count != 0 || found.is_some() {
            let reason =
                if found.is_some() { "not where the header says; found at the end" } else { "unreadable" };
            push_gap(gaps, Place::File(at), "section headers", reason);
        }
        found.unwrap_or_default()
    }

    fn sections_at(&self, bytes: &[u8], at: u64, count: u64) -> Vec<Section> {
        let row = if self.wide { 64 } else { 40 };
        (0..count.min(MAX_SECTIONS))
            .map_while(|index| Section::read(bytes, at.checked_add(index * row)?, self.wide))
            .collect()
    }

    fn name_sections(&mut self, bytes: &[u8], index: u16, budget: &mut Budget) {
        let table = |section: &Section| bytes.slice(section.offset, section.size);
        // Sections that share their bytes are searched once.
        let mut searched = Ranges::default();
        let mut names = |section: &&Section| {
            let (start, size) = (section.offset, section.size);
            section.kind == 3
                && searched.claim(start, start.saturating_add(size))
                && table(section).is_some_and(|table| {
                    budget.spend(1 + size / 64).is_ok() && find(table, b".shstrtab\0").is_some()
                })
        };
        let said = self.sections.get(usize::from(index)).filter(&mut names);
        let named = said.or_else(|| self.sections.iter().find(&mut names));
        let Some(names) = named.and_then(table) else { return };
        for section in &mut self.sections {
            section.name = text(names.from(section.name_at.into()), 256).unwrap_or_default();
        }
    }

    /// The section of that name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The instruction set that the machine field names, if it is ours; the
    /// error is the number of another one.
    pub fn arch(&self) -> Option<Result<Arch, u16>> {
        match self.machine {
            3 | 6 => Some(Ok(Arch::X86)),
            62 => Some(Ok(Arch::X86_64)),
            183 => Some(Ok(Arch::Aarch64)),
            0 => None,
            other => Some(Err(other)),
        }
    }
}

impl Program {
    fn read(bytes: &[u8], at: u64, wide: bool) -> Option<Program> {
        let word =
            |narrow_at, wide_at| bytes.word_at(at.checked_add(if wide { wide_at } else { narrow_at })?, wide);
        Some(Program {
            kind: bytes.u32_at(at)?,
            flags: bytes.u32_at(at.checked_add(if wide { 4 } else { 24 })?)?,
            offset: word(4, 8)?,
            address: word(8, 16)?,
            file_bytes: word(16, 32)?,
            size: word(20, 40)?,
        })
    }

    fn plausible(&self, file: u64) -> bool {
        let known = self.kind < 8 || (0x6474_e550..=0x6474_e554).contains(&self.kind);
        known && self.flags < 8 && self.offset <= file && self.file_bytes <= file
    }

    /// Whether it loads memory.
    pub fn loads(&self) -> bool {
        self.kind == LOAD && self.size > 0
    }
}

impl Section {
    fn read(bytes: &[u8], at: u64, wide: bool) -> Option<Section> {
        let half =
            |narrow_at, wide_at| bytes.u32_at(at.checked_add(if wide { wide_at } else { narrow_at })?);
        let word =
            |narrow_at, wide_at| bytes.word_at(at.checked_add(if wide { wide_at } else { narrow_at })?, wide);
        Some(Section {
            name: String::new(),
            name_at: half(0, 0)?,
            kind: half(4, 4)?,
            flags: word(8, 8)?,
            address: word(12, 16)?,
            offset: word(16, 24)?,
            size: word(20, 32)?,
            link: half(24, 40)?,
        })
    }
}

/// 64-bit or 32-bit, by the sizes of the tables' rows where they agree on it.
fn class(bytes: &[u8], gaps: &mut Vec<Gap>) -> bool {
    let said = match bytes.u8_at(4) {
        Some(1) => Some(false),
        Some(2) => Some(true),
        _ => None,
    };
    let half = |at| bytes.u16_at(at);
    let wide =
        u8::from(half(52) == Some(64)) + u8::from(half(54) == Some(56)) + u8::from(half(58) == Some(64));
    let narrow =
        u8::from(half(40) == Some(52)) + u8::from(half(42) == Some(32)) + u8::from(half(46) == Some(40));
    match said {
        Some(said) if wide.max(narrow) < 2 || said == (wide > narrow) => said,
        _ => {
            push_gap(gaps, Place::File(4), "ELF class", "not believable; told by the size of the tables");
            wide >= narrow
        }
    }
}
