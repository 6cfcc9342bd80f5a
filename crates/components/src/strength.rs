//! How strong a resemblance is.

/// How strong a resemblance is, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// One rare feature.
    One,
    /// Two.
    Two,
    /// Three.
    Three,
    /// Four or more.
    Four,
    /// The masked bytes.
    Exact,
}

/// How many there are.
pub(crate) const STRENGTHS: usize = 5;
