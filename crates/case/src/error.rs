//! What can be wrong with a case, where, and what to do about it.

use std::fmt;

/// A place in a case file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

impl Position {
    /// The place of byte `offset` in `text`; past the end is the end.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(..end).unwrap_or_default();
        let line = before.bytes().filter(|&byte| byte == b'\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1);
        Position { line: count(line), column: count(column) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Not TOML, or a key, type or value that a case does not know.
    Syntax,
    /// Well-formed, and not a case: an id that is nowhere defined, priors that do not add up.
    Meaning,
    /// More than a case may hold.
    TooLarge,
    /// A question that the case cannot answer: an unknown item, a date before all evidence.
    Question,
    /// A match result that makes no evidence.
    Match,
}

/// Why a case could not be read, assessed or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place.map(|place| format!("{place}: ")).unwrap_or_default())]
pub struct Error {
    kind: ErrorKind,
    place: Option<Position>,
    message: String,
    hint: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, place: None, message: message.into(), hint: None }
    }

    pub(crate) fn meaning(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Meaning, message)
    }

    pub(crate) fn at(mut self, place: Position) -> Self {
        self.place = Some(place);
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What kind of thing is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where in the case file, where that can be told.
    #[must_use]
    pub fn place(&self) -> Option<Position> {
        self.place
    }

    /// What to do next, where we know.
    #[must_use]
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}
