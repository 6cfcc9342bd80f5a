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
mod sections;
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
pub use compared::CaseCompareDocument;
pub use markdown::markdown;
pub use misp::misp;
pub use page::html;
pub use stix::stix;

use crate::{Document, Style};
use cognate_case::Assessment;
use outline::Limits;
use sections::outline;
use serde::Serialize;

/// What `case assess` shows: an assessment, borrowed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct AssessDocument<'a>(pub &'a Assessment);

impl Document for AssessDocument<'_> {
    const NAME: &'static str = "case-assess";

    fn text(&self, style: &Style) -> String {
        terminal::text(&outline(self.0, &Limits::terminal(style.width)), style)
    }
}
