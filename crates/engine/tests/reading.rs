//! One sample, read on any number of threads, within any budget of work.
#![allow(clippy::unwrap_used)]

use cognate_base::Limits;
use cognate_binary::{Arch, LoadOptions, RawLayout};
use cognate_engine::{Analysis, EngineOptions, analyse};

fn read(bytes: &[u8], limits: Limits, raw: Option<RawLayout>, threads: usize) -> Analysis {
    let options =
        EngineOptions { limits, load: LoadOptions { raw, ..LoadOptions::default() }, ..Default::default() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| analyse("sample", bytes.into(), &options)).unwrap()
}

/// Checks that so many instructions of work give the same on one thread and on many.
#[track_caller]
fn check(bytes: &[u8], instructions: u64) -> Analysis {
    let limits = Limits { instructions, ..Limits::default() };
    let one = read(bytes, limits, None, 1);
    for threads in [2, 7] {
        let other = read(bytes, limits, None, threads);
        assert_eq!(one.fingerprint, other.fingerprint, "{instructions} instructions, {threads} threads");
        assert_eq!(one.program.gaps, other.program.gaps);
    }
    one
}

#[test]
fn what_a_spent_budget_leaves_does_not_depend_on_threads() {
    let path = format!("{}/../cli/tests/fixtures/alpha.elf", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let whole = check(&bytes, Limits::default().instructions);
    assert!(!whole.fingerprint.partial);
    let mut counts = Vec::new();
    for instructions in [1_500, 2_000, 3_000, 4_000, 6_000] {
        counts.push(check(&bytes, instructions).fingerprint.functions.len());
    }
    assert!(counts.is_sorted(), "more work reads more: {counts:?}");
}

#[test]
fn expressions_as_deep_as_a_function_is_long_cost_no_thread_its_stack() {
    let raw = Some(RawLayout { arch: Arch::X86_64, base: 0x1000 });
    let mut deep = [0xd3, 0xe0].repeat(19_000); // shl eax, cl
    deep.extend([0x0f, 0x94, 0x07, 0xc3]); // sete [rdi]; ret
    let read = read(&deep, Limits::default(), raw, 2);
    assert_eq!(read.fingerprint.functions.len(), 1);
    assert!(read.fingerprint.functions[0].fingerprint.flow.bits > 0);
}
