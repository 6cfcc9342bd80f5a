//! What can be wrong with a case, where, and what to do about it.

use std::fmt;

/// A place in a case file.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

/// Where the lines of a text begin, to find many places in it quickly.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        let breaks =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        Lines { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// The place of byte `offset`; past the end is the end.
    pub fn place(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start =
            line.checked_sub(1).and_then(|before| self.starts.get(before)).copied().unwrap_or_default();
        let before = self.text.as_bytes().get(start..offset).unwrap_or_default();
        // Bytes that continue a character do not begin one.
        let column = before.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(column).saturating_add(1) }
    }
}

impl Position {
    /// The place of byte `offset` in `text`; past the end is the end.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        Lines::of(text).place(offset)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, offset: usize, line: u32, column: u32) {
        assert_eq!(Position::of(text, offset), Position { line, column }, "{text:?} at {offset}");
    }

    #[test]
    fn places_count_from_one_in_characters() {
        check("", 0, 1, 1);
        check("ab\ncd", 0, 1, 1);
        check("ab\ncd", 2, 1, 3);
        check("ab\ncd", 3, 2, 1);
        check("ab\ncd", 4, 2, 2);
        check("äö\nü", 2, 1, 2);
        check("äö\nü", 4, 1, 3);
        check("ab\n", 99, 2, 1);
    }
}
