//! From what a function refers to, to its anchors: constants, texts, imports, tables.
//!
//! A hash says nothing of the instruction set or container it was found in, so
//! that recompiled code still shares it.

use crate::site::{Reference, Site};
use crate::{Anchor, AnchorKind, MAX_ANCHORS, constants, import_name, strings};
use cognate_base::{hash_bytes, hex};
use cognate_binary::{CallTarget, Image};
use std::collections::BTreeSet;

/// Bytes of a table that count: both sides agree without knowing where it ends (judgement, as the next).
const TABLE_BYTES: usize = 32;
/// Different bytes a table must have among them.
const TABLE_DISTINCT: usize = 8;
/// Pointers followed from one referenced table of pointers (judgement).
const POINTERS: u64 = 4;
/// Calls looked at in one function.
const MOST_CALLS: usize = 20_000;
/// Characters of a text kept for display.
const SHOWN: usize = 80;

/// What was found before the best are chosen.
#[derive(Debug, Default)]
pub(crate) struct Found {
    items: Vec<(Anchor, u32, String)>,
    /// Where the texts that the function refers to lie, with their lengths.
    pub texts: Vec<(u64, usize)>,
}

impl Found {
    fn push(&mut self, kind: AnchorKind, content: &[u8], weight: u32, text: impl FnOnce() -> String) {
        let hash = hash_bytes(seed(kind), content);
        self.items.push((Anchor { kind, hash }, weight, text()));
    }

    /// The anchors worth keeping with their texts, both in the order of the anchors.
    ///
    /// Texts, tables and constants take turns, the heaviest of each first;
    /// imports fill what is left.
    pub(crate) fn choose(mut self) -> (Vec<Anchor>, Vec<String>) {
        self.items.sort_by_key(|item| (item.0.kind, std::cmp::Reverse(item.1), item.0.hash));
        self.items.dedup_by_key(|item| item.0);
        // the first text, table and number compete with one another, then the second; an import waits behind
        // as many as are kept, as it says least
        let mut turns = [0u32; 4];
        let mut ranked: Vec<(u32, u8, (Anchor, u32, String))> = Vec::with_capacity(self.items.len());
        for item in self.items {
            let (column, handicap) = match item.0.kind {
                AnchorKind::String => (0u8, 0),
                AnchorKind::Table => (1, 0),
                AnchorKind::Constant => (2, 0),
                AnchorKind::Import => (3, MAX_ANCHORS as u32),
            };
            let turn = turns.get_mut(usize::from(column));
            let rank = turn.map_or(0, |turn| {
                *turn += 1;
                *turn + handicap
            });
            ranked.push((rank, column, item));
        }
        ranked.sort_by_key(|item| (item.0, item.1));
        ranked.truncate(MAX_ANCHORS);
        let mut chosen: Vec<_> = ranked.into_iter().map(|(_, _, (anchor, _, text))| (anchor, text)).collect();
        chosen.sort_by_key(|item| item.0);
        chosen.into_iter().unzip()
    }
}

fn seed(kind: AnchorKind) -> u64 {
    match kind {
        AnchorKind::Constant => 0x63_6f6e_7374,
        AnchorKind::String => 0x7465_7874,
        AnchorKind::Import => 0x69_6d70_6f72,
        AnchorKind::Table => 0x0074_6162_6c65,
    }
}

/// Looks at everything the function refers to.
///
/// `thunk` gives the import behind a function that is only a jump to it.
pub(crate) fn find<'n>(
    site: &Site<'_>,
    references: &[Reference],
    thunk: impl Fn(u64) -> Option<&'n str>,
) -> Found {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    let jumps: BTreeSet<u64> = site.function.tables.iter().map(|table| table.table).collect();
    for reference in references {
        match *reference {
            Reference::Constant(value) => number(value, &mut found),
            Reference::Address(address) if seen.insert(address) => refer(site, &jumps, address, &mut found),
            Reference::Load { address, bytes } if seen.insert(address) => {
                load(site, &jumps, address, bytes, &mut found)
            }
            _ => {}
        }
    }
    for call in site.function.calls.iter().take(MOST_CALLS) {
        let name = match call.target {
            CallTarget::Import(slot) => site.hints.imports.get(&slot).map(|import| import.name.as_str()),
            CallTarget::Function(address) => thunk(address),
            CallTarget::Unknown => None,
        };
        if let Some(name) = name {
            import(name, &mut found);
        }
    }
    found
}

fn number(value: u64, found: &mut Found) {
    if let Some(value) = constants::telling(value) {
        let runs = (value ^ (value << 1)).count_ones();
        found.push(AnchorKind::Constant, &value.to_le_bytes(), runs, || format!("{value:#x}"));
    }
}

fn import(name: &str, found: &mut Found) {
    if let Some(name) = import_name::telling(name) {
        found.push(AnchorKind::Import, name.as_bytes(), name.len() as u32, || shown(name));
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// An address is taken: of a text, a table, a pointer or an import's slot.
fn refer(site: &Site<'_>, jumps: &BTreeSet<u64>, address: u64, found: &mut Found) {
    if let Some(known) = site.hints.imports.get(&address) {
        return import(&known.name, found);
    }
    if text(site.image, address, found) {
        return;
    }
    let width = site.image.arch.pointer_bytes() as u64;
    let mut pointers = 0;
    for slot in (0..POINTERS).map(|number| address.saturating_add(number * width)) {
        match site.hints.relocations.get(&slot) {
            Some(&target) => {
                text(site.image, target, found);
                pointers += 1;
            }
            None => break,
        }
    }
    if pointers == 0 {
        table(site, jumps, address, found);
    }
}

/// Memory is read: an import's slot, a pointer, a number.
fn load(site: &Site<'_>, jumps: &BTreeSet<u64>, address: u64, bytes: u8, found: &mut Found) {
    if let Some(known) = site.hints.imports.get(&address) {
        return import(&known.name, found);
    }
    if let Some(&target) = site.hints.relocations.get(&address) {
        if !text(site.image, target, found) {
            table(site, jumps, target, found);
        }
        return;
    }
    if !read_only(site.image, address) {
        return;
    }
    match bytes {
        4 | 8 => {
            if let Some(value) = site.image.read_uint(address, usize::from(bytes)) {
                literal(value, bytes, found);
            }
        }
        16.. => table(site, jumps, address, found),
        _ => {}
    }
}

/// A number in data: floating-point literals of few digits tell nothing.
fn literal(value: u64, bytes: u8, found: &mut Found) {
    let round = if bytes == 8 { 44 } else { 18 };
    if value.trailing_zeros() < round {
        number(value, found);
    }
}

fn read_only(image: &Image, address: u64) -> bool {
    image.segment_at(address).is_some_and(|segment| !segment.writable)
}

fn text(image: &Image, address: u64, found: &mut Found) -> bool {
    let Some(text) = strings::text_at(image, address) else { return false };
    found.texts.push((address, text.len()));
    found.push(AnchorKind::String, text.as_bytes(), text.len() as u32, || shown(&text));
    true
}

/// Read-only data that is no table of jumps (`jumps` are those of the function) and no text.
fn table(site: &Site<'_>, jumps: &BTreeSet<u64>, address: u64, found: &mut Found) {
    // `__ImageBase` and `__dso_handle`: the file's own header is no table
    if address == site.image.base {
        return;
    }
    let Some(segment) = site.image.segment_at(address) else { return };
    let Some(bytes) = site.image.read(address, TABLE_BYTES) else { return };
    let jumps = jumps.contains(&address);
    let mut pointers = site.hints.relocations.range(address..address.saturating_add(TABLE_BYTES as u64));
    let pointers = pointers.next().is_some();
    if segment.writable || segment.executable || jumps || pointers || holds_pointers(site, bytes) {
        return;
    }
    let distinct = distinct(bytes);
    if distinct >= TABLE_DISTINCT {
        let text = || hex(bytes.get(..16).unwrap_or(bytes)) + "…";
        found.push(AnchorKind::Table, bytes, distinct as u32, text);
    }
}

/// Whether two or more words of the table are addresses of the image.
fn holds_pointers(site: &Site<'_>, bytes: &[u8]) -> bool {
    let width = site.image.arch.pointer_bytes();
    let pointer = |word: &[u8]| {
        let value = word.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        value >= 0x1_0000 && site.image.is_mapped(value)
    };
    bytes.chunks_exact(width).filter(|word| pointer(word)).count() >= 2
}

fn distinct(bytes: &[u8]) -> usize {
    let seen = |half: u8| {
        let here = bytes.iter().filter(|byte| *byte >> 7 == half);
        here.fold(0u128, |seen, byte| seen | 1 << (byte & 0x7f)).count_ones() as usize
    };
    seen(0) + seen(1)
}
