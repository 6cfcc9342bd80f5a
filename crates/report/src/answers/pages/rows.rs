//! A long table that sorts by clicks on its heads and filters, and is whole without a script.

use crate::products::markup::Markup;

/// A cell: its text, what it is sorted by where that is another, and how it is set.
pub(super) struct Cell {
    pub text: String,
    pub key: Option<String>,
    pub class: &'static str,
}

impl Cell {
    /// Text, which wraps.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Cell { text: text.into(), key: None, class: "name" }
    }

    /// A short text on one line.
    pub(super) fn word(text: impl Into<String>) -> Self {
        Cell { text: text.into(), key: None, class: "left" }
    }

    /// A number, sorted by its value.
    pub(super) fn number(text: impl Into<String>, key: impl ToString) -> Self {
        Cell { text: text.into(), key: Some(key.to_string()), class: "right" }
    }
}

/// A column's head, and whether its words can be chosen among.
pub(super) struct Head {
    pub title: &'static str,
    pub choices: &'static [&'static str],
    pub class: &'static str,
}

/// A head that only sorts.
pub(super) const fn head(title: &'static str) -> Head {
    Head { title, choices: &[], class: "left" }
}

/// The head of numbers.
pub(super) const fn number(title: &'static str) -> Head {
    Head { title, choices: &[], class: "right" }
}

/// Writes a table with its filter; `number` makes what it names unique on the page.
pub(super) fn rows(
    markup: &mut Markup,
    number: usize,
    heads: &[Head],
    rows: impl Iterator<Item = Vec<Cell>>,
) {
    markup.element("div", &[("class", &"filtered")], |markup| {
        controls(markup, number, heads);
        markup.element("div", &[("class", &"scroll")], |markup| {
            markup.element("table", &[("class", &"rows")], |markup| {
                markup.element("thead", &[], |markup| {
                    markup.element("tr", &[], |markup| {
                        heads.iter().for_each(|head| {
                            markup.leaf("th", &[("scope", &"col"), ("class", &head.class)], head.title);
                        });
                    });
                });
                markup.element("tbody", &[], |markup| rows.for_each(|cells| row(markup, &cells)));
            });
        });
    });
}

/// Hidden where there is no script to hear it.
fn controls(markup: &mut Markup, number: usize, heads: &[Head]) {
    markup.element("div", &[("class", &"controls"), ("hidden", &"hidden")], |markup| {
        let filter = format!("filter-{number}");
        markup.leaf("label", &[("for", &filter)], "Only rows with");
        markup.void("input", &[("id", &filter), ("type", &"search")]);
        for (column, head) in heads.iter().enumerate().filter(|(_, head)| !head.choices.is_empty()) {
            let choice = format!("choice-{number}-{column}");
            markup.leaf("label", &[("for", &choice)], head.title);
            markup.element("select", &[("id", &choice), ("data-column", &column)], |markup| {
                markup.leaf("option", &[("value", &"")], "any");
                head.choices.iter().for_each(|word| markup.leaf("option", &[], word));
            });
        }
        markup.leaf("output", &[], "");
        markup.leaf("span", &[("class", &"faint")], "A click on a heading sorts.");
    });
}

fn row(markup: &mut Markup, cells: &[Cell]) {
    markup.element("tr", &[], |markup| {
        for Cell { text, key, class } in cells {
            match key {
                Some(key) => markup.leaf("td", &[("class", class), ("data-key", key)], text),
                None => markup.leaf("td", &[("class", class)], text),
            }
        }
    });
}
