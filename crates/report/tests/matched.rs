//! The answer of `match` as people read it, made from a recorded one.

use cognate_documents::MatchDocument;
use cognate_report::{Document, Style};

/// The text of the recorded answer, once `change` was made to its report.
fn text(change: impl FnOnce(&mut cognate_documents::MatchReport)) -> String {
    let recorded = include_str!("../../case/tests/fixtures/match.json");
    let mut document: MatchDocument = serde_json::from_str(recorded).unwrap();
    change(&mut document.answers[0].report);
    document.text(&Style::default())
}

#[test]
fn how_much_of_a_store_answered_is_said() {
    let part = text(|report| report.completeness.coverage = 0.5);
    assert!(part.contains("only 50.0 % of the store answered"), "{part}");
    assert!(!text(|_| ()).contains("of the store answered"));
}
