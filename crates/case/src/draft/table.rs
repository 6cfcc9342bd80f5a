//! A table (CSV) with a line of names: one item for each line.

use super::{Found, FoundItem, clean, texts};
use crate::read::in_words;
use crate::scale::{Aspect, EvidenceKind, Tlp};
use crate::table::{MOST_ERRORS, QUOTE, Table, wrong};
use cognate_base::Error;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The columns that are read.
const COLUMNS: [&str; 12] = [
    "id",
    "title",
    "observation",
    "kind",
    "aspect",
    "vertex",
    "source",
    "reported",
    "observed",
    "artefacts",
    "references",
    "tlp",
];

/// Reads a table; all that is wrong with it, otherwise.
pub(super) fn read(input: &str) -> Result<Found, Vec<Error>> {
    let table = Table::open(input).map_err(|error| vec![error])?;
    let head: Vec<String> = table.head.iter().map(|name| name.to_lowercase()).collect();
    if !head.iter().any(|name| name == "title" || name == "observation") {
        let hint = format!("the first line names the columns: {}", COLUMNS.join(", "));
        let what = "it is neither JSON nor a table with a column `title` or `observation`";
        return Err(vec![wrong(table.line, what).hint(hint)]);
    }
    let (mut found, mut errors) = (Found::default(), Vec::new());
    let mut seen = BTreeSet::new();
    for name in &head {
        if !COLUMNS.contains(&name.as_str()) {
            found.leave_out(&format!("column `{name}`"));
        } else if !seen.insert(name) {
            errors.push(wrong(table.line, &format!("the column `{name}` comes twice")));
        }
    }
    for record in table {
        let (line, record) = match record {
            Ok(read) => read,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        if record.iter().skip(head.len()).any(|cell| !cell.trim().is_empty()) {
            let what = format!("{} cells, and the head has {}", record.len(), head.len());
            errors.push(wrong(line, &what).hint(QUOTE));
        }
        let cells = head.iter().map(String::as_str).zip(record.iter().map(str::trim));
        let cells: BTreeMap<&str, &str> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
        if !cells.is_empty() {
            let mut row = Line { line, cells, errors: &mut errors };
            found.items.extend(row.item());
        }
        if errors.len() >= MOST_ERRORS {
            break;
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// One line.
struct Line<'r> {
    line: u64,
    cells: BTreeMap<&'r str, &'r str>,
    errors: &'r mut Vec<Error>,
}

impl Line<'_> {
    fn item(&mut self) -> Option<FoundItem> {
        let text = |column: &str| self.cells.get(column).map(|text| (*text).to_owned());
        let parts =
            |column: &str| texts(text(column).unwrap_or_default().split([';', '\n']).map(str::to_owned));
        let Some(title) = text("title").or_else(|| text("observation")) else {
            self.errors.push(wrong(self.line, "neither `title` nor `observation` says anything"));
            return None;
        };
        let (id, source, observation) =
            (text("id"), text("source"), text("observation").unwrap_or_else(|| title.clone()));
        let (artefacts, references) = (parts("artefacts"), parts("references"));
        let told = self.cells.contains_key("kind") && self.cells.contains_key("aspect");
        Some(FoundItem {
            id,
            title,
            kind: self.word("kind")?.unwrap_or(EvidenceKind::Intelligence),
            aspect: self.word("aspect")?.unwrap_or(Aspect::Intelligence),
            vertex: self.word("vertex")?,
            observation,
            artefacts,
            references,
            source,
            observed: self.day("observed")?,
            reported: self.day("reported")?,
            tlp: self.word::<Tlp>("tlp")?,
            from: (!told).then(|| "`intelligence`, where the table says none".to_owned()),
        })
    }

    /// A word of one of the scales; none where the cell cannot be read.
    fn word<T: DeserializeOwned>(&mut self, column: &'static str) -> Option<Option<T>> {
        let Some(cell) = self.cells.get(column) else { return Some(None) };
        match serde_json::from_value::<T>(Value::String(
            cell.to_lowercase().trim_start_matches("tlp:").to_owned(),
        )) {
            Ok(value) => Some(Some(value)),
            Err(error) => {
                let told = in_words(&error.to_string(), Some(column));
                let error = wrong(self.line, &clean(told.message(), 200));
                self.errors.push(match told.next_step() {
                    Some(hint) => error.hint(hint.clone()),
                    None => error,
                });
                None
            }
        }
    }

    /// A day; none where the cell cannot be read.
    fn day(&mut self, column: &str) -> Option<Option<Date>> {
        let Some(cell) = self.cells.get(column) else { return Some(None) };
        match super::day(cell) {
            Some(day) => Some(Some(day)),
            None => {
                let what = format!("`{column}` is `{}`, which is no day", clean(cell, 40).escape_debug());
                self.errors.push(
                    wrong(self.line, &what).hint("write days as 2017-05-26: others can be read two ways"),
                );
                None
            }
        }
    }
}
