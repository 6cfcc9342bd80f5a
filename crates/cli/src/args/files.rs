//! What is asked of files: match, triage, compare, inspect, components.

use super::Reading;
use super::values::{Asked, parse_asked, parse_function};
use clap::ValueEnum;
use std::path::PathBuf;

/// `cognate match`.
#[derive(Debug, clap::Args)]
pub struct MatchArgs {
    /// The files to ask about, and folders of such; `-` for standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Relatives listed at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// Tell all that is known: who else shares what, the functions that tell most, samples, libraries
    #[arg(short = 'v', long)]
    pub verbose: bool,
    /// Least similarity at which two functions count as the same, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "S")]
    pub min_similarity: Option<f64>,
    /// What to print in place of text: Markdown for a report or a ticket, a STIX 2.1 bundle, or a MISP event
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<MatchFormat>,
    /// Where documents go.
    #[command(flatten)]
    pub written: Written,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// Documents that `match` prints beside text and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MatchFormat {
    /// CommonMark with the tables of GitHub.
    Markdown,
    /// A STIX 2.1 bundle.
    Stix,
    /// A MISP event.
    Misp,
}

/// Documents of an answer as files.
#[derive(Debug, clap::Args)]
pub struct Written {
    /// Write what --format asks for to this file [default: stdout]
    #[arg(long, short, value_name = "FILE", requires = "format")]
    pub output: Option<PathBuf>,
    /// Write one HTML page as well, which loads nothing
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Replace these files if they are there
    #[arg(long)]
    pub force: bool,
}

/// `cognate triage`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  cognate triage incoming/ --html incoming.html --groups
  cognate triage incoming/ --json | jq -r '.rows[] | select(.finding == \"related\") | .name'

Rows are printed when all files were read, as they are sorted; --resume keeps what an interrupted run has done.
Exit status: 0 something needs a look, 1 nothing does, 2 error, 3 a path that was named could not be read.")]
pub struct TriageArgs {
    /// Files, directories and archives; `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print CSV; cells that a spreadsheet would run get a quotation mark in front
    #[arg(long, conflicts_with = "jsonl")]
    pub csv: bool,
    /// Print each row as one line of JSON
    #[arg(long)]
    pub jsonl: bool,
    /// Write one HTML page as well, which loads nothing
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Replace the HTML page if it is there
    #[arg(long, requires = "html")]
    pub force: bool,
    /// Tell which files share private code with each other: a number in each row, a line for each group
    #[arg(long)]
    pub groups: bool,
    /// Keep the rows of each file that is done in this file, and take over those that are in it; with --groups what is
    /// asked of all files at the end is kept in FILE.groups
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// `cognate compare`.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// One file; `-` for standard input
    pub a: PathBuf,
    /// The other file
    pub b: PathBuf,
    /// Show the functions that are most like the one with this address or name in A, or else in B, or that holds the
    /// address, and how they differ; `A:` or `B:` in front says which file is meant
    #[arg(long, value_name = "ADDR|NAME", value_parser = parse_asked)]
    pub function: Option<Asked>,
    /// Show the instructions of the N largest pairs that differ
    #[arg(long, value_name = "N", conflicts_with = "function")]
    pub functions: Option<usize>,
    /// Functions listed at most
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub pairs: usize,
    /// Leave out the pairs of equal bytes
    #[arg(long, conflicts_with = "function")]
    pub changed: bool,
    /// List only the functions that A has nothing like
    #[arg(long, conflicts_with_all = ["function", "changed", "functions"])]
    pub only_b: bool,
    /// Which pairs come first: those of which most has changed, by address in A, the largest, the least alike
    #[arg(long, value_name = "ORDER", default_value = "weight")]
    pub sort: PairOrder,
    /// What to print in place of text: Markdown for a report or a ticket
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<CompareFormat>,
    /// Draw the blocks of the function that is asked for and of its partner, as SVG
    #[arg(long, value_name = "FILE", requires = "function")]
    pub svg: Option<PathBuf>,
    /// Where documents go.
    #[command(flatten)]
    pub written: Written,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// Documents that `compare` prints beside text and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// CommonMark with the tables of GitHub.
    Markdown,
}

/// Which pairs of functions come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PairOrder {
    /// Changed ones first, those of which most has changed.
    Weight,
    /// By address in A.
    Address,
    /// The largest.
    Size,
    /// The least alike.
    Alike,
}

/// `cognate inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The files; `-` for standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// List every function
    #[arg(long)]
    pub functions: bool,
    /// Show the instructions of the function with this address or name, or that holds the address
    #[arg(long, value_name = "ADDR|NAME", value_parser = parse_function)]
    pub function: Option<Asked>,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// `cognate components`.
#[derive(Debug, clap::Args)]
pub struct ComponentsArgs {
    /// The files; `-` for standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// How to show them: as text (JSON with --json), or as a CycloneDX bill of materials
    #[arg(long, value_name = "FORMAT", default_value = "text", hide_default_value = true)]
    pub format: ComponentsFormat,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// How components are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ComponentsFormat {
    /// For people; a JSON document with `--json`.
    Text,
    /// CycloneDX 1.5, JSON.
    Cyclonedx,
}
