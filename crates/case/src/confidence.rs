//! How firm the ground of a claim is, by stated rules.
//!
//! Confidence speaks about the basis (how many independent legs, of how many
//! kinds, how easily forged, how far the sources are one) of what the evidence
//! does to a claim: raises it from its prior, or lowers it. It never speaks about
//! how likely the claim is, so that a claim raised from 5 to 49 % has the same
//! ground as one raised from 5 to 51. Each rule allows at most some level; the least of them
//! is the answer, and the rules that bound it are named.
//!
//! What the levels mean is after the ODNI guide of 2018 (*high*: beyond
//! reasonable doubt and no counter-evidence; *moderate*: clear and convincing;
//! *low*: gaps) and the Q model (Rid and Buchanan 2015). Every threshold is
//! judgement. The method notes propose those of *high* for independent units
//! (3), aspects (4), the greatest unit (half), the interval (the same band) and
//! what is forgeable (1/3); those of *moderate*, and all of one source, counter-evidence,
//! grades, analysts and contradictions, are ours.

use crate::assessment::{Confidence, ConfidenceLevel, ConfidenceRule};
use crate::figures::percent;
use crate::scale::{Aspect, Forgeability};
use crate::wording::Scheme;
use std::collections::{BTreeMap, BTreeSet};

/// Below this, a log ratio of likelihoods counts as not diagnostic: ln 1.5, as the method notes propose. Judgement.
pub const NOT_DIAGNOSTIC: f64 = 0.405_465_108_108_164_4;

/// By what the evidence has to multiply odds before anything is stated as a fact: from 10 on the ENFSI guideline (2015)
/// speaks of moderate support. Judgement.
pub const ESTABLISHING: f64 = 10.0;

/// The rule about how much rests on one source.
pub const ONE_SOURCE: &str = "one-source";
/// The rule about how much comes with a grade that cannot be judged.
const JUDGED: &str = "judged";

/// What a claim rests on.
#[derive(Debug, Default)]
pub(crate) struct Ground {
    pub prior: f64,
    pub probability: f64,
    pub low: f64,
    pub high: f64,
    /// What all of the evidence does to the log odds; of a sponsor, to those of tasked against untasked.
    pub moved: f64,
    /// By independent unit: its part of that.
    pub units: Vec<f64>,
    /// By observation.
    pub legs: Vec<Leg>,
    /// By analyst.
    pub analysts: Vec<f64>,
    /// Open contradictions about the claim's candidate.
    pub contradictions: usize,
}

/// One observation under a claim.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    /// Its part of the change of the log odds.
    pub log_odds: f64,
    pub aspect: Aspect,
    pub forgeability: Forgeability,
    /// Its id and its name.
    pub source: (String, String),
    pub can_be_judged: bool,
}

use ConfidenceLevel::{High, Low, Moderate};

/// Applies every rule.
pub(crate) fn confidence(ground: &Ground, scheme: Scheme) -> Confidence {
    // What is judged is the movement from the prior: evidence against it is what pulls the other way.
    let sign = if ground.moved >= 0.0 { 1.0 } else { -1.0 };
    let pro = |value: f64| (sign * value).max(0.0);
    let carried: f64 = ground.units.iter().map(|unit| pro(*unit)).sum();
    let moved = sign * ground.moved >= NOT_DIAGNOSTIC;
    let mut rules = vec![basis(moved)];
    if moved && carried >= NOT_DIAGNOSTIC {
        rules.extend([
            legs(ground, sign, pro),
            aspects(ground, sign, pro),
            greatest(ground, pro),
            forgeable(ground, pro),
            one_source(ground, pro),
            judged(ground, pro),
        ]);
    }
    rules.extend([interval(ground, scheme), counter(ground, sign), agreement(ground, scheme), open(ground)]);
    let level = rules.iter().map(|rule| rule.allows).min().unwrap_or(Low);
    let bound = rules.iter().filter(|rule| rule.allows == level && level < High);
    Confidence { level, bound_by: bound.map(|rule| rule.id.clone()).collect(), rules }
}

impl Confidence {
    /// Whether what nobody can judge carries no more than two thirds of the claim: else nothing is stated as a fact on it.
    pub(crate) fn is_judged(&self) -> bool {
        self.rules.iter().any(|rule| rule.id == JUDGED && rule.allows > Low)
    }
}

fn rule(id: &str, demands: &str, found: String, allows: ConfidenceLevel) -> ConfidenceRule {
    ConfidenceRule { id: id.to_owned(), demands: demands.to_owned(), found, allows }
}

fn level(high: bool, moderate: bool) -> ConfidenceLevel {
    if high {
        High
    } else if moderate {
        Moderate
    } else {
        Low
    }
}

/// A claim that the evidence does not move rests on the priors; the rules about its legs then have nothing to measure.
fn basis(moved: bool) -> ConfidenceRule {
    let found =
        if moved { "it rests on evidence" } else { "it rests on the priors: the evidence hardly moves it" };
    rule("basis", "moderate: evidence that moves it from the prior", found.to_owned(), level(moved, false))
}

/// Which side of the claim evidence is on.
fn side(sign: f64) -> &'static str {
    if sign > 0.0 { "for it" } else { "against it" }
}

fn legs(ground: &Ground, sign: f64, pro: impl Fn(f64) -> f64) -> ConfidenceRule {
    let count = ground.units.iter().filter(|unit| pro(**unit) >= NOT_DIAGNOSTIC).count();
    let found = format!(
        "{count} independent diagnostic {} {}",
        if count == 1 { "unit" } else { "units" },
        side(sign)
    );
    rule(
        "independent-units",
        "high: at least 3 independent diagnostic units; moderate: 2",
        found,
        level(count >= 3, count == 2),
    )
}

fn aspects(ground: &Ground, sign: f64, pro: impl Fn(f64) -> f64) -> ConfidenceRule {
    let of = ground.legs.iter().filter(|leg| pro(leg.log_odds) >= NOT_DIAGNOSTIC / 2.0).map(|leg| leg.aspect);
    let count = of.collect::<BTreeSet<_>>().len();
    let found = format!("evidence {} from {count} of the 6 MICTIC aspects", side(sign));
    rule("aspects", "high: at least 4 MICTIC aspects; moderate: 2", found, level(count >= 4, count >= 2))
}

fn greatest(ground: &Ground, pro: impl Fn(f64) -> f64) -> ConfidenceRule {
    let sum: f64 = ground.units.iter().map(|unit| pro(*unit)).sum();
    let most = ground.units.iter().map(|unit| pro(*unit)).fold(0.0, f64::max);
    let share = if sum > 0.0 { most / sum } else { 1.0 };
    let found = format!("the strongest unit carries {} of the weight", percent(share));
    rule(
        "greatest-unit",
        "high: no unit above half of the weight; moderate: none above 4/5",
        found,
        level(share <= 0.5, share <= 0.8),
    )
}

/// Of a movement, the end of the interval that lies nearer to the prior tells how much of it is firm.
fn interval(ground: &Ground, scheme: Scheme) -> ConfidenceRule {
    let Ground { prior, probability, low, high, .. } = *ground;
    let nearer = if probability >= prior { low } else { high };
    let same = scheme.term(nearer) == scheme.term(probability);
    let logit = |value: f64| libm::log(value / (1.0 - value));
    let (kept, whole) = (logit(nearer) - logit(prior), logit(probability) - logit(prior));
    let half = kept / whole >= 0.5;
    let found = format!(
        "the interval reaches from {} to {}, from a prior of {}",
        percent(low),
        percent(high),
        percent(prior)
    );
    let demands = "high: the end of the interval nearer to the prior in the same band; moderate: at least half of the way from the prior";
    rule("interval", demands, found, level(same, half))
}

fn forgeable(ground: &Ground, pro: impl Fn(f64) -> f64) -> ConfidenceRule {
    let weight = |easy: bool| -> f64 {
        let is = |leg: &&Leg| (leg.forgeability <= Forgeability::Low) == easy;
        ground.legs.iter().filter(is).map(|leg| pro(leg.log_odds)).sum()
    };
    let (easy, hard) = (weight(true), weight(false));
    let share = if easy + hard > 0.0 { easy / (easy + hard) } else { 1.0 };
    let found = format!("{} of the weight can be forged with little effort", percent(share));
    rule(
        "forgeable",
        "high: at most 1/3 of the weight forgeable with little effort; moderate: at most 2/3",
        found,
        level(share <= 1.0 / 3.0, share <= 2.0 / 3.0),
    )
}

fn one_source(ground: &Ground, pro: impl Fn(f64) -> f64) -> ConfidenceRule {
    let mut by_source: BTreeMap<&(String, String), f64> = BTreeMap::new();
    for leg in &ground.legs {
        *by_source.entry(&leg.source).or_default() += pro(leg.log_odds);
    }
    let sum: f64 = by_source.values().sum();
    let most = by_source.iter().max_by(|one, other| one.1.total_cmp(other.1).then(other.0.cmp(one.0)));
    let share = most.map_or(1.0, |(_, value)| if sum > 0.0 { value / sum } else { 1.0 });
    let name = most.map_or("nobody", |((_, name), _)| name);
    let found = format!("{} of the weight rests on one source ({name})", percent(share));
    rule(
        ONE_SOURCE,
        "high: no source above half of the weight; moderate: none above 9/10",
        found,
        level(share <= 0.5, share <= 0.9),
    )
}

fn counter(ground: &Ground, sign: f64) -> ConfidenceRule {
    let sum = |sign: f64| -> f64 { ground.units.iter().map(|unit| (sign * unit).max(0.0)).sum() };
    let (pro, contra) = (sum(sign), sum(-sign));
    let share = if pro > 0.0 {
        contra / pro
    } else if contra > 0.0 {
        1.0
    } else {
        0.0
    };
    let found = if contra < NOT_DIAGNOSTIC {
        format!("no diagnostic evidence {}", side(-sign))
    } else {
        format!("the evidence {} weighs {} of that {}", side(-sign), percent(share.min(9.99)), side(sign))
    };
    let none = contra < NOT_DIAGNOSTIC;
    rule(
        "counter-evidence",
        "high: no diagnostic evidence to the contrary; moderate: at most 2/3 of that for the movement",
        found,
        level(none, share <= 2.0 / 3.0),
    )
}

fn judged(ground: &Ground, pro: impl Fn(f64) -> f64) -> ConfidenceRule {
    let weight = |known: bool| -> f64 {
        ground.legs.iter().filter(|leg| leg.can_be_judged == known).map(|leg| pro(leg.log_odds)).sum()
    };
    let (known, unknown) = (weight(true), weight(false));
    let share = if known + unknown > 0.0 { unknown / (known + unknown) } else { 0.0 };
    let found = format!("{} of the weight comes with a grade that cannot be judged (F or 6)", percent(share));
    rule(
        JUDGED,
        "high: at most 1/3 of the weight graded F or 6; moderate: at most 2/3",
        found,
        level(share <= 1.0 / 3.0, share <= 2.0 / 3.0),
    )
}

fn agreement(ground: &Ground, scheme: Scheme) -> ConfidenceRule {
    let all = ground.analysts.len();
    let same = ground
        .analysts
        .iter()
        .filter(|value| scheme.term(**value) == scheme.term(ground.probability))
        .count();
    let side = ground
        .analysts
        .iter()
        .filter(|value| (**value >= ground.prior) == (ground.probability >= ground.prior))
        .count();
    let found = match all {
        0 => "one set of judgements; nobody dissents on record".to_owned(),
        _ => {
            format!("{side} of {all} analysts arrive on the same side of the prior, {same} at the same word")
        }
    };
    let demands =
        "high: all analysts at the same word; moderate: more than half on the same side of the prior";
    rule("analysts", demands, found, level(same == all, 2 * side > all))
}

fn open(ground: &Ground) -> ConfidenceRule {
    let count = ground.contradictions;
    let found = match count {
        0 => "no artefact speaks both for and against it".to_owned(),
        1 => "1 open contradiction between traces of one artefact".to_owned(),
        _ => format!("{count} open contradictions between traces of one artefact"),
    };
    rule(
        "contradictions",
        "high: no open contradiction between traces of one artefact",
        found,
        level(count == 0, true),
    )
}
