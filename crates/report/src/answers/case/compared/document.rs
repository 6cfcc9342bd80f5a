//! What `case compare` answers.

use cognate_case::assessment::ConfidenceLevel;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

/// Two assessments side by side.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CompareSide {
    /// The file, as it was named.
    pub file: String,
    /// The case's id.
    pub case: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of the file.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// The last day whose reports count; none for all.
    #[schemars(with = "Option<String>", extend("pattern" = cognate_case::DAY_PATTERN))]
    pub as_of: Option<Date>,
    /// Items that count.
    pub items: u64,
    /// Observations they report.
    pub observations: u64,
}

/// What part of a case differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldChange {
    /// The field: `credibility`, `judgement of icit: lazarus/tasked`.
    pub field: String,
    /// In A; none where A does not have it.
    pub from: Option<String>,
    /// In B; none where B does not have it.
    pub to: Option<String>,
}

/// One claim in both.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// Before any evidence.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub prior: f64,
    /// After it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
    /// 5th percentile of the draws.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub low: f64,
    /// 95th percentile.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub high: f64,
    /// In words.
    pub wording: String,
    /// How firm the ground is.
    pub confidence: ConfidenceLevel,
    /// The rules that bound it.
    pub bound_by: Vec<String>,
}

/// What an observation does to the change of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Mover {
    /// The item that stands for it.
    pub item: String,
    /// In what way it or one of its copies changed; none where only others of its group did, or the priors.
    pub difference: Option<Difference>,
    /// Its part of the change of the log odds (natural logarithm).
    pub change: f64,
}
