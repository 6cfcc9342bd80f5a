//! Prints what the loader makes of each file named: one block of lines a file.
#![allow(clippy::print_stdout)]

use cognate_base::{Budget, Limits};
use cognate_binary::{LoadOptions, Loaded, StartSource, load};
use std::collections::BTreeMap;
use std::time::Instant;

fn main() {
    let (flags, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let short = flags.iter().any(|flag| flag == "--short");
    let options =
        LoadOptions { memory: flags.iter().any(|flag| flag == "--memory"), ..LoadOptions::default() };
    for path in files {
        let Ok(bytes) = std::fs::read(&path) else {
            println!("{path}: cannot be read");
            continue;
        };
        let started = Instant::now();
        let mut budget = Budget::new(&Limits::default());
        let result = load(bytes.into(), &options, &mut budget);
        let milliseconds = started.elapsed().as_millis();
        match result {
            Ok(loaded) if short => println!("{path}: {} ({milliseconds} ms)", line(&loaded)),
            Ok(loaded) => show(&path, &loaded, milliseconds),
            Err(error) => println!("{path}: error: {error} ({milliseconds} ms)"),
        }
    }
}

fn line(loaded: &Loaded) -> String {
    let code: u64 = loaded
        .image
        .segments()
        .iter()
        .filter(|segment| segment.executable)
        .map(|segment| segment.file_bytes)
        .sum();
    let mut sources: BTreeMap<StartSource, usize> = BTreeMap::new();
    for start in &loaded.hints.starts {
        *sources.entry(start.source).or_default() += 1;
    }
    format!(
        "{} {} code={code} starts={sources:?} chunks={} names={} imports={} relocations={} gaps={}",
        loaded.image.format,
        loaded.image.arch,
        loaded.hints.chunks.len(),
        loaded.hints.names.len(),
        loaded.hints.imports.len(),
        loaded.hints.relocations.len(),
        loaded.gaps.len(),
    )
}

fn show(path: &str, loaded: &Loaded, milliseconds: u128) {
    println!("{path}: {} ({milliseconds} ms)", line(loaded));
    println!("  base {:#x} entry {:x?} got {:x?}", loaded.image.base, loaded.image.entry, loaded.hints.got);
    for segment in loaded.image.segments() {
        println!(
            "  {:#x}..{:#x} file {:#x}+{:#x} {}{} {}",
            segment.address,
            segment.end(),
            segment.file_offset,
            segment.file_bytes,
            if segment.writable { 'w' } else { '-' },
            if segment.executable { 'x' } else { '-' },
            cognate_base::escape(&segment.name),
        );
    }
    for item in &loaded.traits.items {
        println!("  {}: {} ({:?})", item.kind, cognate_base::escape(&item.value), item.forgeability);
    }
    for gap in &loaded.gaps {
        println!("  {}", cognate_base::escape(&gap.to_string()));
    }
}
