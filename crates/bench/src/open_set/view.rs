//! A store as it would answer if some of its samples were not in it.

use cognate_base::SampleId;
use cognate_fingerprint::{Key, SampleFingerprint};
use cognate_index::{
    Added, Embedded, Error, FunctionInfo, Label, Lookup, STORED_CAP, SampleInfo, SampleKey, Signature,
    SignatureId, Stats, Store,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Which samples hold each signature of a store.
pub struct Holders(Vec<(SignatureId, Vec<SampleKey>)>);

impl Holders {
    /// Reads them.
    pub fn of(store: &Embedded) -> Result<Self, Error> {
        let mut holders: BTreeMap<SignatureId, BTreeSet<SampleKey>> = BTreeMap::new();
        for info in store.samples()? {
            for function in store.functions(info.key)? {
                holders.entry(function.signature).or_default().insert(info.key);
            }
        }
        Ok(Holders(holders.into_iter().map(|(id, samples)| (id, samples.into_iter().collect())).collect()))
    }
}

/// A store without the samples that are hidden: it counts and answers as one that never had them.
///
/// Only of keys and signatures that occur more often than a store keeps ([`STORED_CAP`]) are the counts larger.
pub struct View<'a> {
    store: &'a Embedded,
    visible: HashSet<SampleKey>,
    /// Signatures that occur in hidden samples only.
    gone: HashSet<SignatureId>,
}

impl<'a> View<'a> {
    /// Shows of a store only these samples.
    pub fn new(store: &'a Embedded, holders: &Holders, visible: HashSet<SampleKey>) -> Self {
        let is_gone = |samples: &[SampleKey]| !samples.iter().any(|sample| visible.contains(sample));
        let gone = holders.0.iter().filter(|(_, samples)| is_gone(samples)).map(|(id, _)| *id).collect();
        View { store, visible, gone }
    }
}

impl Store for View<'_> {
    type Error = Error;

    fn add(&mut self, _: &SampleFingerprint, _: &str, _: &Label) -> Result<Added, Error> {
        unreachable!("a view is only read")
    }

    fn commit(&mut self) -> Result<(), Error> {
        unreachable!("a view is only read")
    }

    fn relabel(&mut self, _: &SampleId, _: &Label) -> Result<bool, Error> {
        unreachable!("a view is only read")
    }

    fn remove(&mut self, _: &SampleId) -> Result<bool, Error> {
        unreachable!("a view is only read")
    }

    fn samples(&self) -> Result<Vec<SampleInfo>, Error> {
        let mut samples = self.store.samples()?;
        samples.retain(|info| self.visible.contains(&info.key));
        Ok(samples)
    }

    fn find(&self, id: &SampleId) -> Result<Option<SampleInfo>, Error> {
        Ok(self.store.find(id)?.filter(|info| self.visible.contains(&info.key)))
    }

    fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>, Error> {
        self.store.functions(sample)
    }

    fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup, Error> {
        let mut lookup = self.store.lookup(keys, STORED_CAP)?;
        for hit in &mut lookup.hits {
            let before = hit.signatures.len();
            hit.signatures.retain(|id| !self.gone.contains(id));
            hit.total -= (before - hit.signatures.len()) as u64;
            hit.signatures.truncate(cap);
        }
        lookup.truncated = lookup.hits.iter().filter(|hit| hit.total > hit.signatures.len() as u64).count();
        Ok(lookup)
    }

    fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>, Error> {
        let mut signatures = self.store.signatures(ids, cap)?;
        for signature in &mut signatures {
            let before = signature.occurrences.len();
            signature.occurrences.retain(|occurrence| self.visible.contains(&occurrence.sample));
            signature.total -= (before - signature.occurrences.len()) as u64;
        }
        Ok(signatures)
    }

    fn stats(&self) -> Result<Stats, Error> {
        let samples = self.samples()?;
        let families: BTreeSet<&String> = samples.iter().map(|info| &info.label.family).collect();
        Ok(Stats {
            samples: samples.len() as u64,
            families: families.len() as u64,
            functions: samples.iter().map(|info| u64::from(info.functions)).sum(),
            ..self.store.stats()?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_documents::MatchReport;
    use cognate_engine::{Engine, EngineOptions};
    use cognate_index::Kind;
    use cognate_matching::{MatchOptions, match_sample};

    fn read(file: &str) -> SampleFingerprint {
        let path = format!("{}/../cli/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).expect("a fixture");
        let engine = Engine::new(EngineOptions::default(), 1).expect("an engine");
        engine.sample(file, &bytes.into()).expect("a program").fingerprint
    }

    fn answers(files: &[&str], visible: &[u32]) -> MatchReport {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Embedded::open(folder.path()).expect("a store");
        for file in files {
            let family = (*file).to_owned();
            let label =
                Label { family, version: None, actor: None, kind: Kind::Malware, source: String::new() };
            store.add(&read(file), file, &label).expect("room");
        }
        store.commit().expect("room");
        let holders = Holders::of(&store).expect("a store");
        let view = View::new(&store, &holders, visible.iter().map(|&key| SampleKey(key)).collect());
        match_sample(&read("beta.elf"), &view, &MatchOptions::default()).expect("an answer")
    }

    #[test]
    fn what_is_hidden_changes_nothing_in_the_answer() {
        let without = answers(&["alpha.elf"], &[0]);
        assert!(!without.families.is_empty());
        assert_eq!(answers(&["gamma.elf", "alpha.elf", "beta.elf"], &[1]), without);
    }
}
