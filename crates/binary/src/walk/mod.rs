//! Opens archives and packages within limits on depth, count, size and memory, and of time for each member: zip, 7z, cab, tar, ar and deb,
//! cpio and rpm, msi, fat Mach-O, minidumps and cores, and what is packed as a whole (gzip, bzip2, xz, lzma, zstd).
//!
//! Members come one at a time, in archive order. What lies in an archive as it is, is a view of
//! it; what is packed is unpacked just before it is visited, and nothing here keeps it afterwards.

pub(crate) mod ar;
mod cab;
mod codec;
mod core;
mod cpio;
mod dump;
mod fat;
mod lzx;
mod msi;
mod rpm;
mod sevenz;
mod tar;
mod unpack;
mod zip;

use crate::FileBytes;
use crate::text::cut;
use codec::Codec;
use cognate_base::{Gap, Limits, Place, SampleId};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Rounds of hashing for keys in one file, a few seconds of work: 7-Zip takes 2^19 for a key.
const MAX_KEY_ROUNDS: u64 = 1 << 26;
/// Names of members are cut here, in bytes.
const MAX_NAME: usize = 1024;
/// The names of a member and of all archives around it are cut here, in bytes.
const MAX_PATH: usize = 4096;
/// Archives nested deeper than this are not opened, whatever the limits say: each level is a call.
const MAX_DEPTH: u32 = 32;
/// The password under which the field exchanges malware.
const PASSWORD: &str = "infected";
/// So much of a member is read to try a password on it: wrong ones fail at once nearly always, and small members whole.
const TRIED: u64 = 1 << 20;
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
    /// Of the slice of a fat Mach-O file, the fat file: by its hash others know it.
    pub whole: Option<SampleId>,
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
    walk_with_password(name, bytes, limits, None, visit)
}

/// The same as [`walk_while`], and `password` is tried on what is encrypted, before the one that is usual.
pub fn walk_with_password(
    name: &str,
    bytes: FileBytes,
    limits: &Limits,
    password: Option<&str>,
    visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
) -> Vec<Gap> {
    let mut before = |_: u32, _: &[Gap]| Step::Open;
    walk_again(name, bytes, &Walk { limits, password, unpacked: 0 }, &mut before, visit)
}

/// How an archive is walked.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    /// Bounds on what is unpacked.
    pub limits: &'a Limits,
    /// Tried on what is encrypted, before the one that is usual.
    pub password: Option<&'a str>,
    /// Bytes of members that were visited in a walk before.
    pub unpacked: u64,
}

/// What is to be done with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Open it, and visit it or what is in it.
    Open,
    /// Nothing: it was visited before.
    PassOver,
    /// Nothing, and say so: whoever opened it came to grief.
    LeaveOut,
}

/// The same as [`walk_while`] for who may have to begin again behind a member that was too much.
///
/// Before anything is done with a member `before` hears its number, which counts those of all depths and is the same
/// in every walk, and all gaps so far; it says what is to be done.
pub fn walk_again(
    name: &str,
    bytes: FileBytes,
    how: &Walk<'_>,
    before: &mut dyn FnMut(u32, &[Gap]) -> Step,
    visit: &mut dyn FnMut(Member) -> ControlFlow<()>,
) -> Vec<Gap> {
    let Walk { limits, password, unpacked } = *how;
    let most = unpack::most(bytes.len() as u64).min(limits.archive_bytes);
    let mut walker = Walker {
        limits,
        before,
        passwords: password.into_iter().chain([PASSWORD]).collect(),
        visit,
        gaps: Vec::new(),
        unlisted: (0, false),
        members: 0,
        bytes: unpacked,
        unpacked_left: most.saturating_sub(unpacked),
        time_left: limits.time,
        held: 0,
        classes: 0,
        key_rounds_left: MAX_KEY_ROUNDS,
    };
    // A visitor that breaks ends the walk, not its caller.
    let (ControlFlow::Continue(()) | ControlFlow::Break(())) =
        walker.open(Member { name: name.to_owned(), bytes, whole: None }, 0);
    walker.finish(name)
}

/// Whether [`walk`] would open these bytes, by their first few.
pub fn is_archive(bytes: &[u8]) -> bool {
    Kind::of(bytes).is_some()
}

/// Whether bytes begin as programs and archives do: then a name or a type that says they are none is not believed.
fn begins_like_a_member(bytes: &[u8]) -> bool {
    let program = matches!(
        bytes,
        [0x7f, b'E', b'L', b'F', ..] | [b'M', b'Z', ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
    );
    program || is_archive(bytes)
}

/// Goes on, or ends the whole walk.
type Flow = ControlFlow<()>;

struct Walker<'a> {
    limits: &'a Limits,
    before: &'a mut dyn FnMut(u32, &[Gap]) -> Step,
    /// Tried on what is encrypted, in this order.
    passwords: Vec<&'a str>,
    visit: &'a mut dyn FnMut(Member) -> Flow,
    gaps: Vec<Gap>,
    /// How many gaps are not listed, and whether code may be missing because of one.
    unlisted: (u64, bool),
    members: usize,
    /// Bytes of all members, at all depths.
    bytes: u64,
    /// How much more may be unpacked of this file.
    unpacked_left: u64,
    /// How much longer unpacking the member at hand may take.
    time_left: Duration,
    /// What readers that are open further out keep of what they unpacked.
    held: u64,
    /// Java classes in the archive that is open.
    classes: u64,
    /// How many more rounds may be spent on keys of 7z archives.
    key_rounds_left: u64,
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
    /// A program with a zip behind it.
    WithZip,
    SevenZip,
    Cab,
    Msi,
    Rpm,
    Cpio,
    Gzip,
    Packed(Codec),
    Tar,
    Ar,
    FatMachO,
    /// A dump of memory.
    Dump,
}

impl Kind {
    fn of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            _ if dump::is_minidump(bytes) || core::is_core(bytes) => Some(Kind::Dump),
            [b'M', b'Z', ..] | [0x7f, b'E', b'L', b'F', ..] => zip::is_behind(bytes).then_some(Kind::WithZip),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Kind::Zip),
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some(Kind::SevenZip),
            [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => Some(Kind::Cab),
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => msi::is_msi(bytes).then_some(Kind::Msi),
            [0xed, 0xab, 0xee, 0xdb, 3 | 4, ..] => Some(Kind::Rpm),
            [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => Some(Kind::Cpio),
            [0x1f, 0x8b, 8, ..] => Some(Kind::Gzip),
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Some(Kind::Ar),
            // A Java class has the same magic, but its version reads as more than 40 slices.
            [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 1..=40, ..] => Some(Kind::FatMachO),
            _ if bytes.get(257..262) == Some(b"ustar") || tar::is_old(bytes) => Some(Kind::Tar),
            _ => Codec::of(bytes).map(Kind::Packed),
        }
    }
}

impl Walker<'_> {
    fn open(&mut self, member: Member, depth: u32) -> Flow {
        let Some(kind) = Kind::of(&member.bytes) else {
            if depth > 0 && crate::load::is_java_class(&member.bytes) {
                self.classes += 1;
                return Flow::Continue(());
            }
            return (self.visit)(member);
        };
        if kind == Kind::WithZip && self.begin(&member.name) == Step::Open {
            (self.visit)(member.clone())?;
        }
        if depth >= self.limits.archive_depth.min(MAX_DEPTH) {
            self.lost(&member.name, "archives are nested deeper than the limit");
            return Flow::Continue(());
        }
        let Member { name, bytes, .. } = member;
        let mut archive = Archive { name, bytes, depth: depth + 1, names: HashMap::new() };
        let outer = std::mem::take(&mut self.classes);
        let flow = match kind {
            Kind::Zip | Kind::WithZip => self.zip(&mut archive),
            Kind::SevenZip => self.seven_zip(&mut archive),
            Kind::Cab => self.cab(&mut archive),
            Kind::Msi => self.msi(&mut archive),
            Kind::Rpm => self.rpm(&mut archive),
            Kind::Cpio => self.cpio(&mut archive),
            Kind::Gzip => self.gzip(&mut archive),
            Kind::Packed(codec) => self.packed(&mut archive, codec),
            Kind::Tar => self.tar(&mut archive),
            Kind::Ar => self.ar(&mut archive),
            Kind::FatMachO => self.slices(&mut archive),
            Kind::Dump => self.dump(&mut archive),
        };
        let classes = std::mem::replace(&mut self.classes, outer);
        if classes > 0 {
            let reason = match classes {
                1 => "holds a Java class, whose bytecode is not read".to_owned(),
                many => format!("holds {many} Java classes, whose bytecode is not read"),
            };
            self.gap(&archive.name, &reason);
        }
        flow
    }

    /// Whether the limits leave room for one more member; says so if not.
    fn room(&mut self, archive: &Archive) -> bool {
        let room = self.members < self.limits.archive_members && self.bytes < self.limits.archive_bytes;
        if !room {
            self.lost(&archive.name, "holds more than the limits allow; the rest is left out");
        }
        room
    }

    /// Counts the next member, which has time of its own, and asks what is to be done with it.
    fn begin(&mut self, path: &str) -> Step {
        let step = (self.before)(u32::try_from(self.members).unwrap_or(u32::MAX), &self.gaps);
        self.members += 1;
        self.time_left = self.limits.time;
        if step == Step::LeaveOut {
            self.lost(path, "left out: the parser that opened it came to grief");
        }
        step
    }

    /// Takes a member that lies in the archive as it is.
    fn take(&mut self, archive: &Archive, path: String, bytes: FileBytes) -> Flow {
        self.take_part(archive, path, bytes, None)
    }

    fn take_part(
        &mut self,
        archive: &Archive,
        path: String,
        bytes: FileBytes,
        whole: Option<SampleId>,
    ) -> Flow {
        let size = bytes.len() as u64;
        if self.begin(&path) != Step::Open {
            return Flow::Continue(());
        }
        if size > self.limits.file_bytes.min(self.limits.archive_bytes.saturating_sub(self.bytes)) {
            self.lost(&path, "unpacks to more than the limits allow");
            return Flow::Continue(());
        }
        self.bytes = self.bytes.saturating_add(size);
        self.open(Member { name: path, bytes, whole }, archive.depth)
    }

    /// Does work that takes of the time for unpacking.
    fn timed<T>(&mut self, work: impl FnOnce(&Self) -> T) -> T {
        let started = Instant::now();
        let outcome = work(self);
        self.time_left = self.time_left.saturating_sub(started.elapsed());
        outcome
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
