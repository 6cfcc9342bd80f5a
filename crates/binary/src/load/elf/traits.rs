//! What an ELF file says about itself.

use super::super::common;
use super::dynamic::Dynamic;
use super::headers::Headers;
use crate::Forgeability::{Low, Moderate, Trivial};
use crate::Loaded;
use crate::bytes::Bytes;
use cognate_base::{Budget, hex};

/// The id is looked for in so much of a note; notes that honest linkers write are shorter. Judgement.
const MAX_NOTE: usize = 64 << 10;

/// Writes the traits.
pub(super) fn read(
    loaded: &mut Loaded,
    headers: &Headers,
    dynamic: &Dynamic,
    bytes: &[u8],
    budget: &mut Budget,
) {
    if let Some(id) = build_id(loaded, headers, bytes) {
        loaded.traits.push("build-id", id, Trivial);
    }
    for compiler in compilers(headers, bytes) {
        loaded.traits.push("compiler", compiler, Trivial);
    }
    if let Some(program) = headers.programs.iter().find(|program| program.kind == 3)
        && let Some(path) = bytes.text_at(program.offset, 1024)
    {
        loaded.traits.push("interpreter", path, Low);
    }
    if let Some(name) = &dynamic.soname {
        loaded.traits.push("soname", name, Trivial);
    }
    for library in dynamic.needed.iter().take(1024) {
        loaded.traits.push("needed-library", library, Low);
    }
    common::counts(loaded, budget);
    if dynamic.exports > 0 {
        loaded.traits.push("exports", dynamic.exports.to_string(), Moderate);
    }
    let stripped = !headers.sections.iter().any(|section| section.kind == 2);
    loaded.traits.push("stripped", if stripped { "yes" } else { "no" }, Trivial);
}

/// The note `NT_GNU_BUILD_ID`, from its section or from the note segments.
fn build_id(loaded: &Loaded, headers: &Headers, bytes: &[u8]) -> Option<String> {
    let section =
        headers.section(".note.gnu.build-id").and_then(|section| bytes.slice(section.offset, section.size));
    let notes = headers.programs.iter().filter(|program| program.kind == 4);
    let notes =
        notes.map(|program| loaded.image.read(program.address, program.file_bytes as usize).unwrap_or(&[]));
    section.into_iter().chain(notes).find_map(|note| {
        let note = note.get(..MAX_NOTE).unwrap_or(note);
        let at = note.windows(4).position(|four| four == b"GNU\0")? as u64;
        let (len, kind) = (note.u32_at(at.checked_sub(8)?)?, note.u32_at(at - 4)?);
        note.slice(at + 4, len.into()).filter(|_| kind == 3 && len <= 64).map(hex)
    })
}

/// The compilers' own words in `.comment`.
fn compilers(headers: &Headers, bytes: &[u8]) -> Vec<String> {
    let comment = headers.section(".comment").and_then(|section| bytes.slice(section.offset, section.size));
    let mut found: Vec<String> = Vec::new();
    for part in comment.unwrap_or(&[]).split(|&byte| byte == 0).filter(|part| !part.is_empty()).take(64) {
        let part = String::from_utf8_lossy(part.get(..256).unwrap_or(part)).into_owned();
        if !found.contains(&part) {
            found.push(part);
        }
    }
    found
}
