//! What a query and one stored sample share beyond public code, in the figures that tell relatives from strangers.
//!
//! Chance makes single functions alike, here and there; what is really shared lies *together* in both: a piece is
//! placed where another stands near it in the query and near its match in the sample. A library that nobody knows lies
//! together as well; but it is a part of either program. So it is counted how much of the *own* code of both is shared.

use crate::document::{CodeClass, Grounds, ratio};
use crate::evidence::{Link, Piece, pieces};
use crate::facts::Matched;
use crate::indices::{QueryFunction, SampleIndex};
use cognate_base::TypedVec;
use cognate_fingerprint::is_rust;
use std::collections::{BTreeMap, BTreeSet};

/// Comparable functions of the query within which two pieces stand near each other, and functions of the sample; less
/// in small programs. Judgement: objects of one library have so many.
const NEAR_HERE: u32 = 12;
const NEAR_THERE: u32 = 36;
/// A small program has so many neighbourhoods at least.
const NEIGHBOURHOODS: u32 = 6;
/// The share of a library's functions that the base does not recognise (`docs/components.md`: a tenth in development).
const MISSED: f64 = 0.1;
/// Places of one signature in a sample that are looked at.
const MOST_PLACES: usize = 8;

/// What of a query is its own to a relative of some kind, counted once for all of them.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// The place of a function among the comparable ones.
    order: TypedVec<QueryFunction, u32>,
    /// Comparable functions.
    comparable: u32,
    /// How many of those are neither a library's nor common.
    functions: u64,
    /// What those say, repeated code once, in bits.
    information: f64,
    /// What library code may be among them, in bits: so much of a library is not recognised.
    missed: f64,
}

impl Own {
    /// Counts what is the query's own, by what each function is.
    pub fn of(matched: &Matched<'_>, class: &impl Fn(QueryFunction) -> CodeClass) -> Self {
        let query = matched.query;
        let mut order = Vec::with_capacity(query.functions.len());
        let mut comparable = 0;
        for function in query.functions.indices() {
            order.push(comparable);
            comparable += u32::from(query.is_comparable(function));
        }
        let is_own = |&at: &QueryFunction| class(at) == CodeClass::Private;
        let functions: BTreeSet<QueryFunction> = query.comparable().filter(is_own).collect();
        let mut most: BTreeMap<Option<QueryFunction>, u16> = BTreeMap::new();
        for &function in &functions {
            let says = most.entry(matched.repetition.piece(function)).or_default();
            *says = query.functions[function].fingerprint.information.max(*says);
        }
        let information = most.values().map(|&bits| f64::from(bits)).sum();
        let says = |at: QueryFunction| f64::from(query.functions[at].fingerprint.information);
        let public = query.comparable().filter(|&at| {
            let fact = &matched.facts[at];
            !functions.contains(&at) && (fact.library.is_some() || fact.is_doubtful)
        });
        let missed = MISSED * public.map(says).sum::<f64>();
        Own { order: order.into(), comparable, functions: functions.len() as u64, information, missed }
    }
}

/// Counts what the query shares with one sample, by what each function is.
pub(crate) fn grounds(
    matched: &Matched<'_>,
    (own, class): (&Own, &impl Fn(QueryFunction) -> CodeClass),
    links: &[Link],
    sample: SampleIndex,
) -> Grounds {
    let info = &matched.catalogue.samples[sample].info;
    let pieces: Vec<Piece> =
        pieces(matched, links, class).into_iter().filter(|piece| piece.class == CodeClass::Private).collect();
    let placed = placed(matched, own, &pieces, sample);
    let is_placed = |at: usize| placed.get(at).copied().unwrap_or(false);
    let (mut placed_bits, mut loose_bits, mut says) = (0.0, 0.0, 0.0);
    let mut there: BTreeSet<u32> = BTreeSet::new();
    for (at, piece) in pieces.iter().enumerate() {
        let (function, accepted) = (piece.link.function, piece.link.accepted(matched));
        if !is_placed(at) {
            loose_bits += piece.bits;
            continue;
        }
        placed_bits += piece.bits;
        let information = f64::from(matched.query.functions[function].fingerprint.information);
        says += information * accepted.similarity;
        there.extend(places(matched, piece, sample).first());
    }
    let known_there: BTreeSet<u32> = info
        .components
        .iter()
        .filter(|it| it.is_public())
        .flat_map(|it| it.functions.iter().copied())
        .collect();
    let functions_there = u64::from(info.functions).saturating_sub(known_there.len() as u64);
    let all_there = functions_there as f64 + MISSED * known_there.len() as f64;
    let comparable = ratio(f64::from(own.comparable), matched.query.functions.len() as f64);
    Grounds {
        placed_bits,
        loose_bits,
        placed: placed.iter().filter(|placed| **placed).count() as u64,
        loose: placed.iter().filter(|placed| !**placed).count() as u64,
        of_own: ratio(says, own.information).clamp(0.0, 1.0),
        of_query: ratio(says, own.information + own.missed).clamp(0.0, 1.0),
        of_sample: ratio(there.len() as f64, all_there * comparable).clamp(0.0, 1.0),
        query_functions: own.functions,
        sample_functions: functions_there,
        open_language: [&matched.query.sample.components, &info.components].iter().all(|it| is_rust(it)),
        same_machine: matched.query.sample.arch == info.arch && matched.query.sample.format == info.format,
    }
}

/// The functions of a sample that a piece matches, as far as they are looked at.
fn places(matched: &Matched<'_>, piece: &Piece, sample: SampleIndex) -> Vec<u32> {
    let key = matched.catalogue.samples[sample].info.key;
    let occurrences = &matched.pool.signatures[piece.link.accepted(matched).candidate].occurrences;
    let from = occurrences.partition_point(|at| at.sample < key);
    let own = occurrences.iter().skip(from).take_while(|at| at.sample == key);
    own.take(MOST_PLACES).map(|at| at.function).collect()
}

/// Which pieces have another near them on both sides.
fn placed(matched: &Matched<'_>, own: &Own, pieces: &[Piece], sample: SampleIndex) -> Vec<bool> {
    let functions = matched.catalogue.samples[sample].info.functions;
    let here = NEAR_HERE.min(own.comparable / NEIGHBOURHOODS).max(1);
    let there = NEAR_THERE.min(functions / NEIGHBOURHOODS).max(1);
    let mut at: Vec<(u32, u32, usize)> = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        let order = own.order[piece.link.function];
        at.extend(places(matched, piece, sample).into_iter().map(|place| (order, place, number)));
    }
    at.sort_unstable();
    let mut placed = vec![false; pieces.len()];
    for (first, &(order, place, number)) in at.iter().enumerate() {
        let near = at.iter().skip(first + 1).take_while(|(other, ..)| other - order <= here);
        for &(_, other_place, other) in near {
            if other != number && other_place != place && other_place.abs_diff(place) <= there {
                for number in [number, other] {
                    if let Some(placed) = placed.get_mut(number) {
                        *placed = true;
                    }
                }
            }
        }
    }
    placed
}
