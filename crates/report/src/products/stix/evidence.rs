//! Items of evidence, their artefacts, and the software of the case.

use super::super::artefact::{Artefact, Catalogued, catalogued, recognise, web};
use super::super::identifier::named;
use super::super::plain::named_or;
use super::bundle::{Bundle, Object};
use super::dissent;
use super::references::references;
use cognate_case::Measured;
use cognate_case::assessment::{Counting, ItemView, JudgementView, SourceView};
use cognate_case::prose::{day, percent};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What was added.
#[derive(Default)]
pub(super) struct Added {
    /// The artefacts, each once.
    pub artefacts: Vec<String>,
    /// The notes of the items.
    pub notes: Vec<String>,
}

/// Adds the items.
pub(super) fn add(bundle: &mut Bundle<'_>) -> Added {
    let assessment = bundle.assessment;
    let sources: BTreeMap<&str, &SourceView> =
        assessment.sources.iter().map(|source| (source.id.as_str(), source)).collect();
    let hypotheses: Vec<&str> = assessment.hypotheses.iter().map(|one| one.id.as_str()).collect();
    let mut added = Added::default();
    let mut seen = BTreeSet::new();
    for item in &assessment.items {
        let mut about = vec![bundle.report()];
        let query = item.measured.iter().map(|measured| &measured.query);
        for artefact in item.artefacts.iter().chain(query).filter_map(|text| recognise(text)) {
            let object = observable(bundle, &artefact);
            about.push(bundle.add(object));
        }
        added.artefacts.extend(about.iter().skip(1).filter(|id| seen.insert((*id).clone())).cloned());
        let object = note(bundle, item, sources.get(&*item.source).copied(), &hypotheses, about);
        added.notes.push(bundle.add(object));
    }
    added
}

/// Adds the ATT&CK software that the case itself refers to; gives it, for the report to list.
///
/// What only an item refers to is no object: it may be the tool of somebody else.
pub(super) fn software(bundle: &mut Bundle<'_>) -> Vec<String> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for text in &bundle.assessment.case.references {
        let Some(Catalogued::Software(id, name)) = catalogued(text) else { continue };
        let kept = names.entry(id).or_insert(name);
        if kept.is_empty() || (!name.is_empty() && name < *kept) {
            *kept = name;
        }
    }
    let mut listed = Vec::new();
    for (id, name) in names {
        let url = format!("https://attack.mitre.org/software/{id}/");
        let object = Object::shared("malware", &named("attack-software", &[id]))
            .with("name", named_or(name, id))
            .with("is_family", true)
            .with(
                "external_references",
                json!([{ "source_name": "mitre-attack", "external_id": id, "url": url }]),
            );
        listed.push(bundle.add(object));
    }
    listed
}

/// The identifier of an item's note.
pub(super) fn note_id(bundle: &Bundle<'_>, item: &str) -> String {
    bundle.id("note", "evidence", &[item])
}

fn note(
    bundle: &Bundle<'_>,
    item: &ItemView,
    source: Option<&SourceView>,
    hypotheses: &[&str],
    about: Vec<String>,
) -> Object {
    let mut external: Vec<Value> = source.map(cited).into_iter().collect();
    external.extend(references(&item.references));
    let names = |id: &str| dissent::name(bundle.assessment, id);
    let mut authors: Vec<String> =
        item.judgements.iter().filter_map(|judgement| judgement.by.as_deref()).map(&names).collect();
    authors.dedup();
    bundle
        .note("evidence", &[&item.id], "analysis")
        .created(item.reported)
        .with("abstract", named_or(&item.title, &item.id))
        .with("content", content(item, source, &names))
        .with("authors", authors)
        .with("labels", json!(["evidence"]))
        .with("external_references", external)
        .refs("object_refs", about)
        .extended(extension(bundle, item, hypotheses, &names))
}

fn content(item: &ItemView, source: Option<&SourceView>, names: &dyn Fn(&str) -> String) -> String {
    let from = source.map_or(&*item.source, |source| named_or(&source.name, &source.id));
    let counting = match &item.counting {
        Counting::Alone => "The only report of this observation.".to_owned(),
        Counting::Represents { copies } => format!("Also reported in: {}; counted once.", copies.join(", ")),
        Counting::CopyOf { item } => format!("Another report of `{item}`; not counted again."),
    };
    let mut text = format!(
        "{}\n\nReported {} by {from} ({}); the information is {}. {counting}",
        item.observation,
        day(item.reported),
        item.reliability.words(),
        item.credibility.words(),
    );
    text.extend(item.measured.as_ref().map(code_match));
    for judgement in &item.judgements {
        let who = judgement.by.as_deref().map_or_else(|| "the authors".to_owned(), names);
        text.push_str(&format!("\n\nJudged by {who}: {}", judgement.rationale));
    }
    text
}

fn extension(
    bundle: &Bundle<'_>,
    item: &ItemView,
    hypotheses: &[&str],
    names: &dyn Fn(&str) -> String,
) -> Value {
    let judged = |judgement: &JudgementView| json!({ "analyst": judgement.by.as_deref().map(names), "likelihood": judgement.likelihood });
    let judgements: Vec<Value> =
        item.judgements.iter().filter(|_| item.judgements.len() > 1).map(judged).collect();
    let ach: Vec<&str> = item.ach.iter().map(|mark| mark.mark()).collect();
    let artefacts: Vec<&String> = item.artefacts.iter().filter(|text| !text.is_empty()).collect();
    json!({
        "subject": "evidence",
        "item": item.id,
        "kind": item.kind,
        "mictic_aspect": item.aspect,
        "diamond_vertex": item.vertex,
        "source_reliability": item.reliability,
        "information_credibility": u8::from(item.credibility),
        "observed": item.observed.map(|day| day.to_string()),
        "reported": item.reported.to_string(),
        "as_of": bundle.as_of(),
        "observation": item.observation_id,
        "dependence_group": item.group,
        "forgeability": item.forgeability,
        "shareability": item.shareability,
        "tlp_of_item": item.tlp,
        "weight": item.weight,
        "expected": item.expected,
        "diagnosticity": item.diagnosticity,
        "diagnostic": item.diagnostic,
        "hypotheses": hypotheses,
        "likelihood": item.likelihood,
        "effective_likelihood": item.effective,
        "judgements": judgements,
        "ach_marks": ach,
        "artefacts": artefacts,
        "code_match": item.measured.as_ref().map(measured),
    })
}

/// A source as an external reference: where, who, and how it is graded.
fn cited(source: &SourceView) -> Value {
    let name = named_or(&source.name, &source.id);
    // STIX reserves these two names for identifiers of their catalogues.
    let reserved = name == "cve" || name == "capec";
    json!({
        "source_name": if reserved { source.id.to_uppercase() } else { name.to_owned() },
        "description": format!("{}: {}", source.reliability.words(), source.reason),
        "url": source.url.as_deref().and_then(web),
    })
}

fn observable(bundle: &Bundle<'_>, artefact: &Artefact) -> Object {
    let file =
        |algorithm: &str, digest: &str| bundle.observable("file", "hashes", json!({ algorithm: digest }));
    match artefact {
        Artefact::Md5(digest) => file("MD5", digest),
        Artefact::Sha1(digest) => file("SHA-1", digest),
        Artefact::Sha256(digest) => file("SHA-256", digest),
        Artefact::Sha512(digest) => file("SHA-512", digest),
        Artefact::Domain(name) => bundle.observable("domain-name", "value", json!(name)),
        Artefact::Url(url) => bundle.observable("url", "value", json!(url)),
        Artefact::Address(address @ IpAddr::V4(_)) => {
            bundle.observable("ipv4-addr", "value", json!(address.to_string()))
        }
        Artefact::Address(address @ IpAddr::V6(_)) => {
            bundle.observable("ipv6-addr", "value", json!(address.to_string()))
        }
    }
}

/// A measured match in a sentence; the label is a store's, and names nobody.
fn code_match(measured: &Measured) -> String {
    format!(
        "\n\nMeasured: {} functions in common with what a store labels `{}`, the least rare of them in {} of {} other families. \
         Such sharing between unrelated code: {}.",
        measured.functions,
        measured.relative,
        measured.other_families,
        measured.families,
        percent(measured.unrelated),
    )
}

fn measured(measured: &Measured) -> Value {
    json!({
        "query_sha256": measured.query,
        "relative": measured.relative,
        "functions": measured.functions,
        "evidence_bits": measured.evidence_bits,
        "families": measured.families,
        "other_families": measured.other_families,
        "probability_if_unrelated": measured.unrelated,
        "e_value": measured.e_value,
        "fingerprint_version": measured.fingerprint_version,
    })
}
