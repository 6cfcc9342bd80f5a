//! What functions compute with their small callees traced in place ([`Unfolded`]).

use super::{Callees, Scratch, around::Around, rarity};
use crate::site::Site;
use cognate_binary::{CallTarget, Function, Image, Program};
use cognate_dataflow::Unfolded;
use std::collections::HashMap;

/// Instructions of a callee that is traced in place, at most, where others call it too.
const SMALL: u64 = 120;
/// The same where nobody else calls it: compilers inline those whatever their size.
const CALLED_ONCE: u64 = 1_000;
/// Features that are kept of a function, the rarest.
const MOST_KEPT: usize = 512;

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

/// The features of a function with its small callees in place, ascending; and the steps that took.
pub(crate) fn features(
    site: &Site<'_>,
    unfolded: &Unfolded,
    callees: &Callees,
    scratch: &mut Scratch,
) -> (Vec<u32>, u64) {
    let around = Around { site, callees };
    let trace = scratch.tracer.trace_unfolded(site.image, unfolded, &around);
    let steps = trace.steps;
    scratch.features.find(&around, trace);
    super::hash_found(scratch);
    let mut features: Vec<u32> = scratch.hashes.iter().map(|hash| (hash >> super::SHIFT) as u32).collect();
    features.sort_unstable();
    features.dedup();
    if features.len() > MOST_KEPT {
        features.sort_by_key(|&feature| (u32::MAX - rarity::hundredths(feature), feature));
        features.truncate(MOST_KEPT);
        features.sort_unstable();
    }
    features.shrink_to_fit();
    (features, steps)
}
