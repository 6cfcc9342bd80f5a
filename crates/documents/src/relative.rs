//! Who shares code with a query, how much, and what that is worth.

use crate::component::KnownBy;
use crate::label::{Kind, SampleRef};
use crate::pair::{AlignedPair, TellingMatch};
use crate::provenance::Provenance;
use crate::share::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of the query one relative shares, and what that is worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// The query's code that matches there, each query function counted once.
    pub matched: Share,
    /// Of that, private.
    pub private: Share,
    /// Of that, library.
    pub library: Share,
    /// Of that, common.
    pub common: Share,
    /// Of that, a library's or the author's own.
    #[serde(default)]
    pub doubtful: Share,
    /// Private evidence in bits, of functions that lie together on both sides; repeated code counted once.
    pub evidence_bits: f64,
    /// Pieces of private evidence behind `evidence_bits`: near-identical
    /// functions are one piece, and all generated code together is one.
    pub distinct: u64,
    /// The figures of the sample that says most for it.
    #[serde(default)]
    pub grounds: Grounds,
    /// Decimal logarithm of how much likelier these figures are where one private code base is behind both than where
    /// two have nothing in common but public code; never beyond what the measured pairs support.
    #[serde(default)]
    pub log10_lr: f64,
    /// Its least and its greatest value among the fit that is used and eight to lineages drawn anew, below the same limit.
    #[serde(default)]
    pub log10_lr_range: (f64, f64),
    /// How many unrelated families of a store like this one would be expected to reach as much.
    #[serde(default)]
    pub e_value: Option<f64>,
    /// It passes the bar for a relative.
    pub significant: bool,
    /// It may be one: it shares more than chance makes, and less than the bar.
    #[serde(default)]
    pub unsettled: bool,
    /// Why it does or does not, in words.
    pub reason: String,
    /// Libraries shared with it, most bytes first.
    pub libraries: Vec<String>,
}

impl Standing {
    /// The likelihood ratio in the words of forensic practice (ENFSI guideline for evaluative reporting, 2015, table 2).
    pub fn words(&self) -> &'static str {
        // as it is shown, so that one number has one word
        match (self.log10_lr * 10.0).round() / 10.0 {
            log10 if log10 < 0.3 => "no support",
            log10 if log10 < 1.0 => "weak support",
            log10 if log10 < 2.0 => "moderate support",
            log10 if log10 < 3.0 => "moderately strong support",
            log10 if log10 < 4.0 => "strong support",
            log10 if log10 < 6.0 => "very strong support",
            _ => "extremely strong support",
        }
    }
}

/// What a query and one stored sample share beyond public code: what a likelihood ratio is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Grounds {
    /// Private evidence of pieces that stand near another on both sides, in bits.
    pub placed_bits: f64,
    /// Of those that stand alone: chance makes such.
    pub loose_bits: f64,
    /// Pieces that stand near another on both sides.
    pub placed: u64,
    /// Pieces that stand alone.
    pub loose: u64,
    /// Of what the query's own code says the share that is placed, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub of_own: f64,
    /// What the likelihood ratio is made of: the same of its own code and a tenth of its library code, as so much of a library is not recognised, and looks
    /// like its own.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub of_query: f64,
    /// Of the sample's own functions the share that is placed, 0 to 1; estimated, where it is not known which say enough.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub of_sample: f64,
    /// Functions of the query that say enough and are neither a library's nor common.
    pub query_functions: u64,
    /// Functions of the sample that are no known library's.
    pub sample_functions: u64,
    /// Both are of a language that compiles public code into every program, and names little of it where symbols are gone (Rust).
    #[serde(default)]
    pub open_language: bool,
    /// Both are of one format and instruction set.
    pub same_machine: bool,
}

/// A family that shares code with the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// The functions of a query beside those of one stored sample, one to one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// A library recognised in the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LibraryShare {
    /// Its name.
    pub name: String,
    /// How it was named.
    pub named: Vec<Naming>,
    /// The query's code in it.
    pub code: Share,
    /// The query is held to carry the library: it bears the library's mark, or shares
    /// enough with it.
    /// What is not carried is a trace: small functions that compilers make alike.
    pub carried: bool,
    /// Versions the query's marks tell.
    pub query_versions: Vec<String>,
    /// Versions of the stored samples that share the code.
    pub stored_versions: Vec<String>,
    /// Families that share it, most bytes first.
    pub families: Vec<LibraryFamily>,
}

/// How a library got its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Naming {
    /// Samples of it are in the store with kind `library`.
    Indexed,
    /// The query and its relatives carry marks that the library leaves.
    Marks {
        /// One mark in the query: "OpenSSL 1.1.1k  25 Mar 2021".
        mark: String,
    },
    /// Stored samples that hold the same functions say so of most of them.
    Stored {
        /// How many functions only they name.
        functions: u64,
    },
    /// Its functions are known, whatever the store holds: by the base of components, or by names that the file bears.
    Known {
        /// How many by what.
        known_by: KnownBy,
    },
}

/// A family that shares a library with the query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LibraryFamily {
    /// The family.
    pub family: String,
    /// The query's code of this library that also occurs there.
    pub code: Share,
}
