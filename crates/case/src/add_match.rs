//! Makes an item of evidence from the result of a match.
//!
//! In go a case file and the JSON of `cognate match --json`, out comes the case
//! file with one `[[evidence]]` more at its end; every byte before it stays as
//! it was. What can be measured is measured: what is shared, how rare it is
//! among independent families, what library code was left out. What cannot, how
//! probable such sharing is when the candidate *is* behind it, gets a default
//! that says so, and `case check` asks for a judgement until somebody gives one.
//!
//! Start at [`add_match`]; `relative` chooses and measures, `item` writes.

mod item;
mod relative;
mod result;
#[cfg(test)]
mod tests;
mod words;

use crate::model::Case;
use crate::model::Measured;
use crate::scale::Shareability;
use cognate_base::{Error, ErrorKind};
use item::Written;
use jiff::civil::Date;

/// How a rationale begins that nobody has judged yet.
pub const DEFAULT_RATIONALE: &str = "Default of `cognate case add-match`, to be judged:";
/// The likelihood of a candidate until somebody judges it: a group that is
/// behind something as often writes it anew as it reuses what it has.
const OWN: f64 = 0.5;
/// The source that is added where the caller names none.
const SOURCE: &str = "cognate";

/// What to add, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddMatch {
    /// The day of the report; this crate has no clock.
    pub reported: Date,
    /// Which answer of the result: its file's name or the beginning of its SHA-256 (at
    /// least six digits); only needed where the result has several.
    pub query: Option<String>,
    /// The family or actor; the strongest significant one unless told.
    pub relative: Option<String>,
    /// The id of the candidate it speaks for; the one that bears the relative's name, or
    /// that of an actor it is labelled with, unless told.
    pub candidate: Option<String>,
    /// A candidate may also be found through an alias of MISP or ATT&CK.
    pub aliases: bool,
    /// The id of a source of the case; `cognate`, added where missing, unless told.
    pub source: Option<String>,
    /// The item's id; made from the relative and the query unless told.
    pub id: Option<String>,
    /// How widely the code is shared; private for malware, public for anything else, unless told.
    pub shareability: Option<Shareability>,
}

impl AddMatch {
    /// Everything found by itself.
    #[must_use]
    pub fn on(reported: Date) -> Self {
        AddMatch {
            reported,
            query: None,
            relative: None,
            candidate: None,
            aliases: false,
            source: None,
            id: None,
            shareability: None,
        }
    }
}

/// What was added.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    /// The whole case file with the item at its end.
    pub text: String,
    /// The item's id.
    pub item: String,
    /// The family or actor, not escaped.
    pub relative: String,
    /// The candidate it speaks for.
    pub candidate: String,
    /// The source's id.
    pub source: String,
    /// The source was not there and was added.
    pub source_added: bool,
    /// The measured probability of such sharing when unrelated.
    pub unrelated: f64,
    /// What the reader has to do or know, in sentences.
    pub notes: Vec<String>,
}

/// Appends an item made from the JSON of `cognate match --json`; every other byte of the case file stays.
///
/// # Errors
/// The case file is none, the result is none or holds nothing significant, the
/// candidate cannot be told, or the same match is in the case already.
pub fn add_match(case_text: &str, result_json: &str, options: &AddMatch) -> Result<Added, Error> {
    let case = Case::parse(case_text)?;
    let document = result::parse(result_json)?;
    let answer = result::answer(&document, options.query.as_deref())?;
    let relative = relative::choose(answer, options.relative.as_deref())?;
    let (place, through_alias) = relative::candidate(&case, &relative, options)?;
    let candidate = case.candidates.get(place).map_or("", |candidate| candidate.id.as_str());
    let measured = relative::measure(answer, &relative, OWN);
    new(&case, &measured)?;
    let (source, source_added) = source(&case, options)?;
    let id = id(&case, &measured, options)?;
    let own = OWN.max(measured.unrelated);
    let written = Written {
        id: &id,
        source,
        candidate,
        own,
        reported: options.reported,
        forgeability: relative::forgeability(&relative),
        shareability: relative::shareability(&relative, options),
        measured: &measured,
        answer,
        relative: &relative,
    };
    let mut parts = Vec::new();
    if source_added {
        parts.push(item::own_source(source));
    }
    parts.push(item::evidence(&written));
    let text = appended(case_text, &parts);
    Case::parse(&text).map_err(|error| inline(case_text, error))?;
    let mut notes = notes(&case, &written);
    notes.extend(through_alias);
    Ok(Added {
        text,
        relative: measured.relative.clone(),
        candidate: candidate.to_owned(),
        source: source.to_owned(),
        source_added,
        unrelated: measured.unrelated,
        notes,
        item: id,
    })
}

/// Refuses a match that the case holds already.
fn new(case: &Case, measured: &Measured) -> Result<(), Error> {
    let known = |item: &&crate::model::Item| {
        item.measured
            .as_ref()
            .is_some_and(|other| other.query == measured.query && other.relative == measured.relative)
    };
    let Some(item) = case.evidence.iter().find(known) else { return Ok(()) };
    let message = format!("item `{}` holds this match already", item.id);
    Err(Error::new(ErrorKind::Match, message)
        .at(item.id.place)
        .hint("one observation counts once; take the item out first if the new result is to replace it"))
}

/// The source's id, and whether it has to be added.
fn source<'a>(case: &Case, options: &'a AddMatch) -> Result<(&'a str, bool), Error> {
    let known = |id: &str| case.sources.iter().any(|source| source.id == *id);
    let Some(id) = &options.source else { return Ok((SOURCE, !known(SOURCE))) };
    if known(id) {
        return Ok((id, false));
    }
    let names: Vec<&str> = case.sources.iter().map(|source| source.id.as_str()).take(12).collect();
    let message = format!("no source is called `{}`", id.escape_debug());
    let hint = format!("the case has: {}; without a source `{SOURCE}` is used", names.join(", "));
    Err(Error::new(ErrorKind::Question, message).hint(hint))
}

/// The id asked for, or `code-RELATIVE-QUERY` with a number where that is taken.
fn id(case: &Case, measured: &Measured, options: &AddMatch) -> Result<String, Error> {
    if let Some(id) = &options.id {
        if let Some(item) = case.item(id) {
            let message = format!("evidence `{}` is there already", id.escape_debug());
            return Err(Error::new(ErrorKind::Question, message).at(item.id.place).hint("choose another id"));
        }
        return Ok(id.clone());
    }
    let mut slug = String::new();
    for letter in measured.relative.chars().flat_map(char::to_lowercase).take(200) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(48);
    let slug = if slug.trim_matches('-').is_empty() { "relative" } else { slug.trim_matches('-') };
    let base = format!("code-{slug}-{}", measured.query.get(..8).unwrap_or("sample"));
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    Ok(std::iter::once(base.clone()).chain(numbered).find(|id| case.item(id).is_none()).unwrap_or(base))
}

/// Puts parts behind a text, each after a blank line, with the text's own ends of lines.
pub(crate) fn appended(text: &str, parts: &[String]) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        out.push_str(end);
    }
    for part in parts {
        out.push_str(end);
        for line in part.trim_matches('\n').lines() {
            out.push_str(line);
            out.push_str(end);
        }
    }
    out
}

/// A case file that holds its lists in one line each cannot be continued at its end.
fn inline(case_text: &str, error: Error) -> Error {
    let document = case_text.parse::<toml_edit::DocumentMut>();
    let listed = |key| {
        document.as_ref().is_ok_and(|document| document.get(key).is_some_and(toml_edit::Item::is_value))
    };
    match ["evidence", "source"].into_iter().find(|key| listed(key)) {
        Some(key) => Error::new(
            ErrorKind::Match,
            format!("the case writes `{key} = [...]`, which cannot be continued"),
        )
        .hint(format!("write its members as `[[{key}]]`")),
        None => error,
    }
}

/// What the reader has to do or know.
fn notes(case: &Case, written: &Written<'_>) -> Vec<String> {
    let measured = written.measured;
    let mut notes = vec![format!(
        "The likelihood for `{}` is a default: judge it, and say why in the rationale.",
        written.candidate
    )];
    if written.own <= measured.unrelated {
        notes.push(format!(
            "With {} independent families nothing rarer than {} can be measured: the item says nothing until the store is larger.",
            measured.families, measured.unrelated
        ));
    }
    let beside: Vec<&str> = case
        .evidence
        .iter()
        .filter(|item| {
            let same =
                |other: &Measured| other.relative == measured.relative || other.query == measured.query;
            item.measured.as_ref().is_some_and(same) || item.artefacts.contains(&measured.query)
        })
        .map(|item| item.id.as_str())
        .take(6)
        .collect();
    if !beside.is_empty() {
        notes.push(format!(
            "It may rest on the same code as {}: if so, give them one `group`.",
            beside.join(", ")
        ));
    }
    notes
}
