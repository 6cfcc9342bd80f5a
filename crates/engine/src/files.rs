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

fn is_standard_input(path: &Path) -> bool {
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
            list_directory(path, &mut files, skipped)?;
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn list_directory(
    root: &Path,
    files: &mut Vec<PathBuf>,
    skipped: &mut dyn FnMut(&Path, Error),
) -> Result<(), Error> {
    let mut ahead = vec![root.to_owned()];
    while let Some(path) = ahead.pop() {
        // The root may be a link; links inside are not followed.
        let looked = if path == root { std::fs::metadata(&path) } else { std::fs::symlink_metadata(&path) };
        match looked {
            Ok(found) if found.is_dir() => match entries(&path) {
                Ok(found) => ahead.extend(found.into_iter().rev()),
                Err(source) if path == root => return Err(Error::read(root, source)),
                Err(source) => skipped(&path, Error::read(&path, source)),
            },
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
