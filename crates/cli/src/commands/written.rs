//! Documents of an answer, written to files or printed.

use super::case::today;
use crate::args::Written;
use crate::context::Context;
use crate::error::{Result, cannot_write, question};
use crate::whole;
use cognate_base::SampleId;
use cognate_report::Made;
use std::path::{Path, PathBuf};

/// Refuses before the work what could not be written after it, or would replace one of the `files` that are read.
pub fn check<'a>(
    context: &Context<'_>,
    written: &Written,
    (format, more): (bool, Option<&Path>),
    files: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<()> {
    if context.json() && format {
        return Err(question("`--json` does not go with `--format`").hint("give one of them"));
    }
    let paths = [written.output.as_deref(), written.html.as_deref(), more];
    let paths = || paths.into_iter().flatten();
    let place = |path: &Path| path.canonicalize().ok();
    let read: Vec<PathBuf> = files.into_iter().filter_map(|file| place(file)).collect();
    if let Some(path) = paths().find(|path| place(path).is_some_and(|place| read.contains(&place))) {
        let message = format!("`{}` is one of the files that are read", path.display());
        return Err(question(message).hint("name another file to write to"));
    }
    // What is no file (a device, a pipe) is written to, and nothing of it goes.
    let is_taken = |path: &Path| path.metadata().is_ok_and(|found| found.is_file() || found.is_dir());
    paths().find(|path| !written.force && is_taken(path)).map_or(Ok(()), |path| {
        let message = format!("`{}` is there already", path.display());
        Err(question(message).hint("name another file, or replace it with `--force`"))
    })
}

/// Writes a document whole.
pub fn write(path: &Path, text: impl AsRef<[u8]>, written: &Written) -> Result<()> {
    whole::write(path, text, written.force).map_err(|error| cannot_write(path, error))
}

/// Writes what a format gave where it was asked for.
pub fn put(context: &Context<'_>, text: &str, written: &Written) -> Result<()> {
    match &written.output {
        Some(path) => write(path, text, written),
        None => context.print(text),
    }
}

/// The day, and which components are known.
pub fn made(context: &Context<'_>) -> Result<Made> {
    let shipped = cognate_components::shipped();
    let mut base =
        format!("{} of this program ({})", shipped.components().len(), SampleId::of(shipped.bytes()).short());
    let added: usize = context.bases()?.iter().map(|(_, base)| base.components().len()).sum();
    if added > 0 {
        base.push_str(&format!(", {added} that the store adds"));
    }
    Ok(Made { on: today(), base })
}
