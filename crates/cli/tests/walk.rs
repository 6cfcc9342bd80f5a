//! The walk of one sample in ARCHITECTURE.md says what really comes out.

mod common;

use cognate_engine::{Engine, EngineOptions, analyse};
use cognate_fingerprint::Tier;
use cognate_index::{Kind, Label, Memory, Store};
use common::fixtures;
use std::fmt::Write;

/// The text that belongs between the fences.
fn walk() -> String {
    let mut out = String::new();
    let engine = Engine::new(EngineOptions::default(), 1).unwrap();
    let read = |name: &str| {
        let bytes = std::fs::read(fixtures().join(name)).unwrap();
        analyse(name, bytes.into(), engine.options()).unwrap()
    };
    let (alpha, beta) = (read("alpha.elf"), read("beta.elf"));
    let image = &alpha.loaded.image;
    let hints = &alpha.loaded.hints;
    let _ = writeln!(
        out,
        "load         {} {}, {} bytes: {} segments, {} starts, {} names, {} gaps",
        image.format,
        image.arch,
        image.bytes().len(),
        image.segments().len(),
        hints.starts.len(),
        hints.names.len(),
        alpha.loaded.gaps.len()
    );
    let program = &alpha.program;
    let blocks: usize = program.functions.iter().map(|function| function.blocks.len()).sum();
    let tables: usize = program.functions.iter().map(|function| function.tables.len()).sum();
    let _ = writeln!(
        out,
        "recover      {} functions, {blocks} blocks, {} instructions, {tables} jump tables",
        program.functions.len(),
        program.instructions
    );
    let keys: Vec<_> =
        alpha.fingerprint.functions.iter().flat_map(|function| function.fingerprint.keys()).collect();
    let of = |tier: Tier| keys.iter().filter(|key| key.tier == tier).count();
    let _ = writeln!(
        out,
        "fingerprint  {} keys: {} exact, {} block, {} anchor, {} band, {} flow",
        keys.len(),
        of(Tier::Exact),
        of(Tier::Block),
        of(Tier::Anchor),
        of(Tier::Band),
        of(Tier::Flow)
    );
    let mut store = Memory::default();
    let label = Label {
        family: "ledger".to_owned(),
        version: None,
        actor: None,
        kind: Kind::Malware,
        source: "walk".to_owned(),
    };
    store.add(&alpha.fingerprint, &alpha.name, &label).unwrap();
    store.commit().unwrap();
    let stats = store.stats().unwrap();
    let _ = writeln!(
        out,
        "index        {} functions as {} signatures under {} postings",
        stats.functions, stats.signatures, stats.postings
    );
    let report =
        engine.relatives(&store, &beta.fingerprint, &cognate_matching::MatchOptions::default()).unwrap();
    let family = &report.families[0];
    let _ = writeln!(
        out,
        "match        beta.elf: {:?}: {} of {} functions private to {}, {:.0} bits",
        report.outcome.verdict,
        family.standing.private.functions,
        report.query.functions,
        family.family,
        family.standing.evidence_bits
    );
    out
}

#[test]
fn the_walk_in_architecture_md_is_true() {
    let path = fixtures().join("../../../../ARCHITECTURE.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = "<!-- walk -->\n```text\n";
    let (before, rest) = text.split_once(start).expect("ARCHITECTURE.md has a walk");
    let (written, after) = rest.split_once("```\n").expect("the walk ends");
    let found = walk();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{start}{found}```\n{after}")).unwrap();
    }
    assert_eq!(written, found, "UPDATE=1 writes it anew");
}
