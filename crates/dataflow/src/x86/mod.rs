//! x86 and x86-64: what each instruction does.

use crate::machine::{Lifted, Machine};
use iced_x86::ConstantOffsets;

/// Says to `machine` what an instruction does.
///
/// Where control goes is the caller's affair: of a conditional branch only its
/// condition is said ([`Machine::branch`]), of an indirect jump or call only
/// where it goes ([`Machine::target`]), of a direct call or `ret` nothing.
pub fn lift<M: Machine>(
    machine: &mut M,
    instruction: &iced_x86::Instruction,
    offsets: &ConstantOffsets,
) -> Lifted {
    let _ = (machine, instruction, offsets);
    Lifted::Opaque
}
