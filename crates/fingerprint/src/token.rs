//! Tokens: what an instruction says once registers, addresses and the
//! compiler's noise are taken out, and how much that is in bits.
//!
//! A token is a hash over the *text* of the instruction's class and one byte for
//! each operand, so that no library's numbering gets into a stored hash. How
//! much it says is a fixed prior: the bits of its class ([`class_bits`]) plus
//! those of its operands.

use cognate_base::{combine, hash_bytes};

/// What one instruction says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The hash of class and operand kinds.
    pub hash: u64,
    /// Self-information under the built-in prior, in bits.
    pub bits: u8,
}

/// A class of instructions: the hash of its name, and its prior.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    hash: u64,
    bits: u8,
}

impl Class {
    /// The class called `name`.
    pub(crate) fn new(name: &str) -> Self {
        Class { hash: hash_bytes(0x0074_6f6b_656e, name.as_bytes()), bits: class_bits(name) }
    }

    /// The token of this class with these operands.
    pub(crate) fn token(self, operands: Operands) -> Token {
        Token { hash: combine(self.hash, operands.packed), bits: self.bits + operands.bits }
    }
}

/// The operands of one instruction, a byte each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Operands {
    packed: u64,
    bits: u8,
}

impl Operands {
    /// Adds an operand of a kind that says `bits`.
    pub(crate) fn push(&mut self, kind: u8, bits: u8) {
        self.packed = self.packed << 8 | u64::from(kind);
        self.bits = self.bits.saturating_add(bits).min(16);
    }
}

// Operand kinds. The numbers are stored (in hashes): never renumber.
/// A general register of a byte.
pub(crate) const REGISTER_8: u8 = 1;
/// A general register of two bytes.
pub(crate) const REGISTER_16: u8 = 2;
/// A general register of four or eight bytes: `int` and pointers are told apart
/// by the target, not by the source.
pub(crate) const REGISTER: u8 = 3;
/// A vector or floating-point register, by width: 4 (scalar or 128 bits), 5 (256), 6 (512).
pub(crate) const VECTOR: u8 = 4;
/// x87 or MMX.
pub(crate) const OLD_FLOAT: u8 = 7;
/// Segment, control, mask and other special registers.
pub(crate) const SPECIAL: u8 = 8;
/// A known place elsewhere in the code.
pub(crate) const TARGET: u8 = 9;
/// The zero register of A64.
pub(crate) const ZERO: u8 = 16;
/// A register with a shift or extension (A64).
pub(crate) const SHIFTED: u8 = 25;
/// An address as an immediate.
pub(crate) const ADDRESS: u8 = 24;

/// Where memory lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Off the stack or frame pointer.
    Stack,
    /// At a fixed address.
    Global,
    /// Off a register.
    Base,
    /// Off a register, with an index.
    Indexed,
}

/// The kind of a memory operand of `bytes` bytes (0 where it has no width), and its bits.
pub(crate) fn memory(place: Place, bytes: usize) -> (u8, u8) {
    let width = match bytes {
        0 => 0u8,
        1 => 1,
        2 => 2,
        3..=8 => 3,
        9..=16 => 4,
        _ => 5,
    };
    let (number, bits) = match place {
        Place::Stack => (0u8, 1),
        Place::Global => (1, 2),
        Place::Base => (2, 1),
        Place::Indexed => (3, 3),
    };
    (32 + number * 8 + width, bits + u8::from(width == 1 || width == 2))
}

/// The kind of an immediate, and its bits.
pub(crate) fn immediate(value: i64) -> (u8, u8) {
    let size = value.unsigned_abs();
    match value {
        0 => (17, 0),
        1 | -1 => (18, 1),
        _ if size.is_power_of_two() => (19, 2),
        _ if (size + 1).is_power_of_two() => (20, 2),
        _ if size < 32 => (21, 2),
        _ if size < 0x1000 => (22, 3),
        _ => (23, 5),
    }
}

/// The self-information of an instruction class in bits, rounded.
///
/// Rounded by hand and fixed: part of the version. A count of mnemonics with
/// `objdump -d` over libcrypto (psycopg2 2.9.9), SQLite (pysqlite3 0.5.4) and
/// lxml 5.2.2 for x86-64 (1.5 million lines) and over lxml 5.2.2 and zstandard
/// 0.23.0 for A64 (0.9 million) shows each class counted within 2.5 bits of its
/// entry, most within 1.5. A class not listed counts ten bits.
fn class_bits(name: &str) -> u8 {
    match name {
        "mov" => 2,
        "call" | "jcc equal" | "lea" | "test" | "cmp" | "add" | "ldr" | "str" | "adrp" | "cbz" => 4,
        "zero" | "ldp" | "stp" | "push" | "pop" => 4,
        "sub" | "ret" | "b" | "jmp" => 5,
        "movzx" | "jcc signed" | "jcc unsigned" | "tbz" | "blr" | "ldrb" | "ldrh" | "strb" => 6,
        "and" | "or" | "shl" | "shr" | "movsxd" | "movsx" | "orr" | "ubfm" | "csel" | "ccmp" | "csinc" => 7,
        "imul" | "sar" | "movups" | "movdqa" | "movaps" | "jcc sign" | "xchg" | "sbfm" | "strh" => 8,
        "inc" | "dec" | "movq" | "xor" | "movdqu" | "xorps" | "pxor" | "setcc equal" | "cmovcc equal" => 8,
        _ => 10,
    }
}

/// The class of a conditional instruction by the text of its condition: `je`
/// and `jne` are one, and so are `jl`, `jge`, `jg` and `jle`, because block
/// layout and operand order turn them into each other.
pub(crate) fn condition(text: &str) -> Option<&'static str> {
    Some(match text {
        "e" | "ne" | "eq" => "equal",
        "l" | "ge" | "g" | "le" | "lt" | "gt" => "signed",
        "b" | "ae" | "a" | "be" | "hs" | "lo" | "hi" | "ls" | "cs" | "cc" => "unsigned",
        "s" | "ns" | "mi" | "pl" => "sign",
        "o" | "no" | "vs" | "vc" => "overflow",
        "p" | "np" => "parity",
        "al" | "nv" => "always",
        _ => return None,
    })
}
