//! The samples of a store in an order of their own: by SHA-256, with families
//! and actors by name, so that no answer depends on the order of indexing.

use cognate_base::SampleId;
use cognate_index::{Kind, SampleInfo, SampleKey};
use std::collections::BTreeMap;

/// A family or project: one name with one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// The samples, families and actors of a store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    /// Samples by SHA-256, the query left out.
    pub samples: Vec<SampleInfo>,
    /// The family of each sample, as an index into `families`.
    pub family: Vec<u32>,
    /// The actor of each sample, as an index into `actors`.
    pub actor: Vec<Option<u32>>,
    /// Families by name and kind.
    pub families: Vec<Family>,
    /// Actors by name.
    pub actors: Vec<String>,
    /// The query, where it is stored itself.
    pub known: Option<SampleInfo>,
    places: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

impl Catalogue {
    /// Orders the samples of a store, leaving `query` out.
    pub fn new(mut all: Vec<SampleInfo>, query: &SampleId) -> Self {
        all.sort_by_key(|sample| sample.id);
        let (known, samples): (Vec<_>, Vec<_>) = all.into_iter().partition(|info| info.id == *query);
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
        Catalogue {
            family: samples.iter().map(family_of).collect(),
            actor: samples.iter().map(actor_of).collect(),
            places: places(&samples),
            samples,
            families: families.into_keys().map(|(name, kind)| Family { name, kind }).collect(),
            actors: actors.into_keys().collect(),
            known: known.into_iter().next(),
        }
    }

    /// Where a sample stands in `samples`; none for removed samples and the query.
    pub fn place(&self, key: SampleKey) -> Option<u32> {
        let place = self.places.get(key.0 as usize).copied()?;
        (place != NOWHERE).then_some(place)
    }

    /// Families that are no libraries: what document frequency counts.
    pub fn projects(&self) -> usize {
        self.families.iter().filter(|family| family.kind != Kind::Library).count()
    }

    /// Functions of all samples.
    pub fn functions(&self) -> u64 {
        self.samples.iter().map(|info| u64::from(info.functions)).sum()
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
