//! The way to an indirect jump, from branch to branch.

use super::question::Question;
use crate::recover::code_map::{CURRENT, CodeMap};

/// How many runs back the path is followed. Judgement; what it finds is in `bench/results/switches.md`.
pub const MAX_PATH: usize = 12;
/// Bytes of code that are walked again on the path: what bounds a switch stands right before it. Judgement.
const MAX_PATH_BYTES: u64 = 4096;

/// A part of the path.
pub struct Stretch {
    pub run_start: u64,
    /// Where it is walked from: the run's beginning, or an instruction amid it.
    pub start: u64,
    /// Its last instruction on the way.
    pub last: u64,
}

/// The runs that led to the jump, in the order in which control passes them.
pub fn path(question: &Question<'_>, length: usize) -> Option<Vec<Stretch>> {
    let mut path = Vec::with_capacity(length);
    let (mut run, mut last) = (question.run, question.jump.address);
    let mut left = MAX_PATH_BYTES;
    loop {
        let found = run.of(question.runs)?;
        let bytes = last.saturating_sub(found.start);
        let is_long = bytes > left;
        let start = if is_long { instruction_from(question.map, last - left, last) } else { found.start };
        path.push(Stretch { run_start: found.start, start, last });
        if is_long || path.len() >= length {
            break;
        }
        let Some(parent) = found.parent else { break };
        left -= bytes;
        (run, last) = (parent, found.parent_at);
    }
    path.reverse();
    Some(path)
}

/// The first instruction of this function at or behind `from`.
fn instruction_from(map: &CodeMap, from: u64, last: u64) -> u64 {
    let skipped = map.tail(from).iter().take_while(|flag| **flag & CURRENT == 0).count();
    from.saturating_add(skipped as u64).min(last)
}
