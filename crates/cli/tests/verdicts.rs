//! What cannot be told is said to be so, and what to do about it, whatever the reason.

mod common;
#[allow(dead_code)]
#[path = "shapes/files.rs"]
mod files;

use common::{cognate, fixtures, store};
use files::{FUNCTION, elf};
use std::fs;

/// Asks a store about a file of these bytes: all that is said must be there.
#[track_caller]
fn check(bytes: &[u8], store: &str, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("asked").to_string_lossy().into_owned();
    fs::write(&path, bytes).unwrap();
    let run = cognate(&["match", &path, "--store", store]);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in expected {
        assert!(said.contains(expected), "{expected:?} is not in {}{}", run.stdout, run.stderr);
    }
    assert_eq!(run.code, 1, "{}", run.stdout);
}

/// Bytes that look like nothing.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..bytes).map(next).collect()
}

const PART: &str = "CANNOT TELL the file was read in part";

#[test]
fn packed_code_is_no_code_that_is_unknown() {
    let (_kept, store) = store();
    let unpacked = "What to do: ask about the unpacked or undamaged file, or a dump of its memory.";
    check(&elf(&[FUNCTION.repeat(8), noise(60_000)].concat(), vec![]), &store, &[PART, unpacked]);
}

#[test]
fn native_code_beside_managed_code_is_a_part() {
    let (_kept, store) = store();
    let mut bytes = fs::read(fixtures().join("mingw/p1.exe")).unwrap();
    let number = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let optional = number(&bytes, 0x3c) + 24;
    let table = optional + 112 + 14 * 8;
    // the header of managed code lies where its flags say that there is native code, too
    let first = optional + 240;
    let (address, raw) = (number(&bytes, first + 12), number(&bytes, first + 20));
    bytes[table..table + 8].copy_from_slice(&[(address as u32).to_le_bytes(), 72u32.to_le_bytes()].concat());
    bytes[raw..raw + 20].copy_from_slice(&[&[72, 0, 0, 0, 2, 0, 5, 0][..], &[0; 12]].concat());
    check(&bytes, &store, &[PART, "managed code is not analysed"]);
}

#[test]
fn what_is_damaged_is_read_in_part() {
    let (_kept, store) = store();
    let whole = fs::read(fixtures().join("mingw/p1.exe")).unwrap();
    check(&whole[..whole.len() / 4], &store, &[PART]);
}

#[test]
fn two_functions_are_too_few() {
    let (_kept, store) = store();
    check(
        &elf(&FUNCTION.repeat(2), vec![]),
        &store,
        &["CANNOT TELL the file has", "and 3 are needed", "What to do: compare it with one sample"],
    );
}

#[test]
fn a_store_of_libraries_has_nobody_to_name_and_a_small_one_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store").to_string_lossy().into_owned();
    let index =
        |file, kind| cognate(&["index", file, "--family", kind, "--kind", kind, "--store", &store]).code;
    assert_eq!(index("alpha.elf", "library"), 0);
    let gamma = fs::read(fixtures().join("gamma.elf")).unwrap();
    let exe = fs::read(fixtures().join("mingw/p1.exe")).unwrap();
    check(&exe, &store, &["CANNOT TELL no family is in the store", "What to do: index samples of families"]);
    assert_eq!(index("beta.elf", "malware"), 0);
    check(
        &exe,
        &store,
        &["the store has 1 family, 0 of them goodware: index families that the file may be of"],
    );
    check(&gamma, &store, &["CANNOT TELL"]);
}
