//! From what was followed to a function.

use super::Tracer;
use crate::recover::blocks;
use crate::recover::code_map::{CURRENT, INNER, LEADER};
use crate::recover::traced::Traced;
use crate::{Block, Call, Function, StartSource};

/// Instructions of a function that does nothing but jump to another: the jump, what loads its target, a mark of
/// where indirect jumps may land.
const MAX_THUNK: u32 = 3;

/// Whether a function is a single jump to another.
fn is_thunk(blocks: &[Block], calls: &[Call]) -> bool {
    match (blocks, calls) {
        ([block], [call]) => block.instructions <= MAX_THUNK && call.tail,
        _ => false,
    }
}

impl Tracer<'_, '_> {
    /// Cuts the runs into blocks, and leaves the map as it was found but for what is taken.
    pub(super) fn finish(mut self) -> Traced {
        self.jumps.sort_unstable();
        self.cuts.sort_unstable();
        let blocks = blocks::cut(self.context.map, &self.runs, &self.cuts, &self.jumps);
        for run in &self.runs {
            let len = run.end.wrapping_sub(run.start);
            self.context.map.clear(run.start, len.max(1), CURRENT | INNER | LEADER);
        }
        let (mut calls, mut tables) = (self.calls, self.tables);
        calls.sort_unstable();
        calls.dedup();
        calls.shrink_to_fit();
        tables.sort_unstable_by_key(|table| table.at);
        tables.dedup();
        tables.shrink_to_fit();
        let thunk = is_thunk(&blocks, &calls) || self.context.hints.thunks.contains(&self.entry);
        let (address, source) = (self.entry, StartSource::Gap);
        Traced {
            function: Function { address, source, blocks, calls, tables, no_return: false, thunk },
            returns: self.returns,
            stops: self.stops,
            open: self.open,
            unread_tables: self.unread_tables,
            cut: self.cut,
        }
    }
}
