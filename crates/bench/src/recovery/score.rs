//! Recovered starts against true ones.

use crate::corpus::Starts;
use cognate_binary::{Program, StartSource};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Counts of one file, or of many added up.
#[derive(Clone, Copy, Default)]
pub struct Score {
    /// True starts.
    pub truth: usize,
    /// Recovered starts, neutral ones left out.
    pub found: usize,
    /// Recovered starts that are true.
    pub right: usize,
    /// Files counted.
    pub files: usize,
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Score) {
        self.truth += other.truth;
        self.found += other.found;
        self.right += other.right;
        self.files += other.files;
    }
}

impl Score {
    /// Share of true starts that were recovered.
    pub fn recall(&self) -> f64 {
        if self.truth == 0 { 1.0 } else { self.right as f64 / self.truth as f64 }
    }
}

/// Compares by address. Neutral places count neither way.
pub fn score(program: &Program, truth: &Starts) -> Score {
    let counted = program.functions.iter().map(|function| function.address);
    let counted = counted.filter(|address| truth.starts.contains_key(address) || !truth.is_neutral(*address));
    let found: Vec<u64> = counted.collect();
    let right = found.iter().filter(|address| truth.starts.contains_key(address)).count();
    Score { truth: truth.starts.len(), found: found.len(), right, files: 1 }
}

/// Recovered starts by how they became known: right, wrong.
pub fn by_source(program: &Program, truth: &Starts) -> BTreeMap<StartSource, [usize; 2]> {
    let mut counts: BTreeMap<StartSource, [usize; 2]> = BTreeMap::new();
    for function in &program.functions {
        let right = truth.starts.contains_key(&function.address);
        if right || !truth.is_neutral(function.address) {
            counts.entry(function.source).or_default()[usize::from(!right)] += 1;
        }
    }
    counts
}
