//! Published schemas (JSON Schema, draft 2020-12) of every document.
//!
//! [`schema`] gives one by name. A schema is made from the type that is
//! written: doc comments are its descriptions. They are strict: a field that
//! no type has is an error, so a reader notices every change of the format.
//!
//! A new document derives `JsonSchema` beside `Serialize` and gets a line in `DOCUMENTS`.

use crate::answers::{
    AddedDocument, AssessDocument, BaseDocument, CaseCompareDocument, ChangeDocument, CheckDocument,
    CompareDocument, ComponentsDocument, DoctorDocument, DraftDocument, IndexDocument, InspectDocument,
    ListDocument, MatrixChangeDocument, MergeDocument, ShowDocument, StatsDocument, TriageDocument,
    VerifyDocument,
};
use crate::document::{Document, Envelope};
use cognate_case::actors::ActorAnswer;
use cognate_case::matrix::Matrix;
use cognate_case::score::Score;
use cognate_case::{CaseFile, Explanation};
use cognate_documents::MatchDocument;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, transform_subschemas};
use serde_json::{Value, json};

/// Makes one schema.
type Make = fn() -> Value;

/// The documents that have a schema.
const DOCUMENTS: &[(&str, Make)] = &[
    (ActorAnswer::NAME, document::<ActorAnswer>),
    (IndexDocument::NAME, document::<IndexDocument>),
    (MatchDocument::NAME, document::<MatchDocument>),
    (TriageDocument::NAME, document::<TriageDocument>),
    (CompareDocument::NAME, document::<CompareDocument>),
    (InspectDocument::NAME, document::<InspectDocument>),
    (ComponentsDocument::NAME, document::<ComponentsDocument>),
    (BaseDocument::NAME, document::<BaseDocument>),
    (ListDocument::NAME, document::<ListDocument>),
    (ShowDocument::NAME, document::<ShowDocument>),
    (StatsDocument::NAME, document::<StatsDocument>),
    (ChangeDocument::NAME, document::<ChangeDocument>),
    (VerifyDocument::NAME, document::<VerifyDocument>),
    (DoctorDocument::NAME, document::<DoctorDocument>),
    ("case-file", || file::<CaseFile>("case-file", 1)),
    (CheckDocument::NAME, document::<CheckDocument>),
    (AssessDocument::NAME, document::<AssessDocument<'_>>),
    (Explanation::NAME, document::<Explanation>),
    (CaseCompareDocument::NAME, document::<CaseCompareDocument>),
    (AddedDocument::NAME, document::<AddedDocument>),
    (Matrix::NAME, document::<Matrix>),
    (MatrixChangeDocument::NAME, document::<MatrixChangeDocument>),
    (MergeDocument::NAME, document::<MergeDocument>),
    (DraftDocument::NAME, document::<DraftDocument>),
    (Score::NAME, document::<Score>),
];

/// What all documents say of themselves.
const ABOUT: &str = "Bytes are bytes of code, addresses are virtual addresses in the image as whole numbers of up \
                     to 64 bits, shares lie between 0 and 1. Names come from files: escape them before they reach \
                     a terminal.";

/// The names of all documents that have a schema.
pub fn names() -> impl Iterator<Item = &'static str> {
    DOCUMENTS.iter().map(|(name, _)| *name)
}

/// The JSON schema of the document of this name.
pub fn schema(name: &str) -> Option<Value> {
    DOCUMENTS.iter().find(|(other, _)| *other == name).map(|(_, make)| make())
}

/// The schema of a document as it is written, in its envelope.
fn document<D: Document + JsonSchema>() -> Value {
    let settings =
        SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(drop_default));
    let mut schema = published::<Envelope<'_, D>>(settings, D::NAME, D::SCHEMA, ABOUT);
    for (field, value) in [("document", json!(D::NAME)), ("schema", json!(D::SCHEMA))] {
        if let Some(Value::Object(members)) = schema.pointer_mut(&format!("/properties/{field}")) {
            members.retain(|member, _| member == "description");
            members.insert("const".to_owned(), value);
        }
    }
    schema
}

/// The schema of a file that is read, as people write it: what has a default may be left out.
fn file<F: JsonSchema>(name: &str, version: u32) -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    published::<F>(settings.with_transform(RecursiveTransform(as_toml)), name, version, "")
}

/// A schema with its name and version, all of whose objects are closed.
fn published<T: JsonSchema>(settings: SchemaSettings, name: &str, version: u32, about: &str) -> Value {
    let settings = settings.with_transform(RecursiveTransform(plain)).with_transform(close);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), json!(format!("cognate {name}")));
    // A name and no place: nothing is to be fetched from anywhere.
    schema.insert("$id".to_owned(), json!(format!("urn:cognate:schema:{name}:{version}")));
    let of_type = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = [of_type, about].join("\n\n");
    schema.insert("description".to_owned(), json!(description.trim()));
    schema.to_value()
}

/// Takes away what is assumed where a field is missing: in what is written none is.
fn drop_default(schema: &mut Schema) {
    schema.remove("default");
}

/// Takes away what only OpenAPI knows, the width of numbers, and the line breaks of doc comments.
fn plain(schema: &mut Schema) {
    let is_number = |word: &Value| word == "integer" || word == "number";
    let numeric = match schema.get("type") {
        Some(Value::Array(words)) => words.iter().any(is_number),
        Some(word) => is_number(word),
        None => false,
    };
    if numeric {
        schema.remove("format");
    }
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let paragraphs: Vec<String> = description.split("\n\n").map(|text| text.replace('\n', " ")).collect();
        *description = paragraphs.join("\n\n");
    }
}

/// Takes null away, for TOML has none and leaves a key out, and what a file that is only read need not say.
fn as_toml(schema: &mut Schema) {
    if let Some(Value::Array(words)) = schema.get_mut("type") {
        words.retain(|word| word != "null");
        if let [only] = words.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(shapes)) = schema.get_mut("anyOf") {
        shapes.retain(|shape| *shape != json!({ "type": "null" }));
        if let [Value::Object(only)] = shapes.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            if let Some(members) = schema.as_object_mut() {
                members.extend(only);
            }
        }
    }
    schema.remove("default");
    schema.remove("writeOnly");
}

/// Closes every object to fields that it does not name.
///
/// Where fields stand beside alternatives (a flattened enumeration), the object as a whole is
/// closed and its alternatives are not, for they do not know each other's fields.
fn close(schema: &mut Schema) {
    if schema.get("properties").is_none() {
        return transform_subschemas(&mut close, schema);
    }
    let has_alternatives = ALTERNATIVES.iter().any(|word| schema.get(*word).is_some());
    let word = if has_alternatives { "unevaluatedProperties" } else { "additionalProperties" };
    schema.as_object_mut().map(|members| members.entry(word).or_insert(json!(false)));
    transform_subschemas(&mut close, schema);
    open_alternatives(schema);
}

/// Words for schemas that hold for the same object.
const ALTERNATIVES: [&str; 3] = ["oneOf", "anyOf", "allOf"];

/// Opens alternatives that stand beside fields.
fn open_alternatives(schema: &mut Schema) {
    for word in ALTERNATIVES {
        for one in schema.get_mut(word).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Ok(one) = <&mut Schema>::try_from(one) {
                one.remove("additionalProperties");
                one.remove("unevaluatedProperties");
                open_alternatives(one);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether fields stand beside a reference anywhere: what is referred to is closed and would refuse them.
    fn mixes(schema: &Value) -> bool {
        match schema {
            Value::Object(members) => {
                (members.contains_key("$ref") && members.contains_key("properties"))
                    || members.values().any(mixes)
            }
            Value::Array(all) => all.iter().any(mixes),
            _ => false,
        }
    }

    #[test]
    fn every_schema_is_one_and_can_be_met() {
        for name in names() {
            let schema = schema(name).unwrap();
            assert!(jsonschema::meta::is_valid(&schema), "{name}");
            assert!(
                !mixes(&schema),
                "{name}: deny unknown fields in what a variant holds, so that it is inlined"
            );
        }
    }

    #[test]
    fn a_schema_says_which_it_is() {
        let schema = schema("doctor").unwrap();
        assert_eq!(schema["$id"], "urn:cognate:schema:doctor:1");
        assert_eq!(schema["title"], "cognate doctor");
        assert_eq!(schema["properties"]["schema"]["const"], 1);
        assert_eq!(
            schema["properties"]["parsers"]["description"],
            "What keeps parsers in: how files are read."
        );
    }
}
