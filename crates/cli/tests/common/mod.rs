//! Runs the real program the way a person does.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// What one run left behind.
pub struct Run {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit status.
    pub code: i32,
}

/// Where the fixtures lie.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Runs `cognate` in the fixtures' folder.
pub fn cognate(arguments: &[&str]) -> Run {
    cognate_in(&fixtures(), arguments)
}

/// Runs `cognate` in a folder, away from the user's own store and terminal.
pub fn cognate_in(folder: &Path, arguments: &[&str]) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_cognate")).current_dir(folder), arguments)
}

/// Runs `cognate` in the fixtures' folder, on a terminal of so many columns.
pub fn cognate_at(columns: &str, arguments: &[&str]) -> Run {
    run(
        Command::new(env!("CARGO_BIN_EXE_cognate")).current_dir(fixtures()).env("COLUMNS", columns),
        arguments,
    )
}

/// Runs `cognate` in the fixtures' folder with that many threads to share.
pub fn cognate_on(threads: &str, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    run(command.env("RAYON_NUM_THREADS", threads).current_dir(fixtures()), arguments)
}

fn run(command: &mut Command, arguments: &[&str]) -> Run {
    if command.get_envs().all(|(name, _)| name != "COLUMNS") {
        command.env("COLUMNS", "100");
    }
    let output = command.args(arguments).env("XDG_DATA_HOME", "/nonexistent/data").output().unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// Runs `cognate --json` and parses what it says.
pub fn json(arguments: &[&str]) -> serde_json::Value {
    let run = cognate(&[arguments, &["--json"]].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", run.stderr))
}

/// A store of the fixtures in a folder that goes away.
pub fn store() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store").to_string_lossy().into_owned();
    let ledger =
        ["index", "alpha.elf", "alpha.dll", "--family", "ledger", "--actor", "Paper Clip", "--store", &path];
    assert_eq!(cognate(&ledger).code, 0);
    let grid = ["index", "gamma.elf", "--family", "grid", "--kind", "goodware", "--store", &path];
    assert_eq!(cognate(&grid).code, 0);
    (folder, path)
}
