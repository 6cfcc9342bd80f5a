//! The functions traced so far, and what each is charged.

use super::code_map::CodeMap;
use super::index::FunctionIndex;
use super::no_return::{KEPT_FOR_WAITER, NoReturn};
use super::owners::{self, KEPT_FOR_ENTRY, Owners};
use super::starts::{KnownStart, Starts};
use super::stored::{Stored, kept_for};
use super::traced::Traced;
use crate::{Function, StartSource};
use cognate_base::{Budget, Exhausted};
use std::collections::BTreeSet;

/// How often a function is traced again after a callee turned out not to return, or a start to lie
/// amid its blocks. Ordinary programs need three; the smallest functions go first, so that what
/// they show is known when the turn comes to large ones. Ten times what is needed: judgement.
pub const MAX_RETRACES: u8 = 32;

/// What a start is charged: its places in the map of starts and in the queue.
const KEPT_FOR_START: u64 = 64;

/// Functions, by address and by the order in which they were found.
pub struct Store {
    functions: Vec<Stored>,
    starts: Starts,
    owners: Owners,
    pub no_return: NoReturn,
    stale: Stale,
    /// What is kept beside the functions, and given back at the end.
    beside: u64,
    /// What was kept when the budget had ended already: charged as soon as there is another.
    debt: u64,
    /// A function was traced a second time, so bytes may be marked that it gave up.
    pub retraced: bool,
}

/// Functions to be traced again.
#[derive(Default)]
struct Stale {
    /// The smallest first: instructions, index.
    queue: BTreeSet<(u64, FunctionIndex)>,
    /// How many were stale too often.
    given_up: u64,
}

impl Stale {
    fn add(&mut self, index: FunctionIndex, stored: &mut Stored) {
        if stored.stale || stored.given_up {
            return;
        }
        if stored.version >= MAX_RETRACES {
            stored.given_up = true;
            self.given_up += 1;
            return;
        }
        stored.stale = true;
        self.queue.insert((stored.function.instructions(), index));
    }
}

impl Store {
    /// Holds none.
    pub fn new(map: &CodeMap, no_return: NoReturn) -> Self {
        Store {
            functions: Vec::new(),
            starts: Starts::new(),
            owners: Owners::new(map),
            no_return,
            stale: Stale::default(),
            beside: 0,
            debt: 0,
            retraced: false,
        }
    }

    /// All starts.
    pub fn starts(&self) -> &Starts {
        &self.starts
    }

    /// How a start became known.
    pub fn source(&self, address: u64) -> Option<StartSource> {
        self.starts.get(&address).map(|start| start.source)
    }

    /// Adds a start, or says how else it is known; true where it is new.
    pub fn add_start(&mut self, address: u64, source: StartSource, budget: &mut Budget) -> bool {
        if let Some(start) = self.starts.get_mut(&address) {
            start.source = source;
            return false;
        }
        self.starts.insert(address, KnownStart { source, function: None });
        self.charge_beside(KEPT_FOR_START, budget);
        true
    }

    /// The function at an address, where it was traced.
    pub fn index_of(&self, address: u64) -> Option<FunctionIndex> {
        self.starts.get(&address).and_then(|start| start.function)
    }

    /// The function of an index.
    pub fn get(&self, index: FunctionIndex) -> Option<&Function> {
        index.of(&self.functions).map(|stored| &stored.function)
    }

    /// All of them, in no order that means anything.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter().map(|stored| &stored.function)
    }

    /// Takes in a function, in the place of an older trace of it.
    ///
    /// Fails where there is no room; an older trace then stays.
    pub fn add(
        &mut self,
        map: &CodeMap,
        traced: Traced,
        callees: &[u64],
        budget: &mut Budget,
    ) -> Result<FunctionIndex, Exhausted> {
        let address = traced.function.address;
        let old = self.index_of(address);
        self.charge(kept_for(&traced.function), budget)?;
        let index = old.or_else(|| FunctionIndex::behind(self.functions.len())).ok_or(Exhausted::Memory)?;
        let mut stored = Stored::new(traced, old.and_then(|old| old.of(&self.functions)));
        let waiters = self.no_return.add(index, &mut stored, callees);
        let entries = self.owners.add(map, index, &stored.function);
        self.charge_beside(waiters * KEPT_FOR_WAITER + entries * KEPT_FOR_ENTRY, budget);
        match old.and_then(|old| old.of_mut(&mut self.functions)) {
            Some(before) => {
                budget.release(kept_for(&before.function));
                *before = stored;
                self.retraced = true;
            }
            None => {
                if let Some(start) = self.starts.get_mut(&address) {
                    start.function = Some(index);
                }
                self.functions.push(stored);
            }
        }
        Ok(index)
    }

    /// Takes room, with what is owed from before. Where a budget ended before this, the room that
    /// is left decides, and it is charged later.
    fn charge(&mut self, bytes: u64, budget: &mut Budget) -> Result<(), Exhausted> {
        let all = bytes.saturating_add(self.debt);
        match budget.exhausted() {
            None => budget.keep(all)?,
            Some(exhausted) if all > budget.room() => return Err(exhausted),
            Some(_) => {
                self.debt = all;
                return Ok(());
            }
        }
        self.debt = 0;
        Ok(())
    }

    /// Takes room for what is given back at the end; where there is none the stage ends.
    fn charge_beside(&mut self, bytes: u64, budget: &mut Budget) {
        if budget.keep(bytes).is_ok() {
            self.beside = self.beside.saturating_add(bytes);
        }
    }

    /// Marks a function to be traced again.
    pub fn set_stale(&mut self, index: FunctionIndex) {
        if let Some(stored) = index.of_mut(&mut self.functions) {
            self.stale.add(index, stored);
        }
    }

    /// Takes the smallest function that is to be traced again.
    pub fn take_stale(&mut self) -> Option<&Function> {
        let (_, index) = self.stale.queue.pop_first()?;
        let stored = index.of_mut(&mut self.functions)?;
        stored.stale = false;
        Some(&stored.function)
    }

    /// The functions that are to be traced again.
    pub fn stale(&self) -> impl Iterator<Item = &Function> {
        self.stale.queue.iter().filter_map(|(_, index)| self.get(*index))
    }

    /// How many functions were to be traced again too often, and are as they seemed last.
    pub fn given_up(&self) -> u64 {
        self.stale.given_up
    }

    /// Works out which functions do not return, and which were traced under the assumption that
    /// one of those does.
    pub fn spread(&mut self, budget: &mut Budget) {
        let Store { functions, no_return, stale, .. } = self;
        no_return.spread(functions, budget, |index, stored| stale.add(index, stored));
    }

    /// Marks the functions amid whose blocks `start` lies.
    pub fn split_at(&mut self, map: &CodeMap, start: u64, budget: &mut Budget) {
        let mut looked = 1;
        for index in self.owners.near(map, start) {
            looked += 1;
            let Some(stored) = index.of_mut(&mut self.functions) else { continue };
            let function = &stored.function;
            if !stored.stale && function.address != start && owners::holds(function, start) {
                self.stale.add(index, stored);
            }
        }
        // where this fails, the stage ends at its next step
        let _ = budget.spend(looked);
    }

    /// Gives back what was kept beside the functions, and hands those out by address.
    pub fn finish(self, budget: &mut Budget) -> Vec<Function> {
        budget.release(self.beside);
        let Store { functions, starts, no_return, .. } = self;
        let functions = functions.into_iter().map(|stored| stored.function);
        let mut functions: Vec<Function> = functions.filter(|function| !function.blocks.is_empty()).collect();
        functions.sort_unstable_by_key(|function| function.address);
        for function in &mut functions {
            function.source = starts.get(&function.address).map_or(StartSource::Gap, |start| start.source);
            function.no_return = no_return.addresses().contains(&function.address);
        }
        functions
    }
}
