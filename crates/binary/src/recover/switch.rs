//! Reads the jump table behind an indirect jump.
//!
//! The path that led to the jump is walked again, forward, with [`State`]; what
//! the jump's register then holds tells table, entry width and base. Entries are
//! believed as long as they land within the function.

use super::code_map::{CURRENT, CodeMap};
use super::trace::{NO_PARENT, Run};
use super::value::{Bytes, Loaded, Reading, State, Value, bounding, fixed_slot, is_indexed};
use crate::decode::{Decoder, Flow, Instruction};
use crate::{Hints, Image, JumpTable};
use cognate_base::Budget;
use std::collections::BTreeSet;

/// An indirect jump and how it was reached.
pub struct Question<'a> {
    pub image: &'a Image,
    pub hints: &'a Hints,
    pub map: &'a CodeMap,
    pub runs: &'a [Run],
    /// `lea` instructions seen so far.
    pub leas: &'a Leas,
    /// The run that ends in the jump.
    pub run: usize,
    /// The jump, and where it is.
    pub jump: &'a Instruction,
    pub at: u64,
}

/// A table and where its entries lead, each target once, ascending.
pub struct Switch {
    pub table: JumpTable,
    pub targets: Vec<u64>,
    /// The table of bytes that says which entry is taken, where there is one.
    pub via: Option<Bytes>,
}

/// Why an indirect jump has no targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Nothing says that it has a table, or the budget ended.
    Unknown,
    /// It has a table that was not understood.
    Table,
    /// The entries that a sample may have in all its tables are used up.
    Allowance,
}

/// How many runs back the path is followed.
const MAX_PATH: usize = 12;
/// Bytes of code that are walked again on the path: what bounds a switch stands right before it.
const MAX_PATH_BYTES: u64 = 4096;
/// Entries read of a table whose bound is not known.
const MAX_UNBOUNDED: u32 = 1024;
/// Entries read of a table in any case.
pub const MAX_ENTRIES: u32 = 16_384;

/// General registers that a `lea` of x86 can write.
const REGISTERS: usize = 16;

/// The `lea` instructions of a function in the order in which they were found, so far as the
/// question "which was the last found below this address?" can have them for an answer.
#[derive(Default)]
pub struct Leas {
    /// For each register where and what, both ascending: one found later below another hides that.
    registers: [Vec<(u64, u64)>; REGISTERS],
}

impl Leas {
    /// Adds the one at `at`.
    pub fn push(&mut self, at: u64, register: usize, address: u64) {
        let Some(found) = self.registers.get_mut(register) else { return };
        while found.last().is_some_and(|last| last.0 >= at) {
            found.pop();
        }
        found.push((at, address));
    }

    /// For each register the address that the last one found below `limit` loads.
    fn below(&self, limit: u64) -> impl Iterator<Item = (u8, u64)> + '_ {
        self.registers.iter().zip(0u8..).filter_map(move |(found, register)| {
            let next = found.partition_point(|lea| lea.0 < limit);
            Some((register, found.get(next.checked_sub(1)?)?.1))
        })
    }

    /// Bytes that this takes.
    pub fn weight(&self) -> usize {
        self.registers.iter().map(|found| found.len() * size_of::<(u64, u64)>()).sum()
    }
}

/// The import that an indirect call or jump goes through.
pub fn import_slot(image: &Image, hints: &Hints, instruction: &Instruction) -> Option<u64> {
    let slot = fixed_slot(instruction)?;
    let slot = if image.arch.pointer_bytes() == 4 { slot & 0xffff_ffff } else { slot };
    hints.imports.contains_key(&slot).then_some(slot)
}

/// Finds the targets of an indirect jump. Takes the entries that it reads from `allowed`.
pub fn resolve(
    question: &Question<'_>,
    within: &dyn Fn(u64) -> bool,
    allowed: &mut u64,
    budget: &mut Budget,
) -> Result<Switch, Unread> {
    let reads_table = is_indexed(question.jump, question.image.arch.pointer_bytes());
    let mut unread = if reads_table { Unread::Table } else { Unread::Unknown };
    // The whole path first; where that tells nothing, the last blocks alone, with
    // registers as the last `lea` left them (tables hoisted out of loops).
    for (length, reading) in
        [(MAX_PATH, Reading::Exact), (MAX_PATH, Reading::Nominal), (2, Reading::Exact), (2, Reading::Nominal)]
    {
        let Some((Value::Loaded(loaded), last_bound)) = evaluate(question, length, reading, budget) else {
            continue;
        };
        unread = Unread::Table;
        let bound = loaded.bound.or(last_bound);
        let mut switch = read_table(question, &loaded, bound, within, allowed, budget)?;
        if switch.is_none() && bound.is_some() {
            switch = read_table(question, &loaded, None, within, allowed, budget)?;
        }
        if let Some(switch) = switch {
            return Ok(switch);
        }
    }
    Err(unread)
}

/// Walks the path and says what the jump's operand holds at its end.
fn evaluate(
    question: &Question<'_>,
    length: usize,
    reading: Reading,
    budget: &mut Budget,
) -> Option<(Value, Option<u32>)> {
    let path = path(question, length)?;
    let mut state = State::new(question.image, question.hints, question.at, reading);
    let limit = if length == MAX_PATH { path.first()?.start } else { question.at };
    for (register, address) in question.leas.below(limit) {
        state.preset(register, address);
    }
    for (step, &Step { start, last, .. }) in path.iter().enumerate() {
        let next_start = path.get(step + 1).map(|next| next.run_start);
        for instruction in Decoder::control(question.image.arch_at(start), question.image.tail(start), start)
        {
            budget.spend(1 + state.take_looked()).ok()?;
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

/// A part of the path.
struct Step {
    run_start: u64,
    /// Where it is walked from: the run's beginning, or an instruction amid it.
    start: u64,
    /// Its last instruction on the way.
    last: u64,
}

/// The runs that led to the jump, in the order in which control passes them.
fn path(question: &Question<'_>, length: usize) -> Option<Vec<Step>> {
    let mut path = Vec::with_capacity(length);
    let (mut run, mut last) = (question.run, question.at);
    let mut left = MAX_PATH_BYTES;
    loop {
        let found = question.runs.get(run)?;
        let bytes = last.saturating_sub(found.start);
        let is_long = bytes > left;
        let start = if is_long { instruction_from(question.map, last - left, last) } else { found.start };
        path.push(Step { run_start: found.start, start, last });
        if is_long || path.len() >= length || found.parent == NO_PARENT {
            break;
        }
        left -= bytes;
        (run, last) = (found.parent as usize, found.parent_at);
    }
    path.reverse();
    Some(path)
}

/// The first instruction of this function at or behind `from`.
fn instruction_from(map: &CodeMap, from: u64, last: u64) -> u64 {
    let skipped = map.tail(from).iter().take_while(|flag| **flag & CURRENT == 0).count();
    from.saturating_add(skipped as u64).min(last)
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

/// Reads the table; `None` where that is none.
fn read_table(
    question: &Question<'_>,
    loaded: &Loaded,
    bound: Option<u32>,
    within: &dyn Fn(u64) -> bool,
    allowed: &mut u64,
    budget: &mut Budget,
) -> Result<Option<Switch>, Unread> {
    if loaded.stride != u64::from(loaded.width) || !matches!(loaded.width, 1 | 2 | 4 | 8) {
        return Ok(None);
    }
    let most = bound.map_or(MAX_UNBOUNDED, |bound| bound.saturating_add(1).min(MAX_ENTRIES));
    let mut targets = BTreeSet::new();
    let mut entries = 0u32;
    while entries < most {
        budget.spend(1).map_err(|_| Unread::Unknown)?;
        *allowed = allowed.checked_sub(1).ok_or(Unread::Allowance)?;
        let address = loaded.table.wrapping_add(u64::from(entries) * loaded.stride);
        let stop = bound.is_none() && targets.contains(&address);
        let Some(target) = entry(question, loaded, address).filter(|&target| !stop && within(target)) else {
            break;
        };
        targets.insert(target);
        entries += 1;
    }
    let complete = bound.is_some() && entries == most;
    // One entry is no switch, but where a table of bytes says that there is no more; a table cut short by a
    // bad entry is believed only where no bound promised more.
    let single = entries == 1 && complete && loaded.via.is_some();
    if entries < 2 && !single || (bound.is_some() && !complete && entries < 4) {
        return Ok(None);
    }
    // each target is a place to go on from, and an edge
    budget.spend(targets.len() as u64).map_err(|_| Unread::Unknown)?;
    let entry_bytes = loaded.width;
    let table = JumpTable { at: question.at, table: loaded.table, entry_bytes, entries };
    Ok(Some(Switch { table, targets: targets.into_iter().collect(), via: loaded.via }))
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
