//! Which claims may be stated as facts.

use super::work::Work;
use crate::confidence::ESTABLISHING;
use crate::draw::Intervals;
use crate::leaf::Level;
use crate::weigh::{Against, Weighed};

impl Work<'_> {
    /// By claim, whether it may be stated as a fact: its 5th percentile lies above one half, and the evidence multiplies its
    /// odds by [`ESTABLISHING`] or more. A prior, however high, establishes nothing; and a sponsor needs evidence that tells
    /// tasked from untasked as much, beside a group that is established: where the case does not ask, nothing is. Anything
    /// not a number fails. What grades F and 6 carry is not asked here, but by whoever has the parts of the observations.
    ///
    /// A 5th percentile passes that lies no further than `slack` below the bar.
    pub(super) fn established(&self, weighed: &Weighed, bounds: &Intervals, slack: f64) -> Vec<bool> {
        let carried = |against: &Against, bounds: Option<(f64, f64)>| {
            bounds.is_some_and(|(low, _)| low > 0.5 - slack)
                && libm::exp(self.moved(against, weighed)) >= ESTABLISHING
        };
        let mut of_group = false;
        let all = self.frame.claims.iter().zip(&bounds.claims).zip(&bounds.given_group);
        let established = all.map(|((claim, bounds), given_group)| {
            let tasking = || self.frame.against(claim);
            let tasked = || tasking().is_some_and(|tasking| carried(&tasking, *given_group));
            let holds = carried(&Against::everything_else(claim), Some(*bounds))
                && (claim.level != Level::Sponsor || (of_group && tasked()));
            // the claim of a sponsor stands behind that of its group
            of_group = holds && claim.level == Level::Group;
            holds
        });
        established.collect()
    }

    /// What evidence does to the log odds of the first against the second.
    pub(super) fn moved(&self, of: &Against, weighed: &Weighed) -> f64 {
        let moved = of.log_odds(&self.prior, &weighed.support) - of.log_odds(&self.prior, &self.nothing());
        // Nothing is moved from certainty, nor to it.
        if moved.is_finite() { moved } else { 0.0 }
    }

    /// The support of nothing.
    pub(super) fn nothing(&self) -> Vec<f64> {
        vec![0.0; self.prior.len()]
    }
}
