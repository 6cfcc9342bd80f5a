//! The result of an assessment, as other programs read it and every product renders it.
//!
//! One document for all surfaces: [`Assessment`] is the content of `cognate
//! case assess --json`, and what the text, Markdown, HTML, STIX and MISP
//! products are made of. Vectors "by hypothesis" run parallel to
//! [`Assessment::hypotheses`]. Probabilities lie between 0 and 1; supports are
//! natural logarithms of ratios. Texts come from the case file: escape them.

mod claims;
mod evidence;
mod finding;
mod outlook;

pub use claims::{
    ClaimView, Confidence, ConfidenceLevel, ConfidenceRule, Contribution, GivenGroup, HypothesisView,
    OtherPrior,
};
pub use evidence::{AchMark, AnalystView, Counting, GroupView, ItemView, JudgementView, SourceView};
pub use finding::{Finding, Severity};
pub use outlook::{Contradiction, Coverage, Covered, Linchpin, Moment, Pillar, Prospect};

use crate::model::value::{Day, Share};
use crate::model::{Analyst, Candidate, Group, Header, Item, Source};
use crate::scale::Tlp;
use crate::wording::Scheme;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

/// What a case proves, at a date.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Assessment {
    /// What was assessed.
    pub case: CaseSummary,
    /// The last day whose reports count; none for all.
    #[schemars(with = "Option<Day>")]
    pub as_of: Option<Date>,
    /// How the numbers came about.
    pub method: Method,
    /// How much there was to weigh.
    pub counts: Counts,
    /// The judgement in a few sentences; a probability and a confidence never share one.
    pub headline: Vec<String>,
    /// Who was considered.
    pub candidates: Vec<CandidateSummary>,
    /// The exclusive hypotheses; their probabilities add up to one.
    pub hypotheses: Vec<HypothesisView>,
    /// What is claimed of each candidate at each level, and of "someone not listed".
    pub claims: Vec<ClaimView>,
    /// Every item that counts at this date, in the order of the case.
    pub items: Vec<ItemView>,
    /// The dependence groups that hold any of them.
    pub groups: Vec<GroupView>,
    /// The sources that any of them cites.
    pub sources: Vec<SourceView>,
    /// What the answer would be by each analyst's own judgements.
    pub analysts: Vec<AnalystView>,
    /// What falls if something is wrong, the greatest fall first.
    pub linchpins: Vec<Linchpin>,
    /// What would change the answer most, if found; most expected information first.
    pub prospects: Vec<Prospect>,
    /// Traces that speak against each other.
    pub contradictions: Vec<Contradiction>,
    /// What kinds of evidence there are, and are not.
    pub coverage: Coverage,
    /// The judgement at every day on which something was reported.
    pub timeline: Vec<Moment>,
    /// What is not known, in sentences.
    pub unknown: Vec<String>,
    /// What is doubtful about the case itself.
    pub findings: Vec<Finding>,
}

/// What was assessed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CaseSummary {
    /// What the case asks, as it is written.
    #[serde(flatten)]
    pub header: Header,
    /// The marking of the product: the strictest of the case and every item that counts.
    pub tlp: Tlp,
    /// SHA-256 of the case file, lower-case hexadecimal.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    pub sha256: String,
}

/// How the numbers came about.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Method {
    /// The version of cognate.
    pub version: String,
    /// The standard of the wording.
    pub scheme: Scheme,
    /// Draws behind the intervals.
    pub draws: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// The factor within which every prior lies with 90 %.
    pub prior_uncertainty: f64,
    /// Shares let through by the grades A to E and 1 to 5.
    #[schemars(with = "[Share; 5]")]
    pub grades: [f64; 5],
    /// Below this, an item's greatest log ratio of likelihoods counts as not diagnostic.
    pub not_diagnostic_below: f64,
}

/// How much there was to weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Items that count.
    pub items: u64,
    /// Observations they report: copies of one origin are one.
    pub observations: u64,
    /// Units taken as independent: dependence groups, and observations in none.
    pub independent: u64,
    /// Observations that tell hypotheses apart.
    pub diagnostic: u64,
    /// Items reported after the date, left out.
    pub later: u64,
}

/// A candidate.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CandidateSummary {
    /// The candidate, as it is written.
    #[serde(flatten)]
    pub candidate: Candidate,
    /// Why the priors are what they are.
    pub prior_reason: String,
}

/// Lets what is written of a thing be reached as if it stood in the view of it.
macro_rules! shows {
    ($($view:ident $field:ident $thing:ident;)+) => {
        $(impl std::ops::Deref for $view {
            type Target = $thing;

            fn deref(&self) -> &$thing {
                &self.$field
            }
        })+
    };
}

shows! {
    CaseSummary header Header;
    CandidateSummary candidate Candidate;
    ItemView item Item;
    SourceView source Source;
    GroupView group Group;
    AnalystView analyst Analyst;
}
