//! Small pieces of terminal text: numbers, names, wrapped lines, tables.

use cognate_base::escape;
use cognate_documents::Label;
use std::collections::HashMap;
use std::hash::Hash;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A whole number with its thousands apart: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and its noun: `1 function`, `2 functions`.
pub fn plural(number: u64, noun: &str) -> String {
    format!("{} {}", count(number), cognate_base::noun(number, noun))
}

/// A size: `812 B`, `1.2 kB`, `34 MB`, decimal units.
pub fn bytes(number: u64) -> String {
    let (mut value, mut unit) = (number as f64, "B");
    for next in ["kB", "MB", "GB", "TB"] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == "B" || value >= 99.95 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// A share of 0 to 1 as per cent: `97.1 %`; what is not nothing never reads `0.0 %`.
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 { "<0.1 %".to_owned() } else { format!("{:.1} %", share * 100.0) }
}

/// A name from a sample: escaped, and shortened in the middle to `width` columns.
pub fn name(text: &str, width: usize) -> String {
    shorten(&escape(text), width)
}

/// A label in one line: `openssl 3.0.17 (library)`.
pub fn label(label: &Label) -> String {
    let version = label.version.as_deref().map(|version| format!(" {}", name(version, 20)));
    format!("{}{} ({})", name(&label.family, 28), version.unwrap_or_default(), label.kind)
}

/// Each item once that reads like others, in the order of the first of them, with how many read so.
pub fn each_once<'i, T, K: Hash + Eq>(items: &'i [T], reads: impl Fn(&'i T) -> K) -> Vec<(&'i T, u64)> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut once: Vec<(&T, u64)> = Vec::new();
    for item in items {
        let place = *places.entry(reads(item)).or_insert(once.len());
        match once.get_mut(place) {
            Some((_, number)) => *number += 1,
            None => once.push((item, 1)),
        }
    }
    once
}

/// A text of which there are so many, shortened in the middle to `width` columns together with their number.
pub fn so_many(text: &str, number: u64, width: usize) -> String {
    let suffix = if number > 1 { format!(" ({} times)", count(number)) } else { String::new() };
    format!("{}{suffix}", name(text, width.saturating_sub(suffix.len())))
}

/// The last part of a path or archive path, escaped and shortened.
pub fn file_name(path: &str, width: usize) -> String {
    let last = path.rsplit(['/', '\\']).next().filter(|last| !last.is_empty()).unwrap_or(path);
    name(last, width)
}

/// Columns of a name in a message, from where it is cut.
const LONGEST_NAME: usize = 160;

/// Cuts what stands between backquotes in a message in its middle, where it is as long as names in nested archives get.
pub fn shorten_names(message: &str) -> String {
    let parts = message.split('`').zip([false, true].into_iter().cycle());
    let parts: Vec<String> =
        parts.map(|(part, quoted)| if quoted { name(part, LONGEST_NAME) } else { part.to_owned() }).collect();
    parts.join("`")
}

/// A text that is safe for a terminal, shortened in the middle to `width` columns.
pub fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width || width < 4 {
        return text.to_owned();
    }
    let tail_width = (width - 1) / 2;
    let head = take(text.chars(), width - 1 - tail_width);
    let tail: String = take(text.chars().rev(), tail_width).chars().rev().collect();
    format!("{head}…{tail}")
}

fn take(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut left = width;
    characters
        .take_while(|character| {
            let needs = character.width().unwrap_or(0);
            let fits = needs <= left;
            left = left.saturating_sub(needs);
            fits
        })
        .collect()
}

/// Breaks text into lines of at most `width` columns, all indented by `indent`.
pub fn wrap(text: &str, indent: usize, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let needs = word.width();
        if column > 0 && indent + column + 1 + needs > width {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.extend(std::iter::repeat_n(' ', indent));
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += needs;
    }
    out.push('\n');
    out
}

/// Which side a column's cells lean to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Columns that the last column of a table has at least.
const LEAST_LAST: usize = 16;
/// Columns that any other text has at least: as many as a shortened hash.
const LEAST_TEXT: usize = 12;

/// A row whose last cell is broken into lines of so many columns.
fn broken(row: &[String], room: usize) -> Vec<Vec<String>> {
    let Some((last, before)) = row.split_last().filter(|(last, _)| last.width() > room) else {
        return vec![row.to_vec()];
    };
    let blank = vec![String::new(); before.len()];
    let lines = wrap(last, 0, room);
    let firsts = std::iter::once(before).chain(std::iter::repeat(blank.as_slice()));
    lines.lines().zip(firsts).map(|(line, cells)| [cells, &[line.to_owned()]].concat()).collect()
}

/// Rows in columns two spaces apart.
pub struct Table {
    indent: usize,
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table; without any heading the head line is left out.
    pub fn new(indent: usize, columns: &[(&'static str, Align)]) -> Self {
        Table { indent, columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; its cells are safe for a terminal already.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Lays the table out.
    pub fn render(&self) -> String {
        self.render_within(usize::MAX)
    }

    /// Lays the table out in so many columns, if need be with the text of its last column on several lines, and where that
    /// is not enough with other texts cut in their middle: the last gets [`LEAST_LAST`] columns at least, texts [`LEAST_TEXT`].
    pub fn render_within(&self, width: usize) -> String {
        let head: Vec<String> = self.columns.iter().map(|(title, _)| (*title).to_owned()).collect();
        let has_head = head.iter().any(|title| !title.is_empty());
        let lines: Vec<&Vec<String>> = has_head.then_some(&head).into_iter().chain(&self.rows).collect();
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max())
            .map(Option::unwrap_or_default)
            .collect();
        self.shrink(&mut widths, width);
        let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
        let room = width.saturating_sub(self.indent + before).max(LEAST_LAST);
        lines.iter().flat_map(|line| broken(line, room)).map(|line| self.line(&line, &widths)).collect()
    }

    /// Takes columns from the widest texts but the last until all fits, as far as that goes.
    fn shrink(&self, widths: &mut [usize], width: usize) {
        let last = widths.len().saturating_sub(1);
        let needs = |widths: &[usize]| {
            let all = widths.iter().enumerate();
            let all =
                all.map(|(place, &width)| if place == last { width.min(LEAST_LAST) } else { width + 2 });
            self.indent + all.sum::<usize>()
        };
        while needs(widths) > width {
            let texts = widths.iter_mut().zip(&self.columns).take(last);
            let texts = texts.filter(|(width, (_, align))| *align == Align::Left && **width > LEAST_TEXT);
            let Some((widest, _)) = texts.max_by_key(|(width, _)| **width) else { break };
            *widest -= 1;
        }
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut out = " ".repeat(self.indent);
        for ((cell, width), (_, align)) in cells.iter().zip(widths).zip(&self.columns) {
            if out.len() > self.indent {
                out.push_str("  ");
            }
            let cell = if *align == Align::Left { shorten(cell, *width) } else { cell.clone() };
            let pad = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => out.extend([cell.as_str(), pad.as_str()]),
                Align::Right => out.extend([pad.as_str(), cell.as_str()]),
            }
        }
        let mut out = out.trim_end().to_owned();
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: String, expected: &str) {
        assert_eq!(found, expected);
    }

    #[test]
    fn thousands_are_set_apart() {
        check([0, 999, 1000, 1_234_567].map(count).join(" "), "0 999 1,000 1,234,567");
    }

    #[test]
    fn sizes_keep_two_or_three_digits() {
        check(
            [0, 999, 1000, 12_345, 999_949, 999_999, 34_000_000].map(bytes).join(" "),
            "0 B 999 B 1.0 kB 12.3 kB 1.0 MB 1.0 MB 34.0 MB",
        );
    }

    #[test]
    fn a_long_name_in_a_message_is_cut_in_its_middle() {
        let long = format!("cannot read `{}/{}`: no such file", "a".repeat(300), "b".repeat(300));
        let cut = format!("cannot read `{}…{}`: no such file", "a".repeat(80), "b".repeat(79));
        check(shorten_names(&long), &cut);
        check(shorten_names("cannot read `a.bin`: gone"), "cannot read `a.bin`: gone");
    }

    #[test]
    fn a_table_that_is_too_wide_breaks_its_last_column() {
        let mut table = Table::new(1, &[("a", Align::Left), ("what", Align::Left)]);
        table.row(["x".to_owned(), "one two three four five".to_owned()]);
        table.row(["y".to_owned(), "one".to_owned()]);
        check(table.render_within(22), " a  what\n x  one two three four\n    five\n y  one\n");
        check(table.render(), " a  what\n x  one two three four five\n y  one\n");
    }

    #[test]
    fn a_little_is_not_nothing() {
        check([0.0, 0.0001, 0.5, 1.0].map(percent).join(" "), "0.0 % <0.1 % 50.0 % 100.0 %");
    }

    #[test]
    fn nouns_take_their_plural() {
        check(
            [plural(1, "family"), plural(2, "family"), plural(0, "byte")].join(" "),
            "1 family 2 families 0 bytes",
        );
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        check(name("abcdefghijklmnop", 9), "abcd…mnop");
    }

    #[test]
    fn wide_characters_count_double() {
        check(name("漢字漢字漢字", 7), "漢…字");
    }

    #[test]
    fn a_hostile_name_is_escaped_before_it_is_measured() {
        check(name("a\x1b]0;x\x07", 40), "a\\u{1b}]0;x\\u{7}");
    }

    #[test]
    fn lines_break_between_words() {
        check(wrap("one two three four", 2, 10), "  one two\n  three\n  four\n");
    }

    #[test]
    fn columns_align() {
        let mut table = Table::new(1, &[("name", Align::Left), ("n", Align::Right)]);
        table.row(["a".to_owned(), "10".to_owned()]);
        table.row(["long".to_owned(), "5".to_owned()]);
        check(table.render(), " name   n\n a     10\n long   5\n");
    }
}
