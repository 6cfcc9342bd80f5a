//! What x86 instructions do: `x86.txt` is the table, an instruction a line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod table;

use cognate_dataflow::{Lifted, Machine, Op, Reg, x86};
use iced_x86::{Decoder, DecoderOptions};
use proptest::prelude::*;
use table::Names;

const ADDRESS: u64 = 0x40_0000;
const GENERAL: [&str; 8] = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const OTHERS: [(&str, Reg); 6] = [
    ("flags", Reg::FLAGS),
    ("fs", Reg::FS),
    ("gs", Reg::GS),
    ("direction", Reg::DIRECTION),
    ("control", Reg::X87_CONTROL),
    ("status", Reg::X87_STATUS),
];

/// The carry of x86 is the borrow.
const NAMES: Names =
    Names { register, name, letters: &[('C', 0), ('Z', 1), ('S', 2), ('O', 3), ('P', 4)], inverted: 0 };

fn register(name: &str) -> Reg {
    let number = || name[1..].parse().unwrap();
    let named = OTHERS.iter().find(|other| other.0 == name).map(|other| other.1);
    named.unwrap_or_else(|| match GENERAL.iter().position(|general| *general == name) {
        Some(general) => Reg::general(general as u8),
        None if name.starts_with('x') => Reg::vector(number()),
        None if name.starts_with('f') => Reg::x87(number()),
        None => Reg::general(number()),
    })
}

fn name(register: Reg) -> String {
    match register.0 {
        at @ 0..8 => GENERAL[usize::from(at)].to_owned(),
        at @ 8..32 => format!("r{at}"),
        at @ 32..64 => format!("x{}", at - 32),
        at @ 72..80 => format!("f{}", at - 72),
        at => OTHERS
            .iter()
            .find(|other| other.1 == register)
            .map_or(format!("register {at}"), |it| it.0.to_owned()),
    }
}

fn bytes(code: &str) -> Vec<u8> {
    (0..code.len() / 2).map(|at| u8::from_str_radix(&code[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn lift(bits: u8, code: &[u8], machine: &mut impl Machine) -> Lifted {
    let mut decoder = Decoder::with_ip(bits.into(), code, ADDRESS, DecoderOptions::NONE);
    let instruction = decoder.decode();
    x86::lift(machine, &instruction, &decoder.get_constant_offsets(&instruction))
}

#[test]
fn instructions_do_what_the_table_says() {
    NAMES.check(include_str!("x86.txt"), |code, bits, numbers| lift(bits, &bytes(code), numbers));
}

/// The emulator of `bench/lifters.py` has no AVX, so its forms are held to those of SSE here.
#[test]
fn the_avx_form_with_the_destination_first_is_the_sse_form() {
    let vectors = "x0=40490fdb3f8000000123456789abcdef x1=3f80000040000000fedcba987654321f";
    let mut same = 0;
    for prefix in [0x00, 0x66, 0xf3, 0xf2] {
        for opcode in 0x10..=0xfe {
            let sse = [prefix, 0x0f, opcode, 0xc1];
            let sse = if prefix == 0 { &sse[1..] } else { &sse[..] };
            let at = [0x00, 0x66, 0xf3, 0xf2].iter().position(|it| *it == prefix).unwrap() as u8;
            let (mut old, mut new) = (NAMES.machine(64, vectors), NAMES.machine(64, vectors));
            let plain = lift(64, sse, &mut old);
            // vvvv names xmm0: the first source is the destination
            let vex = lift(64, &[0xc5, 0xf8 | at, opcode, 0xc1], &mut new);
            let vector = Decoder::new(64, &[0xc5, 0xf8 | at, opcode, 0xc1], 0).decode();
            if plain == Lifted::Real && vex == Lifted::Real && vector.op_count() == 3 {
                assert_eq!(
                    NAMES.changes(&old, &NAMES.machine(64, vectors)),
                    NAMES.changes(&new, &NAMES.machine(64, vectors)),
                    "{sse:x?}"
                );
                same += 1;
            }
        }
    }
    assert!(same > 80, "{same}");
}

#[test]
fn the_low_half_of_a_wide_vector_is_said() {
    let mut numbers = NAMES.machine(64, "x1=100000002 x2=300000004");
    assert_eq!(lift(64, &bytes("c5f5fec2"), &mut numbers), Lifted::Opaque); // vpaddd ymm0, ymm1, ymm2
    assert_eq!(numbers.get(Reg::vector(0)), 0x4_0000_0006);
}

#[test]
fn what_is_not_known_sets_all_it_writes() {
    let before = "ax=105 bx=5 cx=5 dx=5 r11=5 x0=5 x1=6 flags=CZSOP";
    let cases = [
        ("cpuid", "0fa2", "ax=0 cx=0 dx=0 bx=0"),
        ("rdtsc", "0f31", "ax=0 dx=0"),
        ("pshufb xmm0, xmm1", "660f3800c1", "x0=0"),
        ("pmovmskb eax, xmm1", "660fd7c1", "ax=0"),
        ("cmpxchg8b [rdi]", "0fc70f", "ax=0 dx=0 flags=- [0]=0"),
        ("lahf", "9f", "ax=5"),
        ("pushfq", "9c", "sp=fffffffffffffff8 [fffffffffffffff8]=0"),
        ("popfq", "9d", "sp=8 flags=-"),
        ("push fs", "0fa0", "sp=fffffffffffffff8 [fffffffffffffff8]=0"),
        ("syscall", "0f05", "ax=0 cx=0 r11=0"),
    ];
    for (assembly, code, expected) in cases {
        let (before, mut after) = (NAMES.machine(64, before), NAMES.machine(64, before));
        assert_eq!(lift(64, &bytes(code), &mut after), Lifted::Opaque, "{assembly}");
        assert_eq!(NAMES.changes(&before, &after), expected, "{assembly}");
    }
}

/// A machine that writes down the opaque operations it is told.
#[derive(Default)]
struct Opaques(Vec<(Op, usize)>);

impl Machine for Opaques {
    type Value = ();

    fn constant(&mut self, _: u64, _: u8) {}
    fn immediate(&mut self, _: u64, _: u8, _: u64) {}
    fn address(&mut self, _: u64) {}
    fn get(&mut self, _: Reg) {}
    fn set(&mut self, _: Reg, (): ()) {}
    fn op(&mut self, op: Op, _: u8, operands: &[()]) {
        if matches!(op, Op::Opaque(_) | Op::Shuffle(_)) {
            self.0.push((op, operands.len()));
        }
    }
    fn load(&mut self, (): (), _: u8) {}
    fn store(&mut self, (): (), (): (), _: u8) {}
    fn branch(&mut self, (): ()) {}
    fn target(&mut self, (): ()) {}
    fn block(&mut self, _: bool, (): (), (): (), (): (), _: u8) {}
}

#[test]
fn what_is_opaque_has_the_same_name_in_sse_and_avx_and_another_for_another_number() {
    let names = |code: &str| {
        let mut names = Opaques::default();
        lift(64, &bytes(code), &mut names);
        names.0
    };
    for (assembly, sse, avx) in [
        ("pshufb xmm0, xmm1", "660f3800c1", "c4e27900c1"),
        ("pmaddwd xmm0, xmm1", "660ff5c1", "c5f9f5c1"),
        ("pshufd xmm0, xmm1, 0x1b", "660f70c11b", "c5f970c11b"),
        ("shufps xmm0, xmm1, 0x1b", "0fc6c11b", "c5f8c6c11b"),
    ] {
        assert_eq!(names(sse), names(avx), "{assembly}");
        assert!(!names(sse).is_empty(), "{assembly}");
    }
    assert_ne!(names("660f70c11b"), names("660f70c11c"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_bytes_panic(code in proptest::collection::vec(any::<u8>(), 1..15), wide in any::<bool>()) {
        let bits = if wide { 64 } else { 32 };
        lift(bits, &code, &mut NAMES.machine(bits, "cx=3 sp=2000 di=1000 si=3000"));
    }
}

/// Every opcode of every map, with random bytes behind it: what a random string seldom has.
#[test]
fn no_opcode_panics() {
    let mut seed = 1u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    let prefixes: [&[u8]; 12] = [
        &[],
        &[0x66],
        &[0xf2],
        &[0xf3],
        &[0x48],
        &[0x0f],
        &[0x66, 0x0f],
        &[0xf2, 0x0f],
        &[0xf3, 0x48, 0x0f],
        &[0x66, 0x0f, 0x38],
        &[0x66, 0x0f, 0x3a],
        &[0x67],
    ];
    for _ in 0..40 {
        for opcode in 0..=255 {
            for prefix in prefixes {
                let rest: Vec<u8> = (0..10).map(|_| random()).collect();
                let code = [prefix, &[opcode], &rest].concat();
                lift(64, &code, &mut NAMES.machine(64, "cx=3 sp=2000 di=1000 si=3000"));
                lift(32, &code, &mut NAMES.machine(32, "cx=3 sp=2000 di=1000 si=3000"));
            }
            for (byte, second) in [(0xc5, random()), (0xc4, random()), (0x62, random()), (0x8f, random())] {
                let code = [byte, second, random(), random(), opcode, random(), random(), random(), 0, 0, 0];
                lift(64, &code, &mut NAMES.machine(64, "cx=3"));
                lift(32, &code, &mut NAMES.machine(32, "cx=3"));
            }
        }
    }
}
