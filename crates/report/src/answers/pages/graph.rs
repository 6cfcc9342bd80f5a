//! The basic blocks of two functions as pictures: what changed has a border and a sign of its own, and only then a colour.

use super::super::side_by_side::SideBySide;
use super::blocks::{Block, Graph, State, graphs};
use super::layers::{HIGH, WIDE, layered};
use crate::products::markup::Markup;
use crate::products::picture::{at, figure, text};
use crate::text::{count, plural};
use std::fmt::Display;

/// Blocks and ways of a function that is drawn; a larger one is listed only. Judgement: what a person still reads.
pub(super) const MOST_BLOCKS: usize = 60;
const MOST_WAYS: usize = 150;

/// The style of a picture that stands alone.
const STYLE: &str = concat!(include_str!("../../products/page.css"), include_str!("pages.css"));

/// Both graphs of a pair side by side, each block a link to its instructions; what is too large is said to be.
pub(super) fn pictures(markup: &mut Markup, pair: usize, graphs: &[Graph; 2]) {
    markup.element("div", &[("class", &"graphs")], |markup| {
        for (letter, graph) in ['A', 'B'].into_iter().zip(graphs) {
            markup.element("div", &[("class", &"graph")], |markup| match too_large(graph) {
                Some(why) => markup.leaf("p", &[("class", &"doubt")], &format!("{letter}: {why}")),
                None => picture(markup, &format!("graph-{pair}-{letter}"), letter, graph, true),
            });
        }
    });
}

/// Why a graph is not drawn.
pub(super) fn too_large(graph: &Graph) -> Option<String> {
    let (blocks, ways) = (graph.blocks.len(), graph.ways.len());
    (blocks > MOST_BLOCKS || ways > MOST_WAYS).then(|| {
        format!(
            "{} and {} are not drawn: more than {MOST_BLOCKS} blocks or {MOST_WAYS} edges are no picture to read",
            plural(blocks as u64, "block"),
            plural(ways as u64, "edge"),
        )
    })
}

/// Writes the blocks of two functions side by side as one SVG picture that loads nothing; `None` where they are too many to be read.
#[must_use]
pub fn graph_svg(pair: &SideBySide) -> Option<String> {
    let graphs = graphs(pair, &pair.told());
    if graphs.iter().any(|graph| too_large(graph).is_some()) {
        return None;
    }
    let placed = graphs.each_ref().map(|graph| layered(graph.blocks.len(), &graph.ways, graph.entry));
    let [a, b] = &placed;
    let (width, height) = (a.width + b.width + WIDE / 2.0, a.height.max(b.height));
    let frame = format!("0 0 {} {}", at(width), at(height));
    let attributes: [(&str, &dyn Display); 4] = [
        ("xmlns", &"http://www.w3.org/2000/svg"),
        ("viewBox", &frame),
        ("width", &at(width)),
        ("height", &at(height)),
    ];
    let mut markup = Markup::default();
    markup.element("svg", &attributes, |markup| {
        markup.style(STYLE);
        for (graph, from) in graphs.iter().zip([0.0, a.width + WIDE / 2.0]) {
            let moved = format!("translate({} 0)", at(from));
            markup.element("g", &[("transform", &moved)], |markup| inner(markup, "", graph, false));
        }
    });
    Some(markup.fragment())
}

fn picture(markup: &mut Markup, id: &str, letter: char, graph: &Graph, links: bool) {
    let placed = layered(graph.blocks.len(), &graph.ways, graph.entry);
    let number = |state| graph.blocks.iter().filter(|block| block.state == state).count() as u64;
    let told = [State::Changed, State::Alone, State::Same].map(|state| (number(state), state.told().1));
    let told = told.iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = told.map(|(number, word)| format!("{} {word}", count(*number))).collect();
    let title = format!("The blocks of {letter}: {}", told.join(", "));
    let description = "Each block with its number, which the block beside it on the other side has too. Signs: \
                       = the same, ~ changed, + only here.";
    figure(markup, id, (placed.width, placed.height), (&title, description), |markup| {
        inner(markup, id, graph, links);
    });
}

fn inner(markup: &mut Markup, id: &str, graph: &Graph, links: bool) {
    let placed = layered(graph.blocks.len(), &graph.ways, graph.entry);
    placed.ways.iter().filter(|way| !way.is_empty()).for_each(|way| self::way(markup, way));
    for (place, (block, (x, y))) in graph.blocks.iter().zip(&placed.nodes).enumerate() {
        let repeats = graph.ways.contains(&(place, place));
        if links {
            let target = format!("#{}", row_id(id, place));
            markup.element("a", &[("href", &target)], |markup| self::block(markup, block, (*x, *y), repeats));
        } else {
            self::block(markup, block, (*x, *y), repeats);
        }
    }
}

/// What the first row of a block is called in a page.
pub(super) fn row_id(picture: &str, block: usize) -> String {
    format!("{picture}-{block}")
}

fn block(markup: &mut Markup, block: &Block, (x, y): (f64, f64), repeats: bool) {
    let (sign, word) = block.state.told();
    let class = match block.state {
        State::Same => "block",
        State::Changed => "block changed",
        State::Alone => "block alone",
    };
    let frame: [(&str, &dyn Display); 6] = [
        ("class", &class),
        ("x", &at(x)),
        ("y", &at(y)),
        ("width", &at(WIDE)),
        ("height", &at(HIGH)),
        ("rx", &3),
    ];
    markup.void("rect", &frame);
    text(markup, "head", (x + 7.0, y + 16.0), &format!("{sign} {}", block.name));
    text(markup, "end note", (x + WIDE - 7.0, y + 16.0), &format!("{:x}", block.address));
    let repeats = if repeats { ", repeats" } else { "" };
    let lines = if block.lines == 1 { "1 line".to_owned() } else { format!("{} lines", block.lines) };
    text(markup, "note", (x + 7.0, y + 31.0), &format!("{lines}, {word}{repeats}"));
}

/// A way with a tip at its end; one that leads upwards is dashed.
fn way(markup: &mut Markup, points: &[(f64, f64)]) {
    let (Some((x, y)), Some((_, above))) = (points.last(), points.first()) else { return };
    let mut path = String::new();
    let mut before: Option<(f64, f64)> = None;
    for (place, (x, y)) in points.iter().enumerate() {
        let (x, y) = (*x, *y);
        match before {
            None => path.push_str(&format!("M{} {}", at(x), at(y))),
            // between layers a curve, within one a line
            Some((from, above)) if place % 2 == 1 => {
                let middle = (above + y) / 2.0;
                path.push_str(&format!(
                    "C{} {m} {} {m} {} {}",
                    at(from),
                    at(x),
                    at(x),
                    at(y),
                    m = at(middle)
                ));
            }
            Some(_) => path.push_str(&format!("V{}", at(y))),
        }
        before = Some((x, y));
    }
    let upwards = above > y;
    let class = if upwards { "way back" } else { "way" };
    markup.void("path", &[("class", &class), ("d", &path)]);
    let tip = if upwards { "l-4 7h8Z" } else { "l-4 -7h8Z" };
    markup.void("path", &[("class", &"tip"), ("d", &format!("M{} {}{tip}", at(*x), at(*y)))]);
}
