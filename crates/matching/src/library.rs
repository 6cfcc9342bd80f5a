//! Whose code the query's functions are, where it is anybody's that is known.
//!
//! *Indexed*: a function that matches one of a sample of kind `library` is that library's, by the best such match.
//!
//! *Known here*: the base of components, names that the file bears, or a text to which the function refers say whose it
//! is, whatever the store holds. That a function lies among a library's is not enough: so does an author's own file
//! between two of the library's. Nor is the name of a module of which no release is told. Such is no evidence for a
//! relative, and where it would be enough for one the question is not settled.
//!
//! *Known there*: of most samples that hold its best match it is known so. A build that the base does not know is often
//! like one that it does.

use crate::facts::{Library, Matched};
use crate::indices::{LibraryIndex, QueryFunction};
use cognate_base::TypedIndex;
use cognate_documents::KnownBy;
use cognate_index::{Kind, Occurrence, SampleInfo};
use std::collections::BTreeMap;

/// Names the library of every function that is one's.
pub(crate) fn attribute(matched: &mut Matched<'_>) {
    let mut libraries: BTreeMap<String, Library> = BTreeMap::new();
    let mut owners: Vec<Option<String>> = vec![None; matched.facts.len()];
    for (function, owner) in matched.facts.indices().zip(&mut owners) {
        if let Some(name) = indexed(matched, function) {
            libraries.entry(name.clone()).or_default().indexed = true;
            *owner = Some(name);
        }
    }
    for component in &matched.query.sample.components {
        if !component.is_public() || component.is_perhaps_own() {
            continue;
        }
        let name = spelt(&libraries, &component.name);
        let mut any = libraries.contains_key(&name);
        for function in component.settled() {
            if let Some(owner) = owners.get_mut(function as usize).filter(|owner| owner.is_none()) {
                *owner = Some(name.clone());
                any = true;
            }
        }
        if any {
            let library = libraries.entry(name).or_default();
            // of what is the library's here; that only a text tells is said by the mark
            let known = KnownBy { surroundings: 0, ..component.known_by };
            library.known = (known.bytes + known.features + known.names > 0).then_some(known);
            library.mark.clone_from(&component.mark);
        }
    }
    for (function, owner) in matched.facts.indices().zip(&mut owners) {
        if owner.is_none()
            && let Some(name) = known_there(matched, function)
        {
            let name = spelt(&libraries, name);
            libraries.entry(name.clone()).or_default().there += 1;
            *owner = Some(name);
        }
    }
    for component in &matched.query.sample.components {
        let doubtful = if component.is_perhaps_own() { &component.functions } else { &component.surrounded };
        for &function in doubtful {
            let is_nobodys = owners.get(function as usize).is_some_and(Option::is_none);
            if let Some(function) = matched.query.functions.checked(function).filter(|_| is_nobodys) {
                matched.facts[function].is_doubtful = true;
            }
        }
    }
    let names: Vec<&String> = libraries.keys().collect();
    for ((_, fact), owner) in matched.facts.entries_mut().zip(&owners) {
        let position = owner.as_ref().and_then(|owner| names.binary_search(&owner).ok());
        fact.library = position.map(LibraryIndex::of);
    }
    let named = libraries.into_iter().map(|(name, library)| Library { name, ..library });
    matched.libraries = named.collect();
}

/// The name under which a library is known already: an indexed one keeps that which it was given.
fn spelt(libraries: &BTreeMap<String, Library>, name: &str) -> String {
    let known = libraries.keys().find(|known| known.eq_ignore_ascii_case(name));
    known.map_or_else(|| name.to_owned(), String::clone)
}

/// The indexed library that a function matches best; of equals the first by name.
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

/// Whose the best match of a function is in most of the samples that hold it.
fn known_there<'m>(matched: &Matched<'m>, function: QueryFunction) -> Option<&'m str> {
    let best = matched.pool.accepted[function].first()?;
    let occurrences = &matched.pool.signatures[best.candidate].occurrences;
    let mut names: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for at in occurrences {
        let Some(sample) = matched.catalogue.sample(at.sample) else { continue };
        let info = &matched.catalogue.samples[sample].info;
        if !matched.time.spend(1 + info.components.len() as u64) {
            return None;
        }
        *names.entry(owner_there(info, at)).or_default() += 1;
    }
    let all: usize = names.values().sum();
    let unknown = names.remove(&None).unwrap_or(0);
    let most = names
        .into_iter()
        .max_by(|(name, count), (other, other_count)| count.cmp(other_count).then_with(|| other.cmp(name)));
    most.filter(|_| unknown * 2 < all)?.0
}

/// The component that a stored function belongs to.
fn owner_there<'m>(info: &'m SampleInfo, at: &Occurrence) -> Option<&'m str> {
    let mut owners = info.components.iter().filter(|it| it.is_public());
    owners.find(|it| it.functions.binary_search(&at.function).is_ok()).map(|it| it.name.as_str())
}
