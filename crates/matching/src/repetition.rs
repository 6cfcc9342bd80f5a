//! Which functions of a sample are near-identical, and so one piece of
//! evidence however many they are: wrappers made by CFFI, SWIG or a compiler.
//!
//! Two functions are near-identical when their masked bytes are equal, or when
//! they share a band and their tokens are alike by [`NEAR`]. The relation is
//! closed: what is near to something near belongs together. Clusters of
//! [`GENERATED`] or more are taken for generated code: glue of one generator
//! comes in many shapes, so all of it together is one piece of evidence.

use crate::indices::QueryFunction;
use crate::program::Query;
use cognate_base::TypedVec;
use cognate_fingerprint::MinHash;

/// Jaccard similarity of the tokens from which two functions of one sample are near-identical. Judgement.
const NEAR: f64 = 0.6;

/// Near-identical functions from which on code is taken for generated. Judgement.
const GENERATED: u32 = 4;

/// The near-identical functions of the query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetition {
    clusters: TypedVec<QueryFunction, Cluster>,
}

/// The near-identical functions that one function is among.
#[derive(Clone, Copy, Debug, Default)]
struct Cluster {
    first: QueryFunction,
    members: u32,
}

impl Repetition {
    /// What a function is counted with: its cluster, or none for all generated code.
    pub fn piece(&self, function: QueryFunction) -> Option<QueryFunction> {
        let Cluster { first, members } = self.clusters[function];
        (members < GENERATED).then_some(first)
    }

    /// How many functions are near-identical to one, itself included.
    pub fn members(&self, function: QueryFunction) -> u32 {
        self.clusters[function].members
    }
}

/// Finds the near-identical functions of a sample.
pub(crate) fn repetition(query: &Query<'_>) -> Repetition {
    let mut joined = Joined(query.functions.indices().collect());
    let mut exact: Vec<(u64, QueryFunction)> =
        query.functions.entries().map(|(function, own)| (own.fingerprint.exact, function)).collect();
    exact.sort_unstable();
    for pair in exact.windows(2) {
        if let [(a, first), (b, second)] = pair
            && a == b
        {
            joined.join(*first, *second);
        }
    }
    join_by_bands(query, &mut joined);
    let first: Vec<QueryFunction> = query.functions.indices().map(|function| joined.root(function)).collect();
    let mut members: TypedVec<QueryFunction, u32> = vec![0; first.len()].into();
    first.iter().for_each(|&first| members[first] += 1);
    let cluster = |first| Cluster { first, members: members[first] };
    Repetition { clusters: first.into_iter().map(cluster).collect() }
}

/// Compares each function with the first and the last before it under every band.
fn join_by_bands(query: &Query<'_>, joined: &mut Joined) {
    let mut bands: Vec<(u64, QueryFunction)> = Vec::new();
    for (function, own) in query.functions.entries() {
        if let Some((_, keys)) = &own.fingerprint.tokens {
            bands.extend(keys.iter().map(|&key| (key, function)));
        }
    }
    bands.sort_unstable();
    bands.dedup();
    for bucket in bands.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(_, first)) = bucket.first() else { continue };
        for pair in bucket.windows(2) {
            let &[(_, before), (_, function)] = pair else { continue };
            for other in [first, before] {
                if joined.root(other) != joined.root(function) && near(query, other, function) {
                    joined.join(other, function);
                }
            }
        }
    }
}

fn near(query: &Query<'_>, a: QueryFunction, b: QueryFunction) -> bool {
    let tokens = |function: QueryFunction| -> Option<&MinHash> {
        query.functions[function].fingerprint.tokens.as_ref().map(|(tokens, _)| tokens)
    };
    matches!((tokens(a), tokens(b)), (Some(a), Some(b)) if a.similarity(b) >= NEAR)
}

/// Union-find: each function with one of its cluster that stands before it, or with itself.
struct Joined(TypedVec<QueryFunction, QueryFunction>);

impl Joined {
    /// The first function of a cluster. Halves the way there for those who ask next.
    fn root(&mut self, mut function: QueryFunction) -> QueryFunction {
        loop {
            let up = self.0[function];
            if up == function {
                return function;
            }
            let above = self.0[up];
            self.0[function] = above;
            function = above;
        }
    }

    fn join(&mut self, a: QueryFunction, b: QueryFunction) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
