//! `cognate case score`.

use super::file::{last, parse, read_text};
use crate::args::CaseScoreArgs;
use crate::context::Context;
use crate::error::{Result, question};
use cognate_base::Error;
use cognate_case::Case;
use cognate_case::model::MAX_BYTES;
use cognate_case::score::{When, score};
use std::path::{Path, PathBuf};

/// Most case files of one score.
const MOST_FILES: usize = 10_000;

/// Holds cases against their outcomes; found when any has one, an error when any cannot be read.
pub fn run(context: &Context<'_>, args: &CaseScoreArgs) -> Result<bool> {
    let (mut cases, mut errors) = (Vec::new(), Vec::new());
    for path in files(&args.paths)? {
        match case(&path) {
            Ok(case) => cases.push((path.to_string_lossy().into_owned(), case)),
            Err(error) => errors.push(error),
        }
    }
    let days = args.as_of.iter().copied().map(When::On).chain(args.days.iter().copied().map(When::Days));
    let mut dates: Vec<When> = days.collect();
    if dates.is_empty() {
        dates.push(When::Before);
    }
    let document = context.waiting(&format!("weighing {} cases", cases.len()), || score(&cases, &dates));
    context.show(&document)?;
    if !errors.is_empty() {
        return Err(last(context, errors)?);
    }
    Ok(document.dates.iter().any(|date| !date.cases.is_empty()))
}

fn case(path: &Path) -> Result<Case> {
    parse(path, &read_text(path, MAX_BYTES)?)
}

/// The files that are named, and those of folders that are, by name.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error| Error::read(path, error);
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_some_and(|extension| extension == "toml") && file.is_file() {
                inside.push(file);
            }
            if files.len() + inside.len() > MOST_FILES {
                let message = format!("`{}` makes more than {MOST_FILES} case files", path.display());
                return Err(question(message).hint("name a folder with fewer"));
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}
