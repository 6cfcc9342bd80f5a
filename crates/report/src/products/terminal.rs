//! An outline as terminal text: wrapped to the width, plain without colour.

use super::numbers::{factor, flat, inconsistency, joined, safe};
use super::outline::{Block, Cell, Grid, Lean, Matrix, Outline, Tone};
use super::plot;
use crate::Style;
use crate::text::{self, name};
use cognate_base::Hint;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Columns of a name at most, and where there is less room.
const NAME_WIDTHS: [usize; 3] = [32, 24, 18];
/// Least columns of running text beside others; with less it goes underneath.
const LEAST_WIDE: usize = 24;

/// Lays an outline out.
pub fn text(outline: &Outline, style: &Style) -> String {
    let title = format!("{} {}", safe(&outline.title), outline.tlp.label());
    let mut out: String =
        wrap(&title, 0, style.width).lines().map(|line| style.heading(line) + "\n").collect();
    out.push_str(&wrap(&safe(&outline.question), 2, style.width));
    for (what, value) in &outline.facts {
        let value = wrap(&safe(value), 17, style.width);
        let _ = write!(out, "  {what:<15}{}", value.trim_start());
    }
    for section in &outline.sections {
        let _ = write!(out, "\n{}\n", style.heading(&uncapital(section.title)));
        let mut first = true;
        for block in &section.blocks {
            if matches!(block, Block::Heading(_)) && !first {
                out.push('\n');
            }
            first = false;
            out.push_str(&self::block(block, style));
        }
    }
    if !outline.whole {
        let more = format!(
            "There is more: the weight of each item, the matrix, the timeline and the sources{}.",
            style.hint(&Hint::SeeWholeCase)
        );
        let _ = write!(out, "\n{}", say(Tone::Faint, &wrap(&more, 0, style.width), style));
    }
    out
}

/// Breaks lines, but never between a number and its sign.
fn wrap(text: &str, indent: usize, width: usize) -> String {
    // Escaped text has no such character, and it takes one column.
    const JOIN: char = '\u{e000}';
    text::wrap(&joined(text, JOIN), indent, width).replace(JOIN, " ")
}

/// A heading as others here stand, in lower case but for names.
fn uncapital(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn block(block: &Block, style: &Style) -> String {
    match block {
        Block::Heading(text) => format!("  {}\n", style.heading(&safe(text))),
        Block::Say(tone, text) => say(*tone, &wrap(&safe(text), 2, style.width), style),
        Block::List(lines) => lines.iter().map(|line| bullet(line, style.width)).collect(),
        Block::Numbered(lines) => lines.iter().enumerate().map(|line| numbered(line, style.width)).collect(),
        Block::Grid(grid) => self::grid(grid, style),
        Block::Matrix(matrix) => self::matrix(matrix),
        Block::Course(_) => String::new(),
    }
}

/// Paints each line by itself, so that no colour runs over a line's end.
fn say(tone: Tone, lines: &str, style: &Style) -> String {
    let paint = |line: &str| match tone {
        Tone::Answer => style.finding(line),
        Tone::Plain => line.to_owned(),
        Tone::Doubt => style.doubt(line),
        Tone::Faint => style.faint(line),
    };
    lines.lines().map(|line| paint(line) + "\n").collect()
}

fn bullet(text: &str, width: usize) -> String {
    format!("  - {}", wrap(&safe(text), 4, width).trim_start())
}

fn numbered((place, text): (usize, &String), width: usize) -> String {
    let mark = format!("[{}]", place + 1);
    format!("  {mark:<5}{}", wrap(&safe(text), 7, width).trim_start())
}

fn cell(cell: &Cell, lean: Lean, name_width: usize) -> String {
    match cell {
        Cell::Text(text) if lean == Lean::Left => name(&flat(text), name_width),
        Cell::Text(text) => safe(text),
        Cell::Span { prior, at, low, high } => plot::span(*prior, *at, *low, *high),
        Cell::Weight { log_odds, most } => plot::weight(*log_odds, *most),
    }
}

/// A table with pictures and long names where there is room, and without where there is not.
fn grid(grid: &Grid, style: &Style) -> String {
    let [wide, less, least] = NAME_WIDTHS;
    let tries = [(wide, true), (wide, false), (less, false), (least, false)];
    let mut layouts =
        tries.map(|(name_width, pictures)| Layout::new(grid, name_width, pictures, style.width));
    let fits = layouts.iter().position(Layout::fits).unwrap_or(layouts.len() - 1);
    layouts.swap(0, fits);
    let [layout, ..] = &layouts;
    let head = layout.line(&layout.titles);
    let mut out = if head.trim().is_empty() { String::new() } else { say(Tone::Faint, &head, style) };
    out.extend(layout.rows.iter().map(|row| layout.line(row)));
    out
}

/// Where the columns of a table stand.
struct Layout {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
    leans: Vec<Lean>,
    widths: Vec<usize>,
    pictures: bool,
    width: usize,
}

impl Layout {
    fn new(grid: &Grid, name_width: usize, pictures: bool, width: usize) -> Self {
        let leans: Vec<Lean> = grid.columns.iter().map(|(_, lean)| *lean).collect();
        let texts = |row: &Vec<Cell>| -> Vec<String> {
            row.iter().zip(&leans).map(|(value, lean)| cell(value, *lean, name_width)).collect()
        };
        let rows: Vec<Vec<String>> = grid.rows.iter().map(texts).collect();
        let titles: Vec<String> = grid.columns.iter().map(|(title, _)| name(title, name_width)).collect();
        let widths = (0..titles.len()).map(|column| {
            let cells = std::iter::once(&titles).chain(&rows).filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or_default()
        });
        Layout { widths: widths.collect(), titles, rows, leans, pictures, width }
    }

    /// Whether running text has room beside the other columns.
    fn fits(&self) -> bool {
        let columns = || self.leans.iter().zip(&self.widths);
        let fixed = columns().filter(|(lean, _)| **lean != Lean::Wide && self.shows(**lean));
        let wide = columns().find(|(lean, _)| **lean == Lean::Wide);
        let needs = wide.map_or(0, |(_, width)| LEAST_WIDE.min(*width));
        2 + fixed.map(|(_, width)| width + 2).sum::<usize>() + needs <= self.width
    }

    fn shows(&self, lean: Lean) -> bool {
        self.pictures || lean != Lean::Picture
    }

    fn line(&self, cells: &[String]) -> String {
        let mut out = String::from("  ");
        let mut column = 2;
        let columns = cells.iter().zip(&self.widths).zip(&self.leans);
        for ((cell, &width), &lean) in columns.filter(|(_, lean)| self.shows(**lean)) {
            let pad = " ".repeat(width.saturating_sub(cell.width()));
            match lean {
                Lean::Wide => return self.wide(&out, column, cell),
                Lean::Right => out.extend([pad.as_str(), cell, "  "]),
                Lean::Left | Lean::Picture => out.extend([cell, pad.as_str(), "  "]),
            }
            column += width + 2;
        }
        out.truncate(out.trim_end().len());
        out + "\n"
    }

    /// Running text hangs under its own beginning, or stands underneath where it is too narrow there.
    fn wide(&self, before: &str, column: usize, text: &str) -> String {
        if text.is_empty() {
            return before.trim_end().to_owned() + "\n";
        }
        if column + LEAST_WIDE.min(text.width()) > self.width {
            return format!("{}\n{}", before.trim_end(), wrap(text, 6, self.width));
        }
        format!("{before}{}", wrap(text, column, self.width).trim_start())
    }
}

fn matrix(matrix: &Matrix) -> String {
    let names: Vec<String> = matrix.rows.iter().map(|row| name(&flat(&row.item), 26)).collect();
    let width = names.iter().map(|name| name.width()).max().unwrap_or_default().max("inconsistency".len());
    let line = |head: &str, tells: &str, cells: Vec<String>| {
        let pad = " ".repeat(width.saturating_sub(head.width()));
        let cells: String = cells.iter().map(|cell| format!(" {cell:>4}")).collect();
        format!("  {head}{pad}  {tells:>11}{}\n", cells.trim_end())
    };
    let mut out = String::from("\n");
    out.push_str(&line("", "tells apart", matrix.letters.clone()));
    for (head, row) in names.iter().zip(&matrix.rows) {
        let marks = row.marks.iter().map(|mark| mark.mark().to_owned()).collect();
        out.push_str(&line(head, &factor(row.diagnosticity), marks));
    }
    let sums = matrix.inconsistency.iter().map(|sum| inconsistency(*sum)).collect();
    out.push_str(&line("inconsistency", "", sums));
    out.push_str(&line("ACH rank", "", matrix.ranks.iter().map(u32::to_string).collect()));
    out
}
