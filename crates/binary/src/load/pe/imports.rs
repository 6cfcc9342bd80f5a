//! Imports and delayed imports of a PE.

use super::headers::Headers;
use crate::bytes::{name, text};
use crate::ranges::Ranges;
use crate::{Arch, Loaded};
use cognate_base::{Budget, Place};

/// More libraries, or functions of one library, than this are damage. Judgement.
const MAX_LIBRARIES: u64 = 4096;
const MAX_FUNCTIONS: u64 = 1 << 16;

/// What a name takes among those that the import hash is made of, beside its text.
const NOTED_BYTES: u64 = 32;

/// What was imported, in the file's order, which the imphash depends on.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// The libraries' names.
    pub libraries: Vec<String>,
    /// Library, by its place in `libraries`, and function; an ordinal is `#12`. Delayed imports are
    /// not among them.
    pub bound: Vec<(usize, String)>,
    /// Delayed imports.
    pub delayed: u64,
    /// There are more than were read.
    pub partial: bool,
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
    let mut tables = Ranges::default();
    if let Some((rva, _)) = headers.directory(1) {
        let first = loaded.image.base + rva;
        if loaded.image.read(first, 20).is_none() {
            loaded.gap(Place::Address(first), "import directory", "points outside the image");
        }
        for index in 0..MAX_LIBRARIES {
            let Some(library) = descriptor(loaded, first + index * 20) else { break };
            let place = imports.libraries.len();
            let note = &mut |name| imports.bound.push((place, name));
            imports.partial |= !functions(loaded, &library, &mut tables, budget, note);
            imports.libraries.push(library.name);
        }
        if imports.libraries.len() as u64 == MAX_LIBRARIES {
            loaded.gap(Place::Address(first), "import directory", "more libraries than are read");
            imports.partial = true;
        }
    }
    if let Some((rva, _)) = headers.directory(13) {
        let first = loaded.image.base + rva;
        for index in 0..MAX_LIBRARIES {
            let Some(library) = delayed_descriptor(loaded, first + index * 32) else { break };
            functions(loaded, &library, &mut tables, budget, &mut |_| imports.delayed += 1);
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

/// Reads the functions of one library, whose list is its own; whether the bounds allowed it.
fn functions(
    loaded: &mut Loaded,
    library: &Library,
    tables: &mut Ranges,
    budget: &mut Budget,
    note: &mut dyn FnMut(String),
) -> bool {
    let base = loaded.image.base;
    let width = loaded.image.arch.pointer_bytes() as u64;
    let first = base + library.lookup;
    let place = |index: u64| first + index * width;
    let mut count = 0;
    while count < MAX_FUNCTIONS {
        let entry = loaded.image.read_pointer(place(count));
        let Some(entry) = entry.filter(|&entry| entry != 0) else { break };
        if tables.end_of(place(count)).is_some() {
            loaded.gap(
                Place::Address(first),
                "import table",
                "belongs to another library as well; read once",
            );
            break;
        }
        if budget.spend(1).is_err() || loaded.text_is_full() {
            return false;
        }
        let Some(name) = function(loaded, entry) else {
            loaded.gap(Place::Address(place(count)), "import table", "an entry names nothing");
            break;
        };
        if budget.keep(NOTED_BYTES + name.len() as u64).is_err() {
            return false;
        }
        loaded.import(base + library.slots + count * width, Some(&library.name), &name, budget);
        note(name);
        count += 1;
    }
    tables.claim(first, place(count));
    if count == MAX_FUNCTIONS {
        loaded.gap(Place::Address(first), "import table", "more functions than are read");
    }
    count < MAX_FUNCTIONS
}

fn function(loaded: &Loaded, entry: u64) -> Option<String> {
    let by_ordinal = if loaded.image.arch == Arch::X86 { 1 << 31 } else { 1 << 63 };
    if entry & by_ordinal != 0 {
        return Some(format!("#{}", entry & 0xffff));
    }
    let place = loaded.image.base.checked_add(entry)?.checked_add(2)?;
    name(loaded.image.tail(place))
}
