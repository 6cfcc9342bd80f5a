//! Whether two values of TOML say the same, and how the other one is noted.

use toml_edit::{Array, Item, Table, Value};

/// Whether two items say the same, however they are written.
pub(super) fn same(one: &Item, other: &Item) -> bool {
    match (one.as_table_like(), other.as_table_like()) {
        (Some(one), Some(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (None, None) => match (one.as_value(), other.as_value()) {
            (Some(one), Some(other)) => same_value(one, other),
            _ => one.to_string() == other.to_string(),
        },
        _ => false,
    }
}

fn same_value(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other.iter()).all(|(one, other)| same_value(one, other))
        }
        (Value::InlineTable(one), Value::InlineTable(other)) => {
            let equal = |(key, value)| other.get(key).is_some_and(|other| same_value(value, other));
            one.len() == other.len() && one.iter().all(equal)
        }
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        (Value::Datetime(one), Value::Datetime(other)) => one.value() == other.value(),
        _ => number(one).is_some() && number(one) == number(other),
    }
}

/// Adds what is missing in a list.
pub(super) fn add_all(to: &mut Array, from: &Item) {
    for value in from.as_array().into_iter().flatten() {
        if !to.iter().any(|known| same_value(known, value)) {
            let decor = to.iter().last().map(|last| last.decor().clone());
            let mut value = value.clone();
            *value.decor_mut() = decor.unwrap_or_default();
            to.push_formatted(value);
        }
    }
}

/// A value as it is written, without what stands around it.
pub(super) fn written(item: &Item) -> String {
    match item {
        Item::Table(table) => table.clone().into_inline_table().to_string().trim().to_owned(),
        other => other.to_string().trim().to_owned(),
    }
}

/// A value without what stands around it; a table in one line.
pub(super) fn bare(item: &Item) -> Item {
    match item.clone() {
        Item::Value(mut value) => {
            value.decor_mut().clear();
            Item::Value(value)
        }
        Item::Table(table) => Item::Value(table.into_inline_table().into()),
        other => other,
    }
}

/// Notes what the other file says.
pub(super) struct Comments {
    /// What the other file is called.
    pub of: String,
}

impl Comments {
    /// Puts the other file's value in a comment above a key; above the table, where the key is one.
    pub fn above(&self, table: &mut Table, key: &str, theirs: &Item) {
        let said = written(theirs);
        let is_judgement = theirs.is_table() && key == "id";
        let label = if is_judgement { "judgement" } else { key };
        let lines: Vec<String> =
            format!("{label} = {said}").lines().map(|line| format!("#   {line}\n")).collect();
        let comment = format!("# {} says otherwise:\n{}", self.of, lines.concat());
        let Some((mut name, item)) = table.get_key_value_mut(key) else { return };
        let decor = match item {
            Item::Table(inner) => inner.decor_mut(),
            _ => name.leaf_decor_mut(),
        };
        let before = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
        decor.set_prefix(format!("{before}{comment}"));
    }
}
