//! What others exchange, with something changed in it, is drafted from or refused, and tables are taken back or refused.
#![allow(clippy::unwrap_used)]

use cognate_case::draft::{DraftOptions, draft};
use cognate_case::matrix::{changed, matrix};
use cognate_case::merge::{MergeOptions, merge};
use cognate_case::{Case, skeleton};
use proptest::prelude::*;

const SEEDS: [&str; 3] = [
    include_str!("../../../fuzz/seeds/draft/bundle.json"),
    include_str!("../../../fuzz/seeds/draft/event.json"),
    include_str!("../../../fuzz/seeds/draft/notes.csv"),
];

/// What is put in: what ends, begins or steers something in one of the formats.
const PIECES: [&str; 24] = [
    "\"", "'", ",", ";", "\n", "\r\n", "\\", "{", "}", "[]", "null", "-1", "1e400", "0,5", "5 %", "for",
    "=1+1", "\u{202e}", "\u{0}", "\u{feff}", "# x", "]]", "\"\"\"", "unlisted",
];

/// A text with pieces in the place of some of its letters.
fn changed_text(text: &str, changes: &[(usize, usize, &str)]) -> String {
    let mut letters: Vec<String> = text.chars().map(String::from).collect();
    for (place, take, piece) in changes {
        let start = place % letters.len().max(1);
        let end = (start + take).min(letters.len());
        letters.splice(start..end, [(*piece).to_owned()]);
    }
    letters.concat()
}

fn changes() -> impl Strategy<Value = Vec<(usize, usize, &'static str)>> {
    prop::collection::vec((0_usize..6_000, 0_usize..6, prop::sample::select(PIECES.to_vec())), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn what_is_drafted_is_a_case_in_which_nothing_is_judged(seed in 0_usize..3, changes in changes()) {
        let text = changed_text(SEEDS[seed], &changes);
        let options = DraftOptions { reported: "2024-05-05".parse().unwrap(), source: "a\nfeed\"".to_owned(), id: "x".to_owned() };
        for into in [None, Some(skeleton("books", "Books"))] {
            if let Ok(drafted) = draft(&text, into.as_deref(), &options) {
                let case = Case::parse(&drafted.text).unwrap();
                for id in &drafted.items {
                    assert!(case.item(id).unwrap().judgements.iter().all(|judgement| judgement.likelihood.is_blank()));
                }
            }
        }
    }

    #[test]
    fn a_table_that_is_taken_back_is_the_table_of_what_comes_out(changes in changes(), spreadsheet in any::<bool>()) {
        let text = skeleton("books", "Books");
        let table = changed_text(&matrix(&text, true).unwrap().to_csv(spreadsheet), &changes);
        if let Ok(found) = changed(&text, &table) {
            let again = changed(&found.text, &matrix(&found.text, true).unwrap().to_csv(spreadsheet)).unwrap();
            assert_eq!(again.changes, []);
            assert_eq!(again.text, found.text);
        }
    }

    #[test]
    fn two_files_merge_and_merging_again_changes_nothing(changes in changes()) {
        let (a, b) = (skeleton("books", "Books"), changed_text(&skeleton("books", "Books"), &changes));
        let options = MergeOptions { analyst: Some("second".to_owned()), name: "b\n.toml".to_owned() };
        let Ok(merged) = merge(&a, &b, &options) else { return Ok(()) };
        assert_eq!(merged.open.is_empty(), Case::parse(&merged.text).is_ok());
        if merged.open.is_empty() && merged.conflicts.is_empty() {
            let again = merge(&merged.text, &b, &options).unwrap();
            assert_eq!(again.text, merged.text);
        }
    }
}
