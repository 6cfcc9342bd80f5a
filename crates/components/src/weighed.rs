//! What of a sample speaks for each known component: which of them are there, and which functions are whose.
//!
//! These are two questions with two nulls. Whether a component is there is weighed against software that has nothing to do
//! with it ([`ComponentInfo::chance`]). Whose a function is beside a component that is there is weighed against the other
//! functions of such a program ([`BESIDE`]): they are written with it and by the same people, and use the system as it does.

use crate::evidence::{Resemblance, resemblances};
use crate::names::is_same_name;
use crate::strength::{STRENGTHS, Strength};
use crate::stretches::{Likelihoods, Says, cut, enter};
use crate::{Base, ComponentInfo};
use cognate_documents::{Component, ComponentKind};
use cognate_fingerprint::SampleFingerprint;
use std::collections::BTreeMap;

/// How often a function of a component resembles it in a build that the base does not know, by how strongly: one feature,
/// two, three, four or more, bytes. The rest resembles nothing. Judgement, after what `cognate-bench components --dump`
/// shows of the development part; between one build and another it differs by a factor of three.
const IF_CARRIED: [f32; STRENGTHS] = [0.2, 0.15, 0.13, 0.15, 0.08];
/// How often a program's own function resembles a component that the program carries, by how strongly: of libraries, of
/// runtimes. Measured on the own functions of the development part (3,340 and 1,236); where none does, three in all of them.
/// Bytes that are those of a known build are no likeness: of these the chance of all software counts.
const BESIDE: [[f32; STRENGTHS]; 2] = [[0.008, 0.003, 0.001, 0.001, 0.0], [0.018, 0.02, 0.003, 0.003, 0.0]];
/// What a function that says much and has not the bytes of a known build says of a component of which only bytes tell, in
/// nats: such code comes built, and one in twenty of its functions is not known (judgement).
const NONE_OF_BYTES: f32 = -3.0;
/// What it says that a function refers to a text of the component, in nats: who only uses a library may do so too
/// (judgement).
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
/// A component with what resembles it.
pub(crate) struct Weighed<'b> {
    pub base: &'b Base,
    pub info: &'b ComponentInfo,
    found: Vec<(u32, Resemblance)>,
    /// The text that the sample bears of it, and the functions that refer to it.
    pub mark: Option<&'b Component>,
    /// Against software that has nothing to do with it.
    likelihoods: Likelihoods,
    /// What speaks for it, were nothing against it.
    most: f32,
}

/// The components that something speaks for, those with most first.
pub(crate) fn weigh<'b>(
    bases: &[&'b Base],
    sample: &'b SampleFingerprint,
    says: &[Says],
) -> Vec<Weighed<'b>> {
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
    let marks: Vec<&Component> = sample.components.iter().filter(|it| it.is_marked()).collect();
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

impl<'b> Weighed<'b> {
    fn new(
        base: &'b Base,
        info: &'b ComponentInfo,
        found: Vec<(u32, Resemblance)>,
        mark: Option<&'b Component>,
        says: &[Says],
    ) -> Self {
        let mut new = Weighed { base, info, found, mark, likelihoods: Likelihoods::default(), most: 0.0 };
        new.likelihoods = new.against(&[0.0; STRENGTHS], says);
        new.most = new.likelihoods.resembling.iter().map(|(_, gain)| gain).sum();
        new
    }

    /// What functions say for it where others resemble it at least so often, by how strongly.
    fn against(&self, others: &[f32; STRENGTHS], says: &[Says]) -> Likelihoods {
        let ratio = |strength: Strength| {
            // what is stronger says no less
            let kinds = IF_CARRIED.iter().zip(&self.info.chance).zip(others).take(strength as usize + 1);
            kinds
                .map(|((carried, chance), other)| {
                    libm::logf(carried / chance.max(*other).max(f32::MIN_POSITIVE))
                })
                .fold(0.0, f32::max)
        };
        // A known function is there once: of those that resemble it the strongest says so, the others say nothing.
        let mut best: BTreeMap<u32, (Strength, u32)> = BTreeMap::new();
        for (at, found) in &self.found {
            let (strength, first) = best.entry(found.function).or_insert((found.strength(), *at));
            if found.strength() > *strength {
                (*strength, *first) = (found.strength(), *at);
            }
        }
        let mut gains: BTreeMap<u32, f32> = BTreeMap::new();
        for (at, found) in &self.found {
            let is_best = best.get(&found.function).is_some_and(|(_, first)| first == at);
            gains.insert(*at, if is_best { ratio(found.strength()) } else { 0.0 });
        }
        for at in self.mark.iter().flat_map(|mark| &mark.functions) {
            if says.get(*at as usize).is_some_and(|says| *says != Says::Another) {
                *gains.entry(*at).or_default() += MARK;
            }
        }
        let unlike = libm::logf(1.0 - IF_CARRIED.iter().sum::<f32>());
        let none = if self.info.bytes_alone { NONE_OF_BYTES } else { unlike };
        Likelihoods { resembling: gains.into_iter().collect(), none }
    }

    /// Against the other functions of a program that carries it.
    fn beside(&self, says: &[Says]) -> Likelihoods {
        let [libraries, runtimes] = &BESIDE;
        let is_runtime = self.info.kind == ComponentKind::Runtime;
        self.against(if is_runtime { runtimes } else { libraries }, says)
    }

    /// How a function resembles it.
    pub(crate) fn resemblance(&self, at: u32) -> Option<Resemblance> {
        let place = self.found.binary_search_by_key(&at, |(function, _)| *function).ok()?;
        self.found.get(place).map(|(_, found)| *found)
    }
}

/// Leaves the components that are there, each by a stretch that is more than chance, and cuts the sample among them.
/// Returned for each function: whose it is, by its place in `weighed`.
pub(crate) fn settle(weighed: &mut Vec<Weighed<'_>>, says: &[Says]) -> Vec<Option<u16>> {
    let enter = enter(says.len());
    for _ in 0..MOST_ROUNDS {
        let likelihoods: Vec<&Likelihoods> = weighed.iter().map(|weighed| &weighed.likelihoods).collect();
        let evidence = evidence(&cut(says, &likelihoods, enter), says, &likelihoods);
        // without those that are not there, what they took may be another's
        let before = weighed.len();
        let mut present = evidence.iter().map(|evidence| *evidence >= PRESENT);
        weighed.retain(|_| present.next().unwrap_or(false));
        if weighed.len() == before {
            break;
        }
    }
    let beside: Vec<Likelihoods> = weighed.iter().map(|weighed| weighed.beside(says)).collect();
    cut(says, &beside.iter().collect::<Vec<_>>(), enter)
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
