//! `case explain`: every number of a claim or an item, down to its inputs.
//!
//! Start at [`ExplainDocument::new`]. It takes an assessment apart into the
//! steps of the engine: what was judged, how much of it the grades let through,
//! what the dependence group leaves of it, and how priors and sums become a
//! probability. `text` writes the same steps as formulas with the numbers put in.

mod laid;
mod text;

use cognate_case::assessment::{
    AchMark, Assessment, ClaimView, Confidence, Contribution, Counting, HypothesisView, ItemView, OtherPrior,
};
use cognate_case::leaf::{Level, claims, leaves};
use cognate_case::scale::{
    Aspect, Credibility, EvidenceKind, Forgeability, Reliability, Shareability, Vertex,
};
use cognate_case::wording::Wording;
use cognate_case::{Case, Measured};
pub use laid::{Laid, LaidOut};
use serde::Serialize;
use std::collections::BTreeMap;
pub(super) use text::figure;

/// The share that is let through where neither source nor information can be judged.
const UNJUDGED: f64 = 0.5;

/// Claims and items taken apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainDocument {
    /// The case's id.
    pub case: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of the case file.
    pub sha256: String,
    /// The last day whose reports count; none for all.
    pub as_of: Option<String>,
    /// Draws behind every interval.
    pub draws: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// From prior to posterior, by hypothesis; everything "by hypothesis" is in this order.
    pub hypotheses: Vec<HypothesisSteps>,
    /// The claims asked for.
    pub claims: Vec<ClaimExplained>,
    /// Every observation that counts; empty where no claim was asked for.
    pub observations: Vec<ObservationSteps>,
    /// The items asked for.
    pub items: Vec<ItemExplained>,
    /// All claims that can be asked for.
    pub known_claims: Vec<String>,
}

/// One hypothesis from its prior to its posterior.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HypothesisSteps {
    /// `lazarus/tasked`.
    pub id: String,
    /// As a sentence.
    pub statement: String,
    /// Before any evidence.
    pub prior: f64,
    /// Its natural logarithm.
    pub log_prior: f64,
    /// The sum of what every observation counts.
    pub support: f64,
    /// `log_prior + support`.
    pub log_weight: f64,
    /// `exp(log_weight)` over the greatest of them.
    pub relative: f64,
    /// `relative` over the sum of all.
    pub probability: f64,
}

/// One claim taken apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimExplained {
    /// `lazarus/group`.
    pub id: String,
    /// As a clause.
    pub statement: String,
    /// The hypotheses under which it holds.
    pub holds: Vec<String>,
    /// The sum of their priors.
    pub prior: f64,
    /// The sum of their posteriors.
    pub probability: f64,
    /// 5th percentile of the draws.
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
    /// In words.
    pub wording: Wording,
    /// `prior / (1 - prior)`.
    pub prior_odds: f64,
    /// `prior_odds` times the multiplier.
    pub odds: f64,
    /// By what the evidence multiplies the odds.
    pub odds_multiplier: f64,
    /// What readers with another prior arrive at.
    pub other_priors: Vec<OtherPrior>,
    /// What it would be if every item were independent of every other.
    pub if_independent: f64,
    /// Observations that speak for it: by how much the log odds would drop without each.
    pub speaks_for: Vec<Contribution>,
    /// Observations that speak against it.
    pub speaks_against: Vec<Contribution>,
    /// Every rule, what it found and what it allows.
    pub confidence: Confidence,
}

/// One observation from judgement to what counts of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObservationSteps {
    /// The item that stands for it.
    pub item: String,
    /// Its title.
    pub title: String,
    /// Every report of it with its grades; the item itself first.
    pub reports: Vec<Report>,
    /// The share of the best report.
    pub weight: f64,
    /// The least and most it may be, where a grade cannot be judged.
    pub weight_range: Option<(f64, f64)>,
    /// Judgements whose mean is `judged`.
    pub judgements: u64,
    /// The prior-weighted mean of `judged`.
    pub expected: f64,
    /// The dependence group.
    pub group: Option<String>,
    /// Its correlation; none without a group.
    pub correlation: Option<f64>,
    /// By hypothesis.
    pub steps: Vec<Step>,
}

/// One report with its grades.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The item.
    pub item: String,
    /// The source's id.
    pub source: String,
    /// The source's name.
    pub source_name: String,
    /// The source's grade.
    pub reliability: Reliability,
    /// What it lets through; none where it cannot be judged.
    pub reliability_share: Option<f64>,
    /// The information's grade.
    pub credibility: Credibility,
    /// What it lets through; none where it cannot be judged.
    pub credibility_share: Option<f64>,
    /// The lesser of the two that can be judged; a half where neither can.
    pub share: f64,
}

/// What one observation does to one hypothesis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The hypothesis.
    pub hypothesis: String,
    /// The combined likelihood `P(e|h)`.
    pub judged: f64,
    /// `weight * judged + (1 - weight) * expected`.
    pub effective: f64,
    /// `ln(effective / expected)`.
    pub support: f64,
    /// How many supports of its group with the same sign are greater: the `k` of `(1 - correlation)^k`.
    pub before: u32,
    /// `(1 - correlation)^before`.
    pub factor: f64,
    /// `factor * support`.
    pub counted: f64,
}

/// One item taken apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemExplained {
    /// Short name.
    pub id: String,
    /// One line.
    pub title: String,
    /// What kind of thing.
    pub kind: EvidenceKind,
    /// Its aspect.
    pub aspect: Aspect,
    /// Its vertex.
    pub vertex: Option<Vertex>,
    /// What was seen.
    pub observation: String,
    /// What it was seen on.
    pub artefacts: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// When it was seen or happened.
    pub observed: Option<String>,
    /// When it was reported.
    pub reported: String,
    /// What it derives from, as the case says.
    pub origin: Option<String>,
    /// How it counts.
    pub counting: Counting,
    /// What it takes to forge.
    pub forgeability: Forgeability,
    /// How far a false flag brings it about as the group itself would.
    pub forgeability_share: f64,
    /// How widely its means are shared.
    pub shareability: Shareability,
    /// How far others with the group's code show it as the group itself would.
    pub shareability_share: f64,
    /// The case does not say one of the two.
    pub assumed: bool,
    /// Every judgement that counts, laid out over the hypotheses.
    pub judgements: Vec<LaidOut>,
    /// The steps of the observation it reports.
    pub steps: ObservationSteps,
    /// Others of its dependence group.
    pub beside: Vec<String>,
    /// Its row of the ACH matrix, by hypothesis.
    pub ach: Vec<AchMark>,
    /// `ln` of the greatest ratio of effective likelihoods.
    pub diagnosticity: f64,
    /// It tells hypotheses apart.
    pub diagnostic: bool,
    /// Every claim with and without the observation; none where a hundred other things weigh more.
    pub left_out: Option<Vec<LeftOut>>,
    /// What a match of code measured.
    pub measured: Option<Measured>,
}

/// A claim without one observation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// The claim.
    pub claim: String,
    /// As it is.
    pub probability: f64,
    /// Without the observation.
    pub without: f64,
}

/// A name that is neither a claim nor an item that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotThere(pub String);

impl ExplainDocument {
    /// Takes apart what is asked for: ids of claims and items; the leading claim where nothing is.
    ///
    /// `assessment` must be of `case`.
    ///
    /// # Errors
    /// Names the first id that is neither a claim nor an item that counts.
    pub fn new(case: &Case, assessment: &Assessment, asked: &[String]) -> Result<Self, NotThere> {
        let leading = leading(assessment).map(|claim| claim.id.clone());
        let asked = if asked.is_empty() { leading.into_iter().collect() } else { asked.to_vec() };
        let work = Work::new(case, assessment);
        let (mut claims, mut items) = (Vec::new(), Vec::new());
        for name in asked {
            if let Some(claim) = work.claim(&name) {
                claims.push(claim);
            } else {
                items.push(work.item(&name).ok_or(NotThere(name))?);
            }
        }
        let observations = if claims.is_empty() { Vec::new() } else { work.observations() };
        Ok(ExplainDocument {
            case: assessment.case.id.to_string(),
            title: assessment.case.title.clone(),
            sha256: assessment.case.sha256.clone(),
            as_of: assessment.as_of.map(|day| day.to_string()),
            draws: assessment.method.draws,
            seed: assessment.method.seed,
            hypotheses: work.hypotheses(),
            claims,
            observations,
            items,
            known_claims: assessment.claims.iter().map(|claim| claim.id.clone()).collect(),
        })
    }
}

/// The claim that the headline speaks of.
fn leading(assessment: &Assessment) -> Option<&ClaimView> {
    let ranked = |claim: &&ClaimView| matches!(claim.level, Level::Group | Level::FalseFlag);
    let lead = assessment.claims.iter().filter(ranked).max_by(|a, b| a.probability.total_cmp(&b.probability));
    lead.or(assessment.claims.first())
}

/// By member, by hypothesis: how many of the same sign are greater; of equals, the first goes before.
fn ranks<'w>(group: &[&'w ItemView], hypotheses: usize) -> Vec<(&'w str, Vec<u32>)> {
    let mut found: Vec<(&str, Vec<u32>)> =
        group.iter().map(|item| (item.id.as_str(), vec![0; hypotheses])).collect();
    for place in 0..hypotheses {
        let value = |member: usize| {
            group.get(member).and_then(|item| item.support.get(place)).copied().unwrap_or_default()
        };
        let mut order: Vec<usize> = (0..group.len()).collect();
        order.sort_by(|one, other| value(*other).abs().total_cmp(&value(*one).abs()));
        let (mut positive, mut negative) = (0, 0);
        for member in order.into_iter().filter(|member| value(*member) != 0.0) {
            let before = if value(member) > 0.0 { &mut positive } else { &mut negative };
            if let Some(slot) = found.get_mut(member).and_then(|(_, ranks)| ranks.get_mut(place)) {
                *slot = *before;
            }
            *before += 1;
        }
    }
    found
}

/// What every part looks at.
struct Work<'w> {
    case: &'w Case,
    assessment: &'w Assessment,
    /// The item that stands for each observation.
    standing: BTreeMap<&'w str, &'w ItemView>,
    /// Standing items by group.
    groups: BTreeMap<&'w str, Vec<&'w ItemView>>,
    /// By standing item, by hypothesis: how many of its group go before it.
    ranks: BTreeMap<&'w str, Vec<u32>>,
    sources: BTreeMap<&'w str, &'w str>,
    items: BTreeMap<&'w str, &'w ItemView>,
}

impl<'w> Work<'w> {
    fn new(case: &'w Case, assessment: &'w Assessment) -> Self {
        let stands = |item: &&ItemView| !matches!(item.counting, Counting::CopyOf { .. });
        let mut groups: BTreeMap<&str, Vec<&ItemView>> = BTreeMap::new();
        // In the order of the engine: by the observation's name.
        let standing: BTreeMap<&str, &ItemView> =
            assessment.items.iter().filter(stands).map(|item| (item.observation_id.as_str(), item)).collect();
        for item in standing.values() {
            if let Some(group) = &item.group {
                groups.entry(group).or_default().push(item);
            }
        }
        let sources = assessment.sources.iter().map(|source| (source.id.as_str(), source.name.as_str()));
        let items = assessment.items.iter().map(|item| (item.id.as_str(), item));
        let ranks = groups.values().flat_map(|group| ranks(group, assessment.hypotheses.len()));
        let (ranks, sources, items) = (ranks.collect(), sources.collect(), items.collect());
        Work { case, assessment, standing, groups, ranks, sources, items }
    }

    fn hypotheses(&self) -> Vec<HypothesisSteps> {
        let logs: Vec<(f64, f64)> = self
            .assessment
            .hypotheses
            .iter()
            .enumerate()
            .map(|(place, hypothesis)| {
                let counted = |item: &&ItemView| item.counted.get(place).copied().unwrap_or_default();
                (libm::log(hypothesis.prior), self.standing.values().map(counted).sum())
            })
            .collect();
        let most = logs.iter().map(|(prior, sum)| prior + sum).fold(f64::NEG_INFINITY, f64::max);
        let pairs = self.assessment.hypotheses.iter().zip(logs);
        let steps = pairs.map(|(hypothesis, (log_prior, support))| HypothesisSteps {
            id: hypothesis.id.clone(),
            statement: hypothesis.statement.clone(),
            prior: hypothesis.prior,
            log_prior,
            support,
            log_weight: log_prior + support,
            relative: libm::exp(log_prior + support - most),
            probability: hypothesis.probability,
        });
        steps.collect()
    }

    fn claim(&self, id: &str) -> Option<ClaimExplained> {
        let claim = self.assessment.claims.iter().find(|claim| claim.id == id)?;
        let leaves = leaves(self.case);
        let set = claims(self.case, &leaves).into_iter().find(|set| set.id == id)?;
        let holds =
            leaves.iter().zip(&set.holds).filter(|(_, holds)| **holds).map(|(leaf, _)| leaf.id.clone());
        let prior_odds = claim.prior / (1.0 - claim.prior);
        Some(ClaimExplained {
            id: claim.id.clone(),
            statement: claim.statement.clone(),
            holds: holds.collect(),
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
        let stands = |item: &&ItemView| !matches!(item.counting, Counting::CopyOf { .. });
        self.assessment.items.iter().filter(stands).map(|item| self.observation(item)).collect()
    }

    fn observation(&self, item: &ItemView) -> ObservationSteps {
        let copies: &[String] = match &item.counting {
            Counting::Represents { copies } => copies,
            _ => &[],
        };
        let others = copies.iter().filter_map(|id| self.items.get(id.as_str()).copied());
        let group = item.group.as_deref();
        let correlation = self
            .assessment
            .groups
            .iter()
            .find(|known| Some(known.id.as_str()) == group)
            .map(|group| group.correlation);
        ObservationSteps {
            item: item.id.to_string(),
            title: item.title.clone(),
            reports: std::iter::once(item).chain(others).map(|item| self.report(item)).collect(),
            weight: item.weight,
            weight_range: item.weight_range,
            judgements: item.judgements.len() as u64,
            expected: item.expected,
            group: item.group.as_deref().map(str::to_owned),
            correlation,
            steps: self.steps(item, correlation.unwrap_or(0.0)),
        }
    }

    fn report(&self, item: &ItemView) -> Report {
        let (reliability, credibility) = (item.reliability.share(), item.credibility.share());
        let share = match (reliability, credibility) {
            (Some(one), Some(other)) => one.min(other),
            (one, other) => one.or(other).unwrap_or(UNJUDGED),
        };
        Report {
            item: item.id.to_string(),
            source: item.source.to_string(),
            source_name: self.sources.get(&*item.source).map(|name| (*name).to_owned()).unwrap_or_default(),
            reliability: item.reliability,
            reliability_share: reliability,
            credibility: item.credibility,
            credibility_share: credibility,
            share,
        }
    }

    fn steps(&self, item: &ItemView, correlation: f64) -> Vec<Step> {
        let at = |values: &[f64], place: usize| values.get(place).copied().unwrap_or_default();
        let ranks = self.ranks.get(item.id.as_str());
        let step = |(place, hypothesis): (usize, &HypothesisView)| {
            let before = ranks.and_then(|ranks| ranks.get(place)).copied().unwrap_or_default();
            Step {
                hypothesis: hypothesis.id.clone(),
                judged: at(&item.likelihood, place),
                effective: at(&item.effective, place),
                support: at(&item.support, place),
                before,
                factor: libm::pow(1.0 - correlation, f64::from(before)),
                counted: at(&item.counted, place),
            }
        };
        self.assessment.hypotheses.iter().enumerate().map(step).collect()
    }

    fn item(&self, id: &str) -> Option<ItemExplained> {
        let item = *self.items.get(id)?;
        let stands = *self.standing.get(item.observation_id.as_str())?;
        let beside = item.group.as_deref().and_then(|group| self.groups.get(group)).into_iter().flatten();
        let beside = beside.filter(|other| other.id != stands.id).map(|other| other.id.to_string());
        Some(ItemExplained {
            id: item.id.to_string(),
            title: item.title.clone(),
            kind: item.kind,
            aspect: item.aspect,
            vertex: item.vertex,
            observation: item.observation.clone(),
            artefacts: item.artefacts.clone(),
            references: item.references.clone(),
            observed: item.observed.map(|day| day.to_string()),
            reported: item.reported.to_string(),
            origin: item.origin.clone(),
            counting: item.counting.clone(),
            forgeability: item.forgeability,
            forgeability_share: item.forgeability.share(),
            shareability: item.shareability,
            shareability_share: item.shareability.share(),
            assumed: item.assumed,
            judgements: laid::laid_out(self.case, item),
            steps: self.observation(stands),
            beside: beside.collect(),
            ach: item.ach.clone(),
            diagnosticity: item.diagnosticity,
            diagnostic: item.diagnostic,
            left_out: self.left_out(&stands.id),
            measured: item.measured.clone(),
        })
    }

    fn left_out(&self, standing: &str) -> Option<Vec<LeftOut>> {
        use cognate_case::assessment::Pillar;
        let found = self
            .assessment
            .linchpins
            .iter()
            .find(|linchpin| linchpin.pillar == Pillar::Observation && linchpin.id == standing)?;
        let pairs = self.assessment.claims.iter().zip(&found.probabilities);
        let left_out = pairs.map(|(claim, without)| LeftOut {
            claim: claim.id.clone(),
            probability: claim.probability,
            without: *without,
        });
        Some(left_out.collect())
    }
}
