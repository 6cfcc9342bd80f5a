//! What leaves the parsers: a sample without its bytes.

use cognate_base::{Exhausted, Gap, SampleId};
use cognate_components::{Base, Identified, identify};
use cognate_fingerprint::SampleFingerprint;

/// What is compared and stored of one sample, and what could not be read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The name it was given, not escaped.
    pub name: String,
    /// What is compared and stored.
    pub fingerprint: SampleFingerprint,
    /// Of each function of a known component the known function that it resembles, by name.
    pub known_as: Vec<Option<String>>,
    /// Everything that could not be read or followed, in the order of the stages.
    pub gaps: Vec<Gap>,
    /// Instructions in all functions.
    pub instructions: u64,
    /// The first bound that ended a stage early.
    pub exhausted: Option<Exhausted>,
}

impl Sample {
    /// SHA-256 of the bytes.
    pub fn id(&self) -> SampleId {
        self.fingerprint.id
    }

    /// Asks these bases which known components it carries.
    #[must_use]
    pub(crate) fn identified(mut self, bases: &[&Base]) -> Self {
        let Identified { components, known_as } = identify(bases, &self.fingerprint);
        (self.fingerprint.components, self.known_as) = (components, known_as);
        self
    }
}
