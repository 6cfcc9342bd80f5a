//! Memory as the program would see it.

use crate::{FileBytes, Segment};
pub use cognate_documents::{Arch, Format};
use std::fmt;

/// How often segments may hold the bytes of a file, all of them together. Honest files do once,
/// but for a page here and there; all that reads segments from end to end is linear by this. Judgement.
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
    /// by `Image::repeated_bytes`.
    pub fn new(format: Format, arch: Arch, base: u64, mut segments: Vec<Segment>, bytes: FileBytes) -> Self {
        segments.sort_by_key(|segment| (segment.address, segment.file_offset));
        let file = bytes.len() as u64;
        let (mut left, mut repeated) = (file.saturating_mul(MAX_REPEATED), 0u64);
        let mut kept: Vec<Segment> = Vec::with_capacity(segments.len());
        for mut segment in segments {
            segment.begin_at(kept.last().map_or(0, Segment::end));
            segment.size = segment.size.min(u64::MAX - segment.address);
            let in_file = file.saturating_sub(segment.file_offset);
            let readable = segment.file_bytes.min(in_file).min(segment.size);
            segment.file_bytes = readable.min(left);
            repeated = repeated.saturating_add(readable - segment.file_bytes);
            left -= segment.file_bytes;
            if segment.size > 0 {
                kept.push(segment);
            }
        }
        let (foreign, foreign_arch, relocated) = (Vec::new(), arch, None);
        Image {
            format,
            arch,
            base,
            entry: None,
            segments: kept,
            bytes,
            relocated,
            foreign,
            foreign_arch,
            repeated,
        }
    }

    /// Bytes of segments that were left out because segments held the file's bytes too often already.
    pub(crate) fn repeated_bytes(&self) -> u64 {
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

    /// Says of the segment of that index whether it may hold code.
    pub(crate) fn set_executable(&mut self, index: usize, executable: bool) {
        debug_assert!(index < self.segments.len(), "an index into the list that was asked for");
        if let Some(segment) = self.segments.get_mut(index) {
            segment.executable = executable;
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
    pub(crate) fn read_pointer(&self, address: u64) -> Option<u64> {
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
