//! Bytes to [`Loaded`]: tells the container and hands over to its loader.
//!
//! [`elf`], [`pe`], [`coff`], [`macho`], [`raw`] and [`memory`] are a loader each, [`tables`] what their files share;
//! [`looks`] tells what no header does, and names what is not read. All write what they find by [`draft`].

mod coff;
mod common;
mod draft;
mod elf;
mod error;
mod looks;
mod macho;
pub(crate) mod memory;
mod names;
mod pe;
mod raw;
pub(crate) mod static_library;
mod tables;

pub(crate) use coff::is_import;
pub use common::{file_hashes, other_hashes};
pub(crate) use looks::recognised::{self, is_java_class};

use crate::{Arch, FileBytes, Loaded};
use cognate_base::{Budget, Error, ErrorKind};
use looks::{guess, packed};
use serde::{Deserialize, Serialize};
use tables::{eh_frame, pclntab, stubs};

/// How to read bytes that carry no container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawLayout {
    /// The instruction set.
    pub arch: Arch,
    /// The address of the first byte.
    pub base: u64,
}

/// How to load a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadOptions {
    /// Take the bytes as bare code instead of looking for a container.
    pub raw: Option<RawLayout>,
    /// Take a PE as mapped in memory instead of deciding by its looks.
    pub memory: bool,
}

/// Loads a sample, keeping what is readable.
///
/// Fails only when no container is recognised at all, or when its instruction
/// set is not one of ours.
pub fn load(bytes: FileBytes, options: &LoadOptions, budget: &mut Budget) -> Result<Loaded, Error> {
    if bytes.len() < 4 {
        return Err(Error::new(ErrorKind::UnknownContainer, "too few bytes for any container"));
    }
    if let Some(loaded) = memory::load(&bytes, budget) {
        return loaded;
    }
    if let Some(layout) = options.raw {
        return Ok(raw::load(&bytes, layout, budget));
    }
    let magic = bytes.get(..4).unwrap_or(&[]);
    let elf = |budget: &mut Budget| elf::load(&bytes, budget);
    let pe = |budget: &mut Budget| pe::load(&bytes, options, budget);
    let found = match magic {
        b"\x7fELF" => elf(budget).or_else(|| pe(budget)),
        [0xce | 0xcf, 0xfa, 0xed, 0xfe] | [0xfe, 0xed, 0xfa, 0xce | 0xcf] => macho::load(&bytes, budget),
        b"!<ar" => import_library(&bytes).or_else(|| elf(budget)),
        _ => coff::load(&bytes, budget).or_else(|| pe(budget)).or_else(|| elf(budget)),
    };
    let mut loaded = match found {
        Some(found) => found?,
        None => unnamed(&bytes, options, budget)?,
    };
    packed::look(&mut loaded, budget);
    Ok(loaded)
}

/// What no loader takes for its own: named if it is known all the same, else code if it looks like code.
fn unnamed(bytes: &FileBytes, options: &LoadOptions, budget: &mut Budget) -> Result<Loaded, Error> {
    if let Some(what) = recognised::other_machine(bytes) {
        return Err(error::unsupported(&what));
    }
    // What says what it is, is not guessed at; text is what looks like nothing else.
    if let Some(known) = recognised::by_magic(bytes) {
        return Err(error::not_read(known));
    }
    let wiped = pe::load_wiped(bytes, options.memory, budget);
    let guessed = wiped.or_else(|| raw::guess(bytes, options.memory, budget));
    guessed.ok_or_else(|| recognised::text(bytes).map_or_else(error::unknown, error::not_read))
}

/// Says of a static library that names functions of others and has none that there is no code in it.
fn import_library(bytes: &FileBytes) -> Option<Result<Loaded, Error>> {
    let imports = Some(static_library::Imports::count(bytes)).filter(|imports| imports.only())?;
    Some(Err(error::no_code("import library", &format!("import library of {} members", imports.found))))
}
