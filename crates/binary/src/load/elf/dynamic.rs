//! The dynamic section: what the loader of the operating system would do with
//! the file. It is read from memory, so it works without section headers.

use super::headers::Headers;
use super::symbols::{self, Symbol};
use crate::bytes::{name, text};
use crate::ranges::Ranges;
use crate::{Arch, Loaded, StartSource};
use cognate_base::{Budget, Place};
use std::collections::BTreeMap;

/// More entries than this are not read. Judgement.
const MAX_ENTRIES: u64 = 4096;

/// Entries of the dynamic section that are read here.
mod tag {
    pub const NEEDED: u64 = 1;
    pub const PLT_RELOCATION_BYTES: u64 = 2;
    pub const PLT_GOT: u64 = 3;
    pub const STRINGS: u64 = 5;
    pub const SYMBOLS: u64 = 6;
    pub const RELA: u64 = 7;
    pub const RELA_BYTES: u64 = 8;
    pub const INIT: u64 = 12;
    pub const FINI: u64 = 13;
    pub const SONAME: u64 = 14;
    pub const REL: u64 = 17;
    pub const REL_BYTES: u64 = 18;
    pub const PLT_RELOCATIONS: u64 = 23;
    pub const INIT_ARRAY: u64 = 25;
    pub const FINI_ARRAY: u64 = 26;
    pub const INIT_ARRAY_BYTES: u64 = 27;
    pub const FINI_ARRAY_BYTES: u64 = 28;
    pub const PREINIT_ARRAY: u64 = 32;
    pub const PREINIT_ARRAY_BYTES: u64 = 33;
    pub const RELR_BYTES: u64 = 35;
    pub const RELR: u64 = 36;
}

/// What the traits want to know of it.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    pub needed: Vec<String>,
    pub soname: Option<String>,
    pub exports: u64,
}

struct Tables<'a> {
    values: BTreeMap<u64, u64>,
    headers: &'a Headers,
    /// Symbols that relocations name may be as many as this.
    symbols: u64,
}

/// What relocations write into code: the loader makes distances of symbols that may be another file's.
#[derive(Default)]
struct InCode {
    /// Where those symbols are taken to lie, [`OUTSIDE_BYTES`] each, once the first of them is seen.
    outside: Option<Option<u64>>,
    words: Vec<(u64, u32)>,
}

/// Bytes of memory for each symbol, where those of other files are to have addresses.
const OUTSIDE_BYTES: u64 = 8;
/// What a word to be written takes until it is.
const WORD_BYTES: u64 = size_of::<(u64, u32)>() as u64;

/// Reads the dynamic section and everything it points to.
pub(super) fn read(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) -> Dynamic {
    let mut dynamic = Dynamic::default();
    let program = headers.programs.iter().find(|program| program.kind == 2).map(|program| program.address);
    let section = headers.section(".dynamic").map(|section| section.address);
    let mut tables = Tables { values: BTreeMap::new(), headers, symbols: 0 };
    let candidates = [program, section];
    let mapped = candidates.into_iter().flatten().find(|&at| loaded.image.is_mapped(at));
    if let Some(at) = mapped {
        if !entries(loaded, at, &mut tables.values, &mut dynamic, headers.wide) {
            loaded.gap(Place::Address(at), "dynamic section", "more entries than are read");
        }
    } else if program.or(section).is_some() {
        loaded.gap(Place::Whole, "dynamic section", "points outside the image");
    }
    tables.exports(loaded, &mut dynamic, budget);
    tables.relocations(loaded, budget);
    tables.initialisers(loaded, budget);
    if loaded.image.arch == Arch::X86 {
        let section =
            headers.section(".got.plt").or_else(|| headers.section(".got")).map(|section| section.address);
        loaded.hints.got = tables.value(tag::PLT_GOT).or(section).filter(|&got| loaded.image.is_mapped(got));
    }
    dynamic
}

/// Reads the entries; whether there are no more of them than are read.
fn entries(
    loaded: &Loaded,
    at: u64,
    values: &mut BTreeMap<u64, u64>,
    dynamic: &mut Dynamic,
    wide: bool,
) -> bool {
    let width: usize = if wide { 8 } else { 4 };
    let mut names = Vec::new();
    let mut ends = false;
    for index in 0..MAX_ENTRIES {
        let at = at.saturating_add(index * 2 * width as u64);
        let value = at.checked_add(width as u64).and_then(|at| loaded.image.read_uint(at, width));
        ends = true;
        let (Some(tag), Some(value)) = (loaded.image.read_uint(at, width), value) else { break };
        if tag == 0 {
            break;
        }
        ends = false;
        match tag {
            tag::NEEDED => names.push(value),
            _ => drop(values.insert(tag, value)),
        }
    }
    let strings = values.get(&tag::STRINGS).copied().unwrap_or(0);
    let name = |offset: u64| text(loaded.image.tail(strings.checked_add(offset)?), 1024);
    dynamic.needed = names.into_iter().filter_map(name).collect();
    dynamic.soname = values.get(&tag::SONAME).and_then(|&offset| name(offset));
    ends
}

impl Tables<'_> {
    fn value(&self, tag: u64) -> Option<u64> {
        self.values.get(&tag).copied().filter(|&value| value != 0)
    }

    /// An address, which the loader of the operating system may have changed to where it is or not.
    fn place(&self, loaded: &Loaded, tag: u64) -> Option<u64> {
        let value = self.value(tag)?;
        Some(if loaded.image.is_mapped(value) { value } else { value.wrapping_add(self.headers.shift) })
    }

    fn symbol(&self, loaded: &Loaded, index: u64) -> Option<Symbol> {
        let row = symbols::row_bytes(self.headers.wide);
        let at = self.place(loaded, tag::SYMBOLS)?.checked_add(index.checked_mul(row)?)?;
        let mut symbol = Symbol::read(loaded.image.read(at, row as usize)?, self.headers.wide)?;
        symbol.value = symbol.value.wrapping_add(self.headers.shift);
        Some(symbol)
    }

    fn name(&self, loaded: &Loaded, symbol: &Symbol) -> Option<String> {
        let at = self.place(loaded, tag::STRINGS)?.checked_add(symbol.name.into())?;
        name(loaded.image.tail(at))
    }

    /// Dynamic symbols; nobody says how many, but the strings usually follow them.
    fn exports(&mut self, loaded: &mut Loaded, dynamic: &mut Dynamic, budget: &mut Budget) {
        let (Some(table), Some(strings)) =
            (self.place(loaded, tag::SYMBOLS), self.place(loaded, tag::STRINGS))
        else {
            return;
        };
        let row = symbols::row_bytes(self.headers.wide);
        let end = self.headers.sections.iter().find(|section| section.kind == 11 && section.address == table);
        let bytes = end.map_or(strings.saturating_sub(table), |section| section.size);
        self.symbols = bytes.min(loaded.image.tail(table).len() as u64) / row;
        let has_section = end.is_some();
        for index in 1..self.symbols {
            if budget.spend(1).is_err() {
                return;
            }
            let Some(symbol) = self.symbol(loaded, index) else { return };
            dynamic.exports += u64::from(symbol.section != 0 && symbol.info >> 4 != 0);
            if !has_section && symbol.is_function() {
                let end = (symbol.size > 0).then(|| symbol.value.checked_add(symbol.size)).flatten();
                loaded.start(symbol.value, end, StartSource::Symbol, budget);
                if let Some(place) = strings.checked_add(symbol.name.into()) {
                    loaded.name_at(symbol.value, place, budget);
                }
            }
        }
    }

    fn relocations(&self, loaded: &mut Loaded, budget: &mut Budget) {
        let wide = self.headers.wide;
        let table = |at, bytes| self.place(loaded, at).zip(self.value(bytes));
        let relative = table(tag::RELR, tag::RELR_BYTES);
        let mut code = InCode::default();
        let plt = table(tag::PLT_RELOCATIONS, tag::PLT_RELOCATION_BYTES);
        for (found, addend) in [
            (table(tag::RELA, tag::RELA_BYTES), true),
            (table(tag::REL, tag::REL_BYTES), false),
            (plt, loaded.image.arch != Arch::X86),
        ] {
            if let Some((at, bytes)) = found {
                self.relocation_table(loaded, (at, bytes), addend, &mut code, budget);
            }
        }
        if let Some((at, bytes)) = relative {
            relative_table(loaded, at, bytes, if wide { 8 } else { 4 }, budget);
        }
        if self.values.is_empty() && self.headers.kind != 1 {
            // A static executable: only the choosers are left.
            let mut tables = Ranges::default();
            for section in self.headers.sections.iter().filter(|section| matches!(section.kind, 4 | 9)) {
                if !tables.claim(section.address, section.address.saturating_add(section.size)) {
                    continue; // the same table once more
                }
                let table = (section.address, section.size);
                self.relocation_table(loaded, table, section.kind == 4, &mut code, budget);
            }
        }
        loaded.write_words(&code.words, budget);
        budget.release(WORD_BYTES * code.words.len() as u64);
    }

    fn relocation_table(
        &self,
        loaded: &mut Loaded,
        (at, bytes): (u64, u64),
        addend: bool,
        code: &mut InCode,
        budget: &mut Budget,
    ) {
        let width: u64 = if self.headers.wide { 8 } else { 4 };
        let row = width * if addend { 3 } else { 2 };
        let available = loaded.image.tail(at).len() as u64;
        if available < bytes {
            loaded.gap(Place::Address(at), "relocations", "truncated, or their size is damaged");
        }
        for index in 0..bytes.min(available) / row {
            if budget.spend(1).is_err() {
                return;
            }
            self.relocate(loaded, at + index * row, width, addend, code, budget);
        }
    }

    fn relocate(
        &self,
        loaded: &mut Loaded,
        at: u64,
        width: u64,
        addend: bool,
        code: &mut InCode,
        budget: &mut Budget,
    ) -> Option<()> {
        let word = |index: u64| loaded.image.read_uint(at + index * width, width as usize);
        let (slot, info) = (word(0)?.wrapping_add(self.headers.shift), word(1)?);
        let (index, kind) =
            if width == 8 { (info >> 32, info & 0xffff_ffff) } else { (info >> 8, info & 0xff) };
        let meaning = meaning(loaded.image.arch, kind)?;
        let stored = if meaning == Meaning::Distance { 4 } else { width as usize };
        let shift = if meaning == Meaning::Relative { self.headers.shift } else { 0 };
        let explicit = || word(2).map(|addend| addend.wrapping_add(shift));
        let addend = if addend { explicit() } else { loaded.image.read_uint(slot, stored) }.unwrap_or(0);
        let mask = if width == 8 { u64::MAX } else { 0xffff_ffff };
        match meaning {
            Meaning::Distance if loaded.image.is_code(slot) => {
                let target = self.target(loaded, index, code, budget)?;
                budget.keep(WORD_BYTES).ok()?;
                code.words.push((slot, target.wrapping_add(addend).wrapping_sub(slot) as u32));
            }
            Meaning::Distance => {}
            Meaning::Relative => loaded.relocation(slot, addend, budget),
            Meaning::Chooser => {
                loaded.relocation(slot, addend, budget);
                loaded.start(addend, None, StartSource::Pointer, budget);
            }
            meaning => {
                let symbol = self.symbol(loaded, index).filter(|_| index != 0)?;
                // A jump slot holds the address of its stub until it is bound: no addend.
                let addend = if meaning == Meaning::Absolute { addend } else { 0 };
                if symbol.section != 0 {
                    loaded.relocation(slot, symbol.value.wrapping_add(addend) & mask, budget);
                }
                let chosen = meaning == Meaning::Slot && symbol.info & 0xf == 10;
                if (symbol.section == 0 || chosen) && loaded.wants_import(slot) {
                    let name = self.name(loaded, &symbol)?;
                    loaded.import(slot, None, &name, budget);
                }
            }
        }
        Some(())
    }

    /// Where a symbol lies, or is taken to lie if it is another file's.
    fn target(&self, loaded: &mut Loaded, index: u64, code: &mut InCode, budget: &mut Budget) -> Option<u64> {
        let symbol = self.symbol(loaded, index).filter(|_| index != 0 && index < self.symbols)?;
        if symbol.section != 0 {
            return Some(symbol.value);
        }
        let first =
            *code.outside.get_or_insert_with(|| loaded.image.add_outside(self.symbols * OUTSIDE_BYTES));
        let outside = first? + index * OUTSIDE_BYTES;
        if loaded.wants_import(outside) {
            let name = self.name(loaded, &symbol)?;
            loaded.import(outside, None, &name, budget);
        }
        Some(outside)
    }

    fn initialisers(&self, loaded: &mut Loaded, budget: &mut Budget) {
        for (tag, name) in [(tag::INIT, "_init"), (tag::FINI, "_fini")] {
            if let Some(address) = self.place(loaded, tag) {
                loaded.start(address, None, StartSource::Entry, budget);
                loaded.name(address, name, budget);
            }
        }
        let width = loaded.image.arch.pointer_bytes() as u64;
        for (array, bytes) in [
            (tag::PREINIT_ARRAY, tag::PREINIT_ARRAY_BYTES),
            (tag::INIT_ARRAY, tag::INIT_ARRAY_BYTES),
            (tag::FINI_ARRAY, tag::FINI_ARRAY_BYTES),
        ] {
            let Some((at, bytes)) = self.place(loaded, array).zip(self.value(bytes)) else { continue };
            for index in 0..bytes.min(loaded.image.tail(at).len() as u64) / width {
                if budget.spend(1).is_err() {
                    return;
                }
                let slot = at + index * width;
                let relocated = loaded.hints.relocations.get(&slot).copied();
                if let Some(address) = relocated.or_else(|| loaded.image.read_pointer(slot)) {
                    loaded.start(address, None, StartSource::Entry, budget);
                }
            }
        }
    }
}

/// What a relocation does to its slot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Base plus addend.
    Relative,
    /// The result of calling base plus addend.
    Chooser,
    /// The address of a symbol: a GOT or PLT slot.
    Slot,
    /// The address of a symbol plus addend.
    Absolute,
    /// The same less the address of the slot, in four bytes: a call or jump in code that is not
    /// independent of its position.
    Distance,
}

fn meaning(arch: Arch, kind: u64) -> Option<Meaning> {
    Some(match (arch, kind) {
        (Arch::X86 | Arch::X86_64, 8) | (Arch::Aarch64, 1027) => Meaning::Relative,
        (Arch::X86, 42) | (Arch::X86_64, 37) | (Arch::Aarch64, 1032) => Meaning::Chooser,
        (Arch::X86 | Arch::X86_64, 6 | 7) | (Arch::Aarch64, 1025 | 1026) => Meaning::Slot,
        (Arch::X86 | Arch::X86_64, 2 | 4) => Meaning::Distance,
        (Arch::X86 | Arch::X86_64, 1) | (Arch::Aarch64, 257) => Meaning::Absolute,
        _ => return None,
    })
}

/// `DT_RELR`: an address, then bitmaps of the slots behind it.
fn relative_table(loaded: &mut Loaded, at: u64, bytes: u64, width: u64, budget: &mut Budget) {
    let mut next = 0u64;
    for index in 0..bytes.min(loaded.image.tail(at).len() as u64) / width {
        let Some(word) = loaded.image.read_uint(at + index * width, width as usize) else { return };
        // A bitmap names as many slots as it has bits set.
        let slots = if word & 1 == 0 { 1 } else { u64::from(word.count_ones()) };
        if budget.spend(slots).is_err() {
            return;
        }
        if word & 1 == 0 {
            slot(loaded, word, budget);
            next = word.wrapping_add(width);
            continue;
        }
        for bit in 1..width * 8 {
            if word >> bit & 1 != 0 {
                slot(loaded, next.wrapping_add((bit - 1) * width), budget);
            }
        }
        next = next.wrapping_add((width * 8 - 1) * width);
    }
}

fn slot(loaded: &mut Loaded, slot: u64, budget: &mut Budget) {
    if let Some(target) = loaded.image.read_pointer(slot) {
        loaded.relocation(slot, target, budget);
    }
}
