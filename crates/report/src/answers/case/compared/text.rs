//! Two assessments side by side as terminal text.

use super::document::{
    Answer, CaseCompareDocument, Change, ClaimChange, CompareSide, Difference, FieldChange, Part,
};
use crate::products::numbers::flat;
use crate::text::{name, plural, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use cognate_case::prose::{confidence_word, percent};
use std::fmt::Write;

/// Changes listed of one part at most.
const LISTED: usize = 60;
/// Fields listed of one change at most.
const FIELDS: usize = 12;
/// Least part of a change of log odds that is named.
const SHOWN: f64 = 0.005;
/// Columns of a value at most.
const VALUE_WIDTH: usize = 60;

impl Document for CaseCompareDocument {
    const NAME: &'static str = "case-compare";

    fn text(&self, style: &Style) -> String {
        let mut out = side_text("A", &self.a, style) + &side_text("B", &self.b, style);
        for (part, title) in PARTS {
            let changes: Vec<&Change> = self.changes.iter().filter(|change| change.part == part).collect();
            if !changes.is_empty() {
                let _ = write!(out, "\n{}\n", style.heading(title));
                changes.iter().take(LISTED).for_each(|change| out.push_str(&change_text(change, style)));
                if changes.len() > LISTED {
                    let _ = writeln!(out, "  and {} more", changes.len() - LISTED);
                }
            }
        }
        if self.changes.is_empty() {
            let _ = write!(out, "\nNothing that goes in differs.\n");
        }
        let _ = write!(out, "\n{}\n", style.heading("answers"));
        self.claims.iter().for_each(|claim| out.push_str(&claim_text(claim, style)));
        let note = "Log odds are natural. Priors and items (each with its copies) share their change so that the \
                    parts add up; ~ marks items that did not change, but stand beside others that did.";
        let _ = write!(out, "\n{}", wrap(&style.faint(note), 0, style.width));
        out
    }
}

const PARTS: [(Part, &str); 6] = [
    (Part::Case, "the case"),
    (Part::Candidate, "candidates"),
    (Part::Hypothesis, "hypotheses and priors"),
    (Part::Source, "sources"),
    (Part::Group, "dependence groups"),
    (Part::Item, "evidence"),
];

fn line(text: &str, width: usize) -> String {
    name(&flat(text), width)
}

fn side_text(letter: &str, side: &CompareSide, style: &Style) -> String {
    let day = side.as_of.map(|day| format!(", as of {day}")).unwrap_or_default();
    let count = format!("{}, {}", plural(side.items, "item"), plural(side.observations, "observation"));
    let title = style.heading(&line(&side.title, VALUE_WIDTH));
    format!("{letter}  {title}{day}: {count}, {}\n", escape(&side.file))
}

fn change_text(change: &Change, style: &Style) -> String {
    let word = match change.difference {
        Difference::Added => "added",
        Difference::Removed => "removed",
        Difference::Changed => "changed",
    };
    let width = style.width.saturating_sub(14 + change.id.len()).max(24);
    let title = if change.part == Part::Case { String::new() } else { line(&change.title, width) };
    let mut out = format!("  {word:<8} {}  {title}", change.id).trim_end().to_owned() + "\n";
    for field in change.fields.iter().take(FIELDS) {
        out.push_str(&wrap(&field_text(field), 11, style.width));
    }
    if change.fields.len() > FIELDS {
        let _ = writeln!(out, "           and {} more fields", change.fields.len() - FIELDS);
    }
    out
}

fn field_text(change: &FieldChange) -> String {
    let value = |value: &Option<String>| {
        value.as_deref().map_or("nothing".to_owned(), |value| line(value, VALUE_WIDTH))
    };
    format!("{}: {} -> {}", escape(&change.field), value(&change.from), value(&change.to))
}

fn claim_text(claim: &ClaimChange, style: &Style) -> String {
    let mut out = format!("  {}\n", style.heading(&claim.id));
    match (&claim.from, &claim.to) {
        (Some(from), Some(to)) if from == to => out.push_str(&wrap(&answer_text(to), 6, style.width)),
        (from, to) => {
            let text =
                |answer: &Option<Answer>| answer.as_ref().map_or("not claimed".to_owned(), answer_text);
            let _ = writeln!(out, "      A  {}\n      B  {}", text(from), text(to));
        }
    }
    let Some(log_odds) = claim.log_odds.filter(|odds| odds.abs() > 5e-4) else { return out };
    let mut reasons = Vec::new();
    if let Some(priors) = claim.priors.filter(|priors| priors.abs() >= SHOWN) {
        reasons.push(format!("priors {priors:+.2}"));
    }
    let mut rest = claim.rest.unwrap_or_default();
    for mover in &claim.moved_by {
        if mover.change.abs() >= SHOWN {
            let mark = if mover.difference.is_some() { "" } else { "~" };
            reasons.push(format!("{mark}{} {:+.2}", mover.item, mover.change));
        } else {
            rest += mover.change;
        }
    }
    if rest.abs() >= SHOWN {
        reasons.push(format!("all else {rest:+.2}"));
    }
    let parts = if reasons.is_empty() { String::new() } else { format!(" = {}", reasons.join(", ")) };
    out.push_str(&wrap(&format!("log odds {log_odds:+.2}{parts}"), 6, style.width));
    out
}

fn answer_text(answer: &Answer) -> String {
    format!(
        "{} ({} to {}), {}. Confidence: {}.",
        percent(answer.probability),
        percent(answer.low),
        percent(answer.high),
        answer.wording,
        confidence_word(answer.confidence)
    )
}
