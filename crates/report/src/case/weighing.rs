//! What weighs for and against: contributions, contradictions, linchpins, and the analysts beside each other.

use super::answer::at;
use super::numbers::{candidate, capital, factor, grade, interval, item, source, word};
use super::outline::{Block, Cell, Grid, Lean, Limits, Tone, left_out};
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, Contradiction, Contribution, Counting, Linchpin};
use cognate_case::leaf::Level;
use cognate_case::prose::percent;

/// Evidence against and for each claim that the answer turns on.
pub(super) fn ledgers(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    let mut blocks = Vec::new();
    let lead = at(assessment, keys).next().map_or(0.0, |(_, claim)| claim.probability);
    for (_, claim) in at(assessment, keys) {
        if claim.level != Level::Unlisted || claim.probability > lead {
            ledger(assessment, claim, limits, &mut blocks);
        }
    }
    blocks
}

fn ledger(assessment: &Assessment, claim: &ClaimView, limits: &Limits, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(capital(claim)));
    let text = format!(
        "From {} before any evidence to {} ({}); the evidence changes the odds by {}.",
        percent(claim.prior),
        percent(claim.probability),
        interval(claim.low, claim.high),
        factor(claim.odds_multiplier.ln()),
    );
    blocks.push(Block::Say(Tone::Plain, text));
    if claim.speaks_against.is_empty() {
        blocks.push(Block::Say(Tone::Doubt, "No observation speaks against it.".to_owned()));
    }
    if claim.speaks_for.is_empty() {
        blocks.push(Block::Say(Tone::Doubt, "No observation speaks for it.".to_owned()));
    }
    let mut grid = Grid::new([
        ("item", Lean::Left),
        ("odds", Lean::Right),
        ("against | for", Lean::Picture),
        ("what, and from whom", Lean::Wide),
    ]);
    let (against, pro) = (&claim.speaks_against, &claim.speaks_for);
    let shown = || against.iter().take(limits.ledger).chain(pro.iter().take(limits.ledger));
    let most = shown().map(|part| part.log_odds.abs()).fold(0.0, f64::max);
    grid.rows = shown().map(|part| contribution(assessment, part, most)).collect();
    let rows = grid.rows.len();
    if rows > 0 {
        blocks.push(Block::Grid(grid));
    }
    left_out(blocks, against.len() + pro.len(), rows, "observations");
}

fn contribution(assessment: &Assessment, part: &Contribution, most: f64) -> Vec<Cell> {
    let what = item(assessment, &part.item).map_or_else(String::new, |item| {
        let name = source(assessment, &item.source).map_or("", |source| &source.name);
        let copies = match &item.counting {
            Counting::Represents { copies } => format!("; {} reports of it", copies.len() + 1),
            _ => String::new(),
        };
        format!("{} ({name}, {}{copies})", item.title, grade(item))
    });
    vec![
        part.item.as_str().into(),
        factor(part.log_odds).into(),
        Cell::Weight { log_odds: part.log_odds, most },
        what.into(),
    ]
}

/// Traces that speak against each other.
pub(super) fn contradictions(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let found = &assessment.contradictions;
    if found.is_empty() {
        return Vec::new();
    }
    let shown: Vec<String> = found.iter().take(limits.list).map(|one| contradiction(assessment, one)).collect();
    let count = shown.len();
    let mut blocks = vec![Block::List(shown)];
    left_out(&mut blocks, found.len(), count, "contradictions");
    blocks
}

fn contradiction(assessment: &Assessment, one: &Contradiction) -> String {
    let artefacts = if one.artefacts.is_empty() {
        String::new()
    } else {
        format!(", both seen on {}", one.artefacts.join(", "))
    };
    let sign = if one.suggests_deception {
        " What speaks for it is the easier of the two to forge: a sign of deception."
    } else {
        ""
    };
    format!(
        "{}: {} speaks for it ({}), {} against it ({}){artefacts}.{sign}",
        candidate(assessment, Some(&one.candidate)),
        one.speaks_for,
        factor(one.support_for),
        one.speaks_against,
        factor(one.support_against),
    )
}

/// What falls if something is wrong.
pub(super) fn linchpins(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    let all = &assessment.linchpins;
    let mut grid = Grid::new([("without", Lean::Left), ("kind", Lean::Left)]);
    let columns: Vec<(usize, &ClaimView)> = at(assessment, keys).take(2).collect();
    grid.columns.extend(columns.iter().map(|(_, claim)| (claim.id.clone(), Lean::Right)));
    grid.columns.push(("then worded otherwise".to_owned(), Lean::Wide));
    for pin in all.iter().take(limits.list) {
        let mut row: Vec<Cell> = vec![pin.id.as_str().into(), word(pin.pillar).into()];
        for (place, claim) in &columns {
            let without = pin.probabilities.get(*place).map_or_else(String::new, |value| percent(*value));
            row.push(format!("{} → {without}", percent(claim.probability)).into());
        }
        row.push(if pin.rewords.is_empty() { "nothing".into() } else { pin.rewords.join(", ").into() });
        grid.rows.push(row);
    }
    let (Some(first), shown) = (all.first(), grid.rows.len()) else { return Vec::new() };
    let mut blocks = vec![Block::Say(Tone::Plain, hangs_on(first, &columns)), Block::Grid(grid)];
    left_out(&mut blocks, all.len(), shown, "linchpins");
    blocks
}

/// The greatest fall in a sentence.
fn hangs_on(pin: &Linchpin, columns: &[(usize, &ClaimView)]) -> String {
    let kind = word(pin.pillar);
    let lead = columns.first().and_then(|(place, claim)| Some((claim, pin.probabilities.get(*place)?)));
    match lead {
        Some((claim, without)) => format!(
            "It hangs most on the {kind} `{}`: if that is wrong, `{}` goes from {} to {}.",
            pin.id,
            claim.id,
            percent(claim.probability),
            percent(*without)
        ),
        None => format!("It hangs most on the {kind} `{}`.", pin.id),
    }
}

/// What the answer would be by each analyst's own judgements.
pub(super) fn analysts(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    if assessment.analysts.is_empty() {
        return vec![Block::Say(
            Tone::Doubt,
            "One set of judgements; nobody dissents on record.".to_owned(),
        )];
    }
    let columns: Vec<(usize, &ClaimView)> = at(assessment, keys).take(3).collect();
    let mut grid = Grid::new([("analyst", Lean::Left), ("judged", Lean::Right)]);
    grid.columns.extend(columns.iter().map(|(_, claim)| (claim.id.clone(), Lean::Right)));
    grid.columns.push((String::new(), Lean::Wide));
    let mut combined: Vec<Cell> = vec!["all, combined".into(), assessment.counts.items.to_string().into()];
    combined.extend(columns.iter().map(|(_, claim)| Cell::from(percent(claim.probability))));
    combined.push("".into());
    grid.rows.push(combined);
    for analyst in assessment.analysts.iter().take(limits.list) {
        let mut row: Vec<Cell> =
            vec![analyst.name.as_str().into(), analyst.judged.len().to_string().into()];
        for (place, _) in &columns {
            let value = analyst.probabilities.get(*place);
            row.push(value.map_or_else(String::new, |value| percent(*value)).into());
        }
        row.push(analyst.note.clone().unwrap_or_default().into());
        grid.rows.push(row);
    }
    let shown = grid.rows.len() - 1;
    let how = "Each row takes one analyst's own judgements, and the combined ones where there are none.";
    let mut blocks = vec![Block::Grid(grid), Block::Say(Tone::Faint, how.to_owned())];
    left_out(&mut blocks, assessment.analysts.len(), shown, "analysts");
    blocks
}
