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
    /// Of what the query says outside libraries, in bits, the share that matches
    /// there privately: each function weighted by rarity and similarity,
    /// repeated code counted once, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub weighted: f64,
    /// Private evidence in bits, repeated code counted once, pieces of little weight left out.
    pub evidence_bits: f64,
    /// Pieces of private evidence behind `evidence_bits`: near-identical
    /// functions are one piece, and all generated code together is one.
    pub distinct: u64,
    /// How often chance alone would give as much. Later versions write it, and it is read where it is there.
    #[serde(default, skip_serializing)]
    pub e_value: Option<f64>,
    /// It passes the bar for a relative.
    pub significant: bool,
    /// Why it does or does not, in words.
    pub reason: String,
    /// Libraries shared with it, most bytes first.
    pub libraries: Vec<String>,
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
        /// One mark in the query: "OpenSSL 1.1.1k  25 Mar 2021". Where only stored
        /// samples carry marks, one of those, followed by "(in stored samples only)".
        mark: String,
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
