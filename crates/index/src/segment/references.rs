//! Which signature another one is written as the difference from.
//!
//! Signatures come in an order in which those that are alike stand near each other. A record starts with the
//! distance to the one that it refers to, which is itself written whole; zero says that this one is.

use crate::codec::{BitCursor, BitWriter};
use crate::record::put_fingerprint;
use cognate_fingerprint::Fingerprint;
use std::collections::VecDeque;

/// Signatures written whole that are looked at.
const LOOKED_AT: usize = 48;
/// Of a whole record, the share in quarters above which a difference is not worth a second read.
const WORTH: u64 = 3;
/// Usual bits of the distance.
const DISTANCE_BITS: u32 = 3;

/// The signatures last written whole.
#[derive(Default)]
pub(crate) struct References(VecDeque<(u32, Fingerprint)>);

impl References {
    /// Appends the distance and the fingerprint, in the shorter of the two ways.
    pub(crate) fn put(&mut self, out: &mut BitWriter, number: u32, fingerprint: &Fingerprint) {
        let mut whole = BitWriter::default();
        whole.put_number(0, DISTANCE_BITS);
        put_fingerprint(&mut whole, fingerprint, None);
        let best = self.0.iter().map(|(at, other)| (alike(fingerprint, other), *at, other));
        if let Some((_, at, other)) = best.max_by_key(|&(alike, at, _)| (alike, at)) {
            let mut difference = BitWriter::default();
            difference.put_number(number.wrapping_sub(at).into(), DISTANCE_BITS);
            put_fingerprint(&mut difference, fingerprint, Some(other));
            if difference.bits() * 4 <= whole.bits() * WORTH {
                *out = difference;
                return;
            }
        }
        *out = whole;
        if self.0.len() == LOOKED_AT {
            self.0.pop_front();
        }
        self.0.push_back((number, fingerprint.clone()));
    }
}

/// The number of the signature that this one refers to; the inner `None` for one that is whole.
pub(crate) fn read_reference(cursor: &mut BitCursor<'_>, number: u32) -> Option<Option<u32>> {
    match cursor.number_as(DISTANCE_BITS)? {
        0 => Some(None),
        distance => number.checked_sub(distance).map(Some),
    }
}

/// About how many bits one saves as the difference from the other.
fn alike(one: &Fingerprint, other: &Fingerprint) -> usize {
    let rows = match (&one.tokens, &other.tokens) {
        (Some((one, _)), Some((other, _))) => one.0.iter().zip(&other.0).filter(|(a, b)| a == b).count(),
        _ => 0,
    };
    let gone = other.flow.features.len();
    let features = in_common(&one.flow.features, &other.flow.features);
    let anchors = one.anchors.iter().filter(|anchor| other.anchors.contains(anchor)).count();
    (rows * 8 + features * 15 + anchors * 64).saturating_sub(gone)
}

/// How many numbers two ascending lists have in common.
fn in_common(one: &[u32], other: &[u32]) -> usize {
    let (mut one, mut other, mut count) = (one, other, 0);
    while let ([a, one_left @ ..], [b, other_left @ ..]) = (one, other) {
        count += usize::from(a == b);
        (one, other) = (if a <= b { one_left } else { one }, if b <= a { other_left } else { other });
    }
    count
}
