//! `case add-match`: what was added to a case file, and what is left to judge.

use crate::text::{name, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// An item made from a match.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AddedDocument {
    /// The case file, as it was named.
    pub case: String,
    /// The result, as it was named.
    pub result: String,
    /// Where the new case file went; none where it went nowhere.
    pub written: Option<String>,
    /// The item's id.
    pub item: String,
    /// The family or actor of the match.
    pub relative: String,
    /// The candidate it speaks for.
    pub candidate: String,
    /// The source's id.
    pub source: String,
    /// The source was not there and was added.
    pub source_added: bool,
    /// The measured probability of such sharing when unrelated.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub unrelated: f64,
    /// What is left to judge, and what to know.
    pub notes: Vec<String>,
    /// The new case file, where it was not written anywhere.
    pub text: Option<String>,
}

impl Document for AddedDocument {
    const NAME: &'static str = "case-add-match";

    fn text(&self, style: &Style) -> String {
        let relative = name(&self.relative, 60);
        let head = format!("added `{}`: code shared with {relative}, for {}", self.item, self.candidate);
        let mut out = format!("{}\n", style.finding(&head));
        let source = if self.source_added { ", added as well" } else { "" };
        let _ = writeln!(out, "  source     {}{source}", self.source);
        let _ = writeln!(out, "  unrelated  {:.4}, from the measured rarity", self.unrelated);
        if let Some(written) = &self.written {
            let _ = writeln!(out, "  written    {}", escape(written));
        }
        for note in &self.notes {
            let _ = write!(out, "  - {}", wrap(&escape(note), 4, style.width).trim_start());
        }
        out
    }
}
