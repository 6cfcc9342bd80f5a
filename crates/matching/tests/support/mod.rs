//! A store in memory that does just what the contract says, for tests and tuning.

use cognate_base::{Error, SampleId};
use cognate_fingerprint::{BANDS, Fingerprint, Key, SampleFingerprint};
use cognate_index::{
    Added, FunctionInfo, Hit, Kind, Label, Lookup, Occurrence, SampleInfo, SampleKey, Signature, SignatureId,
    Stats, Store,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Samples in the order they came.
#[derive(Default)]
pub struct Shelf {
    samples: Vec<(SampleInfo, Vec<FunctionInfo>)>,
    removed: BTreeSet<SampleKey>,
    signatures: Vec<(Fingerprint, Vec<Occurrence>)>,
    by_content: HashMap<u64, usize>,
    postings: BTreeMap<Key, BTreeSet<SignatureId>>,
}

/// A label by path.
pub fn label(family: &str, kind: Kind, actor: Option<&str>) -> Label {
    Label { family: family.into(), version: None, actor: actor.map(Into::into), kind, source: "path".into() }
}

impl Shelf {
    fn signature(&mut self, fingerprint: &Fingerprint) -> usize {
        let content = fingerprint.signature();
        if let Some(&at) = self.by_content.get(&content) {
            return at;
        }
        let at = self.signatures.len();
        let mut kept = fingerprint.clone();
        kept.tokens = kept.tokens.map(|(tokens, _)| (tokens, [0; BANDS]));
        kept.flow.keys.clear();
        self.signatures.push((kept, Vec::new()));
        self.by_content.insert(content, at);
        for key in fingerprint.keys() {
            self.postings.entry(key).or_default().insert(SignatureId(at as u64));
        }
        at
    }
}

impl Store for Shelf {
    type Error = Error;

    fn add(&mut self, sample: &SampleFingerprint, name: &str, label: &Label) -> Result<Added, Error> {
        if let Some(known) = self.find(&sample.id)? {
            return Ok(Added::Known(known.key));
        }
        let key = SampleKey(self.samples.len() as u32);
        let mut functions = Vec::new();
        for (function, index) in sample.functions.iter().zip(0u32..) {
            let at = self.signature(&function.fingerprint);
            self.signatures[at].1.push(Occurrence { sample: key, function: index });
            functions.push(FunctionInfo {
                address: function.address,
                bytes: function.bytes,
                name: function.name.clone(),
                signature: SignatureId(at as u64),
                callees: function.callees.clone(),
                thunk: function.thunk,
            });
        }
        let info = SampleInfo {
            key,
            id: sample.id,
            name: name.into(),
            size: sample.size,
            format: sample.format,
            arch: sample.arch,
            functions: functions.len() as u32,
            code_bytes: sample.functions.iter().map(|function| u64::from(function.bytes)).sum(),
            partial: sample.partial,
            label: label.clone(),
            components: sample.components.clone(),
        };
        self.samples.push((info, functions));
        Ok(Added::New(key))
    }

    fn commit(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn relabel(&mut self, id: &SampleId, label: &Label) -> Result<bool, Error> {
        let found = self.samples.iter_mut().find(|(info, _)| info.id == *id);
        Ok(found.map(|(info, _)| info.label = label.clone()).is_some())
    }

    fn remove(&mut self, id: &SampleId) -> Result<bool, Error> {
        let found = self.find(id)?;
        Ok(found.is_some_and(|info| self.removed.insert(info.key)))
    }

    fn samples(&self) -> Result<Vec<SampleInfo>, Error> {
        let live = self.samples.iter().filter(|(info, _)| !self.removed.contains(&info.key));
        Ok(live.map(|(info, _)| info.clone()).collect())
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>, Error> {
        Ok(self.samples()?.into_iter().find(|info| info.id == *id))
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>, Error> {
        Ok(self.samples.get(sample.0 as usize).map(|(_, functions)| functions.clone()).unwrap_or_default())
    }

    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup, Error> {
        let hit = |key: &Key| {
            let list = self.postings.get(key);
            let total = list.map_or(0, BTreeSet::len) as u64;
            Hit { signatures: list.into_iter().flatten().copied().take(cap).collect(), total }
        };
        let hits: Vec<Hit> = keys.iter().map(hit).collect();
        let truncated = hits.iter().filter(|hit| hit.total > hit.signatures.len() as u64).count();
        Ok(Lookup { hits, coverage: 1.0, truncated })
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>, Error> {
        let signature = |id: &SignatureId| {
            let (fingerprint, all) = &self.signatures[id.0 as usize];
            let live = all.iter().filter(|at| !self.removed.contains(&at.sample));
            Signature {
                id: *id,
                fingerprint: fingerprint.clone(),
                occurrences: live.clone().copied().take(cap).collect(),
                total: live.count() as u64,
            }
        };
        Ok(ids.iter().map(signature).collect())
    }

    fn stats(&self) -> Result<Stats, Error> {
        Ok(Stats { fingerprint_version: cognate_fingerprint::VERSION, ..Stats::default() })
    }
}
