//! Scratch.
use std::collections::HashMap;
use cognate_engine::{EngineOptions, analyse};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let read = |path: &str| analyse(path, std::fs::read(path).unwrap().into(), &EngineOptions::default()).unwrap().fingerprint;
    if args[1] == "dump" {
        for path in &args[2..] {
            let s = read(path);
            for c in &s.components { println!("C\t{path}\t{}\t{:?}", c.name, c.functions); }
            for (i, f) in s.functions.iter().enumerate() {
                println!("F\t{path}\t{i}\t{:#x}\t{}\t{}\t{}\t{:?}", f.address, f.bytes, f.name.as_deref().unwrap_or("-"), f.fingerprint.is_telling(), f.callees);
            }
        }
        return;
    }
    let text = std::fs::read_to_string(&args[2]).unwrap();
    let mut cache = HashMap::new();
    let mut counts: std::collections::BTreeMap<String, std::collections::BTreeMap<String, usize>> = Default::default();
    for line in text.lines() {
        let [kind, a, b]: [&str; 3] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        for path in [a, b] { if !cache.contains_key(path) { cache.insert(path.to_owned(), read(path)); } }
        let found = cognate_matching::compare(&cache[a], &cache[b]).provenance;
        *counts.entry(kind.to_owned()).or_default().entry(format!("{:?}", found.origin)).or_default() += 1;
        eprintln!("{kind}\t{a}\t{b}\t{:?}\t{:.3}\t{:.3}\t{:.3}\t{}\t{}\t{}\t{}", found.origin, found.equal, found.likeness, found.matched, found.exact, found.tokens, found.data_flow, found.aligned);
    }
    for (kind, count) in counts { println!("{kind:40} {:4} {count:?}", count.values().sum::<usize>()); }
}
