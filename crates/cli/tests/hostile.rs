//! Names that mean harm: in files' names, in symbols, in labels.

mod common;

use common::{cognate_in, fixtures};
use std::fs;

const NAME: &str = "evil\u{1b}[2J\u{202e}fle.elf";

fn harmless(text: &str) {
    let found = text.chars().find(|&character| {
        character != '\n' && (character.is_control() || matches!(character, '\u{202a}'..='\u{202e}'))
    });
    assert_eq!(found, None, "{}", text.escape_debug());
}

#[test]
fn no_control_character_of_a_name_reaches_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(fixtures().join("alpha.elf")).unwrap();
    // The symbol `mix_block` becomes one that would clear the screen.
    let (old, new) = (b"mix_block", b"\x1b[2J\x07evil");
    for at in 0..bytes.len() - old.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + new.len()].copy_from_slice(new);
        }
    }
    fs::write(folder.path().join(NAME), bytes).unwrap();
    fs::write(folder.path().join("beta.elf"), fs::read(fixtures().join("beta.elf")).unwrap()).unwrap();
    fs::write(folder.path().join("t\u{1b}c.txt"), "no binary").unwrap();
    let commands: [&[&str]; 9] = [
        &["index", ".", "--family", "f\u{1b}]0;title\u{7}", "--actor", "a\u{9b}31m", "--store", "store"],
        &["inspect", NAME, "--functions"],
        &["compare", NAME, "beta.elf"],
        &["compare", NAME, "beta.elf", "--functions", "9"],
        &["match", NAME, "--store", "store"],
        &["match", "beta.elf", "--store", "store"],
        &["corpus", "list", "--store", "store"],
        &["inspect", "t\u{1b}c.txt"],
        &["actor", NAME],
    ];
    for command in commands {
        let run = cognate_in(folder.path(), command);
        harmless(&run.stdout);
        harmless(&run.stderr);
        assert!(run.stdout.len() + run.stderr.len() > 40, "{command:?} said nothing");
    }
}

#[test]
fn json_keeps_the_name_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixtures().join("alpha.elf"), folder.path().join(NAME)).unwrap();
    let run = cognate_in(folder.path(), &["inspect", NAME, "--json"]);
    harmless(&run.stdout.replace('\u{202e}', ""));
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["samples"][0]["name"], NAME);
}
