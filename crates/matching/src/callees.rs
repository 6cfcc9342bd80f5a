//! What the functions that a function calls are about: a sketch that can be
//! compared between samples whose functions are not matched yet.

use crate::lists::{Found, side_by_side};
use cognate_base::combine;
use cognate_fingerprint::{Fingerprint, flow_weight};

/// Anchors and features kept of all callees together.
const MOST_KEPT: usize = 256;
/// What an anchor counts, in bits. Judgement.
const ANCHOR_BITS: f32 = 12.0;
/// Keeps data-flow features and anchors apart.
const FLOW: u64 = 0x666c_6f77;

/// The anchors and data-flow features of a function's callees, the weightiest, each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Callees {
    things: Vec<(u64, f32)>,
}

impl Callees {
    /// Gathers what the callees of one function refer to and compute.
    pub fn of<'a>(callees: impl Iterator<Item = &'a Fingerprint>) -> Callees {
        let mut things: Vec<(u64, f32)> = Vec::new();
        for callee in callees {
            things.extend(callee.anchors.iter().map(|anchor| (anchor.hash, ANCHOR_BITS)));
            let features = callee.flow.features.iter();
            things.extend(features.map(|&feature| (combine(FLOW, u64::from(feature)), flow_weight(feature))));
        }
        things.sort_unstable_by_key(|thing| thing.0);
        things.dedup_by_key(|thing| thing.0);
        if things.len() > MOST_KEPT {
            things.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            things.truncate(MOST_KEPT);
            things.sort_unstable_by_key(|thing| thing.0);
        }
        Callees { things }
    }

    /// The share of what either calls that both call, 0 to 1; `None` where one of them calls nothing that says anything.
    pub fn similarity(&self, other: &Callees) -> Option<f64> {
        if self.things.is_empty() || other.things.is_empty() {
            return None;
        }
        let all = |side: &Callees| side.things.iter().map(|thing| f64::from(thing.1)).sum::<f64>();
        let shared = side_by_side(self.things.iter().copied(), other.things.iter().copied()).fold(
            0.0,
            |shared, found| match found {
                Found::Both(weight, _) => shared + f64::from(weight),
                Found::First(_) | Found::Second(_) => shared,
            },
        );
        let either = all(self) + all(other) - shared;
        (either > 0.0).then(|| shared / either)
    }
}
