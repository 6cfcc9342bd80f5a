//! The one error of all crates: what went wrong, where, and what to do about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::{fmt, io};

/// Why something could not be done.
///
/// The message is in lower case, without a full stop, and names what it is about. What to do
/// next is a [`Hint`], which the surface that speaks to a person puts into words.
///
/// It is one pointer, so that results stay small.
#[derive(Debug, Serialize, Deserialize)]
pub struct Error(Box<Parts>);

#[derive(Debug, Serialize, Deserialize)]
struct Parts {
    kind: ErrorKind,
    message: String,
    place: Option<Position>,
    hint: Option<Hint>,
    recognised: Option<String>,
    #[serde(skip)]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kind of thing went wrong, for callers who branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorKind {
    /// The operating system refused: a path that is not there or may not be read, a disk that fails.
    Io,
    /// There is no room left to write.
    NoRoom,
    /// Whoever read the output went away.
    OutputClosed,
    /// The machine refuses threads.
    Threads,
    /// The process that read a file came to grief, or none could be started.
    Worker,
    /// More than a limit or a format allows.
    TooLarge,
    /// No container was recognised.
    UnknownContainer,
    /// The container holds code of an instruction set that is not read.
    UnsupportedArch,
    /// It is known what the file is, and that no code is in it that is read.
    NoCode,
    /// The function that was asked for is not there.
    NoFunction,
    /// A label, or a table of labels, is not as it should be.
    Label,
    /// There is no store at this place.
    NoStore,
    /// There is something else than a store at this place.
    NotAStore,
    /// The store does not have this sample or signature.
    NotInStore,
    /// The store was made by another version.
    Version,
    /// Another process is writing to the store.
    Locked,
    /// The store was opened for reading only.
    ReadOnly,
    /// The store's catalogue refused.
    Catalogue,
    /// A file of the store is damaged.
    Damaged,
    /// A case file is not TOML, or has a key, type or value that a case does not know.
    Syntax,
    /// A case file is well-formed and no case: an id that is nowhere defined, priors that do not add up.
    Meaning,
    /// A match result makes no evidence.
    Match,
    /// Of several things that were asked for some got no answer, the others did.
    Incomplete,
    /// What was asked for cannot be had: an unknown name, a date before all evidence, options that do not go together.
    Question,
}

/// What to do next.
///
/// Where that is to give an option or a command of the surface, a value says which: libraries do not know
/// what it is called there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hint {
    /// Words that name no option and no command.
    Text(String),
    /// Take the bytes as code without a container.
    ReadAsCode,
    /// Name a file: no folder can be taken here.
    NameFileNotFolder,
    /// Standard input can stand for one file only.
    StandardInputOnce,
    /// Raise the limit on the size of a file.
    LargerFiles,
    /// Raise the limit on work.
    MoreWork,
    /// Raise the limit on time.
    MoreTime,
    /// Raise the limit on memory.
    MoreMemory,
    /// Raise the limit on time: a worker had to be stopped.
    MoreTimeForWorker,
    /// Lower the limits on the memory of a worker, which ran out of it.
    BoundWorkerMemory,
    /// Read files without a worker, which cannot be started.
    ReadWithoutWorker,
    /// Ask for fewer threads.
    FewerThreads,
    /// Give the password of an archive.
    GivePassword,
    /// See which functions there are.
    ListFunctions,
    /// Name the files beside a manifest that names none.
    NameFilesOfManifest,
    /// Make a store, or name another.
    MakeStore,
    /// Name a store.
    NameStore,
    /// Name a folder as the store.
    NameFolderAsStore,
    /// Name a folder as the store, or mount what the named one points to.
    MountStore,
    /// See who may read and write in the store's folder, or name another store.
    AllowStore,
    /// Wait for the process that writes to the store.
    WaitForWriter,
    /// See what is damaged in a store, and make it again.
    RepairStore,
    /// Put back a store's marker, or index again with the labels that can be saved.
    RestoreMarker,
    /// Use the version that made the store, or a later one.
    UseLaterVersion,
    /// Save the labels of this store and index the files again.
    IndexAgain {
        /// Where the store lies.
        store: String,
    },
    /// Make a match result.
    MakeMatchResult,
    /// See how a case is written.
    SeeCaseSkeleton,
    /// See the rest of a list that is shown in part.
    SeeWholeList,
    /// See all that an assessment says.
    SeeWholeCase,
    /// Ask for more pairs of functions.
    SeeMorePairs,
    /// See the gaps of one file.
    InspectFile,
}

impl<T: Into<String>> From<T> for Hint {
    fn from(words: T) -> Self {
        Hint::Text(words.into())
    }
}

impl Error {
    /// Makes an error of a kind with a message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Error(Box::new(Parts { kind, message, place: None, hint: None, recognised: None, source: None }))
    }

    /// A case file that is well-formed and no case.
    pub fn meaning(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Meaning, message)
    }

    /// What the system refused to do with a path, and why: "cannot read `a`: permission denied".
    pub fn system(doing: &str, path: &Path, source: io::Error) -> Self {
        let kind = if is_full(source.kind()) { ErrorKind::NoRoom } else { ErrorKind::Io };
        let message = format!("cannot {doing} `{}`: {}", path.display(), reason(&source));
        Error::new(kind, message).with_source(source)
    }

    /// A path that the system refuses to read.
    pub fn read(path: &Path, source: io::Error) -> Self {
        Error::system("read", path, source).hint("check that the path is right and may be read")
    }

    /// Adds the place in a text file.
    #[must_use]
    pub fn at(mut self, place: Position) -> Self {
        self.0.place = Some(place);
        self
    }

    /// Adds what to do next, in place of what was said before.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds what the file is, in a few words that can be counted, where that is known and none that is read.
    #[must_use]
    pub fn with_recognised(mut self, recognised: &str) -> Self {
        self.0.recognised = Some(recognised.to_owned());
        self
    }

    /// Adds the error beneath.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// Says first what it is about; the place goes into the message.
    #[must_use]
    pub fn context(mut self, about: impl fmt::Display) -> Self {
        self.0.message = format!("{about}: {self}");
        self.0.place = None;
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message without its place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in a text file, where that can be told.
    pub fn place(&self) -> Option<Position> {
        self.0.place
    }

    /// What to do next, where there is something.
    pub fn next_step(&self) -> Option<&Hint> {
        self.0.hint.as_ref()
    }

    /// What the file is, where that is known and none that is read.
    pub fn recognised(&self) -> Option<&str> {
        self.0.recognised.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.place.iter().try_for_each(|place| write!(out, "{place}: "))?;
        out.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as _)
    }
}

/// A place in a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
        Lines::of(text).place(offset)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Where the lines of a text begin, to find many places in it quickly.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Looks for all lines.
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

/// The system's reason, as it stands in our messages: without its number: "no such file or directory".
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Whether what the system refused for would go with more room.
pub fn is_full(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(kind, StorageFull | QuotaExceeded | FileTooLarge)
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

    #[test]
    fn what_it_is_about_comes_before_the_place() {
        let error = Error::meaning("no prior").at(Position { line: 3, column: 1 });
        assert_eq!(error.to_string(), "line 3, column 1: no prior");
        assert_eq!(
            error.context("cannot read `a`").to_string(),
            "cannot read `a`: line 3, column 1: no prior"
        );
    }

    #[test]
    fn the_reason_of_the_system_has_no_number_and_no_capital() {
        let error = Error::read(Path::new("a"), io::Error::from_raw_os_error(2));
        assert!(error.to_string().starts_with("cannot read `a`: "), "{error}");
        assert!(!error.to_string().contains("os error"), "{error}");
        assert_eq!(reason(&io::Error::other("Broken disk")), "broken disk");
    }
}
