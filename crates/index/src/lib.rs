//! Where fingerprints are kept and found again.
//!
//! [`Store`] is the contract: samples go in whole, look-ups take a whole
//! sample's keys at once and say how complete the answer is. `Embedded` is the
//! default store: immutable memory-mapped segments beside a SQLite catalogue.

mod store;

pub use store::{
    Added, FunctionInfo, Hit, Kind, Label, Lookup, Occurrence, SampleInfo, SampleKey, Signature, SignatureId,
    Stats, Store,
};
