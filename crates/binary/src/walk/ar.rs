//! Static libraries and Debian packages: headers of 60 bytes, each before its member.

use super::unpack::part;
use super::{Archive, Flow, MAX_NAME, Walker, truncated};

const HEADER: u64 = 60;

impl Walker<'_> {
    pub(super) fn ar(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let file = bytes.len() as u64;
        let mut long_names: &[u8] = &[];
        let mut at = 8u64;
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
            match name {
                b"/" | b"/SYM64/" => {}
                b"//" => {
                    let range = usize::try_from(start).ok().zip(usize::try_from(end.min(file)).ok());
                    long_names = range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or(&[]);
                }
                _ => {
                    let (name, skipped) = resolve(name, long_names, &data);
                    // The first member of a Debian package, a number: what follows are archives, opened as such.
                    let package = start == 8 + HEADER && name == b"debian-binary";
                    if package || matches!(name, b"__.SYMDEF" | b"__.SYMDEF SORTED" | b"__.SYMDEF_64") {
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
        Flow::Continue(())
    }
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
        let end = long.iter().position(|&byte| byte == b'/' || byte == b'\n').unwrap_or(long.len());
        return (long.get(..end).unwrap_or(&[]), 0);
    }
    let end = name.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    (name.get(..end).unwrap_or(&[]), 0)
}
