//! The schema of case files against what is read: it allows every case, and refuses what is none.
#![allow(clippy::unwrap_used)]

use cognate_case::{Case, skeleton};
use cognate_report::schema::schema;
use serde_json::Value;

/// TOML as editors hand it to a schema: dates are strings.
fn read(text: &str) -> Value {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(day) => day.to_string().into(),
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain(value))).collect(),
            toml::Value::Array(list) => list.into_iter().map(plain).collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    plain(toml::Value::Table(text.parse().unwrap()))
}

fn problems(text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema("case-file").unwrap()).unwrap();
    let value = read(text);
    validator.iter_errors(&value).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

/// The skeleton with every optional key that is a line of its own switched on.
fn full() -> String {
    let optional = |line: &str| {
        let (key, _) = line.strip_prefix("# ")?.split_once(" = ")?;
        key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-').then_some(())
    };
    let skeleton = skeleton("books", "The cooked books");
    let lines = skeleton.lines().map(|line| match optional(line) {
        Some(()) => line.trim_start_matches("# "),
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n").replace("prior = 0.80", "prior = 0.78")
}

#[test]
fn the_skeleton_is_as_the_schema_says() {
    for text in [skeleton("books", "The cooked books"), full()] {
        assert_eq!(problems(&text), [""; 0]);
    }
}

#[test]
fn every_case_of_the_tree_is_as_the_schema_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let cases: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    assert!(cases.len() >= 3);
    for path in cases {
        assert_eq!(problems(&std::fs::read_to_string(&path).unwrap()), [""; 0], "{}", path.display());
    }
}

#[test]
fn what_the_schema_refuses_is_no_case_either() {
    let edits = [
        ("[case]", "[case]\nnonsense = 1"),
        ("[unlisted]", "[unlisted]\nnonsense = 1"),
        ("[candidate.prior]", "[candidate.prior]\nnonsense = 1"),
        ("[[source]]", "[[source]]\nnonsense = 1"),
        ("[[analyst]]", "[[analyst]]\nnonsense = 1"),
        ("[[group]]", "[[group]]\nnonsense = 1"),
        ("[[evidence]]", "[[evidence]]\nnonsense = 1"),
        ("[[evidence.judgement]]", "[[evidence.judgement]]\nnonsense = 1"),
        ("[[indicator]]", "[[indicator]]\nnonsense = 1"),
        ("[[indicator]]", "[[indicators]]"),
        ("first-group = 0.4", "first-group = { all = 0.4 }"),
        ("first-group = 0.4", "first-group = { reuse = 0.4 }"),
        ("first-group = 0.4", "first-group = 1.5"),
        ("unlisted = 0.05\n", ""),
        ("prior = 0.78", "prior = 0"),
        ("reliability = \"B\"", "reliability = \"G\""),
        ("credibility = 2", "credibility = 7"),
        ("kind = \"code\"", "kind = \"feeling\""),
        ("correlation = 0.7", "correlation = 1.1"),
        ("id = \"first-item\"", "id = \"First Item\""),
        ("id = \"first-group\"", "id = \"unlisted\""),
        ("tlp = \"amber\"", "tlp = \"white\""),
        ("reported = 2000-01-02\n", ""),
        ("uncertainty = 2.0", "uncertainty = 0.5"),
    ];
    let text = full();
    assert!(Case::parse(&text).is_ok());
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1);
        assert_ne!(problems(&text), [""; 0], "{to:?} is as the schema says");
        assert!(Case::parse(&text).is_err(), "{to:?} is a case");
    }
}

#[test]
fn every_key_says_what_it_means() {
    fn look(value: &Value, path: &str, silent: &mut Vec<String>) {
        for (key, schema) in value.as_object().into_iter().flatten() {
            let path = format!("{path}/{key}");
            let keys = schema.as_object().filter(|_| key == "properties").into_iter().flatten();
            silent.extend(
                keys.filter(|(_, schema)| schema.get("description").is_none())
                    .map(|(key, _)| format!("{path}/{key}")),
            );
            look(schema, &path, silent);
        }
    }
    let mut silent = Vec::new();
    look(&schema("case-file").unwrap(), "", &mut silent);
    assert_eq!(silent, [""; 0]);
}
