//! Recorded sessions: each file in `sessions/` says what to look for, then comes a list of commands
//! with all that they print and their exit status. `UPDATE=1 cargo test` records anew.

mod common;

use common::{cognate, cognate_at, fixtures, json, store};
use std::fmt::Write;
use std::fs;
use std::path::Path;

fn check(session: &str) {
    check_after(session, |_| {});
}

/// Plays a session after something was put into its folder.
fn check_after(session: &str, prepare: impl Fn(&Path)) {
    check_at("100", session, prepare);
}

/// The same on a terminal of so many columns.
fn check_at(columns: &str, session: &str, prepare: impl Fn(&Path)) {
    let path = fixtures().with_file_name("sessions").join(session);
    let recorded = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let place = folder.path().to_string_lossy().into_owned();
    let title = recorded.lines().next().unwrap_or_default();
    assert!(!title.is_empty() && !title.starts_with('$'), "session {session} says what to look for");
    let mut found = format!("{title}\n\n");
    for command in recorded.lines().filter_map(|line| line.strip_prefix("$ cognate ")) {
        let arguments: Vec<String> = command.split(' ').map(|word| word.replace("[TMP]", &place)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = cognate_at(columns, &arguments);
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
fn a_folder_becomes_a_table() {
    check_at("80", "triage.txt", |folder| {
        fs::write(folder.join("empty.txt"), "nothing here\n").unwrap();
    });
}

#[test]
fn a_day_goes_from_an_empty_machine_to_a_verdict_on_a_folder() {
    check_at("80", "day.txt", |folder| {
        let incoming = folder.join("incoming");
        fs::create_dir(&incoming).unwrap();
        let copies =
            [("beta.elf", "invoice.bin"), ("mingw/p1.exe", "setup.exe"), ("mingw/p2.exe", "update.exe")];
        for (from, to) in [&copies[..], &[("alpha.c", "notes.txt"), ("empty.bin", "empty.bin")]].concat() {
            fs::copy(fixtures().join(from), incoming.join(to)).unwrap();
        }
    });
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
fn what_is_not_a_files_own_is_named() {
    check_at("80", "components.txt", |_| {});
}

#[test]
fn an_actors_name_shows_who_says_so() {
    check_at("80", "actor.txt", |_| {});
}

#[test]
fn a_case_is_checked() {
    check("case/check.txt");
}

#[test]
fn a_case_is_assessed() {
    check("case/assess.txt");
}

#[test]
fn a_claim_is_explained() {
    check("case/explain-claim.txt");
}

#[test]
fn an_item_is_explained() {
    check("case/explain-item.txt");
}

#[test]
fn two_days_of_a_case_stand_side_by_side() {
    check("case/compare.txt");
}

#[test]
fn a_case_is_exported() {
    check("case/export.txt");
}

#[test]
fn a_skeleton_of_a_case_is_written() {
    check("case/new.txt");
}

#[test]
fn what_a_case_cannot_answer_is_told_with_a_hint() {
    check("case/refused.txt");
}

#[test]
fn a_match_becomes_evidence() {
    check_after("add-match.txt", |folder| {
        let (_kept, store) = store();
        let run = cognate(&["match", "beta.elf", "--json", "--store", &store]);
        fs::write(folder.join("match.json"), run.stdout).unwrap();
    });
}

/// The bakery with passages replaced; they must be there.
fn bakery(edits: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(fixtures().join("bakery.toml")).unwrap();
    edits.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn judgements_go_to_a_spreadsheet_and_come_back() {
    check_after("case/matrix.txt", |folder| {
        fs::write(folder.join("case.toml"), bakery(&[])).unwrap();
        let table = cognate(&["case", "matrix", "bakery.toml", "--csv", "--excel"]).stdout;
        fs::write(folder.join("same.csv"), &table).unwrap();
        let changed =
            table.replace(";0.05;0.4;;;0.1;", ";0,05;strongly-for;;;neutral;").replace("0.9;0.9", ";");
        assert_ne!(changed, table);
        fs::write(folder.join("changed.csv"), changed).unwrap();
        fs::write(folder.join("wrong.csv"), table.replacen("0.02;0.5", "2 %;strong", 1)).unwrap();
    });
}

#[test]
fn two_analysts_files_become_one() {
    check_after("case/merge.txt", |folder| {
        fs::write(folder.join("ours.toml"), bakery(&[])).unwrap();
        let theirs = bakery(&[
            ("authors = [\"the cognate project\"]", "authors = [\"Second Desk\"]"),
            (
                "likelihood = { unlisted = 0.9, mill = 0.9 }",
                "likelihood = { unlisted = \"neutral\", mill = \"for\" }",
            ),
            ("reliability = \"C\"", "reliability = \"D\""),
        ]);
        fs::write(folder.join("theirs.toml"), theirs).unwrap();
    });
}

#[test]
fn evidence_is_drafted_from_what_others_exchange() {
    check_after("case/draft.txt", |folder| {
        let seeds = fixtures().join("../../../../fuzz/seeds/draft");
        for name in ["bundle.json", "event.json", "notes.csv"] {
            fs::copy(seeds.join(name), folder.join(name)).unwrap();
        }
    });
}

#[test]
fn cases_are_held_against_what_later_years_showed() {
    check_after("case/score.txt", |folder| {
        let outcome = "\n[outcome]\nactor = \"mill\"\ntasked = false\nplanted = []\ndate = 2026-01-10\nreason = \"The miller said so.\"\n";
        fs::write(folder.join("bakery.toml"), bakery(&[]) + outcome).unwrap();
        fs::write(folder.join("open.toml"), bakery(&[("id = \"bakery\"", "id = \"open\"")])).unwrap();
    });
}

#[test]
fn the_cases_of_the_tree_come_out_as_they_did() {
    let days: [(&str, &[&str]); 3] = [
        ("wannacry", &["2017-05-16", "2017-05-23", "2017-05-26", "2017-06-30", "2017-12-31", "2018-09-30"]),
        ("olympic-destroyer", &["2018-02-28", "2018-03-31", "2020-12-31"]),
        ("cannot-tell", &["2025-12-31"]),
    ];
    let mut found = String::new();
    for (case, days) in days {
        for day in days {
            let file = format!("../../../../cases/{case}.toml");
            let document = json(&["case", "assess", &file, "--as-of", day]);
            let _ = writeln!(found, "{case}, as of {day}");
            for line in document["headline"].as_array().unwrap() {
                let _ = writeln!(found, "  {}", line.as_str().unwrap());
            }
        }
    }
    let path = fixtures().with_file_name("sessions").join("cases.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&path).unwrap(), "UPDATE=1 writes it anew");
}

#[test]
fn a_corpus_is_looked_after() {
    check_at("80", "corpus.txt", |_| {});
}

#[test]
fn one_source_at_another_level_is_told_to_be_one_source() {
    let run = cognate(&["compare", "alpha.elf", "beta.elf"]);
    assert!(run.stdout.contains("  same source, built otherwise"), "{}", run.stdout);
    assert!(run.stdout.contains("who had it from whom, is not told"), "{}", run.stdout);
}
