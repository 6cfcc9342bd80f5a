//! What a sample shares with everything known: the content of `cognate match --json`.

use crate::label::SampleRef;
use crate::machine::{Arch, Format};
use crate::relative::{ActorRelative, FamilyRelative, LibraryShare, SampleRelative};
use crate::share::CodeSplit;
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

/// The answer in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// Whether anything was found.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
}

/// Whether anything was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At least one family shares private code beyond the bar.
    Related,
    /// Known library code was recognised, and nothing private of note.
    LibraryOnly,
    /// Nothing significant was found in a file of which enough was read to say so.
    NothingSignificant,
    /// Nothing significant was found, but too little of the file was read to say that there is nothing.
    CannotTell,
}

impl Verdict {
    /// Whether there is anything to look at.
    pub fn found(self) -> bool {
        matches!(self, Verdict::Related | Verdict::LibraryOnly)
    }
}
