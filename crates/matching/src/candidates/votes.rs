//! The stored signatures that share most keys with each function of a query.

use super::lookup::{Asked, KEY_CAP, KeyCount};
use crate::indices::QueryFunction;
use crate::program::Query;
use cognate_base::{Deadline, TypedVec};
use cognate_fingerprint::{Key, SampleFingerprint, Tier};
use cognate_index::{Hit, Lookup, SignatureId, Store};

/// Equal functions that are followed for all functions of a query together, and for one at the least.
///
/// One body under thousands of signatures (each function refers to a text of its own) would else be
/// held against itself in every combination.
const MOST_EQUAL: usize = 2_000_000;
const LEAST_EQUAL: usize = 16;

/// Candidate signatures compared with one function. How many partners are among the first so many is
/// `survival` in `bench/results`.
const CANDIDATES: usize = 64;

/// The vote of an equal function outweighs all others together.
const EXACT_VOTE: u32 = 1 << 20;

/// The candidates chosen for each query function.
#[derive(Debug)]
pub(crate) struct Elected {
    /// Candidates of each function.
    pub lists: TypedVec<QueryFunction, Vec<SignatureId>>,
    /// Functions of which candidates were left out.
    pub capped: u64,
    /// Functions for which there was no time.
    pub skipped: TypedVec<QueryFunction, bool>,
}

impl Elected {
    /// Adds up votes, the rarity of each key in common, and keeps the best.
    pub fn new(
        asked: Asked,
        functions: usize,
        rarity: &[(Key, KeyCount)],
        lookup: &Lookup,
        deadline: &Deadline,
    ) -> Self {
        let (lists, skipped) = (vec![Vec::new(); functions].into(), vec![false; functions].into());
        let mut elected = Elected { lists, capped: 0, skipped };
        let mut votes: Vec<(SignatureId, u32)> = Vec::new();
        let equal = (MOST_EQUAL / functions.max(1)).max(LEAST_EQUAL);
        for group in asked.by_function().chunk_by(|a, b| a.1 == b.1) {
            let Some(&(_, function)) = group.first() else { continue };
            if !deadline.spend((group.len() + votes.len()) as u64) {
                elected.skipped[function] = true;
                continue;
            }
            votes.clear();
            count(group, rarity, lookup, &mut votes);
            let list = &mut elected.lists[function];
            elected.capped += u64::from(elect(&mut votes, CANDIDATES, equal, list));
        }
        elected
    }

    /// Every candidate of every function, ascending, each once.
    pub fn wanted(&self) -> Vec<SignatureId> {
        let mut wanted: Vec<SignatureId> = self.lists.items().iter().flatten().copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}

/// The stored signatures that share a key with each function of a query, each
/// with its votes, most votes first: what [`crate::match_sample`] chooses candidates by.
///
/// Only keys of the tiers that `asks` allows are looked up. For measurements.
pub fn votes<S: Store + ?Sized>(
    query: &SampleFingerprint,
    store: &S,
    asks: impl Fn(Tier) -> bool,
) -> Result<Vec<Vec<(SignatureId, u32)>>, S::Error> {
    let query = Query::new(query);
    let mut asked = Asked::by_key(&query);
    asked.retain(asks);
    let keys = asked.keys();
    let lookup = store.lookup(&keys, KEY_CAP)?;
    let rarity = asked.rarity(&keys, &lookup, store.stats()?.functions);
    let mut all: TypedVec<QueryFunction, _> = vec![Vec::new(); query.functions.len()].into();
    for group in asked.by_function().chunk_by(|a, b| a.1 == b.1) {
        let Some(&(_, function)) = group.first() else { continue };
        let votes = &mut all[function];
        count(group, &rarity, &lookup, votes);
        add_up(votes);
        votes.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    Ok(all.items().to_vec())
}

/// Adds what each key of one function votes for.
fn count(
    group: &[(Key, QueryFunction)],
    rarity: &[(Key, KeyCount)],
    lookup: &Lookup,
    votes: &mut Vec<(SignatureId, u32)>,
) {
    for &(key, _) in group {
        let Ok(at) = rarity.binary_search_by_key(&key, |(key, _)| *key) else { continue };
        let (Some(hit), Some((_, count))) = (lookup.hits.get(at), rarity.get(at)) else { continue };
        if let Some(vote) = vote(key.tier, hit, count.bits) {
            votes.extend(hit.signatures.iter().map(|&id| (id, vote)));
        }
    }
}

/// What a key's signatures gain by it, in 1/16 bits; none where the list is capped.
///
/// A capped list holds the first to come, so following it would make the
/// answer depend on the order of indexing. Equal functions are always followed.
fn vote(tier: Tier, hit: &Hit, bits: f32) -> Option<u32> {
    if tier == Tier::Exact {
        return Some(EXACT_VOTE);
    }
    let capped = hit.total > hit.signatures.len() as u64;
    (!capped).then_some((bits * 16.0) as u32 + 1)
}

/// Takes the `most` candidates with most votes; says whether any were left out.
///
/// Where the cut falls among equals they stay, up to twice `most`, or all go; equal functions stay, up to `equal`.
fn elect(
    votes: &mut Vec<(SignatureId, u32)>,
    most: usize,
    equal: usize,
    list: &mut Vec<SignatureId>,
) -> bool {
    add_up(votes);
    if votes.len() <= most {
        list.extend(votes.iter().map(|&(id, _)| id));
        return false;
    }
    votes.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let bar = votes.get(most).map_or(0, |&(_, vote)| vote);
    let with_equals = votes.partition_point(|&(_, vote)| vote >= bar);
    let above = votes.partition_point(|&(_, vote)| vote > bar);
    let equal_functions = votes.partition_point(|&(_, vote)| vote >= EXACT_VOTE).min(equal);
    let keep = if with_equals <= most.saturating_mul(2) { with_equals } else { above };
    list.extend(votes.iter().take(keep.max(equal_functions)).map(|&(id, _)| id));
    keep.max(equal_functions) < votes.len()
}

/// One entry for each signature, with the sum of its votes.
fn add_up(votes: &mut Vec<(SignatureId, u32)>) {
    votes.sort_unstable();
    votes.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        same
    });
}
