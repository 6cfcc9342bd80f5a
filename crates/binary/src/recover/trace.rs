//! Follows one function from its entry: blocks, edges, calls.
//!
//! Code is decoded in *runs*: straight lines from an address that control
//! reaches to the instruction that ends it. Runs are cut into blocks at the end.

use super::code_map::{CURRENT, CodeMap, DATA, DEAD, INNER, LEADER, START, STUB, TAKEN};
use super::gaps;
use super::known::Known;
use super::operand::{self, Pages};
use super::switch::{self, Switch};
use crate::decode::{Decoder, Flow, Raw};
use crate::{Block, Call, CallTarget, Edge, EdgeKind, Function, Hints, Image, JumpTable, StartSource};
use cognate_base::Budget;
use std::collections::BTreeSet;

/// What tracing may look at, and the map it writes to.
pub struct Context<'a> {
    pub image: &'a Image,
    pub hints: &'a Hints,
    pub known: &'a Known,
    pub map: &'a mut CodeMap,
    pub no_return: &'a BTreeSet<u64>,
}

/// A function and what was learnt on the way.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Its blocks, calls and tables; `source` and `no_return` are set by the caller.
    pub function: Function,
    /// A way ends in a return.
    pub returns: bool,
    /// A way ends in a stop or in a call that does not return.
    pub stops: bool,
    /// A way could not be followed: bad bytes, an unresolved jump, the budget.
    pub open: bool,
    /// Direct call targets, each once.
    pub callees: Vec<u64>,
    /// Callees (or import slots) that were taken to return.
    pub returning: Vec<u64>,
    /// Code addresses in operands.
    pub pointers: Vec<u64>,
    /// Targets of jumps that leave the function for places not yet known as starts.
    pub jumps_out: Vec<u64>,
}

/// A straight line of instructions.
pub(super) struct Run {
    pub start: u64,
    pub end: u64,
    /// The run and the address of the branch that led here.
    pub parent: Option<(usize, u64)>,
    /// Control goes on into the run that starts at `end`.
    falls: bool,
}

/// Longest function, in instructions; more is an error in tracing or a trap for us.
const MAX_INSTRUCTIONS: u64 = 1_000_000;

/// Follows the function at `entry`. Leaves the map's own flags clean.
pub fn trace(context: &mut Context<'_>, entry: u64, budget: &mut Budget) -> Traced {
    let mut tracer = Tracer::new(context, entry);
    tracer.follow(budget);
    tracer.finish()
}

struct Tracer<'a, 'b> {
    context: &'a mut Context<'b>,
    entry: u64,
    /// The stated extent, where the file states one.
    range: Option<(u64, u64)>,
    work: Vec<(u64, Option<(usize, u64)>)>,
    runs: Vec<Run>,
    /// The jump at hand looks like a tail call.
    leaving: bool,
    /// Jumps within the function: the instruction, its target, how.
    jumps: Vec<(u64, u64, EdgeKind)>,
    /// Branches and jumps end blocks: the address behind each.
    cuts: Vec<u64>,
    leas: Vec<(u64, u8, u64)>,
    calls: Vec<Call>,
    tables: Vec<JumpTable>,
    pointers: BTreeSet<u64>,
    jumps_out: BTreeSet<u64>,
    returning: Vec<u64>,
    instructions: u64,
    returns: bool,
    stops: bool,
    open: bool,
}

impl<'a, 'b> Tracer<'a, 'b> {
    fn new(context: &'a mut Context<'b>, entry: u64) -> Self {
        let range = context.known.range_of(entry).filter(|range| range.0 == entry);
        Tracer {
            context,
            entry,
            range,
            work: vec![(entry, None)],
            runs: Vec::new(),
            leaving: false,
            jumps: Vec::new(),
            cuts: Vec::new(),
            leas: Vec::new(),
            calls: Vec::new(),
            tables: Vec::new(),
            pointers: BTreeSet::new(),
            jumps_out: BTreeSet::new(),
            returning: Vec::new(),
            instructions: 0,
            returns: false,
            stops: false,
            open: false,
        }
    }

    fn follow(&mut self, budget: &mut Budget) {
        loop {
            while let Some((address, parent)) = self.work.pop() {
                self.run(address, parent, budget);
            }
            match self.hole() {
                Some(address) if self.instructions < MAX_INSTRUCTIONS && budget.exhausted().is_none() => {
                    self.work.push((address, None));
                }
                _ => return,
            }
        }
    }

    /// Decodes one run from `start`.
    fn run(&mut self, start: u64, parent: Option<(usize, u64)>, budget: &mut Budget) {
        let flags = self.context.map.get(start);
        if flags & CURRENT != 0 {
            self.context.map.set(start, LEADER);
            return;
        }
        if flags & INNER != 0 || !self.context.image.is_code(start) {
            self.open = true; // overlapping instructions, or a jump out of the code
            return;
        }
        self.context.map.set(start, LEADER);
        let index = self.runs.len();
        self.runs.push(Run { start, end: start, parent, falls: false });
        let image = self.context.image;
        let mut pages = Pages::default();
        let mut at = start;
        let mut ended = false;
        let mut leaving = false;
        for instruction in Decoder::control(image.arch, image.tail(start), start) {
            let flags = self.context.map.get(at);
            if at != start && self.meets(index, at, flags) {
                ended = true;
                break;
            }
            if budget.spend(1).is_err() || self.instructions >= MAX_INSTRUCTIONS {
                self.open = true;
                ended = true;
                break;
            }
            self.instructions += 1;
            self.claim(at, instruction.len);
            if let Some(address) = operand::address(&instruction, &mut pages) {
                self.note_address(&instruction.raw, at, address);
            }
            at = instruction.next();
            if let Some(run) = self.runs.get_mut(index) {
                run.end = at;
            }
            if let Flow::Jump(target) = instruction.flow {
                self.leaving = leaving || gaps::is_function_boundary(image, target);
            }
            leaving = gaps::restores_stack(&instruction.raw);
            if instruction.flow != Flow::Next && self.end_of_run(index, &instruction, budget) {
                ended = true;
                break;
            }
        }
        self.open |= !ended; // bytes that are no instruction, or none left
    }

    /// Whether the run ends at `at` because something is there already.
    fn meets(&mut self, index: usize, at: u64, flags: u8) -> bool {
        if flags & CURRENT != 0 {
            self.context.map.set(at, LEADER);
            if let Some(run) = self.runs.get_mut(index) {
                run.falls = true;
            }
            return true;
        }
        if flags & INNER != 0 || flags & DATA != 0 {
            self.open = true;
            return true;
        }
        let other = flags & START != 0 || self.range.is_some_and(|range| range.1 == at);
        if other && at != self.entry {
            if flags & START != 0 {
                let from = self.runs.get(index).map_or(at, |run| run.end.wrapping_sub(1));
                self.calls.push(Call { at: from, target: CallTarget::Function(at), tail: true });
            } else {
                self.open = true;
            }
            return true;
        }
        false
    }

    fn claim(&mut self, at: u64, len: u8) {
        let flags = self.context.map.tail_mut(at);
        if let Some((first, rest)) = flags.split_first_mut() {
            *first |= CURRENT | TAKEN;
            rest.iter_mut().take(usize::from(len) - 1).for_each(|byte| *byte |= INNER | TAKEN);
        }
    }

    fn note_address(&mut self, raw: &Raw, at: u64, address: u64) {
        if let Raw::X86(raw, _) = raw
            && raw.mnemonic() == iced_x86::Mnemonic::Lea
        {
            self.leas.push((at, raw.op0_register().full_register().number() as u8, address));
        }
        if self.context.image.is_code(address) && !self.in_extent(address) {
            self.pointers.insert(address);
        }
    }

    /// Handles an instruction that may divert control; true where it ends the run.
    fn end_of_run(
        &mut self,
        index: usize,
        instruction: &crate::decode::Instruction,
        budget: &mut Budget,
    ) -> bool {
        let (at, next) = (instruction.address, instruction.next());
        match instruction.flow {
            Flow::Next => false,
            Flow::Call(target) if target == next => false, // call $+5; pop
            Flow::Call(target) => self.call(at, next, target),
            Flow::IndirectCall => self.indirect_call(at, instruction),
            Flow::Branch(target) => {
                self.jump(index, at, target);
                self.add_edge(at, next, EdgeKind::Fall);
                self.cuts.push(next);
                self.work.push((next, Some((index, at))));
                true
            }
            Flow::Jump(target) => {
                self.cuts.push(next);
                self.jump(index, at, target);
                self.leaving = false;
                true
            }
            Flow::IndirectJump => {
                self.cuts.push(next);
                self.indirect_jump(index, at, instruction, budget);
                true
            }
            Flow::Return => {
                self.cuts.push(next);
                self.returns = true;
                true
            }
            Flow::Stop => {
                self.cuts.push(next);
                self.stops = true;
                true
            }
        }
    }

    fn call(&mut self, at: u64, next: u64, target: u64) -> bool {
        let import =
            self.context.map.get(target) & STUB != 0 || self.context.hints.imports.contains_key(&target);
        let target = if import { CallTarget::Import(target) } else { CallTarget::Function(target) };
        self.calls.push(Call { at, target, tail: false });
        self.after_call(next, target)
    }

    fn indirect_call(&mut self, at: u64, instruction: &crate::decode::Instruction) -> bool {
        let slot = switch::import_slot(self.context.image, self.context.hints, instruction);
        let target = slot.map_or(CallTarget::Unknown, CallTarget::Import);
        self.calls.push(Call { at, target, tail: false });
        self.after_call(instruction.next(), target)
    }

    /// True where the callee does not return, so that the run ends.
    fn after_call(&mut self, next: u64, target: CallTarget) -> bool {
        let returns_not = match target {
            CallTarget::Function(address) => {
                let returns_not = self.context.no_return.contains(&address);
                if !returns_not {
                    self.returning.push(address);
                }
                returns_not
            }
            CallTarget::Import(slot) => self.context.no_return.contains(&slot),
            CallTarget::Unknown => false,
        };
        if returns_not {
            self.context.map.set(next, DEAD);
            self.cuts.push(next);
            self.stops = true;
        }
        returns_not
    }

    /// A jump or taken branch: within the function, or out of it.
    fn jump(&mut self, index: usize, at: u64, target: u64) {
        if self.is_within(at, target) {
            self.add_edge(at, target, EdgeKind::Jump);
            self.work.push((target, Some((index, at))));
            return;
        }
        if self.context.hints.imports.contains_key(&target) {
            self.calls.push(Call { at, target: CallTarget::Import(target), tail: true });
            return;
        }
        let owner = self.context.known.range_of(target).map_or(target, |range| range.0);
        self.calls.push(Call { at, target: CallTarget::Function(owner), tail: true });
        if self.context.map.get(target) & START == 0 && self.context.image.is_code(target) {
            self.jumps_out.insert(target);
        }
    }

    fn is_within(&self, at: u64, target: u64) -> bool {
        if target == self.entry {
            return true;
        }
        if self.context.map.get(target) & START != 0 || !self.context.image.is_code(target) {
            return false;
        }
        if self.in_extent(target) {
            return true;
        }
        if self.range.is_some() || self.context.known.range_of(target).is_some() {
            return false;
        }
        // Without a stated extent: what lies behind the entry, with no other start
        // between, is ours. A jump to before the entry leaves.
        let (low, high) = (at.min(target), at.max(target));
        target > self.entry && !self.leaving && !self.context.map.has_start_in(low, high, self.entry)
    }

    fn in_extent(&self, address: u64) -> bool {
        self.range.is_some_and(|range| (range.0..range.1).contains(&address))
            || self.context.known.chunk_of(address) == Some(self.entry)
    }

    fn add_edge(&mut self, at: u64, target: u64, kind: EdgeKind) {
        self.jumps.push((at, target, kind));
    }

    fn indirect_jump(
        &mut self,
        index: usize,
        at: u64,
        instruction: &crate::decode::Instruction,
        budget: &mut Budget,
    ) {
        if let Some(slot) = switch::import_slot(self.context.image, self.context.hints, instruction) {
            self.calls.push(Call { at, target: CallTarget::Import(slot), tail: true });
            return;
        }
        let question = switch::Question {
            image: self.context.image,
            hints: self.context.hints,
            runs: &self.runs,
            leas: &self.leas,
            run: index,
            at,
        };
        let within = |target: u64| {
            self.context.image.is_code(target)
                && if self.range.is_some() {
                    self.in_extent(target) || self.context.known.range_of(target).is_none()
                } else {
                    self.is_within(at, target)
                }
        };
        match switch::resolve(&question, &within, budget) {
            Some(Switch { table, targets }) => {
                if self.context.image.is_code(table.table) {
                    let bytes = u64::from(table.entries) * u64::from(table.entry_bytes);
                    self.context.map.fill(table.table, bytes, DATA);
                }
                self.tables.push(table);
                for target in targets {
                    self.add_edge(at, target, EdgeKind::Switch);
                    self.work.push((target, Some((index, at))));
                }
            }
            None => {
                self.open = true;
                self.calls.push(Call { at, target: CallTarget::Unknown, tail: true });
            }
        }
    }

    /// Code inside the stated extent that no way reached: landing pads, cases of
    /// a switch we could not read.
    fn hole(&mut self) -> Option<u64> {
        let (start, end) = self.range?;
        let len = usize::try_from(end - start).ok()?;
        let flags = self.context.map.tail(start);
        let mut at = 0;
        while let Some(&flag) = flags.get(at).filter(|_| at < len) {
            if flag & (CURRENT | INNER | DATA) != 0 {
                at += 1;
                continue;
            }
            let free =
                flags.iter().take(len).skip(at).take_while(|flag| **flag & (CURRENT | INNER | DATA) == 0);
            let room = free.count();
            let address = start.wrapping_add(at as u64);
            let pad = gaps::padding(self.context.image, address, room);
            if pad < room && gaps::run_is_sound(self.context.image, address + pad as u64, room - pad) {
                return Some(address + pad as u64);
            }
            at += room.max(1);
        }
        None
    }

    fn finish(mut self) -> Traced {
        self.jumps.sort_unstable();
        let blocks = self.blocks();
        for run in &self.runs {
            let len = run.end.wrapping_sub(run.start);
            self.context.map.clear(run.start, len.max(1), CURRENT | INNER | LEADER);
        }
        let mut calls = self.calls;
        calls.sort_unstable();
        calls.dedup();
        let mut tables = self.tables;
        tables.sort_unstable_by_key(|table| table.at);
        tables.dedup();
        let mut callees: Vec<u64> = calls
            .iter()
            .filter(|call| !call.tail)
            .filter_map(|call| match call.target {
                CallTarget::Function(address) => Some(address),
                _ => None,
            })
            .collect();
        callees.sort_unstable();
        callees.dedup();
        let mut returning = self.returning;
        returning.sort_unstable();
        returning.dedup();
        let thunk = blocks.len() == 1
            && blocks.first().is_some_and(|block| block.instructions <= 3)
            && calls.len() == 1
            && calls.first().is_some_and(|call| call.tail);
        let function = Function {
            address: self.entry,
            source: StartSource::Gap,
            blocks,
            calls,
            tables,
            no_return: false,
            thunk,
        };
        Traced {
            function,
            returns: self.returns,
            stops: self.stops,
            open: self.open,
            callees,
            returning,
            pointers: self.pointers.into_iter().collect(),
            jumps_out: self.jumps_out.into_iter().collect(),
        }
    }

    /// Cuts the runs at leaders and behind jumps.
    fn blocks(&self) -> Vec<Block> {
        let mut cuts = self.cuts.clone();
        cuts.sort_unstable();
        let mut blocks: Vec<Block> = Vec::new();
        let mut falls: Vec<bool> = Vec::new();
        for run in &self.runs {
            let mut at = run.start;
            while at < run.end {
                let block = self.block(at, run.end, &cuts);
                let end = block.end();
                blocks.push(block);
                let cut_by_leader = end < run.end && cuts.binary_search(&end).is_err();
                falls.push(cut_by_leader || (end == run.end && run.falls));
                if end <= at {
                    break;
                }
                at = end;
            }
        }
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        order.sort_unstable_by_key(|&at| blocks[at].address);
        order.dedup_by_key(|&mut at| blocks[at].address);
        let sorted: Vec<Block> = order.iter().map(|&at| blocks[at].clone()).collect();
        let falls: Vec<bool> = order.iter().map(|&at| falls[at]).collect();
        self.connect(sorted, &falls)
    }

    fn block(&self, start: u64, run_end: u64, cuts: &[u64]) -> Block {
        let room = usize::try_from(run_end - start).unwrap_or(usize::MAX);
        let flags = self.context.map.tail(start);
        let next_cut = cuts.get(cuts.partition_point(|&cut| cut <= start)).copied().unwrap_or(u64::MAX);
        let room = room.min(usize::try_from(next_cut - start).unwrap_or(usize::MAX));
        let mut instructions = 0u32;
        let mut bytes = 0u32;
        for (at, flag) in flags.iter().take(room).enumerate() {
            if at > 0 && flag & LEADER != 0 {
                break;
            }
            instructions += u32::from(flag & CURRENT != 0);
            bytes += 1;
        }
        Block { address: start, bytes, instructions, edges: Vec::new() }
    }

    fn connect(&self, mut blocks: Vec<Block>, falls: &[bool]) -> Vec<Block> {
        let addresses: Vec<u64> = blocks.iter().map(|block| block.address).collect();
        let index =
            |address: u64| addresses.binary_search(&address).ok().and_then(|at| u32::try_from(at).ok());
        for (block, &falls) in blocks.iter_mut().zip(falls) {
            let end = block.end();
            let mut edges: Vec<Edge> = Vec::new();
            let first = self.jumps.partition_point(|jump| jump.0 < block.address);
            let own = self.jumps.iter().skip(first).take_while(|jump| jump.0 < end);
            edges.extend(own.filter_map(|&(_, target, kind)| Some(Edge { to: index(target)?, kind })));
            if falls && let Some(to) = index(end) {
                edges.push(Edge { to, kind: EdgeKind::Fall });
            }
            edges.sort_unstable();
            edges.dedup();
            block.edges = edges;
        }
        blocks
    }
}
