//! The functions of two samples side by side, one to one.
//!
//! In come two call graphs and *seeds*, pairs whose content speaks for their being
//! the same; out come [`Pair`]s. All pairs stand in one queue, the
//! most convincing first; whoever is paired lets its callers, callees and
//! neighbours in address order stand in the queue as well, with a lower bar:
//!
//! - a seed has the priority `0.5 + 0.3 p + 0.2 support`, with `p` the probability of the
//!   model of content and place, and 0.1 more when neither function has another seed nearly as good;
//! - any other pair has `0.5 kin + 0.5 support` and must reach [`LEAST`], where
//!   *kin* is the likeness of content and shape, and *support* the share of
//!   callers, callees and neighbours that are paired with each other.
//!
//! When the queue is empty, what lies between two pairs next to each other in
//! both samples is put in order: the sequence of pairs with the largest sum of
//! `kin - LEAST_KIN`, for linkers and compilers keep the order of the source.
//! Those pairs then let their kin stand in the queue again.
//!
//! Pairs that are no seeds serve display; they are never evidence.

mod gaps;
mod graph;
mod seeds;

pub(crate) use graph::{Node, Side};
pub(crate) use seeds::{Seed, room_for_seeds, window};

use crate::document::How;
use crate::indices::{QueryFunction, StoredFunction};
use cognate_base::{Deadline, TypedVec};
use seeds::Seeds;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The least priority of a pair that is no seed. Judgement, as all bars here.
const LEAST: f64 = 0.3;
/// The least kin of a pair that is no seed.
const LEAST_KIN: f64 = 0.25;
/// Functions with more callers or callees than this vouch for none of them.
const MOST_KIN: usize = 48;
/// Pairs of callers or callees that are looked at, for each function of either side and for none: what
/// is called by everything that it calls would else stand in the queue again and again. It ends what is
/// for display, and no evidence.
const KIN_EACH: usize = 64;
const LEAST_KIN_LOOKED: usize = 1 << 16;
/// Work of looking at a pair.
const STEP: u64 = 16;
/// Times the gaps are looked at.
const ROUNDS: usize = 6;

/// Two functions put side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    /// In the query.
    pub query: QueryFunction,
    /// In the stored sample.
    pub stored: StoredFunction,
    /// 0 to 1: of a seed its similarity, else its kin.
    pub similarity: f64,
    /// How they came together.
    pub how: How,
}

/// Puts two samples side by side, ascending by the query's functions; those that there is time for.
pub(crate) fn align(
    query: &Side<'_, QueryFunction>,
    stored: &Side<'_, StoredFunction>,
    seeds: Vec<Seed>,
    deadline: &Deadline,
) -> Vec<Pair> {
    let seeds = Seeds::new(query.len(), stored.len(), seeds);
    let mut work = Work {
        query,
        stored,
        seeds: &seeds,
        deadline,
        partner: vec![None; query.len()].into(),
        taken: vec![false; stored.len()].into(),
        queue: BinaryHeap::new(),
        pairs: Vec::new(),
        kin_left: (query.len() + stored.len()).saturating_mul(KIN_EACH) + LEAST_KIN_LOOKED,
    };
    for seed in seeds.all() {
        if !deadline.spend(STEP) {
            break;
        }
        let extra = if seeds.is_clear(seed) { 0.1 } else { 0.0 };
        let priority = work.priority(seed.query, seed.stored).map(|priority| priority + extra);
        work.enqueue(priority, seed.query, seed.stored);
    }
    work.run();
    for _ in 0..ROUNDS {
        if !work.fill() {
            break;
        }
        work.run();
    }
    let mut pairs = work.pairs;
    pairs.sort_by_key(|pair| (pair.query, pair.stored));
    pairs
}

struct Work<'s, 'a> {
    query: &'s Side<'a, QueryFunction>,
    stored: &'s Side<'a, StoredFunction>,
    seeds: &'s Seeds,
    deadline: &'s Deadline,
    partner: TypedVec<QueryFunction, Option<StoredFunction>>,
    /// Whether a stored function has a partner.
    taken: TypedVec<StoredFunction, bool>,
    /// Priority in millionths, then the first addresses first.
    queue: BinaryHeap<(u32, Reverse<QueryFunction>, Reverse<StoredFunction>)>,
    pairs: Vec<Pair>,
    /// Pairs of callers or callees that may still be looked at.
    kin_left: usize,
}

impl Work<'_, '_> {
    fn run(&mut self) {
        while let Some((_, Reverse(query), Reverse(stored))) = self.queue.pop() {
            if !self.deadline.spend(STEP) {
                return;
            }
            if self.is_free(query, stored) {
                self.pair(query, stored);
                self.vouch(query, stored);
            }
        }
    }

    fn is_free(&self, query: QueryFunction, stored: StoredFunction) -> bool {
        self.partner[query].is_none() && !self.taken[stored]
    }

    fn pair(&mut self, query: QueryFunction, stored: StoredFunction) {
        self.partner[query] = Some(stored);
        self.taken[stored] = true;
        let (similarity, how) = match self.seeds.get(query, stored) {
            Some(seed) => (seed.similarity, seed.how),
            None => (self.kin(query, stored), How::CallGraph),
        };
        self.pairs.push(Pair { query, stored, similarity, how });
    }

    /// Lets what stands next to a pair stand in the queue.
    fn vouch(&mut self, query: QueryFunction, stored: StoredFunction) {
        let (one, other) = (self.query, self.stored);
        self.enqueue_all(one.callees(query), other.callees(stored));
        self.enqueue_all(one.callers(query), other.callers(stored));
        for (query, stored) in self.beside(query, stored).into_iter().flatten() {
            self.enqueue(self.priority(query, stored), query, stored);
        }
    }

    /// What follows two functions in address order, and what they follow.
    fn beside(
        &self,
        query: QueryFunction,
        stored: StoredFunction,
    ) -> [Option<(QueryFunction, StoredFunction)>; 2] {
        [1, -1].map(|steps| self.query.beside(query, steps).zip(self.stored.beside(stored, steps)))
    }

    fn enqueue_all(&mut self, query: &[QueryFunction], stored: &[StoredFunction]) {
        let all = query.len() * stored.len();
        if query.len() > MOST_KIN || stored.len() > MOST_KIN || all > self.kin_left {
            return;
        }
        self.kin_left -= all;
        if !self.deadline.spend(STEP * all as u64) {
            return;
        }
        for &query in query {
            for &stored in stored {
                self.enqueue(self.priority(query, stored), query, stored);
            }
        }
    }

    fn enqueue(&mut self, priority: Option<f64>, query: QueryFunction, stored: StoredFunction) {
        if let Some(priority) = priority {
            self.queue.push(((priority * 1e6) as u32, Reverse(query), Reverse(stored)));
        }
    }

    /// How convincing a pair is now; none for pairs that may not be.
    fn priority(&self, query: QueryFunction, stored: StoredFunction) -> Option<f64> {
        if !self.is_free(query, stored) {
            return None;
        }
        if let Some(seed) = self.seeds.get(query, stored) {
            return Some(0.5 + 0.3 * seed.probability() + 0.2 * self.support(query, stored));
        }
        let kin = self.kin(query, stored);
        if kin < LEAST_KIN {
            return None;
        }
        let priority = 0.5 * kin + 0.5 * self.support(query, stored);
        (priority >= LEAST).then_some(priority)
    }

    /// The share of callers, callees and neighbours that are paired with each other.
    fn support(&self, query: QueryFunction, stored: StoredFunction) -> f64 {
        let (one, other) = (self.query, self.stored);
        let (mut paired, mut all) = (0usize, 0usize);
        for (mine, theirs) in
            [(one.callees(query), other.callees(stored)), (one.callers(query), other.callers(stored))]
        {
            if mine.len() > MOST_KIN || theirs.len() > MOST_KIN {
                continue;
            }
            let partners = mine.iter().filter_map(|&at| self.partner[at]);
            paired += partners.filter(|at| theirs.binary_search(at).is_ok()).count();
            all += mine.len().max(theirs.len());
        }
        let neighbours = self.beside(query, stored).into_iter().flatten();
        paired += neighbours.filter(|&(query, stored)| self.partner[query] == Some(stored)).count();
        // Both neighbours together weigh as much as one caller.
        all += 1;
        (paired as f64 / all as f64).min(1.0)
    }

    /// How alike two functions are that nothing but their place brought together.
    fn kin(&self, query: QueryFunction, stored: StoredFunction) -> f64 {
        self.query.kin(query, self.stored, stored)
    }
}
