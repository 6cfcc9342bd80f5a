//! Which functions of a sample are near-identical, and so one piece of
//! evidence however many they are: wrappers made by CFFI, SWIG or a compiler.
//!
//! Two functions are near-identical when their masked bytes are equal, or when
//! they share a band and their tokens are alike by [`NEAR`]. The relation is
//! closed: what is near to something near belongs together. Clusters of
//! [`GENERATED`] or more are taken for generated code: glue of one generator
//! comes in many shapes, so all of it together is one piece of evidence.

use cognate_fingerprint::{FunctionFingerprint, MinHash};

/// Jaccard similarity of the tokens from which two functions of one sample are near-identical.
pub(crate) const NEAR: f64 = 0.6;

/// Near-identical functions from which on code is taken for generated.
pub(crate) const GENERATED: u32 = 4;

/// The near-identical functions of one sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetition {
    /// The cluster of each function: the index of its first member.
    pub cluster: Vec<u32>,
    /// Members of the cluster of each function, itself included.
    pub members: Vec<u32>,
}

impl Repetition {
    /// What a function is counted with: its cluster, or none for all generated code.
    pub fn piece(&self, function: u32) -> Option<u32> {
        let members = self.members.get(function as usize).copied().unwrap_or(1);
        (members < GENERATED).then(|| self.cluster.get(function as usize).copied().unwrap_or(function))
    }
}

/// Finds the near-identical functions of a sample.
pub(crate) fn repetition(functions: &[FunctionFingerprint]) -> Repetition {
    let mut joined: Vec<u32> = (0u32..).take(functions.len()).collect();
    let mut exact: Vec<(u64, u32)> =
        functions.iter().zip(0u32..).map(|(function, at)| (function.fingerprint.exact, at)).collect();
    exact.sort_unstable();
    for pair in exact.windows(2) {
        if let [(a, first), (b, second)] = pair
            && a == b
        {
            join(&mut joined, *first, *second);
        }
    }
    join_by_bands(functions, &mut joined);
    let cluster: Vec<u32> = (0u32..).take(functions.len()).map(|at| root(&mut joined, at)).collect();
    let mut count = vec![0u32; functions.len()];
    for &first in &cluster {
        if let Some(count) = count.get_mut(first as usize) {
            *count += 1;
        }
    }
    let members = cluster.iter().map(|&first| count.get(first as usize).copied().unwrap_or(1)).collect();
    Repetition { cluster, members }
}

/// Compares each function with the first and the last before it under every band.
fn join_by_bands(functions: &[FunctionFingerprint], joined: &mut [u32]) {
    let mut bands: Vec<(u64, u32)> = Vec::new();
    for (function, at) in functions.iter().zip(0u32..) {
        if let Some((_, keys)) = &function.fingerprint.tokens {
            bands.extend(keys.iter().map(|&key| (key, at)));
        }
    }
    bands.sort_unstable();
    bands.dedup();
    for bucket in bands.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(_, first)) = bucket.first() else { continue };
        for pair in bucket.windows(2) {
            let [(_, before), (_, at)] = pair else { continue };
            for other in [first, *before] {
                if root(joined, other) != root(joined, *at) && near(functions, other, *at) {
                    join(joined, other, *at);
                }
            }
        }
    }
}

fn near(functions: &[FunctionFingerprint], a: u32, b: u32) -> bool {
    let tokens = |at: u32| -> Option<&MinHash> {
        functions.get(at as usize)?.fingerprint.tokens.as_ref().map(|(tokens, _)| tokens)
    };
    matches!((tokens(a), tokens(b)), (Some(a), Some(b)) if a.similarity(b) >= NEAR)
}

/// The smallest index of the set that `at` is in.
fn root(joined: &mut [u32], mut at: u32) -> u32 {
    while let Some(&up) = joined.get(at as usize) {
        if up == at {
            break;
        }
        let above = joined.get(up as usize).copied().unwrap_or(up);
        if let Some(slot) = joined.get_mut(at as usize) {
            *slot = above;
        }
        at = above;
    }
    at
}

fn join(joined: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(joined, a), root(joined, b));
    if let Some(slot) = joined.get_mut(a.max(b) as usize) {
        *slot = a.min(b);
    }
}
