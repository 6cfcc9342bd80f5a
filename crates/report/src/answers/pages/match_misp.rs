//! `match` as a MISP event.
//!
//! Each file is an object `file` with its SHA-256, name and size, and a text with its verdict. The SHA-256 of a file bears the tag
//! `cognate:shares-code-with="…"` of each family of malware that its verdict names, and only of those; the event bears none,
//! as readers take its tags for all that is in it. No actor is named, and no galaxy: code in common attributes nothing to
//! anybody. Nothing is marked for detection. The whole is there as an event report. Identifiers are made of the files' SHA-256.

use super::match_page::markdown;
use super::match_sections::headline;
use super::match_stix::{MOST_OF_NAME, called, named_malware, tool};
use super::sheet::Made;
use crate::products::identifier::seconds;
use crate::products::misp::{machine_tag, tagged, uuid};
use crate::products::plain::plain;
use crate::text::file_name;
use cognate_documents::{MatchAnswer, MatchDocument};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The template of MISP's own object for a file, and the version of it whose attributes these are.
const FILE_TEMPLATE: &str = "688c46fb-5edb-40a3-8273-1af7923e2215";
const FILE_TEMPLATE_VERSION: &str = "25";

/// Writes answers as a MISP event, the same bytes for the same answers on one day.
///
/// The event is unpublished and for the own organisation only.
#[must_use]
pub fn match_misp(document: &MatchDocument, made: &Made) -> Value {
    let mut seen = BTreeSet::new();
    let answers: Vec<&MatchAnswer> =
        document.answers.iter().filter(|answer| seen.insert(answer.report.query.id)).collect();
    let ids: Vec<String> = seen.iter().map(ToString::to_string).collect();
    let key: Vec<&str> = ids.iter().map(String::as_str).collect();
    let time = seconds(made.on).to_string();
    let info = called(&answers);
    json!({ "Event": {
        "uuid": uuid("match event", &key),
        "info": plain(&info),
        "date": made.on.to_string(),
        "timestamp": time,
        "published": false,
        "analysis": "2",
        "threat_level_id": "4",
        "distribution": "0",
        "Orgc": { "name": "cognate", "uuid": tool().to_string() },
        "Tag": [],
        "Attribute": answers.iter().map(|answer| verdict(answer, &time)).collect::<Vec<_>>(),
        "Object": answers.iter().map(|answer| file(answer, &time)).collect::<Vec<_>>(),
        "EventReport": [{
            "uuid": uuid("match report", &key),
            "name": plain(&info),
            "content": plain(&markdown(document, made, false)),
            "distribution": "5",
            "timestamp": time,
        }],
    } })
}

/// What is said of a file, as a text of its own.
fn verdict(answer: &MatchAnswer, time: &str) -> Value {
    let id = answer.report.query.id.to_string();
    let text = format!("{id}: {}", headline(&answer.report));
    json!({
        "uuid": uuid("match verdict", &[&id]),
        "type": "text",
        "category": "External analysis",
        "value": plain(&text),
        "comment": "code in common, which attributes nothing to anybody",
        "to_ids": false,
        "distribution": "5",
        "timestamp": time,
        "Tag": [],
    })
}

fn file(answer: &MatchAnswer, time: &str) -> Value {
    let query = &answer.report.query;
    let id = query.id.to_string();
    let named = named_malware(&answer.report);
    let tag = |name: &str| machine_tag("cognate", "shares-code-with", &plain(name).replace('"', "'"));
    let tags: Vec<String> = named.iter().map(|(name, _)| tag(name)).collect();
    let name = file_name(&answer.name, MOST_OF_NAME);
    let attributes = [
        ("sha256", "sha256", "Payload delivery", id.clone(), tags),
        ("filename", "filename", "Payload delivery", name, Vec::new()),
        ("size-in-bytes", "size-in-bytes", "Other", query.size.to_string(), Vec::new()),
    ];
    let attributes = attributes.map(|(relation, kind, category, value, tags)| {
        json!({
            "uuid": uuid("match attribute", &[&id, relation]),
            "object_relation": relation,
            "type": kind,
            "category": category,
            "value": plain(&value),
            "to_ids": false,
            "disable_correlation": relation != "sha256",
            "distribution": "5",
            "timestamp": time,
            "Tag": tagged(&tags),
        })
    });
    json!({
        "uuid": uuid("match file", &[&id]),
        "name": "file",
        "meta-category": "file",
        "template_uuid": FILE_TEMPLATE,
        "template_version": FILE_TEMPLATE_VERSION,
        "distribution": "5",
        "timestamp": time,
        "Attribute": attributes,
    })
}
