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
    let logs = log_weights(prior, support);
    let side = |wanted: bool| {
        let of =
            || claim.holds.iter().zip(&logs).filter(move |(holds, _)| **holds == wanted).map(|(_, log)| *log);
        let most = of().fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            most
        } else {
            most + libm::log(of().map(|log| libm::exp(log - most)).sum())
        }
    };
    side(true) - side(false)
}

/// How far a support tells hypotheses apart: the greatest log ratio of effective likelihoods.
pub(crate) fn spread(support: &[f64]) -> f64 {
    let most = support.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = support.iter().copied().fold(f64::INFINITY, f64::min);
    if most > least { most - least } else { 0.0 }
}
