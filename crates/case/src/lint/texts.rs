//! Rules about what is written: nothing missing, and no likelihood beside a confidence.

use super::rules::*;
use super::view::View;
use super::{At, Findings, HEAD};
use crate::sentence::mixed_sentence;

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
        if let Some(sentence) = mixed_sentence(text.text) {
            let shown: String = sentence.chars().take(120).collect();
            let message = format!(
                "a sentence in `{}` of `{}` has a likelihood and a confidence: \u{201c}{}\u{201d}",
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
    for text in &case.header.implications {
        add(head, "implications", text, true);
    }
    for text in &case.header.assumptions {
        add(head, "assumptions", text, true);
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
    // What share a sponsor stand in no file.
    for one in case.sets.iter().filter(|one| one.id.place.line > 0) {
        add(At::of(&one.id), "name", &one.name, true);
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
