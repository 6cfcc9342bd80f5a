//! The document of `case check`.

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
