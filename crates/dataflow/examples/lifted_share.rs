//! How much of real code the lifters understand.
//!
//! `lifted_share [--opaque N] PATH…` lifts every instruction of every recovered function of
//! the files (folders: of all files in them) and prints, by architecture, how many are
//! [`Lifted::Real`], the most frequent others, and the time the lifters take alone.
//! `lifted_share --sample N PATH…` prints instructions instead (`arch bytes address`), of each
//! encoding (opcode and operand kinds) at most N, for `bench/lifters.py`.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)]

use cognate_base::{Budget, Limits};
use cognate_binary::decode::{Decoder, Instruction, Raw};
use cognate_binary::{Arch, Image, LoadOptions, Program, load, recover};
use cognate_dataflow::{Cond, Lifted, Machine, Op, Reg, Width, a64, x86};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn main() {
    let mut share = BTreeMap::new();
    let mut sample = Sample::default();
    let mut opaque = 25;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse().ok()).expect("a number");
        match argument.as_str() {
            "--opaque" => opaque = number(),
            "--sample" => sample.each = number(),
            path => files(Path::new(path)).iter().for_each(|file| read(file, &mut share, &mut sample)),
        }
    }
    if sample.each == 0 {
        share.iter().for_each(|(arch, share)| print(arch, share, opaque));
    }
}

/// What is known of the instructions of one architecture.
#[derive(Default)]
struct Share {
    files: u64,
    instructions: u64,
    real: u64,
    opaque: BTreeMap<String, u64>,
    time: Duration,
}

/// How many instructions of each encoding were printed.
#[derive(Default)]
struct Sample {
    each: usize,
    seen: BTreeMap<(Name, u32), usize>,
}

type Name = &'static str;

fn name(arch: Arch) -> Name {
    match arch {
        Arch::X86 => "x86",
        Arch::X86_64 => "x86-64",
        Arch::Aarch64 => "aarch64",
    }
}

fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else { return vec![path.to_owned()] };
    let mut entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    entries.iter().flat_map(|entry| files(entry)).collect()
}

fn read(file: &Path, share: &mut BTreeMap<Name, Share>, sample: &mut Sample) {
    let Ok(bytes) = std::fs::read(file) else { return };
    let mut budget = Budget::new(&Limits::default());
    let Ok(loaded) = load(bytes.into(), &LoadOptions::default(), &mut budget) else {
        return eprintln!("not read: {}", file.display());
    };
    let program = recover(&loaded.image, &loaded.hints, &mut budget);
    let code = instructions(&loaded.image, &program);
    let arch = name(loaded.image.arch);
    if sample.each > 0 {
        return code.iter().for_each(|instruction| sample.take(arch, &loaded.image, instruction));
    }
    let share = share.entry(arch).or_default();
    share.files += 1;
    share.lift(&code);
}

fn instructions(image: &Image, program: &Program) -> Vec<Instruction> {
    let blocks = program.functions.iter().flat_map(|function| &function.blocks);
    let bytes = |block: &cognate_binary::Block| image.read(block.address, block.bytes as usize);
    let decode = |block| Decoder::new(image.arch, bytes(block).unwrap_or_default(), block.address);
    blocks.flat_map(decode).collect()
}

impl Share {
    fn lift(&mut self, code: &[Instruction]) {
        let mut lifted = Vec::with_capacity(code.len());
        for some in code.chunks(4096) {
            let before = lifted.len();
            // The least of five, little by little: others run on this machine too.
            let times = (0..5).map(|_| {
                lifted.truncate(before);
                let begin = Instant::now();
                lifted.extend(some.iter().map(|instruction| match &instruction.raw {
                    Raw::X86(raw, offsets) => x86::lift(&mut Nothing(0), raw, offsets),
                    Raw::A64(word) => a64::lift(&mut Nothing(0), *word, instruction.address),
                }));
                begin.elapsed()
            });
            self.time += times.min().unwrap_or_default();
        }
        self.instructions += code.len() as u64;
        for (instruction, lifted) in code.iter().zip(lifted) {
            match lifted {
                Lifted::Real => self.real += 1,
                Lifted::Opaque => *self.opaque.entry(class(instruction)).or_default() += 1,
            }
        }
    }
}

/// What instructions are counted by: the mnemonic.
fn class(instruction: &Instruction) -> String {
    match &instruction.raw {
        Raw::X86(raw, _) => format!("{:?}", raw.code()),
        Raw::A64(word) => format!("{:08x}", word & 0xffe0_fc00),
    }
}

impl Sample {
    fn take(&mut self, arch: Name, image: &Image, instruction: &Instruction) {
        let key = match &instruction.raw {
            Raw::X86(raw, _) => raw.code() as u32,
            Raw::A64(word) => word & 0xffe0_fc00,
        };
        let seen = self.seen.entry((arch, key)).or_default();
        let Some(bytes) = image.read(instruction.address, usize::from(instruction.len)) else { return };
        *seen += 1;
        if *seen <= self.each {
            let bytes: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            println!("{arch}\t{bytes}\t{:x}", instruction.address);
        }
    }
}

fn print(arch: Name, share: &Share, most: usize) {
    let instructions = share.instructions as f64;
    println!(
        "{arch}: {} files, {} instructions, real {:.3} %, lifting alone {:.1} ns each",
        share.files,
        share.instructions,
        100.0 * share.real as f64 / instructions,
        share.time.as_nanos() as f64 / instructions
    );
    let mut opaque: Vec<(&String, &u64)> = share.opaque.iter().collect();
    opaque.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (name, count) in opaque.into_iter().take(most) {
        println!("  {:.4} % {count} {name}", 100.0 * *count as f64 / instructions);
    }
}

/// A machine that calculates nothing: what is left is the cost of the lifters.
struct Nothing(u64);

impl Machine for Nothing {
    type Value = u64;

    fn constant(&mut self, value: u64, _: Width) -> u64 {
        value
    }

    fn immediate(&mut self, value: u64, _: Width, _: u64) -> u64 {
        value
    }

    fn address(&mut self, address: u64) -> u64 {
        address
    }

    fn get(&mut self, reg: Reg) -> u64 {
        u64::from(reg.0)
    }

    fn set(&mut self, reg: Reg, value: u64) {
        self.0 ^= value ^ u64::from(reg.0);
    }

    fn op(&mut self, op: Op, width: Width, operands: &[u64]) -> u64 {
        let test = u64::from(op == Op::Test(Cond::Eq));
        operands.iter().fold(u64::from(width) ^ test, |sum, operand| sum.rotate_left(5) ^ operand)
    }

    fn load(&mut self, address: u64, width: Width) -> u64 {
        address ^ u64::from(width)
    }

    fn store(&mut self, address: u64, value: u64, _: Width) {
        self.0 ^= address ^ value;
    }

    fn branch(&mut self, condition: u64) {
        self.0 ^= condition;
    }

    fn target(&mut self, target: u64) {
        self.0 ^= target;
    }

    fn block(&mut self, _: bool, to: u64, source: u64, count: u64, _: Width) {
        self.0 ^= to ^ source ^ count;
    }
}
