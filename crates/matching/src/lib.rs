//! Candidates to relatives: what a query shares with a store, what that is
//! worth, and why.
//!
//! [`match_sample`] asks a store and answers with a [`MatchReport`](document::MatchReport);
//! [`compare`] puts two samples side by side without a store. Both are
//! functions of their arguments: the same store content gives the same answer,
//! in whatever order it was indexed. The steps, each in its own file: `pool`
//! (candidates, re-ranked), `similarity` (how alike two functions are), `flow`
//! (what their data flow has in common), `inlining` (bodies inside functions),
//! `repetition` and `facts` (what each function is worth), `library` (whose it
//! is), `standing` (what each relative shares), `provenance`
//! (how two samples came to agree), `unsettled` (what of that may be
//! a library's all the same), `telling` (why) and `align` (function beside
//! function). All of it ends with the time that [`Options::time`] gives it; what
//! was left out is said (`time`), and is never taken for nothing.

mod align;
mod callees;
mod catalogue;
mod compare;
mod facts;
mod flow;
mod inlining;
mod library;
mod matcher;
mod model;
mod options;
mod pool;
mod provenance;
mod repetition;
pub mod rerank;
mod shared;
mod similarity;
mod standing;
mod telling;
mod time;
mod unsettled;

use cognate_documents as document;

pub use callees::Callees;
pub use catalogue::Directory;
pub use compare::{compare, compare_within};
pub use matcher::{match_known, match_sample};
pub use options::Options;
pub use pool::votes;
pub use shared::shared_expressions;
pub use similarity::{Similarity, Weighed};
