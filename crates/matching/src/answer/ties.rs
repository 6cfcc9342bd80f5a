//! The stored samples to which a query is tied: each for itself, whatever family it is of.

use super::asked;
use crate::catalogue::Directory;
use crate::document::CodeClass;
use crate::evidence::pieces;
use crate::facts::Matched;
use crate::indices::SampleIndex;
use crate::options::MatchOptions;
use crate::relation::is_enough;
use crate::standing::Shared;
use cognate_base::SampleId;
use cognate_fingerprint::SampleFingerprint;
use cognate_index::Store;

/// A stored sample that a query is held to be related to, by what a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The sample.
    pub to: SampleId,
    /// Address in the query of the largest function of its own that both have.
    pub address: u64,
    /// Bytes of that.
    pub bytes: u32,
}

/// Finds every stored sample that shares so much private code with a query as makes a relative.
///
/// What time does not reach is left out. The sample with the query's SHA-256 is none of them.
pub fn ties<S: Store + ?Sized>(
    query: &SampleFingerprint,
    store: &S,
    directory: &Directory,
    options: &MatchOptions,
) -> Result<Vec<Tie>, S::Error> {
    asked(query, store, directory, options, |matched| {
        let shared = Shared::new(matched);
        let samples = shared.by_sample.entries().filter(|(_, links)| !links.is_empty());
        let related = samples.filter(|(sample, _)| {
            let grounds = shared.grounds(*sample);
            grounds.is_some_and(|grounds| is_enough(&grounds, matched.catalogue.projects()))
        });
        Ok(related.map(|(sample, _)| tie(matched, &shared, sample)).collect())
    })
}

fn tie(matched: &Matched<'_>, shared: &Shared<'_>, sample: SampleIndex) -> Tie {
    let kind = matched.catalogue.kind(sample);
    let pieces = pieces(matched, &shared.by_sample[sample], &|at| matched.class(at, kind));
    let private = pieces.iter().filter(|piece| piece.class == CodeClass::Private);
    let largest = private.map(|piece| matched.query.functions[piece.link.function]);
    let largest = largest.max_by_key(|function| (function.bytes, std::cmp::Reverse(function.address)));
    Tie {
        to: matched.catalogue.samples[sample].info.id,
        address: largest.map_or(0, |function| function.address),
        bytes: largest.map_or(0, |function| function.bytes),
    }
}
