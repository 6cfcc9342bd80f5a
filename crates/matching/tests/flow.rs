//! What data flow does to an answer: one test for each rule.

mod support;

use cognate_base::mix;
use cognate_documents::{Comparison, Holds, How, InlinedPair, MatchKind, MatchReport, Reason, TellingMatch};
use cognate_fingerprint::{
    BANDS, FLOW_KEYS, Fingerprint, Flow, FunctionFingerprint, InPlace, MinHash, ROWS, SampleFingerprint,
    flow_weight,
};
use cognate_index::Kind;
use cognate_matching::{MatchOptions, compare, match_sample};
use std::ops::Range;
use support::{Stored, sample, store_of};

/// Features of made-up expressions: equal numbers, equal features.
fn flow(numbers: impl IntoIterator<Item = u64>) -> Flow {
    let hashes: Vec<u64> = numbers.into_iter().map(|number| mix(number ^ 0xf10)).collect();
    let mut features: Vec<u32> = hashes.iter().map(|hash| (hash >> 40) as u32).collect();
    features.sort_unstable();
    features.dedup();
    let bits = features.iter().map(|&feature| flow_weight(feature)).sum::<f32>() as u16;
    Flow { features, keys: hashes.into_iter().take(FLOW_KEYS).collect(), bits }
}

/// A function that computes what it is told, with instructions like no other's.
fn function(seed: u64, numbers: Range<u64>) -> FunctionFingerprint {
    let word = |salt: u64| mix(seed ^ (salt << 40));
    let tokens = MinHash(std::array::from_fn::<u8, ROWS, _>(|row| word(row as u64) as u8));
    let bands = std::array::from_fn::<u64, BANDS, _>(|band| word(1000 + band as u64));
    let count = (numbers.end - numbers.start).max(10) as u16;
    FunctionFingerprint {
        address: 0x1000 + seed * 0x100,
        bytes: 200,
        name: None,
        fingerprint: Fingerprint {
            exact: word(2000),
            tokens: Some((tokens, bands)),
            blocks: vec![],
            anchors: vec![],
            instructions: count,
            block_count: count / 5,
            edge_count: count / 4,
            information: 300,
            flow: flow(numbers),
        },
        callees: vec![],
        thunk: false,
        anchor_texts: vec![],
        in_place: vec![],
    }
}

fn calling(mut function: FunctionFingerprint, callees: &[u32]) -> FunctionFingerprint {
    function.callees = callees.to_vec();
    function
}

/// A function that calls another, which computes what it is told where it is called.
fn calling_in_place(function: FunctionFingerprint, callee: u32, body: Range<u64>) -> FunctionFingerprint {
    let in_place = flow(body).features.into_iter().map(|feature| InPlace { callee, feature }).collect();
    FunctionFingerprint { in_place, ..calling(function, &[callee]) }
}

/// Twenty functions whose instructions depend on `salt` and whose data flow does not.
fn program(name: &str, salt: u64) -> SampleFingerprint {
    sample(name, (0..20).map(|at| function(salt + at, at * 100..at * 100 + 40)))
}

fn ask(query: &SampleFingerprint, stored: &SampleFingerprint) -> MatchReport {
    let mut all: Vec<Stored<'_>> = vec![("wolf", Kind::Malware, stored.clone())];
    let names: Vec<String> = (0..9).map(|at| format!("other {at}")).collect();
    for (name, at) in names.iter().zip(0u64..) {
        let own = function(50_000 + at, 90_000 + at * 50..90_020 + at * 50);
        all.push((name, Kind::Malware, sample(name, [own])));
    }
    match_sample(query, &store_of(&all), &MatchOptions::default()).expect("in memory")
}

fn first(report: &MatchReport) -> &TellingMatch {
    report.families.first().and_then(|family| family.telling.first()).expect("a relative")
}

#[test]
fn what_computes_the_same_is_found_by_its_data_flow_alone() {
    let report = ask(&program("q", 7_000), &program("a", 0));
    assert_eq!(report.families[0].standing.matched.functions, 20);
    let told = first(&report);
    assert_eq!(told.kind, MatchKind::DataFlow);
    let flow = told.reasons.iter().find(|reason| matches!(reason, Reason::DataFlow { .. }));
    let Some(Reason::DataFlow { shared, bits, of_query, of_stored }) = flow else { panic!("no reason") };
    assert_eq!((*shared, *of_query, *of_stored), (40, 40, 40));
    assert!(*bits > 40.0, "{bits}");
    assert!(told.evidence_bits <= *bits, "no more than the expressions say");
}

#[test]
fn a_comparison_pairs_what_computes_the_same() {
    let comparison = compare(&program("a", 0), &program("b", 7_000));
    assert_eq!(comparison.pairs.len(), 20);
    assert!(comparison.pairs.iter().all(|pair| pair.how == How::DataFlow));
    assert!(comparison.pairs.iter().all(|pair| pair.query.index == pair.stored.index));
    assert_eq!(comparison.inlined, []);
}

#[test]
fn a_comparison_needs_no_rare_key_in_common() {
    let keyless = |mut sample: SampleFingerprint| {
        sample.functions.iter_mut().for_each(|own| own.fingerprint.flow.keys.clear());
        sample
    };
    let comparison = compare(&keyless(program("a", 0)), &keyless(program("b", 7_000)));
    assert_eq!(comparison.a.matched.functions, 20);
}

#[test]
fn other_data_flow_takes_nothing_from_like_instructions() {
    let mut other = program("b", 0);
    for own in &mut other.functions {
        own.fingerprint.exact ^= 1;
        own.fingerprint.flow = Flow::default();
    }
    let comparison = compare(&program("a", 0), &other);
    assert_eq!(comparison.a.matched.functions, 20);
    assert!(comparison.pairs.iter().all(|pair| pair.how == How::Tokens));
}

/// In `a` a function calls another; in `b` the body of that lies in it.
fn inlined() -> (SampleFingerprint, SampleFingerprint) {
    let caller = calling_in_place(function(0, 0..100), 1, 200..230);
    let a = [caller, function(1, 200..230), function(2, 400..440)];
    let mut grown = function(100, 0..100);
    grown.fingerprint.flow = flow((0..100).chain(200..230));
    (sample("a", a), sample("b", [grown, function(102, 400..440)]))
}

fn check(comparison: &Comparison, expected: &[(u32, u32, Holds)]) {
    let row = |row: &InlinedPair| (row.query.index, row.stored.index, row.holds);
    assert_eq!(comparison.inlined.iter().map(row).collect::<Vec<_>>(), expected);
}

#[test]
fn a_body_that_was_inlined_is_found_in_its_caller_from_either_side() {
    let (a, b) = inlined();
    check(&compare(&a, &b), &[(1, 0, Holds::QueryInStored)]);
    check(&compare(&b, &a), &[(0, 1, Holds::StoredInQuery)]);
    let row = &compare(&a, &b).inlined[0];
    assert_eq!((row.contained, row.shared), (1.0, 30));
}

/// More functions that took a body in than rows are listed.
const OUTERS: u64 = 2_100;

#[test]
fn one_body_may_be_part_of_many_functions_and_never_of_more_than_are_listed() {
    let body = |at: u64| 90_000 + at * 50..90_030 + at * 50;
    let own = |at: u64| 1_000 + at * 100..1_060 + at * 100;
    let inners = (0..40).map(|at| function(5_000 + at, body(at)));
    let outers = (0..OUTERS)
        .map(|at| calling_in_place(function(10_000 + at, own(at)), (OUTERS + at % 40) as u32, body(at % 40)));
    let a = sample("a", outers.chain(inners));
    let callers = (0..OUTERS).map(|at| {
        let mut caller = function(20_000 + at, own(at));
        caller.fingerprint.flow = flow(own(at).chain(body(at % 40)));
        caller
    });
    let rows = compare(&a, &sample("b", callers)).inlined;
    assert_eq!(rows.len(), 2_000);
    assert!(rows.iter().all(|row| row.query.index - OUTERS as u32 == row.stored.index % 40));
}

#[test]
fn a_held_body_that_is_a_small_part_is_a_reason_and_no_match() {
    let small = sample("q", [function(1, 0..30)]);
    let large = sample("a", [function(2, 0..800)]);
    let report = ask(&small, &large);
    assert_eq!(report.code.matched.functions, 0);
    let comparison = compare(&small, &large);
    assert_eq!(comparison.a.matched.functions, 0);
    check(&comparison, &[]);
}

/// Shared code is shared code: the pair is told by its reason to be a body inside another.
#[test]
fn a_held_body_that_is_a_good_part_is_a_match_that_says_so() {
    let small = sample("q", [function(1, 0..30)]);
    let large = sample("a", [function(2, 0..150)]);
    assert_eq!(ask(&small, &large).code.matched.functions, 1);
    let comparison = compare(&small, &large);
    let [pair] = &comparison.pairs[..] else { panic!("{:?}", comparison.pairs) };
    assert!(pair.reasons.iter().any(|reason| matches!(reason, Reason::Inlined { .. })), "{:?}", pair.reasons);
}

/// Each reason, counted from the other side.
fn seen_from_there(reason: &Reason) -> Reason {
    match reason.clone() {
        Reason::Blocks { shared, of_query, of_stored } => {
            Reason::Blocks { shared, of_query: of_stored, of_stored: of_query }
        }
        Reason::DataFlow { shared, bits, of_query, of_stored } => {
            Reason::DataFlow { shared, bits, of_query: of_stored, of_stored: of_query }
        }
        Reason::Inlined { holds: Holds::QueryInStored, contained } => {
            Reason::Inlined { holds: Holds::StoredInQuery, contained }
        }
        Reason::Inlined { contained, .. } => Reason::Inlined { holds: Holds::QueryInStored, contained },
        same => same,
    }
}

fn check_mirrored(a: &SampleFingerprint, b: &SampleFingerprint) {
    let (there, back) = (compare(a, b), compare(b, a));
    assert_eq!((&there.a, &there.b, &there.provenance), (&back.b, &back.a, &back.provenance));
    let mut turned: Vec<_> = back.pairs.iter().map(|pair| (&pair.stored, &pair.query, pair)).collect();
    turned.sort_by_key(|(query, stored, _)| (query.index, stored.index));
    assert_eq!(there.pairs.len(), turned.len());
    for (pair, (query, stored, other)) in there.pairs.iter().zip(turned) {
        assert_eq!((&pair.query, &pair.stored), (query, stored));
        assert_eq!((pair.similarity, pair.how), (other.similarity, other.how));
        assert_eq!(pair.reasons, other.reasons.iter().map(seen_from_there).collect::<Vec<_>>());
    }
    assert_eq!(there.inlined.len(), back.inlined.len());
}

#[test]
fn a_comparison_says_the_same_from_either_side() {
    let (a, b) = inlined();
    check_mirrored(&a, &b);
    check_mirrored(&program("a", 0), &program("b", 7_000));
    // Twins, more than are offered to one function, and functions of unlike size that compete for a partner.
    let twins = |from: u64, count: u64| {
        let equal = (0..count).map(move |at| FunctionFingerprint {
            address: from + at,
            ..calling(function(1, 0..40), &[(at % 7) as u32])
        });
        let rivals = (0..20).map(move |at| function(from + at, at * 10..at * 10 + 60 + from % 7));
        equal.chain(rivals)
    };
    check_mirrored(&sample("a", twins(500, 40)), &sample("b", twins(900, 90)));
    check_mirrored(&sample("a", twins(500, 90)), &sample("b", twins(903, 90)));
}
