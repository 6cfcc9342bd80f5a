//! The rows of `triage` as a table for spreadsheets.

use super::triaged::{CodeShares, TriageDocument, TriageRow};
use cognate_base::{escape, to_cell};

/// The columns of the table for spreadsheets.
const COLUMNS: [&str; 18] = [
    "finding",
    "name",
    "family",
    "actor",
    "private",
    "library",
    "common",
    "doubtful",
    "unknown",
    "too_small",
    "packed",
    "format",
    "arch",
    "size",
    "sha256",
    "verdict",
    "reason",
    "group",
];

impl TriageDocument {
    /// The rows as CSV in which a spreadsheet runs nothing: cells that it would run get a quotation mark in front. What
    /// steers a terminal is escaped; JSON has names as they are.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut written = writer.write_record(COLUMNS);
        for row in &self.rows {
            written =
                written.and_then(|()| writer.write_record(cells(row).map(|cell| to_cell(&escape(&cell)))));
        }
        let bytes = written.ok().and_then(|()| writer.into_inner().ok());
        debug_assert!(bytes.is_some(), "memory takes everything");
        String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }
}

fn cells(row: &TriageRow) -> [String; COLUMNS.len()] {
    let share =
        |of: fn(&CodeShares) -> f64| row.code.map(|code| format!("{:.4}", of(&code))).unwrap_or_default();
    let verdict = row.verdict.and_then(|verdict| serde_json::to_value(verdict).ok());
    [
        row.finding.words().to_owned(),
        row.name.clone(),
        row.families(),
        row.actors(),
        share(|code| code.private),
        share(|code| code.library),
        share(|code| code.common),
        share(|code| code.doubtful),
        share(|code| code.unknown),
        share(|code| code.too_small),
        if row.packed { "yes".to_owned() } else { String::new() },
        row.format.map_or_else(|| row.recognised.clone().unwrap_or_default(), |format| format.to_string()),
        row.arch.map(|arch| arch.to_string()).unwrap_or_default(),
        row.size.map(|size| size.to_string()).unwrap_or_default(),
        row.id.map(|id| id.to_string()).unwrap_or_default(),
        verdict.and_then(|verdict| verdict.as_str().map(str::to_owned)).unwrap_or_default(),
        row.reason.clone(),
        row.group.map(|group| group.to_string()).unwrap_or_default(),
    ]
}
