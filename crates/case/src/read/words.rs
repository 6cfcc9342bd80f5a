//! Errors of TOML and of the model's types in the words of somebody who writes a case.

use crate::model::value::refused;
use crate::nearest::nearest;
use cognate_base::{Error, ErrorKind, Hint, Position};

/// What a type of the model found wrong.
pub(super) enum Fault<'m> {
    /// A key that must be there is not.
    Missing(&'m str),
    /// A key that nobody knows, and those that are known.
    UnknownKey(&'m str, Vec<&'m str>),
    /// A word that is not on the list.
    UnknownWord(&'m str, Vec<&'m str>),
    /// A value of another kind: what it is, and what was expected.
    OtherKind(&'m str, &'m str),
    /// Anything else, told by TOML itself.
    Other,
}

/// Takes the message of an error apart; the forms are serde's.
pub(super) fn fault(message: &str) -> Fault<'_> {
    let quoted = |text| -> Vec<&str> { str::split(text, '`').skip(1).step_by(2).collect() };
    let first = |prefix: &str| {
        let rest = message.strip_prefix(prefix)?;
        let (name, rest) = rest.split_once('`')?;
        Some((name, quoted(rest)))
    };
    if let Some((name, _)) = first("missing field `") {
        return Fault::Missing(name);
    }
    if let Some((name, known)) = first("unknown field `") {
        return Fault::UnknownKey(name, known);
    }
    if let Some((name, known)) = first("unknown variant `") {
        return Fault::UnknownWord(name, known);
    }
    let kinds = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match kinds.and_then(|kinds| kinds.split_once(", expected ")) {
        Some((found, expected)) => Fault::OtherKind(found, expected),
        None => Fault::Other,
    }
}

/// An error as it is told, with its place; `key` is that of the value that is wrong.
pub(super) fn told(text: &str, error: &toml::de::Error, key: Option<&str>) -> Error {
    let made = match refused(error.message()) {
        Some((message, hint)) => Error::meaning(message).hint(hint),
        None => in_words(error.message(), key),
    };
    match error.span() {
        Some(span) => made.at(Position::of(text, span.start)),
        None => made,
    }
}

/// A message of serde in words; `key` is that of the value that is wrong.
pub(crate) fn in_words(message: &str, key: Option<&str>) -> Error {
    let syntax = |message: String| Error::new(ErrorKind::Syntax, message);
    match fault(message) {
        Fault::Missing(name) => {
            let what = expected(name).map_or(String::new(), |expected| format!(": {expected}"));
            syntax(format!("`{name}` is missing{what}")).hint(Hint::SeeCaseSkeleton)
        }
        Fault::UnknownKey(name, known) => syntax(format!("unknown key `{}`", name.escape_debug()))
            .hint(format!("{}keys here are: {}", meant(name, &known), known.join(", "))),
        Fault::UnknownWord(name, known) => {
            let of = key.map_or(String::new(), |key| format!(" for `{key}`"));
            syntax(format!("`{}` is no word{of}", name.escape_debug())).hint(format!(
                "{}expected one of: {}",
                meant(name, &known),
                known.join(", ")
            ))
        }
        Fault::OtherKind(found, by_type) => {
            let of = key.map_or(String::new(), |key| format!("`{key}` is "));
            let expected = key.and_then(expected).unwrap_or_else(|| kind(by_type));
            syntax(format!("{of}{}, expected {expected}", value(found))).hint(Hint::SeeCaseSkeleton)
        }
        Fault::Other => syntax(message.replace('\n', ": ")).hint(Hint::SeeCaseSkeleton),
    }
}

fn meant(name: &str, known: &[&str]) -> String {
    nearest(name, known.iter().copied()).map_or(String::new(), |near| format!("did you mean `{near}`? "))
}

/// A value as serde shows it, escaped, without the name of its type.
fn value(found: &str) -> String {
    let of_type = ["string ", "integer ", "floating point ", "boolean "];
    let bare = of_type.iter().find_map(|name| found.strip_prefix(name)).unwrap_or(found);
    bare.chars().take(80).collect()
}

/// What stands under a key, where its type does not say so.
fn expected(key: &str) -> Option<&'static str> {
    Some(match key {
        "credibility" => "1 to 6: 1 confirmed by others, 5 improbable, 6 cannot be judged",
        "reliability" => {
            "a letter from \"A\" (completely reliable) to \"E\" (unreliable), or \"F\" (cannot be judged)"
        }
        "untasked" | "tasked" | "contractor" | "reuse" | "false-flag" => {
            "a probability between 0 and 1, both excluded"
        }
        "likelihood" => "a table such as { unlisted = 0.05, some-candidate = \"for\" }",
        "unlisted" => "how probable it is when nobody listed is behind it",
        "correlation" => "a number from 0 (independent) to 1 (one observation)",
        "uncertainty" | "prior-uncertainty" => "a factor from 1 to 100",
        "reported" | "observed" | "incident" | "date" => "a day without quotation marks: 2017-05-26",
        "rationale" | "reason" => "a sentence in quotation marks",
        "artefacts" | "references" | "authors" => "a list of texts: [\"one\", \"two\"]",
        _ => return None,
    })
}

/// What a type of the model calls itself, in words.
fn kind(by_type: &str) -> &str {
    match by_type {
        "a string" => "text in quotation marks",
        "a boolean" => "true or false",
        "f64" => "a number",
        "u8" | "u32" | "u64" => "a whole number",
        "a sequence" => "a list in square brackets",
        "a Datetime" => "a day without quotation marks: 2017-05-26",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}
