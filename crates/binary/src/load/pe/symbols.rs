//! The COFF symbol table, which mingw leaves in its executables.

use super::headers::Headers;
use crate::bytes::{Bytes, padded};
use crate::{Loaded, StartSource};
use cognate_base::{Budget, Place};

const ROW: u64 = 18;
const EXTERNAL: u8 = 2;
const STATIC: u8 = 3;
const FUNCTION: u16 = 0x20;

/// Notes a start and a name for each function symbol.
pub(super) fn read(loaded: &mut Loaded, headers: &Headers, bytes: &[u8], budget: &mut Budget) {
    let (table, count) = (u64::from(headers.symbols.0), u64::from(headers.symbols.1));
    if table == 0 || count == 0 || loaded.image.format == crate::Format::PeMemory {
        return;
    }
    let available = bytes.from(table).len() as u64 / ROW;
    if available < count {
        loaded.gap(Place::File(table), "COFF symbol table", "truncated, or its count is damaged");
    }
    let strings = table + count * ROW;
    let mut index = 0;
    while index < count.min(available) {
        if budget.spend(1).is_err() {
            return;
        }
        let at = table + index * ROW;
        let auxiliary = symbol(loaded, headers, bytes, at, strings, budget).unwrap_or(0);
        index += 1 + u64::from(auxiliary);
    }
}

/// Reads one row; gives the number of auxiliary rows behind it.
fn symbol(
    loaded: &mut Loaded,
    headers: &Headers,
    bytes: &[u8],
    at: u64,
    strings: u64,
    budget: &mut Budget,
) -> Option<u8> {
    let value = bytes.u32_at(at + 8)?;
    let section = bytes.u16_at(at + 12)?;
    let (kind, class, auxiliary) = (bytes.u16_at(at + 14)?, bytes.u8_at(at + 16)?, bytes.u8_at(at + 17)?);
    if kind != FUNCTION || !matches!(class, EXTERNAL | STATIC) {
        return Some(auxiliary);
    }
    if let Some(row) = usize::from(section).checked_sub(1).and_then(|index| headers.sections.get(index)) {
        let address = loaded.image.base + u64::from(row.rva) + u64::from(value);
        loaded.start(address, None, StartSource::Symbol, budget);
        match bytes.u32_at(at)? {
            0 => loaded.name_from(address, bytes.from(strings + u64::from(bytes.u32_at(at + 4)?)), budget),
            _ => loaded.name(address, &bytes.slice(at, 8).map(padded).unwrap_or_default(), budget),
        }
    }
    Some(auxiliary)
}
