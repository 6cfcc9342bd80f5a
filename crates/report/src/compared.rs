//! `compare`: two samples function by function.

use crate::inspected::{gaps_text, read_in_part};
use crate::matched::{WIDE, bullet, names};
use crate::reasons::{how_text, reasons_text};
use crate::text::{Align, Table, bytes, count, name, percent, plural, wrap};
use crate::{Document, Listing, Style};
use cognate_base::{Gap, Hint, escape};
use cognate_matching::{
    AlignedPair, ComparedSample, Comparison, FunctionRef, Holds, How, Provenance, Share, SharedExpression,
};
use serde::Serialize;
use std::fmt::Write;

/// What `compare` shows.
#[derive(Clone, Debug, Serialize)]
pub struct CompareDocument {
    /// The name of one sample, not escaped.
    pub name_a: String,
    /// The name of the other, not escaped.
    pub name_b: String,
    /// What could not be read of the one: code there was not compared.
    pub gaps_a: Vec<Gap>,
    /// What could not be read of the other: code there was not compared.
    pub gaps_b: Vec<Gap>,
    /// The comparison.
    pub comparison: Comparison,
    /// The pairs whose instructions were asked for.
    pub listings: Vec<SideBySide>,
    /// Most pairs shown as text; JSON has all.
    #[serde(skip)]
    pub shown: usize,
}

/// Two functions, instruction beside instruction.
#[derive(Clone, Debug, Serialize)]
pub struct SideBySide {
    /// In the first sample.
    pub a: Listing,
    /// In the second.
    pub b: Listing,
    /// Which lines stand beside each other, as indices; `null` where one side has nothing.
    pub rows: Vec<(Option<usize>, Option<usize>)>,
    /// The functions are too long to be aligned: lines are paired by position.
    pub by_position: bool,
    /// What they do alike, the rarest first.
    pub expressions: Vec<SharedExpression>,
}

/// Most cells of the table that aligns two functions.
const CELLS: usize = 9_000_000;

impl SideBySide {
    /// Aligns two functions' instructions so that equal text, then equal
    /// mnemonics, stand side by side as often as possible.
    pub fn new(a: Listing, b: Listing, expressions: Vec<SharedExpression>) -> Self {
        let (height, width) = (a.lines.len(), b.lines.len());
        let too_long = (height + 1).saturating_mul(width + 1) > CELLS;
        let rows = if too_long { by_position(height, width) } else { align(&a, &b) };
        SideBySide { a, b, rows, by_position: too_long, expressions }
    }
}

fn by_position(height: usize, width: usize) -> Vec<(Option<usize>, Option<usize>)> {
    (0..height.max(width)).map(|row| ((row < height).then_some(row), (row < width).then_some(row))).collect()
}

/// How well two instructions go together: 0 for not at all.
fn affinity(a: &str, b: &str) -> u32 {
    let mnemonic = |text: &str| text.split(' ').next().map(str::len);
    match (mnemonic(a), mnemonic(b)) {
        _ if a == b => 3,
        (Some(end), Some(other)) if a.get(..end) == b.get(..other) => 2,
        _ => 0,
    }
}

/// The best global alignment, by dynamic programming.
fn align(a: &Listing, b: &Listing) -> Vec<(Option<usize>, Option<usize>)> {
    let width = b.lines.len() + 1;
    let mut best = vec![0u32; (a.lines.len() + 1) * width];
    let score =
        |best: &[u32], row: usize, column: usize| best.get(row * width + column).copied().unwrap_or(0);
    let pair = |row: usize, column: usize| match (a.lines.get(row), b.lines.get(column)) {
        (Some(left), Some(right)) => affinity(&left.text, &right.text),
        _ => 0,
    };
    for row in (0..a.lines.len()).rev() {
        for column in (0..b.lines.len()).rev() {
            let skip = score(&best, row + 1, column).max(score(&best, row, column + 1));
            let both = match pair(row, column) {
                0 => 0,
                worth => worth + score(&best, row + 1, column + 1),
            };
            if let Some(cell) = best.get_mut(row * width + column) {
                *cell = skip.max(both);
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut rows = Vec::new();
    while row < a.lines.len() || column < b.lines.len() {
        let here = score(&best, row, column);
        let worth = pair(row, column);
        if worth > 0 && here == worth + score(&best, row + 1, column + 1) {
            rows.push((Some(row), Some(column)));
            (row, column) = (row + 1, column + 1);
        } else if row < a.lines.len() && (column == b.lines.len() || here == score(&best, row + 1, column)) {
            rows.push((Some(row), None));
            row += 1;
        } else {
            rows.push((None, Some(column)));
            column += 1;
        }
    }
    rows
}

impl CompareDocument {
    /// Whether any function was matched by its content.
    pub fn found(&self) -> bool {
        self.comparison.pairs.iter().any(|pair| pair.how != How::CallGraph)
    }
}

impl Document for CompareDocument {
    const NAME: &'static str = "compare";

    fn text(&self, style: &Style) -> String {
        let mut out = self.head(style);
        if !self.listings.is_empty() {
            self.listings.iter().for_each(|listing| out.push_str(&side_by_side(listing, style)));
            out.push_str(&self.gaps(style));
            return out;
        }
        out.push_str(&self.pairs(style));
        out.push_str(&self.inlined(style));
        out.push_str(&unmatched("only in A", &self.comparison.a, style));
        out.push_str(&unmatched("only in B", &self.comparison.b, style));
        out.push_str(&self.gaps(style));
        out
    }
}

impl CompareDocument {
    /// What was not read of either side.
    fn gaps(&self, style: &Style) -> String {
        let sides = [("A: ", &self.gaps_a), ("B: ", &self.gaps_b)];
        sides.map(|(letter, gaps)| gaps_text(letter, gaps, style)).concat()
    }

    fn head(&self, style: &Style) -> String {
        let (a, b) = (&self.comparison.a, &self.comparison.b);
        let mut out = String::new();
        let sides = [("A", &self.name_a, a, &self.gaps_a), ("B", &self.name_b, b, &self.gaps_b)];
        for (letter, title, side, gaps) in sides {
            let _ = writeln!(out, "{letter}  {}", style.heading(&name(title, style.width.saturating_sub(4))));
            let _ = writeln!(
                out,
                "   {} {}, {} with {} of code, sha256 {}",
                side.format,
                side.arch,
                plural(side.functions, "function"),
                bytes(side.code_bytes),
                side.id.short(),
            );
            if side.partial {
                out.push_str(&read_in_part(gaps, 3, style));
            }
        }
        let columns = [
            ("shared", Align::Left),
            ("of A", Align::Right),
            ("", Align::Right),
            ("of B", Align::Right),
            ("", Align::Right),
        ];
        let mut table = Table::new(2, &columns);
        let mut row = |title: &str, a: &Share, b: &Share| {
            let functions = |share: &Share| plural(share.functions, "function");
            table.row([
                title.to_owned(),
                functions(a),
                percent(a.of_bytes),
                functions(b),
                percent(b.of_bytes),
            ]);
        };
        row("the same bytes", &a.exact, &b.exact);
        row("alike by content", &a.matched, &b.matched);
        let aligned = match style.width < WIDE {
            true => "and by neighbours (no evidence)",
            false => "with those aligned by neighbours only (no evidence)",
        };
        row(aligned, &a.matched_and_aligned, &b.matched_and_aligned);
        out.push('\n');
        out.push_str(&table.render());
        out.push_str(&provenance(&self.comparison.provenance, style));
        out
    }

    fn pairs(&self, style: &Style) -> String {
        let pairs = &self.comparison.pairs;
        if pairs.is_empty() {
            let of_all = if self.comparison.left_out.is_empty() { "" } else { " of those looked at in time" };
            return format!("\nno function of A is like one of B{of_all}\n");
        }
        let columns = [
            ("A", Align::Right),
            ("B", Align::Right),
            ("bytes", Align::Right),
            ("alike", Align::Right),
            ("by", Align::Left),
            ("name or reason", Align::Left),
        ];
        let mut table = Table::new(2, &columns);
        for pair in pairs.iter().take(self.shown) {
            table.row([
                format!("{:#x}", pair.query.address),
                format!("{:#x}", pair.stored.address),
                size_text(pair),
                percent(pair.similarity),
                how_text(pair.how).to_owned(),
                reason_text(pair, style.width.saturating_sub(62).max(24)),
            ]);
        }
        let more = pairs.len().saturating_sub(self.shown);
        let tail = if more > 0 {
            format!("  and {} more pairs{}\n", count(more as u64), style.hint(&Hint::SeeMorePairs))
        } else {
            String::new()
        };
        format!("\n{}\n{}{tail}", style.heading("functions side by side"), table.render())
    }

    /// The functions whose body is found inside a function of the other side.
    fn inlined(&self, style: &Style) -> String {
        let rows = &self.comparison.inlined;
        if rows.is_empty() {
            return String::new();
        }
        let columns = [
            ("body", Align::Left),
            ("found inside", Align::Left),
            ("of it", Align::Right),
            ("bits", Align::Right),
            ("", Align::Left),
        ];
        let mut table = Table::new(2, &columns);
        let room = style.width.saturating_sub(62).max(24) / 2;
        for row in rows.iter().take(INLINED) {
            let side = |letter: char, function: &FunctionRef| {
                let named = function.name.as_deref().map(|text| format!(" {}", name(text, room)));
                format!("{letter} {:#x}{}", function.address, named.unwrap_or_default())
            };
            let (a, b) = (side('A', &row.query), side('B', &row.stored));
            let (inner, outer) = match row.holds {
                Holds::QueryInStored => (a, b),
                Holds::StoredInQuery => (b, a),
            };
            let called = if row.called { "called from where it was inlined" } else { "" };
            let bits = format!("{:.0}", row.bits);
            table.row([inner, outer, percent(row.contained), bits, called.to_owned()]);
        }
        let tail = style.more(2, rows.len().saturating_sub(INLINED));
        let heading = style.heading("bodies found inside functions of the other (no evidence)");
        format!("\n{heading}\n{}{tail}", table.render())
    }
}

/// How the samples came to agree, why, and what limits that.
fn provenance(told: &Provenance, style: &Style) -> String {
    let mut out = format!("\n{}\n", style.heading("how they came to agree"));
    out.push_str(&wrap(told.origin.words(), 2, style.width));
    for reason in &told.reasons {
        out.push_str(&bullet(&escape(reason), style.width));
    }
    let _ = writeln!(out, "  {}", style.heading("what limits that"));
    for limit in &told.limits {
        out.push_str(&bullet(&escape(limit), style.width));
    }
    out
}

/// Most bodies shown as text; JSON has all.
const INLINED: usize = 10;

fn size_text(pair: &AlignedPair) -> String {
    if pair.query.bytes == pair.stored.bytes {
        count(u64::from(pair.query.bytes))
    } else {
        format!("{} | {}", count(u64::from(pair.query.bytes)), count(u64::from(pair.stored.bytes)))
    }
}

fn reason_text(pair: &AlignedPair, width: usize) -> String {
    let named = names(&pair.query, &pair.stored, width / 2 - 2);
    let text = named.unwrap_or_else(|| match pair.how {
        How::Exact => String::new(),
        _ => reasons_text(&pair.reasons),
    });
    name(
        text.strip_prefix("named ").and_then(|text| text.strip_suffix(" on both sides")).unwrap_or(&text),
        width,
    )
}

fn unmatched(title: &str, side: &ComparedSample, style: &Style) -> String {
    if side.unmatched.is_empty() {
        return String::new();
    }
    let total: u64 = side.unmatched.iter().map(|function| u64::from(function.bytes)).sum();
    let mut largest: Vec<_> = side.unmatched.iter().collect();
    largest.sort_by_key(|function| (std::cmp::Reverse(function.bytes), function.address));
    let heading = format!("{title}: {}, {}", plural(side.unmatched.len() as u64, "function"), bytes(total));
    let mut out = format!("\n{}\n", style.heading(&heading));
    let mut table = Table::new(2, &[("", Align::Right), ("", Align::Right), ("", Align::Left)]);
    for function in largest.iter().take(5) {
        let title = function.name.as_deref().map(|text| name(text, 60)).unwrap_or_default();
        table.row([
            format!("{:#x}", function.address),
            format!("{} B", count(u64::from(function.bytes))),
            title,
        ]);
    }
    out.push_str(&table.render());
    let more = largest.len().saturating_sub(5);
    if more > 0 {
        let _ = writeln!(out, "  and {} smaller ones", count(more as u64));
    }
    out
}

/// Instructions in two columns: `=` equal, `~` the same mnemonic, `<` `>` on one side only.
fn side_by_side(pair: &SideBySide, style: &Style) -> String {
    let room = style.width.saturating_sub(5) / 2;
    let title = |listing: &Listing| {
        let named = listing.name.as_deref().map(|text| format!(" {}", name(text, room.saturating_sub(14))));
        format!("{:#x}{}", listing.address, named.unwrap_or_default())
    };
    let mut table = Table::new(0, &[("", Align::Left), ("", Align::Left), ("", Align::Left)]);
    let cell = |listing: &Listing, line: Option<usize>| {
        let line = line.and_then(|line| listing.lines.get(line));
        line.map(|line| name(&format!("{:x}  {}", line.address, line.text), room)).unwrap_or_default()
    };
    for &(left, right) in &pair.rows {
        let texts = (left.and_then(|at| pair.a.lines.get(at)), right.and_then(|at| pair.b.lines.get(at)));
        let mark = match texts {
            (Some(a), Some(b)) if a.text == b.text => "=",
            (Some(_), Some(_)) => "~",
            (Some(_), None) => "<",
            _ => ">",
        };
        table.row([cell(&pair.a, left), mark.to_owned(), cell(&pair.b, right)]);
    }
    let mut out = format!("\n{}\n", style.heading(&format!("A {} | B {}", title(&pair.a), title(&pair.b))));
    out.push_str(&table.render());
    if pair.by_position {
        let _ = writeln!(out, "{}", style.doubt("too long to align: lines are paired by their position"));
    }
    out.push_str(&expressions(&pair.expressions, style));
    out
}

/// Shared expressions shown as text; JSON has all.
const SHOWN: usize = 24;

/// What both functions do, with the instructions of each.
fn expressions(shared: &[SharedExpression], style: &Style) -> String {
    if shared.is_empty() {
        return "\nno expression of the data flow is shared\n".to_owned();
    }
    let columns = [
        ("A", Align::Right),
        ("B", Align::Right),
        ("bits", Align::Right),
        ("both do, the rarest first", Align::Left),
    ];
    let mut table = Table::new(0, &columns);
    let room = style.width.saturating_sub(36).max(24);
    for expression in shared.iter().take(SHOWN) {
        let about = if expression.rough { "about: " } else { "" };
        table.row([
            format!("{:x}", expression.address_a),
            format!("{:x}", expression.address_b),
            format!("{:.1}", expression.bits),
            name(&format!("{about}{}", expression.text), room),
        ]);
    }
    let mut out = format!("\n{}", table.render());
    if shared.len() > SHOWN {
        let _ = writeln!(out, "and {} more", shared.len() - SHOWN);
    }
    let note =
        "bits: how rare in goodware; expressions overlap, so they do not add up. about: but for numbers.";
    out.push_str(&wrap(note, 0, style.width));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Line;

    fn listing(text: &str) -> Listing {
        let line =
            |text: &str| Line { address: 0, bytes: String::new(), text: text.to_owned(), leads: false };
        Listing { address: 0, name: None, lines: text.split('|').map(line).collect(), truncated: false }
    }

    fn check(a: &str, b: &str, expected: &str) {
        let pair = SideBySide::new(listing(a), listing(b), Vec::new());
        let side = |listing: &Listing, at: Option<usize>| {
            at.map_or("-".to_owned(), |at| listing.lines[at].text.clone())
        };
        let rows: Vec<String> = pair
            .rows
            .iter()
            .map(|&(left, right)| format!("{}={}", side(&pair.a, left), side(&pair.b, right)))
            .collect();
        assert_eq!(rows.join(" "), expected);
    }

    #[test]
    fn equal_instructions_stand_side_by_side() {
        check("push|ret", "push|ret", "push=push ret=ret");
    }

    #[test]
    fn what_one_side_has_more_stands_alone() {
        check("push|nop|ret", "push|ret", "push=push nop=- ret=ret");
    }

    #[test]
    fn the_same_mnemonic_is_better_than_nothing() {
        check("mov 1|ret", "mov 2|ret", "mov 1=mov 2 ret=ret");
    }

    #[test]
    fn instructions_with_nothing_in_common_do_not_face_each_other() {
        check("push", "ret", "push=- -=ret");
    }

    #[test]
    fn functions_too_long_to_align_are_paired_by_position() {
        let long = |length: usize| listing(&vec!["nop"; length].join("|"));
        let pair = SideBySide::new(long(4_000), long(3_999), Vec::new());
        assert!(pair.by_position);
        assert_eq!(pair.rows.len(), 4_000);
        assert_eq!(pair.rows[3_999], (Some(3_999), None));
    }
}
