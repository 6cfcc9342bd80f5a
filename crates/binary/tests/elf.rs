//! ELF files: relocations in code, and sections that hold nothing by design.

use cognate_base::{Budget, Limits};
use cognate_binary::{CallTarget, LoadOptions, Loaded, load, recover};

fn load_bytes(bytes: Vec<u8>) -> Loaded {
    load(bytes.into(), &LoadOptions::default(), &mut Budget::new(&Limits::default())).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn calls_that_the_loader_relocates_go_where_relocations_say() {
    let loaded = load_bytes(fixture("elf-x86-textrel.so"));
    let program = recover(&loaded.image, &loaded.hints, &mut Budget::new(&Limits::default()));
    let calls: Vec<(u64, Vec<String>)> = program
        .functions
        .iter()
        .map(|function| {
            let calls = function.calls.iter().filter(|call| !call.tail).map(|call| match call.target {
                CallTarget::Function(address) => format!("{address:x}"),
                CallTarget::Import(address) => loaded.hints.imports[&address].name.clone(),
                CallTarget::Unknown => "?".to_owned(),
            });
            (function.address, calls.collect())
        })
        .collect();
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        calls,
        [
            (0x1a8, names(&[])),
            (0x1d2, names(&["1a8", "other"])),
            (0x1f5, names(&["1d2", "1d2", "stop"])),
            (0x229, names(&["other"])),
        ]
    );
    assert!(loaded.gaps.is_empty(), "{:?}", loaded.gaps);
}

/// Changes the row of a section: type, flags and size.
fn change_section(bytes: &mut [u8], name: &str, kind: u32, flags: u64, size: u64) {
    let long = |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let half = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
    let table = long(bytes, 40);
    let names = long(bytes, table + half(62) * 64 + 24);
    let row = (0..half(60)).map(|index| table + index * 64).find(|&row| {
        let at = names + u32::from_le_bytes(bytes[row..row + 4].try_into().unwrap()) as usize;
        bytes[at..].starts_with(format!("{name}\0").as_bytes())
    });
    let row = row.expect("a section of that name");
    bytes[row + 4..row + 8].copy_from_slice(&kind.to_le_bytes());
    bytes[row + 8..row + 16].copy_from_slice(&flags.to_le_bytes());
    bytes[row + 32..row + 40].copy_from_slice(&size.to_le_bytes());
}

#[track_caller]
fn check_gaps(bytes: Vec<u8>, gaps: &[&str]) {
    let found: Vec<String> = load_bytes(bytes).gaps.iter().map(ToString::to_string).collect();
    assert_eq!(found, gaps);
}

const NO_BITS: u32 = 8;

#[test]
fn sections_that_hold_nothing_are_no_gap_wherever_they_end() {
    for flags in [3, 7] {
        // lld pads a segment to the end of its page by such a section
        let mut bytes = fixture("elf-x86_64");
        change_section(&mut bytes, ".bss", NO_BITS, flags, 0x2000);
        check_gaps(bytes, &[]);
    }
}

#[test]
fn a_file_that_describes_code_and_holds_none_says_so() {
    let mut bytes = fixture("elf-x86_64");
    change_section(&mut bytes, ".text", NO_BITS, 6, 0x11c);
    let loaded = load_bytes(bytes);
    assert_eq!(loaded.gaps.len(), 1, "{:?}", loaded.gaps);
    assert!(loaded.gaps[0].code_lost);
    let gap = "gap: code: described here and not in this file: it is in the program itself";
    assert_eq!(loaded.gaps[0].to_string(), gap);
}
