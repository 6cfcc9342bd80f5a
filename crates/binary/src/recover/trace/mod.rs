//! Follows one function from its entry: blocks, edges, calls.
//!
//! Code is decoded in *runs*: straight lines from an address that control
//! reaches to the instruction that ends it ([`control`] says which does, and where control goes).
//! What no way reached is found by [`hole`]; runs are cut into blocks at the [`finish`].

mod control;
mod finish;
mod hole;
mod jumps;

use super::allowance::Allowance;
use super::blocks;
use super::code_map::{CURRENT, CodeMap, DATA, INNER, LEADER, START, TAKEN};
use super::idiom;
use super::index::RunIndex;
use super::known::Known;
use super::marks::Marks;
use super::operand::{self, Pages};
use super::run::{Jump, Run};
use super::starts::Starts;
use super::switch::Leas;
use super::traced::{Cut, Traced};
use crate::decode::{Decoder, Flow, Instruction, Raw};
use crate::{Call, CallTarget, Hints, Image, JumpTable};
use cognate_base::Budget;
use hole::HoleSearch;
use std::collections::BTreeSet;

/// What tracing may look at, and what it writes to.
pub struct Context<'a> {
    pub image: &'a Image,
    pub hints: &'a Hints,
    pub known: &'a Known,
    pub map: &'a mut CodeMap,
    pub starts: &'a Starts,
    pub no_return: &'a BTreeSet<u64>,
    /// Code addresses in operands.
    pub pointers: &'a mut Marks,
    /// Targets of jumps that leave the function for places not yet known as starts.
    pub jumps_out: &'a mut Marks,
    pub allowance: &'a mut Allowance,
    /// Numbers in instructions may be addresses: nothing moves the code, or relocations are not known.
    pub immediates: bool,
    /// Instructions of the function as it was traced before, which may be met again.
    pub traced_before: u64,
}

/// A place to go on from, with the run and the branch that led there.
struct Work {
    address: u64,
    from: Option<RunIndex>,
    from_at: u64,
}

impl Work {
    /// A place that no branch leads to.
    fn of_nobody(address: u64) -> Work {
        Work { address, from: None, from_at: 0 }
    }
}

/// Longest function, in instructions; more is an error in tracing or a trap for us. Judgement.
pub const MAX_INSTRUCTIONS: u64 = 1_000_000;

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

/// A function as far as it was followed.
struct Tracer<'a, 'b> {
    context: &'a mut Context<'b>,
    entry: u64,
    /// The stated extent, where the file states one.
    range: Option<(u64, u64)>,
    work: Vec<Work>,
    runs: Vec<Run>,
    /// The jump at hand looks like a tail call.
    leaving: bool,
    /// Jumps within the function.
    jumps: Vec<Jump>,
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
    /// Jumps that leave by their looks: the instruction, its target.
    doubtful: Vec<(u64, u64)>,
    last_branch: Option<Instruction>,
    cut: Option<Cut>,
    search: HoleSearch,
    /// What was charged for the lists above.
    weight: u64,
}

impl<'a, 'b> Tracer<'a, 'b> {
    fn new(context: &'a mut Context<'b>, entry: u64) -> Self {
        let range = context.known.range_of(entry).filter(|range| range.0 == entry);
        let pads = &context.hints.landing_pads;
        let pads = pads.iter().skip(pads.partition_point(|pad| pad.0 < entry));
        let pads = pads.take_while(|pad| pad.0 == entry).filter(|pad| context.map.get(pad.1) & START == 0);
        let mut work: Vec<Work> = pads.map(|pad| Work::of_nobody(pad.1)).collect();
        work.push(Work::of_nobody(entry));
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
            last_branch: None,
            cut: None,
            search: HoleSearch::default(),
            weight: 0,
        }
    }

    /// Decodes from place to place until none is left.
    fn follow(&mut self, budget: &mut Budget) {
        loop {
            while let Some(work) = self.work.pop() {
                self.run(work, budget);
                if self.cut.is_some_and(Cut::ends) {
                    return;
                }
            }
            match self.hole(budget) {
                Some(address) => self.work.push(Work::of_nobody(address)),
                None => return self.keep_inner_jumps(),
            }
        }
    }

    /// Leaves the function unfinished.
    fn cut(&mut self, cut: Cut) {
        self.open = true;
        self.cut = self.cut.max(Some(cut));
    }

    /// Decodes one run.
    fn run(&mut self, work: Work, budget: &mut Budget) {
        let Work { address: start, from: parent, from_at: parent_at } = work;
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
        self.runs.push(Run { start, end: start, parent_at, parent, falls: false });
        let ended = self.decode(start, budget);
        self.open |= !ended; // bytes that are no instruction, or none left
    }

    /// Decodes instructions up to the end of the run at hand; false where there are none any more.
    fn decode(&mut self, start: u64, budget: &mut Budget) -> bool {
        let image = self.context.image;
        let mut pages = Pages::default();
        let mut at = start;
        // what is decoded lies in the area of the start
        let Some((area, offset)) = self.context.map.index(start) else { return false };
        let mut restored = false;
        let mut decoder = Decoder::control(image.arch_at(start), image.tail(start), start);
        let mut instruction = Instruction::default();
        while decoder.read(&mut instruction) {
            let place = (area, offset + (at - start) as usize);
            let flags = self.context.map.get_at(place);
            if at != start && self.meets(at, flags) || !self.may_go_on(flags, budget) {
                return true;
            }
            self.instructions += 1;
            self.claim(at, place, instruction.len);
            if let Some(address) = operand::address(&instruction, &mut pages, self.context.immediates) {
                self.note_address(&instruction.raw, at, address);
            }
            at = instruction.next();
            if let Some(run) = self.runs.last_mut() {
                run.end = at;
            }
            if let Flow::Jump(target) = instruction.flow {
                self.leaving = restored || idiom::is_function_boundary(image, target);
            }
            restored = idiom::restores_stack(&instruction.raw);
            if instruction.flow != Flow::Next && self.end_of_run(&instruction, budget) {
                return true;
            }
        }
        false
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
        if self.context.traced_before > 0 {
            self.context.traced_before -= 1;
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
            + self.jumps.len() * size_of::<Jump>()
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

    /// Whether the run at hand ends at `at` because something is there already.
    fn meets(&mut self, at: u64, flags: u8) -> bool {
        if flags & CURRENT != 0 {
            self.context.map.set(at, LEADER);
            if let Some(run) = self.runs.last_mut() {
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
                let from = self.runs.last().map_or(at, |run| run.end.wrapping_sub(1));
                self.calls.push(Call { at: from, target: CallTarget::Function(at), tail: true });
            } else {
                self.open = true;
            }
            return true;
        }
        false
    }

    /// Takes the bytes of an instruction for this function.
    fn claim(&mut self, at: u64, place: (usize, usize), len: u8) {
        self.disturb(at);
        let flags = self.context.map.tail_mut_at(place);
        if let Some((first, rest)) = flags.split_first_mut() {
            *first |= CURRENT | TAKEN;
            rest.iter_mut().take(usize::from(len) - 1).for_each(|byte| *byte |= INNER | TAKEN);
        }
    }

    /// Notes an address that an instruction names: a table, or code to be looked at.
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
}
