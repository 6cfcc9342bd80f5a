//! COFF objects: what compilers for Windows write and static libraries are made of.
//!
//! Sections are laid out one behind the other and relocated; each symbol of another object gets a place of
//! its own behind them, which is an import of that name.

mod headers;
mod relocations;
mod symbols;
mod traits;

use super::draft::{push_code_gap, push_missing};
use super::{Error, eh_frame, error, pe, recognised};
use crate::ranges::Ranges;
use crate::{Arch, FileBytes, Format, Image, Loaded, Segment};
use cognate_base::{Budget, Gap, Place};
use headers::{Headers, Kind, flag};

/// Loads an object, or says `None` where the file is none.
pub(super) fn load(bytes: &FileBytes, budget: &mut Budget) -> Option<Result<Loaded, Error>> {
    let headers = match Kind::of(bytes)? {
        Kind::Object(headers) => headers,
        Kind::Import => return Some(Err(error::no_code("import library", "import library member"))),
        Kind::AtLinkTime => {
            return Some(Err(error::no_code(
                "object without code",
                "COFF object compiled with /GL (code is made when it is linked)",
            )));
        }
    };
    let arch = match headers.arch() {
        Ok(arch) => arch,
        Err(machine) => {
            return Some(Err(error::unsupported(&recognised::coff_machine(machine))));
        }
    };
    Some(Ok(object(bytes, &headers, arch, budget)))
}

/// Whether these bytes are a member of an import library: one that names an import, or an object
/// that tells the linker of a library and has no code.
pub(crate) fn is_import(bytes: &[u8]) -> bool {
    match Kind::of(bytes) {
        Some(Kind::Import) => true,
        Some(Kind::Object(headers)) => headers.only_imports(bytes),
        _ => false,
    }
}

/// An object as it lies in memory.
struct Layout<'a> {
    headers: &'a Headers,
    bytes: &'a [u8],
    arch: Arch,
    base: u64,
    /// Where each section lies; 0: nowhere.
    addresses: Vec<u64>,
    /// Symbols of other objects, ascending, and where the first of their places lies.
    undefined: Vec<u64>,
    first_slot: u64,
}

impl Layout<'_> {
    /// The place that stands for a symbol of another object.
    fn slot(&self, symbol: u64) -> Option<u64> {
        let index = self.undefined.binary_search(&symbol).ok()? as u64;
        Some(self.first_slot.wrapping_add(index * symbols::SLOT))
    }
}

/// Where linkers put programs and their first section unless told otherwise.
fn base(arch: Arch) -> u64 {
    if arch == Arch::X86 { 0x40_0000 } else { 0x1_4000_0000 }
}
const FIRST: u64 = 0x1000;
/// What a row of the section table takes while it is laid out.
const SECTION_BYTES: u64 = size_of::<Segment>() as u64 + 64;

fn object(bytes: &FileBytes, headers: &Headers, arch: Arch, budget: &mut Budget) -> Loaded {
    let mut gaps = Vec::new();
    let undefined = symbols::undefined(headers, bytes, budget).unwrap_or_default();
    let mut layout =
        Layout { headers, bytes, arch, base: base(arch), addresses: Vec::new(), undefined, first_slot: 0 };
    let segments = lay_out(&mut layout, &mut gaps, budget);
    let image = Image::new(Format::Coff, arch, layout.base, segments, bytes.clone());
    let mut loaded = Loaded::new(image);
    loaded.gaps.splice(0..0, gaps);
    relocations::apply(&mut loaded, &layout, budget);
    symbols::read(&mut loaded, &layout, budget);
    unwind(&mut loaded, budget);
    eh_frame::read_named(&mut loaded, budget);
    traits::read(&mut loaded, &layout, budget);
    loaded.end_of_budget("COFF tables", budget);
    loaded
}

/// Gives every section that is in memory an address, and the symbols of other objects theirs.
fn lay_out(layout: &mut Layout<'_>, gaps: &mut Vec<Gap>, budget: &mut Budget) -> Vec<Segment> {
    let file = layout.bytes.len() as u64;
    let (mut segments, mut taken) = (Vec::new(), Ranges::default());
    let mut next = layout.base + FIRST;
    for index in 0..layout.headers.sections() {
        let section = layout.headers.section(layout.bytes, index);
        if budget.spend(1).is_err() || budget.keep(SECTION_BYTES).is_err() {
            break;
        }
        let Some(section) = section.filter(|section| section.loaded()) else {
            layout.addresses.push(0);
            continue;
        };
        let (offset, available) = (u64::from(section.offset), section.file_bytes());
        let missing = available.min((offset + available).saturating_sub(file));
        if !taken.claim(offset, offset + (available - missing)) && available > 0 {
            let reason = "has the bytes of another section; left out";
            push_code_gap(gaps, Place::File(offset), &format!("section {}", section.name), reason);
            layout.addresses.push(0);
            continue;
        }
        if missing > 0 {
            push_missing(gaps, offset, &format!("section {}", section.name), missing, section.executable());
        }
        // The flags say 1 to 8192; functions and what is loaded whole ask for 16.
        let align = 1u64 << (section.flags >> 20 & 0xf).saturating_sub(1).clamp(4, 13);
        next = next.next_multiple_of(align);
        layout.addresses.push(next);
        segments.push(Segment {
            name: section.name.clone(),
            address: next,
            size: section.size.into(),
            file_offset: offset,
            file_bytes: available,
            writable: section.flags & flag::WRITTEN != 0,
            executable: section.executable(),
        });
        // A byte between sections, so that the end of one is not the start of another.
        next += u64::from(section.size) + 1;
    }
    layout.first_slot = next.next_multiple_of(symbols::SLOT);
    if !layout.undefined.is_empty() {
        segments.push(Segment {
            name: String::new(),
            address: layout.first_slot,
            size: layout.undefined.len() as u64 * symbols::SLOT,
            file_offset: file,
            file_bytes: 0,
            writable: false,
            executable: false,
        });
    }
    segments
}

/// The tables of functions: one section for all of them, or one a function.
fn unwind(loaded: &mut Loaded, budget: &mut Budget) {
    let is_table = |segment: &&Segment| segment.name == ".pdata" || segment.name.starts_with(".pdata$");
    let tables: Vec<(u64, u64)> =
        loaded.image.segments().iter().filter(is_table).map(|table| (table.address, table.size)).collect();
    for (address, size) in tables {
        pe::read_function_table(loaded, address, size, budget);
    }
}
