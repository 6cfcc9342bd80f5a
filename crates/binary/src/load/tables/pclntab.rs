//! Go's function table (`pclntab`): start and name of every function, kept
//! even in stripped files because the runtime itself needs it.

use crate::bytes::{Bytes, find};
use crate::{Arch, Image, Loaded, Segment, StartSource};
use cognate_base::{Budget, Place};
use std::collections::BTreeMap;

/// More functions than this are damage, and the table is somewhere else. Judgement.
const MAX_FUNCTIONS: u64 = 1 << 20;
/// Functions that a start of the text is checked on, spread over the table. Judgement.
const CHECKED: u64 = 256;
/// Of those that are checked, one in so many may lie where no function begins: some are written in assembly.
/// Of 1,800 functions 0 to 5 % do, and at least half where the start is wrong. Between the two: judgement.
const ODD: u64 = 4;
/// Places at which the text may start are tried up to this many, where nothing says which it is. Judgement.
const MAX_TRIED: u64 = 1 << 16;

/// Where the parts of one table lie, by version.
#[derive(Clone, Copy)]
struct Table {
    address: u64,
    width: u64,
    /// Entries are offsets of four bytes from the start of the text, which the header states or not.
    offsets: bool,
    said: Option<u64>,
    count: u64,
    names: u64,
    functions: u64,
}

/// Words of `moduledata`, the structure by which Go's runtime finds everything: same places since Go 1.18.
mod module {
    /// Address of the names.
    pub const NAMES: u64 = 1;
    /// Address of the functions, and how many there are, with one behind the last.
    pub const FUNCTIONS: u64 = 16;
    pub const COUNT: u64 = 17;
    /// Address that the functions count from.
    pub const TEXT: u64 = 22;
}

/// Finds the table and notes every function in it.
pub(in crate::load) fn read(loaded: &mut Loaded, budget: &mut Budget) {
    let named = |segment: &&Segment| segment.name.ends_with("gopclntab");
    let tables = find_tables(loaded, named, budget);
    let texts = modules(loaded, &tables, budget);
    budget.release(tables.len() as u64 * size_of::<Table>() as u64);
    let segments = loaded.image.segments();
    let code = segments.iter().find(|segment| matches!(segment.name.as_str(), ".text" | "__text"));
    let code = code.or_else(|| segments.iter().find(|segment| segment.executable)).cloned();
    let mut lost = None;
    for table in &tables {
        if !table.offsets {
            return functions(loaded, table, 0, budget);
        }
        let stated = [texts.get(&table.address).copied(), table.said, code.as_ref().map(|code| code.address)];
        let stated = stated.into_iter().flatten().find(|&text| fits(loaded, table, text, budget));
        // Only for the first: of several, most are none.
        let searched = code.as_ref().filter(|_| stated.is_none() && lost.is_none());
        let text = stated.or_else(|| search(loaded, table, searched?, budget));
        if let Some(text) = text {
            return functions(loaded, table, text, budget);
        }
        lost = lost.or(Some(table.address));
    }
    if let Some(table) = lost {
        let reason = "where the text starts that it counts from is not found; its functions are not read";
        loaded.code_gap(Place::Address(table), "pclntab", reason);
    }
}

/// Looks in the segment of that name, or, without one, in all that is not code.
fn find_tables(loaded: &Loaded, named: impl Fn(&&Segment) -> bool, budget: &mut Budget) -> Vec<Table> {
    let segments = loaded.image.segments();
    let one = segments.iter().find(named);
    let others = segments.iter().filter(|segment| one.is_none() && !segment.executable);
    let mut tables = Vec::new();
    for segment in one.into_iter().chain(others) {
        let bytes = loaded.image.segment_bytes(segment);
        if budget.spend(1 + bytes.len() as u64 / 64).is_err() {
            break;
        }
        let mut from = 0;
        while let Some(at) = next_header(bytes, from) {
            if budget.spend(1).is_err() {
                return tables;
            }
            if let Some(table) = header(loaded, segment.address + at) {
                if budget.keep(size_of::<Table>() as u64).is_err() {
                    return tables;
                }
                tables.push(table);
                if !table.offsets {
                    return tables; // nothing more is asked of it
                }
            }
            from = at + 8;
        }
    }
    tables
}

/// The starts of the text by `moduledata`, by address of the table that it points to.
fn modules(loaded: &Loaded, tables: &[Table], budget: &mut Budget) -> BTreeMap<u64, u64> {
    let mut texts = BTreeMap::new();
    let tables: BTreeMap<u64, &Table> =
        tables.iter().filter(|table| table.offsets).map(|table| (table.address, table)).collect();
    if tables.is_empty() {
        return texts;
    }
    let mut note = |slot: u64, target: u64| {
        if let Some(table) = tables.get(&target)
            && let Some(text) = module_text(loaded, table, slot)
        {
            texts.entry(target).or_insert(text);
        }
    };
    if budget.spend(loaded.hints.relocations.len() as u64 / 8).is_err() {
        return texts;
    }
    loaded.hints.relocations.iter().for_each(|(&slot, &target)| note(slot, target));
    let width = loaded.image.arch.pointer_bytes();
    for segment in loaded.image.segments().iter().filter(|segment| !segment.executable) {
        let bytes = loaded.image.segment_bytes(segment);
        if budget.spend(1 + bytes.len() as u64 / 64).is_err() {
            break;
        }
        let skip = (segment.address.wrapping_neg() % width as u64) as usize;
        for (index, word) in bytes.get(skip..).unwrap_or(&[]).chunks_exact(width).enumerate() {
            let pointer = word.word_at(0, width == 8).unwrap_or(0);
            note(segment.address + (skip + index * width) as u64, pointer);
        }
    }
    texts
}

/// The start of the text, if `moduledata` of that table lies at `at`.
fn module_text(loaded: &Loaded, table: &Table, at: u64) -> Option<u64> {
    let image = &loaded.image;
    let width = image.arch.pointer_bytes() as u64;
    let word = |index: u64| {
        let slot = at.checked_add(index * width)?;
        loaded.hints.relocations.get(&slot).copied().or_else(|| image.read_pointer(slot))
    };
    let same = word(module::NAMES)? == table.address.wrapping_add(table.names)
        && word(module::FUNCTIONS)? == table.address.wrapping_add(table.functions)
        && word(module::COUNT)? == table.count + 1;
    word(module::TEXT).filter(|&text| same && image.is_code(text))
}

/// Whether functions begin where the table has them if the text starts there.
fn fits(loaded: &Loaded, table: &Table, text: u64, budget: &mut Budget) -> bool {
    let rows = table.address.wrapping_add(table.functions);
    let step = table.count.div_ceil(CHECKED).max(1);
    let mut odd = 0;
    for index in (0..table.count).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
        let entry = loaded.image.read_uint(rows.wrapping_add(index * 8), 4);
        odd += u64::from(!entry.is_some_and(|entry| begins(&loaded.image, text.wrapping_add(entry))));
        if budget.spend(1).is_err() || odd * ODD * step > table.count {
            return false;
        }
    }
    true
}

/// Whether a function may begin at `at`: no padding, and right before it the end of another one or padding.
fn begins(image: &Image, at: u64) -> bool {
    if !image.is_code(at) {
        return false;
    }
    let first = !at.checked_sub(1).is_some_and(|before| image.is_code(before));
    if image.arch == Arch::Aarch64 {
        let ends = |word: u64| matches!(word, 0 | 0xd503_201f | 0xd65f_03c0) || word >> 26 & 0x1f == 0b00101;
        let padding = matches!(image.read_uint(at, 4), None | Some(0));
        at.is_multiple_of(4)
            && !padding
            && (first || image.read_uint(at.wrapping_sub(4), 4).is_some_and(ends))
    } else {
        let ends = |byte: u64| matches!(byte, 0xcc | 0xc3 | 0x90 | 0);
        let padding = matches!(image.read_uint(at, 1), None | Some(0xcc));
        !padding && (first || image.read_uint(at.wrapping_sub(1), 1).is_some_and(ends))
    }
}

/// The one start of the text at which functions begin where the table has them, where nothing states it.
fn search(loaded: &Loaded, table: &Table, code: &Segment, budget: &mut Budget) -> Option<u64> {
    let step = if loaded.image.arch == Arch::Aarch64 { 4 } else { 16 };
    let last = table.address.wrapping_add(table.functions).wrapping_add((table.count - 1) * 8);
    let room = code.file_bytes.checked_sub(loaded.image.read_uint(last, 4)?)?;
    let tried = (1..=(room / step).min(MAX_TRIED)).map(|index| code.address + index * step);
    let mut found = None;
    for text in tried {
        if fits(loaded, table, text, budget) {
            if found.is_some() {
                return None; // it may be either
            }
            found = Some(text);
        }
        if budget.exhausted().is_some() {
            return None;
        }
    }
    found
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

fn header(loaded: &Loaded, address: u64) -> Option<Table> {
    let image = &loaded.image;
    let width = image.read_uint(address.checked_add(7)?, 1)?;
    let field = |index: u64| image.read_uint(address.checked_add(8 + index * width)?, width as usize);
    let table = match image.read_uint(address, 1)? {
        0xfb => {
            let functions = 8 + width;
            Table { address, width, offsets: false, said: None, count: field(0)?, names: 0, functions }
        }
        0xfa => Table {
            address,
            width,
            offsets: false,
            said: None,
            count: field(0)?,
            names: field(2)?,
            functions: field(6)?,
        },
        _ => {
            let slot = address.checked_add(8 + 2 * width)?;
            let said = loaded.hints.relocations.get(&slot).copied().or_else(|| field(2));
            Table {
                address,
                width,
                offsets: true,
                said: said.filter(|&start| image.is_code(start)),
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

fn functions(loaded: &mut Loaded, table: &Table, start: u64, budget: &mut Budget) {
    let width = if table.offsets { 4 } else { table.width };
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
