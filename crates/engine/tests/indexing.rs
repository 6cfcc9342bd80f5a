//! Trees of files into a store.

use cognate_base::{Error, ErrorKind, NoProgress, SampleId};
use cognate_engine::{Engine, EngineOptions, IndexRequest, Indexed, Manifest};
use cognate_index::{Kind, Label, Memory, Store};
use std::fs;
use std::path::{Path, PathBuf};

fn label(family: &str) -> Label {
    Label {
        family: family.to_owned(),
        version: None,
        actor: None,
        kind: Kind::Goodware,
        source: "test".to_owned(),
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/fixtures").join(name)
}

/// Builds a tree, indexes it, and says what became of each file and what the store then holds.
fn check(build: &dyn Fn(&Path) -> IndexRequest, options: EngineOptions, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let request = build(folder.path());
    let mut store = Memory::default();
    let engine = Engine::new(options, 2).unwrap();
    let found = match engine.index(&mut store, &request, &NoProgress) {
        Err(failed) => format!("{:?}", failed.error.kind()),
        Ok(entries) => {
            let mut lines: Vec<String> = entries
                .iter()
                .map(|entry| {
                    let name = entry.name.rsplit('/').next().unwrap_or_default();
                    let family = entry.label.as_ref().map_or("-", |label| label.family.as_str());
                    match &entry.outcome {
                        Indexed::Skipped(_) => format!("{name} skipped"),
                        outcome => format!("{name} {outcome:?} {family}"),
                    }
                })
                .collect();
            lines.push(format!("{} stored", store.samples().unwrap().len()));
            lines.join(", ")
        }
    };
    assert_eq!(found, expected);
}

fn put(folder: &Path, name: &str, from: &str) {
    let to = folder.join(name);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(fixture(from), to).unwrap();
}

fn whole(folder: &Path) -> IndexRequest {
    IndexRequest { paths: vec![folder.to_owned()], manifest: None, label: Some(label("f")) }
}

#[test]
fn a_tree_is_walked_in_the_order_of_its_names() {
    let build = |folder: &Path| {
        put(folder, "b/one", "alpha.elf");
        put(folder, "a", "gamma.elf");
        put(folder, "c", "beta.elf");
        whole(folder)
    };
    check(&build, EngineOptions::default(), "a New f, one New f, c New f, 3 stored");
}

#[test]
fn the_same_bytes_are_stored_once() {
    let build = |folder: &Path| {
        put(folder, "a", "alpha.elf");
        put(folder, "b", "alpha.elf");
        whole(folder)
    };
    check(&build, EngineOptions::default(), "a New f, b Known f, 1 stored");
}

#[test]
fn what_is_no_binary_is_skipped_and_said() {
    let build = |folder: &Path| {
        put(folder, "a.elf", "alpha.elf");
        put(folder, "b.c", "alpha.c");
        whole(folder)
    };
    check(&build, EngineOptions::default(), "a.elf New f, b.c skipped, 1 stored");
}

/// Files of the loaders' own tests.
fn put_windows(folder: &Path, name: &str) {
    put(folder, name, &format!("../../../binary/tests/fixtures/{name}"));
}

#[test]
fn a_windows_library_gives_its_objects_and_an_import_library_one_line() {
    let build = |folder: &Path| {
        put_windows(folder, "coff-import.lib");
        put_windows(folder, "coff.lib");
        whole(folder)
    };
    let objects = "coff.lib!bigobj.obj New f, coff.lib!coff64.obj New f, 2 stored";
    check(&build, EngineOptions::default(), &format!("coff-import.lib skipped, {objects}"));
    let folder = tempfile::tempdir().unwrap();
    put_windows(folder.path(), "coff-import.lib");
    let engine = Engine::new(EngineOptions::default(), 1).unwrap();
    let entries = engine.index(&mut Memory::default(), &whole(folder.path()), &NoProgress).unwrap();
    let Indexed::Skipped(reason) = &entries[0].outcome else { panic!("{entries:?}") };
    assert!(reason.ends_with("import library of 4 members: holds no machine code"), "{reason}");
    assert_eq!((entries.len(), entries[0].gaps.len()), (1, 0));
}

#[test]
fn a_file_over_the_limit_is_skipped() {
    let mut options = EngineOptions::default();
    options.limits.file_bytes = 5_500;
    let build = |folder: &Path| {
        put(folder, "large", "alpha.elf");
        put(folder, "small", "gamma.elf");
        whole(folder)
    };
    check(&build, options, "large skipped, small New f, 1 stored");
}

#[cfg(unix)]
#[test]
fn a_link_inside_a_folder_is_not_followed() {
    let build = |folder: &Path| {
        put(folder, "a", "alpha.elf");
        std::os::unix::fs::symlink(folder, folder.join("loop")).unwrap();
        std::os::unix::fs::symlink(fixture("gamma.elf"), folder.join("link")).unwrap();
        whole(folder)
    };
    check(&build, EngineOptions::default(), "a New f, 1 stored");
}

#[test]
fn a_path_that_is_not_there_is_an_error() {
    check(&|folder| whole(&folder.join("nosuch")), EngineOptions::default(), "Io");
}

#[test]
fn a_manifest_labels_by_hash_and_the_rest_is_skipped() {
    let build = |folder: &Path| {
        put(folder, "a", "alpha.elf");
        put(folder, "b", "beta.elf");
        let id = SampleId::of(&fs::read(fixture("beta.elf")).unwrap());
        let manifest =
            Manifest::parse(&format!("sha256\tfamily\n{id}\tknown\n"), folder, &label("")).unwrap();
        IndexRequest { manifest: Some(manifest), label: None, ..whole(folder) }
    };
    check(&build, EngineOptions::default(), "a skipped, b New known, 1 stored");
}

/// Indexes the files `a`, `b` and `c`, of which the first two are the same, with this manifest alone.
fn check_manifest(table: &str, expected: &str) {
    let build = |folder: &Path| {
        put(folder, "a", "alpha.elf");
        put(folder, "b", "alpha.elf");
        put(folder, "c", "beta.elf");
        let manifest = Manifest::parse(table, folder, &label("")).unwrap();
        IndexRequest { paths: Vec::new(), manifest: Some(manifest), label: None }
    };
    check(&build, EngineOptions::default(), expected);
}

#[test]
fn one_content_under_two_labels_gets_neither() {
    check_manifest("path\tfamily\na\tone\nb\ttwo\nc\ttwo\n", "a skipped, b skipped, c New two, 1 stored");
    check_manifest(
        "path\tfamily\tversion\na\tone\t1\nb\tone\t2\nc\ttwo\t\n",
        "a skipped, b skipped, c New two, 1 stored",
    );
    check_manifest("path\tfamily\na\tone\nb\tone\nc\ttwo\n", "a New one, b Known one, c New two, 2 stored");
}

#[test]
fn a_path_of_a_manifest_that_is_not_there_costs_its_own_line() {
    check_manifest("path\tfamily\nnone\tone\nc\ttwo\n", "none skipped, c New two, 1 stored");
}

#[test]
fn a_manifest_without_paths_needs_files() {
    let id = "ab".repeat(32);
    check_manifest(&format!("sha256\tfamily\n{id}\tone\n"), "Label");
}

#[test]
fn a_manifest_alone_names_the_files() {
    let build = |folder: &Path| {
        put(folder, "a", "alpha.elf");
        put(folder, "b", "beta.elf");
        let manifest = Manifest::parse("path\tfamily\nb\tknown\n", folder, &label("")).unwrap();
        IndexRequest { manifest: Some(manifest), paths: Vec::new(), label: None }
    };
    check(&build, EngineOptions::default(), "b New known, 1 stored");
}

/// A store that fails when it is to take its second sample, or to make it durable.
#[derive(Default)]
struct Failing {
    store: Memory,
    commits: bool,
}

fn full() -> Error {
    Error::new(ErrorKind::NoRoom, "the disk is full")
}

impl Store for Failing {
    type Error = Error;

    fn add(
        &mut self,
        sample: &cognate_fingerprint::SampleFingerprint,
        name: &str,
        label: &Label,
    ) -> Result<cognate_index::Added, Error> {
        if !self.commits && self.stats()?.samples > 0 {
            return Err(full());
        }
        let added = self.store.add(sample, name, label);
        self.store.commit()?;
        added
    }

    fn commit(&mut self) -> Result<(), Error> {
        if self.commits { Err(full()) } else { Ok(()) }
    }

    fn relabel(&mut self, _: &SampleId, _: &Label) -> Result<bool, Error> {
        Err(full())
    }

    fn remove(&mut self, _: &SampleId) -> Result<bool, Error> {
        Err(full())
    }

    fn samples(&self) -> Result<Vec<cognate_index::SampleInfo>, Error> {
        self.store.samples()
    }

    fn find(&self, _: &SampleId) -> Result<Option<cognate_index::SampleInfo>, Error> {
        Err(full())
    }

    fn functions(&self, _: cognate_index::SampleKey) -> Result<Vec<cognate_index::FunctionInfo>, Error> {
        Err(full())
    }

    fn lookup(&self, _: &[cognate_fingerprint::Key], _: usize) -> Result<cognate_index::Lookup, Error> {
        Err(full())
    }

    fn signatures(
        &self,
        _: &[cognate_index::SignatureId],
        _: usize,
    ) -> Result<Vec<cognate_index::Signature>, Error> {
        Err(full())
    }

    fn stats(&self) -> Result<cognate_index::Stats, Error> {
        self.store.stats()
    }
}

#[test]
fn a_store_that_fails_ends_the_run_and_nothing_is_called_stored_that_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for (name, from) in [("a", "alpha.elf"), ("b", "beta.elf"), ("c", "gamma.elf")] {
        put(folder.path(), name, from);
    }
    let engine = Engine::new(EngineOptions::default(), 2).unwrap();
    for commits in [false, true] {
        let mut store = Failing { commits, ..Failing::default() };
        let failed = engine.index(&mut store, &whole(folder.path()), &NoProgress).unwrap_err();
        assert_eq!(failed.error.kind(), ErrorKind::NoRoom);
        assert_eq!((failed.to_string().as_str(), failed.entries.len()), ("the disk is full", 0));
    }
}
