//! Thin Mach-O files: executables, libraries, bundles and object files.

mod commands;
mod fixups;
mod symbols;
mod traits;
mod unwind;

use super::draft::push_missing;
use super::{Error, eh_frame, error, pclntab, stubs};
use crate::bytes::{Bytes, Stream};
use crate::ranges::Ranges;
use crate::{Arch, FileBytes, Format, Image, Loaded, Segment, StartSource};
use cognate_base::{Budget, Place};
use commands::{Commands, Part};

/// A section of initialisers by their distance from the load address, four bytes each.
const INIT_OFFSETS: u32 = 0x16;

/// Loads a Mach-O file; `None` where the magic is not one.
pub(super) fn load(bytes: &FileBytes, budget: &mut Budget) -> Option<Result<Loaded, Error>> {
    let wide = match bytes.get(..4)? {
        [0xcf, 0xfa, 0xed, 0xfe] => true,
        [0xce, 0xfa, 0xed, 0xfe] => false,
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] => {
            let processor = bytes.get(4..8)?.try_into().map_or(0, u32::from_be_bytes);
            let what = super::recognised::macho_processor(processor);
            return Some(Err(error::unsupported(&format!("big-endian {what}"))));
        }
        _ => return None,
    };
    let arch = match bytes.u32_at(4)? {
        7 => Arch::X86,
        0x0100_0007 => Arch::X86_64,
        0x0100_000c => Arch::Aarch64,
        other => match super::guess::arch(bytes, budget) {
            Some(arch) => arch,
            None if other & 0x00ff_ffff < 32 => {
                return Some(Err(error::unsupported(&super::recognised::macho_processor(other))));
            }
            None => return None,
        },
    };
    let mut gaps = Vec::new();
    let commands = Commands::read(bytes, wide, &mut gaps);
    if commands.parts.is_empty() {
        return None;
    }
    let base = commands.segment("__TEXT").map_or(0, |part| part.address);
    let mut image = Image::new(Format::MachO, arch, base, segments(&commands), bytes.clone());
    image.entry = commands.entry(bytes, arch);
    let mut loaded = Loaded::new(image);
    loaded.gaps.splice(0..0, gaps);
    loaded.check_code();
    for part in &commands.parts {
        let end = part.offset.saturating_add(part.file_bytes);
        let missing = part.file_bytes.min(end.saturating_sub(bytes.len() as u64));
        if missing > 0 {
            let subject = format!("segment {}", part.name);
            push_missing(&mut loaded.gaps, part.offset, &subject, missing, part.executable);
        }
    }
    read_everything(&mut loaded, &commands, bytes, budget);
    Some(Ok(loaded))
}

fn read_everything(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    symbols::read(loaded, commands, bytes, budget);
    symbols::branches(loaded, commands, bytes, budget);
    function_starts(loaded, commands, bytes, budget);
    fixups::read(loaded, commands, bytes, budget);
    if let Some(entry) = loaded.image.entry
        && !loaded.start(entry, None, StartSource::Entry, budget)
    {
        loaded.gap(Place::Address(entry), "entry point", "lies in no code");
    }
    let mut lists = Ranges::default();
    for part in commands.sections.iter().filter(|part| matches!(part.kind, 9 | 10 | INIT_OFFSETS)) {
        if !lists.claim(part.address, part.address.saturating_add(part.file_bytes)) {
            continue; // the same list once more
        }
        initialisers(loaded, part, budget);
    }
    eh_frame::read_named(loaded, budget);
    unwind::read(loaded, commands, budget);
    stubs::read(loaded, budget);
    pclntab::read(loaded, budget);
    traits::read(loaded, commands, budget);
    loaded.end_of_budget("Mach-O tables", budget);
}

/// Sections, and segments that have none.
fn segments(commands: &Commands) -> Vec<Segment> {
    let mut starts: Vec<u64> = commands.sections.iter().map(|section| section.address).collect();
    starts.sort_unstable();
    let bare = |part: &&Part| {
        let first = starts.get(starts.partition_point(|&start| start < part.address));
        let covered = first.is_some_and(|&start| start < part.address.saturating_add(part.size));
        part.name != "__PAGEZERO" && !covered
    };
    let parts = commands.sections.iter().chain(commands.parts.iter().filter(bare));
    parts
        .map(|part| Segment {
            name: part.name.clone(),
            address: part.address,
            size: part.size,
            file_offset: part.offset,
            file_bytes: part.file_bytes,
            writable: part.writable,
            executable: part.executable,
        })
        .collect()
}

/// `LC_FUNCTION_STARTS`: distances from start to start, the first from `__TEXT`.
fn function_starts(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    let Some((at, size)) = commands.function_starts else { return };
    let available = bytes.from(at);
    let mut stream = Stream(available.up_to(0, size));
    let (mut address, mut outside, mut listed) = (loaded.image.base, 0u64, 0u64);
    while let Some(step) = stream.uleb().filter(|&step| step != 0) {
        if budget.spend(1).is_err() {
            return;
        }
        address = address.wrapping_add(step);
        let known = loaded.start(address, None, StartSource::Table, budget);
        outside += u64::from(!known);
        listed += u64::from(known);
    }
    if outside > 0 {
        loaded.gap(Place::File(at), "function starts", &format!("{outside} lie in no code"));
    } else if listed > 0 {
        let code = loaded.image.segments().iter().filter(|segment| segment.executable);
        loaded.hints.listed = code.map(|segment| (segment.address, segment.end())).collect();
    }
}

fn initialisers(loaded: &mut Loaded, part: &Part, budget: &mut Budget) {
    let offsets = part.kind == INIT_OFFSETS;
    let width = if offsets { 4 } else { loaded.image.arch.pointer_bytes() as u64 };
    for index in 0..part.file_bytes.min(loaded.image.tail(part.address).len() as u64) / width {
        if budget.spend(1).is_err() {
            return;
        }
        let slot = part.address + index * width;
        let relocated = loaded.hints.relocations.get(&slot).copied().filter(|_| !offsets);
        let base = if offsets { loaded.image.base } else { 0 };
        let stored = || Some(base.wrapping_add(loaded.image.read_uint(slot, width as usize)?));
        if let Some(address) = relocated.or_else(stored) {
            loaded.start(address, None, StartSource::Entry, budget);
        }
    }
}
