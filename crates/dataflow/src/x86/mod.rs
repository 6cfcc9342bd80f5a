//! x86 and x86-64: what each instruction does.
//!
//! [`lift`] asks one subject after the other (`integer`, `vector`, `float`, `x87`); each is
//! a `match` on the mnemonic, and answers `None` for what is not its own. What no subject
//! knows goes to `opaque`. To add an instruction, add an arm to the subject's `match` and a
//! row to `tests/x86.txt`. `operands.rs` has what all of them use: `Lifter::place`, `get`,
//! `put`; `flags.rs` the conditions.

mod bits;
mod flags;
mod float;
mod integer;
pub mod mnemonic;
mod opaque;
mod operands;
mod shifts;
mod shuffles;
mod stack;
mod strings;
mod vector;
mod x87;

use crate::machine::{Lifted, Machine};
use iced_x86::ConstantOffsets;
use operands::Lifter;

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
    let mut lifter = Lifter::new(machine, instruction, offsets);
    let known = integer::lift(&mut lifter)
        .or_else(|| vector::lift(&mut lifter))
        .or_else(|| float::lift(&mut lifter))
        .or_else(|| shifts::lift(&mut lifter))
        .or_else(|| bits::lift(&mut lifter))
        .or_else(|| stack::lift(&mut lifter))
        .or_else(|| strings::lift(&mut lifter))
        .or_else(|| x87::lift(&mut lifter));
    known.unwrap_or_else(|| opaque::lift(&mut lifter))
}
