//! What speaks for two functions being one source, as numbers, and the odds they give.
//!
//! [`features`] takes two fingerprints and gives a [`PairFeatures`]: one number
//! for everything looked at, in the order of [`NAMES`]. A [`Model`] turns them
//! into a probability: a logistic regression whose weights lie in
//! `data/rerank.toml`, fitted by `cognate-bench fit` on the development part of
//! the controlled corpus (`bench/README.md`). A feature that is new here has no
//! weight until the model is fitted again.

use crate::similarity::{Weighed, shape};
use cognate_fingerprint::{AnchorKind, Fingerprint};
use std::fmt::Write;
use std::sync::LazyLock;

/// The rarity given to what only the stored side refers to, in bits.
const UNKNOWN_BITS: f64 = 8.0;

/// The features, in order. Bits are of things in common unless said otherwise.
pub const NAMES: [&str; FEATURES] = [
    "flow jaccard",         // by rarity: bits in common over bits of either
    "flow containment",     // bits in common over the bits of the side that says less
    "flow cosine",          // bits in common over the geometric mean of the bits of both
    "flow bits",            // ln(1 + bits in common)
    "flow missing",         // ln(1 + bits of the query that the other lacks)
    "flow extra",           // ln(1 + bits of the other that the query lacks)
    "flow jaccard squared", // much in common says more than twice half as much
    "flow odds",            // -ln(1 - Jaccard), at most 4.6
    "flow absent",          // 1 where a side has no data flow
    "tokens",               // estimated Jaccard similarity of the n-grams, within one instruction set
    "tokens squared",
    "tokens above 0.3", // what exceeds the similarity of unrelated functions
    "tokens absent",    // 1 where they cannot be compared
    "equal blocks",     // share of equal blocks, by rarity
    "equal block bits", // ln(1 + bits)
    "exact",            // 1 where the masked bytes are equal
    "anchors",          // bits of anchors in common over bits of either
    "anchors firm",     // the same with 8 bits more of either: one common anchor says little
    "anchor bits",      // ln(1 + bits in common)
    "shape",            // mean ratio of the counts of instructions, blocks, edges
    "instructions",     // |ln| of the ratio of the counts
    "blocks ratio",     // the same of basic blocks
    "edges ratio",      // the same of edges
    "information",      // ln(1 + bits) of the side that says less
    "other instruction set",
    "callees", // how alike the functions they call are, 0 to 1
    "callees squared",
    "callees unknown",  // 1 where a side calls none or that is not looked at
    "flow and tokens",  // the product of both
    "flow and callees", // the product of both
];

/// How many features there are.
pub const FEATURES: usize = 30;

/// What speaks for a pair, in the order of [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairFeatures(pub [f64; FEATURES]);

/// What the fingerprints of a pair do not say themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Context {
    /// One is x86 of any width and the other is not: their tokens and blocks tell nothing.
    pub other_arch: bool,
    /// How alike the functions they call are, 0 to 1; `None` where not looked at, or a side calls none.
    pub callees: Option<f64>,
}

impl PairFeatures {
    /// The value of a feature; 0 for a name that is not in [`NAMES`].
    pub fn get(&self, name: &str) -> f64 {
        NAMES.iter().zip(&self.0).find(|(known, _)| **known == name).map_or(0.0, |(_, &value)| value)
    }
}

/// Takes what speaks for a pair from the two fingerprints.
///
/// `query` brings the rarity of its own blocks and anchors; data flow has
/// rarities of its own.
pub fn features(query: &Weighed<'_>, stored: &Fingerprint, context: &Context) -> PairFeatures {
    features_with(query, stored, context, &query.flow_in_common(stored))
}

/// The same where it is known what the data flow has in common.
pub(crate) fn features_with(
    query: &Weighed<'_>,
    stored: &Fingerprint,
    context: &Context,
    flow: &crate::flow::Overlap,
) -> PairFeatures {
    let mine = query.fingerprint;
    let flow = parts(flow);
    let no_flow = mine.flow.features.is_empty() || stored.flow.features.is_empty();
    let tokens = match (&mine.tokens, &stored.tokens) {
        (Some((a, _)), Some((b, _))) if !context.other_arch => Some(a.similarity(b)),
        _ => None,
    };
    let blocks = overlap(mine.blocks.iter().zip(&query.blocks), &stored.blocks, |_| true);
    let anchors = anchors(query, stored, None);
    let flag = |set: bool| f64::from(u8::from(set));
    let (jaccard, jaccard_of_tokens) = (flow.share(), tokens.unwrap_or(0.0));
    let callees = context.callees.unwrap_or(0.0);
    PairFeatures([
        jaccard,
        flow.containment(),
        flow.cosine(),
        flow.shared.ln_1p(),
        flow.mine.ln_1p(),
        flow.theirs.ln_1p(),
        jaccard * jaccard,
        -(1.0 - jaccard.min(0.99)).ln(),
        flag(no_flow),
        jaccard_of_tokens,
        jaccard_of_tokens * jaccard_of_tokens,
        (jaccard_of_tokens - 0.3).max(0.0),
        flag(tokens.is_none()),
        blocks.share(),
        blocks.shared.ln_1p(),
        flag(mine.exact == stored.exact),
        anchors.share(),
        ratio(anchors.shared, anchors.all() + UNKNOWN_BITS),
        anchors.shared.ln_1p(),
        shape(mine, stored),
        distance(mine.instructions, stored.instructions),
        distance(mine.block_count, stored.block_count),
        distance(mine.edge_count, stored.edge_count),
        f64::from(mine.information.min(stored.information)).ln_1p(),
        flag(context.other_arch),
        callees,
        callees * callees,
        flag(context.callees.is_none()),
        jaccard * jaccard_of_tokens,
        jaccard * callees,
    ])
}

/// The share of anchors in common, by rarity, 0 to 1; of one kind or of all.
pub fn anchor_share(query: &Weighed<'_>, stored: &Fingerprint, kind: Option<AnchorKind>) -> f64 {
    anchors(query, stored, kind).share()
}

fn anchors(query: &Weighed<'_>, stored: &Fingerprint, kind: Option<AnchorKind>) -> Overlap {
    let own = query.fingerprint.anchors.iter().zip(&query.anchors);
    overlap(own, &stored.anchors, |anchor| kind.is_none_or(|kind| anchor.kind == kind))
}

/// The probability, under the fitted model, that a pair with these features is one source.
pub fn probability(features: &PairFeatures) -> f64 {
    Model::fitted().probability(features)
}

/// A logistic regression over [`PairFeatures`].
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Where and of what it was made, for display.
    pub remarks: Vec<String>,
    /// Log odds where every feature has its mean.
    pub intercept: f64,
    /// What a feature adds to the log odds for each `scale` that it lies above `mean`.
    pub weights: [f64; FEATURES],
    /// The mean of each feature when the model was fitted.
    pub means: [f64; FEATURES],
    /// Its standard deviation then.
    pub scales: [f64; FEATURES],
}

static FITTED: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../data/rerank.toml")).unwrap_or_else(|_| Model::empty()));

impl Model {
    /// The model of `data/rerank.toml`.
    pub fn fitted() -> &'static Model {
        &FITTED
    }

    /// A model that knows nothing: every pair is as likely as not.
    pub fn empty() -> Model {
        let zero = [0.0; FEATURES];
        Model { remarks: Vec::new(), intercept: 0.0, weights: zero, means: zero, scales: [1.0; FEATURES] }
    }

    /// The log odds that a pair is one source.
    pub fn logit(&self, features: &PairFeatures) -> f64 {
        let scaled =
            features.0.iter().zip(&self.means).zip(&self.scales).map(|((x, mean), scale)| (x - mean) / scale);
        self.intercept + scaled.zip(&self.weights).map(|(x, weight)| x * weight).sum::<f64>()
    }

    /// The same as a probability.
    pub fn probability(&self, features: &PairFeatures) -> f64 {
        1.0 / (1.0 + (-self.logit(features)).exp())
    }

    /// Reads what [`Model::to_text`] wrote; says what it cannot read.
    pub fn parse(text: &str) -> Result<Model, String> {
        let mut model = Model::empty();
        for line in text.lines().map(str::trim) {
            if let Some(remark) = line.strip_prefix('#') {
                model.remarks.push(remark.trim().to_owned());
            } else if let Some((name, value)) = line.split_once(" = ") {
                model.set(name.trim_matches('"'), value).ok_or_else(|| format!("cannot read `{line}`"))?;
            }
        }
        Ok(model)
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        if name == "intercept" {
            self.intercept = value.parse().ok()?;
            return Some(());
        }
        let at = NAMES.iter().position(|known| *known == name)?;
        let mut numbers = value.strip_prefix('[')?.strip_suffix(']')?.split(", ").map(str::parse::<f64>);
        let mut next = || numbers.next()?.ok().filter(|number| number.is_finite());
        *self.weights.get_mut(at)? = next()?;
        *self.means.get_mut(at)? = next()?;
        *self.scales.get_mut(at)? = next().filter(|scale| *scale > 0.0)?;
        Some(())
    }

    /// The model as TOML: remarks, the intercept, then weight, mean and scale of each feature.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for remark in &self.remarks {
            let _ = writeln!(text, "# {remark}");
        }
        let _ = writeln!(text, "\nintercept = {:.6}\n\n[features]", self.intercept);
        for (((name, weight), mean), scale) in
            NAMES.iter().zip(&self.weights).zip(&self.means).zip(&self.scales)
        {
            let _ = writeln!(text, "\"{name}\" = [{weight:.6}, {mean:.6}, {scale:.6}]");
        }
        text
    }
}

/// What two weighted sets have in common and what only one of them has, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Overlap {
    shared: f64,
    mine: f64,
    theirs: f64,
}

impl Overlap {
    fn all(&self) -> f64 {
        self.shared + self.mine + self.theirs
    }

    fn share(&self) -> f64 {
        ratio(self.shared, self.all())
    }

    fn cosine(&self) -> f64 {
        ratio(self.shared, ((self.shared + self.mine) * (self.shared + self.theirs)).sqrt())
    }

    fn containment(&self) -> f64 {
        ratio(self.shared, self.shared + self.mine.min(self.theirs))
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// What the data flow has in common; what a cut list may have left out counts neither way.
fn parts(flow: &crate::flow::Overlap) -> Overlap {
    let (shared, mine, theirs) = flow.parts();
    Overlap { shared, mine: mine - shared, theirs: theirs - shared }
}

/// Walks two sorted lists together; only what `counts` is looked at.
fn overlap<'a, T: Ord + 'a>(
    mine: impl Iterator<Item = (&'a T, &'a f32)>,
    theirs: &[T],
    counts: impl Fn(&T) -> bool,
) -> Overlap {
    let mut found = Overlap::default();
    let mut rest = theirs.iter().filter(|item| counts(item)).peekable();
    for (item, &weight) in mine.filter(|(item, _)| counts(item)) {
        while rest.next_if(|other| *other < item).is_some() {
            found.theirs += UNKNOWN_BITS;
        }
        if rest.next_if(|other| *other == item).is_some() {
            found.shared += f64::from(weight);
        } else {
            found.mine += f64::from(weight);
        }
    }
    found.theirs += UNKNOWN_BITS * rest.count() as f64;
    found
}

/// How far apart two counts are: the absolute logarithm of their ratio.
fn distance(a: u16, b: u16) -> f64 {
    ((f64::from(a) + 1.0) / (f64::from(b) + 1.0)).ln().abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_fingerprint::{Anchor, Flow, flow_weight};

    fn fingerprint(flow: &[u32], constants: &[u64]) -> Fingerprint {
        let anchor = |&hash| Anchor { kind: AnchorKind::Constant, hash };
        Fingerprint {
            exact: 1,
            tokens: None,
            blocks: Vec::new(),
            anchors: constants.iter().map(anchor).collect(),
            instructions: 10,
            block_count: 2,
            edge_count: 2,
            information: 100,
            flow: Flow { features: flow.to_vec(), keys: Vec::new(), bits: 0 },
        }
    }

    fn check(a: &Fingerprint, b: &Fingerprint, name: &str, expected: f64) {
        let weighed = Weighed::new(a, |_| 8.0, |_| 8.0);
        let value = features(&weighed, b, &Context::default()).get(name);
        assert!((value - expected).abs() < 1e-9, "{name}: {value} and not {expected}");
    }

    #[test]
    fn flow_in_common_is_counted_by_its_weight() {
        let (a, b) = (fingerprint(&[1, 2, 3, 9], &[]), fingerprint(&[2, 3, 4], &[]));
        let bits = |list: &[u32]| list.iter().map(|&feature| f64::from(flow_weight(feature))).sum::<f64>();
        check(&a, &b, "flow jaccard", bits(&[2, 3]) / bits(&[1, 2, 3, 4, 9]));
        check(&a, &b, "flow containment", bits(&[2, 3]) / bits(&[2, 3]).max(bits(&[2, 3, 4])));
        check(&a, &b, "flow missing", bits(&[1, 9]).ln_1p());
        check(&a, &b, "flow extra", bits(&[4]).ln_1p());
    }

    #[test]
    fn what_only_the_stored_side_refers_to_counts_eight_bits() {
        let (a, b) = (fingerprint(&[], &[5, 7]), fingerprint(&[], &[1, 7, 9]));
        check(&a, &b, "anchors", 8.0 / 32.0);
        check(&a, &b, "anchors firm", 8.0 / 40.0);
        check(&a, &b, "anchor bits", 8f64.ln_1p());
        check(&a, &b, "flow absent", 1.0);
    }

    #[test]
    fn a_model_is_read_as_it_was_written() {
        let mut model = Model::empty();
        model.remarks.push("made by a test".to_owned());
        model.intercept = -1.5;
        model.weights[3] = 0.25;
        model.scales[4] = 2.0;
        assert_eq!(Model::parse(&model.to_text()), Ok(model));
    }

    #[test]
    fn a_feature_that_nobody_knows_is_refused() {
        assert!(Model::parse("\"smell\" = [1, 0, 1]").is_err());
    }

    #[test]
    fn the_model_in_the_tree_is_readable() {
        let model = Model::parse(include_str!("../data/rerank.toml"));
        assert!(model.is_ok_and(|model| model.weights.iter().any(|weight| *weight != 0.0)));
    }
}
