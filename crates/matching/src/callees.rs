//! What the functions that a function calls are about: a sketch that can be
//! compared between samples whose functions are not matched yet.

use cognate_base::combine;
use cognate_fingerprint::{Fingerprint, flow_weight};

/// Things kept of all callees together.
const MOST: usize = 256;
/// What an anchor counts, in bits.
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
        if things.len() > MOST {
            things.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            things.truncate(MOST);
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
        let mut shared = 0.0;
        let mut rest = other.things.iter().peekable();
        for (hash, weight) in &self.things {
            while rest.next_if(|thing| thing.0 < *hash).is_some() {}
            if rest.next_if(|thing| thing.0 == *hash).is_some() {
                shared += f64::from(*weight);
            }
        }
        let either = all(self) + all(other) - shared;
        (either > 0.0).then(|| shared / either)
    }
}
