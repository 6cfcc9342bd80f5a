//! What other processes and crashes may do: kill -9, two writers, another version.
#![allow(clippy::print_stderr, reason = "the child tells its parent what it committed")]

use cognate_index::synthetic::{label, sample};
use cognate_index::{Embedded, ErrorKind, Hint, Store};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const CHILD: &str = "COGNATE_INDEX_TEST_CHILD";

/// Not a test of its own: what the child of the kill test runs.
#[test]
fn child_that_indexes_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let mut store = Embedded::open(Path::new(&dir)).expect("a store");
    let known = store.samples().expect("samples").len() as u64;
    for number in known..known + 100_000 {
        store.add(&sample(number, number * 20..number * 20 + 40), "name", &label(number)).expect("add");
        if number % 3 == 2 {
            store.commit().expect("commit");
            // The parent counts on what was said here.
            eprintln!("committed {number}");
        }
    }
}

/// Runs the child for a while, kills it, and returns the last sample it said was committed.
fn run_and_kill(dir: &Path, time: Duration) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["child_that_indexes_until_it_is_killed", "--exact", "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child");
    let said = child.stderr.take().expect("its stderr");
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(said).lines().map_while(Result::ok);
        lines.filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok()).last()
    });
    std::thread::sleep(time);
    child.kill().expect("kill");
    child.wait().expect("wait");
    reader.join().expect("the reader")
}

#[test]
fn a_killed_writer_loses_nothing_it_committed() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut committed = None;
    for round in 0..8u64 {
        committed = run_and_kill(dir.path(), Duration::from_millis(150 + round * 97 % 350)).or(committed);
        let store = match Embedded::open_read_only(dir.path()) {
            Ok(store) => store,
            // Killed before the store was made.
            Err(error) if error.kind() == ErrorKind::NoStore => continue,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(store.verify().expect("verify"), Vec::<String>::new());
        for number in 0..committed.map_or(0, |last| last + 1) {
            let info = store.find(&sample(number, []).id).expect("find").expect("committed and so there");
            assert_eq!(store.functions(info.key).expect("functions").len(), 40);
        }
    }
    assert!(committed.is_some(), "no child came as far as a commit");
    let mut store = Embedded::open(dir.path()).expect("open");
    store.compact().expect("a new writer goes on");
    assert_eq!(store.verify().expect("verify"), Vec::<String>::new());
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut writer = Embedded::open(dir.path()).expect("open");
    writer.add(&sample(1, 0..5), "one", &label(1)).expect("add");
    let mut other = Embedded::open(dir.path()).expect("opening is not writing");
    let error = other.add(&sample(2, 0..5), "two", &label(2)).expect_err("the lock is held");
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert_eq!(error.next_step(), Some(&Hint::WaitForWriter));
    writer.commit().expect("commit");
    other.refresh().expect("refresh");
    assert_eq!(other.samples().expect("samples").len(), 1);
    let mut reader = Embedded::open_read_only(dir.path()).expect("open");
    assert_eq!(reader.commit().expect_err("it may not").kind(), ErrorKind::ReadOnly);
    drop(writer);
    other.add(&sample(2, 0..5), "two", &label(2)).expect("the lock is free again");
}

#[test]
fn a_reader_keeps_its_state_while_the_writer_merges() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut writer = Embedded::open(dir.path()).expect("open");
    for number in 0..3 {
        writer.add(&sample(number, 0..30), "name", &label(number)).expect("add");
        writer.commit().expect("commit");
    }
    let mut reader = Embedded::open_read_only(dir.path()).expect("open");
    let before = reader.functions(reader.samples().expect("samples")[0].key).expect("functions");
    writer.remove(&sample(0, []).id).expect("remove");
    writer.compact().expect("compact");
    assert_eq!(reader.samples().expect("samples").len(), 3, "what it opened");
    let after = reader.functions(reader.samples().expect("samples")[0].key).expect("functions");
    assert_eq!(before, after);
    reader.refresh().expect("refresh");
    assert_eq!(reader.samples().expect("samples").len(), 2, "what is there now");
    assert_eq!(reader.stats().expect("stats").segments, 1);
}

#[test]
fn a_store_of_another_fingerprint_version_is_refused_but_its_labels_are_not_lost() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Embedded::open(dir.path()).expect("open");
    store.add(&sample(1, 0..5), "one", &label(1)).expect("add");
    store.relabel(&sample(1, []).id, &label(4)).expect("relabel");
    assert_eq!(store.history(&sample(1, []).id).expect("history"), [(1, label(1)), (2, label(4))]);
    drop(store);
    cognate_index::synthetic::as_if_of_version(dir.path(), 0).expect("set");
    let error = Embedded::open(dir.path()).err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::Version);
    assert!(matches!(error.next_step(), Some(Hint::IndexAgain { .. })));
    let rows = Embedded::export_manifest(dir.path()).expect("export").rows;
    assert_eq!((rows.len(), rows[0].name.as_str(), &rows[0].label), (1, "one", &label(4)));
}

#[test]
fn a_store_whose_making_was_cut_short_is_made_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    // As a crash leaves it.
    std::fs::write(dir.path().join("writer.lock"), b"cognate 4711").expect("write");
    std::fs::write(dir.path().join("cognate.store.tmp"), b"cognate st").expect("write");
    assert_eq!(Embedded::open_read_only(dir.path()).err().expect("nothing there").kind(), ErrorKind::NoStore);
    let store = Embedded::open(dir.path()).expect("made");
    assert_eq!(store.stats().expect("stats").samples, 0);
}
