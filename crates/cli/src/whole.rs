//! Files written whole: what was there stays until the new one is on disk.
//!
//! The new one is written beside its place under a name of our own form, made
//! from the name of that place, and locked as long as it is written. One that
//! is not locked was left by a process that was killed: the next write to the
//! same place removes it. Nothing else is ever removed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// How often it is tried again when somebody else was faster.
const MOST_TRIES: u32 = 16;

/// Writes a file in one step; through a link, to what that points to.
///
/// Without `replace` a file that is there stays, and that is an error. What is no file (a device, a pipe) is written to.
pub fn write(path: &Path, content: impl AsRef<[u8]>, replace: bool) -> io::Result<()> {
    if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return File::options().write(true).open(path)?.write_all(content.as_ref());
    }
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut file = begin(&unfinished(&place))?;
    file.write_all(content.as_ref())?;
    if let Ok(before) = fs::metadata(&place) {
        fs::set_permissions(file.path(), before.permissions())?;
    }
    file.as_file().sync_all()?;
    match replace {
        true => file.persist(&place)?,
        false => file.persist_noclobber(&place)?,
    };
    Ok(())
}

/// The name under which a file is written before it gets its own; of one length, however long its own is.
fn unfinished(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().as_encoded_bytes();
    place.with_file_name(format!(".cognate-{:016x}.tmp", cognate_base::hash_bytes(0, name)))
}

/// Makes the file anew and locks it; it goes when it is dropped.
fn begin(path: &Path) -> io::Result<NamedTempFile> {
    for _ in 0..MOST_TRIES {
        match File::options().write(true).create_new(true).open(path) {
            Ok(file) => {
                let is_ours = lock(&file)? && is_at(&file, path);
                if is_ours {
                    return Ok(NamedTempFile::from_parts(file, TempPath::try_from_path(path)?));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => remove_left(path)?,
            Err(error) => return Err(error),
        }
    }
    Err(busy())
}

/// Removes what a process that was killed has left.
fn remove_left(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        // Gone already.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.is_file() => {
            let message = format!("`{}` is in the way, and is no file", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        Ok(_) => {}
    }
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    if !lock(&file)? {
        return Err(busy());
    }
    if is_at(&file, path) { fs::remove_file(path) } else { Ok(()) }
}

/// Whether nobody else writes it. Where there are no locks, nobody can tell.
fn lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether the path still leads to this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |found: fs::Metadata| (found.dev(), found.ino());
    let there = path.symlink_metadata().map(place).ok();
    there.is_some() && file.metadata().map(place).ok() == there
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

fn busy() -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_process_left_goes_with_the_next_write_to_the_same_place() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("labels.tsv");
        fs::write(unfinished(&place), "half").unwrap();
        let other = unfinished(&folder.path().join("other.tsv"));
        fs::write(&other, "half").unwrap();
        fs::write(folder.path().join(".cognate-notes.tmp"), "mine").unwrap();
        write(&place, "whole", false).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "whole");
        let left = other.file_name().unwrap().to_string_lossy().into_owned();
        let mut expected = vec![left, ".cognate-notes.tmp".to_owned(), "labels.tsv".to_owned()];
        expected.sort();
        assert_eq!(names(folder.path()), expected);
    }

    #[test]
    fn what_another_process_writes_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("labels.tsv");
        let other = begin(&unfinished(&place)).unwrap();
        assert_eq!(write(&place, "mine", true).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        drop(other);
        write(&place, "mine", true).unwrap();
        assert_eq!(names(folder.path()), ["labels.tsv"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_to_and_stays_what_it_is() {
        write(Path::new("/dev/null"), "whole", true).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert!(write(Path::new("/dev/full"), "whole", true).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (place, mine) = (folder.path().join("labels.tsv"), folder.path().join("mine"));
        fs::write(&mine, "mine").unwrap();
        std::os::unix::fs::symlink(&mine, unfinished(&place)).unwrap();
        assert!(write(&place, "whole", true).is_err());
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        assert!(!place.exists());
    }
}
