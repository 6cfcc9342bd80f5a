//! What each shape of code that once cost the square of its length gives, exactly.

use super::recover;
use super::testing;
use crate::{Hints, Program, Start, StartSource};
use cognate_base::{Budget, Limits};

const BASE: u64 = 0x10_0000;

fn start(offset: u64, len: u64) -> Start {
    Start { address: BASE + offset, end: Some(BASE + offset + len), source: StartSource::Symbol }
}

fn with_limits(code: &[u8], starts: &[Start], limits: &Limits) -> Program {
    let image = testing::raw(BASE, code);
    let hints = Hints { starts: starts.to_vec(), ..Hints::default() };
    recover(&image, &hints, &mut Budget::new(limits))
}

fn program(code: &[u8], starts: &[Start]) -> Program {
    with_limits(code, starts, &Limits::default())
}

/// Offset of the start, blocks, instructions and whether it never returns, for each function.
fn check(program: &Program, expected: &[(u64, usize, u64, bool)]) {
    let found: Vec<(u64, usize, u64, bool)> = program
        .functions
        .iter()
        .map(|found| (found.address - BASE, found.blocks.len(), found.instructions(), found.no_return))
        .collect();
    assert_eq!(found, expected);
    assert!(program.gaps.is_empty(), "{:?}", program.gaps);
}

fn gaps(program: &Program) -> Vec<String> {
    program.gaps.iter().map(ToString::to_string).collect()
}

const RET: u8 = 0xc3;
/// `xor eax, eax; ret`, padded to 16 bytes.
const SMALL: &[u8] = b"\x31\xc0\xc3\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc";

fn call(from: i64, to: i64) -> Vec<u8> {
    relative(0xe8, from, to)
}

fn jump(from: i64, to: i64) -> Vec<u8> {
    relative(0xe9, from, to)
}

fn relative(opcode: u8, from: i64, to: i64) -> Vec<u8> {
    let mut bytes = vec![opcode];
    bytes.extend(i32::try_from(to - from - 5).unwrap().to_le_bytes());
    bytes
}

/// Pieces of code, each padded to 16 bytes with `int3`.
fn padded(pieces: &[Vec<u8>]) -> Vec<u8> {
    let pad = |piece: &Vec<u8>| {
        let mut piece = piece.clone();
        piece.resize(piece.len().next_multiple_of(16), 0xcc);
        piece
    };
    pieces.iter().flat_map(pad).collect()
}

#[test]
fn functions_that_nobody_refers_to_are_found_one_after_the_other() {
    let expected: Vec<_> = (0..50).map(|at| (at * 16, 1, 2, false)).collect();
    check(&program(&SMALL.repeat(50), &[]), &expected);
}

#[test]
fn every_return_under_one_symbol_is_a_block_of_its_function() {
    check(&program(&[RET; 100], &[start(0, 100)]), &[(0, 100, 100, false)]);
}

#[test]
fn code_that_no_way_reached_is_looked_for_again_where_other_such_code_cut_it_off() {
    // jmp 8; no instruction, nop; xor eax, eax; ret; ret; ret; jmp 4, which no way reaches
    let code = [0xeb, 0x06, 0x06, 0x90, 0x31, 0xc0, RET, RET, RET, 0xeb, 0xf9];
    let found = program(&code, &[start(0, code.len() as u64)]);
    let blocks: Vec<u64> = found.functions[0].blocks.iter().map(|block| block.address - BASE).collect();
    assert_eq!(blocks, [0, 4, 7, 8, 9], "7 stands alone only once 4 is known");
}

#[test]
fn a_jump_behind_clearing_the_stack_stays_where_its_target_is_reached_otherwise() {
    // push rbp; test edi, edi; je f; add rsp, 16; jmp f; (four bytes that no way reaches); f: pop rbp; ret
    let code = b"\x55\x85\xff\x74\x0a\x48\x83\xc4\x10\xeb\x04\x31\xc0\x31\xc9\x5d\xc3";
    let found = program(code, &[Start { end: None, ..start(0, 0) }]);
    check(&found, &[(0, 3, 7, false)]);
    assert!(found.functions[0].calls.is_empty(), "{:?}", found.functions[0].calls);
}

#[test]
fn little_code_in_much_that_may_be_executed_is_said() {
    let code = [&[0x31, 0xc0, RET][..], &[0x06; 4096]].concat(); // 06 is no instruction
    let found = program(&code, &[start(0, 3)]);
    let said = "gap: function recovery: 3 bytes of 4099 bytes that may be executed are code as far as is known; the rest is \
                data, or code that is packed, encrypted or of another kind";
    assert_eq!(gaps(&found), [said]);
    assert!(found.gaps[0].code_lost);
    assert_eq!(
        gaps(&program(&[&code[..3], &[0; 4096]].concat(), &[start(0, 3)])),
        [""; 0],
        "zeros are padding"
    );
}

#[test]
fn a_chain_of_tail_calls_that_ends_in_a_stop_never_returns() {
    let mut pieces: Vec<Vec<u8>> = (0..40).map(|at| jump(at * 16, at * 16 + 16)).collect();
    pieces.push(vec![0x0f, 0x0b]);
    let starts: Vec<Start> = (0..41).map(|at| start(at * 16, 16)).collect();
    let expected: Vec<_> = (0..41).map(|at| (at * 16, 1, 1, true)).collect();
    let found = program(&padded(&pieces), &starts);
    let ours: Vec<_> = found.functions.iter().map(|f| (f.address - BASE, f.no_return)).collect();
    let wanted: Vec<_> = expected.iter().map(|&(at, _, _, never)| (at, never)).collect();
    assert_eq!(ours, wanted);
}

#[test]
fn functions_that_jump_in_a_circle_count_as_returning() {
    let pieces = [jump(0, 16), jump(16, 32), jump(32, 0)];
    let starts: Vec<Start> = (0..3).map(|at| Start { end: None, ..start(at * 16, 16) }).collect();
    check(&program(&padded(&pieces), &starts), &[(0, 1, 1, false), (16, 1, 1, false), (32, 1, 1, false)]);
}

#[test]
fn a_chain_of_calls_that_ends_in_a_stop_never_returns_however_long() {
    let calls = |at: i64| [call(at * 16, at * 16 + 16), vec![RET]].concat();
    let mut pieces: Vec<Vec<u8>> = (0..100).map(calls).collect();
    pieces.push(vec![0x0f, 0x0b]);
    let starts: Vec<Start> = (0..101).map(|at| Start { end: None, ..start(at * 16, 16) }).collect();
    let expected: Vec<_> = (0..101).map(|at| (at * 16, 1, 1, true)).collect();
    check(&program(&padded(&pieces), &starts), &expected);
}

#[test]
fn who_calls_all_of_such_a_chain_is_settled_too() {
    // calls the last first, which turns out not to return first
    let length = 60i64;
    let calls = |at: i64| [call(at * 16, at * 16 + 16), vec![RET]].concat();
    let mut pieces: Vec<Vec<u8>> = (0..length).map(calls).collect();
    pieces.push(vec![0x0f, 0x0b]);
    let hub = (length + 1) * 16;
    pieces.push((0..=length).flat_map(|at| call(hub + at * 5, at * 16)).collect());
    let mut starts: Vec<Start> =
        (0..=length as u64).map(|at| Start { end: None, ..start(at * 16, 16) }).collect();
    starts.push(Start { end: None, ..start(hub as u64, 16) });
    let found = program(&padded(&pieces), &starts);
    let last = found.functions.iter().find(|function| function.address == BASE + hub as u64).unwrap();
    assert_eq!((last.no_return, last.instructions()), (true, 1), "only its first call is reached");
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
}

#[test]
fn a_function_longer_than_any_is_read_in_part_and_says_so() {
    let code = [[0x01u8, 0xd8].repeat(1_000_001), vec![RET]].concat();
    let found = program(&code, &[start(0, code.len() as u64)]);
    assert_eq!(found.functions[0].instructions(), 1_000_000);
    assert_eq!(gaps(&found), ["gap at address 0x100000: function: 1000000 instructions read, the rest not"]);
    assert!(!found.gaps[0].code_lost, "it is a part of one function");
}

#[test]
fn what_the_file_names_stays_whatever_the_search_costs() {
    let named: Vec<Start> = (0..20).map(|at| start(at * 16, 16)).collect();
    let code = SMALL.repeat(20 + 5000);
    let limits = Limits { instructions: 1000, ..Limits::default() };
    let found = with_limits(&code, &named, &limits);
    let symbols = found.functions.iter().filter(|function| function.source == StartSource::Symbol);
    assert_eq!(symbols.count(), 20);
    assert!(found.functions.len() > 20, "the search has a budget of its own");
    assert!(found.gaps.iter().all(|gap| gap.code_lost), "{:?}", found.gaps);
    let gaps = gaps(&found);
    let last = gaps.last().unwrap();
    assert!(last.starts_with("gap: function recovery: search for functions: work budget spent"), "{gaps:?}");
    assert!(last.ends_with("bytes not searched"), "{gaps:?}");
    assert!(!gaps.iter().any(|gap| gap.contains("that the file names")), "{gaps:?}");
}

#[test]
fn starts_that_are_not_traced_are_counted() {
    let named: Vec<Start> = (0..5000).map(|at| start(at * 16, 16)).collect();
    let limits = Limits { instructions: 12_000, ..Limits::default() };
    let found = with_limits(&SMALL.repeat(5000), &named, &limits);
    let left = 5000 - found.functions.len();
    let named = "gap: function recovery: starts that the file names: work budget spent";
    let gaps = gaps(&found);
    assert!(gaps[0].starts_with(&format!("{named}; {left} starts not traced")), "{left}: {gaps:?}");
}

#[test]
fn memory_that_is_spent_is_on_record() {
    let named: Vec<Start> = (0..1000).map(|at| start(at * 16, 16)).collect();
    let limits = Limits { memory: 200_000, ..Limits::default() };
    let found = with_limits(&SMALL.repeat(1000), &named, &limits);
    assert!(!found.functions.is_empty() && found.functions.len() < 1000, "{}", found.functions.len());
    assert!(gaps(&found)[0].contains("memory budget spent"), "{:?}", found.gaps);
}

#[test]
fn room_for_what_only_recovery_needs_is_given_back() {
    let image = testing::raw(BASE, &SMALL.repeat(100));
    let mut budget = Budget::new(&Limits::default());
    let before = budget.room();
    let found = recover(&image, &Hints::default(), &mut budget);
    let kept = before - budget.room();
    let least = 100 * (size_of::<crate::Function>() + size_of::<crate::Block>()) as u64;
    assert_eq!(found.functions.len(), 100);
    assert!((least..2 * least).contains(&kept), "{kept} bytes kept, {least} at least");
}

#[test]
fn too_many_functions_are_a_gap() {
    let limits = Limits { functions: 10, ..Limits::default() };
    let found = with_limits(&SMALL.repeat(20), &[], &limits);
    assert_eq!(found.functions.len(), 10);
    assert!(found.gaps.iter().all(|gap| gap.code_lost) && !found.gaps.is_empty(), "{:?}", found.gaps);
}
