//! `case assess`: the assessment itself as JSON, its outline as text.

use crate::products::outline::Limits;
use crate::products::sections::outline;
use crate::products::terminal;
use crate::{Document, Style};
use cognate_case::Assessment;
use schemars::JsonSchema;
use serde::Serialize;

/// What `case assess` shows: an assessment, borrowed.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct AssessDocument<'a>(pub &'a Assessment);

impl Document for AssessDocument<'_> {
    const NAME: &'static str = "case-assess";

    fn text(&self, style: &Style) -> String {
        terminal::text(&outline(self.0, &Limits::terminal(style.width)), style)
    }
}
