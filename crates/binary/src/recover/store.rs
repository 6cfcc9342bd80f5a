//! The functions traced so far, and what each is charged.

use super::code_map::CodeMap;
use super::no_return::{KEPT_FOR_LINK, NoReturn};
use super::owners::{self, KEPT_FOR_ENTRY, Owners};
use super::trace::Traced;
use crate::{Block, Call, Edge, Function, JumpTable, StartSource};
use cognate_base::{Budget, Exhausted};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

/// What is known of a function beside what is handed out.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// How often it was traced, less one.
    pub version: u8,
    /// It is among those to be traced again.
    pub stale: bool,
    /// It was stale once more than [`MAX_RETRACES`] allows.
    pub given_up: bool,
    /// A way ends in a return.
    pub returns: bool,
    /// A way ends in a stop or in a call that does not return.
    pub stops: bool,
    /// A way could not be followed.
    pub open: bool,
    /// Functions that it jumps to and that return as far as is known; it does not where this falls to none.
    pub waits_for: u32,
}

/// How often a function is traced again after a callee turned out not to return, or a start to lie
/// amid its blocks. Ordinary programs need three; the smallest functions go first, so that what
/// they tell is known when the turn comes to large ones.
pub const MAX_RETRACES: u8 = 32;

/// What a heap allocation is charged beside its content.
const ALLOCATION: u64 = 16;

/// A place where a function starts.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// How it became known.
    pub source: StartSource,
    /// The index of its function, and one, where that was traced.
    index: Option<NonZeroU32>,
}

/// What a start is charged: its places in the map of starts and in the queue.
const KEPT_FOR_START: u64 = 64;

/// Functions, by address and by the order in which they were found.
pub struct Store {
    functions: Vec<Function>,
    states: Vec<State>,
    /// All starts, with their functions where those were traced.
    starts: BTreeMap<u64, Start>,
    owners: Owners,
    pub no_return: NoReturn,
    /// To be traced again, the smallest first: instructions, index.
    stale: BTreeSet<(u64, u32)>,
    /// What is kept beside the functions, and given back at the end.
    beside: u64,
    /// What was kept when the budget had ended already: charged as soon as there is another.
    debt: u64,
    /// A function was traced a second time, so bytes may be marked that it gave up.
    pub retraced: bool,
    /// Functions that were stale too often.
    pub given_up: u64,
}

impl Store {
    /// Holds none.
    pub fn new(map: &CodeMap, no_return: NoReturn) -> Self {
        Store {
            functions: Vec::new(),
            states: Vec::new(),
            starts: BTreeMap::new(),
            owners: Owners::new(map),
            no_return,
            stale: BTreeSet::new(),
            beside: 0,
            debt: 0,
            retraced: false,
            given_up: 0,
        }
    }

    /// All starts.
    pub fn starts(&self) -> &BTreeMap<u64, Start> {
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
        self.starts.insert(address, Start { source, index: None });
        self.charge_beside(KEPT_FOR_START, budget);
        true
    }

    /// The index of the function at an address.
    pub fn index_of(&self, address: u64) -> Option<u32> {
        self.starts.get(&address).and_then(|start| start.index).map(|index| index.get() - 1)
    }

    /// The function of an index.
    pub fn get(&self, index: u32) -> Option<&Function> {
        self.functions.get(index as usize)
    }

    /// All of them, in no order that means anything.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// Takes in a function, in the place of an older trace of it.
    ///
    /// Fails where there is no room; an older trace then stays.
    pub fn add(&mut self, map: &CodeMap, traced: Traced, budget: &mut Budget) -> Result<u32, Exhausted> {
        let address = traced.function.address;
        let old = self.index_of(address);
        let kept = kept_for(&traced.function);
        self.charge(kept, budget)?;
        let index = match old {
            Some(index) => index,
            None => u32::try_from(self.functions.len()).map_err(|_| Exhausted::Memory)?,
        };
        let mut state =
            State { returns: traced.returns, stops: traced.stops, open: traced.open, ..State::default() };
        if let Some(before) = self.states.get(index as usize) {
            state.version = before.version.saturating_add(1);
            state.given_up = before.given_up;
        }
        let links = self.no_return.add(index, &mut state, &traced.function, &traced.callees);
        let entries = self.owners.add(map, index, &traced.function);
        self.charge_beside(links * KEPT_FOR_LINK + entries * KEPT_FOR_ENTRY, budget);
        match (self.functions.get_mut(index as usize), self.states.get_mut(index as usize)) {
            (Some(function), Some(known)) => {
                budget.release(kept_for(function));
                *function = traced.function;
                *known = state;
                self.retraced = true;
            }
            _ => {
                if let Some(start) = self.starts.get_mut(&address) {
                    start.index = NonZeroU32::new(index.saturating_add(1));
                }
                self.functions.push(traced.function);
                self.states.push(state);
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
    pub fn charge_beside(&mut self, bytes: u64, budget: &mut Budget) {
        if budget.keep(bytes).is_ok() {
            self.beside = self.beside.saturating_add(bytes);
        }
    }

    /// Marks a function to be traced again.
    pub fn set_stale(&mut self, index: u32) {
        if let (Some(function), Some(state)) =
            (self.functions.get(index as usize), self.states.get_mut(index as usize))
        {
            mark_stale(&mut self.stale, &mut self.given_up, function, index, state);
        }
    }

    /// Takes the smallest function that is to be traced again.
    pub fn take_stale(&mut self) -> Option<u32> {
        let (_, index) = self.stale.pop_first()?;
        if let Some(state) = self.states.get_mut(index as usize) {
            state.stale = false;
        }
        Some(index)
    }

    /// The functions that are to be traced again.
    pub fn stale(&self) -> impl Iterator<Item = &Function> {
        self.stale.iter().filter_map(|(_, index)| self.get(*index))
    }

    /// Works out which functions do not return, and which were traced under the assumption that
    /// one of those does.
    pub fn spread(&mut self, budget: &mut Budget) {
        let Store { functions, states, no_return, stale, given_up, .. } = self;
        no_return.spread(functions, states, budget, |index, state| {
            if let Some(function) = functions.get(index as usize) {
                mark_stale(stale, given_up, function, index, state);
            }
        });
    }

    /// Marks the functions amid whose blocks `start` lies.
    pub fn split_at(&mut self, map: &CodeMap, start: u64, budget: &mut Budget) {
        let Store { functions, states, owners, stale, given_up, .. } = self;
        let mut looked = 1;
        for index in owners.near(map, start) {
            looked += 1;
            let Some(function) = functions.get(index as usize) else { continue };
            let Some(state) = states.get_mut(index as usize) else { continue };
            if !state.stale && function.address != start && owners::holds(function, start) {
                mark_stale(stale, given_up, function, index, state);
            }
        }
        // where this fails, the stage ends at its next step
        let _ = budget.spend(looked);
    }

    /// Gives back what was kept beside the functions, and hands those out by address.
    pub fn finish(self, budget: &mut Budget) -> Vec<Function> {
        budget.release(self.beside);
        let Store { mut functions, starts, no_return, .. } = self;
        functions.retain(|function| !function.blocks.is_empty());
        functions.sort_unstable_by_key(|function| function.address);
        for function in &mut functions {
            function.source = starts.get(&function.address).map_or(StartSource::Gap, |start| start.source);
            function.no_return = no_return.addresses().contains(&function.address);
        }
        functions
    }
}

fn mark_stale(
    stale: &mut BTreeSet<(u64, u32)>,
    given_up: &mut u64,
    function: &Function,
    index: u32,
    state: &mut State,
) {
    if state.stale || state.given_up {
        return;
    }
    if state.version >= MAX_RETRACES {
        state.given_up = true;
        *given_up += 1;
        return;
    }
    state.stale = true;
    stale.insert((function.instructions(), index));
}

/// What a function is charged: its lists as they are allocated, and its places in ours.
fn kept_for(function: &Function) -> u64 {
    let list = |len: usize, each: usize| if len == 0 { 0 } else { (len * each) as u64 + ALLOCATION };
    let edges: u64 = function.blocks.iter().map(|block| list(block.edges.len(), size_of::<Edge>())).sum();
    KEPT_FOR_FUNCTION
        + list(function.blocks.len(), size_of::<Block>())
        + edges
        + list(function.calls.len(), size_of::<Call>())
        + list(function.tables.len(), size_of::<JumpTable>())
}

/// The function itself, its state, and its places in the lists of addresses.
const KEPT_FOR_FUNCTION: u64 = (size_of::<Function>() + size_of::<State>()) as u64 + 16;
