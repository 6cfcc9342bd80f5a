//! A sample that is at hand, here or in a worker, for questions about its functions.

use crate::worker::Lease;
use crate::{Analysis, Error, Sample};
use cognate_base::Limits;
use cognate_binary::{Listing, Outline};
use cognate_components::Base;
use cognate_fingerprint::Expression;

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
