//! A judgement of an item as it stands in a file.

use super::same::{bare, same, written};
use super::text;
use toml_edit::{Item, Table, TableLike, Value};

/// What one analyst holds of an item.
pub(super) struct Opinion {
    /// The analyst; none for the authors of the case.
    pub by: Option<String>,
    parts: Vec<(&'static str, Item)>,
}

impl Opinion {
    fn of(table: &dyn TableLike, by: &str) -> Self {
        let part = |key: &'static str| Some((key, table.get(key)?.clone()));
        let keys = ["date", "rationale", "uncertainty", "likelihood"];
        Opinion { by: text(table, by), parts: keys.into_iter().filter_map(part).collect() }
    }

    /// Nobody judged.
    pub fn is_blank(&self) -> bool {
        let likelihood = self.parts.iter().find(|(key, _)| *key == "likelihood");
        likelihood.and_then(|(_, item)| item.as_table_like()).is_none_or(TableLike::is_empty)
    }

    /// Whether both judge alike and give the same reasons.
    pub fn says_the_same(&self, other: &Opinion) -> bool {
        self.parts.len() == other.parts.len()
            && self
                .parts
                .iter()
                .zip(&other.parts)
                .all(|(one, other)| one.0 == other.0 && same(&one.1, &other.1))
    }

    /// On one line.
    pub fn shown(&self) -> String {
        self.parts
            .iter()
            .map(|(key, item)| format!("{key} = {}", written(item)))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// As a judgement of its own.
    pub fn table(&self, by: &str) -> Table {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        table.insert("by", toml_edit::value(by));
        for (key, item) in &self.parts {
            table.insert(key, bare(item));
        }
        table
    }
}

/// All judgements of an item, its own first.
pub(super) fn opinions(item: &Table) -> Vec<Opinion> {
    let mut all = vec![Opinion::of(item, "judged-by")];
    match item.get("judgement") {
        Some(Item::ArrayOfTables(tables)) => all.extend(tables.iter().map(|one| Opinion::of(one, "by"))),
        Some(Item::Value(Value::Array(list))) => {
            all.extend(list.iter().filter_map(Value::as_inline_table).map(|one| Opinion::of(one, "by")));
        }
        _ => {}
    }
    all
}
