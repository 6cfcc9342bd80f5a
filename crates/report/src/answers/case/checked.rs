//! `case check`: what is doubtful about case files, and which cannot be read.

use crate::text::{plural, wrap};
use crate::{Document, Style};
use cognate_base::Position;
use cognate_base::escape;
use cognate_case::assessment::{Finding, Severity};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// Case files looked over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct CheckDocument {
    /// In the order given.
    pub files: Vec<CheckedFile>,
}

/// One case file looked over.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CheckedFile {
    /// Its name as given.
    pub file: String,
    /// The case's id; none where it could not be read.
    pub case: Option<String>,
    /// What is doubtful, in the order of the lint.
    pub findings: Vec<Finding>,
    /// Why it could not be read: all that is wrong with it, in the order of the file; none where it could.
    pub errors: Vec<CheckError>,
}

/// One thing for which a case file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckError {
    /// Where, where that can be told.
    pub place: Option<Position>,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl CheckDocument {
    /// Any finding is a warning.
    #[must_use]
    pub fn warns(&self) -> bool {
        let mut findings = self.files.iter().flat_map(|file| &file.findings);
        findings.any(|finding| finding.severity == Severity::Warning)
    }
}

impl Document for CheckDocument {
    const NAME: &'static str = "case-check";
    const SCHEMA: u32 = 2;

    fn text(&self, style: &Style) -> String {
        self.files.iter().filter(|file| file.errors.is_empty()).map(|file| file_text(file, style)).collect()
    }
}

fn file_text(file: &CheckedFile, style: &Style) -> String {
    let name = escape(&file.file);
    let mut out = String::new();
    for finding in &file.findings {
        let place = format!("{name}:{}:{}", finding.place.line, finding.place.column);
        let severity = match finding.severity {
            Severity::Note => "note".to_owned(),
            Severity::Warning => style.doubt("warning"),
        };
        let _ = writeln!(out, "{place}: {severity}: {} [{}]", escape(&finding.message), finding.rule);
        out.push_str(&wrap(&escape(&finding.hint), 4, style.width));
    }
    let count = |severity: Severity| {
        file.findings.iter().filter(|finding| finding.severity == severity).count() as u64
    };
    let (warnings, notes) = (count(Severity::Warning), count(Severity::Note));
    let verdict = match (warnings, notes) {
        (0, 0) => style.finding("nothing to mend"),
        _ => format!("{}, {}", plural(warnings, "warning"), plural(notes, "note")),
    };
    let _ = writeln!(out, "{name}: {verdict}");
    out
}
