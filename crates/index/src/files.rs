//! Names of a store's files, and how they come onto the disk and off it.
//!
//! Only three forms of name are ever removed: temporary files, and segments
//! and catalogues that the marker lists as passing (see [`crate::marker`]).
//! Whatever else lies in a store's folder is not ours.

use crate::error::{Error, Result, StoreError};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The marker's name.
pub(crate) const MARKER: &str = "cognate.store";
/// The catalogue of a store of format 1.
pub(crate) const LEGACY_CATALOGUE: &str = "catalogue.sqlite";
/// What is said of pipes, devices and folders where a file should be.
const NO_FILE: &str = "it is no file";
/// The end of the names of temporary files.
const TEMPORARY: &str = ".tmp";

/// The name of a segment.
pub(crate) fn segment_name(number: u64) -> String {
    format!("{number:010}.segment")
}

/// The name of a catalogue: what it holds is held against its name.
pub(crate) fn catalogue_name(generation: u64, hash: u64) -> String {
    format!("{generation:010}-{hash:016x}.catalogue")
}

/// The name under which a file is written before it gets its own.
pub(crate) fn temporary(name: &str) -> String {
    format!("{name}{TEMPORARY}")
}

/// The name of a catalogue while it is written and its hash is not known.
pub(crate) fn unfinished_catalogue(generation: u64) -> String {
    temporary(&format!("{generation:010}.catalogue"))
}

/// The number of a segment of this name.
pub(crate) fn segment_number(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".segment")?.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

/// Generation and hash of a catalogue of this name.
pub(crate) fn catalogue_parts(name: &str) -> Option<(u64, u64)> {
    let (generation, hash) = name.strip_suffix(".catalogue")?.split_once('-')?;
    let parts = (generation.parse().ok()?, u64::from_str_radix(hash, 16).ok()?);
    (catalogue_name(parts.0, parts.1) == name).then_some(parts)
}

/// Whether a store's own temporary files have such a name.
pub(crate) fn is_temporary(name: &str) -> bool {
    let Some(name) = name.strip_suffix(TEMPORARY) else { return false };
    let catalogue = || {
        let generation = name.strip_suffix(".catalogue").and_then(|number| number.parse::<u64>().ok());
        generation.is_some_and(|number| format!("{number:010}.catalogue") == name)
    };
    name == MARKER || segment_number(name).is_some() || catalogue()
}

/// The names in a folder, in their order.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>> {
    let failed = |error| Error::io("list", dir, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        // A name that is no text is not ours; it still is a name.
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// Unlinks a file, or a link; a folder of that name is not ours and stays. Gone already is gone.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path, error)),
            _ => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", path, error)),
    }
}

/// Gives a file its lasting name.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| Error::io("write", to, error))
}

/// Opens a file for reading, and nothing that is none: a pipe in its place would be waited for, a device never ends.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, NO_FILE));
    }
    File::open(path)
}

/// Makes the names in a folder survive a crash.
pub(crate) fn sync_names(dir: &Path) -> Result<()> {
    // Elsewhere a folder cannot be opened, and names are written through.
    if cfg!(unix) {
        let synced = File::open(dir).and_then(|dir| dir.sync_all());
        synced.map_err(|error| Error::io("write", dir, error))?;
    }
    Ok(())
}

/// A file under a temporary name, gone when it is dropped unless it was kept.
pub(crate) struct Temporary {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Temporary {
    /// Makes the file anew; one of that name, left by a crash, goes. No link is ever followed.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let create = || File::options().read(true).write(true).create_new(true).open(path);
        let file = match create() {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(path)?;
                create()?
            }
            result => result?,
        };
        Ok(Temporary { path: path.to_owned(), file, kept: false })
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// From here on it is somebody else's to remove.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now the next writer removes.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// A whole file under its temporary name that nothing refers to yet; gone when it is dropped.
pub(crate) struct Unpublished {
    pub(crate) path: PathBuf,
}

impl Drop for Unpublished {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_our_own_form_are_told_from_others() {
        for ours in ["0000000007.segment.tmp", "12345678901.segment.tmp", "0000000001.catalogue.tmp"] {
            assert!(is_temporary(ours), "{ours}");
        }
        assert!(is_temporary(&temporary(MARKER)));
        let strangers = [
            "report.tmp",
            "7.segment.tmp",
            "0000000007.segment",
            ".tmp",
            "00000000007.segment.tmp",
            "000000000a.segment.tmp",
            "+000000007.segment.tmp",
            "0000000001.catalogue.TMP",
            "x.catalogue.tmp",
        ];
        for strange in strangers {
            assert!(!is_temporary(strange), "{strange}");
        }
        assert_eq!(segment_number("0000000012.segment"), Some(12));
        assert_eq!(segment_number("12.segment"), None);
        assert_eq!(catalogue_parts(&catalogue_name(3, 0xab)), Some((3, 0xab)));
        assert_eq!(catalogue_parts("0000000003-00000000000000AB.catalogue"), None);
    }
}
