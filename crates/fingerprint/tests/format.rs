//! The stored format: what stays the same when code moves, what does not, and
//! fixed hashes so that nobody changes the format unnoticed.

use cognate_base::{Budget, Limits, SampleId};
use cognate_binary::decode::{Decoder, Flow};
use cognate_binary::{
    Arch, Block, Call, CallTarget, Edge, EdgeKind, Format, Function, Hints, Image, Import, Loaded, Program,
    Segment, StartSource, Traits,
};
use cognate_fingerprint::{AnchorKind, FunctionFingerprint, fingerprint};
use std::collections::BTreeSet;

/// Where data lies, after the code.
const DATA: u64 = 0x1_0000;

struct Sample {
    arch: Arch,
    format: Format,
    base: u64,
    code: Vec<u8>,
    data: Vec<u8>,
    hints: Hints,
}

impl Sample {
    fn new(arch: Arch, code: &[u8]) -> Self {
        let (format, base) = (Format::Elf, 0x40_0000);
        Sample { arch, format, base, code: code.to_vec(), data: Vec::new(), hints: Hints::default() }
    }

    fn at(mut self, base: u64) -> Self {
        self.base = base;
        self
    }

    fn with_data(mut self, data: &[u8]) -> Self {
        self.data = data.to_vec();
        self
    }

    /// The fingerprint of the code as one function.
    fn read(self) -> FunctionFingerprint {
        let segment = |name: &str, address, offset: usize, len: usize, executable| Segment {
            name: name.into(),
            address,
            size: len as u64,
            file_offset: offset as u64,
            file_bytes: len as u64,
            writable: false,
            executable,
        };
        let segments = vec![
            segment(".text", self.base, 0, self.code.len(), true),
            segment(".rodata", self.base + DATA, self.code.len(), self.data.len(), false),
        ];
        let bytes: Vec<u8> = self.code.iter().chain(&self.data).copied().collect();
        let image = Image::new(self.format, self.arch, self.base, segments, bytes.into());
        let function = function(self.arch, &self.code, self.base, &self.hints);
        let program = Program { functions: vec![function], gaps: Vec::new(), instructions: 0 };
        let loaded = Loaded { image, hints: self.hints, traits: Traits::default(), gaps: Vec::new() };
        let mut budget = Budget::new(&Limits::default());
        let sample = fingerprint(SampleId([0; 32]), 0, &loaded, &program, &mut budget);
        sample.functions.into_iter().next().expect("one function")
    }
}

/// Takes all code as one function: blocks between jumps and jump targets.
fn function(arch: Arch, code: &[u8], base: u64, hints: &Hints) -> Function {
    let instructions: Vec<_> = Decoder::new(arch, code, base).collect();
    let end = base + code.len() as u64;
    let inside = |to: u64| (base..end).contains(&to);
    let mut leaders = BTreeSet::from([base]);
    let mut calls = Vec::new();
    for instruction in &instructions {
        let at = instruction.address;
        match instruction.flow {
            Flow::Jump(to) | Flow::Branch(to) => {
                leaders.extend([instruction.next()].into_iter().chain(inside(to).then_some(to)));
            }
            Flow::Call(to) => {
                let import = hints.imports.contains_key(&to);
                let target = if import { CallTarget::Import(to) } else { CallTarget::Function(to) };
                calls.push(Call { at, target, tail: false });
            }
            _ => {}
        }
    }
    let mut blocks = Vec::new();
    for &start in leaders.iter().filter(|&&leader| leader < end) {
        let stop = leaders.range(start + 1..).next().copied().unwrap_or(end).min(end);
        let count = instructions.iter().filter(|one| (start..stop).contains(&one.address)).count();
        let edges = vec![Edge { to: 0, kind: EdgeKind::Fall }];
        blocks.push(Block {
            address: start,
            bytes: (stop - start) as u32,
            instructions: count as u32,
            edges,
        });
    }
    Function {
        address: base,
        source: StartSource::Symbol,
        blocks,
        calls,
        tables: Vec::new(),
        no_return: false,
        thunk: false,
    }
}

/// A64 words as bytes.
fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A loop that sums products: `imul`, `add`, `xor`, `shl`, a compare and a jump back.
const LOOP_64: &[u8] = &[
    0x31, 0xc0, // xor eax, eax
    0x31, 0xd2, // xor edx, edx
    0x0f, 0xb6, 0x0c, 0x17, // movzx ecx, byte [rdi+rdx]
    0x69, 0xc9, 0xb1, 0x79, 0x37, 0x9e, // imul ecx, ecx, 0x9e3779b1
    0x01, 0xc8, // add eax, ecx
    0xc1, 0xe0, 0x05, // shl eax, 5
    0x35, 0x01, 0x23, 0x45, 0x67, // xor eax, 0x67452301
    0x48, 0xff, 0xc2, // inc rdx
    0x48, 0x39, 0xf2, // cmp rdx, rsi
    0x75, 0xe4, // jne back
    0xc3, // ret
];

fn texts(function: &FunctionFingerprint, kind: AnchorKind) -> Vec<&str> {
    let anchors = function.fingerprint.anchors.iter().zip(&function.anchor_texts);
    anchors.filter(|(anchor, _)| anchor.kind == kind).map(|(_, text)| text.as_str()).collect()
}

#[test]
fn the_stored_hashes_never_change_within_a_version() {
    let print = Sample::new(Arch::X86_64, LOOP_64).read().fingerprint;
    let (rows, bands) = print.tokens.expect("long enough");
    let rows = cognate_base::hash_bytes(0, &rows.0);
    let found = format!("{:016x} {:016x} {rows:016x} {:016x}", print.exact, print.signature(), bands[0]);
    assert_eq!(found, "b31a7ce7306f6094 35c6d0b98197503c 94252d8e3cf2d77a 80a7cc3f39293e30");
    let code = words(&[
        0xb0000000, 0x91004000, 0xb9400001, 0x1b017c21, 0x8b010000, 0xb4000040, 0x4a020021, 0x0b020020,
        0xd65f03c0,
    ]);
    let print = Sample::new(Arch::Aarch64, &code).read().fingerprint;
    assert_eq!(format!("{:016x}", print.exact), "dad3273c19fbac85");
}

#[test]
fn code_that_moved_is_the_same() {
    // mov rsi, DATA; the address of what it speaks of stands in the code.
    let at = |base: u64| {
        let address = (base + DATA).to_le_bytes();
        Sample::new(Arch::X86_64, &[&[0x48, 0xbe], &address[..], LOOP_64].concat())
            .with_data(&[7; 64])
            .at(base)
    };
    let (here, there) = (at(0x40_0000), at(0x18_0000_0000));
    assert_ne!(here.code, there.code);
    assert_eq!(here.read().fingerprint, there.read().fingerprint);
}

/// Two encodings that must (or must not) give the same exact hash.
#[track_caller]
fn check_exact(arch: Arch, one: &[u8], other: &[u8], same: bool) {
    let data = [7u8; 64];
    let one = Sample::new(arch, one).with_data(&data).read();
    let other = Sample::new(arch, other).with_data(&data).read();
    assert_eq!(one.fingerprint.exact == other.fingerprint.exact, same);
}

#[test]
fn a_distance_to_data_is_masked_and_a_displacement_is_not() {
    check_exact(Arch::X86_64, &[0x8b, 0x05, 1, 0, 0, 0], &[0x8b, 0x05, 2, 2, 0, 0], true);
    check_exact(Arch::X86_64, &[0x8b, 0x87, 1, 0, 0, 0], &[0x8b, 0x87, 2, 2, 0, 0], false);
}

#[test]
fn a_call_is_masked_whatever_it_calls() {
    check_exact(Arch::X86_64, &[0xe8, 1, 0, 0, 0], &[0xe8, 9, 9, 0, 0], true);
    check_exact(Arch::X86, &[0xe8, 1, 0, 0, 0], &[0xe8, 9, 9, 0, 0], true);
}

#[test]
fn an_absolute_address_is_masked_and_a_number_is_not() {
    check_exact(Arch::X86, &[0xb8, 0x00, 0x00, 0x41, 0x00], &[0xb8, 0x10, 0x00, 0x41, 0x00], true);
    check_exact(Arch::X86, &[0xb8, 0x00, 0x00, 0x51, 0x00], &[0xb8, 0x10, 0x00, 0x51, 0x00], false);
    check_exact(Arch::X86, &[0xa1, 0x00, 0x00, 0x41, 0x00], &[0xa1, 0x10, 0x00, 0x41, 0x00], true);
}

#[test]
fn where_relocations_are_listed_only_these_are_masked() {
    let read = |value: u8, listed: bool| {
        let mut sample = Sample::new(Arch::X86, &[0xb8, value, 0x00, 0x41, 0x00, 0x3d, 0, 0, 0x41, 0]);
        sample.format = Format::Pe;
        sample.hints.relocations.insert(sample.base + if listed { 1 } else { 6 }, 0x41_0000);
        sample.with_data(&[7; 64]).read().fingerprint.exact
    };
    assert_eq!(read(0, true), read(16, true));
    assert_ne!(read(0, false), read(16, false));
}

#[test]
fn a_page_and_its_offset_are_masked_on_a64() {
    // adrp x0, page; add x0, x0, #lo12
    let one = words(&[0xb000_0000, 0x9100_4000, 0xd65f_03c0]);
    let other = words(&[0xf000_0000, 0x9108_0000, 0xd65f_03c0]);
    check_exact(Arch::Aarch64, &one, &other, true);
    // add x0, x1, #n without a page keeps its number
    let one = words(&[0x9100_4020, 0xd65f_03c0]);
    let other = words(&[0x9108_0020, 0xd65f_03c0]);
    check_exact(Arch::Aarch64, &one, &other, false);
}

#[test]
fn a_jump_within_the_function_counts_by_its_target() {
    let over = |distance: u8| [0x75, distance, 0x90, 0x40, 0x48, 0xc3];
    check_exact(Arch::X86, &over(2), &over(3), false);
    check_exact(Arch::X86, &over(2), &over(2), true);
}

#[test]
fn padding_is_left_out() {
    check_exact(Arch::X86_64, &[0x31, 0xc0, 0xc3], &[0x31, 0xc0, 0x90, 0xc3], true);
}

#[test]
fn other_registers_give_the_same_tokens_and_another_exact_hash() {
    let mut other = LOOP_64.to_vec();
    other.splice(4..8, [0x0f, 0xb6, 0x1c, 0x17]); // movzx ebx, …
    other.splice(8..10, [0x69, 0xdb]); // imul ebx, ebx, …
    other.splice(14..16, [0x01, 0xd8]); // add eax, ebx
    let (one, other) = (Sample::new(Arch::X86_64, LOOP_64).read(), Sample::new(Arch::X86_64, &other).read());
    assert_eq!(one.fingerprint.tokens, other.fingerprint.tokens);
    assert_ne!(one.fingerprint.exact, other.fingerprint.exact);
}

#[test]
fn constants_are_the_same_on_every_instruction_set() {
    // mov w0, #0x79b1; movk w0, #0x9e37, lsl 16; mov w1, #0x2301; movk w1, #0x6745, lsl 16
    let arm = words(&[0x528f_3620, 0x72b3_c6e0, 0x5284_6021, 0x72ac_e8a1, 0xd65f_03c0]);
    let expected = Sample::new(Arch::X86_64, LOOP_64).read().fingerprint.anchors;
    assert_eq!(expected.len(), 2);
    assert_eq!(Sample::new(Arch::Aarch64, &arm).read().fingerprint.anchors, expected);
    let mut narrow = LOOP_64.to_vec();
    narrow.splice(24..27, [0x90, 0x90, 0x42]); // nop nop inc edx
    assert_eq!(Sample::new(Arch::X86, &narrow).read().fingerprint.anchors, expected);
}

#[test]
fn a_text_is_the_same_however_it_is_referred_to() {
    let text = b"rare words here\0";
    let wide: Vec<u8> = text.iter().flat_map(|byte| [*byte, 0]).collect();
    let lea = [0x48, 0x8d, 0x05, 0xf9, 0xff, 0, 0];
    let push = [0x68, 0, 0, 0x41, 0];
    let page = words(&[0x9000_0080, 0x9100_0000]);
    let mut by_got = Sample::new(Arch::X86, &[0x81, 0xc3, 0, 0x20, 0, 0, 0x8d, 0x83, 0, 0xe0, 0, 0]);
    by_got.hints.got = Some(0x40_2000);
    let samples = [
        Sample::new(Arch::X86_64, &lea).with_data(text),
        Sample::new(Arch::X86_64, &lea).with_data(&wide),
        Sample::new(Arch::X86, &push).with_data(text),
        Sample::new(Arch::Aarch64, &page).with_data(text),
        by_got.with_data(text),
    ];
    let read: Vec<_> = samples.into_iter().map(Sample::read).collect();
    for function in &read {
        assert_eq!(texts(function, AnchorKind::String), ["rare words here"]);
        assert_eq!(function.fingerprint.anchors, read[0].fingerprint.anchors);
    }
}

#[test]
fn a_table_is_known_by_its_first_bytes() {
    let table: Vec<u8> = (0..40u8).map(|byte| byte.wrapping_mul(37) | 0x80).collect();
    let read =
        |data: &[u8]| Sample::new(Arch::X86_64, &[0x48, 0x8d, 0x05, 0xf9, 0xff, 0, 0]).with_data(data).read();
    assert_eq!(texts(&read(&table), AnchorKind::Table).len(), 1);
    assert_eq!(read(&table).fingerprint.anchors, read(&table[..36]).fingerprint.anchors);
    assert!(read(&[0; 64]).fingerprint.anchors.is_empty());
}

#[test]
fn an_import_is_known_by_its_bare_name() {
    let read = |name: &str| {
        let mut sample = Sample::new(Arch::X86_64, &[0xe8, 0xfb, 0x0f, 0, 0]);
        let import = Import { library: None, name: name.into() };
        sample.hints.imports.insert(sample.base + 0x1000, import);
        sample.read()
    };
    assert_eq!(texts(&read("getaddrinfo@GLIBC_2.2.5"), AnchorKind::Import), ["getaddrinfo"]);
    assert_eq!(read("getaddrinfo").fingerprint, read("_getaddrinfo@16").fingerprint);
    assert!(read("memcpy").fingerprint.anchors.is_empty());
}

#[test]
fn a_wrapper_has_no_keys() {
    // push rbx; mov rbx, rdi; call; mov rdi, rbx; call; test eax, eax; pop rbx; ret
    let wrapper = [
        0x53, 0x48, 0x89, 0xfb, 0xe8, 0, 1, 0, 0, 0x48, 0x89, 0xdf, 0xe8, 0, 2, 0, 0, 0x85, 0xc0, 0x5b, 0xc3,
    ];
    assert!(Sample::new(Arch::X86_64, &wrapper).read().fingerprint.keys().is_empty());
    assert!(!Sample::new(Arch::X86_64, LOOP_64).read().fingerprint.keys().is_empty());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(code in proptest::collection::vec(0u8.., 0..400), data in proptest::collection::vec(0u8.., 0..100), base in 0u64..) {
        for arch in [Arch::X86, Arch::X86_64, Arch::Aarch64] {
            let base = if arch == Arch::X86 { base & 0xfff_ffff } else { base & 0x7fff_ffff_ffff };
            let mut sample = Sample::new(arch, &code).at(base).with_data(&data);
            sample.hints.got = Some(base);
            sample.read();
        }
    }
}
