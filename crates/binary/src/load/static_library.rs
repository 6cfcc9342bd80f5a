//! The layout of static libraries (`ar`): headers of 60 bytes of text, each before its member.
//!
//! The walk opens them by it; the loader tells by it the library that only names functions of others.

use super::coff::is_import;
use crate::bytes::Bytes;

/// Bytes in front of the first header.
pub(crate) const MAGIC: u64 = 8;
/// Bytes of a header.
pub(crate) const HEADER: u64 = 60;

/// What stands before a member.
pub(crate) struct Header<'a> {
    /// Its name, or where that stands.
    pub name: &'a [u8],
    /// Bytes of its data; `None` where that is no number.
    pub size: Option<u64>,
}

impl<'a> Header<'a> {
    /// Reads the header at `at`; `None` where none is.
    pub fn read(bytes: &'a [u8], at: u64) -> Option<Header<'a>> {
        let header = bytes.from(at);
        (Bytes::slice(header, 58, 2)? == b"`\n").then_some(())?;
        let size =
            std::str::from_utf8(header.get(48..58)?).ok().and_then(|text| text.trim_end().parse().ok());
        Some(Header { name: header.get(0..16)?.trim_ascii_end(), size })
    }
}

/// Where the header behind the data from `start` on stands: at an even place.
pub(crate) fn next_header(start: u64, size: u64) -> u64 {
    let end = start.saturating_add(size);
    end.saturating_add(end & 1)
}

/// What a library has of members that name functions of other libraries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Imports {
    /// How many there are.
    pub found: u64,
    others: u64,
}

impl Imports {
    /// Counts the members of a static library that are those of an import library.
    pub fn count(bytes: &[u8]) -> Imports {
        let mut imports = Imports::default();
        let (mut at, mut number) = (MAGIC, 0u64);
        while at < bytes.len() as u64 {
            let header = Header::read(bytes, at);
            let Some((name, size)) = header.and_then(|header| Some((header.name, header.size?))) else {
                imports.others += 1; // nobody knows what else there would be
                break;
            };
            let start = at + HEADER;
            let rest = bytes.from(start);
            let data = rest.up_to(0, size);
            number += 1;
            if !is_index(name, number, data) && name != b"//" && !is_bsd_index(name) {
                // Libraries for Windows have short names, or long ones in their table.
                let import = is_import(data);
                imports.found += u64::from(import);
                imports.others += u64::from(!import);
            }
            at = next_header(start, size);
        }
        imports
    }

    /// Whether there is nothing else in it.
    pub fn only(self) -> bool {
        self.found > 0 && self.others == 0
    }
}

/// Lists of symbols: of all linkers, Microsoft's second one, with 64-bit offsets, and of ARM64EC.
///
/// Members without a name, which some linkers write, have the same name as the first two; `number` counts from 1.
pub(crate) fn is_index(name: &[u8], number: u64, data: &[u8]) -> bool {
    let second = || {
        let members = data.u32_at(0).map(u64::from);
        members.is_some_and(|members| members * 4 + 8 <= data.len() as u64)
    };
    match name {
        b"/" => number == 1 || number == 2 && second(),
        b"/SYM64/" | b"/<ECSYMBOLS>/" | b"/<XFGHASHMAP>/" | b"/<HYBRIDMAP>/" => true,
        _ => false,
    }
}

/// Lists of symbols as BSD and macOS name them.
pub(crate) fn is_bsd_index(name: &[u8]) -> bool {
    matches!(name, b"__.SYMDEF" | b"__.SYMDEF SORTED" | b"__.SYMDEF_64")
}
