//! The result of an assessment, as other programs read it and every product renders it.
//!
//! One document for all surfaces: [`Assessment`] is the content of `cognate
//! case assess --json`, and what the text, Markdown, HTML, STIX and MISP
//! products are made of. Vectors "by hypothesis" run parallel to
//! [`Assessment::hypotheses`]. Probabilities lie between 0 and 1; supports are
//! natural logarithms of ratios. Texts come from the case file: escape them.

use crate::file::{Measured, SourceKind};
use crate::leaf::{Level, Role};
use crate::scale::{Aspect, Credibility, EvidenceKind, Forgeability, Reliability, Shareability, Tlp, Vertex};
use crate::wording::{Scheme, Wording};
use cognate_base::Position;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the document.
pub const SCHEMA: u32 = 1;

/// What a case proves, at a date.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assessment {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What was assessed.
    pub case: CaseSummary,
    /// The last day whose reports count; none for all.
    pub as_of: Option<Date>,
    /// How the numbers came about.
    pub method: Method,
    /// How much there was to weigh.
    pub counts: Counts,
    /// The judgement in a few sentences; a probability and a confidence never share one.
    pub headline: Vec<String>,
    /// Who was considered.
    pub candidates: Vec<CandidateSummary>,
    /// The exclusive hypotheses; their probabilities add up to one.
    pub hypotheses: Vec<HypothesisView>,
    /// What is claimed of each candidate at each level, and of "someone not listed".
    pub claims: Vec<ClaimView>,
    /// Every item that counts at this date, in the order of the case.
    pub items: Vec<ItemView>,
    /// The dependence groups that hold any of them.
    pub groups: Vec<GroupView>,
    /// The sources that any of them cites.
    pub sources: Vec<SourceView>,
    /// What the answer would be by each analyst's own judgements.
    pub analysts: Vec<AnalystView>,
    /// What falls if something is wrong, the greatest fall first.
    pub linchpins: Vec<Linchpin>,
    /// What would change the answer most, if found; most expected information first.
    pub prospects: Vec<Prospect>,
    /// Traces that speak against each other.
    pub contradictions: Vec<Contradiction>,
    /// What kinds of evidence there are, and are not.
    pub coverage: Coverage,
    /// The judgement at every day on which something was reported.
    pub timeline: Vec<Moment>,
    /// What is not known, in sentences.
    pub unknown: Vec<String>,
    /// What is doubtful about the case itself.
    pub findings: Vec<Finding>,
}

/// What was assessed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseSummary {
    /// Short name.
    pub id: String,
    /// Title.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// What happened.
    pub summary: Option<String>,
    /// When it happened.
    pub incident: Option<Date>,
    /// The marking of the product: the strictest of the case and every item in it.
    pub tlp: Tlp,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// SHA-256 of the case file, lower-case hexadecimal.
    pub sha256: String,
}

/// How the numbers came about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Method {
    /// The version of cognate.
    pub version: String,
    /// The standard of the wording.
    pub scheme: Scheme,
    /// Draws behind the intervals.
    pub draws: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// The factor within which every prior lies with 90 %.
    pub prior_uncertainty: f64,
    /// Shares let through by the grades A to E and 1 to 5.
    pub grades: [f64; 5],
    /// Below this, an item's greatest log ratio of likelihoods counts as not diagnostic.
    pub not_diagnostic_below: f64,
}

/// How much there was to weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items that count.
    pub items: u64,
    /// Observations they report: copies of one origin are one.
    pub observations: u64,
    /// Units taken as independent: dependence groups, and observations in none.
    pub independent: u64,
    /// Observations that tell hypotheses apart.
    pub diagnostic: u64,
    /// Items reported after the date, left out.
    pub later: u64,
}

/// A candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CandidateSummary {
    /// Short name.
    pub id: String,
    /// Name.
    pub name: String,
    /// The state or body said to task it.
    pub sponsor: Option<String>,
    /// ATT&CK id.
    pub attack: Option<String>,
    /// MISP galaxy uuid.
    pub misp: Option<String>,
    /// What else to know.
    pub note: Option<String>,
    /// Why the priors are what they are.
    pub prior_reason: String,
}

/// One exclusive hypothesis.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    pub prior: f64,
    /// After it.
    pub probability: f64,
    /// 5th percentile of the draws.
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
    /// Sum of the weighted inconsistencies of the ACH matrix: the lower the better.
    pub inconsistency: f64,
    /// Its place by inconsistency, from 1; equals share a place.
    pub ach_rank: u32,
}

/// What is claimed of a candidate at one level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimView {
    /// `lazarus/group`.
    pub id: String,
    /// The candidate's id; none for "someone not listed".
    pub candidate: Option<String>,
    /// How far up.
    pub level: Level,
    /// The claim as a sentence without any probability.
    pub statement: String,
    /// Before any evidence.
    pub prior: f64,
    /// After it.
    pub probability: f64,
    /// 5th percentile of the draws.
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
    /// In the words of the standard.
    pub wording: Wording,
    /// How firm the ground is.
    pub confidence: Confidence,
    /// By what the evidence multiplies the odds of the claim.
    pub odds_multiplier: f64,
    /// What readers with another prior arrive at.
    pub other_priors: Vec<OtherPrior>,
    /// What it would be if every item were independent of every other: the error that groups prevent.
    pub if_independent: f64,
    /// Observations that speak for it, the strongest first.
    pub speaks_for: Vec<Contribution>,
    /// Observations that speak against it, the strongest first.
    pub speaks_against: Vec<Contribution>,
}

/// What a reader with another prior arrives at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct OtherPrior {
    /// The reader's prior of the claim.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub prior: f64,
    /// What it becomes.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
}

/// What one observation adds to a claim.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Contribution {
    /// The item that stands for the observation.
    pub item: String,
    /// By how much the log odds of the claim would drop without it (natural logarithm).
    pub log_odds: f64,
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

/// How an item counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Counting {
    /// The only report of its observation.
    Alone,
    /// Stands for an observation that others report too.
    Represents {
        /// The other reports.
        copies: Vec<String>,
    },
    /// A report of an observation for which another item stands.
    CopyOf {
        /// That item.
        item: String,
    },
}

/// A cell of the ACH matrix (Heuer 1999).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub enum AchMark {
    /// Less than a fifth as probable as under the best hypothesis.
    #[serde(rename = "II")]
    VeryInconsistent,
    /// Less than two thirds as probable.
    #[serde(rename = "I")]
    Inconsistent,
    /// The item tells no hypotheses apart.
    #[serde(rename = "N")]
    Neutral,
    /// As probable, or nearly, as under the best.
    #[serde(rename = "C")]
    Consistent,
}

impl AchMark {
    /// As it stands in the matrix.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            AchMark::VeryInconsistent => "II",
            AchMark::Inconsistent => "I",
            AchMark::Neutral => "N",
            AchMark::Consistent => "C",
        }
    }
}

/// One item and everything that was made of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemView {
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
    /// ATT&CK ids, samples, documents.
    pub references: Vec<String>,
    /// The source's id.
    pub source: String,
    /// The source's grade.
    pub reliability: Reliability,
    /// The information's grade.
    pub credibility: Credibility,
    /// What it derives from, as the case says.
    pub origin: Option<String>,
    /// The observation it reports: equal for copies.
    pub observation_id: String,
    /// When it was seen or happened.
    pub observed: Option<Date>,
    /// When it was reported.
    pub reported: Date,
    /// The dependence group.
    pub group: Option<String>,
    /// What it takes to forge; `low` is assumed where the case does not say.
    pub forgeability: Forgeability,
    /// How widely its means are shared; `leaked` is assumed where the case does not say.
    pub shareability: Shareability,
    /// The case says nothing of forgeability or shareability.
    pub assumed: bool,
    /// Its marking.
    pub tlp: Tlp,
    /// How it counts.
    pub counting: Counting,
    /// The share of its effect that source and credibility let through; of a copy, the best report's.
    pub weight: f64,
    /// The least and most it may be, where a grade cannot be judged.
    pub weight_range: Option<(f64, f64)>,
    /// Every judgement that counts at this date.
    pub judgements: Vec<JudgementView>,
    /// The combined likelihood, by hypothesis.
    pub likelihood: Vec<f64>,
    /// How probable the item was before anybody knew: the prior-weighted mean of `likelihood`.
    pub expected: f64,
    /// The likelihood after the weight, by hypothesis: `weight * likelihood + (1 - weight) * expected`.
    pub effective: Vec<f64>,
    /// `ln(effective / expected)` by hypothesis.
    pub support: Vec<f64>,
    /// What is left of it beside others of its dependence group, by hypothesis.
    pub counted: Vec<f64>,
    /// `ln` of the greatest ratio of effective likelihoods.
    pub diagnosticity: f64,
    /// It tells hypotheses apart.
    pub diagnostic: bool,
    /// Its row of the ACH matrix, by hypothesis.
    pub ach: Vec<AchMark>,
    /// What a match of code measured.
    pub measured: Option<Measured>,
}

/// One analyst's judgement of one item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgementView {
    /// The analyst's id; none for the authors of the case.
    pub by: Option<String>,
    /// From when on.
    pub date: Date,
    /// Why.
    pub rationale: String,
    /// By hypothesis.
    pub likelihood: Vec<f64>,
    /// The factor within which the stated odds lie with 90 %.
    pub uncertainty: f64,
}

/// A dependence group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupView {
    /// Short name.
    pub id: String,
    /// How far its items hang together.
    pub correlation: f64,
    /// Why.
    pub reason: String,
    /// Its items.
    pub items: Vec<String>,
    /// Observations among them.
    pub observations: u64,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceView {
    /// Short name.
    pub id: String,
    /// Name.
    pub name: String,
    /// What kind of party.
    pub kind: SourceKind,
    /// Its grade.
    pub reliability: Reliability,
    /// Why.
    pub reason: String,
    /// Where.
    pub url: Option<String>,
    /// Its items.
    pub items: Vec<String>,
}

/// The answer by one analyst's own judgements; the combined ones where there are none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnalystView {
    /// Short name.
    pub id: String,
    /// Name.
    pub name: String,
    /// What else to know.
    pub note: Option<String>,
    /// Items judged.
    pub judged: Vec<String>,
    /// Probability of every claim, parallel to [`Assessment::claims`].
    pub probabilities: Vec<f64>,
}

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pillar {
    /// One observation, with all its reports.
    Observation,
    /// One dependence group.
    Group,
    /// Everything of one source.
    Source,
}

/// What falls if something is wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Linchpin {
    /// What kind of thing is left out.
    pub pillar: Pillar,
    /// Its id.
    pub id: String,
    /// The items that go with it.
    pub items: Vec<String>,
    /// Every claim without it, parallel to [`Assessment::claims`].
    pub probabilities: Vec<f64>,
    /// The greatest change of any claim, in probability.
    pub greatest_change: f64,
    /// Claims whose wording changes.
    pub rewords: Vec<String>,
}

/// What may be found, and what it would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prospect {
    /// The indicator's id, or that of a kind of evidence that the case lacks.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Why it would tell.
    pub reason: String,
    /// The case names it; otherwise it comes from cognate's list of kinds.
    pub from_case: bool,
    /// About which candidate; none where the case's own indicator names several.
    pub candidate: Option<String>,
    /// Its aspect.
    pub aspect: Aspect,
    /// How probable it is that it is found, by what is known.
    pub probability: f64,
    /// Expected information about the hypotheses, in bits.
    pub information: f64,
    /// The claim it moves most.
    pub claim: String,
    /// That claim if it is found.
    pub if_found: f64,
    /// That claim if it is sought and not found.
    pub if_not_found: f64,
}

/// Two observations that cannot both mean what they seem to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contradiction {
    /// The candidate's id.
    pub candidate: String,
    /// Speaks for the candidate.
    pub speaks_for: String,
    /// Speaks against it.
    pub speaks_against: String,
    /// Artefacts that both were seen on.
    pub artefacts: Vec<String>,
    /// What speaks for the candidate is the easier of the two to forge: a sign of deception.
    pub suggests_deception: bool,
    /// Ratio of likelihoods (natural logarithm) for the group, of the one.
    pub support_for: f64,
    /// Of the other; negative.
    pub support_against: f64,
}

/// What kinds of evidence there are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// The six aspects of MICTIC.
    pub aspects: Vec<Covered>,
    /// The four vertices of the diamond.
    pub vertices: Vec<Covered>,
}

/// One kind of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// `malware`, `adversary`.
    pub id: String,
    /// Items.
    pub items: u64,
    /// Observations that tell hypotheses apart.
    pub diagnostic: u64,
}

/// The judgement at one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// The day.
    pub date: Date,
    /// Items reported that day.
    pub reported: Vec<String>,
    /// Every claim, parallel to [`Assessment::claims`].
    pub probabilities: Vec<f64>,
    /// 5th percentiles.
    pub low: Vec<f64>,
    /// 95th percentiles.
    pub high: Vec<f64>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely to mislead.
    Warning,
}

/// Something doubtful about a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The rule, by its short name.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// What it is about: an id of the case.
    pub subject: String,
    /// Where in the file.
    pub place: Position,
    /// What is doubtful.
    pub message: String,
    /// What to do.
    pub hint: String,
}
