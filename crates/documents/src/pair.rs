//! Two functions, and why they are held to be the same.

use crate::share::CodeClass;
use cognate_base::SampleId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

/// A function of the query or of a stored sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FunctionRef {
    /// Its index in the sample.
    pub index: u32,
    /// Its address.
    pub address: u64,
    /// Bytes of code.
    pub bytes: u32,
    /// Its name where the file tells, not escaped; never matched on.
    pub name: Option<String>,
}

/// The strongest kind of evidence for a pair of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MatchKind {
    /// Equal bytes, position-dependent ones masked.
    Exact,
    /// Like instruction sequences.
    Tokens,
    /// Equal basic blocks.
    Blocks,
    /// They compute the same with other instructions.
    DataFlow,
    /// Only what they refer to: rare constants, strings, imports, tables.
    AnchorsOnly,
}

/// How a pair of functions was put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Equal bytes, position-dependent ones masked.
    Exact,
    /// Like instruction sequences or equal blocks.
    Tokens,
    /// They compute the same with other instructions.
    DataFlow,
    /// They refer to the same rare things.
    Anchors,
    /// What is in them speaks for it only together with what they call and what calls them: a grade
    /// below content, and no evidence of its own.
    Placed,
    /// Their callers, callees or neighbours are aligned. For display: no evidence.
    CallGraph,
}

/// Which of two functions' bodies is found inside the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// The stored function (or that of `b`) holds the body of the query's (or that of `a`).
    QueryInStored,
    /// The query's function (or that of `a`) holds the body of the stored one (or that of `b`).
    StoredInQuery,
}

impl Holds {
    /// The same from the other side.
    pub fn turned(self) -> Self {
        match self {
            Holds::QueryInStored => Holds::StoredInQuery,
            Holds::StoredInQuery => Holds::QueryInStored,
        }
    }
}

/// What an anchor stands for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum AnchorKind {
    /// An immediate or a number in data that is not an address and not common.
    Constant,
    /// A string the function refers to.
    String,
    /// An imported function.
    Import,
    /// A read-only data table the function refers to, by its content.
    Table,
}

/// One reason why two functions are held to be the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// Equal bytes, position-dependent ones masked.
    Exact,
    /// Estimated Jaccard similarity of their instruction n-grams.
    Tokens {
        /// 0 to 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        jaccard: f64,
    },
    /// Basic blocks in common, of those kept in the fingerprint.
    Blocks {
        /// In both.
        shared: u64,
        /// Kept of the query's function.
        of_query: u64,
        /// Kept of the stored function.
        of_stored: u64,
    },
    /// Expressions that both compute, of those kept in the fingerprint.
    DataFlow {
        /// In both.
        shared: u64,
        /// What those say by their rarity in goodware.
        bits: f64,
        /// Kept of the query's function.
        of_query: u64,
        /// Kept of the stored function.
        of_stored: u64,
    },
    /// The body of one is found inside the other, as inlining leaves it.
    Inlined {
        /// Which in which.
        holds: Holds,
        /// Share of what the smaller one computes that the larger one computes too, by bits, 0 to 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        contained: f64,
    },
    /// Both refer to the same thing.
    Anchor {
        /// What it is.
        kind: AnchorKind,
        /// Its text, where the query's side tells; not escaped.
        text: Option<String>,
        /// Unique functions in the population that refer to it.
        occurs: u64,
    },
}

/// Two functions put side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlignedPair {
    /// In the query, or in `a` of a comparison.
    pub query: FunctionRef,
    /// In the stored sample, or in `b` of a comparison.
    pub stored: FunctionRef,
    /// 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub similarity: f64,
    /// How they came together.
    pub how: How,
    /// Why; empty for pairs put together by nothing but their neighbours.
    pub reasons: Vec<Reason>,
}

/// A shared function worth looking at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TellingMatch {
    /// In the query.
    pub query: FunctionRef,
    /// In the stored sample.
    pub stored: FunctionRef,
    /// The stored sample.
    pub sample: SampleId,
    /// The name it was indexed under, not escaped.
    pub sample_name: String,
    /// The strongest kind of evidence.
    pub kind: MatchKind,
    /// 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub similarity: f64,
    /// All reasons, the strongest first.
    pub reasons: Vec<Reason>,
    /// What the function is.
    pub class: CodeClass,
    /// The library, where it is one.
    pub library: Option<String>,
    /// In how many families besides this one it occurs.
    pub other_families: u64,
    /// What it adds to the evidence, in bits.
    pub evidence_bits: f64,
    /// Query functions that are near-identical to it and are counted with it, itself included.
    pub repeated: u64,
}
