//! The resource tree of a PE: languages and version information.

use super::headers::Headers;
use crate::Forgeability::Trivial;
use crate::Loaded;
use crate::bytes::Bytes;
use cognate_base::{Budget, Place};
use std::collections::BTreeSet;

const VERSION: u64 = 16;
/// A tree has three levels: type, name, language.
const LEVELS: usize = 3;
/// More entries than this are not read, however often each is pointed to. Judgement.
const MAX_NODES: usize = 1 << 16;
const MAX_STRINGS: usize = 64;

/// Leaves of the tree: type, language, address of the data entry.
#[derive(Default)]
struct Tree {
    leaves: Vec<(u64, u64, u64)>,
    nodes: usize,
}

/// Writes the languages of the resources and the version information.
pub(super) fn read(loaded: &mut Loaded, headers: &Headers, budget: &mut Budget) {
    let Some((rva, _)) = headers.directory(2) else { return };
    let root = loaded.image.base + rva;
    let mut tree = Tree::default();
    tree.visit(loaded, root, root, 0, (0, 0), budget);
    if tree.nodes > MAX_NODES {
        loaded.gap(Place::Address(root), "resources", "more than are read");
    }
    let languages: BTreeSet<u64> = tree.leaves.iter().map(|(_, language, _)| *language).collect();
    for language in languages.into_iter().take(MAX_STRINGS) {
        loaded.traits.push("resource-language", format!("{language:#06x}"), Trivial);
    }
    let version = tree.leaves.iter().find(|(kind, _, _)| *kind == VERSION).map(|(_, _, at)| *at);
    let Some(at) = version else { return };
    let data = loaded.image.read_uint(at, 4).zip(loaded.image.read_uint(at + 4, 4));
    let Some((rva, size)) = data else { return };
    let bytes = loaded.image.tail(loaded.image.base + rva);
    let mut strings = Vec::new();
    block(bytes.up_to(0, size), 0, &mut strings);
    for (key, value) in strings {
        loaded.traits.push("version-info", format!("{key}: {value}"), Trivial);
    }
}

impl Tree {
    /// Reads a directory of one level; calls itself for the next, of which there are [`LEVELS`].
    fn visit(
        &mut self,
        loaded: &Loaded,
        root: u64,
        at: u64,
        level: usize,
        path: (u64, u64),
        budget: &mut Budget,
    ) -> Option<()> {
        let read = |skip: u64, len| loaded.image.read_uint(at.checked_add(skip)?, len);
        for index in 0..read(12, 2)?.saturating_add(read(14, 2)?) {
            self.nodes += 1;
            if self.nodes > MAX_NODES || budget.spend(1).is_err() {
                return None;
            }
            let (id, offset) = (read(16 + index * 8, 4)?, read(20 + index * 8, 4)?);
            let (directory, place) = (offset >> 31 != 0, root + (offset & 0x7fff_ffff));
            let path = if level == 0 { (id, 0) } else { (path.0, id) };
            if !directory {
                self.leaves.push((path.0, path.1 & 0xffff, place));
            } else if level + 1 < LEVELS {
                self.visit(loaded, root, place, level + 1, path, budget);
            }
        }
        Some(())
    }
}

/// One block of version information: length, value, key, then blocks inside it, four levels in all.
fn block(bytes: &[u8], level: usize, strings: &mut Vec<(String, String)>) -> Option<u64> {
    let (len, value_len) = (u64::from(bytes.u16_at(0)?), u64::from(bytes.u16_at(2)?));
    let body = bytes.slice(0, len).filter(|_| len >= 6)?;
    let key = wide_text(body.from(6));
    let mut at = align(6 + 2 * (key.encode_utf16().count() as u64 + 1));
    if level == 3 {
        let value = wide_text(body.from(at));
        if !value.is_empty() && strings.len() < MAX_STRINGS {
            strings.push((key, value));
        }
        return Some(len);
    }
    at = align(at + value_len);
    while let Some(step) = block(body.from(at), level + 1, strings) {
        at = align(at + step);
    }
    Some(len)
}

fn align(at: u64) -> u64 {
    at.saturating_add(3) & !3
}

/// UTF-16 up to a NUL, at most 1,024 units.
fn wide_text(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
    let units: Vec<u16> = units.take_while(|&unit| unit != 0).take(1024).collect();
    String::from_utf16_lossy(&units)
}
