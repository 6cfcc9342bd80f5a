//! What functions compute with their small callees traced in place ([`Unfolded`]).

use super::around::Around;
use super::features::What;
use super::{COPIES, Callees, SHIFT, Scratch, rarity};
use crate::MAX_UNFOLDED;
use crate::site::Site;
use cognate_base::combine;
use cognate_binary::{CallTarget, Function, Image, Program};
use cognate_dataflow::{Trace, Unfolded};
use std::collections::HashMap;

/// Instructions of a callee that is traced in place, at most, where others call it too.
const SMALL: u64 = 120;
/// The same where nobody else calls it: compilers inline those whatever their size.
const CALLED_ONCE: u64 = 1_000;

/// The functions of a program that are traced in place.
pub struct Small<'a> {
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
    pub(crate) fn unfold(&self, image: &Image, function: &Function, callees: &Callees) -> Option<Unfolded> {
        Unfolded::new(image, function, |address| {
            let callee = self.program.functions.get(self.program.index_of(address)?)?;
            let most = if self.calls.get(&address) == Some(&1) { CALLED_ONCE } else { SMALL };
            let puts_counter = callees.of(address).program_counter.is_some();
            (callee.instructions() <= most && !puts_counter).then_some(callee)
        })
    }
}

/// The features of a function with its small callees in place, ascending, each with the address of the instruction that
/// makes it; and the steps that took.
pub(crate) fn features(
    site: &Site<'_>,
    unfolded: &Unfolded,
    callees: &Callees,
    scratch: &mut Scratch,
) -> (Vec<(u32, u64)>, u64) {
    let around = Around { site, callees };
    let trace = scratch.tracer.trace_unfolded(site.image, unfolded, &around);
    scratch.features.find(&around, trace);
    let mut copies: HashMap<u64, u64> = HashMap::new();
    let found = scratch.features.found.iter().filter_map(|feature| {
        let copy = copies.entry(feature.hash).or_default();
        let hash = combine(feature.hash, *copy);
        *copy += 1;
        (*copy <= COPIES).then(|| ((hash >> SHIFT) as u32, made_at(trace, feature.what)))
    });
    let mut found: Vec<(u32, u64)> = found.collect();
    found.sort_unstable();
    found.dedup_by_key(|(feature, _)| *feature);
    if found.len() > MAX_UNFOLDED {
        found.sort_by_key(|&(feature, _)| (u32::MAX - rarity::hundredths(feature), feature));
        found.truncate(MAX_UNFOLDED);
        found.sort_unstable();
    }
    (found, trace.steps)
}

/// The address of the instruction that makes a feature.
fn made_at(trace: &Trace, what: What) -> u64 {
    match what {
        What::Node(node) => trace.addresses[trace.graph.node(node).made_by],
        What::Effect(at) => trace.effects.get(at as usize).map_or(0, |placed| placed.at),
    }
}
