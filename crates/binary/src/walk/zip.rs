//! Zip archives: by their directory, and what it does not name in the order of the file.

use super::unpack::{Clocked, Packed, part, reason};
use super::{Archive, Flow, MAX_NAME, Walker, truncated};
use crate::FileBytes;
use crate::load::{Bytes, find};
use crate::ranges::Ranges;
use crate::text::cut;
use std::io::Cursor;
use std::ops::ControlFlow;
use zip::read::{Config, ZipFileEntry, read_zipfile_from_stream_with_options};
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

/// The password under which the field exchanges malware.
const PASSWORD: &[u8] = b"infected";
/// Ends of a directory in the format for large files that an archive may have: the reader goes through
/// all of them, again for each. An honest archive has one, and one for each archive stored in it.
const MOST_ENDS: usize = 1_000;
const END64: &[u8] = b"PK\x06\x06";
const LOCAL: &[u8] = b"PK\x03\x04";
/// In front of checksum and sizes behind a member that was written before they were known.
const SIZES: &[u8] = b"PK\x07\x08";
/// Bytes of a header in front of a member, without the name and what else is in it.
const LOCAL_BYTES: u64 = 30;

impl Walker<'_> {
    /// Members are told apart by their place, never by their name: two may share one.
    pub(super) fn zip(&mut self, archive: &mut Archive) -> Flow {
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
                Ok(entry) if entry.is_dir() => {}
                Ok(entry) if self.room(archive) => self.zip_entry(archive, &bytes, entry, &mut taken)?,
                Ok(_) => break,
                Err(error) => return self.zip_in_order(archive, &bytes, &taken, &reason(&error)),
            }
        }
        Flow::Continue(())
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
            return self.zip_stored(archive, path, part(bytes, data, size), entry.crc32());
        }
        let packed = Packed { path, size, said: Some(entry.size()) };
        let mut reader = self.clocked(Cursor::new(&bytes[..]));
        let opened = entry.with_reader(&mut reader, ZipReadOptions::new().password(Some(PASSWORD)));
        match opened {
            Ok(mut file) => self.unpack(archive, packed, &mut file),
            Err(error) => {
                self.lost(&packed.path, &format!("unreadable ({})", reason(&error)));
                Flow::Continue(())
            }
        }
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
        if missing > 0 {
            self.lost(&path, &truncated(missing));
        } else if sum.sum() != checksum {
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
        let name = part(bytes, header + LOCAL_BYTES, bytes.u16_at(header + 26).unwrap_or(0).into()).0;
        let mut options = ZipReadOptions::new().password(Some(PASSWORD));
        let streamed = bytes.u16_at(header + 6).is_some_and(|flags| flags & 8 != 0);
        if streamed {
            // Its sizes follow its data, which ends in front of the next header at the latest.
            let end = ahead.next_header(bytes, data);
            let sum =
                bytes.u32_at(end.saturating_add(4)).filter(|_| Bytes::slice(&**bytes, end, 4) == Some(SIZES));
            options = options.override_compressed_size(end - data).ignore_crc32(sum.is_none());
            if let Some(sum) = sum {
                options = options.override_crc(sum);
            }
        }
        let mut reader: Clocked<&[u8]> = self.clocked(Bytes::from(&**bytes, header));
        match read_zipfile_from_stream_with_options(&mut reader, options) {
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
                self.lost(&shown, &format!("unreadable ({})", reason(&error)));
                ControlFlow::Continue(next)
            }
        }
    }
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
