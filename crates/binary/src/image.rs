//! What a loader makes of a file: memory, and what the file says about it.

use crate::{FileBytes, Traits};
use cognate_base::Gap;
pub use cognate_documents::{Arch, Format};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A contiguous range of the image's memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The file's name for it (`.text`, `__text`), or an empty string.
    pub name: String,
    /// First virtual address.
    pub address: u64,
    /// Bytes in memory; those past `file_bytes` read as zero and hold no code.
    pub size: u64,
    /// Where its bytes start in the file.
    pub file_offset: u64,
    /// How many bytes the file really holds: always inside the file.
    pub file_bytes: u64,
    /// May be written by the program.
    pub writable: bool,
    /// May be executed, so may hold code.
    pub executable: bool,
}

/// How often segments may hold the bytes of a file, all of them together. Honest files do once,
/// but for a page here and there; all that reads segments from end to end is linear by this.
const MAX_REPEATED: u64 = 4;

/// Where memory for what is not in the image starts: at a page of its own.
const OUTSIDE_ALIGN: u64 = 0x1000;

/// Memory as the program would see it, over the file's bytes.
///
/// Segments are sorted by address and do not overlap; each lies inside the
/// file. ELF and Mach-O files give their sections where these are sane, because
/// sections tell code from read-only data within one segment.
#[derive(Clone)]
pub struct Image {
    /// The container.
    pub format: Format,
    /// The instruction set; where there are two, that of the header: see [`Image::arch_at`].
    pub arch: Arch,
    /// The preferred load address.
    pub base: u64,
    /// The entry point, where there is one.
    pub entry: Option<u64>,
    segments: Vec<Segment>,
    bytes: FileBytes,
    /// The same bytes with relocations applied, where a loader did that.
    relocated: Option<FileBytes>,
    /// Where the code is another instruction set's, ascending, each range behind the one before; and which.
    foreign: Vec<(u64, u64)>,
    foreign_arch: Arch,
    repeated: u64,
}

impl Image {
    /// Puts segments over a file's bytes; drops what is empty, clips what
    /// overlaps an earlier segment or ends behind the file or the address space.
    ///
    /// Segments may share bytes of the file, but all together they hold at most
    /// four times as many as the file has: what is more has none, and is counted
    /// by [`Image::repeated_bytes`].
    pub fn new(format: Format, arch: Arch, base: u64, mut segments: Vec<Segment>, bytes: FileBytes) -> Self {
        segments.sort_by_key(|segment| (segment.address, segment.file_offset));
        let file = bytes.len() as u64;
        let (mut left, mut repeated) = (file.saturating_mul(MAX_REPEATED), 0u64);
        let mut kept: Vec<Segment> = Vec::with_capacity(segments.len());
        for mut segment in segments {
            let floor = kept.last().map_or(0, Segment::end);
            if segment.address < floor {
                let cut = floor - segment.address;
                segment.address = floor;
                segment.size = segment.size.saturating_sub(cut);
                segment.file_offset = segment.file_offset.saturating_add(cut);
                segment.file_bytes = segment.file_bytes.saturating_sub(cut);
            }
            segment.size = segment.size.min(u64::MAX - segment.address);
            let available = file.saturating_sub(segment.file_offset);
            let held = segment.file_bytes.min(available).min(segment.size);
            segment.file_bytes = held.min(left);
            repeated = repeated.saturating_add(held - segment.file_bytes);
            left -= segment.file_bytes;
            if segment.size > 0 {
                kept.push(segment);
            }
        }
        let foreign = Vec::new();
        Image {
            format,
            arch,
            base,
            entry: None,
            segments: kept,
            bytes,
            relocated: None,
            foreign,
            foreign_arch: arch,
            repeated,
        }
    }

    /// Bytes of segments that were left out because segments held the file's bytes too often already.
    pub fn repeated_bytes(&self) -> u64 {
        self.repeated
    }

    /// What segments hold instead of the file's own bytes: as long as these, with relocations applied.
    pub(crate) fn set_relocated(&mut self, bytes: FileBytes) {
        self.relocated = Some(bytes);
    }

    /// Says which ranges of code are another instruction set's; cuts segments where one begins or ends, so
    /// that no segment has two. Of ranges that overlap, the later is cut short.
    pub(crate) fn set_foreign(&mut self, arch: Arch, mut ranges: Vec<(u64, u64)>) {
        ranges.sort_unstable();
        let mut floor = 0;
        for range in &mut ranges {
            range.0 = range.0.max(floor);
            floor = floor.max(range.1);
        }
        ranges.retain(|range| range.0 < range.1);
        let mut cuts = ranges.iter().flat_map(|range| [range.0, range.1]).peekable();
        let mut segments = Vec::with_capacity(self.segments.len());
        for mut segment in std::mem::take(&mut self.segments) {
            while let Some(&cut) = cuts.peek().filter(|cut| **cut < segment.end()) {
                if cut > segment.address {
                    let (before, behind) = segment.cut_at(cut);
                    segments.push(before);
                    segment = behind;
                }
                cuts.next();
            }
            segments.push(segment);
        }
        self.segments = segments;
        (self.foreign, self.foreign_arch) = (ranges, arch);
    }

    /// The instruction set of the code at `address`.
    pub fn arch_at(&self, address: u64) -> Arch {
        let next = self.foreign.partition_point(|range| range.0 <= address);
        let range = next.checked_sub(1).and_then(|index| self.foreign.get(index));
        if range.is_some_and(|range| address < range.1) { self.foreign_arch } else { self.arch }
    }

    /// Adds memory behind all segments that the file holds nothing of, for `size` bytes of what is not in the
    /// image: its address, or `None` where the address space has no room.
    pub(crate) fn add_outside(&mut self, size: u64) -> Option<u64> {
        let top = if self.arch == Arch::X86 { 1 << 32 } else { u64::MAX };
        let address = self.segments.last().map_or(0, Segment::end).checked_next_multiple_of(OUTSIDE_ALIGN)?;
        address.checked_add(size).filter(|&end| size > 0 && end <= top)?;
        let (name, writable, executable) = (String::new(), false, false);
        let outside = Segment { name, address, size, file_offset: 0, file_bytes: 0, writable, executable };
        self.segments.push(outside);
        Some(address)
    }

    /// Takes the segment of that index as code.
    pub(crate) fn make_executable(&mut self, index: usize) {
        if let Some(segment) = self.segments.get_mut(index) {
            segment.executable = true;
        }
    }

    /// Takes the segment of that index as data.
    pub(crate) fn make_data(&mut self, index: usize) {
        if let Some(segment) = self.segments.get_mut(index) {
            segment.executable = false;
        }
    }

    /// The segments, by address.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The segment that holds `address`.
    pub fn segment_at(&self, address: u64) -> Option<&Segment> {
        let next = self.segments.partition_point(|segment| segment.address <= address);
        let segment = self.segments.get(next.checked_sub(1)?)?;
        (address < segment.end()).then_some(segment)
    }

    /// The file's bytes of one segment, relocated where a loader did that.
    pub fn segment_bytes(&self, segment: &Segment) -> &[u8] {
        let start = usize::try_from(segment.file_offset).unwrap_or(usize::MAX);
        let len = usize::try_from(segment.file_bytes).unwrap_or(0);
        let bytes = self.relocated.as_ref().unwrap_or(&self.bytes);
        start.checked_add(len).and_then(|end| bytes.get(start..end)).unwrap_or(&[])
    }

    /// Everything the file holds from `address` to the end of its segment;
    /// empty where nothing is mapped.
    pub fn tail(&self, address: u64) -> &[u8] {
        let Some(segment) = self.segment_at(address) else { return &[] };
        let skip = usize::try_from(address - segment.address).unwrap_or(usize::MAX);
        self.segment_bytes(segment).get(skip..).unwrap_or(&[])
    }

    /// Exactly `len` bytes at `address`, inside one segment.
    pub fn read(&self, address: u64, len: usize) -> Option<&[u8]> {
        self.tail(address).get(..len)
    }

    /// A little-endian unsigned number of 1, 2, 4 or 8 bytes.
    pub fn read_uint(&self, address: u64, len: usize) -> Option<u64> {
        let bytes = self.read(address, len)?;
        let mut word = [0u8; 8];
        word.get_mut(..len)?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(word))
    }

    /// A pointer of this image's width.
    pub fn read_pointer(&self, address: u64) -> Option<u64> {
        self.read_uint(address, self.arch.pointer_bytes())
    }

    /// Whether code may lie at `address`: executable, and in the file.
    pub fn is_code(&self, address: u64) -> bool {
        self.segment_at(address)
            .is_some_and(|segment| segment.executable && address - segment.address < segment.file_bytes)
    }

    /// Whether the file holds the byte at `address`.
    pub(crate) fn is_backed(&self, address: u64) -> bool {
        self.segment_at(address).is_some_and(|segment| address - segment.address < segment.file_bytes)
    }

    /// Bytes of all segments that the file holds.
    pub(crate) fn backed_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.file_bytes).sum()
    }

    /// Whether `address` is mapped at all.
    pub fn is_mapped(&self, address: u64) -> bool {
        self.segment_at(address).is_some()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Image")
            .field("format", &self.format)
            .field("arch", &self.arch)
            .field("base", &self.base)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}

impl Segment {
    /// The part before `address`, which lies inside it, and the part from there on.
    fn cut_at(self, address: u64) -> (Segment, Segment) {
        let len = address.saturating_sub(self.address);
        let held = self.file_bytes.min(len);
        let behind = Segment {
            name: self.name.clone(),
            address,
            size: self.size.saturating_sub(len),
            file_offset: self.file_offset.saturating_add(held),
            file_bytes: self.file_bytes - held,
            ..self
        };
        (Segment { size: len, file_bytes: held, ..self }, behind)
    }

    /// The first address behind it.
    pub fn end(&self) -> u64 {
        self.address.saturating_add(self.size)
    }
}

/// How a function start became known, the most trustworthy first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartSource {
    /// A function symbol.
    Symbol,
    /// Unwind data: PE `.pdata` (chained entries excluded), `.eh_frame`, Mach-O `__unwind_info`.
    Unwind,
    /// A table of starts: Mach-O `LC_FUNCTION_STARTS`, Go `pclntab`, PE control-flow-guard table.
    Table,
    /// The entry point, an initialiser or a TLS callback.
    Entry,
    /// An export that lies in code.
    Export,
    /// The target of a direct call.
    Call,
    /// A code address found in data, a relocation or an instruction's operand.
    Pointer,
    /// The target of a jump that leaves its function.
    TailCall,
    /// Code between functions that looks like a function's beginning.
    Prologue,
    /// Code between functions that nothing else claims.
    Gap,
}

/// A place where the file says a function starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Virtual address, always inside the image's code.
    pub address: u64,
    /// First address behind it, where the file says so.
    pub end: Option<u64>,
    /// Who says so.
    pub source: StartSource,
}

/// The name of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// As the file has it, cut at 4,096 bytes with `…`.
    pub name: String,
    /// Demangled (C++, Rust, MSVC) where that is possible and differs.
    pub demangled: Option<String>,
}

/// A function or variable that the loader of the operating system fills in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The library's name as written, where the format binds imports to libraries.
    pub library: Option<String>,
    /// The name, or `#12` for an ordinal; cut at 4,096 bytes with `…`.
    pub name: String,
}

/// What the file says about its code. Every address was checked against the image.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Function starts, in no order, several sources possible for one address.
    pub starts: Vec<Start>,
    /// Ranges that belong to a function that starts elsewhere (chained `.pdata`):
    /// (first address, end, start of the primary function).
    pub chunks: Vec<(u64, u64, u64)>,
    /// Names of code addresses, for display only.
    pub names: BTreeMap<u64, Symbol>,
    /// Imports by the address of the pointer slot (IAT, GOT) or stub that stands for them.
    pub imports: BTreeMap<u64, Import>,
    /// Slots that the loader relocates, by slot address, with the address each points to.
    /// For x86 PE also the operand bytes inside code (the slot is then in code).
    pub relocations: BTreeMap<u64, u64>,
    /// Starts of which the file says that they only lead from one instruction set to another.
    pub thunks: BTreeSet<u64>,
    /// Code where the file lists every function, sorted: what lies between two starts belongs to the first.
    pub listed: Vec<(u64, u64)>,
    /// Where exceptions are caught: (start of the function, landing pad), sorted.
    pub landing_pads: Vec<(u64, u64)>,
    /// The address of `_GLOBAL_OFFSET_TABLE_`, for 32-bit position-independent code.
    pub got: Option<u64>,
    /// Bytes of text in `names` and `imports`.
    pub(crate) text: u64,
    /// Names that look mangled and are not, or not within bounds.
    pub(crate) unreadable: u64,
}

impl Hints {
    /// The name of an address for display: a symbol, demangled where possible, or an import.
    pub fn name_of(&self, address: u64) -> Option<String> {
        let symbol = self.names.get(&address);
        let symbol = symbol.map(|symbol| symbol.demangled.clone().unwrap_or_else(|| symbol.name.clone()));
        symbol.or_else(|| self.imports.get(&address).map(|import| import.name.clone()))
    }
}

/// A sample, as far as it could be read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The memory image.
    pub image: Image,
    /// What the file says about its code.
    pub hints: Hints,
    /// What the file says about itself.
    pub traits: Traits,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}
