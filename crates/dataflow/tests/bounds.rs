//! What functions make deep or large ends at its bound, on a small stack, in time and room that grow no faster than they do.
#![allow(clippy::unwrap_used)]

mod alone;

use alone::Alone;
use cognate_binary::{Arch, Block, Edge, EdgeKind, Format, Function, Image, Segment, StartSource};
use cognate_dataflow::{Cut, Effect, MOST_INSTRUCTIONS, Trace, Tracer};

const BASE: u64 = 0x10_0000;
/// Threads of a pool have eight times as much.
const SMALL_STACK: usize = 256 << 10;

/// What came out of a trace.
#[derive(Debug, PartialEq)]
struct Outcome {
    cut: Option<Cut>,
    followed: u32,
    effects: usize,
    nodes: usize,
}

/// Traces blocks of code, given with the blocks they lead to, on a small stack.
fn trace(blocks: &[(Vec<u8>, u32, Vec<u32>)]) -> Outcome {
    traced(blocks, |trace| Outcome {
        cut: trace.cut,
        followed: trace.lifted.1,
        effects: trace.effects.len(),
        nodes: trace.graph.len(),
    })
}

fn traced<T: Send>(blocks: &[(Vec<u8>, u32, Vec<u32>)], look: impl Fn(&Trace) -> T + Sync) -> T {
    let code: Vec<u8> = blocks.iter().flat_map(|(code, ..)| code).copied().collect();
    let segment = Segment {
        name: ".text".into(),
        address: BASE,
        size: code.len() as u64,
        file_offset: 0,
        file_bytes: code.len() as u64,
        writable: false,
        executable: true,
    };
    let image = Image::new(Format::Elf, Arch::X86_64, BASE, vec![segment], code.into());
    let mut address = BASE;
    let block = |(code, instructions, to): &(Vec<u8>, u32, Vec<u32>)| {
        let edges = to.iter().map(|&to| Edge { to, kind: EdgeKind::Jump }).collect();
        let block = Block { address, bytes: code.len() as u32, instructions: *instructions, edges };
        address += code.len() as u64;
        block
    };
    let function = Function {
        address: BASE,
        source: StartSource::Symbol,
        blocks: blocks.iter().map(block).collect(),
        calls: Vec::new(),
        tables: Vec::new(),
        no_return: false,
        thunk: false,
    };
    let small = std::thread::Builder::new().stack_size(SMALL_STACK);
    std::thread::scope(|scope| {
        let thread = small.spawn_scoped(scope, || look(Tracer::default().trace(&image, &function, &Alone)));
        thread.unwrap().join().unwrap()
    })
}

/// One instruction again and again, and then others, as one block.
fn straight(again: &[u8], count: u32, end: &[u8], ends: u32) -> Vec<(Vec<u8>, u32, Vec<u32>)> {
    vec![([again.repeat(count as usize), end.to_vec()].concat(), count + ends, Vec::new())]
}

/// Doubled, it must end in the same way (`cut`) with at most 2.5 times as many expressions.
#[track_caller]
fn check_deep(again: &[u8], each: u32, cut: Option<Cut>) {
    let (end, ends) = KEEP;
    let most = (MOST_INSTRUCTIONS - ends) / each;
    let code = |count: u32| {
        let mut code = straight(again, count, end, ends);
        code[0].1 = count * each + ends;
        code
    };
    let half = trace(&code(most / 2));
    let whole = trace(&code(most));
    assert_eq!((half.cut, whole.cut), (cut, cut));
    assert!(cut.is_some() || whole.followed == most * each + ends);
    assert!(whole.nodes as f64 <= 2.5 * half.nodes as f64, "{half:?} {whole:?}");
    assert!(cut.is_some() || whole.effects > 0, "{whole:?}");
}

/// `mov [rdi], eax; sete [rdi+4]; ret`
const KEEP: (&[u8], u32) = (&[0x89, 0x07, 0x0f, 0x94, 0x47, 0x04, 0xc3], 3);

#[test]
fn a_function_of_shifts_by_a_register_is_as_deep_as_it_is_long() {
    check_deep(&[0xd3, 0xe0], 1, None); // shl eax, cl
    check_deep(&[0xd3, 0xe0, 0x0f, 0x94, 0x47, 0x04], 2, Some(Cut::Expressions)); // and sete [rdi+4]
}

#[test]
fn a_function_of_one_long_comparison_is_as_deep_as_it_is_long() {
    // mov ecx, [rdi]; xor ecx, esi; or eax, ecx
    check_deep(&[0x8b, 0x0f, 0x31, 0xf1, 0x09, 0xc8], 3, None);
}

#[test]
fn parts_of_registers_put_into_one_another_are_as_deep_as_they_are_long() {
    check_deep(&[0x88, 0xc4, 0x00, 0xe0], 2, None); // mov ah, al; add al, ah
    check_deep(&[0x88, 0xdc, 0xd0, 0xe4], 2, None); // mov ah, bl; shl ah, 1
    check_deep(&[0x66, 0x0f, 0xbe, 0xc4], 1, None); // movsx ax, ah
}

#[test]
fn choices_between_choices_are_as_deep_as_they_are_long() {
    // test edi, edi; cmove eax, ecx; cmovs ecx, eax
    check_deep(&[0x85, 0xff, 0x0f, 0x44, 0xc1, 0x0f, 0x48, 0xc8], 3, None);
    // adc eax, edx; rcl edx, cl
    check_deep(&[0x11, 0xd0, 0xd3, 0xd2], 2, None);
    // shl eax, cl; shr edx, cl; sete al: conditions on choices of choices
    check_deep(&[0xd3, 0xe0, 0xd3, 0xea, 0x0f, 0x94, 0xc0], 3, None);
    // shl eax, cl; cmove edx, eax; cmovb eax, edx
    check_deep(&[0xd3, 0xe0, 0x0f, 0x44, 0xd0, 0x0f, 0x42, 0xc2], 3, Some(Cut::Expressions));
}

#[test]
fn a_function_of_as_many_instructions_as_are_traced_is_not_cut_and_one_more_is() {
    let add: &[u8] = &[0x01, 0xc8];
    let whole = trace(&straight(add, MOST_INSTRUCTIONS - 1, &[0xc3], 1));
    assert_eq!((whole.cut, whole.followed), (None, MOST_INSTRUCTIONS));
    let more = trace(&straight(add, MOST_INSTRUCTIONS, &[0xc3], 1));
    assert_eq!((more.cut, more.followed), (Some(Cut::Instructions), MOST_INSTRUCTIONS));
    let much = trace(&straight(add, 3 * MOST_INSTRUCTIONS, &[0xc3], 1));
    assert_eq!(much, more, "what lies behind the bound changes nothing");
}

/// Blocks of one `add [rsp+8n], rax` each, one leading to the next.
fn chain(count: u32) -> Vec<(Vec<u8>, u32, Vec<u32>)> {
    let block = |at: u32| {
        let mut code = vec![0x48, 0x01, 0x84, 0x24];
        code.extend_from_slice(&(8 * (at % 1000)).to_le_bytes());
        (code, 1, if at + 1 < count { vec![at + 1] } else { Vec::new() })
    };
    (0..count).map(block).collect()
}

#[test]
fn a_chain_of_blocks_is_followed_to_twice_the_bound_and_no_further() {
    assert_eq!(trace(&chain(2_000)).cut, None);
    // each slot is looked for in the blocks before
    assert_eq!(trace(&chain(MOST_INSTRUCTIONS)).cut, Some(Cut::Values));
    let long = trace(&chain(5 * MOST_INSTRUCTIONS));
    assert!(long.cut.is_some() && long.followed <= 2 * MOST_INSTRUCTIONS, "{long:?}");
}

/// Blocks that each branch over the next, so that ways meet everywhere; the last leads back to the first but one.
fn ladder(count: u32) -> Vec<(Vec<u8>, u32, Vec<u32>)> {
    let mut blocks = chain(count);
    for (at, (_, _, to)) in (0u32..).zip(&mut blocks) {
        if at + 2 < count {
            to.push(at + 2);
        } else {
            *to = vec![1];
        }
    }
    blocks
}

#[test]
fn a_ladder_of_ways_that_meet_costs_as_much_as_it_is_long() {
    let half = trace(&ladder(5_000));
    let whole = trace(&ladder(10_000));
    assert!(whole.nodes as f64 <= 2.5 * half.nodes as f64, "{half:?} {whole:?}");
    assert!(trace(&ladder(100_000)).followed <= 2 * MOST_INSTRUCTIONS);
}

#[test]
fn a_switch_with_a_hundred_thousand_ways_to_one_block_is_looked_at_within_the_bound() {
    // two such blocks with every register read in the one behind: each look-up compares all ways
    let read: Vec<u8> = (0..6u8).flat_map(|reg| [0x50 + reg]).collect();
    let blocks = vec![
        (vec![0xff, 0xe0], 1, vec![1; 100_000]),
        (read.clone(), 6, vec![2; 100_000]),
        ([read, vec![0xc3]].concat(), 7, Vec::new()),
    ];
    let outcome = trace(&blocks);
    assert_eq!((outcome.cut, outcome.followed), (None, 14));
    // and with a thousand slots of the frame behind a loop: more ways than are looked at
    let mut loads = Vec::new();
    for at in 0..1_000u32 {
        loads.extend_from_slice(&[0x48, 0x03, 0x84, 0x24]);
        loads.extend_from_slice(&(8 * at).to_le_bytes());
    }
    let looped = [vec![2; 100_000], vec![1; 100_000]].concat();
    let blocks = vec![
        (vec![0xff, 0xe0], 1, vec![1; 100_000]),
        (vec![0x90], 1, looped),
        ([loads, vec![0xc3]].concat(), 1_001, Vec::new()),
    ];
    let outcome = trace(&blocks);
    assert_eq!(outcome.cut, Some(Cut::Ways), "{outcome:?}");
}

#[test]
fn a_loop_that_counts_behind_the_bound_seems_not_to_count() {
    // xor eax, eax; loop: mov [rdi], eax; …20,000 instructions…; inc eax; jmp loop
    let blocks = vec![
        (vec![0x31, 0xc0], 1, vec![1]),
        (vec![0x89, 0x07], 1, vec![2]),
        ([0x01, 0xca].repeat(MOST_INSTRUCTIONS as usize), MOST_INSTRUCTIONS, vec![3]),
        (vec![0x90, 0xff, 0xc0], 2, vec![1]),
    ];
    let stored_number = traced(&blocks, |trace| {
        trace.effects.iter().any(|placed| match placed.effect {
            Effect::Store { value, .. } => trace.graph.number(value).is_some(),
            _ => false,
        })
    });
    // of the block that counts the first instruction is followed: known to be wrong, and said (`cut`)
    assert!(stored_number);
}
