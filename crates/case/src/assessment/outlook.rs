//! What an assessment hangs on, what speaks against itself in it, how it came about, and what may change it.

use crate::model::value::{Day, Share};
use crate::scale::Aspect;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Linchpin {
    /// What kind of thing is left out.
    pub pillar: Pillar,
    /// Its id.
    pub id: String,
    /// The items that go with it.
    pub items: Vec<String>,
    /// Every claim without it, parallel to `claims`.
    #[schemars(with = "Vec<Share>")]
    pub probabilities: Vec<f64>,
    /// The greatest change of any claim, in probability.
    #[schemars(with = "Share")]
    pub greatest_change: f64,
    /// Claims whose wording changes.
    pub rewords: Vec<String>,
}

/// What may be found, and what it would do.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
    #[schemars(with = "Share")]
    pub probability: f64,
    /// Expected information about the hypotheses, in bits.
    pub information: f64,
    /// The claim it moves most.
    pub claim: String,
    /// That claim if it is found.
    #[schemars(with = "Share")]
    pub if_found: f64,
    /// That claim if it is sought and not found.
    #[schemars(with = "Share")]
    pub if_not_found: f64,
}

/// Two observations that cannot both mean what they seem to.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Coverage {
    /// The six aspects of MICTIC.
    pub aspects: Vec<Covered>,
    /// The four vertices of the diamond.
    pub vertices: Vec<Covered>,
}

/// One kind of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Covered {
    /// `malware`, `adversary`.
    pub id: String,
    /// Items.
    pub items: u64,
    /// Observations that tell hypotheses apart.
    pub diagnostic: u64,
}

/// The judgement at one day.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Moment {
    /// The day.
    #[schemars(with = "Day")]
    pub date: Date,
    /// Items reported that day.
    pub reported: Vec<String>,
    /// Every claim, parallel to `claims`.
    #[schemars(with = "Vec<Share>")]
    pub probabilities: Vec<f64>,
    /// 5th percentiles.
    #[schemars(with = "Vec<Share>")]
    pub low: Vec<f64>,
    /// 95th percentiles.
    #[schemars(with = "Vec<Share>")]
    pub high: Vec<f64>,
    /// Whether the assessment of that day may have established it; not part of the document.
    #[serde(skip)]
    pub established: Vec<bool>,
}
