//! Two samples function by function, without a store.

use crate::align::{Pair, Seed, Side, align, room_for_seeds, window};
use crate::candidates::KEY_CAP;
use crate::document::{
    AlignedPair, ComparedSample, Comparison, How, InlinedPair, Origin, Provenance, Reason, SCHEMA,
};
use crate::flow::Postings;
use crate::grade::{Grade, Grader};
use crate::habits::Habits;
use crate::indices::{QueryFunction, StoredFunction};
use crate::inlining::parts;
use crate::options::MatchOptions;
use crate::program::{Other, Program, Query};
use crate::provenance::{Linked, Question, libraries_of_both, provenance, runtime_of_both};
use crate::rarity::Rarity;
use crate::reasons::aligned;
use crate::similarity::Weighed;
use crate::time::{Time, left_out};
use cognate_base::{TypedIndex, TypedVec};
use cognate_fingerprint::{Fingerprint, Key, SampleFingerprint, Tier};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Functions that share a data-flow key, above which it proposes none (judgement: so common a key tells none of them).
const MOST_SHARERS: usize = 64;
/// Similarity below which a pair is not graded: place alone makes none. Judgement.
const WORTH_GRADING: f64 = 0.1;
/// Most functions of the other sample that one is compared with.
const CANDIDATES: usize = 128;

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
/// #     arch: cognate_binary::Arch::X86_64, functions: vec![], components: vec![], partial: false,
/// #     hashes: None };
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
    let time = Time::start(time);
    let whole = &time.whole;
    let (a, b) = (Query::new(a), Other::new(b));
    let keys = Keys::new(&a, &b);
    let weighed = a.functions.items().iter().map(|own| keys.weigh(&own.fingerprint)).collect();
    let weighed = TypedVec::new(weighed, Weighed::nothing());
    let Seeds { seeds, compared, alone } = keys.seeds((&a, &b), &weighed, &time);
    let pairs = align(&Side::of(&a), &Side::of(&b), seeds, whole);
    let shown = |pair: &Pair| {
        let stored = (b.reference(pair.stored), &b.functions[pair.stored].fingerprint);
        aligned(pair, (&a, &weighed[pair.query]), stored, |key| keys.occurs(key), whole)
    };
    let shown: Vec<AlignedPair> = pairs.iter().map(shown).collect();
    drop((weighed, keys));
    let inlined = parts(&pairs, &a, &b, whole);
    let mut left = Vec::new();
    if compared < a.functions.len() {
        let what = format!("{} functions were not compared", a.functions.len() - compared);
        left.push(left_out("comparing", &what));
    }
    if alone > 0 {
        let what = format!("what stands around {alone} functions was not looked at");
        left.push(left_out("comparing", &what));
    }
    if whole.passed() {
        left.push(left_out("comparing", "functions were put side by side in part"));
    }
    Comparison {
        schema: SCHEMA,
        provenance: how_they_agree(&a, &b, &shown, !left.is_empty()),
        a: compared_sample(&a, pairs.iter().map(|pair| (pair.query, pair.how)).collect()),
        b: compared_sample(&b, pairs.iter().map(|pair| (pair.stored, pair.how)).collect()),
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

fn how_they_agree(a: &Query<'_>, b: &Other<'_>, pairs: &[AlignedPair], in_part: bool) -> Provenance {
    let traced = |pair: &AlignedPair| {
        a.is_traced(QueryFunction(pair.query.index)) && b.is_traced(StoredFunction(pair.stored.index))
    };
    let equal = pairs.iter().filter(|pair| pair.how == How::Exact);
    let (equal_a, equal_b): (HashSet<u32>, HashSet<u32>) =
        equal.map(|pair| (pair.query.index, pair.stored.index)).unzip();
    let (ours, theirs) = (&a.sample.components, &b.sample.components);
    let agreed = provenance(&Question {
        pairs: pairs.iter().collect(),
        traced: &traced,
        others: a.comparable().any(|own| !equal_a.contains(&own.0))
            && b.comparable().any(|stored| !equal_b.contains(&stored.0)),
        same_machine: a.sample.arch == b.sample.arch,
        code_bytes: a.code_bytes.min(b.code_bytes),
        libraries: libraries_of_both(ours, theirs),
        runtime: runtime_of_both(&linked(a), &linked(b), pairs),
        private_only: false,
        partial: a.sample.partial || b.sample.partial || in_part,
    });
    // nothing found where not all was looked at is not nothing
    match agreed.origin {
        Origin::Nothing if in_part => Provenance { origin: Origin::Withheld, ..agreed },
        _ => agreed,
    }
}

fn linked<'a, I: TypedIndex>(program: &Program<'a, I>) -> Linked<'a> {
    let functions = program.sample.functions.iter();
    let functions = functions.map(|own| (u64::from(own.bytes), own.callees.as_slice()));
    Linked { components: &program.sample.components, functions: functions.collect() }
}

/// Every key of both samples with the functions that hold it, ascending.
struct Keys {
    /// In `a`, with the number of functions.
    a: HashMap<Key, u64>,
    /// In `b`.
    b: Vec<(Key, StoredFunction)>,
    rarity: Rarity,
    /// What `a` does nearly everywhere.
    habits: Habits,
}

/// What [`Keys::seeds`] finds.
struct Seeds {
    /// Pairs alike enough by their own content.
    seeds: Vec<Seed>,
    /// How many functions there was time for.
    compared: usize,
    /// Of how many it was not looked at what stands around them.
    alone: u64,
}

impl Keys {
    fn new(a: &Query<'_>, b: &Other<'_>) -> Self {
        let mut counts = HashMap::new();
        for key in a.functions.items().iter().flat_map(|own| own.fingerprint.keys()) {
            *counts.entry(key).or_default() += 1;
        }
        // Room is made once: a list that grows takes up to three times as much while it does.
        let number = b.functions.items().iter().map(|stored| stored.fingerprint.keys().len());
        let mut keys: Vec<(Key, StoredFunction)> = Vec::with_capacity(number.sum());
        for (function, stored) in b.functions.entries() {
            keys.extend(stored.fingerprint.keys().into_iter().map(|key| (key, function)));
        }
        keys.sort_unstable();
        let functions = a.functions.len() + b.functions.len();
        let habits = Habits::of(a.functions.items().iter().map(|own| &own.fingerprint));
        Keys { a: counts, b: keys, rarity: Rarity::among(functions as u64), habits }
    }

    fn holders(&self, key: Key) -> &[(Key, StoredFunction)] {
        let from = self.b.partition_point(|(other, _)| *other < key);
        let rest = self.b.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|(other, _)| *other == key)).unwrap_or_default()
    }

    fn occurs(&self, key: Key) -> u64 {
        let own = self.a.get(&key).copied().unwrap_or(0);
        own.max(self.holders(key).len() as u64).max(1)
    }

    fn weigh<'f>(&self, fingerprint: &'f Fingerprint) -> Weighed<'f> {
        let bits = |tier: Tier, hash: u64| self.rarity.bits(self.occurs(Key { tier, hash }));
        Weighed::new(fingerprint, |hash| bits(Tier::Block, hash), |hash| bits(Tier::Anchor, hash))
            .without(&self.habits)
    }

    /// Compares every function of `a` with those of `b` that share keys or data flow with it, those first that say most.
    fn seeds(
        &self,
        (a, b): (&Query<'_>, &Other<'_>),
        weighed: &TypedVec<QueryFunction, Weighed<'_>>,
        time: &Time,
    ) -> Seeds {
        let mut found = Seeds { seeds: Vec::new(), compared: 0, alone: 0 };
        let (mut around, mut stored_around) = (a.neighbourhood(), b.neighbourhood());
        let grader = Grader {
            other_arch: a.sample.arch.is_x86() != b.sample.arch.is_x86(),
            least: MatchOptions::default().accept,
            among: b.functions.len(),
        };
        let mut flows = Postings::new(b);
        let mut votes: Vec<StoredFunction> = Vec::new();
        let mut twins: HashMap<u64, usize> = HashMap::new();
        let mut by_worth: Vec<(QueryFunction, &Weighed<'_>)> = weighed.entries().collect();
        by_worth.sort_by_key(|(_, own)| Reverse(own.fingerprint.information));
        for (query, own) in by_worth {
            votes.clear();
            self.vote(own.fingerprint, &mut twins, &mut votes);
            if a.is_comparable(query) {
                votes.extend(flows.near(&own.fingerprint.flow.features, &own.flow));
            }
            if !time.gather.spend((votes.len() + CANDIDATES) as u64) {
                break;
            }
            elect(&mut votes);
            let room = room_for_seeds(found.seeds.len());
            let mut pairs: Vec<Seed> = Vec::new();
            for &stored in &votes {
                let print = &b.functions[stored].fingerprint;
                let similarity = own.similarity(print);
                if similarity.value >= WORTH_GRADING {
                    let here = (own, around.around(query, &time.around));
                    let there = (print, stored_around.around(stored, &time.around));
                    let Grade { odds, how } = grader.grade(here, there, &similarity);
                    pairs.push(Seed { query, stored, similarity: similarity.value, odds, how });
                }
            }
            pairs.retain(|seed| seed.how != How::CallGraph);
            pairs.truncate(room);
            found.seeds.extend(pairs);
            found.compared += 1;
        }
        found.alone = around.missed + stored_around.missed;
        found
    }

    /// Proposes the holders of each key that is not everywhere, and some of its equals.
    fn vote(&self, own: &Fingerprint, twins: &mut HashMap<u64, usize>, votes: &mut Vec<StoredFunction>) {
        for key in own.keys() {
            let holders = self.holders(key);
            let most = if key.tier == Tier::Flow { MOST_SHARERS } else { KEY_CAP };
            if key.tier == Tier::Exact {
                let turn = twins.entry(key.hash).or_default();
                votes.extend(window(holders, *turn).map(|&(_, function)| function));
                *turn += 1;
            } else if holders.len() <= most {
                votes.extend(holders.iter().map(|&(_, function)| function));
            }
        }
    }
}

/// Each proposed function once, ascending; of too many those proposed most often.
fn elect(votes: &mut Vec<StoredFunction>) {
    votes.sort_unstable();
    let runs = votes.chunk_by(|a, b| a == b);
    let mut counted: Vec<(usize, StoredFunction)> =
        runs.filter_map(|run| Some((run.len(), *run.first()?))).collect();
    if counted.len() > CANDIDATES {
        counted.sort_unstable_by_key(|&(count, function)| (Reverse(count), function));
        counted.truncate(CANDIDATES);
    }
    votes.clear();
    votes.extend(counted.into_iter().map(|(_, function)| function));
    votes.sort_unstable();
}

fn compared_sample<I: TypedIndex>(program: &Program<'_, I>, mut paired: Vec<(I, How)>) -> ComparedSample {
    paired.sort_unstable();
    let with = |keep: fn(How) -> bool| {
        program.share(paired.iter().filter(|(_, how)| keep(*how)).map(|&(function, _)| function))
    };
    let is_alone = |function: &I| paired.binary_search_by_key(function, |(function, _)| *function).is_err();
    ComparedSample {
        id: program.sample.id,
        format: program.sample.format,
        arch: program.sample.arch,
        functions: program.functions.len() as u64,
        code_bytes: program.code_bytes,
        components: program.components(),
        partial: program.sample.partial,
        exact: with(|how| how == How::Exact),
        matched: with(|how| !matches!(how, How::Placed | How::CallGraph)),
        matched_and_aligned: with(|_| true),
        unmatched: program.functions.indices().filter(is_alone).map(|at| program.reference(at)).collect(),
    }
}
