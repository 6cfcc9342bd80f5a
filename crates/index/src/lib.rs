//! Where fingerprints are kept and found again.
//!
//! [`Store`] is the contract: samples go in whole, look-ups take a whole
//! sample's keys at once and say how complete the answer is. `Embedded` is the
//! default store: immutable memory-mapped segments beside a SQLite catalogue.

//!
//! ```text
//! DIR/catalogue.sqlite    samples, labels, families, actors, which segments count
//! DIR/0000000007.segment  immutable: signatures, postings, function tables
//! DIR/writer.lock         held by the one writer
//! ```

mod absorb;
mod buffer;
mod catalogue;
mod codec;
#[cfg(feature = "conformance")]
pub mod conformance;
mod embedded;
mod error;
mod maintenance;
mod manifest;
mod memory;
mod record;
mod segment;
mod sketch;
mod state;
mod store;
#[cfg(feature = "conformance")]
pub mod synthetic;
mod verify;

pub use absorb::Absorbed;
pub use catalogue::STORE_FORMAT;
pub use embedded::Embedded;
pub use error::{Error, ErrorKind};
pub use manifest::{MANIFEST_HEADER, ManifestRow};
pub use memory::{Memory, MemoryError};
pub use sketch::STORED_CAP;
pub use store::{
    Added, FunctionInfo, Hit, Kind, Label, Lookup, Occurrence, SampleInfo, SampleKey, Signature, SignatureId,
    Stats, Store,
};
#[cfg(feature = "conformance")]
pub use verify::read_all;
