//! README and the guide show what the program prints, and their commands run.
//!
//! A block of `sh` is run line by line in a folder like that of a first day ([`day`]), but where it begins with
//! `cargo` or stands behind `<!-- not run: why -->`. A block of `text` is what the last line of the block of `sh` before it
//! prints, in 80 columns; a line `…` ends what is held. `UPDATE=1` writes it anew.
#![cfg(unix)]

mod common;

use common::{cognate, cognate_in, fixtures};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Through what is claimed; the README says that more follows.
const SHOWN: &str = "\nwhat speaks against it";
/// Where what is shown ends and the program goes on.
const MORE: &str = "…";

fn root() -> PathBuf {
    fixtures().join("../../../..")
}

#[test]
fn the_case_in_readme_md_is_what_comes_out() {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let start = "<!-- case -->\n```text\n";
    let (before, rest) = text.split_once(start).expect("README.md shows a case");
    let (written, after) = rest.split_once("```\n").expect("the case ends");
    let run = cognate(&["case", "assess", "../../../../cases/wannacry.toml", "--as-of", "2017-05-26"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (found, _) = run.stdout.split_once(SHOWN).expect("evidence follows the claims");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{before}{start}{found}```\n{after}")).unwrap();
    }
    assert_eq!(written, found, "UPDATE=1 writes it anew");
}

/// A folder with known samples, goodware, a suspect file and a folder of new files; `stored` also has the first two indexed.
fn day(stored: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| {
        let to = folder.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(fixtures().join(from), to).unwrap();
    };
    copy("alpha.elf", "samples/ledger/alpha.elf");
    copy("alpha.dll", "samples/ledger/alpha.dll");
    copy("gamma.elf", "goodware/gamma.elf");
    copy("beta.elf", "suspect.elf");
    copy("beta.elf", "incoming/beta.elf");
    copy("gamma.elf", "incoming/gamma.elf");
    copy("alpha.c", "incoming/notes.txt");
    copy("bakery.toml", "bakery.toml");
    fs::create_dir(folder.path().join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cognate"), folder.path().join("bin/cognate")).unwrap();
    if stored {
        type_in(folder.path(), "cognate index samples/ledger --family ledger --actor 'Paper Clip'");
        type_in(folder.path(), "cognate index goodware --family grid --kind goodware");
    }
    folder
}

/// Runs a line of a shell as a person at that folder would; errors fail, answers of "nothing found" do not.
fn type_in(folder: &Path, line: &str) -> String {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", line]).current_dir(folder).env("PATH", path).env("COLUMNS", "80");
    let home = shell.env("HOME", folder).env_remove("XDG_DATA_HOME");
    let run = home.stdin(std::process::Stdio::null()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(run.stdout).unwrap(), String::from_utf8_lossy(&run.stderr));
    let stdout = stdout.replace(&folder.display().to_string(), "~");
    assert!(matches!(run.status.code(), Some(0 | 1 | 3)), "`{line}`: {:?}\n{stdout}{stderr}", run.status);
    stdout
}

/// Runs the blocks of a document in their order, and holds what it shows against what came out.
fn check(document: &str) {
    let path = root().join(document);
    let text = fs::read_to_string(&path).unwrap();
    let folder = day(document != "README.md" && document != "docs/indexing.md");
    // `jq` is not everywhere
    let can = |line: &str| !line.contains("| jq") || Command::new("jq").arg("--version").output().is_ok();
    let parts: Vec<&str> = text.split("```").collect();
    let (mut found, mut printed) = (Vec::new(), None);
    // blocks are every second part
    for (number, part) in parts.iter().enumerate() {
        let (kind, body) = part.split_once('\n').unwrap_or((part, ""));
        let mut part = (*part).to_owned();
        if number % 2 == 1 && kind == "sh" {
            let skipped = body.starts_with("cargo ") || parts[number - 1].trim_end().ends_with("-->");
            let body = body.replace("\\\n", " ");
            let lines = body.lines().filter(|line| !line.starts_with('#') && can(line));
            let runs = lines.filter(|_| !skipped);
            printed = runs.fold(None, |_, line| Some(type_in(folder.path(), line)));
        } else if number % 2 == 1 && kind == "text" {
            part = printed.take().map_or(part, |printed| format!("text\n{}", shown(&printed, body)));
        }
        found.push(part);
    }
    let found = found.join("```");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let differ = found.lines().zip(text.lines()).find(|(found, written)| found != written);
    assert!(found == text, "{document}: UPDATE=1 writes it anew: came out, is written: {differ:?}");
}

/// What was printed, as far as it was shown.
fn shown(printed: &str, written: &str) -> String {
    match written.lines().last() {
        Some(last) if last == MORE => {
            let lines = printed.lines().take(written.lines().count() - 1);
            lines.chain([MORE]).map(|line| format!("{line}\n")).collect()
        }
        _ => printed.to_owned(),
    }
}

#[test]
fn the_first_day_of_readme_md_is_what_comes_out() {
    check("README.md");
}

#[test]
fn indexing_is_as_its_page_says() {
    check("docs/indexing.md");
}

#[test]
fn matching_is_as_its_page_says() {
    check("docs/matching.md");
}

#[test]
fn comparing_is_as_its_page_says() {
    check("docs/comparing.md");
}

#[test]
fn a_first_case_is_as_its_page_says() {
    check("docs/first-case.md");
}

#[test]
fn triage_is_as_its_page_says() {
    check("docs/triage.md");
}

#[test]
fn what_doctor_finds_missing_is_told_and_is_its_exit_status() {
    let folder = day(true);
    let here = |more: &[&str]| {
        let store = folder.path().join(".local/share/cognate/store").display().to_string();
        cognate_in(folder.path(), &[&["doctor", "--store", &store], more].concat())
    };
    let run = here(&[]);
    assert!(
        run.stdout.contains("3 samples") && run.stdout.contains("1 of malware, 1 of goodware"),
        "{}",
        run.stdout
    );
    let added = folder.path().join(".local/share/cognate/store/components");
    fs::create_dir(&added).unwrap();
    fs::write(added.join("0000.base"), "no base").unwrap();
    let run = here(&[]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("components that were added cannot be read"), "{}", run.stdout);
    fs::remove_dir_all(&added).unwrap();
    fs::write(folder.path().join(".local/share/cognate/store/cognate.store"), "no marker").unwrap();
    let run = here(&["--json"]);
    assert_eq!(run.code, 1);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let missing = document["missing"].as_array().unwrap();
    assert!(
        missing.iter().any(|what| what.as_str().unwrap().starts_with("the store cannot be read")),
        "{missing:?}"
    );
}
