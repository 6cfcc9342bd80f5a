//! What all groups use: the fields of a word, registers read and written at a width, conditions.

use crate::machine::{Cond, Lifted, Machine, Op, Reg, Width};

/// What a group returns: `None` where it does not know the word (and has said nothing).
pub(super) type Said = Option<Lifted>;

/// All of it was said.
pub(super) const REAL: Said = Some(Lifted::Real);
/// Some result is opaque.
pub(super) const OPAQUE: Said = Some(Lifted::Opaque);

/// A machine with the word that is said to it.
pub(super) struct Lifter<'a, M: Machine> {
    pub machine: &'a mut M,
    pub word: u32,
    pub address: u64,
}

impl<'a, M: Machine> Lifter<'a, M> {
    pub fn new(machine: &'a mut M, word: u32, address: u64) -> Self {
        Lifter { machine, word, address }
    }

    // Fields.

    /// `count` bits from bit `low`.
    pub fn bits(&self, low: u32, count: u32) -> u32 {
        self.word >> low & ((1 << count) - 1)
    }

    pub fn bit(&self, at: u32) -> bool {
        self.word >> at & 1 == 1
    }

    /// The same, with its sign.
    pub fn signed(&self, low: u32, count: u32) -> i64 {
        cognate_binary::decode::a64::signed(self.word, low, count)
    }

    /// The destination (`Rd`, `Rt`).
    pub fn rd(&self) -> u8 {
        self.bits(0, 5) as u8
    }

    /// The first source.
    pub fn rn(&self) -> u8 {
        self.bits(5, 5) as u8
    }

    /// The third register of three-operand words (`Ra`, `Rt2`).
    pub fn ra(&self) -> u8 {
        self.bits(10, 5) as u8
    }

    /// The second source (`Rm`, `Rs`).
    pub fn rm(&self) -> u8 {
        self.bits(16, 5) as u8
    }

    /// 64 where bit 31 is set, else 32.
    pub fn width(&self) -> Width {
        if self.bit(31) { 64 } else { 32 }
    }

    // Calculating.

    pub fn op(&mut self, op: Op, width: Width, operands: &[M::Value]) -> M::Value {
        self.machine.op(op, width, operands)
    }

    pub fn constant(&mut self, value: u64, width: Width) -> M::Value {
        self.machine.constant(value, width)
    }

    /// An operation whose second operand is a constant.
    pub fn with(&mut self, op: Op, width: Width, value: M::Value, by: u64) -> M::Value {
        let by = self.constant(by, width);
        self.op(op, width, &[value, by])
    }

    /// Shifted by a constant; by zero nothing happens.
    pub fn shifted(&mut self, op: Op, width: Width, value: M::Value, by: u32) -> M::Value {
        if by == 0 { value } else { self.with(op, width, value, u64::from(by)) }
    }

    /// The low `bits` of a value of `width`, zeroes in front.
    pub fn low_bits(&mut self, value: M::Value, bits: u32, width: Width) -> M::Value {
        match bits {
            _ if bits >= u32::from(width) => value,
            8 | 16 | 32 => {
                let part = self.op(Op::Truncate, bits as u8, &[value]);
                self.op(Op::ZeroExtend, width, &[part])
            }
            _ => self.with(Op::And, width, value, (1 << bits) - 1),
        }
    }

    /// The low 8, 16 or 32 bits of a value, their sign in front.
    pub fn sign_extended(&mut self, value: M::Value, from: Width, width: Width) -> M::Value {
        if from >= width {
            return value;
        }
        let part = self.op(Op::Truncate, from, &[value]);
        self.op(Op::SignExtend(from), width, &[part])
    }

    // General registers.

    /// A general register, 31 reading as zero.
    pub fn read(&mut self, n: u8, width: Width) -> M::Value {
        if n == 31 { self.constant(0, width) } else { self.read_sp(n, width) }
    }

    /// A general register, 31 being `sp`.
    pub fn read_sp(&mut self, n: u8, width: Width) -> M::Value {
        let whole = self.machine.get(Reg::general(n));
        if width >= 64 { whole } else { self.op(Op::Truncate, width, &[whole]) }
    }

    /// Sets a general register, zeroes in front; what is written to 31 is lost.
    pub fn write(&mut self, n: u8, width: Width, value: M::Value) {
        if n != 31 {
            self.write_sp(n, width, value);
        }
    }

    /// Sets a general register, 31 being `sp`.
    pub fn write_sp(&mut self, n: u8, width: Width, value: M::Value) {
        let whole = if width >= 64 { value } else { self.op(Op::ZeroExtend, 64, &[value]) };
        self.machine.set(Reg::general(n), whole);
    }

    // Vector registers.

    /// The low `width` bits of a vector register.
    pub fn read_vector(&mut self, n: u8, width: Width) -> M::Value {
        let whole = self.machine.get(Reg::vector(n));
        if width >= 128 { whole } else { self.op(Op::Truncate, width, &[whole]) }
    }

    /// Sets a vector register, zeroes in front.
    pub fn write_vector(&mut self, n: u8, width: Width, value: M::Value) {
        let whole = if width >= 128 { value } else { self.op(Op::ZeroExtend, 128, &[value]) };
        self.machine.set(Reg::vector(n), whole);
    }

    // Flags and conditions.

    pub fn set_flags(&mut self, flags: M::Value) {
        self.machine.set(Reg::FLAGS, flags);
    }

    /// The flags of `a - b`.
    pub fn flags_sub(&mut self, width: Width, a: M::Value, b: M::Value) -> M::Value {
        self.op(Op::FlagsSub, width, &[a, b])
    }

    /// The flags of `a + b`: the carry of A64 is no borrow.
    pub fn flags_add(&mut self, width: Width, a: M::Value, b: M::Value) -> M::Value {
        let flags = self.op(Op::FlagsAdd, width, &[a, b]);
        self.op(Op::FlagsInvertCarry, 8, &[flags])
    }

    /// Whether the condition of four bits holds: width 1.
    pub fn condition(&mut self, code: u32) -> M::Value {
        match condition(code) {
            Some(cond) => self.test(cond),
            None => self.constant(1, 1),
        }
    }

    pub fn test(&mut self, cond: Cond) -> M::Value {
        let flags = self.machine.get(Reg::FLAGS);
        self.op(Op::Test(cond), 1, &[flags])
    }

    // What is not known.

    /// Says that a word calculates something of the registers most words read.
    pub fn opaque(&mut self) -> Lifted {
        let name = self.word & !(0x1f | 0x1f << 5 | 0x1f << 16);
        let group = self.word >> 25 & 15;
        if group & 0b1110 == 0b1010 || group & 0b1100 == 0 && group != 0b0010 {
            return Lifted::Opaque; // system, or no instruction: no register that we know of
        }
        let vector = group & 0b0111 == 0b0111 || group & 0b0101 == 0b0100 && self.bit(26) || group == 0b0010;
        let (n, m) = (self.rn(), self.rm());
        if vector {
            let inputs = [self.read_vector(n, 128), self.read_vector(m, 128)];
            let value = self.op(Op::Opaque(name), 128, &inputs);
            self.write_vector(self.rd(), 128, value);
        } else {
            let inputs = [self.read(n, 64), self.read(m, 64)];
            let value = self.op(Op::Opaque(name), 64, &inputs);
            self.write(self.rd(), 64, value);
        }
        Lifted::Opaque
    }
}

/// The condition of four bits; `None`: always.
pub(super) fn condition(code: u32) -> Option<Cond> {
    let cond = match code >> 1 & 7 {
        0 => Cond::Eq,
        1 => Cond::Uge,
        2 => Cond::Negative,
        3 => Cond::Overflow,
        4 => Cond::Ugt,
        5 => Cond::Sge,
        6 => Cond::Sgt,
        _ => return None,
    };
    Some(if code & 1 == 1 { cond.negated() } else { cond })
}

/// The flags as the four bits `nzcv` of a word give them, carry inverted.
pub(super) fn nzcv(bits: u32) -> u64 {
    let bit = |at: u32| u64::from(bits >> at & 1);
    (bit(1) ^ 1) | bit(2) << 1 | bit(3) << 2 | bit(0) << 3
}
