//! Jumps: which stay within the function, and which leave it.

use super::{Tracer, Work};
use crate::recover::code_map::{CURRENT, LEADER, START};
use crate::recover::index::RunIndex;
use crate::recover::run::Jump;
use crate::{Call, CallTarget, EdgeKind};

impl Tracer<'_, '_> {
    /// A jump or taken branch: within the function, or out of it.
    pub(super) fn jump(&mut self, at: u64, target: u64) {
        if self.is_within(at, target) {
            self.add_edge(at, target, EdgeKind::Jump);
            self.push_work(target, at);
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

    /// Whether a jump from `at` to `target` stays in the function.
    pub(super) fn is_within(&self, at: u64, target: u64) -> bool {
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

    /// Whether the file states that an address belongs to the function.
    pub(super) fn in_extent(&self, address: u64) -> bool {
        self.range.is_some_and(|range| (range.0..range.1).contains(&address))
            || self.context.known.chunk_of(address) == Some(self.entry)
    }

    /// The run that is decoded.
    pub(super) fn run_at_hand(&self) -> Option<RunIndex> {
        RunIndex::behind(self.runs.len().checked_sub(1)?)
    }

    /// Notes a place to go on from, to which the branch at `at` leads.
    pub(super) fn push_work(&mut self, address: u64, at: u64) {
        self.work.push(Work { address, from: self.run_at_hand(), from_at: at });
    }

    /// Notes a way within the function.
    pub(super) fn add_edge(&mut self, at: u64, target: u64, kind: EdgeKind) {
        self.jumps.push(Jump { at, target, kind });
    }

    /// A jump behind what takes down a stack frame, or to where functions begin, leaves by its looks; where its target was
    /// reached on another way it is a jump within. A caller that clears the stack after a call looks the same.
    pub(super) fn keep_inner_jumps(&mut self) {
        let mut inner = Vec::new();
        for (at, target) in std::mem::take(&mut self.doubtful) {
            if self.context.map.get(target) & (CURRENT | START) == CURRENT {
                self.context.map.set(target, LEADER);
                self.add_edge(at, target, EdgeKind::Jump);
                inner.push(at);
            }
        }
        inner.sort_unstable();
        self.calls.retain(|call| !call.tail || inner.binary_search(&call.at).is_err());
    }
}
