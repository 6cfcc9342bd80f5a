//! Where else functions start: what is pointed to, what is jumped to, what nobody claims.

use super::Recovery;
use crate::StartSource;
use crate::recover::code_map::{CLEARED_A_UNIT, DATA, START, TAKEN};
use crate::recover::marks::Marks;
use crate::recover::{candidate, gaps, idiom, operand};
use cognate_base::{Budget, Exhausted};

/// Blocks that are marked, and relocated slots that are looked at, in the time that decoding one instruction takes.
const BLOCKS_A_UNIT: u64 = 4;
const SLOTS_A_UNIT: u64 = 8;

impl Recovery<'_> {
    /// Marks afresh which bytes belong to functions, where any was traced again since.
    fn reclaim(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        if !self.store.retraced {
            return Ok(());
        }
        let blocks: usize = self.store.functions().map(|function| function.blocks.len()).sum();
        let bytes: u64 = self.store.functions().map(|function| function.bytes()).sum();
        budget.spend((bytes + self.map.bytes()) / CLEARED_A_UNIT + blocks as u64 / BLOCKS_A_UNIT)?;
        self.map.clear_all(TAKEN);
        for block in self.store.functions().flat_map(|function| &function.blocks) {
            self.map.fill(block.address, u64::from(block.bytes), TAKEN);
        }
        self.store.retraced = false;
        Ok(())
    }

    /// Addresses of code in relocated slots, in tables of plain data and in operands.
    pub(super) fn add_pointers(&mut self, budget: &mut Budget) {
        if budget.spend(self.hints.relocations.len() as u64 / SLOTS_A_UNIT).is_err() {
            return;
        }
        for (&slot, &address) in &self.hints.relocations {
            if !self.is_amid_table(slot) {
                self.pointers.insert(&self.map, address);
            }
        }
        let no_relocations = self.hints.relocations.is_empty();
        if no_relocations
            && operand::pointers_in_data(self.image, &self.map, &mut self.pointers, budget).is_err()
        {
            return;
        }
        self.add_collected(budget);
    }

    /// Traces what is pointed to and looks like functions.
    pub(super) fn add_collected(&mut self, budget: &mut Budget) {
        let candidates = std::mem::replace(&mut self.pointers, Marks::new(&self.map));
        let rest = self.add_candidates(candidates, StartSource::Pointer, budget);
        self.pointers.extend(&rest);
    }

    /// Whether a relocated slot amid code holds an address of code, as do its neighbours, or code names it: MSVC keeps
    /// the tables of switches so. What they hold are cases, if only the function is found first.
    fn is_amid_table(&self, slot: u64) -> bool {
        let width = self.image.arch.pointer_bytes() as u64;
        let holds = |slot| self.hints.relocations.get(&slot).is_some_and(|&to| self.map.is_code(to));
        self.map.is_code(slot)
            && holds(slot)
            && (holds(slot.wrapping_sub(width))
                || holds(slot.wrapping_add(width))
                || self.tables_amid_code.contains(&slot))
    }

    /// What tables amid code hold, where no function has them by now.
    pub(super) fn add_table_entries(&mut self, budget: &mut Budget) {
        if budget.spend(self.hints.relocations.len() as u64 / SLOTS_A_UNIT).is_err() {
            return;
        }
        for (&slot, &address) in &self.hints.relocations {
            if self.map.get(slot) & DATA == 0 && self.is_amid_table(slot) {
                self.pointers.insert(&self.map, address);
            }
        }
        self.add_collected(budget);
    }

    /// Traces what is jumped to and looks like functions.
    pub(super) fn add_jump_targets(&mut self, budget: &mut Budget) {
        let candidates = std::mem::replace(&mut self.jumps_out, Marks::new(&self.map));
        let rest = self.add_candidates(candidates, StartSource::TailCall, budget);
        self.jumps_out.extend(&rest);
    }

    /// Traces those candidates that look like functions; gives back those that the budget did not reach.
    fn add_candidates(&mut self, mut candidates: Marks, source: StartSource, budget: &mut Budget) -> Marks {
        if self.reclaim(budget).is_err() {
            return candidates;
        }
        let mut from = (0, 0);
        while budget.spend(1).is_ok() {
            let Some(address) = candidates.take_next(&mut from) else { break };
            let flags = self.map.get(address);
            let unlisted = source == StartSource::TailCall && self.known.is_listed(address);
            if flags & (START | DATA) != 0 || self.known.is_inside(address) || unlisted {
                continue;
            }
            if flags & TAKEN != 0 {
                self.refused.insert(&self.map, address);
                continue;
            }
            let no_return = self.store.no_return.addresses();
            let mut looked = 0;
            let plausible = candidate::is_plausible(self.image, &self.map, no_return, address, &mut looked);
            if budget.spend(looked).is_err() {
                candidates.insert(&self.map, address);
                break;
            }
            if plausible {
                self.add_start(address, source, budget);
                self.drain(budget);
            } else {
                self.refused.insert(&self.map, address);
            }
        }
        candidates
    }

    /// Looks for functions where nobody claimed the bytes, with `strong` only for those that set up
    /// a frame. Says whether any was found, and how many bytes were not looked at.
    pub(super) fn fill_gaps(&mut self, strong: bool, budget: &mut Budget) -> (bool, u64) {
        let mut any = false;
        let mut scan = gaps::Scan::new(strong);
        if self.reclaim(budget).is_err() {
            return (false, self.map.bytes());
        }
        while !self.is_full() {
            let no_return = self.store.no_return.addresses();
            let view = gaps::View { image: self.image, map: &self.map, known: &self.known, no_return };
            let Some(address) = scan.next(&view, budget) else { break };
            let prologue = idiom::is_prologue(self.image, address);
            let source = if prologue { StartSource::Prologue } else { StartSource::Gap };
            any |= self.add_start(address, source, budget);
            self.drain(budget);
        }
        (any, scan.left(&self.map))
    }
}
