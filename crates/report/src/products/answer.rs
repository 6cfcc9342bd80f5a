//! The answer and its claims: probability, words, confidence, and what a reader with another prior makes of it.

use super::days::{on_day, telling_days};
use super::numbers::{candidate, capital, factor, interval, now, subject, then, word};
use super::outline::{Block, Cell, Extent, Grid, Lean, Limits, Past, PastRow, Stand, Tone, left_out};
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, ConfidenceRule};
use cognate_case::leaf::Level;
use cognate_case::prose::{confidence_word, day, percent};

/// A rival less probable than this gets no part of its own (judgement).
const RIVAL: f64 = 0.05;

/// Places of the claims that the answer turns on: the one it leads with, the foremost group, its sponsor where evidence
/// bears on it, a rival, whoever is not listed.
///
/// It leads as the headline does: with the highest level that is established, and where none is, with the most
/// probable group or planted trail.
pub(super) fn key_claims(assessment: &Assessment) -> Vec<usize> {
    let claims = &assessment.claims;
    // Of equals the first, so that the order of the case decides and not that of the search.
    let best = |holds: &dyn Fn(&ClaimView) -> bool| {
        let found = claims.iter().enumerate().filter(|(_, claim)| holds(claim));
        let order = |one: &(usize, &ClaimView), other: &(usize, &ClaimView)| {
            one.1.probability.total_cmp(&other.1.probability).then(other.0.cmp(&one.0))
        };
        found.max_by(order).map(|(place, _)| place)
    };
    let ranked = |claim: &ClaimView| matches!(claim.level, Level::Group | Level::FalseFlag);
    let firm = |level: Level| best(&|claim| claim.level == level && claim.established);
    let top = ESTABLISHED.into_iter().find_map(firm).or_else(|| best(&ranked));
    let lead = top.and_then(|place| claims.get(place));
    let Some((top, lead)) = top.zip(lead) else { return Vec::from_iter(best(&|_| true)) };
    let group = best(&|claim| claim.level == Level::Group && related(claim, lead));
    let foremost = group.and_then(|place| claims.get(place)).and_then(|claim| claim.candidate.as_ref());
    let sponsor = best(&|claim| {
        claim.level == Level::Sponsor
            && claim.candidate.as_ref() == foremost
            && claim.rests_on_prior().is_none()
    });
    let rival =
        best(&|claim| ranked(claim) && claim.candidate.as_ref() != foremost && claim.probability >= RIVAL);
    let unlisted = best(&|claim| claim.level == Level::Unlisted);
    let mut keys = vec![top];
    for place in [group, sponsor, rival, unlisted].into_iter().flatten() {
        if !keys.contains(&place) {
            keys.push(place);
        }
    }
    keys
}

/// The levels that an answer can lead with, the highest first.
const ESTABLISHED: [Level; 6] =
    [Level::Sponsor, Level::Group, Level::Cluster, Level::Set, Level::CodeBase, Level::Unlisted];

/// Whether a group is of the candidate that a claim is about, where it is about what one candidate did.
fn related(group: &ClaimView, claim: &ClaimView) -> bool {
    match claim.level {
        Level::Set => claim.members.iter().any(|member| Some(member) == group.candidate.as_ref()),
        Level::FalseFlag | Level::Unlisted | Level::Unrelated => true,
        _ => group.candidate == claim.candidate,
    }
}

/// The claim that the answer leads with.
pub(super) fn lead_claim<'a>(assessment: &'a Assessment, keys: &[usize]) -> Option<&'a ClaimView> {
    keys.first().and_then(|place| assessment.claims.get(*place))
}

/// The claims at these places.
pub(super) fn at<'a>(
    assessment: &'a Assessment,
    keys: &'a [usize],
) -> impl Iterator<Item = (usize, &'a ClaimView)> {
    keys.iter().filter_map(|&place| assessment.claims.get(place).map(|claim| (place, claim)))
}

/// What the fact is called that is a text of its own.
pub(super) const SUMMARY: &str = "What happened";

/// What stands above the answer.
pub(super) fn facts(assessment: &Assessment, extent: Extent) -> Vec<(&'static str, String)> {
    let case = &assessment.case;
    let as_of = assessment.as_of.map_or_else(|| "all that the case holds".to_owned(), day);
    let mut facts = vec![("As of", as_of)];
    facts.extend(case.incident.map(|date| ("Incident", day(date))));
    if extent == Extent::Screen {
        return facts;
    }
    if !case.authors.is_empty() {
        facts.push(("Authors", case.authors.join(", ")));
    }
    facts.extend(case.summary.clone().map(|summary| (SUMMARY, summary)));
    facts
}

/// The judgement in whole sentences, its basis last.
pub(super) fn answer(assessment: &Assessment) -> Vec<Block> {
    let last = assessment.headline.len().saturating_sub(1);
    let tone = |place: usize, line: &str| match place {
        0 => Tone::Answer,
        _ if place == last => Tone::Faint,
        _ if line.starts_with("Confidence") => Tone::Plain,
        _ => Tone::Answer,
    };
    let lines = assessment.headline.iter().enumerate();
    lines.map(|(place, line)| Block::Say(tone(place, line), line.clone())).collect()
}

/// The claims that the answer turns on, in numbers.
pub(super) fn in_numbers(assessment: &Assessment, keys: &[usize]) -> Vec<Block> {
    let mut grid = Grid::new([
        ("prior", Lean::Right),
        ("now", Lean::Right),
        ("90 % interval", Lean::Right),
        ("confidence", Lean::Left),
        ("who", Lean::Wide),
    ]);
    for (_, claim) in at(assessment, keys) {
        grid.rows.push(vec![
            percent(claim.prior).into(),
            now(claim).into(),
            interval(claim.low, claim.high).into(),
            confidence_word(claim.confidence.level).into(),
            subject(assessment, claim).into(),
        ]);
    }
    vec![Block::Grid(grid)]
}

/// Over which words the interval of a claim reaches, and what the standard has no word for.
fn in_words(assessment: &Assessment, claim: &ClaimView) -> Vec<Block> {
    let wording = &claim.wording;
    let words = format!(
        "{}: the interval reaches from \u{201c}{}\u{201d} to \u{201c}{}\u{201d} in the words of {}.",
        capital(&subject(assessment, claim)),
        wording.at_low,
        wording.at_high,
        wording.scheme.name(),
    );
    let spread = (wording.at_low != wording.at_high).then_some(Block::Say(Tone::Plain, words));
    let note = wording
        .note
        .as_ref()
        .map(|note| Block::Say(Tone::Faint, format!("{}: {note}.", capital(&subject(assessment, claim)))));
    spread.into_iter().chain(note).collect()
}

/// Every claim of the foremost candidates.
pub(super) fn claims(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Block> {
    let mut grid = Grid::new([
        ("candidate", Lean::Left),
        ("level", Lean::Left),
        ("prior", Lean::Right),
        ("now", Lean::Right),
        ("90 % interval", Lean::Right),
        ("0 to 100 %", Lean::Picture),
        ("confidence", Lean::Left),
        ("in words", Lean::Wide),
    ]);
    let shown = foremost(assessment, limits.candidates);
    let days = telling_days(assessment, keys, limits);
    let mut past = Past { days: days.iter().map(|moment| day(moment.date)).collect(), rows: Vec::new() };
    for (place, claim) in assessment.claims.iter().enumerate() {
        if claim.candidate.as_deref().is_some_and(|id| !shown.contains(&id)) {
            continue;
        }
        let ClaimView { prior, probability, low, high, .. } = *claim;
        grid.rows.push(vec![
            match claim.candidate {
                Some(_) => candidate(assessment, claim.candidate.as_deref()).into(),
                None => subject(assessment, claim).into(),
            },
            if claim.candidate.is_none() { Cell::from("") } else { word(claim.level).into() },
            percent(prior).into(),
            now(claim).into(),
            interval(low, high).into(),
            Cell::Span { prior: Some(prior), at: probability, low, high },
            confidence_word(claim.confidence.level).into(),
            claim.word().into(),
        ]);
        past.rows.push(PastRow {
            days: days.iter().map(|moment| stand(claim, on_day(moment, place))).collect(),
            now: stand(claim, (probability, low, high)),
        });
    }
    grid.past = (days.len() > 1).then_some(past);
    let legend = "Levels are nested: sponsor within group within cluster within code base; a false flag is in \
                  none of them. Likelihood says how probable a claim is. Confidence says how firm its ground is.";
    let mut blocks = vec![Block::Grid(grid), Block::Say(Tone::Faint, legend.to_owned())];
    for (_, claim) in at(assessment, keys).take(2) {
        blocks.extend(in_words(assessment, claim));
    }
    left_out(&mut blocks, assessment.candidates.len(), shown.len(), "candidates");
    blocks
}

/// How a claim stands with such figures.
fn stand(claim: &ClaimView, (at, low, high): (f64, f64, f64)) -> Stand {
    let scheme = claim.wording.scheme;
    Stand { at, low, high, words: [scheme.percent(at), interval(low, high), scheme.term(at)] }
}

/// The candidates with the most probable claims.
fn foremost(assessment: &Assessment, most: usize) -> Vec<&str> {
    let mut ranked: Vec<(&str, f64)> = assessment
        .candidates
        .iter()
        .map(|candidate| {
            let of = assessment.claims.iter().filter(|claim| claim.candidate.as_ref() == Some(&candidate.id));
            (candidate.id.as_str(), of.map(|claim| claim.probability).fold(0.0, f64::max))
        })
        .collect();
    ranked.sort_by(|one, other| other.1.total_cmp(&one.1));
    ranked.truncate(most);
    ranked.into_iter().map(|(id, _)| id).collect()
}

pub(super) fn priors(assessment: &Assessment, keys: &[usize]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut grid = Grid::new([("claim", Lean::Left), ("prior", Lean::Right), ("odds", Lean::Right)]);
    for (_, claim) in at(assessment, keys) {
        if grid.columns.len() == 3 {
            let others = claim.other_priors.iter();
            grid.columns.extend(others.map(|other| (format!("at {}", percent(other.prior)), Lean::Right)));
        }
        let mut row: Vec<Cell> = vec![
            claim.id.as_str().into(),
            percent(claim.prior).into(),
            factor(libm::log(claim.odds_multiplier)).into(),
        ];
        row.extend(claim.other_priors.iter().map(|other| Cell::from(then(claim, other.probability))));
        row.resize_with(grid.columns.len(), || Cell::from(""));
        grid.rows.push(row);
    }
    if let Some((_, lead)) = at(assessment, keys).next() {
        let from = lead.other_priors.iter();
        let from: Vec<String> = from
            .map(|other| {
                format!("from {} arrives at {}", percent(other.prior), then(lead, other.probability))
            })
            .collect();
        let text = format!(
            "{}: a reader who starts {}. The case starts from {}.",
            capital(&lead.statement),
            from.join(", "),
            percent(lead.prior)
        );
        blocks.push(Block::Say(Tone::Plain, text));
    }
    blocks.push(Block::Grid(grid));
    let errors: Vec<String> = at(assessment, keys)
        .filter(|(_, claim)| (claim.if_independent - claim.probability).abs() >= 0.005)
        .map(|(_, claim)| {
            format!(
                "{} would read {} instead of {}.",
                claim.id,
                then(claim, claim.if_independent),
                now(claim)
            )
        })
        .collect();
    if !errors.is_empty() {
        let text = "The error that dependence groups prevent: counted as if every report were independent of every other,";
        blocks.push(Block::Say(Tone::Doubt, format!("{text} {}", errors.join(" "))));
    }
    blocks
}

pub(super) fn confidence(assessment: &Assessment, keys: &[usize]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (_, claim) in at(assessment, keys).take(2) {
        let level = confidence_word(claim.confidence.level);
        blocks.push(Block::Heading(format!("{}: {level}", claim.id)));
        let mut grid = Grid::new([
            ("rule", Lean::Left),
            ("allows", Lean::Left),
            ("", Lean::Left),
            ("found, and what is asked", Lean::Wide),
        ]);
        for ConfidenceRule { id, demands, found, allows } in &claim.confidence.rules {
            let binds = if claim.confidence.bound_by.contains(id) { "binds" } else { "" };
            grid.rows.push(vec![
                id.as_str().into(),
                confidence_word(*allows).into(),
                binds.into(),
                format!("{found} ({demands})").into(),
            ]);
        }
        blocks.push(Block::Grid(grid));
    }
    blocks
}
