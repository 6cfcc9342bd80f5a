//! Whole files with their length and hash.

use crate::check::Running;
use crate::error::{Error, Result, StoreError};
use crate::files::open_regular;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Hands all of a file to `copy`, which lies at `to`, and fails unless it has this length and hash.
pub(crate) fn check_file(path: &Path, bytes: u64, hash: u64, copy: impl Write, to: &Path) -> Result<()> {
    let mut file = open_regular(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::damaged(path, "it is gone"),
        _ => Error::in_place_of(path, error),
    })?;
    let found = hash_from_start(&mut file, copy).map_err(|failed| match failed {
        Failed::Read(error) => Error::io("read", path, error),
        Failed::Write(error) => Error::io("write", to, error),
    })?;
    if found == (bytes, hash) { Ok(()) } else { Err(Error::damaged(path, "it is not as it was written")) }
}

/// Whether a file has this hash.
pub(crate) fn has_hash(path: &Path, hash: u64) -> bool {
    let found = open_regular(path).ok().and_then(|mut file| hash_from_start(&mut file, io::sink()).ok());
    found.is_some_and(|(_, found)| found == hash)
}

/// Which side of a copy failed.
#[derive(Debug)]
pub(crate) enum Failed {
    Read(io::Error),
    Write(io::Error),
}

impl Failed {
    /// What the operating system said.
    pub(crate) fn into_inner(self) -> io::Error {
        match self {
            Failed::Read(error) | Failed::Write(error) => error,
        }
    }
}

/// Length and hash of a file, all of which goes to `copy` on the way.
pub(crate) fn hash_from_start(
    file: &mut File,
    mut copy: impl Write,
) -> std::result::Result<(u64, u64), Failed> {
    file.seek(SeekFrom::Start(0)).map_err(Failed::Read)?;
    let (mut running, mut bytes) = (Running::default(), 0u64);
    let mut piece = vec![0; 64 << 10];
    loop {
        let count = match file.read(&mut piece) {
            Ok(0) => return Ok((bytes, running.finish())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Read(error)),
        };
        let read = piece.get(..count).unwrap_or(&[]);
        running.update(read);
        copy.write_all(read).map_err(Failed::Write)?;
        bytes += count as u64;
    }
}
