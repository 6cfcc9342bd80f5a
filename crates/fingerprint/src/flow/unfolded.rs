//! What functions compute with their small callees traced in place ([`Unfolded`]).

use super::around::Around;
use super::features::What;
use super::{COPIES, Callees, SHIFT, Scratch, rarity};
use crate::MAX_IN_PLACE;
use crate::site::Site;
use cognate_base::combine;
use cognate_binary::{CallTarget, Program};
use cognate_dataflow::{Trace, Unfolded};
use std::collections::HashMap;

/// Instructions of a callee that is traced in place, at most, where others call it too.
const SMALL: u64 = 120;
/// The same where nobody else calls it: compilers inline those whatever their size.
const CALLED_ONCE: u64 = 1_000;

/// The functions of a program that are traced in place.
pub(crate) struct Small<'a> {
    program: &'a Program,
    /// How many calls there are of each.
    calls: HashMap<u64, u32>,
}

impl<'a> Small<'a> {
    /// Counts the calls of each function.
    pub(crate) fn of(program: &'a Program) -> Self {
        let mut calls = HashMap::new();
        for call in program.functions.iter().flat_map(|function| &function.calls) {
            if let CallTarget::Function(to) = call.target {
                *calls.entry(to).or_default() += 1;
            }
        }
        Small { program, calls }
    }

    /// A function with its small callees in place; `None` where it has none.
    pub(crate) fn unfold(&self, site: &Site<'_>, callees: &Callees) -> Option<Unfolded> {
        Unfolded::new(site.image, site.function, |address| {
            let callee = self.program.functions.get(self.program.index_of(address)?)?;
            let most = if self.calls.get(&address) == Some(&1) { CALLED_ONCE } else { SMALL };
            let puts_counter = callees.of(address).program_counter.is_some();
            (callee.instructions() <= most && !puts_counter).then_some(callee)
        })
    }
}

/// A feature that a callee makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Made {
    pub feature: u32,
    /// The entry of the callee.
    pub callee: u64,
}

/// What callees in place do that is not among the features that are `known`, ascending, the rarest of it; and the
/// steps that took.
pub(crate) fn in_place(
    site: &Site<'_>,
    (unfolded, known): (&Unfolded, &[u32]),
    callees: &Callees,
    scratch: &mut Scratch,
) -> (Vec<Made>, u64) {
    let around = Around { site, callees };
    let trace = scratch.tracer.trace_unfolded(site.image, unfolded, &around);
    scratch.features.find(&around, trace);
    let mut copies: HashMap<u64, u64> = HashMap::new();
    let mut made: Vec<Made> = Vec::new();
    for found in &scratch.features.found {
        let copy = copies.entry(found.hash).or_default();
        let feature = (combine(found.hash, *copy) >> SHIFT) as u32;
        *copy += 1;
        let callee = unfolded.function_at(made_at(trace, found.what));
        if *copy <= COPIES && callee != site.function.address && known.binary_search(&feature).is_err() {
            made.push(Made { feature, callee });
        }
    }
    made.sort_unstable();
    made.dedup_by_key(|made| made.feature);
    if made.len() > MAX_IN_PLACE {
        made.sort_by_key(|made| (u32::MAX - rarity::hundredths(made.feature), made.feature));
        made.truncate(MAX_IN_PLACE);
        made.sort_unstable();
    }
    (made, trace.steps)
}

/// The address of the instruction that makes a feature.
fn made_at(trace: &Trace, what: What) -> u64 {
    match what {
        What::Node(node) => trace.addresses[trace.graph.node(node).made_by],
        What::Effect(at) => trace.effects.get(at as usize).map_or(0, |placed| placed.at),
    }
}
