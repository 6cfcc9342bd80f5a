//! Documents of `cognate corpus`.

use super::parts::*;
use super::types::{self, *};
use serde_json::Value;

fn sample_info() -> Value {
    object(vec![
        field("id", id(), "SHA-256."),
        field("name", string(), "The name it was indexed under."),
        field("size", int(), "Bytes of the file."),
        field("format", format(), ""),
        field("arch", arch(), ""),
        field("functions", int(), ""),
        field("code_bytes", int(), ""),
        field("partial", flag(), "The file was read in part: functions may be missing."),
        field("label", label(), "The label in force."),
        field("components", types::list(component()), "Libraries it says it carries."),
    ])
}

pub fn list() -> Vec<Field> {
    vec![field("samples", types::list(sample_info()), "By label, then name.")]
}

pub fn show() -> Vec<Field> {
    let labels = types::list(label());
    vec![
        field("sample", sample_info(), ""),
        field("labels", labels, "The oldest first, the one in force last."),
    ]
}

pub fn stats() -> Vec<Field> {
    let names = [
        "samples",
        "families",
        "functions",
        "signatures",
        "postings",
        "segments",
        "disk_bytes",
        "fingerprint_version",
    ];
    let stats = object(names.map(|name| field(name, int(), "")).into());
    vec![field("store", string(), "The store's folder."), field("stats", stats, "")]
}

pub fn change() -> Vec<Field> {
    vec![
        field("action", string(), "What was done."),
        field("samples", int(), "How many samples it touched."),
        field("passed_over", types::list(string()), "What was asked for and not done."),
        field("notes", types::list(string()), ""),
    ]
}

pub fn verify() -> Vec<Field> {
    vec![
        field("store", string(), "The store's folder."),
        field("sound", flag(), "Nothing is wrong."),
        field("problems", types::list(string()), ""),
    ]
}
