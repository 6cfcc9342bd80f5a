//! How samples are read.

use cognate_base::Limits;
use cognate_binary::LoadOptions;
use serde::{Deserialize, Serialize};

/// How samples are read: what they may cost and how bare bytes are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineOptions {
    /// Bounds on one file.
    pub limits: Limits,
    /// How to read bytes without a container.
    pub load: LoadOptions,
    /// Whether small callees are followed where they are called as well: what a comparison asks for.
    pub unfold: bool,
}
