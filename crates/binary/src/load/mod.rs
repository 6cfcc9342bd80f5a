//! Bytes to [`Loaded`]: tells the container and hands over to its loader.

pub(crate) mod bytes;
mod common;
mod draft;
mod eh_frame;
mod elf;
mod error;
mod guess;
mod macho;
pub(crate) mod memory;
mod names;
mod pclntab;
mod pe;
mod raw;
mod stubs;

pub(crate) use bytes::{Bytes, Stream, find};
pub use common::file_hashes;

use crate::{Arch, FileBytes, Loaded};
use cognate_base::Budget;
use serde::{Deserialize, Serialize};

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

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No container was recognised.
    UnknownContainer,
    /// The container holds code of an instruction set that cognate does not read.
    UnsupportedArch,
    /// The bytes are too few or too many.
    Size,
}

/// Why nothing at all could be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
}

impl Error {
    /// Which kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// Loads a sample, keeping what is readable.
///
/// Fails only when no container is recognised at all, or when its instruction
/// set is not one of ours.
pub fn load(bytes: FileBytes, options: &LoadOptions, budget: &mut Budget) -> Result<Loaded, Error> {
    if bytes.len() < 4 {
        return Err(error::size("too few bytes for any container"));
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
        _ => pe(budget).or_else(|| elf(budget)),
    };
    let guess = |budget: &mut Budget| {
        let wiped = pe::load_wiped(&bytes, options.memory, budget);
        wiped.or_else(|| raw::guess(&bytes, options.memory, budget))
    };
    found.unwrap_or_else(|| guess(budget).ok_or_else(error::unknown))
}
