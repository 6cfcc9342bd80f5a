//! x86 and x86-64: what each instruction does.
//!
//! [`lift`] asks one subject after the other; each is a `match` on the mnemonic, and answers `None` for what is not
//! its own. What no subject knows goes to `opaque`.
//!
//! | subject | has |
//! |---|---|
//! | `integer` | moves, sums, logic, products, quotients, branches on flags |
//! | `vector`, `shuffles` | SSE and AVX: lane by lane, moves; lanes that change places |
//! | `float`, `x87` | scalar floats; the old stack of floats |
//! | `shifts`, `bits` | shifts and rotations; single bits, counts of bits, BMI, ADX, the direction flag |
//! | `stack`, `strings` | `push` to `leave`; `movs`, `stos` and kin |
//!
//! To add an instruction, add an arm to its subject's `match` and a row to `tests/x86.txt`. `operands.rs` has what
//! all of them use: `Lifter::place`, `get`, `put`; `flags.rs` the conditions.

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
use iced_x86::{ConstantOffsets, Register};
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
        .or_else(|| vectors(&mut lifter))
        .or_else(|| float::lift(&mut lifter))
        .or_else(|| shifts::lift(&mut lifter))
        .or_else(|| bits::lift(&mut lifter))
        .or_else(|| stack::lift(&mut lifter))
        .or_else(|| strings::lift(&mut lifter))
        .or_else(|| x87::lift(&mut lifter));
    known.unwrap_or_else(|| opaque::lift(&mut lifter))
}

/// What is done to some lanes only, or with one element of memory for all, is not modelled.
fn vectors<M: Machine>(lifter: &mut Lifter<'_, M>) -> Option<Lifted> {
    if lifter.instruction.op_mask() != Register::None || lifter.instruction.is_broadcast() {
        return None;
    }
    vector::lift(lifter).or_else(|| shuffles::lift(lifter))
}
