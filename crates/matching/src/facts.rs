//! What each matched query function is, before any relative is looked at: in
//! how many families it occurs, how rare that makes it, and whose code it is.

use crate::catalogue::Catalogue;
use crate::document::{CodeClass, MatchKind, Share};
use crate::options::Options;
use crate::pool::{Accepted, Pool, Presence};
use crate::repetition::{Repetition, repetition};
use cognate_base::Deadline;
use cognate_fingerprint::SampleFingerprint;
use cognate_index::Kind;

/// The size of a function says no more about its origin beyond this, in bits.
const MOST_BITS: f64 = 1024.0;

/// One query function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fact {
    /// Families, libraries left out, in which it occurs, ascending.
    pub families: Vec<u32>,
    /// Those of them that are goodware.
    pub goodware: u32,
    /// The library it belongs to, as an index into [`Matched::libraries`].
    pub library: Option<u32>,
    /// `ln((N + 1) / (df + 0.5))` over its value at `df = 1`: 1 for a function of one family.
    pub rarity: f64,
}

/// A library recognised in the query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Library {
    /// Its name.
    pub name: String,
    /// Samples of it are indexed.
    pub indexed: bool,
    /// A mark in the query, where it was recognised by marks.
    pub mark: Option<String>,
    /// A mark in a stored sample, where only those tell.
    pub stored_mark: Option<String>,
}

/// A query with everything known of its functions.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    /// The query.
    pub query: &'a SampleFingerprint,
    /// The store's samples.
    pub catalogue: &'a Catalogue<'a>,
    /// What the store has for it.
    pub pool: &'a Pool,
    /// How it was asked.
    pub options: &'a Options,
    /// Its near-identical functions.
    pub repetition: Repetition,
    /// One entry per query function.
    pub facts: Vec<Fact>,
    /// Libraries recognised, by name.
    pub libraries: Vec<Library>,
    /// Families from which on a function is common.
    pub common_from: usize,
    /// What the query says outside libraries, repeated code once, in bits.
    pub own_information: f64,
    /// When all has to be done.
    pub time: &'a Deadline,
}

impl<'a> Matched<'a> {
    /// Finds near-identical functions; libraries come later.
    pub fn new(
        query: &'a SampleFingerprint,
        catalogue: &'a Catalogue<'a>,
        (pool, facts): (&'a Pool, Vec<Fact>),
        options: &'a Options,
        time: &'a Deadline,
    ) -> Self {
        let projects = catalogue.projects();
        let share = (projects as f64 * options.common_share).ceil() as usize;
        Matched {
            query,
            catalogue,
            pool,
            options,
            repetition: repetition(&query.functions),
            facts,
            libraries: Vec::new(),
            common_from: options.common_families.max(share),
            own_information: 0.0,
            time,
        }
    }

    /// What a function is to a relative of this kind.
    ///
    /// For anything but goodware, what unrelated goodware also holds is common.
    pub fn class(&self, function: u32, kind: Kind) -> CodeClass {
        let Some(fact) = self.facts.get(function as usize) else { return CodeClass::Common };
        if fact.library.is_some() {
            return CodeClass::Library;
        }
        let public = kind != Kind::Goodware && fact.goodware > 0;
        if public || fact.families.len() >= self.common_from { CodeClass::Common } else { CodeClass::Private }
    }

    /// Whether anything in the store is held to be the same.
    pub fn is_matched(&self, function: u32) -> bool {
        self.pool.accepted.get(function as usize).is_some_and(|accepted| !accepted.is_empty())
    }

    /// What a pair says, in bits, before it is known what the function is.
    ///
    /// The lesser information of the two, at most 1,024, times their
    /// similarity, times rarity; where only anchors speak, their rarity instead
    /// of the information, and where only data flow does, no more than the
    /// expressions in common say.
    pub fn bits(&self, function: u32, accepted: &Accepted) -> f64 {
        let (Some(own), Some(stored), Some(fact)) = (
            self.query.functions.get(function as usize),
            self.pool.signatures.get(accepted.signature as usize),
            self.facts.get(function as usize),
        ) else {
            return 0.0;
        };
        let information = own.fingerprint.information.min(stored.fingerprint.information);
        let said = match accepted.kind {
            MatchKind::AnchorsOnly => accepted.said,
            MatchKind::DataFlow => accepted.said.min(f64::from(information)),
            _ => f64::from(information),
        };
        said.min(MOST_BITS) * accepted.value * fact.rarity
    }

    /// Counts functions and bytes of the query.
    pub fn share(&self, functions: impl Iterator<Item = u32>) -> Share {
        share(self.query, functions)
    }
}

/// Counts functions and their bytes against the whole sample.
pub(crate) fn share(sample: &SampleFingerprint, functions: impl Iterator<Item = u32>) -> Share {
    let (mut count, mut bytes) = (0u64, 0u64);
    for function in functions.filter_map(|at| sample.functions.get(at as usize)) {
        count += 1;
        bytes += u64::from(function.bytes);
    }
    Share::of((count, bytes), (sample.functions.len() as u64, code_bytes(sample)))
}

/// Bytes of code in all functions of a sample.
pub(crate) fn code_bytes(sample: &SampleFingerprint) -> u64 {
    sample.functions.iter().map(|function| u64::from(function.bytes)).sum()
}

impl Fact {
    /// Counts the families in which a function occurs.
    pub fn new(
        accepted: &[Accepted],
        presence: &[Vec<Presence>],
        catalogue: &Catalogue<'_>,
        projects: usize,
    ) -> Self {
        let mut families: Vec<u32> = Vec::new();
        for kept in accepted {
            for place in presence.get(kept.signature as usize).into_iter().flatten() {
                if let Some(&family) = catalogue.family.get(place.sample as usize)
                    && families.last() != Some(&family)
                {
                    families.push(family);
                }
            }
        }
        let kind = |family: &u32| catalogue.families.get(*family as usize).map(|family| family.kind);
        families.sort_unstable();
        families.dedup();
        families.retain(|family| kind(family).is_some_and(|kind| kind != Kind::Library));
        families.shrink_to_fit();
        let goodware = families.iter().filter(|family| kind(family) == Some(Kind::Goodware)).count() as u32;
        let rarity = rarity(families.len(), projects);
        Fact { families, goodware, library: None, rarity }
    }
}

fn rarity(families: usize, projects: usize) -> f64 {
    let value = |df: f64| ((projects as f64 + 1.0) / (df + 0.5)).ln();
    let most = value(1.0);
    if projects == 0 || most <= 0.0 {
        return 0.0;
    }
    (value((families as f64).max(1.0)) / most).clamp(0.0, 1.0)
}
