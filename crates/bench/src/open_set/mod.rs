//! `open-set`: whom a match names when nothing of the query's own lineage is in the store, and whether it
//! finds its own beside all others when something is.
//!
//! Files and their lineages come from manifests; all go into one store, which is asked through a [`View`] that hides
//! what each question leaves out. `tables` counts the answers, `chance` says how far the counts reach.

mod chance;
mod tables;
mod view;

use crate::process::cpu_time;
use crate::report::Report;
use crate::{Record, corpus, pairs};
use anyhow::{Context, Result};
use clap::Args;
use cognate_base::hash_bytes;
use cognate_components::identify;
use cognate_documents::{FamilyRelative, MatchReport};
use cognate_engine::{Engine, EngineOptions};
use cognate_fingerprint::SampleFingerprint;
use cognate_index::{Added, Embedded, Kind, Label, SampleKey, Store};
use cognate_matching::MatchOptions;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use view::{Holders, View};

/// Families of which the score is seen; those that share less count as sharing nothing.
const MOST_FAMILIES: usize = 64;
/// Other lineages that a query meets alone with `--cold`.
const COLD_DRAWS: usize = 5;

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
    /// Writes a row for each query and family here: what it shares, and whether it is its own. For development parts only.
    #[arg(long)]
    features: Option<PathBuf>,
    /// Name of the report.
    #[arg(long, default_value = "open-set")]
    name: String,
}

/// What of the query's own lineage is in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Presence {
    Absent,
    /// Nor anything else but one other lineage.
    Cold(usize),
    Whole,
    /// Other versions, for the query's platform.
    SamePlatform,
    /// Whatever was made for other platforms.
    OtherPlatform,
}

/// A file with what is known of it.
struct Sample {
    lineage: String,
    version: String,
    platform: String,
    kind: Kind,
    fingerprint: SampleFingerprint,
    key: SampleKey,
}

/// What the tool said to one question.
struct Answer<'a> {
    query: &'a Sample,
    presence: Presence,
    verdict: String,
    named: Vec<String>,
    /// Families with their scores, highest first.
    ranked: Vec<(String, f64)>,
    /// Families in the store that are not the query's own.
    others: usize,
    features: String,
}

/// The families that an answer accuses.
fn named(report: &MatchReport) -> Vec<String> {
    let families = report.families.iter().filter(|family| family.standing.significant);
    families.map(|family| family.family.clone()).collect()
}

/// How much is held to speak for a family.
fn score(family: &FamilyRelative) -> f64 {
    family.standing.evidence_bits
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
    let answers = asked
        .par_iter()
        .map(|&(query, presence)| answer(&engine, whole, query, presence, options.record.seed));
    let answers: Vec<Answer<'_>> = answers.collect::<Result<_>>()?;
    for table in tables::tables(&samples, &answers) {
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

/// Fingerprints what the tables list; with the names of the files of which nothing can be made.
fn read(options: &OpenSetOptions, engine: &Engine) -> Result<(Vec<Sample>, Vec<String>)> {
    let mut rows = Vec::new();
    for path in &options.manifests {
        rows.extend(listed(path)?.into_iter().map(|row| (row, Kind::Malware)));
    }
    if let Some(path) = &options.goodware {
        let found = if path.is_dir() { packages(path)? } else { listed(path)? };
        rows.extend(found.into_iter().map(|row| (row, Kind::Goodware)));
    }
    let one = |([path, lineage, version, platform], kind): ([String; 4], Kind)| -> Result<Sample, String> {
        let bytes = std::fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
        let sample = engine.sample(&path, &bytes.into()).map_err(|error| format!("{path}: {error}"))?;
        let mut fingerprint = sample.fingerprint;
        if fingerprint.functions.is_empty() {
            return Err(format!("{path}: no functions"));
        }
        if options.masked {
            pairs::mask(&mut fingerprint);
            fingerprint.components = identify(&engine.bases(), &fingerprint).components;
        }
        Ok(Sample { lineage, version, platform, kind, fingerprint, key: SampleKey(0) })
    };
    let read: Vec<Result<Sample, String>> = rows.into_par_iter().map(one).collect();
    let (mut samples, mut unread) = (Vec::new(), Vec::new());
    for one in read {
        one.map_or_else(|error| unread.push(error), |sample| samples.push(sample));
    }
    Ok((samples, unread))
}

/// The rows of a table: path, lineage, version, platform.
fn listed(path: &Path) -> Result<Vec<[String; 4]>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let rows = corpus::table(&text).into_iter().map(|mut row| {
        let lineage = row.remove("lineage").or_else(|| row.remove("component")).unwrap_or_default();
        let [path, version, platform] =
            ["path", "version", "platform"].map(|name| row.remove(name).unwrap_or_default());
        [path, lineage, version, platform]
    });
    Ok(rows.collect())
}

/// The same of a folder whose files bear their package's name.
fn packages(folder: &Path) -> Result<Vec<[String; 4]>> {
    let row = |path: PathBuf| {
        let name = corpus::file_name(&path);
        let package = name.split("__").next().unwrap_or_default().to_owned();
        [path.display().to_string(), package, String::new(), String::new()]
    };
    Ok(corpus::files(folder)?.into_iter().map(row).collect())
}

/// A store of all samples, labelled by lineage; of equal files the first stays.
fn filled(folder: &Path, samples: &mut Vec<Sample>) -> Result<Embedded> {
    let mut store = Embedded::open(folder)?;
    let mut kept = Vec::new();
    for mut sample in samples.drain(..) {
        let version = Some(sample.version.clone()).filter(|version| !version.is_empty());
        let label = Label {
            family: sample.lineage.clone(),
            version,
            actor: None,
            kind: sample.kind,
            source: "open-set".to_owned(),
        };
        if let Added::New(key) = store.add(&sample.fingerprint, &sample.lineage, &label)? {
            sample.key = key;
            kept.push(sample);
        }
    }
    store.commit()?;
    *samples = kept;
    Ok(store)
}

/// Each query with each presence of its own lineage that the samples allow.
fn questions<'a>(samples: &'a [Sample], options: &OpenSetOptions) -> Vec<(&'a Sample, Presence)> {
    let mut presences =
        vec![Presence::Absent, Presence::Whole, Presence::SamePlatform, Presence::OtherPlatform];
    if options.cold {
        presences.extend((0..COLD_DRAWS).map(Presence::Cold));
    }
    let queries = samples.iter().filter(|sample| sample.kind == Kind::Malware);
    let all = queries.flat_map(|query| presences.iter().map(move |&presence| (query, presence)));
    let is_possible = |&(query, presence): &(&Sample, Presence)| {
        matches!(presence, Presence::Absent | Presence::Cold(_))
            || samples
                .iter()
                .any(|other| other.lineage == query.lineage && is_present(presence, query, other))
    };
    all.filter(is_possible).collect()
}

/// Whether another file of the query's own lineage is in the store.
fn is_present(presence: Presence, query: &Sample, other: &Sample) -> bool {
    let is_same_platform = query.platform == other.platform;
    query.key != other.key
        && match presence {
            Presence::Absent | Presence::Cold(_) => false,
            Presence::Whole => true,
            Presence::SamePlatform => is_same_platform && query.version != other.version,
            Presence::OtherPlatform => !is_same_platform,
        }
}

/// The samples that a query meets.
fn visible(samples: &[Sample], query: &Sample, presence: Presence, seed: u64) -> HashSet<SampleKey> {
    let only = match presence {
        Presence::Cold(draw) => drawn(samples, query, seed).nth(draw),
        _ => None,
    };
    let is_visible = |other: &&Sample| {
        if other.lineage == query.lineage {
            is_present(presence, query, other)
        } else {
            only.is_none_or(|lineage| lineage == other.lineage)
        }
    };
    samples.iter().filter(is_visible).map(|sample| sample.key).collect()
}

/// Other lineages than the query's, shuffled by the seed.
fn drawn<'a>(samples: &'a [Sample], query: &Sample, seed: u64) -> impl Iterator<Item = &'a str> + use<'a> {
    let others = samples.iter().filter(|sample| sample.lineage != query.lineage && sample.kind == query.kind);
    let order = hash_bytes(seed, &query.fingerprint.id.0);
    let keyed = others.map(|sample| (hash_bytes(order, sample.lineage.as_bytes()), sample.lineage.as_str()));
    keyed.collect::<BTreeSet<_>>().into_iter().map(|(_, lineage)| lineage)
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
    let mut ranked: Vec<_> =
        report.families.iter().map(|family| (family.family.clone(), score(family))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    Ok(Answer {
        query,
        presence,
        verdict: verdict.as_str().unwrap_or_default().to_owned(),
        named: named(&report),
        ranked,
        others,
        features: features(query, presence, &report),
    })
}

const FEATURES: &str = "query\tlineage\tversion\tplatform\tpresence\tfunctions\tcomparable\tfamily\tis_own\tnamed\tscore\tdistinct\tweighted\tmatched_functions\tprivate_functions\tprivate_bytes\tlibrary_functions\tcommon_functions\treason\n";

/// A row for each family that shares anything with a query.
fn features(query: &Sample, presence: Presence, report: &MatchReport) -> String {
    let mut rows = String::new();
    for family in &report.families {
        let standing = &family.standing;
        let _ = writeln!(
            rows,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{:.1}\t{}\t{:.4}\t{}\t{}\t{}\t{}\t{}\t{}",
            query.fingerprint.id,
            query.lineage,
            query.version,
            query.platform,
            tables::title(presence),
            report.query.functions,
            report.query.comparable_functions,
            family.family,
            u8::from(family.family == query.lineage),
            u8::from(standing.significant),
            score(family),
            standing.distinct,
            standing.weighted,
            standing.matched.functions,
            standing.private.functions,
            standing.private.bytes,
            standing.library.functions,
            standing.common.functions,
            standing.reason,
        );
    }
    rows
}

fn notes(report: &mut Report, options: &OpenSetOptions, unread: &[String]) {
    report.note("Everything is labelled: family = lineage, kind malware (goodware as such); the options are the program's. The query itself is never in the store. A stranger is any family but the query's own, whatever it shares.");
    report.note("Up to: the one-sided 95 % bound of Clopper and Pearson. Queries of one lineage are not independent, lineages are taken to be: the bound that counts is that of lineages.");
    report.note("Selective accuracy: of the queries that name anybody, those that name their own lineage and nobody else. Own first: the own lineage's score is above all others.");
    report.note("Strangers over the bar: of all pairs of a query and another lineage in the store, those whose score reaches what that share of own pairs reaches; families that share nothing have a score of 0.");
    if options.masked {
        report.note("Masked: strings, imports and what they say of libraries are taken out of all fingerprints; the base is asked with what is left.");
    }
    if !unread.is_empty() {
        report.note(format!("Files of which nothing could be made, left out: {}.", unread.len()));
    }
}
