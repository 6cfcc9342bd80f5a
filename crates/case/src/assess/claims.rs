//! The claims: what the evidence does to each, and how firm its ground is.

use super::work::{MOST_LISTED, Work};
use crate::assessment::{AnalystView, ClaimView, Contradiction, Contribution, OtherPrior};
use crate::confidence::{Ground, Leg, confidence};
use crate::leaf::Claim;
use crate::prose;
use crate::weigh::{FORGEABILITY, Selection, log_odds, posterior, probability, spread};

/// Priors that readers may hold, from hardly conceivable to even. Judgement.
const OTHER_PRIORS: [f64; 5] = [0.01, 0.05, 0.10, 0.25, 0.50];

/// What every claim is held against.
struct Beside {
    /// Probabilities where every item is independent of every other.
    independent: Vec<f64>,
    /// By unit: the support of all others.
    without_unit: Vec<Vec<f64>>,
    /// By observation: the support of all others.
    without_observation: Vec<Vec<f64>>,
    /// The support of nothing.
    nothing: Vec<f64>,
}

/// What the evidence does to one claim, as changes of its log odds.
struct Effect {
    /// Of all of it.
    all: f64,
    /// By unit.
    units: Vec<f64>,
    /// By observation.
    observations: Vec<f64>,
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
            without_unit: (0..self.weighed.units.len()).map(|unit| self.without_unit(unit)).collect(),
            without_observation: self.seat.iter().map(|seat| self.without_observation(*seat)).collect(),
            nothing: vec![0.0; self.prior.len()],
        };
        let views = self.frame.claims.iter().enumerate().map(|(place, claim)| {
            let of = |view: &AnalystView| view.probabilities.get(place).copied().unwrap_or_default();
            let (low, high) = self.intervals.claims.get(place).copied().unwrap_or_default();
            let ground = Ground {
                probability: probability(claim, &self.posterior),
                low,
                high,
                analysts: analysts.iter().map(of).collect(),
                ..Ground::default()
            };
            self.claim(claim, &beside, ground, contradictions)
        });
        views.collect()
    }

    fn claim(
        &self,
        claim: &Claim,
        beside: &Beside,
        ground: Ground,
        contradictions: &[Contradiction],
    ) -> ClaimView {
        let Effect { all, units, observations } = self.effect(claim, beside);
        let candidate = self.candidate_id(claim.candidate);
        let about = |found: &&Contradiction| Some(&found.candidate) == candidate.as_ref();
        let contradictions = contradictions.iter().filter(about).count();
        let ground = Ground { legs: self.legs(&units), units, contradictions, ..ground };
        let Ground { probability: value, low, high, .. } = ground;
        let multiplier = libm::exp(all);
        ClaimView {
            id: claim.id.clone(),
            candidate,
            level: claim.level,
            statement: prose::statement(self.frame.case, claim),
            prior: probability(claim, &self.prior),
            probability: value,
            low,
            high,
            wording: self.options.scheme.word(value, low, high),
            confidence: confidence(&ground, self.options.scheme),
            odds_multiplier: multiplier,
            other_priors: OTHER_PRIORS.iter().map(|&prior| other(prior, multiplier)).collect(),
            if_independent: probability(claim, &beside.independent),
            speaks_for: self.contributions(&observations, 1.0),
            speaks_against: self.contributions(&observations, -1.0),
        }
    }

    fn effect(&self, claim: &Claim, beside: &Beside) -> Effect {
        let odds = log_odds(claim, &self.prior, &self.weighed.support);
        let before = log_odds(claim, &self.prior, &beside.nothing);
        let drop = |support: &Vec<f64>| odds - log_odds(claim, &self.prior, support);
        let units = self.weighed.units.iter().zip(&beside.without_unit).map(|(unit, without)| {
            let alone = log_odds(claim, &self.prior, &unit.support) - before;
            (alone + drop(without)) / 2.0
        });
        Effect {
            all: odds - before,
            units: units.collect(),
            observations: beside.without_observation.iter().map(drop).collect(),
        }
    }

    /// Each observation's part of what its unit does to a claim.
    fn legs(&self, units: &[f64]) -> Vec<Leg> {
        let sizes = self.weighed.units.iter().map(|unit| {
            let members = unit.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            members.map(|observation| spread(&observation.support)).sum::<f64>()
        });
        let sizes: Vec<f64> = sizes.collect();
        let legs = self.weighed.observations.iter().zip(&self.seat).filter_map(|(observation, seat)| {
            let item = self.frame.case.evidence.get(*observation.reports.first()?)?;
            let (unit, size) = (units.get(seat.0)?, sizes.get(seat.0)?);
            let share = if *size > 0.0 { spread(&observation.support) / size } else { 0.0 };
            Some(Leg {
                log_odds: unit * share,
                aspect: item.aspect,
                forgeability: item.forgeability.unwrap_or(FORGEABILITY),
                source: item.source.name.to_string(),
                can_be_judged: observation.weight.range.is_none(),
            })
        });
        legs.collect()
    }

    fn contributions(&self, observations: &[f64], sign: f64) -> Vec<Contribution> {
        let pairs = self.weighed.observations.iter().zip(observations);
        let mut found: Vec<Contribution> = pairs
            .filter(|(_, change)| sign * **change > 1e-6)
            .map(|(observation, change)| Contribution { item: self.standing(observation), log_odds: *change })
            .collect();
        found.sort_by(|one, other| {
            other.log_odds.abs().total_cmp(&one.log_odds.abs()).then_with(|| one.item.cmp(&other.item))
        });
        found.truncate(MOST_LISTED);
        found
    }
}

fn other(prior: f64, multiplier: f64) -> OtherPrior {
    let odds = prior / (1.0 - prior) * multiplier;
    let probability = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
    OtherPrior { prior, probability }
}
