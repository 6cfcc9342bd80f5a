//! Mach-O symbols: defined functions, the exports trie, and the imports behind
//! pointers and stubs by the indirect symbol table.

use super::super::bytes::{Bytes, Stream, text};
use super::commands::{Commands, Part};
use crate::{Loaded, StartSource};
use cognate_base::{Budget, Place};

/// Debugging entries; their values are no addresses of functions.
const DEBUGGING: u8 = 0xe0;
const KIND: u8 = 0x0e;
const IN_SECTION: u8 = 0x0e;
const MAX_NAME: usize = 16 * 1024;

struct Symbol {
    name: String,
    kind: u8,
    value: u64,
}

/// Reads the symbol table, the exports trie and the indirect symbols.
pub(super) fn read(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    if let Some([at, count, _, _]) = commands.symbols {
        let row = if commands.wide { 16 } else { 12 };
        let held = bytes.from(at.into()).len() as u64 / row;
        if held < count.into() {
            loaded.gap(Place::File(at.into()), "symbol table", "truncated");
        }
        for index in 0..u64::from(count).min(held) {
            if budget.spend(1).is_err() {
                return;
            }
            let Some(symbol) = symbol(commands, bytes, index) else { continue };
            if symbol.kind & DEBUGGING == 0 && symbol.kind & KIND == IN_SECTION && !is_temporary(&symbol.name)
            {
                loaded.start(symbol.value, None, StartSource::Symbol);
                loaded.name(symbol.value, &symbol.name);
            }
        }
    }
    let trie = commands.exports_trie.or(commands.dyld_info.map(|[.., exports]| exports));
    if let Some((at, size)) = trie.filter(|(_, size)| *size > 0) {
        exports(loaded, bytes.slice(at, size).unwrap_or(&[]), budget);
    }
    for section in commands.sections.iter().filter(|section| matches!(section.kind, 6..=8)) {
        indirect(loaded, commands, section, bytes, budget);
    }
}

/// Names that assemblers make up for places inside functions.
fn is_temporary(name: &str) -> bool {
    name.starts_with("ltmp")
        || name.starts_with('L')
            && name.get(1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn symbol(commands: &Commands, bytes: &[u8], index: u64) -> Option<Symbol> {
    let [at, count, strings, size] = commands.symbols?;
    if index >= count.into() {
        return None;
    }
    let at = u64::from(at) + index * if commands.wide { 16 } else { 12 };
    let names = bytes.from(strings.into());
    let names = names.slice(0, size.into()).unwrap_or(names);
    Some(Symbol {
        name: text(names.from(bytes.u32_at(at)?.into()), MAX_NAME).unwrap_or_default(),
        kind: bytes.u8_at(at + 4)?,
        value: bytes.word_at(at + 8, commands.wide)?,
    })
}

/// Pointers and stubs, one indirect symbol for each.
fn indirect(loaded: &mut Loaded, commands: &Commands, section: &Part, bytes: &[u8], budget: &mut Budget) {
    let (first, stub) = section.reserved;
    let step = if section.kind == 8 { u64::from(stub) } else { loaded.image.arch.pointer_bytes() as u64 };
    let (table, count) = commands.indirect;
    for index in 0..section.size.checked_div(step).unwrap_or(0).min(count.into()) {
        if budget.spend(1).is_err() {
            return;
        }
        let Some(number) = bytes.u32_at(u64::from(table) + (u64::from(first) + index) * 4) else { return };
        // The two top bits mark local and absolute symbols.
        let Some(symbol) = symbol(commands, bytes, number.into()).filter(|_| number >> 30 == 0) else {
            continue;
        };
        if symbol.kind & KIND == 0 && !symbol.name.is_empty() {
            loaded.import(section.address.wrapping_add(index * step), None, &symbol.name);
        }
    }
}

/// The exports, as a tree of name parts.
fn exports(loaded: &mut Loaded, trie: &[u8], budget: &mut Budget) {
    let mut pending = vec![(0u64, String::new())];
    let mut visited = std::collections::HashSet::new();
    while let Some((at, prefix)) = pending.pop() {
        if !visited.insert(at)
            || prefix.len() > MAX_NAME
            || budget.spend(1 + prefix.len() as u64 / 16).is_err()
        {
            continue;
        }
        if node(loaded, trie, at, &prefix, &mut pending).is_none() {
            loaded.gap(Place::Whole, "exports trie", "damaged");
        }
    }
}

fn node(
    loaded: &mut Loaded,
    trie: &[u8],
    at: u64,
    prefix: &str,
    pending: &mut Vec<(u64, String)>,
) -> Option<()> {
    let mut stream = Stream(trie.from(at));
    let size = stream.uleb()?;
    let children = stream.0.from(size);
    if size > 0 {
        // Bit 3: the export is another library's.
        if stream.uleb()? & 8 == 0 {
            let address = loaded.image.base.wrapping_add(stream.uleb()?);
            loaded.start(address, None, StartSource::Export);
            loaded.name(address, prefix);
        }
    }
    let mut stream = Stream(children);
    for _ in 0..stream.byte()? {
        let part = stream.text()?;
        let name = format!("{prefix}{}", String::from_utf8_lossy(part));
        pending.push((stream.uleb()?, name));
    }
    Some(())
}
