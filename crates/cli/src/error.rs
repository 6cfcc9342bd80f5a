//! What a person is told when a command cannot be carried out.

use cognate_base::escape;
use std::fmt;

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
        writeln!(out, "error: {}", escape(&self.message))?;
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
        Error { broken_pipe, ..Error::new(format!("cannot write: {error}")) }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::new(format!("cannot write JSON: {error}"))
    }
}
