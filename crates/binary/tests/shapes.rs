//! Shapes of code that once cost the square of their length, each at growing sizes: what recovery
//! spends grows with the length, and what it keeps too. Units of work are counted, not seconds, so
//! that the machine does not matter.

use cognate_base::{Budget, Limits};
use cognate_binary::{
    Arch, Format, Hints, Image, LoadOptions, Program, RawLayout, Segment, Start, StartSource, load, recover,
};

const BASE: u64 = 0x10_0000;
const RET: u8 = 0xc3;

/// Twice the input costs at most this many times as much, in percent.
const LINEAR: u64 = 250;

/// Bytes kept for each byte of code, at most: a function of one byte takes most.
const KEPT_A_BYTE: u64 = 200;

/// Bytes that a small sample may take beside that: what functions may share, and tables have, anyway.
const KEPT_ANYWAY: u64 = 6 << 20;

/// Code with the functions that a file would name in it: offset, length.
type Shape = (Vec<u8>, Vec<(u64, u64)>);

struct Cost {
    program: Program,
    spent: u64,
    kept: u64,
    bytes: u64,
}

fn cost((code, named): &Shape) -> Cost {
    let bytes = code.len() as u64;
    let segment = Segment {
        name: String::new(),
        address: BASE,
        size: bytes,
        file_offset: 0,
        file_bytes: bytes,
        writable: false,
        executable: true,
    };
    let image = Image::new(Format::Raw, Arch::X86_64, BASE, vec![segment], code.as_slice().into());
    let start = |&(offset, len): &(u64, u64)| Start {
        address: BASE + offset,
        end: (len > 0).then_some(BASE + offset + len),
        source: StartSource::Symbol,
    };
    let mut hints = Hints::default();
    hints.starts = named.iter().map(start).collect();
    let mut budget = Budget::new(&Limits::default());
    let room = budget.room();
    let program = recover(&image, &hints, &mut budget);
    Cost { program, spent: budget.spent(), kept: room - budget.room(), bytes }
}

/// The shape at three sizes, each twice the one before.
fn check(what: &str, size: usize, shape: impl Fn(usize) -> Shape) {
    let costs = [1, 2, 4].map(|times| cost(&shape(size * times)));
    for pair in costs.windows(2) {
        let (small, large) = (&pair[0], &pair[1]);
        assert!(
            large.spent * 100 <= small.spent * LINEAR,
            "{what}: {} units for {} bytes, {} for {}",
            small.spent,
            small.bytes,
            large.spent,
            large.bytes
        );
    }
    for cost in &costs {
        let most = cost.bytes * KEPT_A_BYTE + KEPT_ANYWAY;
        assert!(cost.kept <= most, "{what}: {} bytes kept for {} of code", cost.kept, cost.bytes);
    }
}

/// The same for code of which every function must be found.
fn check_all_found(
    what: &str,
    size: usize,
    shape: impl Fn(usize) -> Shape,
    functions: impl Fn(usize) -> usize,
) {
    check(what, size, &shape);
    let found = cost(&shape(size)).program;
    assert_eq!(found.functions.len(), functions(size), "{what}");
    assert!(found.gaps.is_empty(), "{what}: {:?}", found.gaps);
}

fn relative(opcode: u8, from: usize, to: usize) -> [u8; 5] {
    let offset = i32::try_from(to as i64 - from as i64 - 5).unwrap().to_le_bytes();
    [opcode, offset[0], offset[1], offset[2], offset[3]]
}

fn put(code: &mut [u8], at: usize, bytes: &[u8]) {
    code[at..at + bytes.len()].copy_from_slice(bytes);
}

/// `n` functions in 16 bytes each, the last one a `ud2`.
fn slots(n: usize, body: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut code = vec![0xcc; n * 16];
    for at in 0..n - 1 {
        put(&mut code, at * 16, &body(at * 16));
    }
    put(&mut code, (n - 1) * 16, &[0x0f, 0x0b]);
    code
}

fn tail_chain(n: usize) -> Vec<u8> {
    slots(n, |at| relative(0xe9, at, at + 16).to_vec())
}

fn call_chain(n: usize) -> Vec<u8> {
    slots(n, |at| [relative(0xe8, at, at + 16).as_slice(), &[RET]].concat())
}

fn each(n: usize, step: u64, len: u64) -> Vec<(u64, u64)> {
    (0..n as u64).map(|at| (at * step, len)).collect()
}

/// A function before all others that calls each of them, the last first where `backwards`.
fn with_hub(chain: &[u8], backwards: bool) -> Shape {
    let n = chain.len() / 16;
    let begin = (n * 5 + 1).next_multiple_of(16);
    let mut code = vec![0xcc; begin];
    for at in 0..n {
        let callee = if backwards { n - 1 - at } else { at };
        put(&mut code, at * 5, &relative(0xe8, at * 5, begin + callee * 16));
    }
    code[n * 5] = RET;
    code.extend_from_slice(chain);
    (code, vec![(0, 0)])
}

/// Small functions that set up a frame, as compilers write them.
fn frames(n: usize) -> Vec<u8> {
    let mut function =
        b"\x55\x48\x89\xe5\xb8\x11\x22\x33\x44\x05\x66\x77\x88\x09\x69\xc0\x0d\x0e\x0f\x01\x5d\xc3".to_vec();
    function.resize(32, 0xcc);
    function.repeat(n)
}

/// `n` switches over one table of `entries`, which lead to `targets` places.
fn switches(n: usize, entries: usize, targets: usize) -> Shape {
    const SIZE: usize = 19;
    let out = n * SIZE;
    let table = (out + targets + 16).next_multiple_of(8);
    let mut code = vec![RET; table];
    for at in 0..n {
        let begin = at * SIZE;
        put(&mut code, begin, &[0x3d]); // cmp eax, entries - 1
        put(&mut code, begin + 1, &(entries as u32 - 1).to_le_bytes());
        put(&mut code, begin + 5, &[0x0f, 0x87, 8, 0, 0, 0]); // ja to the next switch
        put(&mut code, begin + 11, &[0xff, 0x24, 0xc5]); // jmp [rax * 8 + table]
        put(&mut code, begin + 14, &(BASE as u32 + table as u32).to_le_bytes());
        put(&mut code, begin + 18, &[0x90]);
    }
    for entry in 0..entries {
        code.extend_from_slice(&(BASE + (out + entry % targets) as u64).to_le_bytes());
    }
    (code, Vec::new())
}

/// One table search on the way to each of `n` switches, over a table that its bound says is large.
fn table_search(n: usize) -> Shape {
    let table = (n * 8 + 64).next_multiple_of(16);
    let mut code = vec![0x3d];
    code.extend_from_slice(&(n as u32 * 100).to_le_bytes());
    code.extend_from_slice(&[0x0f, 0x87, 0, 0, 0, 0, 0x0f, 0xb6, 0x80]);
    code.extend_from_slice(&(BASE as u32 + table as u32).to_le_bytes());
    for _ in 0..n {
        code.extend_from_slice(&[0x48, 0x8d, 0x0c, 0x85, 0, 0, 0x10, 0]); // lea rcx, [rax * 4 + …]
    }
    code.extend_from_slice(&[0xff, 0x24, 0xc5]);
    code.extend_from_slice(&(BASE as u32 + table as u32).to_le_bytes());
    code.resize(table + n * 100, RET);
    (code, vec![(0, 0)])
}

/// `n` functions that jump to one body of `n` short blocks.
fn shared_body(n: usize) -> Shape {
    let mut code: Vec<u8> = vec![0xcc; n * 16];
    for at in 0..n {
        put(&mut code, at * 16, &relative(0xe9, at * 16, n * 16));
    }
    code.extend_from_slice(&[0x74, 0].repeat(n));
    code.push(RET);
    (code, Vec::new())
}

#[test]
fn functions_that_only_the_search_finds() {
    check_all_found("frames", 2000, |n| (frames(n), Vec::new()), |n| n);
    check_all_found("a byte each", 2000, |n| (vec![RET; n], Vec::new()), |n| n);
    check_all_found("a byte each, padded", 2000, |n| ([0x90, RET].repeat(n), Vec::new()), |n| n);
}

#[test]
fn bytes_that_hold_none() {
    for (what, bytes) in [
        ("zeros", vec![0u8]),
        ("nops", vec![0x90]),
        ("int3", vec![0xcc]),
        ("no instructions", vec![0x06]),
        ("padding before no instruction", vec![0x90, 0x06]),
        ("runs of padding", [[0x90].repeat(31), vec![0x06]].concat()),
        ("privileged", vec![0xf4]),
        ("calls to nowhere", vec![0xe8, 0xff, 0xff, 0xff, 0x7f]),
    ] {
        check(what, 20_000, |n| (bytes.repeat(n / bytes.len()), Vec::new()));
    }
}

#[test]
fn chains_that_end_in_a_stop() {
    check_all_found("tail calls, named", 1000, |n| (tail_chain(n), each(n, 16, 16)), |n| n);
    check_all_found("tail calls, called", 1000, |n| with_hub(&tail_chain(n), false), |n| n + 1);
    check_all_found("calls, named", 1000, |n| (call_chain(n), each(n, 16, 0)), |n| n);
    check("calls, called", 1000, |n| with_hub(&call_chain(n), false));
    check("calls, called backwards", 1000, |n| with_hub(&call_chain(n), true));
}

#[test]
fn one_named_function_over_everything() {
    for (what, bytes) in [
        ("returns", vec![RET]),
        ("branches", vec![0x74, 0]),
        ("jumps", vec![0xeb, 0]),
        ("sums", vec![0x01, 0xd8]),
        ("returns after no instruction", vec![0x06, RET]),
        ("returns after padding", vec![0x90, 0x90, RET]),
        ("jumps back", vec![0xeb, 0xfd, RET]),
        ("calls of the next", vec![0xe8, 0, 0, 0, 0]),
        ("calls of the one after", vec![0xe8, 5, 0, 0, 0]),
        ("calls amid others", vec![0xe8, 0, 1, 0, 0]),
        ("unknown jumps", vec![0xff, 0xe0]),
        ("unknown calls", vec![0xff, 0xd0]),
        ("lea", vec![0x48, 0x8d, 0x05, 0, 0, 0, 0]),
        ("lea and jump", vec![0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xff, 0xe0]),
    ] {
        let shape = |n: usize| {
            let code = bytes.repeat(n / bytes.len());
            let len = code.len() as u64;
            (code, vec![(0, len)])
        };
        check(what, 20_000, shape);
        check(&format!("{what}, not named"), 20_000, |n| (shape(n).0, Vec::new()));
    }
}

#[test]
fn switches_over_one_table() {
    check("entries that lead to one place", 50, |n| switches(n, 4096, 1));
    check("entries that lead to many places", 50, |n| switches(n, 512, 512));
    check("more entries than a sample may have", 2000, |n| switches(n, 4096, 1));
    check("a search at every instruction", 2000, table_search);
}

#[test]
fn code_that_many_functions_share() {
    check("one body behind all", 20_000, shared_body);
}

#[test]
fn noise() {
    let noise = |n: usize| {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        ((0..n).map(|_| next()).collect::<Vec<u8>>(), Vec::new())
    };
    check("noise", 100_000, noise);
    check("noise, named as one", 100_000, |n| (noise(n).0, vec![(0, n as u64)]));
    check("noise, named everywhere", 100_000, |n| (noise(n).0, each(n / 16, 16, 0)));
}

#[test]
fn a_large_raw_image_is_searched_to_its_end() {
    let bytes = frames(30_000);
    let raw = Some(RawLayout { arch: Arch::X86_64, base: 0 });
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), &LoadOptions { raw, ..LoadOptions::default() }, &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    assert_eq!(program.functions.len(), 30_000);
    assert!(program.gaps.is_empty(), "{:?}", program.gaps);
    assert!(budget.spent() < 30 * 30_000, "{} units: less than one a byte", budget.spent());
}
