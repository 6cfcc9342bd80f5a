//! The case file itself, for editors: TOML read as JSON, dates as strings.
//!
//! It says what is written where. What the parts mean together (ids that are
//! defined, priors that add up to one) is checked by `cognate case check`.

use super::case_parts::*;
use super::types::{int, list, number, string};
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

fn header() -> Value {
    table(vec![
        need("id", id(), "Lower-case letters, digits, hyphens."),
        need("title", string(), ""),
        need("question", string(), "What the case is to answer."),
        may("summary", string(), "What happened."),
        may("incident", date(), "When it happened."),
        may("tlp", tlp(), "Who may read it; `clear` unless told."),
        may("authors", list(string()), ""),
        may("references", list(string()), "Where to read more."),
        may(
            "prior-uncertainty",
            factor(),
            "The factor within which every prior lies with 90 %; 3 unless told.",
        ),
    ])
}

fn unlisted() -> Value {
    table(vec![need("prior", probability(), ""), need("reason", string(), "Why the prior is what it is.")])
}

fn candidate() -> Value {
    let by = json!({ "type": "object", "additionalProperties": probability() });
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
        need("id", id(), ""),
        need("name", string(), ""),
        may("sponsor", string(), "The state or body said to task it."),
        may("attack", string(), "ATT&CK id."),
        may("misp", string(), "MISP galaxy uuid."),
        may("note", string(), ""),
        need("prior", prior, "What is held of it before any evidence; all priors of a case add up to 1."),
    ])
}

fn source() -> Value {
    table(vec![
        need("id", id(), ""),
        need("name", string(), ""),
        need("kind", source_kind(), "What kind of party it is."),
        need("reliability", reliability(), "The letter of the Admiralty code."),
        need("reason", string(), "Why this grade."),
        may("url", string(), ""),
        may("rated-by", string(), "Who gave the grade."),
    ])
}

fn analyst() -> Value {
    table(vec![
        need("id", id(), ""),
        need("name", string(), ""),
        may("source", id(), "The source they speak for."),
        may("note", string(), ""),
    ])
}

fn group() -> Value {
    let correlation = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    table(vec![
        need("id", id(), ""),
        need("correlation", correlation, "0 independent, 1 one observation."),
        need("reason", string(), "Why they hang together."),
    ])
}

fn likelihood() -> Value {
    let roles = table(vec![
        may("tasked", probability(), ""),
        may("untasked", probability(), ""),
        may("contractor", probability(), ""),
        may("reuse", probability(), "Derived from the shareability unless told."),
        may("false-flag", probability(), "Derived from the forgeability unless told."),
    ]);
    json!({
        "type": "object",
        "properties": { "unlisted": probability() },
        "required": ["unlisted"],
        "additionalProperties": { "anyOf": [probability(), roles] },
        "description": "How probable the item is under `unlisted`, and under candidates by their ids.",
    })
}

fn evidence() -> Value {
    let judgement = table(vec![
        need("by", id(), "The analyst."),
        may("date", date(), "From when on; the day of the report unless told."),
        need("rationale", string(), "Why."),
        may("uncertainty", factor(), ""),
        need("likelihood", likelihood(), ""),
    ]);
    table(vec![
        need("id", id(), ""),
        need("title", string(), "One line."),
        need("kind", kind(), ""),
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
        may("observed", date(), ""),
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
        need("id", id(), ""),
        need("title", string(), "One line."),
        need("kind", kind(), ""),
        need("aspect", aspect(), "After MICTIC."),
        need("reason", string(), "Why it would tell."),
        may("forgeability", forgeability(), ""),
        may("shareability", shareability(), ""),
        need("likelihood", likelihood(), "How probable it is that it is found."),
    ])
}

fn measured_table() -> Value {
    table(vec![
        need("query", string(), "SHA-256 of the sample that was asked about."),
        need("relative", string(), "The family or actor of the store."),
        need("functions", int(), ""),
        need("evidence-bits", number(), ""),
        need("families", int(), ""),
        need("other-families", int(), ""),
        need("unrelated", number(), ""),
        may("e-value", number(), ""),
        need("fingerprint-version", int(), ""),
    ])
}
