//! Follows one function from its entry: blocks, edges, calls.
//!
//! Code is decoded in *runs*: straight lines from an address that control
//! reaches to the instruction that ends it. Runs are cut into blocks at the end,
//! in [`blocks`](super::blocks).

use super::blocks;
use super::candidate;
use super::code_map::{CURRENT, CodeMap, DATA, DEAD, INNER, LEADER, START, STUB, TAKEN};
use super::known::Known;
use super::marks::Marks;
use super::operand::{self, Pages};
use super::room::Room;
use super::store::Start;
use super::switch::{self, Leas, Switch, Unread};
use crate::decode::{Decoder, Flow, Instruction, Raw};
use crate::{Call, CallTarget, EdgeKind, Function, Hints, Image, JumpTable, StartSource};
use cognate_base::Budget;
use std::collections::{BTreeMap, BTreeSet};

/// What tracing may look at, and what it writes to.
pub struct Context<'a> {
    pub image: &'a Image,
    pub hints: &'a Hints,
    pub known: &'a Known,
    pub map: &'a mut CodeMap,
    pub starts: &'a BTreeMap<u64, Start>,
    pub no_return: &'a BTreeSet<u64>,
    /// Code addresses in operands.
    pub pointers: &'a mut Marks,
    /// Targets of jumps that leave the function for places not yet known as starts.
    pub jumps_out: &'a mut Marks,
    pub allowance: &'a mut Allowance,
    /// Numbers in instructions may be addresses: nothing moves the code, or relocations are not known.
    pub immediates: bool,
    /// Instructions of the function as it was traced before, which may meet each other.
    pub own: u64,
}

/// What all functions of a sample together may have of what grows faster than their code.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Instructions that belong to more than one function, each time they do.
    pub shared: u64,
    /// Entries of jump tables that are read.
    pub entries: u64,
}

/// Instructions that functions may share, for each byte of code. Where every function has a copy
/// of one tail, the copies grow with the square of the code; ordinary programs share less than a quarter
/// of an instruction a byte.
const SHARED_A_BYTE: u64 = 1;
/// Entries of jump tables, for each byte of code. Several switches may read one table: interpreters
/// repeat a table of hundreds of entries in as many places. Ordinary programs read one in ten bytes.
const ENTRIES_A_BYTE: u64 = 1;
/// What a sample may have of these however small it is.
const SHARED_ANYWAY: u64 = 1 << 16;
const ENTRIES_ANYWAY: u64 = 1 << 18;

impl Allowance {
    /// What so much code may have.
    pub fn of(code_bytes: u64) -> Self {
        Allowance {
            shared: code_bytes.saturating_mul(SHARED_A_BYTE).saturating_add(SHARED_ANYWAY),
            entries: code_bytes.saturating_mul(ENTRIES_A_BYTE).saturating_add(ENTRIES_ANYWAY),
        }
    }
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
    /// Jumps by tables that were not understood.
    pub unread_tables: u32,
    /// Direct call targets, each once, ascending.
    pub callees: Vec<u64>,
    /// Why it was not followed to its end, if it was not.
    pub cut: Option<Cut>,
}

/// Why a function was not followed to its end. Of several the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Tables of switches, more than the [`Allowance`] has entries.
    Tables,
    /// Code that other functions have, more than the [`Allowance`] has.
    Shared,
    /// After so many instructions.
    Length(u64),
    /// The budget of the stage ended.
    Budget,
}

impl Cut {
    /// Nothing more of the function is read.
    fn ends(self) -> bool {
        matches!(self, Cut::Length(_) | Cut::Budget)
    }
}

/// A straight line of instructions.
pub(super) struct Run {
    pub start: u64,
    pub end: u64,
    /// The address of the branch that led here.
    pub parent_at: u64,
    /// The run that the branch belongs to, or [`NO_PARENT`].
    pub parent: u32,
    /// Control goes on into the run that starts at `end`.
    pub falls: bool,
}

/// Nothing led to this run: the entry, or code that no way reached.
pub(super) const NO_PARENT: u32 = u32::MAX;

/// A place to go on from, with the run and the branch that led there.
type Work = (u64, u32, u64);

/// Longest function, in instructions; more is an error in tracing or a trap for us.
pub const MAX_INSTRUCTIONS: u64 = 1_000_000;

/// How many times the length of the stated extent the search for code that no way reached may go back:
/// what it finds may claim bytes amid others that were no code on their own, and what is left of those may be.
const MAX_REWOUND: usize = 8;

/// Instructions between two charges for the room that tracing itself takes.
const WEIGH_EVERY: u64 = 4096;

/// Follows the function at `entry`. Leaves the map's own flags clean.
pub fn trace(context: &mut Context<'_>, entry: u64, budget: &mut Budget) -> Traced {
    let mut tracer = Tracer::new(context, entry);
    tracer.follow(budget);
    if budget.exhausted().is_some() {
        tracer.cut(Cut::Budget);
    }
    budget.release(tracer.weight);
    tracer.finish()
}

/// Whether the second of two branches is always taken: the first, right before it, goes to the same place
/// wherever the second does not. What lies behind such a pair is there to be misread.
fn leaves_no_way_past(first: &Instruction, second: &Instruction) -> bool {
    first.next() == second.address
        && first.flow == second.flow
        && candidate::are_opposite(&first.raw, &second.raw)
}

struct Tracer<'a, 'b> {
    context: &'a mut Context<'b>,
    entry: u64,
    /// The stated extent, where the file states one.
    range: Option<(u64, u64)>,
    work: Vec<Work>,
    runs: Vec<Run>,
    /// The jump at hand looks like a tail call.
    leaving: bool,
    /// Jumps within the function: the instruction, its target, how.
    jumps: Vec<(u64, u64, EdgeKind)>,
    /// Branches and jumps end blocks: the address behind each.
    cuts: Vec<u64>,
    leas: Leas,
    calls: Vec<Call>,
    tables: Vec<JumpTable>,
    instructions: u64,
    returns: bool,
    stops: bool,
    open: bool,
    unread_tables: u32,
    /// Jumps that leave by their looks: the instruction, its target. And those of them that stay.
    doubtful: Vec<(u64, u64)>,
    inner: Vec<u64>,
    /// The last branch.
    branch: Option<Instruction>,
    cut: Option<Cut>,
    /// How far in the extent code was looked for that no way reached.
    searched: usize,
    /// The lowest place before that one that was claimed since.
    disturbed: usize,
    /// Bytes by which the search went back in all.
    rewound: usize,
    /// What was charged for the lists above.
    weight: u64,
}

impl<'a, 'b> Tracer<'a, 'b> {
    fn new(context: &'a mut Context<'b>, entry: u64) -> Self {
        let range = context.known.range_of(entry).filter(|range| range.0 == entry);
        let pads = &context.hints.landing_pads;
        let pads = pads.iter().skip(pads.partition_point(|pad| pad.0 < entry));
        let pads = pads.take_while(|pad| pad.0 == entry).filter(|pad| context.map.get(pad.1) & START == 0);
        let mut work: Vec<Work> = pads.map(|pad| (pad.1, NO_PARENT, 0)).collect();
        work.push((entry, NO_PARENT, 0));
        Tracer {
            context,
            entry,
            range,
            work,
            runs: Vec::new(),
            leaving: false,
            jumps: Vec::new(),
            cuts: Vec::new(),
            leas: Leas::default(),
            calls: Vec::new(),
            tables: Vec::new(),
            instructions: 0,
            returns: false,
            stops: false,
            open: false,
            unread_tables: 0,
            doubtful: Vec::new(),
            inner: Vec::new(),
            branch: None,
            cut: None,
            searched: 0,
            disturbed: usize::MAX,
            rewound: 0,
            weight: 0,
        }
    }

    fn follow(&mut self, budget: &mut Budget) {
        loop {
            while let Some((address, parent, at)) = self.work.pop() {
                self.run(address, parent, at, budget);
                if self.cut.is_some_and(Cut::ends) {
                    return;
                }
            }
            match self.hole(budget) {
                Some(address) => self.work.push((address, NO_PARENT, 0)),
                None => return self.keep_inner_jumps(),
            }
        }
    }

    /// A jump behind what takes down a stack frame, or to where functions begin, leaves by its looks; where its target was
    /// reached on another way it is a jump within. A caller that clears the stack after a call looks the same.
    fn keep_inner_jumps(&mut self) {
        for (at, target) in std::mem::take(&mut self.doubtful) {
            if self.context.map.get(target) & (CURRENT | START) == CURRENT {
                self.context.map.set(target, LEADER);
                self.add_edge(at, target, EdgeKind::Jump);
                self.inner.push(at);
            }
        }
        self.inner.sort_unstable();
        let inner = std::mem::take(&mut self.inner);
        self.calls.retain(|call| !call.tail || inner.binary_search(&call.at).is_err());
    }

    /// Leaves the function unfinished.
    fn cut(&mut self, cut: Cut) {
        self.open = true;
        self.cut = self.cut.max(Some(cut));
    }

    /// Decodes one run from `start`.
    fn run(&mut self, start: u64, parent: u32, parent_at: u64, budget: &mut Budget) {
        let flags = self.context.map.get(start);
        if flags & CURRENT != 0 {
            self.context.map.set(start, LEADER);
            return;
        }
        if flags & INNER != 0 || !self.context.map.is_code(start) {
            self.open = true; // overlapping instructions, or a jump out of the code
            return;
        }
        self.context.map.set(start, LEADER);
        let index = self.runs.len();
        self.runs.push(Run { start, end: start, parent_at, parent, falls: false });
        let image = self.context.image;
        let mut pages = Pages::default();
        let mut at = start;
        let mut ended = false;
        let mut leaving = false;
        for instruction in Decoder::control(image.arch_at(start), image.tail(start), start) {
            let flags = self.context.map.get(at);
            if at != start && self.meets(index, at, flags) || !self.may_go_on(flags, budget) {
                ended = true;
                break;
            }
            self.instructions += 1;
            self.claim(at, instruction.len);
            if let Some(address) = operand::address(&instruction, &mut pages, self.context.immediates) {
                self.note_address(&instruction.raw, at, address);
            }
            at = instruction.next();
            if let Some(run) = self.runs.get_mut(index) {
                run.end = at;
            }
            if let Flow::Jump(target) = instruction.flow {
                self.leaving = leaving || candidate::is_function_boundary(image, target);
            }
            leaving = candidate::restores_stack(&instruction.raw);
            if instruction.flow != Flow::Next && self.end_of_run(index, &instruction, budget) {
                ended = true;
                break;
            }
        }
        self.open |= !ended; // bytes that are no instruction, or none left
    }

    /// Whether there is budget, and allowance, for one instruction more.
    fn may_go_on(&mut self, flags: u8, budget: &mut Budget) -> bool {
        if self.instructions.is_multiple_of(WEIGH_EVERY) {
            self.weigh(budget);
        }
        if budget.spend(1).is_err() {
            self.cut(Cut::Budget);
            return false;
        }
        if self.instructions >= MAX_INSTRUCTIONS {
            self.cut(Cut::Length(self.instructions));
            return false;
        }
        if flags & TAKEN == 0 {
            return true;
        }
        if self.context.own > 0 {
            self.context.own -= 1;
        } else if self.context.allowance.shared > 0 {
            self.context.allowance.shared -= 1;
        } else {
            self.cut(Cut::Shared);
            return false;
        }
        true
    }

    /// Charges what the lists of this trace take, blocks and edges to come included.
    fn weigh(&mut self, budget: &mut Budget) {
        let sum = self.runs.len() * (size_of::<Run>() + blocks::WEIGHT_OF_RUN)
            + self.jumps.len() * size_of::<(u64, u64, EdgeKind)>()
            + self.cuts.len() * size_of::<u64>()
            + self.doubtful.len() * size_of::<(u64, u64)>()
            + self.work.len() * size_of::<Work>()
            + self.calls.len() * size_of::<Call>()
            + self.leas.weight();
        let more = (sum as u64).saturating_sub(self.weight);
        if budget.keep(more).is_ok() {
            self.weight += more;
        }
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
        self.disturb(at);
        let flags = self.context.map.tail_mut(at);
        if let Some((first, rest)) = flags.split_first_mut() {
            *first |= CURRENT | TAKEN;
            rest.iter_mut().take(usize::from(len) - 1).for_each(|byte| *byte |= INNER | TAKEN);
        }
    }

    /// Notes that bytes of the extent are no longer free.
    fn disturb(&mut self, at: u64) {
        if let Some(offset) = self.range.and_then(|range| at.checked_sub(range.0)) {
            self.disturbed = self.disturbed.min(usize::try_from(offset).unwrap_or(usize::MAX));
        }
    }

    fn note_address(&mut self, raw: &Raw, at: u64, address: u64) {
        if let Raw::X86(raw, _) = raw
            && raw.mnemonic() == iced_x86::Mnemonic::Lea
        {
            self.leas.push(at, raw.op0_register().full_register().number(), address);
        }
        if !self.in_extent(address) {
            self.context.pointers.insert(self.context.map, address);
        }
    }

    /// Handles an instruction that may divert control; true where it ends the run.
    fn end_of_run(&mut self, index: usize, instruction: &Instruction, budget: &mut Budget) -> bool {
        let (at, next) = (instruction.address, instruction.next());
        match instruction.flow {
            Flow::Next => false,
            Flow::Call(target) if target == next => false, // call $+5; pop
            Flow::Call(target) => self.call(at, next, target),
            Flow::IndirectCall => self.indirect_call(at, instruction),
            Flow::Branch(target) => {
                let before = self.branch.replace(*instruction);
                if before.is_some_and(|before| leaves_no_way_past(&before, instruction)) {
                    self.cuts.push(next);
                    self.jump(index, at, target);
                    return true;
                }
                self.jump(index, at, target);
                self.add_edge(at, next, EdgeKind::Fall);
                self.cuts.push(next);
                self.push_work(next, index, at);
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

    /// A jump or taken branch: within the function, or out of it.
    fn jump(&mut self, index: usize, at: u64, target: u64) {
        if self.is_within(at, target) {
            self.add_edge(at, target, EdgeKind::Jump);
            self.push_work(target, index, at);
            return;
        }
        if self.context.hints.imports.contains_key(&target) {
            self.calls.push(Call { at, target: CallTarget::Import(target), tail: true });
            return;
        }
        if self.leaving && target > self.entry {
            self.doubtful.push((at, target));
        }
        let owner = self.context.known.range_of(target).map_or(target, |range| range.0);
        self.calls.push(Call { at, target: CallTarget::Function(owner), tail: true });
        if self.context.map.get(target) & START == 0 {
            self.context.jumps_out.insert(self.context.map, target);
        }
    }

    fn is_within(&self, at: u64, target: u64) -> bool {
        if target == self.entry {
            return true;
        }
        let foreign = self.context.image.arch_at(target) != self.context.image.arch_at(at);
        if self.context.map.get(target) & START != 0 || !self.context.map.is_code(target) || foreign {
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
        let leaving = self.leaving && !self.context.known.is_listed(target);
        target > self.entry && !leaving && !self.has_start_in(low, high)
    }

    /// Whether another function starts in `low..high`.
    fn has_start_in(&self, low: u64, high: u64) -> bool {
        // of two starts at least one is another's
        low < high && self.context.starts.range(low..high).any(|(&start, _)| start != self.entry)
    }

    fn in_extent(&self, address: u64) -> bool {
        self.range.is_some_and(|range| (range.0..range.1).contains(&address))
            || self.context.known.chunk_of(address) == Some(self.entry)
    }

    fn push_work(&mut self, address: u64, run: usize, at: u64) {
        self.work.push((address, u32::try_from(run).unwrap_or(NO_PARENT), at));
    }

    fn add_edge(&mut self, at: u64, target: u64, kind: EdgeKind) {
        self.jumps.push((at, target, kind));
    }

    fn indirect_jump(&mut self, index: usize, at: u64, instruction: &Instruction, budget: &mut Budget) {
        if let Some(slot) = switch::import_slot(self.context.image, self.context.hints, instruction) {
            self.calls.push(Call { at, target: CallTarget::Import(slot), tail: true });
            return;
        }
        let mut entries = self.context.allowance.entries;
        let resolved = self.resolve(index, instruction, &mut entries, budget);
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
                    self.push_work(target, index, at);
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

    fn resolve(
        &self,
        index: usize,
        jump: &Instruction,
        entries: &mut u64,
        budget: &mut Budget,
    ) -> Result<Switch, Unread> {
        let question = switch::Question {
            image: self.context.image,
            hints: self.context.hints,
            map: self.context.map,
            runs: &self.runs,
            leas: &self.leas,
            run: index,
            jump,
            at: jump.address,
        };
        let within = |target: u64| {
            self.context.map.is_code(target)
                && if self.range.is_some() {
                    self.in_extent(target) || self.context.known.range_of(target).is_none()
                } else {
                    self.is_within(jump.address, target)
                }
        };
        switch::resolve(&question, &within, entries, budget)
    }

    /// Code inside the stated extent that no way reached: landing pads, cases of
    /// a switch we could not read.
    ///
    /// The search goes back no further than to where something changed, and not for ever, so that it
    /// takes time by the length of the extent and not by how much of it is found so.
    fn hole(&mut self, budget: &mut Budget) -> Option<u64> {
        let (start, end) = self.range?;
        let mut room = Room::new(self.context.image, self.context.map, start, end, CURRENT | INNER | DATA);
        let disturbed = std::mem::replace(&mut self.disturbed, usize::MAX);
        let mut at = self.searched;
        if disturbed < at {
            let allowed = room.len().saturating_mul(MAX_REWOUND).saturating_sub(self.rewound);
            let back = room.free_before(disturbed, allowed);
            let by = at - (disturbed - back);
            if by <= allowed {
                at -= by;
            }
            self.rewound += by.min(allowed);
        }
        let found = loop {
            at = room.skip_claimed(at, budget);
            if at >= room.len() || budget.exhausted().is_some() {
                break None;
            }
            let begin = at;
            at = room.padding(at, budget);
            if room.free(at, 1) > 0 && room.run_is_sound(at, budget) {
                self.searched = begin;
                break Some(room.address(at));
            }
            at = room.skip_free(at, budget);
            self.searched = at;
        };
        if room.bill(budget).is_err() {
            self.cut(Cut::Budget);
            return None;
        }
        found
    }

    fn finish(mut self) -> Traced {
        self.jumps.sort_unstable();
        self.cuts.sort_unstable();
        let blocks = blocks::cut(self.context.map, &self.runs, &self.cuts, &self.jumps);
        for run in &self.runs {
            let len = run.end.wrapping_sub(run.start);
            self.context.map.clear(run.start, len.max(1), CURRENT | INNER | LEADER);
        }
        let mut calls = self.calls;
        calls.sort_unstable();
        calls.dedup();
        calls.shrink_to_fit();
        let mut tables = self.tables;
        tables.sort_unstable_by_key(|table| table.at);
        tables.dedup();
        tables.shrink_to_fit();
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
        let thunk = blocks.len() == 1
            && blocks.first().is_some_and(|block| block.instructions <= 3)
            && calls.len() == 1
            && calls.first().is_some_and(|call| call.tail);
        let thunk = thunk || self.context.hints.thunks.contains(&self.entry);
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
            unread_tables: self.unread_tables,
            callees,
            cut: self.cut,
        }
    }
}
