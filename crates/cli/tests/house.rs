//! Holds what ARCHITECTURE.md and deny.toml say of the house: which crate may use which, which crates come from
//! outside and under which licence, that nothing is `unsafe`, and that only the surfaces print.
//!
//! ARCHITECTURE.md is the list: its first table gives the order of the crates, its last the crates from outside.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that measure and test the others: they stand above all and are no part of the program.
const TOOLS: [&str; 1] = ["cognate-bench"];

#[test]
fn crates_use_only_those_above_them_in_the_table() {
    let rank: BTreeMap<String, usize> =
        crates_in_order().into_iter().enumerate().map(|(rank, name)| (name, rank)).collect();
    for package in workspace() {
        let name = text(&package, "name");
        if TOOLS.contains(&name.as_str()) {
            continue;
        }
        let own =
            *rank.get(&name).unwrap_or_else(|| panic!("{name} is not in ARCHITECTURE.md's table of crates"));
        for used in dependencies(&package, Kind::Normal).iter().filter(|used| used.starts_with("cognate-")) {
            assert!(
                rank.get(used).is_some_and(|rank| *rank < own),
                "{name} uses {used}, which is not above it"
            );
        }
    }
}

#[test]
fn a_case_needs_neither_a_store_nor_a_disassembler() {
    let below = tree("cognate-case");
    for heavy in ["cognate-index", "cognate-binary", "rusqlite", "iced-x86", "zip"] {
        assert!(!below.contains(heavy), "cognate-case pulls in {heavy}");
    }
}

#[test]
fn every_crate_from_outside_is_in_the_table_with_a_reason() {
    let known = named(&section("## Dependencies"));
    let vendored = ["cpp_demangle"];
    let mut used = BTreeSet::new();
    for package in workspace() {
        for kind in [Kind::Normal, Kind::Test] {
            used.extend(
                dependencies(&package, kind).into_iter().filter(|name| !name.starts_with("cognate-")),
            );
        }
    }
    let untold: Vec<&String> = used.difference(&known).collect();
    assert!(untold.is_empty(), "not in ARCHITECTURE.md's table of dependencies: {untold:?}");
    let beneath: BTreeSet<String> = everything().iter().map(|package| text(package, "name")).collect();
    let gone: Vec<&String> =
        known.iter().filter(|name| !beneath.contains(*name) && !vendored.contains(&name.as_str())).collect();
    assert!(gone.is_empty(), "in ARCHITECTURE.md's table of dependencies, and used nowhere: {gone:?}");
}

#[test]
fn licences_and_sources_are_those_that_deny_toml_allows() {
    let deny: toml::Table = read(&root().join("deny.toml")).parse().unwrap();
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    for package in everything() {
        let name = text(&package, "name");
        let licence = text(&package, "license");
        let expression = spdx::Expression::parse_mode(&licence, spdx::ParseMode::LAX)
            .unwrap_or_else(|error| panic!("{name}: `{licence}`: {error}"));
        let fits = expression.evaluate(|wanted| allowed.contains(&wanted.to_string().as_str()));
        assert!(fits, "{name} is under {licence}, which deny.toml does not allow");
        let source = package["source"].as_str();
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert!(source.is_none_or(|source| source == registry), "{name} comes from {source:?}");
    }
}

#[test]
fn nothing_is_unsafe() {
    for (path, line) in code(&["src", "examples", "tests"]) {
        let allows = line.contains("allow(unsafe_code)") || line.trim_start().starts_with("unsafe ");
        assert!(!allows || path.ends_with("house.rs"), "{}: {line}", path.display());
    }
    assert!(read(&root().join("Cargo.toml")).contains("unsafe_code = \"deny\""));
}

#[test]
fn only_surfaces_print() {
    let prints = ["println!", "eprintln!", "print!(", "eprint!(", "allow(clippy::print_"];
    let may = ["crates/cli/", "crates/bench/"];
    for (path, line) in code(&["src"]) {
        let place = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let is_code = !line.trim_start().starts_with("//");
        let found = is_code && prints.iter().any(|word| line.contains(word));
        assert!(!found || may.iter().any(|place_of| place.starts_with(place_of)), "{place}: {line}");
    }
}

#[test]
fn libraries_name_no_option_of_the_command_line() {
    let may = ["crates/cli/", "crates/bench/"];
    for (path, line) in code(&["src"]) {
        let place = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let texts: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let is_code = !line.trim_start().starts_with("//") && !may.iter().any(|may| place.starts_with(may));
        let names = |text: &&str| ["`--", "(--", " --"].iter().any(|option| text.contains(option));
        assert!(!is_code || !texts.iter().any(names), "{place}: {line}");
    }
}

#[test]
fn every_file_says_first_what_it_is() {
    let mut seen = BTreeSet::new();
    for (path, line) in code(&["src"]) {
        let is_first = seen.insert(path.clone());
        assert!(
            !is_first || path.ends_with("tests.rs") || line.starts_with("//!"),
            "{}: {line}",
            path.display()
        );
    }
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        check_links(Path::new(name));
    }
    for folder in ["docs", "docs/decisions"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                check_links(path.strip_prefix(root()).unwrap());
            }
        }
    }
}

/// Every relative link, and every path in backquotes that begins with a folder of this tree, is there.
#[track_caller]
fn check_links(document: &Path) {
    let content = read(&root().join(document));
    let folder = root().join(document).parent().unwrap().to_owned();
    for (place, _) in content.match_indices("](") {
        let target = content[place + 2..].split([')', '#']).next().unwrap_or_default();
        let local = !target.is_empty() && !target.contains("://");
        assert!(!local || folder.join(target).exists(), "{}: no `{target}`", document.display());
    }
    for quoted in content.split('`').skip(1).step_by(2) {
        let path = quoted.split([':', ' ']).next().unwrap_or_default();
        let ours = ["crates/", "docs/", "bench/", "tools/", "cases/", "fuzz/"]
            .iter()
            .any(|top| path.starts_with(top));
        if ours && !path.contains(['*', '…', '<', '{', '$']) {
            assert!(root().join(path).exists(), "{}: no `{path}`", document.display());
        }
    }
}

/// Which dependencies of a package are meant.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Normal,
    Test,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(package: &Value, field: &str) -> String {
    package[field].as_str().unwrap_or_default().to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO")).current_dir(root()).args(arguments).output().unwrap();
    assert!(done.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn packages(more: &[&str]) -> Vec<Value> {
    let arguments = [&["metadata", "--format-version", "1", "--offline", "--locked"], more].concat();
    let metadata: Value = serde_json::from_str(&cargo(&arguments)).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The packages of this tree.
fn workspace() -> Vec<Value> {
    packages(&["--no-deps"])
}

/// Every package that is built on this machine, those from outside included.
fn everything() -> Vec<Value> {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    packages(&["--filter-platform", host])
}

fn dependencies(package: &Value, kind: Kind) -> BTreeSet<String> {
    let of_kind = |one: &&Value| (one["kind"].as_str() == Some("dev")) == (kind == Kind::Test);
    package["dependencies"].as_array().unwrap().iter().filter(of_kind).map(|one| text(one, "name")).collect()
}

/// Everything that a crate of this tree pulls in.
fn tree(name: &str) -> BTreeSet<String> {
    let shown = cargo(&["tree", "--offline", "--locked", "-p", name, "-e", "normal", "--prefix", "none"]);
    shown.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The part of ARCHITECTURE.md under this heading.
fn section(heading: &str) -> String {
    let all = read(&root().join("ARCHITECTURE.md"));
    let from = all.find(heading).unwrap_or_else(|| panic!("ARCHITECTURE.md has no `{heading}`"));
    let rest = &all[from + heading.len()..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
}

/// What stands in backquotes in the first column of a table.
fn named(table: &str) -> BTreeSet<String> {
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|line| line.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// The crates of the first table, from the lowest up.
fn crates_in_order() -> Vec<String> {
    let all = read(&root().join("ARCHITECTURE.md"));
    let table = all.split("\n\n").find(|part| part.starts_with("| crate |")).unwrap();
    let names = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    // The program is called as people call it.
    names.map(|name| if name == "cli" { "cognate".to_owned() } else { format!("cognate-{name}") }).collect()
}

/// Every line of Rust in these folders of all crates.
fn code(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut waiting: Vec<PathBuf> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .flat_map(|entry| folders.iter().map(move |folder| entry.as_ref().unwrap().path().join(folder)))
        .filter(|folder| folder.is_dir())
        .collect();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.extend(read(&path).lines().map(|line| (path.clone(), line.to_owned())));
            }
        }
    }
    found
}
