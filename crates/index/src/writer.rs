//! What only the writer of a store has.

use crate::buffer::Buffer;
use crate::catalogue::SegmentRow;
use crate::files::Unpublished;
use crate::lock::WriterLock;
use crate::segment::Written;
use crate::store::{SampleInfo, SampleKey};
use cognate_base::SampleId;
use cognate_fingerprint::FileHashes;
use std::collections::HashMap;
use std::path::PathBuf;

/// A segment that is on disk under its temporary name.
pub(crate) struct NewSegment {
    pub(crate) row: SegmentRow,
    pub(crate) file: Unpublished,
}

impl NewSegment {
    pub(crate) fn new(number: u64, written: &Written, path: PathBuf) -> Self {
        let &Written { functions, signatures, postings, bytes, root } = written;
        let row = SegmentRow { number, functions, signatures, postings, bytes, root };
        NewSegment { row, file: Unpublished { path } }
    }

    pub(crate) fn functions(&self) -> u64 {
        self.row.functions
    }
}

/// What only the writer has.
pub(crate) struct Writer {
    /// Given back when the writer ends.
    pub(crate) _lock: WriterLock,
    pub(crate) buffer: Buffer,
    /// Samples in the buffer or in a segment not yet published.
    pub(crate) samples: Vec<SampleInfo>,
    /// The numbers of those samples.
    pub(crate) keys: HashMap<SampleId, SampleKey>,
    /// Hashes of samples that were stored when none were kept.
    pub(crate) hashes: Vec<(u32, FileHashes)>,
    pub(crate) segments: Vec<NewSegment>,
    pub(crate) next_key: u32,
    pub(crate) next_segment: u64,
}
