//! What a function computes: from its instructions to [`Flow`].
//!
//! The function is traced (`cognate_dataflow`), its trace hashed to features
//! (`features.rs`), and of these the rarest kept (`rarity.rs`).

mod around;
mod choices;
mod expressions;
mod features;
mod rarity;
mod unfolded;

use crate::bounded::shrink;
use crate::counted::count_copies;
use crate::site::Site;
use crate::{FLOW_ASKED, Flow, MAX_FLOW};
use around::Around;
pub(crate) use around::Callees;
use cognate_dataflow::{Cut, Tracer};
pub use expressions::Expression;
pub(crate) use expressions::expressions;
use features::Features;
pub use rarity::{flow_of_rank, flow_rank, flow_weight};
pub(crate) use unfolded::{Made, Small, in_place};

/// Copies of a feature in one function that count (other counts changed nothing beyond chance: `docs/recompiled-code.md`).
const COPIES: u64 = 3;
/// Features are kept by their upper 24 bits.
const SHIFT: u32 = 40;

/// Memory that is used again from function to function.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    tracer: Tracer,
    features: Features,
    hashes: Vec<u64>,
    spare: Vec<u64>,
    ranked: Vec<u128>,
}

/// Entries of a list that are kept from function to function; what a larger one needed is given back.
const KEPT: usize = 1 << 16;

/// The data flow of the function that is read.
pub(crate) struct Found {
    /// What is kept of it.
    pub flow: Flow,
    /// If it was cut, by what, and how many instructions were followed.
    pub cut: Option<(Cut, u64)>,
    /// Steps of looking up what variables hold.
    pub steps: u64,
}

/// Finds the data flow of the function that is read.
pub(crate) fn flow(site: &Site<'_>, callees: &Callees, scratch: &mut Scratch) -> Found {
    let (cut, steps) = hashes(site, callees, scratch);
    let ranked = &mut scratch.ranked;
    ranked.clear();
    let mut all = 0u64;
    // in hundredths of a bit, the rarest first, then by hash: both sides of a comparison keep the same
    ranked.extend(scratch.hashes.iter().map(|&hash| {
        let rarity = rarity::hundredths((hash >> SHIFT) as u32);
        all += u64::from(rarity);
        u128::from(u32::MAX - rarity) << 64 | u128::from(hash)
    }));
    if ranked.len() > MAX_FLOW {
        ranked.select_nth_unstable(MAX_FLOW);
        ranked.truncate(MAX_FLOW);
    }
    ranked.sort_unstable();
    let keys = ranked.iter().take(FLOW_ASKED).map(|&ranked| ranked as u64).collect();
    let mut features: Vec<u32> = ranked.iter().map(|&ranked| (ranked as u64 >> SHIFT) as u32).collect();
    features.sort_unstable();
    features.dedup();
    features.shrink_to_fit();
    shrink(ranked, KEPT);
    shrink(&mut scratch.hashes, KEPT);
    shrink(&mut scratch.spare, KEPT);
    let flow = Flow { features, keys, bits: u16::try_from(all / 100).unwrap_or(u16::MAX) };
    Found { flow, cut, steps }
}

/// The features as hashes, each once: a copy is a feature of its own. Says what cut the trace, and its steps.
fn hashes(site: &Site<'_>, callees: &Callees, scratch: &mut Scratch) -> (Option<(Cut, u64)>, u64) {
    let around = Around { site, callees };
    let trace = scratch.tracer.trace(site.image, site.function, &around);
    let cut = trace.cut.map(|cut| (cut, u64::from(trace.lifted.1)));
    let steps = trace.steps;
    scratch.features.find(&around, trace);
    let hashes = &mut scratch.hashes;
    hashes.clear();
    hashes.extend(scratch.features.found.iter().map(|feature| feature.hash));
    count_copies(hashes, COPIES, &mut scratch.spare);
    (cut, steps)
}

/// All features of a function, uncut: for the learning of their rarity.
pub(crate) fn all(site: &Site<'_>, callees: &Callees, scratch: &mut Scratch) -> Vec<u32> {
    hashes(site, callees, scratch);
    scratch.hashes.sort_unstable();
    scratch.hashes.iter().map(|hash| (hash >> SHIFT) as u32).collect()
}
