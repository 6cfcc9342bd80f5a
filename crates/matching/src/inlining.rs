//! Functions of one sample whose body lies inside a function of the other, as
//! inlining leaves it.
//!
//! In come pairs of which one [holds](crate::flow::FlowInCommon::holds) the other and
//! the pairs that were put side by side; out come rows for display. Left out are
//! pairs that stand side by side themselves, and bodies that the partner of the
//! larger function holds as well: there both samples are alike, and neither tells
//! of inlining. The rows stand by whether the larger function's partner calls
//! the smaller function, as it must where one compiler inlined what the other
//! did not; then by rarity, the bits in common over the number of functions that
//! hold the body.

use crate::align::Pair;
use crate::document::{Holds, InlinedPair};
use crate::flow::{self, FlowInCommon};
use crate::indices::{QueryFunction, StoredFunction};
use crate::program::{Other, Program, Query};
use cognate_base::{Deadline, TypedIndex};
use std::collections::HashMap;

/// Work of judging a pair.
const JUDGED: u64 = 32;
/// Most rows of one comparison.
const MOST_ROWS: usize = 200;

/// Two functions of which one holds the other's body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InlinedBody {
    /// In `a`.
    pub query: QueryFunction,
    /// In `b`.
    pub stored: StoredFunction,
    /// Which in which.
    pub holds: Holds,
    /// What they have in common.
    pub common: FlowInCommon,
}

impl InlinedBody {
    /// The smaller function, by the side that it is on and its number there.
    fn inner(&self) -> (Holds, u32) {
        match self.holds {
            Holds::QueryInStored => (self.holds, self.query.0),
            Holds::StoredInQuery => (self.holds, self.stored.0),
        }
    }
}

/// Who stands beside whom.
struct Partners {
    in_a: HashMap<StoredFunction, QueryFunction>,
    in_b: HashMap<QueryFunction, StoredFunction>,
}

/// The rows to show, at most [`MOST_ROWS`].
pub(crate) fn rows(
    bodies: Vec<InlinedBody>,
    pairs: &[Pair],
    a: &Query<'_>,
    b: &Other<'_>,
    deadline: &Deadline,
) -> Vec<InlinedPair> {
    let partners = Partners {
        in_a: pairs.iter().map(|pair| (pair.stored, pair.query)).collect(),
        in_b: pairs.iter().map(|pair| (pair.query, pair.stored)).collect(),
    };
    let mut kept: Vec<(InlinedBody, bool)> = bodies
        .into_iter()
        .filter(|_| deadline.spend(JUDGED))
        .filter_map(|body| partners.judge(&body, a, b).map(|called| (body, called)))
        .collect();
    let mut holders: HashMap<(Holds, u32), u32> = HashMap::new();
    for (body, _) in &kept {
        *holders.entry(body.inner()).or_default() += 1;
    }
    let rarity = |body: &InlinedBody| body.common.bits / f64::from(*holders.get(&body.inner()).unwrap_or(&1));
    kept.sort_by(|(one, called), (other, also)| {
        let order = also.cmp(called).then(rarity(other).total_cmp(&rarity(one)));
        order.then((one.query, one.stored).cmp(&(other.query, other.stored)))
    });
    kept.truncate(MOST_ROWS);
    kept.into_iter().map(|(body, called)| row(&body, called, a, b)).collect()
}

impl Partners {
    /// Whether the larger function's partner calls the smaller one; none where there is nothing to show.
    fn judge(&self, body: &InlinedBody, a: &Query<'_>, b: &Other<'_>) -> Option<bool> {
        if self.in_b.get(&body.query) == Some(&body.stored) {
            return None;
        }
        match body.holds {
            Holds::QueryInStored => is_called(a, self.in_a.get(&body.stored), body.query),
            Holds::StoredInQuery => is_called(b, self.in_b.get(&body.query), body.stored),
        }
    }
}

/// Whether the partner of the larger function calls the smaller one; none where it holds it as well.
fn is_called<I: TypedIndex + Into<u32>>(
    program: &Program<'_, I>,
    partner: Option<&I>,
    inner: I,
) -> Option<bool> {
    let Some(partner) = partner.map(|&partner| program.functions[partner]) else { return Some(false) };
    let holds_too = flow::common(&partner.fingerprint, &program.functions[inner].fingerprint).is_part();
    (!holds_too).then(|| partner.callees.binary_search(&inner.into()).is_ok())
}

fn row(body: &InlinedBody, called: bool, a: &Query<'_>, b: &Other<'_>) -> InlinedPair {
    InlinedPair {
        query: a.reference(body.query),
        stored: b.reference(body.stored),
        holds: body.holds,
        contained: body.common.contained(),
        shared: u64::from(body.common.shared),
        bits: body.common.bits,
        called,
    }
}
