//! Static libraries and Debian packages: headers of 60 bytes, each before its member.
//!
//! Members of import libraries hold no code: they are counted, and a library of nothing else is passed on
//! as it is, for the loader to say so.

use crate::bytes::Bytes;
use crate::load::is_import;
use crate::load::static_library::{HEADER, Header, Imports, MAGIC, is_bsd_index, is_index, next_header};
use crate::walk::walker::{Archive, Flow, MAX_NAME, Member, Step, Walker};

impl Walker<'_> {
    pub fn ar(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let imports = Imports::count(&bytes);
        if imports.only() {
            return match self.begin(&archive.name) {
                Step::Open => (self.visit)(Member { name: archive.name.clone(), bytes, whole: None }),
                Step::PassOver | Step::LeaveOut => Flow::Continue(()),
            };
        }
        let mut long_names: &[u8] = &[];
        let (mut at, mut number) = (MAGIC, 0u64);
        while at < bytes.len() as u64 && self.room(archive) {
            let Some(Header { name, size }) = Header::read(&bytes, at) else {
                self.lost(&archive.name, "damaged; the rest is left out");
                break;
            };
            let Some(size) = size else {
                let name = name.strip_suffix(b"/").unwrap_or(name);
                self.lost(&archive.path(name), "its size is damaged; it and the rest are left out");
                break;
            };
            let start = at + HEADER;
            let (data, missing) = bytes.part(start, size);
            at = next_header(start, size);
            number += 1;
            match name {
                name if is_index(name, number, &data) && !self.begins_like_a_member(&data) => {}
                b"//" if !self.begins_like_a_member(&data) => long_names = bytes.up_to(start, size),
                _ => {
                    let (name, skipped) = resolve(name, long_names, &data);
                    let content = data.slice(skipped..data.len());
                    // The first member of a Debian package, a number: what follows are archives, opened as such.
                    let is_package = number == 1 && name == b"debian-binary";
                    let is_import = imports.found > 0 && is_import(&content);
                    let may_hold_code = !is_package && !is_bsd_index(name);
                    if !is_import && (may_hold_code || self.begins_like_a_member(&content)) {
                        self.take_readable(archive, name, (content, missing))?;
                    }
                }
            }
        }
        if imports.found > 0 {
            let reason = format!("{} members are those of an import library and hold no code", imports.found);
            self.gap(&archive.name, &reason);
        }
        Flow::Continue(())
    }
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
