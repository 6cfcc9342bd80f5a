//! Bytes without a container: code the caller named, or code that looks like it.

use super::{RawLayout, guess};
use crate::{FileBytes, Format, Image, Loaded, Segment, StartSource};
use cognate_base::{Budget, Place};

const PAGE: usize = 4096;
/// Pages without calls between pages with calls are still code up to this many.
const BRIDGED: usize = 16;

/// Takes all bytes as code that starts at the first one.
pub(super) fn load(bytes: &FileBytes, layout: RawLayout, budget: &mut Budget) -> Loaded {
    let segment = segment(layout.base, 0, bytes.len(), true);
    let mut image = Image::new(Format::Raw, layout.arch, layout.base, vec![segment], bytes.clone());
    image.entry = Some(layout.base);
    let mut loaded = Loaded::new(image);
    loaded.start(layout.base, None, StartSource::Entry, budget);
    loaded
}

/// Takes the pages that look like code as code, if any do.
pub(super) fn guess(bytes: &FileBytes, memory: bool, budget: &mut Budget) -> Option<Loaded> {
    let arch = guess::arch(bytes, budget)?;
    budget.spend(bytes.len() as u64 / 64).ok()?;
    let mut pages = guess::call_places(arch, bytes).map(|at| at / PAGE);
    let mut runs: Vec<(usize, usize)> = vec![pages.next().map(|page| (page, page))?];
    for page in pages {
        match runs.last_mut() {
            Some((_, last)) if page <= last.saturating_add(BRIDGED) => *last = page,
            _ => runs.push((page, page)),
        }
    }
    let mut segments = Vec::new();
    let mut at = 0;
    for (first, last) in runs {
        let (start, end) = (first * PAGE, ((last + 1) * PAGE).min(bytes.len()));
        segments.push(segment(0, at, start, false));
        segments.push(segment(0, start, end, true));
        at = end;
    }
    segments.push(segment(0, at, bytes.len(), false));
    let format = if memory { Format::PeMemory } else { Format::Raw };
    let mut loaded = Loaded::new(Image::new(format, arch, 0, segments, bytes.clone()));
    let reason =
        format!("no container recognised; bytes that look like {arch} code are taken as code at base 0");
    loaded.gap(Place::File(0), "headers", &reason);
    Some(loaded)
}

fn segment(base: u64, start: usize, end: usize, executable: bool) -> Segment {
    let len = end.saturating_sub(start) as u64;
    Segment {
        name: String::new(),
        address: base.saturating_add(start as u64),
        size: len,
        file_offset: start as u64,
        file_bytes: len,
        writable: false,
        executable,
    }
}
