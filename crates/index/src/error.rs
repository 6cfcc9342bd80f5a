//! What can go wrong with a store, and what to do next.

use std::fmt;
use std::path::Path;

/// What sort of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The operating system refused.
    Io,
    /// The catalogue refused.
    Catalogue,
    /// A file of the store is damaged.
    Damaged,
    /// The store was made by another version.
    Version,
    /// Another process is writing.
    Locked,
    /// The store was opened for reading only.
    ReadOnly,
    /// There is no store at this place.
    Missing,
    /// A sample or signature that the store does not have.
    Unknown,
    /// A bound of the format was reached.
    TooLarge,
}

/// An error of a store: what, where, and what to do next.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hint: None, source: None }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        let mut error = Error::new(ErrorKind::Io, format!("cannot {doing} `{}`: {source}", path.display()));
        error.source = Some(Box::new(source));
        error
    }

    pub(crate) fn damaged(path: &Path, subject: &str) -> Self {
        Error::new(ErrorKind::Damaged, format!("`{}` is damaged: {subject}", path.display()))
            .with_hint("run `cognate corpus verify`; labels can be saved with `cognate corpus export`")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        let mut error = Error::new(ErrorKind::Catalogue, format!("the catalogue refused: {source}"));
        error.source = Some(Box::new(source));
        error
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;
