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
    Frame, Mixture, Observation, Rule, Selection, Unit, Weighed, judgements, log_weights, relative,
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
        let observations = if claims.is_empty() { Vec::new() } else { work.observations() };
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

/// What the group of an observation leaves of its support for one hypothesis.
#[derive(Clone, Copy)]
struct Discount {
    before: u32,
    factor: f64,
    counted: f64,
}

/// One observation, its unit, and by leaf what the unit leaves of it.
struct Discounted<'w> {
    observation: &'w Observation,
    unit: &'w Unit,
    discounts: Vec<Discount>,
}

/// What every part looks at.
struct Work<'w> {
    assessment: &'w Assessment,
    frame: &'w Frame<'w>,
    selection: Selection,
    /// Ascending by the observation's id.
    observations: BTreeMap<&'w str, Discounted<'w>>,
    /// The observations of a unit, by their ids.
    weighed: &'w Weighed,
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
        let observations = weighed.units.iter().flat_map(|unit| discounted(weighed, unit));
        let places: BTreeMap<&str, usize> =
            frame.case.evidence.iter().enumerate().map(|(place, item)| (item.id.as_str(), place)).collect();
        let items = assessment.items.iter().filter_map(|item| {
            let id = item.id.as_str();
            Some((id, (*places.get(id)?, item)))
        });
        let observations = observations.map(|one| (one.observation.id.as_str(), one)).collect();
        Work { assessment, frame, selection, observations, weighed, items: items.collect() }
    }

    fn evidence(&self, place: usize) -> Option<&'w Item> {
        self.frame.case.evidence.get(place)
    }

    /// The item that stands for an observation.
    fn first(&self, observation: &Observation) -> Option<&'w Item> {
        observation.reports.first().and_then(|&place| self.evidence(place))
    }

    fn hypotheses(&self) -> Vec<HypothesisSteps> {
        let prior = self.frame.prior();
        let mut support = vec![0.0; prior.len()];
        for one in self.observations.values() {
            for (sum, discount) in support.iter_mut().zip(&one.discounts) {
                *sum += discount.counted;
            }
        }
        let log_weights = log_weights(&prior, &support);
        let relative = relative(&log_weights);
        let sums = prior.iter().zip(support).zip(log_weights).zip(relative);
        let steps = self.assessment.hypotheses.iter().zip(sums);
        let steps = steps.map(|(hypothesis, (((prior, support), log_weight), relative))| HypothesisSteps {
            id: hypothesis.id.to_string(),
            statement: hypothesis.statement.clone(),
            prior: *prior,
            log_prior: libm::log(*prior),
            support,
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
        let mut all: Vec<&Discounted<'_>> = self.observations.values().collect();
        all.sort_by_key(|one| one.observation.reports.first());
        all.into_iter().filter_map(|one| self.observation(one)).collect()
    }

    fn observation(&self, one: &Discounted<'_>) -> Option<ObservationSteps> {
        let observation = one.observation;
        let item = self.first(observation)?;
        let reports = observation.reports.iter().filter_map(|&place| self.report(self.evidence(place)?));
        let group = one.unit.group.and_then(|group| self.frame.case.groups.get(group));
        Some(ObservationSteps {
            item: item.id.to_string(),
            title: item.title.clone(),
            reports: reports.collect(),
            weight: observation.weight.value,
            weight_range: observation.weight.range,
            judgements: judgements(item, self.selection).len() as u64,
            expected: observation.expected,
            group: group.map(|group| group.id.to_string()),
            correlation: group.map(|_| one.unit.correlation),
            steps: steps(&self.frame.leaves, one),
        })
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
        let one = self.observations.get(item.observation_id.as_str())?;
        let steps = self.observation(one)?;
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
            beside: self.beside(one),
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
    fn beside(&self, one: &Discounted<'_>) -> Vec<String> {
        let members = one.unit.members.iter().filter_map(|&place| self.weighed.observations.get(place));
        let others = members.filter(|other| other.id != one.observation.id);
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

/// The observations of a unit with what it leaves of each.
fn discounted<'w>(weighed: &'w Weighed, unit: &'w Unit) -> Vec<Discounted<'w>> {
    let observations = unit.members.iter().filter_map(|&place| weighed.observations.get(place));
    let nothing = Discount { before: 0, factor: 1.0, counted: 0.0 };
    let mut found: Vec<Discounted<'_>> = observations
        .map(|observation| Discounted { observation, unit, discounts: vec![nothing; unit.support.len()] })
        .collect();
    let members = weighed.members(unit);
    for leaf in 0..unit.support.len() {
        for one in [true, false].into_iter().flat_map(|positive| members.ranked(leaf, positive)) {
            let slot = found.get_mut(one.member).and_then(|found| found.discounts.get_mut(leaf));
            debug_assert!(slot.is_some(), "ranks are of the members of the unit");
            if let Some(slot) = slot {
                // As a calculator gives it; the running product behind `counted` may differ in the last bit.
                let factor = libm::pow(1.0 - unit.correlation, f64::from(one.before));
                *slot = Discount { before: one.before, factor, counted: one.counted() };
            }
        }
    }
    found
}

/// What an observation does to each hypothesis.
fn steps(leaves: &[Leaf], one: &Discounted<'_>) -> Vec<Step> {
    let Observation { likelihood, effective, support, .. } = one.observation;
    let numbers = likelihood.iter().zip(effective).zip(support).zip(&one.discounts);
    let steps = leaves.iter().zip(numbers).map(|(leaf, (((judged, effective), support), discount))| Step {
        hypothesis: leaf.id.to_string(),
        judged: *judged,
        effective: *effective,
        support: *support,
        before: discount.before,
        factor: discount.factor,
        counted: discount.counted,
    });
    steps.collect()
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
        Rule::AsPlanter(_) => {
            let planter = leaf.by.and_then(|by| case.candidates.get(by)).map_or("", |by| &by.id);
            format!("as {planter} itself would: the mean of its tasked and untasked")
        }
        Rule::FromShareability(numbers) => mixture("shareability", numbers),
        Rule::FromForgeability(numbers) => mixture("forgeability", numbers),
    }
}
