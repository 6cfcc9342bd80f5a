//! Holds assessments against what later years showed.
//!
//! In go cases with an `[outcome]`, out comes how far their probabilities were from what
//! happened, by level, beside what priors alone would have scored. A claim that the outcome
//! does not settle is not scored: that a candidate did it says nothing of whose code it was.
//!
//! *Brier score* (Brier 1950): the mean of `(p - o)^2` over claims, `o` 1 where the claim came
//! true and 0 where not; his own sum over both outcomes is twice that. *Log score* (Good 1952):
//! the mean of `-ln` of what was given to what happened. Of both less is better, and both are
//! proper: nobody can expect a better score by saying something else than they believe. Claims
//! of one case hang together, so that their number is no number of independent trials.

#[cfg(test)]
mod tests;

use crate::assessment::ClaimView;
use crate::leaf::Level;
use crate::model::value::{Day, Share};
use crate::model::{Case, Outcome, Settled};
use crate::wording::Scheme;
use crate::{AssessOptions, assess};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// With fewer cases than this a score is an anecdote. Judgement.
pub const FEW_CASES: u64 = 30;
/// Less than this is taken for this in the log score: no certainty costs without end.
const LEAST: f64 = 1e-6;

/// The day as of which cases are scored; never later than the day before the outcome was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The day before the outcome was known.
    Before,
    /// A day.
    On(Date),
    /// So many days after the incident.
    Days(i32),
}

/// Cases held against what later years showed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Score {
    /// As of each day that was asked for.
    pub dates: Vec<DateScore>,
    /// Files whose case has no outcome, or one that stayed open.
    pub without_outcome: Vec<String>,
    /// Fewer cases than this are few.
    pub few_below: u64,
}

/// Cases scored as of one day.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DateScore {
    /// The day, in words.
    pub as_of: String,
    /// All levels together first, then level by level; empty where nothing could be scored.
    pub levels: Vec<LevelScore>,
    /// Claims by the word of ICD 203 that their probability gets, from least to most.
    pub calibration: Vec<Band>,
    /// The cases, in the order of the files.
    pub cases: Vec<CaseScore>,
    /// Files that have no such day, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// A case that could not be scored as of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// The case file.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// Claims of one level.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LevelScore {
    /// The level; none for all together.
    pub level: Option<Level>,
    /// Cases with such a claim.
    pub cases: u64,
    /// Claims that the outcomes settle.
    pub claims: u64,
    /// How many of them came true.
    pub came_true: u64,
    /// Brier score of the assessments.
    pub brier: f64,
    /// Of the priors of the cases, without any evidence.
    pub brier_of_priors: f64,
    /// Of the share that came true, said of every claim; nobody knows it before.
    pub brier_of_constant: f64,
    /// Log score of the assessments.
    pub log: f64,
    /// Of the priors of the cases, without any evidence.
    pub log_of_priors: f64,
    /// Of the share that came true, said of every claim.
    pub log_of_constant: f64,
}

/// Claims that get one word.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Band {
    /// The word of ICD 203.
    pub term: String,
    /// Its claims.
    pub claims: u64,
    /// The mean of their probabilities.
    #[schemars(with = "Share")]
    pub mean: f64,
    /// How many came true.
    pub came_true: u64,
}

/// One case as of one day.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CaseScore {
    /// The case file.
    pub file: String,
    /// The case's id.
    pub case: String,
    /// Who did it, by the outcome.
    pub actor: String,
    /// The last day whose reports counted.
    #[schemars(with = "Day")]
    pub as_of: Date,
    /// Items that counted.
    pub items: u64,
    /// Every claim that the outcome settles.
    pub claims: Vec<ClaimScore>,
}

/// One claim and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ClaimScore {
    /// `lazarus/group`.
    pub claim: String,
    /// How far up it goes.
    pub level: Level,
    /// Before any evidence.
    #[schemars(with = "Share")]
    pub prior: f64,
    /// As of the day.
    #[schemars(with = "Share")]
    pub probability: f64,
    /// Whether it came true.
    pub came_true: bool,
}

/// Scores cases, each with the name of its file, as of each of the days.
#[must_use]
pub fn score(cases: &[(String, Case)], dates: &[When]) -> Score {
    let settled = |case: &Case| case.outcome.as_ref().is_some_and(|outcome| outcome.actor != "unknown");
    let (with, without): (Vec<_>, Vec<_>) = cases.iter().partition(|(_, case)| settled(case));
    Score {
        dates: dates.iter().map(|when| of_date(&with, *when)).collect(),
        without_outcome: without.into_iter().map(|(file, _)| file.clone()).collect(),
        few_below: FEW_CASES,
    }
}

fn of_date(cases: &[&(String, Case)], when: When) -> DateScore {
    let (mut scored, mut left_out) = (Vec::new(), Vec::new());
    for (file, case) in cases {
        let Some(outcome) = &case.outcome else { continue };
        match day(case, outcome, when) {
            Ok(as_of) => scored.push(of_case(file, case, outcome, as_of)),
            Err(reason) => left_out.push(LeftOut { file: file.clone(), reason: reason.to_owned() }),
        }
    }
    DateScore {
        as_of: when.to_string(),
        levels: levels(&scored),
        calibration: calibration(&scored),
        cases: scored,
        left_out,
    }
}

/// The day that is meant in a case.
fn day(case: &Case, outcome: &Outcome, when: When) -> Result<Date, &'static str> {
    let before = outcome.date.yesterday().map_err(|_| "no day comes before its outcome")?;
    let day = match when {
        When::Before => before,
        When::On(day) => day,
        When::Days(days) => {
            let incident = case.header.incident.ok_or("the case does not say when the incident was")?;
            let span = jiff::Span::new().try_days(days).map_err(|_| "no such day")?;
            incident.checked_add(span).map_err(|_| "no such day")?
        }
    };
    Ok(day.min(before))
}

fn of_case(file: &str, case: &Case, outcome: &Outcome, as_of: Date) -> CaseScore {
    let assessment = assess(case, "", &AssessOptions { as_of: Some(as_of), ..AssessOptions::default() });
    let scored = |claim: &ClaimView| {
        Some(ClaimScore {
            claim: claim.id.clone(),
            level: claim.level,
            prior: claim.prior,
            probability: claim.probability,
            came_true: came_true(case, outcome, claim)?,
        })
    };
    CaseScore {
        file: file.to_owned(),
        case: case.header.id.to_string(),
        actor: outcome.actor.to_string(),
        as_of,
        items: assessment.counts.items,
        claims: assessment.claims.iter().filter_map(scored).collect(),
    }
}

/// Whether a claim came true, where the outcome settles that.
fn came_true(case: &Case, outcome: &Outcome, claim: &ClaimView) -> Option<bool> {
    let is_listed = case.candidates.iter().any(|candidate| candidate.id == *outcome.actor);
    let is_actor = claim.candidate.as_deref() == Some(outcome.actor.as_str());
    // Who had only the code in common settles nothing about who did it.
    let known = !is_listed || outcome.level >= Settled::Cluster;
    let up_to = |level| match is_actor {
        true => (outcome.level >= level).then_some(true),
        false => known.then_some(false),
    };
    match claim.level {
        Level::CodeBase => is_actor.then_some(true),
        Level::Cluster => up_to(Settled::Cluster),
        Level::Group => up_to(Settled::Group),
        Level::Sponsor if is_actor => outcome.tasked,
        Level::Sponsor => known.then_some(false),
        Level::FalseFlag => {
            let planted = outcome.planted.as_ref()?;
            Some(planted.iter().any(|planted| Some(planted.name.as_str()) == claim.candidate.as_deref()))
        }
        Level::Set => {
            let in_it = claim.members.iter().any(|member| outcome.actor == *member.as_str());
            match in_it {
                true => (outcome.level >= Settled::Group).then_some(true),
                false => known.then_some(false),
            }
        }
        Level::Unlisted => known.then_some(!is_listed),
        // Somebody who is not listed may still have had a candidate's code.
        Level::Unrelated => (known && is_listed).then_some(false),
    }
}

fn levels(cases: &[CaseScore]) -> Vec<LevelScore> {
    let all = cases.iter().flat_map(|case| case.claims.iter().map(move |claim| (case.file.as_str(), claim)));
    let all: Vec<(&str, &ClaimScore)> = all.collect();
    let mut by_level: BTreeMap<Level, Vec<(&str, &ClaimScore)>> = BTreeMap::new();
    for (file, claim) in &all {
        by_level.entry(claim.level).or_default().push((file, claim));
    }
    let levels = by_level.iter().filter_map(|(level, claims)| of_level(Some(*level), claims));
    of_level(None, &all).into_iter().chain(levels).collect()
}

fn of_level(level: Option<Level>, claims: &[(&str, &ClaimScore)]) -> Option<LevelScore> {
    let count = claims.len() as f64;
    let came_true = claims.iter().filter(|(_, claim)| claim.came_true).count();
    let constant = came_true as f64 / count;
    let mean = |score: fn(f64, bool) -> f64, said: &dyn Fn(&ClaimScore) -> f64| {
        claims.iter().map(|(_, claim)| score(said(claim), claim.came_true)).sum::<f64>() / count
    };
    let mut files: Vec<&str> = claims.iter().map(|(file, _)| *file).collect();
    files.dedup();
    (!claims.is_empty()).then(|| LevelScore {
        level,
        cases: files.len() as u64,
        claims: claims.len() as u64,
        came_true: came_true as u64,
        brier: mean(brier, &|claim| claim.probability),
        brier_of_priors: mean(brier, &|claim| claim.prior),
        brier_of_constant: mean(brier, &|_| constant),
        log: mean(log, &|claim| claim.probability),
        log_of_priors: mean(log, &|claim| claim.prior),
        log_of_constant: mean(log, &|_| constant),
    })
}

fn brier(probability: f64, came_true: bool) -> f64 {
    let off = probability - f64::from(u8::from(came_true));
    off * off
}

fn log(probability: f64, came_true: bool) -> f64 {
    let given = if came_true { probability } else { 1.0 - probability };
    // Of certainty it is 0, without a sign.
    (-libm::log(given.max(LEAST))).abs()
}

fn calibration(cases: &[CaseScore]) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    let mut claims: Vec<&ClaimScore> = cases.iter().flat_map(|case| &case.claims).collect();
    claims.sort_by(|one, other| one.probability.total_cmp(&other.probability));
    for claim in claims {
        let term = Scheme::Icd203.term(claim.probability);
        if bands.last().is_none_or(|band| band.term != term) {
            bands.push(Band { term, claims: 0, mean: 0.0, came_true: 0 });
        }
        if let Some(band) = bands.last_mut() {
            band.claims += 1;
            band.mean += (claim.probability - band.mean) / band.claims as f64;
            band.came_true += u64::from(claim.came_true);
        }
    }
    bands
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            When::Before => f.write_str("the day before the outcome was known"),
            When::On(day) => day.fmt(f),
            When::Days(1) => f.write_str("1 day after the incident"),
            When::Days(days) => write!(f, "{days} days after the incident"),
        }
    }
}
