//! `compare` as one page, and as Markdown.

use super::super::compared::CompareDocument;
use super::compare_sections::{called, groups, sheet};
use super::pair::{MOST_ROWS, pair};
use super::sheet::{Made, details, page, section};
use crate::products::markup::Markup;
use cognate_documents::AlignedPair;
use std::collections::HashMap;

/// Pairs of functions that are written out on a page.
const MOST_LISTED: usize = 40;
/// Rows of instructions that are written into a page.
const MOST_ROWS_OF_ALL: usize = 12_000;

/// The pairs that a page writes out: those of which most has changed.
#[must_use]
pub fn page_pairs(document: &CompareDocument) -> Vec<&AlignedPair> {
    groups(document).changed.into_iter().take(MOST_LISTED).collect()
}

/// Writes a comparison as one self-contained HTML page, with the pairs written out of which it has listings; the same
/// comparison gives the same bytes on one day.
#[must_use]
pub fn compare_page(document: &CompareDocument, made: &Made) -> String {
    let sheet = sheet(document, made, true);
    page(&sheet.title, |markup| {
        sheet.head(markup);
        for own in &sheet.sections {
            match own.id {
                "changed" => section(markup, own, |markup| written_out(markup, document)),
                "same" | "placed" | "inlined" | "gaps" => details(markup, own.title, |markup| {
                    own.blocks.iter().for_each(|block| crate::products::page::block(markup, block));
                }),
                _ => section(markup, own, |_| {}),
            }
        }
    })
}

/// Writes a comparison as Markdown: how the two came to agree, what changed first, what stands alone.
#[must_use]
pub fn compare_markdown(document: &CompareDocument, made: &Made) -> String {
    sheet(document, made, false).markdown()
}

/// The pairs of which there are listings, each closed until it is opened; of one alone it is open.
fn written_out(markup: &mut Markup, document: &CompareDocument) {
    let listings = &document.listings;
    let pairs: HashMap<(u64, u64), &AlignedPair> = document
        .comparison
        .pairs
        .iter()
        .map(|pair| ((pair.query.address, pair.stored.address), pair))
        .collect();
    let mut room = MOST_ROWS_OF_ALL;
    for (number, listing) in listings.iter().enumerate() {
        let known = pairs.get(&(listing.a.address, listing.b.address));
        let title = known.map_or_else(
            || format!("A {} | B {}", super::pair::called(&listing.a), super::pair::called(&listing.b)),
            |pair| called(pair),
        );
        if room == 0 {
            markup.leaf("p", &[("class", &"doubt")], &format!("{title}: not written out, for want of room."));
            continue;
        }
        let open: &[(&str, &dyn std::fmt::Display)] =
            if listings.len() == 1 { &[("open", &"open")] } else { &[] };
        markup.element("details", open, |markup| {
            markup.leaf("summary", &[], &title);
            room -= pair(markup, number, listing, room.min(MOST_ROWS));
        });
    }
    if !listings.is_empty() {
        let signs = "Signs: = the same, ~ the same instruction with other operands, or a changed block, + a block that is \
                     only here, < and > an instruction on one side only. A block's number is the same on both sides.";
        markup.leaf("p", &[("class", &"faint")], signs);
    }
}
