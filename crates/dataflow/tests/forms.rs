//! One source, many compilers: what their code for it looks like once traced.
//!
//! `fixtures/forms.tsv` holds the bytes of the functions of `forms.c` as ten
//! compilers and levels wrote them (`forms.sh` builds it again). `forms.txt` holds
//! what each becomes, with the builds that agree: fewer lines are better.
//! `UPDATE=1` writes it again.
#![allow(clippy::unwrap_used)]

mod alone;

use alone::Alone;
use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, LoadOptions, RawLayout, load, recover};
use cognate_dataflow::text::Writer;
use cognate_dataflow::{Effect, Tracer};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;

fn arch(build: &str) -> Arch {
    match build.rsplit('-').next() {
        Some("x86") => Arch::X86,
        Some("arm64") => Arch::Aarch64,
        _ => Arch::X86_64,
    }
}

/// The effects of the function at the start of `bytes`, one a line.
fn effects(arch: Arch, mut bytes: Vec<u8>) -> String {
    // too few bytes are no file
    bytes.resize(bytes.len().max(64), 0);
    let mut budget = Budget::new(&Limits::default());
    let raw = Some(RawLayout { arch, base: 0x10_0000 });
    let options = LoadOptions { raw, ..Default::default() };
    let loaded = load(bytes.into(), &options, &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let function = &program.functions[program.index_of(0x10_0000).unwrap()];
    let mut tracer = Tracer::default();
    let trace = tracer.trace(&loaded.image, function, &Alone);
    let (address, call) = (|address| format!("{address:#x}"), |_| "result".to_owned());
    let writer = Writer { graph: &trace.graph, address: &address, call: &call };
    let text = |node| writer.expression(node, 6).replace("stackarg", "arg");
    let line = |effect: &Effect| match effect {
        Effect::Store { address, value, width } => {
            Some(format!("store{width} {} = {}", text(*address), text(*value)))
        }
        Effect::Slot { .. } => None,
        Effect::Call { arguments, .. } => {
            let mut arguments: Vec<String> = arguments.iter().map(|&it| text(it)).collect();
            arguments.sort();
            Some(format!("call({})", arguments.join(", ")))
        }
        Effect::Block { copy, operands } => Some(format!("block {copy} {}", operands.map(text).join(", "))),
        Effect::Branch(condition) => {
            Some(format!("if {}", text(trace.graph.negated(*condition).unwrap_or(*condition))))
        }
        Effect::Switch(target) => Some(format!("switch {}", text(*target))),
        Effect::Return(value) => Some(format!("return {}", text(*value))),
    };
    let lines: Vec<String> = trace.effects.iter().filter_map(|placed| line(&placed.effect)).collect();
    lines.join("; ")
}

/// Traces whatever functions are found in the bytes.
fn trace_all(arch: Arch, bytes: Vec<u8>) {
    let mut budget = Budget::new(&Limits::default());
    let options = LoadOptions { raw: Some(RawLayout { arch, base: 0x10_0000 }), ..Default::default() };
    let Ok(loaded) = load(bytes.into(), &options, &mut budget) else { return };
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let mut tracer = Tracer::default();
    for function in &program.functions {
        tracer.trace(&loaded.image, function, &Alone);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_are_traced_without_a_panic(
        arch in prop::sample::select(vec![Arch::X86, Arch::X86_64, Arch::Aarch64]),
        bytes in prop::collection::vec(any::<u8>(), 64..2048),
    ) {
        trace_all(arch, bytes);
    }

    #[test]
    fn code_with_bits_flipped_is_traced_without_a_panic(
        row in 0usize..180,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        copies in 1usize..12,
    ) {
        let text = include_str!("fixtures/forms.tsv");
        let row = text.lines().nth(row % text.lines().count()).unwrap();
        let [_, build, hex] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let mut code = bytes(hex).repeat(copies);
        for (at, byte) in flips {
            let at = at.index(code.len());
            code[at] = byte;
        }
        code.resize(code.len().max(64), 0);
        trace_all(arch(build), code);
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn a_store_of_128_bits_is_the_two_it_was_made_of() {
    let rows = [
        // xorps xmm0, xmm0; movups [rdi + 8], xmm0
        ("0f57c00f114708c3", "store64 (arg0 + 8) = 0; store64 (arg0 + 0x10) = 0"),
        // movq xmm0, rsi; movq xmm1, rdx; punpcklqdq xmm0, xmm1; movups [rdi], xmm0
        ("66480f6ec666480f6eca660f6cc10f1107c3", "store64 arg0 = arg1; store64 (arg0 + 8) = arg2"),
        // movups xmm0, [rsi]; movups [rdi], xmm0
        ("0f10060f1107c3", "store64 arg0 = load64(arg1); store64 (arg0 + 8) = load64((arg1 + 8))"),
    ];
    for (hex, expected) in rows {
        assert_eq!(effects(Arch::X86_64, bytes(hex)), expected);
    }
}

#[test]
fn what_lies_already_in_front_of_an_argument_that_is_set_is_passed_on() {
    // mov esi, 5; call f; ret; f: ret
    let found = effects(Arch::X86_64, bytes("be05000000e801000000c3c3"));
    assert_eq!(found, "call(5, arg0); return result");
}

#[test]
fn what_compilers_make_of_one_source() {
    let mut functions: BTreeMap<&str, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for row in include_str!("fixtures/forms.tsv").lines() {
        let [name, build, hex] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let text = effects(arch(build), bytes(hex));
        functions.entry(name).or_default().entry(text).or_default().push(build);
    }
    let mut found = String::new();
    for (name, forms) in &functions {
        writeln!(found, "{name}").unwrap();
        let mut forms: Vec<_> = forms.iter().collect();
        forms.sort_by_key(|(_, builds)| std::cmp::Reverse(builds.len()));
        for (text, builds) in forms {
            writeln!(found, "  {text}\n    {}", builds.join(" ")).unwrap();
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/forms.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap();
    assert!(known == found, "forms have changed; UPDATE=1 and read the difference:\n{found}");
}
