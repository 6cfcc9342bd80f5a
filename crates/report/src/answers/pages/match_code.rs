//! What a page and a Markdown of `match` say of the file's code: what became of it, its pieces, the functions that tell
//! most, its libraries.

use super::super::match_details::{named as known_by, names};
use super::super::matched::{holders, named, what};
use super::super::reasons::reasons_text;
use super::sheet::{MOST_OF_NAME, not_shown, part};
use crate::Style;
use crate::products::outline::{Block, Cell, Grid, Lean, Section};
use crate::text::{bytes, count, file_name, name, percent};
use cognate_documents::{CodeSplit, MatchReport, Share, TellingMatch};

/// Most of each list that a page shows.
const MOST_BUNDLES: usize = 50;
const MOST_TELLING: usize = 10;
const MOST_LIBRARIES: usize = 40;

/// What a code's share is called, the sign that it has in a picture, and what it means.
pub(super) const PARTS: [(&str, char, &str, &str); 6] = [
    ("private", '#', "shared with few", "shared with few families, and no known library's: evidence"),
    ("library", '=', "library", "code of a known library: no evidence"),
    ("common", '-', "common", "held by unrelated software too: no evidence"),
    ("doubtful", '?', "in doubt", "a library's or the author's own: no evidence"),
    (
        "unmatched",
        '.',
        "like nothing known",
        "like nothing in the store: new, or of somebody who is not in it",
    ),
    ("small", ' ', "too small", "says too little by itself"),
];

/// The shares of a file's code, in the order of [`PARTS`].
pub(super) fn shares(split: &CodeSplit) -> [Share; 6] {
    [split.private, split.library, split.common, split.doubtful, split.unmatched, split.below_floor]
}

/// What became of the file's code.
pub(super) fn code(report: &MatchReport) -> Section {
    let mut grid = Grid::new([
        ("code", Lean::Left),
        ("share", Lean::Right),
        ("functions", Lean::Right),
        ("bytes", Lean::Right),
        ("meaning", Lean::Wide),
    ]);
    let there = PARTS.into_iter().zip(shares(&report.code)).filter(|(_, share)| share.functions > 0);
    for ((_, sign, called, meaning), share) in there {
        let sign = if sign == ' ' { String::new() } else { format!("{sign} ") };
        grid.rows.push(vec![
            format!("{sign}{called}").into(),
            percent(share.of_bytes).into(),
            count(share.functions).into(),
            bytes(share.bytes).into(),
            meaning.into(),
        ]);
    }
    part("code", "Its code", true, vec![Block::Grid(grid)])
}

/// The pieces that hang together.
pub(super) fn bundles(report: &MatchReport) -> Section {
    let mut blocks = Vec::new();
    if !report.bundles.is_empty() {
        let mut grid = Grid::new([
            ("code", Lean::Right),
            ("functions", Lean::Right),
            ("from", Lean::Right),
            ("to", Lean::Right),
            ("is", Lean::Left),
            ("held by", Lean::Wide),
        ]);
        grid.rows.extend(report.bundles.iter().take(MOST_BUNDLES).map(|bundle| {
            vec![
                percent(bundle.code.of_bytes).into(),
                count(bundle.code.functions).into(),
                format!("{:#x}", bundle.first).into(),
                format!("{:#x}", bundle.last).into(),
                what(bundle).into(),
                holders(bundle, report, &Style::default(), MOST_OF_NAME).into(),
            ]
        }));
        blocks.push(Block::Grid(grid));
        not_shown(&mut blocks, report.bundles.len(), MOST_BUNDLES);
    }
    part("bundles", "Bundles: code that lies together and that the same others hold", false, blocks)
}

/// The functions that tell most for the families that are named.
pub(super) fn telling(report: &MatchReport) -> Section {
    let mut blocks = Vec::new();
    for family in named(report).filter(|family| !family.telling.is_empty()).take(3) {
        let best = file_name(&family.best_sample.name, MOST_OF_NAME);
        blocks.push(Block::Heading(format!("{} (here, and in {best})", name(&family.family, MOST_OF_NAME))));
        let mut grid = Grid::new([
            ("here", Lean::Right),
            ("there", Lean::Right),
            ("bits", Lean::Right),
            ("other families", Lean::Right),
            ("why", Lean::Wide),
        ]);
        grid.rows.extend(family.telling.iter().take(MOST_TELLING).map(telling_row));
        blocks.push(Block::Grid(grid));
    }
    part("telling", "The shared functions that say most", false, blocks)
}

fn telling_row(shared: &TellingMatch) -> Vec<Cell> {
    let named = names(&shared.query, &shared.stored, MOST_OF_NAME).map(|names| format!("{names}; "));
    vec![
        format!("{:#x}", shared.query.address).into(),
        format!("{:#x}", shared.stored.address).into(),
        count(shared.evidence_bits.max(0.0).round() as u64).into(),
        count(shared.other_families).into(),
        format!("{}{}", named.unwrap_or_default(), reasons_text(&shared.reasons)).into(),
    ]
}

/// The libraries that it carries.
pub(super) fn libraries(report: &MatchReport) -> Section {
    let mut blocks = Vec::new();
    let carried: Vec<_> = report.libraries.iter().filter(|library| library.carried).collect();
    if !carried.is_empty() {
        let mut grid = Grid::new([
            ("library", Lean::Left),
            ("functions", Lean::Right),
            ("code", Lean::Right),
            ("known by", Lean::Wide),
        ]);
        grid.rows.extend(carried.iter().take(MOST_LIBRARIES).map(|library| {
            let versions = name(&library.query_versions.join(", "), 40);
            vec![
                format!("{} {versions}", name(&library.name, MOST_OF_NAME)).trim_end().into(),
                count(library.code.functions).into(),
                percent(library.code.of_bytes).into(),
                known_by(&library.named).into(),
            ]
        }));
        blocks.push(Block::Grid(grid));
        not_shown(&mut blocks, carried.len(), MOST_LIBRARIES);
    }
    part("libraries", "Library code: shown, no evidence", false, blocks)
}
