//! Items of evidence, their artefacts, the software they name, and measured code.

use super::super::artefact::{Artefact, Catalogued, catalogued, recognise, web};
use super::bundle::{Bundle, Object};
use super::dissent;
use super::references::{named_or, references};
use cognate_case::assessment::{Counting, ItemView, SourceView};
use cognate_case::prose::{day, percent};
use cognate_case::{Assessment, Measured};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Adds the items; gives what the report may list.
pub(super) fn add(bundle: &mut Bundle<'_>, campaign: &str) -> Vec<String> {
    let assessment = bundle.assessment;
    let sources: BTreeMap<&str, &SourceView> =
        assessment.sources.iter().map(|source| (source.id.as_str(), source)).collect();
    let names = software(assessment);
    let hypotheses: Vec<&str> = assessment.hypotheses.iter().map(|one| one.id.as_str()).collect();
    let mut listed = Vec::new();
    for item in &assessment.items {
        let mut about = vec![campaign.to_owned()];
        for artefact in item.artefacts.iter().filter_map(|text| recognise(text)) {
            let object = observable(bundle, &artefact);
            about.push(bundle.add(object));
        }
        for (id, name) in item.references.iter().filter_map(|text| software_of(text, &names)) {
            let object = malware(bundle, id, name);
            about.push(bundle.add(object));
        }
        about.extend(item.measured.as_ref().and_then(|measured| code_match(bundle, item, measured)));
        if let Counting::CopyOf { item } = &item.counting {
            about.push(note_id(bundle, item));
        }
        listed.extend(about.iter().skip(1).cloned());
        let object = note(bundle, item, sources.get(&*item.source).copied(), &hypotheses, about);
        let note = bundle.add(object);
        listed.extend(dissent::of_item(bundle, item, &note));
        listed.push(note);
    }
    let mut seen = std::collections::BTreeSet::new();
    listed.retain(|id| seen.insert(id.clone()));
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
    let names = |id: &str| dissent::name(bundle, id);
    let mut authors: Vec<String> =
        item.judgements.iter().filter_map(|judgement| judgement.by.as_deref()).map(&names).collect();
    authors.dedup();
    bundle
        .object("note", "evidence", &[&item.id])
        .created(item.reported)
        .with("abstract", named_or(&item.title, &item.id))
        .with("content", content(item, source, &names))
        .with("authors", authors)
        .with("labels", json!(["evidence"]))
        .with("external_references", external)
        .refs("object_refs", about)
        .extended(extension(bundle, item, hypotheses))
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
    for judgement in &item.judgements {
        let who = judgement.by.as_deref().map_or_else(|| "the authors".to_owned(), names);
        text.push_str(&format!("\n\nJudged by {who}: {}", judgement.rationale));
    }
    text
}

fn extension(bundle: &Bundle<'_>, item: &ItemView, hypotheses: &[&str]) -> Value {
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
        "ach_marks": ach,
        "artefacts": artefacts,
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

/// The ATT&CK software that the case names, with the least of the names given to each.
fn software(assessment: &Assessment) -> BTreeMap<&str, &str> {
    let of_items = assessment.items.iter().flat_map(|item| &item.references);
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for text in of_items.chain(&assessment.case.references) {
        let Some(Catalogued::Software(id, name)) = catalogued(text) else { continue };
        let kept = names.entry(id).or_insert(name);
        if kept.is_empty() || (!name.is_empty() && name < *kept) {
            *kept = name;
        }
    }
    names
}

fn software_of<'a>(text: &'a str, names: &BTreeMap<&'a str, &'a str>) -> Option<(&'a str, &'a str)> {
    let Some(Catalogued::Software(id, _)) = catalogued(text) else { return None };
    let name = names.get(id).copied().unwrap_or_default();
    Some((id, named_or(name, id)))
}

fn malware(bundle: &Bundle<'_>, id: &str, name: &str) -> Object {
    let url = format!("https://attack.mitre.org/software/{id}/");
    bundle.object("malware", "attack-software", &[id]).with("name", name).with("is_family", true).with(
        "external_references",
        json!([{ "source_name": "mitre-attack", "external_id": id, "url": url }]),
    )
}

/// A measured match: the file, the family it was matched with, and the relationship, whose identifier comes back.
fn code_match(bundle: &mut Bundle<'_>, item: &ItemView, measured: &Measured) -> Option<String> {
    let query = recognise(&measured.query).filter(|query| matches!(query, Artefact::Sha256(_)))?;
    let file = observable(bundle, &query);
    let file = bundle.add(file);
    let family = bundle
        .object("malware", "relative", &[&measured.relative])
        .with("name", format!("code labelled {}", measured.relative))
        .with("is_family", true)
        .with(
            "description",
            "A label of the store that the sample was matched with. The label is the store's, not a finding.",
        );
    let family = bundle.add(family);
    let described = format!(
        "{} functions in common, the least rare of them in {} of {} other families. Such sharing between unrelated code: {}.",
        measured.functions,
        measured.other_families,
        measured.families,
        percent(measured.unrelated),
    );
    let object = bundle
        .object("relationship", "code-match", &[&item.id, &file, &family])
        .created(item.reported)
        .with("relationship_type", "related-to")
        .with("source_ref", file)
        .with("target_ref", family)
        .with("description", described)
        .extended(json!({
            "subject": "code-match",
            "item": item.id,
            "query_sha256": measured.query,
            "relative": measured.relative,
            "functions": measured.functions,
            "evidence_bits": measured.evidence_bits,
            "families": measured.families,
            "other_families": measured.other_families,
            "probability_if_unrelated": measured.unrelated,
            "e_value": measured.e_value,
            "fingerprint_version": measured.fingerprint_version,
        }));
    Some(bundle.add(object))
}
