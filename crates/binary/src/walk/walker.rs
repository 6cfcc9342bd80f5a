//! The walk itself: which member is next, what it is called, whether the limits leave room for it.

use crate::FileBytes;
use crate::text::cut;
use cognate_base::{Gap, Limits, Place, SampleId};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Rounds of hashing for keys in one file, a few seconds of work: 7-Zip takes 2^19 for a key. Judgement.
pub const MAX_KEY_ROUNDS: u64 = 1 << 26;
/// Names of members are cut here, in bytes. Judgement.
pub const MAX_NAME: usize = 1024;
/// The names of a member and of all archives around it are cut here, in bytes. Judgement.
const MAX_PATH: usize = 4096;
/// Archives nested deeper than this are not opened, whatever the limits say: each level is a call. Judgement.
const MAX_DEPTH: u32 = 32;
/// The password under which the field exchanges malware.
const PASSWORD: &str = "infected";
/// So much of a member is read to try a password on it: wrong ones fail at once nearly always, and small members whole.
/// Judgement.
pub const TRIED: u64 = 1 << 20;
/// More gaps than this say nothing more to a reader; the rest is counted. Judgement.
const MAX_GAPS: usize = 1024;

/// A whole file that grows by more than this, past [`GROWN_IN_ALL`] bytes, is one as well: what
/// people pack grows by less than twenty, and one file of zeros among it is not the rule. Judgement.
const MAX_RATIO_IN_ALL: u64 = 100;
/// The members of a file may grow to this together: as much as the largest file that is read unless
/// another limit is set, because programs padded with zeros past the limits of scanners are packed well. Judgement.
const GROWN_IN_ALL: u64 = 1 << 30;

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

/// A kind of file that is opened.
pub struct Container {
    /// What it is called, here and in `docs/files.md`.
    pub name: &'static str,
    /// Whether these are the bytes of one; that they begin like one is enough where nothing else begins so.
    pub is: fn(&[u8]) -> bool,
    /// Hands each of its members to the walker.
    pub open: fn(&mut Walker<'_>, &mut Archive) -> Flow,
    /// It is a program too, which is visited before its members are.
    pub is_program: bool,
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

/// Goes on, or ends the whole walk.
pub type Flow = ControlFlow<()>;

/// What a walk knows so far; readers of containers hand it their members.
pub struct Walker<'a> {
    /// Every kind that is opened; the first that fits counts.
    containers: &'static [Container],
    pub limits: &'a Limits,
    before: &'a mut dyn FnMut(u32, &[Gap]) -> Step,
    /// Tried on what is encrypted, in this order.
    pub passwords: Vec<&'a str>,
    pub visit: &'a mut dyn FnMut(Member) -> Flow,
    gaps: Vec<Gap>,
    /// How many gaps are not listed, and whether code may be missing because of one.
    unlisted: (u64, bool),
    members: usize,
    /// Bytes of all members, at all depths.
    pub bytes: u64,
    /// How much more may be unpacked of this file.
    pub unpacked_left: u64,
    /// How much longer unpacking the member at hand may take.
    pub time_left: Duration,
    /// What readers that are open further out keep of what they unpacked.
    pub kept: u64,
    /// Java classes in the archive that is open.
    classes: u64,
    /// How many more rounds may be spent on keys of 7z archives.
    pub key_rounds_left: u64,
}

/// An archive that is open.
pub struct Archive {
    pub name: String,
    pub bytes: FileBytes,
    /// How deep its members are.
    pub depth: u32,
    /// How often each name was given, by its hash.
    names: HashMap<u64, u64>,
}

impl Archive {
    /// The path of the next member, told apart from others of the same name by its number.
    pub fn path(&mut self, name: &[u8]) -> String {
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

/// The most that a file of `size` bytes may unpack to.
fn most_unpacked(size: u64) -> u64 {
    size.saturating_mul(MAX_RATIO_IN_ALL).max(GROWN_IN_ALL)
}

impl<'a> Walker<'a> {
    /// A walk of a file of `size` bytes that has not begun.
    pub fn new(
        containers: &'static [Container],
        how: &Walk<'a>,
        size: u64,
        before: &'a mut dyn FnMut(u32, &[Gap]) -> Step,
        visit: &'a mut dyn FnMut(Member) -> Flow,
    ) -> Self {
        let Walk { limits, password, unpacked } = *how;
        Walker {
            containers,
            limits,
            before,
            passwords: password.into_iter().chain([PASSWORD]).collect(),
            visit,
            gaps: Vec::new(),
            unlisted: (0, false),
            members: 0,
            bytes: unpacked,
            unpacked_left: most_unpacked(size).min(limits.archive_bytes).saturating_sub(unpacked),
            time_left: limits.time,
            kept: 0,
            classes: 0,
            key_rounds_left: MAX_KEY_ROUNDS,
        }
    }

    /// The kind of container that these bytes are, if they are one.
    pub fn container(&self, bytes: &[u8]) -> Option<&'static Container> {
        self.containers.iter().find(|container| (container.is)(bytes))
    }

    /// Whether bytes begin as programs and archives do: then a name or a type that says they are none is not believed.
    pub fn begins_like_a_member(&self, bytes: &[u8]) -> bool {
        begins_like_a_program(bytes) || self.container(bytes).is_some()
    }

    /// Visits a member, or what is in it where it is a container.
    pub fn open(&mut self, member: Member, depth: u32) -> Flow {
        let Some(container) = self.container(&member.bytes) else {
            if depth > 0 && crate::load::is_java_class(&member.bytes) {
                self.classes += 1;
                return Flow::Continue(());
            }
            return (self.visit)(member);
        };
        if container.is_program && self.begin(&member.name) == Step::Open {
            (self.visit)(member.clone())?;
        }
        if depth >= self.limits.archive_depth.min(MAX_DEPTH) {
            self.lost(&member.name, "archives are nested deeper than the limit");
            return Flow::Continue(());
        }
        let Member { name, bytes, .. } = member;
        let mut archive = Archive { name, bytes, depth: depth + 1, names: HashMap::new() };
        let outer = std::mem::take(&mut self.classes);
        let flow = (container.open)(self, &mut archive);
        let classes = std::mem::replace(&mut self.classes, outer);
        self.count_classes(&archive, classes);
        flow
    }

    /// Says how many Java classes an archive holds: each on its own would be a line of the answer.
    fn count_classes(&mut self, archive: &Archive, classes: u64) {
        let reason = match classes {
            0 => return,
            1 => "holds a Java class, whose bytecode is not read".to_owned(),
            many => format!("holds {many} Java classes, whose bytecode is not read"),
        };
        self.gap(&archive.name, &reason);
    }

    /// Whether the limits leave room for one more member; says so if not.
    pub fn room(&mut self, archive: &Archive) -> bool {
        let room = self.members < self.limits.archive_members && self.bytes < self.limits.archive_bytes;
        if !room {
            self.lost(&archive.name, "holds more than the limits allow; the rest is left out");
        }
        room
    }

    /// Counts the next member, which has time of its own, and asks what is to be done with it.
    pub fn begin(&mut self, path: &str) -> Step {
        let step = (self.before)(u32::try_from(self.members).unwrap_or(u32::MAX), &self.gaps);
        self.members += 1;
        self.time_left = self.limits.time;
        if step == Step::LeaveOut {
            self.lost(path, "left out: the parser that opened it came to grief");
        }
        step
    }

    /// Takes a member that lies in the archive as it is.
    pub fn take(&mut self, archive: &Archive, path: String, bytes: FileBytes) -> Flow {
        self.take_part(archive, path, bytes, None)
    }

    /// Takes as much of a member as the archive holds, and says how much of it is `missing`.
    pub fn take_readable(&mut self, archive: &mut Archive, name: &[u8], part: (FileBytes, u64)) -> Flow {
        let (bytes, missing) = part;
        let path = archive.path(name);
        self.note_missing(&path, missing);
        self.take(archive, path, bytes)
    }

    /// Says that so many bytes of a member are not in the archive, if any are missing.
    pub fn note_missing(&mut self, path: &str, missing: u64) {
        if missing > 0 {
            self.lost(path, &format!("truncated: {missing} bytes are missing; what was readable is taken"));
        }
    }

    /// The same as [`Walker::take`] of a part of `whole`.
    pub fn take_part(
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
    pub fn timed<T>(&mut self, work: impl FnOnce(&Self) -> T) -> T {
        let started = Instant::now();
        let outcome = work(self);
        self.time_left = self.time_left.saturating_sub(started.elapsed());
        outcome
    }

    /// Records damage that took no member away.
    pub fn gap(&mut self, path: &str, reason: &str) {
        self.record(Gap::new(Place::Whole, format!("archive {path}"), reason));
    }

    /// Records that a member cannot be opened.
    pub fn unreadable(&mut self, path: &str, why: &str) {
        self.lost(path, &format!("unreadable ({why})"));
    }

    /// Records that a member, or a part of one, is missing.
    pub fn lost(&mut self, path: &str, reason: &str) {
        self.record(Gap::of_code(Place::Whole, format!("archive {path}"), reason));
    }

    /// Records that so many members are missing for one reason, by the name of the first.
    pub fn lost_with_others(
        &mut self,
        archive: &mut Archive,
        first: Option<&[u8]>,
        reason: &str,
        count: usize,
    ) {
        let Some(first) = first else { return };
        let path = archive.path(first);
        match count.saturating_sub(1) {
            0 => self.lost(&path, reason),
            more => self.lost(&path, &format!("{reason}; so are {more} more")),
        }
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

    pub fn finish(mut self, name: &str) -> Vec<Gap> {
        let (count, code_lost) = self.unlisted;
        if count > 0 {
            let gap = Gap::new(Place::Whole, format!("archive {name}"), format!("{count} more gaps"));
            self.gaps.push(Gap { code_lost, ..gap });
        }
        self.gaps
    }
}

/// Whether bytes begin as ELF, PE and Mach-O programs do.
pub fn begins_like_a_program(bytes: &[u8]) -> bool {
    let macho = matches!(bytes, [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]);
    macho || is_elf_or_pe(bytes)
}

/// Whether bytes begin as ELF and PE programs do.
pub fn is_elf_or_pe(bytes: &[u8]) -> bool {
    matches!(bytes, [0x7f, b'E', b'L', b'F', ..] | [b'M', b'Z', ..])
}
