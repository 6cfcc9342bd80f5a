//! Changes a judgement in the tree of a case file, which keeps comments and order.

use super::csv::ReadRow;
use super::{Change, Row};
use cognate_base::Error;
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// A case file on its way to another.
pub(super) struct Edit<'d> {
    pub document: &'d mut DocumentMut,
    /// Where the items stand in their list.
    pub places: BTreeMap<String, usize>,
    /// The rows of the case as it was, by item and analyst.
    pub by_key: BTreeMap<(&'d str, Option<&'d str>), &'d Row>,
    /// Titles by item.
    pub titles: BTreeMap<&'d str, &'d str>,
    pub changes: Vec<Change>,
    pub notes: Vec<String>,
}

impl Edit<'_> {
    /// Takes one row over.
    pub fn row(&mut self, row: &ReadRow) -> Result<(), Error> {
        let nothing = Row {
            item: row.item.clone(),
            analyst: row.analyst.clone(),
            title: String::new(),
            cells: BTreeMap::new(),
            rationale: String::new(),
            uncertainty: None,
        };
        let before = self.by_key.get(&row.key()).copied();
        let is_new = before.is_none();
        let title = self.titles.get(row.item.as_str()).copied().unwrap_or_default();
        if row.title.as_ref().is_some_and(|shown| !shown.trim().is_empty() && !same_text(shown, title)) {
            let id = &row.item;
            self.notes.push(format!("the title of `{id}` differs: titles are changed in the case file only"));
        }
        let first = self.changes.len();
        let after = self.differences(row, before.unwrap_or(&nothing))?;
        if self.changes.len() == first {
            return Ok(());
        }
        let items = self.document.get_mut("evidence").and_then(Item::as_array_of_tables_mut);
        let item = items.and_then(|items| items.get_mut(*self.places.get(&row.item)?));
        let Some(item) = item else { return Err(row.wrong("its item cannot be found in the case file")) };
        let rationale = row.rationale.as_deref().unwrap_or_default();
        if is_new {
            return judge_anew(item, row, rationale);
        }
        let changed = |column: &str| self.changes.iter().skip(first).any(|change| change.column == column);
        let reasons = changed(super::RATIONALE).then_some(rationale);
        let factor = changed(super::UNCERTAINTY).then(|| row.uncertainty.clone().flatten());
        let judgement = judgement(item, row.analyst.as_deref());
        let Some(judgement) = judgement else {
            return Err(row.wrong("its judgement cannot be found in the case file"));
        };
        if let Some(rationale) = reasons {
            put(judgement, "rationale", rationale.into());
        }
        match factor {
            Some(Some(factor)) => put(judgement, "uncertainty", value(&factor)),
            Some(None) => drop(judgement.remove("uncertainty")),
            None => {}
        }
        likelihood(judgement, &after);
        Ok(())
    }

    /// Every cell that differs; returns those of candidates that do, as they shall be.
    fn differences(&mut self, row: &ReadRow, before: &Row) -> Result<Cells, Error> {
        let mut after = before.cells.clone();
        for (column, cell) in &row.cells {
            match cell {
                Some(cell) => drop(after.insert(column.clone(), cell.clone())),
                None => drop(after.remove(column)),
            }
        }
        for column in after.keys().filter_map(|column| column.split_once('/')).map(|(id, _)| id) {
            if after.contains_key(column) {
                let message =
                    format!("`{column}` has a cell of its own and cells by role: give one or the other");
                return Err(row.wrong(&message));
            }
        }
        if !after.is_empty() && !after.contains_key("unlisted") {
            return Err(row.wrong("the cell `unlisted` is empty")
                .hint("how probable is it when nobody on the list is behind it? empty the whole row to judge it later"));
        }
        let columns: BTreeSet<&String> = before.cells.keys().chain(after.keys()).collect();
        let mut changed = Cells::new();
        for column in columns {
            let (old, new) = (before.cells.get(column), after.get(column));
            if same_cell(old, new) {
                continue;
            }
            changed.insert(column.clone(), new.cloned());
            self.change(row, column, old, new);
        }
        if let Some(new) = row.rationale.as_ref().filter(|new| !same_text(new, &before.rationale)) {
            self.change(row, super::RATIONALE, Some(&before.rationale), Some(new));
        }
        if let Some(new) =
            row.uncertainty.as_ref().filter(|new| !same_cell(before.uncertainty.as_ref(), new.as_ref()))
        {
            self.change(row, super::UNCERTAINTY, before.uncertainty.as_ref(), new.as_ref());
        }
        Ok(changed)
    }

    fn change(&mut self, row: &ReadRow, column: &str, before: Option<&String>, after: Option<&String>) {
        self.changes.push(Change {
            item: row.item.clone(),
            analyst: row.analyst.clone(),
            column: column.to_owned(),
            before: before.filter(|text| !text.is_empty()).cloned(),
            after: after.filter(|text| !text.is_empty()).cloned(),
        });
    }
}

/// Cells by column; none is empty.
type Cells = BTreeMap<String, Option<String>>;

/// Cells that say the same: the same number in another spelling is.
fn same_cell(one: Option<&String>, other: Option<&String>) -> bool {
    let number = |cell: &String| cell.replace('_', "").parse::<f64>().ok();
    match (one, other) {
        (Some(one), Some(other)) => one == other || number(one).is_some_and(|one| Some(one) == number(other)),
        (None, None) => true,
        _ => false,
    }
}

/// Texts that differ in nothing that a spreadsheet changes: ends of lines, and blanks around.
fn same_text(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    plain(one) == plain(other)
}

fn is(table: &dyn TableLike, key: &str, expected: Option<&str>) -> bool {
    table.get(key).and_then(Item::as_str) == expected
}

/// The judgement of an analyst of an item.
fn judgement<'t>(item: &'t mut Table, by: Option<&str>) -> Option<&'t mut dyn TableLike> {
    if is(item, "judged-by", by) {
        return Some(item);
    }
    match item.get_mut("judgement")? {
        Item::ArrayOfTables(all) => {
            all.iter_mut().find(|one| is(*one, "by", by)).map(|one| -> &mut dyn TableLike { one })
        }
        Item::Value(Value::Array(all)) => all
            .iter_mut()
            .filter_map(Value::as_inline_table_mut)
            .find(|one| is(*one, "by", by))
            .map(|one| -> &mut dyn TableLike { one }),
        _ => None,
    }
}

/// Adds the judgement of an analyst who had none.
fn judge_anew(item: &mut Table, row: &ReadRow, rationale: &str) -> Result<(), Error> {
    let Some(by) = &row.analyst else {
        return Err(row.wrong("its judgement cannot be found in the case file"));
    };
    let mut judgement = Table::new();
    judgement.insert("by", toml_edit::value(by));
    judgement.insert("rationale", toml_edit::value(rationale));
    if let Some(factor) = row.uncertainty.as_ref().and_then(Option::as_ref) {
        judgement.insert("uncertainty", Item::Value(value(factor)));
    }
    judgement.insert("likelihood", Item::Value(InlineTable::new().into()));
    likelihood(&mut judgement, &row.cells);
    if item.get("judgement").is_some_and(Item::is_value) {
        return Err(row
            .wrong("the item writes `judgement = [...]`, to which nothing can be added")
            .hint("write its members as `[[evidence.judgement]]`"));
    }
    let all = item.entry("judgement").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    if let Some(all) = all.as_array_of_tables_mut() {
        judgement.decor_mut().set_prefix("\n");
        all.push(judgement);
    }
    Ok(())
}

/// Changes the cells of a judgement.
fn likelihood(judgement: &mut dyn TableLike, cells: &Cells) {
    let table = judgement.entry("likelihood").or_insert(Item::Value(InlineTable::new().into()));
    let Some(table) = table.as_table_like_mut() else { return };
    // Cells that go make room for those that come: roles for a candidate's own cell, and the other way.
    for (column, _) in cells.iter().filter(|(_, cell)| cell.is_none()) {
        match column.split_once('/') {
            Some((id, role)) => {
                let roles = table.get_mut(id).and_then(Item::as_table_like_mut);
                let left = roles.map_or(0, |roles| {
                    roles.remove(role);
                    roles.len()
                });
                if left == 0 {
                    table.remove(id);
                }
            }
            None => drop(table.remove(column)),
        }
    }
    for (column, cell) in cells {
        let Some(cell) = cell else { continue };
        match column.split_once('/') {
            Some((id, role)) => {
                let roles = table.entry(id).or_insert(Item::Value(InlineTable::new().into()));
                if let Some(roles) = roles.as_table_like_mut() {
                    put(roles, role, value(cell));
                }
            }
            None => put(table, column, value(cell)),
        }
    }
    tidy(judgement);
}

/// A new or emptied table in one line looks like any other.
fn tidy(judgement: &mut dyn TableLike) {
    let Some(Item::Value(Value::InlineTable(table))) = judgement.get_mut("likelihood") else { return };
    for (_, roles) in table.iter_mut() {
        if let Value::InlineTable(roles) = roles {
            roles.fmt();
        }
    }
    table.fmt();
}

/// Sets a value and leaves what stands around it.
fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => drop(table.insert(key, Item::Value(value))),
    }
}

/// A cell as a value of TOML: the number as it is written where TOML writes it so, or a word.
fn value(cell: &str) -> Value {
    let Ok(number) = cell.parse::<f64>() else { return cell.into() };
    let written = cell.parse::<Value>().ok().filter(|value| value.is_float() || value.is_integer());
    written.unwrap_or_else(|| number.into())
}
