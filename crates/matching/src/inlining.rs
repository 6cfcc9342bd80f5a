//! Functions of one sample that are part of a function of the other: one compiler inlined them there.
//!
//! In come the pairs that were put side by side; out come rows. The function `f` stands beside `g`, and `f` calls
//! `c`, itself or through others as small. What `c` does where it is called, its arguments put in, and `f` alone does
//! not, is known of samples read for it ([`FunctionFingerprint::in_place`](cognate_fingerprint::FunctionFingerprint::in_place)).
//! Where `g` does not call what stands beside `c`, and does enough of that, `c` became part of `g`. It is asked of both
//! sides. A part is no pair: it says something of the part only.

use crate::align::Pair;
use crate::document::{Holds, InlinedPair};
use crate::flow::FlowInCommon;
use crate::indices::{QueryFunction, StoredFunction};
use crate::program::{Other, Program, Query};
use cognate_base::{Deadline, TypedIndex, TypedVec};
use cognate_fingerprint::{InPlace, flow_weight};

/// Work of looking at a feature that callees make in place, 1 for so many.
const FEATURES_EACH: u64 = 16;
/// Rows of one comparison, at most.
const MOST_ROWS: usize = 2_000;
/// Share of what a callee does in place that must be found, and how much that must say in bits: of
/// parts so found in the development part 97 % are right (`docs/recompiled-code.md`, "What was tried").
const LEAST_SHARE: f64 = 0.3;
const LEAST_BITS: f64 = 16.0;

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
fn inlined<I: TypedIndex, J: TypedIndex + Into<u32>>(
    (caller, own): (I, &Program<'_, I>),
    (outer, other): (J, &Program<'_, J>),
    partner: &TypedVec<I, Option<J>>,
    deadline: &Deadline,
) -> Vec<Part<I, J>> {
    let in_place = &own.functions[caller].in_place;
    if !deadline.spend(in_place.len() as u64 / FEATURES_EACH) {
        return Vec::new();
    }
    let there = other.functions[outer];
    let is_called = |beside: J| there.callees.binary_search(&beside.into()).is_ok();
    let part = |made: &[InPlace]| {
        let inner = own.functions.checked(made.first()?.callee)?;
        if partner[inner].is_some_and(|beside| beside == outer || is_called(beside)) {
            return None;
        }
        let features: Vec<u32> = made.iter().map(|made| made.feature).collect();
        let weights: Vec<f32> = features.iter().map(|&feature| flow_weight(feature)).collect();
        let found = &there.fingerprint.flow.features;
        let common = FlowInCommon::of((&features, &weights, None), found, [&[], &[]]);
        let enough = common.contained_first() >= LEAST_SHARE && common.in_common() >= LEAST_BITS;
        enough.then_some(Part { inner, outer, common })
    };
    in_place.chunk_by(|one, next| one.callee == next.callee).filter_map(part).collect()
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
