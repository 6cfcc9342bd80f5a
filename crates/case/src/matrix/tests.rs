//! Tables of judgements, out and back.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::skeleton;

const BAKERY: &str = include_str!("../../../cli/tests/fixtures/bakery.toml");
/// The cases that ship.
const SHIPPED: [&str; 4] = [
    include_str!("../../../../cases/wannacry.toml"),
    include_str!("../../../../cases/olympic-destroyer.toml"),
    include_str!("../../../../cases/cannot-tell.toml"),
    // It judges a set.
    include_str!("../../../../cases/solarwinds.toml"),
];

fn csv(text: &str) -> String {
    matrix(text, false).unwrap().to_csv(false)
}

/// The table of the skeleton with passages replaced, taken back.
fn back(edits: &[(&str, &str)]) -> Result<Changed, Vec<Error>> {
    let text = skeleton("books", "Books");
    let table = edits.iter().fold(csv(&text), |table, (from, to)| {
        assert!(table.contains(from), "no {from:?} in\n{table}");
        table.replacen(from, to, 1)
    });
    changed(&text, &table)
}

/// What changed, one line a cell.
#[track_caller]
fn check(edits: &[(&str, &str)], expected: &[&str]) -> String {
    let changed = back(edits).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let shown = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "nothing".to_owned());
    let line = |change: &Change| {
        format!("{} {}: {} > {}", change.item, change.column, shown(&change.before), shown(&change.after))
    };
    assert_eq!(changed.changes.iter().map(line).collect::<Vec<_>>(), expected);
    changed.text
}

#[track_caller]
fn refused(edits: &[(&str, &str)], expected: &[&str]) {
    let errors = back(edits).unwrap_err();
    let told: Vec<String> = errors.iter().map(|error| format!("{error} {:?}", error.next_step())).collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.contains(expected), "{told} lacks {expected}");
    }
}

const FIRST: &str = "first-item,,TODO: one line,0.05,0.4,,,,TODO: why these likelihoods?,";

#[test]
fn a_table_that_nobody_changed_changes_no_byte() {
    let mut texts = vec![BAKERY.to_owned(), skeleton("b", "b"), skeleton("b", "b").replace('\n', "\r\n")];
    texts.extend(SHIPPED.map(str::to_owned));
    for text in texts {
        let found = matrix(&text, true).unwrap();
        for table in [found.to_csv(false), found.to_csv(true), found.to_csv(true).replace('\n', "\r\n")] {
            let changed = changed(&text, &table).unwrap();
            assert_eq!((changed.text.as_str(), changed.changes.len()), (text.as_str(), 0));
            assert!(changed.notes.is_empty(), "{:?}", changed.notes);
        }
    }
}

#[test]
fn a_cell_that_changed_changes_nothing_else() {
    let text = check(
        &[(FIRST, &FIRST.replace("0.05,0.4", "0.02,for"))],
        &["first-item first-group: 0.4 > for", "first-item unlisted: 0.05 > 0.02"],
    );
    let expected = skeleton("books", "Books").replacen(
        "unlisted = 0.05\nfirst-group = 0.4",
        "unlisted = 0.02\nfirst-group = \"for\"",
        1,
    );
    assert_eq!(text, expected);
    let text = check(
        &[("third-item,,TODO: one line,0.05,,,,0.3", "third-item,,TODO: one line,0.05,against,,,0.3")],
        &["third-item first-group: nothing > against"],
    );
    assert!(
        text.contains("likelihood = { unlisted = 0.05, second-group = 0.3, first-group = \"against\" }"),
        "{text}"
    );
    let text = check(
        &[(FIRST, "first-item,,TODO: one line,,,,,,TODO: why these likelihoods?,")],
        &["first-item first-group: 0.4 > nothing", "first-item unlisted: 0.05 > nothing"],
    );
    let case = Case::parse(&text).unwrap();
    assert_eq!(case.evidence.first().unwrap().judgements.len(), 1, "the other analyst's judgement stays");
}

#[test]
fn the_same_number_in_another_spelling_is_no_change() {
    check(&[("0.05,0.4", "5e-2,0.40")], &[]);
    check(&[("0.05,0.4", "\"0,05\",\"0,4\"")], &[]);
    check(&[("TODO: why these likelihoods?", "\" TODO: why these likelihoods?\r\n\"")], &[]);
}

#[test]
fn what_european_spreadsheets_write_is_read() {
    let text = skeleton("books", "Books");
    let table = matrix(&text, false)
        .unwrap()
        .to_csv(true)
        .replacen("0.05;0.4;", "0,02;0,4;", 1)
        .replace('\n', "\r\n");
    assert!(table.starts_with('\u{feff}'));
    let found = changed(&text, &table).unwrap();
    assert_eq!(found.changes.len(), 1, "{:?}", found.changes);
    assert!(changed(&text, &format!("sep=;\r\n{}", table.trim_start_matches('\u{feff}'))).is_ok());
    let tabs = matrix(&text, false).unwrap().to_csv(false).replace(',', "\t");
    assert!(changed(&text, &tabs).is_ok());
}

#[test]
fn roles_are_judged_apart_and_an_analyst_adds_a_judgement() {
    let head = "Item,Analyst,Title,unlisted,first-group,second-group,Rationale,Uncertainty";
    let with_roles = "Item,Analyst,Title,unlisted,first-group,second-group,Rationale,Uncertainty,first-group/tasked,first-group/untasked";
    let row = |cells: &str| format!("{head}\n{FIRST}").replace(head, with_roles).replace(FIRST, cells);
    let text = skeleton("books", "Books");
    let roles = row("first-item,,,0.05,,,TODO: why these likelihoods?,,for,neutral");
    let found = changed(&text, &roles).unwrap();
    assert!(
        found.text.contains("first-group = { tasked = \"for\", untasked = \"neutral\" }"),
        "{}",
        found.text
    );
    let again = matrix(&found.text, false).unwrap();
    assert_eq!(
        again.columns,
        ["unlisted", "first-group", "first-group/tasked", "first-group/untasked", "second-group"]
    );
    let both = changed(&text, &row("first-item,,,0.05,0.4,,,,for,neutral")).unwrap_err();
    assert!(both.first().unwrap().to_string().contains("a cell of its own and cells by role"), "{both:?}");
    let anew = row("third-item,first-analyst,,0.1,0.2,,I see it otherwise.,3,,");
    let found = changed(&text, &anew).unwrap();
    let case = Case::parse(&found.text).unwrap();
    let judgements = &case.item("third-item").unwrap().judgements;
    assert_eq!((judgements.len(), judgements.last().unwrap().uncertainty), (2, 3.0));
    assert!(found.notes.first().unwrap().contains("judgements are not in the table"), "{:?}", found.notes);
}

#[test]
fn formulas_are_neutralised_and_recognised_on_the_way_back() {
    for rationale in ["=1+1", "@SUM(A1)", "-2", "+3", "'quoted", "'=1", "＝1", "\tx"] {
        let text = skeleton("books", "Books").replacen(
            "TODO: why these likelihoods?",
            &rationale.replace('\t', "\\t"),
            1,
        );
        let table = csv(&text);
        assert!(table.contains(&format!("'{rationale}")), "{table}");
        assert_eq!(changed(&text, &table).unwrap().changes, [], "{rationale}");
        let unmarked = table.replacen(&format!("'{rationale}"), rationale, 1);
        if !rationale.starts_with("'=") {
            assert_eq!(changed(&text, &unmarked).unwrap().text, text, "{rationale}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_table_is_told_all_at_once() {
    refused(
        &[("0.05,0.4", "5 %,fro"), ("third-item", "thrid-item"), ("0.1,0.4", "1.5,0.4")],
        &[
            "line 2 of the table: column `unlisted`: `5 %` is no word for a likelihood",
            "line 2 of the table: column `first-group`: `fro` is no word for a likelihood",
            "line 3 of the table: column `unlisted`: 1.5 is not a probability",
            "line 5 of the table: no evidence is called `thrid-item`",
        ],
    );
    refused(&[("second-group", "secnd-group")], &["no column is called `secnd-group`"]);
    refused(&[("Item,Analyst", "Thing,Analyst")], &["there is no column `Item`"]);
    refused(&[("0.05,0.4", ",0.4")], &["the cell `unlisted` is empty"]);
    refused(&[(FIRST, "first-item,,x")], &["3 cells, and the head has 10"]);
    refused(&[("second-item", "first-item")], &["the judgement of `first-item` comes twice"]);
    refused(&[("first-item,first-analyst", "first-item,nobody")], &["no analyst is called `nobody`"]);
    refused(&[("0.05,0.4", "0.5,for")], &["`for` is 3 times `unlisted`"]);
}
