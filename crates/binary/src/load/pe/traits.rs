//! What a PE file says about itself.

use super::super::common::{self, utc};
use super::headers::Headers;
use super::imports::Imports;
use super::resources;
use super::tables::Exports;
use crate::Forgeability::{Low, Trivial};
use crate::bytes::{Bytes, text};
use crate::{Format, Loaded};
use cognate_base::{Budget, Place, hex};
use sha2::Digest;

/// Writes the traits.
pub(super) fn read(
    loaded: &mut Loaded,
    headers: &Headers,
    bytes: &[u8],
    exports: &Exports,
    imports: &Imports,
    budget: &mut Budget,
) {
    if let Some(hash) = imphash(imports) {
        loaded.traits.push("imphash", hash, Low);
    }
    rich_header(loaded, headers, bytes);
    let reproducible = debug(loaded, headers);
    if headers.coff.is_some() {
        let note = if reproducible { " (reproducible build: a hash, not a time)" } else { "" };
        loaded.traits.push("compile-time", format!("{}{note}", utc(headers.time_stamp)), Trivial);
    }
    resources::read(loaded, headers, budget);
    common::counts(loaded, budget);
    if imports.delayed > 0 {
        loaded.traits.push("delayed-imports", imports.delayed.to_string(), Low);
    }
    if exports.count > 0 {
        let forwarders = if exports.forwarders > 0 {
            format!(", {} forwarded", exports.forwarders)
        } else {
            String::new()
        };
        loaded.traits.push("exports", format!("{}{forwarders}", exports.count), Low);
    }
    if let Some(library) = &exports.library {
        loaded.traits.push("export-name", library, Trivial);
    }
    signature(loaded, headers, bytes, budget);
    overlay(loaded, headers, bytes);
    if headers.directory(14).is_some() {
        loaded.traits.push("runtime", ".net", Low);
        let reason = "managed code is not analysed, only native code is";
        loaded.code_gap(Place::Whole, ".NET metadata", reason);
    }
}

/// The import hash as the field defines it: MD5 over `library.function`, in
/// lower case and file order, joined by commas, the extensions `.dll`, `.ocx`
/// and `.sys` cut off, ordinals named where every system gives them one name.
fn imphash(imports: &Imports) -> Option<String> {
    if imports.bound.is_empty() || imports.partial {
        return None;
    }
    let libraries: Vec<String> = imports.libraries.iter().map(|library| library.to_lowercase()).collect();
    let mut hash = md5::Md5::default();
    for (index, (library, name)) in imports.bound.iter().enumerate() {
        let library = libraries.get(*library).map_or("", String::as_str);
        let stem =
            [".dll", ".ocx", ".sys"].iter().find_map(|end| library.strip_suffix(end)).unwrap_or(library);
        let name = match name.strip_prefix('#').and_then(|number| number.parse::<u16>().ok()) {
            Some(ordinal) => {
                super::ordinals::name(library, ordinal).map_or(format!("ord{ordinal}"), str::to_lowercase)
            }
            None => name.to_lowercase(),
        };
        hash.update(if index > 0 { "," } else { "" });
        hash.update(format!("{stem}.{name}"));
    }
    Some(hex(&hash.finalize()))
}

/// The linker's list of the tools that made each object, XORed with a checksum.
fn rich_header(loaded: &mut Loaded, headers: &Headers, bytes: &[u8]) -> Option<()> {
    let end = headers.coff?.min(0x1000);
    let window = bytes.slice(0, end)?;
    let rich = window.windows(4).rposition(|four| four == b"Rich")? as u64;
    let key = window.u32_at(rich + 4)?;
    let start =
        (0..rich).step_by(4).find(|&at| window.u32_at(at).is_some_and(|word| word ^ key == 0x536e_6144))?;
    let words: Vec<u32> = (start..rich).step_by(4).map_while(|at| Some(window.u32_at(at)? ^ key)).collect();
    let clear: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let tools: Vec<String> = words
        .get(4..)?
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [tool, count] => Some(format!("{}.{}x{count}", tool >> 16, tool & 0xffff)),
            _ => None,
        })
        .collect();
    loaded.traits.push("rich-header", format!("product.build x objects: {}", tools.join(" ")), Low);
    loaded.traits.push("rich-hash", hex(&md5::Md5::digest(&clear)), Low);
    Some(())
}

/// PDB path and id; whether the build was reproducible.
fn debug(loaded: &mut Loaded, headers: &Headers) -> bool {
    let Some((rva, size)) = headers.directory(6) else { return false };
    let table = loaded.image.base + rva;
    let mut reproducible = false;
    for index in 0..(size / 28).min(64) {
        let at = table + index * 28;
        let (kind, data) = (loaded.image.read_uint(at + 12, 4), loaded.image.read_uint(at + 20, 4));
        let Some((kind, data)) = kind.zip(data) else { break };
        reproducible |= kind == 16;
        let record = loaded.image.tail(loaded.image.base + data);
        if kind == 2 && record.starts_with(b"RSDS") {
            let (id, path) = (record.slice(4, 20).map(hex), text(record.from(24), 1024));
            if let Some(path) = path {
                loaded.traits.push("pdb-path", path, Trivial);
            }
            if let Some(id) = id {
                loaded.traits.push("pdb-id", id, Trivial);
            }
        }
    }
    reproducible
}

/// Names in the certificates; nothing is verified, so nothing is proved.
fn signature(loaded: &mut Loaded, headers: &Headers, bytes: &[u8], budget: &mut Budget) -> Option<()> {
    let (at, size) = headers.directory(4)?;
    let table = bytes.slice(at, size).filter(|_| loaded.image.format == Format::Pe)?;
    budget.spend(1 + size / 64).ok()?;
    let mut names: Vec<String> = Vec::new();
    // Object identifier 2.5.4.3, common name, then a string of under 128 bytes.
    for (place, window) in table.windows(7).enumerate() {
        let [6, 3, 0x55, 4, 3, 0x0c | 0x13 | 0x14 | 0x16, len @ 1..=127] = window else { continue };
        let value = table
            .slice(place as u64 + 7, (*len).into())
            .map(|name| String::from_utf8_lossy(name).into_owned());
        if let Some(name) = value.filter(|name| !names.contains(name) && names.len() < 32) {
            names.push(name);
        }
    }
    let names = names.join("; ");
    loaded.traits.push("signature", format!("not verified; names in its certificates: {names}"), Low);
    Some(())
}

/// Bytes behind the last section, certificates not counted.
fn overlay(loaded: &mut Loaded, headers: &Headers, bytes: &[u8]) {
    let end = headers.sections.iter().filter(|row| row.raw_size > 0);
    let end = end.map(|row| u64::from(row.raw) + u64::from(row.raw_size)).max();
    let Some(end) = end.filter(|_| loaded.image.format == Format::Pe) else { return };
    let file = bytes.len() as u64;
    let signed =
        headers.directory(4).filter(|(at, size)| *at >= end && at + size <= file).map_or(0, |(_, size)| size);
    let size = file.saturating_sub(end).saturating_sub(signed);
    if size > 0 {
        loaded.traits.push("overlay", format!("{size} bytes at {end:#x}"), Trivial);
    }
}
