//! The exception directory (`.pdata`): the most complete table of functions a
//! PE has, on x86-64 and AArch64.

use super::headers::Headers;
use crate::{Arch, Loaded, StartSource};
use cognate_base::{Budget, Place};

/// `UNW_FLAG_CHAININFO`: the entry continues another one's function.
const CHAINED: u64 = 4;
/// Chains longer than this are loops. Judgement.
const MAX_CHAIN: usize = 32;

/// Notes a start for every entry, and a chunk for every chained one.
pub(super) fn read(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) {
    if loaded.image.arch == Arch::X86 {
        return;
    }
    let Some((rva, size)) = table(loaded, headers) else { return };
    read_table(loaded, loaded.image.arch, loaded.image.base.saturating_add(rva), size, budget);
}

/// The same for a table whose instruction set, address and size are known.
pub(super) fn read_table(loaded: &mut Loaded, arch: Arch, table: u64, size: u64, budget: &mut Budget) {
    let step = if arch == Arch::Aarch64 { 8 } else { 12 };
    let available = loaded.image.tail(table).len() as u64;
    if available < size {
        loaded.gap(Place::Address(table), "exception directory", "truncated");
    }
    let mut bad = 0u64;
    for index in 0..size.min(available) / step {
        if budget.spend(1).is_err() {
            return;
        }
        let at = table + index * step;
        let read = if step == 8 { arm_entry(loaded, at, budget) } else { x64_entry(loaded, at, budget) };
        bad += u64::from(read.is_none());
    }
    if bad > 0 {
        loaded.gap(Place::Address(table), "exception directory", &format!("{bad} entries point to no code"));
    }
}

/// The directory, or the section of that name where the directory is gone.
fn table(loaded: &Loaded, headers: &Headers) -> Option<(u64, u64)> {
    let base = loaded.image.base;
    let mapped = |&(rva, size): &(u64, u64)| size >= 8 && loaded.image.is_mapped(base.saturating_add(rva));
    headers.directory(3).filter(mapped).or_else(|| {
        let section = headers.sections.iter().find(|section| section.name == ".pdata")?;
        Some((u64::from(section.rva), u64::from(section.size)))
    })
}

fn x64_entry(loaded: &mut Loaded, at: u64, budget: &mut Budget) -> Option<()> {
    let (begin, end, unwind) = entry(loaded, at)?;
    if begin == 0 && end == 0 {
        return Some(()); // padding behind the table
    }
    let base = loaded.image.base;
    let primary = primary(loaded, begin, unwind)?;
    if primary == begin {
        return loaded.start(base + begin, Some(base + end), StartSource::Unwind, budget).then_some(());
    }
    (end > begin && loaded.chunk(base + begin, base + end, base + primary, budget)).then_some(())
}

/// Follows the chain of an entry to the function that it belongs to.
pub(super) fn primary(loaded: &Loaded, mut begin: u64, mut unwind: u64) -> Option<u64> {
    let base = loaded.image.base;
    for _ in 0..MAX_CHAIN {
        let next = if unwind & 1 != 0 {
            base + (unwind & !3) // the entry points to another entry
        } else {
            let Some(head) = loaded.image.read_uint(base + unwind, 4) else { return Some(begin) };
            if (head >> 3) & CHAINED == 0 {
                return Some(begin);
            }
            let codes = (head >> 16) & 0xff;
            base + unwind + 4 + 2 * ((codes + 1) & !1)
        };
        let Some(chained) = entry(loaded, next) else { return Some(begin) };
        (begin, _, unwind) = chained;
    }
    None
}

fn entry(loaded: &Loaded, at: u64) -> Option<(u64, u64, u64)> {
    let word = |skip: u64| loaded.image.read_uint(at.checked_add(skip)?, 4);
    Some((word(0)?, word(4)?, word(8)?))
}

/// AArch64: the length is in the entry itself or in the record it points to.
fn arm_entry(loaded: &mut Loaded, at: u64, budget: &mut Budget) -> Option<()> {
    let base = loaded.image.base;
    let begin = loaded.image.read_uint(at, 4)?;
    let word = loaded.image.read_uint(at + 4, 4)?;
    let words = match word & 3 {
        0 if begin == 0 => return Some(()),
        0 => loaded.image.read_uint(base + word, 4).map(|head| head & 0x3_ffff),
        1 => Some((word >> 2) & 0x7ff),
        _ => return Some(()), // a fragment without prologue: no start of its own
    };
    let end = words.map(|words| base + begin + words * 4);
    loaded.start(base + begin, end, StartSource::Unwind, budget).then_some(())
}
