//! [`identify`]: which known components a sample carries, and which of its functions are whose.

use crate::Base;
use crate::evidence::UNIQUE_INFORMATION;
use crate::names::is_same_name;
use crate::strength::Strength;
use crate::stretches::Says;
use crate::versions::fitting;
use crate::weighed::{Weighed, settle, weigh};
use cognate_documents::{Component, ComponentKind, KnownBy};
use cognate_fingerprint::SampleFingerprint;
use std::collections::BTreeMap;

/// What is known of a sample's functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// The components, by name.
    pub components: Vec<Component>,
    /// Of each function the known one that it resembles, by name, where it is held to be that one's component's.
    pub known_as: Vec<Option<String>>,
}

/// Functions that a base must know of a component for which a mark alone is not believed: it would have known some.
const WELL_KNOWN: u32 = 20;

/// Tells which components a sample carries, by these bases, by the marks that it bears and by the names in it.
///
/// The sample's own [`components`](SampleFingerprint::components) are what its file says: functions that it names are
/// whose it says; a mark counts in code that refers to it, and for a component that a base knows well only beside its code.
pub fn identify(bases: &[&Base], sample: &SampleFingerprint) -> Identified {
    let functions = &sample.functions;
    let named: Vec<&Component> = sample
        .components
        .iter()
        .filter(|it| it.known_by.names > 0 || it.kind == ComponentKind::Program)
        .collect();
    let mut owner: Vec<Option<Owner>> = vec![None; functions.len()];
    for (number, component) in named.iter().enumerate() {
        for &at in &component.functions {
            if let Some(owner) = owner.get_mut(at as usize) {
                *owner = Some(Owner::Named(number));
            }
        }
    }
    let says: Vec<Says> = functions
        .iter()
        .zip(&owner)
        .map(|(function, owner)| match owner {
            Some(_) => Says::Another,
            None if function.thunk => Says::Nothing,
            None if !function.fingerprint.is_telling() => Says::Nothing,
            None if function.fingerprint.information >= UNIQUE_INFORMATION => Says::Much,
            None => Says::Little,
        })
        .collect();
    let mut weighed = weigh(bases, sample, &says);
    for (owner, known) in owner.iter_mut().zip(settle(&mut weighed, &says)) {
        *owner = owner.or(known.map(|number| Owner::Known(usize::from(number))));
    }
    let unknown: Vec<&Component> = sample
        .components
        .iter()
        .filter(|it| it.mark.is_some() && it.known_by.names == 0)
        .filter(|it| !bases.iter().any(|base| base.knows(&it.name, WELL_KNOWN)))
        .collect();
    for (number, component) in unknown.iter().enumerate() {
        for &at in &component.functions {
            if let Some(owner @ None) = owner.get_mut(at as usize) {
                *owner = Some(Owner::Marked(number));
            }
        }
    }
    // a base knows what a component is that it knows too little of to find
    let kind = |name: &str| {
        let known = bases.iter().flat_map(|base| base.components());
        known.into_iter().find(|info| is_same_name(&info.name, name)).map(|info| info.kind)
    };
    let unknown: Vec<Component> = unknown
        .into_iter()
        .map(|it| Component { kind: kind(&it.name).unwrap_or(it.kind), ..it.clone() })
        .collect();
    tell(sample, (&named, &weighed, &unknown), &owner)
}

/// Whose a function is, before all are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// By its name: which of the components that names tell.
    Named(usize),
    /// By a base: which of those weighed.
    Known(usize),
    /// By a text: which of those that no base knows.
    Marked(usize),
}

/// What the functions of a component say of its versions: by which of the weighed they resemble, for each the versions that
/// its like stands in.
type Voices = BTreeMap<usize, Vec<(u64, Strength)>>;

/// Puts the components in order, with their functions.
fn tell(
    sample: &SampleFingerprint,
    (named, weighed, unknown): (&[&Component], &[Weighed<'_>], &[Component]),
    owner: &[Option<Owner>],
) -> Identified {
    let fresh = |component: &Component| Component {
        functions: Vec::new(),
        known_by: KnownBy::default(),
        ..component.clone()
    };
    let known = weighed.iter().map(|it| {
        let mark = it.mark.and_then(|mark| mark.mark.clone());
        Component { name: it.info.name.clone(), kind: it.info.kind, mark, ..Component::default() }
    });
    // Of a runtime names tell some functions, a base others; two bases may know one component.
    let mut all: BTreeMap<String, Component> = BTreeMap::new();
    for component in named.iter().map(|it| fresh(it)).chain(known).chain(unknown.iter().map(fresh)) {
        all.entry(component.name.clone()).or_insert(component);
    }
    let mut known_as = vec![None; sample.functions.len()];
    let mut versions: BTreeMap<&str, Voices> = BTreeMap::new();
    for ((at, owner), known_as) in (0u32..).zip(owner).zip(&mut known_as) {
        let name = match owner {
            None => continue,
            Some(Owner::Named(number)) => named.get(*number).map(|it| it.name.as_str()),
            Some(Owner::Known(number)) => weighed.get(*number).map(|it| it.info.name.as_str()),
            Some(Owner::Marked(number)) => unknown.get(*number).map(|it| it.name.as_str()),
        };
        let Some((name, component)) = name.and_then(|name| Some((name, all.get_mut(name)?))) else {
            continue;
        };
        component.functions.push(at);
        let count = match owner {
            Some(Owner::Named(_)) => &mut component.known_by.names,
            Some(Owner::Marked(_)) => &mut component.known_by.mark,
            Some(Owner::Known(number)) => {
                let found = weighed.get(*number).and_then(|it| Some((it.base, it.resemblance(at)?)));
                let fit = versions.entry(name).or_default().entry(*number).or_default();
                fit.extend(found.map(|(_, found)| (found.versions, found.strength())));
                *known_as = found.and_then(|(base, found)| base.function(found.function)?.name);
                match found {
                    Some((_, found)) if found.exact => &mut component.known_by.bytes,
                    Some(_) => &mut component.known_by.features,
                    None => {
                        component.surrounded.push(at);
                        &mut component.known_by.surroundings
                    }
                }
            }
            None => continue,
        };
        *count += 1;
    }
    for (name, voices) in versions {
        // of two bases that know it, that one tells its versions which more of its functions resemble
        let most = voices.into_iter().max_by_key(|(number, fit)| (fit.len(), std::cmp::Reverse(*number)));
        let found = most.and_then(|(number, fit)| Some((weighed.get(number)?, fit, all.get_mut(name)?)));
        let Some((weighed, fit, component)) = found else { continue };
        if component.versions.is_empty() {
            // a text says which version it is, if it says any
            let told = weighed.mark.filter(|mark| !mark.versions.is_empty());
            (component.versions, component.versions_by) = match told {
                Some(mark) => (mark.versions.clone(), mark.versions_by),
                None => fitting(&weighed.info.versions, &fit),
            };
        }
    }
    let stays =
        |it: &Component| !it.functions.is_empty() || it.kind == ComponentKind::Runtime && it.mark.is_some();
    // A stripped program of Rust has no function that is surely of its standard library, and is one of Rust.
    Identified { components: all.into_values().filter(stays).collect(), known_as }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_base::SampleId;
    use cognate_documents::{Arch, Format};
    use cognate_fingerprint::FunctionFingerprint;

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
        let told = identified
            .components
            .iter()
            .map(|it| format!("{} ({}): {:?}", it.name, it.known_by, it.functions));
        assert_eq!(told.collect::<Vec<_>>(), expected);
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
