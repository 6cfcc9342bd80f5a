//! Rpm packages: two headers of facts, then the files, packed as one cpio archive.

use crate::FileBytes;
use crate::bytes::Bytes;
use crate::walk::walker::{Archive, Flow, Walker};

/// Bytes in front of the first header.
const LEAD: u64 = 96;
const MAGIC: &[u8] = &[0x8e, 0xad, 0xe8, 1];
/// Bytes of a header in front of its index, and of an entry of that.
const HEADER: u64 = 16;
const ENTRY: u64 = 16;

impl Walker<'_> {
    pub fn rpm(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        // The signatures end at a multiple of 8.
        let files = header(&bytes, LEAD).and_then(|end| header(&bytes, end.next_multiple_of(8)));
        let Some(files) = files.filter(|&at| at < bytes.len() as u64) else {
            self.lost(&archive.name, "unreadable: its headers are damaged");
            return Flow::Continue(());
        };
        if !self.room(archive) {
            return Flow::Continue(());
        }
        let path = archive.path(b"files");
        self.take(archive, path, bytes.part(files, u64::MAX).0)
    }
}

/// Where the header ends that starts there.
fn header(bytes: &FileBytes, at: u64) -> Option<u64> {
    if Bytes::slice(&**bytes, at, 4)? != MAGIC {
        return None;
    }
    let word = |at| Some(u32::from_be_bytes(Bytes::slice(&**bytes, at, 4)?.try_into().ok()?));
    let (entries, size) = (word(at + 8)?, word(at + 12)?);
    Some(at + HEADER + ENTRY * u64::from(entries) + u64::from(size))
}
