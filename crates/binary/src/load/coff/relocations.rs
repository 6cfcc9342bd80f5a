//! Relocations of a COFF object, done as a linker does them: on a copy of the file's bytes.

use super::headers::{Section, flag};
use super::{Layout, symbols};
use crate::bytes::Bytes;
use crate::ranges::Ranges;
use crate::{Arch, FileBytes, Loaded};
use cognate_base::{Budget, Place};

const ROW: u64 = 10;

/// What a relocation writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Nothing that the code depends on: section numbers and places in sections, for debuggers.
    Nothing,
    /// An address of so many bytes.
    Absolute(usize),
    /// The distance from the load address, in four bytes.
    FromBase,
    /// The distance from so many bytes behind the place, in four bytes.
    Relative(u64),
    /// The immediate of an A64 branch: bits from, how many.
    Branch(u32, u32),
    /// The page, or the address, that `adrp` or `adr` gives.
    Page,
    Near,
    /// The low bits of an address, for `add` or for a load or store.
    LowAdd,
    LowLoad,
}

fn meaning(arch: Arch, kind: u16) -> Option<Meaning> {
    use Meaning::{Absolute, Branch, FromBase, LowAdd, LowLoad, Near, Nothing, Page, Relative};
    Some(match (arch, kind) {
        (_, 0) => Nothing,
        (Arch::X86_64, 1) | (Arch::Aarch64, 0xe) => Absolute(8),
        (Arch::X86_64, 2) | (Arch::X86, 6) | (Arch::Aarch64, 1) => Absolute(4),
        (Arch::X86_64, 3) | (Arch::X86, 7) | (Arch::Aarch64, 2) => FromBase,
        (Arch::X86_64, 4..=9) => Relative(u64::from(kind)),
        (Arch::X86, 0x14) | (Arch::Aarch64, 0x11) => Relative(4),
        (Arch::Aarch64, 3) => Branch(0, 26),
        (Arch::Aarch64, 0xf) => Branch(5, 19),
        (Arch::Aarch64, 0x10) => Branch(5, 14),
        (Arch::Aarch64, 4) => Page,
        (Arch::Aarch64, 5) => Near,
        (Arch::Aarch64, 6) => LowAdd,
        (Arch::Aarch64, 7) => LowLoad,
        (Arch::X86_64 | Arch::X86, 0xa..=0xd) | (Arch::Aarch64, 8..=0xd) => Nothing,
        _ => return None,
    })
}

/// Applies the relocations of all sections that are in memory.
pub(super) fn apply(loaded: &mut Loaded, layout: &Layout<'_>, budget: &mut Budget) {
    if budget.keep(layout.bytes.len() as u64).is_err()
        || budget.spend(layout.bytes.len() as u64 / 64).is_err()
    {
        return;
    }
    let mut memory = layout.bytes.to_vec();
    let (mut tables, mut unknown) = (Ranges::default(), 0u64);
    let mut pointers = Vec::new();
    for index in 0..layout.headers.sections() {
        let address = usize::try_from(index).ok().and_then(|index| layout.addresses.get(index)).copied();
        let section = layout.headers.section(layout.bytes, index);
        let Some((section, address)) = section.zip(address.filter(|&address| address != 0)) else { continue };
        let Some((first, count)) = table(layout.bytes, &section).filter(|&(_, count)| count > 0) else {
            continue;
        };
        let available = count.min(layout.bytes.from(first).len() as u64 / ROW);
        if available < count {
            let subject = format!("relocations of {}", section.name);
            loaded.gap(Place::File(first), &subject, "truncated, or their number is damaged");
        }
        if !tables.claim(first, first + available * ROW) {
            let subject = format!("relocations of {}", section.name);
            loaded.gap(Place::File(first), &subject, "belong to another section as well; not applied");
            continue;
        }
        let place = Where { section: &section, address };
        for row in 0..available {
            if budget.spend(1).is_err() {
                break;
            }
            let row = layout.bytes.from(first + row * ROW);
            unknown += u64::from(relocate(layout, &mut memory, &place, row, &mut pointers, budget).is_none());
        }
    }
    loaded.image.set_relocated(FileBytes::from(memory));
    budget.release(POINTER_BYTES * pointers.len() as u64);
    for (slot, target) in pointers {
        loaded.relocation(slot, target, budget);
    }
    if unknown > 0 {
        let reason = format!("{unknown} are of a kind or of a symbol that is not known; left as they are");
        loaded.gap(Place::Whole, "relocations", &reason);
    }
}

/// A section, and where it lies.
struct Where<'a> {
    section: &'a Section,
    address: u64,
}

/// Where the relocations of a section lie, and how many they are.
fn table(bytes: &[u8], section: &Section) -> Option<(u64, u64)> {
    let first = u64::from(section.relocations);
    if section.flags & flag::MANY_RELOCATIONS != 0 && section.relocation_count == u16::MAX {
        // The first is none: it says how many there are, itself counted.
        return Some((first + ROW, u64::from(bytes.u32_at(first)?).saturating_sub(1)));
    }
    Some((first, section.relocation_count.into()))
}

/// Applies the relocation that `row` starts with; `None` where it is not known what it means.
fn relocate(
    layout: &Layout<'_>,
    memory: &mut [u8],
    place: &Where<'_>,
    row: &[u8],
    pointers: &mut Vec<(u64, u64)>,
    budget: &mut Budget,
) -> Option<()> {
    let (at, symbol, kind) = (row.u32_at(0)?, row.u32_at(4)?, row.u16_at(8)?);
    let meaning = meaning(layout.arch, kind)?;
    if meaning == Meaning::Nothing {
        return Some(());
    }
    let offset = u64::from(at.checked_sub(place.section.address)?);
    let width = if meaning == Meaning::Absolute(8) { 8 } else { 4 };
    if offset + width > place.section.file_bytes() {
        return None;
    }
    let target = symbols::address(layout, symbol.into())?;
    let slot = place.address.wrapping_add(offset);
    let start = usize::try_from(u64::from(place.section.offset) + offset).ok()?;
    let field = memory.get_mut(start..start.checked_add(width as usize)?)?;
    let old = (*field).word_at(0, width == 8)?;
    let signed = if width == 8 { old } else { i64::from((old as u32).cast_signed()).cast_unsigned() };
    let new = match meaning {
        Meaning::Nothing => return Some(()),
        Meaning::Absolute(width) => {
            let mut value = old.wrapping_add(target);
            if width == 4 && layout.arch == Arch::X86 {
                value &= 0xffff_ffff;
            }
            if (width == 8 || layout.arch == Arch::X86) && budget.keep(POINTER_BYTES).is_ok() {
                pointers.push((slot, value));
            }
            value
        }
        Meaning::FromBase => target.wrapping_add(signed).wrapping_sub(layout.base),
        Meaning::Relative(behind) => target.wrapping_add(signed).wrapping_sub(slot).wrapping_sub(behind),
        _ => a64(meaning, old as u32, target, slot).into(),
    };
    field.copy_from_slice(new.to_le_bytes().get(..width as usize)?);
    Some(())
}

/// What a pointer takes while relocations are applied.
const POINTER_BYTES: u64 = size_of::<(u64, u64)>() as u64;

/// An A64 instruction with its immediate.
fn a64(meaning: Meaning, word: u32, target: u64, slot: u64) -> u32 {
    let low = (word >> 10 & 0xfff).wrapping_add((target & 0xfff) as u32) & 0xfff;
    let split = || {
        let value = (word >> 3 & 0x1f_fffc) | (word >> 29 & 3);
        i64::from((value << 11).cast_signed() >> 11).cast_unsigned()
    };
    let join = |value: u64| {
        (word & 0x9f00_001f) | ((value & 3) as u32) << 29 | ((value >> 2 & 0x7_ffff) as u32) << 5
    };
    match meaning {
        Meaning::Branch(from, bits) => {
            let mask = ((1u32 << bits) - 1) << from;
            let words = target.wrapping_sub(slot) >> 2;
            (word & !mask) | ((words as u32).wrapping_add((word & mask) >> from) << from) & mask
        }
        Meaning::Page => {
            let page = target.wrapping_add(split()) & !0xfff;
            join(page.wrapping_sub(slot & !0xfff) >> 12)
        }
        Meaning::Near => join(target.wrapping_add(split()).wrapping_sub(slot)),
        Meaning::LowAdd => (word & !(0xfff << 10)) | low << 10,
        Meaning::LowLoad => {
            // The immediate counts in what is loaded: 1 to 8 bytes, or 16.
            let wide = word & 0x0480_0000 == 0x0480_0000;
            let scale = (word >> 30) + if wide { 4 } else { 0 };
            let scale = scale.min(4);
            let offset = (word >> 10 & 0xfff) + ((target & 0xfff) as u32 >> scale);
            (word & !(0xfff << 10)) | (offset & 0xfff) << 10
        }
        _ => word,
    }
}
