//! One test for each rule by which shared code becomes evidence, or does not.

mod support;

use cognate_binary::Arch;
use cognate_documents::{CodeClass, How, MatchReport, Naming, Origin, Verdict};
use cognate_fingerprint::{
    Anchor, AnchorKind, BANDS, Component, Fingerprint, Flow, FunctionFingerprint, MinHash, ROWS,
    SampleFingerprint,
};
use cognate_index::{Kind, Store};
use cognate_matching::{MatchOptions, compare, compare_within, match_sample};
use std::time::Duration;
use support::{Stored, sample, store_of};

/// A function that is like no other: `seed` decides everything about it.
fn function(seed: u64, information: u16) -> FunctionFingerprint {
    let byte = |row: usize| cognate_base::mix(seed ^ ((row as u64) << 32)) as u8;
    let tokens = MinHash(std::array::from_fn::<u8, ROWS, _>(byte));
    let bands = std::array::from_fn::<u64, BANDS, _>(|band| {
        let rows = tokens.0.chunks(ROWS / BANDS).nth(band).unwrap_or_default();
        cognate_base::hash_bytes(band as u64, rows)
    });
    FunctionFingerprint {
        address: 0x1000 + seed * 0x100,
        bytes: 200,
        name: None,
        fingerprint: Fingerprint {
            exact: cognate_base::mix(seed),
            tokens: Some((tokens, bands)),
            blocks: vec![],
            anchors: vec![],
            instructions: 50,
            block_count: 8,
            edge_count: 11,
            information,
            flow: Flow::default(),
        },
        callees: vec![],
        thunk: false,
        anchor_texts: vec![],
        in_place: vec![],
    }
}

/// The same source compiled otherwise: other bytes, `rows` of 64 rows of the MinHash changed.
fn recompiled(mut function: FunctionFingerprint, rows: usize) -> FunctionFingerprint {
    function.fingerprint.exact ^= 1;
    if let Some((tokens, bands)) = &mut function.fingerprint.tokens {
        tokens.0.iter_mut().rev().take(rows).for_each(|row| *row ^= 0x55);
        for (band, key) in bands.iter_mut().enumerate() {
            let rows = tokens.0.chunks(ROWS / BANDS).nth(band).unwrap_or_default();
            *key = cognate_base::hash_bytes(band as u64, rows);
        }
    }
    function
}

fn plain(seeds: std::ops::Range<u64>) -> Vec<FunctionFingerprint> {
    seeds.map(|seed| function(seed, 300)).collect()
}

fn carrying(mut sample: SampleFingerprint, library: &str, functions: &[u32]) -> SampleFingerprint {
    let mark = Some(format!("{library} 1.0"));
    let (versions, functions) = (vec!["1.0".into()], functions.to_vec());
    sample.components.push(Component {
        name: library.into(),
        versions,
        mark,
        functions,
        ..Component::default()
    });
    sample
}

fn ask(query: &SampleFingerprint, stored: &[Stored<'_>]) -> MatchReport {
    match_sample(query, &store_of(stored), &MatchOptions::default()).expect("in memory")
}

/// Five families that have nothing to do with anything.
fn strangers() -> Vec<Stored<'static>> {
    let names = ["alder", "birch", "cedar", "elm", "fir"];
    let strange = |(name, at): (&'static str, u64)| {
        (name, Kind::Goodware, sample(name, plain(90_000 + at * 100..90_020 + at * 100)))
    };
    names.into_iter().zip(1u64..).map(strange).collect()
}

fn with_strangers(stored: Vec<Stored<'static>>) -> Vec<Stored<'static>> {
    strangers().into_iter().chain(stored).collect()
}

fn family<'r>(report: &'r MatchReport, name: &str) -> &'r cognate_documents::FamilyRelative {
    let named = |relative: &&cognate_documents::FamilyRelative| relative.family == name;
    report
        .families
        .iter()
        .find(named)
        .unwrap_or_else(|| panic!("{name} is not listed: {:#?}", report.outcome))
}

#[test]
fn private_code_makes_a_relative() {
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", plain(0..20)))]);
    let report = ask(&sample("q", plain(10..40)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::Related);
    let wolf = family(&report, "wolf");
    assert!(wolf.standing.significant, "{}", wolf.standing.reason);
    assert_eq!((wolf.standing.private.functions, wolf.standing.distinct), (10, 10));
    assert!((wolf.standing.private.of_bytes - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(report.actors[0].actor, "someone");
    assert_eq!(report.actors[0].families, ["wolf"]);
    assert_eq!(wolf.telling.len(), 10);
    assert_eq!(report.samples[0].one_to_one.functions, 10);
}

#[test]
fn recompiled_code_is_found_by_its_tokens() {
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", plain(0..20)))]);
    let query = sample("q", plain(0..20).into_iter().map(|function| recompiled(function, 16)));
    let wolf = ask(&query, &stored);
    let told = &family(&wolf, "wolf").telling[0];
    assert_eq!(told.kind, cognate_documents::MatchKind::Tokens);
    assert!((0.7..0.8).contains(&told.similarity), "{}", told.similarity);
}

#[test]
fn what_says_little_never_matches_on_its_own() {
    let small = || (0..20).map(|seed| function(seed, 39));
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", small()))]);
    let report = ask(&sample("q", small()), &stored);
    assert_eq!(report.outcome.verdict, Verdict::CannotTell, "nothing in it could have matched");
    assert_eq!(report.code.matched.functions, 0);
    assert_eq!(report.code.below_floor.functions, 20);
}

#[test]
fn what_was_read_in_part_is_never_nothing() {
    let stored = || with_strangers(vec![("wolf", Kind::Malware, sample("a", plain(0..20)))]);
    let check = |functions, partial, expected| {
        let query = SampleFingerprint { partial, ..sample("q", functions) };
        let outcome = ask(&query, &stored()).outcome;
        assert_eq!(outcome.verdict, expected, "{}", outcome.reason);
    };
    check(plain(500..540), false, Verdict::NothingSignificant);
    check(plain(500..540), true, Verdict::CannotTell);
    check(plain(500..502), false, Verdict::CannotTell);
    check(vec![], false, Verdict::CannotTell);
    check(plain(10..40), true, Verdict::Related);
}

#[test]
fn what_is_judged_does_not_hang_on_how_much_is_shown() {
    let stored = with_strangers(vec![
        ("wolf", Kind::Malware, sample("a", plain(0..20))),
        ("bear", Kind::Malware, sample("b", plain(20..40))),
    ]);
    let query = sample("q", plain(10..30));
    let all = ask(&query, &stored).outcome;
    assert_eq!(all.verdict, Verdict::Related);
    for relatives in [0, 1] {
        let options = MatchOptions { relatives, ..MatchOptions::default() };
        let report = match_sample(&query, &store_of(&stored), &options).expect("in memory");
        assert_eq!((report.outcome, report.families.len()), (all.clone(), relatives));
    }
}

#[test]
fn few_shared_functions_are_nothing_significant_and_it_says_why() {
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", plain(0..2)))]);
    let report = ask(&sample("q", plain(0..40)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::NothingSignificant);
    let reason = &family(&report, "wolf").standing.reason;
    assert!(reason.starts_with("too little private code is shared: 2 distinct"), "{reason}");
}

#[test]
fn generated_glue_counts_once() {
    let shapes: Vec<FunctionFingerprint> = plain(0..5);
    let glue = |salt: u64| {
        let shapes = shapes.clone();
        shapes.into_iter().flat_map(move |shape| {
            (0..40).map(move |copy| {
                let mut copied = shape.clone();
                copied.fingerprint.exact ^= cognate_base::mix(salt + copy * 1000);
                copied
            })
        })
    };
    let stored = with_strangers(vec![("wolf", Kind::Goodware, sample("a", glue(1)))]);
    let report = ask(&sample("q", glue(7).chain(plain(500..520))), &stored);
    let wolf = family(&report, "wolf");
    assert_eq!(wolf.standing.matched.functions, 200);
    assert_eq!(wolf.standing.distinct, 1);
    assert!(!wolf.standing.significant);
}

#[test]
fn one_stored_function_is_one_piece_of_evidence() {
    let query = (0..10u64).map(|copy| {
        let mut twin = recompiled(function(1, 300), 0);
        twin.fingerprint.exact = copy;
        twin
    });
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", [function(1, 300)]))]);
    let report = ask(&sample("q", query), &stored);
    assert_eq!(family(&report, "wolf").standing.matched.functions, 10);
    assert_eq!(family(&report, "wolf").standing.distinct, 1);
    assert_eq!(report.samples[0].one_to_one.functions, 1);
}

#[test]
fn code_of_an_indexed_library_is_set_apart_and_named() {
    let stored = with_strangers(vec![
        ("zlib", Kind::Library, sample("z", plain(0..20))),
        ("wolf", Kind::Malware, sample("a", plain(0..20))),
    ]);
    let report = ask(&sample("q", plain(0..30)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::LibraryOnly);
    assert_eq!(report.libraries[0].name, "zlib");
    assert_eq!(report.libraries[0].named, [Naming::Indexed]);
    assert_eq!(report.libraries[0].code.functions, 20);
    assert_eq!(report.libraries[0].families[0].family, "wolf");
    let wolf = family(&report, "wolf");
    assert_eq!((wolf.standing.library.functions, wolf.standing.private.functions), (20, 0));
    assert_eq!(wolf.standing.libraries, ["zlib"]);
    assert!(report.families.iter().all(|relative| relative.family != "zlib"));
}

#[test]
fn a_library_is_known_by_its_marks_when_programs_differ_around_it() {
    let query = carrying(sample("q", plain(0..140)), "OpenSSL", &[60, 100]);
    let other = carrying(sample("a", plain(40..140).into_iter().chain(plain(900..1000))), "OpenSSL", &[20]);
    let report = ask(&query, &with_strangers(vec![("wolf", Kind::Malware, other)]));
    let wolf = family(&report, "wolf");
    assert_eq!(report.outcome.verdict, Verdict::LibraryOnly, "{}", wolf.standing.reason);
    assert_eq!(wolf.standing.library.functions, 100);
    assert_eq!(report.libraries[0].named, [Naming::Marks { mark: "OpenSSL 1.0".into() }]);
    assert_eq!(report.libraries[0].query_versions, ["1.0"]);
}

#[test]
fn two_versions_of_one_program_keep_their_own_code() {
    let query = carrying(sample("q", plain(0..140)), "OpenSSL", &[60, 62]);
    let other = carrying(sample("a", plain(1..141)), "OpenSSL", &[59, 61]);
    let report = ask(&query, &with_strangers(vec![("wolf", Kind::Malware, other)]));
    let wolf = family(&report, "wolf");
    assert!(wolf.standing.significant);
    assert_eq!(wolf.standing.library.functions, 3);
    assert_eq!(wolf.standing.private.functions, 136);
}

#[test]
fn a_small_part_of_a_large_carrier_keeps_its_code_by_mistake() {
    let query = carrying(sample("q", plain(0..40)), "OpenSSL", &[10, 12]);
    let large = carrying(sample("a", plain(0..40).into_iter().chain(plain(1000..1200))), "OpenSSL", &[20]);
    let report = ask(&query, &with_strangers(vec![("wolf", Kind::Malware, large)]));
    // All forty are meant to be the library's: they are less than a quarter of the carrier. But the size of
    // another sample is looked at (`spread_in_zone`).
    assert_eq!(report.code.library.functions, 11);
}

#[test]
fn what_independent_projects_with_one_library_share_is_the_library() {
    let carrier = |name: &str, own: u64| {
        carrying(sample(name, plain(0..20).into_iter().chain(plain(own..own + 20))), "OpenSSL", &[])
    };
    let stored = with_strangers(vec![
        ("oak", Kind::Goodware, carrier("a", 1000)),
        ("pine", Kind::Goodware, carrier("b", 2000)),
    ]);
    let report = ask(&sample("q", plain(0..40)), &stored);
    assert_eq!(report.code.library.functions, 20);
    let mark = "OpenSSL 1.0 (in stored samples only)".to_owned();
    assert_eq!(report.libraries[0].named, [Naming::Marks { mark }]);
}

#[test]
fn malware_families_with_one_library_do_not_prove_that_what_they_share_is_the_library() {
    let carrier = |name: &str, own: u64| {
        carrying(sample(name, plain(0..20).into_iter().chain(plain(own..own + 20))), "OpenSSL", &[])
    };
    let stored = with_strangers(vec![
        ("wolf", Kind::Malware, carrier("a", 1000)),
        ("fox", Kind::Malware, carrier("b", 2000)),
    ]);
    let query = carrying(sample("q", plain(0..40)), "OpenSSL", &[]);
    let report = ask(&query, &stored);
    assert_eq!(report.code.library.functions, 0);
    assert!(family(&report, "wolf").standing.significant);
}

/// Twenty functions shared by two programs that are otherwise different.
fn query_of_shared() -> SampleFingerprint {
    sample("q", plain(0..20).into_iter().chain(plain(500..600)))
}

/// The same twenty after sixty functions of a program of 220, which carries OpenSSL.
fn carrier_of_shared(name: &str, own: u64, marked: &[u32]) -> SampleFingerprint {
    let before = plain(own..own + 60).into_iter().chain(plain(0..20));
    carrying(sample(name, before.chain(plain(own + 60..own + 200))), "OpenSSL", marked)
}

fn check_settled(query: &SampleFingerprint, stored: Vec<Stored<'static>>, expected: bool) {
    let report = ask(query, &with_strangers(stored));
    let wolf = &family(&report, "wolf").standing;
    assert_eq!(wolf.significant, expected, "{}", wolf.reason);
    assert_eq!(report.outcome.verdict == Verdict::Related, expected);
    assert_eq!(wolf.private.functions, 20, "shown either way");
    assert!(wolf.evidence_bits > 400.0, "shown either way");
    assert_eq!(wolf.reason.starts_with("not settled: 20 distinct private functions"), !expected);
    assert_eq!(report.outcome.reason.contains("To settle it, index OpenSSL with --kind library"), !expected);
}

#[test]
fn what_lies_amid_a_library_in_the_relative_is_not_settled() {
    let amid = carrier_of_shared("a", 1000, &[50, 90]);
    check_settled(&query_of_shared(), vec![("wolf", Kind::Malware, amid)], false);
}

#[test]
fn what_lies_beside_a_library_that_only_the_relative_carries_is_its_own() {
    let beside = carrier_of_shared("a", 1000, &[90, 130]);
    check_settled(&query_of_shared(), vec![("wolf", Kind::Malware, beside)], true);
}

#[test]
fn what_only_carriers_of_one_library_hold_is_not_settled() {
    let query = carrying(query_of_shared(), "OpenSSL", &[]);
    let carriers = vec![
        ("wolf", Kind::Malware, carrier_of_shared("a", 1000, &[])),
        ("fox", Kind::Malware, carrier_of_shared("b", 2000, &[])),
    ];
    check_settled(&query, carriers, false);
}

#[test]
fn a_family_without_libraries_settles_what_it_holds() {
    let query = carrying(query_of_shared(), "OpenSSL", &[]);
    let stored = vec![
        ("wolf", Kind::Malware, carrier_of_shared("a", 1000, &[])),
        ("fox", Kind::Malware, sample("b", plain(0..20))),
    ];
    check_settled(&query, stored, true);
}

#[test]
fn an_indexed_library_settles_what_it_does_not_hold() {
    let query = carrying(query_of_shared(), "OpenSSL", &[]);
    let stored = |arch: Arch| {
        let mut library = carrying(sample("l", plain(3000..3020)), "OpenSSL", &[]);
        library.arch = arch;
        let wolf = carrier_of_shared("a", 1000, &[]);
        vec![("wolf", Kind::Malware, wolf), ("openssl", Kind::Library, library)]
    };
    check_settled(&query, stored(Arch::X86_64), true);
    check_settled(&query, stored(Arch::X86), false);
}

#[test]
fn two_goodware_carriers_settle_what_they_do_not_hold() {
    let query = carrying(query_of_shared(), "OpenSSL", &[]);
    let benign = |name: &str, own: u64| carrying(sample(name, plain(own..own + 20)), "OpenSSL", &[]);
    let mut stored = vec![
        ("wolf", Kind::Malware, carrier_of_shared("a", 1000, &[])),
        ("oak", Kind::Goodware, benign("b", 4000)),
    ];
    check_settled(&query, stored.clone(), false);
    stored.push(("pine", Kind::Goodware, benign("c", 5000)));
    check_settled(&query, stored, true);
}

#[test]
fn shared_code_apart_from_a_shared_library_is_evidence() {
    let library = || plain(7000..7060);
    let own = plain(0..20).into_iter().chain(plain(500..540));
    let query = carrying(sample("q", own.chain(library())), "OpenSSL", &[70, 90, 110]);
    let other = library().into_iter().chain(plain(1000..1100)).chain(plain(0..20));
    let other = carrying(sample("a", other), "OpenSSL", &[10, 30, 50]);
    check_settled(&query, vec![("wolf", Kind::Malware, other)], true);
}

#[test]
fn common_code_is_counted_by_family_never_by_file() {
    let file = |name: &str| sample(name, plain(0..20));
    let many_files =
        with_strangers((0..9).map(|at| ("wolf", Kind::Malware, file(&format!("{at}")))).collect());
    let report = ask(&sample("q", plain(0..20)), &many_files);
    assert_eq!(report.code.common.functions, 0);
    assert_eq!(family(&report, "wolf").samples, 9);
    assert!(family(&report, "wolf").standing.significant);

    let many_families = ["wolf", "fox", "bear"].map(|name| (name, Kind::Malware, file(name)));
    let report = ask(&sample("q", plain(0..20)), &with_strangers(many_families.to_vec()));
    assert_eq!(report.code.common.functions, 20);
    assert_eq!(report.outcome.verdict, Verdict::NothingSignificant);
    assert_eq!(family(&report, "wolf").standing.reason, "only common code is shared");
}

#[test]
fn what_unrelated_goodware_holds_is_common_to_malware() {
    let stored = with_strangers(vec![
        ("oak", Kind::Goodware, sample("g", plain(0..20))),
        ("wolf", Kind::Malware, sample("a", plain(0..20))),
    ]);
    let report = ask(&sample("q", plain(0..20)), &stored);
    assert_eq!(family(&report, "wolf").standing.common.functions, 20);
    assert_eq!(family(&report, "oak").standing.private.functions, 20);
}

#[test]
fn a_removed_sample_is_in_no_answer() {
    let stored = sample("a", plain(0..20));
    let mut store = store_of(&[("wolf", Kind::Malware, stored.clone())]);
    store.remove(&stored.id).expect("in memory");
    let report =
        match_sample(&sample("q", plain(0..20)), &store, &MatchOptions::default()).expect("in memory");
    assert!(report.families.is_empty() && report.samples.is_empty());
    assert_eq!(report.outcome.reason, "no function is like any in the store");
}

#[test]
fn what_there_was_no_time_for_is_said_and_is_no_verdict() {
    let store = store_of(&with_strangers(vec![("wolf", Kind::Malware, sample("a", plain(0..20)))]));
    let query = sample("q", plain(0..20));
    let within = |time| {
        let options = MatchOptions { time, ..MatchOptions::default() };
        match_sample(&query, &store, &options).expect("in memory")
    };
    let (whole, none) = (within(None), within(Some(Duration::ZERO)));
    assert_eq!((whole.outcome.verdict, whole.left_out.len()), (Verdict::Related, 0));
    assert_eq!(within(Some(Duration::MAX)), whole, "time that does not end it changes nothing");
    assert_eq!(none.outcome.verdict, Verdict::CannotTell);
    let said: Vec<&str> = none.left_out.iter().map(|gap| gap.reason.as_str()).collect();
    assert!(said[0].contains("time budget spent") && said[0].contains("20 functions"), "{said:?}");
}

#[test]
fn a_comparison_without_time_says_how_much_was_not_compared() {
    let (a, b) = (sample("a", plain(0..400)), sample("b", plain(0..400)));
    assert!(compare(&a, &b).left_out.is_empty());
    let cut = compare_within(&a, &b, Some(Duration::ZERO));
    let said: Vec<&str> = cut.left_out.iter().map(|gap| gap.reason.as_str()).collect();
    assert!(said.iter().any(|reason| reason.contains("were not compared")), "{said:?}");
    assert!(!cut.provenance.source_held && cut.provenance.origin != Origin::SameBinary);
}

#[test]
fn the_query_itself_is_known_and_left_out() {
    let query = sample("q", plain(0..20));
    let report = ask(&query, &with_strangers(vec![("wolf", Kind::Malware, query.clone())]));
    assert_eq!(report.query.known.as_ref().map(|known| known.label.family.as_str()), Some("wolf"));
    assert_eq!(report.outcome.verdict, Verdict::NothingSignificant);
    assert_eq!(report.population.samples, 5);
}

#[test]
fn in_a_small_population_a_relative_must_share_much() {
    let report = ask(&sample("q", plain(0..100)), &[("wolf", Kind::Malware, sample("a", plain(0..10)))]);
    let wolf = family(&report, "wolf");
    assert!(!wolf.standing.significant);
    assert!(
        wolf.standing.reason.contains("too few to tell rare code from common"),
        "{}",
        wolf.standing.reason
    );
    let report = ask(&sample("q", plain(0..100)), &[("wolf", Kind::Malware, sample("a", plain(0..30)))]);
    assert!(family(&report, "wolf").standing.significant);
}

#[test]
fn the_order_of_indexing_changes_nothing() {
    let mut stored = with_strangers(vec![
        ("wolf", Kind::Malware, sample("a", plain(0..20))),
        ("wolf", Kind::Malware, sample("b", plain(0..20))),
        ("fox", Kind::Malware, sample("c", plain(0..20).into_iter().map(|own| recompiled(own, 8)))),
        ("zlib", Kind::Library, sample("z", plain(15..18))),
    ]);
    let query = sample("q", plain(0..20).into_iter().map(|own| recompiled(own, 4)));
    let expected = ask(&query, &stored);
    for _ in 0..stored.len() {
        stored.rotate_left(1);
        assert_eq!(ask(&query, &stored), expected);
    }
    stored.reverse();
    assert_eq!(ask(&query, &stored), expected);
}

#[test]
fn anchors_alone_find_a_function_and_show_their_text() {
    let with_strings = |seed: u64, texts: &[&str]| {
        let mut own = function(seed, 300);
        let hash = |text: &&str| cognate_base::hash_bytes(0, text.as_bytes());
        let mut pairs: Vec<(Anchor, String)> = texts
            .iter()
            .map(|text| (Anchor { kind: AnchorKind::String, hash: hash(text) }, (*text).into()))
            .collect();
        pairs.sort();
        (own.fingerprint.anchors, own.anchor_texts) = pairs.into_iter().unzip();
        own
    };
    let texts = ["cannot open the frobnicator", "frobnication level out of bounds"];
    let stored = vec![("wolf", Kind::Malware, sample("a", [with_strings(1, &texts)]))];
    let report = ask(&sample("q", [with_strings(2, &texts)]), &with_strangers(stored));
    let told = &family(&report, "wolf").telling[0];
    assert_eq!(told.kind, cognate_documents::MatchKind::AnchorsOnly);
    assert_eq!(told.class, CodeClass::Private);
    let shown = format!("{:?}", told.reasons);
    assert!(texts.iter().all(|text| shown.contains(text)), "{shown}");
}

#[test]
fn what_is_too_small_to_match_is_aligned_by_its_callers_and_never_counted() {
    let program = |name: &str, salt: u64| {
        let mut functions: Vec<FunctionFingerprint> = plain(0..4);
        for (at, function) in functions.iter_mut().enumerate() {
            function.callees = vec![4 + at as u32];
        }
        functions.extend((0..4).map(|at| function(salt + at, 20)));
        sample(name, functions)
    };
    let (a, b) = (program("a", 700), program("b", 800));
    let comparison = compare(&a, &b);
    let by_graph = comparison.pairs.iter().filter(|pair| pair.how == How::CallGraph);
    let placed: Vec<(u32, u32)> = by_graph.map(|pair| (pair.query.index, pair.stored.index)).collect();
    assert_eq!(placed, [(4, 4), (5, 5), (6, 6), (7, 7)]);
    assert_eq!(comparison.a.matched.functions, 4);
    assert_eq!(comparison.a.matched_and_aligned.functions, 8);
    let report = ask(&a, &with_strangers(vec![("wolf", Kind::Malware, b)]));
    let alignment = report.samples[0].alignment.as_ref().expect("the first relative is aligned");
    assert_eq!((alignment.matched.functions, alignment.matched_and_aligned.functions), (4, 8));
    assert_eq!(report.samples[0].standing.matched.functions, 4);
}

#[test]
fn a_comparison_shows_what_each_side_has_alone() {
    let comparison = compare(&sample("a", plain(0..5)), &sample("b", plain(2..9)));
    assert_eq!(comparison.a.exact.functions, 3);
    let alone = |side: &cognate_documents::ComparedSample| -> Vec<u32> {
        side.unmatched.iter().map(|function| function.index).collect()
    };
    assert_eq!(alone(&comparison.a), [0, 1]);
    assert_eq!(alone(&comparison.b), [3, 4, 5, 6]);
}

mod any_input {
    use super::*;
    use proptest::prelude::*;

    fn any_function() -> impl Strategy<Value = FunctionFingerprint> {
        let numbers = (0u64..12, any::<u16>(), 0u32..5000, any::<bool>(), any::<[u16; 3]>());
        let lists = (prop::collection::vec(0u32..40, 0..4), prop::collection::btree_set(0u64..9, 0..5));
        (numbers, lists).prop_map(|((seed, information, bytes, tokens, counts), (callees, hashes))| {
            let mut own = function(seed, information);
            own.bytes = bytes;
            own.callees =
                callees.into_iter().collect::<std::collections::BTreeSet<u32>>().into_iter().collect();
            let print = &mut own.fingerprint;
            [print.instructions, print.block_count, print.edge_count] = counts;
            print.blocks = hashes.iter().copied().collect();
            print.anchors = hashes.iter().map(|&hash| Anchor { kind: AnchorKind::Constant, hash }).collect();
            print.flow.features = hashes.iter().map(|&hash| hash as u32).collect();
            print.flow.keys = hashes.iter().map(|&hash| hash + 100).collect();
            if !tokens {
                print.tokens = None;
            }
            own
        })
    }

    fn any_sample(name: &'static str) -> impl Strategy<Value = SampleFingerprint> {
        let functions = prop::collection::vec(any_function(), 0..30);
        (functions, prop::collection::vec(0u32..40, 0..3))
            .prop_map(move |(functions, seeds)| carrying(sample(name, functions), "OpenSSL", &seeds))
    }

    fn all_shares(value: &serde_json::Value, shares: &mut Vec<f64>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    let is_share = ["of_bytes", "of_functions", "weighted", "similarity", "contained"]
                        .contains(&name.as_str());
                    shares.extend(field.as_f64().filter(|_| is_share));
                    all_shares(field, shares);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| all_shares(item, shares)),
            _ => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn shares_lie_between_nothing_and_all(
            query in any_sample("q"), a in any_sample("a"), b in any_sample("b"), c in any_sample("c"),
        ) {
            let stored = [("wolf", Kind::Malware, a), ("oak", Kind::Goodware, b), ("zlib", Kind::Library, c)];
            let report = ask(&query, &stored);
            let mut shares = Vec::new();
            all_shares(&serde_json::to_value(&report).expect("plain data"), &mut shares);
            all_shares(&serde_json::to_value(compare(&query, &stored[0].2)).expect("plain data"), &mut shares);
            prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
            let back = serde_json::from_value(serde_json::to_value(&report).expect("plain data"));
            prop_assert_eq!(back.ok(), Some(report));
        }
    }
}
