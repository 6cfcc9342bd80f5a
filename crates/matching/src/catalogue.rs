//! The samples of a store by SHA-256, with families and actors by name, so that
//! no answer depends on the order of indexing.

use crate::indices::{ActorIndex, FamilyIndex, SampleIndex};
use cognate_base::{SampleId, TypedIndex, TypedVec};
use cognate_binary::{Arch, Format};
use cognate_index::{Kind, Label, SampleInfo, SampleKey, Store};
use std::collections::BTreeMap;
use std::ops::Deref;

/// A family or project: one name with one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How many samples it has.
    samples: u32,
    /// The actor of all its samples, where they have one.
    actor: Option<ActorIndex>,
}

/// A stored sample with whose it is.
#[derive(Clone, Debug)]
pub(crate) struct StoredSample {
    /// What the store says of it.
    pub info: SampleInfo,
    /// Its family.
    pub family: FamilyIndex,
    /// Its actor, where one is named.
    pub actor: Option<ActorIndex>,
}

/// The samples, families and actors of a store, read once for many questions.
///
/// It is as the store was when it was read: after a write it has to be read again.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Samples by SHA-256.
    pub(crate) samples: TypedVec<SampleIndex, StoredSample>,
    /// Families by name, then by kind.
    pub(crate) families: TypedVec<FamilyIndex, Family>,
    /// Actors by name.
    pub(crate) actors: TypedVec<ActorIndex, String>,
    /// Families that are no libraries.
    projects: usize,
    /// Functions of all samples.
    functions: u64,
    /// The fingerprint version of all samples.
    pub(crate) fingerprint_version: u32,
    /// Where each sample stands, by its number in the store; none for numbers that were removed.
    by_key: Vec<Option<SampleIndex>>,
}

impl Directory {
    /// Reads what a store has.
    pub fn of<S: Store + ?Sized>(store: &S) -> Result<Self, S::Error> {
        let fingerprint_version = store.stats()?.fingerprint_version;
        Ok(Directory { fingerprint_version, ..Directory::new(store.samples()?) })
    }

    /// Orders the samples of a store.
    pub(crate) fn new(mut infos: Vec<SampleInfo>) -> Self {
        infos.sort_by_key(|info| info.id);
        let by_key = by_key(&infos);
        let functions = infos.iter().map(|info| u64::from(info.functions)).sum();
        let family_of = |info: &SampleInfo| (info.label.family.clone(), info.label.kind);
        let families = numbered(infos.iter().map(family_of));
        let actors = numbered(infos.iter().filter_map(|info| info.label.actor.clone()));
        let sample = |info: SampleInfo| StoredSample {
            family: families.get(&family_of(&info)).copied().unwrap_or_default(),
            actor: info.label.actor.as_ref().and_then(|name| actors.get(name).copied()),
            info,
        };
        let samples: Vec<StoredSample> = infos.into_iter().map(sample).collect();
        let family = |(name, kind)| Family { name, kind, samples: 0, actor: None };
        let missing = family((String::new(), Kind::Library));
        let mut families = TypedVec::new(families.into_keys().map(family).collect(), missing);
        for sample in &samples {
            let family = &mut families[sample.family];
            family.actor = sample.actor.filter(|_| family.samples == 0 || family.actor == sample.actor);
            family.samples += 1;
        }
        Directory {
            projects: families.items().iter().filter(|family| family.kind != Kind::Library).count(),
            samples: TypedVec::new(samples, no_sample()),
            families,
            actors: actors.into_keys().collect(),
            functions,
            fingerprint_version: 0,
            by_key,
        }
    }
}

/// Each once, ascending, with its place.
fn numbered<K: Ord, I: TypedIndex>(names: impl Iterator<Item = K>) -> BTreeMap<K, I> {
    let mut all: BTreeMap<K, I> = names.map(|name| (name, I::of(0))).collect();
    all.values_mut().enumerate().for_each(|(position, index)| *index = I::of(position));
    all
}

fn by_key(infos: &[SampleInfo]) -> Vec<Option<SampleIndex>> {
    let most = infos.iter().map(|info| info.key.0 as usize + 1).max().unwrap_or(0);
    let mut by_key = vec![None; most];
    for (position, info) in infos.iter().enumerate() {
        if let Some(slot) = by_key.get_mut(info.key.0 as usize) {
            *slot = Some(SampleIndex::of(position));
        }
    }
    by_key
}

/// What stands for a sample that is not there: it shares nothing and belongs to nobody.
fn no_sample() -> StoredSample {
    let (family, source) = (String::new(), String::new());
    let info = SampleInfo {
        key: SampleKey(u32::MAX),
        id: SampleId([0; 32]),
        name: String::new(),
        size: 0,
        format: Format::Raw,
        arch: Arch::X86,
        functions: 0,
        code_bytes: 0,
        partial: true,
        label: Label { family, version: None, actor: None, kind: Kind::Library, source },
        components: Vec::new(),
        hashes: None,
    };
    StoredSample { info, family: FamilyIndex(u32::MAX), actor: None }
}

/// A store as one query sees it: without the query itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Catalogue<'d> {
    directory: &'d Directory,
    /// The query, where it is stored itself.
    hidden: Option<SampleIndex>,
}

impl Deref for Catalogue<'_> {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        self.directory
    }
}

impl<'d> Catalogue<'d> {
    /// Leaves `query` out.
    pub fn new(directory: &'d Directory, query: &SampleId) -> Self {
        let found = directory.samples.items().binary_search_by_key(query, |sample| sample.info.id);
        Catalogue { directory, hidden: found.ok().map(SampleIndex::of) }
    }

    /// The query, where it is stored itself.
    pub fn known(&self) -> Option<&'d StoredSample> {
        self.hidden.map(|hidden| &self.directory.samples[hidden])
    }

    /// All samples but the query.
    pub fn members(&self) -> impl Iterator<Item = (SampleIndex, &'d StoredSample)> + use<'d> {
        let hidden = self.hidden;
        self.directory.samples.entries().filter(move |(sample, _)| Some(*sample) != hidden)
    }

    /// The sample of a number of the store; none for removed samples and the query.
    pub fn sample(&self, key: SampleKey) -> Option<SampleIndex> {
        let sample = self.directory.by_key.get(key.0 as usize).copied().flatten()?;
        (Some(sample) != self.hidden).then_some(sample)
    }

    /// The family of a sample, unless it is a library.
    pub fn project(&self, sample: SampleIndex) -> Option<FamilyIndex> {
        let family = self.samples[sample].family;
        (self.families[family].kind != Kind::Library).then_some(family)
    }

    /// Whom a family belongs to: its actor, or itself.
    pub fn owner(&self, family: FamilyIndex) -> Result<FamilyIndex, ActorIndex> {
        self.families[family].actor.map_or(Ok(family), Err)
    }

    /// What the family of a sample is.
    pub fn kind(&self, sample: SampleIndex) -> Kind {
        self.families[self.samples[sample].family].kind
    }

    /// How many samples there are.
    pub fn count(&self) -> usize {
        self.samples.len() - usize::from(self.hidden.is_some())
    }

    /// The kind of the family that the query is alone in.
    fn lost(&self) -> Option<Kind> {
        let family = &self.families[self.known()?.family];
        (family.samples == 1).then_some(family.kind)
    }

    /// Families that are no libraries: what document frequency counts.
    pub fn projects(&self) -> usize {
        let lost = self.lost().is_some_and(|kind| kind != Kind::Library);
        self.directory.projects - usize::from(lost)
    }

    /// Families that are goodware.
    pub fn goodware(&self) -> usize {
        let all = self.families.items().iter().filter(|family| family.kind == Kind::Goodware).count();
        all - usize::from(self.lost() == Some(Kind::Goodware))
    }

    /// Families that are libraries.
    pub fn libraries(&self) -> usize {
        let all = self.families.len() - self.directory.projects;
        all - usize::from(self.lost() == Some(Kind::Library))
    }

    /// Functions of all samples.
    pub fn functions(&self) -> u64 {
        self.directory.functions - self.known().map_or(0, |sample| u64::from(sample.info.functions))
    }
}
