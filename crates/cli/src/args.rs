//! The command line.

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use cognate_binary::Arch;
use cognate_index::Kind;
use std::path::PathBuf;

/// Tells what a binary shares with everything known.
///
/// Index known software with labels, then ask what a new binary has in common
/// with it. Files are read, never run. Exit status: 0 found, 1 nothing found, 2 error.
#[derive(Debug, Parser)]
#[command(name = "cognate", version, max_term_width = 100)]
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
    /// Worker threads; 0 for one per core
    #[arg(long, global = true, value_name = "N", default_value_t = 0, hide_default_value = true,
          value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub threads: u16,
    /// Longest time for one sample, in seconds [default: 300]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_seconds: Option<u64>,
    /// Most instructions decoded in one sample [default: 400000000]
    #[arg(long, global = true, value_name = "N")]
    pub max_instructions: Option<u64>,
    /// Largest file or archive member read, in bytes [default: 1073741824]
    #[arg(long, global = true, value_name = "N")]
    pub max_file_bytes: Option<u64>,
    /// No progress on stderr
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colour
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
    /// Take the files as bare code of this instruction set
    #[arg(long, value_name = "ARCH", value_parser = parse_arch)]
    pub raw: Option<Arch>,
    /// Address of the first byte of bare code
    #[arg(long, value_name = "ADDR", value_parser = parse_address, requires = "raw", default_value = "0x0")]
    pub base: Option<u64>,
    /// Take PE files as mapped in memory
    #[arg(long, conflicts_with = "raw")]
    pub memory: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Index files, directories and archives under a label
    Index(IndexArgs),
    /// Ask what a file shares with everything indexed
    Match(MatchArgs),
    /// Put two files side by side, function by function
    Compare(CompareArgs),
    /// Tell what a file is, and how well it can be read
    Inspect(InspectArgs),
    /// Look after what is indexed
    Corpus {
        /// What to do with it.
        #[command(subcommand)]
        command: CorpusCommand,
    },
    /// Tell who bears an actor's name, and who says so
    Actor(ActorArgs),
    /// Show what cognate does on this machine's own software
    Demo(DemoArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Print the JSON schema of a document, or the names of all
    Schema {
        /// The document's name
        name: Option<String>,
    },
}

/// `cognate index`.
#[derive(Debug, clap::Args)]
pub struct IndexArgs {
    /// Files, directories and archives
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
    #[arg(long, value_name = "KIND", value_parser = parse_kind, default_value = "malware")]
    pub kind: Kind,
    /// Who says so: a report, a feed, a person
    #[arg(long, value_name = "S", default_value = "analyst")]
    pub label_source: String,
    /// A table of labels: path or sha256, family, version, actor, kind, source, apart by tabs
    #[arg(long, value_name = "TSV")]
    pub manifest: Option<PathBuf>,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// `cognate match`.
#[derive(Debug, clap::Args)]
pub struct MatchArgs {
    /// The files to ask about
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Relatives listed at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// Least private evidence of a relative, in bits
    #[arg(long, value_name = "BITS")]
    pub min_bits: Option<f64>,
    /// Least number of distinct private functions of a relative
    #[arg(long, value_name = "N")]
    pub min_functions: Option<usize>,
    /// Least similarity at which two functions count as the same, 0 to 1
    #[arg(long, value_name = "S")]
    pub min_similarity: Option<f64>,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// `cognate compare`.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// One file
    pub a: PathBuf,
    /// The other file
    pub b: PathBuf,
    /// Show the instructions of the pair with this address in A
    #[arg(long, value_name = "ADDR", value_parser = parse_address)]
    pub function: Option<u64>,
    /// Show the instructions of the N largest pairs that differ
    #[arg(long, value_name = "N", conflicts_with = "function")]
    pub functions: Option<usize>,
    /// Pairs listed at most
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub pairs: usize,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// `cognate inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// List every function
    #[arg(long)]
    pub functions: bool,
    /// Show the instructions of the function at this address
    #[arg(long, value_name = "ADDR", value_parser = parse_address)]
    pub function: Option<u64>,
    /// How to read the files.
    #[command(flatten)]
    pub reading: Reading,
}

/// `cognate corpus`.
#[derive(Debug, Subcommand)]
pub enum CorpusCommand {
    /// List the samples
    List {
        /// Only samples of this family
        #[arg(long)]
        family: Option<String>,
    },
    /// Show one sample with the history of its labels
    Show {
        /// The first digits of its SHA-256
        sample: String,
    },
    /// Give samples another label; the old one stays in their history
    Relabel {
        /// The first digits of each SHA-256
        #[arg(required = true)]
        samples: Vec<String>,
        /// The new family
        #[arg(long)]
        family: String,
        /// The new version
        #[arg(long, value_name = "V")]
        family_version: Option<String>,
        /// The new actor
        #[arg(long)]
        actor: Option<String>,
        /// What the family is [default: as before]
        #[arg(long, value_name = "KIND", value_parser = parse_kind)]
        kind: Option<Kind>,
        /// Who says so
        #[arg(long, value_name = "S", default_value = "analyst")]
        label_source: String,
    },
    /// Take samples out of all answers
    Remove {
        /// The first digits of each SHA-256
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

fn parse_arch(text: &str) -> Result<Arch, String> {
    match text {
        "x86" => Ok(Arch::X86),
        "x86-64" | "x64" => Ok(Arch::X86_64),
        "aarch64" | "arm64" => Ok(Arch::Aarch64),
        _ => Err("expected x86, x86-64 or aarch64".to_owned()),
    }
}

fn parse_kind(text: &str) -> Result<Kind, String> {
    match text {
        "malware" => Ok(Kind::Malware),
        "goodware" => Ok(Kind::Goodware),
        "library" => Ok(Kind::Library),
        _ => Err("expected malware, goodware or library".to_owned()),
    }
}

fn parse_address(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let address = digits.map_or_else(|| text.parse(), |digits| u64::from_str_radix(digits, 16));
    address.map_err(|_| "expected an address such as 0x401000".to_owned())
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
    fn addresses_are_hexadecimal_with_a_prefix_and_decimal_without() {
        assert_eq!(parse_address("0x10"), Ok(16));
        assert_eq!(parse_address("10"), Ok(10));
        assert!(parse_address("10h").is_err());
        assert!(parse_address("0x1ffffffffffffffff").is_err());
    }
}
