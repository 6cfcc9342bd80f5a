//! Entries of the function table that start late: assembly written by hand saves registers before the place that
//! its entry names (OpenSSL's by 13 bytes).
//!
//! Where something is called, jumped to or exported a few bytes before an entry, with nothing but straight-line code between and
//! no other entry there, the function starts where it is called.

use crate::decode::{Decoder, Flow};
use crate::{Arch, Loaded, StartSource};
use cognate_base::Budget;
use std::collections::{BTreeMap, BTreeSet};

/// An entry may be late by so many bytes. Twice what was met (13 and 14: `docs/files.md`).
const LATEST: u64 = 32;
/// Where functions begin as a rule, those written by hand too. What begins there is not late, and of what seems to be
/// called only places like that count: any five bytes may look like a call.
const ALIGNED: u64 = 16;

/// An entry, from where on it may be late, and what it is called by.
struct Entry {
    start: u64,
    floor: u64,
    called: Option<u64>,
}

/// Moves the starts of late entries to where their functions are called or exported.
pub(super) fn mend(loaded: &mut Loaded, budget: &mut Budget) {
    if loaded.image.arch != Arch::X86_64 {
        return;
    }
    let listed = loaded.hints.starts.len() as u64;
    if budget.spend(listed).is_err() || budget.keep(listed * size_of::<Entry>() as u64).is_err() {
        return;
    }
    let mut entries = candidates(loaded);
    if !entries.is_empty() {
        let mut known = loaded.hints.starts.iter().map(|start| start.address);
        let lasted = known.all(|target| note(loaded, &mut entries, target, budget));
        if lasted && calls(loaded, &mut entries, budget) {
            move_starts(loaded, &entries);
        }
    }
    budget.release(listed * size_of::<Entry>() as u64);
}

/// Entries with code, rather than padding, right before them that belongs to no other; nothing else names them.
fn candidates(loaded: &Loaded) -> Vec<Entry> {
    let hints = &loaded.hints;
    let mut extents: Vec<(u64, u64)> = hints.chunks.iter().map(|&(start, end, _)| (start, end)).collect();
    let unwind = hints.starts.iter().filter(|start| start.source == StartSource::Unwind);
    extents.extend(unwind.map(|start| (start.address, start.end.unwrap_or(start.address))));
    extents.sort_unstable();
    let others = hints.starts.iter().filter(|start| start.source != StartSource::Unwind);
    let named: BTreeSet<u64> = others.map(|start| start.address).chain(hints.names.keys().copied()).collect();
    let chunks: BTreeSet<u64> = hints.chunks.iter().map(|chunk| chunk.0).collect();
    let (mut entries, mut end) = (Vec::new(), 0);
    for (start, to) in extents {
        let floor = end.max(start.saturating_sub(LATEST));
        end = end.max(to);
        let padded = start.checked_sub(1).and_then(|before| loaded.image.read_uint(before, 1));
        let code = padded.is_some_and(|byte| !matches!(byte, 0 | 0x90 | 0xcc));
        if code
            && floor < start
            && !start.is_multiple_of(ALIGNED)
            && !named.contains(&start)
            && !chunks.contains(&start)
        {
            entries.push(Entry { start, floor, called: None });
        }
    }
    entries
}

/// What looking at the instructions in front of an entry costs.
const LOOK_UNITS: u64 = 4;

/// Notes a place that is called, if an entry may be late by as much; of several the first in memory. Whether the
/// budget lasted.
fn note(loaded: &Loaded, entries: &mut [Entry], target: u64, budget: &mut Budget) -> bool {
    let next = entries.partition_point(|entry| entry.start <= target);
    let Some(entry) = entries.get_mut(next).filter(|entry| entry.floor <= target) else { return true };
    if entry.called.is_some_and(|called| called <= target) {
        return true;
    }
    if budget.spend(LOOK_UNITS).is_err() {
        return false;
    }
    if is_straight(loaded, target, entry.start) {
        entry.called = Some(target);
    }
    true
}

/// Notes what all code calls or jumps to; whether the budget lasted.
fn calls(loaded: &Loaded, entries: &mut [Entry], budget: &mut Budget) -> bool {
    for segment in loaded.image.segments().iter().filter(|segment| segment.executable) {
        let bytes = loaded.image.segment_bytes(segment);
        if budget.spend(1 + bytes.len() as u64 / 16).is_err() {
            return false;
        }
        for (at, window) in bytes.windows(5).enumerate() {
            // call and jmp
            if let [0xe8 | 0xe9, rest @ ..] = window
                && let Ok(distance) = <[u8; 4]>::try_from(rest)
            {
                let next = segment.address.wrapping_add(at as u64 + 5);
                let target = next.wrapping_add_signed(i32::from_le_bytes(distance).into());
                if target.is_multiple_of(ALIGNED) && !note(loaded, entries, target, budget) {
                    return false;
                }
            }
        }
    }
    true
}

/// Whether control goes from one address straight to the other.
fn is_straight(loaded: &Loaded, from: u64, to: u64) -> bool {
    let bytes = loaded.image.read(from, usize::try_from(to - from).unwrap_or(usize::MAX));
    let Some(bytes) = bytes else { return false };
    let mut at = from;
    for instruction in Decoder::control(Arch::X86_64, bytes, from) {
        if instruction.flow != Flow::Next {
            return false;
        }
        at = instruction.next();
    }
    at == to
}

fn move_starts(loaded: &mut Loaded, entries: &[Entry]) {
    let moved: BTreeMap<u64, u64> =
        entries.iter().filter_map(|entry| Some((entry.start, entry.called?))).collect();
    let hints = &mut loaded.hints;
    for start in hints.starts.iter_mut().filter(|start| start.source == StartSource::Unwind) {
        start.address = moved.get(&start.address).copied().unwrap_or(start.address);
    }
    for (_, _, primary) in &mut hints.chunks {
        *primary = moved.get(primary).copied().unwrap_or(*primary);
    }
}
