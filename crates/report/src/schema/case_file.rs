//! The case file itself, for editors: TOML read as JSON, dates as strings.
//!
//! It says what is written where, with a description of every key for editors
//! to show, and refuses every key it does not name. What the parts mean together
//! (ids that are defined, priors that add up to one) is checked by `cognate case
//! check`. A test holds it against the skeleton and the cases of the tree.

use super::case_parts::*;
use super::types::{int, list, number, share, string};
use serde_json::{Map, Value, json};

/// A key: its name, its schema, what it means, whether it must be there.
struct Key(&'static str, Value, &'static str, bool);

fn need(name: &'static str, schema: Value, meaning: &'static str) -> Key {
    Key(name, schema, meaning, true)
}

fn may(name: &'static str, schema: Value, meaning: &'static str) -> Key {
    Key(name, schema, meaning, false)
}

fn table(keys: Vec<Key>) -> Value {
    let required: Vec<&str> = keys.iter().filter(|key| key.3).map(|key| key.0).collect();
    let mut properties = Map::new();
    for Key(name, mut schema, meaning, _) in keys {
        if let (Value::Object(members), false) = (&mut schema, meaning.is_empty()) {
            members.insert("description".to_owned(), meaning.into());
        }
        properties.insert(name.to_owned(), schema);
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The schema of a case file.
pub fn file() -> Value {
    let mut schema = table(vec![
        need("case", header(), "What is asked."),
        need("unlisted", unlisted(), "Someone who is not on the list."),
        may("candidate", list(candidate()), "Who may be behind it."),
        may("source", list(source()), "Who said what."),
        may("analyst", list(analyst()), "Who judged."),
        may("group", list(group()), "Items that hang together."),
        may("evidence", list(evidence()), "What is known: one report of one observation each."),
        may("indicator", list(indicator()), "What may yet be found."),
    ]);
    if let Value::Object(members) = &mut schema {
        members.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_owned(), json!("cognate case-file"));
        members.insert("description".to_owned(), json!("A case file of cognate, written in TOML."));
    }
    schema
}

fn id() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9-]{1,80}$", "not": { "const": "unlisted" } })
}

fn probability() -> Value {
    json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 })
}

fn factor() -> Value {
    json!({ "type": "number", "minimum": 1, "maximum": 100 })
}

fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

/// Not refused where it is of another form: `case check` says what is wrong with it.
fn attack() -> Value {
    json!({ "type": "string", "examples": ["G0032"] })
}

fn uuid() -> Value {
    json!({ "type": "string", "examples": ["68391641-859f-4a9a-9a1e-3e5cf71ec376"] })
}

fn header() -> Value {
    table(vec![
        need("id", id(), "Lower-case letters, digits, hyphens."),
        need("title", string(), "What the case is called."),
        need("question", string(), "What the case is to answer."),
        may("summary", string(), "What happened."),
        may("incident", date(), "When it happened."),
        may("tlp", tlp(), "Who may read it; `amber` unless told."),
        may("authors", list(string()), "Who wrote it."),
        may("references", list(string()), "Where to read more."),
        may(
            "prior-uncertainty",
            factor(),
            "The factor within which every prior lies with 90 %; 3 unless told.",
        ),
    ])
}

fn unlisted() -> Value {
    table(vec![
        need("prior", probability(), "Of someone not listed; all priors of a case add up to 1."),
        need("reason", string(), "Why the prior is what it is."),
    ])
}

fn candidate() -> Value {
    let by = json!({ "type": "object", "propertyNames": id(), "additionalProperties": probability() });
    let prior = table(vec![
        may("tasked", probability(), "The group, tasked by its sponsor; only with a sponsor."),
        need("untasked", probability(), "The group or its members, not tasked."),
        may("contractor", probability(), "Contractors and former members."),
        need("reuse", probability(), "Others with the group's code."),
        need("false-flag", probability(), "Someone not listed who plants the group's traces."),
        may("false-flag-by", by, "Other candidates who plant them, by id."),
        need("reason", string(), "Why the priors are what they are."),
    ]);
    table(vec![
        need("id", id(), "What likelihoods and other tables call it by."),
        need("name", string(), "The name readers know."),
        may("sponsor", string(), "The state or body said to task it."),
        may("attack", attack(), "ATT&CK id of the group: G and four digits."),
        may("misp", uuid(), "UUID of its entry in the MISP galaxy."),
        may("note", string(), "What else to know."),
        need("prior", prior, "What is held of it before any evidence; all priors of a case add up to 1."),
    ])
}

fn source() -> Value {
    table(vec![
        need("id", id(), "What items cite it by."),
        need("name", string(), "The name readers know."),
        need("kind", source_kind(), "What kind of party it is."),
        need("reliability", reliability(), "The letter of the Admiralty code."),
        need("reason", string(), "Why this grade."),
        may("url", string(), "Where it said so."),
        may("rated-by", string(), "Who gave the grade: free text, or the id of a source or analyst."),
    ])
}

fn analyst() -> Value {
    table(vec![
        need("id", id(), "What judgements call them by."),
        need("name", string(), "The name readers know."),
        may("source", id(), "The source they speak for."),
        may("note", string(), "What else to know."),
    ])
}

fn group() -> Value {
    let correlation = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    table(vec![
        need("id", id(), "What items name it by."),
        need("correlation", correlation, "0 independent, 1 one observation."),
        need("reason", string(), "Why they hang together."),
    ])
}

fn likelihood() -> Value {
    let mut roles = table(vec![
        may("tasked", probability(), "The group, tasked by its sponsor; as `untasked` unless told."),
        may("untasked", probability(), "The group or its members, not tasked; as `tasked` unless told."),
        may("contractor", probability(), "Contractors and former members; as `untasked` unless told."),
        may("reuse", probability(), "Derived from the shareability unless told."),
        may("false-flag", probability(), "Derived from the forgeability unless told."),
    ]);
    if let Value::Object(members) = &mut roles {
        members.insert("anyOf".to_owned(), json!([{ "required": ["tasked"] }, { "required": ["untasked"] }]));
    }
    let mut unlisted = probability();
    if let Value::Object(members) = &mut unlisted {
        members.insert("description".to_owned(), "When nobody on the list is behind it.".into());
    }
    json!({
        "type": "object",
        "properties": { "unlisted": unlisted },
        "required": ["unlisted"],
        "propertyNames": { "type": "string", "pattern": "^[a-z0-9-]{1,80}$" },
        "additionalProperties": { "anyOf": [probability(), roles] },
        "description": "How probable the item is under `unlisted`, and under candidates by their ids.",
    })
}

fn evidence() -> Value {
    let judgement = table(vec![
        need("by", id(), "The analyst."),
        may("date", date(), "From when on; the day of the report unless told."),
        need("rationale", string(), "Why."),
        may("uncertainty", factor(), "The factor within which the stated odds lie with 90 %; 2 unless told."),
        need("likelihood", likelihood(), ""),
    ]);
    table(vec![
        need("id", id(), "What other tables name it by."),
        need("title", string(), "One line."),
        need("kind", kind(), "What kind of thing it is."),
        need("aspect", aspect(), "After MICTIC."),
        may("vertex", vertex(), "Of the diamond model."),
        need("observation", string(), "What was seen, apart from what it means."),
        may("artefacts", list(string()), "What it was seen on: hashes, domains, addresses of code."),
        may("references", list(string()), "ATT&CK ids, samples, documents."),
        need("source", id(), "Who reported it."),
        need("credibility", credibility(), "The digit of the Admiralty code."),
        may(
            "origin",
            string(),
            "What it derives from: another item's id, or a name that several items give.",
        ),
        may("observed", date(), "When it was seen or happened."),
        need("reported", date(), "It counts from this day on."),
        may("group", id(), "The dependence group."),
        may("forgeability", forgeability(), "What it takes to forge."),
        may("shareability", shareability(), "How widely its means are shared."),
        may("tlp", tlp(), "Who may read it; as the case unless told."),
        may("judged-by", id(), "The analyst; the authors unless told."),
        need("rationale", string(), "Why the likelihoods are what they are."),
        may("uncertainty", factor(), "The factor within which the stated odds lie with 90 %; 2 unless told."),
        need("likelihood", likelihood(), ""),
        may("judgement", list(judgement), "What other analysts hold it to be worth."),
        may("measured", measured_table(), "What a match of code measured; written by `case add-match`."),
    ])
}

fn indicator() -> Value {
    table(vec![
        need("id", id(), "What the assessment names it by."),
        need("title", string(), "One line."),
        need("kind", kind(), "What kind of thing it is."),
        need("aspect", aspect(), "After MICTIC."),
        need("reason", string(), "Why it would tell."),
        may("forgeability", forgeability(), "What it takes to forge."),
        may("shareability", shareability(), "How widely its means are shared."),
        need("likelihood", likelihood(), "How probable it is that it is found."),
    ])
}

fn measured_table() -> Value {
    table(vec![
        need("query", string(), "SHA-256 of the sample that was asked about."),
        need("relative", string(), "The family or actor of the store."),
        need("functions", int(), "Shared private functions, near-identical ones once."),
        need("evidence-bits", number(), "What they weigh, in bits."),
        need(
            "families",
            int(),
            "Independent families and projects in the population, the relative's own left out.",
        ),
        need("other-families", int(), "In how many of these the least rare of the counted functions occurs."),
        need(
            "unrelated",
            share(),
            "The probability of such sharing when unrelated, never below 3 / families.",
        ),
        may("e-value", number(), "Relatives this good expected by chance, where it was computed."),
        need("fingerprint-version", int(), "The version of the fingerprint."),
    ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::file;
    use cognate_case::{Case, skeleton};
    use serde_json::Value;

    /// TOML as editors hand it to a schema: dates are strings.
    fn read(text: &str) -> Value {
        fn plain(value: toml::Value) -> Value {
            match value {
                toml::Value::Datetime(day) => day.to_string().into(),
                toml::Value::Table(table) => {
                    table.into_iter().map(|(key, value)| (key, plain(value))).collect()
                }
                toml::Value::Array(list) => list.into_iter().map(plain).collect(),
                other => serde_json::to_value(other).unwrap(),
            }
        }
        plain(toml::Value::Table(text.parse().unwrap()))
    }

    fn problems(text: &str) -> Vec<String> {
        let validator = jsonschema::validator_for(&file()).unwrap();
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
        lines.collect::<Vec<_>>().join("\n").replace("prior = 0.80", "prior = 0.79")
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
            ("prior = 0.79", "prior = 0"),
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
            let properties = value.get("properties").and_then(Value::as_object);
            for (key, schema) in properties.into_iter().flatten() {
                if schema.get("description").is_none() {
                    silent.push(format!("{path}.{key}"));
                }
                look(schema, &format!("{path}.{key}"), silent);
                look(schema.get("items").unwrap_or(&Value::Null), &format!("{path}.{key}[]"), silent);
            }
        }
        let mut silent = Vec::new();
        look(&file(), "", &mut silent);
        assert_eq!(silent, [""; 0]);
    }
}
