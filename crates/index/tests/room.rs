//! No room left: a clear error, the store as it was, and nothing left behind.
#![cfg(unix)]

use cognate_index::synthetic::{label, sample};
use cognate_index::{Embedded, ErrorKind, Hint, Store};
use std::fs;
use std::path::Path;
use std::process::Command;

const CHILD: &str = "COGNATE_INDEX_TEST_ROOM";

fn add(store: &mut Embedded, number: u64, functions: u64) -> Result<(), cognate_index::Error> {
    store.add(&sample(number, number * 1000..number * 1000 + functions), "name", &label(number))?;
    store.commit()
}

/// Not a test of its own: writes in a process in which no file may grow beyond a limit.
#[test]
fn child_that_has_little_room() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let mut store = Embedded::open(Path::new(&dir)).expect("open");
    let before = store.stats().expect("stats").samples;
    let error = add(&mut store, 1, 3000).expect_err("there is no room");
    assert!(error.kind() == ErrorKind::NoRoom, "{:?} {error}", error.kind());
    assert!(matches!(error.next_step(), Some(Hint::Text(words)) if words.contains("room")), "{error}");
    assert_eq!(store.stats().expect("stats").samples, before);
    // The same process goes on with what fits.
    add(&mut store, 2, 5).expect("a small one fits");
    assert_eq!(store.stats().expect("stats").samples, before + 1);
}

fn names(dir: &Path) -> usize {
    fs::read_dir(dir).expect("the folder").count()
}

/// Runs the child with files of at most so many KiB, and no signal where they would grow beyond.
fn check(kilobytes: u32) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Embedded::open(dir.path()).expect("open");
    add(&mut store, 3, 5).expect("add");
    drop(store);
    let before = names(dir.path());
    let script =
        format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" child_that_has_little_room --exact");
    let ended = Command::new("bash")
        .args(["-c", &script])
        .arg(std::env::current_exe().expect("this test"))
        .env(CHILD, dir.path())
        .output()
        .expect("a child");
    assert!(
        ended.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    assert_eq!(Embedded::verify_at(dir.path()).expect("verify"), Vec::<String>::new());
    let store = Embedded::open_read_only(dir.path()).expect("open");
    assert_eq!(store.samples().expect("samples").len(), 2);
    assert_eq!(names(dir.path()), before + 1, "one segment more, and nothing else");
}

#[test]
fn a_segment_that_finds_no_room_leaves_the_store_as_it_was() {
    check(300);
}

#[test]
fn a_file_system_that_is_full_leaves_the_store_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    let mount = |arguments: &[&str]| Command::new("mount").args(arguments).arg(dir.path()).output();
    let mounted =
        mount(&["-t", "tmpfs", "-o", "size=512k", "tmpfs"]).is_ok_and(|ended| ended.status.success());
    if !mounted {
        // Who may not mount cannot try this.
        return;
    }
    let tried = std::panic::catch_unwind(|| {
        let place = dir.path().join("store");
        let mut store = Embedded::open(&place).expect("open");
        let mut stored = 0;
        let error = (0..).find_map(|number| {
            let error = add(&mut store, number, 60).err();
            stored += u64::from(error.is_none());
            error
        });
        let error = error.expect("it is full at last");
        assert_eq!(error.kind(), ErrorKind::NoRoom, "{error}");
        assert!(stored > 3, "{stored} samples fitted");
        let reader = Embedded::open_read_only(&place).expect("open");
        assert_eq!(reader.stats().expect("stats").samples, stored);
        assert_eq!(reader.verify().expect("verify"), Vec::<String>::new());
        let entries = fs::read_dir(&place).expect("the folder").map(|entry| entry.expect("one").file_name());
        assert!(entries.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")));
    });
    let unmounted = Command::new("umount").arg(dir.path()).output().expect("umount");
    assert!(unmounted.status.success());
    if let Err(panic) = tried {
        std::panic::resume_unwind(panic);
    }
}
