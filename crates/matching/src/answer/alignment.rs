//! The query and one stored sample side by side.

use crate::align::{Node, Pair, Seed, Side, align, room_for_seeds, window};
use crate::candidates::fetch;
use crate::document::Provenance;
use crate::document::{AlignedPair, Alignment, CodeClass, How};
use crate::evidence::Link;
use crate::facts::Matched;
use crate::grade::{Grade, Grader, by_content};
use crate::indices::{CandidateIndex, QueryFunction, SampleIndex, StoredFunction, no_fingerprint};
use crate::provenance::{Linked, Question, libraries_of_both, provenance, runtime_of_both};
use crate::reasons::aligned;
use crate::surroundings::Neighbourhood;
use crate::telling::{StoredFunctions, stored_ref};
use cognate_base::TypedVec;
use cognate_fingerprint::Fingerprint;
use cognate_index::{FunctionInfo, SignatureId, Store};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Puts the query and one stored sample side by side; nothing where not all of the sample could be fetched.
pub(super) fn alignment<S: Store + ?Sized>(
    matched: &Matched<'_>,
    sample: SampleIndex,
    links: &[Link],
    store: &S,
    stored: &mut StoredFunctions<'_, S>,
) -> Result<Alignment, S::Error> {
    let functions = stored.of(&matched.catalogue.samples[sample].info)?;
    let mut ids: Vec<SignatureId> = functions.iter().map(|stored| stored.signature).collect();
    ids.sort_unstable();
    ids.dedup();
    let signatures = fetch(store, &ids, 1, matched.time)?;
    let fetched = |stored: &FunctionInfo| {
        signatures.get(ids.binary_search(&stored.signature).ok()?).map(|signature| &signature.fingerprint)
    };
    let there = functions.iter().map(|stored| Some((stored, fetched(stored)?)));
    let Some(there) = there.collect::<Option<Vec<_>>>() else { return Ok(Alignment::default()) };
    let nothing = FunctionInfo::default();
    let there: There<'_> = TypedVec::new(there, (&nothing, no_fingerprint()));
    let nodes =
        there.items().iter().map(|(stored, fingerprint)| Node { fingerprint, callees: &stored.callees });
    let nodes: Vec<Node<'_>> = nodes.collect();
    let pairs =
        align(&Side::of(matched.query), &Side::new(&nodes), graded(matched, sample, &there), matched.time);
    let shown = |pair: &Pair| {
        let (stored, fingerprint) = there[pair.stored];
        let weighed = matched.pool.weigh(&matched.query.functions[pair.query].fingerprint);
        let stored = (stored_ref(stored, pair.stored.0), fingerprint);
        aligned(pair, (matched.query, &weighed), stored, |key| matched.pool.count(key).occurs, matched.time)
    };
    let pairs: Vec<AlignedPair> = pairs.iter().map(shown).collect();
    let content: BTreeSet<QueryFunction> = links.iter().map(|link| link.function).collect();
    let paired = pairs.iter().map(|pair| QueryFunction(pair.query.index));
    let covered: BTreeSet<QueryFunction> = paired.chain(content.iter().copied()).collect();
    Ok(Alignment {
        matched: matched.query.share(content.into_iter()),
        matched_and_aligned: matched.query.share(covered.into_iter()),
        provenance: how_it_agrees(matched, sample, &pairs, &there),
        pairs,
    })
}

/// The functions of the stored sample with what is compared of them.
type There<'s> = TypedVec<StoredFunction, (&'s FunctionInfo, &'s Fingerprint)>;

/// Tells how the query came to agree with a sample, from what is neither library nor common code.
fn how_it_agrees(
    matched: &Matched<'_>,
    sample: SampleIndex,
    pairs: &[AlignedPair],
    there: &There<'_>,
) -> Provenance {
    let (query, info) = (matched.query, &matched.catalogue.samples[sample].info);
    let kind = matched.catalogue.kind(sample);
    let is_private =
        |pair: &&AlignedPair| matched.class(QueryFunction(pair.query.index), kind) == CodeClass::Private;
    let (private, public): (Vec<&AlignedPair>, Vec<&AlignedPair>) = pairs.iter().partition(is_private);
    let bytes = |of: fn(&AlignedPair) -> u32| public.iter().map(|pair| u64::from(of(pair))).sum::<u64>();
    let own = query.code_bytes.saturating_sub(bytes(|pair| pair.query.bytes));
    let stored = info.code_bytes.saturating_sub(bytes(|pair| pair.stored.bytes));
    let traced = |pair: &AlignedPair| {
        let (_, stored) = there[StoredFunction(pair.stored.index)];
        query.is_traced(QueryFunction(pair.query.index)) && !stored.flow.features.is_empty()
    };
    let equal = pairs.iter().filter(|pair| pair.how == How::Exact);
    let (equal_here, equal_there): (HashSet<u32>, HashSet<u32>) =
        equal.map(|pair| (pair.query.index, pair.stored.index)).unzip();
    let is_private = |own: &QueryFunction| matched.class(*own, kind) == CodeClass::Private;
    let mut comparable_there = there.entries().filter(|(_, (_, fingerprint))| fingerprint.is_telling());
    let others = query.comparable().filter(is_private).any(|own| !equal_here.contains(&own.0))
        && comparable_there.any(|(stored, _)| !equal_there.contains(&stored.0));
    let (public_here, public_there): (HashSet<u32>, HashSet<u32>) =
        public.iter().map(|pair| (pair.query.index, pair.stored.index)).unzip();
    let counted =
        |public: &HashSet<u32>, at: u32, bytes: u32| if public.contains(&at) { 0 } else { bytes.into() };
    let here = query.functions.entries();
    let here = here.map(|(at, own)| (counted(&public_here, at.0, own.bytes), own.callees.as_slice()));
    let here = Linked { components: &query.sample.components, functions: here.collect() };
    let there = there.entries();
    let there = there.map(|(at, (own, _))| (counted(&public_there, at.0, own.bytes), own.callees.as_slice()));
    let there = Linked { components: &info.components, functions: there.collect() };
    provenance(&Question {
        pairs: private,
        traced: &traced,
        others,
        same_machine: query.sample.arch == info.arch,
        code_bytes: own.min(stored),
        libraries: libraries_of_both(&query.sample.components, &info.components),
        runtime: runtime_of_both(&here, &there, pairs),
        private_only: true,
        partial: query.sample.partial
            || info.partial
            || matched.pool.skipped() > 0
            || matched.pool.completeness.coverage < 1.0
            || matched.time.passed(),
    })
}

/// The pairs of the query with one sample that match by their own content, those left out that what
/// stands around them refutes.
fn graded(matched: &Matched<'_>, sample: SampleIndex, there: &There<'_>) -> Vec<Seed> {
    let functions = there.items().iter();
    let functions: Vec<_> = functions.map(|(stored, print)| (*print, stored.callees.as_slice())).collect();
    let (mut around, mut there_around) = (matched.query.neighbourhood(), Neighbourhood::new(functions));
    let arch = matched.catalogue.samples[sample].info.arch;
    let grader = Grader {
        other_arch: matched.query.sample.arch.is_x86() != arch.is_x86(),
        least: matched.options.accept,
        among: there.len(),
    };
    let mut seeds = seeds(matched, sample, there);
    for seeds in seeds.chunk_by_mut(|one, other| one.query == other.query) {
        let Some(query) = seeds.first().map(|seed| seed.query) else { continue };
        let weighed = matched.pool.weigh(&matched.query.functions[query].fingerprint);
        for seed in seeds {
            let (_, print) = there[seed.stored];
            let stored = (print, there_around.around(seed.stored, matched.time));
            let similarity = weighed.similarity(print);
            let Grade { odds, how } =
                grader.grade((&weighed, around.around(query, matched.time)), stored, &similarity);
            (seed.odds, seed.how) = (odds, how);
        }
    }
    seeds.retain(|seed| seed.how != How::CallGraph);
    seeds
}

/// The pairs of the query with one sample that match by their own content, not graded.
fn seeds(matched: &Matched<'_>, sample: SampleIndex, there: &There<'_>) -> Vec<Seed> {
    let key = matched.catalogue.samples[sample].info.key;
    let mut seeds = Vec::new();
    let mut turns: HashMap<CandidateIndex, usize> = HashMap::new();
    for query in matched.pool.accepted.indices() {
        let mut room = room_for_seeds(seeds.len());
        for (kept, presence) in matched.pool.places(query) {
            if presence.binary_search_by_key(&sample, |place| place.sample).is_err() {
                continue;
            }
            let occurrences = &matched.pool.signatures[kept.candidate].occurrences;
            let own = occurrences.iter().filter(|at| at.sample == key);
            let own: Vec<StoredFunction> = own.filter_map(|at| there.checked(at.function)).collect();
            if !matched.time.spend(occurrences.len() as u64) {
                return seeds;
            }
            // Equal functions of the query do not all ask for the same few.
            let turn = turns.entry(kept.candidate).or_default();
            let before = seeds.len();
            let (similarity, kind) = (kept.similarity, kept.kind);
            let offered = window(&own, *turn).take(room);
            seeds.extend(offered.map(|&stored| Seed {
                query,
                stored,
                similarity,
                odds: 0.0,
                how: by_content(kind),
            }));
            room -= seeds.len() - before;
            *turn += 1;
        }
    }
    seeds
}
