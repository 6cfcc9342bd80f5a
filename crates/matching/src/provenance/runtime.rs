//! What two samples have of one compiler's runtime, and which of their functions it is.
//!
//! A linker puts the C runtime behind the program's own objects, and the runtime calls nobody but itself. So
//! its code is what stands from its first function on, and what it calls that stands elsewhere. The first function
//! is looked for backwards from those that refer to the runtime's marks: what is called from behind it,
//! and stands no further than [`MOST_APART`] before it, is the runtime's with all between. What
//! starts a program stands before its own code, and is not found so.

use super::is_same_code;
use crate::document::AlignedPair;
use cognate_fingerprint::Component;
use std::collections::BTreeSet;

/// Components that a compiler puts into every program that it links statically, and whether
/// their code is told apart from the program's own as it is here.
const RUNTIMES: [(&str, bool); 9] = [
    ("glibc", true),
    ("libstdc++", true),
    ("libc++", true),
    ("musl", true),
    ("MinGW-w64 runtime", true),
    ("MSVC runtime", false),
    ("Rust std", false),
    ("Go standard library", false),
    (".NET runtime", false),
];

/// Functions of the runtime stand no further apart than so many that it does not call. With 64 all of static glibc
/// is found but what starts the program; with 32 a fifth of what stands before its first mark is not.
/// A program with fewer functions of its own is taken for the runtime, and nothing is told of it.
const MOST_APART: u32 = 64;

/// A sample, as the runtime is looked for in it.
pub(crate) struct Linked<'a> {
    /// Libraries that it carries.
    pub components: &'a [Component],
    /// Of each function, ascending by address, the bytes that count and the callees.
    pub functions: Vec<(u64, &'a [u32])>,
}

/// What two samples have of one compiler's runtime.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runtime {
    /// The functions that refer to its marks are the same code in both.
    pub is_same: bool,
    /// Which functions of the query are its.
    pub query: Members,
    /// Which of the stored sample.
    pub stored: Members,
}

/// The functions of a sample that are a runtime's; by default all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// All from this one on are.
    first: u32,
    /// Those before it that are.
    called: BTreeSet<u32>,
    /// Bytes of the functions that are not.
    pub bytes_beside: u64,
}

/// The libraries that both samples name.
pub(crate) fn libraries_of_both(a: &[Component], b: &[Component]) -> Vec<String> {
    let names: BTreeSet<&str> = in_both(a, b).map(|one| one.name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The runtime that both samples name, if any, told from all pairs of theirs.
pub(crate) fn runtime_of_both(a: &Linked<'_>, b: &Linked<'_>, pairs: &[AlignedPair]) -> Option<Runtime> {
    let known = |name: &str| RUNTIMES.iter().find(|(runtime, _)| *runtime == name);
    let both: Vec<(&str, bool)> =
        in_both(a.components, b.components).filter_map(|one| known(&one.name).copied()).collect();
    let marked = |sample: &Linked<'_>| -> BTreeSet<u32> {
        let runtimes = sample.components.iter().filter(|one| both.iter().any(|(name, _)| *name == one.name));
        runtimes.flat_map(|one| one.functions.iter().copied()).collect()
    };
    if both.is_empty() {
        return None;
    }
    let (marked_a, marked_b) = (marked(a), marked(b));
    let mut paired = pairs.iter().filter(|pair| marked_a.contains(&pair.query.index)).peekable();
    let is_found = paired.peek().is_some();
    let told_apart = both.iter().all(|(_, told_apart)| *told_apart);
    let is_same = is_found && paired.all(is_same_code);
    let members = |sample, marked| match told_apart {
        true => Members::of(sample, marked),
        // all of it may be the runtime's, but what is not the same code where the runtime is
        false if is_same => Members::nothing_of(sample),
        false => Members::default(),
    };
    Some(Runtime { is_same, query: members(a, &marked_a), stored: members(b, &marked_b) })
}

fn in_both<'c>(a: &'c [Component], b: &'c [Component]) -> impl Iterator<Item = &'c Component> {
    let carried = a.iter().filter(|one| one.is_public());
    carried.filter(|one| b.iter().any(|other| one.name == other.name))
}

impl Runtime {
    /// Whether a pair is of no function of the runtime.
    pub fn is_beside(&self, pair: &AlignedPair) -> bool {
        !self.query.holds(pair.query.index) && !self.stored.holds(pair.stored.index)
    }
}

impl Members {
    fn nothing_of(sample: &Linked<'_>) -> Members {
        let bytes_beside = sample.functions.iter().map(|(bytes, _)| bytes).sum();
        Members { first: u32::MAX, bytes_beside, ..Members::default() }
    }

    /// Looks for the functions of the runtime, given those that refer to its marks.
    fn of(sample: &Linked<'_>, marked: &BTreeSet<u32>) -> Members {
        // without marks nothing is told apart
        let (Some(&first), Some(&last)) = (marked.first(), marked.last()) else { return Members::default() };
        let mut found = Members { first, ..Members::default() };
        let mut ends = first..last;
        let mut ahead: Vec<u32> = (first..=last).collect();
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        while let Some(at) = ahead.pop() {
            let Some((_, callees)) = sample.functions.get(at as usize) else { continue };
            if !seen.insert(at) {
                continue;
            }
            if at > ends.end {
                ahead.extend(ends.end..at);
                ends.end = at;
            } else if at < ends.start && ends.start - at <= MOST_APART {
                ahead.extend(at..ends.start);
                ends.start = at;
            }
            ahead.extend(callees.iter().filter(|callee| !seen.contains(callee)));
        }
        found.first = ends.start;
        found.called = seen.range(..found.first).copied().collect();
        let beside = (0..).zip(&sample.functions).filter(|(at, _)| !found.holds(*at));
        found.bytes_beside = beside.map(|(_, (bytes, _))| bytes).sum();
        found
    }

    fn holds(&self, function: u32) -> bool {
        function >= self.first || self.called.contains(&function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which functions are the runtime's, of so many and the calls between them; marks at 200 and 210.
    fn check(calls: &[(u32, u32)], inside: &[u32], outside: &[u32]) {
        let callees = |at| calls.iter().filter(|(from, _)| *from == at).map(|(_, to)| *to).collect();
        let callees: Vec<Vec<u32>> = (0..300).map(callees).collect();
        let functions = callees.iter().map(|callees| (1, callees.as_slice())).collect();
        let found = Members::of(&Linked { components: &[], functions }, &BTreeSet::from([200, 210]));
        for at in inside {
            assert!(found.holds(*at), "{at} of {found:?}");
        }
        for at in outside {
            assert!(!found.holds(*at), "{at} of {found:?}");
        }
    }

    #[test]
    fn all_from_the_first_mark_on_is_the_runtime() {
        check(&[], &[200, 205, 299], &[199, 0]);
    }

    #[test]
    fn what_it_calls_not_far_before_is_its_with_all_between() {
        check(&[(205, 190), (195, 150)], &[150, 170, 190], &[149]);
    }

    #[test]
    fn what_it_calls_far_before_is_its_alone() {
        check(&[(205, 20), (20, 5)], &[5, 20], &[6, 19, 21, 199]);
    }

    #[test]
    fn what_calls_it_is_not() {
        check(&[(100, 205)], &[], &[100]);
    }

    #[test]
    fn what_main_calls_behind_it_is_not() {
        check(&[(299, 180)], &[299], &[180]);
    }
}
