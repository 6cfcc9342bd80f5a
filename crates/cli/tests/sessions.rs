//! Recorded sessions: each file in `sessions/` is a list of commands with all
//! that they print and their exit status. `UPDATE=1 cargo test` records anew.

mod common;

use common::{cognate, fixtures};
use std::fmt::Write;
use std::fs;

fn check(session: &str) {
    let path = fixtures().with_file_name("sessions").join(session);
    let recorded = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_string_lossy().into_owned();
    let mut found = String::new();
    for command in recorded.lines().filter_map(|line| line.strip_prefix("$ cognate ")) {
        let arguments: Vec<String> = command.split(' ').map(|word| word.replace("[TMP]", &place)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = cognate(&arguments);
        let _ = writeln!(found, "$ cognate {command}\n{}{}exit {}\n", run.stdout, run.stderr, run.code);
    }
    let found = found.replace(&place, "[TMP]");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, recorded, "session {session}");
}

#[test]
fn what_goes_wrong_is_told_with_a_hint() {
    check("errors.txt");
}

#[test]
fn a_relative_is_found_and_explained() {
    check("match.txt");
}

#[test]
fn two_files_stand_side_by_side() {
    check("compare.txt");
}

#[test]
fn a_file_tells_what_it_is() {
    check("inspect.txt");
}

#[test]
fn an_actors_name_shows_who_says_so() {
    check("actor.txt");
}

#[test]
fn a_corpus_is_looked_after() {
    check("corpus.txt");
}
