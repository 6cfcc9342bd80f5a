//! Reads the jump table behind an indirect jump.
//!
//! The path that led to the jump is walked again, forward, with [`State`]; what
//! the jump's register then holds tells table, entry width and base. Entries are
//! believed as long as they land within the function.

use super::trace::Run;
use super::value::{Loaded, State, Value, bounding, fixed_slot};
use crate::decode::{Decoder, Flow, Instruction};
use crate::{Hints, Image, JumpTable};
use cognate_base::Budget;
use std::collections::BTreeSet;

/// An indirect jump and how it was reached.
pub struct Question<'a> {
    pub image: &'a Image,
    pub hints: &'a Hints,
    pub runs: &'a [Run],
    /// `lea` instructions seen so far: where, register, address.
    pub leas: &'a [(u64, u8, u64)],
    /// The run that ends in the jump.
    pub run: usize,
    /// The jump.
    pub at: u64,
}

/// A table and where its entries lead, each target once, ascending.
pub struct Switch {
    pub table: JumpTable,
    pub targets: Vec<u64>,
}

/// How many runs back the path is followed.
const MAX_PATH: usize = 12;
/// Entries read of a table whose bound is not known.
const MAX_UNBOUNDED: u32 = 1024;
/// Entries read of a table in any case.
const MAX_ENTRIES: u32 = 16_384;

/// The import that an indirect call or jump goes through.
pub fn import_slot(image: &Image, hints: &Hints, instruction: &Instruction) -> Option<u64> {
    let slot = fixed_slot(instruction)?;
    let slot = if image.arch.pointer_bytes() == 4 { slot & 0xffff_ffff } else { slot };
    hints.imports.contains_key(&slot).then_some(slot)
}

/// Finds the targets of an indirect jump; `None` where it is no switch we understand.
pub fn resolve(question: &Question<'_>, within: &dyn Fn(u64) -> bool, budget: &mut Budget) -> Option<Switch> {
    // The whole path first; where that tells nothing, the last blocks alone, with
    // registers as the last `lea` left them (tables hoisted out of loops).
    [MAX_PATH, 2].into_iter().find_map(|length| {
        let (value, last_bound) = evaluate(question, length, budget)?;
        let Value::Loaded(loaded) = value else { return None };
        let bound = loaded.bound.or(last_bound);
        read_table(question, &loaded, bound, within, budget)
            .or_else(|| read_table(question, &loaded, None, within, budget))
    })
}

/// Walks the path and says what the jump's operand holds at its end.
fn evaluate(question: &Question<'_>, length: usize, budget: &mut Budget) -> Option<(Value, Option<u32>)> {
    let path = path(question, length)?;
    let mut state = State::new(question.image, question.hints);
    let first = question.runs.get(path.first()?.0)?.start;
    let limit = if length == MAX_PATH { first } else { question.at };
    for &(_, register, address) in question.leas.iter().filter(|lea| lea.0 < limit) {
        state.preset(register, address);
    }
    for (step, &(run, last)) in path.iter().enumerate() {
        let start = question.runs.get(run)?.start;
        let next_start = path.get(step + 1).and_then(|next| Some(question.runs.get(next.0)?.start));
        for instruction in Decoder::control(question.image.arch, question.image.tail(start), start) {
            budget.spend(1).ok()?;
            if instruction.address == question.at {
                return Some((state.jump_target(&instruction), state.last_bound));
            }
            if instruction.address >= last {
                pass(&mut state, &instruction, next_start);
                break;
            }
            state.step(&instruction);
        }
    }
    None
}

/// The runs that led to the jump, in the order in which control passes them, each
/// with the address of its last instruction on the way.
fn path(question: &Question<'_>, length: usize) -> Option<Vec<(usize, u64)>> {
    let mut path = vec![(question.run, question.at)];
    let mut parent = question.runs.get(question.run)?.parent;
    while let Some((run, at)) = parent.filter(|_| path.len() < length) {
        path.push((run, at));
        parent = question.runs.get(run)?.parent;
    }
    path.reverse();
    Some(path)
}

/// The branch at the end of one run, on the way to the next.
fn pass(state: &mut State<'_>, instruction: &Instruction, next_start: Option<u64>) {
    if let (Flow::Branch(target), Some(next)) = (instruction.flow, next_start) {
        match bounding(instruction, next == target) {
            Some(inclusive) => state.pass_branch(inclusive),
            None => state.pass_other_branch(),
        }
    }
}

fn read_table(
    question: &Question<'_>,
    loaded: &Loaded,
    bound: Option<u32>,
    within: &dyn Fn(u64) -> bool,
    budget: &mut Budget,
) -> Option<Switch> {
    if loaded.stride != u64::from(loaded.width) || !matches!(loaded.width, 1 | 2 | 4 | 8) {
        return None;
    }
    let most = bound.map_or(MAX_UNBOUNDED, |bound| bound.saturating_add(1).min(MAX_ENTRIES));
    let mut targets = BTreeSet::new();
    let mut entries = 0u32;
    while entries < most {
        budget.spend(1).ok()?;
        let address = loaded.table.wrapping_add(u64::from(entries) * loaded.stride);
        let stop = bound.is_none() && targets.contains(&address);
        let Some(target) = entry(question, loaded, address).filter(|&target| !stop && within(target)) else {
            break;
        };
        targets.insert(target);
        entries += 1;
    }
    let complete = bound.is_some() && entries == most;
    // One entry is no switch; a table cut short by a bad entry is believed only
    // where no bound promised more.
    if entries < 2 || (bound.is_some() && !complete && entries < 4) {
        return None;
    }
    let entry_bytes = loaded.width;
    let table = JumpTable { at: question.at, table: loaded.table, entry_bytes, entries };
    Some(Switch { table, targets: targets.into_iter().collect() })
}

fn entry(question: &Question<'_>, loaded: &Loaded, address: u64) -> Option<u64> {
    let width = usize::from(loaded.width);
    let raw = question.image.read_uint(address, width)?;
    if loaded.times == 1 && loaded.add == 0 && width == question.image.arch.pointer_bytes() {
        // an absolute address, perhaps only present as a relocation
        return Some(question.hints.relocations.get(&address).copied().unwrap_or(raw));
    }
    // Four-byte entries are offsets: signed whatever the load says, since 32-bit sums wrap.
    let bits = 64 - 8 * loaded.width as u32;
    let signed = loaded.signed || loaded.width == 4;
    let value = if signed { ((raw << bits) as i64 >> bits) as u64 } else { raw };
    let target = loaded.add.wrapping_add(value.wrapping_mul(loaded.times));
    Some(if question.image.arch.pointer_bytes() == 4 { target & 0xffff_ffff } else { target })
}
