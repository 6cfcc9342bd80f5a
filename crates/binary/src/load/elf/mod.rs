//! ELF files: executables, shared libraries and object files.

mod dynamic;
mod headers;
mod layout;
mod symbols;
mod traits;

use super::{Error, eh_frame, error, guess, pclntab, recognised, stubs};
use crate::bytes::Bytes;
use crate::{Arch, FileBytes, Format, Image, Loaded, StartSource};
use cognate_base::{Budget, Gap, Place};
use headers::Headers;

/// Loads an ELF file, or says `None` where no trace of its headers is left.
pub(super) fn load(bytes: &FileBytes, budget: &mut Budget) -> Option<Result<Loaded, Error>> {
    load_at(bytes, None, budget)
}

/// Loads an ELF file as it lay in memory from `base` on, relocated there.
pub(super) fn load_mapped(
    bytes: &FileBytes,
    base: u64,
    budget: &mut Budget,
) -> Option<Result<Loaded, Error>> {
    load_at(bytes, Some(base), budget)
}

fn load_at(bytes: &FileBytes, mapped: Option<u64>, budget: &mut Budget) -> Option<Result<Loaded, Error>> {
    let mut gaps = Vec::new();
    let mut headers = Headers::find(bytes, &mut gaps, budget)?;
    if let Some(base) = mapped {
        headers.map_at(base);
        gaps.clear(); // sections are not in memory, wherever the header has them
    }
    if bytes.u8_at(5) == Some(2) && (headers.arch().is_none_or(|arch| arch.is_err())) {
        return Some(Err(error::unsupported("big-endian ELF")));
    }
    let arch = match arch(bytes, &headers, &mut gaps, budget) {
        Some(Ok(arch)) => arch,
        Some(Err(machine)) => return Some(Err(error::unsupported(&recognised::elf_machine(machine)))),
        None => return None,
    };
    let segments = layout::segments(bytes.len() as u64, &headers, &mut gaps);
    let loads = headers.programs.iter().filter(|program| program.loads());
    let base = loads.map(|program| program.address.wrapping_sub(program.offset)).min().unwrap_or(0);
    let mut image = Image::new(Format::Elf, arch, base, segments.segments, bytes.clone());
    image.entry = (headers.entry != 0).then_some(headers.entry);
    let mut loaded = Loaded::new(image);
    loaded.gaps.splice(0..0, gaps);
    layout::make_code_executable(&mut loaded, arch, budget);
    loaded.check_code();
    read_everything(&mut loaded, &headers, &segments.addresses, bytes, budget);
    Some(Ok(loaded))
}

fn read_everything(
    loaded: &mut Loaded,
    headers: &Headers,
    addresses: &[u64],
    bytes: &[u8],
    budget: &mut Budget,
) {
    symbols::read(loaded, headers, addresses, bytes, budget);
    unwind(loaded, headers, budget);
    let dynamic = dynamic::read(loaded, headers, budget);
    if let Some(entry) = loaded.image.entry
        && loaded.image.segments().iter().any(|segment| segment.executable && segment.file_bytes > 0)
        && !loaded.start(entry, None, StartSource::Entry, budget)
    {
        loaded.gap(Place::Address(entry), "entry point", "lies in no code");
    }
    stubs::read(loaded, budget);
    pclntab::read(loaded, budget);
    traits::read(loaded, headers, &dynamic, bytes, budget);
    loaded.end_of_budget("ELF tables", budget);
}

fn arch(
    bytes: &[u8],
    headers: &Headers,
    gaps: &mut Vec<Gap>,
    budget: &mut Budget,
) -> Option<Result<Arch, u16>> {
    let said = headers.arch();
    let fits = |arch: Arch| (arch != Arch::X86) == headers.wide;
    if let Some(Ok(arch)) = said
        && fits(arch)
    {
        return said;
    }
    let guessed = guess::arch(bytes, budget).filter(|&arch| said.is_none() || fits(arch));
    match guessed {
        Some(arch) if !matches!(said, Some(Err(_))) || guess::calls(arch, bytes, budget) > 64 => {
            gaps.push(Gap::new(
                Place::File(18),
                "machine",
                format!("not believable; the code looks like {arch}"),
            ));
            Some(Ok(arch))
        }
        _ => said,
    }
}

/// The unwind table: a section, or what the unwinder itself finds it by.
fn unwind(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) {
    if headers.kind == 1 {
        return; // object files: the starts are symbols, and the table waits for its relocations
    }
    if headers.section(".eh_frame").is_some_and(|section| section.size > 8) {
        return eh_frame::read_named(loaded, budget);
    }
    let Some(index) = headers.programs.iter().find(|program| program.kind == 0x6474_e550) else { return };
    let image = &loaded.image;
    // `.eh_frame_hdr`: version 1, then the encoding of the pointer, nearly always pc-relative, 4 bytes.
    if image.read_uint(index.address, 2) != Some(0x1b01) {
        return loaded.gap(
            Place::Address(index.address),
            ".eh_frame_hdr",
            "has an encoding that is not known",
        );
    }
    let place = index.address.saturating_add(4);
    let Some(distance) = image.read_uint(place, 4) else { return };
    let table = place.wrapping_add_signed(i64::from((distance as u32).cast_signed()));
    let size = image.tail(table).len() as u64;
    eh_frame::read(loaded, table, size, budget);
}
