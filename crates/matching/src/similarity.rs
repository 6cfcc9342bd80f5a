//! How alike two functions are, from 0 to 1, and by what.
//!
//! In come two fingerprints, with the weight of everything one of them refers
//! to; out comes a [`Similarity`]. The formula, in the order it is applied:
//!
//! 1. Equal masked bytes: 1, kind `exact`. Nothing else is looked at.
//! 2. *Code*: the estimated Jaccard similarity `J` of the instruction n-grams;
//!    with blocks kept on both sides, `max(J, 0.8 J + 0.2 B, 0.9 B)` where `B`
//!    is the weighted share of blocks in common. Functions too short for
//!    n-grams have only `0.9 B`. Where data flow is known on both sides, at least
//!    `F = max(x / (1 + x), W * (1 - 2^(-shared / 16)))` with `x = W * shared / 32`,
//!    where `W` is the Jaccard similarity of the data-flow features, each weighted
//!    by its rarity in goodware, and `shared` the sum of the weights of those in
//!    common, in bits; `x` counts from `W` of 0.05.
//!    `J` counts for 0.4 of itself where data flow speaks against it ([`is_contradicted`]).
//! 3. *Anchors*: `A = overlap * (1 - 2^(-bits / 8))`, where `bits` is the sum
//!    of the rarity of the anchors in common and `overlap` their share of all
//!    anchors of both, weighted alike. A single rare string of 13 bits, with
//!    nothing speaking against it, gives 0.68; a common one next to nothing.
//! 4. *Together*: `1 - (1 - code) (1 - 0.8 A)`: each is a way to be the same.
//! 5. *Shape*: multiplied by `0.7 + 0.3 s`, where `s` is the mean ratio of the
//!    smaller to the larger count of instructions, blocks and edges.
//!
//! Rarity is `log2(N / n)` with `N` the functions of the population and `n`
//! those of them, or of the query where that is more, that hold the thing.
//! What only the stored side holds has no known rarity and counts as 8 bits.

use crate::contradiction::is_contradicted;
use crate::document::{Holds, MatchKind};
use crate::flow::{Cut, FlowInCommon};
use crate::habits::Habits;
use crate::indices::no_fingerprint;
use crate::lists::{Found, side_by_side};
use cognate_fingerprint::{AnchorKind, Fingerprint, flow_weight};

/// What like instructions are worth where what is computed speaks against them. Judgement: never enough alone.
const CONTRADICTED: f64 = 0.4;
/// The rarity given to what only the other side refers to, in bits. Judgement.
pub(crate) const UNKNOWN_BITS: f64 = 8.0;
/// Jaccard similarity from which the tokens name the kind of a match. Judgement.
const TOKENS_SPEAK: f64 = 0.3;
/// Share of blocks in common from which the blocks do. Judgement.
const BLOCKS_SPEAK: f64 = 0.3;

/// A function with the rarity of its blocks, anchors and data-flow features.
#[derive(Clone, Debug)]
pub struct Weighed<'a> {
    /// What is compared.
    pub fingerprint: &'a Fingerprint,
    /// Bits of each block, in the fingerprint's order.
    pub blocks: Vec<f32>,
    /// Bits of each anchor, in the fingerprint's order.
    pub anchors: Vec<f32>,
    /// Bits of each data-flow feature, in the fingerprint's order.
    pub flow: Vec<f32>,
    /// Where the list of its data flow was cut.
    cut: Option<Cut>,
}

/// How alike two functions are, and by what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// 0 to 1.
    pub value: f64,
    /// The strongest kind of evidence.
    pub kind: MatchKind,
    /// Jaccard similarity of the tokens, where both have them.
    pub jaccard: Option<f64>,
    /// Rarity of the anchors in common, in bits.
    pub anchor_bits: f64,
    /// Blocks in common.
    pub shared_blocks: u32,
    /// What the data flow has in common; not looked at where the bytes are equal.
    pub flow: FlowInCommon,
    /// Which function's body is found inside the other. Says nothing of acceptance.
    pub holds: Option<Holds>,
}

/// What two weighted sets have in common.
#[derive(Clone, Copy, Debug, Default)]
struct InCommon {
    /// Things in both.
    count: u32,
    /// What those say.
    bits: f64,
    /// That over what all things of either say, 0 to 1.
    share: f64,
}

impl<'a> Weighed<'a> {
    /// Weighs a function by what `bits` says of each block and anchor.
    pub fn new(
        fingerprint: &'a Fingerprint,
        block_bits: impl Fn(u64) -> f32,
        anchor_bits: impl Fn(u64) -> f32,
    ) -> Self {
        let blocks = fingerprint.blocks.iter().map(|&hash| block_bits(hash)).collect();
        let anchors = fingerprint.anchors.iter().map(|anchor| anchor_bits(anchor.hash)).collect();
        let flow: Vec<f32> = fingerprint.flow.features.iter().map(|&feature| flow_weight(feature)).collect();
        let cut = Cut::of(&fingerprint.flow.features, &flow);
        Weighed { fingerprint, blocks, anchors, flow, cut }
    }

    /// The same where what the program does nearly everywhere says nothing.
    pub(crate) fn without(mut self, habits: &Habits) -> Self {
        habits.leave_out(&self.fingerprint.flow.features, &mut self.flow);
        self
    }

    /// What stands for a function that is not there: it is like nothing.
    pub(crate) fn nothing() -> Self {
        Weighed::new(no_fingerprint(), |_| 0.0, |_| 0.0)
    }

    /// Compares with another function; see the top of this file.
    pub fn similarity(&self, other: &Fingerprint) -> Similarity {
        let mine = self.fingerprint;
        let anchors = in_common(mine.anchors.iter().zip(&self.anchors), &other.anchors, |a| a.kind);
        if mine.exact == other.exact {
            return Similarity {
                value: 1.0,
                kind: MatchKind::Exact,
                jaccard: None,
                anchor_bits: anchors.bits,
                shared_blocks: 0,
                flow: FlowInCommon::default(),
                holds: None,
            };
        }
        let blocks = in_common(mine.blocks.iter().zip(&self.blocks), &other.blocks, |_| AnchorKind::Table);
        let jaccard = match (&mine.tokens, &other.tokens) {
            (Some((a, _)), Some((b, _))) => Some(a.similarity(b)),
            _ => None,
        };
        let flow = self.flow_in_common(other);
        let against = if is_contradicted(mine, other, &flow, anchors.count) { CONTRADICTED } else { 1.0 };
        let code = code(jaccard.map(|jaccard| against * jaccard), blocks.share, flow.alike());
        let anchored = anchors.share * (1.0 - (-anchors.bits / 8.0).exp2());
        let together = 1.0 - (1.0 - code) * (1.0 - 0.8 * anchored);
        let value = (together * (0.7 + 0.3 * shape(mine, other))).clamp(0.0, 1.0);
        Similarity {
            value,
            kind: kind(jaccard, blocks.share, flow.alike(), anchored),
            jaccard,
            anchor_bits: anchors.bits,
            shared_blocks: blocks.count,
            holds: flow.holds(),
            flow,
        }
    }

    /// The same where it is known what the callees of each would add to it.
    pub(crate) fn flow_folded(&self, other: &Fingerprint, folded: [&[u32]; 2]) -> FlowInCommon {
        let mine = (self.fingerprint.flow.features.as_slice(), self.flow.as_slice(), self.cut);
        FlowInCommon::of(mine, &other.flow.features, folded)
    }

    /// What the data flow of both has in common.
    pub(crate) fn flow_in_common(&self, other: &Fingerprint) -> FlowInCommon {
        self.flow_folded(other, [&[], &[]])
    }
}

/// How alike the code is, by instructions, blocks and data flow.
fn code(jaccard: Option<f64>, blocks: f64, flow: f64) -> f64 {
    let by_blocks = 0.9 * blocks;
    let by_text = match jaccard {
        Some(jaccard) => jaccard.max(0.8 * jaccard + 0.2 * blocks).max(by_blocks),
        None => by_blocks,
    };
    by_text.max(flow)
}

fn kind(jaccard: Option<f64>, blocks: f64, flow: f64, anchored: f64) -> MatchKind {
    let tokens = jaccard.unwrap_or(0.0);
    if tokens < TOKENS_SPEAK && flow > tokens.max(blocks).max(anchored) {
        return MatchKind::DataFlow;
    }
    match jaccard {
        Some(jaccard) if jaccard >= TOKENS_SPEAK || (jaccard >= blocks && jaccard >= anchored) => {
            MatchKind::Tokens
        }
        _ if blocks >= BLOCKS_SPEAK || blocks > anchored => MatchKind::Blocks,
        _ => MatchKind::AnchorsOnly,
    }
}

/// The mean ratio of the smaller to the larger count, over instructions, blocks and edges.
pub(crate) fn shape(a: &Fingerprint, b: &Fingerprint) -> f64 {
    let ratio = |a: u16, b: u16| (f64::from(a.min(b)) + 1.0) / (f64::from(a.max(b)) + 1.0);
    let counts = [
        ratio(a.instructions, b.instructions),
        ratio(a.block_count, b.block_count),
        ratio(a.edge_count, b.edge_count),
    ];
    counts.iter().sum::<f64>() / 3.0
}

/// Compares two sorted lists, `mine` with what each thing says.
fn in_common<'a, T: Ord + 'a>(
    mine: impl Iterator<Item = (&'a T, &'a f32)>,
    theirs: &'a [T],
    kind: impl Fn(&T) -> AnchorKind,
) -> InCommon {
    let (mut count, mut bits, mut all) = (0u32, 0.0, 0.0);
    let mine = mine.map(|(item, &weight)| (item, f64::from(weight) * kind_weight(kind(item))));
    for found in side_by_side(mine, theirs.iter().map(|item| (item, ()))) {
        match found {
            Found::First(weight) => all += weight,
            Found::Second(()) => {}
            Found::Both(weight, ()) => {
                all += weight;
                count += 1;
                bits += weight;
            }
        }
    }
    all += UNKNOWN_BITS * (theirs.len() as f64 - f64::from(count));
    let share = if bits > 0.0 { (bits / all).min(1.0) } else { 0.0 };
    InCommon { count, bits, share }
}

/// An import says less than its rarity: functions that wrap it call it everywhere.
fn kind_weight(kind: AnchorKind) -> f64 {
    match kind {
        AnchorKind::Import => 0.5,
        AnchorKind::Constant => 0.8,
        AnchorKind::String | AnchorKind::Table => 1.0,
    }
}
