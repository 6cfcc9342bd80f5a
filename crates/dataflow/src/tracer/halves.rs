//! Stores that a compiler made of several: each half is a store by itself again.

use super::run::Run;
use crate::graph::{Kind, NodeId};
use crate::machine::{Lane, Op, Width};

/// Operations passed on the way to what a part of a value was made of: what puts four lanes together, twice over.
const MOST_PASSED: u32 = 8;

impl Run<'_> {
    /// The lower and the upper half of a value that a store of so many bits takes, where it was put together from them.
    ///
    /// Of 128 bits also those of memory that is copied and of numbers: other compilers move 64 bits at once.
    pub(super) fn halves(&mut self, value: NodeId, width: Width) -> Option<[NodeId; 2]> {
        let is_put_together = match self.graph().kind(value) {
            Kind::Op(Op::Lanes(..) | Op::Insert { .. }) => width >= 64,
            _ => width == 128,
        };
        let half = width / 2;
        let low = self.part(value, 0, half, MOST_PASSED).filter(|_| is_put_together)?;
        Some([low, self.part(value, half, half, MOST_PASSED)?])
    }

    /// The `bits` of a value from bit `at`, where they are a value that was put in there.
    fn part(&mut self, value: NodeId, at: Width, bits: Width, passed: u32) -> Option<NodeId> {
        let passed = passed.checked_sub(1)?;
        let node = self.graph().node(value);
        if let Some(number) = self.graph().number(value) {
            return Some(self.graph().constant(number.checked_shr(at.into()).unwrap_or(0), bits));
        }
        if at == 0 && node.width <= bits {
            return Some(value);
        }
        // a narrower value stands for itself with zeros above
        if at >= node.width {
            return Some(self.graph().constant(0, bits));
        }
        let first = self.graph().operand(value, 0)?;
        let (inner, from) = match node.kind {
            Kind::Load => {
                let pointer = self.convention.pointer;
                let address = self.graph().sum(pointer, &[(first, 1)], u64::from(at / 8));
                return Some(self.tracer.trace.graph.read(self.around, address, bits));
            }
            Kind::Op(Op::Insert { at: start, bits: count }) => {
                let end = start.saturating_add(count);
                let new = self.graph().operand(value, 1)?;
                if at >= start && at.saturating_add(bits) <= end {
                    (new, at - start)
                } else if at >= end || at.saturating_add(bits) <= start {
                    (first, at)
                } else {
                    return None;
                }
            }
            Kind::Op(Op::Truncate | Op::ZeroExtend) => (first, at),
            Kind::Op(Op::Lanes(lane, size)) if bits <= size => {
                let number = at / size;
                let (place, lane) = match lane {
                    Lane::UnpackLow => (number % 2, number / 2),
                    Lane::UnpackHigh => (number % 2, 64 / size + number / 2),
                    Lane::Broadcast => (0, 0),
                    _ => return None,
                };
                (self.graph().operand(value, place.into())?, lane * size + at % size)
            }
            _ => return None,
        };
        self.part(inner, from, bits, passed)
    }
}
