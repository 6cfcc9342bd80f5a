//! What weighs for and against: contributions, contradictions, linchpins, and the analysts beside each other.

use super::answer::at;
use super::numbers::{
    candidate, capital, factor, few, grade, interval, item, movement, now, source, then, word,
};
use super::outline::{Block, Cell, Grid, Lean, Limits, Tone, left_out};
use crate::text::plural;
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, Contradiction, Contribution, Counting, GroupView, Linchpin};
use cognate_case::leaf::Level;
use cognate_case::prose::percent;

/// Evidence against and for each claim that the answer turns on.
pub(super) fn ledgers(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    let mut blocks = Vec::new();
    let lead = at(assessment, keys).next().map_or(0.0, |(_, claim)| claim.probability);
    for (place, claim) in at(assessment, keys) {
        if claim.level != Level::Unlisted || claim.probability > lead {
            ledger(assessment, place, limits, &mut blocks);
        }
    }
    if !blocks.is_empty() {
        let how = "Share: its part of the whole change of the odds; all shares of a claim multiply to it, × for the \
                   claim and ÷ against. Alone: what it would do if there were nothing else. Without: what would \
                   be lost, which is little where others say the same, as members of a group (·) do.";
        blocks.push(Block::Say(Tone::Faint, how.to_owned()));
        blocks.extend(sampled(assessment, keys));
    }
    blocks
}

/// That shares are estimates, where they are.
fn sampled(assessment: &Assessment, keys: &[usize]) -> Option<Block> {
    let all =
        at(assessment, keys).flat_map(|(_, claim)| claim.speaks_for.iter().chain(&claim.speaks_against));
    let error = all.map(|one| one.share_error).fold(0.0, f64::max);
    (error > 0.0).then(|| {
        let text = format!(
            "With so many observations the shares are estimated from random orders, each to within a factor of {:.2}.",
            libm::exp(error)
        );
        Block::Say(Tone::Faint, text)
    })
}

fn ledger(assessment: &Assessment, place: usize, limits: &Limits, blocks: &mut Vec<Block>) {
    let Some(claim) = assessment.claims.get(place) else { return };
    blocks.push(Block::Heading(capital(&claim.statement)));
    let text = format!(
        "From {} before any evidence to {} ({}); the evidence changes the odds by {}.",
        percent(claim.prior),
        now(claim),
        interval(claim.low, claim.high),
        factor(libm::log(claim.odds_multiplier)),
    );
    blocks.push(Block::Say(Tone::Plain, text));
    let all = || claim.speaks_against.iter().chain(&claim.speaks_for);
    for (sign, side) in [(-1.0, "against"), (1.0, "for")] {
        if !all().any(|one| sign * movement(one) > 0.0) {
            blocks.push(Block::Say(Tone::Doubt, format!("No observation speaks {side} it.")));
        }
    }
    let parts = parts(assessment, all());
    let most = parts.iter().map(|part| part.share().abs()).fold(0.0, f64::max);
    let mut grid = Grid::new([
        ("item or group", Lean::Left),
        ("share", Lean::Right),
        ("alone", Lean::Right),
        ("without", Lean::Right),
        ("against | for", Lean::Picture),
        ("what, and from whom", Lean::Wide),
    ]);
    let mut shown = 0;
    for against in [true, false] {
        let end = grid.rows.len() + limits.ledger;
        for part in parts.iter().filter(|part| (part.share() < 0.0) == against) {
            if grid.rows.len() < end {
                shown += part.write(assessment, most, end, &mut grid.rows);
            }
        }
    }
    if !grid.rows.is_empty() {
        blocks.push(Block::Grid(grid));
    }
    left_out(blocks, all().count(), shown, "observations");
}

/// What counts as one: a dependence group with its observations, or one observation.
struct Part<'a> {
    group: Option<&'a GroupView>,
    members: Vec<&'a Contribution>,
}

/// What weighs on a claim: against it first, then for it, each by size.
fn parts<'a>(assessment: &'a Assessment, all: impl Iterator<Item = &'a Contribution>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for member in all {
        let id = item(assessment, &member.item).and_then(|item| item.group.as_ref());
        let group = id.and_then(|id| assessment.groups.iter().find(|group| group.id == **id));
        let group = group.filter(|group| group.observations > 1);
        let same = |part: &&mut Part<'_>| {
            part.group.is_some_and(|known| group.is_some_and(|group| group.id == known.id))
        };
        match parts.iter_mut().find(same) {
            Some(part) => part.members.push(member),
            None => parts.push(Part { group, members: vec![member] }),
        }
    }
    for part in &mut parts {
        part.members.sort_by(|one, other| movement(other).abs().total_cmp(&movement(one).abs()));
    }
    parts.sort_by(|one, other| {
        let against = |part: &Part<'_>| part.share() < 0.0;
        against(other).cmp(&against(one)).then(other.share().abs().total_cmp(&one.share().abs()))
    });
    parts
}

impl Part<'_> {
    /// How far it moves the log odds of the claim: what its members do, as shares add up.
    fn share(&self) -> f64 {
        self.members.iter().map(|member| movement(member)).sum()
    }

    /// Adds rows up to `end`; says how many observations they show.
    fn write(&self, assessment: &Assessment, most: f64, end: usize, rows: &mut Vec<Vec<Cell>>) -> usize {
        let row = |id: String, share: f64, member: Option<&Contribution>, what: String| -> Vec<Cell> {
            let alone = member.map_or_else(String::new, |member| factor(member.alone));
            let without =
                member.map_or_else(String::new, |member| member.log_odds.map_or_else(String::new, factor));
            vec![
                id.into(),
                factor(share).into(),
                alone.into(),
                without.into(),
                Cell::Weight { log_odds: share, most },
                what.into(),
            ]
        };
        if let Some(group) = self.group {
            let what = format!(
                "together {} at a correlation of {}: {}",
                plural(group.observations, "observation"),
                group.correlation,
                group.reason
            );
            rows.push(row(group.id.to_string(), self.share(), None, what));
        }
        let room = end.saturating_sub(rows.len());
        let mark = if self.group.is_some() { "· " } else { "" };
        rows.extend(self.members.iter().take(room).map(|member| {
            let id = format!("{mark}{}", member.item);
            row(id, movement(member), Some(member), what(assessment, &member.item))
        }));
        self.members.len().min(room)
    }
}

/// What an item is, from whom, and how often it was reported.
fn what(assessment: &Assessment, id: &str) -> String {
    item(assessment, id).map_or_else(String::new, |item| {
        let name = source(assessment, &item.source).map_or("", |source| &source.name);
        let copies = match &item.counting {
            Counting::Represents { copies } => format!("; {} reports of it", copies.len() + 1),
            _ => String::new(),
        };
        format!("{} ({name}, {}{copies})", item.title, grade(item))
    })
}

/// Traces that speak against each other.
pub(super) fn contradictions(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let found = &assessment.contradictions;
    if found.is_empty() {
        return Vec::new();
    }
    let shown: Vec<String> =
        found.iter().take(limits.list).map(|one| contradiction(assessment, one)).collect();
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
            let without = pin.probabilities.get(*place).map_or_else(String::new, |value| then(claim, *value));
            row.push(format!("{} → {without}", now(claim)).into());
        }
        row.push(if pin.rewords.is_empty() { "nothing".into() } else { few(&pin.rewords, 3).into() });
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
            "It hangs most on the {kind} “{}”: if that is wrong, {} goes from {} to {}.",
            pin.id,
            claim.id,
            now(claim),
            then(claim, *without)
        ),
        None => format!("It hangs most on the {kind} “{}”.", pin.id),
    }
}

/// What the answer would be by each analyst's own judgements.
pub(super) fn analysts(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    if assessment.analysts.is_empty() {
        return vec![Block::Say(Tone::Doubt, "One set of judgements; nobody dissents on record.".to_owned())];
    }
    let columns: Vec<(usize, &ClaimView)> = at(assessment, keys).take(3).collect();
    let mut grid = Grid::new([("analyst", Lean::Left), ("judged", Lean::Right)]);
    grid.columns.extend(columns.iter().map(|(_, claim)| (claim.id.clone(), Lean::Right)));
    grid.columns.push((String::new(), Lean::Wide));
    let mut combined: Vec<Cell> = vec!["all, combined".into(), assessment.counts.items.to_string().into()];
    combined.extend(columns.iter().map(|(_, claim)| Cell::from(now(claim))));
    combined.push("".into());
    grid.rows.push(combined);
    for analyst in assessment.analysts.iter().take(limits.list) {
        let mut row: Vec<Cell> = vec![analyst.name.as_str().into(), analyst.judged.len().to_string().into()];
        for (place, claim) in &columns {
            let value = analyst.probabilities.get(*place);
            row.push(value.map_or_else(String::new, |value| then(claim, *value)).into());
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
