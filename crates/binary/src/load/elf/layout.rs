//! Lays an ELF file out in memory: by sections where these agree with the
//! segments, by segments for the rest.

use super::super::bytes::Bytes;
use super::super::draft::push_gap;
use super::super::guess;
use super::headers::{Headers, Program, Section};
use crate::{Arch, Segment};
use cognate_base::{Gap, Place};

/// Sections that hold no bytes in memory of their own: thread-local `.tbss`.
const THREAD_LOCAL: u64 = 0x400;
/// Uncovered pieces of a segment under this size are alignment.
const PIECE: u64 = 64;

/// The segments, and where each section of the file came to lie (0: nowhere).
pub(super) struct Layout {
    pub segments: Vec<Segment>,
    pub addresses: Vec<u64>,
}

/// Builds the segments.
pub(super) fn segments(bytes: &[u8], headers: &Headers, arch: Arch, gaps: &mut Vec<Gap>) -> Layout {
    let file = bytes.len() as u64;
    let addresses = addresses(headers);
    let loads: Vec<Program> = headers.programs.iter().copied().filter(Program::loads).collect();
    let mut segments = Vec::new();
    for (section, &address) in headers.sections.iter().zip(&addresses) {
        let thread_zero = section.flags & THREAD_LOCAL != 0 && section.file_bytes() == 0;
        if address == 0 && headers.kind != 1 || !section.allocated() || section.size == 0 || thread_zero {
            continue;
        }
        if !loads.is_empty() && !agrees(section, &loads) {
            push_gap(
                gaps,
                Place::File(section.offset),
                &format!("section {}", section.name),
                "contradicts the program headers",
            );
            continue;
        }
        if section.offset.saturating_add(section.file_bytes()) > file {
            push_gap(
                gaps,
                Place::File(section.offset),
                &format!("section {}", section.name),
                "reaches behind the end of the file",
            );
        }
        segments.push(from_section(section, address));
    }
    segments.sort_by_key(|segment| segment.address);
    for load in &loads {
        fill(&mut segments, load, file, gaps);
    }
    make_code_executable(bytes, arch, &mut segments, gaps);
    Layout { segments, addresses }
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

/// Whether some loaded segment maps the section's file range to its addresses.
fn agrees(section: &Section, loads: &[Program]) -> bool {
    loads.iter().any(|load| {
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

/// Adds what of a loaded segment no section covers; it is code only if no
/// section of that segment is.
fn fill(segments: &mut Vec<Segment>, load: &Program, file: u64, gaps: &mut Vec<Gap>) {
    if load.offset.saturating_add(load.file_bytes) > file {
        push_gap(gaps, Place::File(load.offset), "loaded segment", "reaches behind the end of the file");
    }
    let end = load.address.saturating_add(load.size);
    let within = |segment: &&Segment| segment.address < end && segment.end() > load.address;
    let covered: Vec<(u64, u64)> =
        segments.iter().filter(within).map(|segment| (segment.address, segment.end())).collect();
    let known_code = segments.iter().filter(within).any(|segment| segment.executable);
    let mut at = load.address;
    for (start, stop) in covered.into_iter().chain([(end, end)]) {
        let start = start.min(end);
        if start > at && start - at >= PIECE {
            segments.push(piece(load, at, start, !known_code));
        }
        at = at.max(stop);
    }
    segments.sort_by_key(|segment| segment.address);
}

fn piece(load: &Program, start: u64, end: u64, code: bool) -> Segment {
    let skip = start - load.address;
    Segment {
        name: String::new(),
        address: start,
        size: end - start,
        file_offset: load.offset.saturating_add(skip),
        file_bytes: load.file_bytes.saturating_sub(skip).min(end - start),
        writable: load.flags & 2 != 0,
        executable: code && load.flags & 1 != 0,
    }
}

/// Without any executable segment, the one that looks like code is one.
fn make_code_executable(bytes: &[u8], arch: Arch, segments: &mut [Segment], gaps: &mut Vec<Gap>) {
    let file = bytes.len() as u64;
    if segments
        .iter()
        .any(|segment| segment.executable && segment.file_bytes > 0 && segment.file_offset < file)
    {
        return;
    }
    let calls = |segment: &Segment| {
        let len = segment.file_bytes.min(file.saturating_sub(segment.file_offset));
        bytes.slice(segment.file_offset, len).map_or(0, |part| guess::calls(arch, part))
    };
    if let Some(segment) = segments.iter_mut().max_by_key(|segment| calls(segment))
        && calls(segment) > 0
    {
        segment.executable = true;
        push_gap(
            gaps,
            Place::Address(segment.address),
            "segment flags",
            "nothing is executable; the likeliest is taken as code",
        );
    }
}
