//! Recovers functions and, given symbol truth, says how well.
//!
//! `recover FILE [--truth TSV] [--no-unwind] [--misses N] [--raw ARCH] [--base HEX] [--seconds N] [--instructions N]
//! [--dump] [--memory]`: TSV has a header and starts with address (hex) and size; `--no-unwind` hides everything the file says but entry and
//! exports; `--raw` takes bytes for code (`x86-64`, `x86`, `aarch64`); `--dump` prints every function in full.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, LoadOptions, RawLayout, StartSource, load, recover};
use std::collections::{BTreeMap, BTreeSet};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let file = args.first().unwrap();
    let bytes = std::fs::read(file).unwrap();
    let mut limits = Limits::default();
    if let Some(seconds) = value("--seconds").and_then(|text| text.parse().ok()) {
        limits.time = std::time::Duration::from_secs(seconds);
    }
    if let Some(instructions) = value("--instructions").and_then(|text| text.parse().ok()) {
        limits.instructions = instructions;
    }
    let mut budget = Budget::new(&limits);
    let begin = std::time::Instant::now();
    let raw = value("--raw").map(|arch| match arch.as_str() {
        "aarch64" => Arch::Aarch64,
        "x86" => Arch::X86,
        _ => Arch::X86_64,
    });
    let base = value("--base").and_then(|base| u64::from_str_radix(base, 16).ok()).unwrap_or(0);
    let raw = raw.map(|arch| RawLayout { arch, base });
    let options = LoadOptions { raw, memory: args.iter().any(|arg| arg == "--memory") };
    let mut loaded = load(bytes.into(), &options, &mut budget).unwrap();
    let after_load = begin.elapsed();
    if args.iter().any(|arg| arg == "--no-unwind") {
        loaded.hints.starts.retain(|start| matches!(start.source, StartSource::Entry | StartSource::Export));
        loaded.hints.chunks.clear();
    }
    let begin = std::time::Instant::now();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let seconds = begin.elapsed().as_secs_f64();
    let mut sources: BTreeMap<StartSource, usize> = BTreeMap::new();
    for function in &program.functions {
        *sources.entry(function.source).or_default() += 1;
    }
    if args.iter().any(|arg| arg == "--dump") {
        program.functions.iter().for_each(|function| println!("{function:x?}"));
        return;
    }
    println!(
        "{file}: {} functions, {} instructions, load {:.3} s, recover {:.3} s = {:.2} M instructions/s; tables {}; {:?}",
        program.functions.len(),
        program.instructions,
        after_load.as_secs_f64(),
        seconds,
        program.instructions as f64 / seconds / 1e6,
        program.functions.iter().map(|f| f.tables.len()).sum::<usize>(),
        sources
    );
    println!("  {} units of work, {} bytes of memory left", budget.spent(), budget.room());
    for gap in program.gaps.iter().chain(&loaded.gaps).take(8) {
        println!("  {gap}");
    }
    if let Some(at) = value("--show").and_then(|at| u64::from_str_radix(at, 16).ok()) {
        let near =
            program.functions.iter().filter(|f| f.blocks.iter().any(|b| (b.address..b.end()).contains(&at)));
        near.for_each(|function| println!("{function:#x?}"));
    }
    let Some(truth) = value("--truth") else { return };
    let text = std::fs::read_to_string(truth).unwrap();
    let truth: BTreeMap<u64, (&str, &str)> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            Some((u64::from_str_radix(fields.first()?, 16).ok()?, (*fields.get(1)?, *fields.get(2)?)))
        })
        .collect();
    let found: BTreeSet<u64> = program.functions.iter().map(|f| f.address).collect();
    let right = truth.keys().filter(|address| found.contains(address)).count();
    println!(
        "  recall {:.2} % ({right}/{}), precision {:.2} % ({}/{})",
        100.0 * right as f64 / truth.len() as f64,
        truth.len(),
        100.0 * right as f64 / found.len() as f64,
        right,
        found.len()
    );
    let show: usize = value("--misses").and_then(|n| n.parse().ok()).unwrap_or(0);
    for (address, (size, name)) in truth.iter().filter(|(a, _)| !found.contains(a)).take(show) {
        println!("  missed {address:x} {size} {name}");
    }
    let wrong = program.functions.iter().filter(|f| !truth.contains_key(&f.address));
    for function in wrong.take(show) {
        let before = truth.range(..function.address).next_back();
        println!(
            "  extra {:x} {:?} {} bytes; before it {:x?}",
            function.address,
            function.source,
            function.bytes(),
            before
        );
    }
}
