//! [`identify`]: which known components a sample carries, and which of its functions are whose.

use crate::Base;
use crate::evidence::{Resemblance, UNIQUE_INFORMATION};
use crate::names::is_same_name;
use crate::strength::Strength;
use crate::stretches::Says;
use crate::versions::fitting;
use crate::weighed::{Weighed, settle, weigh};
use cognate_documents::{Component, ComponentKind, KnownBy, VersionsBy};
use cognate_fingerprint::{FunctionFingerprint, SampleFingerprint};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a sample's functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// The components, by name.
    pub components: Vec<Component>,
    /// Of each function the known one that it resembles, by name, where it is held to be that one's component's.
    pub known_as: Vec<Option<String>>,
}

/// Functions that a base must know of a component for which a mark alone is not believed: it would have known some
/// (judgement).
const WELL_KNOWN: u32 = 20;

/// Tells which components a sample carries, by these bases, by the marks that it bears and by the names in it.
///
/// The sample's own [`components`](SampleFingerprint::components) are what its file says: functions that it names are
/// whose it says; a mark counts in code that refers to it, and for a component that a base knows well only beside its code.
pub fn identify(bases: &[&Base], sample: &SampleFingerprint) -> Identified {
    let mut owners: Vec<Option<Owner<'_>>> = vec![None; sample.functions.len()];
    let components = || sample.components.iter();
    let named: Vec<&Component> = components().filter(|it| it.known_by.names > 0 || !it.is_public()).collect();
    // of two that name one function the last
    named.iter().rev().for_each(|component| give(&mut owners, component, Owner::Named(component)));
    let says: Vec<Says> =
        sample.functions.iter().zip(&owners).map(|(function, owner)| says(function, *owner)).collect();
    let mut weighed = weigh(bases, sample, &says);
    let known = settle(&mut weighed, &says);
    for (owner, known) in owners.iter_mut().zip(known) {
        let known = known.map(usize::from).and_then(|place| Some(Owner::Known(place, weighed.get(place)?)));
        *owner = owner.or(known);
    }
    let marked = components().filter(|it| it.is_marked());
    let unknown = marked.filter(|it| !bases.iter().any(|base| base.knows(&it.name, WELL_KNOWN)));
    // a base knows what a component is that it knows too little of to find
    let kind = |name: &str| {
        let mut known = bases.iter().flat_map(|base| base.components());
        known.find(|info| is_same_name(&info.name, name)).map(|info| info.kind)
    };
    let unknown: Vec<Component> =
        unknown.map(|it| Component { kind: kind(&it.name).unwrap_or(it.kind), ..it.clone() }).collect();
    unknown.iter().for_each(|component| give(&mut owners, component, Owner::Marked(component)));
    // Of a runtime names tell some functions, a base others; two bases may know one component.
    let mut all: BTreeMap<String, Component> = BTreeMap::new();
    let known = weighed.iter().map(without_functions);
    for component in named.into_iter().map(fresh).chain(known).chain(unknown.iter().map(fresh)) {
        all.entry(component.name.clone()).or_insert(component);
    }
    tell(all, &owners)
}

/// Whose a function is.
#[derive(Clone, Copy)]
enum Owner<'a> {
    /// By its name.
    Named(&'a Component),
    /// By a base: its place among those weighed, and what is known of it.
    Known(usize, &'a Weighed<'a>),
    /// By a text of what no base knows.
    Marked(&'a Component),
}

impl Owner<'_> {
    fn name(&self) -> &str {
        match self {
            Owner::Named(component) | Owner::Marked(component) => &component.name,
            Owner::Known(_, weighed) => &weighed.info.name,
        }
    }
}

/// Gives a component those of its functions that are nobody's yet.
fn give<'a>(owners: &mut [Option<Owner<'a>>], component: &Component, owner: Owner<'a>) {
    for &at in &component.functions {
        if let Some(free @ None) = owners.get_mut(at as usize) {
            *free = Some(owner);
        }
    }
}

fn says(function: &FunctionFingerprint, owner: Option<Owner<'_>>) -> Says {
    match owner {
        Some(_) => Says::Another,
        None if function.thunk || !function.fingerprint.is_telling() => Says::Nothing,
        None if function.fingerprint.information >= UNIQUE_INFORMATION => Says::Much,
        None => Says::Little,
    }
}

/// A component of which no function is told yet.
fn fresh(component: &Component) -> Component {
    Component { functions: Vec::new(), known_by: KnownBy::default(), ..component.clone() }
}

/// The same of one that a base knows.
fn without_functions(weighed: &Weighed<'_>) -> Component {
    let mark = weighed.mark.and_then(|mark| mark.mark.clone());
    Component { name: weighed.info.name.clone(), kind: weighed.info.kind, mark, ..Component::default() }
}

/// The versions that the like of a component's functions stands in, and how like each is.
type Fit = Vec<(u64, Strength)>;

/// Gives the components their functions and versions.
fn tell(mut all: BTreeMap<String, Component>, owners: &[Option<Owner<'_>>]) -> Identified {
    let mut known_as = vec![None; owners.len()];
    // of each that was weighed: the versions that the like of its functions stands in
    let mut fits: BTreeMap<usize, (&Weighed<'_>, Fit)> = BTreeMap::new();
    for ((at, owner), known_as) in (0u32..).zip(owners).zip(&mut known_as) {
        let Some(owner) = owner else { continue };
        let Some(component) = all.get_mut(owner.name()) else { continue };
        component.functions.push(at);
        match *owner {
            Owner::Named(_) => component.known_by.names += 1,
            Owner::Marked(_) => component.known_by.mark += 1,
            Owner::Known(place, weighed) => {
                let found = weighed.resemblance(at);
                count(component, at, found);
                *known_as = found.and_then(|found| weighed.base.function(found.function)?.name);
                let (_, fit) = fits.entry(place).or_insert_with(|| (weighed, Vec::new()));
                fit.extend(found.map(|found| (found.versions, found.strength())));
            }
        }
    }
    // of two bases that know a component, the one tells its versions that more of its functions resemble
    let mut fits: Vec<_> = fits.into_values().collect();
    fits.sort_by_key(|(_, fit)| Reverse(fit.len()));
    let mut told = BTreeSet::new();
    for (weighed, fit) in fits.into_iter().filter(|(weighed, _)| told.insert(&weighed.info.name)) {
        let component = all.get_mut(&weighed.info.name).filter(|component| component.versions.is_empty());
        if let Some(component) = component {
            (component.versions, component.versions_by) = versions(weighed, &fit);
        }
    }
    let stays =
        |it: &Component| !it.functions.is_empty() || it.kind == ComponentKind::Runtime && it.mark.is_some();
    // A stripped program of Rust has no function that is surely of its standard library, and is one of Rust.
    Identified { components: all.into_values().filter(stays).collect(), known_as }
}

/// Counts a function by what it resembles of the component; by its surroundings where that is nothing.
fn count(component: &mut Component, at: u32, found: Option<Resemblance>) {
    match found {
        Some(found) if found.exact => component.known_by.bytes += 1,
        Some(_) => component.known_by.features += 1,
        None => {
            component.surrounded.push(at);
            component.known_by.surroundings += 1;
        }
    }
}

/// The versions that fit, and by what; a text says which version it is, if it says any.
fn versions(weighed: &Weighed<'_>, fit: &[(u64, Strength)]) -> (Vec<String>, Option<VersionsBy>) {
    match weighed.mark.filter(|mark| !mark.versions.is_empty()) {
        Some(mark) => (mark.versions.clone(), mark.versions_by),
        None => fitting(&weighed.info.versions, fit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_base::SampleId;
    use cognate_documents::{Arch, Format};

    fn component(name: &str, kind: ComponentKind, mark: Option<&str>, functions: &[u32]) -> Component {
        let count = functions.len() as u32;
        let known_by = match mark {
            Some(_) => KnownBy { mark: count, ..KnownBy::default() },
            None => KnownBy { names: count, ..KnownBy::default() },
        };
        let (name, mark) = (name.to_owned(), mark.map(str::to_owned));
        Component { name, kind, mark, known_by, functions: functions.to_vec(), ..Component::default() }
    }

    /// What is told of a sample of four functions whose file says this, by title and functions.
    #[track_caller]
    fn check(components: Vec<Component>, expected: &[&str]) {
        let function = |address| FunctionFingerprint { address, ..FunctionFingerprint::default() };
        let sample = SampleFingerprint {
            id: SampleId::of(b""),
            size: 0,
            format: Format::Elf,
            arch: Arch::X86_64,
            functions: (0..4).map(function).collect(),
            components,
            partial: false,
            hashes: None,
        };
        let identified = identify(&[], &sample);
        let titles = identified
            .components
            .iter()
            .map(|it| format!("{} ({}): {:?}", it.name, it.known_by, it.functions));
        assert_eq!(titles.collect::<Vec<_>>(), expected);
        assert_eq!(identified.known_as.len(), 4);
    }

    #[test]
    fn a_text_in_functions_that_names_tell_is_no_component() {
        check(
            vec![
                component("Go standard library", ComponentKind::Runtime, None, &[0, 1]),
                component("OpenSSL", ComponentKind::Library, Some("crypto/aes/"), &[1]),
                component("main", ComponentKind::Program, None, &[2]),
                component("xxHash", ComponentKind::Library, Some("xxhash.c"), &[]),
                component("zlib", ComponentKind::Library, Some("inflate 1."), &[2, 3]),
            ],
            &["Go standard library (2 by name): [0, 1]", "main (1 by name): [2]", "zlib (1 by a text): [3]"],
        );
    }

    #[test]
    fn a_runtime_whose_text_is_there_stays_without_functions() {
        check(
            vec![
                component("Rust std", ComponentKind::Runtime, Some("/rustc/"), &[]),
                component("main", ComponentKind::Program, None, &[2]),
            ],
            &["Rust std (): []", "main (1 by name): [2]"],
        );
    }
}
