//! The sentences of an assessment.
//!
//! A probability and a confidence never stand in one sentence (ICD 203, D.6.e.2.a).

use crate::assessment::{ClaimView, ConfidenceLevel};
pub use crate::figures::{day, figure, percent};
use crate::leaf::{Claim, Leaf, Level, Role};
use crate::model::{Candidate, Case};

/// A hypothesis as a clause.
pub(crate) fn hypothesis(case: &Case, leaf: &Leaf) -> String {
    let Some(candidate) = leaf.candidate.and_then(|place| case.candidates.get(place)) else {
        return "somebody is behind it who has nothing to do with any candidate".to_owned();
    };
    let name = &candidate.name;
    let actor = leaf.by.and_then(|by| case.candidates.get(by)).map(|actor| match &actor.sponsor {
        Some(sponsor) if leaf.tasked => format!("{}, tasked by {sponsor},", actor.name),
        Some(_) => format!("{}, not tasked,", actor.name),
        None => actor.name.clone(),
    });
    match leaf.role {
        Role::Tasked => format!("{name} is behind it, tasked by {}", sponsor(candidate)),
        Role::Untasked if candidate.sponsor.is_some() => {
            format!("{name} or members of it are behind it, not tasked")
        }
        Role::Untasked => format!("{name} or members of it are behind it"),
        Role::Contractor => format!("contractors or former members of {name} are behind it"),
        Role::Reuse => format!("others, not listed, are behind it, with code of {name}"),
        Role::Borrowed => {
            format!("{} is behind it, with code, tools or a developer of {name}", actor.unwrap_or_default())
        }
        Role::FalseFlag => match actor {
            Some(actor) => format!("{actor} is behind it and planted traces of {name}"),
            None => format!("somebody not listed is behind it and planted traces of {name}"),
        },
        Role::Unlisted => String::new(),
    }
}

/// A claim as a clause, without any probability.
pub(crate) fn statement(case: &Case, claim: &Claim) -> String {
    let candidate = claim.candidate.and_then(|place| case.candidates.get(place));
    let name = candidate.map_or("", |candidate| candidate.name.as_str());
    let set = claim.set.and_then(|place| case.sets.get(place));
    match claim.level {
        Level::CodeBase => format!("the work comes from the code base of {name}"),
        Level::Cluster => format!("{name} or people who worked with it are behind it"),
        Level::Group => format!("{name} or members of it are behind it"),
        Level::Sponsor => {
            format!("{name} is behind it, tasked by {}", candidate.map_or("a sponsor", sponsor))
        }
        Level::FalseFlag => format!("traces of {name} were planted by others"),
        Level::Set => format!("one of {} is behind it", set.map_or("several", |set| set.name.as_str())),
        Level::Unlisted => "somebody who is not on the list is behind it".to_owned(),
        Level::Unrelated => "somebody is behind it who has nothing to do with any candidate".to_owned(),
    }
}

/// Most of a row of names that are written out.
const NAMED: usize = 5;

/// "A, B and C", "A, B, C, D, E and 7 more".
pub(crate) fn few(names: &[&str]) -> String {
    let first = names.get(..NAMED).unwrap_or_default();
    match (names.len().checked_sub(NAMED), names) {
        (Some(more @ 2..), _) => format!("{} and {more} more", first.join(", ")),
        (_, [before @ .., last]) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

fn sponsor(candidate: &Candidate) -> &str {
    candidate.sponsor.as_deref().unwrap_or("a sponsor")
}

/// How a level of confidence is called.
#[must_use]
pub fn confidence_word(level: ConfidenceLevel) -> &'static str {
    match level {
        ConfidenceLevel::Low => "low",
        ConfidenceLevel::Moderate => "moderate",
        ConfidenceLevel::High => "high",
    }
}

/// "It is very likely (88 %; 90 % interval 50 % to 97 %) that ..."; of a sponsor whom the prior alone makes likely, that it does.
#[must_use]
pub fn likelihood_sentence(claim: &ClaimView) -> String {
    let ClaimView { wording, probability, low, high, statement, .. } = claim;
    if let Some(ground) = claim.rests_on_prior() {
        return format!("That {statement} {ground}.");
    }
    let (opening, at) = (wording.opening(), wording.scheme.percent(*probability));
    format!("{opening} ({at}; 90 % interval {} to {}) that {statement}.", percent(*low), percent(*high))
}

/// Reasons in a sentence about confidence at most.
const REASONS: usize = 2;

/// "Confidence in this judgement is moderate. What limits it: ...": two sentences, as the reasons are given in per cent.
#[must_use]
pub fn confidence_sentence(claim: &ClaimView) -> String {
    let confidence = &claim.confidence;
    let word = confidence_word(confidence.level);
    let binds = confidence.rules.iter().filter(|rule| confidence.bound_by.contains(&rule.id));
    let mut reasons: Vec<String> = binds.map(|rule| rule.found.clone()).collect();
    let more = reasons.len().saturating_sub(REASONS);
    reasons.truncate(REASONS);
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    match reasons.is_empty() {
        true => format!("Confidence in this judgement is {word}."),
        false => format!("Confidence in this judgement is {word}. What limits it: {}.", reasons.join("; ")),
    }
}
