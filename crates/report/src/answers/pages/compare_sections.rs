//! What a page and a Markdown of `compare` say of two files.

use super::super::compared::{CompareDocument, Order, View, class, ordered, reason_text, size_text};
use super::super::reasons::how_text;
use super::match_sections::capital;
use super::sheet::{MOST_OF_NAME, Made, Sheet, not_shown, part};
use crate::products::outline::{Block, Cell, Grid, Lean, Section, Tone};
use crate::text::{bytes, count, name, percent, plural};
use cognate_documents::{AlignedPair, ComparedSample, FunctionRef, Holds, How, Share};
use std::cmp::Reverse;

/// Most of each list that a page shows; the pairs that differ are listed in so many rows beside those written out.
const MOST_PAIRS: usize = 400;
const MOST_ALONE: usize = 200;
const MOST_INLINED: usize = 60;
const MOST_GAPS: usize = 100;
/// What a Markdown shows of them.
const MOST_FIRST: usize = 20;

/// What became of the functions of two files.
pub(super) struct Groups<'d> {
    /// Changed, those of which most has changed first.
    pub changed: Vec<&'d AlignedPair>,
    /// Put together by their neighbours only.
    pub placed: Vec<&'d AlignedPair>,
    /// Of the same bytes.
    pub same: Vec<&'d AlignedPair>,
}

/// The pairs by what became of them.
pub(super) fn groups(document: &CompareDocument) -> Groups<'_> {
    let view = View { order: Order::Weight, ..View::default() };
    let all = ordered(&document.comparison.pairs, view);
    let of = |wanted: usize| all.iter().copied().filter(|pair| class(pair) == wanted).collect();
    Groups { changed: of(0), placed: of(1), same: of(2) }
}

/// All that is said of two files; for a page without the pairs that are written out on it.
pub(super) fn sheet(document: &CompareDocument, made: &Made, for_page: bool) -> Sheet {
    let comparison = &document.comparison;
    let groups = groups(document);
    let (pairs, alone) = if for_page { (MOST_PAIRS, MOST_ALONE) } else { (MOST_FIRST, MOST_FIRST) };
    let sections = [
        agreed(document),
        shared(document),
        self::pairs("changed", "Changed functions", &groups.changed, pairs),
        self::alone("only-b", "Only in B", &comparison.b, alone),
        self::alone("only-a", "Only in A", &comparison.a, alone),
        self::pairs("placed", "Put together by their neighbours only: no evidence", &groups.placed, pairs),
        self::pairs("same", "Of the same bytes", &groups.same, pairs),
        inlined(document),
        gaps(document),
        made_by(made),
    ];
    let title =
        format!("{} and {}", name(&document.name_a, MOST_OF_NAME), name(&document.name_b, MOST_OF_NAME));
    let sections = sections.into_iter().filter(|section| !section.blocks.is_empty()).collect();
    Sheet { title, facts: facts(document), sections }
}

fn facts(document: &CompareDocument) -> Vec<(&'static str, String)> {
    let comparison = &document.comparison;
    let side = |name: &str, side: &ComparedSample| {
        format!(
            "{}: {} {}, {} with {} of code, SHA-256 {}",
            crate::text::name(name, MOST_OF_NAME),
            side.format,
            side.arch,
            plural(side.functions, "function"),
            bytes(side.code_bytes),
            side.id
        )
    };
    vec![("A", side(&document.name_a, &comparison.a)), ("B", side(&document.name_b, &comparison.b))]
}

/// How the two came to agree, why, and what limits that.
fn agreed(document: &CompareDocument) -> Section {
    let comparison = &document.comparison;
    let told = &comparison.provenance;
    let mut blocks = vec![Block::Say(Tone::Answer, format!("{}.", capital(told.origin.words())))];
    for (letter, side) in [('A', &comparison.a), ('B', &comparison.b)] {
        let text = format!("{letter} was read in part: functions may be missing.");
        blocks.extend(side.partial.then_some(Block::Say(Tone::Doubt, text)));
    }
    if !told.reasons.is_empty() {
        blocks.push(Block::List(told.reasons.clone()));
    }
    if !told.limits.is_empty() {
        blocks.push(Block::Heading("What limits that".to_owned()));
        blocks.push(Block::List(told.limits.clone()));
    }
    part("agreed", "How they came to agree", true, blocks)
}

fn shared(document: &CompareDocument) -> Section {
    let (a, b) = (&document.comparison.a, &document.comparison.b);
    let mut grid = Grid::new([
        ("shared", Lean::Left),
        ("functions of A", Lean::Right),
        ("of its code", Lean::Right),
        ("functions of B", Lean::Right),
        ("of its code", Lean::Right),
    ]);
    let mut row = |title: &str, a: &Share, b: &Share| {
        let cells = [a, b].into_iter().flat_map(|side| [count(side.functions), percent(side.of_bytes)]);
        grid.rows.push(std::iter::once(title.into()).chain(cells.map(Cell::from)).collect());
    };
    row("the same bytes", &a.exact, &b.exact);
    row("alike by content", &a.matched, &b.matched);
    row("and by neighbours (no evidence)", &a.matched_and_aligned, &b.matched_and_aligned);
    part("shared", "How much they share", true, vec![Block::Grid(grid)])
}

/// Pairs of functions in a table.
fn pairs(id: &'static str, title: &'static str, pairs: &[&AlignedPair], most: usize) -> Section {
    let mut blocks = Vec::new();
    if id == "changed" && pairs.is_empty() {
        blocks.push(Block::Say(Tone::Plain, "None.".to_owned()));
    }
    if !pairs.is_empty() {
        blocks.push(Block::Say(Tone::Plain, format!("{}.", plural(pairs.len() as u64, "pair"))));
        let mut grid = Grid::new([
            ("A", Lean::Right),
            ("B", Lean::Right),
            ("bytes", Lean::Right),
            ("alike", Lean::Right),
            ("by", Lean::Left),
            ("name or reason", Lean::Wide),
        ]);
        grid.rows.extend(pairs.iter().take(most).map(|pair| pair_row(pair)));
        blocks.push(Block::Grid(grid));
        not_shown(&mut blocks, pairs.len(), most);
    }
    part(id, title, id == "changed", blocks)
}

fn pair_row(pair: &AlignedPair) -> Vec<Cell> {
    vec![
        format!("{:#x}", pair.query.address).into(),
        format!("{:#x}", pair.stored.address).into(),
        size_text(pair).into(),
        percent(pair.similarity).into(),
        how_text(pair.how).into(),
        reason_text(pair, 2 * MOST_OF_NAME).into(),
    ]
}

/// What a pair is called in a heading: addresses, names, how alike.
pub(super) fn called(pair: &AlignedPair) -> String {
    let alike = match pair.how {
        How::CallGraph => how_text(pair.how).to_owned(),
        how => format!("{} alike ({})", percent(pair.similarity), how_text(how)),
    };
    format!("A {} | B {}: {alike}, {} B", function(&pair.query), function(&pair.stored), size_text(pair))
}

fn function(function: &FunctionRef) -> String {
    let named = function.name.as_deref().map(|text| format!(" {}", name(text, MOST_OF_NAME)));
    format!("{:#x}{}", function.address, named.unwrap_or_default())
}

/// Functions without a partner, the largest first.
fn alone(id: &'static str, title: &'static str, side: &ComparedSample, most: usize) -> Section {
    let mut blocks = Vec::new();
    if !side.unmatched.is_empty() {
        let total: u64 = side.unmatched.iter().map(|function| u64::from(function.bytes)).sum();
        let text = format!("{}, {}.", plural(side.unmatched.len() as u64, "function"), bytes(total));
        blocks.push(Block::Say(Tone::Plain, text));
        let mut largest: Vec<&FunctionRef> = side.unmatched.iter().collect();
        largest.sort_by_key(|function| (Reverse(function.bytes), function.address));
        let mut grid = Grid::new([("address", Lean::Right), ("bytes", Lean::Right), ("name", Lean::Wide)]);
        grid.rows.extend(largest.iter().take(most).map(|function| {
            let named = function.name.as_deref().map(|text| name(text, MOST_OF_NAME)).unwrap_or_default();
            vec![
                format!("{:#x}", function.address).into(),
                count(u64::from(function.bytes)).into(),
                named.into(),
            ]
        }));
        blocks.push(Block::Grid(grid));
        not_shown(&mut blocks, largest.len(), most);
    }
    part(id, title, true, blocks)
}

fn inlined(document: &CompareDocument) -> Section {
    let all = &document.comparison.inlined;
    let mut blocks = Vec::new();
    if !all.is_empty() {
        let mut grid = Grid::new([
            ("function", Lean::Left),
            ("is part of", Lean::Left),
            ("of it", Lean::Right),
            ("bits", Lean::Right),
        ]);
        grid.rows.extend(all.iter().take(MOST_INLINED).map(|row| {
            let (a, b) = (format!("A {}", function(&row.query)), format!("B {}", function(&row.stored)));
            let (inner, outer) = if row.holds == Holds::QueryInStored { (a, b) } else { (b, a) };
            vec![inner.into(), outer.into(), percent(row.contained).into(), format!("{:.0}", row.bits).into()]
        }));
        blocks.push(Block::Grid(grid));
        not_shown(&mut blocks, all.len(), MOST_INLINED);
    }
    part("inlined", "Functions inlined on the other side: evidence for the part only", false, blocks)
}

fn gaps(document: &CompareDocument) -> Section {
    let sides = [("A", &document.gaps_a), ("B", &document.gaps_b)];
    let all: Vec<String> = sides
        .into_iter()
        .flat_map(|(letter, gaps)| {
            gaps.iter().map(move |gap| format!("{letter}: {}", name(&gap.to_string(), 400)))
        })
        .collect();
    let shown: Vec<String> = all.iter().take(MOST_GAPS).cloned().collect();
    let mut blocks = if shown.is_empty() { Vec::new() } else { vec![Block::List(shown)] };
    not_shown(&mut blocks, all.len(), MOST_GAPS);
    part("gaps", "What could not be read or followed", true, blocks)
}

fn made_by(made: &Made) -> Section {
    let said = made.facts().into_iter().filter(|(what, _)| *what != "Known components");
    let said = said.map(|(what, value)| format!("{what}: {value}.").replace("Asked", "Compared")).collect();
    part("made", "Made by", true, vec![Block::List(said)])
}
