//! The front door: what every surface calls, and the library that other
//! programs embed.
//!
//! [`Engine`] holds settings and threads. [`Engine::index`] takes files,
//! directories and archives into a [`Store`](cognate_index::Store);
//! [`Engine::analyse`] takes one sample from bytes to fingerprint;
//! [`Engine::relatives`] asks a store what it shares, [`Engine::compare`] puts
//! two samples side by side. Nothing here prints.

mod analysis;
mod engine;
mod error;
mod files;
mod indexing;
mod manifest;

pub use analysis::{Analysis, Options, analyse};
pub use engine::Engine;
pub use error::{Error, ErrorKind};
pub use files::Reading;
pub use indexing::{IndexEntry, IndexRequest, Indexed};
pub use manifest::Manifest;
