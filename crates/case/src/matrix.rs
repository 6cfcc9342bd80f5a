//! The judgements of a case as a table, and back again.
//!
//! One row for each judgement of an item, one column for `unlisted` and for each candidate, and
//! for each role that is judged apart (`lazarus/tasked`). Cells hold what the case file says, as
//! it is written. [`changed`] takes the table back, finds every cell that differs, and writes
//! these into the case file; every other byte of that stays.
//!
//! `csv` is how a table is written and read, `edit` how a judgement is changed in the file.

mod csv;
mod edit;
#[cfg(test)]
mod tests;

use crate::leaf::{Role, leaves};
use crate::merge::{places, with_ends_of};
use crate::model::Case;
use cognate_base::{Error, ErrorKind};
pub use csv::MAX_TABLE;
use csv::ReadRow;
use edit::Edit;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::{DocumentMut, Item, TableLike, Value};

/// Roles as they stand in a case file.
const ROLES: [(Role, &str); 5] = [
    (Role::Tasked, "tasked"),
    (Role::Untasked, "untasked"),
    (Role::Contractor, "contractor"),
    (Role::Reuse, "reuse"),
    (Role::FalseFlag, "false-flag"),
];
// No id has a capital, so that no candidate is mistaken for one of these.
const ITEM: &str = "Item";
const ANALYST: &str = "Analyst";
const TITLE: &str = "Title";
const RATIONALE: &str = "Rationale";
const UNCERTAINTY: &str = "Uncertainty";

/// Judgements by hypothesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Matrix {
    /// The case's id.
    pub case: String,
    /// What can be judged: `unlisted`, candidates, and roles that are judged apart.
    pub columns: Vec<String>,
    /// One for each judgement, in the order of the file.
    pub rows: Vec<Row>,
}

/// One judgement of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// The item's id.
    pub item: String,
    /// The analyst's id; none for the authors of the case.
    pub analyst: Option<String>,
    /// The item's title.
    pub title: String,
    /// By column, as written; what is not there is not judged.
    pub cells: BTreeMap<String, String>,
    /// Why.
    pub rationale: String,
    /// The factor within which the stated odds lie, where it is written.
    pub uncertainty: Option<String>,
}

/// A cell that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The item's id.
    pub item: String,
    /// The analyst's id; none for the authors of the case.
    pub analyst: Option<String>,
    /// The column.
    pub column: String,
    /// What was written; none where nothing was.
    pub before: Option<String>,
    /// What is written now; none where nothing is.
    pub after: Option<String>,
}

/// A case file with the cells of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The new case file; where nothing changed, the old one.
    pub text: String,
    /// Every cell that changed, in the order of the table.
    pub changes: Vec<Change>,
    /// What the reader has to know, in sentences.
    pub notes: Vec<String>,
}

/// The judgements of a case file; with `roles` every role of every candidate gets a column.
///
/// # Errors
/// The text is no case.
pub fn matrix(text: &str, roles: bool) -> Result<Matrix, Error> {
    let case = Case::parse(text)?;
    let document = document(text)?;
    let rows = rows(&document);
    let used: BTreeSet<&str> = rows.iter().flat_map(|row| row.cells.keys()).map(String::as_str).collect();
    let mut columns = vec!["unlisted".to_owned()];
    let leaves = leaves(&case);
    for (place, candidate) in case.candidates.iter().enumerate() {
        columns.push(candidate.id.to_string());
        for (role, name) in ROLES {
            let column = format!("{}/{name}", candidate.id);
            let is_hypothesis = leaves.iter().any(|leaf| leaf.candidate == Some(place) && leaf.role == role);
            if used.contains(column.as_str()) || (roles && is_hypothesis) {
                columns.push(column);
            }
        }
    }
    for set in &case.sets {
        let roles = ROLES.iter().map(|(_, name)| format!("{}/{name}", set.id));
        let all = std::iter::once(set.id.to_string()).chain(roles);
        columns.extend(all.filter(|column| used.contains(column.as_str())));
    }
    Ok(Matrix { case: case.header.id.to_string(), columns, rows })
}

/// Takes a table back into the case file that it was made from.
///
/// # Errors
/// All that is wrong with the table, each with its line and column.
pub fn changed(text: &str, table: &str) -> Result<Changed, Vec<Error>> {
    let case = Case::parse(text).map_err(|error| vec![error])?;
    let read = csv::read(table, &case)?;
    let mut document = document(text).map_err(|error| vec![error])?;
    let known = rows(&document);
    let by_key = known.iter().map(|row| ((row.item.as_str(), row.analyst.as_deref()), row)).collect();
    let titles = known.iter().map(|row| (row.item.as_str(), row.title.as_str())).collect();
    let places = document.get("evidence").and_then(Item::as_array_of_tables).map(places).unwrap_or_default();
    let mut edit =
        Edit { document: &mut document, places, by_key, titles, changes: Vec::new(), notes: Vec::new() };
    for row in &read {
        edit.row(row).map_err(|error| vec![error])?;
    }
    let there: BTreeSet<_> = read.iter().map(ReadRow::key).collect();
    let untouched = edit.by_key.keys().filter(|key| !there.contains(*key)).count();
    if untouched > 0 {
        edit.notes.push(format!("{untouched} of {} judgements are not in the table, and stay", known.len()));
    }
    let Edit { changes, notes, .. } = edit;
    let text = if changes.is_empty() { text.to_owned() } else { with_ends_of(text, &document.to_string()) };
    Case::parse_all(&text)?;
    Ok(Changed { text, changes, notes })
}

/// The file as a tree that keeps comments and order.
fn document(text: &str) -> Result<DocumentMut, Error> {
    let document =
        text.parse::<DocumentMut>().map_err(|error| Error::new(ErrorKind::Syntax, error.message()))?;
    if document.get("evidence").is_some_and(Item::is_value) {
        let message = "the case writes `evidence = [...]`, in which cells cannot be changed one by one";
        return Err(Error::new(ErrorKind::Question, message).hint("write its members as `[[evidence]]`"));
    }
    Ok(document)
}

/// Every judgement that is written down.
fn rows(document: &DocumentMut) -> Vec<Row> {
    let items = document.get("evidence").and_then(Item::as_array_of_tables);
    let mut rows = Vec::new();
    for item in items.into_iter().flatten() {
        rows.push(row(item, item, "judged-by"));
        match item.get("judgement") {
            Some(Item::ArrayOfTables(tables)) => rows.extend(tables.iter().map(|one| row(item, one, "by"))),
            Some(Item::Value(Value::Array(list))) => {
                let inline = list.iter().filter_map(Value::as_inline_table);
                rows.extend(inline.map(|one| row(item, one, "by")));
            }
            _ => {}
        }
    }
    rows
}

fn row(item: &dyn TableLike, judgement: &dyn TableLike, by: &str) -> Row {
    let text = |table: &dyn TableLike, key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let mut cells = BTreeMap::new();
    for (key, value) in
        judgement.get("likelihood").and_then(Item::as_table_like).into_iter().flat_map(|all| all.iter())
    {
        match value.as_table_like() {
            Some(roles) => {
                let roles =
                    roles.iter().filter_map(|(role, value)| Some((format!("{key}/{role}"), written(value)?)));
                cells.extend(roles);
            }
            None => cells.extend(written(value).map(|value| (key.to_owned(), value))),
        }
    }
    Row {
        item: text(item, "id").unwrap_or_default(),
        analyst: text(judgement, by),
        title: text(item, "title").unwrap_or_default(),
        cells,
        rationale: text(judgement, "rationale").unwrap_or_default(),
        uncertainty: judgement.get("uncertainty").and_then(written),
    }
}

/// A number or a word as it stands in the file.
fn written(item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(word) => Some(word.value().clone()),
        Value::Integer(number) => Some(number.display_repr().trim().to_owned()),
        Value::Float(number) => Some(number.display_repr().trim().to_owned()),
        _ => None,
    }
}
