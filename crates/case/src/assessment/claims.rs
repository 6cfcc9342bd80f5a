//! What an assessment says of hypotheses and claims, and how firm the ground is.

use crate::leaf::{Level, Role};
use crate::model::value::Share;
use crate::wording::Wording;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One exclusive hypothesis.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HypothesisView {
    /// `lazarus/tasked`.
    pub id: String,
    /// The candidate's id; none for "someone not listed".
    pub candidate: Option<String>,
    /// In what way.
    pub role: Role,
    /// The candidate that plants traces, of a false flag by a listed one.
    pub by: Option<String>,
    /// The hypothesis as a sentence.
    pub statement: String,
    /// Before any evidence.
    #[schemars(with = "Share")]
    pub prior: f64,
    /// After it.
    #[schemars(with = "Share")]
    pub probability: f64,
    /// 5th percentile of the draws.
    #[schemars(with = "Share")]
    pub low: f64,
    /// 95th percentile.
    #[schemars(with = "Share")]
    pub high: f64,
    /// Sum of the weighted inconsistencies of the ACH matrix: the lower the better.
    pub inconsistency: f64,
    /// Its place by inconsistency, from 1; equals share a place.
    pub ach_rank: u32,
}

/// What is claimed of a candidate at one level.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ClaimView {
    /// `lazarus/group`.
    pub id: String,
    /// The candidate's id; none for sets and for who is not listed.
    pub candidate: Option<String>,
    /// The ids of the candidates in a set; empty for other claims.
    pub members: Vec<String>,
    /// How far up.
    pub level: Level,
    /// The claim as a sentence without any probability.
    pub statement: String,
    /// Before any evidence.
    #[schemars(with = "Share")]
    pub prior: f64,
    /// After it.
    #[schemars(with = "Share")]
    pub probability: f64,
    /// 5th percentile of the draws.
    #[schemars(with = "Share")]
    pub low: f64,
    /// 95th percentile.
    #[schemars(with = "Share")]
    pub high: f64,
    /// In the words of the standard.
    pub wording: Wording,
    /// The evidence carries the claim far enough to state it as a fact.
    pub established: bool,
    /// How firm the ground is.
    pub confidence: Confidence,
    /// By what the evidence multiplies the odds of the claim.
    #[schemars(with = "Option<f64>")]
    pub odds_multiplier: f64,
    /// Of a sponsor: tasked against untasked, given that the group did it. None where the case takes whatever the
    /// group does to be tasked, and for other claims.
    pub given_group: Option<GivenGroup>,
    /// What readers with another prior arrive at.
    pub other_priors: Vec<OtherPrior>,
    /// What it would be if every item were independent of every other: the error that groups prevent.
    #[schemars(with = "Share")]
    pub if_independent: f64,
    /// Observations that speak for it, the greatest part first.
    pub speaks_for: Vec<Contribution>,
    /// Observations that speak against it, the greatest part first.
    pub speaks_against: Vec<Contribution>,
}

/// What a reader with another prior arrives at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct OtherPrior {
    /// The reader's prior of the claim.
    #[schemars(with = "Share")]
    pub prior: f64,
    /// What it becomes.
    #[schemars(with = "Share")]
    pub probability: f64,
}

/// That a group was tasked, given that the group did it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GivenGroup {
    /// Before any evidence.
    #[schemars(with = "Share")]
    pub prior: f64,
    /// After it.
    #[schemars(with = "Share")]
    pub probability: f64,
    /// 5th percentile of the draws.
    #[schemars(with = "Share")]
    pub low: f64,
    /// 95th percentile.
    #[schemars(with = "Share")]
    pub high: f64,
    /// By what the evidence multiplies the odds of tasked to untasked.
    pub odds_multiplier: f64,
    /// The sum of the parts that speak for it, in log odds.
    pub speaks_for: f64,
    /// The sum of the parts that speak against it, not above zero.
    pub speaks_against: f64,
}

/// What one observation adds to a claim.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Contribution {
    /// The item that stands for the observation.
    pub item: String,
    /// Its part of the whole change of the log odds (natural logarithm): the Shapley value, which adds up over all
    /// observations to the logarithm of `odds_multiplier`.
    pub share: f64,
    /// The standard error of the part; zero where it is exact.
    pub share_error: f64,
    /// By how much it would change the log odds if it were all there is.
    pub alone: f64,
    /// By how much the log odds would drop without it; none where a case is too large to leave out each.
    pub log_odds: Option<f64>,
}

/// How firm the ground of a claim is. Says nothing about how likely it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConfidenceLevel {
    /// Gaps, or one leg to stand on.
    Low,
    /// Clear, and not beyond doubt.
    Moderate,
    /// Several independent legs and no open contradiction.
    High,
}

/// A confidence level with the rules behind it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Confidence {
    /// The least that any rule allows.
    pub level: ConfidenceLevel,
    /// The rules that allow no more; empty at the highest level.
    pub bound_by: Vec<String>,
    /// Every rule with what it measured.
    pub rules: Vec<ConfidenceRule>,
}

/// One rule of confidence.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ConfidenceRule {
    /// Short name.
    pub id: String,
    /// What it demands.
    pub demands: String,
    /// What was found.
    pub found: String,
    /// The most it allows.
    pub allows: ConfidenceLevel,
}
