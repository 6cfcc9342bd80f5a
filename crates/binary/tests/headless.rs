//! Bytes without headers: memory images whose headers were wiped, and bare code.

use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, Format, LoadOptions, Loaded, Program, RawLayout, load, recover};
use std::collections::BTreeSet;

/// A file made of `flow.c`.
fn flow(name: &str) -> Loaded {
    let path = format!("{}/tests/flow/{name}.bin", env!("CARGO_MANIFEST_DIR"));
    let mut budget = Budget::new(&Limits::default());
    load(std::fs::read(path).unwrap().into(), &LoadOptions::default(), &mut budget).unwrap()
}

/// The code of such a file.
fn code(name: &str) -> Vec<u8> {
    let loaded = flow(name);
    let code = loaded.image.segments().iter().find(|segment| segment.executable).unwrap();
    loaded.image.segment_bytes(code).to_vec()
}

fn open(bytes: Vec<u8>, options: &LoadOptions) -> (Loaded, Program) {
    let mut budget = Budget::new(&Limits::default());
    let loaded = load(bytes.into(), options, &mut budget).unwrap();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    (loaded, program)
}

fn raw(arch: Arch, base: u64) -> LoadOptions {
    LoadOptions { raw: Some(RawLayout { arch, base }), memory: false }
}

/// Code behind a page of zeros: every function is found, none in the zeros, and a gap says what is missing.
#[track_caller]
fn check_wiped(options: &LoadOptions, format: Format, gap: &str) {
    let file = flow("pe-x86_64-gcc-O2");
    let program = recover(&file.image, &file.hints, &mut Budget::new(&Limits::default()));
    let expected: BTreeSet<u64> =
        program.functions.iter().map(|function| function.address - file.image.base).collect();
    let mut image = Vec::new();
    for segment in file.image.segments().iter().skip(1) {
        image.resize((segment.address - file.image.base) as usize, 0);
        // without the function table, as code without exceptions has none
        let kept = segment.name != ".pdata" && segment.name != ".xdata";
        image.extend(file.image.segment_bytes(segment).iter().filter(|_| kept));
    }
    let (loaded, program) = open(image, options);
    assert_eq!((loaded.image.format, loaded.image.arch), (format, Arch::X86_64));
    let base = loaded.image.base;
    let found: BTreeSet<u64> = program.functions.iter().map(|function| function.address - base).collect();
    assert_eq!(found, expected, "{found:x?} {expected:x?}");
    let gaps: Vec<String> = loaded.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps, [gap]);
}

#[test]
fn a_memory_image_without_headers_is_searched_for_code() {
    let gap = "gap at 0x0: headers: no container recognised; bytes that look like x86-64 code are taken as code at base 0";
    check_wiped(&LoadOptions { memory: true, raw: None }, Format::PeMemory, gap);
}

#[test]
fn a_page_of_zeros_is_no_function_of_bare_code() {
    let gap = "gap at 0x0: code: the first 4096 bytes are zeros, so no function is taken to start there";
    check_wiped(&raw(Arch::X86_64, 0x1_4000_0000), Format::Raw, gap);
}

/// What is said of code of each kind that is read as each instruction set.
#[track_caller]
fn check_read_as(name: &str, arch: Arch, looks: Option<Arch>) {
    let (loaded, _) = open(code(name), &raw(arch, 0x1000));
    let expected = looks.map(|looks| {
        format!("gap: instruction set: the bytes look like {looks} code, and are read as {arch}")
    });
    let gaps: Vec<String> = loaded.gaps.iter().map(ToString::to_string).collect();
    assert_eq!(gaps, Vec::from_iter(expected), "{name} as {arch}");
}

#[test]
fn bare_code_of_another_instruction_set_is_noticed() {
    check_read_as("x86_64-gcc-O2", Arch::X86, Some(Arch::X86_64));
    check_read_as("x86_64-clang-O0-bare", Arch::X86, Some(Arch::X86_64));
    check_read_as("x86-gcc-O2", Arch::X86_64, Some(Arch::X86));
    check_read_as("x86-gcc-Os-bare", Arch::X86_64, Some(Arch::X86));
    check_read_as("aarch64-gcc-O0", Arch::X86_64, Some(Arch::Aarch64));
    check_read_as("pe-x86-gcc-O2-bare", Arch::Aarch64, Some(Arch::X86));
}

#[test]
fn bare_code_that_is_read_as_what_it_is_needs_no_word() {
    for name in ["x86_64-gcc-O2", "x86_64-gcc-Os", "x86_64-clang-O2-bare", "pe-x86_64-gcc-O2"] {
        check_read_as(name, Arch::X86_64, None);
    }
    for name in ["x86-gcc-O0", "x86-gcc-O2", "x86-gcc-Os-bare", "pe-x86-gcc-O2-bare"] {
        check_read_as(name, Arch::X86, None);
    }
    for name in ["aarch64-gcc-O0", "aarch64-gcc-Os", "aarch64-clang-O2-bare"] {
        check_read_as(name, Arch::Aarch64, None);
    }
}
