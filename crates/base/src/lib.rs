//! What every cognate crate speaks of: sample ids, gaps, limits and budgets,
//! progress and escaping. Start with [`Gap`] and [`Budget`].

mod budget;
mod deadline;
mod escape;
mod gap;
mod hash;
mod progress;
mod sample_id;
mod typed_vec;

pub use budget::{Budget, Exhausted, Limits, Stage};
pub use deadline::Deadline;
pub use escape::{escape, quote};
pub use gap::{Gap, Place};
pub use hash::{combine, hash_bytes, mix};
pub use progress::{NoProgress, Progress};
pub use sample_id::{ParseSampleIdError, SampleId};
pub use typed_vec::{TypedIndex, TypedVec};
