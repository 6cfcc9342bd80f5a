//! The documents of `case check` and `case add-match`.

use super::case_parts::{finding, place};
use super::types::*;

pub fn check() -> Vec<Field> {
    let error = object(vec![
        field("place", or_null(place()), "Where in the file, where that can be told."),
        field("message", string(), "What is wrong."),
        field("hint", or_null(string()), "What to do next."),
    ]);
    let file = object(vec![
        field("file", string(), "As it was named."),
        field("case", or_null(string()), "The case's id; null where it could not be read."),
        field("findings", list(finding()), "What is doubtful without being wrong."),
        field("error", or_null(error), "Why it could not be read."),
    ]);
    vec![field("files", list(file), "In the order given.")]
}

pub fn added() -> Vec<Field> {
    vec![
        field("case", string(), "The case file, as it was named."),
        field("result", string(), "The result, as it was named."),
        field("written", or_null(string()), "Where the new case file went."),
        field("item", string(), "The id of the new item."),
        field("relative", string(), "The family or actor of the match."),
        field("candidate", string(), "The candidate it speaks for."),
        field("source", string(), "The source's id."),
        field("source_added", flag(), "The source was not there and was added."),
        field("unrelated", share(), "Probability of such sharing when unrelated, from the measured rarity."),
        field("notes", list(string()), "What is left to judge, and what to know."),
        field("text", or_null(string()), "The new case file, where it was not written anywhere."),
    ]
}
