//! Traces a function: from its instructions to expressions of what it does.
//!
//! [`Tracer::trace`] goes over the blocks once, in an order in which a block
//! comes after those that lead to it (loops apart; `ways.rs`), and runs the lifter on a
//! machine whose values are nodes of a [`Graph`](crate::Graph) (`run.rs`, `memory.rs`). Registers and slots of
//! the stack frame are variables alike, so that what one compiler keeps on the stack
//! and another in a register is the same; where ways meet, a variable is looked
//! up on each of them (`variables.rs`; Braun et al., *Simple and Efficient Construction of Static
//! Single Assignment Form*, 2013) and becomes a phi where they differ. Calls take arguments
//! and leave results by a convention (`calls.rs`, `convention.rs`). Loops are
//! closed at the end, then `settle.rs` resolves the phis.
//!
//! What the function makes large is bounded: instructions, expressions, values known at the ends of
//! blocks, steps of looking up. At the first bound the tracing ends as a whole, and
//! [`Trace::cut`] says which it was.
//!
//! What is simplified, and known to be: memory outside the frame has no history
//! (two loads of one address are one value); overlapping slots are not merged;
//! a call may change only those slots of which it was given the address.

mod calls;
mod convention;
mod halves;
mod inside;
mod memory;
mod rows;
mod run;
mod variables;
mod ways;

use crate::kept::{KEPT, empty};
use crate::settle::settle;
use crate::surroundings::Surroundings;
use crate::trace::Trace;
use crate::unfolded::{Part, Unfolded};
use cognate_base::TypedIndex;
use cognate_binary::{Function, Image};
use rows::Rows;
pub use run::MOST_INSTRUCTIONS;
use run::Run;
use std::collections::HashMap;
use variables::Open;
use ways::{BlockId, Rank, Ways};

/// Traces functions, keeping its memory from one to the next, unless it was an outlier's.
#[derive(Debug, Default)]
pub struct Tracer {
    trace: Trace,
    /// How control goes.
    ways: Ways,
    /// For each block that was traced what its variables hold at its end, as far as known.
    rows: Rows,
    /// Blocks that were traced: those of lower rank.
    done: Rank,
    /// The slots of the frame by their offsets, numbered as they were met, and the offsets by number.
    slots: HashMap<i64, usize>,
    offsets: Vec<i64>,
    /// Phis whose ways are not known yet.
    open: Vec<Open>,
    /// Blocks that look-ups under way have passed.
    passed: Vec<Rank>,
}

impl Tracer {
    /// Traces a function of an image.
    pub fn trace(&mut self, image: &Image, function: &Function, around: &dyn Surroundings) -> &Trace {
        let entry = function.blocks.binary_search_by_key(&function.address, |block| block.address);
        self.run(image, (function, entry.ok().map(BlockId::of), &[]), around)
    }

    /// Traces a function of an image with its small callees in place.
    pub fn trace_unfolded(
        &mut self,
        image: &Image,
        unfolded: &Unfolded,
        around: &dyn Surroundings,
    ) -> &Trace {
        let Unfolded { function, entry, parts, .. } = unfolded;
        self.run(image, (function, Some(BlockId(*entry)), parts), around)
    }

    fn run(
        &mut self,
        image: &Image,
        (function, entry, parts): (&Function, Option<BlockId>, &[Part]),
        around: &dyn Surroundings,
    ) -> &Trace {
        self.clear();
        let mut run = Run::new(self, image, (function, parts), around);
        run.blocks(entry);
        run.close();
        let (most_nodes, steps) = (run.most_nodes, run.steps);
        self.trace.steps = steps as u64;
        settle(&mut self.trace, around, 2 * most_nodes);
        &self.trace
    }

    fn clear(&mut self) {
        self.trace.clear();
        self.rows.clear();
        self.done = Rank::default();
        self.slots.clear();
        self.offsets.clear();
        empty(&mut self.open, KEPT);
        empty(&mut self.passed, KEPT);
    }
}
