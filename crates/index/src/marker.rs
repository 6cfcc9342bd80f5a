//! The marker: the file that makes a folder a store, and says which catalogue counts.
//!
//! Everything else in a store is written once and never changed. A commit is
//! the marker's renaming: before it the store is what it was, after it what it
//! is now. Names that are on their way in or out stand in it as *passing*, so
//! that what a crash leaves behind can be told from what somebody else put there.
//!
//! ```text
//! cognate store, format 4
//! fingerprints 9
//! generation 12
//! catalogue 40960 0123456789abcdef
//! next-segment 14
//! passing 0000000013.segment
//! check 89abcdef01234567
//! ```

use crate::check::check;
use crate::error::{Error, ErrorKind, Hint, Result, StoreError};
use crate::files::{self, MARKER, Temporary, catalogue_name};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The version of everything in a store but fingerprints: 1 had no marker, no checksums of blocks or catalogue;
/// 2 had other segments; 3 kept no MD5 and SHA-1, is used as it is, and becomes 4 with the next commit.
pub const FORMAT: u32 = 4;
/// The first format that is used.
pub(crate) const FIRST_USED: u32 = 3;
/// The first format whose marker and catalogue are as they are now: its labels can be saved.
const FIRST_ALIKE: u32 = 2;
/// A marker is a few lines; a larger file is none.
const MOST_BYTES: u64 = 1 << 20;
/// The marker of a new store has fewer bytes.
const MOST_BEGUN_BYTES: u64 = 1 << 10;
const TITLE: &str = "cognate store, format ";

/// What the marker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The version of everything but fingerprints.
    pub(crate) format: u32,
    /// The version of the fingerprints in it.
    pub(crate) fingerprints: u32,
    /// Grows with every commit.
    pub(crate) generation: u64,
    /// Bytes and hash of the catalogue; an empty store has none.
    pub(crate) catalogue: Option<(u64, u64)>,
    /// The next segment's number; none is given twice.
    pub(crate) next_segment: u64,
    /// Files of ours that may be removed unless the catalogue counts them.
    pub(crate) passing: Vec<String>,
}

impl Marker {
    /// The marker of a new store.
    pub(crate) fn new() -> Self {
        let (fingerprints, passing) = (cognate_fingerprint::VERSION, Vec::new());
        Marker { format: FORMAT, fingerprints, generation: 0, catalogue: None, next_segment: 1, passing }
    }

    /// The name of the catalogue that counts.
    pub(crate) fn catalogue_name(&self) -> Option<String> {
        self.catalogue.map(|(_, hash)| catalogue_name(self.generation, hash))
    }

    /// Its text.
    pub(crate) fn render(&self) -> String {
        let Marker { format, fingerprints, generation, next_segment, .. } = self;
        let catalogue = match self.catalogue {
            Some((bytes, hash)) => format!("{bytes} {hash:016x}"),
            None => "none".to_owned(),
        };
        let mut text = format!(
            "{TITLE}{format}\nfingerprints {fingerprints}\ngeneration {generation}\n\
             catalogue {catalogue}\nnext-segment {next_segment}\n"
        );
        for name in &self.passing {
            text.push_str(&format!("passing {name}\n"));
        }
        let sum = check(0, text.as_bytes());
        text.push_str(&format!("check {sum:016x}\n"));
        text
    }

    /// Reads the text: exactly what [`Marker::render`] writes, to the last bit.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Marker> {
        let damaged = || Error::damaged(path, "it is not as it was written");
        let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
        let format = text.strip_prefix(TITLE).and_then(|rest| rest.split('\n').next());
        let format = match format.and_then(|format| format.parse::<u32>().ok()) {
            Some(format @ FIRST_ALIKE..=FORMAT) => format,
            Some(other) => return Err(of_another_format(path, other)),
            None => return Err(damaged()),
        };
        let marker = Self::parse_lines(format, text).ok_or_else(damaged)?;
        if marker.render() == text { Ok(marker) } else { Err(damaged()) }
    }

    fn parse_lines(format: u32, text: &str) -> Option<Marker> {
        let mut marker = Marker { format, ..Marker::new() };
        for line in text.lines().skip(1) {
            let (what, value) = line.split_once(' ')?;
            match what {
                "fingerprints" => marker.fingerprints = value.parse().ok()?,
                "generation" => marker.generation = value.parse().ok()?,
                "catalogue" if value == "none" => marker.catalogue = None,
                "catalogue" => {
                    let (bytes, hash) = value.split_once(' ')?;
                    marker.catalogue = Some((bytes.parse().ok()?, u64::from_str_radix(hash, 16).ok()?));
                }
                "next-segment" => marker.next_segment = value.parse().ok()?,
                "passing" => marker.passing.push(value.to_owned()),
                "check" => {}
                _ => return None,
            }
        }
        Some(marker)
    }

    /// Reads the marker of a folder; `None` where there is none.
    pub(crate) fn read(dir: &Path) -> Result<Option<Marker>> {
        let path = dir.join(MARKER);
        let mut bytes = Vec::new();
        match files::open_regular(&path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)) {
            Ok(_) if bytes.len() as u64 > MOST_BYTES => Err(Error::damaged(&path, "it is too large")),
            Ok(_) => Self::parse(&path, &bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::in_place_of(&path, error)),
        }
    }

    /// Puts this marker in the place of the one before, on disk, in one step.
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(MARKER);
        let unfinished = dir.join(files::temporary(MARKER));
        let failed = |error| Error::io("write", &path, error);
        let text = self.render();
        if text.len() as u64 > MOST_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, "too many segments in one step"));
        }
        let mut temporary = Temporary::create(&unfinished).map_err(failed)?;
        temporary.file().write_all(text.as_bytes()).map_err(failed)?;
        temporary.file().sync_all().map_err(failed)?;
        files::rename(&unfinished, &path)?;
        temporary.keep();
        files::sync_names(dir)
    }
}

/// What a folder is to somebody who looks for a store in it.
#[derive(Debug)]
pub(crate) enum Folder {
    /// There is no folder, or nothing in it: a store can be made.
    Free,
    /// A store.
    Store(Marker),
}

/// Looks at a folder, and touches nothing.
///
/// Fails where there is something else than a store, and says what it is and what to do.
pub(crate) fn look(dir: &Path) -> Result<Folder> {
    match dir.metadata() {
        Ok(found) if !found.is_dir() => {
            let message = format!("there is no store at `{}`: it is no folder", dir.display());
            return Err(Error::new(ErrorKind::NotAStore, message).hint(Hint::NameFolderAsStore));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if dir.symlink_metadata().is_ok() {
                let message = format!("there is no store at `{}`: it is a link to nothing", dir.display());
                return Err(Error::new(ErrorKind::NotAStore, message).hint(Hint::MountStore));
            }
            return Ok(Folder::Free);
        }
        Err(error) => return Err(Error::io("open", dir, error)),
    }
    if let Some(marker) = Marker::read(dir)? {
        return Ok(Folder::Store(marker));
    }
    what_else(dir, &files::names(dir)?)
}

/// Tells what a folder without a marker is.
fn what_else(dir: &Path, names: &[String]) -> Result<Folder> {
    let begun = |name: &String| is_begun(dir, name);
    let Some(stranger) = names.iter().find(|name| !begun(name)) else { return Ok(Folder::Free) };
    let place = dir.display();
    if names.iter().any(|name| name == files::LEGACY_CATALOGUE) {
        return Err(of_another_format(dir, 1));
    }
    let count = |ours: fn(&str) -> bool| names.iter().filter(|name| ours(name)).count();
    let segments = count(|name| files::segment_number(name).is_some());
    let catalogues = count(|name| files::catalogue_parts(name).is_some());
    if segments + catalogues > 0 {
        let message = format!(
            "the store at `{place}` has lost its file `{MARKER}`: without it, nobody can tell which of its \
             {segments} segments and {catalogues} catalogues count; nothing was changed"
        );
        return Err(Error::new(ErrorKind::Damaged, message).hint(Hint::RestoreMarker));
    }
    let message = format!("`{place}` is no store, and it is not empty: it holds `{stranger}`");
    let hint = "name a folder that is empty or not there yet; nothing in this one was touched";
    Err(Error::new(ErrorKind::NotAStore, message).hint(hint))
}

/// Whether a file is what is left where the making of a store was cut short: by all that it holds, not by its name.
fn is_begun(dir: &Path, name: &str) -> bool {
    let is_own = match name {
        crate::lock::FILE => crate::lock::is_own,
        _ if name == files::temporary(MARKER) => is_begun_marker,
        _ => return false,
    };
    let path = dir.join(name);
    let mut content = Vec::new();
    let read = files::open_regular(&path)
        .and_then(|file| file.take(MOST_BEGUN_BYTES.saturating_add(1)).read_to_end(&mut content));
    !path.is_symlink() && read.is_ok() && content.len() as u64 <= MOST_BEGUN_BYTES && is_own(&content)
}

/// Whether this is the marker of a new store, or as much of it as was written.
fn is_begun_marker(content: &[u8]) -> bool {
    let before = format!("{TITLE}{FORMAT}\nfingerprints ");
    let Some(rest) = content.strip_prefix(before.as_bytes()) else {
        return before.as_bytes().starts_with(content);
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = rest.get(..digits).and_then(|digits| std::str::from_utf8(digits).ok());
    match number.and_then(|number| number.parse().ok()) {
        // Made by another version, perhaps: the number counts for what it is.
        Some(fingerprints) => {
            let whole = Marker { fingerprints, ..Marker::new() }.render();
            digits == rest.len() || whole.as_bytes().starts_with(content)
        }
        None => rest.is_empty(),
    }
}

/// Refuses what another version made, and says what to do.
pub(crate) fn of_another_format(path: &Path, format: u32) -> Error {
    let dir = if path.ends_with(MARKER) { path.parent().unwrap_or(path) } else { path };
    let message =
        format!("the store `{}` has format {format}; this cognate has format {FORMAT}", dir.display());
    if format > FORMAT {
        // What is to come cannot be read, so its labels cannot be saved from here either.
        return Error::new(ErrorKind::Version, message).hint(Hint::UseLaterVersion);
    }
    of_another_version(dir, message)
}

pub(crate) fn of_another_version(dir: &Path, message: String) -> Error {
    let store = dir.to_string_lossy().into_owned();
    Error::new(ErrorKind::Version, message).hint(Hint::IndexAgain { store })
}

/// The catalogues in a folder, the newest first, with the hash each must have.
pub(crate) fn catalogues(dir: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let names = files::names(dir)?.into_iter();
    let mut found: Vec<(u64, String, u64)> = names
        .filter_map(|name| files::catalogue_parts(&name).map(|(generation, hash)| (generation, name, hash)))
        .collect();
    found.sort_unstable_by(|one, next| next.cmp(one));
    Ok(found.into_iter().map(|(_, name, hash)| (dir.join(name), hash)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker() -> Marker {
        let passing = vec![files::segment_name(3), catalogue_name(6, 9)];
        Marker { generation: 7, catalogue: Some((4096, 0xab)), next_segment: 4, passing, ..Marker::new() }
    }

    #[test]
    fn a_marker_comes_back_and_every_flipped_bit_is_seen() {
        for marker in [marker(), Marker::new()] {
            let text = marker.render().into_bytes();
            assert_eq!(Marker::parse(Path::new("m"), &text).expect("a marker"), marker);
            for bit in 0..text.len() * 8 {
                let mut flipped = text.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(Marker::parse(Path::new("m"), &flipped).is_err(), "bit {bit}");
            }
            for length in 0..text.len() {
                assert!(Marker::parse(Path::new("m"), &text[..length]).is_err(), "cut to {length}");
            }
        }
    }

    #[test]
    fn a_marker_of_a_later_format_says_so() {
        let text = marker().render().replace("format 4", "format 5");
        let error = Marker::parse(Path::new("dir/cognate.store"), text.as_bytes()).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Version);
        assert_eq!(error.to_string(), "the store `dir` has format 5; this cognate has format 4");
    }
}
