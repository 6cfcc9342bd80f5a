//! Static libraries and Debian packages: headers of 60 bytes, each before its member.
//!
//! Members of import libraries hold no code: they are counted, and a library of nothing else is passed on
//! as it is, for the loader to say so.

use super::unpack::part;
use super::{Archive, Flow, MAX_NAME, Member, Step, Walker, begins_like_a_member, truncated};
use crate::FileBytes;
use crate::load::{Bytes, coff::is_import};

const HEADER: u64 = 60;

impl Walker<'_> {
    pub(super) fn ar(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let imports = count_imports(&bytes);
        if imports.only() {
            return match self.begin(&archive.name) {
                Step::Open => (self.visit)(Member { name: archive.name.clone(), bytes, whole: None }),
                Step::PassOver | Step::LeaveOut => Flow::Continue(()),
            };
        }
        let file = bytes.len() as u64;
        let mut long_names: &[u8] = &[];
        let (mut at, mut place) = (8u64, 0u64);
        while at < file {
            if !self.room(archive) {
                break;
            }
            let header = part(&bytes, at, HEADER).0;
            let Some(name) = name(&header) else {
                self.lost(&archive.name, "damaged; the rest is left out");
                break;
            };
            let Some(size) = size(&header) else {
                let name = name.strip_suffix(b"/").unwrap_or(name);
                self.lost(&archive.path(name), "its size is damaged; it and the rest are left out");
                break;
            };
            let start = at + HEADER;
            let (data, missing) = part(&bytes, start, size);
            let end = start.saturating_add(size);
            at = end.saturating_add(end & 1);
            place += 1;
            match name {
                name if is_index(name, place, &data) && !begins_like_a_member(&data) => {}
                b"//" if !begins_like_a_member(&data) => {
                    let range = usize::try_from(start).ok().zip(usize::try_from(end.min(file)).ok());
                    long_names = range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or(&[]);
                }
                _ => {
                    let (name, skipped) = resolve(name, long_names, &data);
                    // The first member of a Debian package, a number: what follows are archives, opened as such.
                    let package = start == 8 + HEADER && name == b"debian-binary";
                    let import = imports.found > 0 && is_import(data.get(skipped..).unwrap_or(&[]));
                    let content = data.get(skipped..).unwrap_or(&[]);
                    if import || (package || is_bsd_index(name)) && !begins_like_a_member(content) {
                        continue;
                    }
                    let path = archive.path(name);
                    if missing > 0 {
                        self.lost(&path, &truncated(missing));
                    }
                    let data = data.slice(skipped..data.len());
                    self.take(archive, path, data)?;
                }
            }
        }
        if imports.found > 0 {
            self.gap(
                &archive.name,
                &format!("{} members are those of an import library and hold no code", imports.found),
            );
        }
        Flow::Continue(())
    }
}

/// What a library has of members that name functions of other libraries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Imports {
    /// How many there are.
    pub found: u64,
    others: u64,
}

impl Imports {
    /// Whether there is nothing else in it.
    pub fn only(self) -> bool {
        self.found > 0 && self.others == 0
    }
}

/// Counts the members of a static library that are those of an import library.
pub(crate) fn count_imports(bytes: &FileBytes) -> Imports {
    let mut imports = Imports::default();
    let (mut at, mut place) = (8u64, 0u64);
    while at < bytes.len() as u64 {
        let header = part(bytes, at, HEADER).0;
        let Some((name, size)) = name(&header).zip(size(&header)) else {
            imports.others += 1; // nobody knows what else there would be
            break;
        };
        let data = part(bytes, at + HEADER, size).0;
        place += 1;
        if !is_index(name, place, &data) && name != b"//" && !is_bsd_index(name) {
            // Libraries for Windows have short names, or long ones in their table.
            let import = is_import(&data);
            imports.found += u64::from(import);
            imports.others += u64::from(!import);
        }
        let end = (at + HEADER).saturating_add(size);
        at = end.saturating_add(end & 1);
    }
    imports
}

/// Lists of symbols: of all linkers, Microsoft's second one, with 64-bit offsets, and of ARM64EC.
///
/// Members without a name, which some linkers write, have the same name as the first two; `place` counts from 1.
fn is_index(name: &[u8], place: u64, data: &[u8]) -> bool {
    let second = || {
        let members = data.u32_at(0).map(u64::from);
        members.is_some_and(|members| members * 4 + 8 <= data.len() as u64)
    };
    match name {
        b"/" => place == 1 || place == 2 && second(),
        b"/SYM64/" | b"/<ECSYMBOLS>/" | b"/<XFGHASHMAP>/" | b"/<HYBRIDMAP>/" => true,
        _ => false,
    }
}

fn is_bsd_index(name: &[u8]) -> bool {
    matches!(name, b"__.SYMDEF" | b"__.SYMDEF SORTED" | b"__.SYMDEF_64")
}

/// The name in a header, if it is one.
fn name(header: &[u8]) -> Option<&[u8]> {
    (header.get(58..60) == Some(b"`\n")).then_some(())?;
    header.get(0..16).map(<[u8]>::trim_ascii_end)
}

fn size(header: &[u8]) -> Option<u64> {
    std::str::from_utf8(header.get(48..58)?).ok()?.trim_end().parse().ok()
}

/// Resolves long names: `/12` into the table of names, `#1/12` in front of the data, with how much
/// of the data the name takes.
fn resolve<'a>(name: &'a [u8], long_names: &'a [u8], data: &'a [u8]) -> (&'a [u8], usize) {
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<usize>().ok();
    if let Some(len) = name.strip_prefix(b"#1/").and_then(number) {
        let Some(name) = data.get(..len) else { return (b"", 0) };
        let end = name.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        return (name.get(..end).unwrap_or(&[]), len);
    }
    let long = name.strip_prefix(b"/").and_then(number).and_then(|at| long_names.get(at..));
    if let Some(long) = long {
        // Members may share a name, so no more of it is looked at than is shown.
        let long = long.get(..MAX_NAME + 1).unwrap_or(long);
        // GNU ends a name with a slash and a line feed, Microsoft with a NUL; both have paths in them.
        let end = long.iter().position(|byte| matches!(byte, 0 | b'\n')).unwrap_or(long.len());
        let long = long.get(..end).unwrap_or(&[]);
        return (long.strip_suffix(b"/").unwrap_or(long), 0);
    }
    let end = name.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    (name.get(..end).unwrap_or(&[]), 0)
}
