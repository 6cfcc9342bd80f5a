//! Lays the sections of a PE out in memory.

use super::super::draft::{push_gap, push_missing};
use super::super::guess;
use super::headers::{Headers, Section};
use crate::bytes::Bytes;
use crate::{Arch, Image, Loaded, Segment};
use cognate_base::{Budget, Gap, Place};

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

/// Whether Windows maps the file as it is and lets all of it run: where sections are aligned to less than a page.
fn is_flat(headers: &Headers) -> bool {
    headers.coff.is_some() && (1..0x1000).contains(&headers.section_alignment)
}

/// Whether a file without sections is one that Windows maps as it is and runs: whole programs fit
/// into less than a sector so. For 64 bits only small alignment says so.
pub(super) fn runs_flat(bytes: &[u8], headers: &Headers) -> bool {
    let signed = headers.coff.and_then(|coff| bytes.slice(coff.checked_sub(4)?, 4)) == Some(b"PE\0\0");
    let entered = headers.entry != 0 && headers.entry < bytes.len() as u64;
    signed
        && entered
        && match headers.arch() {
            Some(Ok(Arch::X86)) => bytes.u16_at(headers.optional) == Some(0x10b),
            Some(Ok(Arch::X86_64)) => bytes.u16_at(headers.optional) == Some(0x20b) && is_flat(headers),
            _ => false,
        }
}

/// The segments: headers first, then the sections, clipped where they overlap.
pub(super) fn segments(file: u64, headers: &Headers, mapped: bool, gaps: &mut Vec<Gap>) -> Vec<Segment> {
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
    let (offset, available) = if mapped { (row.rva, wanted) } else { (raw, row.raw_size) };
    let available = u64::from(available).min(size);
    let missing = available.min(u64::from(offset).saturating_add(available).saturating_sub(file));
    if missing > 0 {
        let subject = format!("section {}", row.name);
        push_missing(gaps, offset.into(), &subject, missing, row.executable());
    }
    Segment {
        name: row.name.clone(),
        address,
        size,
        file_offset: offset.into(),
        file_bytes: available,
        writable: row.flags & 0x8000_0000 != 0,
        executable: row.executable(),
    }
}

/// Takes as code what is not marked as it and runs all the same: where nothing is executable, the
/// segment that looks like code; for 32 bits, and in a file that is mapped as it is, the one that the program
/// starts in.
pub(super) fn make_code_executable(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) {
    let image = &loaded.image;
    let (reason, chosen) = if image.segments().iter().any(|part| part.executable && part.file_bytes > 0) {
        (
            "the program starts in what is not executable, which Windows runs in such a file; taken as code",
            entered(image, headers),
        )
    } else {
        ("no section is executable; the likeliest is taken as code", likeliest(image, budget))
    };
    let Some(index) = chosen else { return };
    let address = image.segments().get(index).map_or(0, |segment| segment.address);
    loaded.image.set_executable(index, true);
    loaded.gap(Place::Address(address), "section flags", reason);
}

/// The segment that such a program starts in, if it is not code already and the file has it.
fn entered(image: &Image, headers: &Headers) -> Option<usize> {
    let runs = image.arch == Arch::X86 || is_flat(headers);
    let entry = image.entry.filter(|&entry| runs && image.is_backed(entry))?;
    let holds = |segment: &Segment| (segment.address..segment.end()).contains(&entry) && !segment.executable;
    image.segments().iter().position(holds)
}

fn likeliest(image: &Image, budget: &mut Budget) -> Option<usize> {
    let headers = image.base; // the segment there is no section
    let sections = image.segments().iter().enumerate().filter(|(_, segment)| segment.file_bytes > 0);
    let named = sections.filter(|(_, segment)| segment.address != headers || !segment.name.is_empty());
    let scored = named.map(|(index, segment)| {
        let entered = image.entry.is_some_and(|entry| (segment.address..segment.end()).contains(&entry));
        let calls = guess::calls(image.arch, image.segment_bytes(segment), budget);
        ((calls, entered, segment.name == ".text"), index)
    });
    scored.max_by_key(|(score, _)| *score).map(|(_, index)| index)
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
