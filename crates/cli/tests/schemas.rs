//! Real output against the published schemas.

mod common;

use common::{cognate, json, store};

fn check(name: &str, arguments: &[&str]) {
    let schema = serde_json::from_str(&cognate(&["schema", name]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = json(arguments);
    let problems: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| {
            format!(
                "{} at {}",
                error.to_string().chars().take(300).collect::<String>(),
                error.instance_path()
            )
        })
        .collect();
    assert!(problems.is_empty(), "{name}: {problems:#?}");
}

#[test]
fn every_document_is_as_its_schema_says() {
    let (folder, store) = store();
    let table = folder.path().join("labels.tsv").to_string_lossy().into_owned();
    let sample = "1dff399d";
    check("inspect", &["inspect", "alpha.elf", "alpha.dll", "nosuch", "--functions"]);
    check("inspect", &["inspect", "alpha.elf", "--function", "0xad0"]);
    check("inspect", &["inspect", "alpha.elf", "--functions", "--max-instructions", "400"]);
    check("components", &["components", "alpha.elf", "mingw/p2.exe", "nosuch"]);
    check("base-show", &["base", "show", "--store", &store]);
    check("base-show", &["base", "add", "alpha.elf", "--component", "ledger", "--store", &store]);
    check("base-show", &["base", "remove", "Ledger", "--store", &store]);
    check("match", &["match", "beta.elf", "gamma.elf", "alpha.elf", "--store", &store]);
    check("triage", &["triage", ".", "nosuch", "--store", &store]);
    check("triage", &["triage", "alpha.elf", "beta.elf", "mingw", "--groups", "--store", &store]);
    check("compare", &["compare", "alpha.elf", "beta.elf", "--functions", "3"]);
    check("compare", &["compare", "alpha.elf", "gamma.elf", "--function", "sort_entries"]);
    check("actor", &["actor", "Bluenoroff"]);
    check("actor", &["actor", "Dark Halo"]);
    check("actor", &["actor", "Kimsuki"]);
    check("corpus-list", &["corpus", "list", "--store", &store]);
    check("corpus-show", &["corpus", "show", sample, "--store", &store]);
    check("corpus-stats", &["corpus", "stats", "--store", &store]);
    check("corpus-verify", &["corpus", "verify", "--store", &store]);
    check("corpus-change", &["corpus", "export", &table, "--store", &store]);
    check("corpus-change", &["corpus", "import", &table, "--store", &store]);
    check("corpus-change", &["corpus", "relabel", sample, "--family", "x", "--store", &store]);
    check("corpus-change", &["corpus", "remove", sample, "--store", &store]);
    check("index", &["index", ".", "--family", "all", "--store", &store]);
}

#[test]
fn every_document_about_cases_is_as_its_schema_says() {
    let (folder, store) = store();
    let result = folder.path().join("result.json");
    std::fs::write(&result, cognate(&["match", "beta.elf", "--json", "--store", &store]).stdout).unwrap();
    let result = result.to_string_lossy().into_owned();
    check("case-check", &["case", "check", "bakery.toml", "nosuch.toml", "wrong.tsv", "stub.bin"]);
    let bakery = |arguments: &[&'static str]| -> Vec<&str> { [&["case"], arguments].concat() };
    check("case-assess", &bakery(&["assess", "bakery.toml"]));
    check("case-assess", &bakery(&["assess", "bakery.toml", "--as-of", "2025-05-15", "--wording", "phia"]));
    check("case-assess", &bakery(&["assess", "bakery.toml", "--as-of", "2001-01-01"]));
    check("case-explain", &bakery(&["explain", "bakery.toml"]));
    check("case-explain", &bakery(&["explain", "bakery.toml", "unlisted", "unsigned", "gazette-spelling"]));
    check("case-compare", &bakery(&["compare", "bakery.toml", "--as-of-a", "2025-05-15"]));
    let added =
        ["case", "add-match", "bakery.toml", &result, "--candidate", "mill", "--reported", "2025-06-02"];
    check("case-add-match", &added);
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    check("case-matrix", &bakery(&["matrix", "bakery.toml", "--roles"]));
    let table = cognate(&["case", "matrix", "bakery.toml", "--csv"]).stdout.replace("0.05,0.4", "0.04,for");
    check("case-matrix-change", &["case", "matrix", "bakery.toml", "--from", &file("t.csv", &table)]);
    let text = std::fs::read_to_string(common::fixtures().join("bakery.toml")).unwrap();
    let other = file(
        "other.toml",
        &text.replace("reliability = \"C\"", "reliability = \"D\"").replace("mill = 0.9", "mill = 0.8"),
    );
    check("case-merge", &["case", "merge", "bakery.toml", &other]);
    check("case-draft", &bakery(&["draft", "--from", "../../../../fuzz/seeds/draft/bundle.json"]));
    let outcome = "\n[outcome]\nactor = \"mill\"\ndate = 2026-01-10\nreason = \"r\"\n";
    let scored = file("scored.toml", &(text + outcome));
    check("case-score", &["case", "score", &scored, "bakery.toml", "--days", "60", "--as-of", "2025-06-01"]);
    for case in ["cannot-tell", "olympic-destroyer", "wannacry"] {
        let file = format!("../../../../cases/{case}.toml");
        check("case-check", &["case", "check", &file]);
        check("case-assess", &["case", "assess", &file]);
        check("case-explain", &["case", "explain", &file]);
        check("case-compare", &["case", "compare", "bakery.toml", &file]);
    }
}

#[test]
fn every_schema_listed_can_be_printed() {
    for name in cognate(&["schema"]).stdout.lines() {
        assert_eq!(cognate(&["schema", name]).code, 0, "{name}");
    }
}

#[test]
fn a_schema_refuses_what_it_does_not_name() {
    let schema = serde_json::from_str(&cognate(&["schema", "corpus-verify"]).stdout).unwrap();
    let mut document = serde_json::json!({
        "document": "corpus-verify", "schema": 1, "tool": "cognate 0.1.0", "fingerprint_version": 1,
        "store": "s", "sound": true, "problems": [],
    });
    assert!(jsonschema::is_valid(&schema, &document));
    document["more"] = 1.into();
    assert!(!jsonschema::is_valid(&schema, &document));
}
