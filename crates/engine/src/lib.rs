//! The front door: what every surface calls, and the library that other
//! programs embed.
//!
//! [`Engine`] holds settings and threads. [`Engine::index`] takes files,
//! directories and archives into a [`Store`](cognate_index::Store);
//! [`Engine::sample`] takes one sample from bytes to fingerprint;
//! [`Engine::relatives`] asks a store what it shares, [`Engine::compare`] puts
//! two samples side by side. [`worker`] has the processes in which hostile
//! bytes are read, where that is wanted. Nothing here prints.
//!
//! ```
//! use cognate_base::NoProgress;
//! use cognate_engine::{Engine, IndexRequest, EngineOptions};
//! use cognate_index::{Kind, Label, Memory};
//!
//! let files = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/tests/fixtures");
//! let engine = Engine::new(EngineOptions::default(), 0)?;
//!
//! let mut store = Memory::default(); // for one on disk: `Embedded::open(folder)`
//! let label = Label {
//!     family: "ledger".to_owned(),
//!     version: None,
//!     actor: None,
//!     kind: Kind::Malware,
//!     source: "example".to_owned(),
//! };
//! let request =
//!     IndexRequest { paths: vec![files.join("alpha.elf")], label: Some(label), ..IndexRequest::default() };
//! engine.index(&mut store, &request, &NoProgress)?;
//!
//! let beta = std::fs::read(files.join("beta.elf"))?;
//! let sample = engine.sample("beta.elf", &beta.into())?;
//! let report = engine.relatives(&store, &sample.fingerprint, &cognate_matching::MatchOptions::default())?;
//! assert_eq!(report.families[0].family, "ledger");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// The guide's page, so that what it shows is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct Guide;

mod analysis;
mod base;
mod batch;
mod engine;
mod examined;
mod files;
mod hands;
mod indexing;
mod manifest;
mod options;
mod sample;
mod survey;
pub mod worker;

pub use analysis::{Analysis, analyse};
pub use base::{BuiltBase, GOODWARE, KnownFile, known_files};
pub use batch::Batch;
pub use cognate_base::{Error, ErrorKind, Hint};
pub use engine::Engine;
pub use examined::Examined;
pub use files::{Listed, is_standard_input, list_under, name as file_name};
pub use indexing::{IndexEntry, IndexError, IndexRequest, Indexed};
pub use manifest::Manifest;
pub use options::EngineOptions;
pub use sample::Sample;
