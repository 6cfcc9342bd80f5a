//! What a person is told when a command cannot be carried out.

use cognate_base::escape;
use cognate_report::shorten_names;
use std::path::Path;
use std::{fmt, io};

/// A message, and what to do next.
#[derive(Debug)]
pub struct Error {
    message: String,
    hint: Option<String>,
    broken_pipe: bool,
}

/// The result of a command's parts.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with a message in lower case and without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), hint: None, broken_pipe: false }
    }

    /// A file that the system refuses to write.
    pub fn write(path: &Path, source: &io::Error) -> Self {
        let reason = cognate_engine::reason(source);
        Error::new(format!("cannot write `{}`: {reason}", path.display())).hint_of(source.kind())
    }

    /// Adds what to do next where the system refuses to write.
    fn hint_of(self, kind: io::ErrorKind) -> Self {
        let error = self;
        match kind {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => error
                .hint("make room, or raise the limit (`ulimit -f`, quota); what was there before still is"),
            io::ErrorKind::NotFound => error.hint("name a file in a folder that is there"),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                error.hint("name a file in a folder that may be written to")
            }
            io::ErrorKind::ResourceBusy => error.hint("try again when it has ended"),
            _ => error,
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Output has nowhere to go any more.
    pub fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "error: {}", escape(&shorten_names(&self.message)))?;
        if let Some(hint) = &self.hint {
            writeln!(out, "\nhint: {}", escape(hint))?;
        }
        Ok(())
    }
}

impl From<cognate_engine::Error> for Error {
    fn from(error: cognate_engine::Error) -> Self {
        Error { hint: error.hint().map(str::to_owned), ..Error::new(error.to_string()) }
    }
}

impl From<cognate_engine::IndexError> for Error {
    fn from(failed: cognate_engine::IndexError) -> Self {
        Error::from(failed.error)
    }
}

impl From<cognate_index::Error> for Error {
    fn from(error: cognate_index::Error) -> Self {
        Error { hint: error.hint().map(str::to_owned), ..Error::new(error.to_string()) }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let broken_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        let reason = cognate_engine::reason(&error);
        let told = Error::new(format!("cannot write: {reason}"));
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                told.hint("make room where the output goes, or raise the limit (`ulimit -f`, quota)")
            }
            _ => Error { broken_pipe, ..told },
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::new(format!("cannot write JSON: {error}"))
    }
}
