//! Matches one file against others and prints what the bench tables need:
//! `pairs QUERY STORED…`. The family of a stored file is its name up to the
//! first `-`. Where both sides have symbols, precision is told by their names.

// A tool for measuring: it may print.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use cognate_base::{Budget, Limits, SampleId};
use cognate_fingerprint::SampleFingerprint;
use cognate_index::{Kind, Store};
use cognate_matching::{AlignedPair, How, MatchOptions, MatchReport, Share, compare, match_sample};
use std::path::Path;
use std::time::Instant;

#[path = "../tests/support/mod.rs"]
mod support;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().position(|argument| argument == "--json").map(|at| arguments.remove(at));
    let direct = arguments.iter().position(|argument| argument == "--compare").map(|at| arguments.remove(at));
    let verbose = arguments.iter().position(|argument| argument == "-v").map(|at| arguments.remove(at));
    if arguments.first().is_some_and(|argument| argument == "--list") {
        return totals(arguments.get(1).map(String::as_str).unwrap_or_default());
    }
    let Some((query, stored)) = arguments.split_first() else {
        return Err("usage: pairs [--json] [--compare] [-v] QUERY STORED…".into());
    };
    let query = read(query)?;
    let mut store = support::Shelf::default();
    for path in stored {
        let sample = read(path)?;
        if direct.is_some() {
            let comparison = compare(&query, &sample);
            println!("{}", precision(&comparison.pairs));
            println!(
                "{path}: exact {} matched {} aligned {}",
                show(&comparison.a.exact),
                show(&comparison.a.matched),
                show(&comparison.a.matched_and_aligned)
            );
            continue;
        }
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let family = name.split('-').next().unwrap_or_default().to_owned();
        store.add(&sample, &name, &support::label(&family, Kind::Goodware, None))?;
    }
    if direct.is_some() {
        return Ok(());
    }
    let began = Instant::now();
    let report = match_sample(&query, &store, &MatchOptions::default())?;
    eprintln!("matched in {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    match json {
        Some(_) => println!("{report:#?}"),
        None => print(&report, verbose.is_some()),
    }
    Ok(())
}

/// Compares the pairs of files listed, a pair a line, and adds up by names.
fn totals(list: &str) -> Result<(), Failure> {
    let mut sums = [[0u64; 2]; 4];
    let (mut possible, mut bytes, mut matched, mut aligned) = (0u64, 0u64, 0u64, 0u64);
    let mut read_already = std::collections::HashMap::new();
    for line in std::fs::read_to_string(list)?.lines() {
        let paths: Vec<&str> = line.split_whitespace().collect();
        for path in &paths {
            if !read_already.contains_key(*path) {
                read_already.insert((*path).to_owned(), read(path)?);
            }
        }
        let [Some(a), Some(b)] = [0, 1].map(|at| paths.get(at).and_then(|path| read_already.get(*path)))
        else {
            continue;
        };
        let comparison = compare(a, b);
        let names: std::collections::HashSet<&str> =
            b.functions.iter().filter_map(|function| function.name.as_deref()).collect();
        possible += a
            .functions
            .iter()
            .filter(|function| function.name.as_deref().is_some_and(|name| names.contains(name)))
            .count() as u64;
        bytes += comparison.a.code_bytes;
        matched += comparison.a.matched.bytes;
        aligned += comparison.a.matched_and_aligned.bytes;
        for pair in &comparison.pairs {
            let base = |name: &Option<String>| {
                name.as_deref().map(|name| name.split('.').next().unwrap_or_default().to_owned())
            };
            if let (Some(one), Some(other)) = (base(&pair.query.name), base(&pair.stored.name)) {
                let sum = &mut sums[pair.how as usize];
                sum[usize::from(one == other)] += 1;
            }
        }
    }
    let right: u64 = sums.iter().map(|sum| sum[1]).sum();
    let all: u64 = sums.iter().flatten().sum();
    println!(
        "exact/tokens/anchors/graph [wrong, right]: {sums:?}; precision {:.3} recall {:.3}; bytes matched {:.3} aligned {:.3}",
        right as f64 / all as f64,
        right as f64 / possible as f64,
        matched as f64 / bytes as f64,
        aligned as f64 / bytes as f64
    );
    Ok(())
}

fn read(path: &str) -> Result<SampleFingerprint, Failure> {
    let bytes = std::fs::read(path)?;
    let (id, size) = (SampleId::of(&bytes), bytes.len() as u64);
    let mut budget = Budget::new(&Limits::default());
    let loaded = cognate_binary::load(bytes.into(), &Default::default(), &mut budget)?;
    let program = cognate_binary::recover(&loaded.image, &loaded.hints, &mut budget);
    Ok(cognate_fingerprint::fingerprint(id, size, &loaded, &program, &mut budget))
}

fn show(share: &Share) -> String {
    format!("{}f {:.1}%b", share.functions, share.of_bytes * 100.0)
}

fn print(report: &MatchReport, verbose: bool) {
    let code = &report.code;
    println!("{:?}: {}", report.outcome.verdict, report.outcome.reason);
    println!(
        "query: {} functions ({} comparable, {} distinct) {} bytes, components {:?}",
        report.query.functions,
        report.query.comparable_functions,
        report.query.distinct_functions,
        report.query.code_bytes,
        report.query.components
    );
    println!(
        "code: matched {} | private {} | library {} | common {} | unmatched {} | floor {}",
        show(&code.matched),
        show(&code.private),
        show(&code.library),
        show(&code.common),
        show(&code.unmatched),
        show(&code.below_floor)
    );
    println!("{:?}", report.completeness);
    for library in &report.libraries {
        println!(
            "library {} {:?} {} versions {:?} / {:?}",
            library.name,
            library.named,
            show(&library.code),
            library.query_versions,
            library.stored_versions
        );
    }
    for relative in &report.families {
        let standing = &relative.standing;
        println!(
            "family {}: matched {} private {} lib {} common {} bits {:.0} distinct {} weighted {:.2} sig {} [{}]",
            relative.family,
            show(&standing.matched),
            show(&standing.private),
            show(&standing.library),
            show(&standing.common),
            standing.evidence_bits,
            standing.distinct,
            standing.weighted,
            standing.significant,
            standing.reason
        );
        for told in relative.telling.iter().filter(|_| verbose) {
            println!(
                "   {:.0} bits {:?} {:.2} {:#x} {:?} ({}b) <-> {:#x} {:?} ({}b) x{} others {} {:?}",
                told.evidence_bits,
                told.kind,
                told.similarity,
                told.query.address,
                told.query.name,
                told.query.bytes,
                told.stored.address,
                told.stored.name,
                told.stored.bytes,
                told.repeated,
                told.other_families,
                told.reasons
            );
        }
    }
    for relative in report.samples.iter().take(3) {
        println!(
            "sample {}: matched {} one-to-one {} private bits {:.0}",
            relative.sample.name,
            show(&relative.standing.matched),
            show(&relative.one_to_one),
            relative.standing.evidence_bits
        );
        if let Some(alignment) = &relative.alignment {
            println!(
                "  aligned: matched {} with neighbours {}",
                show(&alignment.matched),
                show(&alignment.matched_and_aligned)
            );
            println!("  {}", precision(&alignment.pairs));
        }
    }
}

/// How many pairs with names on both sides have the same one.
fn precision(pairs: &[AlignedPair]) -> String {
    let mut out = String::new();
    for how in [How::Exact, How::Tokens, How::DataFlow, How::Anchors, How::CallGraph] {
        let of: Vec<&AlignedPair> = pairs.iter().filter(|pair| pair.how == how).collect();
        let base = |name: &Option<String>| {
            name.as_deref().map(|name| name.split('.').next().unwrap_or_default().to_owned())
        };
        let named: Vec<bool> =
            of.iter().filter_map(|pair| Some(base(&pair.query.name)? == base(&pair.stored.name)?)).collect();
        let right = named.iter().filter(|right| **right).count();
        out += &format!("{how:?}: {} pairs, {right}/{} by name; ", of.len(), named.len());
    }
    out
}
