//! The command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use cognate_binary::Arch;
use cognate_case::Scheme;
use cognate_case::scale::Shareability;
use cognate_documents::{ComponentKind, Side};
use cognate_index::Kind;
use jiff::civil::Date;
use std::path::PathBuf;

/// Tells what a binary shares with everything known.
///
/// Index known software with labels, then ask what a new binary has in common
/// with it. Files are read, never run. `cognate help verdicts` explains answers. Exit status: 0 found, 1 nothing found,
/// 2 error, 3 some files could not be read, the others were answered.
#[derive(Debug, Parser)]
#[command(name = "cognate", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Args {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Print one JSON document (see `cognate schema`)
    #[arg(long, global = true)]
    pub json: bool,
    /// The store's folder [default: $XDG_DATA_HOME/cognate/store]
    #[arg(long, global = true, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Wait while another process writes to the store, at most so long; without a number, as long as it takes
    /// [default: not at all]
    #[arg(long, global = true, value_name = "SECONDS", require_equals = true)]
    pub wait: Option<Option<u64>>,
    /// Worker threads; 0 for one per core [default: 0]
    #[arg(long, global = true, value_name = "N", default_value_t = 0, hide_default_value = true,
          value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub threads: u16,
    /// Longest time for one sample, in seconds [default: 300]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_seconds: Option<u64>,
    /// Most instructions decoded in one sample [default: 400000000]
    #[arg(long, global = true, value_name = "N")]
    pub max_instructions: Option<u64>,
    /// Most memory kept of one sample beside the file itself, in MiB [default: 2048]
    #[arg(long, global = true, value_name = "N")]
    pub max_memory: Option<u64>,
    /// Largest file or archive member read, in bytes [default: 1073741824]
    #[arg(long, global = true, value_name = "N")]
    pub max_file_bytes: Option<u64>,
    /// Read files in this process, not in a confined one of their own; for debugging
    #[arg(long, global = true)]
    pub no_sandbox: bool,
    /// No progress on stderr
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colour [default: auto]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: ColorChoice,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to take bytes that do not say what they are.
#[derive(Debug, Default, clap::Args)]
pub struct Reading {
    /// Take the files as bare code of this instruction set: x86, x86-64 or aarch64
    #[arg(long, value_name = "ARCH", value_parser = parse_arch)]
    pub raw: Option<Arch>,
    /// Address of the first byte of bare code
    #[arg(long, value_name = "ADDR", value_parser = parse_address, requires = "raw", default_value = "0x0")]
    pub base: Option<u64>,
    /// Take PE files as mapped in memory
    #[arg(long, conflicts_with = "raw")]
    pub memory: bool,
    /// Password tried on encrypted zip and 7z archives, before `infected`, which always is
    #[arg(long, value_name = "TEXT")]
    pub password: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Index files, directories and archives under a label
    Index(IndexArgs),
    /// Ask what a file shares with everything indexed
    Match(MatchArgs),
    /// One row for each file in folders and archives, what needs a look first
    Triage(TriageArgs),
    /// Put two files side by side, function by function
    Compare(CompareArgs),
    /// Tell what a file is, and how well it can be read
    Inspect(InspectArgs),
    /// Tell of which libraries, runtimes and other known components a file is made
    Components(ComponentsArgs),
    /// Look after what is known of components
    Base {
        /// What to do with it.
        #[command(subcommand)]
        command: BaseCommand,
    },
    /// Look after what is indexed
    Corpus {
        /// What to do with it.
        #[command(subcommand)]
        command: CorpusCommand,
    },
    /// Tell who bears an actor's name, and who says so
    Actor(ActorArgs),
    /// Weigh evidence for who is behind an incident
    Case {
        /// What to do with it.
        #[command(subcommand)]
        command: CaseCommand,
    },
    /// Show what cognate does on this machine's own software
    Demo(DemoArgs),
    /// Tell what there is (store, known components, what keeps parsers in) and what is missing
    Doctor,
    /// Read files for another process of this program; not for people
    #[command(hide = true)]
    Worker,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one for each command
    Man {
        /// Write all pages into this folder: `cognate.1`, `cognate-corpus-list.1` and so on; what is there is replaced
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Explain answers, or tell of a command and its options
    Help {
        /// `verdicts`, or a command
        topic: Vec<String>,
    },
    /// Print the JSON schema of a document, or the names of all
    Schema {
        /// The document's name
        name: Option<String>,
    },
}

/// `cognate index`.
#[derive(Debug, clap::Args)]
pub struct IndexArgs {
    /// Files, directories and archives; `-` for standard input
    #[arg(required_unless_present = "manifest")]
    pub paths: Vec<PathBuf>,
    /// The family; for goodware and libraries the project
    #[arg(long, required_unless_present = "manifest")]
    pub family: Option<String>,
    /// The version or variant
    #[arg(long, value_name = "V", requires = "family")]
    pub family_version: Option<String>,
    /// The actor to whom the family is held to belong
    #[arg(long, requires = "family")]
    pub actor: Option<String>,
    /// What the family is
    #[arg(long, value_name = "KIND", value_parser = kinds(), default_value = "malware")]
    pub kind: Kind,
    /// Who says so: a report, a feed, a person
    #[arg(long, value_name = "S", default_value = "analyst")]
    pub label_source: String,
    /// A table of labels with a header line: path or sha256, family, version, actor, kind, source; apart by tabs or
    /// commas. Relative paths start at the table's own folder
    #[arg(long, value_name = "TABLE")]
    pub manifest: Option<PathBuf>,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

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

/// A function of one of two files, as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The file that it is of, where that was said.
    pub side: Option<Side>,
    /// Its address or its name.
    pub text: String,
    /// Its address, where it is one.
    pub address: Option<u64>,
}

impl Asked {
    /// How it is asked for, in words.
    pub fn words(&self) -> String {
        match self.address {
            Some(address) => format!("at {address:#x}"),
            None => format!("named `{}`", self.text),
        }
    }
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

/// `cognate base`.
#[derive(Debug, Subcommand)]
pub enum BaseCommand {
    /// List the components that are known
    Show {
        /// Only the component of this name
        name: Option<String>,
    },
    /// Make a base of files of which it is known what they are
    Build {
        /// A table: path, component, version, kind, toolchain, names (symbols or none), apart by tabs
        manifest: PathBuf,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace the file if it is there
        #[arg(long)]
        force: bool,
    },
    /// Make a component known to this store: it is asked beside the program's own base
    Add(BaseAddArgs),
    /// Take components away that `add` made known to this store, each with all that was added in one go with it
    Remove {
        /// Their names; case does not count
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Write the program's own base to a file
    Export {
        /// The file to write
        to: PathBuf,
        /// Replace the file if it is there
        #[arg(long)]
        force: bool,
    },
}

/// `cognate base add`.
#[derive(Debug, clap::Args)]
pub struct BaseAddArgs {
    /// Files that hold its code and nothing else: static libraries, objects, programs; `-` for standard input
    #[arg(required_unless_present = "manifest", conflicts_with = "manifest")]
    pub files: Vec<PathBuf>,
    /// The component
    #[arg(long, value_name = "NAME", required_unless_present = "manifest", conflicts_with = "manifest")]
    pub component: Option<String>,
    /// Its version
    #[arg(long, value_name = "V", conflicts_with = "manifest")]
    pub component_version: Option<String>,
    /// What it is
    #[arg(long, value_name = "KIND", value_parser = component_kinds(), default_value = "library")]
    pub kind: ComponentKind,
    /// Several versions or components at once, by a table as `base build` reads it
    #[arg(long, value_name = "TABLE")]
    pub manifest: Option<PathBuf>,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// `cognate corpus`.
#[derive(Debug, Subcommand)]
pub enum CorpusCommand {
    /// List the samples
    List(ListArgs),
    /// Show one sample with the history of its labels
    Show {
        /// The first digits of its SHA-256, or its MD5, SHA-1 or name
        sample: String,
    },
    /// Give samples another label; what is not named stays, and the old label stays in their history
    Relabel(RelabelArgs),
    /// Take samples out of all answers
    Remove {
        /// The first digits of each SHA-256, or the MD5s, SHA-1s or names
        #[arg(required = true)]
        samples: Vec<String>,
    },
    /// Take in all samples of another store, with their labels
    Merge {
        /// The other store's folder
        from: PathBuf,
    },
    /// Write all labels to a table that `import` and `index --manifest` read
    Export {
        /// The file to write
        to: PathBuf,
        /// Replace the file if it is there
        #[arg(long)]
        force: bool,
    },
    /// Take over the labels of a table written by `export`
    Import {
        /// The file to read
        from: PathBuf,
    },
    /// Tell how large the store is
    Stats,
    /// Check every byte of the store
    Verify,
    /// Merge all segments into one and drop what was removed
    Compact,
}

/// `cognate corpus list`: samples for which all of this holds.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only samples of this family
    #[arg(long)]
    pub family: Option<String>,
    /// Only samples of families that belong to this actor
    #[arg(long)]
    pub actor: Option<String>,
    /// Only samples of families of this kind
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub kind: Option<Kind>,
    /// Only samples whose name holds this; case does not count
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
}

/// `cognate corpus relabel`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("label").required(true).multiple(true))]
pub struct RelabelArgs {
    /// The first digits of each SHA-256, or the MD5s, SHA-1s or names
    #[arg(required = true)]
    pub samples: Vec<String>,
    /// The new family
    #[arg(long, group = "label")]
    pub family: Option<String>,
    /// The new version; `''` for none
    #[arg(long, value_name = "V", group = "label")]
    pub family_version: Option<String>,
    /// The new actor; `''` for none
    #[arg(long, group = "label")]
    pub actor: Option<String>,
    /// What the family is
    #[arg(long, value_name = "KIND", value_parser = kinds(), group = "label")]
    pub kind: Option<Kind>,
    /// Who says so
    #[arg(long, value_name = "S", default_value = "analyst")]
    pub label_source: String,
}

/// `cognate actor`.
#[derive(Debug, clap::Args)]
pub struct ActorArgs {
    /// A name or alias, an ATT&CK id, or a UUID; case, blanks and hyphens do not count
    pub name: String,
}

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

/// `cognate demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Keep the demo's store in this folder instead of deleting it
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

fn parse_arch(text: &str) -> Result<Arch, String> {
    match text {
        "x64" => Ok(Arch::X86_64),
        "arm64" => Ok(Arch::Aarch64),
        _ => text.parse().map_err(|_| "expected x86, x86-64 or aarch64".to_owned()),
    }
}

/// What a family can be; help lists it.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new([Kind::Malware, Kind::Goodware, Kind::Library].map(<&str>::from))
        .try_map(|text| text.parse::<Kind>())
}

/// What a component of a program can be.
fn component_kinds() -> impl TypedValueParser<Value = ComponentKind> {
    let kinds = [ComponentKind::Library, ComponentKind::Runtime, ComponentKind::Glue];
    PossibleValuesParser::new(kinds.map(<&str>::from)).try_map(|text| text.parse::<ComponentKind>())
}

fn parse_day(text: &str) -> Result<Date, String> {
    let expected = || "expected a day as YYYY-MM-DD, such as 2017-05-26".to_owned();
    let shape =
        |place: usize, byte: u8| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    if text.len() != 10 || !text.bytes().enumerate().all(|(place, byte)| shape(place, byte)) {
        return Err(expected());
    }
    text.parse().map_err(|_| format!("no such day; {}", expected()))
}

fn parse_wording(text: &str) -> Result<Scheme, String> {
    match text {
        "icd203" => Ok(Scheme::Icd203),
        "phia" => Ok(Scheme::Phia),
        _ => Err("expected icd203 or phia".to_owned()),
    }
}

fn parse_shareability(text: &str) -> Result<Shareability, String> {
    match text {
        "public" => Ok(Shareability::Public),
        "leaked" => Ok(Shareability::Leaked),
        "traded" => Ok(Shareability::Traded),
        "private" => Ok(Shareability::Private),
        "operational" => Ok(Shareability::Operational),
        _ => Err("expected public, leaked, traded, private or operational".to_owned()),
    }
}

fn parse_address(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let address = digits.map_or_else(|| text.parse(), |digits| u64::from_str_radix(digits, 16));
    address.map_err(|_| "expected an address such as 0x401000".to_owned())
}

fn parse_function(text: &str) -> Result<Asked, String> {
    Ok(Asked { side: None, text: text.to_owned(), address: parse_address(text).ok() })
}

fn parse_asked(text: &str) -> Result<Asked, String> {
    // `A::b` is a name of C++.
    let of_side = |letter| text.strip_prefix(letter).filter(|rest| !rest.starts_with(':'));
    let (side, text) = match (of_side("A:"), of_side("B:")) {
        (Some(rest), _) => (Some(Side::A), rest),
        (None, Some(rest)) => (Some(Side::B), rest),
        (None, None) => (None, text),
    };
    Ok(Asked { side, text: text.to_owned(), address: parse_address(text).ok() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_defaults_that_help_tells_are_those_in_force() {
        let help = |command: &str, part: Option<&str>| {
            let mut command = Args::command().find_subcommand(command).unwrap().clone();
            if let Some(part) = part {
                command = command.find_subcommand(part).unwrap().clone();
            }
            command.render_long_help().to_string()
        };
        let options = cognate_matching::MatchOptions::default();
        let limits = cognate_base::Limits::default();
        let matching = help("match", None);
        let least = matching.split("--min-similarity").nth(1).unwrap().split("\n\n").next().unwrap();
        assert!(least.contains(&format!("[default: {}]", options.accept)), "{least}");
        let global = Args::command().render_long_help().to_string();
        for default in [limits.time.as_secs(), limits.instructions, limits.memory >> 20, limits.file_bytes] {
            assert!(global.contains(&format!("[default: {default}]")), "{default}");
        }
        assert!(help("case", Some("assess")).contains(&format!("[default: {}]", cognate_case::SEED)));
    }

    #[test]
    fn days_have_one_spelling() {
        assert_eq!(parse_day("2017-05-26").map(|day| day.to_string()), Ok("2017-05-26".to_owned()));
        for text in
            ["2017-5-26", "2017-02-30", "26.05.2017", "2017-05-26T12:00", "", "99999-01-01", "２０１７-05-26"]
        {
            assert!(parse_day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_hexadecimal_with_a_prefix_and_decimal_without() {
        assert_eq!(parse_address("0x10"), Ok(16));
        assert_eq!(parse_address("10"), Ok(10));
        assert!(parse_address("10h").is_err());
        assert!(parse_address("0x1ffffffffffffffff").is_err());
    }

    #[test]
    fn a_function_is_asked_for_by_side_and_by_address_or_name() {
        let check = |text: &str, side, rest: &str, address| {
            let asked = Asked { side, text: rest.to_owned(), address };
            assert_eq!(parse_asked(text), Ok(asked), "{text}");
        };
        check("0x10", None, "0x10", Some(16));
        check("B:0x10", Some(Side::B), "0x10", Some(16));
        check("A:main", Some(Side::A), "main", None);
        check("A::main", None, "A::main", None);
    }
}
