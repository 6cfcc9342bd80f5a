//! `open-set`: whom a match names when nothing of the query's own lineage is in the store, and whether it
//! finds its own beside all others when something is.
//!
//! Files and their lineages come from manifests; all go into one store, which is asked through a [`View`] that hides
//! what each question leaves out (`presence`). `tables` counts the answers, `chance` says how far the counts reach.

mod calibration;
mod chance;
mod presence;
mod samples;
mod tables;
mod threads;
mod view;

use crate::Record;
use crate::process::cpu_time;
use crate::report::Report;
pub(crate) use chance::{cllr, isotonic, upper_bound};
pub(crate) use threads::on_all_cores;
pub(crate) use view::{Holders, View};

use anyhow::{Context, Result};
use clap::Args;
use cognate_documents::{FamilyRelative, MatchReport};
use cognate_engine::{Engine, EngineOptions};
use cognate_index::Embedded;
use cognate_matching::MatchOptions;
use presence::{Presence, questions, visible};
use samples::{Sample, filled, read};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Families of which the score is seen; the others count as sharing nothing.
const MOST_FAMILIES: usize = 64;

/// What to ask.
#[derive(Args)]
pub struct OpenSetOptions {
    #[command(flatten)]
    record: Record,
    /// Tables of path, lineage, version and platform.
    #[arg(required = true)]
    manifests: Vec<PathBuf>,
    /// Labelled goodware beside them: a table of path and lineage (or component), or a folder of files named PACKAGE__FILE.
    #[arg(long)]
    goodware: Option<PathBuf>,
    /// Asks only with the own lineage wholly absent and wholly present.
    #[arg(long)]
    quick: bool,
    /// Asks also stores of one other lineage only.
    #[arg(long)]
    cold: bool,
    /// Takes strings and imports out of all fingerprints first.
    #[arg(long)]
    masked: bool,
    /// Writes a row for each query and family here: what it shares, and whether it is its own. `relation` takes those of development parts only.
    #[arg(long)]
    features: Option<PathBuf>,
    /// Name of the report.
    #[arg(long, default_value = "open-set")]
    name: String,
}

/// What the tool said to one question.
struct Answer<'a> {
    query: &'a Sample,
    presence: Presence,
    verdict: String,
    named: Vec<String>,
    /// Families with their scores, highest first.
    ranked: Vec<Ranked>,
    /// Families in the store that are not the query's own.
    others: usize,
    features: String,
}

/// A family as an answer ranks it.
struct Ranked {
    family: String,
    score: f64,
    /// Unrelated families that are expected to reach as much.
    expected: f64,
}

/// The families that an answer accuses: by its verdict, or beside it.
fn named(report: &MatchReport) -> Vec<String> {
    let significant = report.families.iter().filter(|family| family.standing.significant);
    let all = significant.map(|family| family.family.clone()).chain(report.outcome.named.iter().cloned());
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

fn ranked(family: &FamilyRelative) -> Ranked {
    let standing = &family.standing;
    Ranked {
        family: family.family.clone(),
        score: standing.log10_lr,
        expected: standing.e_value.unwrap_or(f64::INFINITY),
    }
}

/// Runs the measurement.
pub fn run(options: &OpenSetOptions) -> Result<()> {
    let paths: Vec<&Path> = options.manifests.iter().chain(&options.goodware).map(PathBuf::as_path).collect();
    let mut report = Report::new(&options.name, &options.record, &paths);
    let engine = Engine::new(EngineOptions::default(), 0)?;
    let (mut samples, unread) = read(options, &engine)?;
    let read_in = cpu_time();
    let folder = tempfile::tempdir()?;
    let store = filled(folder.path(), &mut samples)?;
    let holders = Holders::of(&store)?;
    let asked: Vec<(&Sample, Presence)> = questions(&samples, options);
    let whole = (&store, &holders, samples.as_slice());
    let seed = options.record.seed;
    let answers = on_all_cores(&asked, |&(query, presence)| answer(&engine, whole, query, presence, seed));
    let answers: Vec<Answer<'_>> = answers.into_iter().collect::<Result<_>>()?;
    for table in tables::tables(&samples, &answers).into_iter().chain(calibration::tables(&answers)) {
        report.table(table);
    }
    if let Some(path) = &options.features {
        let rows: String = answers.iter().map(|answer| answer.features.as_str()).collect();
        std::fs::write(path, FEATURES.to_owned() + &rows)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let questions = asked.len();
    let cost = (cpu_time() - read_in).as_secs_f64() / questions.max(1) as f64;
    report.note(format!(
        "CPU: {:.0} s to read the files, {cost:.2} s a question ({questions}).",
        read_in.as_secs_f64()
    ));
    notes(&mut report, options, &unread);
    report.publish(&options.record)
}

fn answer<'a>(
    engine: &Engine,
    (store, holders, samples): (&Embedded, &Holders, &[Sample]),
    query: &'a Sample,
    presence: Presence,
    seed: u64,
) -> Result<Answer<'a>> {
    let visible = visible(samples, query, presence, seed);
    let seen =
        samples.iter().filter(|sample| visible.contains(&sample.key) && sample.lineage != query.lineage);
    let others = seen.map(|sample| sample.lineage.as_str()).collect::<BTreeSet<_>>().len();
    let view = View::new(store, holders, visible);
    let directory = engine.directory(&view)?;
    let time = Some(Duration::from_secs(3600));
    let asked = MatchOptions { relatives: MOST_FAMILIES, alignments: 0, time, ..MatchOptions::default() };
    let report = engine.relatives_among(&view, &directory, &query.fingerprint, &asked)?;
    let verdict = serde_json::to_value(report.outcome.verdict)?;
    let mut ranked: Vec<Ranked> = report.families.iter().map(ranked).collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(Answer {
        query,
        presence,
        verdict: verdict.as_str().unwrap_or_default().to_owned(),
        named: named(&report),
        ranked,
        others,
        features: features(query, presence, others, &report),
    })
}

const FEATURES: &str = "query\tlineage\tversion\tplatform\tpresence\tothers\tfunctions\tverdict\tfamily\tis_own\tnamed\tlog10_lr\tplaced\tplaced_bits\tloose_bits\tof_query\tof_sample\tquery_functions\tsample_functions\topen_language\tother_machine\tlibraries\n";

/// A row for each family that shares anything with a query; one without a family where none does.
fn features(query: &Sample, presence: Presence, others: usize, report: &MatchReport) -> String {
    let head = format!(
        "{}\t{}\t{}\t{}\t{}\t{others}\t{}\t{:?}",
        query.fingerprint.id,
        query.lineage,
        query.version,
        query.platform,
        presence.title(),
        report.query.functions,
        report.outcome.verdict,
    );
    let mut rows = String::new();
    for family in &report.families {
        let standing = &family.standing;
        let grounds = &standing.grounds;
        let _ = writeln!(
            rows,
            "{head}\t{}\t{}\t{}\t{:.3}\t{}\t{:.1}\t{:.1}\t{:.4}\t{:.4}\t{}\t{}\t{}\t{}\t{}",
            family.family,
            u8::from(family.family == query.lineage),
            u8::from(standing.significant),
            standing.log10_lr,
            grounds.placed,
            grounds.placed_bits,
            grounds.loose_bits,
            grounds.of_query,
            grounds.of_sample,
            grounds.query_functions,
            grounds.sample_functions,
            u8::from(grounds.open_language),
            u8::from(!grounds.same_machine),
            standing.libraries.join(", "),
        );
    }
    if rows.is_empty() {
        let _ = writeln!(rows, "{head}\t\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t");
    }
    rows
}

fn notes(report: &mut Report, options: &OpenSetOptions, unread: &[String]) {
    report.note("Everything is labelled: family = lineage, kind malware (goodware as such); the options are the program's. The query itself is never in the store. A stranger is any family but the query's own, whatever it shares.");
    report.note("Up to: the one-sided 95 % bound of Clopper and Pearson. Queries of one lineage are not independent, lineages are taken to be: the bound that counts is that of lineages.");
    report.note("Selective accuracy: of the queries that name anybody, those that name their own lineage and nobody else. Own first: the own lineage's score is above all others.");
    report.note("Strangers over the bar: of all pairs of a query and another lineage in the store, those whose score reaches what that share of own pairs reaches; families that share nothing, or are not among the 64 likeliest, stand below all others.");
    report.note("Expected and counted: how many unrelated families a question has at an E-value or below. The program tells one for each family; it is kept if as many are counted as are told. Ratios: shares of pairs that reach them (a Tippett plot is made of these); Cllr in bits, every pair with the same weight, and after the best monotone change (pool adjacent violators); families that share nothing count with the lowest ratio that is told.");
    if options.masked {
        report.note("Masked: strings, imports and what they say of libraries are taken out of all fingerprints; the base is asked with what is left.");
    }
    if !unread.is_empty() {
        report.note(format!("Files of which nothing could be made, left out: {}.", unread.len()));
    }
}
