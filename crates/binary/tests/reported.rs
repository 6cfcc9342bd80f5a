//! Shapes of code that people reported against other tools, made anew from our own source (`reported/`): where the
//! functions start, and how many bytes each has.

use cognate_base::{Budget, Limits};
use cognate_binary::{LoadOptions, Program, load, recover};
use std::path::PathBuf;

fn program(name: &str) -> Program {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reported").join(name);
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(std::fs::read(path).unwrap().into(), &LoadOptions::default(), &mut budget).unwrap();
    recover(&loaded.image, &loaded.hints, &mut budget)
}

/// Start, and length in bytes, of every function of a file.
fn check(name: &str, expected: &[(u64, u64)]) {
    let program = program(name);
    let found: Vec<(u64, u64)> = program.functions.iter().map(|f| (f.address, f.bytes())).collect();
    assert_eq!(
        found,
        expected,
        "{name}: {:x?}",
        program.functions.iter().map(|f| f.address).collect::<Vec<_>>()
    );
    assert!(program.gaps.is_empty(), "{name}: {:?}", program.gaps);
}

#[test]
fn the_lowest_case_of_a_switch_need_not_be_0() {
    // sub, add, lea, and no change before the comparison
    check(
        "low32",
        &[
            (0x8049000, 32),
            (0x8049020, 4),
            (0x8049030, 130),
            (0x80490c0, 130),
            (0x8049150, 130),
            (0x80491e0, 128),
        ],
    );
    check(
        "low64",
        &[(0x401000, 32), (0x401020, 5), (0x401030, 130), (0x4010c0, 130), (0x401150, 130), (0x4011e0, 128)],
    );
}

#[test]
fn tables_behind_a_function_are_no_functions() {
    // two levels of tables; an index that is negated; none; a switch in a loop over a spilled index
    let functions = [
        (0x8049000, 28),
        (0x8049020, 66),
        (0x8049090, 55),
        (0x80490f0, 20),
        (0x8049110, 101),
        (0x8049190, 6),
    ];
    check("two", &functions);
    let tables: Vec<(u64, u32)> = program("two")
        .functions
        .iter()
        .flat_map(|f| &f.tables)
        .map(|table| (table.table, table.entries))
        .collect();
    assert_eq!(tables, [(0x8049064, 5), (0x80490c8, 8), (0x8049178, 6)]);
}

#[test]
fn a_function_behind_a_call_that_does_not_return_is_asked_for_again() {
    let program = program("noret");
    let found = |address| program.index_of(address).is_some();
    assert!(found(0x130f) && found(0x12e6), "main, and the function before it");
    assert!(!found(0x1350) && !found(0x136e), "what is left of main where it was missed");
}

#[test]
fn one_zero_is_padding_too() {
    for (name, base) in [("zeros32", 0x8049000u64), ("zeros64", 0x401000)] {
        let found: Vec<u64> = program(name).functions.iter().map(|f| f.address).collect();
        // one function each 32 bytes with a frame, and one behind it at the next multiple of 16 without
        assert!(found.contains(&(base + 0x30)), "{name}: {found:x?}");
        assert!(found.iter().all(|address| address.is_multiple_of(16)), "{name}: {found:x?}");
        assert_eq!(found.len(), 31, "{name}: {found:x?}");
    }
}

#[test]
fn a_jump_that_is_always_taken_does_not_end_a_function() {
    check("opaque", &[(0x401000, 12), (0x401010, 31), (0x401040, 8)]);
}
