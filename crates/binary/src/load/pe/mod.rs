//! PE files, on disk or as they lie in memory.
//!
//! [`load`] lays the sections out; `tables` then reads what the file says about
//! its code, and `traits` what it says about itself.

mod headers;
mod hybrid;
mod imports;
mod late;
mod layout;
mod ordinals;
mod resources;
mod symbols;
mod tables;
mod traits;
mod unwind;
mod wiped;

use super::{Error, LoadOptions, eh_frame, error, guess, pclntab, recognised};
use crate::{Arch, FileBytes, Format, Image, Loaded};
use cognate_base::{Budget, Gap, Place};
use headers::Headers;

/// Loads a PE, or says `None` where no trace of its headers is left.
pub(super) fn load(
    bytes: &FileBytes,
    options: &LoadOptions,
    budget: &mut Budget,
) -> Option<Result<Loaded, Error>> {
    let mut gaps = Vec::new();
    let mut headers = Headers::find(bytes, &mut gaps)?;
    if headers.sections.is_empty() && bytes.len() < 0x200 && !layout::runs_flat(bytes, &headers) {
        return None;
    }
    let arch = match arch(bytes, &headers, &mut gaps, budget) {
        Some(Ok(arch)) => arch,
        Some(Err(machine)) => return Some(Err(error::unsupported(&recognised::pe_machine(machine)))),
        None => return None,
    };
    headers.base = base(&headers, arch, &mut gaps);
    let mapped = options.memory || layout::looks_mapped(bytes, &headers);
    let segments = layout::segments(bytes.len() as u64, &headers, mapped, &mut gaps);
    let format = if mapped { Format::PeMemory } else { Format::Pe };
    let mut image = Image::new(format, arch, headers.base, segments, bytes.clone());
    if is_managed(&image, &headers) {
        return Some(Err(error::not_read(recognised::DOT_NET)));
    }
    image.entry = (headers.entry != 0).then(|| headers.base.saturating_add(headers.entry));
    let mut loaded = Loaded::new(image);
    loaded.gaps.splice(0..0, gaps);
    layout::make_code_executable(&mut loaded, &headers, budget);
    read_everything(&mut loaded, &headers, bytes, budget);
    Some(Ok(loaded))
}

/// Notes a start for every entry of a function table at an address, and a chunk for every chained one.
pub(super) fn read_function_table(loaded: &mut Loaded, table: u64, size: u64, budget: &mut Budget) {
    let arch = loaded.image.arch;
    if arch != Arch::X86 {
        unwind::read_table(loaded, arch, table, size, budget);
    }
}

/// Loads what has no header left by its function table, or says `None` where there is none.
pub(super) fn load_wiped(bytes: &FileBytes, memory: bool, budget: &mut Budget) -> Option<Loaded> {
    wiped::load(bytes, memory, budget)
}

fn read_everything(loaded: &mut Loaded, headers: &Headers, bytes: &[u8], budget: &mut Budget) {
    let hybrid = hybrid::split(loaded, headers, budget);
    unwind::read(loaded, headers, budget);
    let exports = tables::exports(loaded, headers, budget);
    tables::entry_points(loaded, headers, budget);
    tables::guard_functions(loaded, headers, budget);
    hybrid::starts(loaded, &hybrid, budget);
    tables::relocations(loaded, headers, budget);
    let imports = imports::read(loaded, headers, budget);
    symbols::read(loaded, headers, bytes, budget);
    late::mend(loaded, budget);
    eh_frame::read_named(loaded, budget);
    pclntab::read(loaded, budget);
    traits::read(loaded, headers, bytes, &exports, &imports, budget);
    loaded.end_of_budget("PE tables", budget);
}

fn arch(
    bytes: &[u8],
    headers: &Headers,
    gaps: &mut Vec<Gap>,
    budget: &mut Budget,
) -> Option<Result<Arch, u16>> {
    if let Some(arch) = headers.arch() {
        let contradicts = arch == Ok(Arch::X86) && headers.wide
            || arch.is_ok_and(|arch| arch != Arch::X86) && !headers.wide;
        if !contradicts {
            return Some(arch);
        }
    }
    let place = headers.coff.map_or(Place::Whole, Place::File);
    if let Some(arch) = guess::arch(bytes, budget) {
        gaps.push(Gap::new(place, "machine", format!("not believable; the code looks like {arch}")));
        return Some(Ok(arch));
    }
    headers.arch()
}

/// Whether a .NET assembly holds no native code by its own statement, and nothing that the system would call.
fn is_managed(image: &Image, headers: &Headers) -> bool {
    const IL_ONLY: u64 = 1;
    let Some((rva, _)) = headers.directory(14) else { return false };
    let field = |at: u64| image.read_uint(headers.base.saturating_add(rva).saturating_add(at), 4);
    // The header's size, its flags, and how much was compiled to native code in advance.
    let (Some(72..), Some(flags), Some(native)) = (field(0), field(16), field(68)) else { return false };
    let called = headers.directory(0).is_some() || headers.directory(9).is_some();
    flags & IL_ONLY != 0 && native == 0 && !called
}

/// The load address, or the linker's default where the header's is impossible.
fn base(headers: &Headers, arch: Arch, gaps: &mut Vec<Gap>) -> u64 {
    let top = if arch == Arch::X86 { 1 << 32 } else { 1 << 48 };
    let end = headers.sections.iter().map(|row| u64::from(row.rva) + u64::from(row.size.min(1 << 30))).max();
    let fits = headers.base.checked_add(end.unwrap_or(0)).is_some_and(|end| end <= top);
    if headers.base != 0 && headers.base.is_multiple_of(0x1000) && fits {
        return headers.base;
    }
    let place = headers.coff.map_or(Place::Whole, Place::File);
    gaps.push(Gap::new(place, "image base", "not believable; the linker's default is used"));
    if arch == Arch::X86 { 0x40_0000 } else { 0x1_4000_0000 }
}
