//! What a source's reliability leaves of everything that it says.
//!
//! Whether a source is reliable is one fact, common to all its items. With the
//! probability `rho` of its grade its items tell what they tell; with `1 - rho`
//! they tell nothing, however many they are. What a source says is no evidence
//! of its own reliability, so with `J(h)` the product of what its items
//! count under `h` if it is reliable, and `J` its prior-weighted mean,
//!
//! `P(said | h) = rho J(h) / J + (1 - rho)`.
//!
//! All its items together move each probability at most the share `rho` of the
//! way to one: to odds of about `rho / (1 - rho)` from a small prior.

/// Everything one source says.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    /// Its place in the case.
    pub source: usize,
    /// `rho`.
    pub reliability: f64,
    /// Places of its observations.
    pub members: Vec<usize>,
    /// By leaf: `ln J(h)`, the sum of what its observations count.
    pub joint: Vec<f64>,
    /// By leaf: `ln P(said | h)`.
    pub support: Vec<f64>,
}

/// By leaf, `ln(rho J(h) / J + 1 - rho)` of a joint `ln J(h)`.
pub(crate) fn heard(joint: &[f64], reliability: f64, prior: &[f64]) -> Vec<f64> {
    let mut out = joint.to_vec();
    hear(&mut out, reliability, prior);
    out
}

/// Turns the support of one observation by itself, over its own source's doubt, into its support if the source is
/// reliable, in place: what `hear` undoes where it is all that the source says.
pub(crate) fn believe(support: &mut [f64], reliability: f64, prior: &[f64]) {
    let weighed = support.iter().zip(prior).map(|(value, prior)| prior * libm::exp(*value));
    let sum: f64 = weighed.sum();
    for value in support {
        let told = libm::exp(*value) / sum - (1.0 - reliability);
        *value = libm::log(told.max(LEAST) / reliability);
    }
}

/// Where rounding leaves less than this of a likelihood beside its mean, this is taken: far below what may be stated.
const LEAST: f64 = 1e-15;

/// The same in place: every draw comes through here.
pub(crate) fn hear(joint: &mut [f64], reliability: f64, prior: &[f64]) {
    let most = joint.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for (value, prior) in joint.iter_mut().zip(prior) {
        *value = libm::exp(*value - most);
        sum += prior * *value;
    }
    // Neighbouring leaves often share a value: one logarithm serves them all.
    let (mut last, mut log) = (f64::NAN, 0.0);
    for value in joint {
        if *value != last {
            last = *value;
            log = libm::log(reliability * last / sum + (1.0 - reliability));
        }
        *value = log;
    }
}
