//! Analysts who judge otherwise.

use super::bundle::{Bundle, Object};
use super::{as_of, named_or};
use cognate_case::NOT_DIAGNOSTIC;
use cognate_case::assessment::{ClaimView, ItemView, JudgementView};
use cognate_case::prose::percent;
use serde_json::{Value, json};

/// From this difference of log odds on a dissent is strong: ln 5, the second step of the ACH matrix.
const STRONG: f64 = 1.609_437_912_434_100_3;

/// The name of an analyst.
pub(super) fn name(bundle: &Bundle<'_>, id: &str) -> String {
    let known = bundle.assessment.analysts.iter().find(|analyst| analyst.id == id);
    known.map_or(id, |analyst| named_or(&analyst.name, &analyst.id)).to_owned()
}

/// Adds the opinions of analysts whose own judgements give the claim another word and other odds.
pub(super) fn of_claim(bundle: &mut Bundle<'_>, claim: &ClaimView, place: usize, note: &str) -> Vec<String> {
    let mut told = Vec::new();
    for analyst in bundle.assessment.analysts.iter().filter(|analyst| !analyst.judged.is_empty()) {
        let Some(&own) = analyst.probabilities.get(place) else { continue };
        let term = claim.wording.scheme.term(own);
        let apart = (log_odds(own) - log_odds(claim.probability)).abs();
        let Some(degree) = degree(apart).filter(|_| term != claim.wording.term) else { continue };
        let who = named_or(&analyst.name, &analyst.id);
        let explanation = format!(
            "By {who}'s own judgements ({}) the claim is {term} ({}), and not {} ({}). Computed from them, not stated by {who}.",
            analyst.judged.join(", "),
            percent(own),
            claim.wording.term,
            percent(claim.probability),
        );
        let content = json!({
            "subject": "dissent",
            "claim": claim.id,
            "as_of": as_of(bundle.assessment),
            "probability": own,
            "wording": term,
            "wording_standard": claim.wording.scheme.name(),
        });
        let object = opinion(bundle, &[&claim.id, &analyst.id], degree, explanation, who, note, content);
        told.push(bundle.add(object));
    }
    told
}

/// Adds the opinions of analysts whose judgement of an item differs from the combined one.
pub(super) fn of_item(bundle: &mut Bundle<'_>, item: &ItemView, note: &str) -> Vec<String> {
    let mut told = Vec::new();
    for judgement in item.judgements.iter().filter(|_| item.judgements.len() > 1) {
        let Some(by) = judgement.by.as_deref() else { continue };
        let Some(degree) = degree(apart(judgement, &item.likelihood)) else { continue };
        let who = name(bundle, by);
        let hypotheses: Vec<&str> = bundle.assessment.hypotheses.iter().map(|one| one.id.as_str()).collect();
        let content = json!({
            "subject": "dissent",
            "item": item.id,
            "as_of": as_of(bundle.assessment),
            "hypotheses": hypotheses,
            "likelihood": judgement.likelihood,
        });
        let explanation = format!("{who}: {}", judgement.rationale);
        let key = ["item", item.id.as_str(), by];
        let object = opinion(bundle, &key, degree, explanation, &who, note, content);
        told.push(bundle.add(object));
    }
    told
}

fn opinion(
    bundle: &Bundle<'_>,
    key: &[&str],
    degree: &str,
    explanation: String,
    who: &str,
    note: &str,
    content: Value,
) -> Object {
    bundle
        .object("opinion", "dissent", key)
        .with("opinion", degree)
        .with("explanation", explanation)
        .with("authors", json!([who]))
        .refs("object_refs", [note.to_owned()])
        .extended(content)
}

/// On the scale of STIX; none for what is no dissent.
fn degree(apart: f64) -> Option<&'static str> {
    match apart {
        apart if apart >= STRONG => Some("strongly-disagree"),
        apart if apart >= NOT_DIAGNOSTIC => Some("disagree"),
        _ => None,
    }
}

/// The greatest difference in the log odds of any two hypotheses.
fn apart(judgement: &JudgementView, combined: &[f64]) -> f64 {
    let ratios = judgement.likelihood.iter().zip(combined).map(|(own, all)| (own / all).ln());
    let (least, most) =
        ratios.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), one| (least.min(one), most.max(one)));
    most - least
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}
