//! The shared functions that tell most, with reasons an analyst can check.

use crate::candidates::Accepted;
use crate::document::{CodeClass, FunctionRef, TellingMatch};
use crate::evidence::{Group, Piece};
use crate::facts::Matched;
use crate::indices::SampleIndex;
use crate::reasons::reasons;
use cognate_index::{FunctionInfo, SampleInfo, SampleKey, Store};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Most telling functions listed of one relative; the documents say ten.
const MOST_LISTED: usize = 10;
/// Functions this near to one listed belong to the same run, as indices.
const RUN: u32 = 3;

/// The functions of stored samples, each sample read once.
#[derive(Debug)]
pub(crate) struct StoredFunctions<'s, S: Store + ?Sized> {
    store: &'s S,
    read: BTreeMap<SampleKey, Vec<FunctionInfo>>,
}

impl<'s, S: Store + ?Sized> StoredFunctions<'s, S> {
    /// Starts empty.
    pub fn new(store: &'s S) -> Self {
        StoredFunctions { store, read: BTreeMap::new() }
    }

    /// The functions of a sample.
    pub fn of(&mut self, sample: &SampleInfo) -> Result<&[FunctionInfo], S::Error> {
        Ok(match self.read.entry(sample.key) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread.insert(self.store.functions(sample.key)?),
        })
    }
}

/// Lists a relative's most telling functions.
///
/// Of the relative's samples that hold a function, `preferred` is shown, or else
/// the first by SHA-256. Siblings of one contiguous run are listed only when
/// nothing else is left.
pub(crate) fn telling<G: Group, S: Store + ?Sized>(
    matched: &Matched<'_>,
    pieces: &[Piece],
    group: G,
    preferred: SampleIndex,
    stored: &mut StoredFunctions<'_, S>,
) -> Result<Vec<TellingMatch>, S::Error> {
    let mut listed = Vec::new();
    for piece in spaced(pieces, MOST_LISTED) {
        if !matched.time.holds() {
            break;
        }
        listed.extend(tell(matched, piece, group, preferred, stored)?);
    }
    Ok(listed)
}

/// The first pieces that do not belong to a run already begun, then the rest.
fn spaced(pieces: &[Piece], most: usize) -> Vec<&Piece> {
    let mut chosen: Vec<&Piece> = Vec::new();
    let mut later: Vec<&Piece> = Vec::new();
    for piece in pieces {
        if chosen.len() >= most {
            break;
        }
        let sibling = |other: &&Piece| {
            other.class == piece.class && other.link.function.0.abs_diff(piece.link.function.0) <= RUN
        };
        if chosen.iter().any(sibling) { later.push(piece) } else { chosen.push(piece) }
    }
    let left = most.saturating_sub(chosen.len());
    chosen.extend(later.into_iter().take(left));
    chosen.sort_by(|a, b| a.class.cmp(&b.class).then(b.bits.total_cmp(&a.bits)));
    chosen
}

/// Describes one shared function; nothing where the store says otherwise than when it was asked first.
fn tell<G: Group, S: Store + ?Sized>(
    matched: &Matched<'_>,
    piece: &Piece,
    group: G,
    preferred: SampleIndex,
    stored: &mut StoredFunctions<'_, S>,
) -> Result<Option<TellingMatch>, S::Error> {
    let (function, accepted) = (piece.link.function, piece.link.accepted(matched));
    let (own, fact) = (matched.query.functions[function], &matched.facts[function]);
    let Some((sample, index)) = occurrence(matched, accepted, group, preferred) else { return Ok(None) };
    let sample = &matched.catalogue.samples[sample];
    let Some(stored) = stored.of(&sample.info)?.get(index as usize) else { return Ok(None) };
    let others = fact.families.iter().filter(|family| **family != sample.family).count();
    let weighed = matched.pool.weigh(&own.fingerprint);
    let candidate = &matched.pool.signatures[accepted.candidate].fingerprint;
    Ok(Some(TellingMatch {
        query: matched.query.reference(function),
        stored: stored_ref(stored, index),
        sample: sample.info.id,
        sample_name: sample.info.name.clone(),
        kind: accepted.kind,
        similarity: accepted.similarity,
        reasons: reasons(&weighed, &own.anchor_texts, candidate, |key| matched.pool.count(key).occurs),
        class: piece.class,
        library: fact.library.map(|library| matched.libraries[library].name.clone()),
        other_families: others as u64,
        evidence_bits: if piece.class == CodeClass::Private { piece.bits } else { 0.0 },
        repeated: u64::from(matched.repetition.members(function)),
    }))
}

/// The sample to show and the function's index in it.
fn occurrence<G: Group>(
    matched: &Matched<'_>,
    accepted: &Accepted,
    group: G,
    preferred: SampleIndex,
) -> Option<(SampleIndex, u32)> {
    let occurrences = matched.pool.signatures[accepted.candidate].occurrences.iter();
    let there = occurrences.filter_map(|at| {
        let sample = matched.catalogue.sample(at.sample)?;
        let is_its = G::of_sample(sample, matched.catalogue) == Some(group);
        is_its.then_some((sample != preferred, sample, at.function))
    });
    there.min().map(|(_, sample, function)| (sample, function))
}

/// A stored function, as a report shows it.
pub(crate) fn stored_ref(stored: &FunctionInfo, index: u32) -> FunctionRef {
    FunctionRef { index, address: stored.address, bytes: stored.bytes, name: stored.name.clone() }
}
