//! What is known, what it is worth, and what may yet be found.

use super::likelihood::Likelihood;
use super::source::{Analyst, Source};
use super::value::{Correlation, Day, Factor, Share};
use super::written::{Name, Reference, nowhere, read, read_some};
use crate::scale::{Aspect, Credibility, EvidenceKind, Forgeability, Shareability, Tlp, Vertex};
use cognate_base::Position;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The factor within which a stated likelihood's odds lie with 90 %, unless told.
/// Judgement: of the factors 2 to 3 that the method notes propose, the lesser.
pub const UNCERTAINTY: f64 = 2.0;

/// Items that hang together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// Short name: what items name it by.
    pub id: Name,
    /// 0 independent, 1 one observation.
    #[serde(deserialize_with = "read::<_, Correlation, _>")]
    #[schemars(with = "Correlation")]
    pub correlation: f64,
    /// Why they hang together.
    pub reason: String,
}

/// One item of evidence: one report of one observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// Short name: what other tables name it by.
    pub id: Name,
    /// One line.
    pub title: String,
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// Its place among the aspects of MICTIC.
    pub aspect: Aspect,
    /// Its place in the diamond model.
    pub vertex: Option<Vertex>,
    /// What was seen, apart from what it means.
    pub observation: String,
    /// What it was seen on: hashes, domains, addresses of code.
    #[serde(default)]
    pub artefacts: Vec<String>,
    /// ATT&CK ids, samples, documents.
    #[serde(default)]
    pub references: Vec<String>,
    /// The id of the source that reported it.
    pub source: Reference<Source>,
    /// How far this piece of information is believed: the digit of the Admiralty code.
    pub credibility: Credibility,
    /// What it derives from: another item's id, or a name that several items give.
    pub origin: Option<String>,
    /// When the thing was seen or happened.
    #[serde(default, deserialize_with = "read_some::<_, Day, _>")]
    #[schemars(with = "Option<Day>")]
    pub observed: Option<Date>,
    /// When it was reported: it counts from this day on.
    #[serde(deserialize_with = "read::<_, Day, _>")]
    #[schemars(with = "Day")]
    pub reported: Date,
    /// The dependence group.
    pub group: Option<Reference<Group>>,
    /// What it takes to forge.
    #[serde(skip_serializing)]
    pub forgeability: Option<Forgeability>,
    /// How widely its means are shared.
    #[serde(skip_serializing)]
    pub shareability: Option<Shareability>,
    /// Who may read it; as the case unless told.
    #[serde(skip_serializing)]
    pub tlp: Option<Tlp>,
    /// The analyst; the authors of the case unless told. With the three below it becomes the first judgement.
    #[serde(skip_serializing)]
    pub(crate) judged_by: Option<Reference<Analyst>>,
    /// Why the likelihoods are what they are.
    #[serde(skip_serializing)]
    pub(crate) rationale: String,
    /// The factor within which the stated odds lie with 90 %; 2 unless told.
    #[serde(default = "uncertainty", deserialize_with = "read::<_, Factor, _>", skip_serializing)]
    #[schemars(with = "Factor")]
    pub(crate) uncertainty: f64,
    /// How probable the item is under `unlisted`, and under candidates by their ids.
    #[serde(skip_serializing)]
    pub(crate) likelihood: Likelihood,
    /// What it is worth, in the eyes of one analyst or several; never empty once the case is read.
    #[serde(rename = "judgement", default, skip_serializing)]
    pub judgements: Vec<Judgement>,
    /// What a match of code measured; written by `case add-match`.
    pub measured: Option<Measured>,
}

/// What one analyst holds an item to be worth.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Judgement {
    /// The analyst; none for the authors of the case.
    #[serde(deserialize_with = "read_some::<_, Reference<Analyst>, _>")]
    #[schemars(with = "Reference<Analyst>")]
    pub by: Option<Reference<Analyst>>,
    /// From when on; the day of the report unless told.
    #[serde(default, deserialize_with = "read_some::<_, Day, _>")]
    #[schemars(with = "Option<Day>")]
    pub date: Option<Date>,
    /// Why the likelihoods are what they are.
    pub rationale: String,
    /// The factor within which the stated odds lie with 90 %; 2 unless told.
    #[serde(default = "uncertainty", deserialize_with = "read::<_, Factor, _>")]
    #[schemars(with = "Factor")]
    pub uncertainty: f64,
    /// How probable the item is under `unlisted`, and under candidates by their ids.
    pub likelihood: Likelihood,
    /// Where it stands in the file.
    #[serde(skip, default = "nowhere")]
    pub place: Position,
}

/// Something that may yet be found.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Indicator {
    /// Short name: what the assessment names it by.
    pub id: Name,
    /// One line.
    pub title: String,
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// Its place among the aspects of MICTIC.
    pub aspect: Aspect,
    /// Why it would tell.
    pub reason: String,
    /// What it takes to forge.
    pub forgeability: Option<Forgeability>,
    /// How widely its means are shared.
    pub shareability: Option<Shareability>,
    /// How probable it is that it is found.
    pub likelihood: Likelihood,
}

/// What a match of code measured, as `cognate case add-match` writes it down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Measured {
    /// SHA-256 of the sample that was asked about.
    pub query: String,
    /// The relative: a family or an actor of the store.
    pub relative: String,
    /// Shared private functions, near-identical ones once.
    pub functions: u64,
    /// What they weigh, in bits.
    pub evidence_bits: f64,
    /// Independent families and projects in the population, the relative's own left out.
    pub families: u64,
    /// In how many of these the least rare of the counted functions occurs.
    pub other_families: u64,
    /// The probability of such sharing when unrelated: what the lower end of the likelihood ratio leaves of the relative's own; where
    /// none was measured `other_families / families`, never below `3 / families`.
    #[schemars(with = "Share")]
    pub unrelated: f64,
    /// Relatives this good expected by chance, where it was computed.
    pub e_value: Option<f64>,
    /// Decimal logarithm of the likelihood ratio of one private code base against different ones, where it was measured.
    pub log10_lr: Option<f64>,
    /// The interval of it.
    pub log10_lr_range: Option<(f64, f64)>,
    /// The version of the fingerprint.
    pub fingerprint_version: u32,
}

fn uncertainty() -> f64 {
    UNCERTAINTY
}
