//! `case merge`: what two files of one case said otherwise, and what was taken over.

use super::matrix::notes;
use crate::products::numbers::safe;
use crate::text::{plural, shorten, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use cognate_case::merge::{Conflict, Taken};
use schemars::JsonSchema;
use serde::Serialize;

/// Things taken over that the text names.
const NAMED: usize = 40;
/// Columns of a value.
const VALUE: usize = 200;

/// Two files of one case as one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MergeDocument {
    /// The first file, as it was named: its word stands.
    pub a: String,
    /// The second.
    pub b: String,
    /// The analyst that the second file's authors became; none where they judged nothing of their own.
    pub analyst: Option<String>,
    /// What both say otherwise: the second's word stands in a comment.
    pub conflicts: Vec<Conflict>,
    /// What is wrong with the merged file until somebody settles it.
    pub open: Vec<String>,
    /// What only the second file had, and was taken over.
    pub taken: Vec<Taken>,
    /// Where the merged file went; none where it went nowhere.
    pub written: Option<String>,
    /// The merged file, where it was not written anywhere.
    pub text: Option<String>,
}

impl MergeDocument {
    /// Somebody has to settle something.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.conflicts.is_empty() || !self.open.is_empty()
    }
}

impl Document for MergeDocument {
    const NAME: &'static str = "case-merge";

    fn text(&self, style: &Style) -> String {
        let conflicts = self.conflicts.len() as u64;
        let head = match conflicts {
            0 => style.finding("merged without conflicts"),
            _ => style.doubt(&format!("merged with {}", plural(conflicts, "conflict"))),
        };
        let mut out = format!("{head}\n");
        let shown = |value: &str| shorten(&safe(value), VALUE);
        for conflict in &self.conflicts {
            let line = format!("{} `{}`, {}", conflict.kind, conflict.id, conflict.key);
            out.push_str(&wrap(&line, 2, style.width));
            out.push_str(&wrap(&format!("A  {}", shown(&conflict.a)), 4, style.width));
            out.push_str(&wrap(&format!("B  {}", shown(&conflict.b)), 4, style.width));
        }
        for open in &self.open {
            out.push_str(&wrap(&style.doubt(&format!("to be settled: {}", escape(open))), 2, style.width));
        }
        for taken in self.taken.iter().take(NAMED) {
            let key = taken.key.as_deref().map(|key| format!(", {key}")).unwrap_or_default();
            out.push_str(&wrap(&format!("taken over: {} `{}`{key}", taken.kind, taken.id), 2, style.width));
        }
        out.push_str(&style.more(2, self.taken.len().saturating_sub(NAMED)));
        let by = self.analyst.as_deref().map(|id| format!("the second file's authors judge as `{id}`"));
        notes(&mut out, by.as_slice(), self.written.as_deref(), style);
        out
    }
}
