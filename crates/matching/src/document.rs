//! The result of a match and of a comparison, as other programs read them.
//!
//! [`MatchReport`] is the content of `cognate match --json`, [`Comparison`] of
//! `cognate compare --json`. Field names are snake_case, enum values
//! kebab-case. Bytes are bytes of code, addresses are virtual addresses in the
//! image, shares lie between 0 and 1. Names come from files: escape them
//! before they reach a terminal.

use crate::provenance::Provenance;
use cognate_base::{Gap, SampleId};
use cognate_binary::{Arch, Format};
use cognate_fingerprint::AnchorKind;
use cognate_index::{Kind, Label};
use serde::{Deserialize, Serialize};

/// The version of the documents in this file.
pub const SCHEMA: u32 = 1;

/// What a query shares with everything in a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchReport {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The sample that was asked about.
    pub query: QuerySummary,
    /// What it was compared with.
    pub population: Population,
    /// How complete the store's answer was.
    pub completeness: Completeness,
    /// The answer in one line.
    pub outcome: Outcome,
    /// What the ranks do not say, in plain words.
    pub caveat: String,
    /// The query's code by what became of it.
    pub code: CodeSplit,
    /// Library code recognised in the query, most bytes first.
    pub libraries: Vec<LibraryShare>,
    /// Families, strongest private evidence first.
    pub families: Vec<FamilyRelative>,
    /// Actors to whom families are held to belong, strongest private evidence first.
    pub actors: Vec<ActorRelative>,
    /// Samples, strongest private evidence first.
    pub samples: Vec<SampleRelative>,
    /// What was not looked at, for want of time. Of a document it is with the gaps of the sample.
    #[serde(skip)]
    pub left_out: Vec<Gap>,
}

/// The sample that was asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Bytes of code in them: what `of_bytes` of every [`Share`] refers to.
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
    pub partial: bool,
    /// The stored sample with the same SHA-256. It is left out of every figure.
    pub known: Option<SampleRef>,
}

/// What the query was compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Completeness {
    /// The share of the store that answered, 0 to 1.
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

/// Whether anything was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// The answer in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether anything was found.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
}

/// A part of the query's code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Functions.
    pub functions: u64,
    /// Bytes of code in them.
    pub bytes: u64,
    /// `functions` over all functions of the query, 0 to 1.
    pub of_functions: f64,
    /// `bytes` over all code bytes of the query, 0 to 1.
    pub of_bytes: f64,
}

/// What a matched query function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeClass {
    /// Shared with few families, and no known library: evidence.
    Private,
    /// Code of a named library.
    Library,
    /// Found in many independent families, or in unrelated goodware.
    Common,
}

/// The query's code by what became of it. `private`, `library`, `common`,
/// `unmatched` and `below_floor` add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeSplit {
    /// Matched anywhere in the store: private, library and common together.
    pub matched: Share,
    /// Matched, private.
    pub private: Share,
    /// Matched, or in an indexed library: library.
    pub library: Share,
    /// Matched, common.
    pub common: Share,
    /// Comparable, and like nothing in the store.
    pub unmatched: Share,
    /// Too little to say anything on its own.
    pub below_floor: Share,
}

/// How a library got its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Naming {
    /// Samples of it are in the store with kind `library`.
    Indexed,
    /// The query and its relatives carry marks that the library leaves.
    Marks {
        /// One mark in the query: "OpenSSL 1.1.1k  25 Mar 2021". Where only stored
        /// samples carry marks, one of those, followed by "(in stored samples only)".
        mark: String,
    },
}

/// A library recognised in the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibraryShare {
    /// Its name.
    pub name: String,
    /// How it was named.
    pub named: Vec<Naming>,
    /// The query's code in it.
    pub code: Share,
    /// The query is held to carry the library: it bears the library's mark, or shares
    /// enough with it (see [`Options::least_library`](crate::Options::least_library)).
    /// What is not carried is a trace: small functions that compilers make alike.
    pub carried: bool,
    /// Versions the query's marks tell.
    pub query_versions: Vec<String>,
    /// Versions of the stored samples that share the code.
    pub stored_versions: Vec<String>,
    /// Families that share it, most bytes first.
    pub families: Vec<LibraryFamily>,
}

/// A family that shares a library with the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibraryFamily {
    /// The family.
    pub family: String,
    /// The query's code of this library that also occurs there.
    pub code: Share,
}

/// A stored sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// How much of the query one relative shares, and what that is worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The query's code that matches there, each query function counted once.
    pub matched: Share,
    /// Of that, private.
    pub private: Share,
    /// Of that, library.
    pub library: Share,
    /// Of that, common.
    pub common: Share,
    /// Of what the query says outside libraries, in bits, the share that matches
    /// there privately: each function weighted by rarity and similarity,
    /// repeated code counted once, 0 to 1.
    pub weighted: f64,
    /// Private evidence in bits, repeated code counted once, pieces of little weight left out.
    pub evidence_bits: f64,
    /// Pieces of private evidence behind `evidence_bits`: near-identical
    /// functions are one piece, and all generated code together is one.
    pub distinct: u64,
    /// It passes the bar for a relative.
    pub significant: bool,
    /// Why it does or does not, in words.
    pub reason: String,
    /// Libraries shared with it, most bytes first.
    pub libraries: Vec<String>,
}

/// A family that shares code with the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FamilyRelative {
    /// The family.
    pub family: String,
    /// What it is.
    pub kind: Kind,
    /// Actors it is held to belong to.
    pub actors: Vec<String>,
    /// Its samples that share anything.
    pub samples: u64,
    /// The sample that shares most private evidence.
    pub best_sample: SampleRef,
    /// How much it shares.
    pub standing: Standing,
    /// The most telling shared functions, at most ten.
    pub telling: Vec<TellingMatch>,
}

/// An actor whose families share code with the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActorRelative {
    /// The actor.
    pub actor: String,
    /// The families that share anything.
    pub families: Vec<String>,
    /// Samples that share anything.
    pub samples: u64,
    /// How much they share together.
    pub standing: Standing,
    /// The most telling shared functions, at most ten.
    pub telling: Vec<TellingMatch>,
}

/// A sample that shares code with the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRelative {
    /// The sample.
    pub sample: SampleRef,
    /// How much it shares.
    pub standing: Standing,
    /// The query's code that matches when each function of the sample explains
    /// at most one function of the query.
    pub one_to_one: Share,
    /// The most telling shared functions, at most ten.
    pub telling: Vec<TellingMatch>,
    /// Function by function; only for the first relatives, as many as asked.
    pub alignment: Option<Alignment>,
}

/// A function of the query or of a stored sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// Which of two functions' bodies is found inside the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// The stored function (or that of `b`) holds the body of the query's (or that of `a`).
    QueryInStored,
    /// The query's function (or that of `a`) holds the body of the stored one (or that of `b`).
    StoredInQuery,
}

/// One reason why two functions are held to be the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// Equal bytes, position-dependent ones masked.
    Exact,
    /// Estimated Jaccard similarity of their instruction n-grams.
    Tokens {
        /// 0 to 1.
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

/// A shared function worth looking at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// 0 to 1; see the crate documentation.
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

/// How a pair of functions was put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Their callers, callees or neighbours are aligned. For display: no evidence.
    CallGraph,
}

/// Two functions put side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignedPair {
    /// In the query, or in `a` of a comparison.
    pub query: FunctionRef,
    /// In the stored sample, or in `b` of a comparison.
    pub stored: FunctionRef,
    /// 0 to 1; see the crate documentation.
    pub similarity: f64,
    /// How they came together.
    pub how: How,
    /// Why; empty for pairs put together by nothing but their neighbours.
    pub reasons: Vec<Reason>,
}

/// The functions of a query beside those of one stored sample, one to one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// The query's code that matches there by its own content, as in the standing.
    pub matched: Share,
    /// The same with pairs that came by their neighbours: for display, never counted as evidence.
    pub matched_and_aligned: Share,
    /// How the query came to agree with it, told from the pairs outside library and common code.
    #[serde(default)]
    pub provenance: Provenance,
    /// All pairs, ascending by the query's address.
    pub pairs: Vec<AlignedPair>,
}

/// Two samples function by function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`SCHEMA`].
    pub schema: u32,
    /// One sample.
    pub a: ComparedSample,
    /// The other.
    pub b: ComparedSample,
    /// How the samples came to agree.
    #[serde(default)]
    pub provenance: Provenance,
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

/// A function whose body is found inside a function of the other sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InlinedPair {
    /// In `a`.
    pub query: FunctionRef,
    /// In `b`.
    pub stored: FunctionRef,
    /// Which in which.
    pub holds: Holds,
    /// Share of what the smaller one computes that the larger one computes too, by bits, 0 to 1.
    pub contained: f64,
    /// Expressions that both compute.
    pub shared: u64,
    /// What those say by their rarity in goodware.
    pub bits: f64,
    /// The function put beside the larger one calls the smaller one, as it would before inlining.
    pub called: bool,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
