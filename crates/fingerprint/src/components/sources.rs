//! Rust: whose a function is by the source files that its panics name, which stay where symbols do not.
//!
//! A panic names its place by a structure in read-only data: the path of a file, its length, line, column. A
//! function that refers to one of the program's own files is the program's; one that refers to a file of one
//! crate alone is that crate's. Files of the standard library prove nothing: its code is inlined everywhere.

use super::owners::{BYTES_EACH, NAMELESS, OWN, Owner, Owners, STD};
use super::rust;
use crate::ComponentKind;
use cognate_base::{Budget, Exhausted};
use cognate_binary::{Image, Loaded};
use std::collections::{BTreeMap, BTreeSet};

/// What Rust's own code is called.
pub(crate) const STANDARD: &str = "Rust std";
/// Bytes of a path (judgement, as the line and column).
const PATH_BYTES: std::ops::RangeInclusive<u64> = 4..=1_024;
const MOST_LINE: u64 = 1_000_000;
const MOST_COLUMN: u64 = 10_000;
/// Places that are kept (judgement: the largest program known has some ten thousand).
const MOST_LOCATIONS: usize = 1 << 20;
/// Versions of one crate that are kept, and bytes of each (judgement).
const MOST_VERSIONS: usize = 64;
const LONGEST_VERSION: usize = 64;
/// Bytes of data that are searched for one unit of work.
const SEARCHED_EACH: usize = 32;
/// Folders of the standard library's sources.
const LIBRARIES: [&str; 12] = [
    "core",
    "alloc",
    "std",
    "panic_unwind",
    "panic_abort",
    "std_detect",
    "unwind",
    "proc_macro",
    "test",
    "backtrace",
    "stdarch",
    "portable-simd",
];

/// Makes the owners that every file of Rust may have.
pub(super) fn begin(owners: &mut Owners) {
    let owner = |name: &str, kind| Owner { name: name.to_owned(), kind, versions: Vec::new() };
    let std = owners.place(STANDARD, || owner(STANDARD, ComponentKind::Runtime));
    // a crate's name has no space, so that none is taken for these
    let own = owners.place("the program", || owner(NAMELESS, ComponentKind::Program));
    debug_assert_eq!((std, own), (Some(STD), Some(OWN)));
}

/// Where the data has the places of panics, and whose files these name.
#[derive(Debug, Default)]
pub(super) struct Locations {
    /// Ascending by address.
    places: Vec<(u64, u16)>,
    /// The crates of which a file is `src/main.rs`: those that programs are made of, fetched whole and built.
    pub mains: BTreeSet<u16>,
}

impl Locations {
    /// Searches all data.
    pub(super) fn find(loaded: &Loaded, owners: &mut Owners, budget: &mut Budget) -> Result<Self, Exhausted> {
        let width = loaded.image.arch.pointer_bytes();
        let mut paths: BTreeMap<(u64, u64), Option<u16>> = BTreeMap::new();
        let (mut places, mut mains) = (Vec::new(), BTreeSet::new());
        for segment in loaded.image.segments().iter().filter(|segment| !segment.executable) {
            let bytes = loaded.image.segment_bytes(segment);
            let skip = (segment.address.wrapping_neg() % width as u64) as usize;
            budget.spend(1 + (bytes.len() / SEARCHED_EACH) as u64)?;
            let data = bytes.get(skip..).unwrap_or(&[]);
            for (index, window) in data.windows(2 * width + 8).step_by(width).enumerate() {
                let Some(length) = length(window, width) else { continue };
                let address = segment.address.saturating_add((skip + index * width) as u64);
                let pointer =
                    loaded.hints.relocations.get(&address).copied().or_else(|| number(window, 0, width));
                let Some(pointer) = pointer else { continue };
                let owner = match paths.get(&(pointer, length)) {
                    Some(owner) => *owner,
                    None => {
                        budget.spend(1 + length / BYTES_EACH)?;
                        let path = path(&loaded.image, pointer, length);
                        let owner = path.and_then(|path| owner_of(path, owners));
                        let is_main =
                            path.is_some_and(|path| path.replace('\\', "/").ends_with("/src/main.rs"));
                        mains.extend(owner.filter(|owner| is_main && *owner > OWN));
                        budget.keep(size_of::<((u64, u64), Option<u16>)>() as u64)?;
                        paths.insert((pointer, length), owner);
                        owner
                    }
                };
                if let Some(owner) = owner.filter(|_| places.len() < MOST_LOCATIONS) {
                    budget.keep(size_of::<(u64, u16)>() as u64)?;
                    places.push((address, owner));
                }
            }
        }
        budget.release(paths.len() as u64 * size_of::<((u64, u64), Option<u16>)>() as u64);
        Ok(Locations { places, mains })
    }

    /// Whose file the place of a panic at this address names.
    pub(super) fn at(&self, address: u64) -> Option<u16> {
        let at = self.places.binary_search_by_key(&address, |(place, _)| *place).ok()?;
        self.places.get(at).map(|(_, owner)| *owner)
    }
}

/// Whose a function is that refers to files of these owners; `own` are crates that are the program's.
pub(super) fn owner(sources: &[u16], own: &BTreeSet<u16>) -> Option<u16> {
    if sources.iter().any(|source| *source == OWN || own.contains(source)) {
        return Some(OWN);
    }
    match sources.iter().filter(|source| **source != STD).collect::<Vec<_>>()[..] {
        [only] => Some(*only),
        _ => None,
    }
}

/// The length of the path, where the bytes may be the place of a panic.
fn length(window: &[u8], width: usize) -> Option<u64> {
    let length = number(window, width, width).filter(|length| PATH_BYTES.contains(length))?;
    let line = number(window, 2 * width, 4)?;
    let column = number(window, 2 * width + 4, 4)?;
    ((1..=MOST_LINE).contains(&line) && (1..=MOST_COLUMN).contains(&column)).then_some(length)
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + width)?;
    Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn path(image: &Image, address: u64, length: u64) -> Option<&str> {
    let bytes = image.read(address, usize::try_from(length).ok()?)?;
    let path = str::from_utf8(bytes).ok().filter(|path| path.ends_with(".rs"))?;
    path.chars().all(|it| !it.is_control()).then_some(path)
}

/// Whose a source file is.
fn owner_of(path: &str, owners: &mut Owners) -> Option<u16> {
    match source(path) {
        Source::Standard => Some(STD),
        Source::Own => Some(OWN),
        Source::Nobodys => None,
        Source::Crate { name, version } => {
            let place = rust::place(owners, &name.replace('-', "_")).filter(|place| *place > OWN)?;
            let owner = owners.get_mut(place)?;
            owner.name = format!("{}{name}", rust::CRATE);
            if let Some(version) = version.filter(|version| version.len() <= LONGEST_VERSION)
                && owner.versions.len() < MOST_VERSIONS
                && let Err(at) =
                    owner.versions.binary_search_by_key(&(numbers(version), version), |it| (numbers(it), it))
            {
                owner.versions.insert(at, version.to_owned());
            }
            Some(place)
        }
    }
}

/// The numbers in a version, by which versions follow one another.
fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0)).collect()
}

/// What a path says.
#[derive(Debug, PartialEq, Eq)]
enum Source<'p> {
    Standard,
    Crate {
        name: &'p str,
        version: Option<&'p str>,
    },
    Own,
    /// A macro's, not a file's.
    Nobodys,
}

fn source(path: &str) -> Source<'_> {
    if path.contains('<') {
        return Source::Nobodys;
    }
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    for (at, part) in parts.iter().enumerate() {
        let after = |skip: usize| parts.get(at + skip).copied().unwrap_or_default();
        let found = match *part {
            "rustc" if is_hash(after(1)) => Some(Source::Standard),
            // as distributions build it
            _ if part
                .strip_prefix("rustc-")
                .is_some_and(|version| version.starts_with(|it: char| it.is_ascii_digit())) =>
            {
                Some(Source::Standard)
            }
            "library" if LIBRARIES.contains(&after(1)) => Some(Source::Standard),
            "rust" if at == 1 && after(1) == "deps" => Some(Source::Standard),
            "registry" if after(1) == "src" => krate(after(3)),
            "registry" => krate(after(1)),
            "git" if after(1) == "checkouts" => from_git(after(2), parts.get(at + 4..).unwrap_or(&[])),
            "vendor" => vendored(after(1)),
            "third_party" if after(1) == "rust" => vendored(after(2)),
            _ => None,
        };
        if let Some(found) = found {
            return found;
        }
    }
    Source::Own
}

fn is_hash(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|it| it.is_ascii_hexdigit())
}

/// `NAME-1.2.3`.
fn krate(folder: &str) -> Option<Source<'_>> {
    let is_version = |text: &str| {
        text.split('.').take(3).filter(|part| part.starts_with(|it: char| it.is_ascii_digit())).count() == 3
    };
    let ends = folder.match_indices('-').map(|(at, _)| folder.split_at(at));
    ends.filter_map(|(name, rest)| Some((name, rest.strip_prefix('-')?)))
        .find(|(name, version)| !name.is_empty() && is_version(version))
        .map(|(name, version)| Source::Crate { name, version: Some(version) })
}

/// `NAME-1.2.3` or only `NAME`.
fn vendored(folder: &str) -> Option<Source<'_>> {
    let is_name = !folder.is_empty() && !folder.ends_with(".rs");
    krate(folder).or_else(|| is_name.then_some(Source::Crate { name: folder, version: None }))
}

/// The crate of a checkout `NAME-HASH`: the folder before `src`, where the checkout has several.
fn from_git<'p>(folder: &'p str, inside: &[&'p str]) -> Option<Source<'p>> {
    let several =
        inside.iter().position(|part| *part == "src").and_then(|src| inside.get(src.checked_sub(1)?));
    let name = several.copied().or_else(|| folder.rsplit_once('-').map(|(name, _)| name))?;
    (!name.is_empty()).then_some(Source::Crate { name, version: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let found = match source(path) {
            Source::Standard => "std".to_owned(),
            Source::Own => "own".to_owned(),
            Source::Nobodys => "-".to_owned(),
            Source::Crate { name, version } => format!("{name}@{}", version.unwrap_or_default()),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_path_says_whose_file_it_is() {
        check("src/main.rs", "own");
        check("/home/u/project/crates/a/src/lib.rs", "own");
        check("library/other.rs", "own");
        check("/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860\\library\\std\\src\\io.rs", "std");
        check("library/core/src/fmt/mod.rs", "std");
        check("/usr/src/rustc-1.63.0/vendor/hashbrown/src/raw.rs", "std");
        check("/rust/deps/gimli-0.32.3/src/read/abbrev.rs", "std");
        check(
            "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/aho-corasick-1.0.2/src/lib.rs",
            "aho-corasick@1.0.2",
        );
        check(
            "C:\\u\\registry\\src\\github.com-1ecc6299db9ec823\\x-0.1.0-rc.1+k-2\\src\\a.rs",
            "x@0.1.0-rc.1+k-2",
        );
        check("/usr/share/cargo/registry/clap-4.0.32/src/lib.rs", "clap@4.0.32");
        check("/root/.cargo/git/checkouts/tool-0123456789abcdef/0123abc/src/lib.rs", "tool@");
        check("/root/.cargo/git/checkouts/tool-0123456789abcdef/0123abc/parts/one/src/lib.rs", "one@");
        check("vendor/syn/src/lib.rs", "syn@");
        check("<::core::macros::panic macros>.rs", "-");
        check("/", "own");
    }
}
