//! The part of `cognate match --json` that evidence is made of.
//!
//! Written here once more because the JSON leaves out what only means something
//! within one store. Unknown fields are passed over: a newer result with the
//! same schema version may say more.

use cognate_base::{Error, ErrorKind, Hint, SampleId};
use cognate_matching::{CodeSplit, Completeness, LibraryShare, Population, Standing, TellingMatch};
use serde::Deserialize;

/// The version of the document that is understood.
const SCHEMA: u32 = 1;

#[derive(Deserialize)]
struct Envelope {
    document: String,
    schema: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub answers: Vec<Answer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub name: String,
    pub report: Report,
}

#[derive(Debug, Deserialize)]
pub(super) struct Report {
    pub query: Query,
    pub population: Population,
    pub completeness: Completeness,
    pub outcome: Outcome,
    pub code: CodeSplit,
    pub libraries: Vec<LibraryShare>,
    pub families: Vec<Family>,
    pub actors: Vec<Actor>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Query {
    pub id: SampleId,
    pub functions: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    pub reason: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Family {
    pub family: String,
    pub kind: String,
    pub actors: Vec<String>,
    pub best_sample: Sample,
    pub standing: Worth,
    pub telling: Vec<TellingMatch>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sample {
    pub id: SampleId,
    pub name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Actor {
    pub actor: String,
    pub families: Vec<String>,
    pub standing: Worth,
    pub telling: Vec<TellingMatch>,
}

/// A standing, with what results may hold one day.
#[derive(Debug, Deserialize)]
pub(super) struct Worth {
    #[serde(flatten)]
    pub all: Standing,
    pub e_value: Option<f64>,
}

impl Document {
    /// Reads a result, or says what it is instead.
    pub fn parse(json: &str) -> Result<Document, Error> {
        let wrong = |message: String| Error::new(ErrorKind::Match, message).hint(Hint::MakeMatchResult);
        let envelope: Envelope = serde_json::from_str(json)
            .map_err(|error| wrong(format!("the result is no document of cognate: {error}")))?;
        if envelope.document != "match" {
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
    pub fn answer(&self, query: Option<&str>) -> Result<&Answer, Error> {
        let asked = |answer: &&Answer| {
            query.is_none_or(|query| {
                answer.name == query
                    || (query.len() >= 6 && answer.report.query.id.to_string().starts_with(query))
            })
        };
        let found: Vec<&Answer> = self.answers.iter().filter(asked).collect();
        if let [answer] = found.as_slice() {
            return Ok(answer);
        }
        let names: Vec<String> =
            self.answers.iter().take(12).map(|answer| answer.name.escape_debug().to_string()).collect();
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
}
