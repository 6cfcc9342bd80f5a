//! From priors and supports to probabilities and odds.

use crate::leaf::Claim;

/// Adds one row to another.
pub(crate) fn add(into: &mut [f64], from: &[f64]) {
    for (into, from) in into.iter_mut().zip(from) {
        *into += from;
    }
}

/// By leaf: the logarithm of its prior plus its support.
pub(crate) fn log_weights(prior: &[f64], support: &[f64]) -> Vec<f64> {
    prior.iter().zip(support).map(|(prior, support)| libm::log(*prior) + support).collect()
}

/// By leaf: the weight beside the greatest.
pub(crate) fn relative(log_weights: &[f64]) -> Vec<f64> {
    let most = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    log_weights.iter().map(|log| libm::exp(log - most)).collect()
}

/// Probabilities from priors and supports.
pub(crate) fn posterior(prior: &[f64], support: &[f64]) -> Vec<f64> {
    let mut values = relative(&log_weights(prior, support));
    let sum: f64 = values.iter().sum();
    for value in &mut values {
        *value /= sum;
    }
    values
}

/// The probability of a claim.
pub(crate) fn probability(claim: &Claim, posterior: &[f64]) -> f64 {
    claim
        .holds
        .iter()
        .zip(posterior)
        .filter(|(holds, _)| **holds)
        .map(|(_, value)| value)
        .sum::<f64>()
        .clamp(0.0, 1.0)
}

/// The natural logarithm of the odds of a claim; exact also next to 0 and 1.
pub(crate) fn log_odds(claim: &Claim, prior: &[f64], support: &[f64]) -> f64 {
    Against::everything_else(claim).log_odds(prior, support)
}

/// Two sets of hypotheses that are told from each other, whatever else there is.
#[derive(Clone, Debug)]
pub(crate) struct Against {
    pub holds: Vec<bool>,
    pub rest: Vec<bool>,
}

impl Against {
    /// A claim and its denial.
    pub fn everything_else(claim: &Claim) -> Self {
        let rest = claim.holds.iter().map(|holds| !holds).collect();
        Against { holds: claim.holds.clone(), rest }
    }

    /// The natural logarithm of the odds of the first against the second.
    pub fn log_odds(&self, prior: &[f64], support: &[f64]) -> f64 {
        let logs = log_weights(prior, support);
        log_sum(&self.holds, &logs) - log_sum(&self.rest, &logs)
    }

    /// The probability of the first, given that one of the two holds.
    pub fn share(&self, probabilities: &[f64]) -> f64 {
        let sum = |held: &[bool]| -> f64 {
            held.iter().zip(probabilities).filter(|(holds, _)| **holds).map(|(_, value)| value).sum()
        };
        let (first, second) = (sum(&self.holds), sum(&self.rest));
        if first + second > 0.0 { first / (first + second) } else { f64::NAN }
    }
}

/// The logarithm of the sum of weights, of those that are held.
fn log_sum(held: &[bool], logs: &[f64]) -> f64 {
    let of = || held.iter().zip(logs).filter(|(holds, _)| **holds).map(|(_, log)| *log);
    let most = of().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + libm::log(of().map(|log| libm::exp(log - most)).sum())
}

/// How far a support tells hypotheses apart: the greatest log ratio of effective likelihoods.
pub(crate) fn spread(support: &[f64]) -> f64 {
    let most = support.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = support.iter().copied().fold(f64::INFINITY, f64::min);
    if most > least { most - least } else { 0.0 }
}
