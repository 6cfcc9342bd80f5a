//! `pairs`: the rows of the Matching table. Indexes a fixed set of samples
//! under their families and asks for each query what it shares; the query
//! itself never counts. Once as the tool runs, once with strings and imports
//! taken out of every fingerprint (names are never matched on).

use crate::report::{Report, Table};
use crate::{Record, process};
use anyhow::{Context, Result, anyhow};
use clap::Args;
use cognate_components::{identify, shipped};
use cognate_documents::{MatchReport, SampleRelative};
use cognate_engine::{EngineOptions, analyse};
use cognate_fingerprint::{AnchorKind, SampleFingerprint};
use cognate_index::{Embedded, Kind, Label, Store};
use cognate_matching::{MatchOptions, compare, match_sample};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What to compare.
#[derive(Args)]
pub struct PairsOptions {
    #[command(flatten)]
    record: Record,
    /// The 43 reference files.
    #[arg(long)]
    reference: PathBuf,
    /// The samples to index: file, family, version.
    #[arg(long, default_value = "bench/samples26.tsv")]
    samples: PathBuf,
    /// The pairs: query, relative, anchor, goal, library, what.
    #[arg(long, default_value = "bench/pairs.tsv")]
    pairs: PathBuf,
    /// MCRIT's JSON of the same run (bench/mcrit.py), for the ratios.
    #[arg(long)]
    mcrit: Option<PathBuf>,
    /// Leaves the full match report of every query in this folder.
    #[arg(long)]
    reports: Option<PathBuf>,
}

/// What of a fingerprint is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Whole,
    Masked,
}

/// A line of a table without a header line.
fn lines(path: &Path) -> Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let kept = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    Ok(kept.map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

/// Runs the measurement.
pub fn run(options: &PairsOptions) -> Result<()> {
    let mut report = Report::new("pairs", &options.record, &[&options.reference]);
    let pairs = lines(&options.pairs)?;
    let mcrit: Option<serde_json::Value> = match &options.mcrit {
        Some(path) => Some(serde_json::from_str(&fs::read_to_string(path)?)?),
        None => None,
    };
    for view in [View::Whole, View::Masked] {
        one_view(view, options, &pairs, mcrit.as_ref(), &mut report)?;
    }
    report.note("% of bytes: code bytes of the query that match the relative, over all code bytes of the query's functions; \"of comparable\" leaves out functions too short to say anything (MCRIT's base is likewise only functions of more than 10 instructions, so this column is the one to hold against it and the goal).");
    report.note("With neighbours: of all code bytes, with the pairs that `compare` adds by call graph and address order for functions alike enough in content and shape (kin of 0.25 and more). They are shown and never counted as evidence; how often they are right is measured by `agreement`. \"Goal met\" goes by matches alone, over comparable bytes.");
    report.note("Rank: place among all other samples by private evidence; \"significant\" is the tool's own verdict on the relative. Library: named by the tool for code that this pair shares.");
    report.note("Masked: strings and imports are taken out of all fingerprints and library marks are not read, before indexing and asking. Function names are never used in either view.");
    report.publish(&options.record)
}

struct Indexed {
    folder: tempfile::TempDir,
    store: Embedded,
    samples: BTreeMap<String, SampleFingerprint>,
}

fn one_view(
    view: View,
    options: &PairsOptions,
    pairs: &[Vec<String>],
    mcrit: Option<&serde_json::Value>,
    report: &mut Report,
) -> Result<()> {
    let mut costs = Table::new(
        "Load, recover, fingerprint, index: one thread",
        &[
            "tool",
            "samples",
            "functions",
            "instructions",
            "CPU s",
            "functions/s",
            "instructions/s",
            "resident MB",
            "store bytes a function",
        ],
    );
    let indexed = index(view, options, &mut costs, mcrit)?;
    let mut queries = Table::new("One sample against all", &["query", "functions", "CPU ms", "MCRIT CPU ms"]);
    let mut answers: BTreeMap<&str, MatchReport> = BTreeMap::new();
    for row in pairs {
        let Some(query) = row.first() else { continue };
        if answers.contains_key(query.as_str()) {
            continue;
        }
        let (answer, milliseconds) = ask(&indexed, query)?;
        let peer = mcrit.and_then(|m| peer_time(m, query)).unwrap_or_else(|| "-".to_owned());
        queries.row(vec![
            query.clone(),
            answer.query.functions.to_string(),
            format!("{milliseconds:.0}"),
            peer,
        ]);
        if let Some(folder) = &options.reports {
            fs::create_dir_all(folder)?;
            let suffix = if view == View::Whole { "" } else { ".masked" };
            fs::write(folder.join(format!("{query}{suffix}.json")), serde_json::to_string_pretty(&answer)?)?;
        }
        answers.insert(query, answer);
    }
    let title =
        if view == View::Whole { "Pairs, as the tool runs" } else { "Pairs, strings and imports masked" };
    report.table(table(title, pairs, &answers, &indexed.samples, mcrit));
    if view == View::Whole {
        report.table(costs);
        report.table(queries);
    }
    Ok(())
}

fn index(
    view: View,
    options: &PairsOptions,
    costs: &mut Table,
    mcrit: Option<&serde_json::Value>,
) -> Result<Indexed> {
    let folder = tempfile::tempdir()?;
    let mut store = Embedded::open(folder.path())?;
    let mut samples = BTreeMap::new();
    let (mut functions, mut instructions) = (0, 0);
    let cpu = process::cpu_time();
    for row in lines(&options.samples)? {
        let [file, family, version, ..] = row.as_slice() else { continue };
        let bytes = fs::read(options.reference.join(file)).with_context(|| format!("cannot read {file}"))?;
        let analysis = analyse(file, bytes.into(), &EngineOptions::default())?;
        instructions += analysis.program.instructions;
        let mut sample = analysis.fingerprint;
        if view == View::Masked {
            mask(&mut sample);
        }
        sample.components = identify(&[shipped()], &sample).components;
        functions += sample.functions.len();
        store.add(&sample, file, &label(family, version))?;
        samples.insert(file.clone(), sample);
    }
    store.commit()?;
    let seconds = (process::cpu_time() - cpu).as_secs_f64();
    let disk = store.stats()?.disk_bytes;
    costs.row(vec![
        "cognate".to_owned(),
        samples.len().to_string(),
        functions.to_string(),
        instructions.to_string(),
        format!("{seconds:.2}"),
        format!("{:.0}", functions as f64 / seconds),
        format!("{:.2} M", instructions as f64 / seconds / 1e6),
        format!("{:.0} (all 26 fingerprints held for this benchmark)", process::memory() as f64 / 1e6),
        format!("{:.0}", disk as f64 / functions as f64),
    ]);
    if let Some(mcrit) = mcrit {
        costs.row(peer_costs(mcrit));
    }
    Ok(Indexed { folder, store, samples })
}

fn label(family: &str, version: &str) -> Label {
    Label {
        family: family.to_owned(),
        version: Some(version.to_owned()),
        actor: None,
        kind: Kind::Goodware,
        source: "bench".to_owned(),
    }
}

/// Takes out everything that is text.
pub fn mask(sample: &mut SampleFingerprint) {
    sample.components.clear();
    for function in &mut sample.functions {
        let anchors = std::mem::take(&mut function.fingerprint.anchors);
        let texts = std::mem::take(&mut function.anchor_texts);
        let kept = anchors.into_iter().zip(texts);
        let kept = kept.filter(|(anchor, _)| !matches!(anchor.kind, AnchorKind::String | AnchorKind::Import));
        (function.fingerprint.anchors, function.anchor_texts) = kept.unzip();
    }
}

fn ask(indexed: &Indexed, query: &str) -> Result<(MatchReport, f64)> {
    let sample = indexed.samples.get(query).ok_or_else(|| anyhow!("{query} is not among the samples"))?;
    let options = MatchOptions { relatives: 100, alignments: 0, ..MatchOptions::default() };
    let (cpu, clock) = (process::cpu_time(), Instant::now());
    let answer = match_sample(sample, &indexed.store, &options)?;
    let seconds = (process::cpu_time() - cpu).as_secs_f64().max(clock.elapsed().as_secs_f64().min(0.01));
    debug_assert!(indexed.folder.path().exists());
    Ok((answer, seconds * 1e3))
}

fn table(
    title: &str,
    pairs: &[Vec<String>],
    answers: &BTreeMap<&str, MatchReport>,
    samples: &BTreeMap<String, SampleFingerprint>,
    mcrit: Option<&serde_json::Value>,
) -> Table {
    let columns = [
        "pair",
        "what",
        "MCRIT (anchors.md)",
        "MCRIT, this run",
        "goal",
        "% of bytes",
        "of comparable",
        "one to one",
        "% of bytes with neighbours",
        "private / library / common",
        "rank",
        "significant",
        "library named",
        "goal met",
        "goal met with neighbours",
    ];
    let mut table = Table::new(title, &columns);
    for row in pairs {
        let [query, relative, anchor, goal, library, what, ..] = row.as_slice() else { continue };
        let Some(answer) = answers.get(query.as_str()) else { continue };
        let place = answer.samples.iter().position(|found| found.sample.name == *relative);
        let found = place.and_then(|place| answer.samples.get(place));
        let peer = mcrit.and_then(|m| peer_percent(m, query, relative)).unwrap_or_else(|| "-".to_owned());
        let mut cells =
            vec![format!("{query} -> {relative}"), what.clone(), anchor.clone(), peer, goal.clone()];
        let aligned = aligned(samples, query, relative);
        cells.extend(shares(answer, found, aligned));
        cells.push(place.map_or_else(|| "-".to_owned(), |place| (place + 1).to_string()));
        cells.push(
            found.map_or("no", |found| if found.standing.significant { "yes" } else { "no" }).to_owned(),
        );
        cells.push(found.map_or_else(String::new, |found| found.standing.libraries.join(", ")));
        let share = found.map_or(0.0, |found| comparable(answer, found));
        for share in [share, aligned] {
            cells.push(if met(goal, library, share, found) { "yes" } else { "**no**" }.to_owned());
        }
        table.row(cells);
    }
    table
}

/// The share of the query's code bytes in pairs that `compare` shows: matches, and
/// functions brought together by their place in the call graph.
fn aligned(samples: &BTreeMap<String, SampleFingerprint>, query: &str, relative: &str) -> f64 {
    let (Some(query), Some(relative)) = (samples.get(query), samples.get(relative)) else { return 0.0 };
    compare(query, relative).a.matched_and_aligned.of_bytes
}

fn shares(answer: &MatchReport, found: Option<&SampleRelative>, aligned: f64) -> Vec<String> {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let Some(found) = found else {
        let none = "0.0".to_owned();
        return vec![none.clone(), none.clone(), none, percent(aligned), "-".to_owned()];
    };
    let standing = &found.standing;
    vec![
        percent(standing.matched.of_bytes),
        percent(comparable(answer, found)),
        percent(found.one_to_one.of_bytes),
        percent(aligned),
        format!(
            "{} / {} / {}",
            percent(standing.private.of_bytes),
            percent(standing.library.of_bytes),
            percent(standing.common.of_bytes)
        ),
    ]
}

/// Matched bytes over the bytes of the query's functions that are long enough to compare.
fn comparable(answer: &MatchReport, found: &SampleRelative) -> f64 {
    (found.standing.matched.bytes as f64 / answer.query.comparable_bytes.max(1) as f64).min(1.0)
}

/// Whether the goal is reached: the share, and the library's name where one is asked for.
fn met(goal: &str, library: &str, share: f64, found: Option<&SampleRelative>) -> bool {
    if goal == "none" {
        return !found.is_some_and(|found| found.standing.significant);
    }
    let Some(found) = found else { return false };
    let named =
        library == "-" || found.standing.libraries.iter().any(|name| name.eq_ignore_ascii_case(library));
    goal.parse::<f64>().is_ok_and(|goal| 100.0 * share >= goal) && named
}

fn peer_percent(mcrit: &serde_json::Value, query: &str, relative: &str) -> Option<String> {
    let rows = mcrit.get("pairs")?.as_array()?;
    let row = rows.iter().find(|row| {
        row.get("query").is_some_and(|v| v == query) && row.get("relative").is_some_and(|v| v == relative)
    })?;
    Some(format!("{:.1} (rank {})", row.get("percent")?.get("unweighted")?.as_f64()?, row.get("rank")?))
}

fn peer_time(mcrit: &serde_json::Value, query: &str) -> Option<String> {
    let rows = mcrit.get("matching")?.as_array()?;
    let row = rows.iter().find(|row| row.get("query").is_some_and(|v| v == query))?;
    Some(format!("{:.0}", 1e3 * row.get("cpu_s")?.as_f64()?))
}

fn peer_costs(mcrit: &serde_json::Value) -> Vec<String> {
    let number = |path: &[&str]| {
        path.iter().try_fold(mcrit, |value, key| value.get(key)).and_then(|v| v.as_f64()).unwrap_or(0.0)
    };
    let stages = mcrit.get("stages_cpu_wall_s").and_then(|stages| stages.as_object());
    let seconds: f64 =
        stages.map_or(0.0, |stages| stages.values().filter_map(|stage| stage.get(0)?.as_f64()).sum());
    vec![
        "MCRIT".to_owned(),
        number(&["samples"]).to_string(),
        number(&["functions"]).to_string(),
        number(&["instructions"]).to_string(),
        format!("{seconds:.2}"),
        format!(
            "{:.0} ({:.0} without disassembly)",
            number(&["functions_per_s_all"]),
            number(&["functions_per_s_without_disassembly"])
        ),
        format!("{:.3} M", number(&["instructions"]) / seconds.max(1e-9) / 1e6),
        format!("{:.0}", number(&["rss_mb", "after_indexing"])),
        format!("{:.0} (memory)", number(&["bytes_per_function"])),
    ]
}
