//! `match` as a STIX 2.1 bundle.
//!
//! | in the answer                    | in the bundle                                                             |
//! |----------------------------------|---------------------------------------------------------------------------|
//! | a file                           | `file`, by its SHA-256: the same object as in the bundle of a case        |
//! | what was asked, and the verdict  | `malware-analysis` of it; figures in our property extension               |
//! | verdict, why, what speaks against| a `note` on both                                                          |
//! | a family of malware that is named| `malware`, and `file related-to malware`                                  |
//! | the whole                        | one `report`, by which platforms keep it together                         |
//!
//! *Who is not named has no object.* A family of goodware or a library is text in the note. An actor has no object and no
//! mention: labels say of whom a family is, and code in common attributes nothing to anybody; a case weighs that.
//!
//! `result` is always `unknown`, as code in common is neither malicious nor benign; the verdict is `result_name`.
//! Identifiers are made of the file's SHA-256, `modified` is the day: what is asked again another day is a newer version of
//! the same objects. Nothing is marked: who may read an answer is not known here.

use super::super::matched::{named, title};
use super::match_code::{PARTS, shares};
use super::match_sections::{headline, sheet};
use super::sheet::Made;
use crate::products::identifier::{named as identifier, observable, timestamp};
use crate::products::stix::bundle::{FIXED_DAY, Object};
use crate::products::stix::marking;
use crate::text::{file_name, plural};
use cognate_case::scale::Tlp;
use cognate_documents::{FamilyRelative, Kind, MatchAnswer, MatchDocument, MatchReport, Verdict};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Writes answers as a STIX 2.1 bundle, the same bytes for the same answers on one day.
///
/// It relates a file to a family only where the verdict names that family, and never to an actor.
#[must_use]
pub fn match_stix(document: &MatchDocument, made: &Made) -> Value {
    let mut bundle = Bundle { made, objects: Vec::new(), known: BTreeSet::new() };
    bundle.objects.push(marking::object(Tlp::Clear));
    bundle.add(Object::shared("identity", &tool()).with("name", "cognate").with("identity_class", "unknown"));
    let mut listed = Vec::new();
    document.answers.iter().for_each(|answer| listed.extend(bundle.answer(answer)));
    let ids: BTreeSet<String> =
        document.answers.iter().map(|answer| answer.report.query.id.to_string()).collect();
    let mut key: Vec<&str> = ids.iter().map(String::as_str).collect();
    let report = bundle
        .begun("report", &key)
        .with("name", called(&document.answers.iter().collect::<Vec<_>>()))
        .with("report_types", json!(["observed-data"]))
        .with("published", timestamp(made.on))
        .refs("object_refs", listed);
    bundle.add(report);
    let day = made.on.to_string();
    key.push(&day);
    let id = identifier("match bundle", &key);
    json!({ "type": "bundle", "id": format!("bundle--{id}"), "objects": bundle.objects })
}

/// What an answer about these files is called.
pub(super) fn called(answers: &[&MatchAnswer]) -> String {
    match answers {
        [only] => format!("Code match: {}", file_name(&only.name, MOST_OF_NAME)),
        several => format!("Code match: {}", plural(several.len() as u64, "file")),
    }
}

/// Columns of a file's name.
pub(super) const MOST_OF_NAME: usize = 200;

/// The identifier of this program, as in cases that name no author.
pub(super) fn tool() -> Uuid {
    identifier("tool", &["cognate"])
}

/// Families of malware that a verdict names, each with its figures where it was compared and not only labelled.
pub(super) fn named_malware(report: &MatchReport) -> Vec<(&str, Option<&FamilyRelative>)> {
    let mut found: Vec<(&str, Option<&FamilyRelative>)> = named(report)
        .filter(|family| family.kind == Kind::Malware)
        .map(|family| (family.family.as_str(), Some(family)))
        .collect();
    if let (Verdict::KnownFile, Some(known)) = (report.outcome.verdict, &report.query.known)
        && known.label.kind == Kind::Malware
        && found.iter().all(|(name, _)| *name != known.label.family)
    {
        found.insert(0, (known.label.family.as_str(), None));
    }
    found
}

/// What a relation to a family rests on, in a sentence.
pub(super) fn relation(verdict: Verdict, family: Option<&FamilyRelative>) -> &'static str {
    match (verdict, family) {
        (_, None) => "The very file is stored under this label; whoever labelled it says so.",
        (Verdict::NearCopy, _) => {
            "Function for function nearly a stored sample of this family. No statement on who made or uses it."
        }
        _ => {
            "Shares private code with this family, more than unrelated software does. No statement on who made or uses it."
        }
    }
}

struct Bundle<'a> {
    made: &'a Made,
    objects: Vec<Value>,
    known: BTreeSet<String>,
}

impl Bundle<'_> {
    /// Adds an object unless the bundle holds it; gives its identifier.
    fn add(&mut self, object: Object) -> String {
        let id = object.id();
        if self.known.insert(id.clone()) {
            self.objects.push(object.value());
        }
        id
    }

    fn begun(&self, kind: &str, key: &[&str]) -> Object {
        Object::begun(kind, &identifier(&format!("match {kind}"), key))
            .created(FIXED_DAY.min(self.made.on))
            .modified(self.made.on)
            .with("created_by_ref", format!("identity--{}", tool()))
    }

    /// Adds what is said of a file; gives what a report lists.
    fn answer(&mut self, answer: &MatchAnswer) -> Vec<String> {
        let report = &answer.report;
        let sha256 = report.query.id.to_string();
        let hashes = json!({ "SHA-256": sha256 });
        let file = Object::begun("file", &observable(&json!({ "hashes": hashes }).to_string()))
            .with("hashes", hashes)
            .with("size", report.query.size);
        let file = self.add(file);
        let analysis = self.add(self.analysis(answer, &sha256).with("sample_ref", file.as_str()));
        let mut about = vec![file.clone(), analysis];
        for (name, family) in named_malware(report) {
            let malware = Object::begun("malware", &identifier("match family", &[name]))
                .created(FIXED_DAY.min(self.made.on))
                .modified(self.made.on)
                .with("created_by_ref", format!("identity--{}", tool()))
                .with("name", name)
                .with("is_family", true);
            let malware = self.add(malware);
            let relation = self
                .begun("relationship", &[&sha256, name])
                .with("relationship_type", "related-to")
                .with("source_ref", file.as_str())
                .with("target_ref", malware.as_str())
                .with("description", relation(report.outcome.verdict, family))
                .extended(figures(report, family));
            about.extend([malware, self.add(relation)]);
        }
        let note = self
            .begun("note", &[&sha256])
            .of_kind("analysis")
            .with("abstract", headline(report))
            .with("content", sheet(answer, self.made, false).markdown())
            .refs("object_refs", about.iter().cloned());
        about.push(self.add(note));
        about
    }

    fn analysis(&self, answer: &MatchAnswer, sha256: &str) -> Object {
        let report = &answer.report;
        let population = &report.population;
        let named_shares = PARTS.iter().zip(shares(&report.code));
        let code: Map<String, Value> =
            named_shares.map(|((name, ..), share)| ((*name).to_owned(), json!(share.of_bytes))).collect();
        self.begun("malware-analysis", &[sha256])
            .with("product", "cognate")
            .with("version", env!("CARGO_PKG_VERSION"))
            .with("analysis_definition_version", format!("fingerprints {}", population.fingerprint_version))
            .with("submitted", timestamp(self.made.on))
            .with("result", "unknown")
            .with("result_name", title(report.outcome.verdict).to_lowercase())
            .extended(json!({
                "subject": "match",
                "tool": format!("cognate {}", env!("CARGO_PKG_VERSION")),
                "known_components": self.made.base,
                "verdict": report.outcome.verdict,
                "reason": report.outcome.reason,
                "read_in_part": report.query.partial,
                "coverage": report.completeness.coverage,
                "code": code,
                "population": {
                    "samples": population.samples,
                    "families": population.families,
                    "goodware": population.goodware,
                    "libraries": population.libraries,
                    "functions": population.functions,
                    "fingerprint_version": population.fingerprint_version,
                },
            }))
    }
}

/// What a relation rests on, in numbers.
fn figures(report: &MatchReport, family: Option<&FamilyRelative>) -> Value {
    let standing = family.map(|family| &family.standing);
    json!({
        "subject": "relation",
        "verdict": report.outcome.verdict,
        "log10_likelihood_ratio": standing.map(|it| it.log10_lr),
        "log10_likelihood_ratio_low": standing.map(|it| it.log10_lr_range.0),
        "log10_likelihood_ratio_high": standing.map(|it| it.log10_lr_range.1),
        "e_value": standing.and_then(|it| it.e_value),
        "share_of_own_code": standing.map(|it| it.grounds.of_own),
    })
}
