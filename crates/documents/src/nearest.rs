//! One function and those of another sample that are most like it: what `cognate compare --function` asks.

use crate::comparison::SharedExpression;
use crate::pair::{AnchorKind, FunctionRef, How, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the two samples of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// A function and those of the other sample that are most like it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nearest {
    /// The sample that the function is of.
    pub side: Side,
    /// The function.
    pub function: FunctionRef,
    /// How much its code says, in bits.
    pub information: u64,
    /// Whether that is enough to tell it from other functions.
    pub telling: bool,
    /// How many functions of the other sample it was compared with.
    pub compared: u64,
    /// Whether the likest one is alike enough, by its content, to be held for the same function.
    pub alike_enough: bool,
    /// How many are as alike as the likest one, as far as likeness can be told: near-copies, where they are
    /// alike enough.
    pub as_alike: u64,
    /// The functions that are most like it: its partner first, where it has one, then the likest.
    pub functions: Vec<NearFunction>,
}

/// A function that is like the one asked about, and what tells the two apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NearFunction {
    /// The function.
    pub function: FunctionRef,
    /// 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub similarity: f64,
    /// How the two were put together, where they are partners.
    pub partner: Option<How>,
    /// The partner that it has already, where that is another function.
    pub partner_of: Option<FunctionRef>,
    /// Why it is alike; the other side's function is the stored one here, whichever it is.
    pub reasons: Vec<Reason>,
    /// What the two compute. Long functions keep the rarest only: what the other may have lost so is not listed.
    pub expressions: ExpressionDifference,
    /// What only the function of A refers to, the rarest first. Of a function that refers to much some is kept
    /// only: beside such a one nothing is listed.
    pub references_only_a: Vec<Reference>,
    /// The same of the function of B.
    pub references_only_b: Vec<Reference>,
}

/// What two functions compute, the rarest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExpressionDifference {
    /// Both.
    pub both: Vec<SharedExpression>,
    /// The function of A alone.
    pub only_a: Vec<OwnExpression>,
    /// The function of B alone.
    pub only_b: Vec<OwnExpression>,
}

/// An expression that one of two functions has alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OwnExpression {
    /// What it says; names and texts as they are in the file.
    pub text: String,
    /// The instruction that makes it.
    pub address: u64,
    /// How rare it is in goodware, in bits.
    pub bits: f64,
    /// Its numbers are left out of account.
    pub rough: bool,
}

/// Something that a function refers to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// What it is.
    pub kind: AnchorKind,
    /// Its text, where the file tells; not escaped.
    pub text: Option<String>,
    /// Functions of the sample with most that refer to it.
    pub occurs: u64,
}
