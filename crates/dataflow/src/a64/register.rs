//! Data processing of registers (C4.1.95): arithmetic, logic, shifts, products, selection.

use super::lifter::{Lifter, OPAQUE, REAL, Said, condition, nzcv};
use crate::machine::{Cond, Machine, Op, Width};

impl<M: Machine> Lifter<'_, M> {
    pub(super) fn register(&mut self) -> Said {
        match (self.bit(28), self.bits(21, 4)) {
            (false, 0..=7) => self.logical(),
            (false, kind) if kind & 1 == 0 => self.add_shifted(),
            (false, _) => self.add_extended(),
            (true, 0) => self.add_with_carry(),
            (true, 2) => self.compare_on_condition(),
            (true, 4) => self.select(),
            (true, 6) if self.bit(30) => self.one_source(),
            (true, 6) => self.two_sources(),
            (true, 8..) => self.three_sources(),
            _ => None,
        }
    }

    /// `Rm`, shifted as bits 22, 23 and 10 to 15 say.
    fn shifted_operand(&mut self, width: Width) -> Option<M::Value> {
        let by = self.bits(10, 6);
        if by >= u32::from(width) {
            return None;
        }
        let value = self.read(self.rm(), width);
        let op = shift(self.bits(22, 2));
        Some(self.shifted(op, width, value, by))
    }

    /// `and`, `orr`, `eor`, `ands` and with the second operand inverted; `mov`, `mvn`, `tst`.
    fn logical(&mut self) -> Said {
        let (width, rn) = (self.width(), self.rn());
        let mut b = self.shifted_operand(width)?;
        if self.bit(21) {
            b = self.op(Op::Not, width, &[b]);
        }
        let op = self.logical_op();
        let same = rn == self.rm() && self.bits(10, 6) == 0 && !self.bit(21); // tst x, x
        let result = if rn == 31 && op != Op::And || same && op != Op::Xor {
            b
        } else {
            let a = self.read(rn, width);
            self.op(op, width, &[a, b])
        };
        self.write(self.rd(), width, result);
        if self.bits(29, 2) == 3 {
            self.set_flags_logic(width, result);
        }
        REAL
    }

    /// `add`, `sub`, `adds`, `subs`; `neg`, `cmp`, `cmn`.
    fn add_shifted(&mut self) -> Said {
        let width = self.width();
        if self.bits(22, 2) == 3 {
            return None;
        }
        let b = self.shifted_operand(width)?;
        let (rd, rn) = (self.rd(), self.rn());
        if self.bit(29) {
            let a = self.read(rn, width);
            self.add_or_sub(width, a, b);
            return REAL;
        }
        let result = match (self.bit(30), rn) {
            (true, 31) => self.op(Op::Neg, width, &[b]),
            (false, 31) => b,
            (subtract, _) => {
                let a = self.read(rn, width);
                self.op(if subtract { Op::Sub } else { Op::Add }, width, &[a, b])
            }
        };
        self.write(rd, width, result);
        REAL
    }

    /// The same with `sp`, and the second operand extended.
    fn add_extended(&mut self) -> Said {
        let (width, by) = (self.width(), self.bits(10, 3));
        if by > 4 || self.bits(22, 2) != 0 {
            return None;
        }
        let value = self.extended(self.rm(), self.bits(13, 3), width);
        let b = self.shifted(Op::Shl, width, value, by);
        let a = self.read_sp(self.rn(), width);
        self.add_or_sub(width, a, b);
        REAL
    }

    /// A register, extended as three bits say: `uxtb`, `uxth`, `uxtw`, `uxtx`, then signed.
    pub(super) fn extended(&mut self, n: u8, option: u32, width: Width) -> M::Value {
        let value = self.read(n, width);
        let from = 8u8 << (option & 3);
        match option {
            0..4 => self.low_bits(value, u32::from(from), width),
            _ => self.sign_extended(value, from, width),
        }
    }

    /// `adc`, `adcs`, `sbc`, `sbcs`; `ngc`. Our carry bit is the borrow.
    fn add_with_carry(&mut self) -> Said {
        if self.bits(10, 6) != 0 {
            return self.set_flags_opaque();
        }
        let width = self.width();
        let (a, b) = (self.read(self.rn(), width), self.read(self.rm(), width));
        let subtract = self.bit(30);
        let carry = self.test(if subtract { Cond::Ult } else { Cond::Uge });
        let wide = self.op(Op::ZeroExtend, width, &[carry]);
        let op = if subtract { Op::Sub } else { Op::Add };
        let part = self.op(op, width, &[a, b]);
        let result = self.op(op, width, &[part, wide]);
        if self.bit(29) {
            let flags = if subtract {
                self.op(Op::FlagsSubBorrow, width, &[a, b, carry])
            } else {
                let flags = self.op(Op::FlagsAddCarry, width, &[a, b, carry]);
                self.op(Op::FlagsInvertCarry, 8, &[flags])
            };
            self.set_flags(flags);
        }
        self.write(self.rd(), width, result);
        REAL
    }

    /// `rmif`, `setf8`, `setf16`.
    fn set_flags_opaque(&mut self) -> Said {
        let name = self.word & !(0x1f << 5);
        let value = self.read(self.rn(), 64);
        let flags = self.op(Op::Opaque(name), 8, &[value]);
        self.set_flags(flags);
        OPAQUE
    }

    /// `ccmp`, `ccmn`: the flags of a comparison, or those in the word.
    fn compare_on_condition(&mut self) -> Said {
        if self.bit(4) || self.bit(10) || !self.bit(29) {
            return None;
        }
        let width = self.width();
        let holds = self.condition(self.bits(12, 4));
        let a = self.read(self.rn(), width);
        let number = self.bit(11).then(|| u64::from(self.rm()));
        let subtract = self.bit(30);
        let b = match number {
            Some(number) if subtract || number == 0 => self.constant(number, width),
            Some(number) => self.constant(number.wrapping_neg(), width), // see `cmn`
            None => self.read(self.rm(), width),
        };
        let difference = subtract || number.is_some_and(|number| number != 0);
        let compared = if difference { self.flags_sub(width, a, b) } else { self.flags_add(width, a, b) };
        let given = self.constant(nzcv(self.bits(0, 4)), 8);
        let flags = self.op(Op::Select, 8, &[holds, compared, given]);
        self.set_flags(flags);
        REAL
    }

    /// `csel`, `csinc`, `csinv`, `csneg`; `cset` and `csetm` are the condition as a number.
    fn select(&mut self) -> Said {
        let (width, rn, rm) = (self.width(), self.rn(), self.rm());
        if self.bit(11) || self.bit(29) {
            return None;
        }
        let change = self.bits(30, 1) << 1 | self.bits(10, 1);
        let code = self.bits(12, 4);
        let zeroes = rn == 31 && rm == 31;
        let result = match (condition(code), change) {
            (None, _) => self.read(rn, width),
            (Some(cond), 1 | 2) if zeroes => {
                let holds = self.test(cond.negated());
                let one = self.op(Op::ZeroExtend, width, &[holds]);
                if change == 1 { one } else { self.op(Op::Neg, width, &[one]) }
            }
            (Some(cond), _) => {
                let holds = self.test(cond);
                let (a, b) = (self.read(rn, width), self.read(rm, width));
                let b = self.changed(width, b, change);
                self.op(Op::Select, width, &[holds, a, b])
            }
        };
        self.write(self.rd(), width, result);
        REAL
    }

    /// What the selections do to their second operand.
    fn changed(&mut self, width: Width, value: M::Value, change: u32) -> M::Value {
        match change {
            0 => value,
            1 => self.with(Op::Add, width, value, 1),
            2 => self.op(Op::Not, width, &[value]),
            _ => self.op(Op::Neg, width, &[value]),
        }
    }

    /// `rbit`, `rev16`, `rev32`, `rev`, `clz`, `cls`, `ctz`, `cnt`, `abs`; signing a pointer changes nothing.
    fn one_source(&mut self) -> Said {
        let (width, code) = (self.width(), self.bits(10, 6));
        match (self.bits(16, 5), code, self.bit(29)) {
            (1, _, false) => return REAL,
            (0, 0..=8, false) if code != 3 || width == 64 => {}
            _ => return None,
        }
        let value = self.read(self.rn(), width);
        let result = match code {
            0 => self.op(Op::BitReverse, width, &[value]),
            1 => self.swapped_pairs(width, value),
            2 if width == 64 => {
                let swapped = self.op(Op::ByteSwap, width, &[value]);
                self.shifted(Op::Ror, width, swapped, 32)
            }
            2 | 3 => self.op(Op::ByteSwap, width, &[value]),
            4 => self.op(Op::LeadingZeros, width, &[value]),
            5 => self.leading_signs(width, value),
            6 => self.op(Op::TrailingZeros, width, &[value]),
            7 => self.op(Op::PopCount, width, &[value]),
            _ => self.absolute(width, value),
        };
        self.write(self.rd(), width, result);
        REAL
    }

    /// The bytes of each pair swapped.
    fn swapped_pairs(&mut self, width: Width, value: M::Value) -> M::Value {
        let low = self.shifted(Op::Shr, width, value, 8);
        let low = self.with(Op::And, width, low, 0x00ff_00ff_00ff_00ff);
        let high = self.with(Op::And, width, value, 0x00ff_00ff_00ff_00ff);
        let high = self.shifted(Op::Shl, width, high, 8);
        self.op(Op::Or, width, &[high, low])
    }

    /// How many bits behind the sign are like it.
    fn leading_signs(&mut self, width: Width, value: M::Value) -> M::Value {
        let next = self.shifted(Op::Sar, width, value, 1);
        let changes = self.op(Op::Xor, width, &[value, next]);
        let zeros = self.op(Op::LeadingZeros, width, &[changes]);
        self.with(Op::Sub, width, zeros, 1)
    }

    fn absolute(&mut self, width: Width, value: M::Value) -> M::Value {
        let zero = self.constant(0, width);
        let less = self.op(Op::Slt, width, &[value, zero]);
        let negated = self.op(Op::Neg, width, &[value]);
        self.op(Op::Select, width, &[less, negated, value])
    }

    /// `udiv`, `sdiv`, shifts by a register, least and greatest; `crc32` is opaque.
    fn two_sources(&mut self) -> Said {
        let width = self.width();
        let code = self.bits(10, 6);
        let op = match code {
            2 => Op::DivU,
            3 => Op::DivS,
            8..=11 => shift(code & 3),
            16..=23 => Op::Opaque(self.word & !(0x1f_03ff)),
            _ => return None,
        };
        if self.bit(29) {
            return None;
        }
        let (a, b) = (self.read(self.rn(), width), self.read(self.rm(), width));
        let result = self.op(op, width, &[a, b]);
        self.write(self.rd(), width, result);
        if code >= 16 { OPAQUE } else { REAL }
    }

    /// `madd`, `msub`, the same of halves (`smull`…), and the upper half of a product.
    fn three_sources(&mut self) -> Said {
        let (width, kind) = (self.width(), self.bits(21, 3));
        let valid = match kind {
            0 => true,
            1 | 5 => width == 64,
            2 | 6 => width == 64 && !self.bit(15),
            _ => false,
        };
        if self.bits(29, 2) != 0 || !valid {
            return None;
        }
        let (a, b) = match kind {
            1 | 5 => (self.half(self.rn(), kind == 1), self.half(self.rm(), kind == 1)),
            _ => (self.read(self.rn(), width), self.read(self.rm(), width)),
        };
        let op = match kind {
            2 => Op::MulHighS,
            6 => Op::MulHighU,
            _ => Op::Mul,
        };
        let product = self.op(op, width, &[a, b]);
        let result = match (self.ra(), self.bit(15)) {
            _ if op != Op::Mul => product,
            (31, false) => product,
            (31, true) => self.op(Op::Neg, width, &[product]),
            (n, subtract) => {
                let sum = self.read(n, width);
                self.op(if subtract { Op::Sub } else { Op::Add }, width, &[sum, product])
            }
        };
        self.write(self.rd(), width, result);
        REAL
    }

    /// The lower half of a register, widened.
    fn half(&mut self, n: u8, signed: bool) -> M::Value {
        let part = self.read(n, 32);
        self.op(if signed { Op::SignExtend(32) } else { Op::ZeroExtend }, 64, &[part])
    }
}

fn shift(code: u32) -> Op {
    match code {
        0 => Op::Shl,
        1 => Op::Shr,
        2 => Op::Sar,
        _ => Op::Ror,
    }
}
