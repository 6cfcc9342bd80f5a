//! Puts an assessment together.
//!
//! [`assess`] is a function of the case, the date and the options: the same
//! three give the same document, whatever the order of the file's items and
//! the number of threads.

use crate::assessment::*;
use crate::confidence::{Ground, Leg, NOT_DIAGNOSTIC, confidence};
use crate::draw::{self, Intervals, SEED, intervals, points};
use crate::leaf::{Claim, Level};
use crate::lint::lint;
use crate::model::Case;
use crate::prose;
use crate::scale::{Aspect, GRADES, Tlp, Vertex};
use crate::weigh::{
    FORGEABILITY, Frame, Observation, Parts, SHAREABILITY, Selection, Weighed, judgements, log_odds, parts,
    posterior, probability, spread,
};
use crate::wording::Scheme;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Most linchpins, contributions of one claim, contradictions in a document.
const MOST_LISTED: usize = 100;
/// Most days of a timeline.
const MOST_DAYS: usize = 60;
/// Fewest, where there are as many.
const LEAST_DAYS: usize = 8;
/// Most sources that are left out in turn: those with most items.
const MOST_SOURCES: usize = 200;
/// Priors that readers may hold.
const OTHER_PRIORS: [f64; 5] = [0.01, 0.05, 0.10, 0.25, 0.50];

/// How to assess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The last day whose reports count; none for all.
    pub as_of: Option<Date>,
    /// The standard of the wording.
    pub scheme: Scheme,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { as_of: None, scheme: Scheme::default(), seed: SEED }
    }
}

/// Assesses a case.
///
/// `sha256` names the case file in the document. Never fails: a case that was
/// read can be assessed, at the worst with nothing but its priors.
///
/// ```
/// let text = r#"
/// [case]
/// id = "example"
/// title = "Example"
/// question = "Who did it?"
/// [unlisted]
/// prior = 0.8
/// reason = "most intrusions are by somebody else"
/// [[candidate]]
/// id = "x"
/// name = "Group X"
/// prior = { untasked = 0.1, reuse = 0.05, false-flag = 0.05, reason = "seen in the region" }
/// "#;
/// let case = cognate_case::Case::parse(text)?;
/// let assessment = cognate_case::assess(&case, "", &cognate_case::Options::default());
/// assert_eq!(assessment.counts.items, 0);
/// assert!((assessment.claims[0].probability - 0.15).abs() < 1e-12, "code base: the group, or others with its code");
/// # Ok::<(), cognate_case::Error>(())
/// ```
#[must_use]
pub fn assess(case: &Case, sha256: &str, options: &Options) -> Assessment {
    let frame = Frame::new(case);
    let selection = Selection { as_of: options.as_of, ..Selection::default() };
    let weighed = frame.weigh(selection);
    let work = Work::new(&frame, &weighed, selection, options);
    let items = work.items();
    let contradictions = work.contradictions();
    let analysts = work.analysts();
    let claims = work.claims(&analysts, &contradictions);
    let counts = work.counts();
    let present: BTreeSet<_> = items.iter().filter(|item| item.diagnostic).map(|item| item.kind).collect();
    let mut assessment = Assessment {
        schema: SCHEMA,
        case: work.summary(sha256),
        as_of: options.as_of,
        method: Method {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scheme: options.scheme,
            draws: work.intervals.draws,
            seed: options.seed,
            prior_uncertainty: case.prior_uncertainty,
            grades: GRADES,
            not_diagnostic_below: NOT_DIAGNOSTIC,
        },
        counts,
        headline: prose::headline(options.as_of, counts, &claims),
        candidates: work.candidates(),
        hypotheses: work.hypotheses(&items),
        linchpins: work.linchpins(&claims),
        prospects: crate::prospect::prospects(&frame, &work.posterior, &present),
        coverage: coverage(&items),
        timeline: work.timeline(),
        groups: work.groups(),
        sources: work.sources(),
        findings: lint(case),
        claims,
        items,
        analysts,
        contradictions,
        unknown: Vec::new(),
    };
    assessment.unknown = crate::unknown::unknown(&assessment);
    assessment
}

/// What every part of an assessment looks at.
struct Work<'w> {
    frame: &'w Frame<'w>,
    weighed: &'w Weighed,
    selection: Selection,
    options: &'w Options,
    prior: Vec<f64>,
    posterior: Vec<f64>,
    intervals: Intervals,
    /// By unit.
    parts: Vec<Parts>,
    /// By observation: its unit, and its place there.
    seat: Vec<(usize, usize)>,
}

impl<'w> Work<'w> {
    fn new(frame: &'w Frame<'w>, weighed: &'w Weighed, selection: Selection, options: &'w Options) -> Self {
        let prior = frame.prior();
        let posterior = posterior(&prior, &weighed.support);
        let draws = draw::draws(weighed.observations.len() * frame.leaves.len());
        let mut seat = vec![(usize::MAX, usize::MAX); weighed.observations.len()];
        for (unit, members) in weighed.units.iter().map(|unit| &unit.members).enumerate() {
            for (place, &member) in members.iter().enumerate() {
                if let Some(seat) = seat.get_mut(member) {
                    *seat = (unit, place);
                }
            }
        }
        Work {
            frame,
            weighed,
            selection,
            options,
            posterior,
            intervals: intervals(frame, weighed, selection, options.seed, draws),
            parts: weighed.units.iter().map(|unit| parts(weighed, unit)).collect(),
            seat,
            prior,
        }
    }

    fn item_id(&self, place: usize) -> String {
        self.frame.case.evidence.get(place).map(|item| item.id.clone()).unwrap_or_default()
    }

    fn item_ids(&self, places: impl IntoIterator<Item = usize>) -> Vec<String> {
        places.into_iter().map(|place| self.item_id(place)).collect()
    }

    /// The item that stands for an observation.
    fn standing(&self, observation: &Observation) -> String {
        observation.reports.first().map(|&place| self.item_id(place)).unwrap_or_default()
    }

    fn summary(&self, sha256: &str) -> CaseSummary {
        let case = self.frame.case;
        let counted = case.evidence.iter().filter(|item| Frame::counts(item, self.selection));
        let strictest = counted.map(|item| case.tlp_of(item)).max().unwrap_or(Tlp::Clear);
        CaseSummary {
            id: case.id.clone(),
            title: case.title.clone(),
            question: case.question.clone(),
            summary: case.summary.clone(),
            incident: case.incident,
            tlp: strictest.max(case.tlp),
            authors: case.authors.clone(),
            references: case.references.clone(),
            sha256: sha256.to_owned(),
        }
    }

    fn counts(&self) -> Counts {
        let count = |number: usize| number as u64;
        let items: usize =
            self.weighed.observations.iter().map(|observation| observation.reports.len()).sum();
        let telling = |observation: &&Observation| spread(&observation.support) >= NOT_DIAGNOSTIC;
        Counts {
            items: count(items),
            observations: count(self.weighed.observations.len()),
            independent: count(self.weighed.units.len()),
            diagnostic: count(self.weighed.observations.iter().filter(telling).count()),
            later: count(self.frame.case.evidence.len().saturating_sub(items)),
        }
    }

    fn candidates(&self) -> Vec<CandidateSummary> {
        let summary = |candidate: &crate::model::Candidate| CandidateSummary {
            id: candidate.id.clone(),
            name: candidate.name.clone(),
            sponsor: candidate.sponsor.clone(),
            attack: candidate.attack.clone(),
            misp: candidate.misp.clone(),
            note: candidate.note.clone(),
            prior_reason: candidate.prior.reason.clone(),
        };
        self.frame.case.candidates.iter().map(summary).collect()
    }

    fn candidate_id(&self, place: Option<usize>) -> Option<String> {
        place.and_then(|place| self.frame.case.candidates.get(place)).map(|candidate| candidate.id.clone())
    }

    fn hypotheses(&self, items: &[ItemView]) -> Vec<HypothesisView> {
        let inconsistency = self.inconsistency(items);
        let views = self.frame.leaves.iter().enumerate().map(|(place, leaf)| {
            let own = inconsistency.get(place).copied().unwrap_or_default();
            let better = inconsistency.iter().filter(|other| **other < own - 1e-9).count();
            let (low, high) = self.intervals.leaves.get(place).copied().unwrap_or_default();
            HypothesisView {
                id: leaf.id.clone(),
                candidate: self.candidate_id(leaf.candidate),
                role: leaf.role,
                by: self.candidate_id(leaf.by),
                statement: prose::hypothesis(self.frame.case, leaf),
                prior: self.prior.get(place).copied().unwrap_or_default(),
                probability: self.posterior.get(place).copied().unwrap_or_default(),
                low,
                high,
                inconsistency: own,
                ach_rank: u32::try_from(better).unwrap_or(u32::MAX).saturating_add(1),
            }
        });
        views.collect()
    }

    /// By hypothesis: the sum over observations of weight times inconsistency.
    fn inconsistency(&self, items: &[ItemView]) -> Vec<f64> {
        let mut sums = vec![0.0; self.frame.leaves.len()];
        let observations: BTreeMap<&str, &ItemView> = items
            .iter()
            .filter(|item| !matches!(item.counting, Counting::CopyOf { .. }))
            .map(|item| (item.id.as_str(), item))
            .collect();
        for item in observations.values() {
            for (sum, mark) in sums.iter_mut().zip(&item.ach) {
                let score = match mark {
                    AchMark::VeryInconsistent => 2.0,
                    AchMark::Inconsistent => 1.0,
                    AchMark::Neutral | AchMark::Consistent => 0.0,
                };
                *sum += item.weight * score;
            }
        }
        sums
    }

    fn items(&self) -> Vec<ItemView> {
        let mut views: Vec<(usize, ItemView)> = Vec::new();
        for (observation, seat) in self.weighed.observations.iter().zip(&self.seat) {
            for &place in &observation.reports {
                if let Some(view) = self.item(place, observation, *seat) {
                    views.push((place, view));
                }
            }
        }
        views.sort_by_key(|(place, _)| *place);
        views.into_iter().map(|(_, view)| view).collect()
    }

    fn item(&self, place: usize, observation: &Observation, seat: (usize, usize)) -> Option<ItemView> {
        let case = self.frame.case;
        let item = case.evidence.get(place)?;
        let source = case.sources.get(item.source)?;
        let first = observation.reports.first() == Some(&place);
        let counting = match observation.reports.as_slice() {
            [_] => Counting::Alone,
            [_, copies @ ..] if first => {
                Counting::Represents { copies: self.item_ids(copies.iter().copied()) }
            }
            _ => Counting::CopyOf { item: self.standing(observation) },
        };
        let counted =
            self.parts.get(seat.0).and_then(|parts| parts.counted.get(seat.1)).cloned().unwrap_or_default();
        let diagnosticity = spread(&observation.support);
        let judged = judgements(item, self.selection).into_iter().map(|judgement| JudgementView {
            by: judgement.by.and_then(|by| case.analysts.get(by)).map(|analyst| analyst.id.clone()),
            date: judgement.date.unwrap_or(item.reported),
            rationale: judgement.rationale.clone(),
            likelihood: self.frame.laid_out(item, judgement),
            uncertainty: judgement.uncertainty,
        });
        Some(ItemView {
            id: item.id.clone(),
            title: item.title.clone(),
            kind: item.kind,
            aspect: item.aspect,
            vertex: item.vertex,
            observation: item.observation.clone(),
            artefacts: item.artefacts.clone(),
            references: item.references.clone(),
            source: source.id.clone(),
            reliability: source.reliability,
            credibility: item.credibility,
            origin: item.origin.clone(),
            observation_id: observation.id.clone(),
            observed: item.observed,
            reported: item.reported,
            group: item.group.and_then(|group| case.groups.get(group)).map(|group| group.id.clone()),
            forgeability: item.forgeability.unwrap_or(FORGEABILITY),
            shareability: item.shareability.unwrap_or(SHAREABILITY),
            assumed: item.forgeability.is_none() || item.shareability.is_none(),
            tlp: case.tlp_of(item),
            counting,
            weight: observation.weight.value,
            weight_range: observation.weight.range,
            judgements: judged.collect(),
            likelihood: observation.likelihood.clone(),
            expected: observation.expected,
            effective: observation.effective.clone(),
            support: observation.support.clone(),
            counted,
            diagnosticity,
            diagnostic: diagnosticity >= NOT_DIAGNOSTIC,
            ach: ach(&observation.likelihood),
            measured: item.measured.clone(),
        })
    }

    /// The support of everything without one unit.
    fn without_unit(&self, unit: usize) -> Vec<f64> {
        let own = self.weighed.units.get(unit).map(|unit| unit.support.as_slice()).unwrap_or_default();
        self.weighed.support.iter().zip(own).map(|(all, own)| all - own).collect()
    }

    /// The support of everything without one observation.
    fn without_observation(&self, seat: (usize, usize)) -> Vec<f64> {
        let mut support = self.without_unit(seat.0);
        if let Some(rest) = self.parts.get(seat.0).and_then(|parts| parts.without.get(seat.1))
            && self.weighed.units.get(seat.0).is_some_and(|unit| unit.members.len() > 1)
        {
            crate::weigh::add(&mut support, rest);
        }
        support
    }

    fn analysts(&self) -> Vec<AnalystView> {
        let case = self.frame.case;
        let judged = |analyst: usize| -> Vec<String> {
            let counted = case.evidence.iter().filter(|item| Frame::counts(item, self.selection));
            let own = counted.filter(|item| {
                judgements(item, self.selection).iter().any(|judgement| judgement.by == Some(analyst))
            });
            own.map(|item| item.id.clone()).collect()
        };
        let views = case.analysts.iter().enumerate().filter_map(|(place, analyst)| {
            let judged = judged(place);
            if judged.is_empty() {
                return None;
            }
            let own = self.frame.weigh(Selection { analyst: Some(place), ..self.selection });
            Some(AnalystView {
                id: analyst.id.clone(),
                name: analyst.name.clone(),
                note: analyst.note.clone(),
                judged,
                probabilities: points(&self.frame.claims, &posterior(&self.prior, &own.support)),
            })
        });
        views.collect()
    }

    fn claims(&self, analysts: &[AnalystView], contradictions: &[Contradiction]) -> Vec<ClaimView> {
        let independent = self.frame.weigh(Selection { independent: true, ..self.selection });
        let independent = posterior(&self.prior, &independent.support);
        let without: Vec<Vec<f64>> =
            (0..self.weighed.units.len()).map(|unit| self.without_unit(unit)).collect();
        let nothing = vec![0.0; self.prior.len()];
        let alone: Vec<Vec<f64>> = self.seat.iter().map(|seat| self.without_observation(*seat)).collect();
        let views = self.frame.claims.iter().enumerate().map(|(place, claim)| {
            let odds = log_odds(claim, &self.prior, &self.weighed.support);
            let drop = |support: &Vec<f64>| odds - log_odds(claim, &self.prior, support);
            let before = log_odds(claim, &self.prior, &nothing);
            let units = self.weighed.units.iter().zip(&without).map(|(unit, without)| {
                let alone = log_odds(claim, &self.prior, &unit.support) - before;
                (alone + drop(without)) / 2.0
            });
            let units: Vec<f64> = units.collect();
            let observations: Vec<f64> = alone.iter().map(drop).collect();
            let own = |view: &AnalystView| view.probabilities.get(place).copied().unwrap_or_default();
            let (low, high) = self.intervals.claims.get(place).copied().unwrap_or_default();
            let value = probability(claim, &self.posterior);
            let candidate = self.candidate_id(claim.candidate);
            let open =
                contradictions.iter().filter(|found| Some(&found.candidate) == candidate.as_ref()).count();
            let ground = Ground {
                probability: value,
                low,
                high,
                legs: self.legs(&units),
                units,
                analysts: analysts.iter().map(own).collect(),
                contradictions: open,
            };
            let multiplier = libm::exp(odds - before);
            ClaimView {
                id: claim.id.clone(),
                candidate,
                level: claim.level,
                statement: prose::statement(self.frame.case, claim),
                prior: probability(claim, &self.prior),
                probability: value,
                low,
                high,
                wording: self.options.scheme.word(value, low, high),
                confidence: confidence(&ground, self.options.scheme),
                odds_multiplier: multiplier,
                other_priors: OTHER_PRIORS.iter().map(|&prior| other(prior, multiplier)).collect(),
                if_independent: probability(claim, &independent),
                speaks_for: self.contributions(&observations, 1.0),
                speaks_against: self.contributions(&observations, -1.0),
            }
        });
        views.collect()
    }

    /// Each observation's part of what its unit does to a claim.
    fn legs(&self, units: &[f64]) -> Vec<Leg> {
        let sizes = self.weighed.units.iter().map(|unit| {
            let members = unit.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            members.map(|observation| spread(&observation.support)).sum::<f64>()
        });
        let sizes: Vec<f64> = sizes.collect();
        let legs = self.weighed.observations.iter().zip(&self.seat).filter_map(|(observation, seat)| {
            let item = self.frame.case.evidence.get(*observation.reports.first()?)?;
            let (unit, size) = (units.get(seat.0)?, sizes.get(seat.0)?);
            let share = if *size > 0.0 { spread(&observation.support) / size } else { 0.0 };
            Some(Leg {
                log_odds: unit * share,
                aspect: item.aspect,
                forgeability: item.forgeability.unwrap_or(FORGEABILITY),
                source: self.frame.case.sources.get(item.source)?.id.clone(),
                can_be_judged: observation.weight.range.is_none(),
            })
        });
        legs.collect()
    }

    fn contributions(&self, observations: &[f64], sign: f64) -> Vec<Contribution> {
        let pairs = self.weighed.observations.iter().zip(observations);
        let mut found: Vec<Contribution> = pairs
            .filter(|(_, change)| sign * **change > 1e-6)
            .map(|(observation, change)| Contribution { item: self.standing(observation), log_odds: *change })
            .collect();
        found.sort_by(|one, other| {
            other.log_odds.abs().total_cmp(&one.log_odds.abs()).then_with(|| one.item.cmp(&other.item))
        });
        found.truncate(MOST_LISTED);
        found
    }

    fn linchpins(&self, claims: &[ClaimView]) -> Vec<Linchpin> {
        let mut found = Vec::new();
        for (observation, seat) in self.weighed.observations.iter().zip(&self.seat) {
            let items = self.item_ids(observation.reports.iter().copied());
            let without = self.without_observation(*seat);
            found.push(self.linchpin(
                Pillar::Observation,
                self.standing(observation),
                items,
                &without,
                claims,
            ));
        }
        for (place, unit) in self.weighed.units.iter().enumerate().filter(|(_, unit)| unit.members.len() > 1)
        {
            let Some(group) = unit.group.and_then(|group| self.frame.case.groups.get(group)) else {
                continue;
            };
            let members = unit.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            let items = self.item_ids(members.flat_map(|observation| observation.reports.iter().copied()));
            found.push(self.linchpin(
                Pillar::Group,
                group.id.clone(),
                items,
                &self.without_unit(place),
                claims,
            ));
        }
        let mut sources = self.sources_with_items();
        sources.sort_by_key(|(source, items)| (std::cmp::Reverse(items.len()), *source));
        for (place, items) in sources.into_iter().take(MOST_SOURCES).filter(|(_, items)| items.len() > 1) {
            let Some(source) = self.frame.case.sources.get(place) else { continue };
            let without =
                self.frame.weigh(Selection { without_source: Some(place), ..self.selection }).support;
            found.push(self.linchpin(
                Pillar::Source,
                source.id.clone(),
                self.item_ids(items),
                &without,
                claims,
            ));
        }
        found.sort_by(|one, other| {
            other
                .greatest_change
                .total_cmp(&one.greatest_change)
                .then_with(|| (one.pillar, &one.id).cmp(&(other.pillar, &other.id)))
        });
        found.truncate(MOST_LISTED);
        found
    }

    fn linchpin(
        &self,
        pillar: Pillar,
        id: String,
        items: Vec<String>,
        support: &[f64],
        claims: &[ClaimView],
    ) -> Linchpin {
        let probabilities = points(&self.frame.claims, &posterior(&self.prior, support));
        let pairs = || claims.iter().zip(&probabilities);
        let greatest_change =
            pairs().map(|(claim, value)| (claim.probability - value).abs()).fold(0.0, f64::max);
        let reworded =
            pairs().filter(|(claim, value)| self.options.scheme.term(**value) != claim.wording.term);
        let rewords = reworded.map(|(claim, _)| claim.id.clone()).collect();
        Linchpin { pillar, id, items, greatest_change, rewords, probabilities }
    }

    /// Sources with the places of their items that count.
    fn sources_with_items(&self) -> Vec<(usize, Vec<usize>)> {
        let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, item) in self.frame.case.evidence.iter().enumerate() {
            if Frame::counts(item, self.selection) {
                found.entry(item.source).or_default().push(place);
            }
        }
        found.into_iter().collect()
    }

    fn sources(&self) -> Vec<SourceView> {
        let view = |(place, items): (usize, Vec<usize>)| {
            let source = self.frame.case.sources.get(place)?;
            Some(SourceView {
                id: source.id.clone(),
                name: source.name.clone(),
                kind: source.kind,
                reliability: source.reliability,
                reason: source.reason.clone(),
                url: source.url.clone(),
                items: self.item_ids(items),
            })
        };
        self.sources_with_items().into_iter().filter_map(view).collect()
    }

    fn groups(&self) -> Vec<GroupView> {
        let view = |unit: &crate::weigh::Unit| {
            let group = self.frame.case.groups.get(unit.group?)?;
            let members = unit.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            Some(GroupView {
                id: group.id.clone(),
                correlation: group.correlation,
                reason: group.reason.clone(),
                items: self.item_ids(members.flat_map(|observation| observation.reports.iter().copied())),
                observations: unit.members.len() as u64,
            })
        };
        self.weighed.units.iter().filter_map(view).collect()
    }

    /// Pairs of observations on one artefact that point opposite ways.
    fn contradictions(&self) -> Vec<Contradiction> {
        let mut by_artefact: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, observation) in self.weighed.observations.iter().enumerate() {
            let items = observation.reports.iter().filter_map(|&place| self.frame.case.evidence.get(place));
            let artefacts: BTreeSet<String> =
                items.flat_map(|item| item.artefacts.iter().map(|a| a.to_lowercase())).collect();
            for artefact in artefacts {
                by_artefact.entry(artefact).or_default().push(place);
            }
        }
        let groups: Vec<&Claim> =
            self.frame.claims.iter().filter(|claim| claim.level == Level::Group).collect();
        by_artefact.retain(|_, places| places.len() > 1);
        // Once an observation: many artefacts may join the same ones.
        let shared: BTreeSet<usize> = by_artefact.values().flatten().copied().collect();
        let towards: BTreeMap<usize, Vec<f64>> = shared
            .into_iter()
            .map(|place| (place, groups.iter().map(|claim| self.towards(claim, place)).collect()))
            .collect();
        let mut found: BTreeMap<(usize, usize, String), Contradiction> = BTreeMap::new();
        'all: for (artefact, places) in &by_artefact {
            for (group, place, other) in opposed(groups.len(), places, &towards) {
                if found.len() >= MOST_LISTED {
                    break 'all;
                }
                let Some(claim) = groups.get(group) else { continue };
                let key = (place, other, claim.id.clone());
                if let Some(known) = found.get_mut(&key) {
                    known.artefacts.push(artefact.clone());
                } else if let Some(made) = self.contradiction(claim, place, other, artefact) {
                    found.insert(key, made);
                }
            }
        }
        found.into_values().collect()
    }

    /// The log ratio of likelihoods of one observation for a claim against the rest, after its weight.
    fn towards(&self, claim: &Claim, place: usize) -> f64 {
        let support = self.weighed.observations.get(place).map(|observation| observation.support.as_slice());
        let none = vec![0.0; self.prior.len()];
        support.map_or(0.0, |support| {
            log_odds(claim, &self.prior, support) - log_odds(claim, &self.prior, &none)
        })
    }

    fn contradiction(
        &self,
        claim: &Claim,
        place: usize,
        other: usize,
        artefact: &str,
    ) -> Option<Contradiction> {
        let (one, two) = (self.weighed.observations.get(place)?, self.weighed.observations.get(other)?);
        let effort = |observation: &Observation| {
            let item = self.frame.case.evidence.get(*observation.reports.first()?)?;
            Some(item.forgeability.unwrap_or(FORGEABILITY))
        };
        Some(Contradiction {
            candidate: self.candidate_id(claim.candidate)?,
            speaks_for: self.standing(one),
            speaks_against: self.standing(two),
            artefacts: vec![artefact.to_owned()],
            suggests_deception: effort(one)? < effort(two)?,
            support_for: self.towards(claim, place),
            support_against: self.towards(claim, other),
        })
    }

    fn timeline(&self) -> Vec<Moment> {
        let case = self.frame.case;
        let mut days: BTreeMap<Date, Vec<String>> = BTreeMap::new();
        for item in case.evidence.iter().filter(|item| Frame::counts(item, self.selection)) {
            days.entry(item.reported).or_default().push(item.id.clone());
            let later = judgements(item, self.selection).into_iter().filter_map(|judgement| judgement.date);
            for date in later.filter(|date| *date > item.reported) {
                days.entry(date).or_default();
            }
        }
        let each = (self.weighed.observations.len() * self.frame.leaves.len()).max(1);
        let most = draw::affordable_days(each).clamp(LEAST_DAYS, MOST_DAYS);
        let step = days.len().div_ceil(most).max(1);
        let last = days.len().saturating_sub(1);
        let chosen: Vec<(usize, Date)> = days
            .keys()
            .copied()
            .enumerate()
            .filter(|(place, _)| place % step == 0 || *place == last)
            .collect();
        let mut before = None;
        let chosen_days = chosen.len();
        let mut moments = Vec::with_capacity(chosen_days);
        for (_, date) in chosen {
            let selection = Selection { as_of: Some(date), ..self.selection };
            let weighed = self.frame.weigh(selection);
            let draws =
                draw::draws_of_a_day(weighed.observations.len() * self.frame.leaves.len(), chosen_days);
            let bounds = intervals(self.frame, &weighed, selection, self.options.seed, draws);
            let since = days.range(..=date).filter(|(day, _)| before.is_none_or(|before| **day > before));
            moments.push(Moment {
                date,
                reported: since.flat_map(|(_, items)| items.iter().cloned()).collect(),
                probabilities: points(&self.frame.claims, &posterior(&self.prior, &weighed.support)),
                low: bounds.claims.iter().map(|bounds| bounds.0).collect(),
                high: bounds.claims.iter().map(|bounds| bounds.1).collect(),
            });
            before = Some(date);
        }
        moments
    }
}

/// Pairs of observations that point opposite ways on a claim, by the claim's place, the one that speaks for it first.
/// `towards` holds for each observation its log ratio of likelihoods for each claim.
fn opposed(
    claims: usize,
    places: &[usize],
    towards: &BTreeMap<usize, Vec<f64>>,
) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    for claim in 0..claims {
        let value = |place: &usize| towards.get(place).and_then(|row| row.get(claim)).copied().unwrap_or(0.0);
        let pro = places.iter().filter(|place| value(place) >= NOT_DIAGNOSTIC);
        let contra: Vec<&usize> =
            places.iter().filter(|place| value(place) <= -NOT_DIAGNOSTIC).take(MOST_LISTED).collect();
        for one in pro {
            for other in &contra {
                if found.len() >= MOST_LISTED {
                    return found;
                }
                found.push((claim, *one, **other));
            }
        }
    }
    found
}

fn other(prior: f64, multiplier: f64) -> OtherPrior {
    let odds = prior / (1.0 - prior) * multiplier;
    let probability = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
    OtherPrior { prior, probability }
}

/// A row of the ACH matrix from the likelihoods as judged.
fn ach(likelihood: &[f64]) -> Vec<AchMark> {
    let most = likelihood.iter().copied().fold(0.0, f64::max);
    let least = likelihood.iter().copied().fold(f64::INFINITY, f64::min);
    if most < 1.5 * least {
        return vec![AchMark::Neutral; likelihood.len()];
    }
    let mark = |value: &f64| match most / value {
        ratio if ratio >= 5.0 => AchMark::VeryInconsistent,
        ratio if ratio >= 1.5 => AchMark::Inconsistent,
        _ => AchMark::Consistent,
    };
    likelihood.iter().map(mark).collect()
}

fn coverage(items: &[ItemView]) -> Coverage {
    let count = |id: &str, of: &dyn Fn(&ItemView) -> bool| {
        let held: Vec<&ItemView> = items.iter().filter(|item| of(item)).collect();
        let telling =
            held.iter().filter(|item| item.diagnostic && !matches!(item.counting, Counting::CopyOf { .. }));
        Covered { id: id.to_owned(), items: held.len() as u64, diagnostic: telling.count() as u64 }
    };
    let aspects = Aspect::ALL.iter().map(|aspect| count(aspect.id(), &|item| item.aspect == *aspect));
    let vertices = Vertex::ALL.iter().map(|vertex| count(vertex.id(), &|item| item.vertex == Some(*vertex)));
    Coverage { aspects: aspects.collect(), vertices: vertices.collect() }
}
