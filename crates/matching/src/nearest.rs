//! One function of a sample, and those of another that are most like it.
//!
//! In come two samples, their [`Comparison`] and a function of either; out comes
//! [`Nearest`]. Every function of the other side is compared, by nothing but its
//! own content, so that a function without a partner gets an answer too; who is
//! partner of whom is taken from the comparison.

use crate::document::{
    AlignedPair, AnchorKind, Comparison, ExpressionDifference, FunctionRef, How, NearFunction, Nearest,
    Reference, Side,
};
use crate::habits::Habits;
use crate::indices::{QueryFunction, StoredFunction};
use crate::options::MatchOptions;
use crate::program::{Other, Query};
use crate::rarity::Rarity;
use crate::reasons::reasons;
use crate::similarity::Weighed;
use cognate_base::Deadline;
use cognate_fingerprint::{Anchor, Fingerprint, FunctionFingerprint, MAX_ANCHORS, SampleFingerprint};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

/// Work of comparing two functions.
const COMPARED: u64 = 16;
/// Likeness of instructions is estimated by the 64 rows of a MinHash: two of them are chance (one standard error at
/// a Jaccard similarity of 0.93).
const RESOLUTION: f64 = 2.0 / 63.0;

/// A function of one of two samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedFunction {
    /// The sample that it is of.
    pub side: Side,
    /// Its index there.
    pub index: u32,
}

/// Finds the `count` functions of the other sample that are most like one: its partner first, where it has one.
///
/// Nothing comes back where there is no such function. Expressions are left empty:
/// [`expression_difference`](crate::expression_difference) tells them. [`Nearest::compared`] is less than the
/// functions of the other sample where the time did not reach.
pub fn nearest(
    (a, b): (&SampleFingerprint, &SampleFingerprint),
    comparison: &Comparison,
    asked: AskedFunction,
    count: usize,
    time: Option<Duration>,
) -> Option<Nearest> {
    let (own, other) = if asked.side == Side::A { (a, b) } else { (b, a) };
    let (own, other) = (Query::new(own), Other::new(other));
    let query = own.functions.checked(asked.index)?;
    let deadline = time.map_or_else(Deadline::never, Deadline::after);
    let search = Search::new(asked.side, query, (&own, &other), comparison);
    let (ranked, compared) = search.ranked(&deadline);
    let likest = ranked.iter().map(|near| near.similarity).fold(0.0, f64::max);
    let as_alike = |near: &&Ranked| match likest < 1.0 {
        true => near.similarity >= likest - RESOLUTION,
        false => near.similarity >= 1.0,
    };
    Some(Nearest {
        side: asked.side,
        function: own.reference(query),
        information: u64::from(search.function.fingerprint.information),
        telling: search.function.fingerprint.is_telling(),
        compared,
        alike_enough: likest >= MatchOptions::default().accept,
        as_alike: ranked.iter().filter(as_alike).count() as u64,
        functions: ranked.iter().take(count).map(|near| search.shown(near)).collect(),
    })
}

/// What is looked for, and where.
struct Search<'a> {
    side: Side,
    function: &'a FunctionFingerprint,
    weighed: Weighed<'a>,
    other: &'a Other<'a>,
    occurrences: Occurrences,
    /// The pair of the function.
    pair: Option<&'a AlignedPair>,
    /// The partners of the other side's functions.
    partners: HashMap<u32, &'a FunctionRef>,
}

/// A function of the other side, and how alike it is by its content.
struct Ranked {
    function: StoredFunction,
    similarity: f64,
}

impl<'a> Search<'a> {
    fn new(
        side: Side,
        query: QueryFunction,
        (own, other): (&'a Query<'a>, &'a Other<'a>),
        comparison: &'a Comparison,
    ) -> Self {
        let sides = |pair: &'a AlignedPair| match side {
            Side::A => (&pair.query, &pair.stored),
            Side::B => (&pair.stored, &pair.query),
        };
        let function = own.functions[query];
        let occurrences = Occurrences::of(own.functions.items(), other.functions.items());
        let habits = Habits::of(own.functions.items().iter().map(|own| &own.fingerprint));
        Search {
            side,
            function,
            weighed: occurrences.weigh(&function.fingerprint).without(&habits),
            other,
            occurrences,
            pair: comparison.pairs.iter().find(|pair| sides(pair).0.index == query.0),
            partners: comparison.pairs.iter().map(sides).map(|(own, other)| (other.index, own)).collect(),
        }
    }

    fn is_partner(&self, function: StoredFunction) -> bool {
        let index = |pair: &AlignedPair| match self.side {
            Side::A => pair.stored.index,
            Side::B => pair.query.index,
        };
        self.pair.is_some_and(|pair| index(pair) == function.0)
    }

    /// All functions that are alike at all, the partner first, then the likest; and how many were compared.
    fn ranked(&self, deadline: &Deadline) -> (Vec<Ranked>, u64) {
        let (mut ranked, mut compared) = (Vec::new(), 0);
        for (function, stored) in self.other.functions.entries() {
            if !deadline.spend(COMPARED) {
                break;
            }
            compared += 1;
            let found = self.weighed.similarity(&stored.fingerprint);
            if found.value > 0.0 || self.is_partner(function) {
                ranked.push((found.flow.bits, Ranked { function, similarity: found.value }));
            }
        }
        ranked.sort_by(|(bits, near), (other_bits, other)| {
            let first =
                Reverse(self.is_partner(near.function)).cmp(&Reverse(self.is_partner(other.function)));
            let liker = other.similarity.total_cmp(&near.similarity).then(other_bits.total_cmp(bits));
            first.then(liker).then(near.function.cmp(&other.function))
        });
        (ranked.into_iter().map(|(_, near)| near).collect(), compared)
    }

    fn shown(&self, near: &Ranked) -> NearFunction {
        let stored = self.other.functions[near.function];
        let is_partner = self.is_partner(near.function);
        let pair = self.pair.filter(|_| is_partner);
        let (own_alone, other_alone) =
            (self.occurrences.alone(self.function, stored), self.occurrences.alone(stored, self.function));
        let (references_only_a, references_only_b) = match self.side {
            Side::A => (own_alone, other_alone),
            Side::B => (other_alone, own_alone),
        };
        let texts = &self.function.anchor_texts;
        NearFunction {
            function: self.other.reference(near.function),
            // of a pair that its place alone makes the similarity is that of shape as well
            similarity: pair
                .filter(|pair| pair.how != How::CallGraph)
                .map_or(near.similarity, |pair| pair.similarity),
            partner: pair.map(|pair| pair.how),
            partner_of: self.partners.get(&near.function.0).filter(|_| !is_partner).copied().cloned(),
            reasons: reasons(&self.weighed, texts, &stored.fingerprint, |key| {
                self.occurrences.number(key.hash)
            }),
            expressions: ExpressionDifference::default(),
            references_only_a,
            references_only_b,
        }
    }
}

/// How many functions of the sample that has most of them hold each block and anchor.
struct Occurrences {
    counts: HashMap<u64, [u64; 2]>,
    rarity: Rarity,
}

impl Occurrences {
    fn of(own: &[&FunctionFingerprint], other: &[&FunctionFingerprint]) -> Self {
        let mut counts: HashMap<u64, [u64; 2]> = HashMap::new();
        for (side, functions) in [own, other].into_iter().enumerate() {
            for Fingerprint { blocks, anchors, .. } in functions.iter().map(|function| &function.fingerprint)
            {
                for hash in blocks.iter().copied().chain(anchors.iter().map(|anchor| anchor.hash)) {
                    counts
                        .entry(hash)
                        .or_default()
                        .iter_mut()
                        .skip(side)
                        .take(1)
                        .for_each(|count| *count += 1);
                }
            }
        }
        Occurrences { counts, rarity: Rarity::among((own.len() + other.len()) as u64) }
    }

    fn number(&self, hash: u64) -> u64 {
        self.counts.get(&hash).map_or(1, |[own, other]| (*own).max(*other).max(1))
    }

    fn weigh<'f>(&self, fingerprint: &'f Fingerprint) -> Weighed<'f> {
        let bits = |hash| self.rarity.bits(self.number(hash));
        Weighed::new(fingerprint, bits, bits)
    }

    /// What one function refers to and the other does not, the rarest first.
    fn alone(&self, function: &FunctionFingerprint, without: &FunctionFingerprint) -> Vec<Reference> {
        let anchors = match without.fingerprint.anchors.len() < MAX_ANCHORS {
            true => function.fingerprint.anchors.as_slice(),
            // Whether the others are among what was not kept is not known.
            false => &[],
        };
        let anchors = anchors.iter().enumerate();
        let alone = anchors.filter(|(_, anchor)| without.fingerprint.anchors.binary_search(anchor).is_err());
        let reference = |(at, anchor): (usize, &Anchor)| Reference {
            kind: anchor.kind,
            text: function.anchor_texts.get(at).cloned(),
            occurs: self.number(anchor.hash),
        };
        let mut alone: Vec<Reference> = alone.map(reference).collect();
        alone.sort_by_key(|reference| (reference.occurs, reference.kind == AnchorKind::Import));
        alone
    }
}
