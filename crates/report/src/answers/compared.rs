//! `compare`: two samples function by function.

use super::inspected::{gaps_text, read_in_part};
use super::match_details::{WIDE, bullet, names};
use super::nearest::nearest_text;
use super::reasons::{how_text, reasons_text};
use super::side_by_side::{SideBySide, side_by_side};
use crate::text::{Align, Table, bytes, count, name, percent, plural, wrap};
use crate::{Document, Style};
use cognate_base::{Gap, Hint, escape};
use cognate_documents::{
    AlignedPair, ComparedSample, Comparison, FunctionRef, Holds, How, Nearest, Provenance, Reason, Share,
    Side,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Reverse;
use std::fmt::Write;

/// What `compare` shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CompareDocument {
    /// The name of one sample, not escaped.
    pub name_a: String,
    /// The name of the other, not escaped.
    pub name_b: String,
    /// The comparison.
    pub comparison: Comparison,
    /// The function that was asked about, with those of the other sample that are most like it.
    pub nearest: Option<Nearest>,
    /// The pairs whose instructions were asked for.
    pub listings: Vec<SideBySide>,
    /// What could not be read of the one: code there was not compared.
    pub gaps_a: Vec<Gap>,
    /// What could not be read of the other: code there was not compared.
    pub gaps_b: Vec<Gap>,
    /// What of the functions is shown as text; JSON has all, by address.
    #[serde(skip)]
    pub view: View,
}

/// What of the functions of two samples is shown, and in which order.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// Most functions in a list.
    pub most: usize,
    /// Which come first.
    pub order: Order,
    /// Pairs of equal bytes are left out.
    pub changed: bool,
    /// Only the functions without a partner in A.
    pub only_b: bool,
}

/// Which functions come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that changed, by how much of them did; then those put together by their neighbours; then those of equal
    /// bytes, by size.
    #[default]
    Weight,
    /// By address in A.
    Address,
    /// The largest.
    Size,
    /// The least alike.
    Alike,
}

impl CompareDocument {
    /// Whether any function was matched by its content, or the one that was asked about.
    pub fn found(&self) -> bool {
        let by_content = |how: How| how != How::CallGraph;
        match &self.nearest {
            Some(nearest) => nearest.functions.iter().any(|near| near.partner.is_some_and(by_content)),
            None => self.comparison.pairs.iter().any(|pair| by_content(pair.how)),
        }
    }
}

impl Document for CompareDocument {
    const NAME: &'static str = "compare";

    fn text(&self, style: &Style) -> String {
        let mut out = self.head(style);
        if let Some(nearest) = &self.nearest {
            let other = if nearest.side == Side::A { &self.comparison.b } else { &self.comparison.a };
            out.push_str(&nearest_text(nearest, other.functions, style));
        } else if !self.view.only_b {
            out.push_str(&self.shares(style));
        }
        if self.nearest.is_some() || !self.listings.is_empty() {
            self.listings.iter().for_each(|listing| out.push_str(&side_by_side(listing, style)));
            out.push_str(&self.gaps(style));
            return out;
        }
        if self.view.only_b && self.comparison.b.unmatched.is_empty() {
            out.push_str("\neach function of B stands beside one of A\n");
        }
        if self.view.only_b {
            out.push_str(&unmatched("only in B", &self.comparison.b, self.view.most, style));
            out.push_str(&self.gaps(style));
            return out;
        }
        out.push_str(&self.pairs(style));
        out.push_str(&unmatched("only in B", &self.comparison.b, UNMATCHED, style));
        out.push_str(&unmatched("only in A", &self.comparison.a, UNMATCHED, style));
        out.push_str(&self.inlined(style));
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

    /// What the two samples are.
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
        out
    }

    /// How much of both is shared, and how that came about.
    fn shares(&self, style: &Style) -> String {
        let (a, b) = (&self.comparison.a, &self.comparison.b);
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
            false => "with those that place adds (no evidence)",
        };
        row(aligned, &a.matched_and_aligned, &b.matched_and_aligned);
        format!("\n{}{}", table.render(), provenance(&self.comparison.provenance, style))
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
        let pairs = ordered(pairs, self.view);
        for pair in pairs.iter().take(self.view.most) {
            table.row([
                format!("{:#x}", pair.query.address),
                format!("{:#x}", pair.stored.address),
                size_text(pair),
                percent(pair.similarity),
                how_text(pair.how).to_owned(),
                reason_text(pair, style.width.saturating_sub(62).max(24)),
            ]);
        }
        let more = pairs.len().saturating_sub(self.view.most);
        let tail = if more > 0 {
            format!("  and {} more pairs{}\n", count(more as u64), style.hint(&Hint::SeeMorePairs))
        } else {
            String::new()
        };
        let by_place = pairs.iter().take(self.view.most).any(|pair| pair.how == How::CallGraph);
        let note = "  neighbours only: by content and shape together, which is no evidence\n";
        let note = if by_place { note } else { "" };
        let heading = style.heading(&side_by_side_heading(&self.comparison.pairs));
        format!("\n{heading}\n{}{tail}{note}", table.render())
    }

    /// The functions whose body is found inside a function of the other side.
    fn inlined(&self, style: &Style) -> String {
        let rows = &self.comparison.inlined;
        if rows.is_empty() {
            return String::new();
        }
        let columns = [
            ("function", Align::Left),
            ("is part of", Align::Left),
            ("of it", Align::Right),
            ("bits", Align::Right),
        ];
        let mut table = Table::new(2, &columns);
        let room = style.width.saturating_sub(30).max(24) / 2;
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
            let bits = format!("{:.0}", row.bits);
            table.row([inner, outer, percent(row.contained), bits]);
        }
        let tail = style.more(2, rows.len().saturating_sub(INLINED));
        let heading = style.heading("functions inlined on the other side (evidence for the part only)");
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

/// Where a pair stands among others: changed, put together by neighbours only, or of equal bytes.
pub(crate) fn class(pair: &AlignedPair) -> usize {
    match pair.how {
        How::Exact => 2,
        _ if pair.reasons.contains(&Reason::Exact) => 2,
        How::CallGraph => 1,
        _ => 0,
    }
}

fn size(pair: &AlignedPair) -> u32 {
    pair.query.bytes.max(pair.stored.bytes)
}

/// The pairs that are to be shown, in their order.
pub(crate) fn ordered(pairs: &[AlignedPair], view: View) -> Vec<&AlignedPair> {
    let mut pairs: Vec<&AlignedPair> = pairs.iter().filter(|pair| !view.changed || class(pair) < 2).collect();
    let changed = |pair: &AlignedPair| (1.0 - pair.similarity) * f64::from(size(pair));
    // All orders are stable: what is equal stays by address.
    match view.order {
        Order::Address => {}
        Order::Size => pairs.sort_by_key(|pair| Reverse(size(pair))),
        Order::Alike => pairs.sort_by(|a, b| a.similarity.total_cmp(&b.similarity)),
        Order::Weight => pairs.sort_by(|a, b| {
            let by_change = || changed(b).total_cmp(&changed(a));
            class(a).cmp(&class(b)).then_with(by_change).then_with(|| size(b).cmp(&size(a)))
        }),
    }
    pairs
}

fn side_by_side_heading(pairs: &[AlignedPair]) -> String {
    let number = |wanted: usize| pairs.iter().filter(|pair| class(pair) == wanted).count() as u64;
    let kinds = [(0, "changed"), (1, "by neighbours only"), (2, "of the same bytes")];
    let kinds = kinds.map(|(class, word)| (number(class), word));
    let told = kinds.iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told.map(|(number, word)| format!("{} {word}", count(*number))).collect();
    format!("functions side by side: {}", told.join(", "))
}

/// Functions without a partner that are shown beside the pairs.
const UNMATCHED: usize = 5;

/// Most bodies shown as text; JSON has all.
const INLINED: usize = 10;

pub(crate) fn size_text(pair: &AlignedPair) -> String {
    if pair.query.bytes == pair.stored.bytes {
        count(u64::from(pair.query.bytes))
    } else {
        format!("{} | {}", count(u64::from(pair.query.bytes)), count(u64::from(pair.stored.bytes)))
    }
}

pub(crate) fn reason_text(pair: &AlignedPair, width: usize) -> String {
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

fn unmatched(title: &str, side: &ComparedSample, most: usize, style: &Style) -> String {
    if side.unmatched.is_empty() {
        return String::new();
    }
    let total: u64 = side.unmatched.iter().map(|function| u64::from(function.bytes)).sum();
    let mut largest: Vec<_> = side.unmatched.iter().collect();
    largest.sort_by_key(|function| (Reverse(function.bytes), function.address));
    let heading = format!("{title}: {}, {}", plural(side.unmatched.len() as u64, "function"), bytes(total));
    let mut out = format!("\n{}\n", style.heading(&heading));
    let mut table = Table::new(2, &[("", Align::Right), ("", Align::Right), ("", Align::Left)]);
    for function in largest.iter().take(most) {
        let title = function.name.as_deref().map(|text| name(text, 60)).unwrap_or_default();
        table.row([
            format!("{:#x}", function.address),
            format!("{} B", count(u64::from(function.bytes))),
            title,
        ]);
    }
    out.push_str(&table.render());
    let more = largest.len().saturating_sub(most);
    if more > 0 {
        let _ = writeln!(out, "  and {} smaller ones", count(more as u64));
    }
    out
}
