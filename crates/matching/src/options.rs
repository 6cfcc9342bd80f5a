//! How thorough a match is, and where its bars stand.

use std::time::Duration;

/// How thorough a match is, and where its bars stand. The defaults are what the
/// published figures were measured with.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchOptions {
    /// Signatures taken per key; keys with more are too frequent to propose candidates.
    pub key_cap: usize,
    /// Candidate signatures re-ranked per query function.
    pub candidates: usize,
    /// Occurrences fetched per signature.
    pub occurrence_cap: usize,
    /// Samples, families and actors listed.
    pub relatives: usize,
    /// Most telling functions listed per relative.
    pub telling: usize,
    /// Sample relatives that are aligned function by function.
    pub alignments: usize,
    /// Least similarity at which two functions are held to be the same, 0 to 1.
    pub accept: f64,
    /// Families in which a function must occur to be common, whatever the size of the store.
    pub common_families: usize,
    /// The same as a share of all families; the larger of the two holds.
    pub common_share: f64,
    /// Least private evidence of a relative, in bits.
    pub least_bits: f64,
    /// Least pieces of private evidence of a relative.
    pub least_distinct: usize,
    /// Least bits of a piece that counts for `least_distinct`.
    pub least_piece: f64,
    /// With fewer families than this document frequency says nothing, and a
    /// relative must share `least_weighted` of the query's code as well.
    pub few_families: usize,
    /// See `few_families`; a share of information, 0 to 1.
    pub least_weighted: f64,
    /// Functions of a library that is held to be carried though the query bears no mark of it;
    /// a sixth of them will do where they are `least_library_share` of its code.
    pub least_library: u64,
    /// See `least_library`; a share of bytes, 0 to 1.
    pub least_library_share: f64,
    /// The longest that the question may take; what was not looked at by then is said. `None` for no bound.
    pub time: Option<Duration>,
}

impl Default for MatchOptions {
    fn default() -> Self {
        MatchOptions {
            key_cap: 256,
            candidates: 64,
            occurrence_cap: 1024,
            relatives: 10,
            telling: 10,
            alignments: 1,
            accept: 0.5,
            common_families: 3,
            common_share: 0.05,
            least_bits: 400.0,
            least_distinct: 3,
            least_piece: 64.0,
            few_families: 5,
            least_weighted: 0.15,
            least_library: 30,
            least_library_share: 0.02,
            time: None,
        }
    }
}
