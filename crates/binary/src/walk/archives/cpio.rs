//! Cpio in the format that rpm and the Linux kernel use: headers of 110 bytes of text, each in front of a name and data.

use crate::FileBytes;
use crate::walk::walker::{Archive, Flow, MAX_NAME, Walker};

/// Bytes of a header; names and data begin at multiples of 4.
const HEADER: u64 = 110;
/// The name of what ends an archive.
const END: &[u8] = b"TRAILER!!!";
/// What kind of file a mode tells of, and the one that holds data of its own.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// One header, with its name.
struct Entry {
    name: FileBytes,
    mode: u32,
    size: u64,
    /// Where the data starts.
    data: u64,
}

impl Walker<'_> {
    pub fn cpio(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let file = bytes.len() as u64;
        let mut at = 0;
        while at < file {
            if !self.room(archive) {
                break;
            }
            let Some(entry) = Entry::read(&bytes, at) else {
                self.lost(&archive.name, "damaged; the rest is left out");
                break;
            };
            let Entry { name, mode, size, data } = entry;
            let (content, missing) = bytes.part(data, size);
            at = data.saturating_add(size).next_multiple_of(4);
            if &name[..] == END {
                if self.begins_like_a_member(&content) {
                    let path = archive.path(&name);
                    self.take(archive, path, content)?;
                }
                // Others may follow: the first file system of Linux is several, some of them packed.
                return self.behind(archive, &bytes, at);
            }
            // A link's data is where it leads.
            let is_link = mode & KIND == LINK;
            if content.is_empty() || is_link && !self.begins_like_a_member(&content) {
                continue;
            }
            let path = archive.path(&name);
            if mode & KIND != REGULAR && !is_link {
                self.lost(&path, "holds data, though it is no file by its type; left out");
                continue;
            }
            self.note_missing(&path, missing);
            self.take(archive, path, content)?;
        }
        Flow::Continue(())
    }

    /// What stands behind the end, past zeros.
    fn behind(&mut self, archive: &mut Archive, bytes: &FileBytes, at: u64) -> Flow {
        let (rest, _) = bytes.part(at, u64::MAX);
        let Some(zeros) = rest.iter().position(|&byte| byte != 0) else { return Flow::Continue(()) };
        let path = archive.path(b"behind the end");
        self.take(archive, path, rest.slice(zeros..rest.len()))
    }
}

impl Entry {
    fn read(bytes: &FileBytes, at: u64) -> Option<Entry> {
        let header = bytes.part(at, HEADER).0;
        if !matches!(header.get(..6)?, b"070701" | b"070702") {
            return None;
        }
        let field = |index: usize| {
            let digits = std::str::from_utf8(header.get(6 + 8 * index..14 + 8 * index)?).ok()?;
            u32::from_str_radix(digits, 16).ok()
        };
        let (mode, size, len) = (field(1)?, u64::from(field(6)?), u64::from(field(11)?));
        let (name, missing) = bytes.part(at + HEADER, len.checked_sub(1)?);
        let name = name.slice(0..name.len().min(MAX_NAME + 1));
        let data = (at + HEADER + len).next_multiple_of(4);
        (missing == 0).then_some(Entry { name, mode, size, data })
    }
}
