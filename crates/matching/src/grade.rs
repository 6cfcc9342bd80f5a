//! Whether two functions are held to be the same, and in which grade.
//!
//! Two models say how likely it is (`rerank`): one by what is in the functions alone, which a whole
//! store can be asked by, and one that looks at what calls them and what they call as well,
//! where both samples are at hand. Their bars were measured: of functions that have no partner
//! among 1,600 others of their own library, so few have a hit above them (`bench/README.md`).
//! Among more candidates more are alike by chance, so the bar rises with their number.

use crate::document::{How, MatchKind};
use crate::rerank::{Context, Model, features_with};
use crate::similarity::{Similarity, Weighed};
use crate::surroundings::Surroundings;
use cognate_fingerprint::{Fingerprint, INFORMATION_FLOOR};

/// What equal bytes add to the log odds: they come before all that is only alike (judgement: more than any pair reaches).
const EQUAL: f64 = 40.0;

/// The log odds by what is in the functions alone; equal bytes are beyond odds.
pub(crate) fn content_odds(
    query: &Weighed<'_>,
    stored: &Fingerprint,
    other_arch: bool,
    similarity: &Similarity,
) -> f64 {
    if similarity.kind == MatchKind::Exact {
        return f64::INFINITY;
    }
    let context = Context { other_arch, ..Context::default() };
    Model::content().logit(&features_with(query, stored, &context, &similarity.flow))
}

/// Share of bits in common times bits in common that functions must reach which say little by their
/// instructions: of those in unrelated software 0.4 % do (`docs/recompiled-code.md`).
const SURE_FLOW: f64 = 100.0;

/// Similarity from which functions are accepted whose data flow is not known: the model knows hardly any. By symbols,
/// pairs of different software that instructions made alike by .5 to .6 were one function in none of 31 cases.
const UNTRACED: f64 = 0.65;

/// Whether content alone makes a pair of a function and one of so many candidates.
pub(crate) fn is_accepted(
    query: &Weighed<'_>,
    stored: &Fingerprint,
    similarity: &Similarity,
    content_odds: f64,
    (least, among): (f64, usize),
) -> bool {
    let mine = query.fingerprint;
    let says_enough = mine.information.min(stored.information) >= INFORMATION_FLOOR
        || similarity.flow.jaccard() * similarity.flow.in_common() >= SURE_FLOW;
    let is_traced = !mine.flow.features.is_empty() && !stored.flow.features.is_empty();
    match similarity.kind {
        MatchKind::Exact => true,
        _ if !says_enough || similarity.value < least => false,
        MatchKind::AnchorsOnly => true,
        _ if !is_traced => similarity.value >= UNTRACED,
        MatchKind::Tokens | MatchKind::Blocks | MatchKind::DataFlow => {
            content_odds >= Model::content().bar_among(among)
        }
    }
}

/// Grades the pairs of two samples that are at hand.
pub(crate) struct Grader {
    /// One is x86 of any width and the other is not.
    pub other_arch: bool,
    /// Least similarity.
    pub least: f64,
    /// Functions of the stored sample.
    pub among: usize,
}

/// What came of one pair.
pub(crate) struct Grade {
    /// The log odds by content and place.
    pub odds: f64,
    /// What the pair is once it is made.
    pub how: How,
}

impl Grader {
    /// Grades a pair; `how` is [`How::CallGraph`] where neither content nor place makes it more.
    pub fn grade(
        &self,
        (query, around): (&Weighed<'_>, &Surroundings),
        (stored, stored_around): (&Fingerprint, &Surroundings),
        similarity: &Similarity,
    ) -> Grade {
        let context = Context {
            other_arch: self.other_arch,
            callees: around.callees.similarity(&stored_around.callees),
            callers: around.callers.similarity(&stored_around.callers),
            query_folded: Some(&around.folded),
            stored_folded: Some(&stored_around.folded),
        };
        let folded = [&*around.folded.features, &*stored_around.folded.features];
        let flow = query.flow_folded(stored, folded);
        let placed = Model::placed();
        let odds = placed.logit(&features_with(query, stored, &context, &flow));
        if similarity.kind == MatchKind::Exact {
            return Grade { odds: odds + EQUAL, how: How::Exact };
        }
        let content = content_odds(query, stored, self.other_arch, similarity);
        let bar = placed.bar_among(self.among) - ONE_TO_ONE;
        let accepted = is_accepted(query, stored, similarity, content, (self.least, self.among));
        let how = if accepted && odds >= bar - REFUTED {
            by_content(similarity.kind)
        } else if odds >= bar {
            How::Placed
        } else {
            How::CallGraph
        };
        Grade { odds, how }
    }
}

/// Log odds by which the bar of the placed model falls where pairs are one to one: another function is then
/// likely to be a better partner of what only looks alike. Chosen on the development part, where 97.6 % of
/// the pairs across levels are right by name (`cognate-bench agreement`): to be chosen again with the model.
const ONE_TO_ONE: f64 = 6.0;

/// Log odds below the bar of the placed model at which what stands around two functions refutes their content. Judgement.
const REFUTED: f64 = 2.0;

/// The grade of a pair that content makes.
pub(crate) fn by_content(kind: MatchKind) -> How {
    match kind {
        MatchKind::Exact => How::Exact,
        MatchKind::Tokens | MatchKind::Blocks => How::Tokens,
        MatchKind::DataFlow => How::DataFlow,
        MatchKind::AnchorsOnly => How::Anchors,
    }
}
