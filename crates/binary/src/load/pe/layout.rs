//! Lays the sections of a PE out in memory.

use super::super::bytes::Bytes;
use super::super::draft::push_gap;
use super::super::guess;
use super::headers::{Headers, Section};
use crate::{Arch, Segment};
use cognate_base::{Gap, Place};

/// Whether the file is an image as it lay in memory: the room between the
/// headers and the first section, which a file does not have, is there and empty.
pub(super) fn looks_mapped(bytes: &[u8], headers: &Headers) -> bool {
    let filled = headers.sections.iter().filter(|row| row.raw_size > 0 && row.raw < row.rva);
    let Some(first) = filled.min_by_key(|row| row.rva) else { return false };
    if first.raw == 0 || first.rva > 0x10_0000 || headers.coff.is_none() {
        return false;
    }
    let (raw, rva) = (u64::from(first.raw), u64::from(first.rva));
    let room = bytes.slice(raw, rva - raw);
    let start = bytes.slice(rva, u64::from(first.raw_size.min(0x200)));
    let empty = |part: &[u8]| part.iter().all(|&byte| byte == 0);
    room.is_some_and(empty) && start.is_some_and(|part| !empty(part))
}

/// The segments: headers first, then the sections, clipped where they overlap.
pub(super) fn segments(
    bytes: &[u8],
    headers: &Headers,
    mapped: bool,
    arch: Arch,
    gaps: &mut Vec<Gap>,
) -> Vec<Segment> {
    let file = bytes.len() as u64;
    let mut rows: Vec<(u64, &Section)> = headers
        .sections
        .iter()
        .filter(|row| row.rva != 0)
        .map(|row| (headers.base.saturating_add(row.rva.into()), row))
        .collect();
    rows.sort_by_key(|(address, _)| *address);
    let ends: Vec<u64> = rows.iter().skip(1).map(|(address, _)| *address).chain([u64::MAX]).collect();
    let mut segments: Vec<Segment> = rows
        .iter()
        .zip(ends)
        .map(|(&(address, row), end)| segment(row, address, end, headers, mapped, file, gaps))
        .collect();
    if segments.is_empty() {
        push_gap(gaps, Place::Whole, "section table", "unreadable; the file is taken as one segment");
        return vec![whole(headers, file)];
    }
    make_code_executable(bytes, arch, headers, &mut segments, gaps);
    let first = segments.iter().map(|segment| segment.address).min().unwrap_or(headers.base);
    let head = u64::from(headers.headers_bytes).max(0x200).min(first.saturating_sub(headers.base));
    segments.insert(0, plain(headers.base, head, 0, head));
    segments
}

fn segment(
    row: &Section,
    address: u64,
    end: u64,
    headers: &Headers,
    mapped: bool,
    file: u64,
    gaps: &mut Vec<Gap>,
) -> Segment {
    let wanted = if row.size == 0 { row.raw_size } else { row.size };
    let size = u64::from(wanted).min(end.saturating_sub(address));
    // Windows rounds the file offset down to a sector.
    let raw = if headers.section_alignment >= 0x1000 { row.raw & !0x1ff } else { row.raw };
    let (offset, held) = if mapped { (row.rva, wanted) } else { (raw, row.raw_size) };
    let held = u64::from(held).min(size);
    if u64::from(offset).saturating_add(held) > file {
        push_gap(
            gaps,
            Place::File(offset.into()),
            &format!("section {}", row.name),
            "reaches behind the end of the file",
        );
    }
    Segment {
        name: row.name.clone(),
        address,
        size,
        file_offset: offset.into(),
        file_bytes: held,
        writable: row.flags & 0x8000_0000 != 0,
        executable: row.executable(),
    }
}

/// Without an executable section in the file, the one that looks like code is one.
fn make_code_executable(
    bytes: &[u8],
    arch: Arch,
    headers: &Headers,
    segments: &mut [Segment],
    gaps: &mut Vec<Gap>,
) {
    let held = |segment: &Segment| segment.file_offset < bytes.len() as u64 && segment.file_bytes > 0;
    if segments.iter().any(|segment| segment.executable && held(segment)) {
        return;
    }
    let entry = headers.base.saturating_add(headers.entry);
    let calls = |segment: &Segment| {
        let end = segment.file_bytes.min((bytes.len() as u64).saturating_sub(segment.file_offset));
        bytes.slice(segment.file_offset, end).map_or(0, |part| guess::calls(arch, part))
    };
    let chosen = segments.iter_mut().filter(|segment| held(segment)).max_by_key(|segment| {
        let entered = headers.entry != 0 && (segment.address..segment.end()).contains(&entry);
        (calls(segment), entered, segment.name == ".text")
    });
    if let Some(segment) = chosen {
        segment.executable = true;
        push_gap(
            gaps,
            Place::Address(segment.address),
            "section flags",
            "no section is executable; the likeliest is taken as code",
        );
    }
}

fn whole(headers: &Headers, file: u64) -> Segment {
    Segment { executable: true, ..plain(headers.base, file, 0, file) }
}

fn plain(address: u64, size: u64, file_offset: u64, file_bytes: u64) -> Segment {
    Segment {
        name: String::new(),
        address,
        size,
        file_offset,
        file_bytes,
        writable: false,
        executable: false,
    }
}
