//! One function and those of the other sample that are most like it: the answer first, then what tells them apart.

use super::reasons::{how_text, reasons_text};
use crate::Style;
use crate::text::{count, each_once, name, percent, plural, so_many, wrap};
use cognate_documents::{ExpressionDifference, FunctionRef, NearFunction, Nearest, Reference, Side};
use std::fmt::Write;

/// Lines of one kind shown of a function; JSON has all.
const SHOWN: usize = 3;
/// Columns in front of what two functions share or have alone.
const INDENT: usize = 19;

/// The answer about one function, of a sample whose other has so many functions.
pub(super) fn nearest_text(nearest: &Nearest, of_all: u64, style: &Style) -> String {
    let (letter, other) = letters(nearest.side);
    let function = function_text(letter, &nearest.function, style);
    let mut answer = match nearest.functions.first().filter(|first| first.partner.is_some()) {
        Some(NearFunction { partner: Some(how), function: partner, similarity, .. }) => format!(
            "{function}: its partner is {} ({}), {} alike by content.",
            function_text(other, partner, style),
            how_text(*how),
            percent(*similarity),
        ),
        _ => format!("{function}: no partner in {other}."),
    };
    let compared = match nearest.compared < of_all {
        true => format!("of the {} of {other} looked at in time", plural(nearest.compared, "function")),
        false => format!("of {} of {other}", plural(nearest.compared, "function")),
    };
    match nearest.functions.len() {
        0 => {
            let _ = write!(answer, " None {compared} is like it at all.");
        }
        _ => answer.push_str(&doubt(nearest)),
    }
    let mut out = format!("\n{}", style.heading(wrap(&answer, 0, style.width).trim_end()));
    out.push('\n');
    if !nearest.functions.is_empty() {
        let _ = writeln!(out, "\nthe nearest {compared}, by content");
    }
    for (number, near) in nearest.functions.iter().enumerate() {
        out.push_str(&near_text(number + 1, near, (letter, other), style));
    }
    out
}

/// Why the likest one may not be the one.
fn doubt(nearest: &Nearest) -> String {
    let (bits, alike) = (nearest.information, count(nearest.as_alike));
    match (nearest.telling, nearest.alike_enough, nearest.as_alike) {
        (false, true, 2..) => format!(" It says {bits} bits: any of {alike} is like it."),
        (false, ..) => format!(" It says {bits} bits, too little to tell it from others."),
        (true, false, _) => " By content none is alike enough to be the same.".to_owned(),
        (true, true, 2..) => format!(" By content it is one of these {alike}, as alike as can be told."),
        (true, true, _) => String::new(),
    }
}

fn letters(side: Side) -> (char, char) {
    match side {
        Side::A => ('A', 'B'),
        Side::B => ('B', 'A'),
    }
}

fn function_text(letter: char, function: &FunctionRef, style: &Style) -> String {
    let named = function.name.as_deref().map(|text| format!(" {}", name(text, style.width / 3)));
    format!("{letter} {:#x}{}", function.address, named.unwrap_or_default())
}

fn near_text(number: usize, near: &NearFunction, (letter, other): (char, char), style: &Style) -> String {
    let mut head = format!(
        "{}, {} B, {} alike",
        function_text(other, &near.function, style),
        count(u64::from(near.function.bytes)),
        percent(near.similarity),
    );
    if near.partner.is_some() {
        head.push_str(", the partner");
    } else if let Some(partner) = &near.partner_of {
        let _ = write!(head, ", partner of {}", function_text(letter, partner, style));
    }
    let mut out = format!("\n{number:>2}  {}\n", style.heading(wrap(&head, 4, style.width).trim()));
    let reasons = reasons_text(&near.reasons);
    if !reasons.is_empty() {
        out.push_str(&wrap(&reasons, 4, style.width));
    }
    out.push_str(&difference_text(near, style));
    out
}

/// What both do, and what each has alone; of functions that do nothing alike only that they do not.
fn difference_text(near: &NearFunction, style: &Style) -> String {
    let ExpressionDifference { both, only_a, only_b } = &near.expressions;
    let mut out = String::new();
    let once = each_once(both, |own| (own.rough, own.text.as_str()));
    let lines = once.iter().map(|(own, number)| line(own.bits, own.rough, &own.text, *number));
    list(&mut out, "both do", None, lines, style);
    if both.is_empty() {
        out.push_str("    no expression in common\n");
    }
    let sides = [("only A", only_a, &near.references_only_a), ("only B", only_b, &near.references_only_b)];
    for (title, expressions, references) in sides {
        let shown = if both.is_empty() { &[] } else { expressions.as_slice() };
        let once = each_once(shown, |own| (own.rough, own.text.as_str()));
        let lines = once.iter().map(|(own, number)| line(own.bits, own.rough, &own.text, *number));
        list(&mut out, title, references_text(references), lines, style);
    }
    out
}

/// A line of a list: bits, text, and how many there are of it.
type Line = (String, String, u64);

/// An expression with its bits.
fn line(bits: f64, rough: bool, text: &str, number: u64) -> Line {
    (format!("{bits:.1}"), format!("{}{text}", if rough { "about: " } else { "" }), number)
}

/// What is referred to, in one line.
fn references_text(references: &[Reference]) -> Option<String> {
    let told = references.iter().take(SHOWN).map(|own| match &own.text {
        Some(text) => format!("{} `{}`", own.kind, name(text, 36)),
        None => own.kind.to_string(),
    });
    let mut told = told.collect::<Vec<_>>().join(", ");
    if references.len() > SHOWN {
        let _ = write!(told, " and {} more", references.len() - SHOWN);
    }
    (!told.is_empty()).then_some(told)
}

/// What stands under a title: what is referred to, then the first expressions, each in one line.
fn list(
    out: &mut String,
    title: &str,
    references: Option<String>,
    expressions: impl ExactSizeIterator<Item = Line>,
    style: &Style,
) {
    let more = expressions.len().saturating_sub(SHOWN);
    let references = references.map(|text| (String::new(), text, 1));
    for (at, (bits, text, number)) in references.into_iter().chain(expressions.take(SHOWN)).enumerate() {
        let title = if at == 0 { title } else { "" };
        let text = so_many(&text, number, style.width.saturating_sub(INDENT).max(24));
        let _ = writeln!(out, "    {title:<7}  {bits:>4}  {text}");
    }
    out.push_str(&style.more(INDENT, more));
}
