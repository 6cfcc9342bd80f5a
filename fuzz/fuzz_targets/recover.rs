//! Any bytes go through load, recovery and fingerprints: no panic, no endless loop.
//!
//! The first byte says how the rest is read: as a file, as a memory image, or
//! as bare code of one of the three instruction sets.
#![no_main]

use cognate_base::{Budget, Limits, SampleId};
use cognate_binary::{Arch, LoadOptions, RawLayout, load, recover};
use cognate_fingerprint::fingerprint;
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else { return };
    let limits = Limits {
        instructions: 2_000_000,
        functions: 10_000,
        time: Duration::from_secs(5),
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let Ok(loaded) = load(bytes.into(), &options(choice), &mut budget) else { return };
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    assert!(program.functions.is_sorted_by(|one, next| one.address < next.address));
    assert!(program.functions.iter().all(|function| loaded.image.is_code(function.address)));
    let sample = fingerprint(SampleId::of(bytes), bytes.len() as u64, &loaded, &program, &mut budget);
    assert!(sample.functions.len() <= program.functions.len());
});

fn options(choice: u8) -> LoadOptions {
    let arch = match choice % 5 {
        0 => return LoadOptions::default(),
        1 => return LoadOptions { memory: true, ..LoadOptions::default() },
        2 => Arch::X86,
        3 => Arch::X86_64,
        _ => Arch::Aarch64,
    };
    let base = if choice >= 0x80 { u64::MAX - 0xffff } else { 0x40_0000 };
    LoadOptions { raw: Some(RawLayout { arch, base }), ..LoadOptions::default() }
}
