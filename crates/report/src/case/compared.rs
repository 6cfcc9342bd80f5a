//! `case compare`: what differs between two cases, or one case at two dates, and what that did to the answers.
//!
//! Two assessments come in; [`CaseCompareDocument::new`] puts their parts side
//! by side. Only what counts at its date is compared, so a case against itself
//! at a later date shows what was reported in between.

mod parts;
mod text;

use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, ConfidenceLevel};
use serde::Serialize;
use std::collections::BTreeMap;

/// Changed items named beside a claim at most.
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
    /// The part of that due to the priors.
    pub priors: Option<f64>,
    /// What the changed items do to it, the greatest change first.
    pub moved_by: Vec<Mover>,
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

/// What a changed item does to a claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mover {
    /// The item.
    pub item: String,
    /// In what way it changed.
    pub difference: Difference,
    /// By how much the log odds would drop without it, in A; 0 where A does not have it.
    pub from: f64,
    /// In B.
    pub to: f64,
    /// `to - from`.
    pub change: f64,
}

impl CaseCompareDocument {
    /// Puts two assessments side by side.
    #[must_use]
    pub fn new(file_a: &str, a: &Assessment, file_b: &str, b: &Assessment) -> Self {
        let changes = parts::changes(a, b);
        let claims = claims(a, b, &changes);
        CaseCompareDocument { a: side(file_a, a), b: side(file_b, b), changes, claims }
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
        case: assessment.case.id.clone(),
        title: assessment.case.title.clone(),
        sha256: assessment.case.sha256.clone(),
        as_of: assessment.as_of.map(|day| day.to_string()),
        items: assessment.counts.items,
        observations: assessment.counts.observations,
    }
}

/// Every claim of A, then those that only B makes.
fn claims(a: &Assessment, b: &Assessment, changes: &[Change]) -> Vec<ClaimChange> {
    let index = |of: &Assessment| -> BTreeMap<String, ClaimView> {
        of.claims.iter().map(|claim| (claim.id.clone(), claim.clone())).collect()
    };
    let (in_a, in_b) = (index(a), index(b));
    let only_b = b.claims.iter().filter(|claim| !in_a.contains_key(&claim.id));
    let all = a.claims.iter().chain(only_b);
    all.map(|claim| claim_change(in_a.get(&claim.id), in_b.get(&claim.id), claim, changes)).collect()
}

fn claim_change(
    a: Option<&ClaimView>,
    b: Option<&ClaimView>,
    either: &ClaimView,
    changes: &[Change],
) -> ClaimChange {
    let both = a.zip(b);
    let priors = both.map(|(a, b)| log_odds(b.prior) - log_odds(a.prior));
    let evidence = both.map(|(a, b)| b.odds_multiplier.ln() - a.odds_multiplier.ln());
    ClaimChange {
        id: either.id.clone(),
        statement: b.unwrap_or(either).statement.clone(),
        from: a.map(answer),
        to: b.map(answer),
        log_odds: priors
            .zip(evidence)
            .map(|(priors, evidence)| priors + evidence)
            .filter(|odds| odds.is_finite()),
        priors,
        moved_by: movers(a, b, changes),
    }
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
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

fn movers(a: Option<&ClaimView>, b: Option<&ClaimView>, changes: &[Change]) -> Vec<Mover> {
    let (in_a, in_b) = (contributions(a), contributions(b));
    let items = changes.iter().filter(|change| change.part == Part::Item);
    let mut found: Vec<Mover> = items
        .map(|change| {
            let of = |known: &BTreeMap<&str, f64>| known.get(change.id.as_str()).copied().unwrap_or_default();
            let (from, to) = (of(&in_a), of(&in_b));
            let difference = change.difference;
            Mover { item: change.id.clone(), difference, from, to, change: to - from }
        })
        .filter(|mover| mover.change.abs() > 1e-6)
        .collect();
    found.sort_by(|one, other| {
        other.change.abs().total_cmp(&one.change.abs()).then_with(|| one.item.cmp(&other.item))
    });
    found.truncate(MOST_MOVERS);
    found
}

/// By item: by how much the log odds of the claim would drop without it.
fn contributions(claim: Option<&ClaimView>) -> BTreeMap<&str, f64> {
    let both = claim.into_iter().flat_map(|claim| claim.speaks_for.iter().chain(&claim.speaks_against));
    both.map(|part| (part.item.as_str(), part.log_odds)).collect()
}
