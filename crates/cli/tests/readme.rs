//! The README shows what the program prints.

mod common;

use common::{cognate, fixtures};

/// Through what is claimed; the README says that more follows.
const SHOWN: &str = "\nwhat speaks against it";

#[test]
fn the_case_in_readme_md_is_what_comes_out() {
    let path = fixtures().join("../../../../README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = "<!-- case -->\n```text\n";
    let (before, rest) = text.split_once(start).expect("README.md shows a case");
    let (written, after) = rest.split_once("```\n").expect("the case ends");
    let run = cognate(&["case", "assess", "../../../../cases/wannacry.toml", "--as-of", "2017-05-26"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (found, _) = run.stdout.split_once(SHOWN).expect("evidence follows the claims");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{start}{found}```\n{after}")).unwrap();
    }
    assert_eq!(written, found, "UPDATE=1 writes it anew");
}
