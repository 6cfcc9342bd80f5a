//! What an instruction that diverts control makes of the run, and where control goes.

use super::Tracer;
use crate::decode::{Flow, Instruction};
use crate::recover::code_map::{DATA, DEAD, STUB};
use crate::recover::idiom;
use crate::recover::switch::{self, Question, Switch, Unread};
use crate::recover::traced::Cut;
use crate::{Call, CallTarget, EdgeKind};
use cognate_base::Budget;

/// Whether the second of two branches is always taken: the first, right before it, goes to the same place
/// wherever the second does not. What lies behind such a pair is there to be misread.
fn leaves_no_way_past(first: &Instruction, second: &Instruction) -> bool {
    first.next() == second.address
        && first.flow == second.flow
        && idiom::are_opposite(&first.raw, &second.raw)
}

impl Tracer<'_, '_> {
    /// Handles an instruction that may divert control; true where it ends the run.
    pub(super) fn end_of_run(&mut self, instruction: &Instruction, budget: &mut Budget) -> bool {
        let (at, next) = (instruction.address, instruction.next());
        match instruction.flow {
            Flow::Next => return false,
            Flow::Call(target) if target == next => return false, // call $+5; pop
            Flow::Call(target) => return self.call(at, next, target),
            Flow::IndirectCall => return self.indirect_call(at, instruction),
            Flow::Branch(target) => self.branch(instruction, target),
            Flow::Jump(target) => {
                self.jump(at, target);
                self.leaving = false;
            }
            Flow::IndirectJump => self.indirect_jump(at, instruction, budget),
            Flow::Return => self.returns = true,
            Flow::Stop => self.stops = true,
        }
        self.cuts.push(next);
        true
    }

    /// Goes on both ways, but where the branch before leaves only one.
    fn branch(&mut self, instruction: &Instruction, target: u64) {
        let (at, next) = (instruction.address, instruction.next());
        let before = self.last_branch.replace(*instruction);
        self.jump(at, target);
        if !before.is_some_and(|before| leaves_no_way_past(&before, instruction)) {
            self.add_edge(at, next, EdgeKind::Fall);
            self.push_work(next, at);
        }
    }

    fn call(&mut self, at: u64, next: u64, target: u64) -> bool {
        let import =
            self.context.map.get(target) & STUB != 0 || self.context.hints.imports.contains_key(&target);
        let target = if import { CallTarget::Import(target) } else { CallTarget::Function(target) };
        self.calls.push(Call { at, target, tail: false });
        self.after_call(next, target)
    }

    fn indirect_call(&mut self, at: u64, instruction: &Instruction) -> bool {
        let slot = switch::import_slot(self.context.image, self.context.hints, instruction);
        let target = slot.map_or(CallTarget::Unknown, CallTarget::Import);
        self.calls.push(Call { at, target, tail: false });
        self.after_call(instruction.next(), target)
    }

    /// True where the callee does not return, so that the run ends.
    fn after_call(&mut self, next: u64, target: CallTarget) -> bool {
        let returns_not = match target {
            CallTarget::Function(target) | CallTarget::Import(target) => {
                self.context.no_return.contains(&target)
            }
            CallTarget::Unknown => false,
        };
        if returns_not {
            self.context.map.set(next, DEAD);
            self.cuts.push(next);
            self.stops = true;
        }
        returns_not
    }

    fn indirect_jump(&mut self, at: u64, instruction: &Instruction, budget: &mut Budget) {
        if let Some(slot) = switch::import_slot(self.context.image, self.context.hints, instruction) {
            self.calls.push(Call { at, target: CallTarget::Import(slot), tail: true });
            return;
        }
        let mut entries = self.context.allowance.entries;
        let resolved = self.resolve(instruction, &mut entries, budget);
        self.context.allowance.entries = entries;
        match resolved {
            Ok(Switch { table, targets, via }) => {
                self.claim_table(table.table, u64::from(table.entries) * u64::from(table.entry_bytes));
                if let Some(bytes) = via {
                    self.claim_table(bytes.table, u64::from(bytes.entries));
                }
                self.tables.push(table);
                for target in targets {
                    self.add_edge(at, target, EdgeKind::Switch);
                    self.push_work(target, at);
                }
            }
            Err(unread) => {
                self.open = true;
                self.calls.push(Call { at, target: CallTarget::Unknown, tail: true });
                match unread {
                    Unread::Allowance => self.cut(Cut::Tables),
                    Unread::Table => self.unread_tables += 1,
                    Unread::Unknown => {}
                }
            }
        }
    }

    /// Takes the bytes of a table for data, where they lie amid code.
    fn claim_table(&mut self, table: u64, bytes: u64) {
        if self.context.map.is_code(table) {
            self.context.map.fill(table, bytes, DATA);
            self.disturb(table);
        }
    }

    fn resolve(&self, jump: &Instruction, entries: &mut u64, budget: &mut Budget) -> Result<Switch, Unread> {
        let within = |target: u64| {
            self.context.map.is_code(target)
                && if self.range.is_some() {
                    self.in_extent(target) || self.context.known.range_of(target).is_none()
                } else {
                    self.is_within(jump.address, target)
                }
        };
        let question = Question {
            image: self.context.image,
            hints: self.context.hints,
            map: self.context.map,
            runs: &self.runs,
            leas: &self.leas,
            run: self.run_at_hand().ok_or(Unread::Unknown)?,
            jump,
            within: &within,
        };
        switch::resolve(&question, entries, budget)
    }
}
