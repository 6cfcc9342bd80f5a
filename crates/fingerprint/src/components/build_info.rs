//! What the Go tool writes into every program: with which Go it was built, from which modules.

use super::owners::{BYTES_EACH, LONGEST_NAME, MOST_OWNERS};
use cognate_base::{Budget, Exhausted};
use cognate_binary::{Image, Loaded};
use std::collections::BTreeMap;

/// What it begins with, at a multiple of sixteen.
const MAGIC: &[u8] = b"\xff Go buildinf:";
/// Bytes between two places where it may begin.
const STEP: usize = 16;
/// Bytes of its header.
const HEADER: u64 = 32;
/// The flag for texts that stand behind the header; before Go 1.18 two pointers are in it instead.
const INLINE: u8 = 2;
/// The flag for numbers whose highest byte comes first.
const BIG_ENDIAN: u8 = 1;
/// Bytes of a text that are read (judgement: the longest known have some ten thousand).
const LONGEST_TEXT: u64 = 1 << 20;
/// Bytes before and behind the list of modules by which the tools find it.
const SENTINEL: usize = 16;

/// What it says; all of it may be wiped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BuildInfo {
    /// The version of Go, as "1.23.5".
    pub go: Option<String>,
    /// The path of the package `main`.
    pub path: Option<String>,
    /// The main module and its version.
    pub main: Option<(String, Option<String>)>,
    /// The version of each module that it depends on.
    pub modules: BTreeMap<String, Option<String>>,
}

/// Reads the first that is sound; an empty one where there is none.
pub(super) fn find(loaded: &Loaded, budget: &mut Budget) -> Result<BuildInfo, Exhausted> {
    let image = &loaded.image;
    for segment in image.segments().iter().filter(|segment| !segment.executable) {
        let bytes = image.segment_bytes(segment);
        budget.spend(1 + (bytes.len() / STEP) as u64 / BYTES_EACH)?;
        let skip = (segment.address.wrapping_neg() % STEP as u64) as usize;
        for (index, start) in bytes.get(skip..).unwrap_or(&[]).chunks(STEP).enumerate() {
            if !start.starts_with(MAGIC) {
                continue;
            }
            budget.spend(1)?;
            let address = segment.address.saturating_add((skip + index * STEP) as u64);
            if let Some((version, modules)) = texts(loaded, address) {
                return read(&version, &modules, budget);
            }
        }
    }
    Ok(BuildInfo::default())
}

/// The two texts: the version, and the list of modules, which may be empty.
fn texts(loaded: &Loaded, address: u64) -> Option<(Vec<u8>, Vec<u8>)> {
    let image = &loaded.image;
    let (width, flags) = match *image.read(address.checked_add(14)?, 2)? {
        [width, flags] => (width, flags),
        _ => return None,
    };
    let (version, modules) = if flags & INLINE != 0 {
        let (version, next) = inline(image, address.checked_add(HEADER)?)?;
        (version, inline(image, next).map_or(Vec::new(), |(text, _)| text))
    } else {
        if flags & BIG_ENDIAN != 0 || !matches!(width, 4 | 8) {
            return None;
        }
        let width = u64::from(width);
        let version = pointed(loaded, address.checked_add(16)?, width)?;
        (version, pointed(loaded, address.checked_add(16 + width)?, width).unwrap_or_default())
    };
    let is_go = version.starts_with(b"go") || version.starts_with(b"devel");
    is_go.then(|| (version, without_sentinels(modules)))
}

/// A text with its length before it in groups of seven bits; and what stands behind it.
fn inline(image: &Image, mut address: u64) -> Option<(Vec<u8>, u64)> {
    let mut length = 0u64;
    for shift in (0..63).step_by(7) {
        let byte = image.read_uint(address, 1)?;
        address = address.checked_add(1)?;
        length |= (byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let length = Some(length).filter(|length| *length <= LONGEST_TEXT)?;
            let text = image.read(address, usize::try_from(length).ok()?)?;
            return Some((text.to_vec(), address.checked_add(length)?));
        }
    }
    None
}

/// The text of Go to whose pointer and length the pointer at `slot` leads.
fn pointed(loaded: &Loaded, slot: u64, width: u64) -> Option<Vec<u8>> {
    let pointer = |slot: u64| {
        let read = || loaded.image.read_uint(slot, usize::try_from(width).ok()?);
        loaded.hints.relocations.get(&slot).copied().or_else(read)
    };
    let text = pointer(slot)?;
    let length = loaded.image.read_uint(text.checked_add(width)?, usize::try_from(width).ok()?)?;
    let length = Some(length).filter(|length| *length <= LONGEST_TEXT)?;
    Some(loaded.image.read(pointer(text)?, usize::try_from(length).ok()?)?.to_vec())
}

fn without_sentinels(text: Vec<u8>) -> Vec<u8> {
    let inside = text.len().checked_sub(SENTINEL).filter(|end| *end > SENTINEL);
    match inside.and_then(|end| text.get(SENTINEL..end)) {
        Some(inside) if inside.ends_with(b"\n") => inside.to_vec(),
        _ => text,
    }
}

fn read(version: &[u8], modules: &[u8], budget: &mut Budget) -> Result<BuildInfo, Exhausted> {
    let mut info = BuildInfo { go: go_version(version), ..BuildInfo::default() };
    budget.spend(1 + modules.len() as u64 / BYTES_EACH)?;
    let mut last: Option<String> = None;
    for line in modules.split(|byte| *byte == b'\n') {
        let Ok(line) = str::from_utf8(line) else { continue };
        let mut fields = line.split('\t');
        let (kind, path, version) = (fields.next().unwrap_or_default(), fields.next(), fields.next());
        let Some(path) = path.filter(|path| !path.is_empty() && path.len() <= LONGEST_NAME) else { continue };
        let version = version.filter(|it| !it.is_empty() && *it != "(devel)" && it.len() <= LONGEST_NAME);
        let version = version.map(str::to_owned);
        match kind {
            "path" => info.path = Some(path.to_owned()),
            "mod" => info.main = Some((path.to_owned(), version)),
            "dep" if info.modules.len() < MOST_OWNERS => {
                info.modules.insert(path.to_owned(), version);
                last = Some(path.to_owned());
            }
            // what the module before was replaced with; packages keep the old path
            "=>" if version.is_some() => {
                if let Some(replaced) = last.take().and_then(|last| info.modules.get_mut(&last)) {
                    *replaced = version;
                }
            }
            _ => {}
        }
    }
    Ok(info)
}

/// "go1.23.5 X:boringcrypto" is 1.23.5.
fn go_version(text: &[u8]) -> Option<String> {
    let text = str::from_utf8(text).ok()?;
    let mut words = text.split(' ').filter_map(|word| word.strip_prefix("go"));
    words
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()) && word.len() <= 64)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::named::tests::{budget, loaded};
    use cognate_binary::Format;

    /// The info in this data, which lies at 0x10000.
    fn info(data: Vec<u8>) -> BuildInfo {
        find(&loaded(Format::Elf, data), &mut budget()).unwrap()
    }

    fn header(width: u8, flags: u8, rest: &[u8]) -> Vec<u8> {
        [MAGIC, &[width, flags], rest].concat()
    }

    #[test]
    fn before_go_1_18_pointers_lead_to_the_texts() {
        let mut data = header(8, 0, &[]);
        data.extend(0x1_0020u64.to_le_bytes());
        data.extend(0x1_0030u64.to_le_bytes());
        data.extend([0x1_0040u64, 8, 0x1_0048, 6].map(u64::to_le_bytes).concat());
        data.extend(b"go1.13.4path\tx");
        let found = info(data);
        assert_eq!((found.go.as_deref(), found.path.as_deref()), (Some("1.13.4"), Some("x")));
    }

    #[test]
    fn broken_info_says_nothing() {
        let huge = [&[0u8; 16][..], &[0xff; 12]].concat();
        let long = [&[0u8; 16][..], &[0xff, 0xff, 0xff, 0x7f, b'g', b'o', b'1']].concat();
        for data in [
            header(8, 2, &huge),
            header(8, 2, &long),
            header(8, 2, &[]),
            header(8, 0, &[0xff; 32]),
            header(3, 0, &[0; 64]),
            header(8, 1, &[0; 64]),
            MAGIC.to_vec(),
            [vec![0; 8], header(8, 2, &[0; 32])].concat(),
        ] {
            assert_eq!(info(data), BuildInfo::default());
        }
    }

    #[test]
    fn of_many_modules_the_first_are_kept() {
        let lines: String = (0..1_000_000).map(|number| format!("dep\tm{number}\tv1\n")).collect();
        let found = read(b"devel go1.24-abc X:x", lines.as_bytes(), &mut budget()).unwrap();
        assert_eq!((found.modules.len(), found.go.as_deref()), (MOST_OWNERS, Some("1.24-abc")));
        let long = format!("dep\t{}\tv1\nmod\tx\t(devel)", "m".repeat(LONGEST_NAME + 1));
        let found = read(b"go1.2", long.as_bytes(), &mut budget()).unwrap();
        assert_eq!((found.modules.len(), found.main), (0, Some(("x".to_owned(), None))));
    }
}
