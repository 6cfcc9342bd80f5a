//! Functions of one sample that are part of a function of the other: one compiler inlined them there.
//!
//! In come the pairs that were put side by side; out come rows. The function `f` stands beside `g`, and `f` calls
//! `c`. Where `g` does not call what stands beside `c`, and what `c` computes beside `f` is found in
//! `g`, `c` became part of `g`. What `c` calls is then looked at in the same way. That is asked of both
//! sides. A part is no pair: it says something of the part only.

use crate::align::Pair;
use crate::document::{Holds, InlinedPair};
use crate::flow::{Cut, FlowInCommon};
use crate::indices::{QueryFunction, StoredFunction};
use crate::program::{Other, Program, Query};
use cognate_base::{Deadline, TypedIndex, TypedVec};
use cognate_fingerprint::flow_weight;
use std::collections::BTreeMap;

/// Work of looking at a callee.
const LOOKED_AT: u64 = 32;
/// Rows of one comparison, at most.
const MOST_ROWS: usize = 2_000;
/// Callees that are looked at for one pair, at most, and how many calls deep.
const MOST_CALLEES: usize = 64;
const DEPTH: usize = 3;
/// Share of what a callee computes beside its caller that must be found, and how much that must say in bits: of
/// parts so found in the development part 95 % are right (`cognate-bench agreement`).
const LEAST_SHARE: f64 = 0.4;
const LEAST_BITS: f64 = 12.0;

/// What of a callee is found in the function that stands beside its caller.
#[derive(Clone, Copy, Debug)]
struct Part<I, J> {
    inner: I,
    outer: J,
    common: FlowInCommon,
}

/// A part, whichever side it is of.
#[derive(Clone, Copy, Debug)]
struct Found {
    query: QueryFunction,
    stored: StoredFunction,
    holds: Holds,
    common: FlowInCommon,
}

/// The parts of both sides, those that say most first.
pub(crate) fn parts(pairs: &[Pair], a: &Query<'_>, b: &Other<'_>, deadline: &Deadline) -> Vec<InlinedPair> {
    let mut in_b: TypedVec<QueryFunction, Option<StoredFunction>> = vec![None; a.functions.len()].into();
    let mut in_a: TypedVec<StoredFunction, Option<QueryFunction>> = vec![None; b.functions.len()].into();
    for pair in pairs {
        in_b[pair.query] = Some(pair.stored);
        in_a[pair.stored] = Some(pair.query);
    }
    let mut found: Vec<Found> = Vec::new();
    for pair in pairs {
        found.extend(inlined((pair.query, a), (pair.stored, b), &in_b, deadline).into_iter().map(|part| {
            Found { query: part.inner, stored: part.outer, holds: Holds::QueryInStored, common: part.common }
        }));
        found.extend(inlined((pair.stored, b), (pair.query, a), &in_a, deadline).into_iter().map(|part| {
            Found { query: part.outer, stored: part.inner, holds: Holds::StoredInQuery, common: part.common }
        }));
        // names are taken of what is kept alone, and no more than that is kept
        if found.len() >= 2 * MOST_ROWS {
            keep_most_telling(&mut found);
        }
    }
    keep_most_telling(&mut found);
    found.iter().map(|found| row(found, a, b)).collect()
}

fn keep_most_telling(found: &mut Vec<Found>) {
    found.sort_by(|one, other| {
        let order = other.common.in_common().total_cmp(&one.common.in_common());
        order.then((one.query, one.stored, one.holds).cmp(&(other.query, other.stored, other.holds)))
    });
    found.truncate(MOST_ROWS);
}

/// The callees of `caller` that are part of `outer`, which stands beside it.
fn inlined<I: TypedIndex + Into<u32> + Ord, J: TypedIndex + Into<u32>>(
    (caller, own): (I, &Program<'_, I>),
    (outer, other): (J, &Program<'_, J>),
    partner: &TypedVec<I, Option<J>>,
    deadline: &Deadline,
) -> Vec<Part<I, J>> {
    let mut parts = Vec::new();
    let mut seen = vec![caller];
    let is_called = |beside: J| other.functions[outer].callees.binary_search(&beside.into()).is_ok();
    let is_apart = |callee: I| partner[callee].is_some_and(|beside| beside == outer || is_called(beside));
    for (callee, common) in in_place(own, caller, other, outer) {
        static BARS: std::sync::LazyLock<[f64; 2]> = std::sync::LazyLock::new(|| {
            let bar = |name: &str, usual: f64| std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(usual);
            [bar("PSHARE", 0.4), bar("PBITS", 12.0)]
        });
        let is_found = common.contained_first() >= BARS[0] && common.in_common() >= BARS[1];
        if is_found && !is_apart(callee) && deadline.spend(LOOKED_AT) {
            seen.push(callee);
            parts.push(Part { inner: callee, outer, common });
        }
    }
    let mut level = vec![caller];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for callee in level.iter().flat_map(|&caller| own.functions[caller].callees.iter()) {
            let Some(callee) = own.functions.checked(*callee) else { continue };
            if seen.len() > MOST_CALLEES || seen.contains(&callee) || !deadline.spend(LOOKED_AT) {
                continue;
            }
            seen.push(callee);
            if is_apart(callee) {
                continue;
            }
            let common = beyond(own, callee, caller, other, outer);
            if common.contained_first() >= LEAST_SHARE && common.in_common() >= LEAST_BITS {
                parts.push(Part { inner: callee, outer, common });
                next.push(callee);
            }
        }
        level = next;
    }
    parts
}

/// Of each callee that was traced in place, what it computes there and the caller alone does not, and what of that
/// `outer` computes.
fn in_place<I: TypedIndex, J: TypedIndex>(
    own: &Program<'_, I>,
    caller: I,
    other: &Program<'_, J>,
    outer: J,
) -> Vec<(I, FlowInCommon)> {
    let function = own.functions[caller];
    let mut by_callee: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (&feature, &callee) in function.unfolded.features.iter().zip(&function.unfolded.made_in) {
        if function.fingerprint.flow.features.binary_search(&feature).is_err() {
            by_callee.entry(callee).or_default().push(feature);
        }
    }
    let outer = &other.functions[outer].fingerprint.flow.features;
    let common = |features: Vec<u32>| {
        let weights: Vec<f32> = features.iter().map(|&feature| flow_weight(feature)).collect();
        FlowInCommon::of((&features, &weights, None), outer, [&[], &[]])
    };
    let callees = by_callee.into_iter().filter_map(|(callee, features)| {
        Some((own.functions.checked(callee).filter(|callee| *callee != caller)?, common(features)))
    });
    callees.collect()
}

/// What a callee computes beside its caller, and what of that `outer` computes.
fn beyond<I: TypedIndex, J: TypedIndex>(
    own: &Program<'_, I>,
    callee: I,
    caller: I,
    other: &Program<'_, J>,
    outer: J,
) -> FlowInCommon {
    let features = |function: I| own.functions[function].fingerprint.flow.features.as_slice();
    let (callee, caller) = (features(callee), features(caller));
    let weights: Vec<f32> = callee.iter().map(|&feature| flow_weight(feature)).collect();
    let cut = Cut::of(callee, &weights);
    let beside = callee
        .iter()
        .zip(weights)
        .map(|(feature, weight)| if caller.binary_search(feature).is_ok() { 0.0 } else { weight });
    let beside: Vec<f32> = beside.collect();
    let outer = &other.functions[outer].fingerprint.flow.features;
    FlowInCommon::of((callee, &beside, cut), outer, [&[], &[]])
}

fn row(found: &Found, a: &Query<'_>, b: &Other<'_>) -> InlinedPair {
    let Found { query, stored, holds, common } = *found;
    InlinedPair {
        query: a.reference(query),
        stored: b.reference(stored),
        holds,
        contained: common.contained_first(),
        shared: u64::from(common.shared),
        bits: common.in_common(),
    }
}
