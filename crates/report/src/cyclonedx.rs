//! Components as a software bill of materials: CycloneDX 1.5, JSON (<https://cyclonedx.org/docs/1.5/json>).
//!
//! A file is a component of type `file` and what it carries is nested in it. A version is stated only where one alone
//! fits and more than likeness says so; else those that fit stand in the property `cognate:versions`, or
//! `cognate:versions-alike`. How a component is known is its evidence, with the
//! confidence that the form asks for: 1 for bytes that are those of a known build, less for what is alike, for names and texts.
//! The same samples give the same bytes: there is no time in it, and the serial number is made of their hashes.

use crate::Composition;
use crate::answers::CarriedComponent;
use cognate_documents::{ANY_VERSION, Component, ComponentKind, VersionsBy};
use serde_json::{Value, json};
use uuid::Uuid;

/// Confidence that a component is carried (judgement: nobody measured it by kind), where some of its bytes are known, or only features, or only what the file says.
const CONFIDENCE: [f64; 3] = [1.0, 0.95, 0.6];

/// Writes what samples carry as a CycloneDX document.
pub fn cyclonedx(samples: &[Composition]) -> String {
    let ids: Vec<String> = samples.iter().map(|sample| sample.id.to_string()).collect();
    let serial =
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("cognate components {}", ids.join(" ")).as_bytes());
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": format!("urn:uuid:{serial}"),
        "version": 1,
        "metadata": {
            "tools": { "components": [{
                "type": "application", "name": "cognate", "version": env!("CARGO_PKG_VERSION"),
            }]},
        },
        "components": samples.iter().enumerate().map(file).collect::<Vec<Value>>(),
    });
    format!("{document:#}\n")
}

/// A sample, with its place among those asked about: one file may be named twice, and references may not.
fn file((place, sample): (usize, &Composition)) -> Value {
    let reference = format!("{place}/{}", sample.id);
    let carried = sample.components.iter().filter(|it| it.component.kind != ComponentKind::Program);
    json!({
        "type": "file",
        "bom-ref": reference,
        "name": sample.name,
        "hashes": [{ "alg": "SHA-256", "content": sample.id.to_string() }],
        "properties": [
            property("cognate:functions", sample.functions),
            property("cognate:unknown-share-of-code", format!("{:.4}", sample.unknown.of_bytes)),
            property("cognate:read-in-part", sample.partial),
        ],
        "components": carried.map(|it| component(&reference, it)).collect::<Vec<Value>>(),
    })
}

fn component(file: &str, carried: &CarriedComponent) -> Value {
    let it = &carried.component;
    let confidence = confidence(it);
    let mut properties = vec![
        property("cognate:kind", it.kind),
        property("cognate:functions", carried.code.functions),
        property("cognate:share-of-code", format!("{:.4}", carried.code.of_bytes)),
    ];
    let stated = match it.versions.as_slice() {
        // what is only most like a version may be none of those that are known
        [version] if it.versions_by != Some(VersionsBy::Likeness) && version != ANY_VERSION => Some(version),
        _ => None,
    };
    if stated.is_none() && !it.versions.is_empty() {
        let likeness = it.versions_by == Some(VersionsBy::Likeness);
        let name = if likeness { "cognate:versions-alike" } else { "cognate:versions" };
        properties.push(property(name, it.versions.join(" ")));
    }
    let ranges = carried.ranges.iter().map(|range| format!("{:#x}-{:#x}", range.start, range.end));
    properties.extend(ranges.map(|range| property("cognate:addresses", range)));
    let mut value = json!({
        "type": "library",
        "bom-ref": format!("{file}#{}", it.name),
        "name": it.name,
        "evidence": { "identity": {
            "field": "name",
            "confidence": confidence,
            "methods": [{
                "technique": "binary-analysis",
                "confidence": confidence,
                "value": it.known_by.to_string(),
            }],
        }},
        "properties": properties,
    });
    if let (Some(version), Value::Object(members)) = (stated, &mut value) {
        members.insert("version".to_owned(), json!(version));
    }
    value
}

fn confidence(component: &Component) -> f64 {
    let [bytes, features, said] = CONFIDENCE;
    match component.known_by {
        known if known.bytes > 0 => bytes,
        known if known.features > 0 => features,
        _ => said,
    }
}

fn property(name: &str, value: impl ToString) -> Value {
    json!({ "name": name, "value": value.to_string() })
}
