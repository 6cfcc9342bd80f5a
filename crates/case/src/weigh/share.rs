//! How much of an observation its sources let through.

use crate::scale::{Credibility, GRADES, Reliability};

/// The share let through where neither source nor information can be judged. Judgement.
const UNJUDGED: f64 = 0.5;

/// The factor within which the odds of a grade's share lie with 90 %: about to the neighbours on the scale. Judgement.
pub(crate) const GRADE_UNCERTAINTY: f64 = 2.5;

/// The share of an effect that is let through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    /// What is taken.
    pub value: f64,
    /// Where a grade cannot be judged, what it may be.
    pub range: Option<(f64, f64)>,
}

/// The share that source and credibility let through together: the lesser of the grades that can be judged.
pub(crate) fn share(reliability: Reliability, credibility: Credibility) -> Share {
    let known = match (reliability.share(), credibility.share()) {
        (Some(one), Some(other)) => return Share { value: one.min(other), range: None },
        (one, other) => one.or(other),
    };
    let [best, .., worst] = GRADES;
    Share { value: known.unwrap_or(UNJUDGED), range: Some((worst, known.unwrap_or(best))) }
}

/// The better of two reports of one observation.
pub(crate) fn best(one: Share, other: Share) -> Share {
    let low = |share: Share| share.range.map_or(share.value, |range| range.0);
    let high = |share: Share| share.range.map_or(share.value, |range| range.1);
    let (low, high) = (low(one).max(low(other)), high(one).max(high(other)));
    let range = if low < high { Some((low, high)) } else { None };
    Share { value: one.value.max(other.value), range }
}
