//! What can go wrong with a store, and what to do next.

use crate::store::{SampleKey, SignatureId};
use cognate_base::is_full;
pub use cognate_base::{Error, ErrorKind, Hint};
use std::io;
use std::path::Path;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// The errors of a store.
pub(crate) trait StoreError {
    /// What the operating system refused, and what can be done about it.
    fn io(doing: &str, path: &Path, source: io::Error) -> Self;
    /// Why a file of the store cannot be opened; something else in its place is damage.
    fn in_place_of(path: &Path, source: io::Error) -> Self;
    /// A file of the store that is not as it was written.
    fn damaged(path: &Path, subject: &str) -> Self;
}

impl StoreError for Error {
    fn io(doing: &str, path: &Path, source: io::Error) -> Self {
        let kind = source.kind();
        let error = Error::system(doing, path, source);
        match kind {
            kind if is_full(kind) => error.hint(NO_ROOM),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                error.hint(Hint::AllowStore)
            }
            io::ErrorKind::NotFound => error.hint("check that the folder was not moved or removed"),
            _ => error,
        }
    }

    fn in_place_of(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::InvalidInput => Self::damaged(path, &source.to_string()),
            _ => Self::io("open", path, source),
        }
    }

    fn damaged(path: &Path, subject: &str) -> Self {
        let message = format!("`{}` is damaged: {subject}", path.display());
        Error::new(ErrorKind::Damaged, message).hint(Hint::RepairStore)
    }
}

/// A number that stands for no sample of the store.
pub(crate) fn no_sample(key: SampleKey) -> Error {
    Error::new(ErrorKind::NotInStore, format!("there is no sample number {}", key.0))
}

/// A number that stands for no signature of the store.
pub(crate) fn no_signature(id: SignatureId) -> Error {
    Error::new(ErrorKind::NotInStore, format!("there is no signature {:016x}", id.0))
}

/// Why something could not be done with a catalogue, before it is said with which: SQLite does not know.
#[derive(Debug)]
pub(crate) enum CatalogueError {
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// An error that names its file.
    Named(Error),
}

pub(crate) type CatalogueResult<T> = std::result::Result<T, CatalogueError>;

impl From<rusqlite::Error> for CatalogueError {
    fn from(error: rusqlite::Error) -> Self {
        CatalogueError::Sqlite(error)
    }
}

impl From<Error> for CatalogueError {
    fn from(error: Error) -> Self {
        CatalogueError::Named(error)
    }
}

impl CatalogueError {
    /// The error, which names the file.
    pub(crate) fn in_file(self, path: &Path) -> Error {
        match self {
            CatalogueError::Named(error) => error,
            CatalogueError::Sqlite(source) => sqlite(path, source),
        }
    }
}

const NO_ROOM: &str = "make room, or raise the limit (`ulimit -f`, quota), and try again; everything that was \
                       stored before is there";
/// `SQLITE_IOERR_WRITE`: a quota or a limit on the size of files shows as a failed write.
const FAILED_WRITE: i32 = 778;

fn sqlite(path: &Path, source: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
    let path = path.display();
    let full =
        |why: &str| Error::new(ErrorKind::NoRoom, format!("cannot write `{path}`: {why}")).hint(NO_ROOM);
    let refused =
        |why: &str| Error::new(ErrorKind::Catalogue, format!("`{path}`: the catalogue{why}: {source}"));
    let failed_write = source.sqlite_error().is_some_and(|error| error.extended_code == FAILED_WRITE);
    let error = match source.sqlite_error_code() {
        Some(DiskFull) => full("no room left"),
        Some(SystemIoFailure) if failed_write => {
            full("the disk, a quota or a limit on the size of files does not let it grow")
        }
        Some(SystemIoFailure) => refused("").hint("check that there is room, and that the disk is whole"),
        _ => refused(" refused"),
    };
    error.with_source(source)
}
