//! What the vector groups share: the shape of a vector, lanes taken one by one, widened, interleaved.

use super::lifter::Lifter;
use crate::machine::{Lane, Machine, Op, Width};

/// How much of a register a vector word works on, in lanes of which width.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Bits of a lane: 8 to 64.
    pub lane: Width,
    /// Bits in all: 64 or 128, of a scalar form those of its lane.
    pub total: Width,
}

impl Shape {
    pub fn count(self) -> u8 {
        self.total / self.lane
    }

    pub fn is_scalar(self) -> bool {
        self.lane == self.total
    }
}

impl<M: Machine> Lifter<'_, M> {
    /// The shape with lanes of `8 << size` bits; there is no vector of one lane.
    pub fn shape(&self, size: u32) -> Option<Shape> {
        let lane = 8u8.checked_shl(size).filter(|_| size <= 3)?;
        let total = match (self.bit(28), self.bit(30)) {
            (true, _) => lane,
            (false, true) => 128,
            (false, false) => 64,
        };
        (self.bit(28) || lane < total).then_some(Shape { lane, total })
    }

    /// The shape of a vector of floats, bit 22 telling 32 and 64 bits.
    pub fn float_shape(&self) -> Option<Shape> {
        self.shape(2 + self.bits(22, 1))
    }

    /// 64 or 128: bit 30.
    pub fn total(&self) -> Width {
        if self.bit(30) { 128 } else { 64 }
    }

    /// A vector register, whole.
    pub fn whole(&mut self, n: u8) -> M::Value {
        self.read_vector(n, 128)
    }

    /// Writes the low `total` bits of a whole value to the destination.
    pub fn write_low(&mut self, total: Width, value: M::Value) {
        let value = if total < 128 { self.op(Op::Truncate, total, &[value]) } else { value };
        self.write_vector(self.rd(), total, value);
    }

    /// An operation lane by lane.
    pub fn lanes(&mut self, op: Lane, lane: Width, a: M::Value, b: M::Value) -> M::Value {
        self.op(Op::Lanes(op, lane), 128, &[a, b])
    }

    /// All lanes shifted by a constant.
    pub fn lanes_shifted(&mut self, op: Lane, lane: Width, value: M::Value, by: u32) -> M::Value {
        if by == 0 {
            return value;
        }
        let by = self.constant(u64::from(by), 64);
        self.lanes(op, lane, value, by)
    }

    pub fn not(&mut self, value: M::Value) -> M::Value {
        self.op(Op::Not, 128, &[value])
    }

    /// Lane number `at`, alone.
    pub fn one_lane(&mut self, value: M::Value, lane: Width, at: u8) -> M::Value {
        let moved = self.shifted(Op::Shr, 128, value, u32::from(lane) * u32::from(at));
        self.op(Op::Truncate, lane, &[moved])
    }

    /// A scalar in all lanes.
    pub fn broadcast(&mut self, value: M::Value, lane: Width) -> M::Value {
        self.op(Op::Lanes(Lane::Broadcast, lane), 128, &[value])
    }

    /// 64 bits, repeated in both halves; zero is a plain constant.
    pub fn repeated(&mut self, value: u64) -> M::Value {
        if value == 0 {
            return self.constant(0, 128);
        }
        let value = self.constant(value, 64);
        self.broadcast(value, 64)
    }

    /// A constant in all lanes.
    pub fn repeated_lane(&mut self, value: u64, lane: Width) -> M::Value {
        let value = self.constant(value, lane);
        self.broadcast(value, lane)
    }

    /// Does the same to each lane of the `inputs` (at most three); the results have width `to`.
    ///
    /// Says more than one operation could; for vectors of at most four lanes.
    pub fn by_lane(
        &mut self,
        shape: Shape,
        to: Width,
        inputs: &[M::Value],
        mut each: impl FnMut(&mut Self, &[M::Value]) -> M::Value,
    ) -> Option<M::Value> {
        let first = *inputs.first()?;
        let mut parts = [first; 3];
        let mut all = None;
        for at in 0..shape.count() {
            for (part, input) in parts.iter_mut().zip(inputs) {
                *part = self.one_lane(*input, shape.lane, at);
            }
            let new = each(self, &parts);
            all = Some(match all {
                None => self.op(Op::ZeroExtend, 128, &[new]),
                Some(old) => self.op(Op::Insert { at: at * to, bits: to }, 128, &[old, new]),
            });
        }
        all
    }

    /// The lower (upper) half's lanes of a whole value, each twice as wide.
    pub fn widened(&mut self, value: M::Value, lane: Width, signed: bool, upper: bool) -> M::Value {
        let op = if upper { Lane::UnpackHigh } else { Lane::UnpackLow };
        if signed {
            let twice = self.lanes(op, lane, value, value);
            return self.lanes_shifted(Lane::Sar, lane * 2, twice, u32::from(lane));
        }
        let zero = self.constant(0, 128);
        self.lanes(op, lane, value, zero)
    }

    /// Lanes half as wide, in the lower half of the result.
    pub fn narrowed(&mut self, value: M::Value, half: Width) -> M::Value {
        self.lanes(Lane::Even, half, value, value)
    }

    /// Writes what a narrowing word made: to the lower half, or (bit 30) into the upper one.
    pub fn write_narrow(&mut self, value: M::Value) {
        if !self.bit(30) {
            return self.write_low(64, value);
        }
        let old = self.whole(self.rd());
        let result = self.op(Op::Insert { at: 64, bits: 64 }, 128, &[old, value]);
        self.write_low(128, result);
    }

    /// The lanes of two registers beside each other in pairs: those with even numbers, those with odd.
    pub fn pairs(&mut self, shape: Shape, a: M::Value, b: M::Value) -> (M::Value, M::Value) {
        let (mut a, mut b) = (a, b);
        if shape.total == 64 {
            a = self.op(Op::Insert { at: 64, bits: 64 }, 128, &[a, b]);
            b = a;
        }
        (self.lanes(Lane::Even, shape.lane, a, b), self.lanes(Lane::Odd, shape.lane, a, b))
    }
}
