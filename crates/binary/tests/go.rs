//! Go's function table where its header does not say where the text starts, as since Go 1.26.

use cognate_base::{Budget, Limits};
use cognate_binary::{LoadOptions, Loaded, StartSource, load};

/// Where segments lie.
const CODE: u64 = 0x40_0000;
const TABLE: u64 = 0x60_0000;
const DATA: u64 = 0x70_0000;
const COUNT: u64 = 40;
/// What an external linker puts before them.
const BEFORE: u64 = 0x130;

/// Where a function lies in the text: they are of 32 to 128 bytes.
fn offset(index: u64) -> u64 {
    (0..index).map(|index| 32 + cognate_base::mix(index) % 7 * 16).sum()
}

fn words(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The table: its header with the start of the text, offsets of functions, and one name for all.
fn table(text: u64) -> Vec<u8> {
    let names = 0x60 + (COUNT + 1) * 8 + 16;
    let mut table = b"\xf1\xff\xff\xff\0\0\x01\x08".to_vec();
    table.extend(words(&[COUNT, 0, text, names, 0, 0, 0, 0x60]));
    table.resize(0x60, 0);
    let record = (COUNT + 1) as u32 * 8;
    for index in 0..=COUNT {
        table.extend((offset(index) as u32).to_le_bytes());
        table.extend(record.to_le_bytes());
    }
    table.extend([0; 16]);
    table.extend(b"main.work\0");
    table
}

/// `moduledata` of that table.
fn module(text: u64) -> Vec<u8> {
    let names = TABLE + 0x60 + (COUNT + 1) * 8 + 16;
    let mut data = words(&[0, TABLE, names]);
    data.resize(8 + 16 * 8, 0);
    data.extend(words(&[TABLE + 0x60, COUNT + 1, COUNT + 1, 0, CODE, CODE, text]));
    data
}

/// Code of C without an end that is told from another place, then functions.
fn code() -> Vec<u8> {
    let mut code = vec![0x55; BEFORE as usize];
    for index in 0..COUNT {
        code.extend(b"\x48\x83\xec\x18\x48\x89\x6c\x24\x10\x48\x8d\x6c\x24\x10\x31\xc0\x48\x83\xc4\x18\xc3");
        code.resize((BEFORE + offset(index + 1)) as usize, 0xcc);
    }
    code
}

/// An ELF file without sections, of code, table and data.
fn elf(parts: &[(u64, u32, Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    file.extend(words(&[CODE, 64, 0]));
    file.extend(b"\0\0\0\0\x40\0\x38\0");
    file.extend([parts.len() as u8, 0, 64, 0, 0, 0, 0, 0]);
    let mut body: Vec<u8> = Vec::new();
    for (address, flags, bytes) in parts {
        let (offset, len) = (0x1000 + body.len() as u64, bytes.len() as u64);
        file.extend([1u32, *flags].iter().flat_map(|value| value.to_le_bytes()));
        file.extend(words(&[offset, *address, *address, len, len, 1]));
        body.extend(bytes);
    }
    file.resize(0x1000, 0);
    file.extend(body);
    file
}

/// Loads code, a table and data; where the first function of the table is found, and the gap.
#[track_caller]
fn check(code: Vec<u8>, said: u64, data: Vec<u8>, first: Option<u64>, gap: Option<&str>) -> Loaded {
    let file = elf(&[(CODE, 5, code), (TABLE, 4, table(said)), (DATA, 6, data)]);
    let loaded = load(file.into(), &LoadOptions::default(), &mut Budget::new(&Limits::default())).unwrap();
    let mut starts: Vec<u64> = loaded
        .hints
        .starts
        .iter()
        .filter(|start| start.source == StartSource::Table)
        .map(|start| start.address)
        .collect();
    starts.sort_unstable();
    let expected = first.map_or(Vec::new(), |first| (0..COUNT).map(|index| first + offset(index)).collect());
    assert_eq!(starts, expected, "{starts:x?}");
    let gaps: Vec<String> = loaded.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(
        gaps.iter().any(|found| gap.is_some_and(|gap| found.contains(gap))),
        gap.is_some(),
        "{gaps:?}"
    );
    assert_eq!(gaps.len(), usize::from(gap.is_some()), "{gaps:?}");
    loaded
}

#[test]
fn the_text_starts_where_moduledata_says() {
    let loaded = check(code(), 0, module(CODE + BEFORE), Some(CODE + BEFORE), None);
    assert_eq!(loaded.hints.names[&(CODE + BEFORE)].name, "main.work");
}

#[test]
fn a_header_that_says_where_the_text_starts_is_believed() {
    check(code(), CODE + BEFORE, vec![0; 64], Some(CODE + BEFORE), None);
}

#[test]
fn moduledata_is_believed_before_the_header() {
    check(code(), CODE + 0x10, module(CODE + BEFORE), Some(CODE + BEFORE), None);
}

#[test]
fn what_moduledata_says_is_checked_by_the_functions() {
    check(code(), CODE + BEFORE, module(CODE + 0x10), Some(CODE + BEFORE), None);
}

#[test]
fn without_either_the_text_starts_where_all_functions_begin() {
    check(code(), 0, vec![0; 64], Some(CODE + BEFORE), None);
}

#[test]
fn where_functions_begin_nowhere_the_gap_says_so() {
    let noise = vec![0x55; 0x2000];
    let loaded =
        check(noise, 0, vec![0; 64], None, Some("where the text starts that it counts from is not found"));
    assert!(loaded.gaps[0].code_lost);
}

#[test]
fn many_headers_cost_by_the_bytes_they_have() {
    let cost = |n: usize| {
        let data = table(0).repeat(n);
        let file = elf(&[(CODE, 5, vec![0x55; 0x2000]), (TABLE, 4, data)]);
        let size = file.len() as u64;
        let mut budget = Budget::new(&Limits::default());
        load(file.into(), &LoadOptions::default(), &mut budget).unwrap();
        (budget.spent(), size)
    };
    let costs = [200, 400, 800].map(cost);
    for pair in costs.windows(2) {
        let ratio = pair[1].0 as f64 / pair[0].0 as f64;
        assert!(ratio <= 2.5, "{costs:?}");
    }
    assert!(costs[2].0 <= 8 * costs[2].1, "{costs:?}");
}
