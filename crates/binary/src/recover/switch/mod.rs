//! Reads the jump table behind an indirect jump.
//!
//! The path that led to the jump is walked again, forward, with [`Registers`]; what
//! the jump's register then holds tells table, entry width and base. Entries are
//! believed as long as they land within the function.

mod a64;
mod arithmetic;
mod branch;
mod leas;
mod path;
mod question;
mod registers;
mod table;
mod value;
mod x86;

pub use leas::Leas;
pub use question::{Question, Switch, Unread};

use crate::decode::{Decoder, Flow, Instruction};
use crate::{Hints, Image};
use branch::{bounding, fixed_slot, is_indexed};
use cognate_base::Budget;
use path::{MAX_PATH, Stretch, path};
use registers::{AddedNumber, Registers};
use table::read_table;
use value::Value;

/// The runs that are followed where the whole path tells nothing: the comparison and the jump.
const SHORT_PATH: usize = 2;

/// The import that an indirect call or jump goes through.
pub fn import_slot(image: &Image, hints: &Hints, instruction: &Instruction) -> Option<u64> {
    let slot = fixed_slot(instruction)?;
    let slot = if image.arch.pointer_bytes() == 4 { slot & 0xffff_ffff } else { slot };
    hints.imports.contains_key(&slot).then_some(slot)
}

/// Finds the targets of an indirect jump. Takes the entries that it reads from `allowed`.
pub fn resolve(question: &Question<'_>, allowed: &mut u64, budget: &mut Budget) -> Result<Switch, Unread> {
    let reads_table = is_indexed(question.jump, question.image.arch.pointer_bytes());
    let mut unread = if reads_table { Unread::Table } else { Unread::Unknown };
    // The whole path first; where that tells nothing, the last blocks alone, with
    // registers as the last `lea` left them (tables hoisted out of loops).
    for (length, added_number) in [
        (MAX_PATH, AddedNumber::Counts),
        (MAX_PATH, AddedNumber::LeftOut),
        (SHORT_PATH, AddedNumber::Counts),
        (SHORT_PATH, AddedNumber::LeftOut),
    ] {
        let Some((Value::Loaded(loaded), last_bound)) = evaluate(question, length, added_number, budget)
        else {
            continue;
        };
        unread = Unread::Table;
        let bound = loaded.bound.or(last_bound);
        let mut switch = read_table(question, &loaded, bound, allowed, budget)?;
        if switch.is_none() && bound.is_some() {
            switch = read_table(question, &loaded, None, allowed, budget)?;
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
    added_number: AddedNumber,
    budget: &mut Budget,
) -> Option<(Value, Option<u32>)> {
    let path = path(question, length)?;
    let mut registers = Registers::new(question.image, question.hints, question.jump.address, added_number);
    let limit = if length == MAX_PATH { path.first()?.start } else { question.jump.address };
    for (register, address) in question.leas.below(limit) {
        registers.preset(register, address);
    }
    for (step, &Stretch { start, last, .. }) in path.iter().enumerate() {
        let next_start = path.get(step + 1).map(|next| next.run_start);
        for instruction in Decoder::control(question.image.arch_at(start), question.image.tail(start), start)
        {
            budget.spend(1 + registers.take_looked()).ok()?;
            if instruction.address == question.jump.address {
                return Some((registers.jump_target(&instruction), registers.last_bound));
            }
            if instruction.address >= last {
                pass(&mut registers, &instruction, next_start);
                break;
            }
            registers.step(&instruction);
        }
    }
    None
}

/// The branch at the end of one run, on the way to the next.
fn pass(registers: &mut Registers<'_>, instruction: &Instruction, next_start: Option<u64>) {
    if let (Flow::Branch(target), Some(next)) = (instruction.flow, next_start) {
        match bounding(instruction, next == target) {
            Some(inclusive) => registers.pass_branch(inclusive),
            None => registers.pass_other_branch(),
        }
    }
}
