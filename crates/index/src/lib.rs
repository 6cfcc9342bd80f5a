//! Where fingerprints are kept and found again.
//!
//! [`Store`] is the contract: samples go in whole, look-ups take a whole
//! sample's keys at once and say how complete the answer is. [`Embedded`] is the
//! default store: immutable segments beside a SQLite catalogue.
//!
//! ```text
//! DIR/cognate.store                            the marker: says that this is a store, and which catalogue counts
//! DIR/0000000012-0123456789abcdef.catalogue    samples, labels, families, actors, which segments count; SQLite
//! DIR/0000000007.segment                       signatures, postings, function tables
//! DIR/writer.lock                              held by the one writer, whose process number it holds
//! ```
//!
//! Catalogues and segments are written once and never changed; a commit puts a new
//! marker in the place of the one before. The marker has a checksum, and the catalogue's; the
//! catalogue has each segment's, which stands for one checksum a block of 4 KiB.
//! A file that is not as it was written is an error where it is used: marker and
//! catalogue are checked whole when a store is opened, segments block by block as they are read.

mod absorb;
mod buffer;
mod catalogue;
mod check;
mod codec;
mod commit;
#[cfg(feature = "conformance")]
pub mod conformance;
mod embedded;
mod error;
mod export;
mod files;
mod hashed;
mod legacy;
mod lock;
mod maintenance;
mod manifest;
mod marker;
#[cfg(feature = "conformance")]
mod memory;
mod moment;
mod open_segments;
mod record;
mod segment;
mod sketch;
mod store;
#[cfg(feature = "conformance")]
pub mod synthetic;
mod verify;
mod writer;

pub use absorb::Absorbed;
pub use embedded::Embedded;
pub use error::{Error, ErrorKind, Hint};
pub use export::Exported;
pub use manifest::{LONGEST_FIELD, LONGEST_LINE, MANIFEST_HEADER, ManifestRow, cell};
pub use marker::FORMAT as STORE_FORMAT;
#[cfg(feature = "conformance")]
pub use memory::Memory;
pub use sketch::STORED_CAP;
pub use store::{
    Added, FunctionInfo, Hit, Kind, Label, Lookup, Occurrence, SampleInfo, SampleKey, Signature, SignatureId,
    Stats, Store,
};
#[cfg(feature = "conformance")]
pub use verify::{read_all, read_catalogue, read_marker};
