//! Measures cognate on real software with known ground truth.
//!
//! Each subcommand reads a corpus that lies outside the tree (see
//! `bench/README.md`), prints Markdown and, with `--out`, leaves the same as
//! Markdown and JSON in a folder. Nothing it reads is ever run.

#![allow(clippy::print_stdout, clippy::print_stderr)] // its output is its purpose

mod agreement;
mod components;
mod corpus;
mod damage;
mod mutants;
mod open_set;
mod pairs;
mod planted;
mod process;
mod provenance;
mod recovery;
mod relation;
mod report;
mod retrieval;
mod scale;
mod structure;
mod switches;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "cognate-bench", about = "Measures cognate on corpora with ground truth.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What every measurement records about itself.
#[derive(Args, Clone)]
struct Record {
    /// The day of the measurement, as it is to be recorded.
    #[arg(long)]
    date: String,
    /// Folder for the Markdown and the JSON.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Seed of whatever is random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Subcommand)]
enum Command {
    /// The weights by which relatives are told from strangers.
    Relation(relation::RelationOptions),
    /// Function starts found, against .pdata and against symbols.
    Recovery(recovery::RecoveryOptions),
    /// The rows of the Matching table, beside MCRIT.
    Pairs(pairs::PairsOptions),
    /// Function matches between builds of one source, against true names.
    Agreement(agreement::AgreementOptions),
    /// A function looked for among others, in other builds of its source.
    Retrieval(retrieval::RetrievalOptions),
    /// The weights of the re-ranker, from the development part of the corpus.
    Fit(retrieval::fit::FitOptions),
    /// Whether partners get through the index of a large store.
    Survival(retrieval::survival::SurvivalOptions),
    /// How two builds came to agree, told from how they do.
    Provenance(provenance::ProvenanceOptions),
    /// What is told to be a known component's, against the truth.
    Components(components::ComponentsOptions),
    /// Whom a match names: the query's own lineage absent, and present.
    OpenSet(open_set::OpenSetOptions),
    /// Whether private modules in unrelated programs are found, and what decoys do.
    Planted(planted::PlantedOptions),
    /// A store of millions of functions: disk, time, memory.
    Scale(scale::ScaleOptions),
    /// Damaged files of every format through the whole pipeline.
    Mutants(mutants::MutantsOptions),
    /// Switches of 32-bit Windows files whose cases became functions, against relocations.
    Switches(switches::SwitchesOptions),
    /// One file through the pipeline, figures as JSON (a child process of the others).
    #[command(hide = true)]
    One(recovery::OneOptions),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Recovery(options) => recovery::run(&options),
        Command::Relation(options) => relation::run(&options),
        Command::Components(options) => components::run(&options),
        Command::Pairs(options) => pairs::run(&options),
        Command::Agreement(options) => agreement::run(&options),
        Command::Retrieval(options) => retrieval::run(&options),
        Command::Fit(options) => retrieval::fit::run(&options),
        Command::Survival(options) => retrieval::survival::run(&options),
        Command::Provenance(options) => provenance::run(&options),
        Command::OpenSet(options) => open_set::run(&options),
        Command::Planted(options) => planted::run(&options),
        Command::Scale(options) => scale::run(&options),
        Command::Mutants(options) => mutants::run(&options),
        Command::Switches(options) => switches::run(&options),
        Command::One(options) => recovery::run_one(&options),
    }
}
