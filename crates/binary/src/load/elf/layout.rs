//! Lays an ELF file out in memory: by sections where these agree with the
//! segments, by segments for the rest.

use super::super::draft::{push_gap, push_missing};
use super::super::guess;
use super::headers::{Headers, Program, Section};
use crate::ranges::Ranges;
use crate::{Arch, Image, Loaded, Segment};
use cognate_base::{Budget, Gap, Place};

/// Sections that hold no bytes in memory of their own: thread-local `.tbss`.
const THREAD_LOCAL: u64 = 0x400;
/// Uncovered pieces of a segment under this size are alignment. Judgement.
const PIECE: u64 = 64;
/// Loaded segments that start before a section, from the last one back, that may hold it: honest
/// ones do not overlap, so the first does. Judgement.
const CANDIDATES: usize = 4;

/// The segments, and where each section of the file came to lie (0: nowhere).
pub(super) struct Layout {
    pub segments: Vec<Segment>,
    pub addresses: Vec<u64>,
}

/// Builds the segments.
pub(super) fn segments(file: u64, headers: &Headers, gaps: &mut Vec<Gap>) -> Layout {
    let addresses = addresses(headers);
    let loads: Vec<Program> = headers.programs.iter().copied().filter(Program::loads).collect();
    let mut sorted = loads.clone();
    sorted.sort_by_key(|load| load.address);
    let mut segments = Vec::new();
    for (section, &address) in headers.sections.iter().zip(&addresses) {
        let thread_zero = section.flags & THREAD_LOCAL != 0 && section.file_bytes() == 0;
        if address == 0 && headers.kind != 1 || !section.allocated() || section.size == 0 || thread_zero {
            continue;
        }
        if !loads.is_empty() && !agrees(section, &sorted) {
            if section.file_bytes() == 0 {
                continue; // padding that linkers leave behind a segment: nothing to read is lost
            }
            push_gap(
                gaps,
                Place::File(section.offset),
                &format!("section {}", section.name),
                "contradicts the program headers",
            );
            continue;
        }
        let missing = missing(section.offset, section.file_bytes(), file);
        if missing > 0 {
            let subject = format!("section {}", section.name);
            push_missing(gaps, section.offset, &subject, missing, section.executable());
        }
        segments.push(from_section(section, address));
    }
    fill(&mut segments, &loads, file, gaps);
    Layout { segments, addresses }
}

/// How much of `size` bytes from `offset` on lies behind the end of the file.
fn missing(offset: u64, size: u64, file: u64) -> u64 {
    size.min(offset.saturating_add(size).saturating_sub(file))
}

/// Section addresses; those of an object file are laid out one behind the other.
fn addresses(headers: &Headers) -> Vec<u64> {
    if headers.kind != 1 {
        return headers.sections.iter().map(|section| section.address).collect();
    }
    let mut next: u64 = 0x10_0000;
    let lay = |section: &Section| {
        if !section.allocated() {
            return 0;
        }
        let address = next;
        next = next.saturating_add(section.size).saturating_add(0x1f) & !0xf;
        address
    };
    headers.sections.iter().map(lay).collect()
}

/// Whether some loaded segment maps the section's file range to its addresses; `loads` are sorted.
fn agrees(section: &Section, loads: &[Program]) -> bool {
    let before = loads.partition_point(|load| load.address <= section.address);
    loads.iter().take(before).rev().take(CANDIDATES).any(|load| {
        let inside = section.address >= load.address
            && section.address.saturating_add(section.size) <= load.address.saturating_add(load.size);
        let zero = section.file_bytes() == 0;
        inside && (zero || section.address - load.address == section.offset.wrapping_sub(load.offset))
    })
}

fn from_section(section: &Section, address: u64) -> Segment {
    Segment {
        name: section.name.clone(),
        address,
        size: section.size,
        file_offset: section.offset,
        file_bytes: section.file_bytes(),
        writable: section.writable(),
        executable: section.executable(),
    }
}

/// Adds what of the loaded segments no section covers; it is code only if no
/// section of its segment is.
fn fill(segments: &mut Vec<Segment>, loads: &[Program], file: u64, gaps: &mut Vec<Gap>) {
    let (mut covered, mut code) = (Ranges::default(), Ranges::default());
    for segment in segments.iter() {
        covered.cover(segment.address, segment.end());
        if segment.executable {
            code.cover(segment.address, segment.end());
        }
    }
    for load in loads {
        let end = load.address.saturating_add(load.size);
        let executable = load.flags & 1 != 0 && !code.touches(load.address, end);
        let missing = missing(load.offset, load.file_bytes, file);
        if missing > 0 {
            push_missing(gaps, load.offset, "loaded segment", missing, executable);
        }
        for (start, stop) in covered.cover(load.address, end) {
            if stop - start >= PIECE || (start, stop) == (load.address, end) {
                segments.push(piece(load, start, stop, executable));
                if executable {
                    code.cover(start, stop);
                }
            }
        }
    }
}

fn piece(load: &Program, start: u64, end: u64, executable: bool) -> Segment {
    let skip = start - load.address;
    Segment {
        name: String::new(),
        address: start,
        size: end - start,
        file_offset: load.offset.saturating_add(skip),
        file_bytes: load.file_bytes.saturating_sub(skip).min(end - start),
        writable: load.flags & 2 != 0,
        executable,
    }
}

/// Without any executable segment, the one that looks like code is one.
pub(super) fn make_code_executable(loaded: &mut Loaded, arch: Arch, budget: &mut Budget) {
    let image: &Image = &loaded.image;
    if image.segments().iter().any(|segment| segment.executable && segment.file_bytes > 0) {
        return;
    }
    let calls = |segment: &Segment| guess::calls(arch, image.segment_bytes(segment), budget);
    let calls: Vec<u64> = image.segments().iter().map(calls).collect();
    let Some((index, _)) =
        calls.iter().enumerate().max_by_key(|(_, calls)| **calls).filter(|(_, calls)| **calls > 0)
    else {
        return;
    };
    let address = image.segments().get(index).map_or(0, |segment| segment.address);
    loaded.image.set_executable(index, true);
    let reason = "nothing is executable; the likeliest is taken as code";
    loaded.gap(Place::Address(address), "segment flags", reason);
}
