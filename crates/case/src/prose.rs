//! The sentences of an assessment.
//!
//! A probability and a confidence never stand in one sentence (ICD 203, D.6.e.2.a).

use crate::assessment::{ClaimView, ConfidenceLevel, Counts};
use crate::leaf::{Claim, Leaf, Level, Role};
use crate::model::{Candidate, Case};
use jiff::civil::Date;

/// "88 %"; what would round to 0 or 100 is said as "<1 %" and ">99 %".
#[must_use]
pub fn percent(probability: f64) -> String {
    match probability * 100.0 {
        small if small < 1.0 => "<1 %".to_owned(),
        large if large > 99.0 => ">99 %".to_owned(),
        other => format!("{other:.0} %"),
    }
}

/// A number with four significant digits: `0.4025`, `12.35`, `1.230e-7`.
#[must_use]
pub fn figure(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.3e}");
    let exponent = scientific.rsplit('e').next().and_then(|digits| digits.parse::<i32>().ok());
    let digits = match exponent {
        Some(exponent @ -4..=5) => usize::try_from(3 - exponent.min(3)).unwrap_or(0),
        _ => return scientific,
    };
    let plain = format!("{value:.digits$}");
    if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.').to_owned() } else { plain }
}

/// "26 May 2017".
#[must_use]
pub fn day(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = usize::try_from(date.month()).ok().and_then(|month| MONTHS.get(month.saturating_sub(1)));
    format!("{} {} {}", date.day(), month.unwrap_or(&"?"), date.year())
}

/// A hypothesis as a sentence.
pub(crate) fn hypothesis(case: &Case, leaf: &Leaf) -> String {
    let Some(candidate) = leaf.candidate.and_then(|place| case.candidates.get(place)) else {
        return "someone not listed did it, and has nothing to do with any candidate".to_owned();
    };
    let name = &candidate.name;
    let planter = leaf.by.and_then(|by| case.candidates.get(by));
    match leaf.role {
        Role::Tasked => format!("{name} did it, tasked by {}", sponsor(candidate)),
        Role::Untasked if candidate.sponsor.is_some() => {
            format!("{name} or members of it did it, not tasked")
        }
        Role::Untasked => format!("{name} or members of it did it"),
        Role::Contractor => format!("contractors or former members of {name} did it"),
        Role::Reuse => format!("others who have code of {name} did it"),
        Role::FalseFlag => match planter {
            Some(planter) => format!("{} did it and planted traces of {name}", planter.name),
            None => format!("someone not listed did it and planted traces of {name}"),
        },
        Role::Unlisted => String::new(),
    }
}

/// A claim as a clause, without any probability.
pub(crate) fn statement(case: &Case, claim: &Claim) -> String {
    let Some(candidate) = claim.candidate.and_then(|place| case.candidates.get(place)) else {
        return "someone not listed did it".to_owned();
    };
    let name = &candidate.name;
    match claim.level {
        Level::CodeBase => format!("the work comes from the code base of {name}"),
        Level::Cluster => format!("{name} or people who worked with it did it"),
        Level::Group => format!("{name} or members of it did it"),
        Level::Sponsor => format!("{name} did it, tasked by {}", sponsor(candidate)),
        Level::FalseFlag => format!("traces of {name} were planted by others"),
        Level::Unlisted => String::new(),
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

/// "It is very likely (88 %; 90 % interval 50 % to 97 %) that ..."
#[must_use]
pub fn likelihood_sentence(claim: &ClaimView) -> String {
    let ClaimView { wording, probability, low, high, statement, .. } = claim;
    let (opening, at) = (wording.opening(), wording.scheme.percent(*probability));
    format!("{opening} ({at}; 90 % interval {} to {}) that {statement}.", percent(*low), percent(*high))
}

/// Reasons in a sentence about confidence at most.
const REASONS: usize = 3;

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

/// The claims that an answer turns on: the best of groups and false flags, then the sponsor of a group that leads.
pub(crate) fn headline(as_of: Option<Date>, counts: Counts, claims: &[ClaimView]) -> Vec<String> {
    let mut lines = Vec::new();
    let when =
        as_of.map_or_else(|| "On all that the case holds".to_owned(), |date| format!("As of {}", day(date)));
    let basis = format!(
        "{when}: {} items, {} observations, {} of them diagnostic, {} independent units.",
        counts.items, counts.observations, counts.diagnostic, counts.independent
    );
    if counts.items == 0 {
        return vec![
            basis,
            "Nothing was reported by then: the numbers are the priors of the case.".to_owned(),
        ];
    }
    let rank = |claim: &&ClaimView| matches!(claim.level, Level::Group | Level::FalseFlag);
    let lead = claims.iter().filter(rank).max_by(|one, other| one.probability.total_cmp(&other.probability));
    let Some(lead) = lead else { return vec![basis] };
    if lead.probability <= 0.5 || lead.low <= 0.2 {
        lines.push("The evidence does not establish who did it.".to_owned());
    }
    lines.push(likelihood_sentence(lead));
    lines.push(confidence_sentence(lead));
    let sponsor =
        claims.iter().find(|claim| claim.level == Level::Sponsor && claim.candidate == lead.candidate);
    if let (Level::Group, Some(sponsor)) = (lead.level, sponsor) {
        lines.push(likelihood_sentence(sponsor));
        if sponsor.low <= 0.5 {
            lines.push("Direction by the sponsor is not established.".to_owned());
        }
        lines.push(confidence_sentence(sponsor));
    }
    if let Some(unlisted) =
        claims.iter().find(|claim| claim.level == Level::Unlisted && claim.probability > lead.probability)
    {
        lines.push(likelihood_sentence(unlisted));
    }
    lines.push(basis);
    lines
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_have_four_significant_digits() {
        let cases = [0.0, 0.5, 0.12345, 12.3456, 123456.7, 1_234_567.0, 0.000_012_346, -0.25, 1.0, 2000.0];
        let expected = "0 0.5 0.1235 12.35 123457 1.235e6 1.235e-5 -0.25 1 2000";
        assert_eq!(cases.map(figure).join(" "), expected);
    }
}
