//! Who said what, and who judged.

use super::written::{Name, Reference};
use crate::scale::{Reliability, SourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    pub source: Option<Reference<Source>>,
    /// What else to know.
    pub note: Option<String>,
}
