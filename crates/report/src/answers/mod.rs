//! The technical answers as terminal text, one file for each command: `matched` for `match`, `compared`,
//! `inspected`, `indexed`, `corpus`, `doctor`, `actor` and `triaged` (with `triage_text`, `triage_groups`, `triage_page` and `triage_csv`). `reasons` says why two functions are held to be the same.
//!
//! What is shown by one command only has its document here; what others read has it in `cognate-documents`.

mod actor;
mod case;
mod compared;
mod components;
mod corpus;
mod doctor;
mod indexed;
mod inspected;
mod labels;
mod match_details;
mod matched;
mod nearest;
mod pages;
mod reasons;
mod side_by_side;
mod triage_csv;
mod triage_groups;
mod triage_page;
mod triage_text;
mod triaged;

pub use case::{
    AddedDocument, AssessDocument, CaseCompareDocument, CheckDocument, CheckError, CheckedFile,
    DraftDocument, MatrixChangeDocument, MergeDocument,
};
pub use compared::{CompareDocument, Order, View};
pub use components::{
    AddressRange, BaseContents, BaseDocument, CarriedComponent, ComponentsDocument, Composition,
    KnownComponent,
};
pub use corpus::{ChangeDocument, ListDocument, ShowDocument, StatsDocument, VerifyDocument};
pub use doctor::{Bases, DoctorDocument, Parsers, Program, StoreState};
pub use indexed::{IndexDocument, IndexLine, IndexOutcome, not_programs};
pub use inspected::{FunctionLine, FunctionTotals, InspectDocument, Inspected, SegmentLine};
pub use matched::match_summary;
pub use pages::{
    Made, compare_markdown, compare_page, graph_svg, match_markdown, match_misp, match_page, match_stix,
    page_pairs,
};
pub use side_by_side::SideBySide;
pub use triage_page::triage_page;
pub use triaged::{CodeShares, Finding, NamedFamily, SharedPiece, TriageDocument, TriageGroup, TriageRow};
