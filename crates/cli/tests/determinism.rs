//! The same content gives the same bytes, however it was indexed and on however many threads.

mod common;

use common::{cognate, fixtures};

/// Indexes the fixtures with these arguments and asks about one of them.
fn answer(paths: &[&[&str]], threads: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store").to_string_lossy().into_owned();
    for batch in paths {
        let index = [&["index", "--threads", threads, "--store", &store, "--family", "all"], *batch].concat();
        assert_eq!(cognate(&index).code, 0);
    }
    let run = cognate(&["match", "beta.elf", "--json", "--threads", threads, "--store", &store]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn order_batches_and_threads_do_not_show() {
    let tree = fixtures().with_file_name("..").join("../binary/tests/fixtures");
    let tree = tree.to_string_lossy().into_owned();
    let expected = answer(&[&["alpha.elf", "alpha.dll", "gamma.elf", &tree]], "1");
    assert_eq!(answer(&[&[&tree, "gamma.elf", "alpha.dll", "alpha.elf"]], "4"), expected);
    assert_eq!(answer(&[&["gamma.elf", &tree], &["alpha.dll"], &["alpha.elf"]], "1"), expected);
    assert_eq!(answer(&[&["alpha.dll"], &["gamma.elf"], &["alpha.elf", &tree]], "4"), expected);
}

#[test]
fn a_case_is_weighed_alike_on_any_number_of_threads() {
    let case = fixtures().join("../../../../cases/olympic-destroyer.toml");
    let case = case.to_string_lossy().into_owned();
    let weighed = |threads| {
        let run = cognate(&["case", "assess", &case, "--json", "--threads", threads]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    assert_eq!(weighed("1"), weighed("4"));
}

/// Threads that the program had at once, looked at while it ran; it must have found something.
#[cfg(target_os = "linux")]
fn most_threads(arguments: &[&str]) -> usize {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_cognate"))
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let folder = format!("/proc/{}/task", child.id());
    let mut most = 0;
    let status = loop {
        most = most.max(std::fs::read_dir(&folder).map_or(0, Iterator::count));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
    };
    assert!(status.code().is_some_and(|code| code < 2), "{arguments:?}: {status}");
    most
}

#[cfg(target_os = "linux")]
#[test]
fn the_number_of_threads_is_what_was_asked_for() {
    let case = fixtures().join("../../../../cases/wannacry.toml");
    let case = case.to_string_lossy().into_owned();
    let (_folder, store) = common::store();
    let weighing = ["case", "assess", &case];
    let matching = ["match", env!("CARGO_BIN_EXE_cognate"), "--store", &store, "--no-sandbox"];
    for asked in [&weighing[..], &matching[..]] {
        // the main thread, those asked for, and one that watches or shows progress
        for (threads, expected) in [("1", 2..=3), ("6", 7..=8)] {
            let seen = most_threads(&[asked, &["--threads", threads]].concat());
            assert!(expected.contains(&seen), "{asked:?}: {seen} threads with --threads {threads}");
        }
    }
}
