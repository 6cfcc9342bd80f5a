//! The document of `case compare`.

use super::case_parts::{confidence_level, day, sha256};
use super::types::*;
use serde_json::Value;

pub fn compare() -> Vec<Field> {
    vec![
        field("a", side(), "The one."),
        field("b", side(), "The other."),
        field("changes", list(change()), "What differs in what goes in."),
        field("claims", list(claim()), "What differs in what comes out: every claim of either."),
    ]
}

fn side() -> Value {
    object(vec![
        field("file", string(), "As it was named."),
        field("case", string(), "The case's id."),
        field("title", string(), ""),
        field("sha256", sha256(), "Of the file."),
        field("as_of", or_null(day()), "The last day whose reports count; null for all."),
        field("items", int(), "Items that count."),
        field("observations", int(), "Observations they report."),
    ])
}

fn difference() -> Value {
    word(&["added", "removed", "changed"])
}

fn change() -> Value {
    let part = word(&["case", "candidate", "hypothesis", "source", "group", "item"]);
    let fields = object(vec![
        field("field", string(), "`credibility`, `judgement of icit: x/tasked`."),
        field("from", or_null(string()), "In A."),
        field("to", or_null(string()), "In B."),
    ]);
    object(vec![
        field("part", part, ""),
        field("id", string(), ""),
        field("title", string(), ""),
        field("difference", difference(), "B has it in addition, lacks it, or has it otherwise."),
        field("fields", list(fields), "Fields that differ; empty where it was added or removed."),
    ])
}

fn claim() -> Value {
    let answer = || {
        or_null(object(vec![
            field("prior", share(), ""),
            field("probability", share(), ""),
            field("low", share(), "5th percentile of the draws."),
            field("high", share(), "95th percentile."),
            field("wording", string(), ""),
            field("confidence", confidence_level(), ""),
            field("bound_by", list(string()), "The rules that bound the confidence."),
        ]))
    };
    let mover = object(vec![
        field("item", string(), "It stands for its observation."),
        field(
            "difference",
            or_null(difference()),
            "Null where only others of its group changed, or the priors.",
        ),
        field("change", number(), "Its part of the change of the log odds."),
    ]);
    object(vec![
        field("id", string(), ""),
        field("statement", string(), ""),
        field("from", answer(), "In A; null where A does not make it."),
        field("to", answer(), "In B; null where B does not make it."),
        field("log_odds", or_null(number()), "Change of the log odds (natural), A to B."),
        field("priors", or_null(number()), "The part due to the priors; null where the hypotheses differ."),
        field("moved_by", list(mover), "The parts due to observations, the greatest first."),
        field(
            "rest",
            or_null(number()),
            "The part of observations not listed; all parts add up to log_odds.",
        ),
    ])
}
