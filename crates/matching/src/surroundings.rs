//! What stands around a function in the call graph of its sample.
//!
//! Two things: sketches of what its callees and its callers are about, which can be compared
//! between samples whose functions are not matched yet; and what the function would say beside
//! its own were its callees inlined into it (*folded in*): the other side's compiler may have done so.

use crate::lists::{Found, side_by_side};
use crate::program::no_fingerprint;
use cognate_base::{Deadline, combine};
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
/// Work of a thing that is gathered.
const SORTED: u64 = 2;
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
    let mut neighbourhood = Neighbourhood::new(functions.to_vec());
    let never = Deadline::never();
    for function in (0u32..).take(functions.len()) {
        neighbourhood.around(function, &never);
    }
    neighbourhood.known.into_iter().map(Option::unwrap_or_default).collect()
}

/// What stands around the functions of a sample, looked at once it is asked for: that of functions
/// which nobody asks about costs nothing.
pub(crate) struct Neighbourhood<'a> {
    graph: CallGraph<'a>,
    known: Vec<Option<Surroundings>>,
    nothing: Surroundings,
    /// Things and features that may still be kept.
    left: usize,
    /// Functions that there was no time for: of them it is not known what stands around them.
    pub missed: u64,
}

impl<'a> Neighbourhood<'a> {
    /// Takes the functions of a sample with their callees as numbers of functions.
    pub fn new(functions: Vec<(&'a Fingerprint, &'a [u32])>) -> Self {
        let known = vec![None; functions.len()];
        let nothing = Surroundings::default();
        Neighbourhood { graph: CallGraph::new(functions), known, nothing, left: MOST_AROUND, missed: 0 }
    }

    /// What stands around a function; nothing where neither time nor room is left to look.
    pub fn around(&mut self, function: u32, deadline: &Deadline) -> &Surroundings {
        let Some(known) = self.known.get_mut(function as usize) else { return &self.nothing };
        if known.is_none() {
            let is_time = deadline.spend(self.graph.work(function));
            self.missed += u64::from(!is_time);
            let is_looked_at = is_time && self.left > 0;
            let around = if is_looked_at { self.graph.around(function) } else { Surroundings::default() };
            self.left = self.left.saturating_sub(around.size());
            *known = Some(around);
        }
        known.as_ref().unwrap_or(&self.nothing)
    }
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
    functions: Vec<(&'a Fingerprint, &'a [u32])>,
    /// Of each function, the first few more than are looked at.
    callers: Vec<Vec<u32>>,
}

impl<'a> CallGraph<'a> {
    fn new(functions: Vec<(&'a Fingerprint, &'a [u32])>) -> Self {
        let mut callers: Vec<Vec<u32>> = vec![Vec::new(); functions.len()];
        for (caller, (_, callees)) in (0u32..).zip(&functions) {
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

    /// The callees and callers that are looked at.
    fn looked_at(&self, function: u32) -> [&[u32]; 2] {
        let callees = self.callees(function);
        let callers = Some(self.callers(function)).filter(|callers| callers.len() <= MOST_CALLERS);
        [callees.get(..MOST_CALLEES).unwrap_or(callees), callers.unwrap_or_default()]
    }

    /// Work of looking around a function: the things that are gathered, each to be sorted.
    fn work(&self, function: u32) -> u64 {
        let things = |&at: &u32| {
            let print = self.fingerprint(at);
            SORTED * (1 + print.anchors.len() + print.flow.features.len()) as u64
        };
        self.looked_at(function).into_iter().flatten().map(things).sum()
    }

    fn around(&self, function: u32) -> Surroundings {
        let about = |functions: &[u32]| Things::of(functions.iter().map(|&at| self.fingerprint(at)));
        let [callees, callers] = self.looked_at(function);
        Surroundings { callees: about(callees), callers: about(callers), folded: self.folded(function) }
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
                if all.len() > MOST_FOLDED {
                    break;
                }
                let print = self.fingerprint(*callee);
                let room = folded.features.len() + print.flow.features.len() <= FOLDED_FEATURES;
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

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_fingerprint::{Flow, FunctionFingerprint};
    use std::time::Duration;

    #[test]
    fn what_there_is_no_time_to_look_at_is_counted_and_says_nothing() {
        let mut own = FunctionFingerprint::default();
        own.fingerprint.flow = Flow { features: vec![1, 2, 3], ..Flow::default() };
        let callees = [[1], [0]];
        let functions = || callees.iter().map(|callees| (&own.fingerprint, callees.as_slice())).collect();
        let mut neighbourhood = Neighbourhood::new(functions());
        assert_ne!(*neighbourhood.around(0, &Deadline::never()), Surroundings::default());
        let deadline = Deadline::after(Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        assert!(!deadline.holds());
        assert_ne!(*neighbourhood.around(0, &deadline), Surroundings::default(), "known before");
        assert_eq!(*neighbourhood.around(1, &deadline), Surroundings::default());
        assert_eq!(neighbourhood.missed, 1);
    }
}
