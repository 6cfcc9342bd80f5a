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

pub(crate) mod candidate;
mod item;
pub(crate) mod likelihood;
mod origin;
mod outcome;
mod source;
pub(crate) mod value;
pub(crate) mod words;
pub(crate) mod written;

pub use candidate::{Candidate, CandidateSet, Prior, Unlisted};
pub use item::{Group, Indicator, Item, Judgement, Measured, UNCERTAINTY};
pub(crate) use likelihood::Whom;
pub use likelihood::{Likelihood, Roles};
pub use outcome::{Outcome, Settled};
pub use source::{Analyst, Source};
pub use words::{Scale, Step, WORDS};
pub use written::{Name, Placed, Reference};

use crate::scale::Tlp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use value::{Day, Factor, Uuid};
use written::{read, read_some};

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
/// The factor within which a stated prior lies with 90 %, unless told. Judgement: the factor of the method notes.
pub const PRIOR_UNCERTAINTY: f64 = 3.0;

/// A case, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What is asked.
    pub header: Header,
    /// Words of the analysts' own.
    pub scale: Scale,
    /// Someone who is not on the list.
    pub unlisted: Unlisted,
    /// Who may be behind it, in the order of the file.
    pub candidates: Vec<Candidate>,
    /// Several of them together: those of the file, then those who share a sponsor.
    pub sets: Vec<CandidateSet>,
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
    /// What later years showed, where they did.
    pub outcome: Option<Outcome>,
}

/// A case file of cognate, written in TOML; [`Case::parse`] makes a case of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CaseFile {
    /// What is asked.
    pub(crate) case: Header,
    /// Words for likelihoods, beside the five that need no definition.
    #[serde(default)]
    pub(crate) scale: Scale,
    /// Someone who is not on the list.
    pub(crate) unlisted: Unlisted,
    /// Who may be behind it.
    #[serde(default)]
    pub(crate) candidate: Vec<Candidate>,
    /// Several candidates of whom something is claimed, or judged, together.
    #[serde(default)]
    pub(crate) set: Vec<CandidateSet>,
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
    /// What later years showed.
    pub(crate) outcome: Option<Outcome>,
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
    /// UUID of the authors' organisation, as MISP and STIX platforms know it.
    #[serde(default, deserialize_with = "read_some::<_, Uuid, _>")]
    #[schemars(with = "Option<Uuid>")]
    pub org_uuid: Option<String>,
    /// Where to read more.
    #[serde(default)]
    pub references: Vec<String>,
    /// What the answer means for whoever asked, as the analyst sees it.
    #[serde(default)]
    pub implications: Vec<String>,
    /// What the analyst takes for granted, without which the answer would not hold.
    #[serde(default)]
    pub assumptions: Vec<String>,
    /// The factor within which every prior lies with 90 %; 3 unless told.
    #[serde(default = "prior_uncertainty", deserialize_with = "read::<_, Factor, _>", skip_serializing)]
    #[schemars(with = "Factor")]
    pub prior_uncertainty: f64,
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
