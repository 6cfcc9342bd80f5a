//! What the surfaces show: one document each, rendered as terminal text and as JSON.
//!
//! A [`Document`] is a plain value; [`Document::text`] makes it readable,
//! [`json`] puts it into an envelope that names its kind and version, and
//! [`schema`] publishes what the JSON looks like. Names that come from samples
//! are escaped in text and left as they are in JSON, where the encoding keeps
//! them harmless.

mod actor;
pub mod case;
mod compared;
mod corpus;
mod doctor;
mod document;
mod indexed;
mod inspected;
mod matched;
mod reasons;
pub mod schema;
mod style;
mod text;

pub use cognate_binary::{Line, Listing};
pub use compared::{CompareDocument, SideBySide};
pub use corpus::{ChangeDocument, ListDocument, ShowDocument, StatsDocument, VerifyDocument};
pub use doctor::{DoctorDocument, Parsers, StoreState};
pub use document::{Document, json, write_json};
pub use indexed::{IndexDocument, IndexLine, IndexOutcome, not_programs};
pub use inspected::{FunctionLine, FunctionTotals, InspectDocument, Inspected, SegmentLine};
pub use matched::{Failure, MatchAnswer, MatchDocument};
pub use style::Style;
pub use text::shorten_names;
