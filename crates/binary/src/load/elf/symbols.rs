//! ELF symbol tables: starts, ends and names of functions.

use super::headers::{Headers, Section};
use crate::bytes::Bytes;
use crate::ranges::Ranges;
use crate::{Loaded, StartSource};
use cognate_base::{Budget, Place};

const FUNCTION: u8 = 2;
/// `STT_GNU_IFUNC`: the symbol is a function that chooses another one.
const CHOOSER: u8 = 10;

/// One symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol {
    pub name: u32,
    pub info: u8,
    pub section: u16,
    pub value: u64,
    pub size: u64,
}

impl Symbol {
    /// Reads the row that `row` starts with.
    pub fn read(row: &[u8], wide: bool) -> Option<Symbol> {
        let (info, section, value, size) = if wide { (4, 6, 8, 16) } else { (12, 14, 4, 8) };
        Some(Symbol {
            name: row.u32_at(0)?,
            info: row.u8_at(info)?,
            section: row.u16_at(section)?,
            value: row.word_at(value, wide)?,
            size: row.word_at(size, wide)?,
        })
    }

    /// Whether it names code.
    pub fn is_function(&self) -> bool {
        matches!(self.info & 0xf, FUNCTION | CHOOSER) && self.section != 0
    }
}

/// Bytes of a row.
pub(super) fn row_bytes(wide: bool) -> u64 {
    if wide { 24 } else { 16 }
}

/// Reads the symbol tables that sections name.
pub(super) fn read(
    loaded: &mut Loaded,
    headers: &Headers,
    addresses: &[u64],
    bytes: &[u8],
    budget: &mut Budget,
) {
    let mut tables = Ranges::default();
    for section in headers.sections.iter().filter(|section| matches!(section.kind, 2 | 11)) {
        if !tables.claim(section.offset, section.offset.saturating_add(section.size)) {
            let place = Place::File(section.offset);
            loaded.code_gap(place, "symbol table", "lies over another one; not read");
            continue;
        }
        table(loaded, headers, addresses, section, bytes, budget);
    }
}

fn table(
    loaded: &mut Loaded,
    headers: &Headers,
    addresses: &[u64],
    section: &Section,
    bytes: &[u8],
    budget: &mut Budget,
) {
    let row = row_bytes(headers.wide);
    let table = bytes.from(section.offset);
    let table = table.up_to(0, section.size);
    if (table.len() as u64) < section.size {
        loaded.gap(Place::File(section.offset), "symbol table", "truncated");
    }
    let strings = usize::try_from(section.link).ok().and_then(|link| headers.sections.get(link));
    let strings = strings.map_or(&[][..], |strings| bytes.from(strings.offset));
    for index in 0..table.len() as u64 / row {
        if budget.spend(1).is_err() {
            return;
        }
        let Some(symbol) = Symbol::read(table.from(index * row), headers.wide) else { return };
        let shift =
            if headers.kind == 1 { addresses.get(usize::from(symbol.section)).copied() } else { Some(0) };
        if let Some(address) = shift.and_then(|shift| shift.checked_add(symbol.value)) {
            note(loaded, &symbol, address, strings, budget);
        }
    }
}

/// Notes a function symbol at its address.
fn note(loaded: &mut Loaded, symbol: &Symbol, address: u64, strings: &[u8], budget: &mut Budget) {
    if !symbol.is_function() {
        return;
    }
    let end = (symbol.size > 0).then(|| address.checked_add(symbol.size)).flatten();
    if loaded.start(address, end, StartSource::Symbol, budget) {
        loaded.name_from(address, strings.from(symbol.name.into()), budget);
    }
}
