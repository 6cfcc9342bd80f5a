//! Memory taken out of a dump: bytes that say before the first of them what they are and where they lay.
//!
//! Whoever opens a dump writes the header, nobody else: it is how a member of a dump keeps its address on the way
//! from the walk to the loader.

use super::{Error, LoadOptions, RawLayout, elf, error, pe, raw};
use crate::Forgeability::Trivial;
use crate::bytes::Bytes;
use crate::{Arch, FileBytes, Loaded};
use cognate_base::{Budget, Place};

const MAGIC: &[u8; 16] = b"cognate memory\x01\n";
/// Bytes of the header.
pub(crate) const HEADER: u64 = 32;

/// What the memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A program or library.
    Module,
    /// Code that belongs to none.
    Code,
}

/// The header of such bytes.
pub(crate) fn header(what: What, arch: Arch, base: u64) -> Vec<u8> {
    let what = if what == What::Module { 0u32 } else { 1 };
    let arch = match arch {
        Arch::X86 => 0u32,
        Arch::X86_64 => 1,
        Arch::Aarch64 => 2,
    };
    let mut header = MAGIC.to_vec();
    header.extend(what.to_le_bytes());
    header.extend(arch.to_le_bytes());
    header.extend(base.to_le_bytes());
    header
}

/// Loads such bytes; `None` where they are something else.
pub(super) fn load(bytes: &FileBytes, budget: &mut Budget) -> Option<Result<Loaded, Error>> {
    bytes.starts_with(MAGIC).then_some(())?;
    let arch = match bytes.u32_at(20)? {
        0 => Arch::X86,
        1 => Arch::X86_64,
        2 => Arch::Aarch64,
        _ => return None,
    };
    let base = bytes.u64_at(24)?;
    let memory = FileBytes::slice(bytes, HEADER as usize..bytes.len());
    let mut found = read(&memory, bytes.u32_at(16)?, arch, base, budget);
    if let Ok(loaded) = &mut found {
        // whoever writes such a header can say what he likes
        loaded.traits.push("memory-of-a-dump", format!("at {base:#x}"), Trivial);
    }
    Some(found)
}

/// Reads memory that lay at `base`: a module, or code that belongs to none.
fn read(memory: &FileBytes, what: u32, arch: Arch, base: u64, budget: &mut Budget) -> Result<Loaded, Error> {
    if what == 0 {
        let options = LoadOptions { memory: true, raw: None };
        let found = if memory.starts_with(b"\x7fELF") {
            elf::load_mapped(memory, base, budget)
        } else {
            let pe = pe::load(memory, &options, budget);
            let wiped = pe.or_else(|| pe::load_wiped(memory, true, budget).map(Ok));
            wiped.or_else(|| raw::guess(memory, true, budget).map(Ok))
        };
        return found.unwrap_or_else(|| Err(error::unknown()));
    }
    let mut loaded = raw::load(memory, RawLayout { arch, base }, budget);
    let reason = "belongs to no module of the dump; read as code";
    loaded.gap(Place::Address(base), "memory", reason);
    Ok(loaded)
}
