//! The bits of one signature: its fingerprint, whole or as the difference from one that is like it, then where it occurs.

use crate::codec::{BitCursor, BitWriter, Usual, unzigzag, zigzag};
use cognate_fingerprint::{
    Anchor, AnchorKind, BANDS, Fingerprint, Flow, MinHash, ROWS, flow_of_rank, flow_rank,
};

/// The order of signatures in a segment: those that are likely to be alike stand side by side.
///
/// The first rows of the tokens, where there are any: of functions that share nine in ten of their n-grams most agree in these.
pub(crate) fn likeness(fingerprint: &Fingerprint) -> u128 {
    match &fingerprint.tokens {
        Some((rows, _)) => rows.0.first_chunk().map_or(0, |rows| u128::from_be_bytes(*rows)),
        None => {
            fingerprint.flow.features.iter().take(5).fold(0, |order, &next| order << 24 ^ u128::from(next))
        }
    }
}

/// Usual bits of the counts, and of how far they are from those of a signature that is like it.
const COUNTS: [(u32, u32); 5] = [(5, 2), (3, 1), (3, 1), (8, 5), (9, 6)];

fn counts(fingerprint: &Fingerprint) -> [u16; 5] {
    let Fingerprint { instructions, block_count, edge_count, information, flow, .. } = fingerprint;
    [*instructions, *block_count, *edge_count, *information, flow.bits]
}

/// Appends a fingerprint without its exact hash and its band and data-flow keys; all lists must ascend.
///
/// With a `reference` only the difference is written, and it is needed to read it.
pub(crate) fn put_fingerprint(
    out: &mut BitWriter,
    fingerprint: &Fingerprint,
    reference: Option<&Fingerprint>,
) {
    let like = reference.map(counts);
    for (place, (count, (usual, usual_difference))) in counts(fingerprint).into_iter().zip(COUNTS).enumerate()
    {
        match like.and_then(|like| like.get(place).copied()) {
            Some(like) => out.put_number(zigzag(i64::from(count) - i64::from(like)), usual_difference),
            None => out.put_number(u64::from(count), usual),
        }
    }
    let like = reference.and_then(|like| like.tokens.as_ref()).map(|tokens| &tokens.0);
    put_tokens(out, fingerprint.tokens.as_ref().map(|tokens| &tokens.0), like);
    let blocks = put_kept(out, &fingerprint.blocks, reference.map(|like| like.blocks.as_slice()));
    out.put_number(blocks.len() as u64, 0);
    blocks.into_iter().for_each(|hash| out.put_u64(hash));
    let anchors = put_kept(out, &fingerprint.anchors, reference.map(|like| like.anchors.as_slice()));
    out.put_number(anchors.len() as u64, 1);
    for anchor in anchors {
        out.put(KINDS.iter().position(|kind| *kind == anchor.kind).unwrap_or(0) as u64, 2);
        out.put_u64(anchor.hash);
    }
    let like = reference.map(|like| like.flow.features.as_slice());
    let features = put_kept(out, &fingerprint.flow.features, like);
    put_features(out, &features);
}

/// Reads what [`put_fingerprint`] wrote of the fingerprint with this signature; band and data-flow keys are not kept:
/// bands come back as zeros, data-flow keys not at all.
pub(crate) fn read_fingerprint(
    cursor: &mut BitCursor<'_>,
    signature: u64,
    reference: Option<&Fingerprint>,
) -> Option<Fingerprint> {
    let like = reference.map(counts);
    let mut counts = [0u16; 5];
    for (place, (count, (usual, usual_difference))) in counts.iter_mut().zip(COUNTS).enumerate() {
        *count = match like.and_then(|like| like.get(place).copied()) {
            Some(like) => {
                let difference = unzigzag(cursor.number(usual_difference)?);
                u16::try_from(i64::from(like).checked_add(difference)?).ok()?
            }
            None => cursor.number_as(usual)?,
        };
    }
    let like = reference.and_then(|like| like.tokens.as_ref()).map(|tokens| &tokens.0);
    let tokens = read_tokens(cursor, like)?.map(|rows| (rows, [0; BANDS]));
    let blocks = read_kept(cursor, reference.map(|like| like.blocks.as_slice()), |cursor| {
        let count = cursor.number(0)?;
        read_list(cursor, count, 64, BitCursor::u64)
    })?;
    let anchors = read_kept(cursor, reference.map(|like| like.anchors.as_slice()), |cursor| {
        let count = cursor.number(1)?;
        read_list(cursor, count, 66, |cursor| {
            let kind = KINDS.get(cursor.take(2)? as usize).copied()?;
            Some(Anchor { kind, hash: cursor.u64()? })
        })
    })?;
    let like = reference.map(|like| like.flow.features.as_slice());
    let features = read_kept(cursor, like, read_features)?;
    let [instructions, block_count, edge_count, information, bits] = counts;
    let flow = Flow { features, keys: Vec::new(), bits };
    let mut fingerprint = Fingerprint {
        exact: 0,
        tokens,
        blocks,
        anchors,
        instructions,
        block_count,
        edge_count,
        information,
        flow,
    };
    fingerprint.exact = fingerprint.exact_of(signature);
    Some(fingerprint)
}

/// Which of two fingerprints of one signature is kept: the one of lesser bits, whatever the order.
pub(crate) fn the_lesser<'a>(one: &'a Fingerprint, other: &'a Fingerprint) -> &'a Fingerprint {
    let bytes = |fingerprint| {
        let mut out = BitWriter::default();
        put_fingerprint(&mut out, fingerprint, None);
        out.finish()
    };
    if one == other || bytes(one) <= bytes(other) { one } else { other }
}

const KINDS: [AnchorKind; 4] =
    [AnchorKind::Constant, AnchorKind::String, AnchorKind::Import, AnchorKind::Table];

/// Whether there are any, and then the rows that differ, or all of them.
fn put_tokens(out: &mut BitWriter, tokens: Option<&MinHash>, like: Option<&MinHash>) {
    out.put(u64::from(tokens.is_some()), 1);
    let Some(MinHash(rows)) = tokens else { return };
    let Some(MinHash(like)) = like else { return rows.iter().for_each(|&row| out.put(row.into(), 8)) };
    out.put(u64::from(rows != like), 1);
    if rows == like {
        return;
    }
    rows.iter().zip(like).for_each(|(row, like)| out.put(u64::from(row != like), 1));
    rows.iter().zip(like).filter(|(row, like)| row != like).for_each(|(&row, _)| out.put(row.into(), 8));
}

fn read_tokens(cursor: &mut BitCursor<'_>, like: Option<&MinHash>) -> Option<Option<MinHash>> {
    if cursor.take(1)? == 0 {
        return Some(None);
    }
    let mut rows = like.map_or([0; ROWS], |like| like.0);
    if like.is_none() {
        for row in &mut rows {
            *row = cursor.take(8)? as u8;
        }
    } else if cursor.take(1)? == 1 {
        let mut differ = [false; ROWS];
        for differs in &mut differ {
            *differs = cursor.take(1)? == 1;
        }
        for (row, _) in rows.iter_mut().zip(differ).filter(|(_, differs)| *differs) {
            *row = cursor.take(8)? as u8;
        }
    }
    Some(Some(MinHash(rows)))
}

/// Says which of the reference's items are there too, and gives those that it has not.
fn put_kept<T: Ord + Copy>(out: &mut BitWriter, own: &[T], reference: Option<&[T]>) -> Vec<T> {
    debug_assert!(own.is_sorted_by(|one, next| one < next));
    let reference = reference.unwrap_or(&[]);
    reference.iter().for_each(|item| out.put(u64::from(own.binary_search(item).is_ok()), 1));
    own.iter().filter(|item| reference.binary_search(item).is_err()).copied().collect()
}

fn read_kept<T: Ord + Copy>(
    cursor: &mut BitCursor<'_>,
    reference: Option<&[T]>,
    new: impl Fn(&mut BitCursor<'_>) -> Option<Vec<T>>,
) -> Option<Vec<T>> {
    let mut kept = Vec::new();
    for item in reference.unwrap_or(&[]) {
        if cursor.take(1)? == 1 {
            kept.push(*item);
        }
    }
    let new = new(cursor)?;
    let items = if kept.is_empty() { new } else { [kept, new].concat() };
    sorted(items)
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Option<Vec<T>> {
    items.sort_unstable();
    items.is_sorted_by(|one, next| one < next).then_some(items)
}

/// Reads so many items of at least `bits` each: a lying count cannot make us reserve more than the file has.
fn read_list<'a, T>(
    cursor: &mut BitCursor<'a>,
    count: u64,
    bits: u64,
    read: impl Fn(&mut BitCursor<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    if count.checked_mul(bits)? > cursor.left() {
        return None;
    }
    (0..count).map(|_| read(cursor)).collect()
}

/// Bits that the distance between two of so many features is likely to have: they are hashes of 24 bits.
fn usual_distance(count: u64) -> u32 {
    23u32.saturating_sub(count.checked_ilog2().unwrap_or(0))
}

/// Usual bits of the distance between the ranks of two features that are frequent.
const RANK_BITS: u32 = 8;

/// First those that are frequent in goodware, by their ranks, then the others.
fn put_features(out: &mut BitWriter, features: &[u32]) {
    let mut ranks: Vec<u32> = features.iter().copied().filter_map(flow_rank).collect();
    ranks.sort_unstable();
    out.put_number(ranks.len() as u64, 4);
    let (mut usual, mut before) = (Usual::new(RANK_BITS), 0);
    for rank in ranks {
        let distance = u64::from(rank.wrapping_sub(before));
        out.put_number(distance, usual.bits());
        usual.heed(distance);
        before = rank;
    }
    let others: Vec<u32> = features.iter().copied().filter(|&feature| flow_rank(feature).is_none()).collect();
    let count = others.len() as u64;
    out.put_number(count, 3);
    let mut before = 0;
    for feature in others {
        out.put_number(u64::from(feature.wrapping_sub(before)), usual_distance(count));
        before = feature;
    }
}

fn read_features(cursor: &mut BitCursor<'_>) -> Option<Vec<u32>> {
    let count = cursor.number(4)?;
    if count > cursor.left() {
        return None;
    }
    let (mut usual, mut rank) = (Usual::new(RANK_BITS), 0u32);
    let mut features: Vec<u32> = Vec::new();
    for _ in 0..count {
        let distance = cursor.number(usual.bits())?;
        usual.heed(distance);
        rank = rank.checked_add(u32::try_from(distance).ok()?)?;
        features.push(flow_of_rank(rank)?);
    }
    let count = cursor.number(3)?;
    let usual = usual_distance(count);
    if count.checked_mul(u64::from(usual) + 1)? > cursor.left() {
        return None;
    }
    let mut before = 0u32;
    for _ in 0..count {
        before = before.checked_add(cursor.number_as(usual)?)?;
        features.push(before);
    }
    Some(features)
}

/// Where a signature occurs in one segment: (sample, function) ascending, capped, and the number in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Occurrences {
    pub(crate) total: u64,
    pub(crate) list: Vec<(u32, u32)>,
}

/// Usual bits of the distance between samples, and of the number of a function.
const SAMPLE_BITS: u32 = 6;
const FUNCTION_BITS: u32 = 8;

/// Appends occurrences; the list must be ascending.
pub(crate) fn put_places(out: &mut BitWriter, places: &Occurrences) {
    let count = places.list.len() as u64;
    out.put_number(count, 0);
    out.put_number(places.total.saturating_sub(count), 0);
    let mut before = (0u32, 0u32);
    for &(sample, function) in &places.list {
        out.put_number(u64::from(sample.wrapping_sub(before.0)), SAMPLE_BITS);
        let base = if sample == before.0 { before.1 } else { 0 };
        out.put_number(u64::from(function.wrapping_sub(base)), FUNCTION_BITS);
        before = (sample, function);
    }
}

/// Reads what [`put_places`] wrote.
pub(crate) fn read_places(cursor: &mut BitCursor<'_>) -> Option<Occurrences> {
    let count = cursor.number(0)?;
    let total = cursor.number(0)?.checked_add(count)?;
    if count.checked_mul(u64::from(SAMPLE_BITS + FUNCTION_BITS + 2))? > cursor.left() {
        return None;
    }
    let mut list = Vec::with_capacity(count as usize);
    let mut before = (0u32, 0u32);
    for _ in 0..count {
        let sample = before.0.checked_add(cursor.number_as(SAMPLE_BITS)?)?;
        let base = if sample == before.0 { before.1 } else { 0 };
        before = (sample, base.checked_add(cursor.number_as(FUNCTION_BITS)?)?);
        list.push(before);
    }
    Some(Occurrences { total, list })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::fingerprint;

    fn stored(number: u64) -> Fingerprint {
        let mut stored = fingerprint(number);
        stored.flow.keys.clear();
        if let Some((_, bands)) = &mut stored.tokens {
            *bands = [0; BANDS];
        }
        stored
    }

    /// Bits of a fingerprint that comes back as it was, and at no lesser length.
    fn check(fingerprint: &Fingerprint, reference: Option<&Fingerprint>) -> u64 {
        let mut out = BitWriter::default();
        put_fingerprint(&mut out, fingerprint, reference);
        let bits = out.bits();
        let bytes = out.finish();
        let signature = fingerprint.signature();
        let mut cursor = BitCursor::new(&bytes);
        assert_eq!(read_fingerprint(&mut cursor, signature, reference).as_ref(), Some(fingerprint));
        assert_eq!(cursor.place(), bits);
        for length in 0..bytes.len() {
            let mut cursor = BitCursor::new(&bytes[..length]);
            assert_eq!(read_fingerprint(&mut cursor, signature, reference), None);
        }
        bits
    }

    #[test]
    fn fingerprints_come_back_whole_and_as_a_difference() {
        for number in 0..60 {
            let (own, other) = (stored(number), stored(number + 1));
            let whole = check(&own, None);
            check(&own, Some(&other));
            let same = check(&own, Some(&own));
            assert!(same < whole / 3, "{number}: {same} of {whole} bits");
        }
    }

    #[test]
    fn lists_longer_than_our_own_come_back() {
        let mut own = stored(3);
        own.blocks = (0..40).map(|at| at << 50).collect();
        own.flow.features = (0..2000).map(|at| at * 2_000_000).collect();
        check(&own, None);
        check(&stored(4), Some(&own));
        check(&own, Some(&stored(4)));
    }

    #[test]
    fn occurrences_come_back() {
        let list = vec![(3, 0), (3, 700), (u32::MAX, 0), (u32::MAX, u32::MAX)];
        for total in [4, 90_000] {
            let places = Occurrences { total, list: list.clone() };
            let mut out = BitWriter::default();
            put_places(&mut out, &places);
            let bytes = out.finish();
            assert_eq!(read_places(&mut BitCursor::new(&bytes)), Some(places));
            assert_eq!(read_places(&mut BitCursor::new(&bytes[..bytes.len() - 1])), None);
        }
    }

    #[test]
    fn more_than_there_are_bytes_is_refused_before_memory_is_taken() {
        let mut out = BitWriter::default();
        out.put_number(1 << 60, 0);
        out.put_number(1 << 60, 4);
        let bytes = out.finish();
        assert_eq!(read_places(&mut BitCursor::new(&bytes)), None);
        assert_eq!(read_features(&mut BitCursor::new(&bytes)), None);
    }
}
