//! The first page: the answer, why, what speaks against it, what it hangs on, what would change it, and what it means.
//!
//! Who reads on finds the weights behind it, item by item; who does not has
//! read everything that the answer turns on. Claims and items have their names here, never their ids.

use super::answer::{at, lead_claim};
use super::cited::Cited;
use super::numbers::{candidate, capital, factor, item, movement, now, source, subject, then};
use super::outline::{Block, Limits, Tone};
use crate::text::plural;
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, Contradiction, Contribution, Linchpin, Pillar};
use cognate_case::leaf::Level;
use cognate_case::prose::percent;

/// Titles named beside something that has many.
const NAMED: usize = 2;
/// Log odds that would read "× 1".
const NOTHING: f64 = 0.005;
/// Probabilities nearer to each other than this read alike.
const TIE: f64 = 0.005;
/// A planted trail less probable than this is not named beside the answer.
const PLANTED: f64 = 0.05;
/// What changes the claim by less is no linchpin of the first page.
const LINCHPIN: f64 = 0.02;

/// What speaks for the claim that the answer leads with.
pub(super) fn why(assessment: &Assessment, keys: &[usize], limits: &Limits, cited: &mut Cited) -> Vec<Block> {
    let Some(claim) = lead_claim(assessment, keys) else { return Vec::new() };
    if assessment.counts.items == 0 {
        return Vec::new();
    }
    let from = format!(
        "{}: from {} before any evidence to {}, as the evidence changes the odds by {}.",
        capital(&subject(assessment, claim)),
        percent(claim.prior),
        now(claim),
        factor(libm::log(claim.odds_multiplier)),
    );
    let mut blocks = vec![Block::Say(Tone::Plain, from)];
    moves(assessment, claim, 1.0, limits, cited, &mut blocks);
    blocks
}

/// What speaks against it, what deceives, and who else it may be.
pub(super) fn against(
    assessment: &Assessment,
    keys: &[usize],
    limits: &Limits,
    cited: &mut Cited,
) -> Vec<Block> {
    let Some(claim) = lead_claim(assessment, keys) else { return Vec::new() };
    let mut blocks = Vec::new();
    moves(assessment, claim, -1.0, limits, cited, &mut blocks);
    let about = |one: &&Contradiction| Some(&one.candidate) == claim.candidate.as_ref();
    let all = &assessment.contradictions;
    if let Some(one) = all.iter().find(about).or(all.first()) {
        blocks.push(Block::Say(Tone::Doubt, contradiction(assessment, one, cited)));
    }
    blocks.extend(rivals(assessment, claim).into_iter().map(|text| Block::Say(Tone::Plain, text)));
    blocks
}

/// The observations that move a claim most in one direction.
fn moves(
    assessment: &Assessment,
    claim: &ClaimView,
    sign: f64,
    limits: &Limits,
    cited: &mut Cited,
    blocks: &mut Vec<Block>,
) {
    let all = claim.speaks_for.iter().chain(&claim.speaks_against);
    let mut moves: Vec<&Contribution> = all.filter(|one| sign * movement(one) >= NOTHING).collect();
    moves.sort_by(|one, other| movement(other).abs().total_cmp(&movement(one).abs()));
    if moves.is_empty() {
        let side = if sign > 0.0 { "for" } else { "against" };
        blocks.push(Block::Say(Tone::Doubt, format!("No observation speaks {side} it.")));
        return;
    }
    let shown = moves.iter().take(limits.first);
    let mut lines: Vec<String> = shown
        .map(|one| format!("{}: odds {}", title(assessment, &one.item, cited), factor(movement(one))))
        .collect();
    if let Some(rest) = moves.get(limits.first..).filter(|rest| !rest.is_empty()) {
        let sum = rest.iter().map(|one| movement(one)).sum();
        lines.push(format!("{}: odds {}", plural(rest.len() as u64, "weaker observation"), factor(sum)));
    }
    blocks.push(Block::List(lines));
}

/// An item's title with its citation.
fn title(assessment: &Assessment, id: &str, cited: &mut Cited) -> String {
    let title = item(assessment, id).map_or(id, |item| item.title.as_str());
    format!("{}{}", capital(title), cited.mark(assessment, id))
}

fn contradiction(assessment: &Assessment, one: &Contradiction, cited: &mut Cited) -> String {
    let name = candidate(assessment, Some(&one.candidate));
    let mut quoted = |id: &str| {
        let title = item(assessment, id).map_or(id, |item| item.title.as_str());
        format!("\u{201c}{title}\u{201d}{}", cited.mark(assessment, id))
    };
    let (pro, contra) = (quoted(&one.speaks_for), quoted(&one.speaks_against));
    let sign =
        if one.suggests_deception { " The former is the easier to forge, a sign of deception." } else { "" };
    let more = match assessment.contradictions.len() {
        0 | 1 => String::new(),
        many => format!(" There are {many} such contradictions."),
    };
    format!("{pro} points to {name} and {contra} away: both cannot mean what they seem to.{sign}{more}")
}

/// Who else it may be, and that there is a tie where there is one.
fn rivals(assessment: &Assessment, lead: &ClaimView) -> Vec<String> {
    let actors = |claim: &&ClaimView| match claim.level {
        Level::Group => claim.candidate != lead.candidate,
        Level::Unlisted => claim.id != lead.id,
        _ => false,
    };
    let best = |one: &&ClaimView, other: &&ClaimView| one.probability.total_cmp(&other.probability);
    let shown = |claim: &ClaimView| (subject(assessment, claim), now(claim));
    let Some(rival) = assessment.claims.iter().filter(actors).max_by(best) else { return Vec::new() };
    let (name, value) = shown(rival);
    if lead.level == Level::FalseFlag {
        return vec![format!(
            "Who is behind it is a question of its own, and most probable is {name} ({value})."
        )];
    }
    let level = |claim: &&ClaimView| (claim.probability - lead.probability).abs() < TIE;
    let mut lines: Vec<String> = assessment
        .claims
        .iter()
        .filter(actors)
        .filter(level)
        .map(|claim| {
            let (name, value) = shown(claim);
            format!("There is a tie: {name} is as probable ({value}).")
        })
        .collect();
    if rival.probability >= lead.probability + TIE {
        lines.push(format!("Another answer is more probable than this: {name} ({value})."));
    } else if lines.is_empty() {
        lines.push(format!("The strongest rival: {name} ({value})."));
    }
    let planted = assessment.claims.iter().filter(|claim| claim.level == Level::FalseFlag);
    let planted = planted.filter(|claim| claim.candidate == lead.candidate && claim.probability >= PLANTED);
    lines.extend(planted.map(|claim| format!("That its traces were planted: {}.", now(claim))));
    lines
}

/// What the claim falls without, in a sentence each.
pub(super) fn hangs_on(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    let Some((place, claim)) = at(assessment, keys).next() else { return Vec::new() };
    let without = |pin: &Linchpin| pin.probabilities.get(place).copied().unwrap_or(claim.probability);
    let change = |pin: &Linchpin| (claim.probability - without(pin)).abs();
    let mut pins: Vec<&Linchpin> =
        assessment.linchpins.iter().filter(|pin| change(pin) >= LINCHPIN).collect();
    pins.sort_by(|one, other| change(other).total_cmp(&change(one)));
    let mut shown: Vec<&Linchpin> = Vec::new();
    for pin in pins {
        // Of a source, a group and an observation that are nearly the same items, the one that carries most.
        let apart = |other: &&Linchpin| !pin.items.iter().any(|item| other.items.contains(item));
        if shown.len() < limits.first && shown.iter().all(apart) {
            shown.push(pin);
        }
    }
    if shown.is_empty() {
        return vec![Block::Say(
            Tone::Plain,
            "No single observation, group or source moves it much.".to_owned(),
        )];
    }
    let from = now(claim);
    let lines = shown
        .iter()
        .map(|pin| format!("{}: {from} becomes {}", pillar(assessment, pin), then(claim, without(pin))));
    vec![Block::List(lines.collect())]
}

/// What is left out, by name.
fn pillar(assessment: &Assessment, pin: &Linchpin) -> String {
    let titles = pin.items.iter().filter_map(|id| item(assessment, id)).map(|item| item.title.as_str());
    let named: Vec<String> = titles.take(NAMED).map(|title| format!("\u{201c}{title}\u{201d}")).collect();
    let more = match pin.items.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match pin.pillar {
        Pillar::Source => {
            let name = source(assessment, &pin.id).map_or(pin.id.as_str(), |source| &source.name);
            format!("Without all that comes from {name} ({})", plural(pin.items.len() as u64, "report"))
        }
        Pillar::Group => {
            format!("Without these reports, which hang together ({}{more})", named.join(", "))
        }
        Pillar::Observation => {
            let title = item(assessment, &pin.id).map_or(pin.id.as_str(), |item| item.title.as_str());
            format!("Without \u{201c}{title}\u{201d}")
        }
    }
}

/// What would move the answer most, if it were found.
pub(super) fn would_change(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let claim = |id: &str| assessment.claims.iter().find(|claim| claim.id == id);
    let telling = assessment.prospects.iter().filter(|one| one.information >= super::ground::LEAST_BITS);
    let lines = telling.take(limits.first).map(|one| {
        let about = claim(&one.claim).map(|claim| format!("{}: ", subject(assessment, claim)));
        format!(
            "{} ({}{} if found, {} if sought in vain)",
            capital(&one.title),
            about.unwrap_or_default(),
            percent(one.if_found),
            percent(one.if_not_found)
        )
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { Vec::new() } else { vec![Block::List(lines)] }
}

/// What the analyst concludes from the answer.
pub(super) fn implications(assessment: &Assessment) -> Vec<Block> {
    let texts = &assessment.case.implications;
    if texts.is_empty() { Vec::new() } else { vec![Block::List(texts.clone())] }
}
