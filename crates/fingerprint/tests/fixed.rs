//! Whole fingerprints of fixtures, and of every kind of instruction, as one number each: none changes within a version.
//!
//! Where one of these fails, stored fingerprints would differ from new ones: raise
//! [`cognate_fingerprint::VERSION`], then record the numbers anew. An update of a decoder is a cause too.
#![allow(clippy::unwrap_used)]

use cognate_base::{Budget, Limits, SampleId, hash_bytes};
use cognate_binary::decode::{Decoder, Flow};
use cognate_binary::{
    Arch, Block, Format, Function, Hints, Image, LoadOptions, Loaded, Program, Segment, StartSource, Traits,
    load, recover,
};
use cognate_fingerprint::{SampleFingerprint, VERSION, fingerprint};

/// Everything that is stored of a sample's functions.
fn digest(sample: &SampleFingerprint) -> String {
    let one = |sum: u64, text: String| hash_bytes(sum, text.as_bytes());
    let functions = sample.functions.iter().map(|function| {
        let print = &function.fingerprint;
        format!("{:#x} {} {:?} {:?}", function.address, function.bytes, function.callees, print)
    });
    let sum = functions.fold(u64::from(VERSION), one);
    format!("{} functions {:016x}", sample.functions.len(), sum)
}

const CHANGED: &str = "stored fingerprints changed: raise cognate_fingerprint::VERSION, then record this";

#[track_caller]
fn check(path: &str, options: &LoadOptions, expected: &str) {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let (id, size) = (SampleId::of(&bytes), bytes.len() as u64);
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), options, &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let sample = fingerprint(id, size, &loaded, &program, &mut budget);
    assert_eq!(digest(&sample), expected, "{CHANGED}");
}

#[test]
fn fixtures_of_every_architecture_keep_their_fingerprints() {
    let file = LoadOptions::default();
    check("cli/tests/fixtures/alpha.elf", &file, "9 functions 2e77eaf2eb931eda");
    check("cli/tests/fixtures/alpha.dll", &file, "9 functions deae490663113fc8");
    check("cli/tests/fixtures/beta.elf", &file, "9 functions 998807a1fd3e089e");
    check("cli/tests/fixtures/gamma.elf", &file, "3 functions b30a5670c6e556a7");
    check("binary/tests/fixtures/elf-aarch64", &file, "4 functions 74e4601bf7d4fdc2");
    check("binary/tests/fixtures/elf-aarch64.stripped", &file, "4 functions 74e4601bf7d4fdc2");
    check("binary/tests/fixtures/elf-x86", &file, "8 functions 102456e333b3dbeb");
    check("binary/tests/fixtures/elf-x86.stripped", &file, "8 functions 102456e333b3dbeb");
    check("binary/tests/fixtures/elf-x86_64", &file, "4 functions 4c2c164d575f4dd2");
    check("binary/tests/fixtures/elf-x86_64.o", &file, "4 functions 88cd19fec98c152b");
    check("binary/tests/fixtures/elf-x86_64.stripped", &file, "4 functions 4c2c164d575f4dd2");
    check("binary/tests/fixtures/macho-aarch64", &file, "4 functions 0b421b6fbe0fdf28");
    check("binary/tests/fixtures/pe-x86.dll", &file, "4 functions 85033ae32d0bce64");
    check("binary/tests/fixtures/pe-x86_64.dll", &file, "4 functions 0afe51fdcf81f292");
    check("binary/tests/fixtures/pe-x86_64.stripped.dll", &file, "4 functions 0afe51fdcf81f292");
}

/// Code without jumps as functions of 32 instructions.
fn functions(arch: Arch, code: Vec<u8>) -> SampleFingerprint {
    const BASE: u64 = 0x40_0000;
    let segment = Segment {
        name: ".text".into(),
        address: BASE,
        size: code.len() as u64,
        file_offset: 0,
        file_bytes: code.len() as u64,
        writable: false,
        executable: true,
    };
    let starts: Vec<u64> = Decoder::new(arch, &code, BASE).map(|instruction| instruction.address).collect();
    let end = BASE + code.len() as u64;
    let runs = starts.chunks(32).enumerate().map(|(at, run)| {
        let (address, behind) = (run[0], starts.get(32 * (at + 1)).copied().unwrap_or(end));
        let block = Block {
            address,
            bytes: (behind - address) as u32,
            instructions: run.len() as u32,
            edges: Vec::new(),
        };
        Function {
            address,
            source: StartSource::Symbol,
            blocks: vec![block],
            calls: Vec::new(),
            tables: Vec::new(),
            no_return: false,
            thunk: false,
        }
    });
    let program = Program { functions: runs.collect(), gaps: Vec::new(), instructions: 0 };
    let image = Image::new(Format::Elf, arch, BASE, vec![segment], code.into());
    let loaded = Loaded { image, hints: Hints::default(), traits: Traits::default(), gaps: Vec::new() };
    let mut budget = Budget::new(&Limits::default());
    fingerprint(SampleId([0; 32]), 0, &loaded, &program, &mut budget)
}

/// Adds an encoding if it is one instruction that control passes through.
fn add(arch: Arch, encoding: &[u8], code: &mut Vec<u8>) {
    let mut bytes = encoding.to_vec();
    // what is left of an instruction: a byte of addressing, a displacement, an immediate
    bytes.extend([0x24, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x78]);
    let first = Decoder::new(arch, &bytes, 0x40_0000).next();
    if let Some(instruction) = first
        && instruction.flow == Flow::Next
        && let Some(bytes) = bytes.get(..usize::from(instruction.len))
    {
        code.extend_from_slice(bytes);
    }
}

/// Every opcode of every map, with the prefixes that choose another instruction, on registers and memory.
fn x86(arch: Arch) -> Vec<u8> {
    let mut code = Vec::new();
    let prefixes: &[&[u8]] = &[&[], &[0x66], &[0xf2], &[0xf3], &[0x48], &[0x66, 0x48], &[0xf3, 0x48]];
    let maps: &[&[u8]] = &[&[], &[0x0f], &[0x0f, 0x38], &[0x0f, 0x3a]];
    let modes = || (0..8u8).flat_map(|reg| [0xc1 | reg << 3, 0x41 | reg << 3]);
    for prefix in prefixes.iter().filter(|prefix| arch == Arch::X86_64 || !prefix.contains(&0x48)) {
        for (map, opcode) in maps.iter().flat_map(|map| (0..=255u8).map(move |opcode| (map, opcode))) {
            for mode in modes() {
                add(arch, &[*prefix, *map, &[opcode, mode][..]].concat(), &mut code);
            }
        }
    }
    for (map, opcode) in (1..4u8).flat_map(|map| (0..=255u8).map(move |opcode| (map, opcode))) {
        for last in (0..4u8).flat_map(|prefix| [0x68, 0x6c, 0xe8].map(|rest| rest | prefix)) {
            for mode in [0xca, 0x4a] {
                add(arch, &[0xc4, 0xe0 | map, last, opcode, mode], &mut code);
                // with a mask and 512 bits
                let second = last & 0x80 | 0x6c | last & 3;
                add(arch, &[0x62, 0xf0 | map, second, 0x49, opcode, mode], &mut code);
            }
        }
    }
    code
}

fn a64() -> Vec<u8> {
    let mut code = Vec::new();
    let mut word = 0u32;
    for _ in 0..60_000 {
        word = word.wrapping_add(0x9e37_79b1);
        // registers that are not all others
        let word = word & !(0x1c | 0x1c << 5 | 0x1c << 16);
        let known = Decoder::new(Arch::Aarch64, &word.to_le_bytes(), 0x40_0000).next();
        if known.is_some_and(|instruction| instruction.flow == Flow::Next) {
            code.extend_from_slice(&word.to_le_bytes());
        }
    }
    code
}

#[test]
fn every_kind_of_instruction_keeps_its_hashes() {
    assert_eq!(
        digest(&functions(Arch::X86_64, x86(Arch::X86_64))),
        "1420 functions 02f98816aeac41d5",
        "{CHANGED}"
    );
    assert_eq!(digest(&functions(Arch::X86, x86(Arch::X86))), "876 functions bc61b7d82c72a6c3", "{CHANGED}");
    assert_eq!(digest(&functions(Arch::Aarch64, a64())), "1736 functions 2125157ac7e46f0c", "{CHANGED}");
}
