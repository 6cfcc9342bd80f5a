//! What lies amid public code is public: linkers keep the objects of a library together.
//!
//! A function that is shared with one relative alone may be of a library all the same, in a version that only they
//! have. What stands before and behind it tells: where nearly all of that is a library's, or is held by unrelated
//! software, so is what lies between.

use crate::facts::Matched;
use crate::indices::QueryFunction;
use cognate_documents::CodeClass;
use cognate_index::Kind;

/// Functions on either side that are looked at: those of which something is known. Judgement.
const AROUND: usize = 8;
/// How many of them are public where a function lies amid public code, on either side. Judgement.
const NEARLY_ALL: usize = 6;

/// Says of every function whether it lies amid public code.
pub(crate) fn spread(matched: &mut Matched<'_>) {
    let is_public = |function: QueryFunction| match matched.class(function, Kind::Malware) {
        CodeClass::Library => Some(true),
        _ if !matched.query.is_comparable(function) => None,
        CodeClass::Common => Some(true),
        // what is like nothing in the store is nobody's that is known: the program's own
        CodeClass::Private => Some(false),
    };
    let known: Vec<(QueryFunction, bool)> =
        matched.facts.indices().filter_map(|function| Some((function, is_public(function)?))).collect();
    let before: Vec<usize> = std::iter::once(0)
        .chain(known.iter().scan(0, |sum, (_, public)| {
            *sum += usize::from(*public);
            Some(*sum)
        }))
        .collect();
    let count = |from: usize, to: usize| {
        let at = |place: usize| before.get(place).copied().unwrap_or_default();
        at(to).saturating_sub(at(from))
    };
    let amid: Vec<QueryFunction> = (0..known.len())
        .filter(|&at| count(at.saturating_sub(AROUND), at) >= NEARLY_ALL)
        .filter(|&at| count(at + 1, (at + 1 + AROUND).min(known.len())) >= NEARLY_ALL)
        .filter_map(|at| known.get(at).map(|(function, _)| *function))
        .collect();
    for function in amid {
        matched.facts[function].is_amid_public = true;
    }
}
