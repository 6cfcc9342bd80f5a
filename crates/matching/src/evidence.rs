//! What one relative shares with the query, function by function, before it is weighed.

use crate::candidates::Accepted;
use crate::catalogue::Catalogue;
use crate::document::{CodeClass, MatchKind};
use crate::facts::Matched;
use crate::indices::{ActorIndex, CandidateIndex, FamilyIndex, QueryFunction, SampleIndex};
use cognate_base::{TypedIndex, TypedVec};
use cognate_index::Kind;

/// What relatives are: samples, families or actors.
pub(crate) trait Group: TypedIndex {
    /// The relative that a sample belongs to; none where it is a library's.
    fn of_sample(sample: SampleIndex, catalogue: &Catalogue<'_>) -> Option<Self>;

    /// How many there are, the query's own included.
    fn count(catalogue: &Catalogue<'_>) -> usize;

    /// What the relative is.
    fn kind(self, catalogue: &Catalogue<'_>) -> Kind;
}

impl Group for SampleIndex {
    fn of_sample(sample: SampleIndex, catalogue: &Catalogue<'_>) -> Option<Self> {
        catalogue.project(sample).map(|_| sample)
    }

    fn count(catalogue: &Catalogue<'_>) -> usize {
        catalogue.samples.len()
    }

    fn kind(self, catalogue: &Catalogue<'_>) -> Kind {
        catalogue.kind(self)
    }
}

impl Group for FamilyIndex {
    fn of_sample(sample: SampleIndex, catalogue: &Catalogue<'_>) -> Option<Self> {
        catalogue.project(sample)
    }

    fn count(catalogue: &Catalogue<'_>) -> usize {
        catalogue.families.len()
    }

    fn kind(self, catalogue: &Catalogue<'_>) -> Kind {
        catalogue.families[self].kind
    }
}

impl Group for ActorIndex {
    fn of_sample(sample: SampleIndex, catalogue: &Catalogue<'_>) -> Option<Self> {
        catalogue.project(sample)?;
        catalogue.samples[sample].actor
    }

    fn count(catalogue: &Catalogue<'_>) -> usize {
        catalogue.actors.len()
    }

    fn kind(self, _: &Catalogue<'_>) -> Kind {
        Kind::Malware
    }
}

/// A query function and its best match in one group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// The query function.
    pub function: QueryFunction,
    /// Which of the signatures accepted of the function it is: its place in that list.
    pub rank: u32,
}

/// What stands for an accepted signature that is not there: it says nothing.
const NOTHING_ACCEPTED: Accepted = Accepted {
    candidate: CandidateIndex(u32::MAX),
    similarity: 0.0,
    kind: MatchKind::AnchorsOnly,
    bits_in_common: 0.0,
};

impl Link {
    /// The signature that was accepted.
    pub fn accepted<'m>(&self, matched: &'m Matched<'_>) -> &'m Accepted {
        let found = matched.pool.accepted[self.function].get(self.rank as usize);
        debug_assert!(found.is_some(), "a link to what was never accepted: {self:?}");
        found.unwrap_or(&NOTHING_ACCEPTED)
    }
}

/// One piece of evidence: a link that stands for all that are like it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// The best of them.
    pub link: Link,
    /// What the function is.
    pub class: CodeClass,
    /// What it says in bits, were it private.
    pub bits: f64,
}

/// Finds the best match of every query function in every group, as far as there is time.
///
/// `group_of` leaves out the samples that are not to be looked at.
pub(crate) fn links<G: Group>(
    matched: &Matched<'_>,
    group_of: impl Fn(SampleIndex) -> Option<G>,
) -> TypedVec<G, Vec<Link>> {
    let groups = G::count(matched.catalogue);
    let mut links: TypedVec<G, Vec<Link>> = vec![Vec::new(); groups].into();
    // Signatures come best first, so a group's first for a function is its best.
    let mut linked: TypedVec<G, Option<QueryFunction>> = vec![None; groups].into();
    for function in matched.pool.accepted.indices() {
        for ((_, presence), rank) in matched.pool.places(function).zip(0u32..) {
            if !matched.time.spend(presence.len() as u64) {
                return links;
            }
            for group in presence.iter().filter_map(|place| group_of(place.sample)) {
                if linked[group].replace(function) != Some(function) {
                    links[group].push(Link { function, rank });
                }
            }
        }
    }
    links
}

/// One piece per cluster of near-identical functions and per stored signature.
pub(crate) fn pieces(
    matched: &Matched<'_>,
    links: &[Link],
    class: &impl Fn(QueryFunction) -> CodeClass,
) -> Vec<Piece> {
    let piece = |&link: &Link| -> (Option<QueryFunction>, CandidateIndex, Piece) {
        let accepted = link.accepted(matched);
        let class = class(link.function);
        let piece = Piece { link, class, bits: matched.bits(link.function, accepted) };
        (matched.repetition.piece(link.function), accepted.candidate, piece)
    };
    let mut all: Vec<_> = links.iter().map(piece).collect();
    let better = |a: &Piece, b: &Piece| {
        let by_class = (a.class as u8).cmp(&(b.class as u8)).then(b.bits.total_cmp(&a.bits));
        by_class.then(a.link.function.cmp(&b.link.function))
    };
    // First the best of each cluster stands for it, then the best of those that one signature explains.
    all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| better(&a.2, &b.2)));
    all.dedup_by_key(|entry| entry.0);
    all.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| better(&a.2, &b.2)));
    all.dedup_by_key(|entry| entry.1);
    let mut pieces: Vec<Piece> = all.into_iter().map(|entry| entry.2).collect();
    pieces.sort_by(better);
    pieces
}
