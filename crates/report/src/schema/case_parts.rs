//! Parts that several documents about cases share.

use super::types::*;
use serde_json::{Value, json};

/// A day.
pub fn day() -> Value {
    json!({ "type": "string", "pattern": "^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}$" })
}

/// SHA-256 of a case file.
pub fn sha256() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

/// A number that a calculation can carry beyond what JSON writes: then null.
pub fn finite() -> Value {
    or_null(number())
}

pub fn place() -> Value {
    object(vec![
        field("line", int(), "Counted from 1."),
        field("column", int(), "Counted from 1, in characters."),
    ])
}

pub fn confidence_level() -> Value {
    word(&["low", "moderate", "high"])
}

pub fn confidence() -> Value {
    let rule = object(vec![
        field("id", string(), ""),
        field("demands", string(), "What it demands of each level."),
        field("found", string(), "What was found."),
        field("allows", confidence_level(), "The most it allows."),
    ]);
    object(vec![
        field("level", confidence_level(), "The least that any rule allows; says nothing about probability."),
        field("bound_by", list(string()), "The rules that allow no more."),
        field("rules", list(rule), "Every rule with what it measured."),
    ])
}

pub fn wording() -> Value {
    object(vec![
        field("scheme", word(&["icd203", "phia"]), "The standard."),
        field("term", string(), "The term, or both neighbours of a gap."),
        field("band", string(), "Its band as published, or the gap."),
        field("at_low", string(), "The term at the 5th percentile."),
        field("at_high", string(), "The term at the 95th."),
        field("note", or_null(string()), "What the standard does not cover here."),
    ])
}

pub fn other_priors() -> Value {
    list(object(vec![
        field("prior", share(), "The reader's prior of the claim."),
        field("probability", share(), "What it becomes."),
    ]))
}

pub fn contributions() -> Value {
    list(object(vec![
        field("item", string(), "The item that stands for the observation."),
        field("log_odds", number(), "By how much the log odds (natural) would drop without it."),
    ]))
}

pub fn counting() -> Value {
    let how = |how: &'static str, rest: Vec<Field>| {
        object([vec![field("how", constant(how), "")], rest].into_iter().flatten().collect())
    };
    any(vec![
        how("alone", vec![]),
        how("represents", vec![field("copies", list(string()), "Items that report the same.")]),
        how("copy-of", vec![field("item", string(), "The item that stands for the observation.")]),
    ])
}

pub fn kind() -> Value {
    word(&[
        "code",
        "tool",
        "infrastructure",
        "toolchain",
        "metadata",
        "language",
        "tradecraft",
        "capability",
        "victimology",
        "motive",
        "financial",
        "persona",
        "intelligence",
        "statement",
        "judgement",
    ])
}

pub fn aspect() -> Value {
    word(&["malware", "infrastructure", "control-server", "telemetry", "intelligence", "cui-bono"])
}

pub fn vertex() -> Value {
    word(&["adversary", "capability", "infrastructure", "victim"])
}

pub fn reliability() -> Value {
    word(&["A", "B", "C", "D", "E", "F"])
}

pub fn credibility() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": 6 })
}

pub fn forgeability() -> Value {
    word(&["trivial", "low", "moderate", "high", "prohibitive"])
}

pub fn shareability() -> Value {
    word(&["public", "leaked", "traded", "private", "operational"])
}

pub fn ach() -> Value {
    list(word(&["II", "I", "N", "C"]))
}

pub fn range() -> Value {
    json!({ "type": "array", "items": share(), "minItems": 2, "maxItems": 2 })
}

/// What a match of code measured.
pub fn measured() -> Value {
    object(vec![
        field("query", string(), "SHA-256 of the sample that was asked about."),
        field("relative", string(), "The family or actor of the store."),
        field("functions", int(), "Shared private functions, near-identical ones once."),
        field("evidence-bits", number(), "What they weigh."),
        field("families", int(), "Independent families and projects in the population."),
        field("other-families", int(), "In how many of them the least rare counted function occurs."),
        field("unrelated", number(), "Probability of such sharing when unrelated."),
        field("e-value", or_null(number()), "Relatives this good expected by chance."),
        field("fingerprint-version", int(), "The version of the fingerprint."),
    ])
}

pub fn finding() -> Value {
    object(vec![
        field("rule", string(), "The rule, by its short name."),
        field("severity", word(&["note", "warning"]), ""),
        field("subject", string(), "An id of the case."),
        field("place", place(), "Where in the file."),
        field("message", string(), "What is doubtful."),
        field("hint", string(), "What to do."),
    ])
}
