//! An assessment as a STIX 2.1 bundle.
//!
//! | in the case           | in the bundle                                                       |
//! |-----------------------|---------------------------------------------------------------------|
//! | the incident          | `campaign`                                                          |
//! | a candidate           | `intrusion-set`; its sponsor an `identity`                          |
//! | a hypothesis          | `grouping`                                                          |
//! | a claim               | `note`; if established also `attributed-to`                         |
//! | an item of evidence   | `note` on its artefacts, which are observables where recognised     |
//! | ATT&CK software       | `malware`                                                           |
//! | a match of code       | `related-to` from the file to a `malware` family                    |
//! | an analyst's dissent  | `opinion` on the note of the item or the claim                      |
//! | the whole             | `report`                                                            |
//!
//! *Attribution.* A reader that knows no extensions takes `attributed-to` for
//! an accusation. So `campaign attributed-to intrusion-set` is written only for
//! an established claim at the level of the group; an established claim of the
//! sponsor adds a `threat-actor` that stands for "the group, tasked by the
//! sponsor, in this incident": `campaign attributed-to threat-actor` and
//! `threat-actor attributed-to identity`. Nothing is said of the group as such
//! (`intrusion-set attributed-to threat-actor` is never written), and the report
//! lists no candidate and no sponsor that is not established.
//!
//! *Probability* stands in our property extension (`docs/stix-extension.schema.json`),
//! *confidence* in `confidence`: 15, 50 or 85 for low, moderate and high.
//!
//! *Dissent.* An analyst's judgement of an item makes an `opinion` where it puts
//! some odds at least 1.5 times apart from the combined judgement; a claim where
//! the own judgements also give it another word. Who goes the same way further
//! agrees; who falls short disagrees, strongly from a factor of 5 on. These are
//! the steps of the ACH matrix.
//!
//! *Versions.* Identifiers depend on the case's id and the parts' own, so an
//! assessment of a later date is a newer version of the same objects
//! (`modified` is the date of the assessment). Two states of the case file
//! assessed at one date are not listed apart by `modified`: raise the date.
//! Every object carries the marking of the whole product.

mod bundle;
mod claims;
mod dissent;
mod evidence;
mod marking;
mod references;

use super::established::RULE;
use bundle::Bundle;
use cognate_case::Assessment;
use references::{named_or, references};
use serde_json::{Value, json};

/// Writes an assessment as a STIX 2.1 bundle, the same bytes every time.
///
/// The bundle refers to nothing outside itself. It holds an `attributed-to` only for claims whose
/// 5th percentile lies above one half and that evidence carries, and no probability in `confidence`.
#[must_use]
pub fn stix(assessment: &Assessment) -> Value {
    let mut bundle = Bundle::new(assessment);
    let campaign = campaign(&mut bundle);
    let mut listed = vec![campaign.clone()];
    listed.extend(claims::add(&mut bundle, &campaign));
    listed.extend(evidence::add(&mut bundle, &campaign));
    listed.extend(remarks(&mut bundle, &campaign));
    report(&mut bundle, listed);
    bundle.finish()
}

fn campaign(bundle: &mut Bundle<'_>) -> String {
    let case = &bundle.assessment.case;
    let described = case.summary.as_deref().unwrap_or(&case.question);
    let object = bundle
        .object("campaign", "incident", &[])
        .with("name", named_or(&case.title, &case.id))
        .with("description", described)
        .with("first_seen", case.incident.map(super::identifier::timestamp))
        .with("external_references", references(&case.references));
    bundle.add(object)
}

/// What is not known, and which traces contradict each other.
fn remarks(bundle: &mut Bundle<'_>, campaign: &str) -> Vec<String> {
    let assessment = bundle.assessment;
    let mut listed = Vec::new();
    if !assessment.unknown.is_empty() {
        let note = bundle
            .object("note", "unknown", &[])
            .with("abstract", "What is not known")
            .with("content", assessment.unknown.join("\n"))
            .refs("object_refs", [campaign.to_owned()]);
        listed.push(bundle.add(note));
    }
    for found in &assessment.contradictions {
        let deception = if found.suggests_deception {
            " The first is the easier to forge: a sign of deception."
        } else {
            ""
        };
        let content = format!(
            "`{}` speaks for the candidate `{}`, `{}` against it; both cannot mean what they seem to.{deception}",
            found.speaks_for, found.candidate, found.speaks_against
        );
        let sides = [&found.speaks_for, &found.speaks_against].map(|item| evidence::note_id(bundle, item));
        let note = bundle
            .object("note", "contradiction", &[&found.candidate, &found.speaks_for, &found.speaks_against])
            .with("abstract", "Traces that contradict each other")
            .with("content", content)
            .refs("object_refs", sides);
        listed.push(bundle.add(note));
    }
    listed
}

fn report(bundle: &mut Bundle<'_>, listed: Vec<String>) {
    let assessment = bundle.assessment;
    let (case, method) = (&assessment.case, &assessment.method);
    let description = format!("{}\n\nQuestion: {}", assessment.headline.join("\n"), case.question);
    let object = bundle
        .object("report", "assessment", &[])
        .with("name", format!("Assessment: {}", named_or(&case.title, &case.id)))
        .with("description", description)
        .with("report_types", json!(["threat-report"]))
        .with("published", bundle.modified())
        .with("external_references", references(&case.references))
        .refs("object_refs", listed)
        .extended(json!({
            "subject": "assessment",
            "case": case.id,
            "case_sha256": case.sha256,
            "as_of": bundle.as_of(),
            "tool": format!("cognate {}", method.version),
            "wording_standard": method.scheme.name(),
            "draws": method.draws,
            "seed": method.seed.to_string(),
            "items": assessment.counts.items,
            "observations": assessment.counts.observations,
            "independent": assessment.counts.independent,
            "diagnostic": assessment.counts.diagnostic,
            "attribution_rule": RULE,
        }));
    bundle.add(object);
}

#[cfg(test)]
mod tests;
