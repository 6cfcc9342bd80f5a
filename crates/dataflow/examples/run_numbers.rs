//! Runs single instructions on the machine of numbers, for `bench/lifters.py`.
//!
//! A line of stdin is one instruction and what is there before it, separated by tabs:
//! `arch` (x86, x86-64, aarch64), the instruction's bytes, its address, the registers
//! (`number=value,…`, numbers as in [`Reg`]), the memory (`address:bytes,…`). All hexadecimal but
//! the register numbers. A line of stdout is what is there after it: `real`, `opaque` or `undecoded`,
//! the registers that are not zero, the memory given or written, whether a branch is
//! taken (`0`, `1`, `-`), the target of an indirect jump or call (or `-`).
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use cognate_binary::{Arch, decode::Decoder, decode::Raw};
use cognate_dataflow::{Lifted, Numbers, a64, x86};
use std::io::{BufRead, Write};

fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("stdin is text");
        let fields: Vec<&str> = line.split('\t').collect();
        let arch = match fields[0] {
            "x86" => Arch::X86,
            "x86-64" => Arch::X86_64,
            "aarch64" => Arch::Aarch64,
            other => panic!("no architecture: {other}"),
        };
        let mut numbers = Numbers::new(if arch == Arch::X86 { 32 } else { 64 });
        fill(&mut numbers, fields[3], fields[4]);
        let address = u64::from_str_radix(fields[2], 16).expect("address");
        let lifted = run(&mut numbers, arch, &bytes(fields[1]), address);
        writeln!(out, "{}", answer(&numbers, lifted)).expect("stdout");
        out.flush().expect("stdout");
    }
}

fn fill(numbers: &mut Numbers, registers: &str, memory: &str) {
    for (number, value) in registers.split(',').filter_map(|part| part.split_once('=')) {
        let value = u128::from_str_radix(value, 16).expect("register");
        numbers.registers[number.parse::<usize>().expect("number")] = value;
    }
    for (address, content) in memory.split(',').filter_map(|part| part.split_once(':')) {
        let address = u64::from_str_radix(address, 16).expect("memory");
        numbers.memory.extend((0..).map(|at: u64| address.wrapping_add(at)).zip(bytes(content)));
    }
}

fn bytes(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len() / 2).map(|at| byte(2 * at)).collect()
}

fn run(numbers: &mut Numbers, arch: Arch, bytes: &[u8], address: u64) -> Option<Lifted> {
    let instruction = Decoder::new(arch, bytes, address).next()?;
    Some(match instruction.raw {
        Raw::X86(raw, offsets) => x86::lift(numbers, &raw, &offsets),
        Raw::A64(word) => a64::lift(numbers, word, address),
    })
}

fn answer(numbers: &Numbers, lifted: Option<Lifted>) -> String {
    let lifted = match lifted {
        Some(Lifted::Real) => "real",
        Some(Lifted::Opaque) => "opaque",
        None => "undecoded",
    };
    let set = numbers.registers.iter().enumerate().filter(|(_, value)| **value != 0);
    let registers: Vec<String> = set.map(|(number, value)| format!("{number}={value:x}")).collect();
    let memory: Vec<String> = numbers.memory.iter().map(|(at, byte)| format!("{at:x}:{byte:02x}")).collect();
    let taken = numbers.taken.map_or("-".to_owned(), |taken| u8::from(taken).to_string());
    let target = numbers.target.map_or("-".to_owned(), |target| format!("{target:x}"));
    format!("{lifted}\t{}\t{}\t{taken}\t{target}", registers.join(","), memory.join(","))
}
