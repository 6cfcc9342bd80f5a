//! The libraries recognised in the query, as they are listed.

use crate::document::{LibraryFamily, LibraryShare, Naming, Share};
use crate::facts::{Library, Matched};
use crate::indices::{FamilyIndex, QueryFunction};
use cognate_index::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// Functions of a library that is held to be carried though the query bears no mark of it; a sixth of them
/// will do where they are [`LEAST_SHARE`] of its code. Judgement.
const LEAST_FUNCTIONS: u64 = 30;
/// A share of the query's bytes, 0 to 1. Judgement.
const LEAST_SHARE: f64 = 0.02;

/// Every library with code in the query, most bytes first.
pub(super) fn libraries(matched: &Matched<'_>) -> Vec<LibraryShare> {
    let mut shares: Vec<LibraryShare> = Vec::new();
    for (index, library) in matched.libraries.entries() {
        let own = matched.facts.entries().filter(|(_, fact)| fact.library == Some(index));
        let own: Vec<QueryFunction> = own.map(|(function, _)| function).collect();
        let marks = matched.query.sample.components.iter().filter(|component| component.name == library.name);
        let families = library_families(matched, &own);
        let code = matched.query.share(own.iter().copied());
        shares.push(LibraryShare {
            name: library.name.clone(),
            named: named(library),
            carried: library.known.is_some() || library.mark.is_some() || is_carried(&code),
            code,
            query_versions: marks.flat_map(|component| component.versions.iter().cloned()).collect(),
            stored_versions: stored_versions(matched, &library.name, &families),
            families,
        });
    }
    shares.retain(|share| share.code.functions > 0);
    shares.sort_by(|a, b| b.code.bytes.cmp(&a.code.bytes).then_with(|| a.name.cmp(&b.name)));
    shares
}

fn named(library: &Library) -> Vec<Naming> {
    let marks = |mark: String| Naming::Marks { mark };
    let there = (library.there > 0).then_some(Naming::Stored { functions: u64::from(library.there) });
    let indexed = library.indexed.then_some(Naming::Indexed).into_iter();
    let known = library.known.map(|known_by| Naming::Known { known_by });
    indexed.chain(known).chain(library.mark.clone().map(marks)).chain(there).collect()
}

/// Whether so much of a library is no chance. A handful of small functions is.
fn is_carried(code: &Share) -> bool {
    code.functions >= LEAST_FUNCTIONS || code.functions >= LEAST_FUNCTIONS / 6 && code.of_bytes >= LEAST_SHARE
}

fn library_families(matched: &Matched<'_>, own: &[QueryFunction]) -> Vec<LibraryFamily> {
    let mut by_family: BTreeMap<FamilyIndex, Vec<QueryFunction>> = BTreeMap::new();
    for &function in own {
        for &family in &matched.facts[function].families {
            by_family.entry(family).or_default().push(function);
        }
    }
    let family = |(family, functions): (FamilyIndex, Vec<QueryFunction>)| LibraryFamily {
        family: matched.catalogue.families[family].name.clone(),
        code: matched.query.share(functions.into_iter()),
    };
    let mut families: Vec<LibraryFamily> = by_family.into_iter().map(family).collect();
    families.sort_by(|a, b| b.code.bytes.cmp(&a.code.bytes).then_with(|| a.family.cmp(&b.family)));
    families
}

/// Versions that the marks of sharing samples tell, and the labels of indexed libraries.
fn stored_versions(matched: &Matched<'_>, library: &str, families: &[LibraryFamily]) -> Vec<String> {
    let sharing: BTreeSet<&str> = families.iter().map(|family| family.family.as_str()).collect();
    let mut versions = BTreeSet::new();
    for info in matched.catalogue.members().map(|(_, sample)| &sample.info) {
        if info.label.kind == Kind::Library && info.label.family == library {
            versions.extend(info.label.version.clone());
        } else if sharing.contains(info.label.family.as_str()) {
            let same = info.components.iter().filter(|component| component.name == library);
            versions.extend(same.flat_map(|component| component.versions.iter().cloned()));
        }
    }
    versions.into_iter().collect()
}
