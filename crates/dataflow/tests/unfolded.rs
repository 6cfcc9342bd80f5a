//! Callees that are traced where they are called: what comes out is what a compiler makes that inlines them, and what is
//! made large or deep ends at its bound.
#![allow(clippy::unwrap_used)]

mod alone;

use alone::Alone;
use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, LoadOptions, Loaded, Program, RawLayout, load, recover};
use cognate_dataflow::text::Writer;
use cognate_dataflow::{Effect, Trace, Tracer, Unfolded};

const BASE: u64 = 0x10_0000;

fn program(arch: Arch, mut code: Vec<u8>) -> (Loaded, Program) {
    // too few bytes are no file
    code.resize(code.len().max(64), 0xcc);
    let mut budget = Budget::new(&Limits::default());
    let options = LoadOptions { raw: Some(RawLayout { arch, base: BASE }), ..Default::default() };
    let loaded = load(code.into(), &options, &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    (loaded, program)
}

/// Unfolds the function at the start, every callee being small.
fn unfold((loaded, program): &(Loaded, Program)) -> Option<Unfolded> {
    let function = |address| program.functions.get(program.index_of(address)?);
    Unfolded::new(&loaded.image, function(BASE).unwrap(), function)
}

/// The effects that can be seen from outside.
fn effects(trace: &Trace) -> String {
    let (address, call) = (|address| format!("{address:#x}"), |_| "result".to_owned());
    let writer = Writer { graph: &trace.graph, address: &address, call: &call };
    let text = |node| writer.expression(node, 6).replace("stackarg", "arg");
    let line = |effect: &Effect| match effect {
        Effect::Store { address, value, .. } => Some(format!("[{}] = {}", text(*address), text(*value))),
        Effect::Slot { offset, value, width } if *width > 0 && trace.escaped_base(*offset).is_some() => {
            Some(format!("local = {}", text(*value)))
        }
        Effect::Call { arguments, .. } => {
            let arguments: Vec<String> = arguments.iter().map(|&it| text(it)).collect();
            Some(format!("call({})", arguments.join(", ")))
        }
        Effect::Branch(condition) => Some(format!("if {}", text(*condition))),
        Effect::Return(value) => Some(format!("return {}", text(*value))),
        _ => None,
    };
    let lines: Vec<String> = trace.effects.iter().filter_map(|placed| line(&placed.effect)).collect();
    lines.join("; ")
}

#[track_caller]
fn check(arch: Arch, hex: &str, expected: &str) {
    let hex: String = hex.split_whitespace().collect();
    let code = (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap());
    let program = program(arch, code.collect());
    let unfolded = unfold(&program);
    let mut tracer = Tracer::default();
    let found = unfolded.map(|unfolded| effects(tracer.trace_unfolded(&program.0.image, &unfolded, &Alone)));
    assert_eq!(found.as_deref().unwrap_or("nothing to unfold"), expected);
}

#[test]
fn arguments_and_results_pass_between_caller_and_callee() {
    // f: add rdi, 8; call g; inc rax; ret; g: mov rax, [rdi]; ret
    check(Arch::X86_64, "4883c708 e804000000 48ffc0 c3 488b07 c3", "return (load64((arg0 + 8)) + 1)");
    // the same, g unoptimised: push rbp; mov rbp, rsp; mov [rbp-8], rdi; mov rax, [rbp-8]; mov rax, [rax]; pop rbp; ret
    check(
        Arch::X86_64,
        "4883c708 e804000000 48ffc0 c3 55 4889e5 48897df8 488b45f8 488b00 5d c3",
        "return (load64((arg0 + 8)) + 1)",
    );
    // f: push [esp+4]; call g; add esp, 4; ret; g: mov eax, [esp+4]; mov eax, [eax]; ret
    check(Arch::X86, "ff742404 e804000000 83c404 c3 8b442404 8b00 c3", "return load32(arg0)");
    // f: stp x29, x30, [sp, -16]!; bl g; add x0, x0, 1; ldp x29, x30, [sp], 16; ret; g: ldr x0, [x0, 8]; ret
    check(
        Arch::Aarch64,
        "fd7bbfa9 04000094 00040091 fd7bc1a8 c0035fd6 000440f9 c0035fd6",
        "return (load64((arg0 + 8)) + 1)",
    );
}

#[test]
fn a_callee_writes_into_the_frame_of_its_caller_and_not_over_it() {
    // f: sub rsp, 24; mov [rsp+8], 5; lea rdi, [rsp+8]; call g; mov rax, [rsp+8]; inc rax; add rsp, 24; ret
    // g: push 7; pop rcx; mov [rdi], rsi; ret
    check(
        Arch::X86_64,
        "4883ec18 48c744240805000000 488d7c2408 e80d000000 488b442408 48ffc0 4883c418 c3 6a07 59 488937 c3",
        "return (arg1 + 1)",
    );
}

#[test]
fn ways_through_a_callee_meet_behind_it() {
    // f: call g; mov [rsi], rax; ret; g: test rdi, rdi; je 1f; mov eax, 1; ret; 1: mov eax, 2; ret
    check(
        Arch::X86_64,
        "e804000000 488906 c3 4885ff 7406 b801000000 c3 b802000000 c3",
        "if (arg0 == 0); [arg1] = either(2, 1); return either(2, 1)",
    );
}

#[test]
fn what_is_jumped_to_returns_for_its_caller() {
    // f: call g; call h; ret; g: add rdi, 1; jmp h; h: mov rax, [rdi]; ret
    check(
        Arch::X86_64,
        "e806000000 e80a000000 c3 4883c701 e900000000 488b07 c3",
        "return load64((arg0 + 1))",
    );
}

#[test]
fn what_calls_itself_stays_a_call() {
    // f: call g; ret; g: call g; ret
    check(Arch::X86_64, "e801000000 c3 e8fbffffff c3", "call(); return result");
    // f: call f; ret
    check(Arch::X86_64, "e8fbffffff c3", "nothing to unfold");
}

/// A function that makes so many calls, and so many of so many instructions that each call the next.
fn calls(calls: usize, functions: usize, instructions: usize) -> Vec<u8> {
    let length = instructions + 6;
    let mut code = Vec::new();
    let call = |code: &mut Vec<u8>, to: usize| {
        code.push(0xe8);
        code.extend(((to as i64 - code.len() as i64 - 4) as i32).to_le_bytes());
    };
    for at in 0..calls {
        call(&mut code, 5 * calls + 1 + length * (at % functions));
    }
    code.push(0xc3);
    for at in 0..functions {
        code.extend(std::iter::repeat_n(0x90, instructions));
        let next = (at + 1) % functions;
        call(&mut code, 5 * calls + 1 + length * next);
        code.push(0xc3);
    }
    code
}

#[test]
fn what_is_put_in_place_is_bounded() {
    for (code, least, most) in [
        // ten thousand calls; ten thousand functions in a chain; callees of 20,000 instructions; all call all
        (calls(10_000, 1, 1), 10_000, 10_200),
        (calls(1, 10_000, 1), 2, 20),
        (calls(4, 2, 20_000), 0, 0),
        (calls(1_000, 50, 80), 1_000, 7_100),
    ] {
        let program = program(Arch::X86_64, code);
        let unfolded = unfold(&program);
        let instructions = unfolded.as_ref().map_or(0, Unfolded::instructions);
        assert!((least..=most).contains(&instructions), "{instructions}");
        if let Some(unfolded) = unfolded {
            let mut tracer = Tracer::default();
            assert_eq!(tracer.trace_unfolded(&program.0.image, &unfolded, &Alone).cut, None);
        }
    }
}
