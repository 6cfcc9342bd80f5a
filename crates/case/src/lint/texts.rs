//! Rules about what is written: nothing missing, and no likelihood beside a confidence.

use super::rules::*;
use super::view::View;
use super::{At, Findings, HEAD};

/// Words of ICD 203, of the PHIA yardstick, and what people write for them.
const LIKELIHOODS: [&str; 18] = [
    "likely",
    "unlikely",
    "probable",
    "improbable",
    "probably",
    "likelihood",
    "probability",
    "almost certain",
    "almost certainly",
    "nearly certain",
    "almost no chance",
    "remote chance",
    "even chance",
    "even odds",
    "realistic possibility",
    "realistic probability",
    "per cent",
    "percent",
];

/// Words of confidence.
const CONFIDENCES: [&str; 3] = ["confidence", "confident", "confidently"];

/// What people leave where something is to be written.
const PLACEHOLDERS: [&str; 9] = ["todo", "tbd", "fixme", "...", "…", "?", "-", "n/a", "xxx"];

/// A text of the case.
struct Text<'c> {
    at: At<'c>,
    /// The key it stands under.
    key: &'static str,
    text: &'c str,
    /// The assessment rests on it.
    needed: bool,
    /// Sources are quoted here in their own words, which are theirs to mix.
    reported: bool,
}

pub(super) fn look(view: &View<'_>, findings: &mut Findings) {
    for text in texts(view) {
        if text.needed && blank(text.text) {
            let message = format!("`{}` of `{}` says nothing", text.key, text.at.subject);
            findings.add(
                EMPTY_TEXT,
                text.at,
                message,
                "write it: who reads the assessment has only this to judge it by",
            );
        }
        if text.reported {
            continue;
        }
        if let Some(sentence) = mixed(text.text) {
            let shown: String = sentence.chars().take(120).collect();
            let message = format!(
                "a sentence in `{}` of `{}` has a likelihood and a confidence: {}",
                text.key,
                text.at.subject,
                shown.escape_debug()
            );
            let hint = "make two sentences of it; put double quotes around what somebody else said";
            findings.add(MIXED_SENTENCE, text.at, message, hint);
        }
    }
}

fn texts<'c>(view: &View<'c>) -> Vec<Text<'c>> {
    let case = view.case;
    let mut all = Vec::new();
    let mut add = |at: At<'c>, key, text: &'c str, needed| {
        all.push(Text { at, key, text, needed, reported: key == "observation" });
    };
    let head = At { subject: &case.header.id, place: HEAD };
    add(head, "title", &case.header.title, true);
    add(head, "question", &case.header.question, true);
    if let Some(summary) = &case.header.summary {
        add(head, "summary", summary, true);
    }
    add(At { subject: "unlisted", place: HEAD }, "reason", &case.unlisted.reason, true);
    for one in &case.candidates {
        let at = At::of(&one.id);
        add(at, "name", &one.name, true);
        add(at, "reason", &one.prior.reason, true);
        add(at, "note", one.note.as_deref().unwrap_or_default(), false);
    }
    for one in &case.sources {
        let at = At::of(&one.id);
        add(at, "name", &one.name, true);
        add(at, "reason", &one.reason, true);
    }
    for one in &case.analysts {
        let at = At::of(&one.id);
        add(at, "name", &one.name, true);
        add(at, "note", one.note.as_deref().unwrap_or_default(), false);
    }
    for one in &case.groups {
        add(At::of(&one.id), "reason", &one.reason, true);
    }
    for one in &case.evidence {
        add(At::of(&one.id), "title", &one.title, true);
        add(At::of(&one.id), "observation", &one.observation, true);
        for judgement in &one.judgements {
            let at = At { subject: &one.id, place: judgement.place };
            // Where nothing is judged yet, there is nothing to give reasons for.
            add(at, "rationale", &judgement.rationale, !judgement.likelihood.is_blank());
        }
    }
    for one in &case.indicators {
        let at = At::of(&one.id);
        add(at, "title", &one.title, true);
        add(at, "reason", &one.reason, true);
    }
    all
}

/// Nothing, or a placeholder.
fn blank(text: &str) -> bool {
    let text = text.trim();
    let folded = text.trim_end_matches(['.', ':', '!']).to_lowercase();
    text.is_empty()
        || PLACEHOLDERS
            .iter()
            .any(|placeholder| text.eq_ignore_ascii_case(placeholder) || folded == *placeholder)
        || text.starts_with("TODO")
}

/// The first sentence that has both a likelihood and a confidence outside of double quotes.
pub(super) fn mixed(text: &str) -> Option<String> {
    if !text.to_ascii_lowercase().contains("confiden") {
        return None;
    }
    sentences(&unquoted(text)).into_iter().find(|sentence| {
        // The interval of a statistician is no level of confidence.
        let words = words(sentence).replace(" confidence interval", " interval");
        let has = |terms: &[&str]| terms.iter().any(|term| words.contains(&format!(" {term} ")));
        has(&CONFIDENCES) && (has(&LIKELIHOODS) || sentence.contains('%'))
    })
}

/// Without what stands in double quotes; a quotation that never ends is none.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['"', '\u{201c}', '\u{201e}', '\u{ab}']) {
        let (before, from) = rest.split_at(open);
        let mut letters = from.chars();
        letters.next();
        let inside = letters.as_str();
        let Some(close) = inside.find(['"', '\u{201d}', '\u{201c}', '\u{bb}']) else { break };
        out.push_str(before);
        let mut after = inside.get(close..).unwrap_or_default().chars();
        after.next();
        rest = after.as_str();
    }
    out.push_str(rest);
    out
}

/// Splits after a full stop, question or exclamation mark before a blank, and at empty lines.
fn sentences(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let ends = matches!(letter, '.' | '!' | '?') && next.is_none_or(char::is_whitespace);
        let breaks = letter == '\n' && next == Some('\n');
        if let Some(last) = all.last_mut() {
            last.push(letter);
        }
        if ends || breaks {
            all.push(String::new());
        }
    }
    all.into_iter()
        .map(|sentence| sentence.trim().to_owned())
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

/// Lower-case words between single blanks, one at either end.
fn words(sentence: &str) -> String {
    let mut out = String::from(" ");
    for word in sentence.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        out.extend(word.chars().flat_map(char::to_lowercase));
        out.push(' ');
    }
    out
}
