//! Prints the fingerprints of files: `cargo run --release -p cognate-fingerprint --example fingerprint -- FILE…`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use cognate_base::{Budget, Limits, SampleId, escape};
use cognate_binary::{LoadOptions, load, recover};
use cognate_fingerprint::{AnchorKind, SampleFingerprint, fingerprint};
use std::time::Instant;

fn main() {
    let quiet = std::env::args().any(|argument| argument == "--quiet");
    for path in std::env::args().skip(1).filter(|argument| argument != "--quiet") {
        match std::fs::read(&path) {
            Ok(bytes) => show(&path, bytes, quiet),
            Err(error) => eprintln!("error: cannot read `{path}`: {error}"),
        }
    }
}

fn show(path: &str, bytes: Vec<u8>, quiet: bool) {
    let mut budget = Budget::new(&Limits::default());
    let (id, size) = (SampleId::of(&bytes), bytes.len() as u64);
    let start = Instant::now();
    let loaded = match load(bytes.into(), &LoadOptions::default(), &mut budget) {
        Ok(loaded) => loaded,
        Err(error) => return eprintln!("error: cannot load `{path}`: {error}"),
    };
    let load_time = start.elapsed();
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let recover_time = start.elapsed() - load_time;
    let start = Instant::now();
    let sample = fingerprint(id, size, &loaded, &program, &mut budget);
    let seconds = start.elapsed().as_secs_f64();
    if !quiet {
        functions(&sample);
    }
    for component in &sample.components {
        let version = component.versions.first().map_or("-", String::as_str);
        println!(
            "component {} {version} {} functions: {}",
            component.name,
            component.functions.len(),
            escape(component.mark.as_deref().unwrap_or_default())
        );
    }
    let keyed = sample.functions.iter().filter(|function| !function.fingerprint.keys().is_empty()).count();
    let keys: usize = sample.functions.iter().map(|function| function.fingerprint.keys().len()).sum();
    println!(
        "{path}: {} functions, {keyed} with {keys} keys, {} instructions; load {load_time:.1?}, recover {recover_time:.1?}, \
         fingerprint {seconds:.3} s = {:.1} M instructions/s",
        sample.functions.len(),
        program.instructions,
        program.instructions as f64 / seconds / 1e6,
    );
}

fn functions(sample: &SampleFingerprint) {
    for function in &sample.functions {
        let print = &function.fingerprint;
        println!(
            "{:#x} {} bytes, {} instructions, {} blocks, {} bits, {} keys, exact {:016x} {}",
            function.address,
            function.bytes,
            print.instructions,
            print.block_count,
            print.information,
            print.keys().len(),
            print.exact,
            escape(function.name.as_deref().unwrap_or("")),
        );
        for (anchor, text) in print.anchors.iter().zip(&function.anchor_texts) {
            let kind = match anchor.kind {
                AnchorKind::Constant => "constant",
                AnchorKind::String => "string",
                AnchorKind::Import => "import",
                AnchorKind::Table => "table",
            };
            println!("    {kind} {}", escape(text));
        }
    }
}
