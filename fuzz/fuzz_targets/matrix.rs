//! Any text is taken back into a case as a table, or refused; the table of a changed case changes it no further.
#![no_main]

use cognate_case::matrix::{changed, matrix};
use libfuzzer_sys::fuzz_target;

const CASE: &str = include_str!("../../crates/cli/tests/fixtures/bakery.toml");

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(found) = changed(CASE, text) else { return };
    let table = matrix(&found.text, true).expect("what was changed can be read");
    for table in [table.to_csv(false), table.to_csv(true)] {
        let again = changed(&found.text, &table).expect("its own table fits");
        assert!(again.changes.is_empty() && again.text == found.text, "{:?}", again.changes);
    }
});
