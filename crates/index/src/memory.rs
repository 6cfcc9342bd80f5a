//! A store in plain maps: the reference that others are compared with.
//!
//! It keeps nothing on disk and is meant for tests.

use crate::error::{Error, Result, no_sample, no_signature};
use crate::sketch::{COMPLETE, STORED_CAP, cap_occurrences, sample_rank};
use crate::state::hit;
use crate::store::{
    Added, FunctionInfo, Label, Lookup, Occurrence, SampleInfo, SampleKey, Signature, SignatureId, Stats,
    Store,
};
use cognate_base::SampleId;
use cognate_fingerprint::{BANDS, Fingerprint, Key, SampleFingerprint};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
struct Held {
    info: SampleInfo,
    sample: SampleFingerprint,
}

/// A store in plain maps.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    committed: BTreeMap<u32, Held>,
    pending: BTreeMap<u32, Held>,
    next: u32,
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
        all.into_iter().find(|(_, held)| held.info.id == *id).map(|(&key, _)| key)
    }

    fn functions(&self) -> impl Iterator<Item = (Occurrence, &Fingerprint)> {
        self.committed.iter().flat_map(|(&key, held)| {
            let functions = held.sample.functions.iter().zip(0u32..);
            functions.map(move |(function, index)| {
                (Occurrence { sample: SampleKey(key), function: index }, &function.fingerprint)
            })
        })
    }

    fn rank(&self, key: u32) -> u64 {
        self.committed.get(&key).map_or(0, |held| sample_rank(&held.info.id))
    }
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
        self.pending.insert(key.0, Held { info, sample: sample.clone() });
        Ok(Added::New(key))
    }

    fn commit(&mut self) -> Result<()> {
        self.committed.append(&mut self.pending);
        Ok(())
    }

    fn relabel(&mut self, id: &SampleId, label: &Label) -> Result<bool> {
        self.commit()?;
        let held = self.key_of(id).and_then(|key| self.committed.get_mut(&key));
        Ok(held.map(|held| held.info.label = label.clone()).is_some())
    }

    fn remove(&mut self, id: &SampleId) -> Result<bool> {
        self.commit()?;
        Ok(self.key_of(id).and_then(|key| self.committed.remove(&key)).is_some())
    }

    fn samples(&self) -> Result<Vec<SampleInfo>> {
        Ok(self.committed.values().map(|held| held.info.clone()).collect())
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>> {
        Ok(self.committed.values().find(|held| held.info.id == *id).map(|held| held.info.clone()))
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>> {
        let held = self.committed.get(&sample.0).ok_or_else(|| no_sample(sample))?;
        let infos = held.sample.functions.iter().map(|function| FunctionInfo {
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
        let mut lists: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for (_, fingerprint) in self.functions() {
            for key in fingerprint.keys() {
                lists.entry(key.hash >> 16).or_default().insert(fingerprint.signature());
            }
        }
        let list = |key: &Key| lists.get(&(key.hash >> 16)).into_iter().flatten().copied().collect();
        let hits: Vec<_> = keys.iter().map(|key| hit(list(key), COMPLETE, cap)).collect();
        let truncated = hits.iter().filter(|hit| hit.total > hit.signatures.len() as u64).count();
        Ok(Lookup { hits, coverage: 1.0, truncated })
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>> {
        ids.iter().map(|&id| self.signature(id, cap)).collect()
    }

    fn stats(&self) -> Result<Stats> {
        let families: BTreeSet<_> = self.committed.values().map(|held| &held.info.label.family).collect();
        let signatures: BTreeMap<_, _> =
            self.functions().map(|(_, fingerprint)| (fingerprint.signature(), fingerprint)).collect();
        Ok(Stats {
            samples: self.committed.len() as u64,
            families: families.len() as u64,
            functions: self.functions().count() as u64,
            signatures: signatures.len() as u64,
            postings: signatures.values().map(|fingerprint| fingerprint.keys().len() as u64).sum(),
            segments: 0,
            disk_bytes: 0,
            fingerprint_version: cognate_fingerprint::VERSION,
        })
    }
}

impl Memory {
    fn signature(&self, id: SignatureId, cap: usize) -> Result<Signature> {
        let found: Vec<_> =
            self.functions().filter(|(_, fingerprint)| fingerprint.signature() == id.0).collect();
        let (_, fingerprint) = found.first().ok_or_else(|| no_signature(id))?;
        let mut fingerprint = (*fingerprint).clone();
        if let Some((_, bands)) = &mut fingerprint.tokens {
            *bands = [0; BANDS];
        }
        fingerprint.flow.keys.clear();
        let mut list: Vec<(u32, u32)> =
            found.iter().map(|(place, _)| (place.sample.0, place.function)).collect();
        cap_occurrences(&mut list, cap.min(STORED_CAP), |sample| self.rank(sample));
        let place = |(sample, function)| Occurrence { sample: SampleKey(sample), function };
        let occurrences = list.into_iter().map(place).collect();
        Ok(Signature { id, fingerprint, occurrences, total: found.len() as u64 })
    }
}
