//! A64: what each word does.
//!
//! The top bits choose a file (Arm ARM DDI 0487, C4.1), each file the words of
//! its group: `immediate`, `register`, `branch`, `memory` with `structures`,
//! `float`, and `vector` with `vector_misc`, `vector_shift`, `shuffle` and what they share, `lanes`. A word that no group
//! knows becomes [`Op::Opaque`](crate::Op::Opaque) of the registers it would
//! read if it were built like most. To add an instruction, add its arm to the
//! `match` of its group and a row to `tests/a64.txt`.
//!
//! A function of a group first decides (and returns `None` where it does not
//! know), then sets: a word is never half said.

mod branch;
mod float;
mod immediate;
mod lanes;
mod lifter;
mod memory;
mod register;
mod shuffle;
mod structures;
mod vector;
mod vector_misc;
mod vector_shift;

use crate::machine::{Lifted, Machine};
use lifter::Lifter;

/// Says to `machine` what the word at `address` does.
///
/// Where control goes is the caller's affair: of a conditional branch only its
/// condition is said ([`Machine::branch`]), of an indirect jump or call only
/// where it goes ([`Machine::target`]), of a direct call or `ret` nothing.
pub fn lift<M: Machine>(machine: &mut M, word: u32, address: u64) -> Lifted {
    let mut lifter = Lifter::new(machine, word, address);
    let lifted = match word >> 25 & 15 {
        0b1000 | 0b1001 => lifter.immediate(),
        0b0101 | 0b1101 => lifter.register(),
        0b1010 | 0b1011 => lifter.branch(),
        0b0100 | 0b0110 | 0b1100 | 0b1110 => lifter.memory(),
        0b1111 if word >> 30 & 1 == 0 => lifter.float(),
        0b0111 | 0b1111 => lifter.vector(),
        _ => None,
    };
    lifted.unwrap_or_else(|| lifter.opaque())
}
