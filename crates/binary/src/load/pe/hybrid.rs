//! Images of two instruction sets: ARM64EC and ARM64X (x86-64 and AArch64), CHPE (x86 and AArch64).
//!
//! The machine field names one; the load configuration has a map of the code that says which ranges are
//! the other's ([`split`]), and lists of the jumps that lead from one to the other ([`starts`]).

use super::headers::Headers;
use super::unwind;
use crate::Forgeability::Low;
use crate::{Arch, Loaded, StartSource};
use cognate_base::{Budget, Place};

/// Ranges that are named in the traits. Judgement.
const MAX_NAMED: usize = 16;
/// What a range takes, and what a jump between instruction sets does.
const RANGE_BYTES: u64 = 64;
const JUMP_BYTES: u64 = 48;

/// What the metadata says, for [`starts`].
#[derive(Default)]
pub(super) struct Hybrid {
    /// The metadata's address, for 64-bit images.
    metadata: Option<u64>,
    /// Ranges of ARM64EC code, in which functions have their entry thunk before them.
    paired: Vec<(u64, u64)>,
}

/// Reads the map of the code, so that each range of it is read as what it is.
pub(super) fn split(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) -> Hybrid {
    let mut hybrid = Hybrid::default();
    let Some((rva, _)) = headers.directory(10) else { return hybrid };
    let base = loaded.image.base;
    let config = base + rva;
    let size = loaded.image.read_uint(config, 4).unwrap_or(0);
    let wide = loaded.image.arch != Arch::X86;
    let (field, end) = if wide { (200, 208) } else { (124, 128) };
    let metadata = loaded.image.read_pointer(config + field).filter(|&at| size >= end && at != 0);
    let Some(metadata) = metadata else { return hybrid };
    let word = |loaded: &Loaded, skip: u64| loaded.image.read_uint(metadata.checked_add(skip)?, 4);
    let (Some(map), Some(count)) = (word(loaded, 4), word(loaded, 8)) else {
        return unread(loaded, metadata);
    };
    let map = base + map;
    let available = loaded.image.tail(map).len() as u64 / 8;
    if available < count {
        loaded.code_gap(Place::Address(map), "map of two instruction sets", "truncated");
    }
    let header_arch = loaded.image.arch;
    let (mut other, mut foreign, mut native) = (None, Vec::new(), Vec::new());
    for index in 0..count.min(available) {
        if budget.spend(1).is_err() || budget.keep(RANGE_BYTES).is_err() {
            break;
        }
        let row = map + index * 8;
        let (Some(start), Some(len)) = (loaded.image.read_uint(row, 4), loaded.image.read_uint(row + 4, 4))
        else {
            break;
        };
        let (arch, mask) = match (wide, start & 3) {
            (true, 0 | 1) => (Arch::Aarch64, 3),
            (true, 2) => (Arch::X86_64, 3),
            (false, kind) => (if kind & 1 == 1 { Arch::Aarch64 } else { Arch::X86 }, 1),
            _ => continue,
        };
        let range = (base + (start & !mask), base + (start & !mask) + len);
        if wide && start & 3 == 1 {
            hybrid.paired.push(range);
        }
        if arch != header_arch && len > 0 {
            other = Some(arch);
            foreign.push(range);
        } else {
            native.push(range);
        }
    }
    if overlap(&mut foreign, &mut native) {
        let reason = "gives the same bytes to both; they are read as the other one's";
        loaded.code_gap(Place::Address(map), "map of two instruction sets", reason);
    }
    hybrid.paired.sort_unstable();
    hybrid.metadata = wide.then_some(metadata);
    let Some(other) = other else { return hybrid };
    describe(loaded, other, &mut foreign);
    loaded.image.set_foreign(other, foreign);
    hybrid
}

/// Whether any range of the one list lies over one of the other; sorts both.
fn overlap(a: &mut [(u64, u64)], b: &mut [(u64, u64)]) -> bool {
    a.sort_unstable();
    b.sort_unstable();
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(first), Some(second)) = (a.peek(), b.peek()) {
        if first.0 < second.1 && second.0 < first.1 {
            return true;
        }
        if first.1 <= second.1 {
            a.next();
        } else {
            b.next();
        }
    }
    false
}

fn unread(loaded: &mut Loaded, metadata: u64) -> Hybrid {
    let reason = "points outside the image: code of the other one is read as what the header says";
    loaded.code_gap(Place::Address(metadata), "map of two instruction sets", reason);
    Hybrid::default()
}

fn describe(loaded: &mut Loaded, other: Arch, ranges: &mut [(u64, u64)]) {
    ranges.sort_unstable();
    let kind = match (loaded.image.arch, other) {
        (Arch::X86_64, _) => "ARM64EC",
        (Arch::X86, _) => "CHPE",
        _ => "ARM64X",
    };
    let shown = ranges.iter().take(MAX_NAMED).map(|(start, end)| format!("{start:#x}..{end:#x}"));
    let mut shown = shown.collect::<Vec<_>>().join(", ");
    if ranges.len() > MAX_NAMED {
        shown.push_str(&format!(" and {} more", ranges.len() - MAX_NAMED));
    }
    loaded.traits.push("two-instruction-sets", format!("{kind}: {other} code at {shown}"), Low);
}

/// Notes what the metadata lists: jumps from one instruction set to the other with where they lead, the other's
/// function table, and the thunks that functions have before them.
pub(super) fn starts(loaded: &mut Loaded, hybrid: &Hybrid, budget: &mut Budget) {
    let Some(metadata) = hybrid.metadata else { return };
    let base = loaded.image.base;
    let word = |loaded: &Loaded, skip: u64| loaded.image.read_uint(metadata.checked_add(skip)?, 4);
    // Ranges of jumps with the function behind them: start, end, target; then single ones: source, target.
    for (table, count, step) in [(12, 48, 12), (16, 52, 8)] {
        let Some((table, count)) = word(loaded, table).zip(word(loaded, count)) else { continue };
        let available = loaded.image.tail(base + table).len() as u64 / step;
        for row in 0..count.min(available) {
            if budget.spend(1).is_err() {
                return;
            }
            let row = base + table + row * step;
            let (from, to) = (loaded.image.read_uint(row, 4), loaded.image.read_uint(row + step - 4, 4));
            let Some((from, to)) = from.zip(to) else { break };
            jump(loaded, base + from, base + to, budget);
        }
    }
    if let Some((table, size)) = word(loaded, 64).zip(word(loaded, 68)).filter(|&(table, _)| table != 0) {
        let other = if loaded.image.arch == Arch::Aarch64 { Arch::X86_64 } else { Arch::Aarch64 };
        unwind::read_table(loaded, other, base + table, size, budget);
    }
    entry_thunks(loaded, hybrid, budget);
}

/// A jump of one instruction set to a function of the other, which is called by its name.
fn jump(loaded: &mut Loaded, from: u64, to: u64, budget: &mut Budget) {
    if loaded.image.arch_at(from) == loaded.image.arch_at(to) {
        return;
    }
    loaded.start(to, None, StartSource::Table, budget);
    if loaded.start(from, None, StartSource::Table, budget) && budget.keep(JUMP_BYTES).is_ok() {
        loaded.hints.thunks.insert(from);
    }
    if let Some(name) = loaded.hints.names.get(&from).map(|symbol| symbol.name.clone()) {
        loaded.name(to, &name, budget);
    }
}

/// The four bytes before an ARM64EC function lead to what x86-64 code calls it through.
fn entry_thunks(loaded: &mut Loaded, hybrid: &Hybrid, budget: &mut Budget) {
    let known: Vec<u64> = loaded.hints.starts.iter().map(|start| start.address).collect();
    for address in known {
        if budget.spend(1).is_err() {
            return;
        }
        let next = hybrid.paired.partition_point(|range| range.0 <= address);
        let range = next.checked_sub(1).and_then(|index| hybrid.paired.get(index));
        let Some(word) = range.filter(|range| address < range.1).and_then(|range| {
            let before = address.checked_sub(4).filter(|before| *before >= range.0)?;
            loaded.image.read_uint(before, 4)
        }) else {
            continue;
        };
        let distance = i64::from((word as u32).cast_signed() & !3);
        let thunk = address.wrapping_add_signed(distance);
        if word & 3 == 1
            && loaded.image.arch_at(thunk) == Arch::Aarch64
            && loaded.start(thunk, None, StartSource::Table, budget)
            && budget.keep(JUMP_BYTES).is_ok()
        {
            loaded.hints.thunks.insert(thunk);
        }
    }
}
