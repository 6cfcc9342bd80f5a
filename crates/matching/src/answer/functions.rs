//! Every function of the query with what became of it.

use crate::bundles::Bundles;
use crate::document::{CodeClass, FunctionAnswer, FunctionClass, Partner};
use crate::facts::Matched;
use crate::indices::QueryFunction;

/// All functions, ascending by address.
pub(super) fn functions(matched: &Matched<'_>, bundles: &Bundles) -> Vec<FunctionAnswer> {
    let answer = |at: QueryFunction| FunctionAnswer {
        function: matched.query.reference(at),
        class: class(matched, at),
        library: matched.facts[at].library.map(|library| matched.libraries[library].name.clone()),
        bundle: bundles.of_function(at),
        families: matched.facts[at].families.len() as u64,
        partner: partner(matched, at),
    };
    matched.query.functions.indices().map(answer).collect()
}

/// What became of one.
pub(super) fn class(matched: &Matched<'_>, at: QueryFunction) -> FunctionClass {
    match matched.class_shown(at) {
        CodeClass::Library => FunctionClass::Library,
        _ if !matched.query.is_comparable(at) => FunctionClass::TooSmall,
        CodeClass::Doubtful => FunctionClass::Doubtful,
        _ if !matched.is_matched(at) => FunctionClass::Unknown,
        CodeClass::Common => FunctionClass::Common,
        CodeClass::Private => FunctionClass::Private,
    }
}

/// The best match, in the first of the samples that hold it.
fn partner(matched: &Matched<'_>, at: QueryFunction) -> Option<Partner> {
    let (best, presence) = matched.pool.places(at).next()?;
    let sample = presence.first()?.sample;
    let stored = &matched.catalogue.samples[sample];
    let occurrences = &matched.pool.signatures[best.candidate].occurrences;
    let function = occurrences.iter().find(|at| at.sample == stored.info.key)?.function;
    Some(Partner {
        family: stored.info.label.family.clone(),
        sample: stored.info.id,
        function,
        similarity: best.similarity,
        kind: best.kind,
    })
}
