//! A STIX 2.1 bundle: indicators, malware, tools, infrastructure, techniques, sightings, notes, and who is said to be behind them.

use super::{Found, FoundItem, LONGEST_TEXT, clean, day, list, text, texts, tlp};
use crate::scale::{Aspect, EvidenceKind, Tlp, Vertex};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Marking definitions that bundles need not carry: those of TLP 1 and 2 (OASIS), and OpenCTI's own of AMBER+STRICT.
const MARKINGS: [(&str, Tlp); 10] = [
    ("613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
    ("34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
    ("f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
    ("939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
    ("826578e1-40ad-459f-bc73-ede076f81f37", Tlp::AmberStrict),
    ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
    ("e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
];

/// What is used otherwise: as source, as marking, as an actor that is named.
const USED: [&str; 4] = ["identity", "marking-definition", "threat-actor", "intrusion-set"];

/// Objects by their ids.
type Objects<'v> = BTreeMap<&'v str, &'v Value>;

/// Reads a bundle.
pub(super) fn read(bundle: &Value) -> Found {
    let mut found = Found::default();
    let objects = latest(bundle);
    let observed = list(bundle, "objects").filter(|one| text(one, "type") == Some("observed-data"));
    let held: BTreeSet<&str> =
        observed.flat_map(|one| list(one, "object_refs")).filter_map(Value::as_str).collect();
    for object in list(bundle, "objects") {
        let kind = text(object, "type").unwrap_or("object without a type");
        let latest = text(object, "id").and_then(|id| objects.get(id));
        if latest.is_some_and(|latest| !std::ptr::eq(*latest, object)) {
            found.leave_out(&format!("{kind} (older version)"));
            continue;
        }
        if object.get("revoked").and_then(Value::as_bool) == Some(true) {
            found.leave_out(&format!("{kind} (revoked)"));
            continue;
        }
        match kind {
            "threat-actor" | "intrusion-set" => found.name_actor(text(object, "name").unwrap_or_default()),
            "report" if found.title.is_none() => found.title = text(object, "name").map(str::to_owned),
            _ => {}
        }
        match item(object, kind, &objects) {
            Some(item) => {
                let marks = list(object, "object_marking_refs").filter_map(Value::as_str);
                for _ in marks.filter(|id| marking(id, &objects).is_none()) {
                    found.leave_out("marking that is no TLP, or not in the bundle");
                }
                found.items.push(item);
            }
            None if USED.contains(&kind) || text(object, "id").is_some_and(|id| held.contains(id)) => {}
            None => found.leave_out(kind),
        }
    }
    found
}

/// Every object as it was last modified: a bundle may hold several versions of one (STIX 2.1, section 3.6).
fn latest(bundle: &Value) -> Objects<'_> {
    let modified = |object: &Value| text(object, "modified").and_then(|time| time.parse::<Timestamp>().ok());
    let mut objects = Objects::new();
    for object in list(bundle, "objects") {
        let Some(id) = text(object, "id") else { continue };
        let latest = objects.entry(id).or_insert(object);
        if modified(object) > modified(latest) {
            *latest = object;
        }
    }
    objects
}

/// What an object says, where it can be an item.
fn item(object: &Value, kind: &str, objects: &Objects<'_>) -> Option<FoundItem> {
    use {Aspect as A, EvidenceKind as K, Vertex as V};
    let pattern = text(object, "pattern").unwrap_or_default();
    let (of_kind, aspect, vertex) = match kind {
        "indicator" => of_pattern(pattern),
        "malware" | "tool" => (K::Tool, A::Malware, Some(V::Capability)),
        "infrastructure" => (K::Infrastructure, A::Infrastructure, Some(V::Infrastructure)),
        "attack-pattern" => (K::Tradecraft, A::Telemetry, Some(V::Capability)),
        "vulnerability" => (K::Capability, A::Malware, Some(V::Capability)),
        "observed-data" | "sighting" => (K::Intelligence, A::Telemetry, None),
        "note" | "opinion" | "report" => (K::Judgement, A::Intelligence, None),
        "relationship" if text(object, "relationship_type") == Some("attributed-to") => {
            (K::Judgement, A::Intelligence, Some(V::Adversary))
        }
        _ => return None,
    };
    let name =
        |key: &str| text(object, key).and_then(|id| objects.get(id)).and_then(|other| text(other, "name"));
    let title = match kind {
        "relationship" => format!("{} is attributed to {}", name("source_ref")?, name("target_ref")?),
        "sighting" => format!("sighting of {}", name("sighting_of_ref")?),
        "observed-data" => "observed data".to_owned(),
        _ => text(object, "name")
            .or_else(|| text(object, "abstract"))
            .map_or_else(|| clean(pattern_or(object, pattern), 100), str::to_owned),
    };
    let said = ["description", "content", "explanation"].iter().find_map(|key| text(object, key));
    let mut observation = said.unwrap_or(&title).to_owned();
    if !pattern.is_empty() {
        observation = format!("{observation} Pattern: {pattern}");
    }
    let seen = ["first_observed", "first_seen"].iter().find_map(|key| text(object, key));
    let author = text(object, "created_by_ref").and_then(|id| objects.get(id));
    Some(FoundItem {
        id: None,
        title,
        kind: of_kind,
        aspect,
        vertex,
        observation,
        artefacts: artefacts(object, pattern, objects),
        references: references(object),
        source: author.and_then(|author| text(author, "name")).map(str::to_owned),
        observed: seen.and_then(day),
        reported: text(object, "created").or_else(|| text(object, "published")).and_then(day),
        tlp: list(object, "object_marking_refs")
            .filter_map(Value::as_str)
            .filter_map(|id| marking(id, objects))
            .max(),
        from: Some(kind.to_owned()),
    })
}

fn pattern_or<'v>(object: &'v Value, pattern: &'v str) -> &'v str {
    match pattern {
        "" => text(object, "content").or_else(|| text(object, "opinion")).unwrap_or("without a name"),
        pattern => pattern,
    }
}

/// What a pattern looks for.
fn of_pattern(pattern: &str) -> (EvidenceKind, Aspect, Option<Vertex>) {
    let has = |kinds: &[&str]| kinds.iter().any(|kind| pattern.contains(kind));
    if has(&["domain-name:", "ipv4-addr:", "ipv6-addr:", "url:", "x509-certificate:", "autonomous-system:"]) {
        return (EvidenceKind::Infrastructure, Aspect::Infrastructure, Some(Vertex::Infrastructure));
    }
    if has(&["file:", "mutex:", "process:", "windows-registry-key:"]) {
        return (EvidenceKind::Tool, Aspect::Malware, Some(Vertex::Capability));
    }
    (EvidenceKind::Intelligence, Aspect::Telemetry, None)
}

/// What a pattern compares with, and what observed data hold.
fn artefacts(object: &Value, pattern: &str, objects: &Objects<'_>) -> Vec<String> {
    let mut values = Vec::new();
    let (mut inside, mut value, mut escaped) = (false, String::new(), false);
    for letter in pattern.chars().take(LONGEST_TEXT) {
        match letter {
            '\\' if inside && !escaped => escaped = true,
            '\'' if !escaped => {
                if inside {
                    values.push(std::mem::take(&mut value));
                }
                inside = !inside;
            }
            _ => {
                if inside {
                    value.push(letter);
                }
                escaped = false;
            }
        }
    }
    for held in list(object, "object_refs").filter_map(Value::as_str).filter_map(|id| objects.get(id)) {
        values.extend(["value", "name"].iter().find_map(|key| text(held, key)).map(str::to_owned));
        let hashes = held.get("hashes").and_then(Value::as_object);
        values.extend(
            hashes.into_iter().flat_map(|all| all.values()).filter_map(Value::as_str).map(str::to_owned),
        );
    }
    if text(object, "type") == Some("report") {
        values.clear();
    }
    texts(values.into_iter())
}

fn references(object: &Value) -> Vec<String> {
    let id = text(object, "id").map(str::to_owned);
    let external = list(object, "external_references").filter_map(|reference| {
        ["external_id", "url", "source_name"].iter().find_map(|key| text(reference, key)).map(str::to_owned)
    });
    texts(id.into_iter().chain(external))
}

fn marking(id: &str, objects: &Objects<'_>) -> Option<Tlp> {
    let known = MARKINGS.iter().find(|(known, _)| id.ends_with(known)).map(|(_, tlp)| *tlp);
    known.or_else(|| {
        let definition = objects.get(id)?;
        let named = definition.get("definition").and_then(|inner| text(inner, "tlp"));
        named.and_then(|word| tlp(&format!("tlp:{word}"))).or_else(|| text(definition, "name").and_then(tlp))
    })
}
