//! Imports and delayed imports of a PE.

use super::super::bytes::text;
use super::headers::Headers;
use crate::{Arch, Loaded};
use cognate_base::{Budget, Place};

/// More libraries, or functions of one library, than this are damage.
const MAX_LIBRARIES: u64 = 4096;
const MAX_FUNCTIONS: u64 = 1 << 16;
const MAX_NAME: usize = 4096;

/// What was imported, in the file's order, which the imphash depends on.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Library and function; an ordinal is `#12`. Delayed imports are not among them.
    pub bound: Vec<(String, String)>,
    /// Delayed imports.
    pub delayed: u64,
}

/// One library's import tables, as RVAs.
struct Library {
    name: String,
    lookup: u64,
    slots: u64,
}

/// Reads both import directories.
pub(super) fn read(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) -> Imports {
    let mut imports = Imports::default();
    if let Some((rva, _)) = headers.directory(1) {
        let first = loaded.image.base + rva;
        if loaded.image.read(first, 20).is_none() {
            loaded.gap(Place::Address(first), "import directory", "points outside the image");
        }
        for index in 0..MAX_LIBRARIES {
            let Some(library) = descriptor(loaded, first + index * 20) else { break };
            functions(loaded, &library, budget, &mut |library, name| imports.bound.push((library, name)));
        }
    }
    if let Some((rva, _)) = headers.directory(13) {
        let first = loaded.image.base + rva;
        for index in 0..MAX_LIBRARIES {
            let Some(library) = delayed_descriptor(loaded, first + index * 32) else { break };
            functions(loaded, &library, budget, &mut |_, _| imports.delayed += 1);
        }
    }
    imports
}

fn descriptor(loaded: &Loaded, at: u64) -> Option<Library> {
    let base = loaded.image.base;
    let field = |skip: u64| loaded.image.read_uint(at + skip, 4);
    let (lookup, name, slots) = (field(0)?, field(12)?, field(16)?);
    let name = text(loaded.image.tail(base + name), 260).filter(|_| name != 0)?;
    let lookup = if lookup != 0 && loaded.image.is_mapped(base + lookup) { lookup } else { slots };
    (slots != 0).then_some(Library { name, lookup, slots })
}

fn delayed_descriptor(loaded: &Loaded, at: u64) -> Option<Library> {
    let base = loaded.image.base;
    let field = |skip: u64| loaded.image.read_uint(at + skip, 4);
    // Old linkers wrote addresses instead of RVAs and left the flag clear.
    let shift = if field(0)? & 1 == 0 { base } else { 0 };
    let rva = |skip: u64| field(skip).map(|value| value.wrapping_sub(shift) & 0xffff_ffff);
    let (name, slots, lookup) = (rva(4)?, rva(12)?, rva(16)?);
    let name = text(loaded.image.tail(base + name), 260).filter(|_| field(4) != Some(0))?;
    Some(Library { name, lookup, slots })
}

fn functions(
    loaded: &mut Loaded,
    library: &Library,
    budget: &mut Budget,
    note: &mut dyn FnMut(String, String),
) {
    let base = loaded.image.base;
    let width = loaded.image.arch.pointer_bytes() as u64;
    for index in 0..MAX_FUNCTIONS {
        let entry = loaded.image.read_pointer(base + library.lookup + index * width);
        let Some(entry) = entry.filter(|&entry| entry != 0) else { return };
        if budget.spend(1).is_err() {
            return;
        }
        let Some(name) = function(loaded, entry) else {
            let at = Place::Address(base + library.lookup + index * width);
            return loaded.gap(at, "import table", "an entry names nothing");
        };
        loaded.import(base + library.slots + index * width, Some(&library.name), &name);
        note(library.name.clone(), name);
    }
}

fn function(loaded: &Loaded, entry: u64) -> Option<String> {
    let by_ordinal = if loaded.image.arch == Arch::X86 { 1 << 31 } else { 1 << 63 };
    if entry & by_ordinal != 0 {
        return Some(format!("#{}", entry & 0xffff));
    }
    let name = loaded.image.base.checked_add(entry)?.checked_add(2)?;
    text(loaded.image.tail(name), MAX_NAME)
}
