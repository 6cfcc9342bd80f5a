//! Two functions side by side: their instructions aligned, and what both compute.

use super::labels::{Labels, Unplaced};
use crate::text::{Align, Table, each_once, name, so_many, wrap};
use crate::{Listing, Style};
use cognate_documents::SharedExpression;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Two functions, instruction beside instruction.
#[derive(Clone, Debug, Serialize, JsonSchema)]
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
    /// The addresses of functions of A and of B that stand beside each other: a call of one is no other than a call of
    /// the other.
    #[serde(skip)]
    pub partners: BTreeSet<(u64, u64)>,
}

/// Most cells of the table that aligns two functions.
const CELLS: usize = 9_000_000;

impl SideBySide {
    /// Aligns two functions' instructions so that equal text, then equal
    /// mnemonics, stand side by side as often as possible; where a jump within the function goes does not count.
    pub fn new(a: Listing, b: Listing, expressions: Vec<SharedExpression>) -> Self {
        let (height, width) = (a.lines.len(), b.lines.len());
        let too_long = (height + 1).saturating_mul(width + 1) > CELLS;
        let rows = if too_long {
            by_position(height, width)
        } else {
            align(&Unplaced::new(&a).texts, &Unplaced::new(&b).texts)
        };
        SideBySide { a, b, rows, by_position: too_long, expressions, partners: BTreeSet::new() }
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
fn align(a: &[&str], b: &[&str]) -> Vec<(Option<usize>, Option<usize>)> {
    let width = b.len() + 1;
    let mut best = vec![0u32; (a.len() + 1) * width];
    let score =
        |best: &[u32], row: usize, column: usize| best.get(row * width + column).copied().unwrap_or(0);
    let pair = |row: usize, column: usize| match (a.get(row), b.get(column)) {
        (Some(left), Some(right)) => affinity(left, right),
        _ => 0,
    };
    for row in (0..a.len()).rev() {
        for column in (0..b.len()).rev() {
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
    while row < a.len() || column < b.len() {
        let here = score(&best, row, column);
        let worth = pair(row, column);
        if worth > 0 && here == worth + score(&best, row + 1, column + 1) {
            rows.push((Some(row), Some(column)));
            (row, column) = (row + 1, column + 1);
        } else if row < a.len() && (column == b.len() || here == score(&best, row + 1, column)) {
            rows.push((Some(row), None));
            row += 1;
        } else {
            rows.push((None, Some(column)));
            column += 1;
        }
    }
    rows
}

/// A row of two functions side by side, as people read it.
pub(crate) struct Row {
    /// The label of the row, where it is jumped to.
    pub label: Option<String>,
    /// Of each side the line, by its place, and its text with labels in place of addresses.
    pub sides: [Option<(usize, String)>; 2],
    /// `=` equal, `~` the same mnemonic, `<` `>` on one side only.
    pub mark: char,
}

impl SideBySide {
    /// The rows with labels and marks.
    pub(crate) fn told(&self) -> Vec<Row> {
        let (a, b) = (Unplaced::new(&self.a), Unplaced::new(&self.b));
        let labels = Labels::new(&self.rows, [&a, &b]);
        let row = |(row, &(left, right)): (usize, &(Option<usize>, Option<usize>))| {
            let one = left.map(|line| (line, labels.text(0, &a, line)));
            let other = right.map(|line| (line, labels.text(1, &b, line)));
            let mark = match (&one, &other) {
                (Some((_, one)), Some((_, other))) if one == other || self.is_one_call(one, other) => '=',
                (Some(_), Some(_)) => '~',
                (Some(_), None) => '<',
                _ => '>',
            };
            Row { label: labels.of_row(row), sides: [one, other], mark }
        };
        self.rows.iter().enumerate().map(row).collect()
    }

    /// Whether two instructions call one function, which lies elsewhere in the other file: partners, or imports of one name.
    fn is_one_call(&self, one: &str, other: &str) -> bool {
        let (Some((code, to, name)), Some((own, at, called))) = (call(one), call(other)) else {
            return false;
        };
        code == own && (self.partners.contains(&(to, at)) || name.is_some() && name == called)
    }
}

/// The mnemonic of a call or of a jump out of a function, where it goes, and the name that stands with it.
fn call(text: &str) -> Option<(&str, u64, Option<&str>)> {
    let (code, name) = text.split_once("  ; ").map_or((text, None), |(code, name)| (code, Some(name)));
    let (mnemonic, target) =
        code.split_once(" 0x").filter(|(own, _)| matches!(*own, "call" | "bl" | "jmp" | "b"))?;
    Some((mnemonic, u64::from_str_radix(target, 16).ok()?, name))
}

/// Instructions in two columns.
pub(super) fn side_by_side(pair: &SideBySide, style: &Style) -> String {
    let room = style.width.saturating_sub(5) / 2;
    let title = |listing: &Listing| {
        let named = listing.name.as_deref().map(|text| format!(" {}", name(text, room.saturating_sub(14))));
        format!("{:#x}{}", listing.address, named.unwrap_or_default())
    };
    let mut table = Table::new(0, &[("", Align::Left), ("", Align::Left), ("", Align::Left)]);
    let cell = |listing: &Listing, side: &Option<(usize, String)>| {
        let side = side.as_ref().and_then(|(line, text)| Some((listing.lines.get(*line)?, text)));
        side.map(|(line, text)| name(&format!("{:x}  {text}", line.address), room)).unwrap_or_default()
    };
    for Row { label, sides: [one, other], mark } in pair.told() {
        if let Some(label) = label {
            let of = |side: &Option<(usize, String)>| side.as_ref().map(|_| format!("{label}:"));
            table.row([of(&one).unwrap_or_default(), String::new(), of(&other).unwrap_or_default()]);
        }
        table.row([cell(&pair.a, &one), mark.to_string(), cell(&pair.b, &other)]);
    }
    let mut out = format!("\n{}\n", style.heading(&format!("A {} | B {}", title(&pair.a), title(&pair.b))));
    out.push_str(&table.render());
    if pair.by_position {
        let _ = writeln!(out, "{}", style.doubt(BY_POSITION));
    }
    out.push_str(&expressions(&pair.expressions, style));
    out
}

/// Said where two functions were not aligned.
pub(crate) const BY_POSITION: &str = "too long to align: lines are paired by their position";

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
    let once = each_once(shared, |own| (own.rough, own.text.as_str()));
    for &(expression, number) in once.iter().take(SHOWN) {
        let about = if expression.rough { "about: " } else { "" };
        table.row([
            format!("{:x}", expression.address_a),
            format!("{:x}", expression.address_b),
            format!("{:.1}", expression.bits),
            so_many(&format!("{about}{}", expression.text), number, room),
        ]);
    }
    let mut out = format!("\n{}", table.render());
    if once.len() > SHOWN {
        let _ = writeln!(out, "and {} more", once.len() - SHOWN);
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
        let lines = text.split('|').map(line).collect();
        Listing { address: 0, name: None, lines, ways: Vec::new(), truncated: false }
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
    fn only_what_changed_shows_where_code_has_moved() {
        let at = |start: u64, texts: &[&str]| {
            let line = |(text, address): (&&str, u64)| Line {
                address,
                bytes: String::new(),
                text: (*text).to_owned(),
                leads: false,
            };
            let lines = texts.iter().zip(start..).map(line).collect();
            Listing { address: start, name: None, lines, ways: Vec::new(), truncated: false }
        };
        let a = at(0x10, &["test eax, eax", "je short 0x13", "inc eax", "ret"]);
        let b = at(0x4000, &["test eax, eax", "je 0x4004", "inc eax", "inc eax", "ret"]);
        let text = side_by_side(&SideBySide::new(a, b, Vec::new()), &Style::default());
        let expected = "\nA 0x10 | B 0x4000\n\
                        10  test eax, eax  =  4000  test eax, eax\n\
                        11  je L1          =  4001  je L1\n\
                        12  inc eax        =  4002  inc eax\n\
                        \u{20}                  >  4003  inc eax\n\
                        L1:                   L1:\n\
                        13  ret            =  4004  ret\n";
        let found = text.split("\nno expression").next().unwrap_or_default();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_call_of_the_partner_or_of_the_same_import_has_not_changed() {
        let check = |a: &str, b: &str, expected: char| {
            let mut pair = SideBySide::new(listing(a), listing(b), Vec::new());
            pair.partners = BTreeSet::from([(0x10, 0x20)]);
            assert_eq!(pair.told()[0].mark, expected, "{a} {b}");
        };
        check("call 0x10", "call 0x20", '=');
        check("call 0x10", "call 0x30", '~');
        check("bl 0x10", "bl 0x20", '=');
        check("call 0x99  ; puts", "call 0x98  ; puts", '=');
        check("call 0x99  ; puts", "call 0x98  ; gets", '~');
        check("call rax", "call rbx", '~');
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
