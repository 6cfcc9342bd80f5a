//! Any text is taken as an export for `corpus import`, or refused; what is taken would be written just so.
#![no_main]

use cognate_index::{MANIFEST_HEADER, ManifestRow};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(rows) = ManifestRow::parse_all(text) else { return };
    let lines: Vec<String> = rows.iter().map(ManifestRow::to_line).collect();
    let again = ManifestRow::parse_all(&format!("{MANIFEST_HEADER}\n{}\n", lines.join("\n")));
    assert!(again.is_ok_and(|again| again == rows));
});
