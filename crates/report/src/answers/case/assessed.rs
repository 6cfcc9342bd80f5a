//! `case assess`: the assessment itself as JSON, its outline as text.

use crate::products::Extent;
use crate::products::outline::Limits;
use crate::products::sections::outline;
use crate::products::terminal;
use crate::{Document, Style};
use cognate_case::Assessment;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::borrow::Cow;

/// Lines of one screen.
const SCREEN: usize = 60;

/// What `case assess` shows: an assessment, borrowed, whole as JSON and as much of it as is asked for as text.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct AssessDocument<'a>(pub &'a Assessment, #[serde(skip)] pub Extent);

// Derived, it would be a reference: closed by itself, and so to the fields of the envelope beside it.
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
        let limits = match self.1 {
            Extent::Screen => return screen(self.0, style),
            Extent::Brief => Limits::FILE,
            Extent::Full => Limits::terminal(style.width),
        };
        terminal::text(&outline(self.0, &limits, self.1), style)
    }
}

/// As many lines in each list as one screen has room for.
fn screen(assessment: &Assessment, style: &Style) -> String {
    let text = |first| terminal::text(&outline(assessment, &Limits::screen(first), Extent::Screen), style);
    let fits = |text: &String| text.lines().count() <= SCREEN;
    [3, 2].into_iter().map(text).find(fits).unwrap_or_else(|| text(1))
}
