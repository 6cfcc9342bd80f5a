//! Seeds: pairs whose content speaks for their being the same.

use super::graph::Runs;
use crate::document::How;
use crate::indices::{QueryFunction, StoredFunction};
use crate::rerank::Model;
use cognate_base::TypedVec;

/// Log odds by which the best must lie above all others to be unambiguous. Judgement.
const CLEAR: f64 = 2.0;
/// Pairs that are alike enough, of all functions together; beyond, a function has so few. The same of
/// pairs of which one holds the other's body.
const MOST_SEEDS: usize = 1_000_000;
const FEW_SEEDS: usize = 8;
/// Most equal functions offered to one function.
const TWINS: usize = 32;

/// A pair whose content speaks for its being the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    /// In the query.
    pub query: QueryFunction,
    /// In the stored sample.
    pub stored: StoredFunction,
    /// 0 to 1.
    pub similarity: f64,
    /// The log odds that both are one source, by their content and what stands around them.
    pub odds: f64,
    /// What the pair is once it is made.
    pub how: How,
}

impl Seed {
    /// How likely it is, one half at the bar of the model.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (Model::placed().bar - self.odds).exp())
    }
}

/// How many pairs the next function may have where there are so many of those before it.
pub(crate) fn room_for_seeds(so_far: usize) -> usize {
    MOST_SEEDS.saturating_sub(so_far).max(FEW_SEEDS)
}

/// At most [`TWINS`] of a list, from where the `turn`-th of equal askers should
/// begin, so that many equal functions do not all ask for the first few.
pub(crate) fn window<T>(list: &[T], turn: usize) -> impl Iterator<Item = &T> {
    let start = if list.len() <= TWINS { 0 } else { turn % list.len() };
    list.iter().cycle().skip(start).take(list.len().min(TWINS))
}

/// All seeds by their functions.
pub(super) struct Seeds {
    /// Ascending by query, then by stored function.
    runs: Runs<QueryFunction, Seed>,
    /// The two best odds of every function.
    of_query: TypedVec<QueryFunction, [f64; 2]>,
    of_stored: TypedVec<StoredFunction, [f64; 2]>,
}

impl Seeds {
    pub fn new(query: usize, stored: usize, mut list: Vec<Seed>) -> Self {
        let mut of_query: TypedVec<QueryFunction, _> = vec![[f64::NEG_INFINITY; 2]; query].into();
        let mut of_stored: TypedVec<StoredFunction, _> = vec![[f64::NEG_INFINITY; 2]; stored].into();
        for seed in &list {
            for best in [&mut of_query[seed.query], &mut of_stored[seed.stored]] {
                keep_best(best, seed.odds);
            }
        }
        list.sort_unstable_by_key(|seed| (seed.query, seed.stored));
        list.dedup_by_key(|seed| (seed.query, seed.stored));
        Seeds { runs: Runs::new(query, list, |seed| seed.query), of_query, of_stored }
    }

    pub fn all(&self) -> &[Seed] {
        self.runs.all()
    }

    pub fn get(&self, query: QueryFunction, stored: StoredFunction) -> Option<&Seed> {
        let own = self.runs.of(query);
        own.get(own.binary_search_by_key(&stored, |seed| seed.stored).ok()?)
    }

    /// Neither function has another seed nearly as good.
    pub fn is_clear(&self, seed: &Seed) -> bool {
        let stands_out = |[first, second]: [f64; 2]| seed.odds >= first && second + CLEAR <= first;
        stands_out(self.of_query[seed.query]) && stands_out(self.of_stored[seed.stored])
    }
}

fn keep_best([first, second]: &mut [f64; 2], odds: f64) {
    if odds > *first {
        (*first, *second) = (odds, *first);
    } else if odds > *second {
        *second = odds;
    }
}
