//! `agreement`: accepted function matches between builds of the same source,
//! judged by the true names of the functions, which the tool never sees.

use crate::corpus::{self, Controlled, TrueFunction};
use crate::report::{Report, Table, percent};
use crate::{Record, pairs};
use anyhow::Result;
use clap::Args;
use cognate_documents::How;
use cognate_fingerprint::SampleFingerprint;
use cognate_matching::compare;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

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

/// Functions shorter than this are not judged.
const LEAST_BYTES: u64 = 32;

/// Two builds that should agree, and in what they differ.
struct Trial<'a> {
    kind: String,
    a: &'a Controlled,
    b: &'a Controlled,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    trials: usize,
    /// Functions in both builds.
    possible: usize,
    /// Pairs accepted by content, those that are right, functions found by them; then the same with neighbours.
    accepted: usize,
    right: usize,
    recalled: usize,
    /// Wrong pairs by content whose function is not in the other build at all: inlined into its caller.
    absent: usize,
    with_neighbours: usize,
    right_with_neighbours: usize,
    recalled_with_neighbours: usize,
}

struct Build {
    truth: BTreeMap<u64, TrueFunction>,
    sample: SampleFingerprint,
}

/// Runs the measurement.
pub fn run(options: &AgreementOptions) -> Result<()> {
    let mut report = Report::new(&options.name, &options.record, &[&options.controlled]);
    let binaries = corpus::controlled(&options.controlled)?;
    let trials = trials(&binaries);
    let needed: BTreeSet<&str> =
        trials.iter().flat_map(|trial| [trial.a.id.as_str(), trial.b.id.as_str()]).collect();
    let builds: BTreeMap<&str, Build> = binaries
        .par_iter()
        .filter(|binary| needed.contains(binary.id.as_str()))
        .map(|binary| Ok((binary.id.as_str(), build(binary, options.masked)?)))
        .collect::<Result<_>>()?;
    let judged: Vec<(String, Counts, String)> = trials
        .par_iter()
        .filter_map(|trial| {
            let (counts, findings) =
                judge(trial, builds.get(trial.a.id.as_str())?, builds.get(trial.b.id.as_str())?);
            Some((trial.kind.clone(), counts, findings))
        })
        .collect();
    let columns = [
        "builds",
        "pairs of files",
        "functions in both",
        "accepted",
        "recall",
        "precision",
        "precision, inlined away left out",
        "accepted with neighbours",
        "recall with neighbours",
        "precision with neighbours",
    ];
    let mut groups: BTreeMap<&str, Counts> = BTreeMap::new();
    for (kind, counts, _) in &judged {
        groups.entry(kind).or_default().add(counts);
    }
    let masked = if options.masked { ", strings and imports masked" } else { "" };
    let mut table = Table::new(&format!("Accepted function matches, against true names{masked}"), &columns);
    for (kind, counts) in groups {
        table.row(vec![
            kind.to_owned(),
            counts.trials.to_string(),
            counts.possible.to_string(),
            counts.accepted.to_string(),
            percent(counts.recalled, counts.possible),
            percent(counts.right, counts.accepted),
            percent(counts.right, counts.accepted - counts.absent),
            counts.with_neighbours.to_string(),
            percent(counts.recalled_with_neighbours, counts.possible),
            percent(counts.right_with_neighbours, counts.with_neighbours),
        ]);
    }
    report.table(table);
    report.note("Two stripped builds of one source are compared one to one. A pair is right if component, source file and source name are the same. Functions under 32 bytes and C runtime functions are not judged; nor are wrong pairs of functions with equal bytes. Nor are functions without a symbol (some static ones in mingw files, start-up code). \"Inlined away left out\": without wrong pairs whose function has no counterpart in the other build because it was inlined there; such a pair usually names the caller that swallowed it, which shares the code but not the name.");
    report.note(
        "Recall is over functions of at least 32 bytes present in both builds; inlining removes others.",
    );
    report.note("\"With neighbours\" adds pairs that only their place in the call graph brought together: these are shown, never counted as evidence.");
    if let Some(path) = &options.findings {
        let text: String = judged.iter().map(|(_, _, findings)| findings.as_str()).collect();
        std::fs::write(path, text)?;
    }
    report.publish(&options.record)
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.trials += other.trials;
        self.possible += other.possible;
        self.accepted += other.accepted;
        self.right += other.right;
        self.absent += other.absent;
        self.with_neighbours += other.with_neighbours;
        self.right_with_neighbours += other.right_with_neighbours;
        self.recalled += other.recalled;
        self.recalled_with_neighbours += other.recalled_with_neighbours;
    }
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

/// Pairs of builds of one version that differ in one thing, or in two named ones.
fn trials(binaries: &[Controlled]) -> Vec<Trial<'_>> {
    let mut trials = Vec::new();
    for a in binaries {
        for b in binaries.iter().filter(|b| b.family == a.family && b.version == a.version && b.id != a.id) {
            if let Some(kind) = kind(a, b) {
                trials.push(Trial { kind, a, b });
            }
        }
    }
    trials
}

fn kind(a: &Controlled, b: &Controlled) -> Option<String> {
    let (same_target, same_opt) = (a.target == b.target, a.opt == b.opt);
    let same_compiler = a.compiler == b.compiler;
    let vendor = |c: &Controlled| c.compiler.split('-').next().unwrap_or("").to_owned();
    let os = |c: &Controlled| c.target.split('-').next().unwrap_or("").to_owned();
    let arch = |c: &Controlled| c.target.split('-').next_back().unwrap_or("").to_owned();
    if same_target && same_opt && !same_compiler && a.id < b.id {
        let what = if vendor(a) == vendor(b) {
            format!("{} to {}", a.compiler, b.compiler)
        } else {
            "clang to gcc".to_owned()
        };
        return Some(format!("{} {what}, -{}", a.target, a.opt));
    }
    if same_target && same_compiler && !same_opt {
        let levels = ["O0", "O1", "O2", "O3", "Os"];
        let at = |c: &Controlled| levels.iter().position(|level| *level == c.opt);
        return (at(a) < at(b)).then(|| format!("{} -{} to -{}", a.target, a.opt, b.opt));
    }
    if same_compiler && same_opt && a.opt == "O2" {
        let x64 = arch(a) == "x64" && arch(b) != "x64" && os(a) == os(b);
        let elf = os(a) == "linux" && os(b) == "win" && arch(a) == arch(b);
        return (x64 || elf).then(|| format!("{} to {}, -O2", a.target, b.target));
    }
    None
}

fn judge(trial: &Trial<'_>, a: &Build, b: &Build) -> (Counts, String) {
    let comparison = compare(&a.sample, &b.sample);
    let identity = |function: &TrueFunction| {
        (function.component.clone(), function.source.clone(), function.base.clone())
    };
    let judged = |function: &&TrueFunction| function.size >= LEAST_BYTES && function.component != "runtime";
    let present: BTreeSet<_> = b.truth.values().filter(judged).map(identity).collect();
    let possible: BTreeSet<_> =
        a.truth.values().filter(judged).map(identity).filter(|who| present.contains(who)).collect();
    let mut counts = Counts { trials: 1, possible: possible.len(), ..Counts::default() };
    let (mut found, mut found_with) = (BTreeSet::new(), BTreeSet::new());
    let mut findings = format!("\n## {}: {} -> {}\n\n", trial.kind, trial.a.id, trial.b.id);
    for pair in &comparison.pairs {
        let (one, other) = (a.truth.get(&pair.query.address), b.truth.get(&pair.stored.address));
        if pair.query.bytes < LEAST_BYTES as u32 || one.is_some_and(|one| !judged(&one)) {
            continue;
        }
        let Some((one, other)) = one.zip(other) else { continue };
        let right = identity(one) == identity(other);
        if !right && one.bytes16 == other.bytes16 {
            continue;
        }
        let by_content = pair.how != How::CallGraph;
        counts.absent += usize::from(by_content && !right && !present.contains(&identity(one)));
        counts.with_neighbours += 1;
        counts.accepted += usize::from(by_content);
        if right {
            found_with.insert(identity(one));
            counts.right_with_neighbours += 1;
            if by_content {
                found.insert(identity(one));
                counts.right += 1;
            }
        } else if by_content {
            let (one, other) = (&one.name, &other.name);
            let _ = writeln!(
                findings,
                "- wrong {:#x} {one} = {:#x} {other}: {:.2} {:?} {:?}",
                pair.query.address, pair.stored.address, pair.similarity, pair.how, pair.reasons
            );
        }
    }
    counts.recalled = found.intersection(&possible).count();
    counts.recalled_with_neighbours = found_with.intersection(&possible).count();
    for (_, source, base) in possible.iter().filter(|who| !found.contains(*who)).take(12) {
        let _ = writeln!(findings, "- missed {base} ({source})");
    }
    (counts, findings)
}
