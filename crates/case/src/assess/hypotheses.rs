//! The exclusive hypotheses, by probability and by inconsistency.

use super::work::Work;
use crate::assessment::{AchMark, Counting, HypothesisView, ItemView};
use crate::prose;
use std::collections::BTreeMap;

impl Work<'_> {
    pub(super) fn hypotheses(&self, items: &[ItemView]) -> Vec<HypothesisView> {
        let inconsistency = self.inconsistency(items);
        let views = self.frame.leaves.iter().enumerate().map(|(place, leaf)| {
            let own = inconsistency.get(place).copied().unwrap_or_default();
            let better = inconsistency.iter().filter(|other| **other < own - 1e-9).count();
            let (low, high) = self.intervals.leaves.get(place).copied().unwrap_or_default();
            HypothesisView {
                id: leaf.id.clone(),
                candidate: self.candidate_id(leaf.candidate),
                role: leaf.role,
                by: self.candidate_id(leaf.by),
                statement: prose::hypothesis(self.frame.case, leaf),
                prior: self.prior.get(place).copied().unwrap_or_default(),
                probability: self.posterior.get(place).copied().unwrap_or_default(),
                low,
                high,
                inconsistency: own,
                ach_rank: u32::try_from(better).unwrap_or(u32::MAX).saturating_add(1),
            }
        });
        views.collect()
    }

    /// By hypothesis: the sum over observations of weight times inconsistency, II twice an I as in PARC ACH.
    fn inconsistency(&self, items: &[ItemView]) -> Vec<f64> {
        let mut sums = vec![0.0; self.frame.leaves.len()];
        let observations: BTreeMap<&str, &ItemView> = items
            .iter()
            .filter(|item| !matches!(item.counting, Counting::CopyOf { .. }))
            .map(|item| (item.id.as_str(), item))
            .collect();
        for item in observations.values() {
            for (sum, mark) in sums.iter_mut().zip(&item.ach) {
                let score = match mark {
                    AchMark::VeryInconsistent => 2.0,
                    AchMark::Inconsistent => 1.0,
                    AchMark::Neutral | AchMark::Consistent => 0.0,
                };
                *sum += item.weight * score;
            }
        }
        sums
    }
}
