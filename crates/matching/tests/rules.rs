//! One test for each rule by which shared code becomes evidence, or does not.

mod support;

use cognate_documents::{CodeClass, FunctionClass, How, MatchReport, Naming, Origin, Outcome, Verdict};
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
    let report = ask(&sample("q", plain(5..30)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::Related);
    let wolf = family(&report, "wolf");
    assert!(wolf.standing.significant, "{}", wolf.standing.reason);
    assert_eq!((wolf.standing.private.functions, wolf.standing.distinct), (15, 15));
    assert!((wolf.standing.private.of_bytes - 0.6).abs() < 1e-9);
    assert_eq!(report.actors[0].actor, "someone");
    assert_eq!(report.actors[0].families, ["wolf"]);
    assert_eq!(wolf.telling.len(), 10);
    assert_eq!(report.samples[0].one_to_one.functions, 15);
}

#[test]
fn a_small_part_in_common_may_be_a_library_that_nobody_knows() {
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", plain(0..100)))]);
    let report = ask(&sample("q", plain(90..190)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::NotSettled);
    let Outcome { reason, next, .. } = &report.outcome;
    assert!(!reason.contains("wolf"), "nobody is named below the bar: {reason}");
    assert!(next.is_some());
    let wolf = &family(&report, "wolf").standing;
    assert!((wolf.unsettled, wolf.significant) == (true, false), "{}", wolf.reason);
}

#[test]
fn functions_that_are_alike_here_and_there_are_chance() {
    // each of the twenty stands alone: forty others lie between it and the next, on both sides
    let scattered = |salt: u64| {
        (0..20u64).flat_map(move |at| {
            plain(at..at + 1).into_iter().chain(plain(salt + at * 40..salt + at * 40 + 40))
        })
    };
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", scattered(10_000)))]);
    let report = ask(&sample("q", scattered(20_000)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::UnknownCode);
    let grounds = family(&report, "wolf").standing.grounds;
    assert_eq!((grounds.placed, grounds.loose), (0, 20));
}

#[test]
fn a_stored_file_is_known_and_a_rebuilt_one_is_a_near_copy() {
    let check = |query: &SampleFingerprint, expected| {
        let mut stored = sample("a", plain(0..40));
        stored.id = cognate_base::SampleId::of(b"stored");
        let report = ask(query, &with_strangers(vec![("wolf", Kind::Malware, stored)]));
        assert_eq!(report.outcome.verdict, expected, "{}", report.outcome.reason);
        assert!(report.outcome.reason.contains("wolf"), "{}", report.outcome.reason);
    };
    let mut same = sample("q", plain(0..40));
    same.id = cognate_base::SampleId::of(b"stored");
    check(&same, Verdict::KnownFile);
    check(&sample("q", plain(0..40)), Verdict::NearCopy);
    check(&sample("q", plain(2..42)), Verdict::NearCopy);
    check(&sample("q", plain(10..50)), Verdict::Related);
}

#[test]
fn two_programs_of_nothing_but_one_library_are_no_copies_of_each_other() {
    let of_library = |name: &str| {
        let known_by = cognate_documents::KnownBy { bytes: 40, ..Default::default() };
        let all = (0..40).collect::<Vec<u32>>();
        let mut made = carrying(sample(name, plain(0..40)), "glibc", &all);
        made.components.iter_mut().for_each(|it| it.known_by = known_by);
        made
    };
    let report = ask(&of_library("q"), &with_strangers(vec![("wolf", Kind::Malware, of_library("a"))]));
    assert_eq!(report.outcome.verdict, Verdict::CommonCodeOnly, "{}", report.outcome.reason);
    assert!(!report.outcome.reason.contains("wolf"));
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
    check(plain(500..540), false, Verdict::UnknownCode);
    check(plain(500..540), true, Verdict::CannotTell);
    check(plain(500..502), false, Verdict::CannotTell);
    check(vec![], false, Verdict::CannotTell);
    check(plain(5..30), true, Verdict::Related);
}

#[test]
fn what_is_judged_does_not_hang_on_how_much_is_shown() {
    let stored = with_strangers(vec![
        ("wolf", Kind::Malware, sample("a", plain(0..20))),
        ("bear", Kind::Malware, sample("b", plain(20..40))),
    ]);
    let query = sample("q", plain(0..40));
    let all = ask(&query, &stored).outcome;
    assert_eq!(all.verdict, Verdict::Related);
    for relatives in [0, 1] {
        let options = MatchOptions { relatives, ..MatchOptions::default() };
        let report = match_sample(&query, &store_of(&stored), &options).expect("in memory");
        assert_eq!((report.outcome, report.families.len()), (all.clone(), relatives));
    }
}

#[test]
fn few_shared_functions_are_nothing_and_it_says_why() {
    let stored = with_strangers(vec![("wolf", Kind::Malware, sample("a", plain(0..2)))]);
    let report = ask(&sample("q", plain(0..40)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::UnknownCode);
    let reason = &family(&report, "wolf").standing.reason;
    assert!(reason.starts_with("2 pieces of private code that lie together in both"), "{reason}");
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
    assert_eq!(wolf.standing.grounds.placed + wolf.standing.grounds.loose, 1);
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
    let grounds = family(&report, "wolf").standing.grounds;
    assert_eq!(grounds.placed + grounds.loose, 1);
    assert_eq!(report.samples[0].one_to_one.functions, 1);
}

#[test]
fn code_of_an_indexed_library_is_set_apart_and_named() {
    let stored = with_strangers(vec![
        ("zlib", Kind::Library, sample("z", plain(0..20))),
        ("wolf", Kind::Malware, sample("a", plain(0..20))),
    ]);
    let report = ask(&sample("q", plain(0..30)), &stored);
    assert_eq!(report.outcome.verdict, Verdict::UnknownCode, "a third of it is nobody's that is known");
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
fn a_text_makes_only_the_functions_that_refer_to_it_a_librarys() {
    let query = carrying(sample("q", plain(0..140)), "OpenSSL", &[60, 100]);
    let other = sample("a", plain(40..140).into_iter().chain(plain(900..1000)));
    let report = ask(&query, &with_strangers(vec![("wolf", Kind::Malware, other)]));
    assert_eq!(report.code.library.functions, 2);
    assert_eq!(report.libraries[0].named, [Naming::Marks { mark: "OpenSSL 1.0".into() }]);
    assert_eq!(report.libraries[0].query_versions, ["1.0"]);
}

#[test]
fn what_most_stored_samples_know_as_a_library_is_one_here() {
    let known: Vec<u32> = (0..20).collect();
    let knowing = |name: &str, own: u64| {
        carrying(sample(name, plain(0..20).into_iter().chain(plain(own..own + 20))), "zlib", &known)
    };
    let unknowing = |name: &str, own: u64| sample(name, plain(0..20).into_iter().chain(plain(own..own + 20)));
    let check = |stored: Vec<Stored<'static>>, expected| {
        let report = ask(&sample("q", plain(0..40)), &with_strangers(stored));
        assert_eq!(report.code.library.functions, expected);
        let named = report.libraries.first().map(|library| library.named.clone());
        assert_eq!(named, (expected > 0).then(|| vec![Naming::Stored { functions: expected }]));
    };
    check(vec![("wolf", Kind::Malware, knowing("a", 1000))], 20);
    check(vec![("wolf", Kind::Malware, unknowing("a", 1000))], 0);
    let both =
        vec![("wolf", Kind::Malware, knowing("a", 1000)), ("fox", Kind::Malware, unknowing("b", 2000))];
    check(both, 0);
}

#[test]
fn what_may_be_the_authors_own_leaves_the_question_open() {
    use cognate_documents::KnownBy;
    let check = |version: Option<&str>, known_by, surrounded: bool, expected| {
        let known = || {
            let functions: Vec<u32> = (0..20).collect();
            let mut made = sample("q", plain(0..20).into_iter().chain(plain(500..505)));
            made.components.push(Component {
                name: "module".into(),
                versions: version.map(str::to_owned).into_iter().collect(),
                known_by,
                surrounded: if surrounded { functions.clone() } else { Vec::new() },
                functions,
                ..Component::default()
            });
            made
        };
        let other = SampleFingerprint { id: cognate_base::SampleId::of(b"other"), ..known() };
        let other = sample("a", other.functions.into_iter().take(20).chain(plain(700..705)));
        let report = ask(&known(), &with_strangers(vec![("wolf", Kind::Malware, other)]));
        assert_eq!(report.outcome.verdict, expected, "{}", report.outcome.reason);
    };
    let (named, found) =
        (KnownBy { names: 20, ..KnownBy::default() }, KnownBy { bytes: 20, ..KnownBy::default() });
    check(Some("v1.2.0"), named, false, Verdict::UnknownCode);
    check(Some("v0.0.0"), named, false, Verdict::NotSettled);
    check(None, named, false, Verdict::NotSettled);
    check(None, found, false, Verdict::UnknownCode);
    check(None, found, true, Verdict::NotSettled);
}

#[test]
fn code_in_doubt_is_neither_common_nor_nothing() {
    use cognate_documents::KnownBy;
    // a hundred functions of a library, and as many that only lie among them
    let check = |surrounded: u32, stored: bool, expected| {
        let all: Vec<u32> = (0..100 + surrounded).collect();
        let mut query = sample("q", plain(0..100).into_iter().chain(plain(500..500 + u64::from(surrounded))));
        let known_by = KnownBy { bytes: 100, surroundings: surrounded, ..KnownBy::default() };
        let surrounded = all[100..].to_vec();
        query.components.push(Component {
            name: "glibc".into(),
            known_by,
            surrounded,
            functions: all,
            ..Component::default()
        });
        let other = if stored { plain(500..520) } else { plain(700..720) };
        let report = ask(&query, &with_strangers(vec![("wolf", Kind::Malware, sample("a", other))]));
        assert_eq!(report.outcome.verdict, expected, "{}", report.outcome.reason);
        assert_eq!((report.code.common.functions, report.code.library.functions), (0, 100));
        report
    };
    check(1, true, Verdict::CommonCodeOnly);
    let unknown = check(8, false, Verdict::UnknownCode);
    let open = check(8, true, Verdict::NotSettled);
    for report in [&unknown, &open] {
        let classes = report.functions.iter().filter(|it| it.class == FunctionClass::Doubtful).count();
        assert_eq!((report.code.doubtful.functions, classes), (8, 8));
        assert!(report.outcome.reason.contains("(8 functions) it is not known"), "{}", report.outcome.reason);
        assert!(
            report
                .bundles
                .iter()
                .any(|bundle| bundle.class == CodeClass::Doubtful && bundle.code.functions == 8)
        );
    }
    assert!(open.outcome.next.is_some() && !open.outcome.reason.contains("wolf"), "{}", open.outcome.reason);
    assert_eq!(family(&open, "wolf").standing.doubtful.functions, 8);
}

#[test]
fn what_lies_amid_a_library_is_no_evidence() {
    // functions 10 to 12 are shared with one family alone, and lie amid a library's
    let around: Vec<u32> = (0..10).chain(13..24).collect();
    let query = carrying(sample("q", plain(0..24).into_iter().chain(plain(500..520))), "zlib", &around);
    let other = sample("a", plain(10..13).into_iter().chain(plain(900..960)));
    let report = ask(&query, &with_strangers(vec![("wolf", Kind::Malware, other)]));
    let wolf = &family(&report, "wolf").standing;
    assert_eq!((wolf.common.functions, wolf.private.functions), (3, 0));
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
    let mut store = store_of(&with_strangers(many_families.to_vec()));
    let report =
        match_sample(&sample("q", plain(0..20)), &store, &MatchOptions::default()).expect("in memory");
    assert_eq!(report.code.common.functions, 0, "three families of one actor are one");
    for name in ["wolf", "fox", "bear"] {
        let label = support::label(name, Kind::Malware, Some(name));
        store.relabel(&file(name).id, &label).expect("in memory");
    }
    let report =
        match_sample(&sample("q", plain(0..20)), &store, &MatchOptions::default()).expect("in memory");
    assert_eq!(report.code.common.functions, 20);
    assert_eq!(report.outcome.verdict, Verdict::CommonCodeOnly);
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
    assert_eq!(report.outcome.verdict, Verdict::CannotTell);
    assert!(report.outcome.reason.starts_with("no family is in the store"), "{}", report.outcome.reason);
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
    assert_eq!((whole.outcome.verdict, whole.left_out.len()), (Verdict::NearCopy, 0));
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
    assert_eq!(report.outcome.verdict, Verdict::KnownFile);
    assert_eq!(report.population.samples, 5);
}

#[test]
fn where_little_is_stored_a_relative_must_share_much() {
    let check = |shared, expected| {
        let report =
            ask(&sample("q", plain(0..100)), &[("wolf", Kind::Malware, sample("a", plain(0..shared)))]);
        let wolf = &family(&report, "wolf").standing;
        assert_eq!((wolf.significant, wolf.unsettled), expected, "{}", wolf.reason);
    };
    check(2, (false, false));
    check(30, (false, true));
    check(60, (true, false));
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
