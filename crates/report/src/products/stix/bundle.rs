//! The objects of a bundle: common properties, extensions, identifiers, markings.

use super::super::identifier::{Author, Days, named, observable, timestamp};
use super::super::plain::plain;
use super::marking;
use cognate_case::Assessment;
use cognate_case::scale::Tlp;
use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Our property extension.
pub(super) const EXTENSION: &str = "extension-definition--96444bc9-d14c-461b-b68e-a26d7f5e0e51";

/// Our extension by the two properties of a note that OpenCTI reads beside those of STIX.
pub(super) const NOTE_EXTENSION: &str = "extension-definition--5b8e0a54-7c0c-4a2e-9d43-3c1f5c1f8f0e";

/// OpenCTI's extension; the main text of a report is its `content`.
const OPENCTI: &str = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba";

/// The day of objects that are the same in every bundle, and of the first version of those that have no day of their own.
pub(crate) const FIXED_DAY: Date = date(2026, 11, 23);

/// A STIX object being made.
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// Begins an object of a kind and an identifier.
    pub(crate) fn begun(kind: &str, id: &Uuid) -> Object {
        Object(Map::new()).with("type", kind).with("spec_version", "2.1").with("id", format!("{kind}--{id}"))
    }

    /// Begins an object that is the same in every bundle: TLP:CLEAR, of no date and, but for its name, without content.
    pub(crate) fn shared(kind: &str, id: &Uuid) -> Object {
        Object::begun(kind, id)
            .created(FIXED_DAY)
            .modified(FIXED_DAY)
            .with("object_marking_refs", json!([marking::id(Tlp::Clear)]))
    }

    /// Makes it a note of a kind, which OpenCTI lists.
    pub(crate) fn of_kind(self, kind: &str) -> Object {
        self.with("note_types", json!([kind])).extension(
            NOTE_EXTENSION,
            "toplevel-property-extension",
            json!({}),
        )
    }

    /// The object as it is written.
    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }

    /// Sets a property; an empty text, an empty list or nothing leaves it out, as STIX allows none of them.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Object {
        if let Some(value) = prune(value.into()) {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    /// Sets a list of references, each once, in their order.
    pub(crate) fn refs(self, key: &str, ids: impl IntoIterator<Item = String>) -> Object {
        let mut seen = BTreeSet::new();
        let ids: Vec<String> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
        self.with(key, ids)
    }

    /// Adds our property extension.
    pub(crate) fn extended(self, content: Value) -> Object {
        self.extension(EXTENSION, "property-extension", content)
    }

    /// Gives a report its main text, as OpenCTI reads it.
    pub(crate) fn content(self, html: &str) -> Object {
        self.extension(OPENCTI, "property-extension", json!({ "content": html }))
    }

    /// Gives a note a likelihood in per cent, as OpenCTI reads it: never 0 and never 100.
    pub(crate) fn likelihood(self, probability: Option<f64>) -> Object {
        let Some(probability) = probability else { return self };
        let percent = (probability * 100.0).round().clamp(1.0, 99.0);
        self.with("likelihood", percent as u8)
    }

    fn extension(mut self, id: &str, kind: &str, content: Value) -> Object {
        let mut extension = Map::new();
        extension.insert("extension_type".to_owned(), kind.into());
        if let Value::Object(content) = content {
            extension.extend(content);
        }
        if let Some(extension) = prune(Value::Object(extension)) {
            let all = self.0.entry("extensions").or_insert_with(|| json!({}));
            if let Value::Object(all) = all {
                all.insert(id.to_owned(), extension);
            }
        }
        self
    }

    /// Dates its first version.
    pub(crate) fn created(self, day: Date) -> Object {
        self.with("created", timestamp(day))
    }

    /// Dates this version.
    pub(crate) fn modified(self, day: Date) -> Object {
        self.with("modified", timestamp(day))
    }

    /// Its identifier.
    pub(crate) fn id(&self) -> String {
        self.0.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// What STIX can hold of a value: no null, no empty list, text or dictionary, no list with a hole; texts made [`plain`].
fn prune(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(plain(&text)).filter(|text| !text.is_empty()).map(Value::String),
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
    /// Begins with the markings, the tool and the authors.
    pub(super) fn new(assessment: &'a Assessment) -> Bundle<'a> {
        let author = Author::of(&assessment.case);
        let mut bundle = Bundle {
            assessment,
            days: Days::of(assessment),
            marking: marking::id(assessment.case.tlp),
            creator: format!("identity--{}", author.id),
            objects: Vec::new(),
            known: BTreeSet::new(),
        };
        for level in [Tlp::Clear, assessment.case.tlp] {
            if bundle.known.insert(marking::id(level).to_owned()) {
                bundle.objects.push(marking::object(level));
            }
        }
        let class = if author.organisation { "organization" } else { "unknown" };
        let identity =
            Object::shared("identity", &author.id).with("name", author.name).with("identity_class", class);
        bundle.add(identity);
        bundle
    }

    /// Begins a note on the report; OpenCTI lists it by its kind.
    pub(super) fn note(&self, role: &str, key: &[&str], kind: &str) -> Object {
        self.object("note", role, key).refs("object_refs", [self.report()]).of_kind(kind)
    }

    /// The identifier of the report.
    pub(super) fn report(&self) -> String {
        self.id("report", "assessment", &[])
    }

    /// Begins an object: the identifier is made of the case, the role and the key, never of the date.
    pub(super) fn object(&self, kind: &str, role: &str, key: &[&str]) -> Object {
        Object::begun(kind, &self.identifier(kind, role, key))
            .with("created", timestamp(self.days.created))
            .with("modified", timestamp(self.days.modified))
            .with("object_marking_refs", json!([self.marking]))
            .with("created_by_ref", self.creator.as_str())
    }

    /// The identifier of an object of this bundle.
    pub(super) fn id(&self, kind: &str, role: &str, key: &[&str]) -> String {
        format!("{kind}--{}", self.identifier(kind, role, key))
    }

    fn identifier(&self, kind: &str, role: &str, key: &[&str]) -> Uuid {
        let mut parts = vec![self.assessment.case.id.as_str()];
        parts.extend(key);
        named(&format!("{kind} {role}"), &parts)
    }

    /// Begins an observable by its contributing property; it has no times and no creator.
    pub(super) fn observable(&self, kind: &str, key: &str, value: Value) -> Object {
        Object::begun(kind, &observable(&json!({ key: value }).to_string()))
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

    /// The day of the first version.
    pub(super) fn created(&self) -> Date {
        self.days.created
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
}
