//! The technical documents, and the words and parts they are made of.
//!
//! [`MatchDocument`] is the content of `cognate match --json`, [`Comparison`] the greater part of that of
//! `cognate compare --json`. They are read where they are made of evidence, and written where they are shown:
//! a type here is the document and its schema, and its doc comments are what readers of the schema see.
//! Field names are snake_case, enum values kebab-case. Bytes are bytes of code, addresses are virtual
//! addresses in the image, shares lie between 0 and 1. Names come from files: escape them before they
//! reach a terminal. Nothing here means something within one store only.

mod comparison;
mod component;
mod label;
mod machine;
mod match_report;
mod nearest;
mod pair;
mod provenance;
mod relative;
mod share;

pub use comparison::{ComparedSample, Comparison, InlinedPair, SharedExpression};
pub use component::{ANY_VERSION, Component, ComponentKind, KnownBy, VersionsBy};
pub use label::{FileHashes, Kind, Label, SampleRef};
pub use machine::{Arch, Format};
pub use match_report::{
    Bundle, Completeness, Failure, FunctionAnswer, FunctionClass, MatchAnswer, MatchDocument, MatchReport,
    Outcome, Partner, Population, QuerySummary, Verdict,
};
pub use nearest::{ExpressionDifference, NearFunction, Nearest, OwnExpression, Reference, Side};
pub use pair::{AlignedPair, AnchorKind, FunctionRef, Holds, How, MatchKind, Reason, TellingMatch};
pub use provenance::{Origin, Provenance};
pub use relative::{
    ActorRelative, Alignment, FamilyRelative, Grounds, LibraryFamily, LibraryShare, Naming, SampleRelative,
    Standing,
};
pub use share::{CodeClass, CodeSplit, Share, ratio};

/// The version of the documents in this crate, and of [`MatchReport`] and [`Comparison`] in them.
pub const SCHEMA: u32 = 1;
