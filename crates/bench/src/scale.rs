//! `scale`: a store of millions of functions. The bulk is made from real
//! fingerprints, perturbed; the note of the report says how. Measures what a
//! function costs on disk and how long one sample's match takes.

use crate::damage::Random;
use crate::report::{Report, Table};
use crate::{Record, corpus, process};
use anyhow::{Context, Result, bail};
use clap::Args;
use cognate_base::{SampleId, mix};
use cognate_engine::{EngineOptions, analyse};
use cognate_fingerprint::{Fingerprint, SampleFingerprint};
use cognate_index::{Embedded, Kind, Label, Store};
use cognate_matching::{KEY_CAP, MatchOptions, OCCURRENCE_CAP, match_sample};
use rayon::prelude::*;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// How large, and from what.
#[derive(Args)]
pub struct ScaleOptions {
    #[command(flatten)]
    record: Record,
    /// Folders of real files whose fingerprints are the seed of the bulk.
    #[arg(long = "from", required = true)]
    from: Vec<PathBuf>,
    /// Functions in the store.
    #[arg(long, default_value_t = 1_000_000)]
    functions: u64,
    /// The store; made if it is not there, used as it is if it is.
    #[arg(long)]
    store: PathBuf,
    /// Functions of the sample that is asked about.
    #[arg(long, default_value_t = 1000)]
    query: usize,
    /// Name of the report.
    #[arg(long, default_value = "scale")]
    name: String,
}

/// Shares of a bulk sample's functions: as they were, half changed; the rest is new.
const VERBATIM: f64 = 0.25;
const CHANGED: f64 = 0.35;
/// Bulk samples that share a family.
const SAMPLES_A_FAMILY: u64 = 4;
const COMMIT_FUNCTIONS: u64 = 400_000;

/// Runs the measurement.
pub fn run(options: &ScaleOptions) -> Result<()> {
    let folders: Vec<_> = options.from.iter().map(PathBuf::as_path).collect();
    let mut report = Report::new(&options.name, &options.record, &folders);
    let real = fingerprints(&options.from)?;
    let new = !options.store.join("cognate.store").is_file();
    if new {
        fill_measured(&real, options, &mut report)?;
    }
    let Some(base) = real
        .iter()
        .filter(|sample| sample.functions.len() >= options.query)
        .min_by_key(|sample| sample.functions.len())
    else {
        bail!("no real file has {} functions", options.query);
    };
    let mut query = perturb(base, &mut Random::new(mix(options.record.seed ^ 0x9e37)), u64::MAX);
    query.functions.truncate(options.query);
    for function in &mut query.functions {
        function.callees.retain(|&callee| (callee as usize) < options.query);
    }
    query.components.clear();
    ask(&query, options, &mut report)?;
    report.note("The bulk: copies of the samples of the corpora named above (every function of each), with new sample ids, four copies to a family. Of a copy's functions 25 % are verbatim (as shared libraries are), 35 % are changed (new exact hash; each band, block, anchor, data-flow feature and data-flow key keeps its hash with probability 1/2; half of the MinHash rows are drawn anew), 40 % are new (every hash drawn anew). A key of the corpora thus occurs again in about 42 % of the copies; most keys of real collections occur once.");
    report.note(format!(
        "Real functions that the bulk was made from: {}. Load on the machine at the end (1 minute): {}.",
        real.iter().map(|sample| sample.functions.len()).sum::<usize>(),
        process::load()
    ));
    report.note("The query is one more perturbed copy, cut to the stated number of functions. Cold: the page cache was dropped and the store opened anew before the match. Wall time of the whole match, report included.");
    report.publish(&options.record)
}

/// The fingerprints of all files of the folders that hold code.
pub fn fingerprints(folders: &[PathBuf]) -> Result<Vec<SampleFingerprint>> {
    let mut files = Vec::new();
    for folder in folders {
        files.extend(corpus::files(folder)?);
    }
    let analysed = files.par_iter().filter_map(|path| {
        let bytes = std::fs::read(path).ok()?;
        analyse(&corpus::file_name(path), bytes.into(), &EngineOptions::default()).ok()
    });
    let mut samples: Vec<SampleFingerprint> = analysed.map(|analysis| analysis.fingerprint).collect();
    samples.retain(|sample| !sample.functions.is_empty());
    samples.sort_by_key(|sample| sample.id);
    if samples.is_empty() {
        bail!("no file with code in the folders given");
    }
    for function in samples.iter_mut().flat_map(|sample| &mut sample.functions) {
        function.anchor_texts.clear();
    }
    Ok(samples)
}

fn fill_measured(real: &[SampleFingerprint], options: &ScaleOptions, report: &mut Report) -> Result<()> {
    let mut store = Embedded::open(&options.store)?;
    let (cpu, clock) = (process::cpu_time(), Instant::now());
    let stored = fill(real, options.functions, options.record.seed, &mut store)?;
    let mut table = Table::new(
        "Filling the store (perturbing included)",
        &["functions", "CPU s", "wall s", "functions a CPU second", "peak RSS MB"],
    );
    let seconds = (process::cpu_time() - cpu).as_secs_f64();
    table.row(vec![
        stored.to_string(),
        format!("{seconds:.0}"),
        format!("{:.0}", clock.elapsed().as_secs_f64()),
        format!("{:.0}", stored as f64 / seconds),
        format!("{:.0}", process::peak_memory() as f64 / 1e6),
    ]);
    report.table(table);
    Ok(())
}

/// Fills a store with perturbed copies of real samples; returns how many functions were stored.
pub fn fill(real: &[SampleFingerprint], functions: u64, seed: u64, store: &mut Embedded) -> Result<u64> {
    let mut random = Random::new(seed);
    let clock = Instant::now();
    let (mut stored, mut waiting, mut number) = (0u64, 0u64, 0u64);
    while stored < functions {
        let base = real.get(random.below(real.len())).context("no real sample")?;
        let sample = perturb(base, &mut random, number);
        let family = format!("bulk-{:06}", number / SAMPLES_A_FAMILY);
        let label =
            Label { family, version: None, actor: None, kind: Kind::Goodware, source: "bench".to_owned() };
        store.add(&sample, &format!("bulk-{number}"), &label)?;
        number += 1;
        stored += sample.functions.len() as u64;
        waiting += sample.functions.len() as u64;
        if waiting >= COMMIT_FUNCTIONS {
            store.commit()?;
            waiting = 0;
            eprintln!(
                "{stored} functions, {:.0} s, {:.0} MB resident",
                clock.elapsed().as_secs_f64(),
                process::memory() as f64 / 1e6
            );
        }
    }
    store.commit()?;
    Ok(stored)
}

fn perturb(base: &SampleFingerprint, random: &mut Random, number: u64) -> SampleFingerprint {
    let mut sample = base.clone();
    sample.id = SampleId::of(&[number.to_le_bytes(), random.next().to_le_bytes()].concat());
    for function in &mut sample.functions {
        let share = random.share();
        if share >= VERBATIM {
            let keep = if share < VERBATIM + CHANGED { 0.5 } else { 0.0 };
            change(&mut function.fingerprint, keep, random);
        }
    }
    sample
}

fn change(fingerprint: &mut Fingerprint, keep: f64, random: &mut Random) {
    fingerprint.exact = random.next();
    if let Some((rows, bands)) = &mut fingerprint.tokens {
        rows.0
            .iter_mut()
            .filter(|_| random.share() >= keep)
            .for_each(|row| *row = row.wrapping_mul(167).wrapping_add(91));
        bands.iter_mut().for_each(|band| *band = if random.share() < keep { *band } else { random.next() });
    }
    for block in &mut fingerprint.blocks {
        *block = if random.share() < keep { *block } else { random.next() };
    }
    for anchor in &mut fingerprint.anchors {
        anchor.hash = if random.share() < keep { anchor.hash } else { random.next() };
    }
    fingerprint.blocks.sort_unstable();
    fingerprint.anchors.sort_unstable();
    let flow = &mut fingerprint.flow;
    for feature in &mut flow.features {
        *feature = if random.share() < keep { *feature } else { (random.next() >> 40) as u32 };
    }
    flow.features.sort_unstable();
    flow.features.dedup();
    for key in &mut flow.keys {
        *key = if random.share() < keep { *key } else { random.next() };
    }
}

/// What opening a store and asking it about one sample took.
struct Taken {
    /// Whether the system could be told to forget its files.
    is_cold: bool,
    opened: f64,
    first: f64,
    /// The others, ascending.
    warm: Vec<f64>,
    /// CPU time of each of them.
    warm_cpu: f64,
    outcome: String,
    /// Bytes of memory before: without file pages, and all.
    before: [u64; 2],
    store: Embedded,
}

/// Times that are taken with everything at hand.
const WARM: u32 = 5;

fn taken(query: &SampleFingerprint, options: &ScaleOptions) -> Result<Taken> {
    let is_cold =
        Command::new("sh").args(["-c", "sync; echo 3 > /proc/sys/vm/drop_caches"]).output()?.status.success();
    let before = [process::anonymous_memory(), process::memory()];
    let clock = Instant::now();
    let store = Embedded::open_read_only(&options.store)?;
    let opened = clock.elapsed().as_secs_f64();
    let time = || -> Result<_> {
        let clock = Instant::now();
        let answer = match_sample(query, &store, &MatchOptions::default())?;
        Ok((clock.elapsed().as_secs_f64(), answer))
    };
    let (first, answer) = time()?;
    let cpu = process::cpu_time();
    let mut warm = (0..WARM).map(|_| Ok(time()?.0)).collect::<Result<Vec<f64>>>()?;
    let warm_cpu = (process::cpu_time() - cpu).as_secs_f64() / f64::from(WARM);
    warm.sort_by(f64::total_cmp);
    let outcome = format!(
        "{:?}, {} of {} functions matched, {} of {} keys truncated",
        answer.outcome.verdict,
        answer.code.matched.functions,
        answer.query.functions,
        answer.completeness.truncated_keys,
        answer.completeness.keys
    );
    Ok(Taken { is_cold, opened, first, warm, warm_cpu, outcome, before, store })
}

fn ask(query: &SampleFingerprint, options: &ScaleOptions, report: &mut Report) -> Result<()> {
    let taken = taken(query, options)?;
    let stats = taken.store.stats()?;
    let each = |of: u64| format!("{:.1}", stats.disk_bytes as f64 / of.max(1) as f64);
    let seconds = |time: Option<&f64>| format!("{:.3} s", time.copied().unwrap_or(0.0));
    let megabytes = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    let how = if taken.is_cold { "cold" } else { "first (cache not dropped: not permitted)" };
    let first = format!("match of {} functions, {how}", query.functions.len());
    let (best, worst) = (seconds(taken.warm.first()), seconds(taken.warm.last()));
    let mut table = Table::new("The store, and one sample against all", &["measure", "value", "goal"]);
    let mut row = |measure: &str, value: String, goal: &str| {
        table.row(vec![measure.to_owned(), value, goal.to_owned()])
    };
    row("functions", stats.functions.to_string(), "");
    row("unique signatures", stats.signatures.to_string(), "");
    let sizes = format!("{} / {} / {}", stats.samples, stats.families, stats.segments);
    row("samples / families / segments", sizes, "");
    row("bytes on disk a function", each(stats.functions), "<= 200 on real software");
    row("bytes on disk a unique signature", each(stats.signatures), "");
    row("opening the store", seconds(Some(&taken.opened)), "");
    row(&first, seconds(Some(&taken.first)), "<= 0.4 s at 10 M");
    let median = taken.warm.get(taken.warm.len() / 2);
    row("match, warm, median of 5", seconds(median), "<= 0.1 s at 10 M");
    row("match, warm, best and worst", format!("{best}, {worst}"), "");
    row("match, warm, CPU time, mean of 5", seconds(Some(&taken.warm_cpu)), "");
    for (step, time) in steps(query, &taken.store)? {
        row(&format!("of it, warm: {step}"), seconds(Some(&time)), "");
    }
    let [resident, all] = taken.before;
    let resident = megabytes(process::anonymous_memory().saturating_sub(resident));
    row("resident memory without file pages, grown by opening and matching", resident, "bounded");
    let all = megabytes(process::memory().saturating_sub(all));
    row("resident memory, file pages included", all, "bounded");
    row("answer", taken.outcome, "");
    report.table(table);
    Ok(())
}

/// The store's part of a match, step by step, in wall seconds.
fn steps(query: &SampleFingerprint, store: &Embedded) -> Result<Vec<(&'static str, f64)>> {
    let keys: Vec<_> =
        query.functions.iter().flat_map(|function| function.fingerprint.asked_keys()).collect();
    let mut clock = Instant::now();
    let mut lap = |step| {
        let seconds = clock.elapsed().as_secs_f64();
        clock = Instant::now();
        (step, seconds)
    };
    let mut laps = Vec::new();
    store.samples()?;
    laps.push(lap("list of samples"));
    store.stats()?;
    laps.push(lap("statistics"));
    let found = store.lookup(&keys, KEY_CAP)?;
    laps.push(lap("look-up of all keys"));
    let mut ids: Vec<_> = found.hits.into_iter().flat_map(|hit| hit.signatures).collect();
    ids.sort_unstable();
    ids.dedup();
    let fetched = store.signatures(&ids, OCCURRENCE_CAP)?;
    laps.push(lap("fetch of all signatures found"));
    let owners = fetched.iter().flat_map(|signature| &signature.occurrences).map(|place| place.sample);
    if let Some(owner) = owners.min() {
        store.functions(owner)?;
        laps.push(lap("functions of one sample"));
    }
    Ok(laps)
}
