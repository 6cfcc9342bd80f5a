//! What can go wrong at the front door, and what to do about it.

use serde::{Deserialize, Serialize};
use std::path::Path;

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A path is not there, or the system refuses to read it.
    Read,
    /// The file is larger than the limit.
    Size,
    /// No container was recognised.
    UnknownContainer,
    /// The container holds code that cognate does not read.
    Unsupported,
    /// A manifest of labels is not as it should be.
    Manifest,
    /// The store failed.
    Store,
    /// The machine refuses worker threads.
    Threads,
    /// A function that was asked for is not there.
    NoFunction,
    /// The process that read the file came to grief, or none could be started.
    Parser,
}

/// Why the engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    recognised: Option<String>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Makes an error of a kind with a message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hint: None, recognised: None, source: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what the file is, where it is known and none that can be read.
    #[must_use]
    pub fn with_recognised(mut self, recognised: Option<String>) -> Self {
        self.recognised = recognised;
        self
    }

    /// Adds the error beneath.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Which kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// What the file is, in a few words that can be counted, where it is known and none that can be read.
    pub fn recognised(&self) -> Option<&str> {
        self.recognised.as_deref()
    }

    /// A path that the system refuses to read.
    pub fn read(path: &Path, source: std::io::Error) -> Self {
        let message = format!("cannot read `{}`: {}", path.display(), reason(&source));
        Error::new(ErrorKind::Read, message)
            .with_hint("check that the path is right and may be read")
            .with_source(source)
    }

    pub(crate) fn store(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        let known = (&source as &dyn std::any::Any).downcast_ref::<cognate_index::Error>();
        let hint = known.and_then(|error| error.hint()).map(str::to_owned);
        Error { hint, ..Error::new(ErrorKind::Store, source.to_string()).with_source(source) }
    }

    pub(crate) fn load(name: &str, source: cognate_binary::Error) -> Self {
        use cognate_binary::ErrorKind as Kind;
        let kind = match source.kind() {
            Kind::UnknownContainer => ErrorKind::UnknownContainer,
            Kind::UnsupportedArch | Kind::NoCode => ErrorKind::Unsupported,
            Kind::Size => ErrorKind::Size,
        };
        let mut error = Error::new(kind, format!("cannot load `{name}`: {source}"));
        error.hint = source.hint().map(str::to_owned);
        error.recognised = source.recognised().map(str::to_owned);
        error.with_source(source)
    }
}

/// The system's reason, as it stands in our messages: without its number: "no such file or directory".
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
