//! Puts an assessment together.
//!
//! [`assess`] is a function of the case, the date and the options: the same
//! three give the same document, whatever the order of the file's items and
//! the number of threads.

mod claims;
mod contradictions;
mod established;
mod hypotheses;
mod items;
mod linchpins;
mod shapley;
mod timeline;
mod work;

use crate::assessment::{Assessment, CandidateSummary, CaseSummary, Counts, Method};
use crate::confidence::NOT_DIAGNOSTIC;
use crate::draw::SEED;
use crate::headline;
use crate::lint::lint;
use crate::model::Case;
use crate::scale::{GRADES, Tlp};
use crate::weigh::{Frame, Observation, Selection, spread};
use crate::wording::Scheme;
use jiff::civil::Date;
use std::collections::BTreeSet;
use work::Work;

/// How to assess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssessOptions {
    /// The last day whose reports count; none for all.
    pub as_of: Option<Date>,
    /// The standard of the wording.
    pub scheme: Scheme,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for AssessOptions {
    fn default() -> Self {
        AssessOptions { as_of: None, scheme: Scheme::default(), seed: SEED }
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
/// let assessment = cognate_case::assess(&case, "", &cognate_case::AssessOptions::default());
/// assert_eq!(assessment.counts.items, 0);
/// assert!((assessment.claims[0].probability - 0.15).abs() < 1e-12, "code base: the group, or others with its code");
/// # Ok::<(), cognate_case::Error>(())
/// ```
#[must_use]
pub fn assess(case: &Case, sha256: &str, options: &AssessOptions) -> Assessment {
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
        case: work.summary(sha256),
        as_of: options.as_of,
        method: Method {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scheme: options.scheme,
            draws: work.intervals.draws,
            seed: options.seed,
            prior_uncertainty: case.header.prior_uncertainty,
            grades: GRADES,
            not_diagnostic_below: NOT_DIAGNOSTIC,
        },
        counts,
        headline: headline::headline(case, options.as_of, counts, &claims),
        candidates: work.candidates(),
        hypotheses: work.hypotheses(&items),
        linchpins: work.linchpins(&claims),
        prospects: crate::prospect::prospects(&frame, &work.posterior, &present),
        coverage: items::coverage(&items),
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

impl Work<'_> {
    fn summary(&self, sha256: &str) -> CaseSummary {
        let case = self.frame.case;
        let counted = case.evidence.iter().filter(|item| Frame::counts(item, self.selection));
        let strictest = counted.map(|item| case.tlp_of(item)).max().unwrap_or(Tlp::Clear);
        CaseSummary { header: case.header.clone(), tlp: strictest.max(case.tlp()), sha256: sha256.to_owned() }
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
            prior_reason: candidate.prior.reason.clone(),
            candidate: candidate.clone(),
        };
        self.frame.case.candidates.iter().map(summary).collect()
    }
}
