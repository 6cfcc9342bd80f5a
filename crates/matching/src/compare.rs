//! Two samples function by function, without a store.

use crate::align::{Node, Pair, Seed, Side, align};
use crate::document::{
    AlignedPair, ComparedSample, Comparison, FunctionRef, How, InlinedPair, Provenance, Reason, SCHEMA,
};
use crate::facts::{code_bytes, share};
use crate::flow::Postings;
use crate::inlining::{Held, rows};
use crate::matcher::REASONS;
use crate::options::Options;
use crate::provenance::{Question, provenance};
use crate::similarity::Weighed;
use crate::telling::{own_ref, reasons};
use crate::time::{Time, left_out};
use cognate_base::Deadline;
use cognate_fingerprint::{Component, Fingerprint, INFORMATION_FLOOR, Key, SampleFingerprint, Tier};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Populations smaller than this tell nothing about rarity.
const LEAST_POPULATION: f64 = 16_384.0;

/// Puts two samples side by side.
///
/// Pairs found by neighbours only (`call-graph`) are for display. The shares
/// are given both ways. The same two samples always give the same answer, and
/// the other way round its mirror image: candidates are proposed for one side
/// and weighed by what that side knows, so always the same side is asked about.
///
/// ```
/// use cognate_fingerprint::SampleFingerprint;
/// # use cognate_base::SampleId;
/// # let sample = SampleFingerprint { id: SampleId::of(b""), size: 0, format: cognate_binary::Format::Elf,
/// #     arch: cognate_binary::Arch::X86_64, functions: vec![], components: vec![], partial: false };
/// let comparison = cognate_matching::compare(&sample, &sample);
/// assert!(comparison.pairs.is_empty());
/// ```
pub fn compare(a: &SampleFingerprint, b: &SampleFingerprint) -> Comparison {
    compare_within(a, b, None)
}

/// The same in limited time: [`Comparison::left_out`] says what was not looked at by then.
pub fn compare_within(a: &SampleFingerprint, b: &SampleFingerprint, time: Option<Duration>) -> Comparison {
    let place = |sample: &SampleFingerprint| (sample.functions.len(), sample.id);
    if place(b) < place(a) { turned(compare_in_order(b, a, time)) } else { compare_in_order(a, b, time) }
}

/// Asks for each function of `a` which of `b` is its partner.
fn compare_in_order(a: &SampleFingerprint, b: &SampleFingerprint, time: Option<Duration>) -> Comparison {
    let Time { gather, whole } = Time::start(time);
    let keys = Keys::new(a, b);
    let weighed: Vec<Weighed<'_>> = a.functions.iter().map(|own| keys.weigh(&own.fingerprint)).collect();
    let (seeds, held, compared_all) = keys.seeds(b, &weighed, &Options::default(), &gather);
    let pairs = align(&side(a), &side(b), seeds, &whole);
    let shown: Vec<AlignedPair> =
        pairs.iter().filter_map(|pair| shown(pair, a, b, &weighed, &keys, &whole)).collect();
    drop((weighed, keys));
    let inlined = rows(held, &pairs, a, b, &whole);
    let mut left = Vec::new();
    if compared_all < a.functions.len() {
        let functions = a.functions.len() - compared_all;
        let what = format!("{functions} functions were not compared");
        left.push(left_out("comparing", &what));
    }
    if whole.passed() {
        left.push(left_out("comparing", "functions were put side by side in part"));
    }
    let of = |pair: &Pair| (pair.query, pair.how);
    let other = |pair: &Pair| (pair.stored, pair.how);
    Comparison {
        schema: SCHEMA,
        a: compared(a, pairs.iter().map(of).collect()),
        b: compared(b, pairs.iter().map(other).collect()),
        provenance: how_they_agree(a, b, &shown, !left.is_empty()),
        pairs: shown,
        inlined,
        left_out: left,
    }
}

/// The same from the other side.
fn turned(comparison: Comparison) -> Comparison {
    let mut pairs: Vec<AlignedPair> = comparison.pairs.into_iter().map(turned_pair).collect();
    pairs.sort_by_key(|pair| (pair.query.index, pair.stored.index));
    let inlined = comparison.inlined.into_iter().map(|row| InlinedPair {
        query: row.stored,
        stored: row.query,
        holds: row.holds.turned(),
        ..row
    });
    Comparison { a: comparison.b, b: comparison.a, pairs, inlined: inlined.collect(), ..comparison }
}

fn turned_pair(pair: AlignedPair) -> AlignedPair {
    let reasons = pair.reasons.into_iter().map(turned_reason).collect();
    AlignedPair { query: pair.stored, stored: pair.query, reasons, ..pair }
}

fn turned_reason(reason: Reason) -> Reason {
    match reason {
        Reason::Blocks { shared, of_query, of_stored } => {
            Reason::Blocks { shared, of_query: of_stored, of_stored: of_query }
        }
        Reason::DataFlow { shared, bits, of_query, of_stored } => {
            Reason::DataFlow { shared, bits, of_query: of_stored, of_stored: of_query }
        }
        Reason::Inlined { holds, contained } => Reason::Inlined { holds: holds.turned(), contained },
        same @ (Reason::Exact | Reason::Tokens { .. } | Reason::Anchor { .. }) => same,
    }
}

fn how_they_agree(
    a: &SampleFingerprint,
    b: &SampleFingerprint,
    pairs: &[AlignedPair],
    in_part: bool,
) -> Provenance {
    let is_traced = |sample: &SampleFingerprint, function: &FunctionRef| {
        let own = sample.functions.get(function.index as usize);
        own.is_some_and(|own| !own.fingerprint.flow.features.is_empty())
    };
    provenance(&Question {
        pairs: pairs.iter().collect(),
        traced: &|pair| is_traced(a, &pair.query) && is_traced(b, &pair.stored),
        same_machine: a.arch == b.arch,
        code_bytes: code_bytes(a).min(code_bytes(b)),
        libraries: libraries(&a.components, &b.components),
        private_only: false,
        partial: a.partial || b.partial || in_part,
    })
}

/// The libraries that both samples name.
pub(crate) fn libraries(a: &[Component], b: &[Component]) -> Vec<String> {
    let both = a.iter().filter(|one| b.iter().any(|other| one.name == other.name));
    let names: BTreeSet<&str> = both.map(|one| one.name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// A sample as a call graph.
pub(crate) fn side(sample: &SampleFingerprint) -> Side<'_> {
    let node = |own| -> Node<'_> {
        let own: &cognate_fingerprint::FunctionFingerprint = own;
        Node { fingerprint: &own.fingerprint, callees: &own.callees }
    };
    Side::new(sample.functions.iter().map(node).collect())
}

/// Every key of both samples with the functions that hold it, ascending.
struct Keys {
    /// In `a`, with the number of functions.
    a: HashMap<Key, u64>,
    /// In `b`.
    b: Vec<(Key, u32)>,
    population: f64,
}

impl Keys {
    fn new(a: &SampleFingerprint, b: &SampleFingerprint) -> Self {
        let mut counts = HashMap::new();
        for key in a.functions.iter().flat_map(|own| own.fingerprint.keys()) {
            *counts.entry(key).or_default() += 1;
        }
        // room is made once: a list that grows takes up to three times as much while it does
        let number = b.functions.iter().map(|stored| stored.fingerprint.keys().len());
        let mut keys: Vec<(Key, u32)> = Vec::with_capacity(number.sum());
        for (stored, at) in b.functions.iter().zip(0u32..) {
            keys.extend(stored.fingerprint.keys().into_iter().map(|key| (key, at)));
        }
        keys.sort_unstable();
        let functions = (a.functions.len() + b.functions.len()) as f64;
        Keys { a: counts, b: keys, population: functions.max(LEAST_POPULATION) }
    }

    fn holders(&self, key: Key) -> &[(Key, u32)] {
        let from = self.b.partition_point(|(other, _)| *other < key);
        let rest = self.b.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|(other, _)| *other == key)).unwrap_or_default()
    }

    fn occurs(&self, key: Key) -> u64 {
        let own = self.a.get(&key).copied().unwrap_or(0);
        own.max(self.holders(key).len() as u64).max(1)
    }

    fn weigh<'f>(&self, fingerprint: &'f Fingerprint) -> Weighed<'f> {
        let bits = |tier: Tier, hash: u64| {
            (self.population / self.occurs(Key { tier, hash }) as f64).log2().max(0.0) as f32
        };
        Weighed::new(fingerprint, |hash| bits(Tier::Block, hash), |hash| bits(Tier::Anchor, hash))
    }

    /// Pairs alike enough by their own content, and pairs of which one holds the other's body; also how
    /// many functions there was time for.
    fn seeds(
        &self,
        b: &SampleFingerprint,
        weighed: &[Weighed<'_>],
        options: &Options,
        deadline: &Deadline,
    ) -> (Vec<Seed>, Vec<Held>, usize) {
        let (mut seeds, mut held) = (Vec::new(), Vec::new());
        let mut flows = Postings::new(b);
        let mut votes: Vec<u32> = Vec::new();
        let mut twins: HashMap<u64, usize> = HashMap::new();
        for (own, query) in weighed.iter().zip(0u32..) {
            votes.clear();
            for key in own.fingerprint.keys() {
                let holders = self.holders(key);
                if key.tier == Tier::Exact {
                    let turn = twins.entry(key.hash).or_default();
                    votes.extend(window(holders, *turn).map(|(_, at)| at));
                    *turn += 1;
                } else if holders.len() <= if key.tier == Tier::Flow { MOST_SHARERS } else { options.key_cap }
                {
                    votes.extend(holders.iter().map(|(_, at)| at));
                }
            }
            if own.fingerprint.information >= INFORMATION_FLOOR {
                votes.extend(flows.near(&own.fingerprint.flow.features, &own.flow));
            }
            if !deadline.spend((votes.len() + CANDIDATES) as u64) {
                return (seeds, held, query as usize);
            }
            elect(&mut votes);
            let mut room = room_for_seeds(seeds.len());
            let mut room_held = room_for_seeds(held.len());
            for &stored in &votes {
                let Some(other) = b.functions.get(stored as usize) else { continue };
                let similarity = own.similarity(&other.fingerprint);
                if similarity.value >= options.accept && room > 0 {
                    room -= 1;
                    seeds.push(Seed { query, stored, similarity: similarity.value, kind: similarity.kind });
                }
                let overlap = similarity.flow;
                if let Some(holds) = similarity.holds.filter(|_| room_held > 0) {
                    room_held -= 1;
                    held.push(Held { query, stored, holds, overlap });
                }
            }
        }
        (seeds, held, weighed.len())
    }
}

/// Pairs that are alike enough, of all functions together; beyond, a function has so few. The same of
/// pairs of which one holds the other's body.
const MOST_SEEDS: usize = 1_000_000;
const FEW_SEEDS: usize = 8;

/// How many pairs the next function may have where there are so many of those before it.
pub(crate) fn room_for_seeds(so_far: usize) -> usize {
    MOST_SEEDS.saturating_sub(so_far).max(FEW_SEEDS)
}

/// Functions that share a data-flow key, above which it proposes none.
const MOST_SHARERS: usize = 64;
/// Most functions of the other sample that one is compared with.
const CANDIDATES: usize = 128;

/// Each proposed function once, ascending; of too many those proposed most often.
fn elect(votes: &mut Vec<u32>) {
    votes.sort_unstable();
    let mut counted: Vec<(usize, u32)> =
        votes.chunk_by(|a, b| a == b).filter_map(|run| Some((run.len(), *run.first()?))).collect();
    if counted.len() > CANDIDATES {
        counted.sort_unstable_by_key(|&(count, at)| (std::cmp::Reverse(count), at));
        counted.truncate(CANDIDATES);
    }
    votes.clear();
    votes.extend(counted.into_iter().map(|(_, at)| at));
    votes.sort_unstable();
}

/// Most equal functions offered to one function.
pub(crate) const TWINS: usize = 32;

/// At most [`TWINS`] of a list, from where the `turn`-th of equal askers should
/// begin, so that many equal functions do not all ask for the first few.
pub(crate) fn window<T>(list: &[T], turn: usize) -> impl Iterator<Item = &T> {
    let start = if list.len() <= TWINS { 0 } else { turn % list.len() };
    list.iter().cycle().skip(start).take(list.len().min(TWINS))
}

fn shown(
    pair: &Pair,
    a: &SampleFingerprint,
    b: &SampleFingerprint,
    weighed: &[Weighed<'_>],
    keys: &Keys,
    deadline: &Deadline,
) -> Option<AlignedPair> {
    let own = a.functions.get(pair.query as usize)?;
    let other = b.functions.get(pair.stored as usize)?;
    let weighed = weighed.get(pair.query as usize)?;
    Some(AlignedPair {
        query: own_ref(own, pair.query),
        stored: own_ref(other, pair.stored),
        similarity: pair.similarity,
        how: pair.how,
        reasons: if deadline.spend(REASONS) {
            reasons(weighed, &own.anchor_texts, &other.fingerprint, |key| keys.occurs(key))
        } else {
            Vec::new()
        },
    })
}

fn compared(sample: &SampleFingerprint, mut paired: Vec<(u32, How)>) -> ComparedSample {
    paired.sort_unstable();
    let with =
        |keep: fn(How) -> bool| share(sample, paired.iter().filter(|(_, how)| keep(*how)).map(|(at, _)| *at));
    let alone = |at: &u32| paired.binary_search_by_key(at, |(at, _)| *at).is_err();
    let unmatched = (0u32..).zip(&sample.functions).filter(|(at, _)| alone(at));
    let reference = |(at, own)| -> FunctionRef { own_ref(own, at) };
    ComparedSample {
        id: sample.id,
        format: sample.format,
        arch: sample.arch,
        functions: sample.functions.len() as u64,
        code_bytes: code_bytes(sample),
        components: components(sample),
        partial: sample.partial,
        exact: with(|how| how == How::Exact),
        matched: with(|how| how != How::CallGraph),
        matched_and_aligned: with(|_| true),
        unmatched: unmatched.map(reference).collect(),
    }
}

/// The libraries a sample says it carries, with their versions.
pub(crate) fn components(sample: &SampleFingerprint) -> Vec<String> {
    let named = sample.components.iter().map(|component| match &component.version {
        Some(version) => format!("{} {version}", component.name),
        None => component.name.clone(),
    });
    named.collect()
}
