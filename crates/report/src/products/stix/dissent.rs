//! Analysts who judge a claim otherwise.
//!
//! An analyst dissents where the own judgements put the odds of a claim at least
//! 1.5 times apart from the combined ones and give it another word. Dissent is told in
//! the note of the claim: an `opinion` on a note is shown by neither OpenCTI nor MISP, and
//! OpenCTI takes two opinions of one day and one value for one.

use super::super::numbers::log_odds;
use super::super::plain::named_or;
use cognate_case::assessment::ClaimView;
use cognate_case::prose::percent;
use cognate_case::{Assessment, NOT_DIAGNOSTIC};
use serde_json::{Value, json};

/// What an analyst holds against a claim.
pub(super) struct Dissent {
    /// In a sentence.
    pub text: String,
    /// In figures.
    pub figures: Value,
}

/// The name of an analyst.
pub(super) fn name(assessment: &Assessment, id: &str) -> String {
    let known = assessment.analysts.iter().find(|analyst| analyst.id == id);
    known.map_or(id, |analyst| named_or(&analyst.name, &analyst.id)).to_owned()
}

/// The dissent from a claim, by its place in the assessment.
pub(super) fn of_claim(assessment: &Assessment, claim: &ClaimView, place: usize) -> Vec<Dissent> {
    let mut found = Vec::new();
    for analyst in assessment.analysts.iter().filter(|analyst| !analyst.judged.is_empty()) {
        let Some(&by_analyst) = analyst.probabilities.get(place) else { continue };
        let term = claim.wording.scheme.term(by_analyst);
        let apart = (log_odds(by_analyst) - log_odds(claim.probability)).abs();
        if term == claim.wording.term || apart.is_nan() || apart < NOT_DIAGNOSTIC {
            continue;
        }
        let who = named_or(&analyst.name, &analyst.id);
        let text = format!(
            "By {who}'s own judgements ({}) the claim is {term} ({}), and not {} ({}). Computed from them, not stated by {who}.",
            analyst.judged.join(", "),
            percent(by_analyst),
            claim.wording.term,
            percent(claim.probability),
        );
        let figures = json!({ "analyst": who, "probability": by_analyst, "wording": term });
        found.push(Dissent { text, figures });
    }
    found
}
