//! What goes into the store, and is looked after there: index, base, corpus.

use super::Reading;
use super::values::{component_kinds, kinds};
use clap::Subcommand;
use cognate_documents::ComponentKind;
use cognate_index::Kind;
use std::path::PathBuf;

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
    #[arg(long, value_name = "S", group = "label")]
    pub label_source: Option<String>,
}
