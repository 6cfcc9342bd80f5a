//! What is not the store's: folders that are none, files that others put there.

use cognate_index::synthetic::{label, sample};
use cognate_index::{Embedded, ErrorKind, Hint, Store};
use std::fs;
use std::path::Path;

fn add(dir: &Path, number: u64) -> Result<(), cognate_index::Error> {
    let mut store = Embedded::open(dir)?;
    store.add(&sample(number, number..number + 10), "name", &label(number))?;
    store.commit()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("the folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

/// A folder with these files is refused for reading and writing, and nothing in it is touched.
fn check_refused(files: &[&str], kind: ErrorKind, said: &str) {
    let dir = tempfile::tempdir().expect("a directory");
    for file in files {
        fs::write(dir.path().join(file), "content").expect("write");
    }
    for error in [Embedded::open_read_only(dir.path()).err(), add(dir.path(), 1).err()] {
        let error = error.expect("refused");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.next_step().is_some());
    }
    assert_eq!(names(dir.path()), files);
    for file in files {
        assert_eq!(fs::read(dir.path().join(file)).expect("read"), b"content");
    }
}

#[test]
fn a_folder_of_other_files_is_no_store() {
    check_refused(
        &["report.docx"],
        ErrorKind::NotAStore,
        "is no store, and it is not empty: it holds `report.docx`",
    );
    check_refused(&["a.tmp", "b.segment"], ErrorKind::NotAStore, "it holds `a.tmp`");
    check_refused(&[".hidden"], ErrorKind::NotAStore, "it holds `.hidden`");
}

#[test]
fn a_lock_or_a_temporary_file_of_somebody_else_makes_no_store() {
    check_refused(&["writer.lock"], ErrorKind::NotAStore, "it holds `writer.lock`");
    check_refused(&["cognate.store.tmp"], ErrorKind::NotAStore, "it holds `cognate.store.tmp`");
}

/// What stands in a folder beside nothing else is a store that was being made, or somebody's and refused.
fn check_begun(name: &str, content: &[u8], is_ours: bool) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(name);
    fs::write(&path, content).expect("write");
    let shown = String::from_utf8_lossy(content);
    match add(dir.path(), 1) {
        Ok(()) => assert!(is_ours, "{name}: {shown}"),
        Err(error) => {
            assert!(!is_ours, "{name}: {shown}: {error}");
            assert_eq!(error.kind(), ErrorKind::NotAStore);
            assert_eq!(fs::read(&path).expect("read"), content);
        }
    }
}

#[test]
fn what_a_crash_left_of_a_new_store_is_told_by_all_of_it() {
    let made = tempfile::tempdir().expect("a directory");
    drop(Embedded::open(made.path()).expect("open"));
    let marker = fs::read(made.path().join("cognate.store")).expect("read");
    for length in 0..=marker.len() {
        check_begun("cognate.store.tmp", &marker[..length], true);
    }
    let text = String::from_utf8(marker).expect("text");
    let strangers = [
        format!("{text}and notes of mine"),
        "cognate store, format of my notes".to_owned(),
        "cognate store, format 4\nmy own list".to_owned(),
        "cognate store, format 4\nfingerprints 12x".to_owned(),
        text.replace("generation 0", "generation 7"),
        "x".repeat(5000),
    ];
    for content in strangers {
        check_begun("cognate.store.tmp", content.as_bytes(), false);
    }
    for content in ["", "cogn", "cognate ", "cognate 4711"] {
        check_begun("writer.lock", content.as_bytes(), true);
    }
    for content in ["4711", "12345678901234567890123456", "cognate 4711\n", "cognate 12345678901", "lock"] {
        check_begun("writer.lock", content.as_bytes(), false);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_where_a_file_should_be_is_not_waited_for() {
    let pipe = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
    };
    for name in ["cognate.store.tmp", "writer.lock"] {
        let dir = tempfile::tempdir().expect("a directory");
        pipe(&dir.path().join(name));
        assert_eq!(add(dir.path(), 1).expect_err("refused").kind(), ErrorKind::NotAStore);
    }
    for end in [".catalogue", ".segment", "cognate.store"] {
        let dir = tempfile::tempdir().expect("a directory");
        add(dir.path(), 1).expect("add");
        let name = names(dir.path()).into_iter().find(|name| name.ends_with(end)).expect("one");
        fs::remove_file(dir.path().join(&name)).expect("remove");
        pipe(&dir.path().join(&name));
        let error = Embedded::open_read_only(dir.path()).err().expect("refused");
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        assert!(error.to_string().contains("it is no file"), "{error}");
        assert!(!Embedded::verify_at(dir.path()).expect("verify").is_empty());
        assert_eq!(Embedded::export_manifest(dir.path()).is_ok(), end != ".catalogue");
    }
}

/// The labels that are saved of a store whose marker was replaced by this one, and what is said of them.
fn exported(dir: &Path, marker: &[u8]) -> (usize, String) {
    fs::write(dir.join("cognate.store"), marker).expect("write");
    let exported = Embedded::export_manifest(dir).expect("labels");
    (exported.rows.len(), exported.doubt.unwrap_or_default())
}

#[test]
fn an_old_or_foreign_marker_costs_no_labels() {
    let dir = tempfile::tempdir().expect("a directory");
    let other = tempfile::tempdir().expect("a directory");
    drop(Embedded::open(other.path()).expect("open"));
    let empty = fs::read(other.path().join("cognate.store")).expect("read");
    for number in 0..5 {
        add(other.path(), number).expect("add");
    }
    let foreign = fs::read(other.path().join("cognate.store")).expect("read");
    add(dir.path(), 1).expect("add");
    let old = fs::read(dir.path().join("cognate.store")).expect("read");
    add(dir.path(), 2).expect("add");
    for (marker, said) in [(&old, "it is gone"), (&foreign, "it is gone"), (&empty, "old or a foreign one")] {
        let (labels, doubt) = exported(dir.path(), marker);
        assert_eq!(labels, 2);
        assert!(doubt.contains(said) && doubt.contains("0000000002-"), "{doubt}");
        assert!(!Embedded::verify_at(dir.path()).expect("verify").is_empty());
    }
}

#[test]
fn a_store_of_a_later_format_says_who_can_read_it() {
    let dir = tempfile::tempdir().expect("a directory");
    add(dir.path(), 1).expect("add");
    let path = dir.path().join("cognate.store");
    let text = fs::read_to_string(&path).expect("read").replace("format 4", "format 5");
    fs::write(&path, text).expect("write");
    for error in [add(dir.path(), 2).err(), Embedded::export_manifest(dir.path()).err()] {
        let error = error.expect("refused");
        assert_eq!(error.kind(), ErrorKind::Version);
        assert_eq!(error.next_step(), Some(&Hint::UseLaterVersion));
    }
}

#[test]
fn segments_without_a_marker_are_not_lost() {
    let said = "has lost its file `cognate.store`: without it, nobody can tell which of its 2 segments and 0 catalogues";
    check_refused(&["0000000001.segment", "0000000002.segment"], ErrorKind::Damaged, said);
}

#[test]
fn a_store_of_format_1_is_refused_with_what_to_do() {
    check_refused(&["0000000001.segment", "catalogue.sqlite"], ErrorKind::Version, "has format 1");
}

#[test]
fn a_store_that_loses_its_marker_keeps_the_rest() {
    let dir = tempfile::tempdir().expect("a directory");
    add(dir.path(), 1).expect("add");
    let marker = fs::read(dir.path().join("cognate.store")).expect("read");
    fs::remove_file(dir.path().join("cognate.store")).expect("remove");
    let before = names(dir.path());
    assert_eq!(add(dir.path(), 2).expect_err("refused").kind(), ErrorKind::Damaged);
    assert_eq!(names(dir.path()), before);
    fs::write(dir.path().join("cognate.store"), marker).expect("write");
    add(dir.path(), 2).expect("it is a store again");
    assert_eq!(Embedded::verify_at(dir.path()).expect("verify"), Vec::<String>::new());
}

#[test]
fn a_store_that_loses_its_catalogue_keeps_its_segments() {
    let dir = tempfile::tempdir().expect("a directory");
    add(dir.path(), 1).expect("add");
    let catalogue = names(dir.path()).into_iter().find(|name| name.ends_with(".catalogue")).expect("one");
    fs::remove_file(dir.path().join(&catalogue)).expect("remove");
    let error = add(dir.path(), 2).expect_err("refused");
    assert!(error.to_string().contains(&catalogue) && error.to_string().contains("it is gone"), "{error}");
    assert!(names(dir.path()).contains(&"0000000001.segment".to_owned()));
}

#[test]
fn files_that_others_put_into_a_store_stay() {
    let dir = tempfile::tempdir().expect("a directory");
    add(dir.path(), 1).expect("add");
    let strangers = [
        "notes.txt",
        "a.tmp",
        "x.segment",
        "7.segment",
        "0000000009.segment",
        "00000000a1.segment.tmp",
        "0000000001-0000000000000001.catalogue",
        "catalogue.sqlite",
        "cognate.store.bak",
    ];
    for name in strangers {
        fs::write(dir.path().join(name), name).expect("write");
    }
    fs::create_dir(dir.path().join("0000000008.segment.tmp")).expect("make");
    for number in 2..12 {
        add(dir.path(), number).expect("add");
    }
    let mut store = Embedded::open(dir.path()).expect("open");
    store.remove(&sample(3, []).id).expect("remove");
    store.compact().expect("compact");
    for name in strangers {
        let content = fs::read_to_string(dir.path().join(name)).expect("it is still there");
        assert_eq!(content, name);
    }
    assert!(dir.path().join("0000000008.segment.tmp").is_dir());
    assert_eq!(store.verify().expect("verify"), Vec::<String>::new());
    assert_eq!(store.stats().expect("stats").samples, 10);
}

#[test]
fn a_file_in_the_way_of_a_new_segment_is_passed_over() {
    let dir = tempfile::tempdir().expect("a directory");
    add(dir.path(), 1).expect("add");
    fs::write(dir.path().join("0000000002.segment"), "mine").expect("write");
    add(dir.path(), 2).expect("add");
    assert!(names(dir.path()).contains(&"0000000003.segment".to_owned()));
    assert_eq!(fs::read_to_string(dir.path().join("0000000002.segment")).expect("read"), "mine");
    assert_eq!(Embedded::verify_at(dir.path()).expect("verify"), Vec::<String>::new());
}

#[test]
fn what_a_crash_left_behind_goes_with_the_next_writer() {
    let dir = tempfile::tempdir().expect("a directory");
    add(dir.path(), 1).expect("add");
    for name in ["0000000002.segment.tmp", "0000000002.catalogue.tmp", "cognate.store.tmp"] {
        fs::write(dir.path().join(name), "half").expect("write");
    }
    add(dir.path(), 2).expect("add");
    assert!(names(dir.path()).iter().all(|name| !name.ends_with(".tmp")));
}

#[test]
fn what_is_no_folder_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("file");
    fs::write(&file, "content").expect("write");
    let error = add(&file, 1).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::NotAStore);
    assert!(error.to_string().contains("it is no folder"), "{error}");
    assert!(add(&file.join("below"), 1).is_err(), "nor is what would lie in a file");
    assert_eq!(fs::read(&file).expect("read"), b"content");
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_a_store_and_never_written_through() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().expect("a directory");
    let (real, link, nothing) =
        (dir.path().join("real"), dir.path().join("link"), dir.path().join("nothing"));
    add(&real, 1).expect("add");
    symlink(&real, &link).expect("link");
    add(&link, 2).expect("a store by another name");
    assert_eq!(Embedded::open_read_only(&real).expect("open").stats().expect("stats").samples, 2);
    symlink(dir.path().join("absent"), &nothing).expect("link");
    assert!(add(&nothing, 1).expect_err("refused").to_string().contains("a link to nothing"));

    let mine = dir.path().join("mine");
    fs::write(&mine, "mine").expect("write");
    for name in ["cognate.store.tmp", "0000000003.segment.tmp"] {
        symlink(&mine, real.join(name)).expect("link");
    }
    add(&real, 3).expect("add");
    fs::remove_file(real.join("writer.lock")).expect("remove");
    symlink(&mine, real.join("writer.lock")).expect("link");
    assert_eq!(add(&real, 4).expect_err("refused").kind(), ErrorKind::NotAStore);
    assert_eq!(fs::read(&mine).expect("read"), b"mine");
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let shut = dir.path().join("shut");
    add(&shut, 1).expect("add");
    fs::remove_file(shut.join("writer.lock")).expect("remove");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o555)).expect("shut");
    if fs::write(shut.join("probe"), "").is_ok() {
        // Who is above permissions cannot try this.
        fs::remove_file(shut.join("probe")).expect("remove");
        return;
    }
    let error = add(&shut, 2).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(error.next_step(), Some(&Hint::AllowStore), "{error}");
    assert_eq!(
        Embedded::open_read_only(&shut).expect("reading is possible").samples().expect("samples").len(),
        1
    );
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).expect("open");
}

#[test]
fn a_store_that_is_removed_while_it_is_read_is_an_error_or_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = dir.path().join("store");
    add(&place, 1).expect("add");
    let mut reader = Embedded::open_read_only(&place).expect("open");
    let mut writer = Embedded::open(&place).expect("open");
    let before = reader.functions(reader.samples().expect("samples")[0].key).expect("functions");
    fs::remove_dir_all(&place).expect("remove");
    if let Ok(samples) = reader.samples() {
        assert_eq!(reader.functions(samples[0].key).expect("functions"), before);
    }
    assert_eq!(reader.refresh().expect_err("gone").kind(), ErrorKind::NoStore);
    assert_eq!(writer.remove(&sample(1, []).id).expect_err("gone").kind(), ErrorKind::NoStore);
    assert!(!place.exists(), "nothing is made anew behind anybody's back");
}

#[test]
fn a_place_with_strange_letters_is_a_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = dir.path().join("a b?c#d%41&é=ü");
    add(&place, 1).expect("add");
    add(&place, 2).expect("add");
    assert_eq!(Embedded::open_read_only(&place).expect("open").samples().expect("samples").len(), 2);
    assert_eq!(names(dir.path()), ["a b?c#d%41&é=ü"]);
}
