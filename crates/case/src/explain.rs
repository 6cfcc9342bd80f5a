//! Takes an assessment apart: what `weigh` worked out, put in the order in which a reader follows it.
//!
//! Nothing is calculated here that an assessment does not rest on: likelihoods
//! and their rules, shares, ranks and sums are those of [`crate::weigh`].

use crate::assessment::{Assessment, ClaimView, ItemView, Pillar};
use crate::explanation::*;
use crate::leaf::{Leaf, Level};
use crate::model::{Case, Item, Judgement, Reference};
use crate::prose::figure;
use crate::weigh::{
    Frame, Mixture, Observation, Ranked, Rule, Selection, Unit, Weighed, judgements, log_weights, relative,
};
use std::collections::BTreeMap;

impl Explanation {
    /// Takes apart what is asked for: ids of claims and items; the leading claim where nothing is.
    ///
    /// `assessment` must be of `case`.
    ///
    /// # Errors
    /// Names the first id that is neither a claim nor an item that counts.
    pub fn new(case: &Case, assessment: &Assessment, asked: &[String]) -> Result<Self, NotThere> {
        let frame = Frame::new(case);
        let selection = Selection { as_of: assessment.as_of, ..Selection::default() };
        let weighed = frame.weigh(selection);
        let work = Work::new(assessment, &frame, &weighed, selection);
        let leading = leading(assessment).map(|claim| claim.id.to_string());
        let asked = if asked.is_empty() { leading.into_iter().collect() } else { asked.to_vec() };
        let (mut claims, mut items) = (Vec::new(), Vec::new());
        for name in asked {
            if let Some(claim) = work.claim(&name) {
                claims.push(claim);
            } else {
                items.push(work.item(&name).ok_or(NotThere(name))?);
            }
        }
        let (observations, sources) =
            if claims.is_empty() { (Vec::new(), Vec::new()) } else { (work.observations(), work.sources()) };
        Ok(Explanation {
            case: assessment.case.id.to_string(),
            title: assessment.case.title.clone(),
            sha256: assessment.case.sha256.clone(),
            as_of: assessment.as_of,
            draws: assessment.method.draws,
            seed: assessment.method.seed,
            hypotheses: work.hypotheses(),
            claims,
            observations,
            sources,
            items,
            known_claims: assessment.claims.iter().map(|claim| claim.id.to_string()).collect(),
        })
    }
}

/// The claim that the headline speaks of.
fn leading(assessment: &Assessment) -> Option<&ClaimView> {
    let ranked = |claim: &&ClaimView| matches!(claim.level, Level::Group | Level::FalseFlag);
    let lead = assessment.claims.iter().filter(ranked).max_by(|a, b| a.probability.total_cmp(&b.probability));
    lead.or(assessment.claims.first())
}

/// What every part looks at.
struct Work<'w> {
    assessment: &'w Assessment,
    frame: &'w Frame<'w>,
    selection: Selection,
    weighed: &'w Weighed,
    /// By the observation's id: its place and its unit.
    observations: BTreeMap<&'w str, (usize, &'w Unit)>,
    /// Items that count, with their places in the case.
    items: BTreeMap<&'w str, (usize, &'w ItemView)>,
}

impl<'w> Work<'w> {
    fn new(
        assessment: &'w Assessment,
        frame: &'w Frame<'w>,
        weighed: &'w Weighed,
        selection: Selection,
    ) -> Self {
        let seats =
            weighed.units.iter().flat_map(|unit| unit.members.iter().map(move |&place| (place, unit)));
        let observations = seats
            .filter_map(|(place, unit)| Some((weighed.observations.get(place)?.id.as_str(), (place, unit))));
        let places: BTreeMap<&str, usize> =
            frame.case.evidence.iter().enumerate().map(|(place, item)| (item.id.as_str(), place)).collect();
        let items = assessment.items.iter().filter_map(|item| {
            let id = item.id.as_str();
            Some((id, (*places.get(id)?, item)))
        });
        let observations = observations.collect();
        Work { assessment, frame, selection, weighed, observations, items: items.collect() }
    }

    fn evidence(&self, place: usize) -> Option<&'w Item> {
        self.frame.case.evidence.get(place)
    }

    /// The item that stands for an observation.
    fn first(&self, observation: &Observation) -> Option<&'w Item> {
        observation.reports.first().and_then(|&place| self.evidence(place))
    }

    fn hypotheses(&self) -> Vec<HypothesisSteps> {
        let (prior, support) = (&self.weighed.prior, &self.weighed.support);
        let log_weights = log_weights(prior, support);
        let relative = relative(&log_weights);
        let sums = prior.iter().zip(support).zip(log_weights).zip(relative);
        let steps = self.assessment.hypotheses.iter().zip(sums);
        let steps = steps.map(|(hypothesis, (((prior, support), log_weight), relative))| HypothesisSteps {
            id: hypothesis.id.to_string(),
            statement: hypothesis.statement.clone(),
            prior: *prior,
            log_prior: libm::log(*prior),
            support: *support,
            log_weight,
            relative,
            probability: hypothesis.probability,
        });
        steps.collect()
    }

    fn claim(&self, id: &str) -> Option<ClaimExplained> {
        let claim = self.assessment.claims.iter().find(|claim| claim.id == id)?;
        let set = self.frame.claims.iter().find(|set| set.id == id)?;
        let holds = self.frame.leaves.iter().zip(&set.holds).filter(|(_, holds)| **holds);
        let prior_odds = claim.prior / (1.0 - claim.prior);
        Some(ClaimExplained {
            id: claim.id.to_string(),
            statement: claim.statement.clone(),
            holds: holds.map(|(leaf, _)| leaf.id.to_string()).collect(),
            prior: claim.prior,
            probability: claim.probability,
            low: claim.low,
            high: claim.high,
            wording: claim.wording.clone(),
            rests_on_prior: claim.rests_on_prior().map(str::to_owned),
            prior_odds,
            odds: prior_odds * claim.odds_multiplier,
            odds_multiplier: claim.odds_multiplier,
            other_priors: claim.other_priors.clone(),
            if_independent: claim.if_independent,
            speaks_for: claim.speaks_for.clone(),
            speaks_against: claim.speaks_against.clone(),
            confidence: claim.confidence.clone(),
        })
    }

    /// In the order of the case.
    fn observations(&self) -> Vec<ObservationSteps> {
        let mut all: Vec<(usize, &Unit)> = self.observations.values().copied().collect();
        let first = |place: usize| self.weighed.observations.get(place).and_then(|one| one.reports.first());
        all.sort_by_key(|(place, _)| first(*place));
        all.into_iter().filter_map(|(place, unit)| self.observation(place, unit)).collect()
    }

    fn observation(&self, place: usize, unit: &Unit) -> Option<ObservationSteps> {
        let observation = self.weighed.observations.get(place)?;
        let item = self.first(observation)?;
        let reports = observation.reports.iter().filter_map(|&place| self.report(self.evidence(place)?));
        let group = unit.group.and_then(|group| self.frame.case.groups.get(group));
        let voice = self.weighed.voices.get(self.weighed.voice(place))?;
        Some(ObservationSteps {
            item: item.id.to_string(),
            title: item.title.clone(),
            reports: reports.collect(),
            weight: observation.weight.value,
            weight_range: observation.weight.range,
            source: self.frame.case.sources.get(observation.source)?.id.to_string(),
            reliability: voice.reliability,
            judgements: judgements(item, self.selection).len() as u64,
            expected: observation.expected,
            group: group.map(|group| group.id.to_string()),
            correlation: group.map(|_| unit.correlation),
            steps: self.steps(place, observation),
            rungs: self.rungs(place),
        })
    }

    /// What an observation does to each hypothesis.
    fn steps(&self, place: usize, observation: &Observation) -> Vec<Step> {
        let Observation { likelihood, effective, support, .. } = observation;
        let left = match observation.group {
            Some(_) => self.weighed.groups.left(place, support.len()),
            None => support.clone(),
        };
        let counted = self.weighed.counted.get(place).map(Vec::as_slice).unwrap_or_default();
        let numbers = likelihood.iter().zip(effective).zip(support).zip(left).zip(counted);
        let steps = self.frame.leaves.iter().zip(numbers);
        let steps = steps.map(|(leaf, ((((judged, effective), support), left), counted))| Step {
            hypothesis: leaf.id.to_string(),
            judged: *judged,
            effective: *effective,
            support: *support,
            left,
            counted: *counted,
        });
        steps.collect()
    }

    fn rungs(&self, place: usize) -> Vec<RungSteps> {
        let mut rungs: Vec<&Ranked> = self.weighed.groups.rungs_of(place).collect();
        rungs.sort_by_key(|ranked| ranked.rung.above.len());
        let leaves = self.frame.leaves.iter().enumerate();
        let steps = rungs.into_iter().map(|ranked| RungSteps {
            above: leaves
                .clone()
                .filter(|(leaf, _)| ranked.rung.above.holds(*leaf))
                .map(|(_, leaf)| leaf.id.clone())
                .collect(),
            up: ranked.rung.up,
            down: ranked.rung.down,
            before: ranked.before,
            factor: ranked.factor,
        });
        steps.collect()
    }

    /// What each source says with all its observations.
    fn sources(&self) -> Vec<SourceSteps> {
        let steps = self.weighed.voices.iter().filter_map(|voice| {
            let source = self.frame.case.sources.get(voice.source)?;
            let members = voice.members.iter().filter_map(|&member| self.weighed.observations.get(member));
            Some(SourceSteps {
                source: source.id.to_string(),
                name: source.name.clone(),
                reliability: voice.reliability,
                items: members.filter_map(|one| Some(self.first(one)?.id.to_string())).collect(),
                joint: voice.joint.clone(),
                support: voice.support.clone(),
            })
        });
        steps.collect()
    }

    fn report(&self, item: &Item) -> Option<GradedReport> {
        let source = item.source.of(&self.frame.case.sources)?;
        Some(GradedReport {
            item: item.id.to_string(),
            source: source.id.to_string(),
            source_name: source.name.clone(),
            reliability: source.reliability,
            reliability_share: source.reliability.share(),
            credibility: item.credibility,
            credibility_share: item.credibility.share(),
            share: self.frame.share_of(item).value,
        })
    }

    fn item(&self, id: &str) -> Option<ItemExplained> {
        let &(place, item) = self.items.get(id)?;
        let evidence = self.evidence(place)?;
        let &(seat, unit) = self.observations.get(item.observation_id.as_str())?;
        let steps = self.observation(seat, unit)?;
        let judgements = judgements(evidence, self.selection).into_iter();
        Some(ItemExplained {
            id: item.id.to_string(),
            title: item.title.clone(),
            kind: item.kind,
            aspect: item.aspect,
            vertex: item.vertex,
            observation: item.observation.clone(),
            artefacts: item.artefacts.clone(),
            references: item.references.clone(),
            observed: item.observed,
            reported: item.reported,
            origin: item.origin.clone(),
            counting: item.counting.clone(),
            forgeability: item.forgeability,
            forgeability_share: item.forgeability.share(),
            shareability: item.shareability,
            shareability_share: item.shareability.share(),
            assumed: item.assumed,
            judgements: judgements.map(|judgement| self.judgement(evidence, judgement)).collect(),
            beside: self.beside(seat, unit),
            left_out: self.left_out(&steps.item),
            steps,
            ach: item.ach.clone(),
            diagnosticity: item.diagnosticity,
            diagnostic: item.diagnostic,
            measured: item.measured.clone(),
        })
    }

    fn judgement(&self, item: &Item, judgement: &Judgement) -> JudgementSteps {
        let case = self.frame.case;
        let rules = self.frame.leaves.iter().zip(self.frame.rules(item, judgement));
        let likelihood = rules.map(|(leaf, rule)| LikelihoodStep {
            hypothesis: leaf.id.to_string(),
            value: rule.value(),
            how: match (rule, judgement.likelihood.word(leaf.candidate, leaf.role)) {
                (Rule::Stated(_), Some(word)) => format!("stated: {word}"),
                _ => words(rule, case, leaf),
            },
        });
        JudgementSteps {
            by: judgement.by.as_ref().map(Reference::to_string),
            date: judgement.date.unwrap_or(item.reported),
            rationale: judgement.rationale.clone(),
            uncertainty: judgement.uncertainty,
            likelihood: likelihood.collect(),
        }
    }

    /// The items that stand for the other observations of a dependence group.
    fn beside(&self, seat: usize, unit: &Unit) -> Vec<String> {
        let members = unit.members.iter().filter(|member| **member != seat);
        let others = members.filter_map(|&place| self.weighed.observations.get(place));
        others.filter_map(|other| self.first(other)).map(|item| item.id.to_string()).collect()
    }

    fn left_out(&self, id: &str) -> Option<Vec<LeftOut>> {
        let mut pins = self.assessment.linchpins.iter();
        let found = pins.find(|pin| pin.pillar == Pillar::Observation && pin.id == id)?;
        let pairs = self.assessment.claims.iter().zip(&found.probabilities);
        let left_out = pairs.map(|(claim, without)| LeftOut {
            claim: claim.id.to_string(),
            probability: claim.probability,
            without: *without,
        });
        Some(left_out.collect())
    }
}

/// A rule with its numbers put in.
fn words(rule: Rule, case: &Case, leaf: &Leaf) -> String {
    let mixture = |by: &str, Mixture { share, group, otherwise }: Mixture| {
        let [share, rest, group, otherwise] = [share, 1.0 - share, group, otherwise].map(figure);
        format!("from the {by}: {share} x {group} + {rest} x {otherwise}")
    };
    match rule {
        Rule::Stated(_) => "stated".to_owned(),
        Rule::NotMentioned(_) => "not mentioned: as under `unlisted`".to_owned(),
        Rule::AsActor(_) => {
            let actor = leaf.by.and_then(|by| case.candidates.get(by)).map_or("", |by| &by.id);
            format!("as {actor} by itself")
        }
        Rule::FromShareability(numbers) => mixture("shareability", numbers),
        Rule::FromForgeability(numbers) => mixture("forgeability", numbers),
    }
}
