//! What stands around a function in the call graph of its sample.
//!
//! Two things: sketches of what its callees and its callers are about, which can be compared
//! between samples whose functions are not matched yet; and what the function would say beside
//! its own were its callees inlined into it (*folded in*): the other side's compiler may have done so.

use crate::indices::{QueryFunction, no_fingerprint};
use crate::lists::{Found, side_by_side};
use cognate_base::{Deadline, TypedIndex, TypedVec, combine};
use cognate_fingerprint::{Fingerprint, flow_weight};

/// Anchors and features kept of all callees, or all callers, together.
const MOST_KEPT: usize = 256;
/// Callers that are looked at: what everything calls is known by nobody who calls it (judgement, as the next).
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
    let mut neighbourhood: Neighbourhood<'_, QueryFunction> = Neighbourhood::new(functions.to_vec());
    let never = Deadline::never();
    let all = neighbourhood.known.indices();
    all.map(|function| neighbourhood.around(function, &never).clone()).collect()
}

/// What stands around the functions of a sample, looked at once it is asked for: that of functions
/// which nobody asks about costs nothing.
pub(crate) struct Neighbourhood<'a, I> {
    graph: CallGraph<'a, I>,
    known: TypedVec<I, Option<Surroundings>>,
    nothing: Surroundings,
    /// Things and features that may still be kept.
    left: usize,
    /// Functions that there was no time for: of them it is not known what stands around them.
    pub missed: u64,
}

impl<'a, I: TypedIndex> Neighbourhood<'a, I> {
    /// Takes the functions of a sample with their callees as numbers of functions.
    pub fn new(functions: Vec<(&'a Fingerprint, &'a [u32])>) -> Self {
        let known = vec![None; functions.len()].into();
        let nothing = Surroundings::default();
        Neighbourhood { graph: CallGraph::new(functions), known, nothing, left: MOST_AROUND, missed: 0 }
    }

    /// What stands around a function; nothing where neither time nor room is left to look.
    pub fn around(&mut self, function: I, deadline: &Deadline) -> &Surroundings {
        if self.known[function].is_none() {
            let is_time = deadline.spend(self.graph.work(function));
            self.missed += u64::from(!is_time);
            let is_looked_at = is_time && self.left > 0;
            let around = if is_looked_at { self.graph.around(function) } else { Surroundings::default() };
            self.left = self.left.saturating_sub(around.size());
            self.known[function] = Some(around);
        }
        self.known[function].as_ref().unwrap_or(&self.nothing)
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
struct CallGraph<'a, I> {
    functions: TypedVec<I, (&'a Fingerprint, &'a [u32])>,
    /// Of each function, the first few more than are looked at.
    callers: TypedVec<I, Vec<I>>,
}

impl<'a, I: TypedIndex> CallGraph<'a, I> {
    fn new(functions: Vec<(&'a Fingerprint, &'a [u32])>) -> Self {
        let functions = TypedVec::new(functions, (no_fingerprint(), &[][..]));
        let mut callers: TypedVec<I, Vec<I>> = functions.indices().map(|_| Vec::new()).collect();
        for (caller, (_, callees)) in functions.entries() {
            for callee in callees.iter().filter_map(|&callee| functions.checked(callee)) {
                let list = &mut callers[callee];
                if callee != caller && list.len() <= MOST_CALLERS {
                    list.push(caller);
                }
            }
        }
        CallGraph { functions, callers }
    }

    fn fingerprint(&self, function: I) -> &'a Fingerprint {
        self.functions[function].0
    }

    /// The callees that are looked at.
    fn callees(&self, function: I) -> impl Iterator<Item = I> {
        let callees = self.functions[function].1.iter().take(MOST_CALLEES);
        callees.filter_map(|&callee| self.functions.checked(callee))
    }

    /// The callers that are looked at.
    fn callers(&self, function: I) -> &[I] {
        let callers = self.callers[function].as_slice();
        if callers.len() <= MOST_CALLERS { callers } else { &[] }
    }

    /// Work of looking around a function: the things that are gathered, each to be sorted.
    fn work(&self, function: I) -> u64 {
        let things = |at: I| {
            let print = self.fingerprint(at);
            SORTED * (1 + print.anchors.len() + print.flow.features.len()) as u64
        };
        self.callees(function).chain(self.callers(function).iter().copied()).map(things).sum()
    }

    fn around(&self, function: I) -> Surroundings {
        Surroundings {
            callees: Things::of(self.callees(function).map(|at| self.fingerprint(at))),
            callers: Things::of(self.callers(function).iter().map(|&at| self.fingerprint(at))),
            folded: self.folded(function),
        }
    }

    /// The callees of a function and theirs that a compiler may have inlined, the nearest first.
    fn folded(&self, function: I) -> Folded {
        let mut all = vec![function];
        let mut folded = Folded::default();
        let mut level = 0..1;
        for _ in 0..FOLD_DEPTH {
            let callers: Vec<I> = all.get(level.clone()).unwrap_or_default().to_vec();
            for callee in callers.into_iter().flat_map(|caller| self.callees(caller)) {
                if all.len() > MOST_FOLDED {
                    break;
                }
                let print = self.fingerprint(callee);
                let room = folded.features.len() + print.flow.features.len() <= FOLDED_FEATURES;
                if room && self.may_be_inlined(callee) && !all.contains(&callee) {
                    all.push(callee);
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

    fn may_be_inlined(&self, function: I) -> bool {
        let most = if self.callers[function].len() == 1 { FOLDED_ALONE } else { FOLDED_INSTRUCTIONS };
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
        let mut neighbourhood: Neighbourhood<'_, QueryFunction> = Neighbourhood::new(functions());
        assert_ne!(*neighbourhood.around(QueryFunction(0), &Deadline::never()), Surroundings::default());
        let deadline = Deadline::after(Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        assert!(!deadline.holds());
        assert_ne!(
            *neighbourhood.around(QueryFunction(0), &deadline),
            Surroundings::default(),
            "known before"
        );
        assert_eq!(*neighbourhood.around(QueryFunction(1), &deadline), Surroundings::default());
        assert_eq!(neighbourhood.missed, 1);
    }
}
