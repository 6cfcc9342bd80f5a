//! A MISP event: its attributes, and its objects as one item each.

use super::{Found, FoundItem, clean, day, list, text, texts, tlp};
use crate::scale::{Aspect, EvidenceKind, Tlp, Vertex};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Galaxies whose clusters are actors.
const ACTORS: [&str; 4] =
    ["threat-actor", "mitre-intrusion-set", "microsoft-activity-group", "360net-threat-actor"];

/// Attributes that are words and no trace.
const WORDS: [&str; 3] = ["text", "comment", "other"];
/// What says who is behind something is somebody's judgement, whatever its type.
const ATTRIBUTION: &str = "Attribution";

/// The events of a file: one, a list of them, or the answer of a search.
pub(super) fn events(value: &Value) -> Vec<&Value> {
    let all: Vec<&Value> = match value {
        Value::Array(all) => all.iter().collect(),
        Value::Object(_) if value.get("response").is_some() => list(value, "response").collect(),
        other => vec![other],
    };
    all.into_iter().filter_map(|one| one.get("Event")).filter(|event| event.is_object()).collect()
}

/// Reads events.
pub(super) fn read(events: &[&Value]) -> Found {
    let mut found = Found::default();
    for event in events {
        if found.title.is_none() {
            found.title = text(event, "info").map(str::to_owned);
        }
        actors(event, &mut found);
        let whole = Whole {
            source: event.get("Orgc").and_then(|orgc| text(orgc, "name")).map(str::to_owned),
            reported: text(event, "date").and_then(day),
            tlp: marking(event),
        };
        for attribute in list(event, "Attribute") {
            if text(attribute, "type") == Some("threat-actor") {
                found.name_actor(text(attribute, "value").unwrap_or_default());
            }
            add(&mut found, attribute, "attribute", |attribute| whole.attribute(attribute));
        }
        for object in list(event, "Object") {
            add(&mut found, object, "object", |object| whole.object(object));
        }
    }
    found
}

fn add(found: &mut Found, part: &Value, what: &str, item: impl Fn(&Value) -> Option<FoundItem>) {
    actors(part, found);
    if part.get("deleted").is_some_and(|deleted| deleted == true || deleted == 1 || deleted == "1") {
        found.leave_out(&format!("{what} (deleted)"));
        return;
    }
    match item(part) {
        Some(item) => found.items.push(item),
        None => found.leave_out(&format!("{what} without a value")),
    }
}

/// Names of actors in galaxies and tags.
fn actors(of: &Value, found: &mut Found) {
    for galaxy in
        list(of, "Galaxy").filter(|one| text(one, "type").is_some_and(|kind| ACTORS.contains(&kind)))
    {
        list(galaxy, "GalaxyCluster")
            .filter_map(|cluster| text(cluster, "value"))
            .for_each(|name| found.name_actor(name));
    }
    for tag in list(of, "Tag").filter_map(|tag| text(tag, "name")) {
        let named = tag.strip_prefix("misp-galaxy:").and_then(|tag| tag.split_once("=\""));
        if let Some((_, name)) = named.filter(|(galaxy, _)| ACTORS.contains(galaxy)) {
            found.name_actor(name.trim_end_matches('"'));
        }
    }
}

fn marking(of: &Value) -> Option<Tlp> {
    list(of, "Tag").filter_map(|tag| text(tag, "name")).filter_map(tlp).max()
}

/// What holds for all of an event.
struct Whole {
    source: Option<String>,
    reported: Option<Date>,
    tlp: Option<Tlp>,
}

impl Whole {
    fn attribute(&self, attribute: &Value) -> Option<FoundItem> {
        let (kind, value) = (text(attribute, "type")?, text(attribute, "value")?);
        let category =
            text(attribute, "category").map(|category| format!("{category}, ")).unwrap_or_default();
        let comment = text(attribute, "comment").map(|comment| format!(". {comment}")).unwrap_or_default();
        let concludes = kind == "threat-actor" || text(attribute, "category") == Some(ATTRIBUTION);
        let is_trace = !concludes && !WORDS.contains(&kind);
        let parts = value.split('|').filter(|_| is_trace).map(str::to_owned);
        let (title, said) = (format!("{kind}: {value}"), format!("{value} ({category}{kind}){comment}"));
        let item = self.item(attribute, kind, title, said, texts(parts));
        Some(match concludes {
            true => FoundItem {
                kind: EvidenceKind::Judgement,
                aspect: Aspect::Intelligence,
                vertex: Some(Vertex::Adversary),
                ..item
            },
            false => item,
        })
    }

    fn object(&self, object: &Value) -> Option<FoundItem> {
        let kind = text(object, "name")?;
        let parts: Vec<(&str, &str)> = list(object, "Attribute")
            .filter(|one| one.get("deleted").is_none_or(|deleted| deleted == false))
            .filter_map(|one| Some((text(one, "object_relation").unwrap_or("value"), text(one, "value")?)))
            .collect();
        let (_, first) = parts.first()?;
        let said: Vec<String> =
            parts.iter().map(|(relation, value)| format!("{relation}: {value}")).collect();
        let comment = text(object, "comment").map(|comment| format!("{comment}. ")).unwrap_or_default();
        let values = texts(parts.iter().map(|(_, value)| (*value).to_owned()));
        Some(self.item(
            object,
            kind,
            format!("{kind}: {first}"),
            format!("{comment}{}", said.join("; ")),
            values,
        ))
    }

    fn item(
        &self,
        of: &Value,
        kind: &str,
        title: String,
        observation: String,
        artefacts: Vec<String>,
    ) -> FoundItem {
        let (of_kind, aspect, vertex) = of_type(kind);
        FoundItem {
            id: None,
            title,
            kind: of_kind,
            aspect,
            vertex,
            observation,
            artefacts,
            references: texts(text(of, "uuid").map(str::to_owned).into_iter()),
            source: self.source.clone(),
            observed: text(of, "first_seen").and_then(day),
            reported: stamp(of).or(self.reported),
            tlp: marking(of).max(self.tlp),
            from: Some(clean(kind, 60)),
        }
    }
}

/// The day of the time stamp: seconds since 1970, as a number or as text.
fn stamp(of: &Value) -> Option<Date> {
    let stamp = of.get("timestamp")?;
    let seconds = stamp.as_i64().or_else(|| stamp.as_str()?.parse().ok()).filter(|seconds| *seconds > 0)?;
    Some(Timestamp::from_second(seconds).ok()?.to_zoned_datetime(TimeZone::UTC).date())
}

/// What a type of attribute, or an object, is a trace of.
fn of_type(kind: &str) -> (EvidenceKind, Aspect, Option<Vertex>) {
    use {Aspect as A, EvidenceKind as K, Vertex as V};
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| kind.starts_with(prefix));
    if begins(&[
        "ip-", "domain", "hostname", "url", "uri", "AS", "x509", "port", "mac-", "ja3", "dns", "network",
        "netflow", "asn",
    ]) {
        (K::Infrastructure, A::Infrastructure, Some(V::Infrastructure))
    } else if begins(&[
        "md5",
        "sha",
        "filename",
        "file",
        "malware",
        "ssdeep",
        "imphash",
        "tlsh",
        "vhash",
        "yara",
        "pe",
        "elf",
        "macho",
        "mutex",
        "regkey",
        "registry",
        "attachment",
        "authentihash",
        "process",
        "named pipe",
    ]) {
        (K::Tool, A::Malware, Some(V::Capability))
    } else if begins(&["pdb", "compilation", "datetime"]) {
        (K::Metadata, A::Malware, Some(V::Capability))
    } else if begins(&["btc", "xmr", "dash", "iban", "bic", "bank", "cc-number", "prtn", "coin"]) {
        (K::Financial, A::CuiBono, None)
    } else if begins(&[
        "email",
        "whois",
        "github",
        "twitter",
        "jabber",
        "person",
        "first-name",
        "last-name",
        "full-name",
        "user",
        "phone",
        "telegram",
    ]) {
        (K::Persona, A::Intelligence, Some(V::Adversary))
    } else if begins(&["vulnerability", "weakness", "cpe"]) {
        (K::Capability, A::Malware, Some(V::Capability))
    } else if begins(&["target", "victim"]) {
        (K::Victimology, A::Telemetry, Some(V::Victim))
    } else {
        (K::Intelligence, A::Intelligence, None)
    }
}
