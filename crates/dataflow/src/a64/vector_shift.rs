//! Vectors shifted by a constant (C4.1.96).

use super::lanes::Shape;
use super::lifter::{Lifter, REAL, Said};
use crate::machine::{Lane, Machine, Op};

impl<M: Machine> Lifter<'_, M> {
    /// Shifts by a constant; without one it is no shift.
    pub(super) fn vector_immediate(&mut self) -> Said {
        let place = self.bits(16, 7);
        let size = match place.checked_ilog2() {
            Some(log @ 3..) => log - 3,
            _ => return self.modified_immediate(),
        };
        if self.bit(23) {
            return None;
        }
        let (opcode, unsigned, lane) = (self.bits(11, 5), self.bit(29), 8u32 << size);
        let (right, left) = (2 * lane - place, place - lane);
        match (opcode, unsigned) {
            (0x10, false) if size < 3 && !self.bit(28) => {
                let value = self.whole(self.rn());
                let moved = self.lanes_shifted(Lane::Shr, 16 << size, value, right);
                let result = self.narrowed(moved, 8 << size);
                self.write_narrow(result);
                return REAL;
            }
            (0x14, _) if size < 3 && !self.bit(28) => {
                let value = self.whole(self.rn());
                let wide = self.widened(value, 8 << size, !unsigned, self.bit(30));
                let result = self.lanes_shifted(Lane::Shl, 16 << size, wide, left);
                self.write_low(128, result);
                return REAL;
            }
            _ => {}
        }
        let shape = self.shape(size).filter(|_| size == 3 || !self.bit(28))?;
        let result = self.shifted_lanes(opcode, shape, right, left)?;
        self.write_low(shape.total, result);
        REAL
    }

    /// `sshr`, `ushr`, `ssra`, `usra`, `sri`, `shl`, `sli`.
    fn shifted_lanes(&mut self, opcode: u32, shape: Shape, right: u32, left: u32) -> Option<M::Value> {
        let (unsigned, lane) = (self.bit(29), shape.lane);
        let value = self.whole(self.rn());
        let all = u64::MAX >> (64 - u32::from(lane));
        match (opcode, unsigned) {
            (0x00 | 0x02, _) => {
                let op = if unsigned { Lane::Shr } else { Lane::Sar };
                let moved = self.lanes_shifted(op, lane, value, right);
                if opcode == 0 {
                    return Some(moved);
                }
                let old = self.whole(self.rd());
                Some(self.lanes(Lane::Add, lane, old, moved))
            }
            (0x0a, false) => Some(self.lanes_shifted(Lane::Shl, lane, value, left)),
            (0x0a, true) => {
                let moved = self.lanes_shifted(Lane::Shl, lane, value, left);
                Some(self.merged(moved, all << left & all, lane))
            }
            (0x08, true) => {
                let moved = self.lanes_shifted(Lane::Shr, lane, value, right);
                Some(self.merged(moved, all.checked_shr(right).unwrap_or(0), lane))
            }
            _ => None,
        }
    }

    /// Each lane of the destination with the bits of `mask` from another value, where the rest is zero.
    fn merged(&mut self, value: M::Value, mask: u64, lane: u8) -> M::Value {
        let kept = self.repeated_lane(!mask, lane);
        let old = self.whole(self.rd());
        let old = self.op(Op::And, 128, &[old, kept]);
        self.op(Op::Or, 128, &[old, value])
    }
}
