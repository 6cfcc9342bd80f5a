//! The functions of two samples side by side, one to one.
//!
//! In come two call graphs and *seeds*, pairs that are held to be the same by
//! their own content; out come [`Pair`]s. All pairs stand in one queue, the
//! most convincing first; whoever is paired lets its callers, callees and
//! neighbours in address order stand in the queue as well, with a lower bar:
//!
//! - a seed has the priority `0.5 + 0.3 similarity + 0.2 support`, and 0.1 more
//!   when neither function has another seed nearly as good;
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

use crate::document::{How, MatchKind};
use crate::flow::Sketch;
use crate::similarity::shape;
use cognate_base::Deadline;
use cognate_fingerprint::Fingerprint;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The least priority of a pair that is no seed.
const LEAST: f64 = 0.3;
/// The least kin of a pair that is no seed.
const LEAST_KIN: f64 = 0.25;
/// Functions with more callers or callees than this vouch for none of them.
const MOST_KIN: usize = 48;
/// Most functions between two pairs that are put in order.
const MOST_BETWEEN: u32 = 128;
/// Pairs of callers or callees that are looked at, for each function of either side and for none: what
/// is called by everything that it calls would else stand in the queue again and again. It ends what is
/// for display, and no evidence.
const KIN_EACH: usize = 64;
const LEAST_KIN_LOOKED: usize = 1 << 16;
/// Work of looking at a pair.
const STEP: u64 = 16;
/// Times the gaps are looked at.
const ROUNDS: usize = 6;
/// Seeds this much worse than the best leave it unambiguous.
const CLEAR: f64 = 0.1;

/// One function of a side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    /// What is compared.
    pub fingerprint: &'a Fingerprint,
    /// Callees, as indices, sorted.
    pub callees: &'a [u32],
}

/// One sample as a call graph.
#[derive(Debug)]
pub(crate) struct Side<'a> {
    nodes: Vec<Node<'a>>,
    callers: Vec<Vec<u32>>,
    flows: Vec<Sketch>,
}

impl<'a> Side<'a> {
    /// Turns the call graph round.
    pub fn new(nodes: Vec<Node<'a>>) -> Self {
        let mut callers = vec![Vec::new(); nodes.len()];
        for (node, at) in nodes.iter().zip(0u32..) {
            for &callee in node.callees {
                if let Some(list) = callers.get_mut(callee as usize) {
                    list.push(at);
                }
            }
        }
        let flows = nodes.iter().map(|node| Sketch::new(&node.fingerprint.flow.features)).collect();
        Side { nodes, callers, flows }
    }

    fn callees(&self, at: u32) -> &[u32] {
        self.nodes.get(at as usize).map(|node| node.callees).unwrap_or_default()
    }

    fn callers(&self, at: u32) -> &[u32] {
        self.callers.get(at as usize).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A pair that is held to be the same by its own content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    /// In the query.
    pub query: u32,
    /// In the stored sample.
    pub stored: u32,
    /// 0 to 1.
    pub similarity: f64,
    /// The strongest kind of evidence.
    pub kind: MatchKind,
}

/// Two functions put side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    /// In the query.
    pub query: u32,
    /// In the stored sample.
    pub stored: u32,
    /// 0 to 1: of a seed its similarity, else its kin.
    pub similarity: f64,
    /// How they came together.
    pub how: How,
}

/// Puts two samples side by side, ascending by the query's functions; those that there is time for.
pub(crate) fn align(query: &Side<'_>, stored: &Side<'_>, seeds: Vec<Seed>, deadline: &Deadline) -> Vec<Pair> {
    let clear = Clear::new(query.nodes.len(), stored.nodes.len(), &seeds);
    let seeds = Seeds::new(query.nodes.len(), seeds);
    let mut work = Work {
        query,
        stored,
        seeds: &seeds,
        deadline,
        partner: vec![None; query.nodes.len()],
        taken: vec![None; stored.nodes.len()],
        queue: BinaryHeap::new(),
        pairs: Vec::new(),
        kin_left: (query.nodes.len() + stored.nodes.len()).saturating_mul(KIN_EACH) + LEAST_KIN_LOOKED,
    };
    for seed in &seeds.list {
        if !deadline.spend(STEP) {
            break;
        }
        let extra = if clear.is(seed) { 0.1 } else { 0.0 };
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

/// The seeds by their functions.
struct Seeds {
    /// Ascending by query, then by stored function.
    list: Vec<Seed>,
    /// Where those of each function of the query begin, and the end.
    starts: Vec<u32>,
}

impl Seeds {
    fn new(query: usize, mut list: Vec<Seed>) -> Self {
        list.sort_unstable_by_key(|seed| (seed.query, seed.stored));
        list.dedup_by_key(|seed| (seed.query, seed.stored));
        let start = |at: u32| list.partition_point(|seed| seed.query < at) as u32;
        let starts = (0u32..).take(query + 1).map(start).collect();
        Seeds { list, starts }
    }

    fn get(&self, query: u32, stored: u32) -> Option<&Seed> {
        let from = *self.starts.get(query as usize)? as usize;
        let to = *self.starts.get(query as usize + 1)? as usize;
        let own = self.list.get(from..to)?;
        own.get(own.binary_search_by_key(&stored, |seed| seed.stored).ok()?)
    }
}

/// The two best seeds of every function.
struct Clear {
    query: Vec<[f64; 2]>,
    stored: Vec<[f64; 2]>,
}

impl Clear {
    fn new(query: usize, stored: usize, seeds: &[Seed]) -> Self {
        let mut clear = Clear { query: vec![[0.0; 2]; query], stored: vec![[0.0; 2]; stored] };
        for seed in seeds {
            let slots =
                [clear.query.get_mut(seed.query as usize), clear.stored.get_mut(seed.stored as usize)];
            for [first, second] in slots.into_iter().flatten() {
                if seed.similarity > *first {
                    (*first, *second) = (seed.similarity, *first);
                } else if seed.similarity > *second {
                    *second = seed.similarity;
                }
            }
        }
        clear
    }

    fn is(&self, seed: &Seed) -> bool {
        let stands_out = |best: Option<&[f64; 2]>| {
            best.is_some_and(|[first, second]| seed.similarity >= *first && second + CLEAR <= *first)
        };
        stands_out(self.query.get(seed.query as usize)) && stands_out(self.stored.get(seed.stored as usize))
    }
}

struct Work<'s, 'a> {
    query: &'s Side<'a>,
    stored: &'s Side<'a>,
    seeds: &'s Seeds,
    deadline: &'s Deadline,
    partner: Vec<Option<u32>>,
    taken: Vec<Option<u32>>,
    /// Priority in millionths, then the first addresses first.
    queue: BinaryHeap<(u32, Reverse<u32>, Reverse<u32>)>,
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

    fn is_free(&self, query: u32, stored: u32) -> bool {
        let free = |side: &[Option<u32>], at: u32| side.get(at as usize).is_some_and(Option::is_none);
        free(&self.partner, query) && free(&self.taken, stored)
    }

    fn pair(&mut self, query: u32, stored: u32) {
        if let (Some(partner), Some(taken)) =
            (self.partner.get_mut(query as usize), self.taken.get_mut(stored as usize))
        {
            (*partner, *taken) = (Some(stored), Some(query));
        }
        let (similarity, how) = match self.seeds.get(query, stored) {
            Some(seed) => (seed.similarity, how(seed.kind)),
            None => (self.kin(query, stored), How::CallGraph),
        };
        self.pairs.push(Pair { query, stored, similarity, how });
    }

    /// Lets what stands next to a pair stand in the queue.
    fn vouch(&mut self, query: u32, stored: u32) {
        let (one, other) = (self.query, self.stored);
        self.enqueue_all(one.callees(query), other.callees(stored));
        self.enqueue_all(one.callers(query), other.callers(stored));
        for step in [1i64, -1] {
            let next = |at: u32| u32::try_from(i64::from(at) + step).ok();
            if let (Some(query), Some(stored)) = (next(query), next(stored)) {
                self.enqueue(self.priority(query, stored), query, stored);
            }
        }
    }

    fn enqueue_all(&mut self, query: &[u32], stored: &[u32]) {
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

    fn enqueue(&mut self, priority: Option<f64>, query: u32, stored: u32) {
        if let Some(priority) = priority {
            self.queue.push(((priority * 1e6) as u32, Reverse(query), Reverse(stored)));
        }
    }

    /// Puts in order what lies between pairs; says whether there was anything.
    fn fill(&mut self) -> bool {
        let mut known: Vec<(u32, u32)> = self.pairs.iter().map(|pair| (pair.query, pair.stored)).collect();
        known.sort_unstable();
        let mut found = Vec::new();
        for pair in known.windows(2) {
            let [before, after] = pair else { continue };
            let (query, stored) = (before.0 + 1..after.0, before.1.saturating_add(1)..after.1);
            let short = |range: &std::ops::Range<u32>| (1..=MOST_BETWEEN).contains(&(range.len() as u32));
            let cells = STEP * (query.len() as u64).saturating_mul(stored.len() as u64);
            if short(&query) && short(&stored) && self.deadline.spend(cells) {
                found.extend(self.order(query, stored));
            }
        }
        let before = self.pairs.len();
        for (query, stored) in found {
            if self.is_free(query, stored) {
                self.pair(query, stored);
                self.vouch(query, stored);
            }
        }
        self.pairs.len() > before
    }

    /// The pairs of two runs, in order, whose kin is largest in sum.
    fn order(&self, query: std::ops::Range<u32>, stored: std::ops::Range<u32>) -> Vec<(u32, u32)> {
        let free = |side: &[Option<u32>], range: std::ops::Range<u32>| -> Vec<u32> {
            range.filter(|at| side.get(*at as usize).is_some_and(Option::is_none)).collect()
        };
        let (query, stored) = (free(&self.partner, query), free(&self.taken, stored));
        let width = stored.len() + 1;
        // Of every cell the best sum from there to the end, and whether its own pair is part of it.
        let mut sums = vec![0.0f64; (query.len() + 1) * width];
        let mut paired = vec![false; sums.len()];
        let sum =
            |sums: &[f64], row: usize, column: usize| sums.get(row * width + column).copied().unwrap_or(0.0);
        for (row, &one) in query.iter().enumerate().rev() {
            for (column, &other) in stored.iter().enumerate().rev() {
                let skip = sum(&sums, row + 1, column).max(sum(&sums, row, column + 1));
                let gain = self.kin(one, other) - LEAST_KIN;
                let take = gain + sum(&sums, row + 1, column + 1);
                let at = row * width + column;
                if let (Some(sum), Some(paired)) = (sums.get_mut(at), paired.get_mut(at)) {
                    *paired = gain > 0.0 && take > skip;
                    *sum = if *paired { take } else { skip };
                }
            }
        }
        let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
        while let (Some(&one), Some(&other)) = (query.get(row), stored.get(column)) {
            if paired.get(row * width + column) == Some(&true) {
                pairs.push((one, other));
                (row, column) = (row + 1, column + 1);
            } else if sum(&sums, row + 1, column) >= sum(&sums, row, column + 1) {
                row += 1;
            } else {
                column += 1;
            }
        }
        pairs
    }

    /// How convincing a pair is now; none for pairs that may not be.
    fn priority(&self, query: u32, stored: u32) -> Option<f64> {
        if !self.is_free(query, stored) {
            return None;
        }
        if let Some(seed) = self.seeds.get(query, stored) {
            return Some(0.5 + 0.3 * seed.similarity + 0.2 * self.support(query, stored));
        }
        let kin = self.kin(query, stored);
        if kin < LEAST_KIN {
            return None;
        }
        let priority = 0.5 * kin + 0.5 * self.support(query, stored);
        (priority >= LEAST).then_some(priority)
    }

    /// The share of callers, callees and neighbours that are paired with each other.
    fn support(&self, query: u32, stored: u32) -> f64 {
        let (one, other) = (self.query, self.stored);
        let (mut paired, mut all) = (0usize, 0usize);
        for (mine, theirs) in
            [(one.callees(query), other.callees(stored)), (one.callers(query), other.callers(stored))]
        {
            if mine.len() > MOST_KIN || theirs.len() > MOST_KIN {
                continue;
            }
            let partner = |at: &u32| self.partner.get(*at as usize).copied().flatten();
            paired += mine.iter().filter_map(partner).filter(|at| theirs.binary_search(at).is_ok()).count();
            all += mine.len().max(theirs.len());
        }
        for step in [1i64, -1] {
            let next = |at: u32| u32::try_from(i64::from(at) + step).ok();
            if let (Some(query), Some(stored)) = (next(query), next(stored)) {
                let paired_there = self.partner.get(query as usize).copied().flatten() == Some(stored);
                paired += usize::from(paired_there);
            }
        }
        all += 1;
        (paired as f64 / all as f64).min(1.0)
    }

    /// How alike two functions are that nothing but their place brought together.
    fn kin(&self, query: u32, stored: u32) -> f64 {
        match (self.query.nodes.get(query as usize), self.stored.nodes.get(stored as usize)) {
            (Some(a), Some(b)) => {
                let flows = (self.query.flows.get(query as usize), self.stored.flows.get(stored as usize));
                let flow = match flows {
                    (Some(one), Some(other)) => one.similarity(other),
                    _ => 0.0,
                };
                kin(a.fingerprint, b.fingerprint, flow)
            }
            _ => 0.0,
        }
    }
}

fn how(kind: MatchKind) -> How {
    match kind {
        MatchKind::Exact => How::Exact,
        MatchKind::Tokens | MatchKind::Blocks => How::Tokens,
        MatchKind::DataFlow => How::DataFlow,
        MatchKind::AnchorsOnly => How::Anchors,
    }
}

/// Content and shape, unweighted: equal code is 1. `flow` says how alike the data flow is.
fn kin(a: &Fingerprint, b: &Fingerprint, flow: f64) -> f64 {
    if a.exact == b.exact {
        return 1.0;
    }
    let jaccard = match (&a.tokens, &b.tokens) {
        (Some((a, _)), Some((b, _))) => a.similarity(b),
        _ => 0.0,
    };
    let shape = shape(a, b);
    let code = jaccard.max(common(&a.blocks, &b.blocks)).max(flow);
    if a.anchors.is_empty() && b.anchors.is_empty() {
        return 0.5 * shape + 0.5 * code;
    }
    0.4 * shape + 0.3 * code + 0.3 * common(&a.anchors, &b.anchors)
}

/// What two sorted lists have in common, over the shorter.
fn common<T: Ord>(a: &[T], b: &[T]) -> f64 {
    let least = a.len().min(b.len());
    if least == 0 {
        return 0.0;
    }
    let shared = a.iter().filter(|item| b.binary_search(item).is_ok()).count();
    shared as f64 / least as f64
}
