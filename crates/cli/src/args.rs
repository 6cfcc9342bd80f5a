//! The command line. What a command takes stands in the file of its subject.

mod case;
mod files;
mod store;
mod values;

pub use case::{
    AsOf, CaseAddMatchArgs, CaseAssessArgs, CaseCommand, CaseCompareArgs, CaseDraftArgs, CaseExplainArgs,
    CaseExportArgs, CaseFormat, CaseMatrixArgs, CaseMergeArgs, CaseNewArgs, CaseScoreArgs,
};
use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use cognate_binary::Arch;
pub use files::{
    CompareArgs, CompareFormat, ComponentsArgs, ComponentsFormat, InspectArgs, MatchArgs, MatchFormat,
    PairOrder, TriageArgs, Written,
};
use std::path::PathBuf;
pub use store::{BaseAddArgs, BaseCommand, CorpusCommand, IndexArgs, ListArgs, RelabelArgs};
pub use values::Asked;
use values::{parse_address, parse_arch};

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

/// `cognate actor`.
#[derive(Debug, clap::Args)]
pub struct ActorArgs {
    /// A name or alias, an ATT&CK id, or a UUID; case, blanks and hyphens do not count
    pub name: String,
}

/// `cognate demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Keep the demo's store in this folder instead of deleting it
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
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
}
