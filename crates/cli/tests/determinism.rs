//! The same content gives the same bytes, however it was indexed.

mod common;

use common::{cognate, fixtures};

/// Indexes the fixtures with these arguments and asks about one of them.
fn answer(paths: &[&[&str]], threads: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().to_string_lossy().into_owned();
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
