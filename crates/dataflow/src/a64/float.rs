//! Floating point of single numbers (C4.1.96): arithmetic, comparison, conversion, moves.

use super::lifter::{Lifter, REAL, Said, condition, nzcv};
use crate::machine::{Machine, Op, Width};

/// To the nearest whole number, halves away from zero.
pub(super) const AWAY: Op = Op::FRound(4);

impl<M: Machine> Lifter<'_, M> {
    /// Words with bits 25 to 28 `1111` and bit 30 clear.
    pub(super) fn float(&mut self) -> Said {
        if self.bit(29) {
            return None;
        }
        if self.bit(24) {
            return self.multiply_add();
        }
        if !self.bit(21) {
            return self.convert_fixed();
        }
        if self.bits(10, 6) == 0 {
            return self.convert_integer();
        }
        match self.bits(10, 2) {
            1 => self.float_compare_on_condition(),
            2 => self.float_two_sources(),
            3 => self.float_select(),
            _ if self.bit(12) => self.float_immediate(),
            _ if self.bit(13) => self.float_compare(),
            _ if self.bit(14) => self.float_one_source(),
            _ => None,
        }
    }

    /// What bits 22 and 23 say: 32 or 64 (halves are not modelled).
    fn float_width(&self) -> Option<Width> {
        match self.bits(22, 2) {
            0 => Some(32),
            1 => Some(64),
            _ => None,
        }
    }

    /// `fmadd`, `fmsub`, `fnmadd`, `fnmsub`.
    fn multiply_add(&mut self) -> Said {
        let width = self.float_width().filter(|_| !self.bit(31))?;
        let (negate_all, subtract) = (self.bit(21), self.bit(15));
        let mut n = self.read_vector(self.rn(), width);
        let m = self.read_vector(self.rm(), width);
        let mut a = self.read_vector(self.ra(), width);
        if negate_all != subtract {
            n = self.op(Op::FNeg, width, &[n]);
        }
        if negate_all {
            a = self.op(Op::FNeg, width, &[a]);
        }
        let result = self.op(Op::FMulAdd, width, &[n, m, a]);
        self.write_vector(self.rd(), width, result);
        REAL
    }

    /// `scvtf`, `ucvtf`, `fcvtzs`, `fcvtzu` of numbers with a binary point.
    fn convert_fixed(&mut self) -> Said {
        let (integer, float) = (self.width(), self.float_width()?);
        let fraction = 64 - self.bits(10, 6);
        if fraction > u32::from(integer) {
            return None;
        }
        match (self.bits(19, 2), self.bits(16, 3)) {
            (0, kind @ (2 | 3)) => {
                let value = self.read(self.rn(), integer);
                let result = self.float_from(value, integer, float, kind == 2);
                let scale = self.constant(power_of_two(-(fraction as i32), float), float);
                let result = self.op(Op::FMul, float, &[result, scale]);
                self.write_vector(self.rd(), float, result);
            }
            (3, kind @ (0 | 1)) => {
                let value = self.read_vector(self.rn(), float);
                let scale = self.constant(power_of_two(fraction as i32, float), float);
                let value = self.op(Op::FMul, float, &[value, scale]);
                let result = self.float_to(value, float, integer, kind == 0);
                self.write(self.rd(), integer, result);
            }
            _ => return None,
        }
        REAL
    }

    pub(super) fn float_from(&mut self, value: M::Value, from: Width, to: Width, signed: bool) -> M::Value {
        let op = if signed { Op::FloatFromS(from) } else { Op::FloatFromU(from) };
        self.op(op, to, &[value])
    }

    pub(super) fn float_to(&mut self, value: M::Value, from: Width, to: Width, signed: bool) -> M::Value {
        let op = if signed { Op::FloatToS(from) } else { Op::FloatToU(from) };
        self.op(op, to, &[value])
    }

    /// `scvtf`, `ucvtf`, `fcvt*s`, `fcvt*u`, and `fmov` between general and vector registers.
    fn convert_integer(&mut self) -> Said {
        let (integer, mode, kind) = (self.width(), self.bits(19, 2), self.bits(16, 3));
        if kind >= 6 {
            return self.move_general(kind == 6);
        }
        let float = self.float_width()?;
        let (rd, rn) = (self.rd(), self.rn());
        let round = match (mode, kind) {
            (0, 2 | 3) => {
                let value = self.read(rn, integer);
                let result = self.float_from(value, integer, float, kind == 2);
                self.write_vector(rd, float, result);
                return REAL;
            }
            (0, 4 | 5) => Some(AWAY),
            (0, 0 | 1) => Some(Op::FRound(0)),
            (1, 0 | 1) => Some(Op::FRound(2)),
            (2, 0 | 1) => Some(Op::FRound(1)),
            (3, 0 | 1) => None,
            _ => return None,
        };
        let mut value = self.read_vector(rn, float);
        if let Some(round) = round {
            value = self.op(round, float, &[value]);
        }
        let result = self.float_to(value, float, integer, kind & 1 == 0);
        self.write(rd, integer, result);
        REAL
    }

    /// `fmov` of bits, as they are.
    fn move_general(&mut self, to_general: bool) -> Said {
        let (integer, mode) = (self.width(), self.bits(19, 2));
        let (rd, rn) = (self.rd(), self.rn());
        let width = match (self.bits(22, 2), mode, integer) {
            (0, 0, 32) => 32,
            (1, 0, 64) => 64,
            (3, 0, _) => 16,
            (2, 1, 64) => 128, // the upper half
            _ => return None,
        };
        match (to_general, width) {
            (true, 128) => {
                let whole = self.read_vector(rn, 128);
                let upper = self.shifted(Op::Shr, 128, whole, 64);
                let value = self.op(Op::Truncate, 64, &[upper]);
                self.write(rd, 64, value);
            }
            (true, _) => {
                let value = self.read_vector(rn, width);
                self.write(rd, width, value);
            }
            (false, 128) => {
                let (old, new) = (self.read_vector(rd, 128), self.read(rn, 64));
                let value = self.op(Op::Insert { at: 64, bits: 64 }, 128, &[old, new]);
                self.write_vector(rd, 128, value);
            }
            (false, _) => {
                let value = self.read(rn, width);
                self.write_vector(rd, width, value);
            }
        }
        REAL
    }

    /// `fmov` of a register, `fabs`, `fneg`, `fsqrt`, `fcvt`, `frint*`.
    fn float_one_source(&mut self) -> Said {
        let width = self.float_width().filter(|_| !self.bit(31))?;
        let (to, op) = match self.bits(15, 6) {
            0 => (width, None),
            1 => (width, Some(Op::FAbs)),
            2 => (width, Some(Op::FNeg)),
            3 => (width, Some(Op::FSqrt)),
            4 if width == 64 => (32, Some(Op::FloatConvert(64))),
            5 if width == 32 => (64, Some(Op::FloatConvert(32))),
            8 | 14 | 15 => (width, Some(Op::FRound(0))), // x and i: nearest unless the program says otherwise
            9 => (width, Some(Op::FRound(2))),
            10 => (width, Some(Op::FRound(1))),
            11 => (width, Some(Op::FRound(3))),
            12 => (width, Some(AWAY)),
            _ => return None,
        };
        let mut value = self.read_vector(self.rn(), width);
        if let Some(op) = op {
            value = self.op(op, to, &[value]);
        }
        self.write_vector(self.rd(), to, value);
        REAL
    }

    /// `fadd` and its like; `fnmul` negates the product.
    fn float_two_sources(&mut self) -> Said {
        let width = self.float_width().filter(|_| !self.bit(31))?;
        let op = match self.bits(12, 4) {
            0 | 8 => Op::FMul,
            1 => Op::FDiv,
            2 => Op::FAdd,
            3 => Op::FSub,
            4 | 6 => Op::FMax,
            5 | 7 => Op::FMin,
            _ => return None,
        };
        let (a, b) = (self.read_vector(self.rn(), width), self.read_vector(self.rm(), width));
        let mut result = self.op(op, width, &[a, b]);
        if self.bits(12, 4) == 8 {
            result = self.op(Op::FNeg, width, &[result]);
        }
        self.write_vector(self.rd(), width, result);
        REAL
    }

    /// `fcmp`, also with zero.
    fn float_compare(&mut self) -> Said {
        let width = self.float_width().filter(|_| !self.bit(31))?;
        if self.bits(14, 2) != 0 || self.bits(0, 3) != 0 {
            return None;
        }
        let a = self.read_vector(self.rn(), width);
        let b = if self.bit(3) { self.constant(0, width) } else { self.read_vector(self.rm(), width) };
        let flags = self.op(Op::FlagsFloatA64, width, &[a, b]);
        self.set_flags(flags);
        REAL
    }

    /// `fccmp`.
    fn float_compare_on_condition(&mut self) -> Said {
        let width = self.float_width().filter(|_| !self.bit(31))?;
        let holds = self.condition(self.bits(12, 4));
        let (a, b) = (self.read_vector(self.rn(), width), self.read_vector(self.rm(), width));
        let compared = self.op(Op::FlagsFloatA64, width, &[a, b]);
        let given = self.constant(nzcv(self.bits(0, 4)), 8);
        let flags = self.op(Op::Select, 8, &[holds, compared, given]);
        self.set_flags(flags);
        REAL
    }

    /// `fcsel`.
    fn float_select(&mut self) -> Said {
        let width = self.float_width().filter(|_| !self.bit(31))?;
        let a = self.read_vector(self.rn(), width);
        let result = match condition(self.bits(12, 4)) {
            None => a,
            Some(cond) => {
                let holds = self.test(cond);
                let b = self.read_vector(self.rm(), width);
                self.op(Op::Select, width, &[holds, a, b])
            }
        };
        self.write_vector(self.rd(), width, result);
        REAL
    }

    /// `fmov` of a constant.
    fn float_immediate(&mut self) -> Said {
        let width = self.float_width().filter(|_| !self.bit(31))?;
        if self.bits(5, 5) != 0 {
            return None;
        }
        let value = self.constant(float_pattern(self.bits(13, 8), width), width);
        self.write_vector(self.rd(), width, value);
        REAL
    }
}

/// The float that eight bits stand for: sign, three bits of exponent, four of fraction.
pub(super) fn float_pattern(bits: u32, width: Width) -> u64 {
    let (sign, high, rest) = (u64::from(bits >> 7 & 1), u64::from(bits >> 6 & 1), u64::from(bits & 0x3f));
    if width == 32 {
        sign << 31 | (high ^ 1) << 30 | (high * 0x1f) << 25 | rest << 19
    } else {
        sign << 63 | (high ^ 1) << 62 | (high * 0xff) << 54 | rest << 48
    }
}

/// Two to a power that is small enough, as a float.
fn power_of_two(power: i32, width: Width) -> u64 {
    if width == 32 { u64::from(2f32.powi(power).to_bits()) } else { 2f64.powi(power).to_bits() }
}
