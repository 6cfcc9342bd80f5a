//! Installers of Windows: a file system in a file, whose streams hold cabinets, programs and tables.

use crate::bytes::Bytes;
use crate::walk::unpack::{Packed, reason};
use crate::walk::walker::{Archive, Flow, Walker, is_elf_or_pe};
use cfb::CompoundFile;
use std::io::{Cursor, Read, Seek};

/// What compound files begin with.
pub const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// The class of an installer's root, as it stands in the file; patches and merge modules have the ones beside it.
const CLASSES: [u8; 3] = [0x84, 0x86, 0x88];
const CLASS: &[u8] = &[0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
/// Where the class stands in the root's entry, which is the first of the directory.
const CLASS_AT: u64 = 80;
/// The first bytes of a stream that tell whether it is looked at. A tar has its magic at 257.
const LOOKED_AT: usize = 512;

/// Streams that are looked at: an installer has some hundreds, and each is searched for by its name. Judgement.
const MAX_STREAMS: usize = 4096;

/// Bytes of the paths of all that is looked at: storages that nest have paths that grow with their depth. Judgement.
const MAX_PATHS: usize = 16 << 20;

/// Whether a compound file is an installer: others are documents.
pub fn is_msi(bytes: &[u8]) -> bool {
    if !bytes.starts_with(COMPOUND) {
        return false;
    }
    let class = || {
        let (shift, sector) = (bytes.u16_at(30)?, bytes.u32_at(48)?);
        let root = u64::from(sector).checked_add(1)?.checked_shl(u32::from(shift).min(16))?;
        let (first, rest) = Bytes::slice(bytes, root + CLASS_AT, 16)?.split_first()?;
        Some(CLASSES.contains(first) && rest == CLASS)
    };
    class().unwrap_or(false)
}

impl Walker<'_> {
    pub fn msi(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let mut file = match CompoundFile::open(self.clocked(Cursor::new(&bytes[..]))) {
            Ok(file) => file,
            Err(error) => {
                self.unreadable(&archive.name, &reason(&error));
                return Flow::Continue(());
            }
        };
        let streams = self.streams(archive, &file);
        let mut tables = 0u64;
        for entry in streams {
            if !self.room(archive) {
                break;
            }
            let path = archive.path(decoded(entry.name()).as_bytes());
            let mut stream = match file.open_stream(entry.path()) {
                Ok(stream) => stream,
                Err(error) => {
                    self.unreadable(&path, &reason(&error));
                    continue;
                }
            };
            let mut first = Vec::new();
            let looked = stream.by_ref().take(LOOKED_AT as u64).read_to_end(&mut first);
            if looked.is_ok() && !is_elf_or_pe(&first) && self.container(&first).is_none() {
                tables += 1;
                continue;
            }
            let packed = Packed { path, size: entry.len().min(bytes.len() as u64), said: Some(entry.len()) };
            self.unpack(archive, packed, &mut Read::chain(&first[..], stream))?;
        }
        if tables > 0 {
            self.gap(
                &archive.name,
                &format!("holds {tables} of tables, texts and images, which are not read"),
            );
        }
        Flow::Continue(())
    }

    /// The streams that are looked at; says so if there are more.
    fn streams<F: Read + Seek>(&mut self, archive: &Archive, file: &CompoundFile<F>) -> Vec<cfb::Entry> {
        let mut paths = 0usize;
        let shallow = |entry: &cfb::Entry| {
            paths = paths.saturating_add(entry.path().as_os_str().len());
            paths <= MAX_PATHS
        };
        let within = file.walk().take_while(shallow);
        let mut streams: Vec<_> = within.filter(cfb::Entry::is_stream).take(MAX_STREAMS + 1).collect();
        if paths > MAX_PATHS {
            self.lost(&archive.name, "storages are nested deeper than is followed; the rest is left out");
        }
        if streams.len() > MAX_STREAMS {
            streams.truncate(MAX_STREAMS);
            self.lost(&archive.name, &format!("holds more than {MAX_STREAMS} streams; the rest is left out"));
        }
        streams
    }
}

/// Names of streams are packed: two letters of a set of 64 in one character. Others stay as they are.
fn decoded(name: &str) -> String {
    const LETTERS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let letter = |index: u32| LETTERS.get(index as usize & 63).map_or('_', |&letter| char::from(letter));
    let mut out = String::new();
    for character in name.chars() {
        match u32::from(character) {
            packed @ 0x3800..0x4800 => {
                out.push(letter(packed - 0x3800));
                out.push(letter((packed - 0x3800) >> 6));
            }
            one @ 0x4800..0x4840 => out.push(letter(one - 0x4800)),
            0x4840 => {} // in front of the name of a table
            _ => out.push(character),
        }
    }
    out
}
