//! A base of any content under a checksum that fits is refused or asked: no panic, no endless loop.
//!
//! The tables are made whole here, with all their entries in the first bucket: else no input would get past them.
#![no_main]

use cognate_base::SampleId;
use cognate_components::{Base, identify};
use cognate_fingerprint::{Fingerprint, Flow, FunctionFingerprint, SampleFingerprint};

/// Bytes of an entry of a table.
const ENTRY: usize = 6;

/// A table of these entries, cut to whole ones.
fn table(entries: &[u8]) -> Vec<u8> {
    let count = entries.len() / ENTRY;
    let mut table = 0u32.to_le_bytes().to_vec();
    table.extend((count as u32).to_le_bytes().repeat(1 << 16));
    table.extend(&entries[..count * ENTRY]);
    table
}

fn sample() -> SampleFingerprint {
    let function = |number: u64| FunctionFingerprint {
        address: number,
        fingerprint: Fingerprint {
            exact: number << 24,
            information: 200,
            flow: Flow { keys: (0..8).map(|key| (number + key) << 24).collect(), bits: 300, ..Flow::default() },
            ..Fingerprint::default()
        },
        ..FunctionFingerprint::default()
    };
    SampleFingerprint {
        id: SampleId([0; 32]),
        size: 0,
        format: cognate_binary::Format::Elf,
        arch: cognate_binary::Arch::X86_64,
        functions: (0..64).map(function).collect(),
        components: Vec::new(),
        partial: false,
        hashes: None,
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // the catalogue is a text, and what stands behind its end is split among the rest
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (catalogue, rest) = bytes.split_at(end);
    let mut parts = rest.chunks(rest.len().div_ceil(6).max(1));
    let mut part = || parts.next().unwrap_or(&[]).to_vec();
    let [sets, names, sizes, rows, exact, features] = std::array::from_fn(|_| part());
    let sections = [catalogue.to_vec(), sets, names, sizes, rows, table(&exact), table(&features)];
    let content = sections.concat();
    let mut base = b"cognate base\r\n\x1a\0".to_vec();
    base.extend(cognate_components::FORMAT.to_le_bytes());
    base.extend(cognate_fingerprint::VERSION.to_le_bytes());
    base.extend(cognate_base::hash_bytes(0, &content).to_le_bytes());
    sections.iter().for_each(|section| base.extend((section.len() as u64).to_le_bytes()));
    base.extend(content);
    if let Ok(base) = Base::open(base) {
        identify(&[&base], &sample());
        (0..300).for_each(|function| drop(base.function(function)));
    }
});
