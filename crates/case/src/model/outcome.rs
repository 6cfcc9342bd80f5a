//! What later years showed, for [`crate::score`]: it never counts as evidence.

use super::candidate::Candidate;
use super::value::Day;
use super::written::{Name, Reference, read};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What later years showed. It plays no part in an assessment; `case score` holds assessments against it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outcome {
    /// Who did it: a candidate's id, `unlisted` for somebody who is not on the list, `unknown` where it stayed open.
    #[schemars(with = "String")]
    pub actor: Name,
    /// How far up it is settled that it was this candidate; `group` unless told.
    #[serde(default)]
    pub level: Settled,
    /// Whether its sponsor tasked it; left out where that is not settled.
    pub tasked: Option<bool>,
    /// Candidates whose traces turned out to be planted: `[]` for none; left out where that is not settled.
    pub planted: Option<Vec<Reference<Candidate>>>,
    /// From when on it is settled; `case score` leaves out what was reported on this day or later.
    #[serde(deserialize_with = "read::<_, Day, _>")]
    #[schemars(with = "Day")]
    pub date: Date,
    /// What settled it.
    pub reason: String,
    /// Where to read it.
    pub source: Option<String>,
}

/// How far up it is settled who did it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// The work comes from its code base.
    CodeBase,
    /// It was the group or those who work with it.
    Cluster,
    /// It was the group or its members.
    #[default]
    Group,
}
