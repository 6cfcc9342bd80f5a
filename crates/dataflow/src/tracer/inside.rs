//! Callees that are traced where they are called ([`crate::Unfolded`]).
//!
//! Each has a region of the frame of its own, far below the others, so that what two callees keep at one place
//! stays apart; what lies above its return address is its caller's.

use super::rows::Variable;
use super::run::{Entered, Run};
use crate::graph::NodeId;
use crate::machine::{Machine, Reg};

/// Bytes from one callee's region of the frame to the next's: as many as leave room for all in 31 bits.
const REGION: i64 = 1 << 22;

impl Run<'_> {
    /// The instruction at an address goes into a callee that is in place.
    pub(super) fn enter(&mut self, callee: u32, to: u64, is_jump: bool) {
        let register = self.convention.stack;
        let before = self.get(register);
        if !is_jump && self.convention.return_address > 0 {
            self.move_stack(-self.convention.return_address);
        }
        let stack = self.get(register);
        let stack = self.frame_offset(stack);
        let pointer = self.convention.pointer;
        let pops = self.around.callee(to).pops;
        let restored = self.graph().sum(pointer, &[(before, 1)], pops.into());
        let registers = self.convention.arguments;
        let arguments = registers.iter().map(|&number| self.get(Reg::general(number))).collect();
        let number = callee as usize;
        if self.entered.len() <= number {
            self.entered.resize_with(number + 1, Entered::default);
        }
        if let Some(entered) = self.entered.get_mut(number) {
            *entered = Entered { stack, restored: Some(restored), arguments };
        }
        let frame = self.initial(Variable::of_register(register));
        let own = self.graph().sum(pointer, &[(frame, 1)], (REGION * -i64::from(callee)) as u64);
        self.note(self.block, Variable::of_register(register), own);
    }

    /// A callee has returned in front of the block that is traced.
    pub(super) fn resume(&mut self, callee: u32) {
        let restored = self.entered.get(callee as usize).and_then(|entered| entered.restored);
        if let Some(restored) = restored {
            self.note(self.block, Variable::of_register(self.convention.stack), restored);
        }
    }

    /// Whether the register for an argument holds what the callee that is traced was given in it.
    pub(super) fn was_given(&self, place: usize, value: NodeId) -> bool {
        let entered = self.entered.get(self.part.of as usize);
        entered.and_then(|entered| entered.arguments.get(place)) == Some(&value)
    }

    /// An offset in the frame: in its caller's where it lies above a callee's return address.
    pub(super) fn in_callers_frame(&self, mut offset: i64) -> i64 {
        // callers have lower numbers
        for _ in 0..self.entered.len() {
            let region = (REGION / 2).wrapping_sub(offset).div_euclid(REGION);
            let inside = offset.wrapping_add(region.wrapping_mul(REGION));
            let entered = usize::try_from(region).ok().filter(|region| *region > 0);
            let stack = entered.and_then(|region| self.entered.get(region)).and_then(|entered| entered.stack);
            match stack {
                Some(stack) if inside >= 0 => offset = stack.wrapping_add(inside),
                _ => break,
            }
        }
        offset
    }
}
