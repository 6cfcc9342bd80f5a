//! Functions of one sample whose body lies inside a function of the other, as
//! inlining leaves it.
//!
//! In come pairs of which one [holds](crate::flow::Overlap::holds) the other and
//! the pairs that were put side by side; out come rows for display. Left out are
//! pairs that stand side by side themselves, and bodies that the partner of the
//! larger function holds as well: there both samples are alike, and neither tells
//! of inlining. The rows stand by whether the larger function's partner calls
//! the smaller function, as it must where one compiler inlined what the other
//! did not; then by rarity, the bits in common over the number of functions that
//! hold the body.

use crate::align::Pair;
use crate::document::{Holds, InlinedPair};
use crate::flow::{self, Overlap};
use crate::telling::own_ref;
use cognate_base::Deadline;
use cognate_fingerprint::{FunctionFingerprint, SampleFingerprint};
use std::collections::HashMap;

/// Work of judging a pair.
const JUDGED: u64 = 32;
/// Most rows of one comparison.
const MOST: usize = 200;

/// Two functions of which one holds the other's body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    /// In `a`.
    pub query: u32,
    /// In `b`.
    pub stored: u32,
    /// Which in which.
    pub holds: Holds,
    /// What they have in common.
    pub overlap: Overlap,
}

impl Held {
    /// The smaller function, which one sample has and the other holds inside [`Held::outer`].
    fn inner(&self) -> (Holds, u32) {
        match self.holds {
            Holds::QueryInStored => (self.holds, self.query),
            Holds::StoredInQuery => (self.holds, self.stored),
        }
    }

    fn outer(&self) -> u32 {
        match self.holds {
            Holds::QueryInStored => self.stored,
            Holds::StoredInQuery => self.query,
        }
    }
}

/// Who stands beside whom.
struct Partners {
    in_a: HashMap<u32, u32>,
    in_b: HashMap<u32, u32>,
}

/// The rows to show of what was found held, at most [`MOST`].
pub(crate) fn rows(
    held: Vec<Held>,
    pairs: &[Pair],
    a: &SampleFingerprint,
    b: &SampleFingerprint,
    deadline: &Deadline,
) -> Vec<InlinedPair> {
    let partners = Partners {
        in_a: pairs.iter().map(|pair| (pair.stored, pair.query)).collect(),
        in_b: pairs.iter().map(|pair| (pair.query, pair.stored)).collect(),
    };
    let mut kept: Vec<(Held, bool)> = held
        .into_iter()
        .filter(|_| deadline.spend(JUDGED))
        .filter_map(|held| partners.judge(&held, a, b).map(|called| (held, called)))
        .collect();
    let mut holders: HashMap<(Holds, u32), u32> = HashMap::new();
    for (held, _) in &kept {
        *holders.entry(held.inner()).or_default() += 1;
    }
    let rarity = |held: &Held| held.overlap.bits / f64::from(*holders.get(&held.inner()).unwrap_or(&1));
    kept.sort_by(|(one, called), (other, also)| {
        let order = also.cmp(called).then(rarity(other).total_cmp(&rarity(one)));
        order.then((one.query, one.stored).cmp(&(other.query, other.stored)))
    });
    kept.truncate(MOST);
    kept.into_iter().filter_map(|(held, called)| row(&held, called, a, b)).collect()
}

impl Partners {
    /// Whether the larger function's partner calls the smaller one; none where there is nothing to show.
    fn judge(&self, held: &Held, a: &SampleFingerprint, b: &SampleFingerprint) -> Option<bool> {
        if self.in_b.get(&held.query) == Some(&held.stored) {
            return None;
        }
        let (home, partner) = match held.holds {
            Holds::QueryInStored => (a, self.in_a.get(&held.outer())),
            Holds::StoredInQuery => (b, self.in_b.get(&held.outer())),
        };
        let (_, inner) = held.inner();
        let function = |at: u32| -> Option<&FunctionFingerprint> { home.functions.get(at as usize) };
        let Some((partner, body)) = partner.and_then(|&at| function(at)).zip(function(inner)) else {
            return Some(false);
        };
        let too = flow::common(&partner.fingerprint, &body.fingerprint).is_part();
        (!too).then(|| partner.callees.binary_search(&inner).is_ok())
    }
}

fn row(held: &Held, called: bool, a: &SampleFingerprint, b: &SampleFingerprint) -> Option<InlinedPair> {
    Some(InlinedPair {
        query: own_ref(a.functions.get(held.query as usize)?, held.query),
        stored: own_ref(b.functions.get(held.stored as usize)?, held.stored),
        holds: held.holds,
        contained: held.overlap.contained(),
        shared: u64::from(held.overlap.shared),
        bits: held.overlap.bits,
        called,
    })
}
