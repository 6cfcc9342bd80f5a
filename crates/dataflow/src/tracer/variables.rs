//! What a variable holds: looked up in the blocks before, on every way that leads here.
//!
//! While blocks are traced a look-up goes back along finished blocks. Where ways meet it asks on each and
//! makes a phi if they differ, or if one of them comes from a block that is not finished (a loop). Such phis
//! are *open*; [`Run::close`] finds their ways once every block has been traced.

use super::rows::Variable;
use super::run::{MOST_STEPS_IN_ALL, Run};
use super::ways::Rank;
use crate::graph::{Kind, NodeId};
use crate::machine::{Reg, Width};
use crate::trace::Cut;

/// Blocks a look-up goes back at once, and four times as many along a single way; behind them a phi stands (judgement:
/// this bounds the stack, as a look-up calls itself where ways meet).
const MOST_STEPS: u32 = 64;
/// Ways into phis that are looked up in all once the blocks are traced (judgement).
const MOST_WAYS: usize = 1_000_000;

/// A phi whose ways are not known yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    phi: NodeId,
    /// The block at whose top it stands.
    block: Rank,
    /// The variable that it is there.
    variable: Variable,
}

impl Run<'_> {
    /// What a variable holds now, in the block that is traced.
    pub(super) fn look_up(&mut self, variable: Variable) -> NodeId {
        self.at_end(self.block, variable, 0)
    }

    /// What a variable holds at the end of a block, as far as it has been traced.
    #[inline]
    fn at_end(&mut self, block: Rank, variable: Variable, steps: u32) -> NodeId {
        if let Some(value) = self.known(block, variable) {
            return value;
        }
        let value = self.look_back(block, variable, steps);
        self.note(block, variable, value);
        value
    }

    /// What a variable holds at the top of a block.
    ///
    /// It goes on through [`Run::join`] where ways meet, and so on to [`MOST_STEPS`]. Each block is
    /// looked at once for a variable, as what was found is noted; where that cannot be, it ends at once.
    // apart from what mostly is known at once
    #[inline(never)]
    fn look_back(&mut self, block: Rank, variable: Variable, mut steps: u32) -> NodeId {
        if self.tracer.rows.is_full() {
            return self.open_phi(block, variable);
        }
        let first = self.tracer.passed.len();
        let mut here = block;
        let value = loop {
            steps += 1;
            self.steps += 1;
            match *self.tracer.ways.sources(here) {
                [] => break self.initial(variable),
                [before] if !self.tracer.ways.is_entry(here) => {
                    if let Some(value) = self.known(before, variable) {
                        break value;
                    }
                    if !self.is_done(before) {
                        break self.open_phi(here, variable);
                    }
                    self.tracer.passed.push(before);
                    here = before;
                    if steps > 4 * MOST_STEPS {
                        break self.open_phi(here, variable);
                    }
                }
                _ => break self.join(here, variable, steps),
            }
        };
        for number in first..self.tracer.passed.len() {
            let Some(&block) = self.tracer.passed.get(number) else { break };
            self.note(block, variable, value);
        }
        self.tracer.passed.truncate(first);
        value
    }

    /// What a variable holds where ways meet: the one value that all of them bring, or a phi.
    fn join(&mut self, block: Rank, variable: Variable, steps: u32) -> NodeId {
        let ways = &self.tracer.ways;
        let sources = ways.sources(block);
        let count = sources.len();
        self.steps += count;
        if steps > MOST_STEPS || self.steps >= MOST_STEPS_IN_ALL {
            return self.open_phi(block, variable);
        }
        let all_done = sources.iter().all(|&before| self.is_done(before));
        // a way back from a block that comes later, or from this one
        let is_loop = sources.iter().any(|&before| before >= block);
        // In a loop the search comes back here: what it finds then is this phi, which stands until it is known
        // what it is. Only a loop that is traced whole can be searched so.
        let placed = (all_done && is_loop).then(|| self.place_phi(block, variable));
        let mut first = self.tracer.ways.is_entry(block).then(|| self.initial(variable));
        let mut differ = false;
        for number in 0..count {
            let Some(&before) = self.tracer.ways.sources(block).get(number) else { break };
            if differ || !self.is_done(before) {
                continue;
            }
            let value = self.at_end(before, variable, steps + 1);
            match first {
                None => first = Some(value),
                // a way round the loop that brings the phi itself brings nothing new
                Some(first) => differ |= first != value && Some(value) != placed,
            }
        }
        let is_frame = first.is_some_and(|first| self.frame_offset(first).is_some());
        let is_stack = variable == Variable::of_register(self.convention.stack);
        // What is not traced yet is taken to agree for addresses of the frame: frame pointers do not move in loops.
        // The stack pointer is the same on every way, even where it seems to differ (calls that clear their arguments).
        let agree = !differ && (all_done || is_frame) || is_stack && is_frame;
        match first {
            Some(first) if agree && Some(first) != placed => {
                if let Some(placed) = placed {
                    self.graph().set_ways(placed, &[first]);
                    self.note(block, variable, first);
                }
                first
            }
            _ => match placed {
                Some(phi) => {
                    self.tracer.open.push(Open { phi, block, variable });
                    phi
                }
                None => self.open_phi(block, variable),
            },
        }
    }

    /// A new phi whose ways are found at the end.
    fn open_phi(&mut self, block: Rank, variable: Variable) -> NodeId {
        let width = self.width(variable);
        let phi = self.graph().phi(width);
        self.tracer.open.push(Open { phi, block, variable });
        phi
    }

    /// A new phi that stands until it is known what it is.
    fn place_phi(&mut self, block: Rank, variable: Variable) -> NodeId {
        let width = self.width(variable);
        let phi = self.graph().phi(width);
        self.note(block, variable, phi);
        phi
    }

    fn width(&self, variable: Variable) -> Width {
        if (32..64).contains(&variable.0) { 128 } else { self.convention.pointer }
    }

    fn is_done(&self, block: Rank) -> bool {
        block < self.tracer.done
    }

    /// What a variable holds when the function is entered.
    pub(super) fn initial(&mut self, variable: Variable) -> NodeId {
        let (pointer, width) = (self.convention.pointer, self.width(variable));
        let leaf = match variable.register() {
            None => self.initial_slot(variable),
            Some(register) if register == self.convention.stack => (Kind::Frame, pointer, 0),
            Some(register) => self.initial_register(register, width),
        };
        self.graph().leaf(leaf.0, leaf.1, leaf.2)
    }

    /// Above the return address lie the arguments, numbered from 64 on.
    fn initial_slot(&self, variable: Variable) -> (Kind, Width, u64) {
        let (pointer, bytes) = (self.convention.pointer, self.convention.pointer_bytes());
        let offset = variable.slot().and_then(|slot| self.tracer.offsets.get(slot)).copied();
        debug_assert!(offset.is_some(), "{variable:?} was given for an offset");
        let offset = offset.unwrap_or_default();
        let first = self.convention.return_address;
        if offset < first {
            return (Kind::Local, pointer, offset as u64);
        }
        (Kind::Argument, pointer, 64 + (offset.wrapping_sub(first) / bytes.max(1)) as u64)
    }

    fn initial_register(&self, register: Reg, width: Width) -> (Kind, Width, u64) {
        if let Some(number) = self.convention.arguments.iter().position(|&argument| argument == register.0) {
            return (Kind::Argument, width, number as u64);
        }
        let floats = Reg::vector(0).0..Reg::vector(0).0 + self.convention.float_arguments;
        let kind = if floats.contains(&register.0) { Kind::Argument } else { Kind::Entry };
        (kind, width, u64::from(register.0))
    }

    /// Looks up what open phis stand for, now that every block has been traced.
    ///
    /// What comes from a block that was not, as the tracing ended before, is not known.
    pub(super) fn close(&mut self) {
        let (mut next, mut ways, mut values) = (0, 0, Vec::new());
        while let Some(&Open { phi, block, variable }) = self.tracer.open.get(next) {
            next += 1;
            if self.closing_ends(ways) {
                break;
            }
            let count = self.tracer.ways.sources(block).len();
            values.clear();
            if self.tracer.ways.is_entry(block) {
                values.push(self.initial(variable));
            }
            for number in 0..count {
                let Some(&before) = self.tracer.ways.sources(block).get(number) else { break };
                values.push(self.at_end_closed(before, variable));
            }
            self.graph().set_ways(phi, &values);
            ways += count + 1;
        }
    }

    /// Whether a bound on the looking up is reached, so many ways into it; the trace says which.
    fn closing_ends(&mut self, ways: usize) -> bool {
        let trace = &mut self.tracer.trace;
        let cut = if trace.graph.len() >= self.most_nodes {
            Cut::Expressions
        } else if self.tracer.rows.is_full() {
            Cut::Values
        } else if ways >= MOST_WAYS {
            Cut::Ways
        } else {
            return false;
        };
        trace.end_by(cut);
        true
    }

    fn at_end_closed(&mut self, block: Rank, variable: Variable) -> NodeId {
        if let Some(value) = self.known(block, variable) {
            return value;
        }
        if !self.is_done(block) {
            return self.not_traced();
        }
        let value = self.look_back_closed(block, variable);
        self.note(block, variable, value);
        value
    }

    /// What a variable holds that comes from a block that was not traced.
    fn not_traced(&mut self) -> NodeId {
        let pointer = self.convention.pointer;
        self.graph().leaf(Kind::Unknown, pointer, u64::MAX)
    }

    /// As [`Run::look_back`], but every join is an open phi, so that nothing goes round in circles.
    fn look_back_closed(&mut self, block: Rank, variable: Variable) -> NodeId {
        let first = self.tracer.passed.len();
        self.tracer.passed.push(block);
        let mut here = block;
        let value = loop {
            match *self.tracer.ways.sources(here) {
                [] => break self.initial(variable),
                [before] if !self.tracer.ways.is_entry(here) => {
                    if let Some(value) = self.known(before, variable) {
                        break value;
                    }
                    if !self.is_done(before) {
                        break self.not_traced();
                    }
                    // longer than the function: a circle of single ways
                    if self.tracer.passed.len() - first > self.function.blocks.len() {
                        break self.open_phi(here, variable);
                    }
                    self.tracer.passed.push(before);
                    here = before;
                }
                _ => break self.open_phi(here, variable),
            }
        };
        for number in first..self.tracer.passed.len() {
            let Some(&block) = self.tracer.passed.get(number) else { break };
            if self.known(block, variable).is_none() {
                self.note(block, variable, value);
            }
        }
        self.tracer.passed.truncate(first);
        value
    }
}
