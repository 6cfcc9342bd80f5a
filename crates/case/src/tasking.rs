//! What an assessment says of whoever may have tasked a group.
//!
//! A sponsor is named for what tells *tasked* from *untasked*, never for what its prior says. Where evidence
//! speaks against its having tasked the group, the claim may be called improbable; that it is probable all the same is
//! then again the prior's word.

use crate::assessment::{ClaimView, GivenGroup};
use crate::confidence::NOT_DIAGNOSTIC;
use crate::leaf::Level;
use crate::model::{Case, Item};
use jiff::civil::Date;

/// Where nothing tells tasked from untasked.
pub const ON_THE_PRIOR: &str = "rests on the prior: nothing in the case bears on it";

/// What the evidence says of tasked against untasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tasking {
    /// That the group was tasked.
    For,
    /// That it was not.
    Against,
    /// Both, and about as much.
    BothWays,
    /// Nothing.
    Silent,
}

impl GivenGroup {
    /// What the evidence says of it.
    pub(crate) fn tasking(&self) -> Tasking {
        let moved = libm::log(self.odds_multiplier);
        if moved.abs() < NOT_DIAGNOSTIC {
            let spoken = self.speaks_for.max(-self.speaks_against) >= NOT_DIAGNOSTIC;
            return if spoken { Tasking::BothWays } else { Tasking::Silent };
        }
        if moved > 0.0 { Tasking::For } else { Tasking::Against }
    }
}

impl ClaimView {
    /// Of a claim that names a sponsor: what to say in place of its likelihood where the prior carries it.
    #[must_use]
    pub fn rests_on_prior(&self) -> Option<&'static str> {
        if self.level != Level::Sponsor {
            return None;
        }
        match self.given_group.as_ref().map(GivenGroup::tasking) {
            Some(Tasking::For) => None,
            Some(Tasking::Against) if self.probability < 0.5 => None,
            Some(Tasking::Against) => Some("rests on the prior: what bears on it speaks against it"),
            Some(Tasking::BothWays) => Some("rests on the prior: what bears on it speaks both ways"),
            Some(Tasking::Silent) | None => Some(ON_THE_PRIOR),
        }
    }

    /// Its likelihood in the words of the standard, or that it rests on the prior.
    #[must_use]
    pub fn word(&self) -> &str {
        if self.rests_on_prior().is_some() { "on the prior" } else { &self.wording.term }
    }
}

/// Whether those who judged an item disagree on whether it speaks for the tasking of a candidate.
pub(crate) fn is_disputed(case: &Case, candidate: &str, as_of: Option<Date>) -> bool {
    let place = case.candidates.iter().position(|one| one.id == *candidate);
    let disputed = |item: &Item| {
        let ratios = item.judgements.iter().flat_map(|judgement| &judgement.likelihood.on);
        let ratios = ratios.filter(|(of, _)| Some(**of) == place);
        let ratios: Vec<f64> = ratios.map(|(_, roles)| libm::log(roles.tasked / roles.untasked)).collect();
        let any = |sign: f64| ratios.iter().any(|ratio| sign * ratio >= NOT_DIAGNOSTIC);
        any(1.0) && any(-1.0)
    };
    case.evidence.iter().filter(|item| as_of.is_none_or(|day| item.reported <= day)).any(disputed)
}
