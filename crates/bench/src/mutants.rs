//! `mutants`: damaged files of every format through the whole pipeline, in
//! process. Counts panics and files that outlast their time limit; a file that
//! never ends is named and ends the run.

use crate::corpus;
use crate::damage::{KINDS, Random, damage};
use crate::report::{Report, Table};
use crate::{Record, process, structure};
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use cognate_base::Limits;
use cognate_binary::{Arch, LoadOptions, Member, RawLayout};
use cognate_engine::{EngineOptions, analyse};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What to damage, and how often.
#[derive(Args)]
pub struct MutantsOptions {
    #[command(flatten)]
    record: Record,
    /// Sources as `FORMAT=FOLDER` or `FORMAT=FOLDER,COUNT`; the formats `raw-x86`, `raw-x86-64` and `raw-aarch64` are read as bare code.
    #[arg(long = "sources", required = true)]
    sources: Vec<String>,
    /// Damaged files a format, where the source does not say.
    #[arg(long, default_value_t = 2000)]
    count: usize,
    /// Time limit of one file, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Source files larger than this are left out, in bytes.
    #[arg(long, default_value_t = 700_000)]
    largest: u64,
    /// Damage that knows the format beside damage at random, in turn; without it at random only.
    #[arg(long)]
    structure: bool,
    /// What took longer than so many seconds is named, and kept like what outlasts the limit.
    #[arg(long)]
    keep_slower: Option<f64>,
    /// Damaged files that panic or outlast the limit are kept here.
    #[arg(long)]
    keep: Option<PathBuf>,
}

/// What became of one damaged file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Analysed,
    NoCode,
    Refused,
    Panicked,
}

#[derive(Default)]
struct Tally {
    fates: [usize; 4],
    late: usize,
    slowest: f64,
    slowest_name: String,
}

/// Runs the measurement.
pub fn run(options: &MutantsOptions) -> Result<()> {
    let folders: Vec<(String, PathBuf, usize)> =
        options.sources.iter().map(|source| split(source, options.count)).collect::<Result<_>>()?;
    let paths: Vec<&Path> = folders.iter().map(|(_, path, _)| path.as_path()).collect();
    let mut report = Report::new("mutants", &options.record, &paths);
    let columns = [
        "format",
        "sources",
        "damaged files",
        "analysed",
        "no code",
        "refused",
        "panics",
        "over time limit",
        "slowest s",
        "peak RSS MB so far",
    ];
    let mut table = Table::new("Damaged files through load, recovery and fingerprint", &columns);
    std::panic::set_hook(Box::new(|info| eprintln!("panic: {info}")));
    for (format, folder, count) in &folders {
        let files = sources(folder, options.largest)?;
        let tally = format_run(format, &files, *count, options)?;
        let mut row = vec![format.clone(), files.len().to_string(), count.to_string()];
        row.extend(tally.fates.iter().map(usize::to_string));
        row.extend([tally.late.to_string(), format!("{:.2}", tally.slowest)]);
        row.push(format!("{:.0}", process::peak_memory() as f64 / 1e6));
        eprintln!("{}\tslowest: {}", row.join("\t"), tally.slowest_name);
        table.row(row);
    }
    report.table(table);
    report.note(format!("Time limit {} s a file; \"over\" counts what took a second longer. The kinds of damage take turns: {}.", options.seconds, kinds(options)));
    report.note(format!("Several files are in work at once ({} threads): the peak memory is that of all of them and of the sources held in memory.", rayon::current_num_threads()));
    report.publish(&options.record)
}

fn kinds(options: &MutantsOptions) -> String {
    let known: &[&str] = if options.structure { &structure::KINDS } else { &[] };
    [&KINDS, known].concat().join(", ")
}

/// A format, its folder, and how many damaged files to make.
fn split(source: &str, count: usize) -> Result<(String, PathBuf, usize)> {
    let (format, rest) = source.split_once('=').ok_or_else(|| anyhow!("not FORMAT=FOLDER: `{source}`"))?;
    let (folder, count) = match rest.rsplit_once(',') {
        Some((folder, count)) => (folder, count.parse().with_context(|| format!("no number in `{source}`"))?),
        None => (rest, count),
    };
    Ok((format.to_owned(), PathBuf::from(folder), count))
}

fn sources(folder: &Path, largest: u64) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for path in corpus::files(folder)? {
        if path.metadata()?.len() <= largest {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            files.push((corpus::file_name(&path), bytes));
        }
    }
    if files.is_empty() {
        bail!("no file small enough in `{}`", folder.display());
    }
    Ok(files)
}

fn format_run(
    format: &str,
    files: &[(String, Vec<u8>)],
    count: usize,
    options: &MutantsOptions,
) -> Result<Tally> {
    let settings = settings(format, options.seconds)?;
    let tally = Mutex::new(Tally::default());
    let running: Mutex<Vec<(usize, Instant)>> = Mutex::new(Vec::new());
    let left = AtomicUsize::new(count);
    std::thread::scope(|scope| {
        scope.spawn(|| watch(format, &running, &left, options.seconds * 10));
        (0..count).into_par_iter().for_each(|number| {
            let (name, bytes) = mutant(format, number, files, options);
            let clock = Instant::now();
            lock(&running).push((number, clock));
            let fate = fate(&name, &bytes, &settings);
            lock(&running).retain(|(other, _)| *other != number);
            left.fetch_sub(1, Ordering::Relaxed);
            let seconds = clock.elapsed().as_secs_f64();
            let late = seconds > options.seconds as f64 + 1.0;
            let mut tally = lock(&tally);
            tally.fates[fate as usize] += 1;
            tally.late += usize::from(late);
            if seconds > tally.slowest {
                (tally.slowest, tally.slowest_name) = (seconds, name.clone());
            }
            drop(tally);
            if late || fate == Fate::Panicked || options.keep_slower.is_some_and(|least| seconds > least) {
                eprintln!(
                    "{format} {name}: {} after {seconds:.2} s",
                    if fate == Fate::Panicked { "panic" } else { "slow" }
                );
                keep(options, &name, &bytes);
            }
        });
    });
    tally.into_inner().map_err(|_| anyhow!("a worker died"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn settings(format: &str, seconds: u64) -> Result<EngineOptions> {
    let arch = match format {
        "raw-x86" => Some(Arch::X86),
        "raw-x86-64" => Some(Arch::X86_64),
        "raw-aarch64" => Some(Arch::Aarch64),
        _ if format.starts_with("raw") => bail!("no such raw format: `{format}`"),
        _ => None,
    };
    let raw = arch.map(|arch| RawLayout { arch, base: 0x40_0000 });
    let limits = Limits { time: Duration::from_secs(seconds), ..Limits::default() };
    Ok(EngineOptions { limits, load: LoadOptions { raw, ..LoadOptions::default() }, unfold: true })
}

/// Every second file is damaged with knowledge of the format, where that was asked for.
fn mutant(
    format: &str,
    number: usize,
    files: &[(String, Vec<u8>)],
    options: &MutantsOptions,
) -> (String, Vec<u8>) {
    let salt = cognate_base::hash_bytes(options.record.seed, format.as_bytes());
    let mut random = Random::new(cognate_base::combine(salt, number as u64));
    let (name, file) = &files[random.below(files.len())];
    let (_, other) = &files[random.below(files.len())];
    if options.structure && number % 2 == 1 {
        let kind = number / 2 % structure::KINDS.len();
        let bytes = structure::damage(kind, file, &mut random);
        return (format!("{number:05}_{}_{name}", structure::KINDS[kind]), bytes);
    }
    let kind = if options.structure { number / 2 } else { number } % KINDS.len();
    let bytes = damage(kind, file, other, &mut random);
    (format!("{number:05}_{}_{name}", KINDS[kind]), bytes)
}

/// The whole pipeline: archives are opened, every member is analysed.
fn fate(name: &str, bytes: &[u8], settings: &EngineOptions) -> Fate {
    let work = || {
        let mut members: Vec<Member> = Vec::new();
        if settings.load.raw.is_some() {
            members.push(Member { name: name.to_owned(), bytes: bytes.into(), whole: None });
        } else {
            cognate_binary::walk(name, bytes.into(), &settings.limits, &mut |member| members.push(member));
        }
        let mut fate = Fate::Refused;
        for member in members {
            if let Ok(analysis) = analyse(&member.name, member.bytes, settings) {
                let found = !analysis.fingerprint.functions.is_empty();
                fate = if found || fate == Fate::Analysed { Fate::Analysed } else { Fate::NoCode };
            }
        }
        fate
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Fate::Panicked)
}

fn keep(options: &MutantsOptions, name: &str, bytes: &[u8]) {
    if let Some(folder) = &options.keep {
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(name), bytes));
        if let Err(error) = written {
            eprintln!("cannot keep {name}: {error}");
        }
    }
}

/// Ends the run when one file takes ten times its limit: that is a hang.
fn watch(format: &str, running: &Mutex<Vec<(usize, Instant)>>, left: &AtomicUsize, seconds: u64) {
    while left.load(Ordering::Relaxed) > 0 {
        std::thread::sleep(Duration::from_millis(200));
        let hung = lock(running)
            .iter()
            .find(|(_, since)| since.elapsed().as_secs() > seconds)
            .map(|(number, _)| *number);
        if let Some(number) = hung {
            eprintln!("hang: {format} file {number} runs for {seconds} s");
            std::process::exit(3);
        }
    }
}
