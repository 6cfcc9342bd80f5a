//! Mach-O symbols: defined functions, the exports trie, and the imports behind
//! pointers and stubs by the indirect symbol table.

use super::commands::{Commands, Part};
use crate::bytes::{Bytes, MAX_NAME, Stream, name};
use crate::ranges::Ranges;
use crate::text::cut;
use crate::{Arch, Loaded, StartSource};
use cognate_base::{Budget, Place};
use std::collections::HashSet;

/// Debugging entries; their values are no addresses of functions.
const DEBUGGING: u8 = 0xe0;
const KIND: u8 = 0x0e;
const IN_SECTION: u8 = 0x0e;
/// Bytes of a stub of three instructions.
const A64_STUB: u64 = 12;
/// `ARM64_RELOC_BRANCH26` and `X86_64_RELOC_BRANCH`.
const BRANCH: u32 = 2;
/// `ARM64_RELOC_ADDEND`: belongs to the relocation behind it.
const ADDEND: u32 = 10;
/// What a word to be written takes until it is.
const WORD_BYTES: u64 = size_of::<(u64, u32)>() as u64;
/// Bytes of memory for each symbol, where those of other files are to have addresses.
const OUTSIDE_BYTES: u64 = 8;
/// What a node of the exports trie takes while the trie is read, and its place among those seen.
const NODE_BYTES: u64 = size_of::<Node<'_>>() as u64 + 16;

struct Symbol<'a> {
    /// Starts with its name.
    name: &'a [u8],
    kind: u8,
    value: u64,
}

/// Reads the symbol table, the exports trie and the indirect symbols.
pub(super) fn read(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    if let Some([at, count, _, _]) = commands.symbols {
        let row = if commands.wide { 16 } else { 12 };
        let available = bytes.from(at.into()).len() as u64 / row;
        if available < count.into() {
            loaded.gap(Place::File(at.into()), "symbol table", "truncated");
        }
        for index in 0..u64::from(count).min(available) {
            if budget.spend(1).is_err() {
                return;
            }
            let Some(symbol) = symbol(commands, bytes, index) else { continue };
            if symbol.kind & DEBUGGING == 0 && symbol.kind & KIND == IN_SECTION && !is_temporary(symbol.name)
            {
                loaded.start(symbol.value, None, StartSource::Symbol, budget);
                loaded.name_from(symbol.value, symbol.name, budget);
            }
        }
    }
    let trie = commands.exports_trie.or(commands.dyld_info.map(|[.., exports]| exports));
    if let Some((at, size)) = trie.filter(|(_, size)| *size > 0) {
        exports(loaded, bytes.slice(at, size).unwrap_or(&[]), budget);
    }
    let mut entries = Ranges::default();
    for section in commands.sections.iter().filter(|section| matches!(section.kind, 6..=8)) {
        indirect(loaded, commands, section, bytes, &mut entries, budget);
    }
}

/// Names that assemblers make up for places inside functions.
fn is_temporary(name: &[u8]) -> bool {
    name.starts_with(b"ltmp") || matches!(name, [b'L', b'0'..=b'9', ..])
}

fn symbol<'a>(commands: &Commands, bytes: &'a [u8], index: u64) -> Option<Symbol<'a>> {
    let [at, count, strings, size] = commands.symbols?;
    if index >= count.into() {
        return None;
    }
    let at = u64::from(at) + index * if commands.wide { 16 } else { 12 };
    let names = bytes.from(strings.into());
    let names = names.up_to(0, size.into());
    Some(Symbol {
        name: names.from(bytes.u32_at(at)?.into()),
        kind: bytes.u8_at(at + 4)?,
        value: bytes.word_at(at + 8, commands.wide)?,
    })
}

/// Pointers and stubs, one indirect symbol for each; no two sections share one.
fn indirect(
    loaded: &mut Loaded,
    commands: &Commands,
    section: &Part,
    bytes: &[u8],
    entries: &mut Ranges,
    budget: &mut Budget,
) {
    let (first, stub) = section.reserved;
    let step = match (section.kind, loaded.image.arch) {
        // Go's own linker states 6 bytes, which x86 stubs have, for all instruction sets.
        (8, Arch::Aarch64) if stub % 4 != 0 => A64_STUB,
        (8, _) => u64::from(stub),
        (_, arch) => arch.pointer_bytes() as u64,
    };
    let (table, count) = commands.indirect;
    let (first, count) =
        (u64::from(first), section.file_bytes.checked_div(step).unwrap_or(0).min(count.into()));
    if !entries.claim(first, first + count) {
        return loaded.gap(Place::Address(section.address), "indirect symbols", "belong to another section");
    }
    for index in 0..count {
        if budget.spend(1).is_err() {
            return;
        }
        let Some(number) = bytes.u32_at(u64::from(table) + (first + index) * 4) else { return };
        // The two top bits mark local and absolute symbols.
        let Some(symbol) = symbol(commands, bytes, number.into()).filter(|_| number >> 30 == 0) else {
            continue;
        };
        let slot = section.address.wrapping_add(index * step);
        if symbol.kind & KIND == 0
            && loaded.wants_import(slot)
            && let Some(name) = name(symbol.name)
        {
            loaded.import(slot, None, &name, budget);
        }
    }
}

/// Notes where the branches of an object file go: to a symbol, which may be another file's.
pub(super) fn branches(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    let Some([at, count, ..]) = commands.symbols.filter(|_| commands.is_object) else { return };
    let row = if commands.wide { 16 } else { 12 };
    let available = (bytes.from(at.into()).len() as u64 / row).min(count.into());
    // One address for each symbol: those of other files have none.
    let outside = loaded.image.add_outside(available * OUTSIDE_BYTES);
    let (mut tables, mut words) = (Ranges::default(), Vec::new());
    for section in commands.sections.iter().filter(|section| section.executable) {
        let (at, count) = (u64::from(section.relocations.0), u64::from(section.relocations.1));
        let count = count.min(bytes.from(at).len() as u64 / 8);
        if count == 0 || !tables.claim(at, at + count * 8) {
            continue;
        }
        let mut addend = 0;
        for row in (0..count).map(|index| at + index * 8) {
            let (Some(skip), Some(word)) = (bytes.u32_at(row), bytes.u32_at(row + 4)) else { break };
            if budget.spend(1).is_err() {
                break;
            }
            let (number, kind) = (word & 0xff_ffff, word >> 28);
            if kind == ADDEND && loaded.image.arch == Arch::Aarch64 {
                addend = i64::from((number << 8).cast_signed() >> 8);
                continue;
            }
            // Bit 27: the number is that of a symbol, not of a section.
            if kind == BRANCH && word >> 27 & 1 != 0 && loaded.image.arch != Arch::X86 {
                let place = section.address.wrapping_add(skip.into());
                let outside = outside.map(|at| at + u64::from(number) * OUTSIDE_BYTES);
                let word = symbol(commands, bytes, number.into())
                    .and_then(|symbol| branch(loaded, place, &symbol, addend, outside, budget));
                if word.is_some() && budget.keep(WORD_BYTES).is_ok() {
                    words.extend(word);
                }
            }
            addend = 0;
        }
    }
    loaded.write_words(&words, budget);
    budget.release(WORD_BYTES * words.len() as u64);
}

/// One branch as it is when it is linked: to the symbol's address, or to the address that stands for it.
fn branch(
    loaded: &mut Loaded,
    place: u64,
    symbol: &Symbol<'_>,
    addend: i64,
    outside: Option<u64>,
    budget: &mut Budget,
) -> Option<(u64, u32)> {
    let word = loaded.image.read_uint(place, 4)? as u32;
    let target = match symbol.kind & KIND {
        IN_SECTION => symbol.value,
        0 => {
            let outside = outside?;
            if loaded.wants_import(outside) {
                loaded.import(outside, None, &name(symbol.name)?, budget);
            }
            outside
        }
        _ => return None,
    };
    let word = match loaded.image.arch {
        Arch::Aarch64 => {
            let words = target.wrapping_add_signed(addend).wrapping_sub(place) >> 2;
            word & 0xfc00_0000 | words as u32 & 0x03ff_ffff
        }
        // x86 keeps what is to be added in the place itself.
        _ => word.wrapping_add(target.wrapping_sub(place).wrapping_sub(4) as u32),
    };
    Some((place, word))
}

/// A node of the trie that is to be read: how its name goes on from that of its parent.
struct Node<'a> {
    at: u64,
    /// Place of the parent in the list of nodes that were read.
    parent: Option<usize>,
    part: &'a [u8],
    /// Bytes of the whole name.
    len: usize,
}

/// The exports, as a tree of name parts. Each place is read once, however many lead to it, and
/// the parts of a name are put together only where something is exported.
fn exports(loaded: &mut Loaded, trie: &[u8], budget: &mut Budget) {
    let mut seen = HashSet::from([0]);
    let mut pending = vec![Node { at: 0, parent: None, part: &[], len: 0 }];
    let mut read = Vec::new();
    while let Some(next) = pending.pop() {
        if budget.spend(1).is_err() {
            return;
        }
        read.push(next);
        let children = pending.len();
        if node(loaded, trie, &read, &mut seen, &mut pending, budget).is_none() {
            loaded.gap(Place::Whole, "exports trie", "damaged");
        }
        if budget.keep(NODE_BYTES * (1 + (pending.len() - children) as u64)).is_err() {
            return;
        }
    }
    budget.release(NODE_BYTES * read.len() as u64);
}

/// Reads the last of the nodes.
fn node<'a>(
    loaded: &mut Loaded,
    trie: &'a [u8],
    read: &[Node<'a>],
    seen: &mut HashSet<u64>,
    pending: &mut Vec<Node<'a>>,
    budget: &mut Budget,
) -> Option<()> {
    let node = read.last()?;
    let mut stream = Stream(trie.from(node.at));
    let size = stream.uleb()?;
    let children = stream.0.from(size);
    if size > 0 {
        // Bit 3: the export is another library's.
        if stream.uleb()? & 8 == 0 {
            let address = loaded.image.base.wrapping_add(stream.uleb()?);
            loaded.start(address, None, StartSource::Export, budget);
            if loaded.wants_name(address) {
                let name = full_name(read, budget);
                loaded.name(address, &cut(&name, MAX_NAME), budget);
            }
        }
    }
    let mut stream = Stream(children);
    for _ in 0..stream.byte()? {
        // An edge has a name, so no way is longer than a name.
        let part = stream.text(MAX_NAME).filter(|part| !part.is_empty())?;
        let (at, len) = (stream.uleb()?, node.len + part.len());
        budget.spend(1 + part.len() as u64 / 16).ok()?;
        if len <= MAX_NAME && seen.insert(at) {
            pending.push(Node { at, parent: Some(read.len() - 1), part, len });
        }
    }
    Some(())
}

/// The parts of the last node's name, from the root on.
fn full_name(read: &[Node<'_>], budget: &mut Budget) -> Vec<u8> {
    let mut parts = Vec::new();
    let mut node = read.last();
    while let Some(last) = node {
        parts.push(last.part);
        node = last.parent.and_then(|parent| read.get(parent));
    }
    // Names that are not kept cost as well; a spent budget shows with the next node.
    let _ = budget.spend(parts.len() as u64 / 4);
    parts.iter().rev().copied().flatten().copied().collect()
}
