//! A store in plain maps, for tests: the reference that others are compared with.

use crate::error::{Error, Result, no_sample, no_signature};
use crate::open_segments::hit;
use crate::segment::short_key;
use crate::sketch::{COMPLETE, STORED_CAP, cap_occurrences, sample_rank};
use crate::store::{
    Added, FunctionInfo, Label, Lookup, Occurrence, SampleInfo, SampleKey, Signature, SignatureId, Stats,
    Store,
};
use cognate_base::SampleId;
use cognate_fingerprint::{BANDS, Fingerprint, Key, SampleFingerprint};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
struct StoredSample {
    info: SampleInfo,
    sample: SampleFingerprint,
}

/// A store in plain maps.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    committed: BTreeMap<u32, StoredSample>,
    pending: BTreeMap<u32, StoredSample>,
    next: u32,
    /// Each signature of what was committed, with where it occurs.
    signatures: BTreeMap<u64, (Fingerprint, Vec<(u32, u32)>)>,
    /// The signatures under each short key.
    postings: BTreeMap<u64, BTreeSet<u64>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops what was not committed, as a crash does.
    pub fn forget_pending(&mut self) {
        self.next = self.next.saturating_sub(self.pending.len() as u32);
        self.pending.clear();
    }

    fn key_of(&self, id: &SampleId) -> Option<u32> {
        let all = self.committed.iter().chain(&self.pending);
        all.into_iter().find(|(_, stored)| stored.info.id == *id).map(|(&key, _)| key)
    }

    /// Takes a sample into what look-ups see.
    fn file(&mut self, key: u32, sample: &SampleFingerprint) {
        for (function, index) in sample.functions.iter().zip(0u32..) {
            let signature = function.fingerprint.signature();
            for key in function.fingerprint.keys() {
                self.postings.entry(short_key(key.hash)).or_default().insert(signature);
            }
            let entry = self.signatures.entry(signature);
            let (_, list) = entry.or_insert_with(|| (as_stored(&function.fingerprint), Vec::new()));
            list.push((key, index));
        }
    }

    fn signature(&self, id: SignatureId, cap: usize) -> Result<Signature> {
        let (fingerprint, list) = self.signatures.get(&id.0).ok_or_else(|| no_signature(id))?;
        let (mut list, total) = (list.clone(), list.len() as u64);
        let rank = |key| self.committed.get(&key).map_or(0, |stored| sample_rank(&stored.info.id));
        cap_occurrences(&mut list, cap.min(STORED_CAP), rank);
        let place = |(sample, function)| Occurrence { sample: SampleKey(sample), function };
        let occurrences = list.into_iter().map(place).collect();
        Ok(Signature { id, fingerprint: fingerprint.clone(), occurrences, total })
    }
}

/// What a store gives back of a fingerprint.
fn as_stored(fingerprint: &Fingerprint) -> Fingerprint {
    let mut stored = fingerprint.clone();
    if let Some((_, bands)) = &mut stored.tokens {
        *bands = [0; BANDS];
    }
    stored.flow.keys.clear();
    stored
}

impl Store for Memory {
    type Error = Error;

    fn add(&mut self, sample: &SampleFingerprint, name: &str, label: &Label) -> Result<Added> {
        if let Some(key) = self.key_of(&sample.id) {
            return Ok(Added::Known(SampleKey(key)));
        }
        let key = SampleKey(self.next);
        self.next += 1;
        let info = crate::embedded::sample_info(key, sample, name, label);
        self.pending.insert(key.0, StoredSample { info, sample: sample.clone() });
        Ok(Added::New(key))
    }

    fn commit(&mut self) -> Result<()> {
        for (key, stored) in std::mem::take(&mut self.pending) {
            self.file(key, &stored.sample);
            self.committed.insert(key, stored);
        }
        Ok(())
    }

    fn relabel(&mut self, id: &SampleId, label: &Label) -> Result<bool> {
        self.commit()?;
        let stored = self.key_of(id).and_then(|key| self.committed.get_mut(&key));
        Ok(stored.map(|stored| stored.info.label = label.clone()).is_some())
    }

    fn remove(&mut self, id: &SampleId) -> Result<bool> {
        self.commit()?;
        let removed = self.key_of(id).and_then(|key| self.committed.remove(&key)).is_some();
        // What is left is filed again: of a signature that occurs nowhere any more nothing stays.
        self.pending = std::mem::take(&mut self.committed);
        self.signatures.clear();
        self.postings.clear();
        self.commit()?;
        Ok(removed)
    }

    fn samples(&self) -> Result<Vec<SampleInfo>> {
        Ok(self.committed.values().map(|stored| stored.info.clone()).collect())
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>> {
        Ok(self.committed.values().find(|stored| stored.info.id == *id).map(|stored| stored.info.clone()))
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>> {
        let stored = self.committed.get(&sample.0).ok_or_else(|| no_sample(sample))?;
        let infos = stored.sample.functions.iter().map(|function| FunctionInfo {
            address: function.address,
            bytes: function.bytes,
            name: function.name.clone(),
            signature: SignatureId(function.fingerprint.signature()),
            callees: function.callees.clone(),
            thunk: function.thunk,
        });
        Ok(infos.collect())
    }

    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup> {
        let list = |key: &Key| self.postings.get(&short_key(key.hash)).into_iter().flatten().copied();
        let hits: Vec<_> = keys.iter().map(|key| hit(list(key).collect(), COMPLETE, cap)).collect();
        let truncated = hits.iter().filter(|hit| hit.total > hit.signatures.len() as u64).count();
        Ok(Lookup { hits, coverage: 1.0, truncated })
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>> {
        ids.iter().map(|&id| self.signature(id, cap)).collect()
    }

    fn stats(&self) -> Result<Stats> {
        let families: BTreeSet<_> = self.committed.values().map(|stored| &stored.info.label.family).collect();
        let functions = self.committed.values().map(|stored| stored.sample.functions.len() as u64);
        let first = |&(sample, function): &(u32, u32)| {
            self.committed.get(&sample)?.sample.functions.get(function as usize)
        };
        let firsts = self.signatures.values().filter_map(|(_, list)| first(list.first()?));
        Ok(Stats {
            samples: self.committed.len() as u64,
            families: families.len() as u64,
            functions: functions.sum(),
            signatures: self.signatures.len() as u64,
            postings: firsts.map(|function| function.fingerprint.keys().len() as u64).sum(),
            segments: 0,
            disk_bytes: 0,
            fingerprint_version: cognate_fingerprint::VERSION,
        })
    }
}
