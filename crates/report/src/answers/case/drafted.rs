//! `case draft`: what was taken over as evidence, and what was not.

use super::matrix::notes;
use crate::products::numbers::{safe, word};
use crate::text::{plural, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use cognate_case::draft::Format;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Ids that the text names.
const NAMED: usize = 12;

/// Evidence drafted from what others exchange.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DraftDocument {
    /// What it was drafted from, as it was named.
    pub from: String,
    /// What that is.
    pub format: Format,
    /// The case file that the items were added to; none for a new one.
    pub into: Option<String>,
    /// The ids of the items; none has been judged.
    pub items: Vec<String>,
    /// The ids of sources that were added.
    pub sources: Vec<String>,
    /// Actors that the input names: no candidates, and no evidence.
    pub actors: Vec<String>,
    /// What was left out, by type, with how many.
    pub left_out: BTreeMap<String, u64>,
    /// Where the case file went; none where it went nowhere.
    pub written: Option<String>,
    /// The case file, where it was not written anywhere.
    pub text: Option<String>,
}

impl Document for DraftDocument {
    const NAME: &'static str = "case-draft";

    fn text(&self, style: &Style) -> String {
        let count = plural(self.items.len() as u64, "item");
        let mut out = format!(
            "{}\n",
            style.finding(&format!("{count} drafted from {}, none judged", word(self.format)))
        );
        let mut say = |text: String| out.push_str(&wrap(&text, 2, style.width));
        say(format!("items: {}", some(&self.items)));
        if !self.sources.is_empty() {
            say(format!("sources added, all graded F: {}", some(&self.sources)));
        }
        if !self.actors.is_empty() {
            say(format!("named as actors, which is no evidence: {}", safe(&some(&self.actors))));
        }
        let left: Vec<String> = self.left_out.iter().map(|(what, count)| format!("{count} {what}")).collect();
        if !left.is_empty() {
            say(format!("left out: {}", escape(&some(&left))));
        }
        notes(&mut out, &[], self.written.as_deref(), style);
        out
    }
}

/// The first of a list, and how many more.
fn some(list: &[String]) -> String {
    let shown: Vec<&str> = list.iter().take(NAMED).map(String::as_str).collect();
    let more = list.len().saturating_sub(NAMED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &tail
}
