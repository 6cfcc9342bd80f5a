//! Who did it, as relationships: what is established, and what is taken back.

use super::super::catalogue::{country, known};
use super::super::established::{History, confidence, history};
use super::super::identifier::named;
use super::super::plain::named_or;
use super::bundle::{Bundle, Object};
use super::extension::of_claim;
use cognate_case::assessment::{CandidateSummary, ClaimView};
use cognate_case::leaf::Level;
use cognate_case::prose::{confidence_sentence, day, likelihood_sentence};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What was attributed.
pub(super) struct Attributed {
    /// By claim: its relationship and who it leads to.
    by_claim: BTreeMap<String, [String; 2]>,
}

impl Attributed {
    /// What the report lists: every relationship with its target.
    pub(super) fn listed(&self) -> impl Iterator<Item = String> {
        self.by_claim.values().flatten().cloned()
    }

    /// The relationship of a claim.
    pub(super) fn relationship(&self, claim: &str) -> Option<&str> {
        self.by_claim.get(claim).map(|[relationship, _]| relationship.as_str())
    }
}

/// Adds the relationships of claims that are established, with their targets, and those that are taken back, without.
pub(super) fn add(bundle: &mut Bundle<'_>, campaign: &str) -> Attributed {
    let assessment = bundle.assessment;
    let mut by_claim = BTreeMap::new();
    for (place, claim) in assessment.claims.iter().enumerate() {
        let of_claim = |one: &&CandidateSummary| Some(one.id.as_str()) == claim.candidate.as_deref();
        let candidate = assessment.candidates.iter().find(of_claim);
        let Some((kind, target)) = candidate.and_then(|candidate| target(bundle, claim, candidate)) else {
            continue;
        };
        let History { now, withdrawn } = history(assessment, place, claim);
        let id = target.id();
        for (time, from) in withdrawn.iter().enumerate() {
            let revoked = revoked(bundle, relationship(bundle, [campaign, kind, &id], time), *from);
            bundle.add(revoked);
        }
        if now {
            let stated = stated(bundle, claim, relationship(bundle, [campaign, kind, &id], withdrawn.len()));
            by_claim.insert(claim.id.to_string(), [bundle.add(stated), bundle.add(target)]);
        }
    }
    Attributed { by_claim }
}

/// Who a claim attributes the incident to, and how; none where there is no object for it.
fn target(
    bundle: &Bundle<'_>,
    claim: &ClaimView,
    candidate: &CandidateSummary,
) -> Option<(&'static str, Object)> {
    match claim.level {
        Level::Group => Some(("attributed-to", intrusion_set(bundle, candidate))),
        Level::Sponsor => {
            let (code, name) = country(candidate.sponsor.as_deref()?)?;
            let object = Object::shared("location", &named("country", &[code]));
            Some(("originates-from", object.with("name", name).with("country", code)))
        }
        _ => None,
    }
}

fn intrusion_set(bundle: &Bundle<'_>, candidate: &CandidateSummary) -> Object {
    let object = match known(candidate) {
        Some(known) => {
            Object::shared("intrusion-set", &named("group", &[&known.key])).with("name", known.name)
        }
        None => bundle
            .object("intrusion-set", "candidate", &[&candidate.id])
            .with("name", named_or(&candidate.name, &candidate.id)),
    };
    let attack = candidate.attack.as_deref().filter(|id| !id.is_empty()).map(|id| {
        let page = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let url = page.then(|| format!("https://attack.mitre.org/groups/{id}/"));
        json!({ "source_name": "mitre-attack", "external_id": id, "url": url })
    });
    let misp = candidate.misp.as_deref().filter(|id| !id.is_empty());
    let misp = misp.map(|id| json!({ "source_name": "misp-galaxy", "external_id": id }));
    object.with("external_references", Value::from_iter(attack.into_iter().chain(misp)))
}

/// A relationship; `time` counts how often it was revoked before, as what is revoked never comes back.
fn relationship(bundle: &Bundle<'_>, [source, kind, target]: [&str; 3], time: usize) -> Object {
    let time = time.to_string();
    let key: &[&str] = if time == "0" { &[source, target] } else { &[source, target, &time] };
    bundle
        .object("relationship", kind, key)
        .with("relationship_type", kind)
        .with("source_ref", source)
        .with("target_ref", target)
}

fn stated(bundle: &Bundle<'_>, claim: &ClaimView, relationship: Object) -> Object {
    relationship
        .with("description", format!("{} {}", likelihood_sentence(claim), confidence_sentence(claim)))
        .with("confidence", confidence(claim.confidence.level))
        .extended(of_claim(bundle, claim))
}

/// Revoked for good on that day: every later export sends the same again.
fn revoked(bundle: &Bundle<'_>, relationship: Object, from: Date) -> Object {
    relationship.modified(from.max(bundle.created())).with("revoked", true).with(
        "description",
        format!("Taken back: established on an earlier day, and no longer as of {}.", day(from)),
    )
}
