//! Where functions start, as far as is known.

use super::index::FunctionIndex;
use crate::StartSource;
use std::collections::BTreeMap;

/// A place where a function starts.
#[derive(Clone, Copy, Debug)]
pub struct KnownStart {
    /// How it became known.
    pub source: StartSource,
    /// Its function, where that was traced.
    pub function: Option<FunctionIndex>,
}

/// All starts, by address.
pub type Starts = BTreeMap<u64, KnownStart>;
