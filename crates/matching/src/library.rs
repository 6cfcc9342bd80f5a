//! Which matched functions are a library's, and how the library got its name.
//!
//! *Indexed*: a function that matches one of a sample of kind `library` is that
//! library's, by the best such match.
//!
//! *By marks*: libraries leave marks (version strings, source paths), and the
//! fingerprint says which functions refer to them. Only code that also occurs
//! in a stored sample with marks of the same library (a *carrier*) can be
//! attributed, and only unless it occurs in many families without them. Then,
//! in this order:
//! 1. *Seeds*: functions that refer to a mark, on either side.
//! 2. *Independent families*: functions that occur in two or more families of
//!    carriers, and in none without: what such families have in common is the library.
//! 3. *Callees*: what a library function calls, transitively: a library does
//!    not call its user.
//! 4. *Neighbours*: linkers keep the objects of a library together, so what
//!    lies between two attributed functions is attributed, where the way is
//!    short and nothing matched on it is known to be something else.

use crate::facts::{Library, Matched};
use cognate_fingerprint::Component;
use cognate_index::{Kind, Occurrence};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of address space between two attributed functions that are neighbours.
const NEIGHBOURHOOD: u64 = 0x8000;

/// Names every library in the query and says which functions are whose.
pub(crate) fn attribute(matched: &mut Matched<'_>) {
    let mut owner: Vec<Option<String>> = vec![None; matched.facts.len()];
    let mut libraries: BTreeMap<String, Library> = BTreeMap::new();
    for (owner, function) in owner.iter_mut().zip(0u32..) {
        *owner = indexed(matched, function);
        if let Some(name) = owner {
            let library = libraries.entry(name.clone()).or_default();
            *library = Library { name: name.clone(), indexed: true, mark: None };
        }
    }
    for component in &matched.query.components {
        let carriers = Carriers::new(matched, component);
        if carriers.families.is_empty() {
            continue;
        }
        let mut attributed = false;
        for function in carriers.attributed(matched, component) {
            if let Some(owner) = owner.get_mut(function as usize)
                && owner.is_none()
            {
                *owner = Some(component.name.clone());
                attributed = true;
            }
        }
        if attributed || libraries.contains_key(&component.name) {
            let library = libraries.entry(component.name.clone()).or_default();
            library.name.clone_from(&component.name);
            library.mark.get_or_insert_with(|| component.mark.clone());
        }
    }
    let names: Vec<&String> = libraries.keys().collect();
    for (fact, owner) in matched.facts.iter_mut().zip(&owner) {
        let number = owner.as_ref().and_then(|owner| names.binary_search(&owner).ok());
        fact.library = number.and_then(|number| u32::try_from(number).ok());
    }
    matched.libraries = libraries.into_values().collect();
}

/// The indexed library with the best match; of equals, the first by name.
fn indexed(matched: &Matched<'_>, function: u32) -> Option<String> {
    let mut best: Option<(f64, &str)> = None;
    for kept in matched.pool.accepted.get(function as usize)? {
        if best.is_some_and(|(value, _)| value > kept.similarity.value) {
            break;
        }
        for presence in matched.pool.presence.get(kept.signature as usize)? {
            let family = *matched.catalogue.family.get(presence.sample as usize)?;
            let family = matched.catalogue.families.get(family as usize)?;
            if family.kind == Kind::Library && best.is_none_or(|(_, name)| family.name.as_str() < name) {
                best = Some((kept.similarity.value, &family.name));
            }
        }
    }
    best.map(|(_, name)| name.to_owned())
}

/// The stored samples that carry one library, and the query functions they hold.
#[derive(Debug, Default)]
struct Carriers {
    /// Places of the samples.
    samples: BTreeSet<u32>,
    /// Their families, libraries left out.
    families: BTreeSet<u32>,
    /// Functions that refer to a mark there.
    seeds: BTreeSet<Occurrence>,
}

impl Carriers {
    fn new(matched: &Matched<'_>, component: &Component) -> Self {
        let mut carriers = Carriers::default();
        let catalogue = matched.catalogue;
        for ((info, place), &family) in catalogue.samples.iter().zip(0u32..).zip(&catalogue.family) {
            let same = info.components.iter().filter(|stored| stored.name == component.name);
            for stored in same {
                carriers.samples.insert(place);
                if info.label.kind != Kind::Library {
                    carriers.families.insert(family);
                }
                let at = stored.functions.iter().map(|&function| Occurrence { sample: info.key, function });
                carriers.seeds.extend(at);
            }
        }
        carriers
    }

    fn attributed(&self, matched: &Matched<'_>, component: &Component) -> BTreeSet<u32> {
        let functions = matched.query.functions.len() as u32;
        let eligible: Vec<bool> = (0..functions).map(|at| self.is_eligible(matched, at)).collect();
        let is_eligible = |at: u32| eligible.get(at as usize).copied().unwrap_or(false);
        let mut attributed: BTreeSet<u32> =
            component.functions.iter().copied().filter(|&at| is_eligible(at)).collect();
        let others = (0..functions).filter(|&at| is_eligible(at));
        attributed.extend(others.filter(|&at| self.is_seed(matched, at) || self.is_shared(matched, at)));
        spread_to_callees(matched, &mut attributed, &is_eligible);
        spread_between(matched, &mut attributed, &is_eligible);
        spread_to_callees(matched, &mut attributed, &is_eligible);
        attributed
    }

    /// It occurs in a carrier, and in few families that are none.
    fn is_eligible(&self, matched: &Matched<'_>, function: u32) -> bool {
        let Some(fact) = matched.facts.get(function as usize) else { return false };
        let carrying = fact.families.iter().filter(|family| self.families.contains(family)).count();
        let without = fact.families.len() - carrying;
        carrying > 0 && without * 4 <= carrying && self.is_held(matched, function)
    }

    fn is_held(&self, matched: &Matched<'_>, function: u32) -> bool {
        let accepted = matched.pool.accepted.get(function as usize).into_iter().flatten();
        let mut presence =
            accepted.filter_map(|kept| matched.pool.presence.get(kept.signature as usize)).flatten();
        presence.any(|place| self.samples.contains(&place.sample))
    }

    /// The best match is a function that refers to a mark.
    fn is_seed(&self, matched: &Matched<'_>, function: u32) -> bool {
        let best = matched.pool.accepted.get(function as usize).and_then(|accepted| accepted.first());
        let signature = best.and_then(|best| matched.pool.signatures.get(best.signature as usize));
        signature.is_some_and(|signature| signature.occurrences.iter().any(|at| self.seeds.contains(at)))
    }

    /// Two or more families have it in common, all of which carry the library.
    fn is_shared(&self, matched: &Matched<'_>, function: u32) -> bool {
        let families = matched.facts.get(function as usize).map(|fact| fact.families.as_slice());
        families.is_some_and(|all| all.len() > 1 && all.iter().all(|family| self.families.contains(family)))
    }
}

fn spread_to_callees(matched: &Matched<'_>, attributed: &mut BTreeSet<u32>, eligible: &impl Fn(u32) -> bool) {
    let mut ahead: Vec<u32> = attributed.iter().copied().collect();
    while let Some(at) = ahead.pop() {
        let callees = matched.query.functions.get(at as usize).map(|own| own.callees.as_slice());
        for &callee in callees.unwrap_or_default() {
            if eligible(callee) && attributed.insert(callee) {
                ahead.push(callee);
            }
        }
    }
}

fn spread_between(matched: &Matched<'_>, attributed: &mut BTreeSet<u32>, eligible: &impl Fn(u32) -> bool) {
    let address = |at: u32| matched.query.functions.get(at as usize).map_or(0, |own| own.address);
    let known: Vec<u32> = attributed.iter().copied().collect();
    for pair in known.windows(2) {
        let [before, after] = pair else { continue };
        let between = before.saturating_add(1)..*after;
        let near = address(*after).saturating_sub(address(*before)) <= NEIGHBOURHOOD;
        let foreign = between.clone().any(|at| matched.is_matched(at) && !eligible(at));
        if near && !foreign {
            attributed.extend(between.filter(|&at| eligible(at)));
        }
    }
}
