//! Two samples side by side: the content of `cognate compare --json`.

use crate::machine::{Arch, Format};
use crate::pair::{AlignedPair, FunctionRef, Holds};
use crate::provenance::Provenance;
use crate::share::Share;
use cognate_base::{Gap, SampleId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two samples function by function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The version of this part.
    pub schema: u32,
    /// How the samples came to agree.
    #[serde(default)]
    pub provenance: Provenance,
    /// One sample.
    pub a: ComparedSample,
    /// The other.
    pub b: ComparedSample,
    /// Functions put side by side, ascending by address in `a`.
    pub pairs: Vec<AlignedPair>,
    /// Functions whose body is found inside a function of the other sample, as inlining
    /// leaves it: those confirmed by a call first, then the rarest; at most 200. One
    /// function may be in many. For display: no evidence.
    #[serde(default)]
    pub inlined: Vec<InlinedPair>,
    /// What was not looked at, for want of time. Of a document it is with the gaps of the samples.
    #[serde(skip)]
    pub left_out: Vec<Gap>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedSample {
    /// SHA-256.
    pub id: SampleId,
    /// Container.
    pub format: Format,
    /// Instruction set.
    pub arch: Arch,
    /// Its functions.
    pub functions: u64,
    /// Bytes of code in them.
    pub code_bytes: u64,
    /// Libraries it says it carries.
    pub components: Vec<String>,
    /// It was read in part: functions may be missing.
    pub partial: bool,
    /// Its code in pairs of equal bytes.
    pub exact: Share,
    /// Its code in pairs that match by their own content.
    pub matched: Share,
    /// The same with pairs that came by their neighbours.
    pub matched_and_aligned: Share,
    /// Functions without a partner, ascending by address.
    pub unmatched: Vec<FunctionRef>,
}

/// A function that is part of a function of the other sample: one compiler inlined it there, and the
/// function that stands beside that one calls it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InlinedPair {
    /// In `a`.
    pub query: FunctionRef,
    /// In `b`.
    pub stored: FunctionRef,
    /// Which in which.
    pub holds: Holds,
    /// Share of what the smaller one computes beside its caller that the larger one computes too, by bits, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub contained: f64,
    /// Expressions that both compute.
    pub shared: u64,
    /// What those say by their rarity in goodware.
    pub bits: f64,
}

/// An expression that two functions share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharedExpression {
    /// What it says in the first function; names and texts as they are in the file.
    pub text: String,
    /// The instruction that makes it in the first.
    pub address_a: u64,
    /// The instruction that makes it in the second.
    pub address_b: u64,
    /// How rare it is in goodware, in bits.
    pub bits: f64,
    /// It is shared but for its numbers.
    pub rough: bool,
}
