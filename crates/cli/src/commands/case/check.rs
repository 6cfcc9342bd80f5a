//! `cognate case check`.

use super::file::{read_text, wrong};
use crate::context::Context;
use crate::error::{Result, message, words};
use cognate_base::Error;
use cognate_case::model::MAX_BYTES;
use cognate_case::{Case, lint};
use cognate_report::{CheckDocument, CheckError, CheckedFile};
use std::path::{Path, PathBuf};

/// Looks case files over; found when each can be read and, where warnings are denied, has none.
pub fn run(context: &Context<'_>, paths: &[PathBuf], deny_warnings: bool) -> Result<bool> {
    let mut document = CheckDocument::default();
    let mut errors = Vec::new();
    for path in paths {
        let (file, wrong) = check(path);
        document.files.push(file);
        errors.extend(wrong);
    }
    context.show(&document)?;
    let last = errors.pop();
    for error in errors {
        context.tell(&message(&error))?;
    }
    match last {
        Some(error) => Err(error),
        None => Ok(!(deny_warnings && document.warns())),
    }
}

fn check(path: &Path) -> (CheckedFile, Vec<Error>) {
    let mut file = CheckedFile {
        file: path.to_string_lossy().into_owned(),
        case: None,
        findings: Vec::new(),
        errors: Vec::new(),
    };
    let text = match read_text(path, MAX_BYTES) {
        Ok(text) => text,
        Err(error) => {
            file.errors.push(CheckError { place: None, message: error.to_string(), hint: None });
            return (file, vec![error]);
        }
    };
    match Case::parse_all(&text) {
        Ok(case) => {
            file.findings = lint(&case);
            file.case = Some(case.header.id.to_string());
            (file, Vec::new())
        }
        Err(errors) => {
            let told = |error: &Error| CheckError {
                place: error.place(),
                message: error.message().to_owned(),
                hint: error.next_step().map(words),
            };
            file.errors = errors.iter().map(told).collect();
            (file, errors.into_iter().map(|error| wrong(path, error)).collect())
        }
    }
}
