//! What a loader makes of a file.

use crate::{Hints, Image, Traits};
use cognate_base::Gap;

/// A sample, as far as it could be read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The memory image.
    pub image: Image,
    /// What the file says about its code.
    pub hints: Hints,
    /// What the file says about itself.
    pub traits: Traits,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}
