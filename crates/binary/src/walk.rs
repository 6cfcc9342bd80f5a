//! Opens archives (zip, gzip, tar, ar, fat Mach-O) within limits on depth, count and size.

use cognate_base::{Gap, Limits, Place};
use flate2::read::MultiGzDecoder;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// The password under which the field exchanges malware.
const PASSWORD: &[u8] = b"infected";
/// A member that grows by more than this, past [`GROWN`] bytes, is a bomb.
const MAX_RATIO: u64 = 1000;
const GROWN: u64 = 64 << 20;
/// Names of members are cut here.
const MAX_NAME: usize = 4096;

/// One file found, on its own or inside archives.
#[derive(Clone, Debug)]
pub struct Member {
    /// The path given, then the path in each archive, joined by `!`; not escaped.
    pub name: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// Calls `visit` for `bytes` itself, or, where it is an archive, for each member
/// in archive order; returns what could not be opened.
pub fn walk(name: &str, bytes: Arc<[u8]>, limits: &Limits, visit: &mut dyn FnMut(Member)) -> Vec<Gap> {
    let mut walker = Walker { limits, visit, gaps: Vec::new(), members: 0, bytes: 0 };
    walker.open(Member { name: name.to_owned(), bytes }, 0);
    walker.gaps
}

/// Whether [`walk`] would open these bytes, by their first few.
pub fn is_archive(bytes: &[u8]) -> bool {
    Kind::of(bytes).is_some()
}

struct Walker<'a> {
    limits: &'a Limits,
    visit: &'a mut dyn FnMut(Member),
    gaps: Vec<Gap>,
    members: usize,
    bytes: u64,
}

/// The archive formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Gzip,
    Tar,
    Ar,
    FatMachO,
}

impl Kind {
    fn of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Kind::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Kind::Gzip),
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Some(Kind::Ar),
            // A Java class has the same magic, but its version reads as more than 40 slices.
            [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 1..=40, ..] => Some(Kind::FatMachO),
            _ if bytes.get(257..262) == Some(b"ustar") => Some(Kind::Tar),
            _ => None,
        }
    }
}

impl Walker<'_> {
    fn open(&mut self, member: Member, depth: u32) {
        let Some(kind) = Kind::of(&member.bytes) else { return (self.visit)(member) };
        if depth >= self.limits.archive_depth {
            return self.gap(&member.name, "archives are nested deeper than the limit");
        }
        let depth = depth + 1;
        match kind {
            Kind::Zip => self.zip(&member, depth),
            Kind::Gzip => self.gzip(&member, depth),
            Kind::Tar => self.tar(&member, depth),
            Kind::Ar => self.ar(&member, depth),
            Kind::FatMachO => self.slices(&member, depth),
        }
    }

    fn gap(&mut self, name: &str, reason: &str) {
        if self.gaps.len() < 1024 {
            self.gaps.push(Gap::new(Place::Whole, format!("archive {name}"), reason));
        }
    }

    /// Whether the limits leave room for one more member; says so once if not.
    fn room(&mut self, name: &str) -> bool {
        let room = self.members < self.limits.archive_members && self.bytes < self.limits.archive_bytes;
        if !room {
            self.gap(name, "holds more than the limits allow; the rest is left out");
        }
        room
    }

    /// Takes a member that lies in the archive as it is.
    fn take(&mut self, archive: &Member, name: &str, bytes: &[u8], depth: u32) {
        self.members += 1;
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        self.open(Member { name: join(&archive.name, name), bytes: Arc::from(bytes) }, depth);
    }

    /// Unpacks a member as far as it can be read and the limits allow.
    fn unpack(&mut self, archive: &Member, name: &str, packed: u64, reader: &mut dyn Read, depth: u32) {
        let full = join(&archive.name, name);
        let left = self.limits.archive_bytes.saturating_sub(self.bytes);
        let ratio = packed.saturating_mul(MAX_RATIO).max(GROWN);
        let limit = self.limits.file_bytes.min(left).min(ratio);
        let mut bytes = Vec::new();
        let result = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        self.members += 1;
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if bytes.len() as u64 > limit {
            return self.gap(&full, "unpacks to more than the limits allow");
        }
        if let Err(error) = result {
            self.gap(&full, &format!("damaged ({error}); what was readable is taken"));
        }
        if !bytes.is_empty() {
            self.open(Member { name: full, bytes: bytes.into() }, depth);
        }
    }

    fn zip(&mut self, archive: &Member, depth: u32) {
        let mut zip = match zip::ZipArchive::new(Cursor::new(&archive.bytes[..])) {
            Ok(zip) => zip,
            Err(error) => {
                self.gap(
                    &archive.name,
                    &format!("directory unreadable ({error}); members are read in order"),
                );
                return self.zip_stream(archive, depth);
            }
        };
        for index in 0..zip.len() {
            if !self.room(&archive.name) {
                return;
            }
            let encrypted = zip.by_index_raw(index).is_ok_and(|file| file.encrypted());
            let file = if encrypted { zip.by_index_decrypt(index, PASSWORD) } else { zip.by_index(index) };
            match file {
                Ok(file) if file.is_dir() => {}
                Ok(mut file) => {
                    let (name, packed) =
                        (String::from_utf8_lossy(file.name_raw()).into_owned(), file.compressed_size());
                    self.unpack(archive, &name, packed, &mut file, depth);
                }
                Err(error) => self.gap(&archive.name, &format!("member {index} unreadable ({error})")),
            }
        }
    }

    fn zip_stream(&mut self, archive: &Member, depth: u32) {
        let mut reader = Cursor::new(&archive.bytes[..]);
        while self.room(&archive.name) {
            match zip::read::read_zipfile_from_stream(&mut reader) {
                Ok(Some(mut file)) => {
                    let (name, packed) =
                        (String::from_utf8_lossy(file.name_raw()).into_owned(), archive.bytes.len() as u64);
                    self.unpack(archive, &name, packed, &mut file, depth);
                }
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn gzip(&mut self, archive: &Member, depth: u32) {
        let mut reader = MultiGzDecoder::new(&archive.bytes[..]);
        let header = reader.header().and_then(|header| header.filename());
        let name = header.map(|name| String::from_utf8_lossy(name).into_owned());
        let name = name.unwrap_or_else(|| stem(&archive.name));
        if self.room(&archive.name) {
            self.unpack(archive, &name, archive.bytes.len() as u64, &mut reader, depth);
        }
    }

    fn tar(&mut self, archive: &Member, depth: u32) {
        let mut tar = tar::Archive::new(&archive.bytes[..]);
        let entries = match tar.entries() {
            Ok(entries) => entries,
            Err(error) => return self.gap(&archive.name, &error.to_string()),
        };
        for entry in entries {
            if !self.room(&archive.name) {
                return;
            }
            match entry {
                Ok(mut entry) if entry.header().entry_type().is_file() => {
                    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                    self.unpack(archive, &name, archive.bytes.len() as u64, &mut entry, depth);
                }
                Ok(_) => {}
                Err(error) => {
                    return self.gap(&archive.name, &format!("damaged ({error}); the rest is left out"));
                }
            }
        }
    }

    /// Static libraries and Debian packages: headers of 60 bytes, each before its member.
    fn ar(&mut self, archive: &Member, depth: u32) {
        let bytes = Arc::clone(&archive.bytes);
        let mut long_names: &[u8] = &[];
        let mut at = 8usize;
        while at < bytes.len() && self.room(&archive.name) {
            let Some((name, size)) = bytes.get(at..at.saturating_add(60)).and_then(ar_header) else {
                return self.gap(&archive.name, "damaged; the rest is left out");
            };
            let start = at + 60;
            let end = start.saturating_add(size);
            let data = bytes.get(start..end.min(bytes.len())).unwrap_or(&[]);
            if end > bytes.len() {
                self.gap(&archive.name, "truncated");
            }
            match name.as_str() {
                "/" | "/SYM64/" | "__.SYMDEF" | "__.SYMDEF SORTED" => {}
                "//" => long_names = data,
                _ => {
                    let (name, data) = ar_member(&name, long_names, data);
                    self.take(archive, &name, data, depth);
                }
            }
            at = end.saturating_add(end & 1);
        }
    }

    fn slices(&mut self, archive: &Member, depth: u32) {
        let bytes = Arc::clone(&archive.bytes);
        let wide = bytes.get(3) == Some(&0xbf);
        let row = if wide { 32 } else { 20 };
        let word = |at: usize| bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes);
        let long = |at: usize| bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_be_bytes);
        for index in 0..word(4).unwrap_or(0) as usize {
            let at = 8 + index * row;
            let field = |skip: usize| {
                if wide { long(at + 8 + skip * 8) } else { word(at + 8 + skip * 4).map(u64::from) }
            };
            let (Some(processor), Some(offset), Some(size)) = (word(at), field(0), field(1)) else {
                return self.gap(&archive.name, "the list of slices is truncated");
            };
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            let end = usize::try_from(offset.saturating_add(size)).unwrap_or(usize::MAX).min(bytes.len());
            let name = processor_name(processor);
            match bytes.get(start..end) {
                Some(slice) if !slice.is_empty() && Kind::of(slice).is_none() => {
                    self.take(archive, &name, slice, depth)
                }
                _ => self.gap(&join(&archive.name, &name), "points outside the file"),
            }
        }
    }
}

/// Name and size of an ar member.
fn ar_header(header: &[u8]) -> Option<(String, usize)> {
    let text = |range| header.get(range).map(|text| String::from_utf8_lossy(text).trim_end().to_owned());
    (header.get(58..60) == Some(b"`\n")).then_some(())?;
    Some((text(0..16)?, text(48..58)?.parse().ok()?))
}

/// Resolves long names: `/12` into the table of names, `#1/12` in front of the data.
fn ar_member<'a>(name: &str, long_names: &[u8], data: &'a [u8]) -> (String, &'a [u8]) {
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some(len) = name.strip_prefix("#1/").and_then(|len| len.parse::<usize>().ok()) {
        let (name, data) = data.split_at_checked(len).unwrap_or((b"", data));
        return (lossy(name).trim_end_matches('\0').to_owned(), data);
    }
    let long =
        name.strip_prefix('/').and_then(|at| at.parse::<usize>().ok()).and_then(|at| long_names.get(at..));
    if let Some(long) = long {
        let end = long.iter().position(|&byte| byte == b'/' || byte == b'\n').unwrap_or(long.len());
        return (lossy(long.get(..end).unwrap_or(&[])), data);
    }
    (name.trim_end_matches('/').to_owned(), data)
}

fn processor_name(processor: u32) -> String {
    match processor {
        7 => "x86".to_owned(),
        0x0100_0007 => "x86_64".to_owned(),
        0x0100_000c => "arm64".to_owned(),
        other => format!("{other:#x}"),
    }
}

fn join(archive: &str, name: &str) -> String {
    let name: String = name.chars().take(MAX_NAME).collect();
    format!("{archive}!{name}")
}

/// What a gzip file without a name inside was called before.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    match name.strip_suffix(".tgz") {
        Some(stem) => format!("{stem}.tar"),
        None => name.strip_suffix(".gz").unwrap_or(name).to_owned(),
    }
}
