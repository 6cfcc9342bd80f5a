//! The worst files and their typical misses, for whoever works on recovery.

use crate::corpus::Starts;
use cognate_binary::{Image, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const SHOWN: usize = 8;

/// Describes what was missed and what was invented in one file.
pub fn describe(
    title: &str,
    image: &Image,
    program: &Program,
    truth: &Starts,
    judge_precision: bool,
) -> String {
    let found: BTreeSet<u64> = program.functions.iter().map(|function| function.address).collect();
    let owner = owners(program);
    let missed: Vec<u64> = truth.starts.keys().copied().filter(|address| !found.contains(address)).collect();
    let mut wrong: Vec<usize> = Vec::new();
    if judge_precision {
        let is_wrong = |address: u64| !truth.starts.contains_key(&address) && !truth.is_neutral(address);
        wrong = (0..program.functions.len()).filter(|&at| is_wrong(program.functions[at].address)).collect();
    }
    let mut out = format!(
        "\n### {title}\n\nmissed {} of {}, wrong {}\n\n",
        missed.len(),
        truth.starts.len(),
        wrong.len()
    );
    for &address in spread(&missed).iter() {
        let name = truth.starts.get(address).map_or("", String::as_str);
        let inside = owner.range(..=*address).next_back().filter(|(_, (end, _))| address < end);
        let inside =
            inside.map_or_else(|| "unclaimed".to_owned(), |(_, (_, entry))| format!("inside {entry:#x}"));
        let _ = writeln!(out, "- missed {address:#x} {name} ({inside}): {}", around(image, *address));
    }
    for &at in spread(&wrong).iter() {
        let function = &program.functions[*at];
        let near = truth.starts.range(..=function.address).next_back();
        let near = near
            .map_or_else(String::new, |(start, name)| format!("in {name}+{:#x}", function.address - start));
        let around = around(image, function.address);
        let _ = writeln!(out, "- wrong {:#x} by {:?} ({near}): {around}", function.address, function.source);
    }
    out
}

/// Blocks by first address, with their end and the function's entry.
fn owners(program: &Program) -> BTreeMap<u64, (u64, u64)> {
    let blocks = program.functions.iter().flat_map(|function| {
        function.blocks.iter().map(move |block| (block.address, (block.end(), function.address)))
    });
    blocks.collect()
}

/// Some of many, evenly chosen.
fn spread<T>(items: &[T]) -> Vec<&T> {
    let step = items.len().div_ceil(SHOWN).max(1);
    items.iter().step_by(step).collect()
}

fn around(image: &Image, address: u64) -> String {
    let hex = |at: u64, len: usize| {
        let bytes = (0..len as u64).filter_map(|skip| image.read_uint(at.checked_add(skip)?, 1));
        bytes.map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join("")
    };
    format!("{} > {}", hex(address.saturating_sub(12), 12), hex(address, 20))
}
