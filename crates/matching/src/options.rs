//! What may be asked of a match. The bars that nobody sets stand beside the rules that they are for.

use std::time::Duration;

/// What is listed, from where on it counts, and how long it may take.
///
/// The defaults are what the published figures were measured with. Where `bench/results` says that a bar
/// "was set on" files, those are development files: figures of them flatter it.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchOptions {
    /// Samples, families and actors listed, each at most so many; the verdict does not hang on it.
    pub relatives: usize,
    /// Sample relatives that are put beside the query function by function; the others are only counted.
    pub alignments: usize,
    /// Least similarity at which two functions are held to be the same, 0 to 1. Of data flow alone it is
    /// reached about where share times bits in common come to 40: `docs/recompiled-code.md`.
    pub accept: f64,
    /// The longest that the question may take; what was not looked at by then is said. `None` for no bound.
    pub time: Option<Duration>,
}

impl Default for MatchOptions {
    fn default() -> Self {
        MatchOptions { relatives: 10, alignments: 1, accept: 0.5, time: None }
    }
}
