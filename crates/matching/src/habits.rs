//! Expressions that a program has nearly everywhere.
//!
//! What a fifth of its functions compute is a habit of its compiler or of a pass over it, as
//! the opaque predicates of an obfuscator, and no mark of any one function, however rare it
//! is in other software. Two programs under one pass share such habits, and nothing else.

use cognate_fingerprint::Fingerprint;
use std::collections::{HashMap, HashSet};

/// Functions that must have an expression before it is a habit. Judgement.
const LEAST_FUNCTIONS: usize = 6;
/// One of so many functions that compute something.
const ONE_OF: usize = 5;

/// The data-flow features that a program has nearly everywhere.
#[derive(Debug, Default)]
pub(crate) struct Habits(HashSet<u32>);

impl Habits {
    /// Counts the features of all functions of a program.
    pub fn of<'f>(functions: impl Iterator<Item = &'f Fingerprint>) -> Habits {
        let mut holders: HashMap<u32, usize> = HashMap::new();
        let mut traced = 0;
        for features in functions.map(|function| &function.flow.features).filter(|list| !list.is_empty()) {
            traced += 1;
            for &feature in features {
                *holders.entry(feature).or_default() += 1;
            }
        }
        let least = LEAST_FUNCTIONS.max(traced / ONE_OF);
        Habits(holders.into_iter().filter(|(_, count)| *count >= least).map(|(feature, _)| feature).collect())
    }

    /// Takes the weight from the features that are habits.
    pub fn leave_out(&self, features: &[u32], weights: &mut [f32]) {
        let weights = features.iter().zip(weights);
        weights.filter(|(feature, _)| self.0.contains(feature)).for_each(|(_, weight)| *weight = 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_fingerprint::Flow;

    #[test]
    fn what_a_fifth_of_the_functions_compute_is_a_habit() {
        let function = |at: u32| Fingerprint {
            flow: Flow {
                features: vec![if (8..38).contains(&at) { 2 } else { 1 }, 100 + at],
                ..Flow::default()
            },
            ..Fingerprint::default()
        };
        let functions: Vec<Fingerprint> = (0..40).map(function).collect();
        let weights_in = |functions: &[Fingerprint]| {
            let mut weights = [9.0, 9.0, 9.0];
            Habits::of(functions.iter()).leave_out(&[1, 2, 103], &mut weights);
            weights
        };
        assert_eq!(weights_in(&functions), [0.0, 0.0, 9.0]);
        assert_eq!(weights_in(&functions[8..]), [9.0, 0.0, 9.0], "two of 32 are none");
        assert_eq!(weights_in(&functions[..3]), [9.0, 9.0, 9.0], "three functions have none");
    }
}
