//! What is shown of data flow is what is stored, and depends on nothing that was read before.
#![allow(clippy::unwrap_used)]

use cognate_base::{Budget, Limits, SampleId};
use cognate_binary::{Arch, LoadOptions, RawLayout, load, recover};
use cognate_fingerprint::{Reader, Scratch, flow_weight};
use std::collections::BTreeSet;

/// Checks every function of a file of the command line's fixtures.
fn check(name: &str) {
    let path = format!("{}/../cli/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let (id, size) = (SampleId::of(&bytes), bytes.len() as u64);
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), &LoadOptions::default(), &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let reader = Reader::within(&loaded, &program, &mut budget);
    let count = program.functions.len();
    let mut used = Scratch::default();
    let forward: Vec<_> = (0..count).filter_map(|at| reader.function_in_time(at, &mut used)).collect();
    // the other way round with the same memory, and with fresh memory for each
    for at in (0..count).rev() {
        assert_eq!(
            reader.function_in_time(at, &mut used).as_ref(),
            forward.get(at),
            "{name}, function {at}, used memory"
        );
        let fresh = reader.function_in_time(at, &mut Scratch::default());
        assert_eq!(fresh.as_ref(), forward.get(at), "{name}, function {at}, fresh memory");
    }
    let sample = reader.finish(id, size, (0u32..).zip(forward).collect());
    let mut seen = 0;
    for (at, (function, stored)) in program.functions.iter().zip(&sample.functions).enumerate() {
        let shown = reader.expressions(at, &mut used);
        let features: Vec<u32> = shown.iter().map(|expression| expression.feature).collect();
        assert_eq!(features, stored.fingerprint.flow.features, "{name}, function {at}");
        for expression in &shown {
            let inside =
                |address| function.blocks.iter().any(|block| (block.address..block.end()).contains(&address));
            assert!(!expression.text.is_empty() && inside(expression.address), "{name}: {expression:?}");
            assert_eq!(expression.bits, flow_weight(expression.feature));
        }
        seen += shown.len();
    }
    assert!(seen > 50, "{name} has {seen} expressions");
}

#[test]
fn what_is_shown_is_what_is_stored() {
    ["alpha.elf", "beta.elf", "alpha.dll"].into_iter().for_each(check);
}

/// The data-flow features of a function of x86-64.
fn features(code: &[u8]) -> BTreeSet<u32> {
    let mut bytes = code.to_vec();
    // too few bytes are no file
    bytes.resize(64, 0);
    let options =
        LoadOptions { raw: Some(RawLayout { arch: Arch::X86_64, base: 0x10_0000 }), ..Default::default() };
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), &options, &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let index = program.index_of(0x10_0000).unwrap();
    let reader = Reader::within(&loaded, &program, &mut budget);
    reader.flow_features(index, &mut Scratch::default()).into_iter().collect()
}

#[test]
fn a_choice_says_what_its_ways_say() {
    // test edi, edi; mov edx, 5; cmovne rdx, rcx; mov [rsi], rdx; ret
    let chosen = features(b"\x85\xff\xba\x05\0\0\0\x48\x0f\x45\xd1\x48\x89\x16\xc3");
    // test edi, edi; je 1f; mov [rsi], rcx; ret; 1: mov qword [rsi], 5; ret
    let branched = features(b"\x85\xff\x74\x04\x48\x89\x0e\xc3\x48\xc7\x06\x05\0\0\0\xc3");
    let only_branched: Vec<_> = branched.difference(&chosen).collect();
    assert!(branched.len() > 4 && only_branched.is_empty(), "{only_branched:x?} of {branched:x?}");
}
