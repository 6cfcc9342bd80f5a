//! Published schemas (JSON Schema, draft 2020-12) of every document.
//!
//! [`schema`] gives one by name. They are strict: a field that is not named
//! here is an error, so a test that validates real output against them notices
//! every change of the format.

mod actor;
mod answers;
mod case_assess;
mod case_check;
mod case_compare;
mod case_explain;
mod case_file;
mod case_parts;
mod corpus;
mod doctor;
mod parts;
mod types;

use serde_json::{Value, json};
use types::{Field, constant, field, int, string};

/// The documents that have a schema.
pub const NAMES: [&str; 17] = [
    "actor",
    "index",
    "match",
    "compare",
    "inspect",
    "corpus-list",
    "corpus-show",
    "corpus-stats",
    "corpus-change",
    "corpus-verify",
    "doctor",
    "case-file",
    "case-check",
    "case-assess",
    "case-explain",
    "case-compare",
    "case-add-match",
];

/// The JSON schema of the document of this name.
pub fn schema(name: &str) -> Option<Value> {
    let body = match name {
        "case-file" => return Some(case_file::file()),
        "case-check" => case_check::check(),
        "case-add-match" => case_check::added(),
        "case-assess" => case_assess::assess(),
        "case-explain" => case_explain::explain(),
        "case-compare" => case_compare::compare(),
        "actor" => actor::actor(),
        "index" => answers::index(),
        "match" => answers::matched(),
        "compare" => answers::compare(),
        "inspect" => answers::inspect(),
        "corpus-list" => corpus::list(),
        "corpus-show" => corpus::show(),
        "corpus-stats" => corpus::stats(),
        "corpus-change" => corpus::change(),
        "corpus-verify" => corpus::verify(),
        "doctor" => doctor::doctor(),
        _ => return None,
    };
    let mut fields = vec![
        field("document", constant(name), "Which document this is."),
        field(
            "schema",
            constant(1),
            "The version of this schema; a change that can break a reader raises it.",
        ),
        field("tool", string(), "The program that wrote it, with its version."),
        field("fingerprint_version", int(), "The version of all fingerprints behind it."),
    ];
    fields.extend(body);
    Some(document(name, fields))
}

fn document(name: &str, fields: Vec<Field>) -> Value {
    let mut schema = types::object(fields);
    if let Value::Object(members) = &mut schema {
        members.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_owned(), json!(format!("cognate {name}")));
        let description = "Bytes are bytes of code, addresses are virtual addresses in the image as whole \
                           numbers of up to 64 bits, shares lie between 0 and 1. Names come from files: \
                           escape them before they reach a terminal.";
        members.insert("description".to_owned(), json!(description));
    }
    schema
}
