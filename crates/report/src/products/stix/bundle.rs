//! The objects of a bundle: common properties, identifiers, markings.

use super::super::identifier::{Days, named, observable, timestamp};
use super::marking;
use cognate_case::Assessment;
use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Our property extension; its schema stands beside this file.
pub(super) const EXTENSION: &str = "extension-definition--96444bc9-d14c-461b-b68e-a26d7f5e0e51";

/// Where the schema of the extension is published.
const EXTENSION_SCHEMA: &str = "https://github.com/cognate/cognate/blob/main/docs/stix-extension.schema.json";

/// The day the extension was written down; its objects are the same in every bundle.
const EXTENSION_DAY: Date = date(2026, 11, 23);

/// A STIX object being made.
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// Sets a property; an empty text, an empty list or nothing leaves it out, as STIX allows none of them.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Object {
        if let Some(value) = prune(value.into()) {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    /// Sets a list of references, each once, in their order.
    pub(super) fn refs(self, key: &str, ids: impl IntoIterator<Item = String>) -> Object {
        let mut seen = BTreeSet::new();
        let ids: Vec<String> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
        self.with(key, ids)
    }

    /// Adds our property extension.
    pub(super) fn extended(self, content: Value) -> Object {
        let mut extension = Map::new();
        extension.insert("extension_type".to_owned(), "property-extension".into());
        if let Value::Object(content) = content {
            extension.extend(content);
        }
        self.with("extensions", json!({ EXTENSION: extension }))
    }

    /// Dates its first version.
    pub(super) fn created(self, day: Date) -> Object {
        self.with("created", timestamp(day))
    }

    /// Its identifier.
    pub(super) fn id(&self) -> String {
        self.0.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// What STIX can hold of a value: no null, no empty list, text or dictionary, no list with a hole.
fn prune(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) => {
            let whole: Option<Vec<Value>> = items.into_iter().map(prune).collect();
            whole.filter(|items| !items.is_empty()).map(Value::Array)
        }
        Value::Object(fields) => {
            let kept: Map<String, Value> =
                fields.into_iter().filter_map(|(key, value)| Some((key, prune(value)?))).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        other => Some(other),
    }
}

/// A bundle being made of an assessment.
pub(super) struct Bundle<'a> {
    /// What it is made of.
    pub assessment: &'a Assessment,
    days: Days,
    marking: &'static str,
    creator: String,
    objects: Vec<Value>,
    known: BTreeSet<String>,
}

impl<'a> Bundle<'a> {
    /// Begins with the markings, the extension, the tool and the authors.
    pub(super) fn new(assessment: &'a Assessment) -> Bundle<'a> {
        let clear = marking::id(cognate_case::scale::Tlp::Clear);
        let tool = format!("identity--{}", named("tool", &["cognate"]));
        let mut bundle = Bundle {
            assessment,
            days: Days::of(assessment),
            marking: clear,
            creator: tool.clone(),
            objects: Vec::new(),
            known: BTreeSet::new(),
        };
        for level in [cognate_case::scale::Tlp::Clear, assessment.case.tlp] {
            if bundle.known.insert(marking::id(level).to_owned()) {
                bundle.objects.push(marking::object(level));
            }
        }
        bundle.add(bundle.tool(&tool));
        bundle.add(bundle.extension());
        bundle.marking = marking::id(assessment.case.tlp);
        let authors = &assessment.case.authors;
        if authors.iter().any(|author| !author.is_empty()) {
            let class = if authors.len() > 1 { "group" } else { "unknown" };
            let identity = bundle
                .object("identity", "authors", &[])
                .with("name", authors.join(", "))
                .with("identity_class", class)
                .with("description", "Who wrote the case.");
            bundle.creator = bundle.add(identity);
        }
        bundle
    }

    /// Begins an object: the identifier is made of the case, the role and the key, never of the date.
    pub(super) fn object(&self, kind: &str, role: &str, key: &[&str]) -> Object {
        let id = self.id(kind, role, key);
        self.common(kind, id, self.days.created, self.days.modified)
    }

    /// The identifier of an object of this bundle.
    pub(super) fn id(&self, kind: &str, role: &str, key: &[&str]) -> String {
        let mut parts = vec![self.assessment.case.id.as_str()];
        parts.extend(key);
        format!("{kind}--{}", named(&format!("{kind} {role}"), &parts))
    }

    /// Begins an observable by its contributing property; it has no times and no creator.
    pub(super) fn observable(&self, kind: &str, key: &str, value: Value) -> Object {
        let id = format!("{kind}--{}", observable(&json!({ key: value }).to_string()));
        Object(Map::new())
            .with("type", kind)
            .with("spec_version", "2.1")
            .with("id", id)
            .with("object_marking_refs", json!([self.marking]))
            .with(key, value)
    }

    /// Adds an object unless the bundle holds it; gives its identifier.
    pub(super) fn add(&mut self, object: Object) -> String {
        let id = object.id();
        if self.known.insert(id.clone()) {
            self.objects.push(Value::Object(object.0));
        }
        id
    }

    /// The day of this version.
    pub(super) fn modified(&self) -> String {
        timestamp(self.days.modified)
    }

    /// The date of the assessment as text, nothing for all.
    pub(super) fn as_of(&self) -> Option<String> {
        self.assessment.as_of.map(|day| day.to_string())
    }

    /// The finished bundle.
    pub(super) fn finish(self) -> Value {
        let as_of = self.as_of().unwrap_or_default();
        let id: Uuid = named("bundle", &[&self.assessment.case.id, &as_of]);
        json!({ "type": "bundle", "id": format!("bundle--{id}"), "objects": self.objects })
    }

    fn common(&self, kind: &str, id: String, created: Date, modified: Date) -> Object {
        Object(Map::new())
            .with("type", kind)
            .with("spec_version", "2.1")
            .with("id", id.as_str())
            .with("created", timestamp(created))
            .with("modified", timestamp(modified))
            .with("object_marking_refs", json!([self.marking]))
            .with(
                "created_by_ref",
                if id == self.creator { Value::Null } else { self.creator.as_str().into() },
            )
    }

    fn tool(&self, id: &str) -> Object {
        self.common("identity", id.to_owned(), EXTENSION_DAY, EXTENSION_DAY)
            .with("name", "cognate")
            .with("identity_class", "system")
            .with("description", "The program that computed the assessment.")
    }

    fn extension(&self) -> Object {
        self.common("extension-definition", EXTENSION.to_owned(), EXTENSION_DAY, EXTENSION_DAY)
            .with("name", "cognate assessment")
            .with("description", "Probabilities of an assessment with their 5th and 95th percentiles and wording, likelihoods of evidence by hypothesis, and measured code in common. Probability is given here and never in `confidence`.")
            .with("schema", EXTENSION_SCHEMA)
            .with("version", "1.0.0")
            .with("extension_types", json!(["property-extension"]))
    }
}
