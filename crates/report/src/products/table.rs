//! Tables of a page: rows of numbers and bars, and the ACH matrix, with what a script needs to move them.
//!
//! Everything stands in the table itself; sliders and filters are hidden until
//! the script of the page shows them.

use super::markup::Markup;
use super::numbers::{factor, inconsistency};
use super::outline::{Cell, Grid, Lean, Matrix, MatrixRow, Past, PastRow, Stand};
use super::picture;
use cognate_case::assessment::AchMark;
use std::fmt::Display;

/// A table; where its past is known, with a slider over the days.
pub(super) fn grid(markup: &mut Markup, grid: &Grid) {
    if let Some(past) = &grid.past {
        slider(markup, past);
    }
    markup.element("div", &[("class", &"scroll")], |markup| {
        let days = grid.past.as_ref().map(|past| past.days.join("|"));
        let days: Vec<(&str, &dyn Display)> =
            days.iter().map(|days| ("data-days", days as &dyn Display)).collect();
        markup.element("table", &days, |markup| {
            markup.element("thead", &[], |markup| {
                markup.element("tr", &[], |markup| {
                    for (title, lean) in &grid.columns {
                        markup.leaf("th", &[("scope", &"col"), ("class", &lean_class(*lean))], title);
                    }
                });
            });
            markup.element("tbody", &[], |markup| {
                for (place, row) in grid.rows.iter().enumerate() {
                    let past = grid.past.as_ref().and_then(|past| past.rows.get(place));
                    self::row(markup, grid, row, past);
                }
            });
        });
    });
}

fn row(markup: &mut Markup, grid: &Grid, row: &[Cell], past: Option<&PastRow>) {
    let course = past.map(|past| past.days.iter().map(stand).collect::<Vec<_>>().join("|"));
    let end = past.map(|past| stand(&past.now));
    let data = [("data-course", &course), ("data-end", &end)];
    let data: Vec<(&str, &dyn Display)> =
        data.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()? as &dyn Display))).collect();
    markup.element("tr", &data, |markup| {
        for (value, (_, lean)) in row.iter().zip(&grid.columns) {
            let class = cell_class(value, *lean);
            markup.element("td", &[("class", &class)], |markup| cell(markup, value));
        }
    });
}

/// A day of a row, as the script reads it.
fn stand(stand: &Stand) -> String {
    let Stand { at, low, high, words: [now, interval, term] } = stand;
    format!("{at:.4};{low:.4};{high:.4};{now};{interval};{term}")
}

fn slider(markup: &mut Markup, past: &Past) {
    let last = past.days.len().saturating_sub(1);
    markup.element("div", &[("class", &"controls"), ("hidden", &"")], |markup| {
        markup.element("label", &[("for", &"day")], |markup| markup.text("As it stood on"));
        let range: [(&str, &dyn Display); 5] =
            [("type", &"range"), ("id", &"day"), ("min", &0), ("max", &last), ("value", &last)];
        markup.void("input", &range);
        let shown: [(&str, &dyn Display); 2] = [("id", &"day-shown"), ("for", &"day")];
        markup.leaf("output", &shown, past.days.last().map_or("", |day| day));
    });
}

/// Names stay on one line, unless they are long.
fn cell_class(cell: &Cell, lean: Lean) -> &'static str {
    match cell {
        Cell::Text(text) if lean == Lean::Left && text.chars().count() > 30 => "left long",
        _ => lean_class(lean),
    }
}

fn lean_class(lean: Lean) -> &'static str {
    match lean {
        Lean::Left => "left",
        Lean::Right => "right",
        Lean::Picture => "picture",
        Lean::Wide => "wide",
    }
}

fn cell(markup: &mut Markup, cell: &Cell) {
    match cell {
        Cell::Text(text) => markup.text(text),
        Cell::Span { prior, at, low, high } => picture::span(markup, *prior, *at, *low, *high),
        Cell::Weight { log_odds, most } => picture::weight(markup, *log_odds, *most),
    }
}

/// The ACH matrix: each cell has its letters, and a colour that repeats them.
pub(super) fn matrix(markup: &mut Markup, matrix: &Matrix) {
    markup.element("div", &[("class", &"controls"), ("hidden", &"")], |markup| {
        markup.element("label", &[("for", &"filter")], |markup| markup.text("Only observations with"));
        markup.void("input", &[("type", &"search"), ("id", &"filter")]);
        markup.void("input", &[("type", &"checkbox"), ("id", &"telling")]);
        markup.leaf("label", &[("for", &"telling")], "only what tells hypotheses apart");
        markup.leaf("span", &[("class", &"faint")], "A click on a heading sorts.");
    });
    markup.element("div", &[("class", &"scroll")], |markup| {
        markup.element("table", &[("class", &"ach")], |markup| {
            markup.element("thead", &[], |markup| {
                markup.element("tr", &[], |markup| {
                    let titles = ["observation", "tells apart"].into_iter().map(str::to_owned);
                    for title in titles.chain(matrix.letters.iter().cloned()) {
                        markup.leaf("th", &[("scope", &"col")], &title);
                    }
                });
            });
            markup.element("tbody", &[], |markup| {
                matrix.rows.iter().for_each(|row| observation(markup, row));
            });
            markup.element("tfoot", &[], |markup| {
                let sums = matrix.inconsistency.iter().map(|sum| inconsistency(*sum));
                foot(markup, "weighted inconsistency", sums);
                foot(markup, "rank (1: least contradicted)", matrix.ranks.iter().map(u32::to_string));
            });
        });
    });
}

fn observation(markup: &mut Markup, row: &MatrixRow) {
    let telling = if row.marks.iter().all(|mark| *mark == AchMark::Neutral) { "no" } else { "yes" };
    markup.element("tr", &[("data-telling", &telling)], |markup| {
        markup.element("th", &[("scope", &"row")], |markup| {
            markup.text(&row.item);
            markup.leaf("span", &[("class", &"faint")], &format!(" {}", row.title));
        });
        let key = format!("{:.3}", row.diagnosticity);
        markup.leaf("td", &[("class", &"right"), ("data-key", &key)], &factor(row.diagnosticity));
        for mark in &row.marks {
            let (class, key) = match mark {
                AchMark::VeryInconsistent => ("very", 3),
                AchMark::Inconsistent => ("some", 2),
                AchMark::Neutral => ("none", 1),
                AchMark::Consistent => ("fits", 0),
            };
            markup.leaf("td", &[("class", &class), ("data-key", &key)], mark.mark());
        }
    });
}

fn foot(markup: &mut Markup, title: &str, cells: impl Iterator<Item = String>) {
    markup.element("tr", &[], |markup| {
        markup.leaf("th", &[("scope", &"row"), ("colspan", &2)], title);
        cells.for_each(|cell| markup.leaf("td", &[], &cell));
    });
}
