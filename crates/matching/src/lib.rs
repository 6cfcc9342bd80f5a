//! Candidates to relatives: what a query shares with a store, what that is
//! worth, and why.
//!
//! [`match_sample`] asks a store and answers with a [`MatchReport`](document::MatchReport);
//! [`compare`] puts two samples side by side without a store. Both are
//! functions of their arguments: the same store content gives the same answer,
//! in whatever order it was indexed. The steps, each in its own file or folder:
//! `candidates` (looked up, elected, compared, ranked), `similarity` (how alike two
//! functions are), `flow` (what their data flow has in common), `surroundings` (what
//! stands around them), `rerank` and `grade` (the odds that they are one source, and
//! the bar), `repetition` and `facts` (what each function is worth), `library` and
//! `public` (whose it is), `grounds` and `relation` (what lies together, and how much
//! likelier that makes a relation), `evidence` and `standing` (what each relative
//! shares), `telling` and `reasons` (why), `bundles` (what is shown together), `align`
//! (function beside function), `inlining` (bodies inside functions), `together` (which files
//! belong together), `nearest` (one
//! function and those most like it), `provenance` (how two samples came to agree) and
//! `answer` (all of it in order). Functions, samples and families are named by index types
//! of their own (`indices`), so that none looks into the list of another. All of it ends
//! with the time that [`MatchOptions::time`] gives it; what was left out is said (`time`),
//! and is never taken for nothing.

mod align;
mod answer;
mod bundles;
mod candidates;
mod catalogue;
mod compare;
mod contradiction;
mod evidence;
mod facts;
mod flow;
mod grade;
mod grounds;
mod habits;
mod indices;
mod inlining;
mod library;
mod lists;
mod model;
mod nearest;
mod options;
mod program;
mod provenance;
mod public;
mod rarity;
mod reasons;
pub mod relation;
mod repetition;
pub mod rerank;
mod shared;
mod similarity;
mod standing;
mod surroundings;
mod telling;
mod time;
mod together;

use cognate_documents as document;

pub use answer::{Tie, match_known, match_sample, ties};
pub use candidates::{KEY_CAP, OCCURRENCE_CAP, votes};
pub use catalogue::Directory;
pub use compare::{compare, compare_within};
pub use nearest::{AskedFunction, nearest};
pub use options::MatchOptions;
pub use rarity::Rarity;
pub use shared::expression_difference;
pub use similarity::{Similarity, Weighed};
pub use surroundings::{Folded, Surroundings, Things, surroundings};
pub use together::{Together, together};
