//! Libraries that a sample says it carries, by the marks they leave in its data.
//!
//! All marks of the table are searched at once, so the time is linear in the
//! file. A mark proves that its text is there, no more: a program may carry a
//! library's error text without the library.

use super::sources;
use super::table::{self, TABLE, Version};
use crate::{Component, KnownBy, VersionsBy};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use cognate_base::{Budget, Gap, Place};
use cognate_binary::{Hints, Image};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Marks looked at in one sample, so that a file full of them stays cheap.
const MOST_MARKS: usize = 50_000;
/// Bytes that are searched at once; the clock is looked at in between.
const STRETCH: usize = 4 << 20;
/// Bytes that are searched for one unit of work.
const BYTES_EACH: usize = 64;
/// Bytes after a mark in which its version or companion must lie.
const NEAR: usize = 96;
/// Characters of a mark's text that are shown.
const SHOWN: usize = 80;

/// Where a sample bears marks.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Address and component, ascending.
    places: Vec<(u64, u16)>,
    found: BTreeMap<u16, Found>,
    /// What of the file was not searched.
    pub gap: Option<Gap>,
}

/// The best mark of one component.
#[derive(Debug, Default)]
struct Found {
    version: Option<String>,
    mark: String,
}

struct Patterns {
    automaton: Option<AhoCorasick>,
    /// Bytes of the longest mark.
    longest: usize,
    /// Component and index of its mark, by pattern.
    owners: Vec<(u16, &'static table::Mark)>,
}

fn patterns() -> &'static Patterns {
    static PATTERNS: OnceLock<Patterns> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let owners: Vec<(u16, &table::Mark)> = (0u16..)
            .zip(TABLE)
            .flat_map(|(number, library)| library.marks.iter().map(move |mark| (number, mark)))
            .collect();
        // A DFA: some megabytes once, for a third of the time on every file.
        let mut builder = AhoCorasick::builder();
        let automaton = builder.kind(Some(AhoCorasickKind::DFA));
        let automaton = automaton.build(owners.iter().map(|(_, mark)| mark.text)).ok();
        let longest = owners.iter().map(|(_, mark)| mark.text.len()).max().unwrap_or(0);
        Patterns { automaton, longest, owners }
    })
}

impl Marks {
    /// Searches the whole file, as long as the budget lasts. The name of an import is no
    /// mark: it says that the library is elsewhere.
    pub(crate) fn find(image: &Image, hints: &Hints, budget: &mut Budget) -> Self {
        let mut marks = Marks::default();
        let patterns = patterns();
        let Some(automaton) = &patterns.automaton else { return marks };
        let bytes = image.bytes();
        let imports: BTreeSet<&str> = hints.imports.values().map(|import| import.name.as_str()).collect();
        let mut looked_at = 0;
        let mut places: Vec<(u64, u16)> = Vec::new();
        for start in (0..bytes.len()).step_by(STRETCH) {
            let end = bytes.len().min(start + STRETCH);
            let spent = budget.spend(((end - start) / BYTES_EACH) as u64);
            if spent.is_err() || looked_at >= MOST_MARKS {
                let reason = match spent {
                    Err(exhausted) => exhausted.to_string(),
                    Ok(()) => format!("more than {MOST_MARKS} marks before"),
                };
                marks.gap = Some(Gap::new(Place::File(start as u64), "marks of libraries", reason));
                break;
            }
            // a mark belongs to the stretch in which it starts
            let reach = bytes.get(start..bytes.len().min(end + patterns.longest)).unwrap_or(&[]);
            for hit in automaton.find_overlapping_iter(reach) {
                let (from, to) = (start + hit.start(), start + hit.end());
                if from >= end {
                    continue;
                }
                looked_at += 1;
                if looked_at > MOST_MARKS {
                    break;
                }
                let Some(&(component, mark)) = patterns.owners.get(hit.pattern().as_usize()) else {
                    continue;
                };
                if marks.look(bytes, (from, to), component, mark, &imports) {
                    places.push((from as u64, component));
                }
            }
        }
        if marks.gap.is_none() && looked_at > MOST_MARKS {
            let reason = format!("more than {MOST_MARKS} marks");
            marks.gap = Some(Gap::new(Place::Whole, "marks of libraries", reason));
        }
        places.retain(|(_, component)| marks.found.contains_key(component));
        marks.places = addresses(image, places);
        marks
    }

    /// Takes what looks like a mark; says whether it is one.
    fn look(
        &mut self,
        bytes: &[u8],
        (start, end): (usize, usize),
        component: u16,
        mark: &table::Mark,
        imports: &BTreeSet<&str>,
    ) -> bool {
        let after = bytes.get(end..).unwrap_or(&[]);
        let after = after.get(..NEAR).unwrap_or(after);
        let Some(version) = mark.version(after).filter(|_| !mark.is_a_users(imports)) else { return false };
        let text = text_around(bytes, start, end);
        // In a PE file up to two printable bytes of the import's hint may stand before it.
        if (0..3).any(|skip| text.get(skip..).is_some_and(|name| imports.contains(name))) {
            return false;
        }
        if !matches!(mark.then, Version::Supports) {
            self.take(component, version, text);
        }
        true
    }

    fn take(&mut self, component: u16, version: Option<String>, text: String) {
        match self.found.get_mut(&component) {
            None => {
                self.found.insert(component, Found { version, mark: text });
            }
            Some(found) if found.version.is_none() && version.is_some() => {
                *found = Found { version, mark: text };
            }
            Some(_) => {}
        }
    }

    /// Whether the file bears texts of Rust's standard library.
    pub(crate) fn has_rust(&self) -> bool {
        let is_rusts = |it: &table::Library| it.name == sources::STANDARD;
        self.found.keys().any(|number| TABLE.get(usize::from(*number)).is_some_and(is_rusts))
    }

    /// The components of which a mark lies in these bytes of memory.
    pub(crate) fn within(&self, address: u64, len: usize) -> impl Iterator<Item = u16> {
        let start = self.places.partition_point(|(place, _)| *place < address);
        let end = address.saturating_add(len as u64);
        self.places
            .get(start..)
            .unwrap_or(&[])
            .iter()
            .take_while(move |(place, _)| *place < end)
            .map(|(_, component)| *component)
    }
}

impl table::Mark {
    /// Whether the mark tells a user of the library from the library: the file imports it.
    fn is_a_users(&self, imports: &BTreeSet<&str>) -> bool {
        let Version::FollowsUnlessImported(_, names) = self.then else { return false };
        names.iter().any(|name| {
            imports.range::<&str, _>(*name..).next().is_some_and(|import| import.starts_with(*name))
        })
    }

    /// Whether what follows fits; if so the version that it tells.
    fn version(&self, after: &[u8]) -> Option<Option<String>> {
        match self.then {
            Version::Untold | Version::Supports => Some(None),
            Version::Follows => {
                let version = version_text(after)?;
                Some(Some(version))
            }
            Version::FollowsBefore(companion) | Version::FollowsUnlessImported(companion, _) => {
                let version = version_text(after)?;
                let companion = companion.as_bytes();
                after.windows(companion.len()).any(|window| window == companion).then_some(Some(version))
            }
        }
    }
}

/// A version at the start of the bytes: digits with at least one dot, letters allowed behind.
fn version_text(bytes: &[u8]) -> Option<String> {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    let text: String = bytes.iter().take(24).take_while(part).map(|byte| char::from(*byte)).collect();
    let text = text.trim_end_matches(['.', '-', '_', '+']).to_owned();
    (text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('.')).then_some(text)
}

/// The printable text that the mark is part of.
fn text_around(bytes: &[u8], start: usize, end: usize) -> String {
    let printable = |byte: &&u8| matches!(byte, b' '..=b'~');
    let before = bytes.get(..start).unwrap_or(&[]).iter().rev().take(32).take_while(printable).count();
    let after = bytes.get(end..).unwrap_or(&[]).iter().take(SHOWN).take_while(printable).count();
    let text = bytes.get(start - before..end + after).unwrap_or(&[]);
    text.iter().take(SHOWN).map(|byte| char::from(*byte)).collect()
}

/// From offsets in the file to addresses, ascending: of segments that share bytes the lowest.
///
/// One pass over segments and offsets by their place in the file, so that many of both stay cheap.
fn addresses(image: &Image, mut offsets: Vec<(u64, u16)>) -> Vec<(u64, u16)> {
    offsets.sort_unstable();
    let segments = image.segments();
    let mut begin: Vec<(u64, usize)> =
        segments.iter().enumerate().map(|(at, segment)| (segment.file_offset, at)).collect();
    begin.sort_unstable();
    let mut begin = begin.into_iter().peekable();
    // those that began, by their number; those that ended are taken out when they come first
    let mut open: BTreeSet<usize> = BTreeSet::new();
    let mut found = Vec::with_capacity(offsets.len());
    for (offset, component) in offsets {
        while let Some((_, at)) = begin.next_if(|(start, _)| *start <= offset) {
            open.insert(at);
        }
        while let Some((at, segment)) = open.first().and_then(|&at| Some((at, segments.get(at)?))) {
            let skip = offset - segment.file_offset;
            if skip < segment.file_bytes {
                found.extend(segment.address.checked_add(skip).map(|address| (address, component)));
                break;
            }
            open.remove(&at);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The components with the functions that refer to their marks, by name.
pub(super) fn found_components<'m>(
    marks: &Marks,
    functions: impl Iterator<Item = &'m [u16]>,
) -> Vec<Component> {
    let mut users: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
    for (index, components) in (0u32..).zip(functions) {
        components.iter().for_each(|&component| users.entry(component).or_default().push(index));
    }
    let mut components: Vec<Component> = marks
        .found
        .iter()
        .filter_map(|(number, found)| {
            let mut functions = users.remove(number).unwrap_or_default();
            functions.dedup();
            Some(Component {
                name: TABLE.get(usize::from(*number))?.name.to_owned(),
                versions: found.version.iter().cloned().collect(),
                versions_by: found.version.as_ref().map(|_| VersionsBy::Text),
                mark: Some(found.mark.clone()),
                known_by: KnownBy { mark: functions.len() as u32, ..KnownBy::default() },
                functions,
                ..Component::default()
            })
        })
        .collect();
    components.sort();
    components
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_base::Limits;
    use cognate_binary::{Arch, Format, Segment};

    /// The components of data that holds `text`, as "name version".
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let bytes = [b"\0\0\0", text.as_bytes(), b"\0"].concat();
        let segment = Segment {
            name: ".rodata".into(),
            address: 0x1000,
            size: bytes.len() as u64,
            file_offset: 0,
            file_bytes: bytes.len() as u64,
            writable: false,
            executable: false,
        };
        let image = Image::new(Format::Elf, Arch::X86_64, 0, vec![segment], bytes.into());
        let marks = Marks::find(&image, &Hints::default(), &mut Budget::new(&Limits::default()));
        let used: Vec<u16> = marks.within(0x1003, text.len()).collect();
        let components = found_components(&marks, [&used[..]].into_iter());
        let found: Vec<String> = components
            .iter()
            .map(|component| {
                format!("{} {}", component.name, component.versions.first().map_or("-", String::as_str))
            })
            .collect();
        assert_eq!(found, expected);
        assert!(components.iter().all(|component| component.functions == [0]));
    }

    fn segment(address: u64, file_offset: u64, file_bytes: u64) -> Segment {
        let name = String::new();
        Segment {
            name,
            address,
            size: file_bytes,
            file_offset,
            file_bytes,
            writable: false,
            executable: false,
        }
    }

    #[test]
    fn offsets_become_addresses_as_if_each_were_looked_up_alone() {
        let segments =
            vec![segment(0x100, 10, 20), segment(0x200, 0, 15), segment(0x300, 12, 3), segment(0x400, 40, 5)];
        let image = Image::new(Format::Elf, Arch::X86_64, 0, segments, vec![0; 64].into());
        let alone = |offset: u64| {
            let holds = |segment: &&Segment| {
                offset.checked_sub(segment.file_offset).is_some_and(|skip| skip < segment.file_bytes)
            };
            let segment = image.segments().iter().find(holds)?;
            Some((segment.address + offset - segment.file_offset, 1))
        };
        let mut expected: Vec<(u64, u16)> = (0..64).filter_map(alone).collect();
        expected.sort_unstable();
        let offsets = (0..64).rev().map(|offset| (offset, 1)).collect();
        assert_eq!(addresses(&image, offsets), expected);
    }

    #[test]
    fn a_mark_over_the_end_of_a_stretch_is_found_once() {
        let mut bytes = vec![0u8; STRETCH + 100];
        bytes[STRETCH - 10..STRETCH + 16].copy_from_slice(b"ERROR_maxBlockSize_invalid");
        let whole = segment(0x1000, 0, bytes.len() as u64);
        let image = Image::new(Format::Elf, Arch::X86_64, 0, vec![whole], bytes.into());
        let marks = Marks::find(&image, &Hints::default(), &mut Budget::new(&Limits::default()));
        assert_eq!(marks.places.len(), 1);
        assert_eq!((marks.places[0].0, marks.gap), (0x1000 + STRETCH as u64 - 10, None));
    }

    #[test]
    fn more_marks_than_are_looked_at_are_said() {
        let bytes = b"ERROR_maxBlockSize_invalid\0".repeat(MOST_MARKS + 1);
        let find = |bytes: &[u8], limits: Limits| {
            let whole = segment(0x1000, 0, bytes.len() as u64);
            let image = Image::new(Format::Elf, Arch::X86_64, 0, vec![whole], bytes.into());
            Marks::find(&image, &Hints::default(), &mut Budget::new(&limits)).gap.map(|gap| gap.to_string())
        };
        let gap = find(&bytes, Limits::default());
        assert_eq!(gap.as_deref(), Some("gap: marks of libraries: more than 50000 marks"));
        let spent = find(&bytes, Limits { instructions: 10, ..Limits::default() });
        assert!(
            spent.is_some_and(|gap| gap.starts_with("gap at 0x0: marks of libraries: work budget spent"))
        );
        assert_eq!(find(&bytes[..1000], Limits::default()), None);
    }

    #[test]
    fn a_version_is_read_where_the_mark_tells_it() {
        check("OpenSSL 1.1.1k  25 Mar 2021", &["OpenSSL 1.1.1k"]);
        check(" deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly and Mark Adler ", &["zlib 1.2.13"]);
        check("$LuaVersion: Lua 5.4.6  Copyright (C) 1994-2023 Lua.org, PUC-Rio $", &["Lua 5.4.6"]);
    }

    #[test]
    fn a_mark_without_version_names_the_library() {
        check("ERROR_maxBlockSize_invalid", &["LZ4 -"]);
        check("crypto\\rsa\\rsa_lib.c", &["OpenSSL -"]);
    }

    #[test]
    fn a_supporting_mark_counts_beside_another_one() {
        check("sqlite_master\0too many terms in compound SELECT", &["SQLite -"]);
        check("sqlite_master\0sqlite3_open", &[]);
    }

    #[test]
    fn a_version_from_a_header_is_no_mark_of_a_user() {
        let mark =
            TABLE.iter().flat_map(|library| library.marks).find(|mark| mark.text == "OpenSSL ").unwrap();
        assert!(mark.is_a_users(&BTreeSet::from(["memcpy", "OPENSSL_init_crypto"])));
        assert!(!mark.is_a_users(&BTreeSet::from(["memcpy", "openssl"])));
    }

    #[test]
    fn a_mere_word_is_no_mark() {
        check("openssl", &[]);
        check("built with OpenSSL and zlib, see lua.org", &[]);
        check("OpenSSL x", &[]);
        check("OpenSSL 3.0 does not support direct access to DSA keys", &[]);
        check("select count(*) from sqlite_master where type='table';", &[]);
        check("gd-png: fatal libpng error: %s", &[]);
    }
}
