//! What speaks for two functions being one source, as numbers, and the odds they give.
//!
//! [`features`] takes two fingerprints and gives a [`PairFeatures`]: one number
//! for everything looked at, in the order of [`NAMES`]. A [`Model`] turns them
//! into a probability: a logistic regression (`model.rs`) whose weights lie in
//! `data/`, fitted by `cognate-bench fit` on the development part of
//! the controlled corpus (`bench/README.md`). A feature that is new here has no
//! weight until the model is fitted again.

use crate::document::ratio;
use crate::flow::FlowInCommon;
use crate::lists::{Found, side_by_side};
pub use crate::model::{FEATURES, Model, NAMES, PairFeatures};
use crate::similarity::{UNKNOWN_BITS, Weighed, shape};
use crate::surroundings::Folded;
use cognate_fingerprint::{AnchorKind, Fingerprint};
use std::sync::LazyLock;

/// What the fingerprints of a pair do not say themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Context<'a> {
    /// One is x86 of any width and the other is not: their tokens and blocks tell nothing.
    pub other_arch: bool,
    /// How alike the functions they call are, 0 to 1; `None` where not looked at, or a side calls none.
    pub callees: Option<f64>,
    /// The same of the functions that call them.
    pub callers: Option<f64>,
    /// What the callees of the query would add to it.
    pub query_folded: Option<&'a Folded>,
    /// What those of the stored function would add to that.
    pub stored_folded: Option<&'a Folded>,
}

/// Takes what speaks for a pair from the two fingerprints.
///
/// `query` brings the rarity of its own blocks and anchors; data flow has
/// rarities of its own.
pub fn features(query: &Weighed<'_>, stored: &Fingerprint, context: &Context<'_>) -> PairFeatures {
    let features = |folded: Option<&'_ Folded>| folded.map_or(Vec::new(), |folded| folded.features.clone());
    let (mine, theirs) = (features(context.query_folded), features(context.stored_folded));
    features_with(query, stored, context, &query.flow_folded(stored, [&mine, &theirs]))
}

/// The same where it is known what the data flow has in common.
pub(crate) fn features_with(
    query: &Weighed<'_>,
    stored: &Fingerprint,
    context: &Context<'_>,
    flow: &FlowInCommon,
) -> PairFeatures {
    let mine = query.fingerprint;
    let (mine_folded, theirs_folded) = flow.folded();
    let flow = Bits::of_flow(flow);
    let folded = Bits {
        shared: flow.shared + mine_folded + theirs_folded,
        mine: flow.mine - mine_folded,
        theirs: flow.theirs - theirs_folded,
    };
    let folded_size = |print: &Fingerprint, side: Option<&Folded>, share: f64| {
        f64::from(print.instructions) + share * side.map_or(0.0, |side| f64::from(side.instructions))
    };
    let no_flow = mine.flow.features.is_empty() || stored.flow.features.is_empty();
    let tokens = match (&mine.tokens, &stored.tokens) {
        (Some((a, _)), Some((b, _))) if !context.other_arch => Some(a.similarity(b)),
        _ => None,
    };
    let blocks = Bits::of(mine.blocks.iter().zip(&query.blocks), &stored.blocks, |_| true);
    let anchors = anchors(query, stored, None);
    let folded_anchors = folded_anchors(query, stored, context);
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
        context.callers.unwrap_or(0.0),
        context.callers.unwrap_or(0.0) * context.callers.unwrap_or(0.0),
        flag(context.callers.is_none()),
        folded.share(),
        -(1.0 - folded.share().min(0.99)).ln(),
        (mine_folded + theirs_folded).ln_1p(),
        folded.mine.max(0.0).ln_1p(),
        folded.theirs.max(0.0).ln_1p(),
        ratio(folded_anchors.shared, folded_anchors.all() + UNKNOWN_BITS),
        folded.containment(),
        (folded_size(mine, context.query_folded, ratio(theirs_folded, flow.theirs))
            / folded_size(stored, context.stored_folded, ratio(mine_folded, flow.mine)).max(1.0))
        .max(0.001)
        .ln()
        .abs(),
    ])
}

/// The share of anchors in common, by rarity, 0 to 1; of one kind or of all.
pub fn anchor_share(query: &Weighed<'_>, stored: &Fingerprint, kind: Option<AnchorKind>) -> f64 {
    anchors(query, stored, kind).share()
}

fn anchors(query: &Weighed<'_>, stored: &Fingerprint, kind: Option<AnchorKind>) -> Bits {
    let own = query.fingerprint.anchors.iter().zip(&query.anchors);
    Bits::of(own, &stored.anchors, |anchor| kind.is_none_or(|kind| anchor.kind == kind))
}

/// The anchors in common where callees are folded in: what those of the other side refer to counts as shared.
fn folded_anchors(query: &Weighed<'_>, stored: &Fingerprint, context: &Context<'_>) -> Bits {
    let is_in = |folded: Option<&Folded>, hash: u64| {
        folded.is_some_and(|folded| folded.anchors.binary_search(&hash).is_ok())
    };
    let mine = query.fingerprint.anchors.iter().zip(&query.anchors);
    let mine = mine.map(|(anchor, &weight)| (anchor, (anchor.hash, f64::from(weight))));
    let mut bits = Bits::default();
    for found in side_by_side(mine, stored.anchors.iter().map(|anchor| (anchor, anchor.hash))) {
        match found {
            Found::Both((_, weight), _) => bits.shared += weight,
            Found::First((hash, weight)) if is_in(context.stored_folded, hash) => bits.shared += weight,
            Found::First((_, weight)) => bits.mine += weight,
            Found::Second(hash) if is_in(context.query_folded, hash) => bits.shared += UNKNOWN_BITS,
            Found::Second(_) => bits.theirs += UNKNOWN_BITS,
        }
    }
    bits
}

static CONTENT: LazyLock<Model> = LazyLock::new(|| include!(concat!(env!("OUT_DIR"), "/content.rs")));
static PLACED: LazyLock<Model> = LazyLock::new(|| include!(concat!(env!("OUT_DIR"), "/placed.rs")));

impl Model {
    /// By what is in the functions alone (`data/content.toml`, read when the crate was built).
    pub fn content() -> &'static Model {
        &CONTENT
    }

    /// By what calls them and what they call as well (`data/placed.toml`).
    pub fn placed() -> &'static Model {
        &PLACED
    }
}

/// What two weighted sets have in common and what only one of them has, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bits {
    shared: f64,
    mine: f64,
    theirs: f64,
}

impl Bits {
    /// Compares two sorted lists, `mine` with what each thing says; only what `counts` is looked at.
    fn of<'a, T: Ord + 'a>(
        mine: impl Iterator<Item = (&'a T, &'a f32)>,
        theirs: &'a [T],
        counts: impl Fn(&T) -> bool,
    ) -> Bits {
        let mine = mine.filter(|(item, _)| counts(item));
        let theirs = theirs.iter().filter(|item| counts(item)).map(|item| (item, ()));
        let mut bits = Bits::default();
        for found in side_by_side(mine, theirs) {
            match found {
                Found::First(&weight) => bits.mine += f64::from(weight),
                Found::Second(()) => bits.theirs += UNKNOWN_BITS,
                Found::Both(&weight, ()) => bits.shared += f64::from(weight),
            }
        }
        bits
    }

    /// The same of data flow; what a cut list may have left out counts neither way.
    fn of_flow(flow: &FlowInCommon) -> Bits {
        let (shared, mine, theirs) = flow.parts();
        Bits { shared, mine: mine - shared, theirs: theirs - shared }
    }

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
    fn the_models_in_the_tree_are_those_that_were_built_in() {
        for (text, model) in [
            (include_str!("../data/content.toml"), Model::content()),
            (include_str!("../data/placed.toml"), Model::placed()),
        ] {
            assert_eq!(Model::parse(text).as_ref(), Ok(model));
            assert!(model.weights.iter().any(|weight| *weight != 0.0));
        }
    }

    #[test]
    fn content_is_judged_without_surroundings() {
        for (name, weight) in NAMES.iter().zip(Model::content().weights) {
            let placed = ["callees", "callers", "folded"].iter().any(|word| name.contains(word));
            assert!(!placed || weight == 0.0, "{name}");
        }
    }
}
