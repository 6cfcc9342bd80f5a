//! `match` as one page, and as Markdown.

use super::super::matched::named;
use super::super::matched::title;
use super::functions::{MOST_FUNCTIONS, functions};
use super::match_code::{PARTS, shares};
use super::match_sections::sheet;
use super::rows::{Cell, head, rows};
use super::sheet::{Made, Sheet, details, more, page, section};
use crate::products::markup::Markup;
use crate::products::outline::Section;
use crate::text::{name, percent, plural};
use cognate_documents::{CodeSplit, Kind, MatchAnswer, MatchDocument, MatchReport};

/// Files of which a page tells more than a row.
const MOST_FILES: usize = 100;

/// Writes answers as one self-contained HTML page; the same answers give the same bytes on one day.
#[must_use]
pub fn match_page(document: &MatchDocument, made: &Made) -> String {
    let answers = &document.answers;
    let heading = match answers.as_slice() {
        [only] => format!("{}: {}", title(only.report.outcome.verdict), name(&only.name, 80)),
        several => plural(several.len() as u64, "file"),
    };
    page(&heading, |markup| {
        if answers.len() != 1 || !document.failed.is_empty() {
            overview(markup, document);
        }
        let most = MOST_FUNCTIONS / answers.len().clamp(1, MOST_FILES);
        for (number, answer) in answers.iter().take(MOST_FILES).enumerate() {
            let place = format!("file-{number}");
            markup.element("article", &[("id", &place)], |markup| {
                file(markup, &sheet(answer, made, true), answer, (number, most));
            });
        }
    })
}

/// Writes answers as Markdown: the verdict, why, what speaks against it, and what it was compared with.
#[must_use]
pub fn match_markdown(document: &MatchDocument, made: &Made) -> String {
    markdown(document, made, true)
}

/// The same, with or without what labels say of actors.
pub(super) fn markdown(document: &MatchDocument, made: &Made, actors: bool) -> String {
    let mut parts: Vec<String> =
        document.answers.iter().map(|answer| sheet(answer, made, actors).markdown()).collect();
    parts.extend(document.failed.iter().map(|failure| {
        let facts = [("Not read", failure.error.clone())];
        crate::products::markdown::sheet(&failure.name, &facts, std::iter::empty())
    }));
    parts.join("\n")
}

/// All files in a table, and what could not be read.
fn overview(markup: &mut Markup, document: &MatchDocument) {
    let answers = &document.answers;
    markup.leaf("h1", &[], &plural(answers.len() as u64, "file"));
    let heads = [head("verdict"), head("file"), head("named"), head("why")];
    let row = |answer: &MatchAnswer| {
        let outcome = &answer.report.outcome;
        vec![
            Cell::word(title(outcome.verdict)),
            Cell::text(name(&answer.name, 160)),
            Cell::text(name(&outcome.named.join(", "), 160)),
            Cell::text(name(&outcome.reason, 400)),
        ]
    };
    rows(markup, MOST_FILES, &heads, answers.iter().take(MOST_FUNCTIONS).map(row));
    if answers.len() > MOST_FILES {
        let text = format!("More is told of the first {MOST_FILES}. {}", more(answers.len() - MOST_FILES));
        markup.leaf("p", &[("class", &"doubt")], &text);
    }
    if !document.failed.is_empty() {
        let title = format!("{} not read", plural(document.failed.len() as u64, "file"));
        details(markup, &title, |markup| {
            markup.element("ul", &[], |markup| {
                for failure in document.failed.iter().take(MOST_FUNCTIONS) {
                    markup.leaf("li", &[], &failure.error);
                }
            });
        });
    }
}

fn file(markup: &mut Markup, sheet: &Sheet, answer: &MatchAnswer, (number, most): (usize, usize)) {
    let report = &answer.report;
    sheet.head(markup);
    for own in &sheet.sections {
        match own.id {
            "code" => section(markup, own, |markup| bar(markup, &report.code)),
            "beside" | "gaps" | "libraries" => closed(markup, own),
            "compared" => {
                every_function(markup, report, (number, most));
                section(markup, own, |_| {});
            }
            _ => section(markup, own, |_| {}),
        }
    }
}

fn closed(markup: &mut Markup, own: &Section) {
    details(markup, own.title, |markup| {
        own.blocks.iter().for_each(|block| crate::products::page::block(markup, block));
    });
}

/// Families below the bar are not named beside functions either.
fn every_function(markup: &mut Markup, report: &MatchReport, place: (usize, usize)) {
    let may_name = |family: &str| {
        let own = report.families.iter().find(|own| own.family == family);
        own.is_some_and(|own| own.kind != Kind::Malware || named(report).any(|named| named.family == family))
    };
    if !report.functions.is_empty() {
        functions(markup, place, &report.functions, &may_name);
    }
}

/// One bar of a file's code. Its parts have a sign and a pattern of their own, so that it reads without colour.
fn bar(markup: &mut Markup, split: &CodeSplit) {
    let shares = shares(split);
    let told = PARTS.iter().zip(&shares).filter(|(_, share)| share.of_bytes > 0.0);
    let told: Vec<String> =
        told.map(|((_, _, called, _), share)| format!("{called} {}", percent(share.of_bytes))).collect();
    let label = told.join(", ");
    let frame: [(&str, &dyn std::fmt::Display); 5] =
        [("class", &"bar"), ("role", &"img"), ("aria-label", &label), ("width", &"100%"), ("height", &34)];
    markup.element("svg", &frame, |markup| {
        markup.leaf("title", &[], &label);
        let mut from = 0.0;
        for ((class, sign, ..), share) in PARTS.iter().zip(&shares).filter(|(_, share)| share.of_bytes > 0.0)
        {
            let wide = share.of_bytes.min(1.0 - from);
            piece(markup, class, *sign, (from, wide));
            from += wide;
        }
    });
}

fn piece(markup: &mut Markup, class: &str, sign: char, (from, wide): (f64, f64)) {
    let (x, width) = (format!("{:.2}%", from * 100.0), format!("{:.2}%", wide * 100.0));
    let class = format!("piece {class}");
    markup.void("rect", &[("class", &class), ("x", &x), ("y", &1), ("width", &width), ("height", &32)]);
    if wide > 0.03 && sign != ' ' {
        let middle = format!("{:.2}%", (from + wide / 2.0) * 100.0);
        markup.leaf("text", &[("class", &"mid sign"), ("x", &middle), ("y", &21)], &sign.to_string());
    }
}
