//! `planted`: whether private modules in unrelated programs are found, and who is named that should not be.
//!
//! `bench/corpora/planted.py` builds the programs and says what is in each. All go into one store, which is asked through
//! a view that hides every program with the query's host, so that nothing but what was planted is shared.
//! `questions` says what a query meets, `tables` counts the answers.

mod programs;
mod questions;
mod tables;

use crate::Record;
use crate::open_set::{Holders, View, on_all_cores};
use crate::process::cpu_time;
use crate::report::Report;
use anyhow::Result;
use clap::Args;
use cognate_documents::Origin;
use cognate_engine::{Engine, EngineOptions};
use cognate_index::Embedded;
use cognate_matching::MatchOptions;
use programs::{Program, filled, read};
use questions::{Question, questions, visible};
use std::path::PathBuf;
use std::time::Duration;

/// What to ask.
#[derive(Args)]
pub struct PlantedOptions {
    #[command(flatten)]
    record: Record,
    /// The table that `planted.py` leaves.
    table: PathBuf,
    /// Name of the report.
    #[arg(long, default_value = "planted")]
    name: String,
}

/// What the tool said of one family.
struct Named {
    /// The family.
    family: String,
    /// The expected number of unrelated families that reach as much.
    e_value: f64,
    /// The decimal logarithm of the likelihood ratio.
    log10_lr: f64,
    /// The verdict, or what stands beside it, names it.
    named: bool,
    /// It is said to be open whether it is related.
    open: bool,
    /// How the two came to agree, where that was told.
    origin: Option<Origin>,
}

/// What the tool said to one question.
struct Answer<'a> {
    query: &'a Program,
    question: Question,
    families: Vec<Named>,
}

/// Families of which the scores are seen.
const MOST_FAMILIES: usize = 64;

/// Runs the measurement.
pub fn run(options: &PlantedOptions) -> Result<()> {
    let mut report = Report::new(&options.name, &options.record, &[&options.table]);
    let engine = Engine::new(EngineOptions::default(), 0)?;
    let mut programs = read(&options.table, &engine)?;
    let folder = tempfile::tempdir()?;
    let store = filled(folder.path(), &mut programs)?;
    let holders = Holders::of(&store)?;
    let before = cpu_time();
    let asked: Vec<(&Program, Question)> = questions(&programs);
    let answers = on_all_cores(&asked, |&(query, question)| {
        answer(&engine, (&store, &holders), &programs, query, question)
    });
    let answers: Vec<Answer<'_>> = answers.into_iter().collect::<Result<_>>()?;
    for table in tables::tables(&programs, &answers) {
        report.table(table);
    }
    let cost = (cpu_time() - before).as_secs_f64() / asked.len().max(1) as f64;
    report.note(format!("{} questions, {cost:.2} s of CPU each.", asked.len()));
    tables::notes(&mut report);
    report.publish(&options.record)
}

fn answer<'a>(
    engine: &Engine,
    (store, holders): (&Embedded, &Holders),
    programs: &[Program],
    query: &'a Program,
    question: Question,
) -> Result<Answer<'a>> {
    let view = View::new(store, holders, visible(programs, query, question));
    let directory = engine.directory(&view)?;
    let time = Some(Duration::from_secs(3600));
    let alignments = if query.role == "flag" { MOST_FAMILIES } else { 0 };
    let asked = MatchOptions { relatives: MOST_FAMILIES, alignments, time, ..MatchOptions::default() };
    let report = engine.relatives_among(&view, &directory, &query.fingerprint, &asked)?;
    let told = |sample| {
        let found = report.samples.iter().find(|it| it.sample.id == sample)?;
        found.alignment.as_ref().map(|alignment| alignment.provenance.origin)
    };
    let families = report.families.iter().map(|family| Named {
        family: family.family.clone(),
        e_value: family.standing.e_value.unwrap_or(f64::INFINITY),
        log10_lr: family.standing.log10_lr,
        named: family.standing.significant || report.outcome.named.contains(&family.family),
        open: family.standing.unsettled,
        origin: told(family.best_sample.id),
    });
    Ok(Answer { query, question, families: families.collect() })
}
