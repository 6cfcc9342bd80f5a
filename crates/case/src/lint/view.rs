//! What several rules need to know of a case.

use crate::model::{Case, Item, Reference};
use std::collections::{BTreeMap, HashMap};

/// A case with what follows from it.
pub(super) struct View<'c> {
    pub case: &'c Case,
    /// By item: the observation it reports.
    pub observation_of: Vec<String>,
    /// By item: what it is worth.
    pub worth: Vec<Worth>,
    /// The item that stands for each observation.
    stands_for: HashMap<String, usize>,
}

/// What an item is worth, all judgements averaged.
#[derive(Clone, Debug, Default)]
pub(super) struct Worth {
    pub unlisted: f64,
    /// For the group's own doing, of the candidates that any judgement mentions.
    pub own: BTreeMap<usize, f64>,
    /// The greatest ratio of any two likelihoods stated in one judgement.
    pub ratio: f64,
    /// What its source and credibility let through.
    pub share: f64,
}

/// What counts as one: a dependence group, or the reports of one observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Unit<'c> {
    Group(usize),
    Observation(&'c str),
}

impl<'c> View<'c> {
    pub fn new(case: &'c Case) -> Self {
        let observation_of = case.observations();
        let mut stands_for: HashMap<String, usize> = HashMap::new();
        for (place, (item, observation)) in case.evidence.iter().zip(&observation_of).enumerate() {
            let rank = |place: usize| {
                case.evidence
                    .get(place)
                    .map(|item| (item.id != *observation, item.reported, item.id.as_str()))
            };
            let first = stands_for.entry(observation.clone()).or_insert(place);
            if rank(place) < rank(*first) {
                *first = place;
            }
            debug_assert!(!item.judgements.is_empty());
        }
        let worth = case.evidence.iter().map(|item| worth(case, item)).collect();
        View { case, observation_of, worth, stands_for }
    }

    /// Every item with its place.
    pub fn items(&self) -> impl Iterator<Item = (usize, &'c Item)> {
        self.case.evidence.iter().enumerate()
    }

    /// The item that stands for the observation of another; none where it stands for itself.
    pub fn original(&self, place: usize) -> Option<&'c Item> {
        let first = *self.stands_for.get(self.observation_of.get(place)?)?;
        if first == place { None } else { self.case.evidence.get(first) }
    }

    /// What an item counts with.
    pub fn unit(&self, place: usize) -> Unit<'_> {
        let group = self.case.evidence.get(place).and_then(|item| item.group.as_ref()).map(Reference::index);
        group.map_or_else(
            || Unit::Observation(self.observation_of.get(place).map_or("", String::as_str)),
            Unit::Group,
        )
    }

    /// Items that stand for their observation, with what they are worth.
    pub fn observations(&self) -> impl Iterator<Item = (usize, &'c Item, &Worth)> {
        self.items()
            .zip(&self.worth)
            .filter(|((place, _), _)| self.original(*place).is_none())
            .map(|((place, item), worth)| (place, item, worth))
    }
}

impl Worth {
    /// How much more probable the item is when the candidate is behind it (natural logarithm), after the weight.
    pub fn support(&self, candidate: usize) -> f64 {
        let own = self.own.get(&candidate).copied().unwrap_or(self.unlisted);
        let middle = (1.0 - self.share) * (own + self.unlisted) / 2.0;
        libm::log((self.share * own + middle) / (self.share * self.unlisted + middle))
    }

    /// The candidate that it speaks most for, where it speaks for one at all; of equals, the first.
    pub fn favoured(&self) -> Option<usize> {
        let supports = self.own.keys().map(|&candidate| (candidate, self.support(candidate)));
        let most = supports.filter(|(_, support)| *support >= crate::NOT_DIAGNOSTIC);
        most.max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)))
            .map(|(candidate, _)| candidate)
    }

    /// It tells hypotheses apart, by what was stated.
    pub fn tells(&self) -> bool {
        libm::log(self.ratio) >= crate::NOT_DIAGNOSTIC
    }
}

fn worth(case: &Case, item: &Item) -> Worth {
    let mut worth = Worth { ratio: 1.0, ..Worth::default() };
    let count = item.judgements.len().max(1) as f64;
    for judgement in &item.judgements {
        let likelihood = &judgement.likelihood;
        let (mut least, mut most) = (likelihood.unlisted, likelihood.unlisted);
        for roles in likelihood.on.values() {
            let stated = [
                Some(roles.tasked),
                Some(roles.untasked),
                Some(roles.contractor),
                roles.reuse,
                roles.false_flag,
            ];
            for value in stated.into_iter().flatten() {
                least = least.min(value);
                most = most.max(value);
            }
        }
        worth.ratio = worth.ratio.max(most / least);
        worth.unlisted += likelihood.unlisted / count;
    }
    for &candidate in item.judgements.iter().flat_map(|judgement| judgement.likelihood.on.keys()) {
        worth.own.entry(candidate).or_insert(0.0);
    }
    for (candidate, value) in &mut worth.own {
        let stated = item.judgements.iter().map(|judgement| &judgement.likelihood).map(|likelihood| {
            likelihood
                .on
                .get(candidate)
                .map_or(likelihood.unlisted, |roles| (roles.tasked + roles.untasked) / 2.0)
        });
        *value = stated.sum::<f64>() / count;
    }
    let reliability =
        item.source.of(&case.sources).map_or(crate::scale::Reliability::F, |source| source.reliability);
    worth.share = crate::weigh::share(reliability, item.credibility).value;
    worth
}
