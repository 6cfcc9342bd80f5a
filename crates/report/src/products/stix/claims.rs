//! Candidates, hypotheses, claims, attribution and dissent.

use super::super::established::{self, accuses, confidence, established};
use super::bundle::{Bundle, Object};
use super::references::named_or;
use super::{dissent, evidence};
use cognate_case::assessment::{CandidateSummary, ClaimView, Contribution, HypothesisView};
use cognate_case::leaf::{Level, Role};
use cognate_case::prose::{confidence_sentence, confidence_word, likelihood_sentence, percent};
use serde_json::{Value, json};

/// Adds them all; gives what the report may list.
pub(super) fn add(bundle: &mut Bundle<'_>, campaign: &str) -> Vec<String> {
    let assessment = bundle.assessment;
    for candidate in &assessment.candidates {
        let object = intrusion_set(bundle, candidate);
        bundle.add(object);
        if let Some(sponsor) = sponsor_of(candidate) {
            let object = identity(bundle, sponsor);
            bundle.add(object);
        }
    }
    let mut listed = Vec::new();
    for hypothesis in &assessment.hypotheses {
        let object = grouping(bundle, hypothesis, campaign);
        listed.push(bundle.add(object));
    }
    for (place, claim) in assessment.claims.iter().enumerate() {
        let attributed = attribution(bundle, claim, campaign);
        let object = note(bundle, claim, campaign, &attributed);
        let note = bundle.add(object);
        listed.extend(dissent::of_claim(bundle, claim, place, &note));
        listed.push(note);
        listed.extend(attributed);
    }
    listed
}

fn set_id(bundle: &Bundle<'_>, candidate: &str) -> String {
    bundle.id("intrusion-set", "candidate", &[candidate])
}

fn sponsor_of(candidate: &CandidateSummary) -> Option<&str> {
    candidate.sponsor.as_deref().filter(|sponsor| !sponsor.is_empty())
}

fn intrusion_set(bundle: &Bundle<'_>, candidate: &CandidateSummary) -> Object {
    let attack = candidate.attack.as_deref().filter(|id| !id.is_empty()).map(|id| {
        let page = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let url = page.then(|| format!("https://attack.mitre.org/groups/{id}/"));
        json!({ "source_name": "mitre-attack", "external_id": id, "url": url })
    });
    let misp = candidate.misp.as_deref().filter(|id| !id.is_empty());
    let misp = misp.map(|id| json!({ "source_name": "misp-galaxy", "external_id": id }));
    let note = candidate.note.as_deref().unwrap_or_default();
    let described =
        format!("A candidate of the case. To be listed asserts nothing: see the notes on the claims. {note}");
    bundle
        .object("intrusion-set", "candidate", &[&candidate.id])
        .with("name", named_or(&candidate.name, &candidate.id))
        .with("description", described.trim_end())
        .with("labels", json!(["candidate"]))
        .with("external_references", Value::from_iter(attack.into_iter().chain(misp)))
}

fn identity(bundle: &Bundle<'_>, sponsor: &str) -> Object {
    bundle
        .object("identity", "sponsor", &[sponsor])
        .with("name", sponsor)
        .with("identity_class", "organization")
        .with("description", "Named as the sponsor of a candidate. To be listed asserts nothing.")
        .with("labels", json!(["candidate"]))
}

fn grouping(bundle: &Bundle<'_>, hypothesis: &HypothesisView, campaign: &str) -> Object {
    let assessment = bundle.assessment;
    let HypothesisView { probability, low, high, prior, .. } = hypothesis;
    let described = format!(
        "One of {} exclusive hypotheses, not a finding. {}: {} ({}; 90 % interval {} to {}).",
        assessment.hypotheses.len(),
        assessment.method.scheme.name(),
        assessment.method.scheme.term(*probability),
        percent(*probability),
        percent(*low),
        percent(*high),
    );
    let candidate = hypothesis.candidate.as_deref();
    let parties = candidate.into_iter().chain(hypothesis.by.as_deref());
    let mut refs = vec![campaign.to_owned()];
    refs.extend(parties.map(|party| set_id(bundle, party)));
    if hypothesis.role == Role::Tasked {
        let found = assessment.candidates.iter().find(|one| Some(one.id.as_str()) == candidate);
        refs.extend(found.and_then(sponsor_of).map(|name| bundle.id("identity", "sponsor", &[name])));
    }
    bundle
        .object("grouping", "hypothesis", &[&hypothesis.id])
        .with("name", format!("Hypothesis: {}", hypothesis.statement))
        .with("description", described)
        .with("context", "unspecified")
        .with("labels", json!(["hypothesis"]))
        .refs("object_refs", refs)
        .extended(json!({
            "subject": "hypothesis",
            "hypothesis": hypothesis.id,
            "role": hypothesis.role,
            "candidate": hypothesis.candidate,
            "planted_by": hypothesis.by,
            "as_of": bundle.as_of(),
            "prior": prior,
            "probability": probability,
            "percentile_5": low,
            "percentile_95": high,
            "ach_inconsistency": hypothesis.inconsistency,
            "ach_rank": hypothesis.ach_rank,
        }))
}

fn note(bundle: &Bundle<'_>, claim: &ClaimView, campaign: &str, attributed: &[String]) -> Object {
    let likelihood = likelihood_sentence(claim);
    let mut content = format!("{likelihood}\n{}", confidence_sentence(claim));
    if accuses(claim.level) && !established(claim) {
        content.push_str("\nThis is not established, and no relationship asserts it.");
    }
    for (side, contributions) in [("For it", &claim.speaks_for), ("Against it", &claim.speaks_against)] {
        if !contributions.is_empty() {
            let items: Vec<&str> = contributions.iter().map(|one| one.item.as_str()).collect();
            content.push_str(&format!("\n{side}: {}.", items.join(", ")));
        }
    }
    let candidate = claim.candidate.as_deref();
    let about = bundle.assessment.hypotheses.iter().filter(|one| match candidate {
        Some(_) => one.candidate.as_deref() == candidate || one.by.as_deref() == candidate,
        None => one.role == Role::Unlisted,
    });
    let groupings = about.map(|one| bundle.id("grouping", "hypothesis", &[&one.id]));
    let refs = std::iter::once(campaign.to_owned()).chain(groupings);
    bundle
        .object("note", "claim", &[&claim.id])
        .with("abstract", likelihood)
        .with("content", content)
        .with("confidence", confidence(claim.confidence.level))
        .with("labels", json!(["claim"]))
        .refs("object_refs", refs.chain(attributed.iter().cloned()))
        .extended(extension(bundle, claim))
}

/// What we hold of a claim, for its note and its relationships.
fn extension(bundle: &Bundle<'_>, claim: &ClaimView) -> Value {
    let side = |contributions: &[Contribution]| -> Vec<Value> {
        let one = |one: &Contribution| json!({ "item_ref": evidence::note_id(bundle, &one.item), "log_odds": one.log_odds });
        contributions.iter().map(one).collect()
    };
    json!({
        "subject": "claim",
        "claim": claim.id,
        "level": claim.level,
        "candidate": claim.candidate,
        "as_of": bundle.as_of(),
        "prior": claim.prior,
        "probability": claim.probability,
        "percentile_5": claim.low,
        "percentile_95": claim.high,
        "odds_multiplier": claim.odds_multiplier,
        "wording": claim.wording.term,
        "wording_standard": claim.wording.scheme.name(),
        "wording_band": claim.wording.band,
        "confidence_level": confidence_word(claim.confidence.level),
        "confidence_bound_by": claim.confidence.bound_by,
        "established": established(claim),
        "evidence_for": side(&claim.speaks_for),
        "evidence_against": side(&claim.speaks_against),
    })
}

/// The relationships of an established claim, with what they lead to; none otherwise.
fn attribution(bundle: &mut Bundle<'_>, claim: &ClaimView, campaign: &str) -> Vec<String> {
    let candidates = &bundle.assessment.candidates;
    let candidate = candidates.iter().find(|one| Some(one.id.as_str()) == claim.candidate.as_deref());
    let Some(candidate) = candidate.filter(|_| established(claim)) else { return Vec::new() };
    match (claim.level, sponsor_of(candidate)) {
        (Level::Group, _) => {
            let set = set_id(bundle, &candidate.id);
            let object = attributed_to(bundle, claim, campaign, &set);
            vec![bundle.add(object), set]
        }
        (Level::Sponsor, Some(sponsor)) if group_too(bundle, &candidate.id) => {
            let name = format!("{}, tasked by {sponsor}", named_or(&candidate.name, &candidate.id));
            let object = bundle
                .object("threat-actor", "tasked", &[&candidate.id, sponsor])
                .with("name", name)
                .with("description", "Those of the group who did this, tasked by the sponsor. Says nothing of the group's other work.");
            let actor = bundle.add(object);
            let identity = bundle.id("identity", "sponsor", &[sponsor]);
            let first = attributed_to(bundle, claim, campaign, &actor);
            let second = attributed_to(bundle, claim, &actor, &identity);
            vec![bundle.add(first), bundle.add(second), actor, identity]
        }
        _ => Vec::new(),
    }
}

/// A sponsor tasks the group that did it: without the group there is nothing to attribute.
fn group_too(bundle: &Bundle<'_>, candidate: &str) -> bool {
    established::claim(bundle.assessment, candidate, Level::Group).is_some()
}

fn attributed_to(bundle: &Bundle<'_>, claim: &ClaimView, source: &str, target: &str) -> Object {
    bundle
        .object("relationship", "attributed-to", &[source, target])
        .with("relationship_type", "attributed-to")
        .with("source_ref", source)
        .with("target_ref", target)
        .with("description", format!("{} {}", likelihood_sentence(claim), confidence_sentence(claim)))
        .with("confidence", confidence(claim.confidence.level))
        .extended(extension(bundle, claim))
}
