//! [`identify`]: which known components a sample carries, and which of its functions are whose.

use crate::evidence::{Resemblance, STRENGTHS, Strength, is_looked_at, resemblances};
use crate::stretches::{Likelihoods, cut};
use crate::{Base, ComponentInfo};
use cognate_fingerprint::SampleFingerprint;
use std::collections::BTreeMap;

/// How a function is known to be a component's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBy {
    /// Its masked bytes are those of a build.
    Bytes,
    /// It shows rare features of one of its functions.
    Features,
    /// It lies among functions that are known.
    Surroundings,
}

/// Whose a function is.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// The component, by its place in [`Identified::carried`].
    pub component: usize,
    /// How that is known.
    pub known_by: KnownBy,
    /// The function of the component that it resembles, where its name is known.
    pub name: Option<String>,
}

/// A component that a sample carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// Its name.
    pub name: String,
    /// `library`, `runtime` or `glue`.
    pub kind: String,
    /// The versions that fit, of those known, ascending.
    pub versions: Vec<String>,
    /// How many versions are known.
    pub versions_known: usize,
    /// Its functions in the sample, ascending.
    pub functions: Vec<u32>,
    /// How many of them are known by their bytes, by features, by what stands around them.
    pub known_by: [u32; 3],
    /// How much more likely all this is if it is carried than if not, in nats.
    pub evidence: f32,
}

/// What is known of a sample's functions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identified {
    /// The components, by name.
    pub carried: Vec<Carried>,
    /// Of each function whose it is, where that is known.
    pub functions: Vec<Option<Attribution>>,
}

/// How often a function of a component resembles it in a build that the base does not know, by how strongly: one feature,
/// two, three, four or more, bytes. The rest resembles nothing. Measured on the development part (`bench/results/components`).
const IF_CARRIED: [f32; STRENGTHS] = [0.2, 0.15, 0.13, 0.15, 0.08];
/// Nats of evidence from which a component is carried.
const PRESENT: f32 = 12.0;
/// Most components that are weighed for one sample: those with most evidence (judgement: more were never near).
const MOST_WEIGHED: usize = 128;

/// Tells which components of these bases a sample carries.
pub fn identify(bases: &[&Base], sample: &SampleFingerprint) -> Identified {
    let functions = &sample.functions;
    let looked_at: Vec<bool> =
        functions.iter().map(|function| is_looked_at(&function.fingerprint) && !function.thunk).collect();
    let telling: Vec<bool> = functions.iter().map(|function| function.fingerprint.is_telling() && !function.thunk).collect();
    let mut seen: BTreeMap<(usize, u16), Vec<(u32, Resemblance)>> = BTreeMap::new();
    for (at, function) in (0u32..).zip(functions).filter(|(at, _)| looked_at[*at as usize]) {
        for (number, base) in bases.iter().enumerate() {
            for found in resemblances(base, &function.fingerprint) {
                seen.entry((number, found.component)).or_default().push((at, found));
            }
        }
    }
    let mut weighed: Vec<Weighed<'_>> = seen
        .into_iter()
        .filter_map(|((base, component), found)| {
            let base = *bases.get(base)?;
            let info = base.components().get(usize::from(component))?;
            Some(Weighed::new(base, info, found))
        })
        .filter(|weighed| weighed.most >= PRESENT)
        .collect();
    weighed.sort_by(|a, b| b.most.total_cmp(&a.most).then_with(|| a.info.name.cmp(&b.info.name)));
    weighed.truncate(MOST_WEIGHED);
    // What is not there when all others are heard takes nothing from those that are.
    let (owner, evidence) = loop {
        let likelihoods: Vec<Likelihoods> = weighed.iter().map(|weighed| weighed.likelihoods.clone()).collect();
        let owner = cut(functions.len(), &telling, &likelihoods);
        let evidence = evidence(&owner, &telling, &likelihoods);
        let absent = evidence.iter().position(|evidence| *evidence < PRESENT);
        if absent.is_none() {
            break (owner, evidence);
        }
        let mut at = 0;
        weighed.retain(|_| {
            at += 1;
            evidence.get(at - 1).is_some_and(|evidence| *evidence >= PRESENT)
        });
    };
    tell(functions.len(), &weighed, &owner, &evidence)
}

/// A component with what resembles it.
struct Weighed<'b> {
    base: &'b Base,
    info: &'b ComponentInfo,
    found: Vec<(u32, Resemblance)>,
    likelihoods: Likelihoods,
    /// What speaks for it, were nothing against it.
    most: f32,
}

impl<'b> Weighed<'b> {
    fn new(base: &'b Base, info: &'b ComponentInfo, found: Vec<(u32, Resemblance)>) -> Self {
        let ratio = |strength: Strength| {
            let strength = strength as usize;
            // what is stronger says no less
            let kinds = IF_CARRIED.iter().zip(&info.chance).take(strength + 1);
            kinds.map(|(carried, chance)| (carried / chance.max(f32::MIN_POSITIVE)).ln()).fold(0.0, f32::max)
        };
        // A known function is there once: of those that resemble it the strongest says so, the others say nothing.
        let mut best: BTreeMap<u32, (Strength, u32)> = BTreeMap::new();
        for (at, found) in &found {
            let (strength, first) = best.entry(found.function).or_insert((found.strength(), *at));
            if found.strength() > *strength {
                (*strength, *first) = (found.strength(), *at);
            }
        }
        let gain = |at: u32, found: &Resemblance| match best.get(&found.function) {
            Some((_, first)) if *first == at => ratio(found.strength()),
            _ => 0.0,
        };
        let resembling: Vec<(u32, f32)> = found.iter().map(|(at, found)| (*at, gain(*at, found))).collect();
        let most = resembling.iter().map(|(_, gain)| gain).sum();
        let none = (1.0 - IF_CARRIED.iter().sum::<f32>()).ln();
        Weighed { base, info, found, likelihoods: Likelihoods { resembling, none }, most }
    }
}

/// What the stretches of each component say for it, less what going into them costs.
fn evidence(owner: &[Option<u16>], telling: &[bool], components: &[Likelihoods]) -> Vec<f32> {
    let mut sums = vec![0.0; components.len()];
    let mut before = None;
    for (at, owner) in (0u32..).zip(owner) {
        if let Some(number) = owner.map(usize::from) {
            let Some(component) = components.get(number) else { continue };
            let place = component.resembling.binary_search_by_key(&at, |(function, _)| *function);
            let gain = match place {
                Ok(place) => component.resembling[place].1,
                Err(_) if telling[at as usize] => component.none,
                Err(_) => 0.0,
            };
            sums[number] += gain;
            if before != *owner {
                sums[number] -= crate::stretches::ENTER;
            }
        }
        before = *owner;
    }
    sums
}

fn tell(functions: usize, weighed: &[Weighed<'_>], owner: &[Option<u16>], evidence: &[f32]) -> Identified {
    let mut order: Vec<usize> = (0..weighed.len()).collect();
    order.sort_by_key(|&at| &weighed[at].info.name);
    let mut told = Identified { carried: Vec::new(), functions: vec![None; functions] };
    for (place, &number) in order.iter().enumerate() {
        let component = &weighed[number];
        let own: Vec<u32> = (0u32..)
            .zip(owner)
            .filter(|(_, owner)| owner.is_some_and(|owner| usize::from(owner) == number))
            .map(|(at, _)| at)
            .collect();
        let mut known_by = [0; 3];
        let mut masks = Vec::new();
        for &at in &own {
            let found = component.found.binary_search_by_key(&at, |(function, _)| *function).ok();
            let found = found.map(|place| component.found[place].1);
            let how = match found {
                Some(found) if found.exact => KnownBy::Bytes,
                Some(_) => KnownBy::Features,
                None => KnownBy::Surroundings,
            };
            known_by[how as usize] += 1;
            masks.extend(found.map(|found| (found.versions, found.strength())));
            let name = found.and_then(|found| component.base.function(found.function)).and_then(|known| known.name);
            told.functions[at as usize] = Some(Attribution { component: place, known_by: how, name });
        }
        told.carried.push(Carried {
            name: component.info.name.clone(),
            kind: component.info.kind.clone(),
            versions: crate::versions::fitting(&component.info.versions, &masks),
            versions_known: component.info.versions.len(),
            functions: own,
            known_by,
            evidence: evidence[number],
        });
    }
    told
}
