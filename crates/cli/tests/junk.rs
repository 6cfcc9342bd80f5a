//! A known program with junk beside it. Apart from `hostile_shapes`, which measures the memory of all its processes: what
//! this one takes is that of a program as large as ours.

mod common;
#[allow(dead_code)]
mod shapes;

use common::cognate_in;
use shapes::with_junk;
use std::fs;

#[test]
fn junk_beside_a_known_program_does_not_hide_it() {
    let folder = tempfile::tempdir().unwrap();
    let program = fs::read(env!("CARGO_BIN_EXE_cognate")).unwrap();
    fs::write(folder.path().join("program"), &program).unwrap();
    let index = ["index", "program", "--family", "known", "--store", "store"];
    assert_eq!(cognate_in(folder.path(), &index).code, 0);
    fs::write(folder.path().join("hidden"), with_junk(&program, 1 << 20)).unwrap();
    let run = cognate_in(folder.path(), &["match", "hidden", "--store", "store", "--json"]);
    let answer: serde_json::Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
    let report = &answer["answers"][0]["report"];
    assert_eq!(report["families"][0]["family"], "known");
    assert_eq!(report["outcome"]["named"][0], "known", "{}", report["outcome"]);
}
