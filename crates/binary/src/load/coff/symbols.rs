//! The symbol table of a COFF object: where each symbol lies, and what it says of functions.

use super::Layout;
use super::headers::Headers;
use crate::bytes::{Bytes, MAX_NAME, name};
use crate::text::cut;
use crate::{Loaded, StartSource};
use cognate_base::{Budget, Exhausted};

const EXTERNAL: u8 = 2;
const STATIC: u8 = 3;
/// The name of the source, in the rows behind.
pub(super) const FILE: u8 = 103;
/// Another symbol stands for it where nobody defines it.
const WEAK: u8 = 105;
/// The type of a function.
const FUNCTION: u16 = 0x20;
/// The section number of an absolute value.
const ABSOLUTE: u32 = u32::MAX;
/// Numbers from here on are no sections.
const NO_SECTION: u32 = u32::MAX - 1;
/// Room in memory that stands for a symbol of another object.
pub(super) const SLOT: u64 = 16;

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Symbol {
    /// Where in the file it lies.
    pub at: u64,
    pub value: u32,
    /// Counted from 1; 0 is another object's.
    pub section: u32,
    kind: u16,
    pub class: u8,
    /// Rows behind it that belong to it.
    pub auxiliary: u8,
}

impl Symbol {
    /// Reads the row of that index.
    pub fn read(headers: &Headers, bytes: &[u8], index: u64) -> Option<Symbol> {
        let (table, count) = headers.symbols;
        let at = (index < count).then(|| table + index * headers.symbol_bytes())?;
        let tail = at + if headers.big { 16 } else { 14 };
        let section = if headers.big {
            bytes.u32_at(at + 12)?
        } else {
            // Numbers below zero are no sections.
            match bytes.u16_at(at + 12)? {
                number @ 0xfffe.. => u32::from(number) | 0xffff_0000,
                number => number.into(),
            }
        };
        Some(Symbol {
            at,
            value: bytes.u32_at(at + 8)?,
            section,
            kind: bytes.u16_at(tail)?,
            class: bytes.u8_at(tail + 2)?,
            auxiliary: bytes.u8_at(tail + 3)?,
        })
    }

    /// Whether another object or library has it, or the linker makes room for it.
    fn is_undefined(&self) -> bool {
        self.section == 0 && matches!(self.class, EXTERNAL | WEAK)
    }

    /// Starts with its name, which up to eight bytes have no end.
    pub fn name(&self, headers: &Headers, bytes: &[u8]) -> Option<String> {
        if bytes.u32_at(self.at)? != 0 {
            let field = bytes.slice(self.at, 8)?;
            let len = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
            return field.get(..len).map(|name| cut(name, MAX_NAME));
        }
        name(headers.strings(bytes).from(bytes.u32_at(self.at + 4)?.into()))
    }
}

/// Calls `visit` for every symbol with its index, but for what the budget does not reach.
pub(super) fn each(
    headers: &Headers,
    bytes: &[u8],
    budget: &mut Budget,
    visit: &mut dyn FnMut(u64, Symbol, &mut Budget),
) {
    let mut index = 0;
    while let Some(symbol) = Symbol::read(headers, bytes, index) {
        if budget.spend(1).is_err() {
            return;
        }
        visit(index, symbol, budget);
        index += 1 + u64::from(symbol.auxiliary);
    }
}

/// The indices of symbols that are not in this object, ascending.
pub(super) fn undefined(headers: &Headers, bytes: &[u8], budget: &mut Budget) -> Result<Vec<u64>, Exhausted> {
    let mut found = Vec::new();
    each(headers, bytes, budget, &mut |index, symbol, budget| {
        if symbol.is_undefined() && budget.keep(size_of::<u64>() as u64).is_ok() {
            found.push(index);
        }
    });
    budget.exhausted().map_or(Ok(found), Err)
}

/// Where the symbol of that index came to lie: `None` where that is not known.
pub(super) fn address(layout: &Layout<'_>, index: u64) -> Option<u64> {
    let symbol = Symbol::read(layout.headers, layout.bytes, index)?;
    if symbol.class == WEAK && symbol.section == 0 {
        let default =
            Symbol::read(layout.headers, layout.bytes, index + 1).filter(|_| symbol.auxiliary > 0)?;
        let default = layout.bytes.u32_at(default.at)?;
        let default = Symbol::read(layout.headers, layout.bytes, default.into());
        // Nothing, as an absolute zero, is no default: another object may have it.
        let default = default.filter(|symbol| symbol.section != ABSOLUTE);
        if let Some(address) = default.and_then(|symbol| defined(layout, &symbol)) {
            return Some(address);
        }
    }
    defined(layout, &symbol).or_else(|| layout.slot(index))
}

/// Where a symbol of this object lies.
fn defined(layout: &Layout<'_>, symbol: &Symbol) -> Option<u64> {
    match symbol.section {
        0 | NO_SECTION => None,
        ABSOLUTE => Some(symbol.value.into()),
        number => {
            let address = layout.addresses.get(usize::try_from(number - 1).ok()?)?;
            (*address != 0).then(|| address.wrapping_add(symbol.value.into()))
        }
    }
}

/// Notes starts and names of functions, and what other objects have.
pub(super) fn read(loaded: &mut Loaded, layout: &Layout<'_>, budget: &mut Budget) {
    let (headers, bytes) = (layout.headers, layout.bytes);
    each(headers, bytes, budget, &mut |index, symbol, budget| {
        if symbol.is_undefined() {
            // With a value it is a variable that the linker makes room for.
            let slot = layout.slot(index).filter(|&slot| symbol.value == 0 && loaded.wants_import(slot));
            if let Some((slot, name)) = slot.zip(symbol.name(headers, bytes)) {
                let name = name.strip_prefix("__imp_").unwrap_or(&name);
                loaded.import(slot, None, name, budget);
            }
            return;
        }
        let function = symbol.kind == FUNCTION && matches!(symbol.class, EXTERNAL | STATIC);
        // Assemblers leave the type of what they export away.
        let exported = symbol.kind == 0 && symbol.class == EXTERNAL;
        if !(function || exported) || symbol.section >= NO_SECTION {
            return;
        }
        let Some(address) = defined(layout, &symbol) else { return };
        let source = if function { StartSource::Symbol } else { StartSource::Export };
        if loaded.start(address, None, source, budget)
            && loaded.wants_name(address)
            && let Some(name) = symbol.name(headers, bytes)
        {
            loaded.name(address, &name, budget);
        }
    });
}
