//! One immutable file of fingerprints.
//!
//! A segment holds, in this order: a header (magic, versions, counts, length
//! of each section, a checksum of the last part of the file, a checksum of itself,
//! which the catalogue knows as the segment's root); the signature
//! hashes (a signature's *number* is its place here; those likely to be alike stand side by side);
//! the numbers in the order of the hashes; the offset of
//! every eighth record; the records (fingerprint, then occurrences); the
//! posting directory; the packed postings; the thresholds of capped lists; the
//! sample table; the function tables; the checksum of each block of all these;
//! the checksums of blocks of those. See `references`, `postings` and `functions` for
//! their layouts, `blocks` for how bytes are read and checked. It is written once by
//! `SegmentWriter`, from a buffer or by `merge`, and read by `Segment`.

mod blocks;
mod format;
mod functions;
mod merge;
mod postings;
mod reader;
mod references;
mod writer;

pub(crate) use blocks::Cache;
pub(crate) use functions::{FunctionRow, put_functions};
pub(crate) use merge::{Part, merge};
pub(crate) use postings::short_key;
pub(crate) use reader::{Reader, SampleEntry, Segment};
pub(crate) use writer::{SegmentWriter, Written};
