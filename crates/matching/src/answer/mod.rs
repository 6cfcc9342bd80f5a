//! From a query and a store to a [`MatchReport`]: the order of the steps.

mod alignment;
mod functions;
mod libraries;
mod relatives;
mod ties;
mod verdict;

pub use ties::{Tie, ties};

use crate::bundles::Bundles;
use crate::candidates::Pool;
use crate::catalogue::{Catalogue, Directory};
use crate::document::*;
use crate::facts::{Matched, facts};
use crate::indices::QueryFunction;
use crate::library;
use crate::options::MatchOptions;
use crate::program::Query;
use crate::public;
use crate::standing::Shared;
use crate::telling::StoredFunctions;
use crate::time::Time;
use cognate_fingerprint::SampleFingerprint;
use cognate_index::{SampleInfo, Store};
use std::collections::BTreeSet;

/// What every report says of its figures.
const CAVEAT: &str = "Bits order what is shared; how surely it makes a relative, the likelihood ratio and the expected \
number of unrelated families say, which were measured on ordinary software: packed or obfuscated code, and families \
labelled wrongly, are not in them.";

/// Asks a store what a query shares with everything in it.
///
/// The answer depends on what the store holds, not on the order in which it
/// was added. A stored sample with the query's SHA-256 is left out. Fails only
/// when the store does.
pub fn match_sample<S: Store + ?Sized>(
    query: &SampleFingerprint,
    store: &S,
    options: &MatchOptions,
) -> Result<MatchReport, S::Error> {
    match_known(query, store, &Directory::of(store)?, options)
}

/// The same for one of many queries: `directory` is what the store has, read once for all of them.
pub fn match_known<S: Store + ?Sized>(
    query: &SampleFingerprint,
    store: &S,
    directory: &Directory,
    options: &MatchOptions,
) -> Result<MatchReport, S::Error> {
    asked(query, store, directory, options, |matched| report(matched, store))
}

/// Finds what the store has of a query, and whose its functions are: all that every answer rests on.
fn asked<S: Store + ?Sized, T>(
    query: &SampleFingerprint,
    store: &S,
    directory: &Directory,
    options: &MatchOptions,
    answer: impl FnOnce(&Matched<'_>) -> Result<T, S::Error>,
) -> Result<T, S::Error> {
    let time = Time::start(options.time);
    let query = &Query::new(query);
    let catalogue = Catalogue::new(directory, &query.sample.id);
    let mut pool = Pool::gather(query, store, &catalogue, options, &time.gather)?;
    let facts = facts(&mut pool, &catalogue, &time.gather);
    let mut matched = Matched::new(query, &catalogue, (&pool, facts), options, &time.whole);
    library::attribute(&mut matched);
    if !matched.time.holds() {
        // Not knowing whose code it is, nobody may be called a relative for it.
        matched.libraries = Default::default();
    }
    public::spread(&mut matched);
    answer(&matched)
}

/// The whole answer.
fn report<S: Store + ?Sized>(matched: &Matched<'_>, store: &S) -> Result<MatchReport, S::Error> {
    let Matched { catalogue, options, .. } = *matched;
    let shared = Shared::new(matched);
    let mut stored = StoredFunctions::new(store);
    // What the verdict hangs on comes first.
    let mut families = relatives::families(&shared, &mut stored)?;
    let libraries = libraries::libraries(matched);
    let code = split(matched);
    // What is judged does not hang on how much is shown.
    let near_copy = relatives::near_copy(&shared);
    let near = near_copy.map(|sample| reference(&catalogue.samples[sample].info));
    let outcome = verdict::outcome(&verdict::Found {
        matched,
        code: &code,
        families: &families,
        libraries: &libraries,
        near: near.as_ref(),
    });
    let is_weighed = !matched.time.passed();
    families.truncate(options.relatives);
    let samples = relatives::samples(&shared, near_copy, store, &mut stored)?;
    let actors = relatives::actors(&shared, &mut stored)?;
    let bundles = Bundles::of(matched);
    let functions = functions::functions(matched, &bundles);
    Ok(MatchReport {
        schema: SCHEMA,
        outcome,
        query: summary(matched),
        population: Population {
            samples: catalogue.count() as u64,
            families: catalogue.projects() as u64,
            goodware: catalogue.goodware() as u64,
            libraries: catalogue.libraries() as u64,
            functions: catalogue.functions(),
            fingerprint_version: catalogue.fingerprint_version,
        },
        completeness: matched.pool.completeness.clone(),
        caveat: CAVEAT.to_owned(),
        code,
        bundles: bundles.listed,
        functions,
        libraries,
        families,
        actors,
        samples,
        left_out: verdict::left_out_of(matched, is_weighed),
    })
}

fn summary(matched: &Matched<'_>) -> QuerySummary {
    let Query { sample, functions, .. } = matched.query;
    let comparable = matched.query.share(matched.query.comparable());
    let distinct: BTreeSet<Option<QueryFunction>> =
        matched.query.comparable().map(|function| matched.repetition.piece(function)).collect();
    QuerySummary {
        id: sample.id,
        size: sample.size,
        format: sample.format,
        arch: sample.arch,
        functions: functions.len() as u64,
        code_bytes: matched.query.code_bytes,
        comparable_functions: comparable.functions,
        comparable_bytes: comparable.bytes,
        distinct_functions: distinct.len() as u64,
        components: matched.query.components(),
        partial: sample.partial,
        known: matched.catalogue.known().map(|known| reference(&known.info)),
    }
}

fn reference(info: &SampleInfo) -> SampleRef {
    SampleRef {
        id: info.id,
        name: info.name.clone(),
        label: info.label.clone(),
        format: info.format,
        arch: info.arch,
        functions: u64::from(info.functions),
        code_bytes: info.code_bytes,
    }
}

/// The query's code by what became of each function.
fn split(matched: &Matched<'_>) -> CodeSplit {
    let of = |class: FunctionClass| {
        let functions = matched.query.functions.indices();
        matched.query.share(functions.filter(|&function| functions::class(matched, function) == class))
    };
    let all = matched.query.functions.indices().filter(|&function| matched.is_matched(function));
    CodeSplit {
        matched: matched.query.share(all),
        private: of(FunctionClass::Private),
        library: of(FunctionClass::Library),
        common: of(FunctionClass::Common),
        doubtful: of(FunctionClass::Doubtful),
        unmatched: of(FunctionClass::Unknown),
        below_floor: of(FunctionClass::TooSmall),
    }
}
