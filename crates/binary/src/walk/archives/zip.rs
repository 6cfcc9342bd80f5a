//! Zip archives: by their directory, and what it does not name in the order of the file.

use crate::FileBytes;
use crate::bytes::{Bytes, find};
use crate::ranges::Ranges;
use crate::text::cut;
use crate::walk::compressors::codec::{self, Codec};
use crate::walk::unpack::{Clocked, Packed, Unpacked, reason};
use crate::walk::walker::{Archive, Flow, MAX_NAME, TRIED, Walker, is_elf_or_pe};
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;
use zip::read::{Config, OwnedZipFileEntry, ZipFileEntry, read_zipfile_from_stream_with_options};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

/// Ends of a directory in the format for large files that an archive may have: the reader goes through
/// all of them, again for each. An honest archive has one, and one for each archive stored in it. Judgement.
const MOST_ENDS: usize = 1_000;
const END64: &[u8] = b"PK\x06\x06";
const LOCAL: &[u8] = b"PK\x03\x04";
/// In front of checksum and sizes behind a member that was written before they were known.
const SIZES: &[u8] = b"PK\x07\x08";
/// The end of a directory, and its bytes without the comment, which is as long as 16 bits tell at most.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// The encryption of WinZip: how a member is packed stands elsewhere.
const AES: u16 = 99;
/// Bytes of a header in front of a member, without the name and what else is in it.
const LOCAL_BYTES: u64 = 30;

impl<'a> Walker<'a> {
    /// Members are told apart by their place, never by their name: two may share one.
    pub fn zip(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let mut taken = Ranges::default();
        if has_more(&bytes, END64, MOST_ENDS) {
            return self.zip_in_order(archive, &bytes, &taken, "too many ends of a directory");
        }
        let mut directory = match ZipIterable::try_new(Cursor::new(&bytes[..]), Config::default()) {
            Ok(directory) => directory,
            Err(error) => return self.zip_in_order(archive, &bytes, &taken, &reason(&error)),
        };
        let entries = match directory.files() {
            Ok(entries) => entries,
            Err(error) => return self.zip_in_order(archive, &bytes, &taken, &reason(&error)),
        };
        for entry in entries {
            match entry {
                Ok(entry) if entry.is_dir() && entry.compressed_size() == 0 => {
                    let header = entry.header_start();
                    taken.claim(header, data_start(&bytes, header).unwrap_or(header));
                }
                Ok(entry) if self.room(archive) => self.zip_entry(archive, &bytes, entry, &mut taken)?,
                Ok(_) => return Flow::Continue(()),
                Err(error) => return self.zip_in_order(archive, &bytes, &taken, &reason(&error)),
            }
        }
        self.zip_unnamed(archive, &bytes, &taken);
        Flow::Continue(())
    }

    /// Says how many headers stand between members that the directory names.
    fn zip_unnamed(&mut self, archive: &Archive, bytes: &FileBytes, taken: &Ranges) {
        let (mut at, mut count, mut first) = (0, 0u64, None);
        while let Some(found) = find(Bytes::from(&**bytes, at), LOCAL) {
            let header = at + found;
            at = header + 1;
            if let Some(end) = taken.end_of(header) {
                at = end;
            } else if is_header(bytes, header) {
                count += 1;
                first.get_or_insert(header);
            }
        }
        if let Some(header) = first {
            let reason = match count {
                1 => {
                    format!("the directory does not name the member whose header is at {header:#x}; left out")
                }
                _ => {
                    format!("the directory does not name {count} members, the first at {header:#x}; left out")
                }
            };
            self.lost(&archive.name, &reason);
        }
    }

    fn zip_entry(
        &mut self,
        archive: &mut Archive,
        bytes: &FileBytes,
        entry: ZipFileEntry<'_>,
        taken: &mut Ranges,
    ) -> Flow {
        let path = archive.path(entry.name_raw());
        let (header, size) = (entry.header_start(), entry.compressed_size());
        let Some(data) = data_start(bytes, header) else {
            self.lost(&path, "unreadable: no header where the directory says");
            return Flow::Continue(());
        };
        if !taken.claim(header, data.saturating_add(size)) {
            self.lost(&path, "lies over another member; left out");
            return Flow::Continue(());
        }
        if entry.compression() == CompressionMethod::Stored && !entry.encrypted() {
            return self.zip_stored(archive, path, bytes.part(data, size), entry.crc32());
        }
        let packed = Packed { path, size, said: Some(entry.size()) };
        let method = bytes.u16_at(header + 8).unwrap_or(0);
        if !entry.encrypted() && is_ours(method) {
            let (data, checksum) = (bytes.part(data, size).0, entry.crc32());
            return self.zip_ours(archive, packed, method, &data, checksum);
        }
        let (encrypted, entry) = (entry.encrypted(), OwnedZipFileEntry::from(entry));
        let password = self.timed(|walker| walker.zip_password(bytes, &entry));
        let password = password.filter(|_| encrypted).unwrap_or_default();
        let options = ZipReadOptions::new().password(encrypted.then_some(password.as_bytes()));
        let mut reader = self.clocked(Cursor::new(&bytes[..]));
        match entry.as_ref().with_reader(&mut reader, options) {
            Ok(mut file) => self.unpack(archive, packed, &mut file),
            Err(error) => {
                self.unreadable(&packed.path, &explain(&error));
                Flow::Continue(())
            }
        }
    }

    /// The password that opens a member; the last where none does, for it tells why.
    fn zip_password(&self, bytes: &FileBytes, entry: &OwnedZipFileEntry) -> Option<&'a str> {
        let (last, others) = self.passwords.split_last()?;
        let opens = |password: &&&str| {
            let mut reader = self.clocked(Cursor::new(&bytes[..]));
            let options = ZipReadOptions::new().password(Some(password.as_bytes()));
            let opened = entry.as_ref().with_reader(&mut reader, options);
            opened.is_ok_and(|file| io::copy(&mut file.take(TRIED), &mut io::sink()).is_ok())
        };
        Some(others.iter().find(opens).unwrap_or(last))
    }

    /// A member packed in a way that is unpacked here.
    fn zip_ours(
        &mut self,
        archive: &Archive,
        packed: Packed,
        method: u16,
        data: &[u8],
        checksum: u32,
    ) -> Flow {
        let (path, said) = (packed.path.clone(), packed.said);
        let opened = match method {
            12 => codec::decoder(Codec::Bzip2, self.clocked(data), self.dictionary()),
            93 => codec::decoder(Codec::Zstd, self.clocked(data), self.dictionary()),
            95 => codec::decoder(Codec::Xz, self.clocked(data), self.dictionary()),
            // Behind a version: how long the properties are, then those.
            _ => {
                let len = data.u16_at(2).map_or(0, u64::from);
                let properties = Bytes::slice(data, 4, len).unwrap_or(&[]);
                let source = self.clocked(Bytes::from(data, 4 + len));
                codec::lzma(source, properties, said, self.dictionary())
            }
        };
        let unpacked = match opened {
            Ok(mut reader) => self.unpacked(packed, &mut reader),
            Err(error) => {
                self.unreadable(&path, &reason(&error));
                return Flow::Continue(());
            }
        };
        let Unpacked::Member(member) = unpacked else { return Flow::Continue(()) };
        let mut sum = flate2::Crc::new();
        sum.update(&member.bytes);
        if sum.sum() != checksum {
            self.lost(&path, "damaged (wrong checksum); what was readable is taken");
        }
        self.open(member, archive.depth)
    }

    /// A member that lies in the archive as it is.
    fn zip_stored(
        &mut self,
        archive: &Archive,
        path: String,
        (data, missing): (FileBytes, u64),
        checksum: u32,
    ) -> Flow {
        let mut sum = flate2::Crc::new();
        sum.update(&data);
        self.note_missing(&path, missing);
        if missing == 0 && sum.sum() != checksum {
            self.lost(&path, "damaged (wrong checksum); what was readable is taken");
        }
        if data.is_empty() { Flow::Continue(()) } else { self.take(archive, path, data) }
    }

    /// Reads members by the headers in front of them, but for those that were `taken`.
    fn zip_in_order(&mut self, archive: &mut Archive, bytes: &FileBytes, taken: &Ranges, why: &str) -> Flow {
        self.gap(&archive.name, &format!("directory unreadable ({why}); members are read in order"));
        let (mut at, mut ahead) = (0, Ahead::default());
        while let Some(found) = find(Bytes::from(&**bytes, at), LOCAL) {
            let header = at + found;
            if let Some(end) = taken.end_of(header) {
                at = end;
                continue;
            }
            if !self.room(archive) {
                break;
            }
            at = self.zip_local(archive, bytes, header, &mut ahead)?;
        }
        Flow::Continue(())
    }

    /// Reads the member whose header stands there; gives where to look for the next.
    fn zip_local(
        &mut self,
        archive: &mut Archive,
        bytes: &FileBytes,
        header: u64,
        ahead: &mut Ahead,
    ) -> ControlFlow<(), u64> {
        let next = header + LOCAL.len() as u64;
        let Some(data) = data_start(bytes, header) else { return ControlFlow::Continue(next) };
        let name = bytes.part(header + LOCAL_BYTES, bytes.u16_at(header + 26).unwrap_or(0).into()).0;
        let streamed = bytes.u16_at(header + 6).is_some_and(|flags| flags & 8 != 0);
        // Its sizes follow its data, which ends in front of the next header at the latest.
        let end = streamed.then(|| ahead.next_header(bytes, data));
        let options = |password: &'a str| local_options(bytes, data, end, password);
        let mut password = "";
        for tried in &self.passwords {
            password = tried;
            let mut reader: Clocked<&[u8]> = self.clocked(Bytes::from(&**bytes, header));
            let opened = read_zipfile_from_stream_with_options(&mut reader, options(tried));
            if !matches!(opened, Err(ZipError::InvalidPassword)) {
                break;
            }
        }
        let mut reader: Clocked<&[u8]> = self.clocked(Bytes::from(&**bytes, header));
        match read_zipfile_from_stream_with_options(&mut reader, options(password)) {
            Ok(Some(mut file)) => {
                let size = file.compressed_size();
                if !file.is_dir() {
                    let said = (!streamed).then_some(file.size());
                    let packed = Packed { path: archive.path(&name), size, said };
                    self.unpack(archive, packed, &mut file)?;
                }
                ControlFlow::Continue(data.saturating_add(size))
            }
            Ok(None) => ControlFlow::Continue(next),
            Err(error) => {
                let shown = format!("{}!{}", archive.name, cut(&name, MAX_NAME));
                self.unreadable(&shown, &explain(&error));
                ControlFlow::Continue(next)
            }
        }
    }
}

/// How a member is read that stands for itself: where its sizes follow its data, those come from `end`.
fn local_options<'a>(bytes: &[u8], data: u64, end: Option<u64>, password: &'a str) -> ZipReadOptions<'a> {
    let options = ZipReadOptions::new().password(Some(password.as_bytes()));
    let Some(end) = end else { return options };
    let sum = bytes.u32_at(end.saturating_add(4)).filter(|_| bytes.slice(end, 4) == Some(SIZES));
    let options = options.override_compressed_size(end - data).ignore_crc32(sum.is_none());
    if let Some(sum) = sum { options.override_crc(sum) } else { options }
}

/// Why a member could not be read, in words.
fn explain(error: &ZipError) -> String {
    match error {
        ZipError::InvalidPassword => cognate_base::NO_PASSWORD.to_owned(),
        other => reason(other),
    }
}

/// Whether the way of packing is one that the zip reader leaves to us: bzip2, lzma, zstd, xz.
fn is_ours(method: u16) -> bool {
    matches!(method, 12 | 14 | 93 | 95)
}

/// Whether a header stands there, and not just its magic, which programs that read such headers have as well.
fn is_header(bytes: &[u8], header: u64) -> bool {
    let at = |skip| header.checked_add(skip).and_then(|at| bytes.u16_at(at));
    let (Some(version), Some(method), Some(name)) = (at(4), at(8), at(26)) else { return false };
    let known = matches!(method, 0..=10 | 12 | 14 | 16 | 18..=20 | 93..=99) || method == AES;
    let data = data_start(bytes, header).is_some_and(|data| data <= bytes.len() as u64);
    known && version & 0xff < 100 && name > 0 && data
}

/// Whether these are the first bytes of an archive.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL) || bytes.starts_with(END)
}

/// Whether this is a program with a zip behind it: an end whose comment ends with the file, and a directory in front of it.
pub fn is_behind_program(bytes: &[u8]) -> bool {
    if !is_elf_or_pe(bytes) {
        return false;
    }
    let tail = bytes.len().saturating_sub(END_BYTES + usize::from(u16::MAX));
    let ends = bytes.get(tail..).unwrap_or(&[]).windows(END.len()).enumerate();
    let mut ends = ends.filter(|(_, four)| *four == END).map(|(at, _)| (tail + at) as u64);
    ends.any(|end| {
        let field = || {
            let comment = u64::from(bytes.u16_at(end + 20)?);
            let (entries, size) = (bytes.u16_at(end + 10)?, u64::from(bytes.u32_at(end + 12)?));
            let whole = end + END_BYTES as u64 + comment <= bytes.len() as u64;
            let directory = Bytes::slice(bytes, end.checked_sub(size)?, 4)? == b"PK\x01\x02";
            Some(whole && entries > 0 && directory)
        };
        field().unwrap_or(false)
    })
}

/// Where the data of the member starts whose header stands there.
fn data_start(bytes: &[u8], header: u64) -> Option<u64> {
    (bytes.slice(header, 4) == Some(LOCAL)).then_some(())?;
    let at = |skip| header.checked_add(skip).and_then(|at| bytes.u16_at(at)).map(u64::from);
    header.checked_add(LOCAL_BYTES + at(26)? + at(28)?)
}

/// Whether `bytes` hold `pattern` more than `most` times.
fn has_more(bytes: &[u8], pattern: &[u8], most: usize) -> bool {
    let mut at = 0;
    for _ in 0..=most {
        let Some(found) = find(Bytes::from(bytes, at), pattern) else { return false };
        at += found + 1;
    }
    true
}

/// The stretch that was looked through last, to its end: where nothing was found need not be looked through again.
#[derive(Default)]
struct Ahead {
    from: u64,
    to: u64,
}

impl Ahead {
    /// See [`next_header`].
    fn next_header(&mut self, bytes: &[u8], from: u64) -> u64 {
        if !(self.from..=self.to).contains(&from) || self.to == 0 {
            *self = Ahead { from, to: next_header(bytes, from) };
        }
        self.to.max(from)
    }
}

/// The next header of a member, of the directory, or of sizes behind a member; the end where there is none.
fn next_header(bytes: &[u8], from: u64) -> u64 {
    let headers = Bytes::from(bytes, from).windows(4);
    let found = headers
        .enumerate()
        .find(|(_, four)| matches!(four, [b'P', b'K', 3, 4] | [b'P', b'K', 1, 2] | [b'P', b'K', 7, 8]));
    found.map_or(bytes.len() as u64, |(at, _)| from + at as u64).max(from)
}
