//! Go's function table (`pclntab`): start and name of every function, kept
//! even in stripped files because the runtime itself needs it.

use super::bytes::{Bytes, find};
use crate::{Loaded, Segment, StartSource};
use cognate_base::{Budget, Place};

/// More functions than this are damage, and the table is somewhere else.
const MAX_FUNCTIONS: u64 = 1 << 20;

/// Where the parts of one table lie, by version.
struct Table {
    address: u64,
    width: u64,
    /// Entries are offsets of four bytes from the start of the text.
    text_start: Option<u64>,
    count: u64,
    names: u64,
    functions: u64,
}

/// Finds the table and notes every function in it.
pub(super) fn read(loaded: &mut Loaded, budget: &mut Budget) {
    let named = |segment: &&Segment| segment.name.ends_with("gopclntab");
    if let Some(table) = find_table(loaded, named, budget) {
        functions(loaded, &table, budget);
    }
}

/// Looks in the segment of that name, or, without one, in all that is not code.
fn find_table(loaded: &Loaded, named: impl Fn(&&Segment) -> bool, budget: &mut Budget) -> Option<Table> {
    let segments = loaded.image.segments();
    let one = segments.iter().find(named);
    let text = segments.iter().find(|segment| matches!(segment.name.as_str(), ".text" | "__text"));
    let text = text.map(|segment| segment.address);
    let others = segments.iter().filter(|segment| one.is_none() && !segment.executable);
    for segment in one.into_iter().chain(others) {
        let bytes = loaded.image.segment_bytes(segment);
        budget.spend(1 + bytes.len() as u64 / 64).ok()?;
        let mut from = 0;
        while let Some(at) = next_header(bytes, from) {
            budget.spend(1).ok()?;
            if let Some(table) = header(loaded, segment.address + at, text) {
                return Some(table);
            }
            from = at + 8;
        }
    }
    None
}

/// The next place that reads `fx ff ff ff 00 00`, a quantum and a pointer size.
fn next_header(bytes: &[u8], mut from: u64) -> Option<u64> {
    loop {
        let at = from + find(bytes.from(from), &[0xff, 0xff, 0xff, 0, 0])?;
        let start = at.checked_sub(1);
        if let Some([0xfb | 0xfa | 0xf0 | 0xf1, _, _, _, _, _, 1 | 4, 4 | 8]) =
            start.and_then(|at| bytes.slice(at, 8))
        {
            return start;
        }
        from = at + 1;
    }
}

fn header(loaded: &Loaded, address: u64, text: Option<u64>) -> Option<Table> {
    let image = &loaded.image;
    let width = image.read_uint(address.checked_add(7)?, 1)?;
    let field = |index: u64| image.read_uint(address.checked_add(8 + index * width)?, width as usize);
    let table = match image.read_uint(address, 1)? {
        0xfb => Table { address, width, text_start: None, count: field(0)?, names: 0, functions: 8 + width },
        0xfa => Table {
            address,
            width,
            text_start: None,
            count: field(0)?,
            names: field(2)?,
            functions: field(6)?,
        },
        _ => {
            let slot = address.checked_add(8 + 2 * width)?;
            let said = loaded.hints.relocations.get(&slot).copied().or_else(|| field(2));
            let start = said.filter(|&start| image.is_code(start)).or(text)?;
            Table {
                address,
                width,
                text_start: Some(start),
                count: field(0)?,
                names: field(3)?,
                functions: field(7)?,
            }
        }
    };
    let room = image.tail(address).len() as u64;
    (table.count > 0 && table.count < MAX_FUNCTIONS && table.functions < room && table.names < room)
        .then_some(table)
}

fn functions(loaded: &mut Loaded, table: &Table, budget: &mut Budget) {
    let width = if table.text_start.is_some() { 4 } else { table.width };
    let rows = table.address + table.functions;
    let mut bad = 0u64;
    for index in 0..table.count {
        let at = rows.wrapping_add(index * width * 2);
        let read = |at: u64| loaded.image.read_uint(at, width as usize);
        let (Some(entry), Some(record), Some(next)) =
            (read(at), read(at.wrapping_add(width)), read(at.wrapping_add(width * 2)))
        else {
            loaded.gap(Place::Address(at), "pclntab", "truncated");
            break;
        };
        if budget.spend(1).is_err() {
            return;
        }
        let start = table.text_start.unwrap_or(0);
        let (entry, next) = (start.wrapping_add(entry), start.wrapping_add(next));
        if !loaded.start(entry, Some(next), StartSource::Table, budget) {
            bad += 1;
            continue;
        }
        // The 1.2 table counts records from its own start, later ones from the function table.
        let records = if table.names == 0 { table.address } else { rows };
        let name =
            records.checked_add(record).and_then(|at| loaded.image.read_uint(at.checked_add(width)?, 4));
        let place = name.and_then(|name| table.address.checked_add(table.names)?.checked_add(name));
        if let Some(place) = place {
            loaded.name_at(entry, place, budget);
        }
    }
    if bad > 0 {
        loaded.gap(Place::Address(table.address), "pclntab", &format!("{bad} entries point to no code"));
    }
}
