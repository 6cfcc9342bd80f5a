//! What an assessment makes of every item, and of the sources, groups and analysts behind the items.

use crate::model::value::{Day, Share};
use crate::model::{Analyst, Group, Item, Source};
use crate::scale::{Forgeability, Reliability, Shareability, Tlp};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ItemView {
    /// The item, as it is written.
    #[serde(flatten)]
    pub item: Item,
    /// The source's grade.
    pub reliability: Reliability,
    /// The observation it reports: equal for copies.
    pub observation_id: String,
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
    #[schemars(with = "Share")]
    pub weight: f64,
    /// The least and most it may be, where a grade cannot be judged.
    #[schemars(with = "Option<(Share, Share)>")]
    pub weight_range: Option<(f64, f64)>,
    /// Every judgement that counts at this date.
    pub judgements: Vec<JudgementView>,
    /// The combined likelihood, by hypothesis.
    #[schemars(with = "Vec<Share>")]
    pub likelihood: Vec<f64>,
    /// How probable the item was before anybody knew: the prior-weighted mean of `likelihood`.
    #[schemars(with = "Share")]
    pub expected: f64,
    /// The likelihood after the weight, by hypothesis: `weight * likelihood + (1 - weight) * expected`.
    #[schemars(with = "Vec<Share>")]
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
}

/// One analyst's judgement of one item.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct JudgementView {
    /// The analyst's id; none for the authors of the case.
    pub by: Option<String>,
    /// From when on.
    #[schemars(with = "Day")]
    pub date: Date,
    /// Why.
    pub rationale: String,
    /// By hypothesis.
    #[schemars(with = "Vec<Share>")]
    pub likelihood: Vec<f64>,
    /// The factor within which the stated odds lie with 90 %.
    pub uncertainty: f64,
}

/// A dependence group.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GroupView {
    /// The group, as it is written.
    #[serde(flatten)]
    pub group: Group,
    /// Its items that count.
    pub items: Vec<String>,
    /// Observations among them.
    pub observations: u64,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SourceView {
    /// The source, as it is written.
    #[serde(flatten)]
    pub source: Source,
    /// Its items that count.
    pub items: Vec<String>,
}

/// The answer by one analyst's own judgements; the combined ones where there are none.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AnalystView {
    /// The analyst, as the case names them.
    #[serde(flatten)]
    pub analyst: Analyst,
    /// Items judged.
    pub judged: Vec<String>,
    /// Probability of every claim, parallel to `claims`.
    #[schemars(with = "Vec<Share>")]
    pub probabilities: Vec<f64>,
}
