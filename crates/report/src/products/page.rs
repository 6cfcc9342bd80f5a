//! An outline as one HTML page that loads nothing.
//!
//! The content security policy forbids everything except the one style sheet
//! and the one script, which it names by their hashes; so no element has a style
//! of its own, and no text of a case can run. Without the script everything is
//! shown; it only moves what is there. In print the marking stands at the head
//! and foot of every page, and the first page stands alone.

use super::markup::{Markup, base64};
use super::outline::{Block, Extent, Limits, Outline, Section, Tone};
use super::picture;
use super::sections::outline;
use super::table;
use cognate_case::Assessment;
use cognate_case::scale::Tlp;
use sha2::{Digest, Sha256};

/// The style of every page.
const STYLE: &str = include_str!("page.css");
/// What moves the bars and sorts the matrix.
const SCRIPT: &str = include_str!("page.js");

/// Writes an assessment as one self-contained HTML page, for the screen and for print.
///
/// It loads nothing and runs nothing but one script of its own, says so in its content security policy, and is the
/// same bytes every time.
#[must_use]
pub fn html(assessment: &Assessment, extent: Extent) -> String {
    page(&outline(assessment, &Limits::FILE, extent))
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
            if outline.whole {
                markup.script(SCRIPT);
            }
        });
    });
    markup.finish()
}

fn head(markup: &mut Markup, outline: &Outline) {
    page_head(markup, &format!("{} ({})", outline.title, outline.tlp.label()), STYLE, SCRIPT);
}

/// The head of a page that loads nothing, and runs nothing but this script.
pub(crate) fn page_head(markup: &mut Markup, title: &str, style: &'static str, script: &'static str) {
    let hash = |text: &str| base64(&Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
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
    markup.leaf("title", &[], title);
    markup.style(style);
}

/// The marking, once above and once below; in print on every page.
fn marking(markup: &mut Markup, place: &str, outline: &Outline) {
    let class = match outline.tlp {
        Tlp::Clear => "clear",
        Tlp::Green => "green",
        Tlp::Amber | Tlp::AmberStrict => "amber",
        Tlp::Red => "red",
    };
    // The space around it belongs to the inner element: what repeats on every page of print has none of its own.
    markup.element("div", &[("class", &format!("marking {place}"))], |markup| {
        markup.element("div", &[("class", &"strip")], |markup| {
            markup.leaf("span", &[("class", &format!("tlp {class}"))], outline.tlp.label());
            markup.leaf("span", &[("class", &"running")], &outline.title);
        });
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
    let (first, rest): (Vec<&Section>, Vec<&Section>) =
        outline.sections.iter().partition(|section| section.first);
    first.iter().for_each(|section| self::section(markup, section));
    if !rest.is_empty() {
        contents(markup, &rest);
        markup.element("div", &[("class", &"rest")], |markup| {
            rest.iter().for_each(|section| self::section(markup, section));
        });
    }
}

/// What stands after the first page.
fn contents(markup: &mut Markup, sections: &[&Section]) {
    markup.element("nav", &[("aria-label", &"Contents")], |markup| {
        markup.element("ul", &[], |markup| {
            for section in sections {
                let target = format!("#{}", section.id);
                markup.element("li", &[], |markup| markup.leaf("a", &[("href", &target)], section.title));
            }
        });
    });
}

fn section(markup: &mut Markup, section: &Section) {
    let class = if section.first { "first" } else { "annex" };
    markup.element("section", &[("id", &section.id), ("class", &class)], |markup| {
        markup.leaf("h2", &[], section.title);
        for block in &section.blocks {
            self::block(markup, block);
        }
    });
}

/// A piece of a section.
pub(crate) fn block(markup: &mut Markup, block: &Block) {
    match block {
        Block::Heading(text) => markup.leaf("h3", &[], text),
        Block::Say(tone, text) => markup.leaf("p", &[("class", &tone_class(*tone))], text),
        Block::List(lines) => list(markup, "ul", lines),
        Block::Numbered(lines) => list(markup, "ol", lines),
        Block::Grid(grid) => table::grid(markup, grid),
        Block::Matrix(matrix) => table::matrix(markup, matrix),
        Block::Course(course) => picture::course(markup, course),
    }
}

fn list(markup: &mut Markup, tag: &str, lines: &[String]) {
    markup.element(tag, &[], |markup| lines.iter().for_each(|line| markup.leaf("li", &[], line)));
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Answer => "answer",
        Tone::Plain => "plain",
        Tone::Doubt => "doubt",
        Tone::Faint => "faint",
    }
}
