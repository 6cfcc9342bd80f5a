//! Who says what a sample is.

use crate::machine::{Arch, Format};
use cognate_base::SampleId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

/// What a family is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// A malware family or any other private code base under study.
    Malware,
    /// Benign software.
    Goodware,
    /// A library or runtime that others link.
    Library,
}

/// Who says what a sample is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Label {
    /// The family, or for goodware and libraries the project.
    pub family: String,
    /// The version or variant, where known.
    pub version: Option<String>,
    /// The actor the family is held to belong to.
    pub actor: Option<String>,
    /// What the family is.
    pub kind: Kind,
    /// Who says so: a report, a feed, an analyst, `path`.
    pub source: String,
}

/// The hashes by which others know a file, beside its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileHashes {
    /// MD5, in hexadecimal digits.
    pub md5: String,
    /// SHA-1, in hexadecimal digits.
    pub sha1: String,
}

/// A stored sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SampleRef {
    /// SHA-256.
    pub id: SampleId,
    /// The name it was indexed under, not escaped.
    pub name: String,
    /// The label in force.
    pub label: Label,
    /// Container.
    pub format: Format,
    /// Instruction set.
    pub arch: Arch,
    /// Functions stored.
    pub functions: u64,
    /// Bytes of code in them.
    pub code_bytes: u64,
}
