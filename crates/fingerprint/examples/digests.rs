//! Prints one number for everything in each function's fingerprint, to see what a change changes:
//! `cargo run --release -p cognate-fingerprint --example digests -- FILE…`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use cognate_base::{Budget, Limits, SampleId, hash_bytes};
use cognate_binary::{LoadOptions, load, recover};
use cognate_fingerprint::fingerprint;

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("error: cannot read `{path}`");
            continue;
        };
        let mut budget = Budget::new(&Limits::default());
        let (id, size) = (SampleId::of(&bytes), bytes.len() as u64);
        let Ok(loaded) = load(bytes.into(), &LoadOptions::default(), &mut budget) else { continue };
        let program = recover(&loaded.image, &loaded.hints, &mut budget);
        let sample = fingerprint(id, size, &loaded, &program, &mut budget);
        for function in &sample.functions {
            println!(
                "{path} {:#x} {:016x}",
                function.address,
                hash_bytes(0, format!("{function:?}").as_bytes())
            );
        }
        println!("{path} components {:016x}", hash_bytes(0, format!("{:?}", sample.components).as_bytes()));
    }
}
