//! Bytes without a container: code the caller named, or code that looks like it.

use super::RawLayout;
use super::guess::{self, Reached};
use crate::{Arch, FileBytes, Format, Image, Loaded, Segment, StartSource};
use cognate_base::{Budget, Place};

const PAGE: usize = 4096;
/// What the target of a call takes while targets are collected.
const TARGET_BYTES: u64 = size_of::<usize>() as u64;
/// Pages without calls between pages with calls are still code up to this many. Judgement.
const BRIDGED: usize = 16;

/// So many zeros at the beginning are no code: nobody runs `add [rax], al` time after time. Judgement.
const ZEROS: usize = 16;

/// Takes all bytes as code that starts at the first one, unless that begins with nothing but zeros.
pub(super) fn load(bytes: &FileBytes, layout: RawLayout, budget: &mut Budget) -> Loaded {
    let segment = segment(layout.base, 0, bytes.len(), true);
    let mut image = Image::new(Format::Raw, layout.arch, layout.base, vec![segment], bytes.clone());
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    if zeros < ZEROS {
        image.entry = Some(layout.base);
    }
    let mut loaded = Loaded::new(image);
    if zeros < ZEROS {
        loaded.start(layout.base, None, StartSource::Entry, budget);
    } else {
        let reason = format!("the first {zeros} bytes are zeros, so no function is taken to start there");
        loaded.gap(Place::File(0), "code", &reason);
        called(&mut loaded, bytes, budget);
    }
    if let Some(other) = other_arch(bytes, layout.arch, budget) {
        let reason = format!("the bytes look like {other} code, and are read as {}", layout.arch);
        loaded.gap(Place::Whole, "instruction set", &reason);
    }
    loaded
}

/// The instruction set that the bytes look like, where that is not the one they are read as.
fn other_arch(bytes: &[u8], arch: Arch, budget: &mut Budget) -> Option<Arch> {
    let is_x86 = arch.is_x86();
    let looks = guess::arch(bytes, budget).filter(|looks| looks.is_x86() != is_x86);
    looks.or_else(|| guess::x86_width(bytes, budget).filter(|_| is_x86)).filter(|&looks| looks != arch)
}

/// Takes the pages that look like code as code, if any do.
pub(super) fn guess(bytes: &FileBytes, memory: bool, budget: &mut Budget) -> Option<Loaded> {
    let found = guess::arch(bytes, budget).map(|arch| (arch, Reached::Prologue));
    let (arch, reached) = found.or_else(|| {
        let arch = guess::arch_by(bytes, Reached::Aligned, budget).filter(|_| memory)?;
        Some((arch, Reached::Aligned))
    })?;
    budget.spend(bytes.len() as u64 / 64).ok()?;
    let mut pages = guess::call_sites(arch, bytes, reached).map(|(at, _)| at / PAGE);
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
    if memory {
        called(&mut loaded, bytes, budget);
    }
    Some(loaded)
}

/// Notes what calls reach as functions, where nothing else says where one begins: going through the bytes from
/// the first to the last, cases of switches would come before the functions behind them.
fn called(loaded: &mut Loaded, bytes: &[u8], budget: &mut Budget) {
    let (arch, base) = (loaded.image.arch, loaded.image.base);
    if budget.spend(1 + bytes.len() as u64 / 64).is_err() {
        return;
    }
    let mut targets = Vec::new();
    for (_, target) in guess::call_sites(arch, bytes, Reached::Aligned) {
        if budget.keep(TARGET_BYTES).is_err() {
            break;
        }
        targets.push(target);
    }
    budget.release(TARGET_BYTES * targets.len() as u64);
    targets.sort_unstable();
    targets.dedup();
    for target in targets {
        loaded.start(base.saturating_add(target as u64), None, StartSource::Call, budget);
    }
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
