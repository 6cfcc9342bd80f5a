//! A PE of which every header is wiped, on disk or in memory. x86-64 code keeps
//! its function table (`.pdata`) all the same: a long sorted list of begin, end
//! and unwind record, easily told from other bytes. The table says where the
//! code lies, and pointers to the functions it lists say where it was loaded.
//!
//! 32-bit code has no such table; its bytes are left to [`super::super::raw`].

use super::super::{common, guess, pclntab};
use super::unwind;
use crate::bytes::Bytes;
use crate::{Arch, FileBytes, Format, Image, Loaded, Segment, StartSource};
use cognate_base::{Budget, Place};
use std::collections::HashMap;

/// Fewer entries in a row may be chance. Judgement.
const FEWEST: usize = 16;
/// More entries than this are damage. Judgement.
const MOST: usize = 1 << 20;
const ENTRY: u64 = 12;
/// Linkers put the first section here.
const FIRST: u64 = 0x1000;
const PAGE: u64 = 0x1000;
const SECTOR: u64 = 0x200;
/// Entries that a guess is checked on. Judgement.
const CHECKED: usize = 512;
/// Words of a file that may be pointers to functions are looked at up to this many. Judgement.
const MOST_POINTERS: usize = 1 << 20;
/// Each votes for one address for each function with the same low half: where those are more
/// than this, some of the words vote. Judgement.
const MOST_VOTES: usize = 1 << 20;
/// Pointers to functions that must agree on the load address. Judgement.
const AGREEING: usize = 4;

/// One row of the function table, as RVAs.
#[derive(Clone, Copy)]
struct Entry {
    begin: u64,
    end: u64,
    unwind: u64,
}

/// The function table and where in the file it starts.
struct Table {
    offset: u64,
    entries: Vec<Entry>,
}

/// How far file offsets lie below RVAs, for code and for what follows it.
struct Layout {
    code: u64,
    code_end: u64,
    /// From this offset on, with its own distance.
    data: Option<(u64, u64)>,
}

/// Loads by the function table alone, or says `None` where there is none.
pub(super) fn load(bytes: &FileBytes, memory: bool, budget: &mut Budget) -> Option<Loaded> {
    let table = longest_table(bytes, budget)?;
    let code = code_distance(bytes, &table, memory)?;
    let layout = layout(bytes, &table, code);
    let found = load_address(bytes, &table);
    let base = found.unwrap_or(DEFAULT_BASE);
    let format = if code == 0 { Format::PeMemory } else { Format::Pe };
    let segments = segments(bytes, &layout, base);
    let image = Image::new(format, Arch::X86_64, base, segments, bytes.clone());
    let mut loaded = Loaded::new(image);
    let reason = if found.is_some() {
        "wiped; layout and load address follow the function table and pointers to its functions"
    } else {
        "wiped; layout follows the function table, the load address is the linker's default"
    };
    loaded.gap(Place::File(0), "headers", reason);
    starts(&mut loaded, &table, budget);
    pclntab::read(&mut loaded, budget);
    common::counts(&mut loaded, budget);
    Some(loaded)
}

/// Where linkers put 64-bit libraries unless told otherwise.
const DEFAULT_BASE: u64 = 0x1_8000_0000;

/// The longest run of rows that ascend and make sense.
///
/// Rows may start at any word, so three runs lie between one another; what a run went through is
/// not gone through again from its middle.
fn longest_table(bytes: &[u8], budget: &mut Budget) -> Option<Table> {
    let mut best = Table { offset: 0, entries: Vec::new() };
    let mut through = [0u64; 3];
    let mut at = 0;
    while at + ENTRY <= bytes.len() as u64 {
        if at.is_multiple_of(64) {
            budget.spend(1).ok()?;
        }
        let phase = through.get_mut((at / 4 % 3) as usize)?;
        if at < *phase {
            at += 4;
            continue;
        }
        let entries = run(bytes, at);
        let size = entries.len() as u64 * ENTRY;
        *phase = at + size;
        let step = if entries.len() >= FEWEST { size } else { 4 };
        if entries.len() > best.entries.len() {
            best = Table { offset: at, entries };
        }
        at += step;
    }
    (best.entries.len() >= FEWEST).then_some(best)
}

/// The rows that start at `at`.
fn run(bytes: &[u8], at: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let top = (bytes.len() as u64).saturating_mul(4);
    while entries.len() < MOST {
        let Some(row) = bytes.slice(at + entries.len() as u64 * ENTRY, ENTRY) else { break };
        let field = |skip| row.u32_at(skip).map_or(0, u64::from);
        let entry = Entry { begin: field(0), end: field(4), unwind: field(8) };
        let floor = entries.last().map_or(FIRST, |last| last.end);
        let sized = entry.end > entry.begin && entry.end - entry.begin < 0x10_0000;
        let records = entry.unwind >= FIRST && entry.unwind.trailing_zeros() != 1;
        if entry.begin < floor || !sized || !records || entry.end.max(entry.unwind) > top {
            break;
        }
        entries.push(entry);
    }
    entries
}

/// Some entries, spread over the table.
fn sample(table: &Table) -> impl Iterator<Item = &Entry> {
    table.entries.iter().step_by(table.entries.len().div_ceil(CHECKED).max(1))
}

/// The distance at which most entries begin as functions do: none in memory,
/// the room saved between headers and code in a file.
fn code_distance(bytes: &[u8], table: &Table, memory: bool) -> Option<u64> {
    let begins = |distance: u64, entry: &&Entry| {
        let at = entry.begin.saturating_sub(distance);
        let ended = at.checked_sub(1).and_then(|at| bytes.u8_at(at));
        matches!(ended, Some(0xcc | 0x90 | 0xc3 | 0)) && guess::x86_prologue(bytes.from(at))
    };
    let candidates = (1..=FIRST / SECTOR).rev().map(|sectors| FIRST - sectors * SECTOR);
    let scored = candidates
        .filter(|&distance| !memory || distance == 0)
        .map(|distance| (sample(table).filter(|entry| begins(distance, entry)).count(), distance));
    let (score, distance) = scored.max_by_key(|(score, _)| *score)?;
    (score * 3 > sample(table).count()).then_some(distance)
}

/// Places the data behind the code by the unwind records in it.
fn layout(bytes: &[u8], table: &Table, code: u64) -> Layout {
    let last = table.entries.last().map_or(FIRST, |entry| entry.end);
    let code_end = (last - code.min(last)).next_multiple_of(if code == 0 { PAGE } else { SECTOR });
    if code == 0 {
        return Layout { code, code_end, data: Some((code_end, 0)) };
    }
    let is_record = |distance: u64, entry: &&Entry| {
        let head = (entry.unwind & !3).checked_sub(distance).and_then(|at| bytes.u8_at(at));
        entry.unwind & 1 != 0 || head.is_some_and(|head| matches!(head & 7, 1 | 2) && head >> 3 < 8)
    };
    // Each section may add up to a page to the distance.
    let fits = |distance: &u64| {
        let fitting = sample(table).filter(|entry| is_record(*distance, entry)).count();
        fitting * 20 >= sample(table).count() * 19
    };
    let next = last.next_multiple_of(PAGE) - code_end.min(last);
    let behind = [next].into_iter().chain((0..16 * PAGE / SECTOR).map(|sectors| code + sectors * SECTOR));
    let first = table.entries.iter().map(|entry| entry.unwind & !(PAGE - 1)).min().unwrap_or(0);
    let data = behind.into_iter().find(fits).map(|distance| {
        let from = if distance == next { code_end } else { first.saturating_sub(distance).max(code_end) };
        (from, distance)
    });
    Layout { code, code_end, data }
}

fn segments(bytes: &[u8], layout: &Layout, base: u64) -> Vec<Segment> {
    let segment = |name: &str, start: u64, end: u64, distance: u64| Segment {
        name: name.to_owned(),
        address: base + start + distance,
        size: end.saturating_sub(start),
        file_offset: start,
        file_bytes: end.saturating_sub(start),
        writable: false,
        executable: name == "code",
    };
    let file = bytes.len() as u64;
    let code = segment("code", FIRST - layout.code, layout.code_end.min(file), layout.code);
    let data = layout.data.map(|(start, distance)| segment("data", start, file, distance));
    [Some(code), data].into_iter().flatten().collect()
}

/// The address on which most pointers to listed functions agree.
fn load_address(bytes: &[u8], table: &Table) -> Option<u64> {
    // A load address is a multiple of 64 KiB, so a pointer keeps its RVA's low half.
    let mut by_low: HashMap<u64, Vec<u64>> = HashMap::new();
    for entry in &table.entries {
        by_low.entry(entry.begin & 0xffff).or_default().push(entry.begin);
    }
    let words = bytes.chunks_exact(8).filter_map(|word| word.u64_at(0));
    let plausible =
        words.filter(|word| (0x1_0000..1 << 47).contains(word) && by_low.contains_key(&(word & 0xffff)));
    let mut pointers: Vec<u64> = plausible.take(MOST_POINTERS).collect();
    // A word repeated in data is one witness.
    pointers.sort_unstable();
    pointers.dedup();
    let listed = |pointer: &u64| by_low.get(&(pointer & 0xffff)).map_or(0, Vec::len);
    let step = pointers.iter().map(listed).sum::<usize>().div_ceil(MOST_VOTES).max(1);
    let mut votes: HashMap<u64, usize> = HashMap::new();
    for pointer in pointers.into_iter().step_by(step) {
        let begins = by_low.get(&(pointer & 0xffff)).into_iter().flatten();
        for base in begins.filter_map(|begin| pointer.checked_sub(*begin)).filter(|&base| base >= 0x1_0000) {
            *votes.entry(base).or_default() += 1;
        }
    }
    let (&base, &agreeing) = votes.iter().max_by_key(|&(base, agreeing)| (agreeing, base))?;
    let others = votes.iter().filter(|(other, _)| **other != base).map(|(_, &agreeing)| agreeing).max();
    (agreeing >= AGREEING && agreeing >= 2 * others.unwrap_or(0)).then_some(base)
}

/// Notes every listed function, and what continues another one.
fn starts(loaded: &mut Loaded, table: &Table, budget: &mut Budget) {
    let base = loaded.image.base;
    for entry in &table.entries {
        if budget.spend(1).is_err() {
            return loaded.code_gap(Place::File(table.offset), "function table", "the budget ended");
        }
        match unwind::primary(loaded, entry.begin, entry.unwind) {
            Some(primary) if primary != entry.begin => {
                let (begin, end, primary) = (base + entry.begin, base + entry.end, base + primary);
                loaded.chunk(begin, end, primary, budget);
            }
            _ => drop(loaded.start(base + entry.begin, Some(base + entry.end), StartSource::Unwind, budget)),
        }
    }
}
