//! Shared code that cannot be told from a library's, seen from one relative.
//!
//! In come a relative and its pieces of evidence; out comes what of them is
//! sure not to be some library's, or nothing where there is no doubt. The rules
//! of [`crate::library`] look at the whole store and give code away for good;
//! these look at one relative and only withhold judgement. They speak where query
//! and relative are *different programs*: a tenth of the functions of either lie in
//! runs of [`GAP`] comparable ones that match nothing in the other. Two versions of one
//! program fail that test, and keep what they share. Another processor or system
//! makes such runs too: a relative that has samples for such only is a different
//! program if none of them carries just the libraries of the query. Otherwise a piece is in doubt, if each family
//! that holds it carries some library, where
//! 1. it lies *amid* a library, in the query or in the relative: a function that
//!    refers to the library's marks stands close before it and another close
//!    after it. Linkers keep the objects of a library together, also those that
//!    the library took from another one; or
//! 2. query and relative carry the *same* library, so does every family that
//!    holds the piece, and it does not stand *apart*: a stretch of the query
//!    that would hold some known functions of the library, but holds none.
//!
//! A library of which samples are indexed, or that two goodware projects besides
//! the relative carry, leaves no doubt: then [`crate::library`] can tell. Samples
//! for other processors do not count for that.

use crate::evidence::{Link, Piece};
use crate::facts::Matched;
use crate::indices::{FamilyIndex, LibraryIndex, QueryFunction, SampleIndex};
use crate::library::{GAP, zones};
use cognate_base::TypedIndex;
use cognate_fingerprint::ComponentKind;
use cognate_index::{Kind, SampleInfo};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// [`GAP`] where all functions are counted: about a third of them are comparable.
const WAY: u32 = 3 * GAP as u32;
/// A stretch without a known function of a library is not the library's where so many
/// would be expected: three are, by chance, all missing once in twenty times.
const EXPECTED: usize = 3;

/// What of the evidence for one relative is not in doubt.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settled {
    /// Pieces that count.
    pub distinct: u64,
    /// Their bits.
    pub bits: f64,
    /// The libraries that the rest may belong to, those of most pieces first.
    pub libraries: Vec<String>,
}

/// A library that the query, the relative or both carry.
#[derive(Debug, Default)]
struct Suspect<'a> {
    name: &'a str,
    /// Functions of the query that refer to its marks, ascending.
    marked: &'a [u32],
    /// Families that carry it.
    families: BTreeSet<FamilyIndex>,
    /// Query and relative carry it.
    both: bool,
    /// Functions of the query that are known to be its, ascending.
    known: Vec<QueryFunction>,
    /// The least stretch that would hold some of them, were it the library's.
    telling: usize,
}

/// Counts the pieces that no library explains; none where there is no doubt at all.
pub(crate) fn settled(
    matched: &Matched<'_>,
    links: &[Link],
    counted: &[&Piece],
    in_group: &impl Fn(SampleIndex) -> bool,
) -> Option<Settled> {
    let comparable: Vec<QueryFunction> = matched.query.comparable().collect();
    let held: BTreeSet<QueryFunction> = links.iter().map(|link| link.function).collect();
    let stretches = zones(&comparable, &|at| held.contains(&at));
    if !are_different(matched, links, (&comparable, &stretches), in_group) {
        return None;
    }
    let carrying = members(matched, &|_| true).filter(|(info, _)| !info.components.is_empty());
    let carriers: BTreeSet<FamilyIndex> = carrying.map(|(_, family)| family).collect();
    let mut suspects = suspects(matched, in_group);
    suspects.iter_mut().for_each(|suspect| suspect.learn(matched, &stretches));
    let mut settled = Settled::default();
    let mut blamed: BTreeMap<&str, u64> = BTreeMap::new();
    for piece in counted {
        let stretch = stretch_of(&stretches, piece.link.function);
        let explains = |suspect: &&Suspect<'_>| suspect.explains(matched, piece, stretch, in_group);
        let families = &matched.facts[piece.link.function].families;
        let held = families.iter().all(|family| carriers.contains(family));
        let mut any = false;
        for suspect in suspects.iter().filter(|suspect| held && explains(suspect)) {
            *blamed.entry(suspect.name).or_default() += 1;
            any = true;
        }
        if !any {
            settled.distinct += 1;
            settled.bits += piece.bits;
        }
    }
    let mut blamed: Vec<(&str, u64)> = blamed.into_iter().collect();
    blamed.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    settled.libraries = blamed.iter().map(|(name, _)| (*name).to_owned()).collect();
    (!settled.libraries.is_empty()).then_some(settled)
}

fn stretch_of<'s>(stretches: &[&'s [QueryFunction]], function: QueryFunction) -> &'s [QueryFunction] {
    let at = stretches.partition_point(|stretch| stretch.last().is_some_and(|&last| last < function));
    stretches.get(at).copied().unwrap_or_default()
}

/// Query and relative are different programs around what they share.
fn are_different(
    matched: &Matched<'_>,
    links: &[Link],
    (comparable, stretches): (&[QueryFunction], &[&[QueryFunction]]),
    in_group: &impl Fn(SampleIndex) -> bool,
) -> bool {
    let query = matched.query.sample;
    let is_alike = |info: &SampleInfo| info.arch == query.arch && info.format == query.format;
    if !members(matched, in_group).any(|(info, _)| is_alike(info)) {
        let carried = query.components.iter().filter(|own| own.kind != ComponentKind::Program);
        let carried: BTreeSet<&str> = carried.map(|own| own.name.as_str()).collect();
        return !members(matched, in_group).any(|(info, _)| {
            let there: BTreeSet<&str> = info.components.iter().map(|stored| stored.name.as_str()).collect();
            there == carried
        });
    }
    let inside: usize = stretches.iter().map(|stretch| stretch.len()).sum();
    let own = comparable.len().saturating_sub(inside) as u64;
    let alike = |sample: SampleIndex| in_group(sample) && is_alike(&matched.catalogue.samples[sample].info);
    is_large(own, comparable.len() as u64) || has_own_part(matched, links, &alike)
}

/// A tenth: so much of a program is another program's no more by chance of compilers.
fn is_large(own: u64, all: u64) -> bool {
    own.saturating_mul(10) >= all
}

/// Much of the sample that shares most lies in runs that are like nothing in the query.
fn has_own_part(matched: &Matched<'_>, links: &[Link], in_group: &impl Fn(SampleIndex) -> bool) -> bool {
    let mut explained: BTreeMap<SampleIndex, BTreeSet<u32>> = BTreeMap::new();
    for link in links {
        let accepted = matched.pool.accepted[link.function].iter();
        let signatures = accepted.map(|kept| &matched.pool.signatures[kept.candidate]);
        for at in signatures.flat_map(|signature| &signature.occurrences) {
            if let Some(sample) = matched.catalogue.sample(at.sample).filter(|&sample| in_group(sample)) {
                explained.entry(sample).or_default().insert(at.function);
            }
        }
    }
    let most = explained.iter().max_by_key(|(sample, functions)| (functions.len(), Reverse(**sample)));
    let Some((&sample, functions)) = most else { return false };
    let all = matched.catalogue.samples[sample].info.functions;
    let ends = functions.iter().copied().chain([all]);
    let mut own = 0u64;
    let mut next = 0u32;
    for end in ends {
        let run = end.saturating_sub(next);
        own += if run >= WAY { u64::from(run) } else { 0 };
        next = end.saturating_add(1);
    }
    is_large(own, u64::from(all))
}

/// The samples of a group with their families.
fn members<'m>(
    matched: &Matched<'m>,
    in_group: &impl Fn(SampleIndex) -> bool,
) -> impl Iterator<Item = (&'m SampleInfo, FamilyIndex)> {
    let all = matched.catalogue.members();
    all.filter(|(sample, _)| in_group(*sample)).map(|(_, stored)| (&stored.info, stored.family))
}

/// The libraries that may explain what is shared, by name.
fn suspects<'m>(matched: &Matched<'m>, in_group: &impl Fn(SampleIndex) -> bool) -> Vec<Suspect<'m>> {
    let mut suspects: BTreeMap<&str, Suspect<'m>> = BTreeMap::new();
    for own in &matched.query.sample.components {
        let suspect = suspects.entry(&own.name).or_default();
        suspect.marked = &own.functions;
    }
    let mine: BTreeSet<&str> = suspects.keys().copied().collect();
    let group: BTreeSet<FamilyIndex> = members(matched, in_group).map(|(_, family)| family).collect();
    for (info, _) in members(matched, in_group) {
        for component in &info.components {
            suspects.entry(&component.name).or_default().both |= mine.contains(component.name.as_str());
        }
    }
    let mut told: BTreeMap<&str, BTreeSet<FamilyIndex>> = BTreeMap::new();
    let mut indexed: BTreeSet<&str> = BTreeSet::new();
    for (info, family) in members(matched, &|_| true) {
        for component in &info.components {
            let name = component.name.as_str();
            let Some(suspect) = suspects.get_mut(name) else { continue };
            suspect.families.insert(family);
            let tells = info.arch == matched.query.sample.arch && !group.contains(&family);
            match info.label.kind {
                Kind::Library if tells => drop(indexed.insert(name)),
                Kind::Goodware if tells => drop(told.entry(name).or_default().insert(family)),
                _ => {}
            }
        }
    }
    suspects.retain(|name, _| !indexed.contains(name) && told.get(name).is_none_or(|told| told.len() < 2));
    for (name, suspect) in &mut suspects {
        suspect.name = name;
    }
    suspects.into_values().collect()
}

impl Suspect<'_> {
    /// Finds its functions in the query and how thick they lie where there are any.
    fn learn(&mut self, matched: &Matched<'_>, stretches: &[&[QueryFunction]]) {
        let library = matched.libraries.items().iter().position(|library| library.name == self.name);
        let library = library.map(LibraryIndex::of);
        let facts = matched.facts.entries().filter(|(_, fact)| library.is_some() && fact.library == library);
        let marked = self.marked.iter().filter_map(|&number| matched.query.functions.checked(number));
        let known: BTreeSet<QueryFunction> = marked.chain(facts.map(|(function, _)| function)).collect();
        self.known = known.into_iter().collect();
        let counts = stretches.iter().map(|stretch| (stretch.len(), self.known_in(stretch)));
        let (length, known) = counts
            .filter(|(_, known)| *known > 0)
            .fold((0, 0), |(length, all), (more, known)| (length + more, all + known));
        self.telling = (EXPECTED * length).checked_div(known).unwrap_or(usize::MAX);
    }

    fn known_in(&self, stretch: &[QueryFunction]) -> usize {
        stretch.iter().filter(|at| self.known.binary_search(at).is_ok()).count()
    }

    fn explains(
        &self,
        matched: &Matched<'_>,
        piece: &Piece,
        stretch: &[QueryFunction],
        in_group: &impl Fn(SampleIndex) -> bool,
    ) -> bool {
        let function = piece.link.function;
        let fact = &matched.facts[function];
        let is_apart = stretch.len() >= self.telling && self.known_in(stretch) == 0;
        let same = self.both && fact.families.iter().all(|family| self.families.contains(family));
        (same && !is_apart) || is_amid(&self.known, function) || self.is_amid_there(matched, piece, in_group)
    }

    /// The function that explains the piece lies amid the library in the relative.
    fn is_amid_there(
        &self,
        matched: &Matched<'_>,
        piece: &Piece,
        in_group: &impl Fn(SampleIndex) -> bool,
    ) -> bool {
        let signature = &matched.pool.signatures[piece.link.accepted(matched).candidate];
        signature.occurrences.iter().any(|at| {
            let Some(sample) = matched.catalogue.sample(at.sample).filter(|&sample| in_group(sample)) else {
                return false;
            };
            let mut components = matched.catalogue.samples[sample].info.components.iter();
            components.any(|stored| stored.name == self.name && is_amid(&stored.functions, at.function))
        })
    }
}

/// Functions of a library stand before and after it, and the way from one to the other is short.
fn is_amid<I: Copy + Ord + Into<u32>>(functions: &[I], function: I) -> bool {
    let at = functions.partition_point(|&other| other < function);
    let before = at.checked_sub(1).and_then(|at| functions.get(at));
    before
        .zip(functions.get(at))
        .is_some_and(|(&before, &after)| after.into().saturating_sub(before.into()) <= WAY)
}
