//! The claims: what the evidence does to each, and how firm its ground is.

use super::shapley::{self, Parts};
use super::work::{MOST_LISTED, Work};
use crate::assessment::{
    AnalystView, ClaimView, Confidence, Contradiction, Contribution, GivenGroup, OtherPrior,
};
use crate::confidence::{Ground, Leg, confidence};
use crate::leaf::{Claim, Level};
use crate::prose;
use crate::weigh::{Against, FORGEABILITY, Selection, log_odds, posterior, probability};

/// Priors that readers may hold, from hardly conceivable to even. Judgement.
const OTHER_PRIORS: [f64; 5] = [0.01, 0.05, 0.10, 0.25, 0.50];

/// What every claim is held against.
struct Beside<'a> {
    /// Probabilities where every item is independent of every other.
    independent: Vec<f64>,
    /// Which may be stated as facts.
    established: Vec<bool>,
    analysts: &'a [AnalystView],
    contradictions: &'a [Contradiction],
}

/// What the evidence does to one claim.
struct Movement {
    /// The change of its log odds.
    all: f64,
    /// The part of each observation.
    parts: Parts,
}

impl Work<'_> {
    pub(super) fn claims(
        &self,
        analysts: &[AnalystView],
        contradictions: &[Contradiction],
    ) -> Vec<ClaimView> {
        let independent = self.frame.weigh(Selection { independent: true, ..self.selection });
        let beside = Beside {
            independent: posterior(&self.prior, &independent.support),
            established: self.established(self.weighed, &self.intervals, 0.0),
            analysts,
            contradictions,
        };
        let claims = &self.frame.claims;
        let mut movements: Vec<Against> = claims.iter().map(Against::everything_else).collect();
        let sponsors: Vec<Option<Against>> = claims.iter().map(|claim| self.frame.against(claim)).collect();
        movements.extend(sponsors.iter().flatten().cloned());
        let mut parts = shapley::parts(self.weighed, &movements, self.options.seed);
        let mut of_sponsors = parts.split_off(claims.len()).into_iter();
        let mut views: Vec<ClaimView> = Vec::new();
        for (place, ((claim, parts), against)) in claims.iter().zip(parts).zip(sponsors).enumerate() {
            let movement = self.movement(&Against::everything_else(claim), parts);
            let tasking =
                against.and_then(|against| Some((self.movement(&against, of_sponsors.next()?), against)));
            let group = views.last().filter(|view| view.level == Level::Group);
            let view = self.claim(place, claim, &movement, tasking, group, &beside);
            views.push(view);
        }
        views
    }

    fn movement(&self, of: &Against, parts: Parts) -> Movement {
        Movement { all: self.moved(of, self.weighed), parts }
    }

    fn claim(
        &self,
        place: usize,
        claim: &Claim,
        movement: &Movement,
        tasking: Option<(Movement, Against)>,
        group: Option<&ClaimView>,
        beside: &Beside<'_>,
    ) -> ClaimView {
        let candidate = self.candidate_id(claim.candidate);
        let value = probability(claim, &self.posterior);
        let prior = probability(claim, &self.prior);
        let (low, high) = self.intervals.claims.get(place).copied().unwrap_or_default();
        let about = |found: &&Contradiction| Some(&found.candidate) == candidate.as_ref();
        let ground = self.ground(tasking.as_ref().map_or(movement, |(tasking, _)| tasking));
        let of = |view: &AnalystView| view.probabilities.get(place).copied().unwrap_or_default();
        let ground = Ground {
            prior,
            probability: value,
            low,
            high,
            analysts: beside.analysts.iter().map(of).collect(),
            contradictions: beside.contradictions.iter().filter(about).count(),
            ..ground
        };
        let given_group = tasking.map(|(tasking, against)| self.given_group(place, &tasking, &against));
        let confidence = confidence(&ground, self.options.scheme);
        ClaimView {
            id: claim.id.clone(),
            members: self.members(claim),
            level: claim.level,
            statement: prose::statement(self.frame.case, claim),
            prior,
            probability: value,
            low,
            high,
            wording: self.options.scheme.word(value, low, high),
            established: beside.established.get(place).copied().unwrap_or_default()
                && confidence.is_judged()
                && (claim.level != Level::Sponsor || group.is_some_and(|group| group.established)),
            confidence: no_firmer_than(confidence, group.filter(|_| claim.level == Level::Sponsor)),
            odds_multiplier: libm::exp(movement.all),
            given_group,
            other_priors: OTHER_PRIORS.iter().map(|&prior| other(prior, libm::exp(movement.all))).collect(),
            if_independent: probability(claim, &beside.independent),
            speaks_for: self.contributions(claim, movement, 1.0),
            speaks_against: self.contributions(claim, movement, -1.0),
            candidate,
        }
    }

    /// The candidates of a set.
    fn members(&self, claim: &Claim) -> Vec<String> {
        let set = claim.set.and_then(|set| self.frame.case.sets.get(set));
        set.map(|set| set.members.iter().map(|member| member.name.to_string()).collect()).unwrap_or_default()
    }

    fn given_group(&self, place: usize, tasking: &Movement, against: &Against) -> GivenGroup {
        let (low, high) = self.intervals.given_group.get(place).copied().flatten().unwrap_or_default();
        GivenGroup {
            prior: against.share(&self.prior),
            probability: against.share(&self.posterior),
            low,
            high,
            odds_multiplier: libm::exp(tasking.all),
            speaks_for: tasking.parts.shares.iter().map(|share| share.max(0.0)).sum(),
            speaks_against: tasking.parts.shares.iter().map(|share| share.min(0.0)).sum(),
        }
    }

    /// The legs of a movement: each observation with its part, each unit with the sum of its members'.
    fn ground(&self, movement: &Movement) -> Ground {
        let part = |place: &usize| movement.parts.shares.get(*place).copied().unwrap_or_default();
        let legs = self.weighed.observations.iter().enumerate().filter_map(|(place, observation)| {
            let item = self.frame.case.evidence.get(*observation.reports.first()?)?;
            let source = self.frame.case.sources.get(observation.source)?;
            Some(Leg {
                log_odds: part(&place),
                aspect: item.aspect,
                forgeability: item.forgeability.unwrap_or(FORGEABILITY),
                source: (source.id.to_string(), source.name.clone()),
                can_be_judged: observation.weight.range.is_none(),
            })
        });
        let units = self.weighed.units.iter().map(|unit| unit.members.iter().map(part).sum());
        Ground { moved: movement.all, units: units.collect(), legs: legs.collect(), ..Ground::default() }
    }

    fn contributions(&self, claim: &Claim, movement: &Movement, sign: f64) -> Vec<Contribution> {
        let odds = log_odds(claim, &self.prior, &self.weighed.support);
        let before = log_odds(claim, &self.prior, &self.nothing());
        let Parts { shares, errors } = &movement.parts;
        let all = self.weighed.observations.iter().enumerate().zip(shares.iter().zip(errors));
        let telling = all.filter(|(_, (share, _))| sign * **share > 1e-6);
        let without = |place: usize| self.without.get(&place);
        let mut found: Vec<Contribution> = telling
            .map(|((place, observation), (share, error))| Contribution {
                item: self.standing(observation),
                share: *share,
                share_error: *error,
                alone: log_odds(claim, &self.prior, &observation.support) - before,
                log_odds: without(place).map(|without| odds - log_odds(claim, &self.prior, without)),
            })
            .collect();
        found.sort_by(|one, other| {
            other.share.abs().total_cmp(&one.share.abs()).then_with(|| one.item.cmp(&other.item))
        });
        found.truncate(MOST_LISTED);
        found
    }
}

/// Confidence in a sponsor is no greater than in the group that it is said to direct.
fn no_firmer_than(mut confidence: Confidence, group: Option<&ClaimView>) -> Confidence {
    let Some(group) = group else { return confidence };
    let allows = group.confidence.level;
    confidence.rules.push(crate::assessment::ConfidenceRule {
        id: "group".to_owned(),
        demands: "no firmer than the judgement that the group is behind it".to_owned(),
        // Other findings give shares in per cent, beside which `confidence` must not stand in one sentence.
        found: format!("the level for the group is {}", prose::confidence_word(allows)),
        allows,
    });
    if allows < confidence.level {
        confidence.level = allows;
        confidence.bound_by.clear();
    }
    if allows == confidence.level && allows < crate::assessment::ConfidenceLevel::High {
        confidence.bound_by.push("group".to_owned());
    }
    confidence
}

fn other(prior: f64, multiplier: f64) -> OtherPrior {
    let odds = prior / (1.0 - prior) * multiplier;
    let probability = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
    OtherPrior { prior, probability }
}
