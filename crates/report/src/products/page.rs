//! An outline as one HTML page that loads nothing and runs nothing.
//!
//! The content security policy forbids everything except the one style sheet,
//! which it names by its hash; so no element has a style of its own. In print
//! the marking stands at the head and foot of every page.

use super::markup::{Markup, base64};
use super::outline::{Block, Cell, Grid, Lean, Limits, Outline, Section, Tone};
use super::picture;
use super::sections::outline;
use cognate_case::Assessment;
use cognate_case::scale::Tlp;
use sha2::{Digest, Sha256};

/// The style of every page.
const STYLE: &str = include_str!("page.css");

/// Writes an assessment as one self-contained HTML page, for the screen and for print.
///
/// It loads nothing and runs nothing, says so in its content security policy, and is the same bytes every time.
#[must_use]
pub fn html(assessment: &Assessment) -> String {
    page(&outline(assessment, &Limits::FILE))
}

fn page(outline: &Outline) -> String {
    let mut markup = Markup::default();
    markup.element("html", &[("lang", &"en")], |markup| {
        markup.element("head", &[], |markup| head(markup, outline));
        markup.element("body", &[], |markup| {
            markup.element("div", &[("class", &"sheet")], |markup| {
                marking(markup, "top", outline);
                markup.element("main", &[], |markup| body(markup, outline));
                marking(markup, "bottom", outline);
            });
        });
    });
    markup.finish()
}

fn head(markup: &mut Markup, outline: &Outline) {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLE))
    );
    markup.void("meta", &[("charset", &"utf-8")]);
    markup.void("meta", &[("http-equiv", &"Content-Security-Policy"), ("content", &policy)]);
    markup.void("meta", &[("name", &"viewport"), ("content", &"width=device-width, initial-scale=1")]);
    markup.void("meta", &[("name", &"color-scheme"), ("content", &"light dark")]);
    markup.void("meta", &[("name", &"referrer"), ("content", &"no-referrer")]);
    markup.void(
        "meta",
        &[("name", &"generator"), ("content", &concat!("cognate ", env!("CARGO_PKG_VERSION")))],
    );
    markup.leaf("title", &[], &format!("{} ({})", outline.title, outline.tlp.label()));
    markup.style(STYLE);
}

/// The marking, once above and once below; in print on every page.
fn marking(markup: &mut Markup, place: &str, outline: &Outline) {
    let class = match outline.tlp {
        Tlp::Clear => "clear",
        Tlp::Green => "green",
        Tlp::Amber | Tlp::AmberStrict => "amber",
        Tlp::Red => "red",
    };
    markup.element("div", &[("class", &format!("marking {place}"))], |markup| {
        markup.leaf("span", &[("class", &format!("tlp {class}"))], outline.tlp.label());
        markup.leaf("span", &[("class", &"running")], &outline.title);
    });
}

fn body(markup: &mut Markup, outline: &Outline) {
    markup.leaf("h1", &[], &outline.title);
    markup.leaf("p", &[("class", &"question")], &outline.question);
    markup.element("dl", &[("class", &"facts")], |markup| {
        for (what, value) in &outline.facts {
            markup.leaf("dt", &[], what);
            markup.leaf("dd", &[], value);
        }
    });
    for section in &outline.sections {
        self::section(markup, section);
        if section.id == "answer" {
            contents(markup, &outline.sections);
        }
    }
}

fn contents(markup: &mut Markup, sections: &[Section]) {
    markup.element("nav", &[("aria-label", &"Contents")], |markup| {
        markup.element("ul", &[], |markup| {
            for section in sections.iter().skip(1) {
                let target = format!("#{}", section.id);
                markup.element("li", &[], |markup| markup.leaf("a", &[("href", &target)], section.title));
            }
        });
    });
}

fn section(markup: &mut Markup, section: &Section) {
    markup.element("section", &[("id", &section.id)], |markup| {
        markup.leaf("h2", &[], section.title);
        for block in &section.blocks {
            self::block(markup, block);
        }
    });
}

fn block(markup: &mut Markup, block: &Block) {
    match block {
        Block::Heading(text) => markup.leaf("h3", &[], text),
        Block::Say(tone, text) => markup.leaf("p", &[("class", &tone_class(*tone))], text),
        Block::List(lines) => markup.element("ul", &[], |markup| {
            lines.iter().for_each(|line| markup.leaf("li", &[], line));
        }),
        Block::Grid(grid) => self::grid(markup, grid),
        Block::Matrix(matrix) => picture::matrix(markup, matrix),
        Block::Course(course) => picture::course(markup, course),
    }
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Answer => "answer",
        Tone::Plain => "plain",
        Tone::Doubt => "doubt",
        Tone::Faint => "faint",
    }
}

fn grid(markup: &mut Markup, grid: &Grid) {
    markup.element("div", &[("class", &"scroll")], |markup| {
        markup.element("table", &[], |markup| {
            markup.element("thead", &[], |markup| {
                markup.element("tr", &[], |markup| {
                    for (title, lean) in &grid.columns {
                        markup.leaf("th", &[("scope", &"col"), ("class", &lean_class(*lean))], title);
                    }
                });
            });
            markup.element("tbody", &[], |markup| {
                for row in &grid.rows {
                    markup.element("tr", &[], |markup| {
                        for (value, (_, lean)) in row.iter().zip(&grid.columns) {
                            let class = cell_class(value, *lean);
                            markup.element("td", &[("class", &class)], |markup| cell(markup, value));
                        }
                    });
                }
            });
        });
    });
}

/// Names stay on one line, unless they are long.
fn cell_class(cell: &Cell, lean: Lean) -> &'static str {
    match cell {
        Cell::Text(text) if lean == Lean::Left && text.chars().count() > 30 => "left long",
        _ => lean_class(lean),
    }
}

fn lean_class(lean: Lean) -> &'static str {
    match lean {
        Lean::Left => "left",
        Lean::Right => "right",
        Lean::Picture => "picture",
        Lean::Wide => "wide",
    }
}

fn cell(markup: &mut Markup, cell: &Cell) {
    match cell {
        Cell::Text(text) => markup.text(text),
        Cell::Span { prior, at, low, high } => picture::span(markup, *prior, *at, *low, *high),
        Cell::Weight { log_odds, most } => picture::weight(markup, *log_odds, *most),
    }
}
