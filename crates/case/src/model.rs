//! A case: who may be behind an incident, what is known, from whom, and what it is worth.
//!
//! The types are those of the case file: TOML is read into them, every key
//! known and every value in its range, and an assessment shows them again.
//! [`Case::parse`] reads a file and settles what the parts mean together: every
//! id defined once, every reference resolved, priors that add up to one. What is
//! doubtful without being wrong is the business of [`mod@crate::lint`].
//!
//! **Hypotheses.** For each candidate *X* the exclusive ways in which the
//! incident may have to do with it ([`crate::leaf::Role`]), one false flag on *X* for each
//! candidate that is said to plant it, and "someone not listed": together they
//! are exhaustive. The levels (code base, cluster, group, sponsor) are sums of
//! these; nobody is asked for them again, so they cannot contradict each other.

pub(crate) mod likelihood;
mod origin;
pub(crate) mod written;

pub use likelihood::{Likelihood, Roles};
pub use written::{Name, Placed, Reference};

use crate::error::Position;
use crate::scale::{
    Aspect, Credibility, EvidenceKind, Forgeability, Reliability, Shareability, SourceKind, Tlp, Vertex,
};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use written::{Correlation, Day, Factor, Probability, nowhere, read, read_some};

/// Most bytes of a case file.
pub const MAX_BYTES: usize = 64 << 20;
/// Most items of evidence.
pub const MAX_ITEMS: usize = 100_000;
/// Most hypotheses after all candidates are laid out.
pub const MAX_HYPOTHESES: usize = 250;
/// Most analysts: each gets an assessment of their own.
pub const MAX_ANALYSTS: usize = 200;
/// Most judgements times hypotheses: what memory and time of an assessment grow with.
/// Four times the 10,000 items and 50 hypotheses that a large case is expected to have.
pub const MAX_JUDGED: usize = 2_000_000;
/// The factor within which a stated likelihood's odds lie with 90 %, unless told.
/// Judgement: of the factors 2 to 3 that the method notes propose, the lesser.
pub const UNCERTAINTY: f64 = 2.0;
/// The factor within which a stated prior lies with 90 %, unless told. Judgement: the factor of the method notes.
pub const PRIOR_UNCERTAINTY: f64 = 3.0;

/// A case, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What is asked.
    pub header: Header,
    /// Someone who is not on the list.
    pub unlisted: Unlisted,
    /// Who may be behind it, in the order of the file.
    pub candidates: Vec<Candidate>,
    /// Who said what.
    pub sources: Vec<Source>,
    /// Who judged.
    pub analysts: Vec<Analyst>,
    /// Items that hang together.
    pub groups: Vec<Group>,
    /// What is known, in the order of the file.
    pub evidence: Vec<Item>,
    /// What may yet be found.
    pub indicators: Vec<Indicator>,
}

/// A case file of cognate, written in TOML; [`Case::parse`] makes a case of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CaseFile {
    /// What is asked.
    pub(crate) case: Header,
    /// Someone who is not on the list.
    pub(crate) unlisted: Unlisted,
    /// Who may be behind it.
    #[serde(default)]
    pub(crate) candidate: Vec<Candidate>,
    /// Who said what.
    #[serde(default)]
    pub(crate) source: Vec<Source>,
    /// Who judged.
    #[serde(default)]
    pub(crate) analyst: Vec<Analyst>,
    /// Items that hang together.
    #[serde(default)]
    pub(crate) group: Vec<Group>,
    /// What is known: one report of one observation each.
    #[serde(default)]
    pub(crate) evidence: Vec<Item>,
    /// What may yet be found.
    #[serde(default)]
    pub(crate) indicator: Vec<Indicator>,
}

/// What a case asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Header {
    /// Short name of the case: lower-case letters, digits, hyphens.
    pub id: Name,
    /// What the case is called.
    pub title: String,
    /// What the case is to answer.
    pub question: String,
    /// What happened, in a few sentences.
    pub summary: Option<String>,
    /// When it happened.
    #[serde(default, deserialize_with = "read_some::<_, Day, _>")]
    #[schemars(with = "Option<Day>")]
    pub incident: Option<Date>,
    /// Who may read it; `amber` unless told.
    #[serde(skip_serializing)]
    pub tlp: Option<Tlp>,
    /// Who wrote it.
    #[serde(default)]
    pub authors: Vec<String>,
    /// Where to read more.
    #[serde(default)]
    pub references: Vec<String>,
    /// The factor within which every prior lies with 90 %; 3 unless told.
    #[serde(default = "prior_uncertainty", deserialize_with = "read::<_, Factor, _>", skip_serializing)]
    #[schemars(with = "Factor")]
    pub prior_uncertainty: f64,
}

/// Someone who is not on the list.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unlisted {
    /// Of someone not listed; all priors of a case add up to 1.
    #[serde(deserialize_with = "read::<_, Placed<Probability>, _>")]
    #[schemars(with = "Probability")]
    pub prior: Placed<f64>,
    /// Why the prior is what it is.
    pub reason: String,
}

/// Who may be behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Candidate {
    /// Short name: what likelihoods and other tables call it by.
    pub id: Name,
    /// The name readers know.
    pub name: String,
    /// The state or body said to task it.
    pub sponsor: Option<String>,
    /// ATT&CK id of the group: G and four digits.
    pub attack: Option<String>,
    /// UUID of its entry in the MISP galaxy.
    pub misp: Option<String>,
    /// What else to know.
    pub note: Option<String>,
    /// What is held of it before any evidence; all priors of a case add up to 1.
    #[serde(skip_serializing)]
    pub prior: Placed<Prior>,
}

/// What is held of a candidate before any evidence.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prior {
    /// The group, tasked by its sponsor; only with a sponsor.
    #[serde(default, deserialize_with = "read_some::<_, Probability, _>")]
    #[schemars(with = "Option<Probability>")]
    pub tasked: Option<f64>,
    /// The group or its members, not tasked.
    #[serde(deserialize_with = "read::<_, Probability, _>")]
    #[schemars(with = "Probability")]
    pub untasked: f64,
    /// Contractors and former members; left out where the case does not look at them.
    #[serde(default, deserialize_with = "read_some::<_, Probability, _>")]
    #[schemars(with = "Option<Probability>")]
    pub contractor: Option<f64>,
    /// Others with the group's code.
    #[serde(deserialize_with = "read::<_, Probability, _>")]
    #[schemars(with = "Probability")]
    pub reuse: f64,
    /// Someone not listed who plants the group's traces.
    #[serde(deserialize_with = "read::<_, Probability, _>")]
    #[schemars(with = "Probability")]
    pub false_flag: f64,
    /// Other candidates who plant them, by id.
    #[serde(default, deserialize_with = "read::<_, written::Priors, _>")]
    #[schemars(with = "written::Priors")]
    pub false_flag_by: Vec<(Reference, f64)>,
    /// Why the priors are what they are.
    pub reason: String,
}

/// Who said what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Short name: what items cite it by.
    pub id: Name,
    /// The name readers know.
    pub name: String,
    /// What kind of party it is.
    pub kind: SourceKind,
    /// The letter of the Admiralty code.
    pub reliability: Reliability,
    /// Why this grade.
    pub reason: String,
    /// Where it said so.
    pub url: Option<String>,
    /// Who gave the grade: free text, or the id of a source or analyst.
    #[serde(skip_serializing)]
    pub rated_by: Option<String>,
}

/// Who judged likelihoods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Analyst {
    /// Short name: what judgements call them by.
    pub id: Name,
    /// The name readers know.
    pub name: String,
    /// The source they speak for.
    #[serde(skip_serializing)]
    pub source: Option<Reference>,
    /// What else to know.
    pub note: Option<String>,
}

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
    pub source: Reference,
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
    pub group: Option<Reference>,
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
    pub(crate) judged_by: Option<Reference>,
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
    #[serde(deserialize_with = "read_some::<_, Reference, _>")]
    #[schemars(with = "Reference")]
    pub by: Option<Reference>,
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
    /// The probability of such sharing when unrelated: `other_families / families`, never below `3 / families`.
    pub unrelated: f64,
    /// Relatives this good expected by chance, where it was computed.
    pub e_value: Option<f64>,
    /// The version of the fingerprint.
    pub fingerprint_version: u32,
}

fn uncertainty() -> f64 {
    UNCERTAINTY
}

fn prior_uncertainty() -> f64 {
    PRIOR_UNCERTAINTY
}

impl Case {
    /// The item of that id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.evidence.iter().find(|item| item.id == *id)
    }

    /// Who may read the case: as it says, and where it does not, who may read what is marked `amber`.
    #[must_use]
    pub fn tlp(&self) -> Tlp {
        self.header.tlp.unwrap_or_default()
    }

    /// The marking of one item.
    #[must_use]
    pub fn tlp_of(&self, item: &Item) -> Tlp {
        item.tlp.unwrap_or(self.tlp())
    }
}
