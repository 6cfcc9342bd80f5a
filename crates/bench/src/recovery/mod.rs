//! `recovery`: function starts against `.pdata`, against symbols, on damaged
//! files; speed and memory.

mod analysis;
mod findings;
mod pdata;
mod score;

use crate::corpus::{self, Controlled, Starts};
use crate::report::{Report, Table, percent};
use crate::{Record, process};
use analysis::{Mode, analyse, read};
use anyhow::{Context, Result};
use clap::Args;
use cognate_base::{Budget, SampleId};
use cognate_binary::StartSource;
use cognate_index::{Embedded, Kind, Label, Store};
use rayon::prelude::*;
use score::{Score, score};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What to measure.
#[derive(Args)]
pub struct RecoveryOptions {
    #[command(flatten)]
    record: Record,
    /// The 43 reference files.
    #[arg(long)]
    reference: Option<PathBuf>,
    /// A controlled corpus (several are allowed).
    #[arg(long)]
    controlled: Vec<PathBuf>,
    /// A folder of `full/NAME` and `stripped/NAME` twins.
    #[arg(long)]
    twins: Option<PathBuf>,
    /// A folder of damaged files.
    #[arg(long)]
    damaged: Option<PathBuf>,
    /// Writes the worst files and their typical misses here.
    #[arg(long)]
    findings: Option<PathBuf>,
    /// Name of the report.
    #[arg(long, default_value = "recovery")]
    name: String,
}

/// One file of a child process.
#[derive(Args)]
pub struct OneOptions {
    /// The file.
    file: PathBuf,
    /// What recovery may know.
    #[arg(long, value_enum, default_value = "shipped")]
    mode: Mode,
    /// Stops before the store.
    #[arg(long)]
    no_store: bool,
}

/// A file measured in both modes: label of the group it counts in, score a mode, findings a mode.
struct Measured {
    group: String,
    file: String,
    scores: [Option<Score>; 2],
    by_source: [BTreeMap<StartSource, [usize; 2]>; 2],
    findings: [String; 2],
}

/// Runs the measurement.
pub fn run(options: &RecoveryOptions) -> Result<()> {
    let mut folders: Vec<&Path> = options.controlled.iter().map(PathBuf::as_path).collect();
    folders.extend(
        [&options.reference, &options.twins, &options.damaged].into_iter().flatten().map(PathBuf::as_path),
    );
    let mut report = Report::new(&options.name, &options.record, &folders);
    let mut findings = String::new();
    if let Some(folder) = &options.reference {
        reference(folder, &mut report, &mut findings)?;
    }
    for root in &options.controlled {
        controlled(root, &mut report, &mut findings)?;
    }
    if let Some(folder) = &options.twins {
        twins(folder, &mut report, &mut findings)?;
    }
    if let Some(folder) = &options.damaged {
        damaged(folder, &mut report)?;
    }
    report.note("A recovered start is right if a function symbol (or a .pdata entry) starts there; `.cold` parts count as functions, because symbols do.");
    report.note("Entries of .pdata in code written by hand (OpenSSL's) that name a place 13 or 14 bytes amid their function count as found where the function is called; how many there are is said on stderr.");
    report.note("PE files of the controlled corpus: the linker leaves some static functions without a symbol, so the entries of .pdata (read by the benchmark itself) are true starts there too.");
    report.note("Left out of the count, found or not: symbols without a size or function type (C start-up code), import stubs, .init and .fini.");
    report.note("\"Unwind data withheld\": starts, ends and chunks that come from .pdata or .eh_frame are taken out of the loader's hints before recovery; no other hint is.");
    if let Some(path) = &options.findings {
        fs::write(path, findings).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    report.publish(&options.record)
}

fn reference(folder: &Path, report: &mut Report, findings: &mut String) -> Result<()> {
    let files = corpus::files(folder)?;
    let results: Vec<Value> = files.iter().map(|file| child(file, false)).collect::<Result<_>>()?;
    costs(&files, &results, report);
    let with_table: Vec<&PathBuf> =
        files.iter().filter(|file| file.extension().is_some_and(|e| e == "x64")).collect();
    let measured: Vec<Measured> =
        with_table.par_iter().map(|file| pdata_file(file)).collect::<Result<_>>()?;
    tabulate(".pdata starts (not chained) found, x86-64 PE reference files", &measured, false, report);
    worst(".pdata", &measured, findings);
    Ok(())
}

fn pdata_file(path: &Path) -> Result<Measured> {
    let bytes = read(path)?;
    let late = late(&bytes);
    let name = |address: u64| (late.get(&address).copied().unwrap_or(address), String::new());
    let starts = pdata::starts(&bytes).into_iter().map(name).collect();
    let truth = Starts { starts, ..Starts::default() };
    if !late.is_empty() {
        eprintln!("{}: {} entries of .pdata name a place amid their function", path.display(), late.len());
    }
    Ok(measure("all".to_owned(), corpus::file_name(path), &bytes, &truth, false))
}

/// Entries of `.pdata` that the loader found to be late, with where their functions begin: code written by hand.
fn late(bytes: &cognate_binary::FileBytes) -> BTreeMap<u64, u64> {
    let Ok((loaded, _)) = analyse(bytes.clone(), Mode::Shipped) else { return BTreeMap::new() };
    let unwind = loaded.hints.starts.iter().filter(|start| start.source == StartSource::Unwind);
    let known: BTreeSet<u64> = unwind.map(|start| start.address).collect();
    let stated = pdata::starts(bytes);
    let moved = stated.iter().filter(|address| !known.contains(address));
    let before =
        |address: u64| known.range(..address).next_back().filter(|start| !stated.contains(start)).copied();
    moved.filter_map(|&address| Some((address, before(address)?))).collect()
}

fn measure(
    group: String,
    file: String,
    bytes: &cognate_binary::FileBytes,
    truth: &Starts,
    precision: bool,
) -> Measured {
    let mut measured = Measured {
        group,
        file,
        scores: [None; 2],
        by_source: Default::default(),
        findings: Default::default(),
    };
    for (slot, mode) in Mode::ALL.into_iter().enumerate() {
        if let Ok((loaded, program)) = analyse(bytes.clone(), mode) {
            let title = format!("{} {}, {}", measured.group, measured.file, mode.name());
            measured.scores[slot] = Some(score(&program, truth));
            measured.by_source[slot] = score::by_source(&program, truth);
            measured.findings[slot] = findings::describe(&title, &loaded.image, &program, truth, precision);
        } else {
            measured.scores[slot] = Some(Score { truth: truth.starts.len(), files: 1, ..Score::default() });
            measured.findings[slot] = format!("\n### {}: refused\n", measured.file);
        }
    }
    measured
}

/// One row a group and one for all: recall and precision in both modes.
fn tabulate(title: &str, measured: &[Measured], precision: bool, report: &mut Report) {
    let mut groups: BTreeMap<&str, [Score; 2]> = BTreeMap::new();
    let mut all = [Score::default(); 2];
    let mut lowest: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for file in measured {
        for (slot, score) in file.scores.iter().enumerate() {
            let score = score.unwrap_or_default();
            groups.entry(&file.group).or_default()[slot] += score;
            all[slot] += score;
            let low = &mut lowest.entry(&file.group).or_insert([1.0; 2])[slot];
            *low = low.min(score.recall());
        }
    }
    let columns = [
        "group",
        "files",
        "functions",
        "recall",
        "worst file",
        "precision",
        "recall, unwind withheld",
        "worst file, withheld",
        "precision, withheld",
    ];
    let mut table = Table::new(title, &columns);
    let lowest_of_all =
        lowest.values().fold([1.0f64; 2], |low, file| [low[0].min(file[0]), low[1].min(file[1])]);
    let rows = groups.iter().map(|(name, scores)| (*name, *scores, lowest[name]));
    for (name, scores, low) in rows.chain([("**all**", all, lowest_of_all)]) {
        let mut cells = vec![name.to_owned(), scores[0].files.to_string(), scores[0].truth.to_string()];
        for slot in 0..2 {
            cells.push(percent(scores[slot].right, scores[slot].truth));
            cells.push(format!("{:.2} %", 100.0 * low[slot]));
            cells.push(if precision {
                percent(scores[slot].right, scores[slot].found)
            } else {
                "-".to_owned()
            });
        }
        table.row(cells);
    }
    report.table(table);
}

/// How starts became known, with how many of each kind are right and wrong.
fn sources(title: &str, measured: &[Measured], report: &mut Report) {
    let columns = ["known by", "right", "wrong", "right, unwind withheld", "wrong, unwind withheld"];
    let mut table = Table::new(title, &columns);
    let mut counts: BTreeMap<StartSource, [usize; 4]> = BTreeMap::new();
    for file in measured {
        for (slot, by_source) in file.by_source.iter().enumerate() {
            for (source, [right, wrong]) in by_source {
                let row = counts.entry(*source).or_default();
                row[2 * slot] += right;
                row[2 * slot + 1] += wrong;
            }
        }
    }
    for (source, row) in counts {
        let cells = std::iter::once(format!("{source:?}")).chain(row.iter().map(usize::to_string));
        table.row(cells.collect());
    }
    report.table(table);
}

/// Appends the findings of the files with the most misses, a mode at a time.
fn worst(title: &str, measured: &[Measured], findings: &mut String) {
    for (slot, mode) in Mode::ALL.into_iter().enumerate() {
        let mut files: Vec<&Measured> = measured.iter().collect();
        let errors = |file: &Measured| {
            file.scores[slot].map_or(0.0, |score| {
                (score.truth + score.found - 2 * score.right) as f64 / (score.truth.max(1) as f64)
            })
        };
        files.sort_by(|a, b| errors(b).total_cmp(&errors(a)).then_with(|| a.file.cmp(&b.file)));
        findings.push_str(&format!("\n## {title}, {}: worst files\n", mode.name()));
        for file in files.iter().take(6).filter(|file| errors(file) > 0.0) {
            findings.push_str(&file.findings[slot]);
        }
    }
}

fn controlled(root: &Path, report: &mut Report, findings: &mut String) -> Result<()> {
    let binaries = corpus::controlled(root)?;
    let measured: Vec<(&Controlled, Measured)> = binaries
        .par_iter()
        .map(|binary| {
            let mut truth = corpus::controlled_starts(binary)?;
            let bytes = read(&binary.stripped)?;
            for address in pdata::starts(&bytes) {
                truth.starts.entry(address).or_insert_with(|| ".pdata".to_owned());
            }
            let compiler = binary.compiler.split('-').next().unwrap_or("");
            let group = format!("{} {compiler} {}", binary.target, binary.opt);
            Ok((binary, measure(group, binary.id.clone(), &bytes, &truth, true)))
        })
        .collect::<Result<_>>()?;
    let measured: Vec<Measured> = measured.into_iter().map(|(_, measured)| measured).collect();
    let name = corpus::file_name(root);
    tabulate(
        &format!("Stripped, against symbols of the twin: {name}, by target, compiler and level"),
        &measured,
        true,
        report,
    );
    let by_target: Vec<Measured> = measured
        .iter()
        .map(|file| Measured {
            group: file.group.split(' ').next().unwrap_or("").to_owned(),
            file: file.file.clone(),
            scores: file.scores,
            by_source: Default::default(),
            findings: Default::default(),
        })
        .collect();
    tabulate(&format!("The same by target: {name}"), &by_target, true, report);
    sources(&format!("How starts became known: {name}"), &measured, report);
    worst(&name, &measured, findings);
    Ok(())
}

fn twins(folder: &Path, report: &mut Report, findings: &mut String) -> Result<()> {
    let files = corpus::files(&folder.join("full"))?;
    let measured: Vec<Measured> = files
        .par_iter()
        .map(|full| {
            let name = corpus::file_name(full);
            let truth = corpus::symbol_starts(&fs::read(full)?)?;
            let bytes = read(&folder.join("stripped").join(&name))?;
            let group = name.split("__").next().unwrap_or("").to_owned();
            Ok(measure(group, name, &bytes, &truth, true))
        })
        .collect::<Result<_>>()?;
    tabulate("Stripped twins of shipped ELF files that carry symbols, by package", &measured, true, report);
    sources("How starts became known: twins", &measured, report);
    worst("twins", &measured, findings);
    Ok(())
}

/// Every file in a process of its own: analysed or not, speed, memory.
fn costs(files: &[PathBuf], results: &[Value], report: &mut Report) {
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    let mut table = Table::new(
        "Reference files, each in a process of its own: load, recover, fingerprint, store, commit (one thread)",
        &[
            "file",
            "MB",
            "functions",
            "instructions",
            "CPU s",
            "instructions/s",
            "peak RSS MB",
            "RSS before MB",
        ],
    );
    let mut total = [0.0; 4];
    let mut analysed = 0;
    for (file, value) in files.iter().zip(results) {
        let (instructions, seconds) = (number(value, "instructions"), number(value, "cpu_s"));
        analysed += usize::from(number(value, "functions") > 0.0);
        let row = [number(value, "bytes") / 1e6, number(value, "functions"), instructions, seconds];
        total.iter_mut().zip(row).for_each(|(sum, term)| *sum += term);
        let peak = format!("{:.0}", number(value, "peak_bytes") / 1e6);
        let before = format!("{:.0}", number(value, "before_bytes") / 1e6);
        table.row(cost_row(&corpus::file_name(file), &row, peak, before));
    }
    table.row(cost_row("**all**", &total, String::new(), String::new()));
    report.note(format!("{analysed} of {} reference files analysed (at least one function).", files.len()));
    report.table(table);
}

fn cost_row(name: &str, row: &[f64; 4], peak: String, before: String) -> Vec<String> {
    let rate = if row[3] > 0.0 { format!("{:.2} M", row[2] / row[3] / 1e6) } else { "-".to_owned() };
    let [megabytes, functions, instructions, seconds] = row;
    vec![
        name.to_owned(),
        format!("{megabytes:.1}"),
        format!("{functions:.0}"),
        format!("{instructions:.0}"),
        format!("{seconds:.2}"),
        rate,
        peak,
        before,
    ]
}

/// Runs `one` on a file in a child process.
fn child(file: &Path, no_store: bool) -> Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .arg("one")
        .arg(file)
        .args(no_store.then_some("--no-store"))
        .output()?;
    if !output.status.success() {
        return Ok(json!({ "died": output.status.to_string() }));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// `one`: a file through the pipeline to a store; prints what came out and what it cost.
pub fn run_one(options: &OneOptions) -> Result<()> {
    let before = process::peak_memory();
    let (cpu, clock) = (process::cpu_time(), Instant::now());
    let bytes = read(&options.file)?;
    let size = bytes.len();
    let mut value = match analyse(bytes.clone(), options.mode) {
        Ok((loaded, program)) => {
            let mut budget = Budget::new(&analysis::limits());
            let id = SampleId::of(&bytes);
            let sample = cognate_fingerprint::fingerprint(id, size as u64, &loaded, &program, &mut budget);
            let recovered = (process::cpu_time() - cpu).as_secs_f64();
            if !options.no_store {
                store(&sample)?;
            }
            json!({
                "functions": program.functions.len(),
                "instructions": program.instructions,
                "gaps": loaded.gaps.len() + program.gaps.len(),
                "fingerprinted_s": recovered,
            })
        }
        Err(error) => json!({ "error": error.to_string() }),
    };
    value["bytes"] = json!(size);
    value["cpu_s"] = json!((process::cpu_time() - cpu).as_secs_f64());
    value["wall_s"] = json!(clock.elapsed().as_secs_f64());
    value["peak_bytes"] = json!(process::peak_memory());
    value["before_bytes"] = json!(before);
    println!("{value}");
    Ok(())
}

/// Adds a sample to a store of its own and commits it.
fn store(sample: &cognate_fingerprint::SampleFingerprint) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut store = Embedded::open(folder.path())?;
    let label = Label {
        family: "f".to_owned(),
        version: None,
        actor: None,
        kind: Kind::Goodware,
        source: "bench".to_owned(),
    };
    store.add(sample, "f", &label)?;
    store.commit()?;
    Ok(())
}

/// Damaged files: analysed, loaded without code, refused; a panic or a hang would show.
fn damaged(folder: &Path, report: &mut Report) -> Result<()> {
    let mut counts: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let mut slowest = (0.0f64, String::new());
    for file in corpus::files(folder)?.iter().filter(|file| file.extension().is_none_or(|e| e != "tsv")) {
        let value = child(file, true)?;
        let name = corpus::file_name(file);
        let kind = name.split_once('_').map_or("", |(_, kind)| kind).to_owned();
        let functions = value.get("functions").and_then(Value::as_u64);
        let slot = match functions {
            _ if value.get("died").is_some() => 3,
            Some(0) => 1,
            Some(_) => 0,
            None => 2,
        };
        let seconds = value.get("wall_s").and_then(Value::as_f64).unwrap_or(0.0);
        if seconds > slowest.0 {
            slowest = (seconds, name);
        }
        counts.entry(kind).or_default()[slot] += 1;
        counts.entry("**all**".to_owned()).or_default()[slot] += 1;
    }
    let mut table = Table::new("Damaged files", &["damage", "analysed", "no code", "refused", "died"]);
    for (kind, row) in counts {
        table.row(std::iter::once(kind).chain(row.iter().map(usize::to_string)).collect());
    }
    report.table(table);
    report.note(format!("Slowest damaged file: {} with {:.2} s.", slowest.1, slowest.0));
    Ok(())
}
