//! What leaves the parsers: a sample without its bytes.

use crate::worker::Lease;
use crate::{Analysis, Error};
use cognate_base::{Exhausted, Gap, Limits, SampleId};
use cognate_binary::{Listing, Outline};
use cognate_components::{Base, Identified, identify};
use cognate_fingerprint::{Expression, SampleFingerprint};

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

/// A sample with what it is, of whose functions more can be asked.
#[derive(Debug)]
pub struct Examined {
    /// What is compared and stored.
    pub sample: Sample,
    /// What it is, and which functions it has.
    pub outline: Outline,
    at_hand: AtHand,
}

/// Where the sample's bytes and instructions are.
#[derive(Debug)]
enum AtHand {
    Here(Box<Analysis>, Limits),
    Worker(Lease),
}

impl Examined {
    /// Sums up an analysis made in this process.
    pub(crate) fn here(analysis: Analysis, limits: Limits) -> Self {
        let outline = Outline::new(&analysis.loaded, &analysis.program);
        Examined { sample: analysis.sample(), outline, at_hand: AtHand::Here(Box::new(analysis), limits) }
    }

    /// Takes a worker's answer, with the worker.
    pub(crate) fn of_worker((sample, outline): (Sample, Outline), lease: Lease) -> Self {
        Examined { sample, outline, at_hand: AtHand::Worker(lease) }
    }

    /// Asks these bases which known components it carries.
    #[must_use]
    pub(crate) fn identified(self, bases: &[&Base]) -> Self {
        Examined { sample: self.sample.identified(bases), ..self }
    }

    /// Lists the function that starts at `address`, or else the one that holds it.
    pub fn listing(&mut self, address: u64) -> Result<Listing, Error> {
        match &mut self.at_hand {
            AtHand::Here(analysis, _) => analysis.listing(address),
            AtHand::Worker(lease) => lease.listing(&self.sample.name, address),
        }
    }

    /// What the functions that start at these addresses compute, readable, each ascending by feature;
    /// nothing where none starts, and `None` where the time for one sample did not reach.
    pub fn expressions(&mut self, addresses: &[u64]) -> Result<Vec<Option<Vec<Expression>>>, Error> {
        match &mut self.at_hand {
            AtHand::Here(analysis, limits) => {
                let mut all = Vec::new();
                analysis.expressions(addresses, limits, |expressions| {
                    all.push(expressions);
                    Ok::<(), Error>(())
                })?;
                Ok(all)
            }
            AtHand::Worker(lease) => lease.expressions(&self.sample.name, addresses),
        }
    }
}
