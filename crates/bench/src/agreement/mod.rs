//! `agreement`: accepted function matches between builds, judged by the true
//! names of the functions, which the tool never sees: of one source, and of
//! unrelated libraries, where every match is wrong. `trials` says which builds
//! are compared, `judge` what a comparison got right.

mod judge;
mod trials;

use crate::corpus::{self, Controlled, TrueFunction};
use crate::report::{Report, Table, percent};
use crate::{Record, pairs};
use anyhow::Result;
use clap::Args;
use cognate_fingerprint::SampleFingerprint;
use judge::Counts;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use trials::Trial;

/// What to compare.
#[derive(Args)]
pub struct AgreementOptions {
    #[command(flatten)]
    record: Record,
    /// A controlled corpus.
    #[arg(long)]
    controlled: PathBuf,
    /// Name of the report.
    #[arg(long, default_value = "agreement")]
    name: String,
    /// Writes typical misses and wrong pairs here.
    #[arg(long)]
    findings: Option<PathBuf>,
    /// Takes strings and imports out of all fingerprints first.
    #[arg(long)]
    masked: bool,
}

struct Build {
    truth: BTreeMap<u64, TrueFunction>,
    sample: SampleFingerprint,
}

/// Runs the measurement.
pub fn run(options: &AgreementOptions) -> Result<()> {
    let mut report = Report::new(&options.name, &options.record, &[&options.controlled]);
    let binaries = corpus::controlled(&options.controlled)?;
    let related = trials::of_one_source(&binaries);
    let unrelated = trials::of_unrelated_libraries(&binaries);
    let needed: BTreeSet<&str> = related
        .iter()
        .chain(&unrelated)
        .flat_map(|trial| [trial.a.id.as_str(), trial.b.id.as_str()])
        .collect();
    let builds: BTreeMap<&str, Build> = binaries
        .par_iter()
        .filter(|binary| needed.contains(binary.id.as_str()))
        .map(|binary| Ok((binary.id.as_str(), build(binary, options.masked)?)))
        .collect::<Result<_>>()?;
    let (same, findings) = judged(&related, &builds);
    let (other, more_findings) = judged(&unrelated, &builds);
    let masked = if options.masked { ", strings and imports masked" } else { "" };
    report.table(accepted(&same, &format!("Accepted function matches, against true names{masked}")));
    report.table(parts(&same));
    report.table(without_partner(&other));
    notes(&mut report);
    if let Some(path) = &options.findings {
        std::fs::write(path, findings + &more_findings)?;
    }
    report.publish(&options.record)
}

fn build(binary: &Controlled, masked: bool) -> Result<Build> {
    let truth = corpus::true_functions(&binary.functions)?;
    let truth = truth.into_iter().map(|function| (function.address, function)).collect();
    let mut sample = binary.fingerprint()?;
    if masked {
        pairs::mask(&mut sample);
    }
    Ok(Build { truth, sample })
}

/// The counts of each kind of trial, and what is worth a look.
fn judged(trials: &[Trial<'_>], builds: &BTreeMap<&str, Build>) -> (BTreeMap<String, Counts>, String) {
    let one = |trial: &Trial<'_>| {
        let (a, b) = (builds.get(trial.a.id.as_str())?, builds.get(trial.b.id.as_str())?);
        Some(judge::judge(trial, a, b))
    };
    let each: Vec<Option<(Counts, String)>> = trials.par_iter().map(one).collect();
    let (mut groups, mut findings) = (BTreeMap::new(), String::new());
    for (trial, (counts, found)) in trials.iter().zip(each).filter_map(|(trial, one)| Some((trial, one?))) {
        groups.entry(trial.kind.clone()).or_insert_with(Counts::default).add(&counts);
        findings.push_str(&found);
    }
    (groups, findings)
}

fn accepted(groups: &BTreeMap<String, Counts>, title: &str) -> Table {
    let columns = [
        "builds",
        "pairs of files",
        "functions in both",
        "accepted",
        "recall",
        "precision",
        "of them part of the other",
        "precision, parts left out",
        "accepted with neighbours",
        "recall with neighbours",
        "precision with neighbours",
    ];
    let mut table = Table::new(title, &columns);
    for (kind, counts) in groups {
        table.row(vec![
            kind.clone(),
            counts.trials.to_string(),
            counts.possible.to_string(),
            counts.accepted.to_string(),
            percent(counts.recalled, counts.possible),
            percent(counts.right, counts.accepted),
            counts.part.to_string(),
            percent(counts.right, counts.accepted - counts.part),
            counts.with_neighbours.to_string(),
            percent(counts.recalled_with_neighbours, counts.possible),
            percent(counts.right_with_neighbours, counts.with_neighbours),
        ]);
    }
    table
}

fn parts(groups: &BTreeMap<String, Counts>) -> Table {
    let columns = [
        "builds",
        "inlined on one side only",
        "said to be part of the other",
        "recall",
        "precision",
        "of the rest: one function of the source",
    ];
    let mut table = Table::new("Part of another function", &columns);
    for (kind, counts) in groups {
        table.row(vec![
            kind.clone(),
            counts.cross_inlined.to_string(),
            counts.said_part.to_string(),
            percent(counts.cross_inlined_found, counts.cross_inlined),
            percent(counts.said_part_rightly, counts.said_part),
            counts.said_part_of_the_same.to_string(),
        ]);
    }
    table
}

fn without_partner(groups: &BTreeMap<String, Counts>) -> Table {
    let columns =
        ["builds", "pairs of files", "functions", "accepted, wrong", "share", "said to be part of the other"];
    let mut table = Table::new("Unrelated libraries: whole files without a partner", &columns);
    for (kind, counts) in groups {
        let wrong = counts.accepted - counts.right - counts.part;
        table.row(vec![
            kind.clone(),
            counts.trials.to_string(),
            counts.judged.to_string(),
            wrong.to_string(),
            percent(wrong, counts.judged),
            counts.said_part.to_string(),
        ]);
    }
    table
}

fn notes(report: &mut Report) {
    report.note("Two stripped builds of one source are compared one to one. A pair is right if component, source file and source name are the same. Functions under 32 bytes and those of the language's own library are not judged; nor are wrong pairs of functions with equal bytes. Nor are functions without a symbol (some static ones in mingw files, start-up code).");
    report.note(
        "Recall is over functions of at least 32 bytes present in both builds; inlining removes others.",
    );
    report.note("\"Part of the other\": by the debug information of the builds one of the two was inlined into the other, so that they share its code and not their name. Corpora without that (no column `inlined`) count such pairs as wrong.");
    report.note("Accepted are pairs by content, and by content together with place (`placed`, which is no evidence of its own). \"With neighbours\" adds pairs that only their place in the call graph brought together: these are shown, never counted as evidence.");
    report.note("Part of another function: pairs of a function that stands alone in one build (at least 32 bytes) and a function of the other build into which it was inlined (at least 32 bytes of it are left), while in the first build the larger function has a counterpart into which it was not. Recall is over these. Precision is over all that is said, whatever was inlined on the other side; a pair is right if the smaller was inlined into the larger one.");
    report.note("Unrelated libraries: every library beside every other of the same language, built alike; functions of at least 32 bytes of both files. Pairs of functions with equal bytes are not counted, nor are those of packages that both carry (Go).");
}
