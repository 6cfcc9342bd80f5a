//! A part of a whole, and what became of a sample's code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of the query's code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Functions.
    pub functions: u64,
    /// Bytes of code in them.
    pub bytes: u64,
    /// `functions` over all functions of the query, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub of_functions: f64,
    /// `bytes` over all code bytes of the query, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub of_bytes: f64,
}

impl Share {
    /// These functions and bytes of a whole that has so many.
    pub fn of((functions, bytes): (u64, u64), (all_functions, all_bytes): (u64, u64)) -> Self {
        Share {
            functions,
            bytes,
            of_functions: ratio(functions as f64, all_functions as f64),
            of_bytes: ratio(bytes as f64, all_bytes as f64),
        }
    }
}

/// A part of a whole; 0 where the whole is nothing.
pub fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// What a matched query function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CodeClass {
    /// Shared with few families, and no known library: evidence.
    Private,
    /// Code of a named library.
    Library,
    /// Found in many independent families, or in unrelated goodware.
    Common,
    /// A library's or the author's own: only that it lies among a library's code says that it is the library's, or only
    /// the name of a module of which no release is told. No evidence, and no reason to say that nothing is the author's.
    Doubtful,
}

/// The query's code by what became of it. `private`, `library`, `common`, `doubtful`,
/// `unmatched` and `below_floor` add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CodeSplit {
    /// Matched anywhere in the store, whatever it is.
    pub matched: Share,
    /// Matched, private.
    pub private: Share,
    /// Of a named library, whether it matches anything in the store or not.
    pub library: Share,
    /// Matched, common.
    pub common: Share,
    /// A library's or the author's own, whether it matches anything in the store or not.
    #[serde(default)]
    pub doubtful: Share,
    /// Comparable, no library's, and like nothing in the store.
    pub unmatched: Share,
    /// Too little to say anything on its own.
    pub below_floor: Share,
}
