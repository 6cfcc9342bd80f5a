//! Reads the result of a match, and finds the answer that is meant.
//!
//! Unknown fields are passed over: a newer result with the same schema version may say more.

use cognate_base::{Error, ErrorKind, Hint};
use cognate_documents::{MatchAnswer, MatchDocument, SCHEMA};
use serde::Deserialize;

#[derive(Deserialize)]
struct Envelope {
    document: String,
    schema: u32,
}

/// Reads a result, or says what it is instead.
pub(super) fn parse(json: &str) -> Result<MatchDocument, Error> {
    let wrong = |message: String| Error::new(ErrorKind::Match, message).hint(Hint::MakeMatchResult);
    let envelope: Envelope = serde_json::from_str(json)
        .map_err(|error| wrong(format!("the result is no document of cognate: {error}")))?;
    if envelope.document != MatchDocument::NAME {
        let kind = envelope.document.escape_debug();
        return Err(wrong(format!("the result is a `{kind}` document, expected `match`")));
    }
    if envelope.schema != SCHEMA {
        let message = format!("the result has schema {}, expected {SCHEMA}", envelope.schema);
        return Err(wrong(message));
    }
    serde_json::from_str(json).map_err(|error| wrong(format!("the result cannot be read: {error}")))
}

/// The answer asked for; the only one where nobody asked.
pub(super) fn answer<'a>(document: &'a MatchDocument, query: Option<&str>) -> Result<&'a MatchAnswer, Error> {
    let asked = |answer: &&MatchAnswer| {
        query.is_none_or(|query| {
            answer.name == query
                || (query.len() >= 6 && answer.report.query.id.to_string().starts_with(query))
        })
    };
    let found: Vec<&MatchAnswer> = document.answers.iter().filter(asked).collect();
    if let [answer] = found.as_slice() {
        return Ok(answer);
    }
    let names: Vec<String> =
        document.answers.iter().take(12).map(|answer| answer.name.escape_debug().to_string()).collect();
    let message = match (query, found.len()) {
        (Some(query), 0) => format!("the result has no answer about `{}`", query.escape_debug()),
        (_, 0) => "the result has no answer".to_owned(),
        (_, many) => format!("the result has {many} answers"),
    };
    let error = Error::new(ErrorKind::Match, message);
    Err(if names.is_empty() {
        error
    } else {
        error.hint(format!("say which one is meant: {}", names.join(", ")))
    })
}
