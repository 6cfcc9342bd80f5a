//! Vectors (C4.1.96): which group, and operations on two registers lane by lane.

use super::lanes::Shape;
use super::lifter::{Lifter, REAL, Said};
use crate::machine::{Lane, Machine, Op};

impl<M: Machine> Lifter<'_, M> {
    /// Words with bits 25 to 28 `x111` that are no scalar float.
    pub(super) fn vector(&mut self) -> Said {
        let scalar = self.bit(28);
        if self.bit(31) {
            return None; // sha3, sm4
        }
        match (self.bit(24), self.bit(21), self.bits(10, 2)) {
            (true, _, 1 | 3) => self.vector_immediate(),
            (true, ..) => self.by_element(),
            (false, true, 1 | 3) => self.three_same(),
            (false, true, 0) if !scalar => self.three_different(),
            (false, true, 2) => match self.bits(17, 4) {
                0 => self.vector_one_source(),
                8 if scalar => self.pairwise_scalar(),
                8 => self.across(),
                _ => None, // aes, sha
            },
            (false, false, _) if self.bit(15) => None,
            (false, false, 1 | 3) if self.bits(22, 2) == 0 => self.copy(),
            (false, false, 0) if !scalar && self.bits(22, 2) == 0 && !self.bit(29) => self.table(),
            (false, false, 0 | 2) if !scalar && self.bit(29) && self.bits(22, 2) == 0 => {
                self.extract_vector()
            }
            (false, false, 2) if !scalar && !self.bit(29) => self.permute(),
            _ => None,
        }
    }

    /// Two registers of the same shape (and perhaps the destination) to a third.
    fn three_same(&mut self) -> Said {
        let (opcode, size) = (self.bits(11, 5), self.bits(22, 2));
        if opcode == 3 && !self.bit(28) {
            return self.vector_logic(size);
        }
        let (n, m) = (self.rn(), self.rm());
        if opcode >= 0x18 {
            let shape = self.float_shape()?;
            return self.float_same(opcode, self.bit(23), shape, |lifter| lifter.whole(m));
        }
        let shape = self.shape(size)?;
        if self.bit(28) && size != 3 || size == 3 && matches!(opcode, 0x0c..=0x0f | 0x12..=0x15) {
            return None;
        }
        let (a, b) = (self.whole(n), self.whole(m));
        let result = self.integer_same(opcode, shape, a, b)?;
        self.write_low(shape.total, result);
        REAL
    }

    /// `and`, `bic`, `orr`, `orn`, `eor`, `bsl`, `bit`, `bif`; `mov`.
    fn vector_logic(&mut self, size: u32) -> Said {
        let width = self.total();
        let (n, m, d) = (self.rn(), self.rm(), self.rd());
        let a = self.read_vector(n, width);
        if size == 2 && n == m && !self.bit(29) {
            self.write_vector(d, width, a);
            return REAL;
        }
        let b = self.read_vector(m, width);
        let result = match (self.bit(29), size) {
            (false, 0) => self.op(Op::And, width, &[a, b]),
            (false, 2) => self.op(Op::Or, width, &[a, b]),
            (false, _) => {
                let b = self.op(Op::Not, width, &[b]);
                self.op(if size == 1 { Op::And } else { Op::Or }, width, &[a, b])
            }
            (true, 0) => self.op(Op::Xor, width, &[a, b]),
            (true, _) => {
                let old = self.read_vector(d, width);
                let (mask, set, clear) = match size {
                    1 => (old, a, b),
                    2 => (b, a, old),
                    _ => (b, old, a),
                };
                let set = self.op(Op::And, width, &[set, mask]);
                let mask = self.op(Op::Not, width, &[mask]);
                let clear = self.op(Op::And, width, &[clear, mask]);
                self.op(Op::Or, width, &[set, clear])
            }
        };
        self.write_vector(d, width, result);
        REAL
    }

    /// What the words of three equal shapes calculate, for whole values; bit 29 is `unsigned`.
    fn integer_same(&mut self, opcode: u32, shape: Shape, a: M::Value, b: M::Value) -> Option<M::Value> {
        let lane = shape.lane;
        let result = match (opcode, self.bit(29)) {
            (0x06, false) => self.lanes(Lane::Sgt, lane, a, b),
            (0x06, true) => {
                let below = self.lanes(Lane::Uge, lane, b, a);
                self.not(below)
            }
            (0x07, false) => {
                let less = self.lanes(Lane::Sgt, lane, b, a);
                self.not(less)
            }
            (0x07, true) => self.lanes(Lane::Uge, lane, a, b),
            (0x0c, unsigned) => self.lanes(greatest(unsigned), lane, a, b),
            (0x0d, unsigned) => self.lanes(least(unsigned), lane, a, b),
            (0x0e, unsigned) => self.difference(lane, unsigned, a, b),
            (0x0f, unsigned) => {
                let difference = self.difference(lane, unsigned, a, b);
                let sum = self.whole(self.rd());
                self.lanes(Lane::Add, lane, sum, difference)
            }
            (0x10, false) => self.lanes(Lane::Add, lane, a, b),
            (0x10, true) => self.lanes(Lane::Sub, lane, a, b),
            (0x11, false) => {
                let common = self.op(Op::And, 128, &[a, b]);
                let zero = self.constant(0, 128);
                let none = self.lanes(Lane::Eq, lane, common, zero);
                self.not(none)
            }
            (0x11, true) => self.lanes(Lane::Eq, lane, a, b),
            (0x12, subtract) => {
                let product = self.lanes(Lane::Mul, lane, a, b);
                let sum = self.whole(self.rd());
                self.lanes(if subtract { Lane::Sub } else { Lane::Add }, lane, sum, product)
            }
            (0x13, false) => self.lanes(Lane::Mul, lane, a, b),
            (0x14 | 0x15 | 0x17, unsigned) if !shape.is_scalar() => {
                let op = match opcode {
                    0x14 => greatest(unsigned),
                    0x15 => least(unsigned),
                    _ if unsigned => return None,
                    _ => Lane::Add,
                };
                let (even, odd) = self.pairs(shape, a, b);
                self.lanes(op, lane, even, odd)
            }
            _ => return None,
        };
        Some(result)
    }

    /// The greater less the lesser.
    pub(super) fn difference(&mut self, lane: u8, unsigned: bool, a: M::Value, b: M::Value) -> M::Value {
        let high = self.lanes(greatest(unsigned), lane, a, b);
        let low = self.lanes(least(unsigned), lane, a, b);
        self.lanes(Lane::Sub, lane, high, low)
    }

    /// Floats lane by lane, or one of them; `second` gives the second operand, whole.
    pub(super) fn float_same(
        &mut self,
        opcode: u32,
        high: bool,
        shape: Shape,
        second: impl FnOnce(&mut Self) -> M::Value,
    ) -> Said {
        let code = (opcode, self.bit(29), high);
        let pairwise = matches!(code, (0x18 | 0x1e, true, _) | (0x1a, true, false));
        let lane = match code {
            (0x18 | 0x1e, _, false) => Some(Lane::FMax),
            (0x18 | 0x1e, _, true) => Some(Lane::FMin),
            (0x1a, _, false) => Some(Lane::FAdd),
            (0x1a, false, true) => Some(Lane::FSub),
            (0x1b, _, false) => Some(Lane::FMul), // fmulx differs for zero times infinity
            (0x1f, true, false) => Some(Lane::FDiv),
            (0x19, false, _) | (0x1c, false, false) | (0x1a | 0x1c | 0x1d, true, _) => None,
            _ => return None,
        };
        if shape.is_scalar() && pairwise {
            return None;
        }
        let (mut a, mut b) = (self.whole(self.rn()), second(self));
        if pairwise {
            (a, b) = self.pairs(shape, a, b);
        }
        let result = match lane {
            Some(op) if !shape.is_scalar() => self.lanes(op, shape.lane, a, b),
            Some(op) => self.by_lane(shape, shape.lane, &[a, b], |lifter, ab| {
                lifter.op(scalar(op), shape.lane, ab.get(..2).unwrap_or_default())
            })?,
            None => {
                let old = self.whole(self.rd());
                self.by_lane(shape, shape.lane, &[a, b, old], |lifter, parts| match *parts {
                    [a, b, old] => lifter.float_by_lane(code, shape.lane, a, b, old),
                    _ => a,
                })?
            }
        };
        self.write_low(shape.total, result);
        REAL
    }

    /// `fmla`, `fmls`, `fabd`, `fcmeq`, `fcmge`, `fcmgt`, `facge`, `facgt` of one lane.
    fn float_by_lane(
        &mut self,
        (opcode, _, high): (u32, bool, bool),
        width: u8,
        mut a: M::Value,
        mut b: M::Value,
        old: M::Value,
    ) -> M::Value {
        match opcode {
            0x19 => {
                if high {
                    a = self.op(Op::FNeg, width, &[a]);
                }
                return self.op(Op::FMulAdd, width, &[a, b, old]);
            }
            0x1a => {
                let difference = self.op(Op::FSub, width, &[a, b]);
                return self.op(Op::FAbs, width, &[difference]);
            }
            0x1d => {
                a = self.op(Op::FAbs, width, &[a]);
                b = self.op(Op::FAbs, width, &[b]);
            }
            _ => {}
        }
        let truth = if high { self.op(Op::FLt, width, &[b, a]) } else { self.op(Op::FEq, width, &[a, b]) };
        let greater_too = !high && self.bit(29);
        self.truth_lane(truth, greater_too.then_some((b, a)), width)
    }

    /// All ones where it is true, or (given two floats) where the first is less.
    pub(super) fn truth_lane(
        &mut self,
        mut truth: M::Value,
        less: Option<(M::Value, M::Value)>,
        width: u8,
    ) -> M::Value {
        if let Some((a, b)) = less {
            let less = self.op(Op::FLt, width, &[a, b]);
            truth = self.op(Op::Or, 1, &[truth, less]);
        }
        self.op(Op::SignExtend(1), width, &[truth])
    }

    /// A register and one lane of another: `mla`, `mls`, `mul`, `fmla`, `fmls`, `fmul`, and widening ones.
    fn by_element(&mut self) -> Said {
        let (opcode, size, unsigned) = (self.bits(12, 4), self.bits(22, 2), self.bit(29));
        let (high, low, more) = (self.bits(11, 1) as u8, self.bits(21, 1) as u8, self.bits(20, 1) as u8);
        let float = matches!((opcode, unsigned), (1 | 5 | 9, false) | (9, true));
        let (lane, at, register) = match (float, size) {
            (false, 1) => (16, high << 2 | low << 1 | more, self.rm() & 15),
            (false, 2) | (true, 2) => (32, high << 1 | low, self.rm()),
            (true, 3) => (64, high, self.rm()),
            _ => return None,
        };
        let other = |lifter: &mut Self| {
            let whole = lifter.whole(register);
            let value = lifter.one_lane(whole, lane, at);
            lifter.broadcast(value, lane)
        };
        let shape = self.shape(if float { 2 + self.bits(22, 1) } else { size })?;
        match (opcode, unsigned) {
            (1, false) => return self.float_same(0x19, false, shape, other),
            (5, false) => return self.float_same(0x19, true, shape, other),
            (9, _) => return self.float_same(0x1b, false, shape, other),
            _ if self.bit(28) => return None,
            (2 | 6 | 10, _) => {
                let b = other(self);
                let opcode = [8, 10, 12].get(opcode as usize / 4).copied()?; // as of three registers
                return self.widening(opcode, lane, b);
            }
            (0 | 4, true) | (8, false) => {}
            _ => return None,
        }
        let (a, b) = (self.whole(self.rn()), other(self));
        let mut result = self.lanes(Lane::Mul, lane, a, b);
        if opcode != 8 {
            let sum = self.whole(self.rd());
            result = self.lanes(if opcode == 4 { Lane::Sub } else { Lane::Add }, lane, sum, result);
        }
        self.write_low(shape.total, result);
        REAL
    }
}

pub(super) fn greatest(unsigned: bool) -> Lane {
    if unsigned { Lane::MaxU } else { Lane::MaxS }
}

pub(super) fn least(unsigned: bool) -> Lane {
    if unsigned { Lane::MinU } else { Lane::MinS }
}

/// The operation on one number that a lane operation repeats.
fn scalar(op: Lane) -> Op {
    match op {
        Lane::FAdd => Op::FAdd,
        Lane::FSub => Op::FSub,
        Lane::FMul => Op::FMul,
        Lane::FDiv => Op::FDiv,
        Lane::FMin => Op::FMin,
        _ => Op::FMax,
    }
}
