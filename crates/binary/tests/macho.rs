//! Mach-O files: calls of objects, landing pads, and what a list of functions says of the code between them.

use cognate_base::{Budget, Limits};
use cognate_binary::{CallTarget, LoadOptions, Loaded, Program, load, recover};

fn open(bytes: Vec<u8>) -> (Loaded, Program) {
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), &LoadOptions::default(), &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    (loaded, program)
}

#[test]
fn calls_of_an_object_go_to_the_symbols_that_relocations_name() {
    let path = format!("{}/tests/fixtures/macho-calls.o", env!("CARGO_MANIFEST_DIR"));
    let (loaded, program) = open(std::fs::read(path).unwrap());
    let name = |address: u64| loaded.hints.name_of(address).unwrap_or_default();
    let functions: Vec<String> = program.functions.iter().map(|function| name(function.address)).collect();
    assert_eq!(functions, ["_op_add", "_op_mul", "_op_mix", "_main", "_usage", "_cmp"]);
    let calls = |index: usize| -> Vec<String> {
        let calls = program.functions[index].calls.iter().filter_map(|call| match call.target {
            CallTarget::Function(address) | CallTarget::Import(address) => Some(name(address)),
            CallTarget::Unknown => None,
        });
        calls.collect()
    };
    assert_eq!(calls(3), ["_qsort", "_getenv", "_printf", "_free", "_usage"]);
    assert_eq!(calls(4), ["_printf", "_exit"]);
    assert!(loaded.gaps.is_empty(), "{:?}", loaded.gaps);
}

const BASE: u64 = 1 << 32;
/// Where the parts of the image lie, in memory and in the file.
const CODE: u32 = 0x1000;
const UNWIND: u32 = 0x1800;
const TABLES: u32 = 0x1c00;
/// Functions in the code below.
const CATCHES: u32 = CODE;
const PAD: u32 = CODE + 0x20;
const CALLED: u32 = CODE + 0x40;
const UNNAMED: u32 = CODE + 0x60;

/// A function that catches what another throws, that one, and one that nothing refers to.
fn code() -> Vec<u8> {
    let mut code = b"\x55\x48\x89\xe5\xe8".to_vec();
    code.extend((CALLED - CODE - 9).to_le_bytes());
    code.extend(b"\x5d\xc3");
    code.resize((PAD - CODE) as usize, 0xcc);
    code.extend(b"\x48\x89\xc7\x31\xc0\x5d\xc3");
    code.resize((CALLED - CODE) as usize, 0xcc);
    code.extend(b"\x55\x48\x89\xe5\x31\xc0\x5d\xc3");
    code.resize((UNNAMED - CODE) as usize, 0xcc);
    code.extend(b"\x55\x48\x89\xe5\x31\xc9\x5d\xc3");
    code
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// `__unwind_info` with one compressed page of both functions, and the list of tables: function and table.
fn unwind(pages: usize, tables: &[(u32, u32)]) -> Vec<u8> {
    let first = 28 + 12 * (pages as u32 + 1);
    let (page, list) = (first, first + 8 + 4 * 2);
    let mut info = words(&[1, 28, 0, 28, 0, 28, pages as u32 + 1]);
    for _ in 0..pages {
        info.extend(words(&[CATCHES, page, list]));
    }
    info.extend(words(&[UNNAMED, 0, list + 8 * tables.len() as u32]));
    info.extend(words(&[3, 8 | 2 << 16, 0, CALLED - CATCHES]));
    tables.iter().for_each(|&(function, table)| info.extend(words(&[function, table])));
    info
}

/// A table with one call that is caught at the landing pad, and calls that are not, `more` of them.
fn table(more: usize) -> Vec<u8> {
    let mut sites = vec![4, 5, (PAD - CATCHES) as u8, 0];
    sites.extend([9, 2, 0, 0].repeat(more));
    let len = sites.len();
    let mut table = vec![0xff, 0xff, 1, len as u8 | 0x80, (len >> 7) as u8 | 0x80, (len >> 14) as u8];
    table.extend(sites);
    table
}

/// A library with these sections, and a list of functions if there is one.
fn macho(unwind: Vec<u8>, tables: Vec<u8>, listed: Option<&[u32]>) -> Vec<u8> {
    let tables_at = TABLES.max((UNWIND + unwind.len() as u32).next_multiple_of(16));
    let sections = [
        ("__text", CODE, code(), 0x8000_0400u32),
        ("__unwind_info", UNWIND, unwind, 0),
        ("__gcc_except_tab", tables_at, tables, 0),
    ];
    let list: Vec<u8> = listed.map_or(Vec::new(), |listed| {
        let mut before = 0;
        let mut list = Vec::new();
        for &start in listed {
            let step = start - before;
            before = start;
            list.extend([step as u8 | 0x80, (step >> 7) as u8]);
        }
        list.push(0);
        list
    });
    let end = sections.iter().map(|(_, at, bytes, _)| *at as usize + bytes.len()).max().unwrap();
    let commands = 1 + u32::from(listed.is_some());
    let segment = 72 + 80 * sections.len() as u32;
    let mut file = words(&[0xfeed_facf, 0x0100_0007, 3, 6, commands, segment + 16 * (commands - 1), 0, 0]);
    let name = |text: &str| {
        let mut name = text.as_bytes().to_vec();
        name.resize(16, 0);
        name
    };
    file.extend(words(&[0x19, segment]));
    file.extend(name("__TEXT"));
    file.extend([BASE, end as u64, 0, end as u64].iter().flat_map(|value| value.to_le_bytes()));
    file.extend(words(&[5, 5, sections.len() as u32, 0]));
    for (section, at, bytes, flags) in &sections {
        file.extend(name(section));
        file.extend(name("__TEXT"));
        file.extend([BASE + u64::from(*at), bytes.len() as u64].iter().flat_map(|value| value.to_le_bytes()));
        file.extend(words(&[*at, 0, 0, 0, *flags, 0, 0, 0]));
    }
    if listed.is_some() {
        file.extend(words(&[0x26, 16, end as u32, list.len() as u32]));
    }
    for (_, at, bytes, _) in sections {
        file.resize(at as usize, 0);
        file.extend(bytes);
    }
    file.extend(list);
    file
}

/// The functions that are found, and that the first of them has the landing pad.
#[track_caller]
fn check(listed: Option<&[u32]>, functions: &[u32]) {
    let (loaded, program) = open(macho(unwind(1, &[(CATCHES, TABLES)]), table(0), listed));
    let found: Vec<u64> = program.functions.iter().map(|function| function.address - BASE).collect();
    let expected: Vec<u64> = functions.iter().map(|&function| function.into()).collect();
    assert_eq!(found, expected, "{found:x?}");
    let blocks: Vec<u64> = program.functions[0].blocks.iter().map(|block| block.address - BASE).collect();
    assert_eq!(blocks, [u64::from(CATCHES), PAD.into()], "{blocks:x?}");
    assert!(loaded.gaps.is_empty() && program.gaps.is_empty(), "{:?} {:?}", loaded.gaps, program.gaps);
}

#[test]
fn a_landing_pad_belongs_to_the_function_that_catches_there() {
    check(Some(&[CATCHES, CALLED, UNNAMED]), &[CATCHES, CALLED, UNNAMED]);
}

#[test]
fn where_functions_are_listed_nothing_else_is_one_that_nothing_refers_to() {
    check(Some(&[CATCHES, CALLED]), &[CATCHES, CALLED]);
}

#[test]
fn a_list_that_lacks_what_is_called_is_not_believed() {
    check(Some(&[CATCHES]), &[CATCHES, CALLED, UNNAMED]);
}

#[test]
fn without_a_list_functions_are_those_of_the_unwind_data() {
    check(None, &[CATCHES, CALLED, UNNAMED]);
    let (loaded, _) = open(macho(unwind(1, &[(CATCHES, TABLES)]), table(0), None));
    let mut starts: Vec<u64> = loaded.hints.starts.iter().map(|start| start.address - BASE).collect();
    starts.sort_unstable();
    assert_eq!(starts, [u64::from(CATCHES), CALLED.into()]);
}

#[test]
fn a_table_that_does_not_parse_is_a_gap() {
    let damaged =
        macho(unwind(1, &[(CATCHES, TABLES)]), vec![0xff, 0xff, 1, 100, 4], Some(&[CATCHES, CALLED]));
    let gaps: Vec<String> = open(damaged).0.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps, ["gap at address 0x100001800: __unwind_info: damaged"]);
}

/// Work may grow at most two and a half times where the file grows twice.
#[track_caller]
fn check_cost(make: impl Fn(usize) -> Vec<u8>) {
    let costs = [2000, 4000, 8000].map(|n| {
        let bytes = make(n);
        let size = bytes.len() as u64;
        let mut budget = Budget::new(&Limits::default());
        load(bytes.into(), &LoadOptions::default(), &mut budget).unwrap();
        (budget.spent(), budget.kept(), size)
    });
    for pair in costs.windows(2) {
        assert!(pair[1].0 as f64 / pair[0].0 as f64 <= 2.5, "{costs:?}");
        assert!(pair[1].1 as f64 / pair[0].1.max(1000) as f64 <= 2.5, "{costs:?}");
    }
    assert!(costs[2].0 <= 8 * costs[2].2 + 4096, "{costs:?}");
}

#[test]
fn many_functions_that_share_one_long_table() {
    check_cost(|n| {
        let at = (UNWIND + unwind(1, &vec![(0, 0); n]).len() as u32).next_multiple_of(16).max(TABLES);
        macho(unwind(1, &vec![(CATCHES, at); n]), table(n), Some(&[CATCHES, CALLED]))
    });
}

#[test]
fn many_rows_that_share_one_page() {
    check_cost(|n| macho(unwind(n, &[]), table(0), None));
}
