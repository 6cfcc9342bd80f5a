//! The bytes of one signature: its fingerprint, then where it occurs.

use crate::codec::{Cursor, put_varint};
use cognate_fingerprint::{
    Anchor, AnchorKind, BANDS, Fingerprint, Flow, MAX_ANCHORS, MAX_BLOCKS, MAX_FLOW, MinHash, ROWS,
};

const TOKENS: u8 = 1;

/// Appends a fingerprint, without the band and data-flow keys.
pub(crate) fn put_fingerprint(out: &mut Vec<u8>, fingerprint: &Fingerprint) {
    out.push(if fingerprint.tokens.is_some() { TOKENS } else { 0 });
    out.extend(fingerprint.exact.to_le_bytes());
    if let Some((minhash, _)) = &fingerprint.tokens {
        out.extend(minhash.0);
    }
    let counts =
        [fingerprint.instructions, fingerprint.block_count, fingerprint.edge_count, fingerprint.information];
    counts.into_iter().for_each(|count| put_varint(out, u64::from(count)));
    put_varint(out, fingerprint.blocks.len() as u64);
    fingerprint.blocks.iter().for_each(|hash| out.extend(hash.to_le_bytes()));
    put_varint(out, fingerprint.anchors.len() as u64);
    for anchor in &fingerprint.anchors {
        out.push(match anchor.kind {
            AnchorKind::Constant => 0,
            AnchorKind::String => 1,
            AnchorKind::Import => 2,
            AnchorKind::Table => 3,
        });
        out.extend(anchor.hash.to_le_bytes());
    }
    put_flow(out, &fingerprint.flow);
}

/// Bits, how many features, then the distance of each from the one before it.
fn put_flow(out: &mut Vec<u8>, flow: &Flow) {
    put_varint(out, u64::from(flow.bits));
    put_varint(out, flow.features.len() as u64);
    let mut before = 0;
    for &feature in &flow.features {
        put_varint(out, u64::from(feature.wrapping_sub(before)));
        before = feature;
    }
}

/// Reads what [`put_flow`] wrote; the keys come back empty.
fn read_flow(cursor: &mut Cursor<'_>) -> Option<Flow> {
    let bits = cursor.varint_as()?;
    let count: usize = cursor.varint_as()?;
    if count > MAX_FLOW.max(cursor.left()) {
        return None;
    }
    let mut features = Vec::with_capacity(count);
    for _ in 0..count {
        let distance: u32 = cursor.varint_as()?;
        let feature = match features.last() {
            Some(before) => distance.checked_add(*before).filter(|_| distance > 0)?,
            None => distance,
        };
        features.push(feature);
    }
    Some(Flow { features, keys: Vec::new(), bits })
}

/// Reads what [`put_fingerprint`] wrote; the band and data-flow keys are not kept:
/// bands come back as zeros, data-flow keys not at all.
pub(crate) fn read_fingerprint(cursor: &mut Cursor<'_>) -> Option<Fingerprint> {
    let flags = cursor.byte()?;
    let exact = cursor.u64()?;
    let tokens = match flags {
        0 => None,
        TOKENS => Some((MinHash(cursor.array::<ROWS>()?), [0; BANDS])),
        _ => return None,
    };
    let instructions = cursor.varint_as()?;
    let block_count = cursor.varint_as()?;
    let edge_count = cursor.varint_as()?;
    let information = cursor.varint_as()?;
    let blocks = read_list(cursor, MAX_BLOCKS, Cursor::u64)?;
    let anchors = read_list(cursor, MAX_ANCHORS, read_anchor)?;
    let flow = read_flow(cursor)?;
    Some(Fingerprint {
        exact,
        tokens,
        blocks,
        anchors,
        instructions,
        block_count,
        edge_count,
        information,
        flow,
    })
}

fn read_list<'a, T>(
    cursor: &mut Cursor<'a>,
    most: usize,
    read: impl Fn(&mut Cursor<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let count: usize = cursor.varint_as()?;
    // Not the fingerprint's own bound: a caller may have been generous. The bytes bound it.
    if count > most.max(cursor.left() / 8) {
        return None;
    }
    (0..count).map(|_| read(cursor)).collect()
}

fn read_anchor(cursor: &mut Cursor<'_>) -> Option<Anchor> {
    let kind = match cursor.byte()? {
        0 => AnchorKind::Constant,
        1 => AnchorKind::String,
        2 => AnchorKind::Import,
        3 => AnchorKind::Table,
        _ => return None,
    };
    Some(Anchor { kind, hash: cursor.u64()? })
}

/// Where a signature occurs in one segment: (sample, function) ascending, capped, and the number in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Occurrences {
    pub(crate) total: u64,
    pub(crate) list: Vec<(u32, u32)>,
}

/// Appends occurrences; the list must be ascending.
pub(crate) fn put_places(out: &mut Vec<u8>, total: u64, list: &[(u32, u32)]) {
    put_varint(out, total);
    put_varint(out, list.len() as u64);
    let mut before = (0u32, 0u32);
    for &(sample, function) in list {
        put_varint(out, u64::from(sample.wrapping_sub(before.0)));
        let base = if sample == before.0 { before.1 } else { 0 };
        put_varint(out, u64::from(function.wrapping_sub(base)));
        before = (sample, function);
    }
}

/// Reads what [`put_places`] wrote.
pub(crate) fn read_places(cursor: &mut Cursor<'_>) -> Option<Occurrences> {
    let total = cursor.varint()?;
    let count: usize = cursor.varint_as()?;
    if count as u64 > total || count > cursor.left() {
        return None;
    }
    let mut list = Vec::with_capacity(count);
    let mut before = (0u32, 0u32);
    for _ in 0..count {
        let sample = before.0.checked_add(cursor.varint_as()?)?;
        let base = if sample == before.0 { before.1 } else { 0 };
        let function = base.checked_add(cursor.varint_as()?)?;
        before = (sample, function);
        list.push(before);
    }
    Some(Occurrences { total, list })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(features: &[u32], bits: u16, bytes: usize) {
        let flow = Flow { features: features.to_vec(), keys: vec![7], bits };
        let mut out = Vec::new();
        put_flow(&mut out, &flow);
        assert_eq!(out.len(), bytes);
        let mut cursor = Cursor::new(&out);
        let found = read_flow(&mut cursor);
        assert_eq!(found, Some(Flow { keys: Vec::new(), ..flow }));
        assert_eq!(cursor.left(), 0);
        assert_eq!(read_flow(&mut Cursor::new(&out[..out.len() - 1])), None);
    }

    #[test]
    fn no_data_flow_is_two_bytes() {
        check(&[], 0, 2);
    }

    #[test]
    fn a_feature_is_about_three_bytes() {
        check(&[0], 8, 3);
        check(&[5, 1 << 23, (1 << 24) - 1], 24, 11);
        let features: Vec<u32> = (0..MAX_FLOW as u32).map(|at| at * 87_000).collect();
        check(&features, u16::MAX, 3 + 2 + 1 + 3 * (MAX_FLOW - 1));
    }

    #[test]
    fn more_features_than_bytes_are_refused_before_memory_is_taken() {
        let mut out = vec![0];
        put_varint(&mut out, u64::MAX);
        assert_eq!(read_flow(&mut Cursor::new(&out)), None);
    }

    #[test]
    fn features_beyond_32_bits_are_refused() {
        let mut out = vec![0, 2];
        put_varint(&mut out, u64::from(u32::MAX));
        put_varint(&mut out, 1);
        assert_eq!(read_flow(&mut Cursor::new(&out)), None);
    }

    #[test]
    fn a_feature_that_comes_twice_is_refused() {
        assert_eq!(read_flow(&mut Cursor::new(&[0, 2, 5, 0])), None);
        assert!(read_flow(&mut Cursor::new(&[0, 2, 0, 5])).is_some());
    }
}
