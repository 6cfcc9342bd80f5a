//! Weighs evidence: from judgements to a probability for every hypothesis.
//!
//! 1. *Likelihood.* Each judgement is laid out over all hypotheses
//!    (`likelihood`); several analysts' judgements of one item are averaged.
//! 2. *One observation, once.* Reports of one origin are one observation. It is
//!    judged where it was first made; further reports can only raise the share
//!    of the effect that is let through, to that of the best report.
//! 3. *Source and credibility* let through a share `w` of what one item alone
//!    would do, the lesser of both grades (`share`): `P'(e|h) = w P(e|h) + (1-w)
//!    P(e)`, where `P(e)` is the prior-weighted mean over the hypotheses. With
//!    probability `1-w` the report says nothing, and would be made as often under
//!    every hypothesis: `P(h|e') = w P(h|e) + (1-w) P(h)`. The plain mean over
//!    hypotheses, which the method notes propose, changes when a hypothesis is
//!    split in two; this one does not. Of `w`, the source's part `rho` is common
//!    to all its items (5.), so that each item by itself keeps `w / rho`.
//! 4. *Dependence* (`group`). Each observation is a ladder of rungs, which put
//!    some hypotheses above all others (`ladder`). Within a group of correlation
//!    `r`, rungs that part the hypotheses alike are ranked by height, and the
//!    k-th counts `(1-r)^k`, k from 0. Like the design effect `n / (1+(n-1)r)` of
//!    the method notes this is n at r = 0, 1 at r = 1, and ends at `1/r`; unlike
//!    it, a neutral item in the group changes nothing, a weak one never weakens a
//!    strong one, and an item never draws the odds of two hypotheses against what
//!    it says of them.
//! 5. *One source is one* (`source`): what all its items count together is let
//!    through with the source's own share `rho`, once.
//! 6. *Bayes* (`odds`): `P(h|E)` is proportional to `P(h) exp(sum of supports)`,
//!    the sum over sources.

mod group;
mod ladder;
mod likelihood;
mod odds;
mod pool;
mod share;
mod source;

pub(crate) use group::{Groups, Ranked, power};
pub(crate) use ladder::order;
use ladder::{Rung, rungs};
pub(crate) use likelihood::{Mixture, Rule, lay_out};
pub(crate) use odds::{Against, add, log_odds, log_weights, posterior, probability, relative, spread};
pub(crate) use pool::Pool;
pub(crate) use share::{GRADE_UNCERTAINTY, Share, share};
pub(crate) use source::{Voice, believe, hear};

use crate::leaf::{Claim, Leaf, Level, claims, leaves};
use crate::model::{Case, Item, Judgement, Reference};
use crate::scale::{Forgeability, Reliability, Shareability};
use jiff::civil::Date;
use likelihood::Stated;
use std::collections::BTreeMap;

/// What is assumed where the case does not say how easily a trace is forged. Judgement.
pub(crate) const FORGEABILITY: Forgeability = Forgeability::Low;
/// What is assumed where the case does not say how widely its means are shared. Judgement.
pub(crate) const SHAREABILITY: Shareability = Shareability::Leaked;

/// The hypotheses and claims of a case.
#[derive(Debug)]
pub(crate) struct Frame<'c> {
    pub case: &'c Case,
    pub leaves: Vec<Leaf>,
    pub claims: Vec<Claim>,
    /// The observation each item of the case reports.
    pub observation_of: Vec<String>,
}

/// Which part of a case counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Selection {
    /// Reports up to this day.
    pub as_of: Option<Date>,
    /// This analyst's judgements go before all others.
    pub analyst: Option<usize>,
    /// Items of this source are left out.
    pub without_source: Option<usize>,
    /// Every item counts as an observation of its own, in no group.
    pub independent: bool,
}

/// One observation with all its reports.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    /// Its name: equal for copies.
    pub id: String,
    /// Places of the reports in the case; the first stands for it.
    pub reports: Vec<usize>,
    pub group: Option<usize>,
    /// The source of the report that stands for it.
    pub source: usize,
    pub weight: Share,
    /// By leaf, as judged.
    pub likelihood: Vec<f64>,
    pub expected: f64,
    /// By leaf, after the weight: what it is worth if it is all there is.
    pub effective: Vec<f64>,
    /// By leaf, `ln(effective / expected)`.
    pub support: Vec<f64>,
    /// The same taken apart, where it is in a group.
    pub rungs: Vec<Rung>,
}

/// Everything that counts, weighed.
#[derive(Clone, Debug)]
pub(crate) struct Weighed {
    /// By leaf, adding up to one.
    pub prior: Vec<f64>,
    /// Ascending by id.
    pub observations: Vec<Observation>,
    /// By observation, by leaf: what its group leaves of it, if its source is reliable.
    pub counted: Vec<Vec<f64>>,
    pub groups: Groups,
    /// Units taken as independent of one another: a group, or one observation.
    pub units: Vec<Unit>,
    /// By source, those of equal place together.
    pub voices: Vec<Voice>,
    /// By observation: its place in `voices`.
    pub voice_of: Vec<usize>,
    /// By leaf: the sum over the voices.
    pub support: Vec<f64>,
}

/// What observations come to together; see [`Weighed`].
struct Joined {
    counted: Vec<Vec<f64>>,
    groups: Groups,
    voices: Vec<Voice>,
    voice_of: Vec<usize>,
    support: Vec<f64>,
}

/// Observations that hang together.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub group: Option<usize>,
    /// Places in [`Weighed::observations`].
    pub members: Vec<usize>,
    pub correlation: f64,
}

impl<'c> Frame<'c> {
    pub fn new(case: &'c Case) -> Self {
        let leaves = leaves(case);
        let claims = claims(case, &leaves);
        Frame { case, leaves, claims, observation_of: case.observations() }
    }

    /// What a claim of a sponsor has to be told from: the group, untasked. None for other claims, and where the case
    /// takes whatever the group does to be tasked.
    pub fn against(&self, claim: &Claim) -> Option<Against> {
        let candidate = claim.candidate.filter(|_| claim.level == Level::Sponsor)?;
        let rest = self.leaves.iter().map(|leaf| Level::Group.holds(leaf, candidate) && !leaf.tasked);
        let rest: Vec<bool> = rest.collect();
        rest.contains(&true).then(|| Against { holds: claim.holds.clone(), rest })
    }

    /// By leaf, adding up to one.
    pub fn prior(&self) -> Vec<f64> {
        let sum: f64 = self.leaves.iter().map(|leaf| leaf.prior).sum();
        self.leaves.iter().map(|leaf| leaf.prior / sum).collect()
    }

    /// Whether an item counts.
    pub fn counts(item: &Item, selection: Selection) -> bool {
        selection.as_of.is_none_or(|day| item.reported <= day)
            && selection.without_source != Some(item.source.index())
    }

    /// The reports that count, by observation; the one that stands for it first.
    pub fn reports(&self, selection: Selection) -> BTreeMap<String, Vec<usize>> {
        let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, (item, id)) in self.case.evidence.iter().zip(&self.observation_of).enumerate() {
            if Self::counts(item, selection) {
                let id = if selection.independent { &*item.id } else { id };
                found.entry(id.clone()).or_default().push(place);
            }
        }
        for (id, reports) in &mut found {
            reports.sort_by_key(|&place| {
                self.case.evidence.get(place).map(|item| (item.id != *id, item.reported, item.id.to_string()))
            });
        }
        found
    }

    /// Weighs everything that counts.
    pub fn weigh(&self, selection: Selection) -> Weighed {
        let prior = self.prior();
        let observations: Vec<Observation> = self
            .reports(selection)
            .into_iter()
            .filter_map(|(id, reports)| self.observe(id, reports, selection, &prior))
            .collect();
        let Joined { counted, groups, voices, voice_of, support } =
            self.join(&observations, &prior, selection.independent, &[]);
        let units = self.units(&observations);
        Weighed { prior, observations, counted, groups, units, voices, voice_of, support }
    }

    /// The support of everything without some of the observations.
    pub fn without(&self, weighed: &Weighed, left_out: &[usize]) -> Vec<f64> {
        self.join(&weighed.observations, &weighed.prior, false, left_out).support
    }

    fn join(
        &self,
        observations: &[Observation],
        prior: &[f64],
        independent: bool,
        left_out: &[usize],
    ) -> Joined {
        let (mut voices, voice_of) = self.voices(observations, independent, left_out);
        let reliability = |place: usize| {
            voice_of.get(place).and_then(|&voice| voices.get(voice)).map_or(1.0, |voice| voice.reliability)
        };
        let group_of = |place: usize| {
            let group = observations.get(place)?.group.filter(|_| !left_out.contains(&place))?;
            Some((group, 1.0 - self.case.groups.get(group).map_or(1.0, |group| group.correlation)))
        };
        let all = |groups: &Groups| -> Vec<Vec<f64>> {
            let places = 0..observations.len();
            places.map(|place| counted(groups, place, observations, reliability(place), prior)).collect()
        };
        // What each source says by itself tells what of it is news; then all sources together.
        let by_itself = |place: usize| {
            let (group, kept) = group_of(place)?;
            Some((group + voice_of.get(place)? * self.case.groups.len(), kept))
        };
        let alone = all(&Groups::new(observations, by_itself, |_| 1.0));
        let news = source::news(&voices, observations, &alone, prior);
        let groups = Groups::new(observations, group_of, |place| news.get(place).copied().unwrap_or(1.0));
        let counted = all(&groups);
        let mut support = vec![0.0; prior.len()];
        for voice in &mut voices {
            voice.joint = vec![0.0; prior.len()];
            for row in voice.members.iter().filter_map(|&member| counted.get(member)) {
                add(&mut voice.joint, row);
            }
            voice.support = source::heard(&voice.joint, voice.reliability, prior);
            add(&mut support, &voice.support);
        }
        Joined { counted, groups, voices, voice_of, support }
    }

    /// Who says what: by source, in the order of their ids; each observation by itself where all are independent.
    fn voices(
        &self,
        observations: &[Observation],
        independent: bool,
        left_out: &[usize],
    ) -> (Vec<Voice>, Vec<usize>) {
        let mut by_source: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
        for (place, one) in observations.iter().enumerate().filter(|(place, _)| !left_out.contains(place)) {
            let id = self.case.sources.get(one.source).map_or("", |source| source.id.as_str());
            let apart = if independent { place } else { 0 };
            by_source.entry((id, apart)).or_default().push(place);
        }
        let mut voice_of = vec![0; observations.len()];
        let voices = by_source.into_values().enumerate().filter_map(|(voice, members)| {
            for &member in &members {
                if let Some(slot) = voice_of.get_mut(member) {
                    *slot = voice;
                }
            }
            let source = observations.get(*members.first()?)?.source;
            let grade = self.case.sources.get(source).and_then(|source| source.reliability.share());
            let weights = members.iter().filter_map(|&member| observations.get(member));
            // Of a source that cannot be judged as much is taken to be true as of the best that it says; and whoever
            // repeats it and is better graded lends that to all that the source says, once.
            let best = weights.map(|one| one.weight.value).fold(0.0, f64::max);
            let reliability = grade.map_or(best, |grade| grade.max(best));
            Some(Voice { source, reliability, members, joint: Vec::new(), support: Vec::new() })
        });
        (voices.collect(), voice_of)
    }

    fn observe(
        &self,
        id: String,
        reports: Vec<usize>,
        selection: Selection,
        prior: &[f64],
    ) -> Option<Observation> {
        let item = self.case.evidence.get(*reports.first()?)?;
        let mut likelihood = vec![0.0; self.leaves.len()];
        let judgements = judgements(item, selection);
        for judgement in &judgements {
            add(&mut likelihood, &self.laid_out(item, judgement));
        }
        for value in &mut likelihood {
            *value /= judgements.len() as f64;
        }
        let weight = self.share(&reports);
        // Whoever said it first is whose word it is: papers that repeat it are no witnesses of their own.
        let source = item.source.index();
        let expected: f64 = likelihood.iter().zip(prior).map(|(value, prior)| value * prior).sum();
        let effective: Vec<f64> =
            likelihood.iter().map(|value| weight.value * value + (1.0 - weight.value) * expected).collect();
        let support: Vec<f64> = effective.iter().map(|value| libm::log(value / expected)).collect();
        let group = if selection.independent { None } else { item.group.as_ref().map(Reference::index) };
        let rungs = group.map_or_else(Vec::new, |_| rungs(&order(&likelihood), &support));
        Some(Observation {
            id,
            reports,
            group,
            source,
            weight,
            likelihood,
            expected,
            effective,
            support,
            rungs,
        })
    }

    /// One judgement over all hypotheses: for each the likelihood, by the rule that gives it.
    pub fn rules(&self, item: &Item, judgement: &Judgement) -> impl Iterator<Item = Rule> {
        let forged = item.forgeability.unwrap_or(FORGEABILITY).share();
        let shared = item.shareability.unwrap_or(SHAREABILITY).share();
        let stated = Stated::new(&judgement.likelihood, forged, shared, |value| value);
        self.leaves.iter().map(move |leaf| stated.under(leaf))
    }

    /// One judgement over all hypotheses.
    pub fn laid_out(&self, item: &Item, judgement: &Judgement) -> Vec<f64> {
        self.rules(item, judgement).map(Rule::value).collect()
    }

    /// What one report lets through.
    pub fn share_of(&self, item: &Item) -> Share {
        let source = item.source.of(&self.case.sources);
        share(source.map_or(Reliability::F, |source| source.reliability), item.credibility)
    }

    /// The share of the best report.
    fn share(&self, reports: &[usize]) -> Share {
        let items = reports.iter().filter_map(|&place| self.case.evidence.get(place));
        items.map(|item| self.share_of(item)).fold(Share { value: 0.0, range: None }, share::best)
    }

    fn units(&self, observations: &[Observation]) -> Vec<Unit> {
        let mut grouped: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
        let mut units = Vec::new();
        for (place, observation) in observations.iter().enumerate() {
            match observation.group {
                // By id, so that the order of the file plays no part.
                Some(group) => {
                    let id = self.case.groups.get(group).map_or("", |group| group.id.as_str());
                    grouped.entry((id, group)).or_default().push(place);
                }
                None => units.push(Unit { group: None, members: vec![place], correlation: 0.0 }),
            }
        }
        units.extend(grouped.into_iter().map(|((_, group), members)| {
            let correlation = self.case.groups.get(group).map_or(1.0, |group| group.correlation);
            Unit { group: Some(group), members, correlation }
        }));
        units
    }
}

impl Observation {
    /// By leaf: its support if its source, which is so with the probability `reliability`, is reliable.
    pub fn given(&self, reliability: f64) -> Vec<f64> {
        let kept = (self.weight.value / reliability).min(1.0);
        let ratios = self.likelihood.iter().map(|value| value / self.expected);
        ratios.map(|ratio| libm::log(kept * ratio + (1.0 - kept))).collect()
    }
}

/// By leaf: what the group of an observation leaves of it, if its source is reliable.
fn counted(
    groups: &Groups,
    place: usize,
    observations: &[Observation],
    reliability: f64,
    prior: &[f64],
) -> Vec<f64> {
    let Some(observation) = observations.get(place) else { return vec![0.0; prior.len()] };
    if groups.rungs_of(place).all(|ranked| ranked.before == 0) {
        return observation.given(reliability);
    }
    let mut left = groups.left(place, prior.len());
    believe(&mut left, reliability, prior);
    left
}

/// The judgements of an item that count: that of the selected analyst, where there is one; otherwise all of the day.
pub(crate) fn judgements(item: &Item, selection: Selection) -> Vec<&Judgement> {
    let known = |judgement: &&Judgement| match (selection.as_of, judgement.date) {
        (Some(day), Some(from)) => from <= day,
        _ => true,
    };
    let all: Vec<&Judgement> = item.judgements.iter().filter(known).collect();
    let of_analyst = all.iter().find(|judgement| {
        selection.analyst.is_some() && judgement.by.as_ref().map(Reference::index) == selection.analyst
    });
    match of_analyst {
        Some(judgement) => vec![*judgement],
        None => all,
    }
}

impl Weighed {
    /// The place of the voice that makes an observation.
    pub fn voice(&self, observation: usize) -> usize {
        self.voice_of.get(observation).copied().unwrap_or_default()
    }
}
