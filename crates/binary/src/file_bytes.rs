//! Bytes that many hold and nobody copies: a file, or a part of one.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// The bytes of a file, or of a part of one that shares its storage.
///
/// Cloning and cutting copy nothing: the members of an archive are views of the archive. The
/// storage is freed when the last view of it is.
#[derive(Clone)]
pub struct FileBytes {
    storage: Storage,
    range: Range<usize>,
}

/// Who owns the bytes: taking a vector over as it is saves copying it once.
#[derive(Clone)]
enum Storage {
    Slice(Arc<[u8]>),
    Vector(Arc<Vec<u8>>),
}

impl FileBytes {
    /// A part of these bytes, cut at their end; empty where it starts behind it.
    pub fn slice(&self, range: Range<usize>) -> FileBytes {
        let place = |at: usize| self.range.start.saturating_add(at).min(self.range.end);
        let (start, end) = (place(range.start), place(range.end));
        FileBytes { storage: self.storage.clone(), range: start..end.max(start) }
    }

    /// `size` bytes from `start` on, as far as there are; and how many of them are missing.
    pub(crate) fn part(&self, start: u64, size: u64) -> (FileBytes, u64) {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let part = self.slice(place(start)..place(start.saturating_add(size)));
        let missing = size - (part.len() as u64).min(size);
        (part, missing)
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let whole: &[u8] = match &self.storage {
            Storage::Slice(bytes) => bytes,
            Storage::Vector(bytes) => bytes,
        };
        whole.get(self.range.clone()).unwrap_or(&[])
    }
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        FileBytes { range: 0..bytes.len(), storage: Storage::Vector(Arc::new(bytes)) }
    }
}

impl From<Arc<[u8]>> for FileBytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        FileBytes { range: 0..bytes.len(), storage: Storage::Slice(bytes) }
    }
}

impl From<&[u8]> for FileBytes {
    fn from(bytes: &[u8]) -> Self {
        Arc::<[u8]>::from(bytes).into()
    }
}

impl<const N: usize> From<[u8; N]> for FileBytes {
    fn from(bytes: [u8; N]) -> Self {
        Arc::<[u8]>::from(bytes).into()
    }
}

impl<const N: usize> From<&[u8; N]> for FileBytes {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::FileBytes;

    #[track_caller]
    fn check(start: usize, end: usize, expected: &[u8]) {
        let whole = FileBytes::from(b"0123456789");
        assert_eq!(&whole.slice(2..8).slice(start..end)[..], expected);
    }

    #[test]
    fn a_part_of_a_part_counts_from_its_own_start() {
        check(1, 3, b"34");
    }

    #[test]
    fn a_part_ends_where_the_whole_does() {
        check(4, 100, b"67");
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges)]
    fn a_part_outside_is_empty() {
        check(6, 9, b"");
        check(usize::MAX, usize::MAX, b"");
        check(5, 2, b"");
    }
}
