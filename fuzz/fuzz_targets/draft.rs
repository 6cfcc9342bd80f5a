//! Any text is drafted from (a STIX bundle, a MISP event, a table), or refused: what is drafted is a case.
#![no_main]

use cognate_case::Case;
use cognate_case::draft::{DraftOptions, draft};
use libfuzzer_sys::fuzz_target;

const CASE: &str = include_str!("../../crates/cli/tests/fixtures/bakery.toml");

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let reported = "2024-05-05".parse().expect("a day");
    let options = DraftOptions { reported, source: "fuzz".to_owned(), id: "fuzz".to_owned() };
    for into in [None, Some(CASE)] {
        if let Ok(drafted) = draft(text, into, &options) {
            let case = Case::parse(&drafted.text).expect("what was drafted can be read");
            let blank = |id: &String| {
                let item = case.item(id).expect("every item is there");
                item.judgements.iter().all(|judgement| judgement.likelihood.is_blank())
            };
            assert!(drafted.items.iter().all(blank), "nothing is judged");
        }
    }
});
