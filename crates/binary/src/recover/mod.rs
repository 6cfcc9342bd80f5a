//! From an image and its hints to functions.
//!
//! What the file says comes first (symbols, unwind data, tables, exports), then
//! what that code calls, then addresses found in data and operands, then targets
//! of jumps that leave their function, and last the gaps between functions.
//! Within one class addresses ascend; a later class never overrules an earlier
//! one. After each class the functions that turned out not to return are worked
//! out and whoever called them, or swallowed a start found later, is traced again.
//!
//! [`trace`] follows one function, [`switch`] reads its jump tables, [`code_map`]
//! remembers what each byte is, [`gaps`] looks at what nobody claimed.

mod code_map;
mod gaps;
mod known;
mod no_return;
mod operand;
mod switch;
mod trace;
mod value;

use crate::{Hints, Image, Program, StartSource};
use code_map::{CodeMap, START, STUB, TAKEN};
use cognate_base::{Budget, Gap, Place};
use known::Known;
use std::collections::{BTreeMap, BTreeSet};
use trace::Traced;

/// Recovers the functions of an image.
///
/// Never fails: what the budget does not reach is a gap in the result. The same
/// image and hints give the same program, unless the time bound cuts it short.
pub fn recover(image: &Image, hints: &Hints, budget: &mut Budget) -> Program {
    let mut recovery = Recovery::new(image, hints, budget.functions());
    recovery.run(budget);
    recovery.finish(budget)
}

/// How often callers are traced again after a callee turned out not to return.
const MAX_ROUNDS: usize = 12;

struct Recovery<'a> {
    image: &'a Image,
    hints: &'a Hints,
    known: Known,
    map: CodeMap,
    starts: BTreeMap<u64, StartSource>,
    queue: BTreeSet<(StartSource, u64)>,
    traced: BTreeMap<u64, Traced>,
    /// Functions that do not return, and slots and stubs of imports that do not.
    no_return: BTreeSet<u64>,
    pointers: BTreeSet<u64>,
    jumps_out: BTreeSet<u64>,
    max_functions: usize,
    refused: usize,
    /// Starts added since functions were last checked against them.
    unseen: Vec<u64>,
    /// A function was traced a second time, so bytes may be marked that it gave up.
    retraced: bool,
}

impl<'a> Recovery<'a> {
    fn new(image: &'a Image, hints: &'a Hints, max_functions: usize) -> Self {
        let mut map = CodeMap::new(image);
        for &stub in hints.imports.keys() {
            map.set(stub, STUB);
        }
        let mut recovery = Recovery {
            image,
            hints,
            known: Known::new(image, hints),
            map,
            starts: BTreeMap::new(),
            queue: BTreeSet::new(),
            traced: BTreeMap::new(),
            no_return: no_return::imports(hints),
            pointers: BTreeSet::new(),
            jumps_out: BTreeSet::new(),
            max_functions,
            refused: 0,
            unseen: Vec::new(),
            retraced: false,
        };
        for start in &hints.starts {
            recovery.add_start(start.address, start.source);
        }
        recovery
    }

    fn run(&mut self, budget: &mut Budget) {
        self.settle(budget);
        // before pointers: tables of switches hold addresses of cases, which are no starts
        self.reclaim();
        self.fill_gaps(true, budget);
        self.settle(budget);
        self.add_pointers(budget);
        self.settle(budget);
        self.add_jump_targets(budget);
        self.settle(budget);
        for _ in 0..3 {
            self.reclaim();
            if !self.fill_gaps(false, budget) {
                break;
            }
            self.settle(budget);
            self.add_pointers(budget);
            self.add_jump_targets(budget);
            self.settle(budget);
        }
    }

    /// Traces what is queued until nothing changes any more.
    fn settle(&mut self, budget: &mut Budget) {
        for _ in 0..MAX_ROUNDS {
            if budget.exhausted().is_some() {
                return;
            }
            self.drain(budget);
            let changed = no_return::spread(&self.traced, &mut self.no_return);
            self.queue_stale(changed);
            if self.queue.is_empty() {
                return;
            }
        }
    }

    /// Traces what is queued and what that finds.
    fn drain(&mut self, budget: &mut Budget) {
        while budget.exhausted().is_none() {
            let Some((_, address)) = self.queue.pop_first() else { return };
            self.trace(address, budget);
        }
    }

    fn trace(&mut self, address: u64, budget: &mut Budget) {
        let mut context = trace::Context {
            image: self.image,
            hints: self.hints,
            known: &self.known,
            map: &mut self.map,
            no_return: &self.no_return,
        };
        let traced = trace::trace(&mut context, address, budget);
        for call in &traced.callees {
            self.add_callee(*call);
        }
        self.pointers.extend(traced.pointers.iter().copied());
        self.jumps_out.extend(traced.jumps_out.iter().copied());
        self.retraced |= self.traced.insert(address, traced).is_some();
    }

    /// A call is good evidence, unless it lands inside a function whose extent
    /// the file states, or on bytes that are no instruction.
    fn add_callee(&mut self, target: u64) {
        if self.starts.contains_key(&target) || !self.image.is_code(target) || self.known.is_inside(target) {
            return;
        }
        if gaps::decodes(self.image, target) {
            self.add_start(target, StartSource::Call);
        }
    }

    /// Takes a start into the queue; false where it is none or was known before.
    fn add_start(&mut self, address: u64, source: StartSource) -> bool {
        if !self.image.is_code(address) || self.map.get(address) & STUB != 0 || self.known.is_stub(address) {
            return false;
        }
        let misaligned = !self.image.arch.is_x86() && !address.is_multiple_of(4);
        if misaligned || self.starts.get(&address).is_some_and(|&known| known <= source) {
            return false;
        }
        if !self.starts.contains_key(&address) && self.starts.len() >= self.max_functions {
            self.refused += 1;
            return false;
        }
        let new = self.starts.insert(address, source).is_none();
        self.map.add_start(address);
        if new {
            self.unseen.push(address);
            self.queue.insert((source, address));
        }
        new
    }

    /// Queues functions traced under assumptions that no longer hold: a callee
    /// does not return after all, or a start lies amid their blocks.
    fn queue_stale(&mut self, no_return_changed: bool) {
        let mut unseen = std::mem::take(&mut self.unseen);
        unseen.sort_unstable();
        let splits = |start: u64, end: u64, entry: u64| {
            let from = unseen.partition_point(|&address| address < start);
            unseen.iter().skip(from).take_while(|&&address| address < end).any(|&address| address != entry)
        };
        let no_return = &self.no_return;
        let is_stale = |entry: u64, traced: &Traced| {
            no_return_changed && traced.returning.iter().any(|callee| no_return.contains(callee))
                || traced.function.blocks.iter().any(|block| splits(block.address, block.end(), entry))
        };
        let stale = self.traced.iter().filter(|(entry, traced)| is_stale(**entry, traced));
        let stale: Vec<u64> = stale.map(|(&entry, _)| entry).collect();
        for entry in stale {
            let source = self.starts.get(&entry).copied().unwrap_or(StartSource::Gap);
            self.queue.insert((source, entry));
        }
    }

    /// Marks afresh which bytes belong to functions, where any was traced again since.
    fn reclaim(&mut self) {
        if !std::mem::take(&mut self.retraced) {
            return;
        }
        self.map.clear_all(TAKEN);
        for traced in self.traced.values() {
            for block in &traced.function.blocks {
                self.map.fill(block.address, u64::from(block.bytes), TAKEN);
            }
        }
    }

    /// Addresses of code in relocated slots, in tables of plain data and in operands.
    fn add_pointers(&mut self, budget: &mut Budget) {
        self.reclaim();
        let mut candidates = std::mem::take(&mut self.pointers);
        candidates.extend(self.hints.relocations.values().copied());
        if self.hints.relocations.is_empty() {
            candidates.extend(operand::pointers_in_data(self.image));
        }
        self.add_candidates(&candidates, StartSource::Pointer, budget);
    }

    fn add_jump_targets(&mut self, budget: &mut Budget) {
        self.reclaim();
        let candidates = std::mem::take(&mut self.jumps_out);
        self.add_candidates(&candidates, StartSource::TailCall, budget);
    }

    fn add_candidates(&mut self, candidates: &BTreeSet<u64>, source: StartSource, budget: &mut Budget) {
        for &address in candidates {
            let free = self.map.get(address) & (TAKEN | START | code_map::DATA) == 0;
            if free
                && !self.known.is_inside(address)
                && gaps::is_plausible(self.image, &self.map, &self.no_return, address)
            {
                self.add_start(address, source);
                self.drain(budget);
            }
        }
    }

    /// Looks for functions where nobody claimed the bytes, with `strong` only for
    /// those that set up a frame; false where none was found.
    fn fill_gaps(&mut self, strong: bool, budget: &mut Budget) -> bool {
        let mut any = false;
        let mut from = 0;
        while let Some(address) =
            gaps::next(self.image, &self.map, &self.known, &self.no_return, from, strong, budget)
        {
            let prologue = gaps::is_prologue(self.image, address);
            let source = if prologue { StartSource::Prologue } else { StartSource::Gap };
            any |= self.add_start(address, source);
            self.drain(budget);
            from = address.wrapping_add(1);
        }
        any
    }

    fn finish(self, budget: &Budget) -> Program {
        let mut program = Program::default();
        if let Some(exhausted) = budget.exhausted() {
            let reason = format!("{exhausted}; {} starts not traced", self.queue.len());
            program.gaps.push(Gap::new(Place::Whole, "function recovery", reason));
        }
        if self.refused > 0 {
            let reason =
                format!("more than {} functions; {} starts left out", self.max_functions, self.refused);
            program.gaps.push(Gap::new(Place::Whole, "function recovery", reason));
        }
        for (address, traced) in self.traced {
            if traced.function.blocks.is_empty() {
                continue;
            }
            let mut function = traced.function;
            function.source = self.starts.get(&address).copied().unwrap_or(StartSource::Gap);
            function.no_return = self.no_return.contains(&address);
            program.instructions += function.instructions();
            program.functions.push(function);
        }
        program
    }
}
