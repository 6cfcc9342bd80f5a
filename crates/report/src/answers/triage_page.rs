//! The rows of `triage` as one HTML page that loads nothing: sorted and filtered by its own script, and whole without it.

use super::triaged::{CodeShares, Finding, TriageDocument, TriageRow};
use crate::products::markup::Markup;
use crate::products::page::page_head;
use crate::text::{count, percent, plural};
use cognate_base::escape;

const STYLE: &str = concat!(include_str!("../products/page.css"), include_str!("rows.css"));
const SCRIPT: &str = include_str!("rows.js");

const HEADS: [&str; 13] = [
    "finding", "name", "family", "actor", "private", "library", "common", "in doubt", "unknown", "file",
    "size", "why", "SHA-256",
];

/// Writes the rows as one self-contained HTML page; the same rows give the same bytes.
#[must_use]
pub fn triage_page(document: &TriageDocument) -> String {
    let rows = &document.rows;
    let look = rows.iter().filter(|row| row.finding.needs_a_look()).count();
    let title = format!("{}: {} to look at", plural(rows.len() as u64, "file"), count(look as u64));
    let mut markup = Markup::default();
    markup.element("html", &[("lang", &"en")], |markup| {
        markup.element("head", &[], |markup| page_head(markup, &title, STYLE, SCRIPT));
        markup.element("body", &[], |markup| {
            markup.element("main", &[], |markup| {
                markup.leaf("h1", &[], &title);
                markup.leaf("p", &[("class", &"faint")], ABOUT);
                groups(markup, document);
                controls(markup);
                let is_grouped = document.groups.is_some();
                markup.element("div", &[("class", &"scroll")], |markup| table(markup, rows, is_grouped));
            });
            markup.script(SCRIPT);
        });
    });
    markup.finish()
}

/// What a reader has to know.
const ABOUT: &str = "What needs a look stands first. A family and an actor are named only where the verdict names them. \
                     Private, library, common, in doubt and unknown are shares of the file's code; the rest is too small to \
                     tell. Of a known file they are not told.";

/// Which files belong together, where that was asked for.
fn groups(markup: &mut Markup, document: &TriageDocument) {
    let Some(about) = document.groups_words() else { return };
    markup.leaf("p", &[], &about);
    let groups = document.groups.as_deref().unwrap_or_default();
    markup.element("ul", &[], |markup| {
        groups.iter().for_each(|group| markup.leaf("li", &[], &group.words(0)));
    });
}

/// The filter; hidden where there is no script to hear it.
fn controls(markup: &mut Markup) {
    markup.element("div", &[("class", &"controls"), ("hidden", &"hidden")], |markup| {
        markup.leaf("label", &[("for", &"filter")], "Only rows with");
        markup.void("input", &[("id", &"filter"), ("type", &"search")]);
        markup.void("input", &[("id", &"look"), ("type", &"checkbox")]);
        markup.leaf("label", &[("for", &"look")], "only what needs a look");
        markup.leaf("output", &[("id", &"shown")], "");
    });
}

fn table(markup: &mut Markup, rows: &[TriageRow], is_grouped: bool) {
    markup.element("table", &[("class", &"rows")], |markup| {
        markup.element("thead", &[], |markup| {
            markup.element("tr", &[], |markup| {
                let group = is_grouped.then_some(&"group");
                HEADS.iter().chain(group).for_each(|head| markup.leaf("th", &[("scope", &"col")], head));
            });
        });
        markup.element("tbody", &[], |markup| rows.iter().for_each(|it| row(markup, it, is_grouped)));
    });
}

fn row(markup: &mut Markup, row: &TriageRow, is_grouped: bool) {
    let look = if row.finding.needs_a_look() { "yes" } else { "no" };
    markup.element("tr", &[("data-look", &look)], |markup| {
        let place = row.finding as u8;
        markup.leaf("td", &[("class", &"left"), ("data-key", &place)], row.finding.words());
        markup.leaf("td", &[("class", &"name")], &escape(&row.name));
        markup.leaf("td", &[], &row.families());
        markup.leaf("td", &[], &row.actors());
        let shares: [fn(&CodeShares) -> f64; 5] =
            [|it| it.private, |it| it.library, |it| it.common, |it| it.doubtful, |it| it.unknown];
        for of in shares {
            let share = row.code.map(|code| of(&code));
            let key = share.map(|share| format!("{share:.6}")).unwrap_or_default();
            let shown = share.map(percent).unwrap_or_default();
            markup.leaf("td", &[("class", &"right"), ("data-key", &key)], &shown);
        }
        let packed = if row.packed { ", packed" } else { "" };
        markup.leaf("td", &[("class", &"left")], &format!("{}{packed}", row.what()));
        let size = row.size.map(|size| size.to_string()).unwrap_or_default();
        markup.leaf("td", &[("class", &"right"), ("data-key", &size)], &size);
        let why = if row.finding == Finding::NoProgram { "" } else { row.reason.as_str() };
        markup.leaf("td", &[("class", &"why")], why);
        markup.leaf("td", &[("class", &"hash")], &row.id.map(|id| id.to_string()).unwrap_or_default());
        if is_grouped {
            let group = row.group.map(|group| format!("group {group}"));
            markup.leaf("td", &[("class", &"left")], &group.unwrap_or_default());
        }
    });
}
