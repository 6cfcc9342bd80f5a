//! Dumps of memory: every module as it lies there, and what may be executed and belongs to none. Minidumps of
//! Windows are read here, core files in [`core`].
//!
//! Members come as images of memory, with zeros for what the dump does not hold, and say themselves where they
//! lie: see [`memory`]. Lists are as long as the bytes that are there; what they say twice is read once.

use super::unpack::Packed;
use super::{Archive, Flow, Walker, core};
use crate::Arch;
use crate::load::Bytes;
use crate::load::memory::{self, What};
use crate::ranges::Ranges;
use std::io::{Read, Result};

/// More streams than this are not looked at; dumps have a few dozen.
const MAX_STREAMS: u64 = 1024;
/// Bytes of a module's header that are changed to say where it lies.
const HEAD: u64 = 0x1000;
/// Executable ranges that are looked at in one module: a program has a few.
const MAX_RANGES: usize = 64;
/// UTF-16 units of a module's path that are read.
const MAX_PATH: u64 = 1024;

/// Streams that are read.
mod stream {
    pub const MODULES: u32 = 4;
    pub const MEMORY: u32 = 5;
    pub const SYSTEM: u32 = 7;
    pub const MEMORY64: u32 = 9;
    pub const MEMORY_INFO: u32 = 16;
}

/// Whether these are the first bytes of one.
pub(super) fn is_minidump(bytes: &[u8]) -> bool {
    matches!(bytes, [b'M', b'D', b'M', b'P', 0x93, 0xa7, ..])
}

/// A program or library in memory.
pub(super) struct Module {
    pub base: u64,
    pub size: u64,
    pub name: String,
}

/// Bytes of memory that the dump holds.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    address: u64,
    bytes: &'a [u8],
}

impl Piece<'_> {
    fn end(&self) -> u64 {
        self.address.saturating_add(self.bytes.len() as u64)
    }
}

#[derive(Default)]
/// What a dump holds.
pub(super) struct Dump<'a> {
    pub arch: Option<Arch>,
    pub modules: Vec<Module>,
    /// Ascending, none over another.
    pieces: Vec<Piece<'a>>,
    /// Ranges that may be executed, ascending, where the dump says.
    pub executable: Option<Vec<(u64, u64)>>,
    /// What of it could not be read.
    pub damage: Vec<&'static str>,
}

impl<'a> Dump<'a> {
    /// Memory of that instruction set, none so far.
    pub fn of(arch: Option<Arch>) -> Dump<'a> {
        Dump { arch, ..Dump::default() }
    }

    fn read(bytes: &'a [u8]) -> Dump<'a> {
        let mut dump = Dump::default();
        let count = u64::from(bytes.u32_at(8).unwrap_or(0));
        if count > MAX_STREAMS {
            dump.damage.push("has more streams than are looked at");
        }
        let directory = u64::from(bytes.u32_at(12).unwrap_or(0));
        let mut seen = Ranges::default();
        for index in 0..count.min(MAX_STREAMS) {
            let at = directory + index * 12;
            let (Some(kind), Some(size), Some(start)) =
                (bytes.u32_at(at), bytes.u32_at(at + 4), bytes.u32_at(at + 8))
            else {
                dump.damage.push("its list of streams is truncated");
                break;
            };
            let data = bytes.from(start.into());
            let data = data.slice(0, size.into()).unwrap_or(data);
            let known = matches!(
                kind,
                stream::MODULES | stream::MEMORY | stream::SYSTEM | stream::MEMORY64 | stream::MEMORY_INFO
            );
            if !known {
                continue;
            }
            if !seen.claim(start.into(), u64::from(start) + data.len() as u64) {
                dump.damage.push("has streams that lie over one another; the first is read");
                continue;
            }
            match kind {
                stream::SYSTEM => dump.arch = data.u16_at(0).and_then(arch),
                stream::MODULES => dump.modules(bytes, data),
                stream::MEMORY => dump.memory(bytes, data),
                stream::MEMORY64 => dump.memory64(bytes, data),
                _ => dump.protections(data),
            }
        }
        dump.sort_pieces();
        dump
    }

    fn modules(&mut self, bytes: &[u8], data: &[u8]) {
        const ROW: u64 = 108;
        let count = u64::from(data.u32_at(0).unwrap_or(0));
        // Some writers leave four bytes before the first row.
        let first = if data.len() as u64 == 8 + count * ROW { 8 } else { 4 };
        for index in 0..count {
            let at = first + index * ROW;
            let Some(((base, size), name)) =
                data.u64_at(at).zip(data.u32_at(at + 8)).zip(data.u32_at(at + 20))
            else {
                return self.damage.push("its list of modules is truncated");
            };
            self.modules.push(Module { base, size: size.into(), name: file_name(bytes, name.into()) });
        }
    }

    fn memory(&mut self, bytes: &'a [u8], data: &[u8]) {
        let count = u64::from(data.u32_at(0).unwrap_or(0));
        let first = if data.len() as u64 == 8 + count * 16 { 8 } else { 4 };
        for index in 0..count {
            let at = first + index * 16;
            let row = data.u64_at(at).zip(data.u32_at(at + 8)).zip(data.u32_at(at + 12));
            let Some(((address, size), start)) = row else {
                return self.damage.push("its list of memory is truncated");
            };
            self.piece(bytes, address, start.into(), size.into());
        }
    }

    fn memory64(&mut self, bytes: &'a [u8], data: &[u8]) {
        let count = data.u64_at(0).unwrap_or(0);
        let mut start = data.u64_at(8).unwrap_or(0);
        for index in 0..count {
            let at = 16u64.saturating_add(index.saturating_mul(16));
            let row = at.checked_add(8).and_then(|next| data.u64_at(at).zip(data.u64_at(next)));
            let Some((address, size)) = row else {
                return self.damage.push("its list of memory is truncated");
            };
            self.piece(bytes, address, start, size);
            start = start.saturating_add(size);
        }
    }

    /// Notes memory of `size` bytes that the file holds from `start` on.
    pub fn piece(&mut self, bytes: &'a [u8], address: u64, start: u64, size: u64) {
        let held = bytes.from(start);
        let part = held.slice(0, size).unwrap_or(held);
        if (part.len() as u64) < size {
            self.damage.push("memory reaches behind its end");
        }
        if !part.is_empty() {
            self.pieces.push(Piece { address, bytes: part });
        }
    }

    fn protections(&mut self, data: &[u8]) {
        let (header, row) = (u64::from(data.u32_at(0).unwrap_or(0)), u64::from(data.u32_at(4).unwrap_or(0)));
        let count = data.u64_at(8).unwrap_or(0);
        let mut executable = Vec::new();
        if row >= 48 {
            for index in 0..count.min(data.len() as u64 / row) {
                let at = header + index * row;
                let range = data.u64_at(at).zip(data.u64_at(at + 24));
                let Some(((base, size), protection)) = range.zip(data.u32_at(at + 36)) else { break };
                // PAGE_EXECUTE and what goes with it, of memory that is there
                if protection & 0xf0 != 0 && data.u32_at(at + 32) == Some(0x1000) {
                    executable.push((base, base.saturating_add(size)));
                }
            }
        }
        executable.sort_unstable();
        self.executable = Some(executable);
    }

    /// Sorts pieces; of two over one another the later one is cut.
    pub fn sort_pieces(&mut self) {
        self.pieces.sort_by_key(|piece| piece.address);
        let (mut end, mut overlap) = (0u64, false);
        self.pieces.retain_mut(|piece| {
            let cut = end.saturating_sub(piece.address);
            overlap |= cut > 0;
            piece.bytes = piece.bytes.from(cut);
            piece.address = piece.address.max(end);
            end = end.max(piece.end());
            !piece.bytes.is_empty()
        });
        if overlap {
            self.damage.push("holds memory twice; the first is taken");
        }
        self.damage.sort_unstable();
        self.damage.dedup();
    }

    /// What is held of a range, by its distance from `base`.
    fn held(&self, base: u64, from: u64, to: u64) -> Vec<(u64, &'a [u8])> {
        let first = self.pieces.partition_point(|piece| piece.end() <= from);
        let pieces = self.pieces.iter().skip(first).take_while(|piece| piece.address < to);
        let parts = pieces.map(|piece| {
            let bytes = piece.bytes.from(from.saturating_sub(piece.address));
            let address = piece.address.max(from);
            (address - base, bytes.slice(0, to - address).unwrap_or(bytes))
        });
        parts.collect()
    }
}

fn arch(number: u16) -> Option<Arch> {
    match number {
        0 => Some(Arch::X86),
        9 => Some(Arch::X86_64),
        12 => Some(Arch::Aarch64),
        _ => None,
    }
}

/// The last part of the path that stands at `at`, in UTF-16.
fn file_name(bytes: &[u8], at: u64) -> String {
    let len = u64::from(bytes.u32_at(at).unwrap_or(0)) / 2;
    let units = (0..len.min(MAX_PATH)).map_while(|index| bytes.u16_at(at + 4 + index * 2));
    let units: Vec<u16> = units.collect();
    let path = String::from_utf16_lossy(&units);
    let name = path.rsplit(['\\', '/']).next().unwrap_or("");
    if name.is_empty() { "module".to_owned() } else { name.to_owned() }
}

impl Walker<'_> {
    pub(super) fn dump(&mut self, archive: &mut Archive) -> Flow {
        let bytes = archive.bytes.clone();
        let is_core = core::is_core(&bytes);
        let dump = if is_core { core::read(&bytes) } else { Dump::read(&bytes) };
        for damage in &dump.damage {
            self.lost(&archive.name, damage);
        }
        let Some(arch) = dump.arch else {
            self.lost(&archive.name, "a dump of a processor that is not known");
            return Flow::Continue(());
        };
        let mut taken = Ranges::default();
        for module in &dump.modules {
            if !self.room(archive) {
                return Flow::Continue(());
            }
            let path = archive.path(module.name.as_bytes());
            let end = module.base.saturating_add(module.size);
            if !taken.claim(module.base, end) {
                self.lost(&path, "lies over another module; left out");
                continue;
            }
            let held = dump.held(module.base, module.base, end);
            if is_core {
                let ready = self.core_module(&path, &dump, module, &held);
                if !ready {
                    continue;
                }
            }
            let size: u64 = held.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            if size < module.size && !is_core {
                self.lost(&path, &format!("{size} of its {} bytes are in the dump", module.size));
            }
            if size > 0 {
                let image = Image::new(What::Module, arch, module.base, held);
                self.unpack(archive, Packed { path, size, said: None }, &mut { image })?;
            }
        }
        self.rest(archive, &dump, arch, &mut taken)
    }

    /// Whether a mapped file is a program of which code is in the core; says so where only its code is missing.
    fn core_module(&mut self, path: &str, dump: &Dump<'_>, module: &Module, held: &[(u64, &[u8])]) -> bool {
        let end = module.base.saturating_add(module.size);
        let executable = dump.executable.as_deref().unwrap_or(&[]);
        let first = executable.partition_point(|(from, _)| *from < module.base);
        let inside = executable.iter().skip(first).take_while(|(from, _)| *from < end).take(MAX_RANGES);
        let inside = inside.filter(|(_, to)| *to <= end);
        let (mut size, mut there) = (0, 0);
        for &(from, to) in inside {
            size += to - from;
            there += dump.held(from, from, to).iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
        }
        let begins = matches!(held.first(), Some((0, [0x7f, b'E', b'L', b'F', ..])));
        if size > there || size > 0 && !begins {
            let header = if begins { "" } else { ", and its header is not" };
            self.lost(path, &format!("{there} of its {size} bytes of code are in the core{header}"));
        }
        begins && there > 0
    }

    /// Memory that may be executed and belongs to no module.
    fn rest(&mut self, archive: &mut Archive, dump: &Dump<'_>, arch: Arch, taken: &mut Ranges) -> Flow {
        let Some(executable) = &dump.executable else {
            self.lost(&archive.name, "does not say what may be executed: only modules are read");
            return Flow::Continue(());
        };
        // Ranges side by side are one.
        let mut code: Vec<(u64, u64)> = Vec::new();
        for (from, to) in executable.iter().flat_map(|&(from, to)| taken.cover(from, to)) {
            match code.last_mut() {
                Some(last) if last.1 == from => last.1 = to,
                _ => code.push((from, to)),
            }
        }
        for (from, to) in code {
            let held = dump.held(from, from, to);
            let Some(&(first, _)) = held.first() else { continue };
            if !self.room(archive) {
                break;
            }
            let base = from.saturating_add(first);
            let path = archive.path(format!("memory at {base:#x}").as_bytes());
            let size = held.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            let held = held.into_iter().map(|(at, bytes)| (at - first, bytes)).collect();
            let image = Image::new(What::Code, arch, base, held);
            self.unpack(archive, Packed { path, size, said: None }, &mut { image })?;
        }
        Flow::Continue(())
    }
}

/// Memory from a base on, read from its first byte to the last that is held.
struct Image<'a> {
    /// What says where it lies, and the first bytes of a module.
    head: Vec<u8>,
    /// Ascending, by distance from the base.
    pieces: Vec<(u64, &'a [u8])>,
    /// The piece that is next, and how far all is read.
    next: usize,
    at: u64,
}

impl<'a> Image<'a> {
    fn new(what: What, arch: Arch, base: u64, pieces: Vec<(u64, &'a [u8])>) -> Self {
        let mut head = memory::header(what, arch, base);
        if let (What::Module, Some((0, first))) = (what, pieces.first()) {
            let mut first = first.slice(0, HEAD).unwrap_or(first).to_vec();
            set_base(&mut first, base);
            head.extend(first);
        }
        Image { head, pieces, next: 0, at: 0 }
    }

    /// What comes next: bytes, or so many zeros; `None` at the end.
    fn part(&mut self) -> Option<std::result::Result<&[u8], u64>> {
        if self.at < self.head.len() as u64 {
            return Some(Ok(self.head.from(self.at)));
        }
        let place = self.at - memory::HEADER;
        loop {
            let (start, bytes) = *self.pieces.get(self.next)?;
            if place < start {
                return Some(Err(start - place));
            }
            let rest = bytes.from(place - start);
            if !rest.is_empty() {
                return Some(Ok(rest));
            }
            self.next += 1;
        }
    }
}

impl Read for Image<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let len = match self.part() {
            None => 0,
            Some(Ok(bytes)) => {
                let len = bytes.len().min(buffer.len());
                buffer.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                len
            }
            Some(Err(zeros)) => {
                let len = usize::try_from(zeros).unwrap_or(usize::MAX).min(buffer.len());
                buffer.iter_mut().take(len).for_each(|byte| *byte = 0);
                len
            }
        };
        self.at += len as u64;
        Ok(len)
    }
}

/// Writes where a module lies into its header, where Windows did not.
fn set_base(head: &mut [u8], base: u64) -> Option<()> {
    let optional = u64::from(head.u32_at(0x3c)?) + 24;
    let wide = match head.u16_at(optional)? {
        0x20b => true,
        0x10b => false,
        _ => return None,
    };
    let (at, len) = if wide { (optional + 24, 8) } else { (optional + 28, 4) };
    let at = usize::try_from(at).ok()?;
    let field = head.get_mut(at..at + len)?;
    field.copy_from_slice(base.to_le_bytes().get(..len)?);
    Some(())
}
