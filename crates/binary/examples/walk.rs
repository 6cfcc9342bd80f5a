//! Prints the members of each archive named, and what could not be opened.
#![allow(clippy::print_stdout)]

use cognate_base::{Limits, escape};
use cognate_binary::walk;
use std::time::Instant;

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else {
            println!("{path}: cannot be read");
            continue;
        };
        let started = Instant::now();
        let (mut members, mut size) = (0u64, 0u64);
        let gaps = walk(&path, bytes.into(), &Limits::default(), &mut |member| {
            members += 1;
            size += member.bytes.len() as u64;
            if members <= 8 {
                println!("  {} {} bytes", escape(&member.name), member.bytes.len());
            }
        });
        for gap in gaps.iter().take(4) {
            println!("  {}", escape(&gap.to_string()));
        }
        let milliseconds = started.elapsed().as_millis();
        println!("{path}: {members} members, {size} bytes, {} gaps ({milliseconds} ms)", gaps.len());
    }
}
