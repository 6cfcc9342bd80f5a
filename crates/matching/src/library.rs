//! Which matched functions are a library's, and how the library got its name.
//!
//! *Indexed*: a function that matches one of a sample of kind `library` is that
//! library's, by the best such match.
//!
//! *Known*: a base of known components ([`Component::known_by`]), or names that the file bears, say whose a function
//! is, whatever the store holds.
//!
//! *By marks*: libraries leave marks (version strings, source paths), and the
//! fingerprint says which functions refer to them. Only code that also occurs
//! in a stored sample with marks of the same library (a *carrier*) can be
//! attributed, and not if it occurs in many families without them. Then, in
//! this order:
//! 1. *Seeds*: functions that refer to a mark, on either side.
//! 2. *Independent projects*: functions that occur in two or more goodware
//!    projects, all of them carriers, and in no family that is none: what such
//!    projects have in common is the library. Malware families do not count
//!    here: two that link the same library may well share their author.
//! 3. *Callees*: what a library function calls, transitively: a library does
//!    not call its user.
//! 4. *Neighbours*: linkers keep the objects of a library together, so what
//!    lies between two attributed functions is attributed, where the way is
//!    short and nothing matched on it is known to be something else.
//! 5. *Zone*, only where fewer than two goodware projects carry the library,
//!    so that rule 2 can say nothing: the stretch around attributed functions
//!    that no run of [`GAP`] comparable functions without a match interrupts,
//!    provided that query and carriers are different programs around it: a
//!    tenth of the query's comparable functions lie outside the zone, or less
//!    than a quarter of the smallest carrier's functions are the query's. Two versions of one
//!    program fail that test, and keep their own code.
//!
//! Where the query carries no marks but rule 2 holds, the code is named after
//! the library too, and the report says so. What remains uncertain: own code
//! next to a zone, and what the linker has mixed. What these rules leave is
//! looked at once more, from each relative, by [`crate::unsettled`].

use crate::facts::{Library, Matched};
use crate::indices::{FamilyIndex, LibraryIndex, QueryFunction, SampleIndex};
use cognate_base::{TypedIndex, TypedVec};
use cognate_fingerprint::{Component, ComponentKind};
use cognate_index::{Kind, Occurrence, SampleKey};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of address space between two attributed functions that are neighbours.
const NEIGHBOURHOOD: u64 = 0x8000;
/// Least functions that are named after a library of which the query has no mark.
const STORED_ONLY: usize = 5;
/// Comparable functions without a match that end a zone.
pub(crate) const GAP: usize = 24;

/// Names every library in the query and says which functions are whose; where time is up
/// before that is done, what is said means nothing.
pub(crate) fn attribute(matched: &mut Matched<'_>) {
    let mut owner: Owners = vec![None; matched.facts.len()].into();
    let mut libraries: BTreeMap<String, Library> = BTreeMap::new();
    for (function, owner) in owner.entries_mut() {
        *owner = indexed(matched, function);
        if let Some(name) = owner {
            let library = libraries.entry(name.clone()).or_default();
            *library = Library { name: name.clone(), indexed: true, ..Library::default() };
        }
    }
    for component in &matched.query.sample.components {
        if component.kind == ComponentKind::Program {
            continue;
        }
        let known = is_known(component);
        let attributed = if known {
            let functions = &matched.query.functions;
            component.functions.iter().filter_map(|&number| functions.checked(number)).collect()
        } else {
            Carriers::new(matched, &component.name).attributed(matched, component)
        };
        // an indexed library keeps the name that it was given
        let name = libraries.keys().find(|name| name.eq_ignore_ascii_case(&component.name));
        let name = name.unwrap_or(&component.name).clone();
        claim(&mut owner, &name, &attributed);
        if !attributed.is_empty() || libraries.contains_key(&name) {
            let library = libraries.entry(name.clone()).or_default();
            library.name = name;
            library.known = known.then_some(component.known_by);
            if library.mark.is_none() {
                library.mark.clone_from(&component.mark);
            }
        }
    }
    for (name, mark) in stored_only(matched) {
        let carriers = Carriers::new(matched, name);
        let all = matched.facts.indices();
        let shared: BTreeSet<QueryFunction> = all.filter(|&at| carriers.is_shared(matched, at)).collect();
        if shared.len() >= STORED_ONLY && claim(&mut owner, name, &shared) {
            let library = libraries.entry(name.to_owned()).or_default();
            library.name = name.to_owned();
            library.stored_mark = Some(mark.to_owned());
        }
    }
    let names: Vec<&String> = libraries.keys().collect();
    for ((_, fact), owner) in matched.facts.entries_mut().zip(owner.items()) {
        let position = owner.as_ref().and_then(|owner| names.binary_search(&owner).ok());
        fact.library = position.map(LibraryIndex::of);
    }
    matched.libraries = libraries.into_values().collect();
}

/// Whether it is known which functions are a component's, and not only which refer to a text of it.
fn is_known(component: &Component) -> bool {
    let known = component.known_by;
    known.bytes + known.features + known.names > 0
}

/// The library that each function belongs to, by name.
type Owners = TypedVec<QueryFunction, Option<String>>;

/// Gives functions that nobody owns to a library; says whether there were any.
fn claim(owner: &mut Owners, name: &str, functions: &BTreeSet<QueryFunction>) -> bool {
    let mut any = false;
    for &function in functions {
        if owner[function].is_none() {
            owner[function] = Some(name.to_owned());
            any = true;
        }
    }
    any
}

/// Libraries of which only stored samples carry marks, with the first mark by SHA-256.
fn stored_only<'m>(matched: &Matched<'m>) -> BTreeMap<&'m str, &'m str> {
    let mut found = BTreeMap::new();
    for component in matched.catalogue.members().flat_map(|(_, stored)| &stored.info.components) {
        if matched.query.sample.components.iter().all(|own| own.name != component.name) {
            found.entry(component.name.as_str()).or_insert(component.mark.as_deref().unwrap_or_default());
        }
    }
    found
}

/// The indexed library with the best match; of equals, the first by name.
fn indexed(matched: &Matched<'_>, function: QueryFunction) -> Option<String> {
    let mut best: Option<(f64, &str)> = None;
    for (kept, presence) in matched.pool.places(function) {
        if best.is_some_and(|(similarity, _)| similarity > kept.similarity) {
            break;
        }
        if !matched.time.spend(presence.len() as u64) {
            break;
        }
        for place in presence {
            let family = &matched.catalogue.families[matched.catalogue.samples[place.sample].family];
            if family.kind == Kind::Library && best.is_none_or(|(_, name)| family.name.as_str() < name) {
                best = Some((kept.similarity, &family.name));
            }
        }
    }
    best.map(|(_, name)| name.to_owned())
}

/// The stored samples that carry one library, and the query functions they hold.
#[derive(Debug, Default)]
struct Carriers<'a> {
    /// Whether a sample is one.
    samples: TypedVec<SampleIndex, bool>,
    /// Their families, libraries left out.
    families: BTreeSet<FamilyIndex>,
    /// Those of them that are goodware.
    goodware: BTreeSet<FamilyIndex>,
    /// Functions that refer to a mark there, by sample, ascending.
    seeds: BTreeMap<SampleKey, Vec<&'a [u32]>>,
}

impl<'a> Carriers<'a> {
    fn new(matched: &Matched<'a>, name: &str) -> Self {
        let catalogue = matched.catalogue;
        let samples = vec![false; catalogue.samples.len()].into();
        let mut carriers = Carriers { samples, ..Carriers::default() };
        for (sample, stored) in catalogue.members() {
            let (info, family) = (&stored.info, stored.family);
            let same = info.components.iter().filter(|component| component.name == name);
            for component in same {
                carriers.samples[sample] = true;
                if info.label.kind != Kind::Library {
                    carriers.families.insert(family);
                }
                if info.label.kind == Kind::Goodware {
                    carriers.goodware.insert(family);
                }
                carriers.seeds.entry(info.key).or_default().push(&component.functions);
            }
        }
        carriers
    }

    fn attributed(&self, matched: &Matched<'_>, component: &Component) -> BTreeSet<QueryFunction> {
        let functions = &matched.query.functions;
        let eligible = functions.indices().map(|at| self.is_eligible(matched, at));
        let eligible: TypedVec<QueryFunction, bool> = eligible.collect();
        let is_eligible = |at: QueryFunction| eligible[at];
        let marked = component.functions.iter().filter_map(|&number| functions.checked(number));
        let mut attributed: BTreeSet<QueryFunction> = marked.filter(|&at| is_eligible(at)).collect();
        let others = functions.indices().filter(|&at| is_eligible(at));
        attributed.extend(others.filter(|&at| self.is_seed(matched, at) || self.is_shared(matched, at)));
        spread_to_callees(matched, &mut attributed, &is_eligible);
        spread_between(matched, &mut attributed, &is_eligible);
        spread_to_callees(matched, &mut attributed, &is_eligible);
        if self.goodware.len() < 2 {
            self.spread_in_zone(matched, &mut attributed, &is_eligible);
        }
        attributed
    }

    /// It occurs in a carrier, and in few families that are none.
    fn is_eligible(&self, matched: &Matched<'_>, function: QueryFunction) -> bool {
        let families = &matched.facts[function].families;
        if !matched.time.spend(1 + families.len() as u64) {
            return false;
        }
        let carrying = families.iter().filter(|family| self.families.contains(family)).count();
        let without = families.len() - carrying;
        carrying > 0 && without * 4 <= carrying && self.is_carried(matched, function)
    }

    /// It occurs in a carrier.
    fn is_carried(&self, matched: &Matched<'_>, function: QueryFunction) -> bool {
        let lists = matched.pool.places(function).map(|(_, presence)| presence);
        let mut places = lists.take_while(|list| matched.time.spend(list.len() as u64)).flatten();
        places.any(|place| self.samples[place.sample])
    }

    /// The best match is a function that refers to a mark.
    fn is_seed(&self, matched: &Matched<'_>, function: QueryFunction) -> bool {
        let seeds = |at: &Occurrence| {
            let mut lists = self.seeds.get(&at.sample).into_iter().flatten();
            lists.any(|functions| functions.binary_search(&at.function).is_ok())
        };
        matched.pool.accepted[function].first().is_some_and(|best| {
            let occurrences = &matched.pool.signatures[best.candidate].occurrences;
            matched.time.spend(occurrences.len() as u64) && occurrences.iter().any(seeds)
        })
    }

    /// Two or more goodware projects have it in common, and nobody who does not carry the library.
    fn is_shared(&self, matched: &Matched<'_>, function: QueryFunction) -> bool {
        let families = &matched.facts[function].families;
        if !matched.time.spend(1 + families.len() as u64) {
            return false;
        }
        let projects = families.iter().filter(|family| self.goodware.contains(family)).count();
        projects > 1 && families.iter().all(|family| self.families.contains(family))
    }

    /// Attributes the stretch around what is attributed, where it is one program's among others.
    fn spread_in_zone(
        &self,
        matched: &Matched<'_>,
        attributed: &mut BTreeSet<QueryFunction>,
        eligible: &impl Fn(QueryFunction) -> bool,
    ) {
        let comparable: Vec<QueryFunction> = matched.query.comparable().collect();
        let zone: BTreeSet<QueryFunction> = zones(&comparable, eligible)
            .into_iter()
            .filter(|zone| zone.iter().any(|at| attributed.contains(at)))
            .flatten()
            .copied()
            .collect();
        let outside = comparable.len() - zone.len();
        let shared = zone.iter().filter(|&&at| eligible(at)).count() as u64;
        // Known to be wrong, and kept: whether a sample carries the library is taken for its place, so that the
        // first two samples of the store stand for the carriers. The published figures were measured so, and
        // with the carriers' own sizes the x64 build of pynacl is no relative of its x86 build any more.
        let sizes = self.samples.items().iter().filter_map(|&carries| {
            let sample = matched.catalogue.samples.items().get(usize::from(carries))?;
            Some(u64::from(sample.info.functions))
        });
        let is_part = sizes.min().is_some_and(|functions| shared * 4 < functions);
        if outside * 10 >= comparable.len() || is_part {
            attributed.extend(zone.into_iter().filter(|&at| eligible(at)));
        }
    }
}

/// Splits where [`GAP`] functions in a row are not eligible.
pub(crate) fn zones<'c>(
    comparable: &'c [QueryFunction],
    eligible: &impl Fn(QueryFunction) -> bool,
) -> Vec<&'c [QueryFunction]> {
    let (mut zones, mut start, mut gap) = (Vec::new(), 0, 0);
    for (place, &at) in comparable.iter().enumerate() {
        gap = if eligible(at) { 0 } else { gap + 1 };
        if gap == GAP {
            zones.extend(comparable.get(start..place + 1 - GAP));
        }
        if gap >= GAP {
            start = place + 1;
        }
    }
    zones.extend(comparable.get(start..));
    zones.retain(|zone| !zone.is_empty());
    zones
}

fn spread_to_callees(
    matched: &Matched<'_>,
    attributed: &mut BTreeSet<QueryFunction>,
    eligible: &impl Fn(QueryFunction) -> bool,
) {
    let functions = &matched.query.functions;
    let mut ahead: Vec<QueryFunction> = attributed.iter().copied().collect();
    while let Some(at) = ahead.pop() {
        for callee in functions[at].callees.iter().filter_map(|&callee| functions.checked(callee)) {
            if eligible(callee) && attributed.insert(callee) {
                ahead.push(callee);
            }
        }
    }
}

fn spread_between(
    matched: &Matched<'_>,
    attributed: &mut BTreeSet<QueryFunction>,
    eligible: &impl Fn(QueryFunction) -> bool,
) {
    let address = |at: QueryFunction| matched.query.functions[at].address;
    let known: Vec<QueryFunction> = attributed.iter().copied().collect();
    for pair in known.windows(2) {
        let &[before, after] = pair else { continue };
        let between = (before.0.saturating_add(1)..after.0).map(QueryFunction);
        let near = address(after).saturating_sub(address(before)) <= NEIGHBOURHOOD;
        let foreign = between.clone().any(|at| matched.is_matched(at) && !eligible(at));
        if near && !foreign {
            attributed.extend(between.filter(|&at| eligible(at)));
        }
    }
}
