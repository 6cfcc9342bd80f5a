//! From an image and its hints to functions.
//!
//! What the file says comes first (symbols, unwind data, tables, exports), then
//! what that code calls, then addresses found in data and operands, then targets
//! of jumps that leave their function, and last the gaps between functions.
//! Within one class addresses ascend; a later class never overrules an earlier
//! one. After each class the functions that turned out not to return are worked
//! out and whoever called them, or swallowed a start found later, is traced again.
//!
//! Each stage has a budget of its own ([`Stage`]): starts that the file names are
//! traced, and traced again, before anything else is looked at, and what a stage
//! traced stays whatever becomes of later ones. Starts that a stage did not come
//! to are left to the next; what is left at the end is on record ([`left_out`]).
//! Work and memory grow with the code, not with its square, and nothing here
//! calls itself.
//!
//! [`trace`] follows one function, [`blocks`] cuts it into blocks, [`switch`] reads
//! its jump tables; [`code_map`] remembers what each byte is, [`store`] what was
//! traced, [`owners`] where, [`no_return`] who waits for whom to return; [`gaps`]
//! looks at what nobody claimed, through a [`room`].

mod blocks;
mod candidate;
mod code_map;
mod gaps;
mod known;
mod left_out;
mod marks;
mod no_return;
mod operand;
mod owners;
mod room;
mod store;
mod switch;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod value;

use crate::{Format, Hints, Image, Program, StartSource};
use code_map::{CLEARED_A_UNIT, CodeMap, DATA, FLAGS_A_UNIT, START, STUB, TAKEN};
use cognate_base::{Budget, Exhausted, Stage};
use known::Known;
use left_out::LeftOut;
use marks::Marks;
use no_return::NoReturn;
use std::collections::BTreeSet;
use store::Store;
use trace::{Allowance, Cut, Traced};

/// Recovers the functions of an image.
///
/// Never fails: what the budget does not reach is a gap in the result, and starts
/// that the file itself names come first. The same image and hints give the same
/// program, unless the time bound cuts it short. Enters the stages from
/// [`Stage::Named`] to [`Stage::Gaps`].
pub fn recover(image: &Image, hints: &Hints, budget: &mut Budget) -> Program {
    let code = image.segments().iter().filter(|segment| segment.executable);
    let bytes: u64 = code.map(|segment| segment.file_bytes).sum();
    budget.allot(bytes.saturating_mul(WORK_A_BYTE).saturating_add(WORK_ANYWAY));
    budget.enter(Stage::Named);
    let mut recovery = Recovery::new(image, hints, budget);
    recovery.run(budget);
    recovery.finish(budget)
}

/// Work that recovery may take for each byte of code, all stages together. Ordinary programs take 0.3 to 0.7; more than
/// twenty times as much is taken by code that overlaps itself or that a damaged file repeats.
const WORK_A_BYTE: u64 = 16;
/// What a sample may take however small it is: about a hundredth of a second.
const WORK_ANYWAY: u64 = 1 << 20;

/// Slots amid code that hold an address of code and whose own address stands in another slot.
fn tables_amid_code(hints: &Hints, map: &CodeMap) -> BTreeSet<u64> {
    let named = hints.relocations.values().filter(|&&slot| map.is_code(slot));
    named.filter(|slot| hints.relocations.contains_key(slot)).copied().collect()
}

/// How often the gaps are searched: what is found in one changes what lies in others.
const MAX_SEARCHES: usize = 3;

struct Recovery<'a> {
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
    fn new(image: &'a Image, hints: &'a Hints, budget: &mut Budget) -> Self {
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

    fn run(&mut self, budget: &mut Budget) {
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
            let Some(index) = self.store.take_stale() else { return };
            if let Some(address) = self.store.get(index).map(|function| function.address) {
                self.trace(address, budget);
            }
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

    fn trace(&mut self, address: u64, budget: &mut Budget) {
        let before = self.store.index_of(address);
        let own =
            before.and_then(|index| self.store.get(index)).map_or(0, |function| function.instructions());
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
            own,
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

    fn take_in(&mut self, address: u64, traced: Traced, budget: &mut Budget) {
        let callees = traced.callees.clone();
        let is_part = traced.cut == Some(Cut::Budget);
        let Ok(index) = self.store.add(&self.map, traced, budget) else {
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

    /// Marks afresh which bytes belong to functions, where any was traced again since.
    fn reclaim(&mut self, budget: &mut Budget) -> Result<(), Exhausted> {
        if !self.store.retraced {
            return Ok(());
        }
        let functions = self.store.functions();
        let blocks: usize = functions.iter().map(|function| function.blocks.len()).sum();
        let bytes: u64 = functions.iter().map(|function| function.bytes()).sum();
        budget.spend((bytes + self.map.bytes()) / CLEARED_A_UNIT + blocks as u64 / 4)?;
        self.map.clear_all(TAKEN);
        for block in functions.iter().flat_map(|function| &function.blocks) {
            self.map.fill(block.address, u64::from(block.bytes), TAKEN);
        }
        self.store.retraced = false;
        Ok(())
    }

    /// Addresses of code in relocated slots, in tables of plain data and in operands.
    fn add_pointers(&mut self, budget: &mut Budget) {
        if budget.spend(self.hints.relocations.len() as u64 / 8).is_err() {
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

    fn add_collected(&mut self, budget: &mut Budget) {
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
    fn add_table_entries(&mut self, budget: &mut Budget) {
        if budget.spend(self.hints.relocations.len() as u64 / 8).is_err() {
            return;
        }
        for (&slot, &address) in &self.hints.relocations {
            if self.map.get(slot) & DATA == 0 && self.is_amid_table(slot) {
                self.pointers.insert(&self.map, address);
            }
        }
        self.add_collected(budget);
    }

    fn add_jump_targets(&mut self, budget: &mut Budget) {
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
    fn fill_gaps(&mut self, strong: bool, budget: &mut Budget) -> (bool, u64) {
        let mut any = false;
        let mut scan = gaps::Scan::new(strong);
        if self.reclaim(budget).is_err() {
            return (false, self.map.bytes());
        }
        while !self.is_full() {
            let no_return = self.store.no_return.addresses();
            let view = gaps::View { image: self.image, map: &self.map, known: &self.known, no_return };
            let Some(address) = scan.next(&view, budget) else { break };
            let prologue = candidate::is_prologue(self.image, address);
            let source = if prologue { StartSource::Prologue } else { StartSource::Gap };
            any |= self.add_start(address, source, budget);
            self.drain(budget);
        }
        (any, scan.left(&self.map))
    }

    fn finish(mut self, budget: &mut Budget) -> Program {
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
