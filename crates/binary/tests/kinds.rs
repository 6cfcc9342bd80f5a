//! `docs/files.md` says of every kind of file that is known what is done with it.

use cognate_binary::{Treatment, file_kinds};

/// The first two cells of each row: files, and what is done with them.
fn rows() -> Vec<(String, String)> {
    let text = std::fs::read_to_string("../../docs/files.md").unwrap();
    let cells = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ").map(str::to_lowercase);
        Some((cells.next()?, cells.next()?))
    };
    text.lines().filter_map(cells).collect()
}

#[test]
fn every_kind_of_file_stands_in_the_documentation_with_what_is_done_with_it() {
    let rows = rows();
    let word = |treatment| match treatment {
        Treatment::Read => "read",
        Treatment::Opened => "opened",
        Treatment::Recognised => "recognised",
    };
    let is_told = |name: &str, word: &str| {
        rows.iter().any(|(files, what)| files.contains(&name.to_lowercase()) && what.contains(word))
    };
    let missing: Vec<_> = file_kinds().filter(|&(name, treatment)| !is_told(name, word(treatment))).collect();
    assert!(missing.is_empty(), "not in docs/files.md: {missing:?}");
    assert!(!is_told("RAR archive", "opened"), "what is told is told apart");
}
