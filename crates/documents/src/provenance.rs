//! How two samples came to agree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How two samples came to agree.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The same binary code: one build, or object code linked again.
    SameBinary,
    /// The same binary code in part, and nothing else that agrees: as of programs that link one library or runtime.
    SameBinaryPart,
    /// The same source, built by a like compiler at a like level.
    LikeBuild,
    /// The same source, by another compiler, at another level or for another machine.
    OtherBuild,
    /// They refer to the same rare things; their code does not agree.
    DataOnly,
    /// Both hold one compiler's runtime, and what agrees may be no more than that.
    Runtime,
    /// One of the samples was read in part: what is missing might tell otherwise.
    Withheld,
    /// It is not settled that what agrees is anybody's own code.
    Unsettled,
    /// Nothing to speak of.
    #[default]
    Nothing,
}

impl Origin {
    /// The answer in plain words, which claim nothing of persons.
    pub fn words(self) -> &'static str {
        match self {
            Origin::SameBinary => {
                "the same binary code: one build, or object code linked again; the source was not needed"
            }
            Origin::SameBinaryPart => {
                "the same binary code in part, and other code beside it: object code that both link, as a runtime or library is; the source was not needed"
            }
            Origin::LikeBuild => {
                "same source, built alike (a like compiler and level); whoever built the later one had the source"
            }
            Origin::OtherBuild => {
                "same source, built otherwise (another compiler, level or machine); whoever built the later one had the source"
            }
            Origin::DataOnly => {
                "the same data, but not the same code: tables and strings can be copied without the source"
            }
            Origin::Runtime => {
                "not told: both hold one compiler's runtime, and what agrees may be no more than that"
            }
            Origin::Withheld => {
                "not told: one of the files was read in part, and what is missing might tell otherwise"
            }
            Origin::Unsettled => "not told: it is not settled that what agrees is anybody's own code",
            Origin::Nothing => "unknown: too little agrees",
        }
    }

    /// The same of a file and one that it is held to be related to, told from private code: never that there may be
    /// nothing private in common.
    pub fn words_of_relatives(self) -> &'static str {
        match self {
            Origin::SameBinaryPart => {
                "part of that code is the same binary code, and the rest is changed or other code; the source was not needed for that part"
            }
            Origin::DataOnly => {
                "what agrees is mostly what that code refers to: tables and strings can be copied without the source"
            }
            Origin::Runtime => {
                "how they came to agree is not told: both hold one compiler's runtime, which agrees as well"
            }
            Origin::Nothing => "how they came to agree is not told",
            Origin::SameBinary
            | Origin::LikeBuild
            | Origin::OtherBuild
            | Origin::Withheld
            | Origin::Unsettled => self.words(),
        }
    }
}

/// How two samples came to agree, and what that is told from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// How the samples came to agree.
    pub origin: Origin,
    /// Whoever built the later one must have had the source, whole or in part,
    /// unless what agrees is library code.
    pub source_held: bool,
    /// Functions in pairs of equal bytes.
    pub exact: u64,
    /// Functions in pairs of like instructions.
    pub tokens: u64,
    /// Functions in pairs that compute the same.
    pub data_flow: u64,
    /// Functions in pairs put together by what they refer to or by their place, of
    /// which the data flow agrees in part. No evidence for a match; used here only.
    pub aligned: u64,
    /// Functions in pairs that only refer to the same things, though their data flow is known.
    pub anchors: u64,
    /// Share of the smaller sample's code in pairs whose code agrees, 0 to 1. Those under
    /// `aligned` count for as much as their data flow has in common.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub matched: f64,
    /// Share of equal bytes in that, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub equal: f64,
    /// How alike the instructions of those pairs are, by bytes, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub likeness: f64,
    /// Why, in words; names of libraries are not escaped.
    pub reasons: Vec<String>,
    /// What speaks against it or limits it, in words; names of libraries are not escaped.
    pub limits: Vec<String>,
}
