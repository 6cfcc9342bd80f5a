//! `case compare`: what differs between two cases, or one case at two dates, and what that did to the answers.
//!
//! Two assessments come in; [`CaseCompareDocument::new`] puts their parts side
//! by side. Only what counts at its date is compared, so a case against itself
//! at a later date shows what was reported in between.

mod document;
mod moved;
mod parts;
mod text;

use crate::products::numbers::log_odds;
use cognate_case::Assessment;
use cognate_case::assessment::ClaimView;
pub use document::CaseCompareDocument;
use document::{Answer, ClaimChange, CompareSide, Part};
use moved::Moves;
use std::collections::BTreeMap;

/// Observations named beside a claim at most.
const MOST_MOVERS: usize = 12;

impl CaseCompareDocument {
    /// Puts two assessments side by side.
    #[must_use]
    pub fn new(file_a: &str, a: &Assessment, file_b: &str, b: &Assessment) -> Self {
        let changes = parts::changes(a, b);
        let items = changes.iter().filter(|change| change.part == Part::Item);
        let differences = items.map(|change| (change.id.as_str(), change.difference)).collect();
        let claims = claims(a, b, &Moves::new(a, b, &differences));
        CaseCompareDocument { a: side(file_a, a), b: side(file_b, b), claims, changes }
    }

    /// Anything differs.
    #[must_use]
    pub fn found(&self) -> bool {
        !self.changes.is_empty() || self.claims.iter().any(|claim| claim.from != claim.to)
    }
}

fn side(file: &str, assessment: &Assessment) -> CompareSide {
    CompareSide {
        file: file.to_owned(),
        case: assessment.case.id.to_string(),
        title: assessment.case.title.clone(),
        sha256: assessment.case.sha256.clone(),
        as_of: assessment.as_of,
        items: assessment.counts.items,
        observations: assessment.counts.observations,
    }
}

/// Every claim of A, then those that only B makes.
fn claims(a: &Assessment, b: &Assessment, moves: &Moves<'_>) -> Vec<ClaimChange> {
    let index = |of: &'_ Assessment| -> BTreeMap<String, usize> {
        of.claims.iter().enumerate().map(|(place, claim)| (claim.id.clone(), place)).collect()
    };
    let (in_a, in_b) = (index(a), index(b));
    let only_b = b.claims.iter().filter(|claim| !in_a.contains_key(&claim.id));
    let all = a.claims.iter().chain(only_b);
    let change = |claim: &ClaimView| {
        let of = |index: &BTreeMap<String, usize>| index.get(&claim.id).copied();
        let (one, other) =
            (of(&in_a).and_then(|at| a.claims.get(at)), of(&in_b).and_then(|at| b.claims.get(at)));
        claim_change(one, other, claim, moves)
    };
    all.map(change).collect()
}

fn claim_change(
    a: Option<&ClaimView>,
    b: Option<&ClaimView>,
    either: &ClaimView,
    moves: &Moves<'_>,
) -> ClaimChange {
    let prior = |(a, b): (&ClaimView, &ClaimView)| log_odds(b.prior) - log_odds(a.prior);
    let change = |(a, b): (&ClaimView, &ClaimView)| {
        prior((a, b)) + libm::log(b.odds_multiplier) - libm::log(a.odds_multiplier)
    };
    let both = a.zip(b).filter(|pair| change(*pair).is_finite());
    let (log_odds, priors) = (both.map(change), both.map(prior));
    let mut moved_by = both.map_or_else(Vec::new, |(a, b)| moves.of(a, b));
    moved_by.sort_by(|one, other| {
        other.change.abs().total_cmp(&one.change.abs()).then_with(|| one.item.cmp(&other.item))
    });
    moved_by.truncate(MOST_MOVERS);
    let listed: f64 = moved_by.iter().map(|mover| mover.change).sum();
    let rest = log_odds.zip(priors).map(|(all, priors)| all - priors - listed);
    ClaimChange {
        id: either.id.clone(),
        statement: b.unwrap_or(either).statement.clone(),
        from: a.map(answer),
        to: b.map(answer),
        log_odds,
        priors,
        moved_by,
        rest,
    }
}

fn answer(claim: &ClaimView) -> Answer {
    Answer {
        prior: claim.prior,
        probability: claim.probability,
        low: claim.low,
        high: claim.high,
        wording: claim.word().to_owned(),
        confidence: claim.confidence.level,
        bound_by: claim.confidence.bound_by.clone(),
    }
}
