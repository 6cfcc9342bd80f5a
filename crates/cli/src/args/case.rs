//! What is done with cases.

use super::values::{parse_day, parse_shareability, parse_wording};
use clap::{Subcommand, ValueEnum};
use cognate_case::Scheme;
use cognate_case::scale::Shareability;
use jiff::civil::Date;
use std::path::PathBuf;

/// `cognate case`.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Write a commented skeleton of a case file
    New(CaseNewArgs),
    /// Look case files over: all errors at once, and what is doubtful; exit status 2 when one cannot be read
    Check {
        /// The case files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Exit with status 1 when there are warnings
        #[arg(long)]
        deny_warnings: bool,
    },
    /// Tell what a case proves; exit status 1 when no item counts at the date
    Assess(CaseAssessArgs),
    /// Show every number of a claim or an item down to its inputs
    Explain(CaseExplainArgs),
    /// Put two cases, or one at two dates, side by side; exit status 1 when nothing differs
    Compare(CaseCompareArgs),
    /// Write the assessment as a document or for other tools
    Export(CaseExportArgs),
    /// Make an item of evidence from the result of `cognate match --json`
    AddMatch(CaseAddMatchArgs),
    /// Show the judgements as a table, for a spreadsheet too, and take them back from one
    Matrix(CaseMatrixArgs),
    /// Merge two analysts' files of one case; exit status 1 when somebody has to settle something
    Merge(CaseMergeArgs),
    /// Draft evidence from a STIX bundle, a MISP event or a table (CSV), all of it still to judge
    Draft(CaseDraftArgs),
    /// Hold assessments against what later years showed; exit status 1 when no case has an outcome
    Score(CaseScoreArgs),
}

/// `cognate case matrix`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 shown or changed, 1 the table changes nothing, 2 error.")]
pub struct CaseMatrixArgs {
    /// The case file
    pub case: PathBuf,
    /// Write it as CSV; cells that a spreadsheet would run get a quotation mark in front
    #[arg(long, conflicts_with = "from")]
    pub csv: bool,
    /// With semicolons and a mark of UTF-8, as Excel in most of Europe wants it
    #[arg(long, requires = "csv")]
    pub excel: bool,
    /// A column for every role of every candidate
    #[arg(long, conflicts_with = "from")]
    pub roles: bool,
    /// Take the cells of this table back into the case file, and tell which changed
    #[arg(long, value_name = "CSV")]
    pub from: Option<PathBuf>,
    /// Change the case file itself
    #[arg(long, requires = "from", conflicts_with = "output")]
    pub in_place: bool,
    /// Write the new case file here; never overwritten [default: stdout]
    #[arg(long, short, value_name = "FILE", requires = "from")]
    pub output: Option<PathBuf>,
}

/// `cognate case merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "What both say otherwise stays as A has it, with B's word in a comment above.
Exit status: 0 merged, 1 merged with conflicts, 2 error.")]
pub struct CaseMergeArgs {
    /// One case file, whose word stands
    pub a: PathBuf,
    /// Another file of the same case
    pub b: PathBuf,
    /// The analyst that B's authors become, as an id [default: from the first author's name]
    #[arg(long, value_name = "ID")]
    pub analyst: Option<String>,
    /// Change A itself
    #[arg(long, conflicts_with = "output")]
    pub in_place: bool,
    /// Write the merged case file here; never overwritten [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `cognate case draft`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing is judged: sources are graded F, items 6, likelihoods are blank, and actors that
the input names become no candidates. `case check` lists what is left to do.
Exit status: 0 drafted, 2 error."
)]
pub struct CaseDraftArgs {
    /// A STIX 2.1 bundle, a MISP event, or a table (CSV)
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// Add to this case file [default: a new one]
    #[arg(long, value_name = "CASE")]
    pub into: Option<PathBuf>,
    /// Who says so, where the input does not say [default: the file's name]
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// The day of the report, where the input has none [default: today, UTC]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub reported: Option<Date>,
    /// Change the case file itself
    #[arg(long, requires = "into", conflicts_with = "output")]
    pub in_place: bool,
    /// Write the case file here; never overwritten [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `cognate case score`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A case is scored by its `[outcome]`, never by what was reported on the day of that or later.
Exit status: 0 scored, 1 no case has an outcome, 2 error."
)]
pub struct CaseScoreArgs {
    /// Case files, and folders whose `*.toml` are case files
    #[arg(required = true, value_name = "DIR|FILE")]
    pub paths: Vec<PathBuf>,
    /// As of this day, as YYYY-MM-DD; may be given several times [default: the day before the outcome was known]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub as_of: Vec<Date>,
    /// As of so many days after the incident; may be given several times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..=36_500))]
    pub days: Vec<i32>,
}

/// `cognate case new`.
#[derive(Debug, clap::Args)]
pub struct CaseNewArgs {
    /// The file to write; never overwritten [default: stdout]
    pub file: Option<PathBuf>,
    /// The case's id [default: from the file's name]
    #[arg(long)]
    pub id: Option<String>,
    /// The case's title
    #[arg(long)]
    pub title: Option<String>,
}

/// At which date, in which words, with which draws.
#[derive(Debug, clap::Args)]
pub struct AsOf {
    /// Only what was reported up to this day, as YYYY-MM-DD [default: everything]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub as_of: Option<Date>,
    /// The standard of the words: icd203 or phia [default: icd203]
    #[arg(long, value_name = "STANDARD", value_parser = parse_wording)]
    pub wording: Option<Scheme>,
    /// Seed of the draws behind the intervals [default: 7165059255948829953]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// `cognate case assess`.
#[derive(Debug, clap::Args)]
pub struct CaseAssessArgs {
    /// The case file
    pub file: PathBuf,
    /// The first page, as it can be sent: with implications, assumptions, a summary of sources, citations
    #[arg(long)]
    pub brief: bool,
    /// All that there is: after the first page the weight of each item, the matrix, the timeline, the sources
    #[arg(long, conflicts_with = "brief")]
    pub full: bool,
    /// When and how.
    #[command(flatten)]
    pub at: AsOf,
}

/// `cognate case explain`.
#[derive(Debug, clap::Args)]
pub struct CaseExplainArgs {
    /// The case file
    pub file: PathBuf,
    /// Ids of claims (`lazarus/group`) and items [default: the leading claim]
    #[arg(value_name = "CLAIM|ITEM")]
    pub names: Vec<String>,
    /// When and how.
    #[command(flatten)]
    pub at: AsOf,
}

/// `cognate case compare`.
#[derive(Debug, clap::Args)]
pub struct CaseCompareArgs {
    /// One case file
    pub a: PathBuf,
    /// The other [default: the same]
    pub b: Option<PathBuf>,
    /// In A, only what was reported up to this day, as YYYY-MM-DD [default: everything]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub as_of_a: Option<Date>,
    /// In B, only what was reported up to this day, as YYYY-MM-DD [default: everything]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub as_of_b: Option<Date>,
    /// The standard of the words: icd203 or phia [default: icd203]
    #[arg(long, value_name = "STANDARD", value_parser = parse_wording)]
    pub wording: Option<Scheme>,
    /// Seed of the draws behind the intervals [default: 7165059255948829953]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// A format of `cognate case export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CaseFormat {
    /// As on the terminal with `--full`.
    Text,
    /// Markdown.
    Markdown,
    /// One page that loads nothing.
    Html,
    /// The first page as a Word document.
    Docx,
    /// The whole document (`cognate schema case-assess`).
    Json,
    /// A STIX 2.1 bundle.
    Stix,
    /// A MISP event.
    Misp,
    /// CASE/UCO in JSON-LD.
    CaseUco,
}

/// `cognate case export`.
#[derive(Debug, clap::Args)]
pub struct CaseExportArgs {
    /// The case file
    pub file: PathBuf,
    /// What to write
    #[arg(long, value_name = "FORMAT")]
    pub format: CaseFormat,
    /// Of text, Markdown and HTML only the first page, as it can be sent
    #[arg(long)]
    pub brief: bool,
    /// The file to write [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    pub force: bool,
    /// When and how.
    #[command(flatten)]
    pub at: AsOf,
}

/// `cognate case add-match`.
#[derive(Debug, clap::Args)]
pub struct CaseAddMatchArgs {
    /// The case file
    pub case: PathBuf,
    /// What `cognate match --json` printed
    pub result: PathBuf,
    /// Which file of the result: its name or the first digits of its SHA-256
    #[arg(long)]
    pub query: Option<String>,
    /// The family or actor [default: the strongest significant one]
    #[arg(long)]
    pub relative: Option<String>,
    /// The candidate it speaks for [default: the one of the relative's name or actor]
    #[arg(long, value_name = "ID")]
    pub candidate: Option<String>,
    /// Find the candidate through aliases of MISP and ATT&CK as well
    #[arg(long)]
    pub aliases: bool,
    /// The item's id [default: from the relative and the file]
    #[arg(long)]
    pub id: Option<String>,
    /// The source's id [default: cognate, added where missing]
    #[arg(long, value_name = "ID")]
    pub source: Option<String>,
    /// The day of the report, as YYYY-MM-DD [default: today, UTC]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub reported: Option<Date>,
    /// How widely the code is shared: public, leaked, traded, private, operational
    #[arg(long, value_name = "HOW", value_parser = parse_shareability)]
    pub shareability: Option<Shareability>,
    /// Change the case file itself
    #[arg(long, conflicts_with = "output")]
    pub in_place: bool,
    /// Write the new case file here; never overwritten [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
