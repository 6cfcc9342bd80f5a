//! The answer and its claims: probability, words, confidence, and what a reader with another prior makes of it.

use super::numbers::{candidate, capital, factor, interval, word};
use super::outline::{Block, Cell, Grid, Lean, Limits, Tone, left_out};
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, ConfidenceRule};
use cognate_case::leaf::Level;
use cognate_case::prose::{confidence_word, day, percent};

/// A rival less probable than this gets no part of its own.
const RIVAL: f64 = 0.05;

/// Places of the claims that the answer turns on: the leading group or false flag, its sponsor, a rival, someone not listed.
pub(super) fn key_claims(assessment: &Assessment) -> Vec<usize> {
    let claims = &assessment.claims;
    let places = || claims.iter().enumerate();
    let ranked = |(_, claim): &(usize, &ClaimView)| matches!(claim.level, Level::Group | Level::FalseFlag);
    let best = |one: &(usize, &ClaimView), other: &(usize, &ClaimView)| {
        one.1.probability.total_cmp(&other.1.probability)
    };
    let Some((lead, claim)) = places().filter(ranked).max_by(best) else {
        return places().map(|(place, _)| place).take(1).collect();
    };
    let sponsor = places().find(|(_, other)| {
        claim.level == Level::Group && other.level == Level::Sponsor && other.candidate == claim.candidate
    });
    let rival = places()
        .filter(ranked)
        .filter(|(place, other)| *place != lead && other.probability >= RIVAL)
        .max_by(best);
    let unlisted = places().find(|(_, other)| other.level == Level::Unlisted);
    let rest = [sponsor, rival, unlisted].into_iter().flatten().map(|(place, _)| place);
    std::iter::once(lead).chain(rest).collect()
}

/// The claims at these places.
pub(super) fn at<'a>(
    assessment: &'a Assessment,
    keys: &'a [usize],
) -> impl Iterator<Item = (usize, &'a ClaimView)> {
    keys.iter().filter_map(|&place| assessment.claims.get(place).map(|claim| (place, claim)))
}

/// What stands above the answer.
pub(super) fn facts(assessment: &Assessment) -> Vec<(&'static str, String)> {
    let case = &assessment.case;
    let as_of = assessment.as_of.map_or_else(|| "all that the case holds".to_owned(), day);
    let mut facts = vec![("As of", as_of)];
    facts.extend(case.incident.map(|date| ("Incident", day(date))));
    if !case.authors.is_empty() {
        facts.push(("Authors", case.authors.join(", ")));
    }
    facts.extend(case.summary.clone().map(|summary| ("What happened", summary)));
    facts
}

pub(super) fn answer(assessment: &Assessment, keys: &[usize]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (place, line) in assessment.headline.iter().enumerate() {
        let last = place + 1 == assessment.headline.len() && place > 0;
        let tone = match last {
            true => Tone::Faint,
            false if line.starts_with("Confidence") => Tone::Plain,
            false => Tone::Answer,
        };
        blocks.push(Block::Say(tone, line.clone()));
    }
    for (_, claim) in at(assessment, keys).take(2) {
        let wording = &claim.wording;
        if wording.at_low != wording.at_high {
            blocks.push(Block::Say(
                Tone::Plain,
                format!(
                    "In the words of {} the interval of {} reaches from \u{201c}{}\u{201d} to \u{201c}{}\u{201d}.",
                    wording.scheme.name(),
                    claim.id,
                    wording.at_low,
                    wording.at_high
                ),
            ));
        }
        blocks.extend(wording.note.clone().map(|note| Block::Say(Tone::Faint, note)));
    }
    blocks
}

pub(super) fn claims(assessment: &Assessment, limits: &Limits) -> Vec<Block> {
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
    for claim in &assessment.claims {
        if claim.candidate.as_deref().is_some_and(|id| !shown.contains(&id)) {
            continue;
        }
        let ClaimView { prior, probability, low, high, .. } = *claim;
        grid.rows.push(vec![
            candidate(assessment, claim.candidate.as_deref()).into(),
            if claim.level == Level::Unlisted { Cell::from("") } else { word(claim.level).into() },
            percent(prior).into(),
            percent(probability).into(),
            interval(low, high).into(),
            Cell::Span { prior: Some(prior), at: probability, low, high },
            confidence_word(claim.confidence.level).into(),
            claim.wording.term.clone().into(),
        ]);
    }
    let legend = "Levels are nested: sponsor within group within cluster within code base; a false flag is in \
                  none of them. Likelihood says how probable a claim is. Confidence says how firm its ground is.";
    let mut blocks = vec![Block::Grid(grid), Block::Say(Tone::Faint, legend.to_owned())];
    left_out(&mut blocks, assessment.candidates.len(), shown.len(), "candidates");
    blocks
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
        row.extend(claim.other_priors.iter().map(|other| Cell::from(percent(other.probability))));
        row.resize_with(grid.columns.len(), || Cell::from(""));
        grid.rows.push(row);
    }
    if let Some((_, lead)) = at(assessment, keys).next() {
        let from = lead.other_priors.iter();
        let from: Vec<String> = from
            .map(|other| format!("from {} arrives at {}", percent(other.prior), percent(other.probability)))
            .collect();
        let text = format!(
            "{}: a reader who starts {}. The case starts from {}.",
            capital(lead),
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
                percent(claim.if_independent),
                percent(claim.probability)
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
