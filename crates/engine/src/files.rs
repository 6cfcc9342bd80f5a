//! Paths to bytes: directories are walked in the order of their names, links
//! inside them are not followed, and every file is bounded.

use crate::{Error, ErrorKind, Hint};
use cognate_base::Limits;
use cognate_binary::FileBytes;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What stands for standard input where a file is named; a file of that name is `./-`.
const STANDARD_INPUT: &str = "-";

/// The name of a file in answers and in the store: its path, or `standard input` for `-`.
pub fn name(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.to_string_lossy().into_owned() }
}

/// Whether a path stands for standard input: `-`.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
}

/// Reads a regular file whole; never a device, a pipe or more than the limit.
pub(crate) fn read_bytes(path: &Path, limits: &Limits) -> Result<FileBytes, Error> {
    let failed = |source| Error::read(path, source);
    if is_standard_input(path) {
        return read_standard_input(limits);
    }
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        let message = format!("cannot read `{}`: it is a directory", path.display());
        return Err(Error::new(ErrorKind::Io, message).hint(Hint::NameFileNotFolder));
    }
    if !metadata.is_file() {
        let message = format!("cannot read `{}`: not a regular file", path.display());
        return Err(Error::new(ErrorKind::Io, message).hint("copy its content to a file first"));
    }
    let mut bytes = Vec::new();
    let limit = limits.file_bytes;
    if metadata.len() <= limit {
        bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0));
        let file = File::open(path).map_err(failed)?;
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    }
    if metadata.len() > limit || bytes.len() as u64 > limit {
        let message = format!("cannot read `{}`: larger than the limit of {limit} bytes", path.display());
        return Err(Error::new(ErrorKind::TooLarge, message).hint(Hint::LargerFiles));
    }
    Ok(bytes.into())
}

/// Reads what comes through a pipe, up to the limit on files; once in the life of a process.
fn read_standard_input(limits: &Limits) -> Result<FileBytes, Error> {
    let (mut bytes, limit) = (Vec::new(), limits.file_bytes);
    let read = std::io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    if let Err(source) = read {
        let message = format!("cannot read standard input: {}", cognate_base::reason(&source));
        return Err(Error::new(ErrorKind::Io, message).with_source(source));
    }
    if bytes.len() as u64 > limit {
        let message = format!("cannot read standard input: more than the limit of {limit} bytes");
        return Err(Error::new(ErrorKind::TooLarge, message).hint(Hint::LargerFiles));
    }
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Io, "cannot read standard input: nothing comes from it")
            .hint(Hint::StandardInputOnce));
    }
    bytes.shrink_to_fit();
    Ok(bytes.into())
}

/// Files under one folder that are looked at; what comes after them is not.
const MOST_FILES: usize = 1 << 20;

/// What lies under a path that was asked for.
#[derive(Debug, Default)]
pub struct Listed {
    /// Regular files in the order of their names: of a folder all in it, else the path itself.
    pub files: Vec<PathBuf>,
    /// What could not be looked at, and why.
    pub unseen: Vec<(PathBuf, Error)>,
}

/// Lists what lies under a path; links inside a folder are not followed, and of more than a million files the first are listed.
pub fn list_under(path: &Path) -> Listed {
    let mut unseen = Vec::new();
    let mut skip = |path: &Path, error| unseen.push((path.to_owned(), error));
    let files = list(&[path.to_owned()], &mut skip).unwrap_or_else(|error| {
        skip(path, error);
        Vec::new()
    });
    Listed { files, unseen }
}

/// All regular files under the paths, each path's in the order of their names.
///
/// A path that cannot be read is an error; what cannot be read inside a
/// directory is passed to `skipped`.
pub(crate) fn list(paths: &[PathBuf], skipped: &mut dyn FnMut(&Path, Error)) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if is_standard_input(path) {
            files.push(path.clone());
            continue;
        }
        let metadata = std::fs::metadata(path).map_err(|source| Error::read(path, source))?;
        if metadata.is_dir() {
            list_directory(path, MOST_FILES, &mut files, skipped)?;
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn list_directory(
    root: &Path,
    most: usize,
    files: &mut Vec<PathBuf>,
    skipped: &mut dyn FnMut(&Path, Error),
) -> Result<(), Error> {
    let mut ahead = vec![root.to_owned()];
    let before = files.len();
    while let Some(path) = ahead.pop() {
        // The root may be a link; links inside are not followed.
        let looked = if path == root { std::fs::metadata(&path) } else { std::fs::symlink_metadata(&path) };
        match looked {
            Ok(found) if found.is_dir() => match entries(&path) {
                Ok(found) => ahead.extend(found.into_iter().rev()),
                Err(source) if path == root => return Err(Error::read(root, source)),
                Err(source) => skipped(&path, Error::read(&path, source)),
            },
            Ok(found) if found.is_file() && files.len() - before >= most => {
                let message = format!("cannot read all of `{}`: more than {most} files", root.display());
                skipped(root, Error::new(ErrorKind::TooLarge, message).hint("name the folders in it"));
                return Ok(());
            }
            Ok(found) if found.is_file() => files.push(path),
            Ok(_) => {}
            Err(source) if path == root => return Err(Error::read(root, source)),
            Err(source) => skipped(&path, Error::read(&path, source)),
        }
    }
    Ok(())
}

fn entries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let found: std::io::Result<Vec<PathBuf>> =
        std::fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut found = found?;
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_in_order_as_far_as_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        for name in ["c", "b/x", "a"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", folder.path().join("aa")).unwrap();
        let check = |most: usize, expected: &[&str], lost: usize| {
            let (mut files, mut unseen) = (Vec::new(), 0);
            list_directory(folder.path(), most, &mut files, &mut |_, _| unseen += 1).unwrap();
            let expected: Vec<PathBuf> = expected.iter().map(|name| folder.path().join(name)).collect();
            assert_eq!((files, unseen), (expected, lost), "{most}");
        };
        check(3, &["a", "b/x", "c"], 0);
        check(2, &["a", "b/x"], 1);
        check(0, &[], 1);
    }

    #[test]
    fn what_is_not_there_is_told() {
        let listed = list_under(Path::new("/nonexistent/file"));
        assert_eq!((listed.files.len(), listed.unseen.len()), (0, 1));
    }
}
