//! One file through loader and recovery, with or without what unwind data says.

use anyhow::{Context, Result};
use clap::ValueEnum;
use cognate_base::{Budget, Limits};
use cognate_binary::{Error, FileBytes, LoadOptions, Loaded, Program, StartSource, load, recover};
use std::path::Path;
use std::time::Duration;

/// What recovery may know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Mode {
    /// Everything the file says: how the tool runs.
    Shipped,
    /// Starts, ends and chunks from unwind data are withheld.
    NoUnwind,
}

impl Mode {
    /// Both, as the tool runs first.
    pub const ALL: [Mode; 2] = [Mode::Shipped, Mode::NoUnwind];

    /// For column heads.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Shipped => "as shipped",
            Mode::NoUnwind => "unwind data withheld",
        }
    }
}

/// Bounds that a benchmark file must stay within.
pub fn limits() -> Limits {
    Limits { time: Duration::from_secs(120), ..Limits::default() }
}

/// Reads a file as the loader takes it.
pub fn read(path: &Path) -> Result<FileBytes> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bytes.into())
}

/// Loads and recovers; the loaded file comes back too.
pub fn analyse(bytes: FileBytes, mode: Mode) -> std::result::Result<(Loaded, Program), Error> {
    let mut budget = Budget::new(&limits());
    let mut loaded = load(bytes, &LoadOptions::default(), &mut budget)?;
    if mode == Mode::NoUnwind {
        loaded.hints.starts.retain(|start| start.source != StartSource::Unwind);
        loaded.hints.chunks.clear();
    }
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    Ok((loaded, program))
}
