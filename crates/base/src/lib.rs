//! What every cognate crate speaks of: errors, sample ids, gaps, limits and budgets,
//! progress and escaping. Start with [`Error`], [`Gap`] and [`Budget`].

mod budget;
mod deadline;
mod error;
mod escape;
mod gap;
mod hash;
mod noun;
mod progress;
mod sample_id;
mod spreadsheet;
mod typed_vec;

pub use budget::{Budget, Exhausted, Limits, Stage};
pub use deadline::Deadline;
pub use error::{Error, ErrorKind, Hint, Lines, Position, is_full, reason};
pub use escape::{escape, hex, quote};
pub use gap::{Gap, NO_PASSWORD, PACKED, Place, advise};
pub use hash::{combine, combined_next, combined_onto, hash_bytes, mix};
pub use noun::noun;
pub use progress::{NoProgress, Progress};
pub use sample_id::SampleId;
pub use spreadsheet::{from_cell, line_of_row, to_cell};
pub use typed_vec::{TypedIndex, TypedVec};
