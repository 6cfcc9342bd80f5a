//! Any text is taken for the result of a match and made an item of a case, or refused: no panic.
#![no_main]

use cognate_case::{AddMatch, add_match};
use libfuzzer_sys::fuzz_target;

const CASE: &str = include_str!("../../crates/cli/tests/fixtures/bakery.toml");

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let options = AddMatch::on("2024-05-05".parse().expect("a day"));
    if let Ok(added) = add_match(CASE, text, &options) {
        cognate_case::Case::parse(&added.text).expect("what was added can be read");
    }
});
