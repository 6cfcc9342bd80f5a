//! When an exchange format may say of a claim that it is so.
//!
//! STIX and MISP readers take an `attributed-to` relationship or an actor's tag
//! as an accusation, whatever stands in extensions and comments. So these are
//! written for [`established`] claims only; every other claim is given as a
//! worded sentence.

use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, ConfidenceLevel};
use cognate_case::leaf::Level;

/// The rule, for readers of a product.
pub(super) const RULE: &str = "attributed only if the 5th percentile of the claim is above one half and the evidence, not the prior alone, carries it";

/// Whether a claim may be written as a statement of fact.
pub(super) fn established(claim: &ClaimView) -> bool {
    claim.established
}

/// The claim of a candidate at a level, if it is established.
pub(super) fn claim<'a>(assessment: &'a Assessment, candidate: &str, level: Level) -> Option<&'a ClaimView> {
    let about = |claim: &&ClaimView| claim.candidate.as_deref() == Some(candidate) && claim.level == level;
    assessment.claims.iter().find(about).filter(|claim| established(claim))
}

/// Whether a claim names a culprit: the levels a reader may take for an accusation.
pub(super) fn accuses(level: Level) -> bool {
    matches!(level, Level::CodeBase | Level::Cluster | Level::Group | Level::Sponsor)
}

/// A confidence level on the scale of STIX 2.1, appendix A, "None / Low / Med / High".
pub(super) fn confidence(level: ConfidenceLevel) -> u8 {
    match level {
        ConfidenceLevel::Low => 15,
        ConfidenceLevel::Moderate => 50,
        ConfidenceLevel::High => 85,
    }
}
