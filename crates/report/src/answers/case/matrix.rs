//! `case matrix`: the judgements of a case as a table, and what came back from one.

use crate::products::numbers::safe;
use crate::text::{plural, wrap};
use crate::{Document, Style};
use cognate_base::escape;
use cognate_case::matrix::{Change, Matrix, Row};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

impl Document for Matrix {
    const NAME: &'static str = "case-matrix";

    fn text(&self, style: &Style) -> String {
        let mut out = String::new();
        for row in &self.rows {
            row_text(&mut out, self, row, style);
        }
        let judged = self.rows.iter().filter(|row| !row.cells.is_empty()).count();
        let _ = writeln!(out, "{judged} of {} made", plural(self.rows.len() as u64, "judgement"));
        out
    }
}

fn row_text(out: &mut String, matrix: &Matrix, row: &Row, style: &Style) {
    let by = row.analyst.as_deref().map(|by| format!(", {by}")).unwrap_or_default();
    let head = format!("{}{by}: {}", style.heading(&row.item), safe(&row.title));
    out.push_str(&wrap(&head, 0, style.width));
    let cell = |column: &String| Some(format!("{column} {}", row.cells.get(column)?));
    let cells: Vec<String> = matrix.columns.iter().filter_map(cell).collect();
    let cells = if cells.is_empty() { style.doubt("not judged") } else { cells.join(", ") };
    out.push_str(&wrap(&escape(&cells), 4, style.width));
}

/// What a table changed in a case file.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MatrixChangeDocument {
    /// The case file, as it was named.
    pub case: String,
    /// The table, as it was named.
    pub table: String,
    /// Every cell that changed.
    pub changes: Vec<Change>,
    /// What to know.
    pub notes: Vec<String>,
    /// Where the new case file went; none where it went nowhere.
    pub written: Option<String>,
    /// The new case file, where it was not written anywhere.
    pub text: Option<String>,
}

impl Document for MatrixChangeDocument {
    const NAME: &'static str = "case-matrix-change";

    fn text(&self, style: &Style) -> String {
        let head = match self.changes.len() as u64 {
            0 => "nothing changed".to_owned(),
            count => format!("{} changed", plural(count, "cell")),
        };
        let mut out = format!("{}\n", style.finding(&head));
        for change in &self.changes {
            let by = change.analyst.as_deref().map(|by| format!(", {by}")).unwrap_or_default();
            let shown = |cell: &Option<String>| cell.as_deref().map_or_else(|| "nothing".to_owned(), safe);
            let line = format!(
                "{}{by}, {}: {} -> {}",
                change.item,
                change.column,
                shown(&change.before),
                shown(&change.after)
            );
            out.push_str(&wrap(&line, 2, style.width));
        }
        notes(&mut out, &self.notes, self.written.as_deref(), style);
        out
    }
}

/// What to know, and where the new file went.
pub(super) fn notes(out: &mut String, notes: &[String], written: Option<&str>, style: &Style) {
    for note in notes {
        let _ = write!(out, "  - {}", wrap(&escape(note), 4, style.width).trim_start());
    }
    if let Some(written) = written {
        let _ = writeln!(out, "  written to {}", escape(written));
    }
}
