//! The samples of a store in an order of their own: by SHA-256, with families
//! and actors by name, so that no answer depends on the order of indexing.

use cognate_base::SampleId;
use cognate_index::{Kind, SampleInfo, SampleKey, Store};
use std::collections::BTreeMap;
use std::ops::Deref;

/// A family or project: one name with one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// The samples, families and actors of a store, read once for many questions.
///
/// It is as the store was when it was read: after a write it has to be read again.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Samples by SHA-256.
    pub(crate) samples: Vec<SampleInfo>,
    /// The family of each sample, as an index into `families`.
    pub(crate) family: Vec<u32>,
    /// The actor of each sample, as an index into `actors`.
    pub(crate) actor: Vec<Option<u32>>,
    /// Families by name and kind.
    pub(crate) families: Vec<Family>,
    /// Actors by name.
    pub(crate) actors: Vec<String>,
    /// Samples of each family.
    sizes: Vec<u32>,
    /// Families that are no libraries.
    projects: usize,
    /// Functions of all samples.
    functions: u64,
    fingerprint_version: u32,
    places: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

impl Directory {
    /// Reads what a store has.
    pub fn of<S: Store + ?Sized>(store: &S) -> Result<Self, S::Error> {
        let fingerprint_version = store.stats()?.fingerprint_version;
        Ok(Directory { fingerprint_version, ..Directory::new(store.samples()?) })
    }

    /// The fingerprint version of all samples.
    pub(crate) fn fingerprint_version(&self) -> u32 {
        self.fingerprint_version
    }

    /// Orders the samples of a store.
    pub(crate) fn new(mut samples: Vec<SampleInfo>) -> Self {
        samples.sort_by_key(|sample| sample.id);
        let mut families = BTreeMap::new();
        let mut actors = BTreeMap::new();
        for info in &samples {
            families.insert((info.label.family.clone(), info.label.kind), 0u32);
            if let Some(actor) = &info.label.actor {
                actors.insert(actor.clone(), 0u32);
            }
        }
        families.values_mut().zip(0u32..).for_each(|(number, next)| *number = next);
        actors.values_mut().zip(0u32..).for_each(|(number, next)| *number = next);
        let family_of = |info: &SampleInfo| {
            families.get(&(info.label.family.clone(), info.label.kind)).copied().unwrap_or(0)
        };
        let actor_of =
            |info: &SampleInfo| info.label.actor.as_ref().and_then(|name| actors.get(name).copied());
        let family: Vec<u32> = samples.iter().map(family_of).collect();
        let mut sizes = vec![0; families.len()];
        for &family in &family {
            if let Some(size) = sizes.get_mut(family as usize) {
                *size += 1;
            }
        }
        Directory {
            family,
            actor: samples.iter().map(actor_of).collect(),
            places: places(&samples),
            sizes,
            projects: families.keys().filter(|(_, kind)| *kind != Kind::Library).count(),
            functions: samples.iter().map(|info| u64::from(info.functions)).sum(),
            fingerprint_version: 0,
            samples,
            families: families.into_keys().map(|(name, kind)| Family { name, kind }).collect(),
            actors: actors.into_keys().collect(),
        }
    }
}

/// A store as one query sees it: without the query itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Catalogue<'d> {
    directory: &'d Directory,
    /// The place of the query, where it is stored itself.
    hidden: Option<u32>,
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
        let hidden = directory.samples.binary_search_by_key(query, |info| info.id).ok();
        Catalogue { directory, hidden: hidden.and_then(|at| u32::try_from(at).ok()) }
    }

    /// The query, where it is stored itself.
    pub fn known(&self) -> Option<&'d SampleInfo> {
        self.directory.samples.get(self.hidden? as usize)
    }

    /// All samples but the query, with their places and families.
    pub fn members(&self) -> impl Iterator<Item = (u32, &'d SampleInfo, u32)> + use<'d> {
        let (hidden, directory) = (self.hidden, self.directory);
        let all = directory.samples.iter().zip(&directory.family).zip(0u32..);
        all.filter(move |(_, place)| Some(*place) != hidden)
            .map(|((info, &family), place)| (place, info, family))
    }

    /// Where a sample stands in `samples`; none for removed samples and the query.
    pub fn place(&self, key: SampleKey) -> Option<u32> {
        let place = self.directory.places.get(key.0 as usize).copied()?;
        (place != NOWHERE && Some(place) != self.hidden).then_some(place)
    }

    /// How many samples there are.
    pub fn count(&self) -> usize {
        self.directory.samples.len() - usize::from(self.hidden.is_some())
    }

    /// The kind of the family that the query is alone in.
    fn lost(&self) -> Option<Kind> {
        let family = *self.directory.family.get(self.hidden? as usize)? as usize;
        let alone = self.directory.sizes.get(family) == Some(&1);
        self.directory.families.get(family).filter(|_| alone).map(|family| family.kind)
    }

    /// Families that are no libraries: what document frequency counts.
    pub fn projects(&self) -> usize {
        let lost = self.lost().is_some_and(|kind| kind != Kind::Library);
        self.directory.projects - usize::from(lost)
    }

    /// Families that are libraries.
    pub fn libraries(&self) -> usize {
        let all = self.directory.families.len() - self.directory.projects;
        all - usize::from(self.lost() == Some(Kind::Library))
    }

    /// Functions of all samples.
    pub fn functions(&self) -> u64 {
        self.directory.functions - self.known().map_or(0, |info| u64::from(info.functions))
    }
}

fn places(samples: &[SampleInfo]) -> Vec<u32> {
    let most = samples.iter().map(|info| info.key.0 as usize + 1).max().unwrap_or(0);
    let mut places = vec![NOWHERE; most];
    for (info, place) in samples.iter().zip(0u32..) {
        if let Some(slot) = places.get_mut(info.key.0 as usize) {
            *slot = place;
        }
    }
    places
}
