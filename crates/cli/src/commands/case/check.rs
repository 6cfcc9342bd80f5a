//! `cognate case check`.

use super::file::{read_text, wrong};
use crate::context::Context;
use crate::error::{Result, message, words};
use cognate_base::Error;
use cognate_case::model::MAX_BYTES;
use cognate_case::{Case, lint};
use cognate_report::{CheckDocument, CheckError, CheckedFile};
use std::path::{Path, PathBuf};

/// Looks case files over; found when there is nothing to mend, an error when any cannot be read.
pub fn run(context: &Context<'_>, paths: &[PathBuf]) -> Result<bool> {
    let mut document = CheckDocument::default();
    let mut errors = Vec::new();
    for path in paths {
        let (file, error) = check(path);
        document.files.push(file);
        errors.extend(error);
    }
    context.show(&document)?;
    let last = errors.pop();
    for error in errors {
        context.tell(&message(&error))?;
    }
    match last {
        Some(error) => Err(error),
        None => Ok(!document.warns()),
    }
}

fn check(path: &Path) -> (CheckedFile, Option<Error>) {
    let mut file = CheckedFile {
        file: path.to_string_lossy().into_owned(),
        case: None,
        findings: Vec::new(),
        error: None,
    };
    let text = match read_text(path, MAX_BYTES) {
        Ok(text) => text,
        Err(error) => {
            file.error = Some(CheckError { place: None, message: error.to_string(), hint: None });
            return (file, Some(error));
        }
    };
    match Case::parse(&text) {
        Ok(case) => {
            file.findings = lint(&case);
            file.case = Some(case.header.id.to_string());
            (file, None)
        }
        Err(error) => {
            let hint = error.next_step().map(words);
            file.error = Some(CheckError { place: error.place(), message: error.message().to_owned(), hint });
            (file, Some(wrong(path, error)))
        }
    }
}
