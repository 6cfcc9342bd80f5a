//! What lies amid public code is public: linkers keep the objects of a library together.
//!
//! A function that is shared with one relative alone may be of a library all the same, in a version that only they
//! have. What stands before and behind it tells: where nearly all of that is a library's, or is held by unrelated
//! software, so is what lies between. Where what stands there is itself in doubt, so is what lies between.

use crate::facts::Matched;
use crate::indices::QueryFunction;
use cognate_documents::CodeClass;
use cognate_index::Kind;

/// Functions on either side that are looked at: those of which something is known. Judgement.
const AROUND: usize = 8;
/// How many of them are public where a function lies amid public code, on either side. Judgement.
const NEARLY_ALL: usize = 6;

/// Says of every function whether it lies amid public code, or amid such as may be.
pub(crate) fn spread(matched: &mut Matched<'_>) {
    let is_known = |(function, class): &(QueryFunction, CodeClass)| {
        *class == CodeClass::Library || matched.query.is_comparable(*function)
    };
    let classes = matched.facts.indices().map(|function| (function, matched.class(function, Kind::Malware)));
    let known: Vec<(QueryFunction, CodeClass)> = classes.filter(is_known).collect();
    // what is like nothing in the store is nobody's that is known: the program's own
    for function in amid(&known, |class| matches!(class, CodeClass::Library | CodeClass::Common)) {
        matched.facts[function].is_amid_public = true;
    }
    for function in amid(&known, |class| class != CodeClass::Private) {
        let fact = &mut matched.facts[function];
        fact.is_doubtful |= !fact.is_amid_public;
    }
}

/// The functions on either side of which nearly all are of such a class.
fn amid(known: &[(QueryFunction, CodeClass)], is_such: impl Fn(CodeClass) -> bool) -> Vec<QueryFunction> {
    let before: Vec<usize> = std::iter::once(0)
        .chain(known.iter().scan(0, |sum, (_, class)| {
            *sum += usize::from(is_such(*class));
            Some(*sum)
        }))
        .collect();
    let count = |from: usize, to: usize| {
        let at = |place: usize| before.get(place).copied().unwrap_or_default();
        at(to).saturating_sub(at(from))
    };
    (0..known.len())
        .filter(|&at| count(at.saturating_sub(AROUND), at) >= NEARLY_ALL)
        .filter(|&at| count(at + 1, (at + 1 + AROUND).min(known.len())) >= NEARLY_ALL)
        .filter_map(|at| known.get(at).map(|(function, _)| *function))
        .collect()
}
