//! The properties of our own that objects of STIX bear.

use super::super::established::established;
use super::bundle::Bundle;
use super::evidence;
use cognate_case::assessment::{ClaimView, Contribution};
use cognate_case::prose::confidence_word;
use serde_json::{Value, json};

/// What we hold of a claim, for its note and its relationship.
pub(super) fn of_claim(bundle: &Bundle<'_>, claim: &ClaimView) -> Value {
    let side = |contributions: &[Contribution]| -> Vec<Value> {
        let one = |one: &Contribution| json!({ "item_ref": evidence::note_id(bundle, &one.item), "log_odds": one.share });
        contributions.iter().map(one).collect()
    };
    json!({
        "subject": "claim",
        "claim": claim.id,
        "level": claim.level,
        "candidate": claim.candidate,
        "as_of": bundle.as_of(),
        "hypotheses_ref": bundle.id("note", "hypotheses", &[]),
        "prior": claim.prior,
        "probability": claim.probability,
        "percentile_5": claim.low,
        "percentile_95": claim.high,
        "odds_multiplier": claim.odds_multiplier,
        "wording": claim.word(),
        "wording_standard": claim.wording.scheme.name(),
        "wording_band": claim.wording.band,
        "confidence_level": confidence_word(claim.confidence.level),
        "confidence_bound_by": claim.confidence.bound_by,
        "established": established(claim),
        "sponsor_rests_on": claim.rests_on_prior(),
        "evidence_for": side(&claim.speaks_for),
        "evidence_against": side(&claim.speaks_against),
    })
}
