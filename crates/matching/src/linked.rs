//! Code that two samples share byte for byte and that is complete in itself.
//!
//! A runtime or library that both link calls itself, and never the program that
//! links it. In come the pairs of two samples and who calls whom; out comes which
//! pairs are of that kind: equal, and on both sides all that they call, down to
//! the last, is so too. That is no proof of a library. It is what cannot be told from one.

use crate::document::{AlignedPair, How};
use std::collections::{HashMap, HashSet};

/// One of two samples, its functions by index.
pub(crate) trait CallGraph {
    /// The functions that one calls.
    fn callees(&self, function: u32) -> &[u32];
    /// Whether a function says enough to be evidence; others may be called without being shared.
    fn is_telling(&self, function: u32) -> bool;
}

/// Of each pair whether it is equal and calls nothing but such pairs.
pub(crate) fn linked(pairs: &[&AlignedPair], a: &dyn CallGraph, b: &dyn CallGraph) -> Vec<bool> {
    let equal = pairs.iter().map(|pair| pair.how == How::Exact);
    let mut linked: Vec<bool> = equal.collect();
    let sides: [(&dyn CallGraph, fn(&AlignedPair) -> u32); 2] =
        [(a, |pair| pair.query.index), (b, |pair| pair.stored.index)];
    let mut callers: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut out: Vec<usize> = Vec::new();
    for (graph, index) in sides {
        let places: HashMap<u32, usize> = pairs.iter().zip(0..).map(|(pair, at)| (index(pair), at)).collect();
        for (pair, caller) in pairs.iter().zip(0..) {
            for callee in graph.callees(index(pair)) {
                match places.get(callee) {
                    Some(&callee) => callers.entry(callee).or_default().push(caller),
                    None if graph.is_telling(*callee) => out.push(caller),
                    None => {}
                }
            }
        }
    }
    out.extend(linked.iter().zip(0..).filter(|(equal, _)| !**equal).map(|(_, at)| at));
    let mut gone: HashSet<usize> = HashSet::new();
    while let Some(at) = out.pop() {
        if gone.insert(at) {
            linked.get_mut(at).into_iter().for_each(|linked| *linked = false);
            out.extend(callers.remove(&at).unwrap_or_default());
        }
    }
    linked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::FunctionRef;

    /// Function `n` calls those in the list `n`; those from 100 on say nothing.
    struct Calls(Vec<Vec<u32>>);

    impl CallGraph for Calls {
        fn callees(&self, function: u32) -> &[u32] {
            self.0.get(function as usize).map_or(&[], Vec::as_slice)
        }

        fn is_telling(&self, function: u32) -> bool {
            function < 100
        }
    }

    fn check(hows: &[How], calls: &[&[u32]], expected: &[bool]) {
        let function = |index| FunctionRef { index, address: 0, bytes: 100, name: None };
        let pair = |(&how, at): (&How, u32)| AlignedPair {
            query: function(at),
            stored: function(at),
            similarity: 1.0,
            how,
            reasons: vec![],
        };
        let pairs: Vec<AlignedPair> = hows.iter().zip(0..).map(pair).collect();
        let graph = Calls(calls.iter().map(|list| list.to_vec()).collect());
        assert_eq!(linked(&pairs.iter().collect::<Vec<_>>(), &graph, &graph), expected);
    }

    #[test]
    fn what_calls_only_equal_code_is_linked() {
        check(&[How::Exact, How::Exact], &[&[1], &[0]], &[true, true]);
    }

    #[test]
    fn what_reaches_code_that_is_not_shared_is_not() {
        check(&[How::Exact, How::Exact, How::Exact], &[&[1], &[9], &[]], &[false, false, true]);
    }

    #[test]
    fn what_reaches_code_that_is_only_alike_is_not() {
        check(&[How::Exact, How::Tokens, How::Exact], &[&[1], &[2], &[]], &[false, false, true]);
    }

    #[test]
    fn functions_that_say_nothing_need_not_be_shared() {
        check(&[How::Exact], &[&[100]], &[true]);
    }
}
