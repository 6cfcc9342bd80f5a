//! Weighs evidence for competing hypotheses of who is behind an incident.
//!
//! A [`Case`] is a plain-text file ([`model`]): candidates, sources, evidence,
//! judgements. [`assess`] turns it, as of a date, into an [`Assessment`]: a
//! probability with an interval for every hypothesis and every claim at the
//! levels code base, cluster, group and sponsor, the words for it, a confidence
//! by stated rules, what contradicts it, what it hangs on, and what would change
//! it. [`mod@lint`] says what is doubtful about the case itself.
//!
//! Start at [`leaf`] for the hypotheses, at `weigh` for the formulas, at `draw`
//! for the intervals. Nothing here reads a clock, a file or the network.

pub mod actors;
mod add_match;
mod assess;
pub mod assessment;
mod confidence;
pub mod draft;
mod draw;
mod explain;
pub mod explanation;
mod figures;
mod headline;
pub mod leaf;
pub mod lint;
pub mod matrix;
pub mod merge;
pub mod model;
mod nearest;
pub mod prose;
mod prospect;
mod read;
pub mod scale;
mod schema;
pub mod score;
mod sentence;
mod skeleton;
mod table;
mod tasking;
mod unknown;
mod weigh;
pub mod wording;

pub use add_match::{AddMatch, Added, add_match};
pub use assess::{AssessOptions, assess};
pub use assessment::Assessment;
pub use cognate_base::{Error, ErrorKind, Position};
pub use confidence::{NOT_DIAGNOSTIC, ONE_SOURCE};
pub use draw::SEED;
pub use explanation::Explanation;
pub use headline::TIE;
pub use lint::lint;
pub use model::{Case, CaseFile, Measured};
pub use schema::DAY_PATTERN;
pub use sentence::mixed_sentence;
pub use skeleton::skeleton;
pub use tasking::ON_THE_PRIOR;
pub use wording::Scheme;
