//! [`identify`]: which known components a sample carries, and which of its functions are whose.

use crate::evidence::{Resemblance, STRENGTHS, Strength, UNIQUE_INFORMATION, resemblances};
use crate::stretches::{Likelihoods, cut, enter};
use crate::versions::fitting;
use crate::{Base, ComponentInfo};
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

/// How often a function of a component resembles it in a build that the base does not know, by how strongly: one feature,
/// two, three, four or more, bytes. The rest resembles nothing. Judgement, after what `cognate-bench components --dump`
/// shows of the development part; between one build and another it differs by a factor of three.
const IF_CARRIED: [f32; STRENGTHS] = [0.2, 0.15, 0.13, 0.15, 0.08];
/// What a function that says much and has not the bytes of a known build says of a component of which only bytes tell, in
/// nats: such code comes built, and one in twenty of its functions is not known (judgement).
const NONE_OF_BYTES: f32 = -3.0;
/// What it says that a function refers to a text of the component, in nats: who only uses a library may do so too.
const MARK: f32 = 6.0;
/// Nats that a stretch of a component must say beyond what going into it costs (judgement, after the strangers that were
/// named in the development part). Were resemblances independent, chance would make such a stretch of any of some hundred
/// components in one of a thousand samples; they are not.
const PRESENT: f32 = 13.0;
/// Most components that are weighed for one sample: those with most evidence (judgement: more were never near).
const MOST_WEIGHED: usize = 128;
/// Times that a sample is cut: each time those that are not there are left out, and few rounds suffice.
const MOST_ROUNDS: u32 = 6;
/// Most functions times components that are weighed: of samples with more functions fewer components (judgement: memory).
const MOST_CELLS: usize = 64 << 20;
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
    settle(&mut weighed, &says, &mut owner);
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

/// What can be expected of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// It would resemble something, if it were known.
    Much,
    /// It may resemble something.
    Little,
    /// It says nothing.
    Nothing,
    /// It is somebody's by its name.
    Another,
}

/// A component with what resembles it.
struct Weighed<'b> {
    base: &'b Base,
    info: &'b ComponentInfo,
    found: Vec<(u32, Resemblance)>,
    /// The text that the sample bears of it, and the functions that refer to it.
    mark: Option<&'b Component>,
    likelihoods: Likelihoods,
    /// What speaks for it, were nothing against it.
    most: f32,
}

/// The components that something speaks for, those with most first.
fn weigh<'b>(bases: &[&'b Base], sample: &'b SampleFingerprint, says: &[Says]) -> Vec<Weighed<'b>> {
    let mut seen: BTreeMap<(usize, u16), Vec<(u32, Resemblance)>> = BTreeMap::new();
    for ((at, function), says) in (0u32..).zip(&sample.functions).zip(says) {
        if !matches!(says, Says::Much | Says::Little) {
            continue;
        }
        for (number, base) in bases.iter().enumerate() {
            for found in resemblances(base, &function.fingerprint) {
                seen.entry((number, found.component)).or_default().push((at, found));
            }
        }
    }
    let marks: Vec<&Component> =
        sample.components.iter().filter(|it| it.mark.is_some() && it.known_by.names == 0).collect();
    let mut weighed: Vec<Weighed<'b>> = seen
        .into_iter()
        .filter_map(|((base, component), found)| {
            let base = *bases.get(base)?;
            let info = base.components().get(usize::from(component))?;
            let mark = marks.iter().find(|mark| is_same_name(&mark.name, &info.name)).copied();
            Some(Weighed::new(base, info, found, mark, says))
        })
        .filter(|weighed| weighed.most >= PRESENT)
        .collect();
    let most: BTreeMap<&str, f32> = weighed.iter().map(|it| (it.info.name.as_str(), it.most)).collect();
    // of a component and its forks the one for which most speaks
    weighed.retain(|it| {
        let forks = it.info.forks.iter().filter_map(|&fork| it.base.components().get(usize::from(fork)));
        let more = |fork: &ComponentInfo| {
            most.get(fork.name.as_str()).is_some_and(|other| (*other, &it.info.name) > (it.most, &fork.name))
        };
        !forks.into_iter().any(more)
    });
    weighed.sort_by(|a, b| b.most.total_cmp(&a.most).then_with(|| a.info.name.cmp(&b.info.name)));
    weighed.truncate(MOST_WEIGHED.min(MOST_CELLS / says.len().max(1)).max(1));
    weighed
}

/// Whether two names are one but for case and what is no letter.
pub(crate) fn is_same_name(a: &str, b: &str) -> bool {
    let letters = |name: &str| -> Vec<char> {
        name.chars()
            .filter(|letter| letter.is_alphanumeric() || *letter == '+')
            .flat_map(char::to_lowercase)
            .collect()
    };
    letters(a) == letters(b)
}

impl<'b> Weighed<'b> {
    fn new(
        base: &'b Base,
        info: &'b ComponentInfo,
        found: Vec<(u32, Resemblance)>,
        mark: Option<&'b Component>,
        says: &[Says],
    ) -> Self {
        let ratio = |strength: Strength| {
            let strength = strength as usize;
            // what is stronger says no less
            let kinds = IF_CARRIED.iter().zip(&info.chance).take(strength + 1);
            kinds
                .map(|(carried, chance)| libm::logf(carried / chance.max(f32::MIN_POSITIVE)))
                .fold(0.0, f32::max)
        };
        // A known function is there once: of those that resemble it the strongest says so, the others say nothing.
        let mut best: BTreeMap<u32, (Strength, u32)> = BTreeMap::new();
        for (at, found) in &found {
            let (strength, first) = best.entry(found.function).or_insert((found.strength(), *at));
            if found.strength() > *strength {
                (*strength, *first) = (found.strength(), *at);
            }
        }
        let mut gains: BTreeMap<u32, f32> = BTreeMap::new();
        for (at, found) in &found {
            let is_best = best.get(&found.function).is_some_and(|(_, first)| first == at);
            gains.insert(*at, if is_best { ratio(found.strength()) } else { 0.0 });
        }
        for at in mark.iter().flat_map(|mark| &mark.functions) {
            if says.get(*at as usize).is_some_and(|says| *says != Says::Another) {
                *gains.entry(*at).or_default() += MARK;
            }
        }
        let most = gains.values().sum();
        let none =
            if info.bytes_alone { NONE_OF_BYTES } else { libm::logf(1.0 - IF_CARRIED.iter().sum::<f32>()) };
        let likelihoods = Likelihoods { resembling: gains.into_iter().collect(), none };
        Weighed { base, info, found, mark, likelihoods, most }
    }

    fn resemblance(&self, at: u32) -> Option<Resemblance> {
        let place = self.found.binary_search_by_key(&at, |(function, _)| *function).ok()?;
        self.found.get(place).map(|(_, found)| *found)
    }
}

/// Cuts the sample among components until each that is left is more than chance.
fn settle(weighed: &mut Vec<Weighed<'_>>, says: &[Says], owner: &mut [Option<Owner>]) {
    for round in 1.. {
        let likelihoods: Vec<&Likelihoods> = weighed.iter().map(|weighed| &weighed.likelihoods).collect();
        let cut = cut(says, &likelihoods);
        let evidence = evidence(&cut, says, &likelihoods);
        let is_present = |number: u16| evidence.get(usize::from(number)).is_some_and(|it| *it >= PRESENT);
        if round == MOST_ROUNDS || evidence.iter().all(|evidence| *evidence >= PRESENT) {
            for (owner, cut) in owner.iter_mut().zip(cut) {
                let cut = cut.filter(|&number| is_present(number));
                *owner = owner.or(cut.map(|number| Owner::Known(usize::from(number))));
            }
            return;
        }
        // without those that are not there, what they took may be another's
        let mut present = evidence.iter().map(|evidence| *evidence >= PRESENT);
        weighed.retain(|_| present.next().unwrap_or(false));
    }
}

/// What the best stretch of each component says for it, less what going into it costs: many weak ones are no better
/// than one, for chance makes many where there is much code.
fn evidence(cut: &[Option<u16>], says: &[Says], components: &[&Likelihoods]) -> Vec<f32> {
    let mut best = vec![0.0f32; components.len()];
    let (mut before, mut sum) = (None, 0.0);
    for ((at, owner), says) in (0u32..).zip(cut).zip(says) {
        if before != *owner {
            sum = -enter(cut.len());
        }
        if let Some(number) = owner.map(usize::from)
            && let (Some(component), Some(best)) = (components.get(number), best.get_mut(number))
        {
            sum += component.gain(at, *says);
            *best = best.max(sum);
        }
        before = *owner;
    }
    best
}

/// What the functions of a component say of its versions: which of the weighed they resemble, and for each the versions
/// that its like stands in.
struct Voices {
    weighed: usize,
    fit: Vec<(u64, Strength)>,
}

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
                let voices = versions.entry(name).or_insert(Voices { weighed: *number, fit: Vec::new() });
                if voices.weighed == *number {
                    voices.fit.extend(found.map(|(_, found)| (found.versions, found.strength())));
                }
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
        let (Some(weighed), Some(component)) = (weighed.get(voices.weighed), all.get_mut(name)) else {
            continue;
        };
        if component.versions.is_empty() {
            // a text says which version it is, if it says any
            let told = weighed.mark.filter(|mark| !mark.versions.is_empty());
            (component.versions, component.versions_by) = match told {
                Some(mark) => (mark.versions.clone(), mark.versions_by),
                None => fitting(&weighed.info.versions, &voices.fit),
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
