//! What a sample shares with everything known: the content of `cognate match --json`.

use crate::label::SampleRef;
use crate::machine::{Arch, Format};
use crate::pair::{FunctionRef, MatchKind};
use crate::relative::{ActorRelative, FamilyRelative, LibraryShare, SampleRelative};
use crate::share::{CodeClass, CodeSplit, Share};
use cognate_base::{Gap, SampleId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

// What reads a result back does not read all of it: where that is missing, the rest still counts.
/// What `match` shows.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MatchDocument {
    /// One answer per sample, in the order given.
    pub answers: Vec<MatchAnswer>,
    /// What could not be loaded.
    #[serde(default)]
    pub failed: Vec<Failure>,
}

impl MatchDocument {
    /// The kind of document, as in `cognate schema NAME`.
    pub const NAME: &'static str = "match";

    /// Whether any answer found anything.
    pub fn found(&self) -> bool {
        self.answers.iter().any(|answer| answer.report.outcome.verdict.found())
    }
}

/// The answer for one sample.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MatchAnswer {
    /// The name it was given, not escaped.
    pub name: String,
    /// What it shares.
    pub report: MatchReport,
    /// What could not be read of it: code there was not compared.
    #[serde(default)]
    pub gaps: Vec<Gap>,
}

/// A file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Its name, not escaped.
    pub name: String,
    /// Why.
    pub error: String,
    /// What it is, where it is known and none that can be read.
    pub recognised: Option<String>,
}

/// What a query shares with everything in a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchReport {
    /// The version of this part.
    pub schema: u32,
    /// The answer in one line.
    pub outcome: Outcome,
    /// What the ranks do not say, in plain words.
    #[serde(default)]
    pub caveat: String,
    /// The sample that was asked about.
    pub query: QuerySummary,
    /// Families, strongest private evidence first.
    pub families: Vec<FamilyRelative>,
    /// Actors to whom families are held to belong, strongest private evidence first.
    pub actors: Vec<ActorRelative>,
    /// Samples, strongest private evidence first.
    #[serde(default)]
    pub samples: Vec<SampleRelative>,
    /// Library code recognised in the query, most bytes first.
    pub libraries: Vec<LibraryShare>,
    /// The query's code by what became of it.
    pub code: CodeSplit,
    /// What is shared or known, in pieces that hang together, most code first; at most fifty.
    #[serde(default)]
    pub bundles: Vec<Bundle>,
    /// Every function of the query, ascending by address.
    #[serde(default)]
    pub functions: Vec<FunctionAnswer>,
    /// What it was compared with.
    pub population: Population,
    /// How complete the store's answer was.
    pub completeness: Completeness,
    /// What was not looked at, for want of time. Of a document it is with the gaps of the sample.
    #[serde(skip)]
    pub left_out: Vec<Gap>,
}

/// The sample that was asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuerySummary {
    /// SHA-256.
    pub id: SampleId,
    /// Bytes of the file.
    pub size: u64,
    /// Container.
    pub format: Format,
    /// Instruction set.
    pub arch: Arch,
    /// Functions recovered.
    pub functions: u64,
    /// Bytes of code in them: what `of_bytes` of every share refers to.
    pub code_bytes: u64,
    /// Functions that say enough to be looked up at all.
    pub comparable_functions: u64,
    /// Bytes of code in those.
    pub comparable_bytes: u64,
    /// Comparable functions with near-identical ones counted once, all generated code together as one.
    pub distinct_functions: u64,
    /// Libraries it says it carries: "OpenSSL 1.1.1k".
    pub components: Vec<String>,
    /// It was read in part: functions may be missing.
    // Results of this schema were written before it was told.
    #[serde(default)]
    pub partial: bool,
    /// The stored sample with the same SHA-256. It is left out of every figure.
    pub known: Option<SampleRef>,
}

/// What the query was compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Population {
    /// Samples in the store, the query itself left out.
    pub samples: u64,
    /// Families and projects, libraries left out.
    pub families: u64,
    /// Of those, goodware.
    #[serde(default)]
    pub goodware: u64,
    /// Library projects.
    pub libraries: u64,
    /// Functions of all samples.
    pub functions: u64,
    /// The fingerprint version of all of them.
    pub fingerprint_version: u32,
}

/// How complete the store's answer was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completeness {
    /// The share of the store that answered, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub coverage: f64,
    /// Keys asked.
    pub keys: u64,
    /// Keys too frequent to be followed: their lists were capped.
    pub truncated_keys: u64,
    /// Signatures whose list of occurrences was capped: they may occur in more families than counted.
    pub capped_signatures: u64,
    /// Query functions of which not every candidate was looked at.
    pub capped_functions: u64,
}

/// A run of the query's functions that the same others hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bundle {
    /// What it is.
    pub class: CodeClass,
    /// The library that it is of.
    pub library: Option<String>,
    /// The query's code in it.
    pub code: Share,
    /// Address of its first function.
    pub first: u64,
    /// Address of its last function; functions of others may lie between.
    pub last: u64,
    /// Families that hold at least half of its functions.
    pub holders: u64,
    /// Those that hold most, at most five.
    pub named: Vec<String>,
}

/// One function of the query, with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionAnswer {
    /// The function.
    pub function: FunctionRef,
    /// What it is.
    pub class: FunctionClass,
    /// The library that it is of.
    pub library: Option<String>,
    /// The bundle that it is in, by its place among `bundles`.
    pub bundle: Option<u32>,
    /// Families that hold it, libraries left out.
    pub families: u64,
    /// What in the store is most like it.
    pub partner: Option<Partner>,
}

/// What became of a function of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FunctionClass {
    /// Shared with few families, and no known library.
    Private,
    /// Code of a named library.
    Library,
    /// Found in many independent families, or in unrelated goodware.
    Common,
    /// A library's or the author's own: only what lies around it says that it is a library's, or only the name of a module
    /// of which no release is told.
    Doubtful,
    /// It says enough to be looked up, and is like nothing in the store: what is new in a variant.
    Unknown,
    /// It says too little on its own.
    TooSmall,
}

/// The stored function that one of the query is most like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Partner {
    /// The family of its sample.
    pub family: String,
    /// The sample, by its SHA-256.
    pub sample: SampleId,
    /// The function's index there.
    pub function: u32,
    /// How alike they are, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub similarity: f64,
    /// By what.
    pub kind: MatchKind,
}

/// The answer in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// What the file is to what is stored.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// What would settle it, where it is not.
    #[serde(default)]
    pub next: Option<String>,
    /// The families that it names.
    #[serde(default)]
    pub named: Vec<String>,
}

/// What a file is to what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The very file is in the store.
    KnownFile,
    /// Nearly all of it, its own code too, is function for function that of a stored sample, and nearly all of that one.
    NearCopy,
    /// It shares private code with a family, so much as unrelated software of a store like this one does not.
    Related,
    /// It shares more with a family than chance makes, but not so much that public code which nobody here knows is
    /// ruled out.
    NotSettled,
    /// Nearly all of its code is that of known libraries, or common.
    #[serde(alias = "library-only")]
    CommonCodeOnly,
    /// Most of its own code is like nothing that is known.
    #[serde(alias = "nothing-significant")]
    UnknownCode,
    /// Too little of it was read, or is there, or too little to compare it with, to say anything.
    CannotTell,
}

impl MatchReport {
    /// Whether the verdict names a family: for what they share of their own, or for one whole file of it.
    pub fn names(&self, family: &FamilyRelative) -> bool {
        family.standing.significant || self.outcome.is_copy_of(&family.family)
    }
}

impl Outcome {
    /// Whether it names a family for one of its samples as a whole, of which the file is a near-copy, whatever the own code
    /// of both would say by itself.
    pub fn is_copy_of(&self, family: &str) -> bool {
        self.verdict == Verdict::NearCopy && self.named.iter().any(|named| named == family)
    }
}

impl Verdict {
    /// Whether it names somebody.
    pub fn found(self) -> bool {
        matches!(self, Verdict::KnownFile | Verdict::NearCopy | Verdict::Related)
    }
}
