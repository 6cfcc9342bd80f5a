//! Why two functions are held to be the same, in a form that an analyst can check.

use crate::align::Pair;
use crate::document::{AlignedPair, FunctionRef, Reason};
use crate::program::Query;
use crate::similarity::{Similarity, Weighed};
use cognate_base::Deadline;
use cognate_fingerprint::{Fingerprint, Key, Tier};

/// Work of telling why two functions are alike.
const REASONS: u64 = 64;
/// Jaccard similarity, of n-grams or data flow, that is worth a word. Judgement.
const WORTH_SAYING: f64 = 0.1;

/// A pair that was put side by side, with its reasons where there is time.
pub(crate) fn aligned(
    pair: &Pair,
    (query, own): (&Query<'_>, &Weighed<'_>),
    (reference, stored): (FunctionRef, &Fingerprint),
    occurs: impl Fn(Key) -> u64,
    deadline: &Deadline,
) -> AlignedPair {
    let texts = &query.functions[pair.query].anchor_texts;
    AlignedPair {
        query: query.reference(pair.query),
        stored: reference,
        similarity: pair.similarity,
        how: pair.how,
        reasons: match deadline.spend(REASONS) {
            true => reasons(own, texts, stored, occurs),
            false => Vec::new(),
        },
    }
}

/// Why two functions are held to be the same, the strongest reason first.
pub(crate) fn reasons(
    own: &Weighed<'_>,
    texts: &[String],
    stored: &Fingerprint,
    occurs: impl Fn(Key) -> u64,
) -> Vec<Reason> {
    let similarity = own.similarity(stored);
    let mut reasons = Vec::new();
    if own.fingerprint.exact == stored.exact {
        reasons.push(Reason::Exact);
    } else {
        reasons.extend(
            similarity
                .jaccard
                .filter(|&jaccard| jaccard >= WORTH_SAYING)
                .map(|jaccard| Reason::Tokens { jaccard }),
        );
        if similarity.shared_blocks > 0 {
            reasons.push(Reason::Blocks {
                shared: u64::from(similarity.shared_blocks),
                of_query: own.fingerprint.blocks.len() as u64,
                of_stored: stored.blocks.len() as u64,
            });
        }
        reasons.extend(flow_reasons(own, stored, &similarity));
    }
    let mut anchors: Vec<(f32, Reason)> = Vec::new();
    for (at, (anchor, &bits)) in own.fingerprint.anchors.iter().zip(&own.anchors).enumerate() {
        if stored.anchors.binary_search(anchor).is_ok() {
            let occurs = occurs(Key { tier: Tier::Anchor, hash: anchor.hash });
            let text = texts.get(at).cloned();
            anchors.push((bits, Reason::Anchor { kind: anchor.kind, text, occurs }));
        }
    }
    anchors.sort_by(|a, b| b.0.total_cmp(&a.0));
    reasons.extend(anchors.into_iter().map(|(_, reason)| reason));
    // They stay for every pair that is shown.
    reasons.shrink_to_fit();
    reasons
}

/// What the data flow says for a pair.
fn flow_reasons(own: &Weighed<'_>, stored: &Fingerprint, similarity: &Similarity) -> Vec<Reason> {
    let flow = &similarity.flow;
    let mut reasons = Vec::new();
    if flow.alike() >= WORTH_SAYING || similarity.holds.is_some() {
        reasons.push(Reason::DataFlow {
            shared: u64::from(flow.shared),
            bits: flow.bits,
            of_query: own.fingerprint.flow.features.len() as u64,
            of_stored: stored.flow.features.len() as u64,
        });
    }
    let contained = flow.contained();
    reasons.extend(similarity.holds.map(|holds| Reason::Inlined { holds, contained }));
    reasons
}
