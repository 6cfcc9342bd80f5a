//! What a case proves, for readers: the assessment as terminal text, Markdown, HTML and JSON.
//!
//! One [`Assessment`] comes in. [`AssessDocument`] shows it on a terminal and as
//! JSON, [`markdown`] and [`html`] make files of it. All of them lay out one
//! outline (`outline.rs`), so they say the same in the same order; long
//! cases are shortened everywhere but in JSON, with a count of what is left out.

mod answer;
mod ground;
mod markdown;
mod markup;
mod matrix;
mod numbers;
mod outline;
mod page;
mod picture;
mod plot;
mod terminal;
mod weighing;

mod artefact;
mod established;
#[cfg(test)]
mod example;
mod identifier;
mod misp;
mod stix;

mod added;
mod checked;
mod compared;
mod explained;

pub use added::AddedDocument;
pub use checked::{CheckDocument, CheckError, CheckedFile};
pub use compared::{
    Answer, CaseCompareDocument, Change, ClaimChange, CompareSide, Difference, FieldChange, Mover, Part,
};
pub use explained::{
    ClaimExplained, ExplainDocument, HypothesisSteps, ItemExplained, Laid, LaidOut, LeftOut, NotThere,
    ObservationSteps, Report, Step,
};
pub use misp::misp;
pub use stix::stix;

use crate::{Document, Style};
use cognate_case::Assessment;
use outline::{Limits, outline};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::borrow::Cow;

/// What `case assess` shows: an assessment, borrowed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct AssessDocument<'a>(pub &'a Assessment);

impl JsonSchema for AssessDocument<'_> {
    fn schema_name() -> Cow<'static, str> {
        Assessment::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Assessment::json_schema(generator)
    }
}

impl Document for AssessDocument<'_> {
    const NAME: &'static str = "case-assess";

    fn text(&self, style: &Style) -> String {
        terminal::text(&outline(self.0, &Limits::terminal(style.width)), style)
    }
}

/// Writes an assessment as Markdown.
///
/// Text from the case file is escaped: it brings no markup, links or images of its own.
pub fn markdown(assessment: &Assessment) -> String {
    markdown::markdown(&outline(assessment, &Limits::FILE))
}

/// Writes an assessment as one self-contained HTML page, for the screen and for print.
///
/// It loads nothing and runs nothing, says so in its content security policy, and is the same bytes every time.
pub fn html(assessment: &Assessment) -> String {
    page::html(&outline(assessment, &Limits::FILE))
}
