//! Which samples of the store a query meets.

use super::OpenSetOptions;
use super::samples::Sample;
use cognate_base::hash_bytes;
use cognate_index::{Kind, SampleKey};
use std::collections::{BTreeSet, HashSet};

/// Other lineages that a query meets alone with `--cold`.
const COLD_DRAWS: usize = 5;

/// What of the query's own lineage is in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// Nothing.
    Absent,
    /// Nor anything else but one other lineage.
    Cold(usize),
    /// All of it but the query.
    Whole,
    /// Other versions, for the query's platform.
    SamePlatform,
    /// Whatever was made for other platforms.
    OtherPlatform,
}

impl Presence {
    /// Whether anything of the query's own lineage is there to be found.
    pub fn has_own(self) -> bool {
        !matches!(self, Presence::Absent | Presence::Cold(_))
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Presence::Absent => "own lineage absent",
            Presence::Cold(_) => "one other lineage only",
            Presence::Whole => "own lineage present",
            Presence::SamePlatform => "own: other versions, same platform",
            Presence::OtherPlatform => "own: other platforms",
        }
    }
}

/// Each query with each presence of its own lineage that the samples allow.
pub fn questions<'a>(samples: &'a [Sample], options: &OpenSetOptions) -> Vec<(&'a Sample, Presence)> {
    let mut presences = vec![Presence::Absent, Presence::Whole];
    if !options.quick {
        presences.extend([Presence::SamePlatform, Presence::OtherPlatform]);
    }
    if options.cold {
        presences.extend((0..COLD_DRAWS).map(Presence::Cold));
    }
    let queries = samples.iter().filter(|sample| sample.kind == Kind::Malware);
    let all = queries.flat_map(|query| presences.iter().map(move |&presence| (query, presence)));
    let is_possible = |&(query, presence): &(&Sample, Presence)| {
        !presence.has_own()
            || samples
                .iter()
                .any(|other| other.lineage == query.lineage && is_present(presence, query, other))
    };
    all.filter(is_possible).collect()
}

/// Whether another file of the query's own lineage is in the store.
fn is_present(presence: Presence, query: &Sample, other: &Sample) -> bool {
    let is_same_platform = query.platform == other.platform;
    query.key != other.key
        && match presence {
            Presence::Absent | Presence::Cold(_) => false,
            Presence::Whole => true,
            Presence::SamePlatform => is_same_platform && query.version != other.version,
            Presence::OtherPlatform => !is_same_platform,
        }
}

/// The samples that a query meets.
pub fn visible(samples: &[Sample], query: &Sample, presence: Presence, seed: u64) -> HashSet<SampleKey> {
    let only = match presence {
        Presence::Cold(draw) => drawn(samples, query, seed).nth(draw),
        _ => None,
    };
    let is_visible = |other: &&Sample| {
        if other.lineage == query.lineage {
            is_present(presence, query, other)
        } else {
            only.is_none_or(|lineage| lineage == other.lineage)
        }
    };
    samples.iter().filter(is_visible).map(|sample| sample.key).collect()
}

/// Other lineages than the query's, shuffled by the seed.
fn drawn<'a>(samples: &'a [Sample], query: &Sample, seed: u64) -> impl Iterator<Item = &'a str> + use<'a> {
    let others = samples.iter().filter(|sample| sample.lineage != query.lineage && sample.kind == query.kind);
    let order = hash_bytes(seed, &query.fingerprint.id.0);
    let keyed = others.map(|sample| (hash_bytes(order, sample.lineage.as_bytes()), sample.lineage.as_str()));
    keyed.collect::<BTreeSet<_>>().into_iter().map(|(_, lineage)| lineage)
}
