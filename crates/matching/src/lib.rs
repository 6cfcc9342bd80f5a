//! Candidates to relatives: what a query shares with a store, what that is
//! worth, and why.
//!
//! `match_sample` asks a store and answers with a [`MatchReport`];
//! `compare` puts two samples side by side without a store. Both are
//! functions of their arguments: the same store content gives the same answer,
//! in whatever order it was indexed.

mod document;
mod options;

pub use document::*;
pub use options::Options;
