//! What is doubtful about a case without being wrong.
//!
//! [`lint`] looks a case over by every rule of [`RULES`] and changes nothing.
//! A warning is likely to mislead whoever reads the assessment; a note is worth
//! knowing. Rules know only the case: no clock, no file, no network. Each looks
//! at every item once, or at small groups of items that have something in
//! common, so that a case of 10,000 items is looked over in well under a second.
//!
//! Start at [`rules`] for what is asked; `view` holds what several rules need.

mod actors;
mod copies;
mod frame;
mod items;
mod joined;
mod judged;
pub mod rules;
#[cfg(test)]
mod tests;
mod texts;
mod view;
mod words;

use crate::assessment::Finding;
use crate::model::{Case, Name};
use cognate_base::Position;
pub use rules::{RULES, Rule};

/// Looks a case over; findings by place, then by rule.
#[must_use]
pub fn lint(case: &Case) -> Vec<Finding> {
    let view = view::View::new(case);
    let mut findings = Findings::default();
    frame::look(&view, &mut findings);
    actors::look(&view, &mut findings);
    items::look(&view, &mut findings);
    copies::look(&view, &mut findings);
    judged::look(&view, &mut findings);
    joined::look(&view, &mut findings);
    texts::look(&view, &mut findings);
    words::look(&view, &mut findings);
    let mut found = findings.found;
    found.sort_by(|one, other| {
        let key = |finding: &Finding| (finding.place, finding.rule.clone());
        key(one)
            .cmp(&key(other))
            .then_with(|| (&one.subject, &one.message).cmp(&(&other.subject, &other.message)))
    });
    found
}

/// Where a finding belongs.
#[derive(Clone, Copy)]
struct At<'a> {
    subject: &'a str,
    place: Position,
}

impl<'a> At<'a> {
    /// The place of the thing with this id.
    fn of(id: &'a Name) -> Self {
        At { subject: id, place: id.place }
    }
}

/// The head of the file, which has no place of its own.
const HEAD: Position = Position { line: 1, column: 1 };

/// Findings as they are made.
#[derive(Default)]
struct Findings {
    found: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, rule: Rule, at: At<'_>, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(Finding {
            rule: rule.id.to_owned(),
            severity: rule.severity,
            subject: at.subject.to_owned(),
            place: at.place,
            message: message.into(),
            hint: hint.into(),
        });
    }
}
