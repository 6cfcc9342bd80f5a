//! The first page: the answer, why, what speaks against it, what it hangs on, what would change it, and what it means.
//!
//! Who reads on finds the weights behind it, item by item; who does not has
//! read everything that the answer turns on. Claims and items have their names here, never their ids.

use super::answer::{at, lead_claim};
use super::cited::Cited;
use super::numbers::{candidate, capital, factor, item, movement, now, source, subject, then};
use super::outline::{Block, Limits, Tone};
use crate::text::plural;
use cognate_case::assessment::{ClaimView, Contradiction, Contribution, Linchpin, Pillar};
use cognate_case::leaf::Level;
use cognate_case::prose::percent;
use cognate_case::{Assessment, TIE};

/// Log odds that would read "× 1".
const NOTHING: f64 = 0.005;
/// A planted trail less probable than this is not named beside the answer (judgement).
const PLANTED: f64 = 0.05;
/// What changes the claim by less is no linchpin of the first page (judgement).
const LINCHPIN: f64 = 0.02;

/// What speaks for the claim that the answer leads with.
pub(super) fn why(assessment: &Assessment, keys: &[usize], limits: &Limits, cited: &mut Cited) -> Vec<Block> {
    let Some(claim) = lead_claim(assessment, keys) else { return Vec::new() };
    if assessment.counts.items == 0 {
        return Vec::new();
    }
    let from = format!(
        "{}: from {} before any evidence to {}. The evidence changes the odds by {}:",
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
        .map(|one| {
            let title = title(assessment, &one.item, cited);
            format!("{title}: {} (alone {})", factor(movement(one)), factor(one.alone))
        })
        .collect();
    if let Some(rest) = moves.get(limits.first..).filter(|rest| !rest.is_empty()) {
        let sum = rest.iter().map(|one| movement(one)).sum();
        lines.push(format!("{}: {}", plural(rest.len() as u64, "weaker observation"), factor(sum)));
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

/// Who else it may be, ties first, and that its traces may be planted.
fn rivals(assessment: &Assessment, lead: &ClaimView) -> Vec<String> {
    // Whoever the claim itself may mean is no rival to it.
    let meant =
        |candidate: &String| lead.members.contains(candidate) || lead.candidate.as_ref() == Some(candidate);
    let actor = |claim: &&ClaimView| match claim.level {
        Level::Group => claim.candidate.as_ref().is_none_or(|one| !meant(one)),
        Level::Unlisted => claim.id != lead.id,
        _ => false,
    };
    let actors: Vec<&ClaimView> = assessment.claims.iter().filter(actor).collect();
    let best = actors.iter().max_by(|one, other| one.probability.total_cmp(&other.probability));
    let Some(best) = best else { return Vec::new() };
    let shown = |claim: &ClaimView| format!("{} ({})", subject(assessment, claim), now(claim));
    if lead.level == Level::FalseFlag {
        let as_probable = actors.iter().filter(|claim| claim.probability * TIE > best.probability);
        let as_probable: Vec<String> = as_probable.map(|claim| shown(claim)).collect();
        let all = as_probable.join(" or ");
        return vec![format!("Who is behind it is a question of its own, and most probable is {all}.")];
    }
    let ratio = |claim: &ClaimView| claim.probability / lead.probability;
    let tied = actors.iter().filter(|claim| (1.0 / TIE..TIE).contains(&ratio(claim)));
    let mut lines: Vec<String> =
        tied.map(|claim| format!("There is a tie: as probable is {}.", shown(claim))).collect();
    if ratio(best) >= TIE {
        lines.push(format!("Another answer is more probable than this: {}.", shown(best)));
    } else if lines.is_empty() {
        lines.push(format!("The strongest rival: {}.", shown(best)));
    }
    let planted = assessment.claims.iter().filter(|claim| {
        claim.level == Level::FalseFlag && claim.candidate == lead.candidate && claim.probability >= PLANTED
    });
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
    let title = |id: &str| item(assessment, id).map_or(id.to_owned(), |item| item.title.clone());
    match pin.pillar {
        Pillar::Source => {
            let name = source(assessment, &pin.id).map_or(pin.id.as_str(), |source| &source.name);
            format!("Without all that comes from {name} ({})", plural(pin.items.len() as u64, "report"))
        }
        Pillar::Group => {
            let first = pin.items.first().map(|id| title(id)).unwrap_or_default();
            let others = plural(pin.items.len().saturating_sub(1) as u64, "report");
            format!("Without \u{201c}{first}\u{201d} and what hangs together with it ({others})")
        }
        Pillar::Observation => format!("Without \u{201c}{}\u{201d}", title(&pin.id)),
    }
}

/// What would move the answer most, if it were found.
pub(super) fn would_change(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
    let claim = |id: &str| assessment.claims.iter().find(|claim| claim.id == id);
    let telling = assessment.prospects.iter().filter(|one| one.information >= super::ground::LEAST_BITS);
    let lines = telling.take(limits.first).map(|one| {
        let moved = claim(&one.claim);
        if let Some(claim) = moved.filter(|claim| claim.rests_on_prior().is_some()) {
            let about = subject(assessment, claim);
            return format!("{} ({about}: until then that rests on the prior)", capital(&one.title));
        }
        let about = moved.map(|claim| format!("{}: ", subject(assessment, claim)));
        format!(
            "{} ({}{} if found, {} if sought and not found)",
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
