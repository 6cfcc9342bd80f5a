//! A64: what each word does.

use crate::machine::{Lifted, Machine};

/// Says to `machine` what the word at `address` does.
///
/// Where control goes is the caller's affair: of a conditional branch only its
/// condition is said ([`Machine::branch`]), of an indirect jump or call only
/// where it goes ([`Machine::target`]), of a direct call or `ret` nothing.
pub fn lift<M: Machine>(machine: &mut M, word: u32, address: u64) -> Lifted {
    let _ = (machine, word, address);
    Lifted::Opaque
}
