//! Any bytes load or are refused; neither panics nor takes longer than its budget.
#![no_main]

use cognate_base::{Budget, Limits};
use cognate_binary::{LoadOptions, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { instructions: 5_000_000, ..Limits::default() };
    for memory in [false, true] {
        let options = LoadOptions { memory, ..LoadOptions::default() };
        let Ok(loaded) = load(bytes.into(), &options, &mut Budget::new(&limits)) else { continue };
        assert!(loaded.hints.starts.iter().all(|start| loaded.image.is_code(start.address)));
    }
});
