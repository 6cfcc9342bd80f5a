//! Compares two unstripped builds of the same source, function by function of the same name:
//! `cargo run --release -p cognate-fingerprint --example measure -- ONE OTHER`.
//!
//! Prints how alike functions of the same name are, how alike others, and how often
//! the right one is the most alike (R@1) or shares a key.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use cognate_base::{Budget, Limits, SampleId};
use cognate_binary::{LoadOptions, load, recover};
use cognate_fingerprint::{Fingerprint, Key, Tier, fingerprint};
use std::collections::BTreeMap;

fn main() {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    for pair in paths.chunks_exact(2) {
        if let (Some(one), Some(other)) = (functions(&pair[0]), functions(&pair[1])) {
            println!("{} | {}", pair[0], pair[1]);
            compare(&one, &other);
        }
    }
}

/// The functions of a file that carry a name and tokens.
fn functions(path: &str) -> Option<BTreeMap<String, Fingerprint>> {
    let bytes = std::fs::read(path).ok()?;
    let mut budget = Budget::new(&Limits::default());
    let (id, size) = (SampleId::of(&bytes), bytes.len() as u64);
    let loaded = load(bytes.into(), &LoadOptions::default(), &mut budget).ok()?;
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let sample = fingerprint(id, size, &loaded, &program, &mut budget);
    let named = sample.functions.into_iter().filter(|function| function.fingerprint.tokens.is_some());
    Some(named.filter_map(|function| Some((function.name?, function.fingerprint))).collect())
}

fn similarity(one: &Fingerprint, other: &Fingerprint) -> f64 {
    match (&one.tokens, &other.tokens) {
        (Some(one), Some(other)) => one.0.similarity(&other.0),
        _ => 0.0,
    }
}

fn compare(one: &BTreeMap<String, Fingerprint>, other: &BTreeMap<String, Fingerprint>) {
    let (mut pairs, mut first, mut alike, mut unlike, mut others) = (0.0, 0.0, 0.0, 0.0, 0.0f64);
    let mut shared = BTreeMap::new();
    for (name, print) in one {
        let Some(twin) = other.get(name) else { continue };
        let right = similarity(print, twin);
        let (mut better, mut equal) = (0.0, 0.0);
        for (_, stranger) in other.iter().filter(|(other, _)| *other != name) {
            let wrong = similarity(print, stranger);
            unlike += wrong;
            others += 1.0;
            better += f64::from(u8::from(wrong > right));
            equal += f64::from(u8::from(wrong == right));
        }
        pairs += 1.0;
        alike += right;
        first += if better == 0.0 { 1.0 / (1.0 + equal) } else { 0.0 };
        let keys: Vec<Key> = twin.keys();
        for tier in [Tier::Exact, Tier::Block, Tier::Anchor, Tier::Band, Tier::Flow] {
            let hit = print.keys().iter().any(|key| key.tier == tier && keys.contains(key));
            *shared.entry(tier).or_insert(0.0) += f64::from(u8::from(hit));
        }
    }
    println!(
        "  {pairs} pairs, alike {:.3}, others {:.3}, R@1 {:.3}",
        alike / pairs,
        unlike / others,
        first / pairs
    );
    let shares = shared.iter().map(|(tier, hits)| format!("{tier:?} {:.3}", hits / pairs));
    println!("  share a key: {}", shares.collect::<Vec<_>>().join(", "));
}
