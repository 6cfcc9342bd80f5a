//! What the figures of a pair say of whether one private code base is behind both.

use crate::document::{Grounds, Standing};

/// The decimal logarithm of the likelihood ratio.
pub(crate) fn log10_lr(grounds: &Grounds) -> f64 {
    if grounds.placed_bits <= 0.0 { 0.0 } else { (grounds.placed_bits / 100.0).log10() + grounds.of_query + grounds.of_sample }
}

/// Says what a standing is worth among so many families.
pub(crate) fn judge(standing: &mut Standing, families: usize) {
    standing.log10_lr = log10_lr(&standing.grounds);
    standing.e_value = Some(families as f64 / 10f64.powf(standing.log10_lr));
    standing.significant = standing.log10_lr > 2.0;
}
