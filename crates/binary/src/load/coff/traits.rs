//! What a COFF object says about itself.

use super::super::common::{self, utc};
use super::Layout;
use super::symbols::{self, FILE};
use crate::Forgeability::{Low, Trivial};
use crate::Loaded;
use crate::bytes::{Bytes, text};
use cognate_base::Budget;

/// So many sources, libraries and compilers are named; honest objects have a few. Judgement.
const MAX_NAMED: usize = 64;
/// So much of a section is looked through for each of them. Judgement.
const MAX_LOOKED_AT: u64 = 64 << 10;
/// So many sections are looked at: each function may have one for debuggers. Judgement.
const MAX_SECTIONS: usize = 64;

/// Writes the traits.
pub(super) fn read(loaded: &mut Loaded, layout: &Layout<'_>, budget: &mut Budget) {
    let (headers, bytes) = (layout.headers, layout.bytes);
    if headers.time_stamp != 0 {
        loaded.traits.push("compile-time", utc(headers.time_stamp), Trivial);
    }
    let mut found: Vec<(&str, String)> = Vec::new();
    symbols::each(headers, bytes, budget, &mut |_, symbol, _| {
        if found.len() >= MAX_NAMED {
            return;
        }
        if symbol.class == FILE {
            let row = headers.symbol_bytes();
            let name = bytes.slice(symbol.at + row, u64::from(symbol.auxiliary) * row).unwrap_or(&[]);
            let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
            let name = String::from_utf8_lossy(name.get(..end).unwrap_or(&[])).into_owned();
            found.extend((!name.is_empty()).then_some(("source-file", name)));
        } else if bytes.slice(symbol.at, 8) == Some(b"@comp.id") {
            // The same numbers as in the Rich header of what is linked from it.
            let value = symbol.value;
            found.push(("compiler-id", format!("product.build: {}.{}", value >> 16, value & 0xffff)));
        }
    });
    let mut looked_at = 0;
    for index in 0..headers.sections() {
        if budget.spend(1).is_err() || found.len() >= MAX_NAMED || looked_at == MAX_SECTIONS {
            break;
        }
        let Some(section) = headers.section(bytes, index) else { break };
        let size = section.file_bytes().min(MAX_LOOKED_AT);
        let data = bytes.from(section.offset.into());
        let data = data.up_to(0, size);
        let read = match section.name.as_str() {
            ".drectve" => directives,
            ".debug$S" => debugging,
            _ => continue,
        };
        looked_at += 1;
        if budget.spend(data.len() as u64 / 16).is_err() {
            break;
        }
        read(data, &mut found);
    }
    let mut seen: Vec<(&str, String)> = Vec::new();
    for (kind, value) in found {
        let item = (kind, value);
        if !seen.contains(&item) {
            let forgeability = if item.0 == "compiler-id" { Low } else { Trivial };
            loaded.traits.push(item.0, &item.1, forgeability);
            seen.push(item);
        }
    }
    common::counts(loaded, budget);
}

/// The libraries that the linker is told to look in.
fn directives(data: &[u8], found: &mut Vec<(&str, String)>) {
    let words = data.split(|byte| matches!(byte, b' ' | 0 | b'\n')).filter(|word| !word.is_empty());
    for word in words {
        let Some((key, value)) = word.split_at_checked(12) else { continue };
        let option = key.first().is_some_and(|first| matches!(first, b'/' | b'-'));
        let library = option && key.get(1..).is_some_and(|key| key.eq_ignore_ascii_case(b"defaultlib:"));
        if library && found.len() < MAX_NAMED {
            let value = value.get(..260).unwrap_or(value);
            found.push(("default-library", String::from_utf8_lossy(value).trim_matches('"').to_owned()));
        }
    }
}

/// The name of the object and the compiler's own words, in CodeView.
fn debugging(data: &[u8], found: &mut Vec<(&str, String)>) {
    if data.u32_at(0) != Some(4) {
        return;
    }
    let mut at = 4;
    while let (Some(kind), Some(size)) = (data.u32_at(at), data.u32_at(at + 4)) {
        let records = data.from(at + 8);
        let records = records.up_to(0, size.into());
        if kind == 0xf1 {
            symbol_records(records, found);
        }
        at += 8 + u64::from(size).next_multiple_of(4);
    }
}

fn symbol_records(records: &[u8], found: &mut Vec<(&str, String)>) {
    let mut at = 0;
    while let (Some(size), Some(kind)) = (records.u16_at(at), records.u16_at(at + 2)) {
        // The signature, or flags, machine and versions, stand before the text.
        let value = match kind {
            0x1101 => text(records.from(at + 8), 1024).map(|name| ("object-name", name)),
            0x113c => text(records.from(at + 26), 1024).map(|name| ("compiler", name)),
            _ => None,
        };
        if let Some(value) = value.filter(|_| found.len() < MAX_NAMED) {
            found.push(value);
        }
        at += 2 + u64::from(size.max(2));
    }
}
