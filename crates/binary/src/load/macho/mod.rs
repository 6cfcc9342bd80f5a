//! Thin Mach-O files: executables, libraries, bundles and object files.

mod commands;
mod fixups;
mod symbols;
mod traits;

use super::bytes::{Bytes, Stream};
use super::{Error, eh_frame, error, pclntab, stubs};
use crate::{Arch, Format, Image, Loaded, Segment, StartSource};
use cognate_base::{Budget, Place};
use commands::{Commands, Part};
use std::sync::Arc;

/// Loads a Mach-O file; `None` where the magic is not one.
pub(super) fn load(bytes: &Arc<[u8]>, budget: &mut Budget) -> Option<Result<Loaded, Error>> {
    let wide = match bytes.get(..4)? {
        [0xcf, 0xfa, 0xed, 0xfe] => true,
        [0xce, 0xfa, 0xed, 0xfe] => false,
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] => return Some(Err(error::unsupported("big-endian Mach-O"))),
        _ => return None,
    };
    let arch = match bytes.u32_at(4)? {
        7 => Arch::X86,
        0x0100_0007 => Arch::X86_64,
        0x0100_000c => Arch::Aarch64,
        _ if super::guess::arch(bytes).is_some() => super::guess::arch(bytes)?,
        other if other & 0x00ff_ffff < 32 => {
            return Some(Err(error::unsupported(&format!("Mach-O processor type {other:#x}"))));
        }
        _ => return None,
    };
    let mut gaps = Vec::new();
    let commands = Commands::read(bytes, wide, &mut gaps);
    if commands.parts.is_empty() {
        return None;
    }
    let base = commands.segment("__TEXT").map_or(0, |part| part.address);
    let mut image = Image::new(Format::MachO, arch, base, segments(&commands), Arc::clone(bytes));
    image.entry = commands.entry(bytes, arch);
    let mut loaded = Loaded::new(image);
    loaded.gaps = gaps;
    for part in &commands.parts {
        if part.offset.saturating_add(part.file_bytes) > bytes.len() as u64 {
            loaded.gap(
                Place::File(part.offset),
                &format!("segment {}", part.name),
                "reaches behind the end of the file",
            );
        }
    }
    read_everything(&mut loaded, &commands, bytes, budget);
    Some(Ok(loaded))
}

fn read_everything(loaded: &mut Loaded, commands: &Commands, bytes: &[u8], budget: &mut Budget) {
    symbols::read(loaded, commands, bytes, budget);
    function_starts(loaded, commands, bytes, budget);
    fixups::read(loaded, commands, bytes, budget);
    if let Some(entry) = loaded.image.entry
        && !loaded.start(entry, None, StartSource::Entry)
    {
        loaded.gap(Place::Address(entry), "entry point", "lies in no code");
    }
    for part in commands.sections.iter().filter(|part| matches!(part.kind, 9 | 10)) {
        initialisers(loaded, part, budget);
    }
    eh_frame::read_named(loaded, budget);
    stubs::read(loaded, budget);
    pclntab::read(loaded, budget);
    traits::read(loaded, commands);
    if let Some(exhausted) = budget.exhausted() {
        loaded.gap(Place::Whole, "Mach-O tables", &exhausted.to_string());
    }
}

/// Sections, and segments that have none.
fn segments(commands: &Commands) -> Vec<Segment> {
    let bare = |part: &&Part| {
        let covers = |section: &Part| {
            section.address >= part.address && section.address < part.address.saturating_add(part.size)
        };
        part.name != "__PAGEZERO" && !commands.sections.iter().any(covers)
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
    let held = bytes.from(at);
    let mut stream = Stream(held.slice(0, size).unwrap_or(held));
    let mut address = loaded.image.base;
    while let Some(step) = stream.uleb().filter(|&step| step != 0) {
        if budget.spend(1).is_err() {
            return;
        }
        address = address.wrapping_add(step);
        if !loaded.start(address, None, StartSource::Table) {
            loaded.gap(Place::Address(address), "function starts", "lie in no code");
        }
    }
}

fn initialisers(loaded: &mut Loaded, part: &Part, budget: &mut Budget) {
    let width = loaded.image.arch.pointer_bytes() as u64;
    for index in 0..part.file_bytes.min(loaded.image.tail(part.address).len() as u64) / width {
        if budget.spend(1).is_err() {
            return;
        }
        let slot = part.address + index * width;
        let relocated = loaded.hints.relocations.get(&slot).copied();
        if let Some(address) = relocated.or_else(|| loaded.image.read_pointer(slot)) {
            loaded.start(address, None, StartSource::Entry);
        }
    }
}
