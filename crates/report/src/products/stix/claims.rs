//! Hypotheses and claims as notes on the report, dissent among their lines.

use super::super::established::{self, accuses, confidence, established};
use super::attribution::Attributed;
use super::bundle::{Bundle, Object};
use super::dissent;
use super::extension::of_claim;
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, HypothesisView};
use cognate_case::prose::{confidence_sentence, likelihood_sentence, percent};
use serde_json::{Value, json};

/// Adds the notes of the claims; gives their identifiers.
pub(super) fn add(bundle: &mut Bundle<'_>, attributed: &Attributed) -> Vec<String> {
    let claims = bundle.assessment.claims.iter().enumerate();
    let notes = claims.map(|(place, claim)| {
        let object = note(bundle, claim, place, attributed);
        bundle.add(object)
    });
    notes.collect()
}

/// Adds the note of all hypotheses, which refers to the notes of claims and evidence.
pub(super) fn add_hypotheses(bundle: &mut Bundle<'_>, claims: Vec<String>, evidence: Vec<String>) {
    let object = all_hypotheses(bundle).extended(json!({
        "subject": "hypotheses",
        "as_of": bundle.as_of(),
        "hypotheses": hypotheses(bundle.assessment),
        "claim_refs": claims,
        "evidence_refs": evidence,
    }));
    bundle.add(object);
}

fn hypotheses(assessment: &Assessment) -> Vec<Value> {
    let one = |one: &HypothesisView| {
        json!({
            "hypothesis": one.id,
            "statement": established::statement(assessment, one),
            "role": one.role,
            "candidate": one.candidate,
            "planted_by": one.by,
            "prior": one.prior,
            "probability": one.probability,
            "percentile_5": one.low,
            "percentile_95": one.high,
            "ach_inconsistency": one.inconsistency,
            "ach_rank": one.ach_rank,
        })
    };
    assessment.hypotheses.iter().map(one).collect()
}

fn all_hypotheses(bundle: &Bundle<'_>) -> Object {
    let assessment = bundle.assessment;
    let line = |one: &HypothesisView| {
        let HypothesisView { probability, low, high, prior, .. } = one;
        format!(
            "- {}: {}, 90 % interval {} to {}; before any evidence {}",
            established::statement(assessment, one),
            percent(*probability),
            percent(*low),
            percent(*high),
            percent(*prior),
        )
    };
    let lines: Vec<String> = assessment.hypotheses.iter().map(line).collect();
    let content = format!("Exactly one of them is true; to be listed asserts nothing.\n{}", lines.join("\n"));
    bundle
        .note("hypotheses", &[], "assessment")
        .with("abstract", format!("The {} hypotheses", assessment.hypotheses.len()))
        .with("content", content)
}

fn note(bundle: &Bundle<'_>, claim: &ClaimView, place: usize, attributed: &Attributed) -> Object {
    let assessment = bundle.assessment;
    let likelihood = likelihood_sentence(claim);
    let mut lines = vec![likelihood.clone(), confidence_sentence(claim)];
    if accuses(claim.level) && !established(claim) {
        lines.push("This is not established, and no relationship asserts it.".to_owned());
    }
    for (side, contributions) in [("For it", &claim.speaks_for), ("Against it", &claim.speaks_against)] {
        let items: Vec<&str> = contributions.iter().map(|one| one.item.as_str()).collect();
        if !items.is_empty() {
            lines.push(format!("{side}: {}.", items.join(", ")));
        }
    }
    let dissenting = dissent::of_claim(assessment, claim, place);
    lines.extend(dissenting.iter().map(|dissent| dissent.text.clone()));
    let refs = [bundle.report()].into_iter().chain(attributed.relationship(&claim.id).map(str::to_owned));
    let mut properties = of_claim(bundle, claim);
    if let Value::Object(properties) = &mut properties {
        let dissent = dissenting.into_iter().map(|dissent| dissent.figures);
        properties.insert("dissent".to_owned(), dissent.collect());
    }
    bundle
        .note("claim", &[&claim.id], "assessment")
        .with("abstract", likelihood)
        .with("content", lines.join("\n"))
        .with("confidence", confidence(claim.confidence.level))
        .with("labels", json!(["claim"]))
        .likelihood(claim.rests_on_prior().is_none().then_some(claim.probability))
        .refs("object_refs", refs)
        .extended(properties)
}
