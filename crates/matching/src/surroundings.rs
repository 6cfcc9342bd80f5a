//! What stands around a function in the call graph of its sample.
//!
//! Two things: sketches of what its callees and its callers are about, which can be compared
//! between samples whose functions are not matched yet; and what the function would say beside
//! its own were its callees inlined into it (*folded in*): the other side's compiler may have done so.

use crate::lists::{Found, side_by_side};
use crate::program::no_fingerprint;
use cognate_base::combine;
use cognate_fingerprint::{Fingerprint, flow_weight};

/// Anchors and features kept of all callees, or all callers, together.
const MOST_KEPT: usize = 256;
/// Callers that are looked at: what everything calls is known by nobody who calls it.
const MOST_CALLERS: usize = 16;
/// Callees that are looked at.
const MOST_CALLEES: usize = 64;
/// What an anchor counts, in bits. Judgement.
const ANCHOR_BITS: f32 = 12.0;
/// Keeps data-flow features and anchors apart.
const FLOW: u64 = 0x666c_6f77;
/// Calls deep that callees are folded in.
const FOLD_DEPTH: usize = 3;
/// Instructions of a callee that is folded in, at most, where others call it too.
const FOLDED_INSTRUCTIONS: u16 = 120;
/// The same where nobody else calls it: compilers inline those whatever their size.
const FOLDED_ALONE: u16 = 1000;
/// Callees that are folded in, at most.
const MOST_FOLDED: usize = 48;
/// Features of all of them together.
const FOLDED_FEATURES: usize = 1024;

/// What stands around one function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// What its callees are about.
    pub callees: Things,
    /// What its callers are about.
    pub callers: Things,
    /// What its callees would add to it.
    pub folded: Folded,
}

/// What callees would add to the function that calls them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folded {
    /// Their data-flow features, ascending.
    pub features: Vec<u32>,
    /// The hashes of their anchors, ascending.
    pub anchors: Vec<u64>,
    /// Their instructions.
    pub instructions: u32,
}

/// Things and features kept of all functions of a sample: of those behind it, it is not known what stands around them.
const MOST_AROUND: usize = 6 << 20;

/// What stands around each function of a sample, given with its callees as numbers of functions.
pub fn surroundings(functions: &[(&Fingerprint, &[u32])]) -> Vec<Surroundings> {
    let graph = CallGraph::new(functions);
    let mut left = MOST_AROUND;
    let around = |function| {
        let around = if left == 0 { Surroundings::default() } else { graph.around(function) };
        left = left.saturating_sub(around.size());
        around
    };
    (0u32..).take(functions.len()).map(around).collect()
}

impl Surroundings {
    /// Things kept of it.
    fn size(&self) -> usize {
        2 * (self.callees.things.len() + self.callers.things.len() + self.folded.anchors.len())
            + self.folded.features.len()
    }
}

/// The call graph of a sample, both ways.
struct CallGraph<'a> {
    functions: &'a [(&'a Fingerprint, &'a [u32])],
    /// Of each function, the first few more than are looked at.
    callers: Vec<Vec<u32>>,
}

impl<'a> CallGraph<'a> {
    fn new(functions: &'a [(&'a Fingerprint, &'a [u32])]) -> Self {
        let mut callers: Vec<Vec<u32>> = vec![Vec::new(); functions.len()];
        for (caller, (_, callees)) in (0u32..).zip(functions) {
            for &callee in callees.iter().filter(|callee| **callee != caller) {
                if let Some(list) = callers.get_mut(callee as usize).filter(|list| list.len() <= MOST_CALLERS)
                {
                    list.push(caller);
                }
            }
        }
        CallGraph { functions, callers }
    }

    fn fingerprint(&self, function: u32) -> &'a Fingerprint {
        self.functions.get(function as usize).map_or(no_fingerprint(), |(print, _)| print)
    }

    fn callees(&self, function: u32) -> &'a [u32] {
        self.functions.get(function as usize).map_or(&[], |(_, callees)| callees)
    }

    fn callers(&self, function: u32) -> &[u32] {
        self.callers.get(function as usize).map_or(&[], Vec::as_slice)
    }

    fn around(&self, function: u32) -> Surroundings {
        let callees = self.callees(function);
        let callees = callees.get(..MOST_CALLEES).unwrap_or(callees);
        let callers = Some(self.callers(function)).filter(|callers| callers.len() <= MOST_CALLERS);
        let about = |functions: &[u32]| Things::of(functions.iter().map(|&at| self.fingerprint(at)));
        Surroundings {
            callees: about(callees),
            callers: about(callers.unwrap_or_default()),
            folded: self.folded(function),
        }
    }

    /// The callees of a function and theirs that a compiler may have inlined, the nearest first.
    fn folded(&self, function: u32) -> Folded {
        let mut all = vec![function];
        let mut folded = Folded::default();
        let mut level = 0..1;
        for _ in 0..FOLD_DEPTH {
            let callers: Vec<u32> = all.get(level.clone()).unwrap_or_default().to_vec();
            for callee in
                callers.into_iter().flat_map(|caller| self.callees(caller).iter().take(MOST_CALLEES))
            {
                let print = self.fingerprint(*callee);
                let room = all.len() <= MOST_FOLDED
                    && folded.features.len() + print.flow.features.len() <= FOLDED_FEATURES;
                if room && self.may_be_inlined(*callee) && !all.contains(callee) {
                    all.push(*callee);
                    folded.add(print);
                }
            }
            level = level.end..all.len();
        }
        folded.features.sort_unstable();
        folded.features.dedup();
        folded.anchors.sort_unstable();
        folded.anchors.dedup();
        folded.features.shrink_to_fit();
        folded.anchors.shrink_to_fit();
        folded
    }

    fn may_be_inlined(&self, function: u32) -> bool {
        let most = if self.callers(function).len() == 1 { FOLDED_ALONE } else { FOLDED_INSTRUCTIONS };
        self.fingerprint(function).instructions <= most
    }
}

impl Folded {
    fn add(&mut self, callee: &Fingerprint) {
        self.features.extend_from_slice(&callee.flow.features);
        self.anchors.extend(callee.anchors.iter().map(|anchor| anchor.hash));
        self.instructions += u32::from(callee.instructions);
    }
}

/// Anchors and data-flow features of several functions, the weightiest, each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Things {
    things: Vec<(u64, f32)>,
}

impl Things {
    /// Gathers what functions refer to and compute.
    pub fn of<'a>(functions: impl Iterator<Item = &'a Fingerprint>) -> Things {
        let mut things: Vec<(u64, f32)> = Vec::new();
        for function in functions {
            things.extend(function.anchors.iter().map(|anchor| (anchor.hash, ANCHOR_BITS)));
            let features = function.flow.features.iter();
            things.extend(features.map(|&feature| (combine(FLOW, u64::from(feature)), flow_weight(feature))));
        }
        things.sort_unstable_by_key(|thing| thing.0);
        things.dedup_by_key(|thing| thing.0);
        if things.len() > MOST_KEPT {
            things.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            things.truncate(MOST_KEPT);
            things.sort_unstable_by_key(|thing| thing.0);
        }
        // most of what was gathered is gone
        things.shrink_to_fit();
        Things { things }
    }

    /// The share of what either has that both have, 0 to 1; `None` where one of them says nothing.
    pub fn similarity(&self, other: &Things) -> Option<f64> {
        if self.things.is_empty() || other.things.is_empty() {
            return None;
        }
        let all = |side: &Things| side.things.iter().map(|thing| f64::from(thing.1)).sum::<f64>();
        let shared = side_by_side(self.things.iter().copied(), other.things.iter().copied()).fold(
            0.0,
            |shared, found| match found {
                Found::Both(weight, _) => shared + f64::from(weight),
                Found::First(_) | Found::Second(_) => shared,
            },
        );
        let either = all(self) + all(other) - shared;
        (either > 0.0).then(|| shared / either)
    }
}
