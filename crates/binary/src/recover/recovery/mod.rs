//! The stages of recovery, from what the file names to what nobody claims.

mod sources;

use super::allowance::Allowance;
use super::candidate;
use super::code_map::{CLEARED_A_UNIT, CodeMap, FLAGS_A_UNIT, START, STUB, TAKEN};
use super::known::Known;
use super::left_out::LeftOut;
use super::marks::Marks;
use super::no_return::NoReturn;
use super::store::Store;
use super::trace;
use super::traced::{Cut, Traced};
use crate::{Format, Hints, Image, Program, StartSource};
use cognate_base::{Budget, Stage};
use std::collections::BTreeSet;

/// Slots amid code that hold an address of code and whose own address stands in another slot.
fn tables_amid_code(hints: &Hints, map: &CodeMap) -> BTreeSet<u64> {
    let named = hints.relocations.values().filter(|&&slot| map.is_code(slot));
    named.filter(|slot| hints.relocations.contains_key(slot)).copied().collect()
}

/// How often the gaps are searched: what is found in one changes what lies in others. Judgement.
const MAX_SEARCHES: usize = 3;

/// A recovery at work.
pub struct Recovery<'a> {
    image: &'a Image,
    hints: &'a Hints,
    known: Known,
    map: CodeMap,
    queue: BTreeSet<(StartSource, u64)>,
    /// Classes up to this one are traced in the stage at hand.
    traced_to: StartSource,
    store: Store,
    pointers: Marks,
    jumps_out: Marks,
    /// What is pointed or jumped to and was refused as a start: other code may give up the bytes it lies on.
    refused: Marks,
    /// Relocated slots amid code whose own address is in another: tables that an instruction names.
    tables_amid_code: BTreeSet<u64>,
    allowance: Allowance,
    /// Numbers in instructions may be addresses of code.
    immediates: bool,
    max_functions: usize,
    /// Starts added since functions were last checked against them.
    unseen: Vec<u64>,
    left_out: LeftOut,
}

impl<'a> Recovery<'a> {
    /// Knows of what the file names.
    pub fn new(image: &'a Image, hints: &'a Hints, budget: &mut Budget) -> Self {
        let mut map = CodeMap::new(image, budget);
        for &stub in hints.imports.keys() {
            map.set(stub, STUB);
        }
        let mut recovery = Recovery {
            image,
            hints,
            known: Known::new(image, hints),
            queue: BTreeSet::new(),
            traced_to: StartSource::Export,
            store: Store::new(&map, NoReturn::new(hints)),
            pointers: Marks::new(&map),
            jumps_out: Marks::new(&map),
            refused: Marks::new(&map),
            tables_amid_code: tables_amid_code(hints, &map),
            allowance: Allowance::of(map.bytes()),
            // code that may lie anywhere has addresses in its instructions only where they are relocated
            immediates: hints.relocations.is_empty() && !(image.format == Format::Elf && image.base == 0),
            map,
            max_functions: budget.functions(),
            unseen: Vec::new(),
            left_out: LeftOut::default(),
        };
        for start in &hints.starts {
            recovery.add_start(start.address, start.source, budget);
        }
        // what this costs is part of the stage; where it is too much, the first function says so
        let listed = hints.starts.len() + hints.chunks.len() + hints.imports.len() + hints.relocations.len();
        let _ = budget.spend(listed as u64 + recovery.map.bytes() / CLEARED_A_UNIT);
        recovery
    }

    /// Takes the stages, one after the other.
    pub fn run(&mut self, budget: &mut Budget) {
        self.settle(budget);
        self.end(Stage::Named, budget);

        self.enter(Stage::Found, budget);
        self.find(budget);
        self.end(Stage::Found, budget);

        self.enter(Stage::Gaps, budget);
        self.search(budget);
        self.end(Stage::Gaps, budget);
    }

    fn enter(&mut self, stage: Stage, budget: &mut Budget) {
        budget.enter(stage);
        self.traced_to = StartSource::Gap;
    }

    fn end(&mut self, stage: Stage, budget: &Budget) {
        self.left_out.ended.extend(budget.exhausted().map(|exhausted| (stage, exhausted)));
    }

    /// What the code so far calls, points to and jumps to.
    fn find(&mut self, budget: &mut Budget) {
        self.settle(budget);
        self.known.check_lists(self.store.starts());
        // before pointers: tables of switches hold addresses of cases, which are no starts
        self.fill_gaps(true, budget);
        self.settle(budget);
        self.add_pointers(budget);
        self.settle(budget);
        self.add_jump_targets(budget);
        self.settle(budget);
    }

    /// What nobody claims, and what that calls, points to and jumps to.
    fn search(&mut self, budget: &mut Budget) {
        self.settle(budget); // what the stage before did not come to
        self.pointers.extend(&std::mem::replace(&mut self.refused, Marks::new(&self.map)));
        self.add_collected(budget);
        self.settle(budget);
        self.left_out.unsearched = self.map.bytes();
        for round in 0..MAX_SEARCHES {
            let (found, left) = self.fill_gaps(false, budget);
            if round == 0 {
                self.left_out.unsearched = left;
            }
            if !found {
                break;
            }
            self.settle(budget);
            self.add_pointers(budget);
            self.add_jump_targets(budget);
            self.settle(budget);
        }
        self.add_table_entries(budget);
        self.settle(budget);
    }

    /// Traces what is queued until nothing changes any more.
    fn settle(&mut self, budget: &mut Budget) {
        loop {
            self.drain(budget);
            if budget.exhausted().is_some() {
                return;
            }
            self.store.spread(budget);
            for start in std::mem::take(&mut self.unseen) {
                if self.map.get(start) & TAKEN != 0 {
                    self.store.split_at(&self.map, start, budget);
                }
            }
            if budget.exhausted().is_some() {
                return;
            }
            let Some(function) = self.store.take_stale() else { return };
            let address = function.address;
            self.trace(address, budget);
        }
    }

    /// Traces what is queued and what that finds.
    fn drain(&mut self, budget: &mut Budget) {
        while budget.exhausted().is_none() {
            let Some(&(source, address)) = self.queue.first() else { return };
            if source > self.traced_to {
                return;
            }
            self.queue.pop_first();
            self.trace(address, budget);
        }
    }

    /// Follows the function at an address, and takes in what that gives.
    fn trace(&mut self, address: u64, budget: &mut Budget) {
        let before = self.store.index_of(address);
        let traced_before = before.and_then(|index| self.store.get(index));
        let traced_before = traced_before.map_or(0, |function| function.instructions());
        let mut context = trace::Context {
            image: self.image,
            hints: self.hints,
            known: &self.known,
            map: &mut self.map,
            starts: self.store.starts(),
            no_return: self.store.no_return.addresses(),
            pointers: &mut self.pointers,
            jumps_out: &mut self.jumps_out,
            allowance: &mut self.allowance,
            immediates: self.immediates,
            traced_before,
        };
        let traced = trace::trace(&mut context, address, budget);
        self.left_out.note(address, traced.cut, traced.unread_tables);
        match (before, traced.cut) {
            // what was known of it is better than a part
            (Some(index), Some(Cut::Budget)) => self.store.set_stale(index),
            (Some(_), Some(Cut::Tables | Cut::Shared)) => {}
            (None, Some(Cut::Budget)) if traced.function.blocks.is_empty() => self.put_back(address),
            _ => self.take_in(address, traced, budget),
        }
    }

    /// Keeps a traced function, and queues what it calls.
    fn take_in(&mut self, address: u64, traced: Traced, budget: &mut Budget) {
        let callees = traced.callees();
        let is_part = traced.cut == Some(Cut::Budget);
        let Ok(index) = self.store.add(&self.map, traced, &callees, budget) else {
            match self.store.index_of(address) {
                Some(index) => self.store.set_stale(index),
                None => self.put_back(address),
            }
            return;
        };
        if is_part {
            self.store.set_stale(index); // to be followed to its end in the next stage
            return;
        }
        for callee in callees {
            if budget.spend(1).is_err() {
                self.store.set_stale(index); // what else it calls is asked there too
                return;
            }
            self.add_callee(callee, budget);
        }
    }

    /// Leaves a start to the next stage.
    fn put_back(&mut self, address: u64) {
        let source = self.store.source(address).unwrap_or(StartSource::Gap);
        self.queue.insert((source, address));
    }

    /// A call is good evidence, unless it lands inside a function whose extent
    /// the file states, or on bytes that are no instruction.
    fn add_callee(&mut self, target: u64, budget: &mut Budget) {
        if self.store.source(target).is_some() || !self.map.is_code(target) || self.known.is_inside(target) {
            return;
        }
        if candidate::decodes(self.image, target) {
            self.add_start(target, StartSource::Call, budget);
        }
    }

    /// Takes a start into the queue; false where it is none or was known before.
    fn add_start(&mut self, address: u64, source: StartSource, budget: &mut Budget) -> bool {
        if !self.map.is_code(address) || self.map.get(address) & STUB != 0 || self.known.is_stub(address) {
            return false;
        }
        let misaligned = !self.image.arch_at(address).is_x86() && !address.is_multiple_of(4);
        let known = self.store.source(address);
        if misaligned || known.is_some_and(|known| known <= source) {
            return false;
        }
        if known.is_none() && self.is_full() {
            self.left_out.refused += 1;
            return false;
        }
        self.map.set(address, START);
        let new = self.store.add_start(address, source, budget);
        if new {
            self.queue.insert((source, address));
            self.unseen.push(address);
        }
        new
    }

    fn is_full(&self) -> bool {
        self.store.starts().len() >= self.max_functions
    }

    /// Hands out the functions, and what was left out.
    pub fn finish(mut self, budget: &mut Budget) -> Program {
        self.left_out.count(&self.map, &self.queue, &self.store);
        self.left_out.unfollowed = self.pointers.count() + self.jumps_out.count();
        budget.release(self.map.kept());
        self.left_out.full_at = self.is_full().then_some(self.max_functions);
        let functions = self.store.finish(budget);
        if budget.spend(self.map.bytes() / FLAGS_A_UNIT).is_ok() {
            self.left_out.weigh(self.image, &mut self.map, &functions);
        }
        let instructions = functions.iter().map(|function| function.instructions()).sum();
        Program { functions, gaps: self.left_out.gaps(), instructions }
    }
}
