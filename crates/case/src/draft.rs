//! Drafts evidence from what others exchange: a STIX 2.1 bundle, a MISP event, a table (CSV).
//!
//! Every item comes out *unreviewed*: its likelihoods are blank, so that it counts as nothing
//! until somebody judges it; its source is graded F and it itself 6, for nobody has graded
//! them. Dates, markings, texts and artefacts are taken over; kinds and aspects follow from the
//! type of the object, and the rationale says so. Actors that the input names become no
//! candidates: they are listed in a comment. That the input attributes something to one is an item of
//! the kind `judgement`. What the case has already, by its identifier or word for word, and what else is left out is counted.
//!
//! `stix`, `misp` and `table` read; `written` writes.

mod misp;
mod stix;
mod table;
#[cfg(test)]
mod tests;
mod written;

use crate::model::Case;
use crate::scale::{Aspect, EvidenceKind, Tlp, Vertex};
use cognate_base::{Error, ErrorKind};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of what is drafted from.
pub const MAX_INPUT: usize = 64 << 20;
/// Most items that one draft may have: nobody reviews more.
pub const MOST_ITEMS: usize = 10_000;
/// Most characters of a text that is taken over.
const LONGEST_TEXT: usize = 4_000;
/// Most characters of a title.
const LONGEST_TITLE: usize = 160;
/// Most artefacts or references of one item.
const MOST_PARTS: usize = 200;
/// Most actors that the comment names.
const MOST_ACTORS: usize = 50;

/// How to draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftOptions {
    /// The day of the report where the input has none; this crate has no clock.
    pub reported: Date,
    /// The name of the source where the input has none.
    pub source: String,
    /// The id of a new case.
    pub id: String,
}

/// What a draft was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A STIX 2.1 bundle.
    Stix,
    /// A MISP event, or several.
    Misp,
    /// A table with a line of names.
    Csv,
}

/// Evidence that nobody has reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The whole case file: a new one, or the one that was given with the items at its end.
    pub text: String,
    /// What it was made from.
    pub format: Format,
    /// The ids of the items.
    pub items: Vec<String>,
    /// The ids of sources that were added.
    pub sources: Vec<String>,
    /// Names of actors in the input, which became nothing.
    pub actors: Vec<String>,
    /// What was left out, by type, with how many.
    pub left_out: BTreeMap<String, u64>,
}

/// Drafts evidence from a text, for a new case or `into` the text of one.
///
/// # Errors
/// Everything that is wrong with the input: neither of the formats, too large, a table with
/// words or days that cannot be read. A case file that is none is the only error then.
pub fn draft(input: &str, into: Option<&str>, options: &DraftOptions) -> Result<Draft, Vec<Error>> {
    let input = input.strip_prefix('\u{feff}').unwrap_or(input);
    let one = |error| vec![error];
    if input.len() > MAX_INPUT {
        return Err(one(too_large(format!("it has {} bytes, more than {MAX_INPUT}", input.len()))));
    }
    let case = into.map(Case::parse).transpose().map_err(one)?;
    let (format, mut found) = found(input)?;
    if let Some(case) = &case {
        found.leave_out_known(case, format, options.reported);
    }
    if found.items.len() > MOST_ITEMS {
        return Err(one(too_large(format!(
            "it would make {} items, more than {MOST_ITEMS}",
            found.items.len()
        ))));
    }
    if found.items.is_empty() {
        let kinds: Vec<String> =
            found.left_out.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let there = if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") };
        let message = format!("nothing in it can be an item of evidence; it holds {there}");
        return Err(one(Error::new(ErrorKind::Question, message)));
    }
    let written = written::write(&found, case.as_ref(), into, options);
    Case::parse_all(&written.text)?;
    Ok(Draft {
        text: written.text,
        format,
        items: written.items,
        sources: written.sources,
        actors: found.actors.into_iter().collect(),
        left_out: found.left_out,
    })
}

fn too_large(message: String) -> Error {
    Error::new(ErrorKind::TooLarge, message).hint("draft from a part of it")
}

/// What an input holds.
#[derive(Default)]
struct Found {
    items: Vec<FoundItem>,
    /// What the whole is called.
    title: Option<String>,
    actors: BTreeSet<String>,
    left_out: BTreeMap<String, u64>,
}

impl Found {
    /// Leaves out what a case has: what bears an identifier that it refers to, and what was said so on the same day.
    fn leave_out_known(&mut self, case: &Case, format: Format, reported: Date) {
        let cited: BTreeSet<&str> =
            case.evidence.iter().flat_map(|item| &item.references).map(String::as_str).collect();
        let said: BTreeSet<(&str, Date)> =
            case.evidence.iter().map(|item| (item.observation.as_str(), item.reported)).collect();
        let before = self.items.len();
        self.items.retain(|item| {
            // Of a table's row the references are whatever somebody wrote.
            let id = item.references.first().filter(|_| format != Format::Csv);
            let observation = clean(&item.observation, LONGEST_TEXT);
            !id.is_some_and(|id| cited.contains(id.as_str()))
                && !said.contains(&(observation.as_str(), item.reported.unwrap_or(reported)))
        });
        let known = (before - self.items.len()) as u64;
        if known > 0 {
            *self.left_out.entry("item that the case has already".to_owned()).or_default() += known;
        }
    }

    fn leave_out(&mut self, what: &str) {
        *self.left_out.entry(clean(what, 40)).or_default() += 1;
    }

    fn name_actor(&mut self, name: &str) {
        let name = clean(name, LONGEST_TITLE);
        if !name.is_empty() && self.actors.len() < MOST_ACTORS {
            self.actors.insert(name);
        }
    }
}

/// What may become an item.
struct FoundItem {
    /// What the input calls it, where an id is to be made of that.
    id: Option<String>,
    title: String,
    kind: EvidenceKind,
    aspect: Aspect,
    vertex: Option<Vertex>,
    observation: String,
    artefacts: Vec<String>,
    references: Vec<String>,
    /// The name of who says so.
    source: Option<String>,
    observed: Option<Date>,
    reported: Option<Date>,
    tlp: Option<Tlp>,
    /// The type that kind and aspect follow from, where the input does not say them itself.
    from: Option<String>,
}

fn found(input: &str) -> Result<(Format, Found), Vec<Error>> {
    if !input.trim_start().starts_with(['{', '[']) {
        return Ok((Format::Csv, table::read(input)?));
    }
    // Nested deeper than 128 is refused by the reader.
    let value: Value = serde_json::from_str(input).map_err(|error| {
        vec![Error::new(ErrorKind::Syntax, format!("it is no JSON: {}", clean(&error.to_string(), 200)))]
    })?;
    if value.get("type").and_then(Value::as_str) == Some("bundle") {
        return Ok((Format::Stix, stix::read(&value)));
    }
    match misp::events(&value) {
        events if events.is_empty() => Err(vec![
            Error::new(ErrorKind::Question, "it is neither a STIX bundle nor a MISP event")
                .hint("a bundle has `\"type\": \"bundle\"`, an event stands under `Event`; a table (CSV) begins with a line of names"),
        ]),
        events => Ok((Format::Misp, misp::read(&events))),
    }
}

/// A text on one line without anything that steers a terminal or an editor, cut where it is too long.
fn clean(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut letters = 0;
    for letter in text.chars() {
        let steers = letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        let letter = if letter.is_whitespace() || steers { ' ' } else { letter };
        if letter == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        if letters == most {
            out.push('…');
            break;
        }
        out.push(letter);
        letters += 1;
    }
    out.trim_end().to_owned()
}

/// Texts under a key, each cleaned, empty ones left out.
fn texts(list: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let clean = list.map(|text| clean(&text, LONGEST_TEXT)).filter(|text| !text.is_empty());
    clean.filter(|text| seen.insert(text.clone())).take(MOST_PARTS).collect()
}

/// The text under a key.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// The list under a key.
fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The day that a time stamp of RFC 3339 begins with.
fn day(stamp: &str) -> Option<Date> {
    let day: Date = stamp.get(..10)?.parse().ok()?;
    ((1..=9999).contains(&day.year())).then_some(day)
}

/// The marking of a label such as `TLP:AMBER+STRICT`; `white` is what `clear` was called.
fn tlp(label: &str) -> Option<Tlp> {
    let label = label.to_ascii_lowercase();
    Some(match label.trim().strip_prefix("tlp:")? {
        "clear" | "white" => Tlp::Clear,
        "green" => Tlp::Green,
        "amber" => Tlp::Amber,
        "amber+strict" => Tlp::AmberStrict,
        "red" => Tlp::Red,
        _ => return None,
    })
}
