//! One immutable file of fingerprints.
//!
//! A segment holds, in this order: a header (magic, versions, counts, place,
//! length and checksum of each section, a checksum of itself); the signature
//! hashes, ascending (a signature's *number* is its place here); the offset of
//! every eighth record; the records (fingerprint, then occurrences); the
//! posting directory; the packed postings; the thresholds of capped lists; the
//! sample table; the function tables. See `postings` and `functions` for
//! their layouts. It is written once by `SegmentWriter`, from a buffer or by
//! `merge`, and read by `Segment`.

mod format;
mod functions;
mod merge;
mod postings;
mod reader;
mod writer;

pub(crate) use functions::{FunctionRow, put_functions};
pub(crate) use merge::{Part, merge};
pub(crate) use postings::short_key;
pub(crate) use reader::{SampleEntry, Segment};
pub(crate) use writer::{SegmentWriter, Written};
