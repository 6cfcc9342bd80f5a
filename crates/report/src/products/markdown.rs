//! An outline as Markdown (CommonMark with the tables of GitHub).
//!
//! All text is escaped the same way, whether it comes from the case or from
//! us: what means something in Markdown or HTML shows as itself.

use super::numbers::{self, factor, inconsistency};
use super::outline::{Block, Cell, Extent, Grid, Lean, Limits, Matrix, Outline, Section, Tone};
use super::plot;
use super::sections::outline;
use cognate_case::Assessment;
use std::fmt::Write;

/// Writes an assessment as Markdown.
///
/// Text from the case file is escaped: it brings no markup, links or images of its own.
/// Headings are plain and no HTML stands in it, so that a house template can take it.
#[must_use]
pub fn markdown(assessment: &Assessment, extent: Extent) -> String {
    text(&outline(assessment, &Limits::FILE, extent))
}

/// Writes a title, facts and sections.
pub(crate) fn sheet<'s>(
    title: &str,
    facts: &[(&'static str, String)],
    sections: impl Iterator<Item = &'s Section>,
) -> String {
    let mut out = format!("# {}\n\n", safe(title));
    for (what, value) in facts {
        let _ = writeln!(out, "- {what}: {}", safe(value));
    }
    self::sections(&mut out, sections);
    out
}

fn sections<'s>(out: &mut String, sections: impl Iterator<Item = &'s Section>) {
    for section in sections {
        let _ = write!(out, "\n## {}\n\n", section.title);
        let blocks: Vec<String> = section.blocks.iter().map(block).filter(|text| !text.is_empty()).collect();
        out.push_str(&blocks.join("\n"));
    }
}

fn text(outline: &Outline) -> String {
    let mut out = format!("# {}\n\n**{}**\n\n", safe(&outline.title), outline.tlp.label());
    let _ = write!(out, "**Question:** {}\n\n", safe(&outline.question));
    for (what, value) in &outline.facts {
        let _ = writeln!(out, "- {what}: {}", safe(value));
    }
    sections(&mut out, outline.sections.iter());
    let _ = write!(out, "\n**{}**\n", outline.tlp.label());
    out
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("### {}\n", safe(text)),
        Block::Say(Tone::Answer, text) => format!("**{}**\n", safe(text)),
        Block::Say(Tone::Faint, text) => format!("*{}*\n", safe(text)),
        Block::Say(_, text) => format!("{}\n", safe(text)),
        Block::List(lines) => lines.iter().map(|line| format!("- {}\n", safe(line))).collect(),
        Block::Numbered(lines) => {
            let lines = lines.iter().enumerate();
            lines.map(|(place, line)| format!("{}. {}\n", place + 1, safe(line))).collect()
        }
        Block::Grid(grid) => self::grid(grid),
        Block::Matrix(matrix) => self::matrix(matrix),
        Block::Course(_) => String::new(),
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => safe(text),
        Cell::Span { prior, at, low, high } => format!("`{}`", plot::span(*prior, *at, *low, *high)),
        Cell::Weight { log_odds, most } => format!("`{}`", plot::weight(*log_odds, *most)),
    }
}

fn grid(grid: &Grid) -> String {
    let mut out = row(grid.columns.iter().map(|(title, _)| safe(title)));
    let rule = |lean: Lean| if lean == Lean::Right { "---:" } else { "---" }.to_owned();
    out.push_str(&row(grid.columns.iter().map(|(_, lean)| rule(*lean))));
    out.extend(grid.rows.iter().map(|cells| row(cells.iter().map(cell))));
    out
}

fn matrix(matrix: &Matrix) -> String {
    let head = ["observation".to_owned(), "tells apart".to_owned()];
    let mut out = row(head.into_iter().chain(matrix.letters.iter().cloned()));
    let rules = ["---".to_owned(), "---:".to_owned()];
    out.push_str(&row(rules.into_iter().chain(matrix.letters.iter().map(|_| ":---:".to_owned()))));
    for line in &matrix.rows {
        let marks = line.marks.iter().map(|mark| mark.mark().to_owned());
        out.push_str(&row([safe(&line.item), factor(line.diagnosticity)].into_iter().chain(marks)));
    }
    let foot = |title: &str| [title.to_owned(), String::new()].into_iter();
    out.push_str(&row(
        foot("inconsistency").chain(matrix.inconsistency.iter().map(|sum| inconsistency(*sum)))
    ));
    out.push_str(&row(foot("ACH rank").chain(matrix.ranks.iter().map(u32::to_string))));
    out
}

fn row(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Text that brings no markup, link, image or HTML of its own, on one line.
fn safe(text: &str) -> String {
    let text = numbers::safe(text);
    let mut out = String::with_capacity(text.len() + 8);
    // The three characters before this one.
    let mut before = String::new();
    // At the beginning of a line, digits with a dot, or a sign, would open a list.
    let mut leads = true;
    for (place, character) in text.char_indices() {
        match character {
            // "<1 %" is no tag.
            '<' if text
                .get(place + 1..)
                .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit())) =>
            {
                out.push('<');
            }
            '<' => out.push_str("&lt;"),
            // At the beginning of a line it would open a quotation; elsewhere it closes nothing, as no `<` opens.
            '>' if place == 0 => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' => out.extend(['\\', character]),
            '-' | '+' | '=' if place == 0 => out.extend(['\\', character]),
            '.' | ')' if leads && place > 0 && ends(text.get(place + 1..)) => out.extend(['\\', character]),
            // `http://` and `www.` link by themselves on many sites.
            ':' if text.get(place..).is_some_and(|rest| rest.starts_with("://")) => out.push_str("\\:"),
            '.' if before.eq_ignore_ascii_case("www") => out.push_str("\\."),
            _ => out.push(character),
        }
        leads &= character.is_ascii_digit();
        before.push(character);
        if before.chars().count() > 3 {
            before.remove(0);
        }
    }
    out
}

/// What comes next ends a list's number.
fn ends(rest: Option<&str>) -> bool {
    rest.and_then(|rest| rest.chars().next()).is_none_or(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::safe;

    fn check(text: &str, expected: &str) {
        assert_eq!(safe(text), expected);
    }

    #[test]
    fn markup_shows_as_itself() {
        check("<img src=x onerror=1>", "&lt;img src=x onerror=1>");
        check("<1 % to >99 %", "<1 % to >99 %");
        check("> a", "&gt; a");
        check("![a](http://b)", "!\\[a\\](http\\://b)");
        check("a | b `c` *d* e_f", "a \\| b \\`c\\` \\*d\\* e\\_f");
        check("&lt;b&gt;", "&amp;lt;b&amp;gt;");
        check("www.example.org", "www\\.example.org");
        check("low. And", "low. And");
    }

    #[test]
    fn nothing_opens_a_list_or_a_line() {
        check("- a\n# b\n\n1. c", "\\- a \\# b 1. c");
        check("2017. c", "2017\\. c");
        check("95.05 %", "95.05 %");
        check("a\u{202e}b", "a\\\\u{202e}b");
    }
}
