//! A sheet: a title, facts and sections, as Markdown and as a part of a page.

use crate::products::markdown;
use crate::products::markup::Markup;
use crate::products::outline::{Block, Section, Tone};
use crate::products::page::{block, page_head};
use crate::text::count;
use jiff::civil::Date;

/// Columns of a name.
pub(super) const MOST_OF_NAME: usize = 80;
const STYLE: &str =
    concat!(include_str!("../../products/page.css"), include_str!("../rows.css"), include_str!("pages.css"));
const SCRIPT: &str = include_str!("../rows.js");

/// When an answer was made, and which components were known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The day.
    pub on: Date,
    /// The base of known components, and those that the store adds.
    pub base: String,
}

impl Made {
    /// Day, program and base, as facts of a sheet.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let version = format!(
            "cognate {}, fingerprints of version {}",
            env!("CARGO_PKG_VERSION"),
            cognate_fingerprint::VERSION
        );
        vec![("Asked on", self.on.to_string()), ("Made by", version), ("Known components", self.base.clone())]
    }
}

/// What is told of one subject.
pub(super) struct Sheet {
    pub title: String,
    pub facts: Vec<(&'static str, String)>,
    pub sections: Vec<Section>,
}

impl Sheet {
    /// What stands on the first page, as Markdown.
    pub(super) fn markdown(&self) -> String {
        let first = self.sections.iter().filter(|section| section.first);
        markdown::sheet(&self.title, &self.facts, first)
    }

    /// Title and facts.
    pub(super) fn head(&self, markup: &mut Markup) {
        markup.leaf("h1", &[], &self.title);
        markup.element("dl", &[("class", &"facts")], |markup| {
            for (what, value) in &self.facts {
                markup.leaf("dt", &[], what);
                markup.leaf("dd", &[], value);
            }
        });
    }
}

/// A section, with what a page adds below its heading.
pub(super) fn section(markup: &mut Markup, section: &Section, added: impl FnOnce(&mut Markup)) {
    markup.element("section", &[("class", &section.id)], |markup| {
        markup.leaf("h2", &[], section.title);
        added(markup);
        section.blocks.iter().for_each(|it| block(markup, it));
    });
}

/// What is closed until somebody opens it.
pub(super) fn details(markup: &mut Markup, title: &str, inner: impl FnOnce(&mut Markup)) {
    markup.element("details", &[], |markup| {
        markup.leaf("summary", &[], title);
        inner(markup);
    });
}

/// A whole page around what `inner` writes.
pub(super) fn page(title: &str, inner: impl FnOnce(&mut Markup)) -> String {
    let mut markup = Markup::default();
    markup.element("html", &[("lang", &"en")], |markup| {
        markup.element("head", &[], |markup| page_head(markup, title, STYLE, SCRIPT));
        markup.element("body", &[], |markup| {
            markup.element("main", &[], inner);
            markup.script(SCRIPT);
        });
    });
    markup.finish()
}

/// A section of a sheet.
pub(super) fn part(id: &'static str, title: &'static str, first: bool, blocks: Vec<Block>) -> Section {
    Section { id, title, first, blocks }
}

/// Says how many of a list are not shown, where any are not.
pub(super) fn not_shown(blocks: &mut Vec<Block>, all: usize, shown: usize) {
    blocks.extend((all > shown).then(|| Block::Say(Tone::Faint, more(all - shown))));
}

/// Says how many more there are.
pub(super) fn more(number: usize) -> String {
    format!("{} more are left out here; the JSON document has all.", count(number as u64))
}
