//! `switches`: of jumps by a table of addresses in 32-bit Windows files, how many have cases that
//! became functions of their own.
//!
//! The truth is the file's own list of relocations: each entry of such a table has one, and so has the
//! address of the table in the jump.

use crate::Record;
use crate::corpus;
use crate::report::{Report, Table};
use anyhow::{Result, anyhow};
use clap::Args;
use cognate_base::{Budget, Limits};
use cognate_binary::{Arch, Format, Hints, Image, LoadOptions, Program, load, recover};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Where the files are.
#[derive(Args)]
pub struct SwitchesOptions {
    #[command(flatten)]
    record: Record,
    /// Folders of files; what is no 32-bit Windows file is left out.
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Name every table with cases that became functions.
    #[arg(long)]
    list: bool,
}

/// A jump by a table, and where its entries lead.
struct Switch {
    jump: u64,
    targets: BTreeSet<u64>,
}

/// Runs the measurement.
pub fn run(options: &SwitchesOptions) -> Result<()> {
    let paths: Vec<_> = options.folders.iter().map(PathBuf::as_path).collect();
    let mut report = Report::new("switches", &options.record, &paths);
    let columns =
        ["file", "functions", "jumps by a table", "of these not read", "with cases that became functions"];
    let mut table = Table::new("Switches", &columns);
    let mut sum = [0usize; 6];
    for folder in &options.folders {
        for path in corpus::files(folder)? {
            let bytes = std::fs::read(&path)?;
            let mut budget = Budget::new(&Limits::default());
            let Ok(loaded) = load(bytes.into(), &LoadOptions::default(), &mut budget) else { continue };
            if loaded.image.format != Format::Pe || loaded.image.arch != Arch::X86 {
                continue;
            }
            let switches = switches(&loaded.image, &loaded.hints);
            let program = recover(&loaded.image, &loaded.hints, &mut budget);
            let mut withheld = loaded.hints.clone();
            withheld.relocations.clear();
            let without = recover(&loaded.image, &withheld, &mut Budget::new(&Limits::default()));
            let [unread, became] = wrong(&switches, &program);
            let [unread_without, became_without] = wrong(&switches, &without);
            let counts = [
                program.functions.len(),
                switches.len(),
                unread.len(),
                became.len(),
                unread_without.len(),
                became_without.len(),
            ];
            for (all, count) in sum.iter_mut().zip(counts) {
                *all += count;
            }
            if options.list {
                for (what, list) in [("not read", unread), ("became functions", became)] {
                    list.iter().for_each(|jump| eprintln!("{}: {jump:#x} {what}", corpus::file_name(&path)));
                }
            }
            let counts = counts.map(|count| count.to_string());
            table.row([vec![corpus::file_name(&path)], counts.to_vec()].concat());
        }
    }
    if sum[1] == 0 {
        return Err(anyhow!("no jump by a table in any 32-bit Windows file"));
    }
    table.row([vec!["all".to_owned()], sum.map(|count| count.to_string()).to_vec()].concat());
    report.table(table);
    report.note("A jump by a table is `jmp [table + register * 4]` whose table is relocated; its entries are the relocated addresses of code from there on, or up to there where the index is negated. Withheld: the same without the file's relocations, as programs that are no libraries often have none.".to_owned());
    report.publish(&options.record)
}

/// The jumps that were not read, and those with cases that became functions.
fn wrong(switches: &[Switch], program: &Program) -> [Vec<u64>; 2] {
    let read: BTreeSet<u64> =
        program.functions.iter().flat_map(|f| &f.tables).map(|table| table.at).collect();
    let jumps = |is_wrong: &dyn Fn(&Switch) -> bool| {
        switches.iter().filter(|switch| is_wrong(switch)).map(|switch| switch.jump).collect()
    };
    [
        jumps(&|switch| !read.contains(&switch.jump)),
        jumps(&|switch| switch.targets.iter().any(|&at| program.index_of(at).is_some())),
    ]
}

/// Most entries that are taken of one table.
const MOST_ENTRIES: u64 = 4096;

fn switches(image: &Image, hints: &Hints) -> Vec<Switch> {
    let mut found = Vec::new();
    for (&slot, &table) in &hints.relocations {
        // jmp [table + register * 4]: ff, 24, and the register with scale 4 and no base
        let before = slot.checked_sub(3).and_then(|at| image.read(at, 3));
        let Some(&[0xff, 0x24, sib]) = before else { continue };
        if sib & 0xc7 != 0x85 || !image.is_code(slot) {
            continue;
        }
        let entry = |at: u64| hints.relocations.get(&at).copied().filter(|&to| image.is_code(to));
        let up = (0..MOST_ENTRIES).map_while(|number| entry(table.wrapping_add(number * 4)));
        let down = (1..MOST_ENTRIES).map_while(|number| entry(table.wrapping_sub(number * 4)));
        let mut targets: BTreeSet<u64> = up.collect();
        if targets.is_empty() {
            targets = down.collect();
        }
        if !targets.is_empty() {
            found.push(Switch { jump: slot - 3, targets });
        }
    }
    found
}
