//! What each matched query function is, before any relative is looked at: in
//! how many families it occurs, how rare that makes it, and whose code it is.

use crate::candidates::{Accepted, Pool};
use crate::catalogue::Catalogue;
use crate::document::{CodeClass, MatchKind};
use crate::indices::{FamilyIndex, LibraryIndex, QueryFunction};
use crate::options::MatchOptions;
use crate::program::Query;
use crate::repetition::{Repetition, repetition};
use cognate_base::{Deadline, TypedVec};
use cognate_documents::KnownBy;
use cognate_index::Kind;

/// The size of a function says no more about its origin beyond this, in bits. Judgement.
const MOST_BITS: f64 = 1024.0;

/// Families in which a function must occur to be common, whatever the size of the store. Judgement.
const COMMON_FAMILIES: usize = 3;
/// The same as a share of all families; the larger of the two holds. Judgement.
const COMMON_SHARE: f64 = 0.05;

/// One query function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fact {
    /// Families, libraries left out, in which it occurs, ascending.
    pub families: Vec<FamilyIndex>,
    /// Those of them that are goodware.
    pub goodware: u32,
    /// How many hold it, who have nothing to do with each other by their labels: families of one actor are one.
    pub holders: usize,
    /// It lies amid code that is public.
    pub is_amid_public: bool,
    /// Only that it lies among a library's functions says that it is the library's, or only the name of a module of which no
    /// release is told: an author's own looks the same.
    pub is_doubtful: bool,
    /// The library it belongs to.
    pub library: Option<LibraryIndex>,
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
    /// How its functions are known, where they are whatever the store holds.
    pub known: Option<KnownBy>,
    /// Functions that only stored samples say are its.
    pub there: u32,
}

/// A query with everything known of its functions.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    /// The query.
    pub query: &'a Query<'a>,
    /// The store's samples.
    pub catalogue: &'a Catalogue<'a>,
    /// What the store has for it.
    pub pool: &'a Pool,
    /// How it was asked.
    pub options: &'a MatchOptions,
    /// Its near-identical functions.
    pub repetition: Repetition,
    /// What each query function is.
    pub facts: TypedVec<QueryFunction, Fact>,
    /// Libraries recognised, by name.
    pub libraries: TypedVec<LibraryIndex, Library>,
    /// Families from which on a function is common.
    pub common_from: usize,
    /// When all has to be done.
    pub time: &'a Deadline,
}

impl<'a> Matched<'a> {
    /// Finds near-identical functions; libraries come later.
    pub fn new(
        query: &'a Query<'a>,
        catalogue: &'a Catalogue<'a>,
        (pool, facts): (&'a Pool, TypedVec<QueryFunction, Fact>),
        options: &'a MatchOptions,
        time: &'a Deadline,
    ) -> Self {
        let share = (catalogue.projects() as f64 * COMMON_SHARE).ceil() as usize;
        Matched {
            query,
            catalogue,
            pool,
            options,
            repetition: repetition(query),
            facts,
            libraries: TypedVec::default(),
            common_from: COMMON_FAMILIES.max(share),
            time,
        }
    }

    /// What a function is to a relative of this kind.
    ///
    /// For anything but goodware, what unrelated goodware also holds is common.
    pub fn class(&self, function: QueryFunction, kind: Kind) -> CodeClass {
        let fact = &self.facts[function];
        if fact.library.is_some() {
            return CodeClass::Library;
        }
        let to_others = kind != Kind::Goodware;
        if fact.holders >= self.common_from || to_others && fact.goodware > 0 {
            CodeClass::Common
        } else if fact.is_doubtful {
            CodeClass::Doubtful
        } else if to_others && fact.is_amid_public {
            CodeClass::Common
        } else {
            CodeClass::Private
        }
    }

    /// The same where doubtful code counts as nobody's that is known.
    pub fn class_at_most(&self, function: QueryFunction, kind: Kind) -> CodeClass {
        match self.class(function, kind) {
            CodeClass::Doubtful => CodeClass::Private,
            class => class,
        }
    }

    /// What a function is to those who hold it.
    pub fn class_shown(&self, function: QueryFunction) -> CodeClass {
        let fact = &self.facts[function];
        let only_goodware = fact.goodware > 0 && fact.goodware as usize == fact.families.len();
        self.class(function, if only_goodware { Kind::Goodware } else { Kind::Malware })
    }

    /// Whether anything in the store is held to be the same.
    pub fn is_matched(&self, function: QueryFunction) -> bool {
        !self.pool.accepted[function].is_empty()
    }

    /// What a pair says, in bits, before it is known what the function is.
    ///
    /// The lesser information of the two, at most 1,024, times their
    /// similarity, times rarity; where only anchors speak, their rarity instead
    /// of the information, and where only data flow does, no more than the
    /// expressions in common say.
    pub fn bits(&self, function: QueryFunction, accepted: &Accepted) -> f64 {
        let own = &self.query.functions[function].fingerprint;
        let stored = &self.pool.signatures[accepted.candidate].fingerprint;
        let information = f64::from(own.information.min(stored.information));
        let bits = match accepted.kind {
            MatchKind::AnchorsOnly => accepted.bits_in_common,
            MatchKind::DataFlow => accepted.bits_in_common.min(information),
            MatchKind::Exact | MatchKind::Tokens | MatchKind::Blocks => information,
        };
        bits.min(MOST_BITS) * accepted.similarity * self.facts[function].rarity
    }
}

/// In how many families each function occurs; what time does not reach is skipped.
pub(crate) fn facts(
    pool: &mut Pool,
    catalogue: &Catalogue<'_>,
    deadline: &Deadline,
) -> TypedVec<QueryFunction, Fact> {
    let (functions, projects) = (pool.accepted.indices(), catalogue.projects());
    let fact = |function| {
        let work: usize = pool.places(function).map(|(_, presence)| presence.len()).sum();
        if deadline.spend(1 + work as u64) {
            return Fact::new(pool, function, catalogue, projects);
        }
        if !pool.accepted[function].is_empty() {
            pool.skip(function);
        }
        Fact::default()
    };
    functions.map(fact).collect()
}

impl Fact {
    /// Counts the families in which a function occurs.
    fn new(pool: &Pool, function: QueryFunction, catalogue: &Catalogue<'_>, projects: usize) -> Self {
        let mut families: Vec<FamilyIndex> = Vec::new();
        for place in pool.places(function).flat_map(|(_, presence)| presence) {
            let family = catalogue.samples[place.sample].family;
            if families.last() != Some(&family) {
                families.push(family);
            }
        }
        let kind = |family: FamilyIndex| catalogue.families[family].kind;
        families.sort_unstable();
        families.dedup();
        families.retain(|&family| kind(family) != Kind::Library);
        families.shrink_to_fit();
        let goodware = families.iter().filter(|&&family| kind(family) == Kind::Goodware).count() as u32;
        let mut owners: Vec<_> = families.iter().map(|&family| catalogue.owner(family)).collect();
        owners.sort_unstable();
        owners.dedup();
        let (holders, rarity) = (owners.len(), rarity(owners.len(), projects));
        Fact { families, goodware, holders, rarity, ..Fact::default() }
    }
}

/// Inverse document frequency over its greatest value: 1 for one family, 0 for all.
fn rarity(families: usize, projects: usize) -> f64 {
    let value = |df: f64| ((projects as f64 + 1.0) / (df + 0.5)).ln();
    let most = value(1.0);
    if projects == 0 || most <= 0.0 {
        return 0.0;
    }
    (value((families as f64).max(1.0)) / most).clamp(0.0, 1.0)
}
