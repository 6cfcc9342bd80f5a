//! `case compare`: what differs between two cases, or one case at two dates, and what that did to the answers.
//!
//! Two assessments come in; [`CaseCompareDocument::new`] puts their parts side
//! by side. Only what counts at its date is compared, so a case against itself
//! at a later date shows what was reported in between.

mod moved;
mod parts;
mod text;

use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, ConfidenceLevel, HypothesisView};
use cognate_case::leaf::{Level, Role};
use moved::Moves;
use serde::Serialize;
use std::collections::BTreeMap;

/// Observations named beside a claim at most.
const MOST_MOVERS: usize = 12;

/// Two assessments side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseCompareDocument {
    /// The one.
    pub a: CompareSide,
    /// The other.
    pub b: CompareSide,
    /// What differs in what goes in.
    pub changes: Vec<Change>,
    /// What differs in what comes out: every claim of either.
    pub claims: Vec<ClaimChange>,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompareSide {
    /// The file, as it was named.
    pub file: String,
    /// The case's id.
    pub case: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The last day whose reports count; none for all.
    pub as_of: Option<String>,
    /// Items that count.
    pub items: u64,
    /// Observations they report.
    pub observations: u64,
}

/// What part of a case differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The case's head, its method, its marking.
    Case,
    /// A candidate.
    Candidate,
    /// A hypothesis with its prior.
    Hypothesis,
    /// A source.
    Source,
    /// A dependence group.
    Group,
    /// An item of evidence.
    Item,
}

/// In what way it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// Only B has it.
    Added,
    /// Only A has it.
    Removed,
    /// Both have it.
    Changed,
}

/// One difference in what goes in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What part.
    pub part: Part,
    /// Its id.
    pub id: String,
    /// Its title or name.
    pub title: String,
    /// In what way.
    pub difference: Difference,
    /// Fields that differ; empty where it was added or removed.
    pub fields: Vec<FieldChange>,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field: `credibility`, `judgement of icit: lazarus/tasked`.
    pub field: String,
    /// In A; none where A does not have it.
    pub from: Option<String>,
    /// In B; none where B does not have it.
    pub to: Option<String>,
}

/// One claim in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimChange {
    /// `lazarus/group`.
    pub id: String,
    /// As a clause.
    pub statement: String,
    /// In A; none where A does not make it.
    pub from: Option<Answer>,
    /// In B.
    pub to: Option<Answer>,
    /// Change of its log odds (natural logarithm), A to B; none where either does not make it.
    pub log_odds: Option<f64>,
    /// The part of that due to the priors; none where the hypotheses are not the same.
    pub priors: Option<f64>,
    /// The parts due to observations, the greatest first; with `priors` and `rest` they add up to `log_odds`.
    pub moved_by: Vec<Mover>,
    /// The part of all observations that are not listed.
    pub rest: Option<f64>,
}

/// One claim in one assessment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Before any evidence.
    pub prior: f64,
    /// After it.
    pub probability: f64,
    /// 5th percentile of the draws.
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
    /// In words.
    pub wording: String,
    /// How firm the ground is.
    pub confidence: ConfidenceLevel,
    /// The rules that bound it.
    pub bound_by: Vec<String>,
}

/// What an observation does to the change of a claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mover {
    /// The item that stands for it.
    pub item: String,
    /// In what way it or one of its copies changed; none where only others of its group did, or the priors.
    pub difference: Option<Difference>,
    /// Its part of the change of the log odds (natural logarithm).
    pub change: f64,
}

impl CaseCompareDocument {
    /// Puts two assessments side by side.
    #[must_use]
    pub fn new(file_a: &str, a: &Assessment, file_b: &str, b: &Assessment) -> Self {
        let changes = parts::changes(a, b);
        let items = changes.iter().filter(|change| change.part == Part::Item);
        let differences = items.map(|change| (change.id.as_str(), change.difference)).collect();
        let claims = claims(a, b, Moves::new(a, b, &differences).as_ref());
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
        as_of: assessment.as_of.map(|day| day.to_string()),
        items: assessment.counts.items,
        observations: assessment.counts.observations,
    }
}

/// Every claim of A, then those that only B makes.
fn claims(a: &Assessment, b: &Assessment, moves: Option<&Moves>) -> Vec<ClaimChange> {
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
        claim_change(one, other, claim, moves.map(|moves| (moves, holds(b, claim))))
    };
    all.map(change).collect()
}

/// The hypotheses under which a claim holds, as [`cognate_case::leaf`] lays them out.
fn holds(assessment: &Assessment, claim: &ClaimView) -> Vec<bool> {
    let own = |of: &Option<String>| of.is_some() && *of == claim.candidate;
    let belongs = |leaf: &HypothesisView| match (claim.level, leaf.role) {
        (Level::Unlisted, role) => role == Role::Unlisted,
        (Level::FalseFlag, role) => role == Role::FalseFlag && own(&leaf.candidate),
        (level, Role::FalseFlag) => own(&leaf.by) && level != Level::Sponsor,
        (_, Role::Tasked) => own(&leaf.candidate),
        (level, Role::Untasked) => own(&leaf.candidate) && level != Level::Sponsor,
        (level, Role::Contractor) => {
            own(&leaf.candidate) && matches!(level, Level::CodeBase | Level::Cluster)
        }
        (level, Role::Reuse) => own(&leaf.candidate) && level == Level::CodeBase,
        (_, Role::Unlisted) => false,
    };
    assessment.hypotheses.iter().map(belongs).collect()
}

fn claim_change(
    a: Option<&ClaimView>,
    b: Option<&ClaimView>,
    either: &ClaimView,
    moves: Option<(&Moves, Vec<bool>)>,
) -> ClaimChange {
    let change = |(a, b): (&ClaimView, &ClaimView)| {
        log_odds(b.prior) - log_odds(a.prior) + libm::log(b.odds_multiplier) - libm::log(a.odds_multiplier)
    };
    let log_odds = a.zip(b).map(change).filter(|change| change.is_finite());
    let (priors, mut moved_by) = log_odds
        .and(moves)
        .map(|(moves, holds)| moves.of(&holds))
        .map_or((None, Vec::new()), |(p, m)| (Some(p), m));
    moved_by.sort_by(|one, other| {
        other.change.abs().total_cmp(&one.change.abs()).then_with(|| one.item.cmp(&other.item))
    });
    let rest = moved_by.split_off(MOST_MOVERS.min(moved_by.len()));
    ClaimChange {
        id: either.id.clone(),
        statement: b.unwrap_or(either).statement.clone(),
        from: a.map(answer),
        to: b.map(answer),
        log_odds,
        priors,
        moved_by,
        rest: priors.map(|_| rest.iter().map(|mover| mover.change).sum()),
    }
}

fn log_odds(probability: f64) -> f64 {
    libm::log(probability / (1.0 - probability))
}

fn answer(claim: &ClaimView) -> Answer {
    Answer {
        prior: claim.prior,
        probability: claim.probability,
        low: claim.low,
        high: claim.high,
        wording: claim.wording.term.clone(),
        confidence: claim.confidence.level,
        bound_by: claim.confidence.bound_by.clone(),
    }
}
