//! A part of the memory that a loader makes of a file.

use serde::{Deserialize, Serialize};

/// A contiguous range of the image's memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The file's name for it (`.text`, `__text`), or an empty string.
    pub name: String,
    /// First virtual address.
    pub address: u64,
    /// Bytes in memory; those past `file_bytes` read as zero and hold no code.
    pub size: u64,
    /// Where its bytes start in the file.
    pub file_offset: u64,
    /// How many bytes the file really holds: always inside the file.
    pub file_bytes: u64,
    /// May be written by the program.
    pub writable: bool,
    /// May be executed, so may hold code.
    pub executable: bool,
}

impl Segment {
    /// Leaves out what lies before `floor`.
    pub(crate) fn begin_at(&mut self, floor: u64) {
        let cut = floor.saturating_sub(self.address);
        self.address += cut;
        self.size = self.size.saturating_sub(cut);
        self.file_offset = self.file_offset.saturating_add(cut);
        self.file_bytes = self.file_bytes.saturating_sub(cut);
    }

    /// The part before `address`, which lies inside it, and the part from there on.
    pub(crate) fn cut_at(self, address: u64) -> (Segment, Segment) {
        let len = address.saturating_sub(self.address);
        let before = self.file_bytes.min(len);
        let behind = Segment {
            name: self.name.clone(),
            address,
            size: self.size.saturating_sub(len),
            file_offset: self.file_offset.saturating_add(before),
            file_bytes: self.file_bytes - before,
            ..self
        };
        (Segment { size: len, file_bytes: before, ..self }, behind)
    }

    /// The first address behind it.
    pub fn end(&self) -> u64 {
        self.address.saturating_add(self.size)
    }
}
