//! Texts as external references.

use super::super::artefact::{Catalogued, catalogued};
use serde_json::{Value, json};

/// Texts as external references.
pub(super) fn references(texts: &[String]) -> Vec<Value> {
    texts.iter().filter_map(|text| reference(text)).collect()
}

/// A text as an external reference.
///
/// An ATT&CK id stands in `external_id` only on the object that it names: elsewhere readers would take
/// the campaign for the group.
fn reference(text: &str) -> Option<Value> {
    match catalogued(text) {
        Some(Catalogued::Url(url)) => Some(json!({ "source_name": host(url), "url": url })),
        Some(Catalogued::Software(id, _) | Catalogued::Attack(id)) => {
            Some(json!({ "source_name": "MITRE ATT&CK", "description": text, "url": attack_page(id) }))
        }
        Some(Catalogued::Cve(id)) => {
            Some(json!({ "source_name": "cve", "external_id": id, "description": text }))
        }
        None if text.trim().is_empty() => None,
        None => Some(json!({ "source_name": "reference", "description": text })),
    }
}

/// The page of an ATT&CK id.
fn attack_page(id: &str) -> String {
    let kind = match id.get(..1) {
        Some("S") => "software",
        Some("G") => "groups",
        Some("C") => "campaigns",
        Some("M") => "mitigations",
        _ if id.starts_with("TA") => "tactics",
        _ => "techniques",
    };
    format!("https://attack.mitre.org/{kind}/{}/", id.trim_end_matches('.').replace('.', "/"))
}

/// The host of a web address.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest)
}
