//! Documents of an answer, written to files or printed.

use super::case::today;
use crate::args::Written;
use crate::context::Context;
use crate::error::{Result, cannot_write, question};
use crate::whole;
use cognate_base::SampleId;
use cognate_report::Made;
use std::path::Path;

/// Refuses before the work what could not be written after it.
pub fn check(context: &Context<'_>, written: &Written, format: bool, more: Option<&Path>) -> Result<()> {
    if context.json() && format {
        return Err(question("`--json` does not go with `--format`").hint("give one of them"));
    }
    let paths = [written.output.as_deref(), written.html.as_deref(), more];
    let taken = paths.into_iter().flatten().find(|path| !written.force && path.exists());
    taken.map_or(Ok(()), |path| {
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
