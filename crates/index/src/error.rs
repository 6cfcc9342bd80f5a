//! What can go wrong with a store, and what to do next.

use crate::store::{SampleKey, SignatureId};
use std::path::Path;
use std::{fmt, io};

/// What sort of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The operating system refused.
    Io,
    /// There is no room left to write.
    Full,
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
    /// There is something else than a store at this place.
    NotAStore,
    /// A sample or signature that the store does not have.
    Unknown,
    /// A bound of the format was reached.
    TooLarge,
    /// A label that says nothing.
    Label,
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

    /// What the operating system refused, and what can be done about it.
    pub(crate) fn io(doing: &str, path: &Path, source: io::Error) -> Self {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
        let (kind, hint) = match source.kind() {
            kind if full.contains(&kind) => (ErrorKind::Full, Some(NO_ROOM)),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
                ErrorKind::Io,
                Some("check who may read and write there, or name another store with `--store`"),
            ),
            io::ErrorKind::NotFound => {
                (ErrorKind::Io, Some("check that the folder was not moved or removed"))
            }
            _ => (ErrorKind::Io, None),
        };
        let mut error = Error::new(kind, format!("cannot {doing} `{}`: {source}", path.display()));
        error.hint = hint.map(str::to_owned);
        error.source = Some(Box::new(source));
        error
    }

    /// Why a file of the store cannot be opened; something else in its place is damage.
    pub(crate) fn in_place_of(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::InvalidInput => Self::damaged(path, &source.to_string()),
            _ => Self::io("open", path, source),
        }
    }

    pub(crate) fn damaged(path: &Path, subject: &str) -> Self {
        Error::new(ErrorKind::Damaged, format!("`{}` is damaged: {subject}", path.display())).with_hint(
            "`cognate corpus verify` tells what is damaged; put the file back from a copy, or save the labels \
             with `cognate corpus export` and index the files again into a new folder",
        )
    }

    /// Says in which line of a text it went wrong.
    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.message = format!("line {line}: {}", self.message);
        self
    }

    /// Names the file that SQLite did not.
    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        if self.kind == ErrorKind::Catalogue {
            self.message = format!("`{}`: {}", path.display(), self.message);
        } else if self.kind == ErrorKind::Full && [FULL, REFUSED].contains(&self.message.as_str()) {
            self.message = format!("cannot write `{}`: {}", path.display(), self.message);
        }
        self
    }
}

const FULL: &str = "no room left";
const REFUSED: &str = "the disk, a quota or a limit on the size of files does not let it grow";
const NO_ROOM: &str = "make room, or raise the limit (`ulimit -f`, quota), and try again; everything that was \
                       stored before is there";
/// `SQLITE_IOERR_WRITE`.
const FAILED_WRITE: i32 = 778;

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
        use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
        let failed_write = source.sqlite_error().is_some_and(|error| error.extended_code == FAILED_WRITE);
        let mut error = match source.sqlite_error_code() {
            Some(DiskFull) => Error::new(ErrorKind::Full, FULL).with_hint(NO_ROOM),
            // A quota or a limit on the size of files shows as a failed write.
            Some(SystemIoFailure) if failed_write => Error::new(ErrorKind::Full, REFUSED).with_hint(NO_ROOM),
            Some(SystemIoFailure) => Error::new(ErrorKind::Catalogue, format!("the catalogue: {source}"))
                .with_hint("check that there is room, and that the disk is whole"),
            _ => Error::new(ErrorKind::Catalogue, format!("the catalogue refused: {source}")),
        };
        error.source = Some(Box::new(source));
        error
    }
}

/// A sample that the store does not have.
pub(crate) fn no_sample(sample: SampleKey) -> Error {
    Error::new(ErrorKind::Unknown, format!("there is no sample number {}", sample.0))
}

/// A signature that the store does not have.
pub(crate) fn no_signature(id: SignatureId) -> Error {
    Error::new(ErrorKind::Unknown, format!("there is no signature {:016x}", id.0))
}

pub(crate) type Result<T> = std::result::Result<T, Error>;
