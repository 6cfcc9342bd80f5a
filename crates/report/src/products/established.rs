//! What an exchange format may say, and what it takes back.
//!
//! STIX and MISP readers take an `attributed-to` relationship or an actor's tag
//! as an accusation, whatever stands in extensions and comments. So these are
//! written for [`established`] claims only; every other claim is given as a
//! worded sentence. A relationship that a reader may hold from an earlier day
//! and that is no longer established is taken back: [`History`] tells of it.

use cognate_case::Assessment;
use cognate_case::ON_THE_PRIOR;
use cognate_case::assessment::{ClaimView, ConfidenceLevel, HypothesisView};
use cognate_case::leaf::Level;
use jiff::civil::Date;

/// The rule, for readers of a product.
pub(super) const RULE: &str = "attributed only if the 5th percentile of the claim is above one half and the evidence, not the prior alone, carries it; a sponsor only if evidence also tells tasked from untasked, given that the group did it";

/// Whether a claim may be written as a statement of fact.
pub(super) fn established(claim: &ClaimView) -> bool {
    claim.established
}

/// The claim of a candidate at a level, if it is established.
pub(super) fn claim<'a>(assessment: &'a Assessment, candidate: &str, level: Level) -> Option<&'a ClaimView> {
    let about = |claim: &&ClaimView| claim.candidate.as_deref() == Some(candidate) && claim.level == level;
    assessment.claims.iter().find(about).filter(|claim| established(claim))
}

/// Whether a claim names a culprit: the levels a reader may take for an accusation.
pub(super) fn accuses(level: Level) -> bool {
    !matches!(level, Level::FalseFlag | Level::Unlisted | Level::Unrelated)
}

/// The statement of a hypothesis, with what must stand beside the sponsors that it names.
pub(super) fn statement(assessment: &Assessment, hypothesis: &HypothesisView) -> String {
    let party =
        |id: &str| Some(id) == hypothesis.candidate.as_deref() || Some(id) == hypothesis.by.as_deref();
    let mut said = hypothesis.statement.clone();
    for candidate in assessment.candidates.iter().filter(|candidate| party(&candidate.id)) {
        let Some(sponsor) = candidate.sponsor.as_deref().filter(|name| !name.is_empty()) else { continue };
        let of_sponsor = |claim: &&ClaimView| {
            claim.level == Level::Sponsor && claim.candidate.as_deref() == Some(&*candidate.id)
        };
        let claim = assessment.claims.iter().find(of_sponsor);
        let ground = claim.map_or(Some(ON_THE_PRIOR), ClaimView::rests_on_prior);
        if let Some(ground) = ground.filter(|_| hypothesis.statement.contains(sponsor)) {
            said.push_str(&format!(" (that {sponsor} tasked it {ground})"));
        }
    }
    said
}

/// A confidence level on the scale of STIX 2.1, appendix A, "None / Low / Med / High".
pub(super) fn confidence(level: ConfidenceLevel) -> u8 {
    match level {
        ConfidenceLevel::Low => 15,
        ConfidenceLevel::Moderate => 50,
        ConfidenceLevel::High => 85,
    }
}

/// What became of a claim over the days of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct History {
    /// It is established on the day of the assessment.
    pub now: bool,
    /// Every day from which on it was no longer established, after it was.
    pub withdrawn: Vec<Date>,
}

/// The history of a claim, by its place in the assessment; of the days that the timeline holds.
pub(super) fn history(assessment: &Assessment, place: usize, claim: &ClaimView) -> History {
    let mut history = History { now: established(claim), withdrawn: Vec::new() };
    // The last day of the timeline is the day of the assessment itself, in fewer draws.
    let Some((last, earlier)) = assessment.timeline.split_last() else { return history };
    let then = earlier.iter().map(|day| (day.date, day.established.get(place) == Some(&true)));
    let mut before = false;
    for (date, holds) in then.chain([(last.date, history.now)]) {
        if before && !holds {
            history.withdrawn.push(date);
        }
        before = holds;
    }
    history
}
