//! The working of an assessment: every number of a claim or an item, down to its inputs.
//!
//! [`Explanation`] is the content of `cognate case explain --json`, and what the
//! text of `case explain` is made of. [`Explanation::new`] takes
//! an assessment apart into the steps of the engine: what was judged, by which
//! rule, how much of it the grades let through, what the dependence group leaves
//! of it, and how priors and sums become a probability. Lists "by hypothesis"
//! run parallel to [`Explanation::hypotheses`]; supports are natural logarithms.

use crate::assessment::{AchMark, Confidence, Contribution, Counting, OtherPrior};
use crate::model::Measured;
use crate::model::value::Day;
use crate::scale::{Aspect, Credibility, EvidenceKind, Forgeability, Reliability, Shareability, Vertex};
use crate::wording::Wording;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

/// Claims and items taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// The case's id.
    pub case: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of the case file.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// The last day whose reports count; none for all.
    #[schemars(with = "Option<Day>")]
    pub as_of: Option<Date>,
    /// Draws behind every interval.
    pub draws: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// From prior to posterior, by hypothesis; everything "by hypothesis" is in this order.
    pub hypotheses: Vec<HypothesisSteps>,
    /// The claims asked for.
    pub claims: Vec<ClaimExplained>,
    /// Every observation that counts; empty where no claim was asked for.
    pub observations: Vec<ObservationSteps>,
    /// What each source says with all its observations; empty where no claim was asked for.
    pub sources: Vec<SourceSteps>,
    /// The items asked for.
    pub items: Vec<ItemExplained>,
    /// All claims that can be asked for.
    pub known_claims: Vec<String>,
}

/// One hypothesis from its prior to its posterior.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HypothesisSteps {
    /// `lazarus/tasked`.
    pub id: String,
    /// As a sentence.
    pub statement: String,
    /// Before any evidence.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub prior: f64,
    /// Its natural logarithm.
    pub log_prior: f64,
    /// The sum of the supports of all sources.
    pub support: f64,
    /// `log_prior + support`.
    pub log_weight: f64,
    /// `exp(log_weight)` over the greatest of them.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub relative: f64,
    /// `relative` over the sum of all.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
}

/// One claim taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ClaimExplained {
    /// `lazarus/group`.
    pub id: String,
    /// As a clause.
    pub statement: String,
    /// The hypotheses under which it holds.
    pub holds: Vec<String>,
    /// The sum of their priors.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub prior: f64,
    /// The sum of their posteriors.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
    /// 5th percentile of the draws.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub low: f64,
    /// 95th percentile.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub high: f64,
    /// In words.
    pub wording: Wording,
    /// Of a claim that names a sponsor: that the prior carries it, and not the evidence.
    pub rests_on_prior: Option<String>,
    /// `prior / (1 - prior)`.
    pub prior_odds: f64,
    /// `prior_odds` times the multiplier.
    #[schemars(with = "Option<f64>")]
    pub odds: f64,
    /// By what the evidence multiplies the odds.
    #[schemars(with = "Option<f64>")]
    pub odds_multiplier: f64,
    /// What readers with another prior arrive at.
    pub other_priors: Vec<OtherPrior>,
    /// What it would be if every item were independent of every other.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub if_independent: f64,
    /// Observations that speak for it, the greatest part first.
    pub speaks_for: Vec<Contribution>,
    /// Observations that speak against it, the greatest part first.
    pub speaks_against: Vec<Contribution>,
    /// Every rule, what it found and what it allows.
    pub confidence: Confidence,
}

/// One observation from judgement to what counts of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ObservationSteps {
    /// The item that stands for it.
    pub item: String,
    /// Its title.
    pub title: String,
    /// Every report of it with its grades; the item itself first.
    pub reports: Vec<GradedReport>,
    /// `w`: the share of the best report.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weight: f64,
    /// The least and most it may be, where a grade cannot be judged.
    #[schemars(with = "Option<Vec<f64>>", length(equal = 2), inner(range(min = 0.0, max = 1.0)))]
    pub weight_range: Option<(f64, f64)>,
    /// The source whose report lets most through.
    pub source: String,
    /// `rho`: how far that source is taken to be reliable, for all that it says.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reliability: f64,
    /// Judgements whose mean is `judged`.
    pub judgements: u64,
    /// `P(e)`: the prior-weighted mean of `judged`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub expected: f64,
    /// The dependence group.
    pub group: Option<String>,
    /// `r`: its correlation; none without a group.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub correlation: Option<f64>,
    /// By hypothesis.
    pub steps: Vec<Step>,
    /// In a group: what it says, from what puts fewest hypotheses above all others; empty outside a group.
    pub rungs: Vec<RungSteps>,
}

/// A rung: some hypotheses are put above all others.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RungSteps {
    /// Those above.
    pub above: Vec<String>,
    /// What it adds to those above, before the group.
    pub up: f64,
    /// What it takes from all others, before the group.
    pub down: f64,
    /// How many rungs of the group with the same hypotheses above are higher: the `k` of `(1 - correlation)^k`.
    pub before: u32,
    /// `(1 - correlation)^before`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub factor: f64,
}

/// What one source says with all its observations.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SourceSteps {
    /// The source's id.
    pub source: String,
    /// Its name.
    pub name: String,
    /// `rho`: how far it is taken to be reliable.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reliability: f64,
    /// The items that stand for its observations.
    pub items: Vec<String>,
    /// By hypothesis: `ln J(h)`, the sum of what its observations count.
    pub joint: Vec<f64>,
    /// By hypothesis: `ln(rho J(h) / J + 1 - rho)`, where `J` is the prior-weighted mean of `J(h)`.
    pub support: Vec<f64>,
}

/// One report with its grades.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GradedReport {
    /// The item.
    pub item: String,
    /// The source's id.
    pub source: String,
    /// The source's name.
    pub source_name: String,
    /// The source's grade.
    pub reliability: Reliability,
    /// What it lets through; none where it cannot be judged.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reliability_share: Option<f64>,
    /// The information's grade.
    pub credibility: Credibility,
    /// What it lets through; none where it cannot be judged.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub credibility_share: Option<f64>,
    /// The lesser of the two that can be judged; a half where neither can.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
}

/// What one observation does to one hypothesis.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Step {
    /// The hypothesis.
    pub hypothesis: String,
    /// The combined likelihood `P(e|h)`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub judged: f64,
    /// `P'(e|h)`: `weight * judged + (1 - weight) * expected`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub effective: f64,
    /// `ln(effective / expected)`: what it is worth if it is all there is.
    pub support: f64,
    /// What the group leaves of it: the sum of its rungs, each with its factor; `support` outside a group.
    pub left: f64,
    /// `left` if the source is reliable: `ln((exp(left) / L - (1 - rho)) / rho)`, where `L` is the prior-weighted mean
    /// of `exp(left)`.
    pub counted: f64,
}

/// One item taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ItemExplained {
    /// Short name.
    pub id: String,
    /// One line.
    pub title: String,
    /// What kind of thing.
    pub kind: EvidenceKind,
    /// Its aspect.
    pub aspect: Aspect,
    /// Its vertex.
    pub vertex: Option<Vertex>,
    /// What was seen.
    pub observation: String,
    /// What it was seen on.
    pub artefacts: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// When it was seen or happened.
    #[schemars(with = "Option<Day>")]
    pub observed: Option<Date>,
    /// When it was reported.
    #[schemars(with = "Day")]
    pub reported: Date,
    /// What it derives from, as the case says.
    pub origin: Option<String>,
    /// How it counts.
    pub counting: Counting,
    /// What it takes to forge.
    pub forgeability: Forgeability,
    /// `f`: how far a false flag brings it about as the group itself would.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub forgeability_share: f64,
    /// How widely its means are shared.
    pub shareability: Shareability,
    /// `s`: how far others with the group's code show it as the group itself would.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub shareability_share: f64,
    /// The case does not say one of the two.
    pub assumed: bool,
    /// Every judgement that counts, laid out over the hypotheses.
    pub judgements: Vec<JudgementSteps>,
    /// The steps of the observation it reports.
    pub steps: ObservationSteps,
    /// Others of its dependence group.
    pub beside: Vec<String>,
    /// Its row of the ACH matrix, by hypothesis.
    pub ach: Vec<AchMark>,
    /// `ln` of the greatest ratio of effective likelihoods.
    pub diagnosticity: f64,
    /// It tells hypotheses apart.
    pub diagnostic: bool,
    /// Every claim with and without the observation; none where a hundred other things weigh more.
    pub left_out: Option<Vec<LeftOut>>,
    /// What a match of code measured.
    pub measured: Option<Measured>,
}

/// A claim without one observation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// The claim.
    pub claim: String,
    /// As it is.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
    /// Without the observation.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub without: f64,
}

/// A name that is neither a claim nor an item that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotThere(pub String);

/// One judgement of one item.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct JudgementSteps {
    /// The analyst's id; none for the authors of the case.
    pub by: Option<String>,
    /// From when on.
    #[schemars(with = "Day")]
    pub date: Date,
    /// Why.
    pub rationale: String,
    /// The factor within which the stated odds lie with 90 %.
    pub uncertainty: f64,
    /// By hypothesis.
    pub likelihood: Vec<LikelihoodStep>,
}

/// The likelihood under one hypothesis.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LikelihoodStep {
    /// The hypothesis.
    pub hypothesis: String,
    /// How probable the item is under it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub value: f64,
    /// `stated`, or how it follows from what is stated.
    pub how: String,
}
