//! The shared functions that tell most, with reasons an analyst can check.

use crate::document::{CodeClass, FunctionRef, Reason, TellingMatch};
use crate::facts::Matched;
use crate::pool::{Accepted, Pool};
use crate::similarity::{Similarity, Weighed};
use crate::standing::Piece;
use cognate_fingerprint::{Fingerprint, FunctionFingerprint, Key, Tier};
use cognate_index::{FunctionInfo, SampleInfo, Store};
use std::collections::BTreeMap;

/// Functions this near to one listed belong to the same run, as indices.
const RUN: u32 = 3;

/// The functions of stored samples, each sample read once.
#[derive(Debug)]
pub(crate) struct Shelf<'s, S: Store + ?Sized> {
    store: &'s S,
    read: BTreeMap<u32, Vec<FunctionInfo>>,
}

impl<'s, S: Store + ?Sized> Shelf<'s, S> {
    /// Starts empty.
    pub fn new(store: &'s S) -> Self {
        Shelf { store, read: BTreeMap::new() }
    }

    /// The functions of a sample.
    pub fn functions(&mut self, sample: &SampleInfo) -> Result<&[FunctionInfo], S::Error> {
        if !self.read.contains_key(&sample.key.0) {
            self.read.insert(sample.key.0, self.store.functions(sample.key)?);
        }
        Ok(self.read.get(&sample.key.0).map(Vec::as_slice).unwrap_or_default())
    }
}

/// Lists a relative's most telling functions.
///
/// `in_group` says which samples belong to the relative; of those that hold a
/// function, `preferred` is shown, or else the first by SHA-256. Siblings of one
/// contiguous run are listed only when nothing else is left.
pub(crate) fn telling<S: Store + ?Sized>(
    matched: &Matched<'_>,
    pieces: &[Piece],
    preferred: u32,
    in_group: impl Fn(u32) -> bool,
    shelf: &mut Shelf<'_, S>,
) -> Result<Vec<TellingMatch>, S::Error> {
    let mut listed = Vec::new();
    for piece in spaced(pieces, matched.options.telling) {
        if !matched.time.holds() {
            break;
        }
        if let Some(told) = tell(matched, piece, preferred, &in_group, shelf)? {
            listed.push(told);
        }
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
            other.class == piece.class && other.link.function.abs_diff(piece.link.function) <= RUN
        };
        if chosen.iter().any(sibling) { later.push(piece) } else { chosen.push(piece) }
    }
    let left = most.saturating_sub(chosen.len());
    chosen.extend(later.into_iter().take(left));
    chosen.sort_by(|a, b| a.class.cmp(&b.class).then(b.bits.total_cmp(&a.bits)));
    chosen
}

fn tell<S: Store + ?Sized>(
    matched: &Matched<'_>,
    piece: &Piece,
    preferred: u32,
    in_group: &impl Fn(u32) -> bool,
    shelf: &mut Shelf<'_, S>,
) -> Result<Option<TellingMatch>, S::Error> {
    let function = piece.link.function;
    let (Some(own), Some(accepted), Some(fact)) = (
        matched.query.functions.get(function as usize),
        matched.pool.accepted.get(function as usize).and_then(|list| list.get(piece.link.rank as usize)),
        matched.facts.get(function as usize),
    ) else {
        return Ok(None);
    };
    let Some((place, index)) = occurrence(matched, accepted, preferred, in_group) else { return Ok(None) };
    let Some(sample) = matched.catalogue.samples.get(place as usize) else { return Ok(None) };
    let Some(stored) = shelf.functions(sample)?.get(index as usize) else { return Ok(None) };
    let group = matched.catalogue.family.get(place as usize);
    let private = piece.class == CodeClass::Private;
    let others = fact.families.iter().filter(|family| Some(*family) != group).count();
    let library = fact.library.and_then(|library| matched.libraries.get(library as usize));
    Ok(Some(TellingMatch {
        query: own_ref(own, function),
        stored: stored_ref(stored, index),
        sample: sample.id,
        sample_name: sample.name.clone(),
        kind: accepted.kind,
        similarity: accepted.value,
        reasons: stored_reasons(matched.pool, own, accepted),
        class: piece.class,
        library: library.map(|library| library.name.clone()),
        other_families: others as u64,
        evidence_bits: if private { piece.bits } else { 0.0 },
        repeated: matched.repetition.members.get(function as usize).map_or(1, |&members| u64::from(members)),
    }))
}

/// The place of the sample to show and the function's index in it.
fn occurrence(
    matched: &Matched<'_>,
    accepted: &Accepted,
    preferred: u32,
    in_group: &impl Fn(u32) -> bool,
) -> Option<(u32, u32)> {
    let signature = matched.pool.signatures.get(accepted.signature as usize)?;
    let placed = signature.occurrences.iter().filter_map(|at| {
        let place = matched.catalogue.place(at.sample)?;
        in_group(place).then_some((place != preferred, place, at.function))
    });
    placed.min().map(|(_, place, function)| (place, function))
}

/// A function of the query, as a report shows it.
pub(crate) fn own_ref(own: &FunctionFingerprint, index: u32) -> FunctionRef {
    FunctionRef { index, address: own.address, bytes: own.bytes, name: own.name.clone() }
}

/// A stored function, as a report shows it.
pub(crate) fn stored_ref(stored: &FunctionInfo, index: u32) -> FunctionRef {
    FunctionRef { index, address: stored.address, bytes: stored.bytes, name: stored.name.clone() }
}

fn stored_reasons(pool: &Pool, own: &FunctionFingerprint, accepted: &Accepted) -> Vec<Reason> {
    let Some(stored) = pool.signatures.get(accepted.signature as usize) else { return Vec::new() };
    let weighed = pool.weigh(&own.fingerprint);
    reasons(&weighed, &own.anchor_texts, &stored.fingerprint, |key| pool.count(key).occurs)
}

/// What the data flow says for a pair.
fn flow_reasons(own: &Weighed<'_>, stored: &Fingerprint, similarity: &Similarity) -> Vec<Reason> {
    let flow = &similarity.flow;
    let mut reasons = Vec::new();
    if flow.alike() >= 0.1 || similarity.holds.is_some() {
        reasons.push(Reason::DataFlow {
            shared: u64::from(flow.shared),
            bits: flow.bits,
            of_query: own.fingerprint.flow.features.len() as u64,
            of_stored: stored.flow.features.len() as u64,
        });
    }
    let contained = flow.contained();
    reasons.extend(similarity.holds.map(|holds| Reason::Inlined { holds, contained }));
    reasons
}

/// Why two functions are held to be the same, the strongest reason first.
pub(crate) fn reasons(
    own: &Weighed<'_>,
    texts: &[String],
    stored: &Fingerprint,
    occurs: impl Fn(Key) -> u64,
) -> Vec<Reason> {
    let similarity = own.similarity(stored);
    let mut reasons = Vec::new();
    if own.fingerprint.exact == stored.exact {
        reasons.push(Reason::Exact);
    } else {
        reasons.extend(
            similarity.jaccard.filter(|&jaccard| jaccard >= 0.1).map(|jaccard| Reason::Tokens { jaccard }),
        );
        if similarity.shared_blocks > 0 {
            reasons.push(Reason::Blocks {
                shared: u64::from(similarity.shared_blocks),
                of_query: own.fingerprint.blocks.len() as u64,
                of_stored: stored.blocks.len() as u64,
            });
        }
        reasons.extend(flow_reasons(own, stored, &similarity));
    }
    let mut anchors: Vec<(f32, Reason)> = Vec::new();
    for (at, (anchor, &bits)) in own.fingerprint.anchors.iter().zip(&own.anchors).enumerate() {
        if stored.anchors.binary_search(anchor).is_ok() {
            let occurs = occurs(Key { tier: Tier::Anchor, hash: anchor.hash });
            let text = texts.get(at).cloned();
            anchors.push((bits, Reason::Anchor { kind: anchor.kind, text, occurs }));
        }
    }
    anchors.sort_by(|a, b| b.0.total_cmp(&a.0));
    reasons.extend(anchors.into_iter().map(|(_, reason)| reason));
    reasons
}
