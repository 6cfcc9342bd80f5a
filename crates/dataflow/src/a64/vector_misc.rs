//! Vectors (C4.1.96): of one register, across its lanes, to wider lanes and narrower.

use super::float::AWAY;
use super::lanes::Shape;
use super::lifter::{Lifter, OPAQUE, REAL, Said};
use crate::machine::{Lane, Machine, Op};

impl<M: Machine> Lifter<'_, M> {
    /// Two-register words: one source, one destination.
    pub(super) fn vector_one_source(&mut self) -> Said {
        let (opcode, unsigned, size) = (self.bits(12, 5), self.bit(29), self.bits(22, 2));
        if matches!(opcode, 0x0c..=0x0f | 0x16..) {
            return self.float_vector_one_source(opcode, unsigned);
        }
        let value = self.whole(self.rn());
        match (opcode, unsigned) {
            (0x00 | 0x01, _) | (0x04, _) | (0x05, false) => return self.shuffled(value),
            (0x05, true) => {
                let result = if size == 0 { self.not(value) } else { return self.shuffled(value) };
                self.write_low(self.total(), result);
                return REAL;
            }
            (0x12, false) if size < 3 && !self.bit(28) => {
                let result = self.narrowed(value, 8 << size);
                self.write_narrow(result);
                return REAL;
            }
            (0x13, true) if size < 3 && !self.bit(28) => {
                let wide = self.widened(value, 8 << size, false, self.bit(30));
                let result = self.lanes_shifted(Lane::Shl, 16 << size, wide, 8 << size);
                self.write_low(128, result);
                return REAL;
            }
            _ => {}
        }
        let shape = self.shape(size).filter(|_| size == 3 || !self.bit(28))?;
        let zero = self.constant(0, 128);
        let result = match (opcode, unsigned) {
            (0x02 | 0x06, _) if size < 3 && !self.bit(28) => {
                let sum = self.pairs_widened(shape.lane, unsigned, value);
                match opcode {
                    2 => sum,
                    _ => {
                        let old = self.whole(self.rd());
                        self.lanes(Lane::Add, shape.lane * 2, old, sum)
                    }
                }
            }
            (0x08, false) => self.lanes(Lane::Sgt, shape.lane, value, zero),
            (0x08, true) => {
                let less = self.lanes(Lane::Sgt, shape.lane, zero, value);
                self.not(less)
            }
            (0x09, false) => self.lanes(Lane::Eq, shape.lane, value, zero),
            (0x09, true) => {
                let greater = self.lanes(Lane::Sgt, shape.lane, value, zero);
                self.not(greater)
            }
            (0x0a, false) => self.lanes(Lane::Sgt, shape.lane, zero, value),
            (0x0b, true) => self.lanes(Lane::Sub, shape.lane, zero, value),
            (0x0b, false) => {
                let negated = self.lanes(Lane::Sub, shape.lane, zero, value);
                let sign = self.lanes(Lane::Sgt, shape.lane, zero, value);
                let negated = self.op(Op::And, 128, &[negated, sign]);
                let rest = self.not(sign);
                let kept = self.op(Op::And, 128, &[value, rest]);
                self.op(Op::Or, 128, &[negated, kept])
            }
            _ => return None,
        };
        self.write_low(shape.total, result);
        REAL
    }

    /// Bytes or bits in another order, or counted: `rev`, `rbit`, `cnt`, `clz`, `cls`.
    fn shuffled(&mut self, value: M::Value) -> Said {
        let (opcode, size) = (self.bits(12, 5), self.bits(22, 2));
        if self.bit(28) {
            return None;
        }
        let op = if opcode < 4 {
            // bytes or halves swap places within 8, 4 or 2 bytes
            let within = 8u8 >> (opcode << 1 | self.bits(29, 1)).min(3);
            let swaps = within.checked_sub(1 << size).filter(|&swaps| swaps > 0)?;
            Op::shuffle(std::array::from_fn(|at| at as u8 ^ swaps))
        } else {
            Op::Opaque(self.word & 0x20c1_f000)
        };
        let result = self.op(op, 128, &[value]);
        self.write_low(self.total(), result);
        OPAQUE
    }

    /// Sums of neighbouring lanes, twice as wide.
    fn pairs_widened(&mut self, lane: u8, unsigned: bool, value: M::Value) -> M::Value {
        let right = if unsigned { Lane::Shr } else { Lane::Sar };
        let odd = self.lanes_shifted(right, lane * 2, value, u32::from(lane));
        let up = self.lanes_shifted(Lane::Shl, lane * 2, value, u32::from(lane));
        let even = self.lanes_shifted(right, lane * 2, up, u32::from(lane));
        self.lanes(Lane::Add, lane * 2, even, odd)
    }

    /// `fabs`, `fneg`, `fsqrt`, `frint*`, `fcvt*`, `scvtf`, `ucvtf`, comparisons with zero.
    fn float_vector_one_source(&mut self, opcode: u32, unsigned: bool) -> Said {
        let high = self.bit(23);
        if matches!(opcode, 0x16 | 0x17) {
            return self.float_resized(opcode == 0x17);
        }
        let shape = self.float_shape()?;
        let width = shape.lane;
        let value = self.whole(self.rn());
        let round = match (opcode, unsigned, high) {
            (0x18, false, false) | (0x19, true, _) | (0x1a, _, false) => Some(Op::FRound(0)),
            (0x18, false, true) | (0x1a, _, true) => Some(Op::FRound(2)),
            (0x19, false, false) | (0x1b, _, false) => Some(Op::FRound(1)),
            (0x19, false, true) => Some(Op::FRound(3)),
            (0x18, true, false) | (0x1c, _, false) => Some(AWAY),
            _ => None,
        };
        let code = (opcode, unsigned, high);
        let known = matches!(code, (0x0c | 0x0d | 0x0f, _, true) | (0x0e, false, true) | (0x1f, true, true))
            || matches!(code, (0x1b, _, true) | (0x1d, _, false));
        if round.is_none() && !known || self.bit(28) && matches!(opcode, 0x0f | 0x18 | 0x19 | 0x1f) {
            return None;
        }
        let result = self.by_lane(shape, width, &[value], |lifter, parts| {
            let Some(&value) = parts.first() else { return lifter.constant(0, width) };
            let rounded = round.map(|round| lifter.op(round, width, &[value]));
            match opcode {
                0x18 | 0x19 => rounded.unwrap_or(value),
                0x1a..=0x1c => lifter.float_to(rounded.unwrap_or(value), width, width, !unsigned),
                0x1d => lifter.float_from(value, width, width, !unsigned),
                0x1f => lifter.op(Op::FSqrt, width, &[value]),
                0x0f => lifter.op(if unsigned { Op::FNeg } else { Op::FAbs }, width, &[value]),
                _ => lifter.compared_with_zero(opcode, unsigned, width, value),
            }
        })?;
        self.write_low(shape.total, result);
        REAL
    }

    /// `fcmgt`, `fcmge`, `fcmeq`, `fcmle`, `fcmlt` with zero.
    fn compared_with_zero(&mut self, opcode: u32, or_equal: bool, width: u8, value: M::Value) -> M::Value {
        let zero = self.constant(0, width);
        let less = match (opcode, or_equal) {
            (0x0c, _) => Some((zero, value)),
            (0x0d, false) => None,
            _ => Some((value, zero)),
        };
        match less {
            Some((a, b)) if !or_equal => {
                let truth = self.op(Op::FLt, width, &[a, b]);
                self.truth_lane(truth, None, width)
            }
            _ => {
                let truth = self.op(Op::FEq, width, &[value, zero]);
                self.truth_lane(truth, less, width)
            }
        }
    }

    /// `fcvtl` to doubles, `fcvtn` from doubles.
    fn float_resized(&mut self, widen: bool) -> Said {
        if self.bit(28) || !self.bit(22) || self.bit(23) || self.bit(29) {
            return None;
        }
        let mut value = self.whole(self.rn());
        if widen && self.bit(30) {
            value = self.shifted(Op::Shr, 128, value, 64);
        }
        let (from, to) = if widen { (32, 64) } else { (64, 32) };
        let shape = Shape { lane: from, total: from * 2 };
        let result = self.by_lane(shape, to, &[value], |lifter, parts| {
            lifter.op(Op::FloatConvert(from), to, parts.get(..1).unwrap_or_default())
        })?;
        if widen {
            self.write_low(128, result);
        } else {
            let low = self.op(Op::Truncate, 64, &[result]);
            self.write_narrow(low);
        }
        REAL
    }

    /// `addv`, `saddlv`, `smaxv` and their like: of four lanes at most, else opaque.
    pub(super) fn across(&mut self) -> Said {
        let (opcode, unsigned) = (self.bits(12, 5), self.bit(29));
        let shape = self.shape(self.bits(22, 2)).filter(|shape| shape.lane < 64)?;
        let lane = shape.lane;
        let long = opcode == 3;
        let op = match (opcode, unsigned) {
            (3, _) | (0x1b, false) => Op::Add,
            (0x0a | 0x1a, _) => {
                if unsigned {
                    Op::Ult
                } else {
                    Op::Slt
                }
            }
            _ => return None,
        };
        let value = self.whole(self.rn());
        let width = if long { lane * 2 } else { lane };
        if shape.count() > 4 {
            let name = self.word & 0x60c1_f000;
            let result = self.op(Op::Opaque(name), width, &[value]);
            self.write_vector(self.rd(), width, result);
            return OPAQUE;
        }
        let mut result = None;
        for at in 0..shape.count() {
            let mut part = self.one_lane(value, lane, at);
            if long {
                part = self.op(if unsigned { Op::ZeroExtend } else { Op::SignExtend(lane) }, width, &[part]);
            }
            result = Some(match result {
                None => part,
                Some(old) if op == Op::Add => self.op(op, width, &[old, part]),
                Some(old) => {
                    let less = self.op(op, width, &[old, part]);
                    let (yes, no) = if opcode == 0x0a { (part, old) } else { (old, part) };
                    self.op(Op::Select, width, &[less, yes, no])
                }
            });
        }
        let result = result?;
        self.write_vector(self.rd(), width, result);
        REAL
    }

    /// `addp`, `faddp`, `fmaxp`, `fminp` of the two lanes of a register.
    pub(super) fn pairwise_scalar(&mut self) -> Said {
        let (opcode, float) = (self.bits(12, 5), self.bit(29));
        let width = if self.bit(22) { 64 } else { 32 };
        let op = match (opcode, float, self.bit(23)) {
            (0x1b, false, true) if width == 64 => Op::Add,
            (0x0d, true, false) => Op::FAdd,
            (0x0c | 0x0f, true, false) => Op::FMax,
            (0x0c | 0x0f, true, true) => Op::FMin,
            _ => return None,
        };
        let value = self.whole(self.rn());
        let (low, high) = (self.one_lane(value, width, 0), self.one_lane(value, width, 1));
        let result = self.op(op, width, &[low, high]);
        self.write_vector(self.rd(), width, result);
        REAL
    }

    /// Results with lanes twice (or half) as wide as the sources'.
    pub(super) fn three_different(&mut self) -> Said {
        let (opcode, size) = (self.bits(12, 4), self.bits(22, 2));
        if size == 3 {
            return None;
        }
        let lane = 8 << size;
        let b = self.whole(self.rm());
        self.widening(opcode, lane, b)
    }

    /// The same with the second operand given, whole.
    pub(super) fn widening(&mut self, opcode: u32, lane: u8, b: M::Value) -> Said {
        let (unsigned, upper, wide) = (self.bit(29), self.bit(30), lane * 2);
        let a = self.whole(self.rn());
        if matches!(opcode, 4 | 6) && !unsigned {
            let op = if opcode == 4 { Lane::Add } else { Lane::Sub };
            let sum = self.lanes(op, wide, a, b);
            let high = self.lanes_shifted(Lane::Shr, wide, sum, u32::from(lane));
            let result = self.narrowed(high, lane);
            self.write_narrow(result);
            return REAL;
        }
        if matches!(opcode, 4 | 6 | 9 | 11 | 13..) {
            return None; // rounding, saturating and polynomial ones
        }
        let a = if matches!(opcode, 1 | 3) { a } else { self.widened(a, lane, !unsigned, upper) };
        let b = self.widened(b, lane, !unsigned, upper);
        let mut result = match opcode {
            0 | 1 => self.lanes(Lane::Add, wide, a, b),
            2 | 3 => self.lanes(Lane::Sub, wide, a, b),
            5 | 7 => self.difference(wide, unsigned, a, b),
            _ => self.lanes(Lane::Mul, wide, a, b),
        };
        if matches!(opcode, 5 | 8 | 10) {
            let old = self.whole(self.rd());
            let op = if opcode == 10 { Lane::Sub } else { Lane::Add };
            result = self.lanes(op, wide, old, result);
        }
        self.write_low(128, result);
        REAL
    }
}
