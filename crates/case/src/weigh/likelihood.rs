//! A judgement laid out over all hypotheses: how probable an item is under each, and by which rule.
//!
//! What the case does not state follows from what it states, with *p* the mean
//! of tasked and untasked and *u* the value for "someone not listed":
//! a candidate that is not mentioned behaves as *u*; others with the group's
//! code show the trace with `s p + (1-s) u`, *s* the shareability; a false flag
//! with `f p + (1-f) b`, *f* the forgeability and *b* what its planter would
//! show otherwise. Another candidate with the group's code shows what it shows by
//! itself (*b*), and what is the group's besides: `s p + (1-s) b` where that is more.

use crate::leaf::{Leaf, Role};
use crate::model::{Likelihood, Roles};

/// The likelihood under one hypothesis, by the rule that gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// The judgement states it.
    Stated(f64),
    /// The judgement does not mention the candidate: as under "someone not listed".
    NotMentioned(f64),
    /// What another candidate shows that plants traces or borrows code, by itself.
    AsActor(f64),
    /// Others with the group's code.
    FromShareability(Mixture),
    /// Others who plant the group's traces.
    FromForgeability(Mixture),
}

/// `share * group + (1 - share) * otherwise`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mixture {
    /// How far the trace comes about as by the group itself.
    pub share: f64,
    /// How probable it is by the group itself: the mean of its tasked and untasked.
    pub group: f64,
    /// How probable it is by those who did it, if nothing of the group's was at hand.
    pub otherwise: f64,
}

impl Rule {
    /// The likelihood.
    #[inline]
    pub fn value(self) -> f64 {
        match self {
            Rule::Stated(value) | Rule::NotMentioned(value) | Rule::AsActor(value) => value,
            Rule::FromShareability(mixture) | Rule::FromForgeability(mixture) => {
                mixture.share * mixture.group + (1.0 - mixture.share) * mixture.otherwise
            }
        }
    }
}

/// A judgement with what the rules need beside it.
pub(crate) struct Stated {
    unlisted: f64,
    candidates: Vec<Candidate>,
    forged: f64,
    shared: f64,
}

/// What a judgement states of one candidate.
struct Candidate {
    place: usize,
    roles: Roles,
    /// The mean of tasked and untasked.
    group: f64,
}

impl Stated {
    /// Takes a judgement with the shares of forgeability and shareability; `adjust` is applied to every stated number.
    pub fn new(likelihood: &Likelihood, forged: f64, shared: f64, adjust: impl Fn(f64) -> f64) -> Self {
        let candidate = |(&place, roles): (&usize, &Roles)| {
            let roles = Roles {
                tasked: adjust(roles.tasked),
                untasked: adjust(roles.untasked),
                contractor: adjust(roles.contractor),
                reuse: roles.reuse.map(&adjust),
                false_flag: roles.false_flag.map(&adjust),
            };
            Candidate { place, roles, group: (roles.tasked + roles.untasked) / 2.0 }
        };
        let candidates = likelihood.on.iter().map(candidate).collect();
        Stated { unlisted: adjust(likelihood.unlisted), candidates, forged, shared }
    }

    /// The likelihood under one hypothesis. Every draw comes through here, so that it is made in place.
    #[inline]
    pub fn under(&self, leaf: &Leaf) -> Rule {
        let actor = leaf.by.and_then(|by| self.candidate(by));
        let by_itself =
            actor.map(|actor| if leaf.tasked { actor.roles.tasked } else { actor.roles.untasked });
        let Some(candidate) = leaf.candidate.and_then(|candidate| self.candidate(candidate)) else {
            return match by_itself {
                Some(value) => Rule::AsActor(value),
                None if leaf.role == Role::Unlisted => Rule::Stated(self.unlisted),
                None => Rule::NotMentioned(self.unlisted),
            };
        };
        let otherwise = by_itself.unwrap_or(self.unlisted);
        let mixture = |share| Mixture { share, group: candidate.group, otherwise };
        let roles = &candidate.roles;
        match leaf.role {
            Role::Tasked => Rule::Stated(roles.tasked),
            Role::Untasked => Rule::Stated(roles.untasked),
            Role::Contractor => Rule::Stated(roles.contractor),
            Role::Reuse => roles.reuse.map_or(Rule::FromShareability(mixture(self.shared)), Rule::Stated),
            Role::Borrowed if candidate.group > otherwise => Rule::FromShareability(mixture(self.shared)),
            Role::Borrowed => Rule::AsActor(otherwise),
            Role::FalseFlag => {
                roles.false_flag.map_or(Rule::FromForgeability(mixture(self.forged)), Rule::Stated)
            }
            Role::Unlisted => Rule::Stated(self.unlisted),
        }
    }

    fn candidate(&self, place: usize) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.place == place)
    }
}

/// Writes the likelihoods of a judgement over all hypotheses; `adjust` is applied to every stated number.
pub(crate) fn lay_out(
    leaves: &[Leaf],
    likelihood: &Likelihood,
    forged: f64,
    shared: f64,
    adjust: impl Fn(f64) -> f64,
    out: &mut [f64],
) {
    let stated = Stated::new(likelihood, forged, shared, adjust);
    for (leaf, out) in leaves.iter().zip(out) {
        *out = stated.under(leaf).value();
    }
}
