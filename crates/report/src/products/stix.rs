//! An assessment as a STIX 2.1 bundle: one report, few objects.
//!
//! | in the case           | in the bundle                                                            |
//! |-----------------------|--------------------------------------------------------------------------|
//! | the whole             | `report`; answer, hypotheses and claims as its content for OpenCTI       |
//! | the incident          | `campaign`                                                               |
//! | the hypotheses        | a `note` on the report                                                   |
//! | a claim               | a `note` on the report, with its likelihood and its confidence           |
//! | an item of evidence   | a `note` on the report and on its artefacts                              |
//! | an artefact           | an observable, where it is recognised                                    |
//! | software of the case  | `malware`, of what the case itself lists among its references            |
//! | an analyst's dissent  | in the note of the claim or of the item                                  |
//! | an established group  | `intrusion-set`, and `campaign attributed-to intrusion-set`              |
//! | its established sponsor | `location`, and `campaign originates-from location`                    |
//!
//! *Who is not established has no object*, but in the notes and in the content of the report, as text: a reader
//! that knows no extensions takes an actor in a bundle for an accusation. A store's label of shared code and
//! software that only an item mentions are text as well. A sponsor that is no country of ISO 3166-1 is text.
//!
//! *What is taken back.* What was established on an earlier day of the timeline and is not now is sent
//! as the same relationship, revoked, without its target: who holds the earlier bundle has it, to others
//! nobody is named. STIX never revives what is revoked; what is established again has a relationship of another id.
//!
//! *Nobody's own entity is written over.* A known group, a country and ATT&CK's software carry a name and references
//! only, TLP:CLEAR and no creator, so that a platform that merges by name neither describes, marks nor claims
//! the reader's entity anew.
//!
//! *Probability* stands in our property extension (`docs/stix-extension.schema.json`), in words in the
//! notes, and as `likelihood` (per cent) where OpenCTI reads it; *confidence* in
//! `confidence`: 15, 50 or 85 for low, moderate and high. Extension definitions are published in
//! `docs/stix-extensions.json` and not sent along: OpenCTI reports each as an object it does not know.
//!
//! *Versions.* Identifiers depend on the case's id and the parts' own, so an
//! assessment of a later date is a newer version of the same objects
//! (`modified` is the date of the assessment). Two states of the case file
//! assessed at one date are not listed apart by `modified`: raise the date.

mod attribution;
pub(crate) mod bundle;
mod claims;
mod content;
mod dissent;
mod evidence;
mod extension;
pub(crate) mod marking;
mod references;

use super::established::RULE;
use super::plain::named_or;
use bundle::Bundle;
use cognate_case::Assessment;
use references::references;
use serde_json::{Value, json};

/// Writes an assessment as a STIX 2.1 bundle, the same bytes every time.
///
/// It names an actor or a state as an object only for claims that are established: the 5th percentile lies
/// above one half and evidence carries it, of a sponsor also against the same group untasked. But for the target of a
/// revoked relationship it refers to nothing outside itself, and no `confidence` is a probability.
#[must_use]
pub fn stix(assessment: &Assessment) -> Value {
    let mut bundle = Bundle::new(assessment);
    let campaign = campaign(&mut bundle);
    let mut listed = vec![campaign.clone()];
    listed.extend(evidence::software(&mut bundle));
    let attributed = attribution::add(&mut bundle, &campaign);
    listed.extend(attributed.listed());
    let claims = claims::add(&mut bundle, &attributed);
    let mut evidence = evidence::add(&mut bundle);
    listed.append(&mut evidence.artefacts);
    evidence.notes.extend(remarks(&mut bundle));
    claims::add_hypotheses(&mut bundle, claims, evidence.notes);
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
fn remarks(bundle: &mut Bundle<'_>) -> Option<String> {
    let assessment = bundle.assessment;
    let mut lines: Vec<String> = assessment.unknown.clone();
    for found in &assessment.contradictions {
        let deception = if found.suggests_deception {
            " The first is the easier to forge: a sign of deception."
        } else {
            ""
        };
        lines.push(format!(
            "`{}` speaks for the candidate `{}`, `{}` against it; both cannot mean what they seem to.{deception}",
            found.speaks_for, found.candidate, found.speaks_against
        ));
    }
    if lines.is_empty() {
        return None;
    }
    let note = bundle
        .note("unknown", &[], "analysis")
        .with("abstract", "What is not known, and what contradicts itself")
        .with("content", lines.join("\n"));
    Some(bundle.add(note))
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
        .content(&content::html(assessment))
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
            "hypotheses_ref": bundle.id("note", "hypotheses", &[]),
        }));
    bundle.add(object);
}

#[cfg(test)]
mod tests;
