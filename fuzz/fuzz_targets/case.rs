//! Any text is read as a case, looked over and assessed, or refused: no panic, no endless loop.
//!
//! Start it on real cases: `cargo fuzz run case fuzz/corpus/case cases`.
#![no_main]

use cognate_case::{Case, AssessOptions, assess, lint};
use libfuzzer_sys::fuzz_target;

/// Texts of this size reach every branch; what takes long by its size alone is tested elsewhere.
const MOST_BYTES: usize = 64 << 10;
/// Items and candidates that are assessed: the intervals take thousands of draws over all of them.
const MOST_ITEMS: usize = 40;
const MOST_CANDIDATES: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.len() > MOST_BYTES {
        return;
    }
    let case = match Case::parse(text) {
        Ok(case) => case,
        Err(error) => {
            let lines = text.split('\n').count();
            assert!(error.place().is_none_or(|place| place.line as usize <= lines + 1));
            return;
        }
    };
    let findings = lint(&case);
    assert!(findings.is_sorted_by_key(|finding| (finding.place, finding.rule.clone())));
    if case.evidence.len() > MOST_ITEMS || case.candidates.len() > MOST_CANDIDATES {
        return;
    }
    let assessment = assess(&case, "", &AssessOptions::default());
    let sum: f64 = assessment.hypotheses.iter().map(|hypothesis| hypothesis.probability).sum();
    assert!((sum - 1.0).abs() < 1e-6, "the hypotheses add up to {sum}");
});
