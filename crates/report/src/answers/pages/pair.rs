//! Two functions side by side in a page: their blocks as pictures, their instructions, what both compute.

use super::super::side_by_side::{BY_POSITION, Row, SideBySide};
use super::blocks::{Graph, graphs};
use super::graph::{pictures, row_id};
use super::sheet::more;
use crate::products::markup::Markup;
use crate::text::{each_once, name};
use crate::{Line, Listing};

/// Rows of one pair that are written into a page.
pub(super) const MOST_ROWS: usize = 1_000;
/// Expressions that both compute.
const MOST_EXPRESSIONS: usize = 12;
/// Columns of an instruction, and of an expression.
const MOST_OF_TEXT: usize = 120;

/// Writes the pair that is the `number`th of the page, in at most so many rows; tells how many it took.
pub(super) fn pair(markup: &mut Markup, number: usize, pair: &SideBySide, most: usize) -> usize {
    let rows = pair.told();
    let graphs = graphs(pair, &rows);
    if pair.by_position {
        markup.leaf("p", &[("class", &"doubt")], BY_POSITION);
    } else if graphs.iter().any(|graph| graph.blocks.len() > 1) {
        pictures(markup, number, &graphs);
    }
    if pair.a.truncated || pair.b.truncated {
        markup.leaf(
            "p",
            &[("class", &"doubt")],
            "There are more instructions than are listed of one function.",
        );
    }
    let shown = rows.len().min(most);
    markup.element("div", &[("class", &"scroll")], |markup| {
        markup.element("table", &[("class", &"pair")], |markup| {
            head(markup);
            markup.element("tbody", &[], |markup| {
                rows.iter().take(shown).for_each(|own| row(markup, number, pair, own, &graphs));
            });
        });
    });
    if rows.len() > shown {
        markup.leaf("p", &[("class", &"doubt")], &more(rows.len() - shown).replace("more", "more rows"));
    }
    expressions(markup, pair);
    shown
}

fn head(markup: &mut Markup) {
    markup.element("thead", &[], |markup| {
        markup.element("tr", &[], |markup| {
            let titles = [("2", "A"), ("1", ""), ("2", "B")];
            titles.iter().for_each(|(columns, title)| {
                markup.leaf("th", &[("scope", &"col"), ("colspan", columns)], title);
            });
        });
    });
}

fn row(markup: &mut Markup, number: usize, pair: &SideBySide, row: &Row, graphs: &[Graph; 2]) {
    let class = match row.mark {
        '=' => "same",
        '~' => "changed",
        _ => "alone",
    };
    markup.element("tr", &[("class", &class)], |markup| {
        for (place, listing) in [&pair.a, &pair.b].into_iter().enumerate() {
            if place == 1 {
                markup.leaf("td", &[("class", &"sign")], &row.mark.to_string());
            }
            let side = row.sides.get(place).and_then(Option::as_ref);
            let line = side.and_then(|(line, text)| Some((listing.lines.get(*line)?, text)));
            let block = line.and_then(|(line, _)| block(number, place, line, graphs));
            cells(markup, line, block, row.label.as_deref());
        }
    });
}

/// What the row is called and how its block is, where a line is the first of one.
fn block(number: usize, side: usize, line: &Line, graphs: &[Graph; 2]) -> Option<(String, String)> {
    let graph = graphs.get(side).filter(|_| line.leads)?;
    let place = graph.blocks.iter().position(|block| block.address == line.address)?;
    let block = graph.blocks.get(place)?;
    let picture = format!("graph-{number}-{}", if side == 0 { 'A' } else { 'B' });
    Some((row_id(&picture, place), format!("block {}", block.name)))
}

fn cells(
    markup: &mut Markup,
    line: Option<(&Line, &String)>,
    block: Option<(String, String)>,
    label: Option<&str>,
) {
    let Some((line, text)) = line else {
        markup.leaf("td", &[("class", &"code")], "");
        return markup.leaf("td", &[("class", &"code")], "");
    };
    let address = format!("{:x}", line.address);
    let text = name(text, MOST_OF_TEXT);
    match &block {
        Some((id, title)) => {
            markup.leaf("td", &[("class", &"code place leads"), ("id", id), ("title", title)], &address);
        }
        None => markup.leaf("td", &[("class", &"code place")], &address),
    }
    let class = if block.is_some() { "code leads" } else { "code" };
    markup.element("td", &[("class", &class)], |markup| {
        if let Some(label) = label {
            markup.leaf("b", &[], &format!("{label}: "));
        }
        markup.text(&text);
    });
}

/// What both functions do alike, the rarest first.
fn expressions(markup: &mut Markup, pair: &SideBySide) {
    let once = each_once(&pair.expressions, |own| (own.rough, own.text.as_str()));
    if once.is_empty() {
        return markup.leaf("p", &[("class", &"faint")], "No expression of the data flow is shared.");
    }
    markup.leaf("h3", &[], "Both compute, the rarest first");
    markup.element("ul", &[("class", &"expressions")], |markup| {
        for (own, _) in once.iter().take(MOST_EXPRESSIONS) {
            let about = if own.rough { "but for numbers: " } else { "" };
            let text = format!("{about}{} ({:.1} bits)", name(&own.text, MOST_OF_TEXT), own.bits);
            markup.leaf("li", &[], &text);
        }
    });
    if once.len() > MOST_EXPRESSIONS {
        markup.leaf("p", &[("class", &"faint")], &more(once.len() - MOST_EXPRESSIONS));
    }
}

/// What a function is called in a heading.
pub(super) fn called(listing: &Listing) -> String {
    let named = listing.name.as_deref().map(|text| format!(" {}", name(text, 60)));
    format!("{:#x}{}", listing.address, named.unwrap_or_default())
}
