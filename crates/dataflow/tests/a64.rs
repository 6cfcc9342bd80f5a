//! What A64 words do: `a64.txt` is the table, a word a line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod table;

use cognate_dataflow::{Lifted, Machine, Reg, a64};
use table::Names;

const ADDRESS: u64 = 0x40_0000;

/// The carry of A64 is no borrow, as the machine's is; and there is no parity.
const NAMES: Names =
    Names { register, name, letters: &[('N', 2), ('Z', 1), ('C', 0), ('V', 3)], inverted: 1 };

fn register(name: &str) -> Reg {
    let number = || name[1..].parse().unwrap();
    match name {
        "sp" => Reg::general(31),
        "flags" => Reg::FLAGS,
        "tls" => Reg::FS,
        _ if name.starts_with('v') => Reg::vector(number()),
        _ => Reg::general(number()),
    }
}

fn name(register: Reg) -> String {
    match register.0 {
        31 => "sp".to_owned(),
        at @ 0..31 => format!("x{at}"),
        at @ 32..64 => format!("v{}", at - 32),
        64 => "flags".to_owned(),
        at => format!("register {at}"),
    }
}

#[test]
fn words_do_what_the_table_says() {
    NAMES.check(include_str!("a64.txt"), |code, _, numbers| {
        a64::lift(numbers, u32::from_str_radix(code, 16).unwrap(), ADDRESS)
    });
}

#[test]
fn what_is_not_known_sets_its_destination_from_its_sources() {
    for (word, register) in [(0x9ac1_4c20, "x0"), (0x4e62_4c20, "v0"), (0xd538_0000, "x0")] {
        let mut numbers = NAMES.machine(64, "x0=5 x1=1 x2=2 v0=5 v1=1 v2=2");
        assert_eq!(a64::lift(&mut numbers, word, ADDRESS), Lifted::Opaque, "{word:08x}");
        let value = numbers.get((NAMES.register)(register));
        assert_eq!(value, 0, "{word:08x}"); // what is opaque is zero in numbers
    }
}

#[test]
fn no_word_panics() {
    let mut numbers = NAMES.machine(64, "x0=1000 x1=2000 x2=3");
    let mut word = 0u32;
    // An odd stride goes round all of them; each step is another place of each field.
    for _ in 0..4_000_000 {
        a64::lift(&mut numbers, word, ADDRESS);
        word = word.wrapping_add(0x9e37_79b1);
        if word & 0xfff == 0 {
            numbers.memory.clear();
        }
    }
}
