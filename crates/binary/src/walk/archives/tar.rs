//! Tar archives: blocks of 512 bytes, a header before each member (POSIX.1-2001, GNU).

use super::msi::COMPOUND;
use crate::FileBytes;
use crate::walk::walker::{Archive, Flow, MAX_NAME, Walker, is_elf_or_pe};

const BLOCK: u64 = 512;
/// Of what describes the member that follows, this much is read: more holds no name. Judgement.
const MAX_METADATA: u64 = 1 << 20;

/// What an entry before it says of a member.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

/// One header.
struct Header {
    name: Vec<u8>,
    kind: u8,
    size: Option<u64>,
}

/// Whether these are the first bytes of an archive. Programs and compound files are none, whatever stands in them.
pub fn is_tar(bytes: &[u8]) -> bool {
    let other = is_elf_or_pe(bytes) || bytes.starts_with(COMPOUND);
    !other && (bytes.get(257..262) == Some(b"ustar") || is_old(bytes))
}

/// Whether an archive begins that has no magic, as before POSIX: the checksum is right, and a name is there.
fn is_old(bytes: &[u8]) -> bool {
    let block = bytes.get(..BLOCK as usize).unwrap_or(&[]);
    block.first().is_some_and(|first| *first > b' ')
        && Header::read(block).is_some_and(|header| header.size.is_some())
}

impl Walker<'_> {
    pub fn tar(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let (mut at, mut sound, mut metadata_is_sound) = (0u64, true, true);
        let mut extended = Extended::default();
        while at < bytes.len() as u64 {
            let (block, missing) = bytes.part(at, BLOCK);
            if block.iter().all(|&byte| byte == 0) {
                at += BLOCK; // two of these end an archive; another may follow all the same
                continue;
            }
            let Some(header) = Header::read(&block).filter(|_| missing == 0) else {
                if std::mem::take(&mut sound) {
                    self.lost(&archive.name, "damaged; members are looked for behind it");
                }
                at += BLOCK;
                continue;
            };
            sound = true;
            let start = at + BLOCK;
            let Some(size) = extended.size.take().or(header.size) else {
                let said = std::mem::take(&mut extended);
                self.lost(&archive.path(&said.name.unwrap_or(header.name)), "its size is damaged; left out");
                at = start;
                continue;
            };
            let size = if header.has_no_data() && follows(&bytes, start) { 0 } else { size };
            at = start.saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK));
            let metadata = bytes.part(start, size.min(MAX_METADATA)).0;
            if extended.take_from(&header, &metadata) {
                let sound = size <= MAX_METADATA && is_metadata(header.kind, &metadata);
                if !sound && std::mem::take(&mut metadata_is_sound) {
                    let reason = "holds data where a name or a property belongs, which is not read";
                    self.lost(&archive.name, reason);
                }
                continue;
            }
            if !self.room(archive) {
                break;
            }
            self.tar_member(archive, header, std::mem::take(&mut extended), (start, size))?;
        }
        Flow::Continue(())
    }

    fn tar_member(
        &mut self,
        archive: &mut Archive,
        header: Header,
        said: Extended,
        (start, size): (u64, u64),
    ) -> Flow {
        // Links, devices, directories, pipes, labels and lists of files hold no file, and what has another type is one. Where
        // one of them has data all the same, programs differ in what they make of it: none of it is passed over.
        let bare = matches!(header.kind, b'1'..=b'6' | b'D' | b'N' | b'V') || header.name.ends_with(b"/");
        let names = matches!(header.kind, b'D' | b'N');
        let nothing = || archive.bytes.part(start, size).0.iter().all(|&byte| byte == 0);
        if bare && (size == 0 || nothing()) {
            return Flow::Continue(());
        }
        if names {
            let path = archive.path(&said.name.unwrap_or(header.name));
            self.lost(&path, "a list of files by its type, whose data is not read");
            return Flow::Continue(());
        }
        let path = archive.path(&said.name.unwrap_or(header.name));
        if said.sparse || header.kind == b'S' {
            self.lost(&path, "stored with holes, which is not read; left out");
            return Flow::Continue(());
        }
        let (data, missing) = archive.bytes.part(start, size);
        self.note_missing(&path, missing);
        if data.is_empty() { Flow::Continue(()) } else { self.take(archive, path, data) }
    }
}

/// Whether the data in front of a member is what its type says: records of pax, or a name and nothing behind it.
fn is_metadata(kind: u8, data: &[u8]) -> bool {
    if matches!(kind, b'L' | b'K') {
        let name = until_nul(data).len();
        return data.get(name..).is_some_and(|rest| rest.iter().all(|&byte| byte == 0));
    }
    let mut rest = data;
    while let Some((_, _, behind)) = record(rest) {
        rest = behind;
    }
    rest.iter().all(|&byte| byte == 0)
}

/// A record of pax, `12 path=name\n`, the length being that of the whole record: its key, its value and what is behind it.
fn record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = data.iter().take(20).position(|&byte| byte == b' ')?;
    let len = data.get(..space).and_then(decimal)?;
    let (record, rest) = data.split_at_checked(usize::try_from(len).ok()?)?;
    let record = record.get(space + 1..)?;
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some((record.get(..equals)?, record.get(equals + 1..)?, rest))
}

/// Whether another header stands there.
fn follows(bytes: &FileBytes, at: u64) -> bool {
    Header::read(&bytes.part(at, BLOCK).0).is_some()
}

impl Header {
    /// Whether its type has none: old programs give links, devices and directories a size all the same.
    fn has_no_data(&self) -> bool {
        matches!(self.kind, b'1'..=b'6')
    }

    /// Reads a block whose sum is right.
    fn read(block: &[u8]) -> Option<Header> {
        let said = number(block.get(148..156)?)?;
        let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
        let itself: u64 = block.get(148..156)?.iter().map(|&byte| u64::from(byte)).sum();
        let sum = sum - itself + 8 * u64::from(b' ');
        (block.len() as u64 == BLOCK && said == sum).then_some(())?;
        let mut name = Vec::new();
        let prefix = until_nul(block.get(345..500)?);
        if block.get(257..263) == Some(b"ustar\0") && !prefix.is_empty() {
            name.extend_from_slice(prefix);
            name.push(b'/');
        }
        name.extend_from_slice(until_nul(block.get(0..100)?));
        Some(Header { name, kind: *block.get(156)?, size: number(block.get(124..136)?) })
    }
}

impl Extended {
    /// Takes what a header says of the next member, if it does.
    fn take_from(&mut self, header: &Header, data: &[u8]) -> bool {
        match header.kind {
            b'L' => self.name = Some(until_nul(data.get(..MAX_NAME + 1).unwrap_or(data)).to_vec()),
            b'x' | b'X' => self.records(data),
            // Of the whole archive, and of a link.
            b'g' | b'K' => {}
            _ => return false,
        }
        true
    }

    fn records(&mut self, mut data: &[u8]) {
        while let Some((key, value, rest)) = record(data) {
            data = rest;
            match key {
                b"path" => self.name = Some(value.get(..MAX_NAME + 1).unwrap_or(value).to_vec()),
                b"size" => self.size = decimal(value),
                _ => self.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
    }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    let len = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    bytes.get(..len).unwrap_or(&[])
}

fn decimal(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// An octal number, or, behind a first byte of 0x80, a binary one; `None` where it is neither or negative.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, rest)) = field.split_first() {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let low = <[u8; 8]>::try_from(low).ok()?;
        return high.iter().all(|&byte| byte == 0).then(|| u64::from_be_bytes(low));
    }
    let start = field.iter().position(|byte| !matches!(byte, b' ' | 0)).unwrap_or(field.len());
    let text = field.get(start..)?;
    let len = text.iter().position(|byte| matches!(byte, b' ' | 0)).unwrap_or(text.len());
    text.get(..len)?.iter().try_fold(0u64, |value, &digit| {
        matches!(digit, b'0'..=b'7')
            .then(|| value.checked_mul(8))?
            .map(|value| value | u64::from(digit - b'0'))
    })
}
