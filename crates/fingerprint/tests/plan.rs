//! Which functions are read where the budget does not do for all, and what is said of the others.
#![allow(clippy::unwrap_used)]

use cognate_base::{Budget, Gap, Limits, Place, SampleId};
use cognate_binary::{
    Arch, Block, Call, CallTarget, Format, Function, Hints, Image, Loaded, Program, Segment, StartSource,
    Symbol, Traits,
};
use cognate_fingerprint::{Fingerprinted, FunctionReading, Reader, Scratch, fingerprint, fingerprint_with};
use std::time::{Duration, Instant};

const BASE: u64 = 0x40_0000;
/// `add eax, ecx`
const ADD: [u8; 2] = [0x01, 0xc8];

/// Functions of so many instructions each, one behind the other; each calls the one before it and the one behind it.
fn sample(functions: &[(StartSource, u32)]) -> (Loaded, Program) {
    let all: u32 = functions.iter().map(|(_, instructions)| instructions).sum();
    let bytes = ADD.repeat(all as usize);
    let segment = Segment {
        name: ".text".into(),
        address: BASE,
        size: bytes.len() as u64,
        file_offset: 0,
        file_bytes: bytes.len() as u64,
        writable: false,
        executable: true,
    };
    let image = Image::new(Format::Elf, Arch::X86_64, BASE, vec![segment], bytes.into());
    let mut starts = vec![BASE];
    for (_, instructions) in functions {
        starts.push(starts.last().unwrap() + 2 * u64::from(*instructions));
    }
    let neighbours = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| starts.get(at));
        let behind = starts.get(at + 1).filter(|_| at + 1 < functions.len());
        before.into_iter().chain(behind).copied().collect::<Vec<_>>()
    };
    let function = |(at, &(source, instructions)): (usize, &(StartSource, u32))| Function {
        address: starts[at],
        source,
        blocks: vec![Block { address: starts[at], bytes: 2 * instructions, instructions, edges: Vec::new() }],
        calls: neighbours(at)
            .into_iter()
            .map(|to| Call { at: starts[at], target: CallTarget::Function(to), tail: false })
            .collect(),
        tables: Vec::new(),
        no_return: false,
        thunk: false,
    };
    let functions: Vec<Function> = functions.iter().enumerate().map(function).collect();
    let loaded = Loaded { image, hints: Hints::default(), traits: Traits::default(), gaps: Vec::new() };
    (loaded, Program { functions, gaps: Vec::new(), instructions: u64::from(all) })
}

fn budget(limits: Limits) -> Budget {
    Budget::new(&limits)
}

/// Reads as several threads would, in no order.
fn read((loaded, program): &(Loaded, Program), limits: Limits) -> Fingerprinted {
    let backwards = |reader: &Reader<'_>, batch: &[u32]| {
        let one = |index: &u32| reader.function_in_time(*index as usize, &mut Scratch::default());
        let mut readings: Vec<Option<FunctionReading>> = batch.iter().rev().map(one).collect();
        readings.reverse();
        readings
    };
    let found =
        fingerprint_with(SampleId([1; 32]), 7, (loaded, program), false, &mut budget(limits), backwards);
    let alone = fingerprint(SampleId([1; 32]), 7, loaded, program, &mut budget(limits));
    assert_eq!(found.sample, alone, "on one thread it is the same");
    found
}

/// Checks which functions are read, and the gap for the others.
#[track_caller]
fn check(sample: &(Loaded, Program), limits: Limits, read_ones: &[usize], gap: &str) {
    let found = read(sample, limits);
    let addresses: Vec<u64> = found.sample.functions.iter().map(|function| function.address).collect();
    let expected: Vec<u64> = read_ones.iter().map(|&at| sample.1.functions[at].address).collect();
    assert_eq!(addresses, expected);
    assert_eq!(found.gaps.last(), Some(&Gap::of_code(Place::Whole, "fingerprints", gap)));
    assert!(found.sample.partial);
    for (at, function) in (0u32..).zip(&found.sample.functions) {
        let original = &sample.1.functions[read_ones[at as usize]];
        let called = original.calls.iter().filter_map(|call| match call.target {
            CallTarget::Function(to) => addresses.iter().position(|address| *address == to),
            _ => None,
        });
        let called: Vec<u32> = called.map(|at| at as u32).collect();
        assert_eq!(function.callees, called, "callees are those that were read");
    }
}

const FOUR: [(StartSource, u32); 4] =
    [(StartSource::Gap, 10), (StartSource::Unwind, 10), (StartSource::Call, 10), (StartSource::Symbol, 10)];

#[test]
fn where_work_ends_the_starts_trusted_most_are_read_wherever_they_lie() {
    let limits = |instructions| Limits { instructions, ..Limits::default() };
    let reason = "work budget spent";
    let four = sample(&FOUR);
    // one unit is for the search for marks, eleven are for each function
    let gap = format!(
        "3 of 4 functions not read (1 known by unwind data, 1 known by call, 1 known by gap filling): {reason}"
    );
    check(&four, limits(22), &[3], &gap);
    let gap = format!("2 of 4 functions not read (1 known by call, 1 known by gap filling): {reason}");
    check(&four, limits(33), &[1, 3], &gap);
    let gap = format!("1 of 4 functions not read (1 known by gap filling): {reason}");
    check(&four, limits(44), &[1, 2, 3], &gap);
    let found = read(&four, limits(45));
    assert_eq!((found.sample.functions.len(), found.sample.partial, found.gaps), (4, false, Vec::new()));
}

#[test]
fn where_memory_ends_what_was_read_before_is_kept() {
    let gap = "4 of 4 functions not read (1 known by symbol, 1 known by unwind data, 1 known by call, 1 known by gap filling): memory budget spent";
    check(&sample(&FOUR), Limits { memory: 100, ..Limits::default() }, &[], gap);
}

#[test]
fn where_time_ends_nothing_more_is_read() {
    let gap = "4 of 4 functions not read (1 known by symbol, 1 known by unwind data, 1 known by call, 1 known by gap filling): time budget spent";
    let sample = sample(&FOUR);
    let limits = Limits { time: Duration::ZERO, ..Limits::default() };
    std::thread::sleep(Duration::from_millis(2));
    check(&sample, limits, &[], gap);
}

#[test]
fn the_clock_is_looked_at_between_functions_and_not_only_between_batches() {
    let many = sample(&[(StartSource::Symbol, 3_000); 4_000]);
    let limits = Limits { time: Duration::from_millis(100), ..Limits::default() };
    let mut budget = budget(limits);
    let start = Instant::now();
    let found = fingerprint(SampleId([1; 32]), 7, &many.0, &many.1, &mut budget);
    // many seconds' work; much room for a busy machine
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(found.partial && found.functions.len() < 4_000);
}

#[test]
fn functions_followed_in_part_are_named_up_to_sixteen_and_then_counted() {
    let long = sample(&[(StartSource::Symbol, 20_001); 18]);
    let found = read(&long, Limits::default());
    assert_eq!((found.sample.functions.len(), found.sample.partial), (18, false));
    let reason = "20000 of 20001 instructions followed: too many instructions";
    for (gap, function) in found.gaps.iter().zip(&long.1.functions).take(16) {
        assert_eq!(*gap, Gap::new(Place::Address(function.address), "data flow of function", reason));
    }
    let more = Gap::new(Place::Whole, "data flow of function", "and 2 more functions read in part");
    assert_eq!(found.gaps.get(16..), Some(&[more][..]));
    let short = read(&sample(&[(StartSource::Symbol, 20_000)]), Limits::default());
    assert_eq!(short.gaps, Vec::new());
}

#[test]
fn a_long_name_is_cut_with_a_mark_and_what_is_kept_is_charged() {
    let (mut loaded, program) = sample(&FOUR);
    let name = "é".repeat(100_000);
    for function in &program.functions {
        loaded.hints.names.insert(function.address, Symbol { name: name.clone(), demangled: None });
    }
    let sample = (loaded, program);
    let found = read(&sample, Limits::default());
    for function in &found.sample.functions {
        assert_eq!(function.name, Some("é".repeat(512) + "…"));
    }
    // room for one function with its name, not for two
    let found = read(&sample, Limits { memory: 3_000, ..Limits::default() });
    assert_eq!(found.sample.functions.len(), 1);
}
