//! Opens archives (zip, gzip, tar, ar, fat Mach-O, minidumps, cores) within limits on depth, count, size and time.
//!
//! Members come one at a time, in archive order. What lies in an archive as it is, is a view of
//! it; what is packed is unpacked just before it is visited, and nothing here keeps it afterwards.

mod ar;
mod core;
mod dump;
mod fat;
mod tar;
mod unpack;
mod zip;

use crate::FileBytes;
use crate::text::cut;
use cognate_base::{Gap, Limits, Place};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

/// Names of members are cut here, in bytes.
const MAX_NAME: usize = 1024;
/// The names of a member and of all archives around it are cut here, in bytes.
const MAX_PATH: usize = 4096;
/// Archives nested deeper than this are not opened, whatever the limits say: each level is a call.
const MAX_DEPTH: u32 = 32;
/// More gaps than this say nothing more to a reader; the rest is counted.
const MAX_GAPS: usize = 1024;

/// One file found, on its own or inside archives.
#[derive(Clone, Debug)]
pub struct Member {
    /// The path given, then the path in each archive, joined by `!`; not escaped. A second
    /// member of the same name in one archive ends in `#2`.
    pub name: String,
    /// Its bytes; a view where the archive holds them as they are.
    pub bytes: FileBytes,
}

/// Calls `visit` for `bytes` itself, or, where it is an archive, for each member
/// in archive order; returns what could not be opened.
pub fn walk(name: &str, bytes: FileBytes, limits: &Limits, visit: &mut dyn FnMut(Member)) -> Vec<Gap> {
    walk_while(name, bytes, limits, &mut |member| {
        visit(member);
        ControlFlow::Continue(())
    })
}

/// The same as [`walk`] until `visit` breaks: nothing is unpacked after that.
///
/// Holds the archive and one member at a time; a member that `visit` drops is free before the
/// next one is unpacked.
pub fn walk_while(
    name: &str,
    bytes: FileBytes,
    limits: &Limits,
    visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
) -> Vec<Gap> {
    let most = unpack::most(bytes.len() as u64).min(limits.archive_bytes);
    let mut walker = Walker {
        limits,
        visit,
        gaps: Vec::new(),
        unlisted: (0, false),
        members: 0,
        bytes: 0,
        unpacked_left: most,
        time_left: limits.time,
    };
    // A visitor that breaks ends the walk, not its caller.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) =
        walker.open(Member { name: name.to_owned(), bytes }, 0);
    walker.finish(name)
}

/// Whether [`walk`] would open these bytes, by their first few.
pub fn is_archive(bytes: &[u8]) -> bool {
    Kind::of(bytes).is_some()
}

/// Goes on, or ends the whole walk.
type Flow = ControlFlow<()>;

struct Walker<'a> {
    limits: &'a Limits,
    visit: &'a mut dyn FnMut(Member) -> Flow,
    gaps: Vec<Gap>,
    /// How many gaps are not listed, and whether code may be missing because of one.
    unlisted: (u64, bool),
    members: usize,
    /// Bytes of all members, at all depths.
    bytes: u64,
    /// How much more may be unpacked of this file.
    unpacked_left: u64,
    /// How much longer unpacking may take.
    time_left: Duration,
}

/// An archive that is open.
struct Archive {
    name: String,
    bytes: FileBytes,
    /// How deep its members are.
    depth: u32,
    /// How often each name was given, by its hash.
    names: HashMap<u64, u64>,
}

impl Archive {
    /// The path of the next member, told apart from others of the same name by its number.
    fn path(&mut self, name: &[u8]) -> String {
        let mut path = format!("{}!{}", self.name, cut(name, MAX_NAME));
        if path.len() > MAX_PATH {
            path = cut(path.as_bytes(), MAX_PATH);
        }
        let mut times = |path: &str| {
            let times = self.names.entry(cognate_base::hash_bytes(0, path.as_bytes())).or_default();
            *times += 1;
            *times
        };
        let number = times(&path);
        if number > 1 {
            path = format!("{path}#{number}");
            times(&path);
        }
        path
    }
}

/// The archive formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Gzip,
    Tar,
    Ar,
    FatMachO,
    /// A dump of memory.
    Dump,
}

impl Kind {
    fn of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Kind::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Kind::Gzip),
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Some(Kind::Ar),
            // A Java class has the same magic, but its version reads as more than 40 slices.
            [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 1..=40, ..] => Some(Kind::FatMachO),
            _ if dump::is_minidump(bytes) || core::is_core(bytes) => Some(Kind::Dump),
            _ if bytes.get(257..262) == Some(b"ustar") => Some(Kind::Tar),
            _ => None,
        }
    }
}

impl Walker<'_> {
    fn open(&mut self, member: Member, depth: u32) -> Flow {
        let Some(kind) = Kind::of(&member.bytes) else { return (self.visit)(member) };
        if depth >= self.limits.archive_depth.min(MAX_DEPTH) {
            self.lost(&member.name, "archives are nested deeper than the limit");
            return Flow::Continue(());
        }
        let Member { name, bytes } = member;
        let mut archive = Archive { name, bytes, depth: depth + 1, names: HashMap::new() };
        match kind {
            Kind::Zip => self.zip(&mut archive),
            Kind::Gzip => self.gzip(&mut archive),
            Kind::Tar => self.tar(&mut archive),
            Kind::Ar => self.ar(&mut archive),
            Kind::FatMachO => self.slices(&mut archive),
            Kind::Dump => self.dump(&mut archive),
        }
    }

    /// Whether the limits leave room for one more member; says so if not.
    fn room(&mut self, archive: &Archive) -> bool {
        let room = self.members < self.limits.archive_members && self.bytes < self.limits.archive_bytes;
        if !room {
            self.lost(&archive.name, "holds more than the limits allow; the rest is left out");
        }
        room
    }

    /// Takes a member that lies in the archive as it is.
    fn take(&mut self, archive: &Archive, path: String, bytes: FileBytes) -> Flow {
        let size = bytes.len() as u64;
        self.members += 1;
        if size > self.limits.file_bytes.min(self.limits.archive_bytes.saturating_sub(self.bytes)) {
            self.lost(&path, "unpacks to more than the limits allow");
            return Flow::Continue(());
        }
        self.bytes = self.bytes.saturating_add(size);
        self.open(Member { name: path, bytes }, archive.depth)
    }

    /// Records damage that took no member away.
    fn gap(&mut self, path: &str, reason: &str) {
        self.record(Gap::new(Place::Whole, format!("archive {path}"), reason));
    }

    /// Records that a member, or a part of one, is missing.
    fn lost(&mut self, path: &str, reason: &str) {
        self.record(Gap::of_code(Place::Whole, format!("archive {path}"), reason));
    }

    fn record(&mut self, gap: Gap) {
        if self.gaps.len() < MAX_GAPS {
            self.gaps.push(gap);
        } else {
            let (count, code) = &mut self.unlisted;
            *count += 1;
            *code |= gap.code_lost;
        }
    }

    fn finish(mut self, name: &str) -> Vec<Gap> {
        let (count, code_lost) = self.unlisted;
        if count > 0 {
            let gap = Gap::new(Place::Whole, format!("archive {name}"), format!("{count} more gaps"));
            self.gaps.push(Gap { code_lost, ..gap });
        }
        self.gaps
    }
}

/// Says how much of a member the archive does not hold.
fn truncated(missing: u64) -> String {
    format!("truncated: {missing} bytes are missing; what was readable is taken")
}
