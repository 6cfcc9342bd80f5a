//! What is packed is whole: one command installs pages and completions of each command, and each licence has its text.
#![cfg(unix)]

mod common;

use common::fixtures;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    fixtures().join("../../../..").canonicalize().unwrap()
}

fn tool(name: &str, arguments: &[&str]) -> String {
    let run = Command::new(root().join("tools").join(name)).args(arguments).output().unwrap();
    assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn one_command_installs_the_program_with_its_pages_and_completions() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_cognate"));
    tool("install.sh", &[folder.path().to_str().unwrap(), program.to_str().unwrap()]);
    let read = |path: &str| {
        std::fs::read_to_string(folder.path().join(path)).unwrap_or_else(|_| panic!("no {path}"))
    };
    assert!(folder.path().join("bin/cognate").is_file());
    assert!(read("share/man/man1/cognate-corpus-list.1").contains("corpus"));
    assert!(read("share/bash-completion/completions/cognate").contains("triage"));
    assert!(read("share/zsh/site-functions/_cognate").starts_with("#compdef cognate"));
    assert!(read("share/fish/vendor_completions.d/cognate.fish").contains("triage"));
    assert!(read("share/doc/cognate/docs/decisions/0001-segments-are-our-own-format.md").len() > 100);
}

#[test]
fn every_crate_that_is_linked_is_named_with_its_licence() {
    let text = tool("licences.py", &["x86_64-unknown-linux-gnu"]);
    for crate_and_licence in ["\n  iced-x86 1.22", "\n  cpp_demangle 0.5", "\n  rusqlite ", "MITRE"] {
        assert!(text.contains(crate_and_licence), "{crate_and_licence}");
    }
    assert!(text.contains("Permission is hereby granted") && !text.contains("\n  proptest "));
    assert!(!text.contains(": see below"), "a crate without a licence");
}
