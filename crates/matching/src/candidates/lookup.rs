//! All keys of a query asked of a store at once, and how rare they turn out to be.

use crate::indices::QueryFunction;
use crate::program::Query;
use crate::rarity::Rarity;
use cognate_base::Deadline;
use cognate_fingerprint::{Key, Tier};
use cognate_index::{Lookup, STORED_CAP, Signature, SignatureId, Store};

/// Keys and signatures that are asked of a store at once: between them the clock is looked at.
const AT_ONCE: usize = 1 << 15;

/// Signatures taken of one key; a key of more says too little to propose any of them. Judgement.
pub const KEY_CAP: usize = 256;
/// Occurrences fetched of one signature: as many as a store keeps.
pub const OCCURRENCE_CAP: usize = STORED_CAP;

/// How frequent a key is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyCount {
    /// Unique functions that hold it, in the store or in the query, whichever is more.
    pub occurs: u64,
    /// What that says, in bits.
    pub bits: f32,
}

/// Every key of every function of a query, ascending by key.
#[derive(Debug)]
pub(crate) struct Asked(Vec<(Key, QueryFunction)>);

impl Asked {
    /// Gathers the keys.
    pub fn by_key(query: &Query<'_>) -> Self {
        // Room is made once: a list that grows takes up to three times as much while it does.
        let keys = query.functions.items().iter().map(|own| own.fingerprint.asked_keys().len());
        let mut asked: Vec<(Key, QueryFunction)> = Vec::with_capacity(keys.sum());
        for (function, own) in query.functions.entries() {
            asked.extend(own.fingerprint.asked_keys().into_iter().map(|key| (key, function)));
        }
        asked.sort_unstable();
        asked.dedup();
        Asked(asked)
    }

    /// Leaves out keys of the tiers that are not asked about.
    pub fn retain(&mut self, asks: impl Fn(Tier) -> bool) {
        self.0.retain(|(key, _)| asks(key.tier));
    }

    /// Each key once.
    pub fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.0.iter().map(|&(key, _)| key).collect();
        keys.dedup();
        keys
    }

    /// How rare each of the keys is among the functions of the store.
    pub fn rarity(&self, keys: &[Key], lookup: &Lookup, functions: u64) -> Vec<(Key, KeyCount)> {
        let rarity = Rarity::among(functions);
        let holders = self.0.chunk_by(|a, b| a.0 == b.0);
        let counted = keys.iter().zip(holders).enumerate().map(|(at, (&key, holders))| {
            let stored = lookup.hits.get(at).map_or(0, |hit| hit.total);
            let occurs = stored.max(holders.len() as u64).max(1);
            (key, KeyCount { occurs, bits: rarity.bits(occurs) })
        });
        counted.collect()
    }

    /// The same, function by function.
    pub fn by_function(mut self) -> Vec<(Key, QueryFunction)> {
        self.0.sort_unstable_by_key(|&(key, function)| (function, key));
        self.0
    }
}

/// Looks up keys as [`Store::lookup`] does; nothing where time is up before all are.
pub(crate) fn look_up<S: Store + ?Sized>(
    store: &S,
    keys: &[Key],
    cap: usize,
    deadline: &Deadline,
) -> Result<Option<Lookup>, S::Error> {
    let mut all = Lookup { coverage: 1.0, ..Lookup::default() };
    for chunk in keys.chunks(AT_ONCE) {
        if !deadline.holds() {
            return Ok(None);
        }
        let Lookup { hits, coverage, truncated } = store.lookup(chunk, cap)?;
        all.hits.extend(hits);
        // Chunks are of equal size, but for the last: the worst of them is what the answer can claim.
        all.coverage = all.coverage.min(coverage);
        all.truncated += truncated;
    }
    Ok(Some(all))
}

/// Fetches signatures as [`Store::signatures`] does: the first of them where time is up before all are there.
pub(crate) fn fetch<S: Store + ?Sized>(
    store: &S,
    ids: &[SignatureId],
    cap: usize,
    deadline: &Deadline,
) -> Result<Vec<Signature>, S::Error> {
    let mut all = Vec::new();
    for chunk in ids.chunks(AT_ONCE) {
        if !deadline.holds() {
            break;
        }
        all.extend(store.signatures(chunk, cap)?);
    }
    Ok(all)
}
