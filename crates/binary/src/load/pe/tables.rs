//! The data directories of a PE that name code: exports, TLS callbacks, the
//! control-flow-guard table, base relocations.

use super::headers::Headers;
use crate::bytes::text;
use crate::{Arch, Loaded, StartSource};
use cognate_base::{Budget, Place};

/// More callbacks or exports than this are damage. Judgement.
const MAX_CALLBACKS: u64 = 1024;
const MAX_EXPORTS: u64 = 1 << 20;

/// The export directory, for the traits.
#[derive(Debug, Default)]
pub(super) struct Exports {
    /// The name the library was linked under.
    pub library: Option<String>,
    /// Exported functions, variables and forwarders.
    pub count: u64,
    /// Exports that name another library's.
    pub forwarders: u64,
}

/// Reads the export directory: a start and a name for each export in code.
pub(super) fn exports(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) -> Exports {
    let mut exports = Exports::default();
    let Some((rva, size)) = headers.directory(0) else { return exports };
    let base = loaded.image.base;
    let field = |loaded: &Loaded, skip: u64| loaded.image.read_uint(base + rva + skip, 4);
    let (Some(count), Some(functions)) = (field(loaded, 20), field(loaded, 28)) else {
        loaded.gap(Place::Address(base + rva), "export directory", "points outside the image");
        return exports;
    };
    exports.library = field(loaded, 12).and_then(|name| text(loaded.image.tail(base + name), 260));
    let (named, names, ordinals) = (field(loaded, 24), field(loaded, 32), field(loaded, 36));
    let mut targets = Vec::new();
    for index in 0..count.min(MAX_EXPORTS) {
        let Some(target) = loaded.image.read_uint(base + functions + index * 4, 4) else { break };
        if budget.spend(1).is_err() {
            break;
        }
        targets.push(target);
        exports.count += u64::from(target != 0);
        if (rva..rva + size).contains(&target) {
            exports.forwarders += 1;
        } else if target != 0 {
            loaded.start(base + target, None, StartSource::Export, budget);
        }
    }
    if (targets.len() as u64) < count {
        loaded.gap(Place::Address(base + rva), "export directory", "truncated, or its count is damaged");
    }
    let (Some(named), Some(names), Some(ordinals)) = (named, names, ordinals) else { return exports };
    for index in 0..named.min(MAX_EXPORTS) {
        let name = loaded.image.read_uint(base + names + index * 4, 4);
        let ordinal = loaded.image.read_uint(base + ordinals + index * 2, 2);
        let (Some(name), Some(ordinal)) = (name, ordinal) else { break };
        if budget.spend(1).is_err() {
            break;
        }
        let target = usize::try_from(ordinal).ok().and_then(|ordinal| targets.get(ordinal).copied());
        let target = target.filter(|target| *target != 0 && !(rva..rva + size).contains(target));
        if let Some(target) = target {
            loaded.name_at(base + target, base + name, budget);
        }
    }
    exports
}

/// The entry point and the TLS callbacks, which run before it.
pub(super) fn entry_points(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) {
    if let Some(entry) = loaded.image.entry
        && !loaded.start(entry, None, StartSource::Entry, budget)
    {
        loaded.gap(Place::Address(entry), "entry point", "lies in no code");
    }
    let Some((rva, _)) = headers.directory(9) else { return };
    let width = loaded.image.arch.pointer_bytes() as u64;
    let field = loaded.image.base + rva + 3 * width;
    let Some(table) = loaded.image.read_pointer(field).filter(|&table| table != 0) else { return };
    for index in 0..MAX_CALLBACKS {
        let slot = table.checked_add(index * width);
        let callback = slot.and_then(|slot| loaded.image.read_pointer(slot));
        let Some(callback) = callback.filter(|&callback| callback != 0 && budget.spend(1).is_ok()) else {
            break;
        };
        loaded.start(callback, None, StartSource::Entry, budget);
        loaded.name(callback, &format!("tls_callback_{index}"), budget);
        if index + 1 == MAX_CALLBACKS {
            loaded.gap(Place::Address(table), "TLS callbacks", "more than are read");
        }
    }
}

/// The functions that indirect calls may reach (`/guard:cf`), and for x86 the
/// registered exception handlers (`/safeseh`).
pub(super) fn guard_functions(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) {
    let Some((rva, _)) = headers.directory(10) else { return };
    let config = loaded.image.base + rva;
    let Some(size) = loaded.image.read_uint(config, 4) else {
        return loaded.gap(Place::Address(config), "load configuration", "points outside the image");
    };
    let wide = loaded.image.arch != Arch::X86;
    let (table, count, flags) = if wide { (128, 136, 144) } else { (80, 84, 88) };
    if size >= flags + 4 {
        let stride = 4 + loaded.image.read_uint(config + flags, 4).map_or(0, |flags| flags >> 28);
        rva_table(loaded, config + table, config + count, stride, budget);
    }
    if !wide && size >= 72 {
        rva_table(loaded, config + 64, config + 68, 4, budget);
    }
}

fn rva_table(loaded: &mut Loaded, table: u64, count: u64, stride: u64, budget: &mut Budget) {
    let base = loaded.image.base;
    let (Some(table), Some(count)) = (loaded.image.read_pointer(table), loaded.image.read_pointer(count))
    else {
        return;
    };
    let available = loaded.image.tail(table).len() as u64 / stride;
    for index in 0..count.min(available) {
        if budget.spend(1).is_err() {
            return;
        }
        if let Some(rva) = loaded.image.read_uint(table + index * stride, 4).filter(|&rva| rva != 0) {
            loaded.start(base + rva, None, StartSource::Table, budget);
        }
    }
}

/// Base relocations: every slot with the address it holds.
pub(super) fn relocations(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) {
    let section = headers.sections.iter().find(|section| section.name == ".reloc");
    let section = section.map(|section| (u64::from(section.rva), u64::from(section.size)));
    let base = loaded.image.base;
    let there = |&(rva, _): &(u64, u64)| loaded.image.is_mapped(base + rva);
    let Some((rva, size)) = headers.directory(5).filter(there).or(section) else { return };
    let start = base + rva;
    let size = size.min(loaded.image.tail(start).len() as u64);
    let mut at = 0;
    while at + 8 <= size {
        let (page, len) = (loaded.image.read_uint(start + at, 4), loaded.image.read_uint(start + at + 4, 4));
        let (Some(page), Some(len)) = (page, len) else { break };
        if len < 8 || at + len > size {
            if len != 0 {
                loaded.gap(Place::Address(start + at), "base relocations", "a block has a wrong size");
            }
            break;
        }
        if budget.spend(len / 2).is_err() {
            break;
        }
        for entry in (at + 8..at + len - 1).step_by(2) {
            relocate(loaded, base + page, start + entry, budget);
        }
        at += len;
    }
}

fn relocate(loaded: &mut Loaded, page: u64, entry: u64, budget: &mut Budget) -> Option<()> {
    let word = loaded.image.read_uint(entry, 2)?;
    let width = match word >> 12 {
        3 => 4,
        10 => 8,
        _ => return None, // padding, or halves of addresses that no compiler of ours emits
    };
    let slot = page + (word & 0xfff);
    let target = loaded.image.read_uint(slot, width)?;
    loaded.relocation(slot, target, budget);
    Some(())
}
