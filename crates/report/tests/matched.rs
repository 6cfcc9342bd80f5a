//! The answer of `match` as people read it, made from a recorded one.

use cognate_base::{Gap, Place};
use cognate_documents::{
    Alignment, Bundle, CodeClass, CodeSplit, MatchAnswer, MatchDocument, Origin, SampleRelative, Share,
    Verdict,
};
use cognate_report::{Document, Style};

/// The text of the recorded answer, once `change` was made to its report.
fn text(change: impl FnOnce(&mut cognate_documents::MatchReport)) -> String {
    let recorded = include_str!("../../case/tests/fixtures/match.json");
    let mut document: MatchDocument = serde_json::from_str(recorded).unwrap();
    change(&mut document.answers[0].report);
    document.text(&Style::default())
}

#[test]
fn how_much_of_a_store_answered_is_said() {
    let part = text(|report| report.completeness.coverage = 0.5);
    assert!(part.contains("only 50.0 % of the store answered"), "{part}");
    assert!(!text(|_| ()).contains("of the store answered"));
}

/// The first answer with as much of everything as there can be.
fn full(answer: &mut MatchAnswer, verdict: Verdict) {
    let long = "a-name-that-goes-on-and-on-".repeat(20);
    let some = |of_bytes| Share { functions: 12_345, bytes: 123_456, of_functions: of_bytes, of_bytes };
    answer.name = long.clone();
    answer.gaps = (0..40)
        .map(|at| Gap { code_lost: true, ..Gap::new(Place::File(at), "a part of the code", &long) })
        .collect();
    let report = &mut answer.report;
    (report.query.size, report.query.functions, report.query.code_bytes) = (34_000_000, 32_123, 12_300_000);
    (report.completeness.coverage, report.query.partial) = (0.5, verdict == Verdict::Related);
    report.code = CodeSplit {
        matched: some(0.9),
        private: some(0.101),
        library: some(0.202),
        common: some(0.103),
        doubtful: some(0.104),
        unmatched: some(0.305),
        below_floor: some(0.185),
    };
    let bundle = |at: u64| Bundle {
        class: if at.is_multiple_of(2) { CodeClass::Private } else { CodeClass::Library },
        library: (!at.is_multiple_of(2)).then(|| long.clone()),
        code: some(0.05),
        first: at,
        last: at,
        holders: 47,
        named: vec![long.clone(); 5],
    };
    report.bundles = (0..50).map(bundle).collect();
    let mut family = report.families[0].clone();
    (family.family, family.actors) = (long.clone(), vec![long.clone(); 9]);
    family.best_sample.name = long.clone();
    family.standing.log10_lr_range = (1.1, 3.9);
    family.standing.significant = verdict == Verdict::Related;
    family.standing.unsettled = !family.standing.significant;
    let mut other = family.clone();
    (other.family, other.standing.significant, other.standing.unsettled) = ("other".to_owned(), false, true);
    report.families = [vec![family; 30], vec![other; 30]].concat();
    let outcome = &mut report.outcome;
    (outcome.verdict, outcome.named) = (verdict, vec![long.clone()]);
    outcome.reason = format!("shares private code with {}", vec![long.clone(); 5].join(", "));
    outcome.next = (!verdict.found()).then(|| long.replace('-', " "));
}

#[test]
fn no_first_screen_is_over_25_lines_and_its_details_are_all_there() {
    let check = |verdict| {
        let recorded = include_str!("../../case/tests/fixtures/match.json");
        let mut document: MatchDocument = serde_json::from_str(recorded).unwrap();
        document.answers.truncate(1);
        full(&mut document.answers[0], verdict);
        let style = Style { width: 80, ..Style::default() };
        let screen = document.text(&style);
        assert!(screen.lines().count() <= 25, "{} lines:\n{screen}", screen.lines().count());
        assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
        assert!(document.text(&Style { details: true, ..style }).lines().count() > 100);
        screen
    };
    for verdict in [
        Verdict::KnownFile,
        Verdict::NearCopy,
        Verdict::Related,
        Verdict::NotSettled,
        Verdict::CommonCodeOnly,
        Verdict::UnknownCode,
        Verdict::CannotTell,
    ] {
        check(verdict);
    }
    assert!(check(Verdict::Related).contains("and 29 more"));
}

#[test]
fn how_a_near_copy_came_to_agree_does_not_deny_that_it_is_one() {
    let told = |origin| {
        text(|report| {
            report.outcome.verdict = Verdict::NearCopy;
            let family = &mut report.families[0];
            (family.standing.significant, family.standing.unsettled) = (false, true);
            report.outcome.named = vec![family.family.clone()];
            let mut alignment = Alignment::default();
            alignment.provenance.origin = origin;
            report.samples = vec![SampleRelative {
                sample: family.best_sample.clone(),
                standing: family.standing.clone(),
                one_to_one: Share::default(),
                telling: Vec::new(),
                alignment: Some(alignment),
            }];
        })
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
    };
    for origin in
        [Origin::SameBinaryPart, Origin::Runtime, Origin::Nothing, Origin::DataOnly, Origin::Unsettled]
    {
        let said = told(origin);
        for denial in
            ["both link", "may be no more than that", "too little agrees", "not settled", "not the same code"]
        {
            assert!(!said.contains(denial), "{origin:?}: {said}");
        }
        assert!(said.contains("too little without the likeness of the whole file"), "{said}");
    }
}

#[test]
fn the_share_of_own_code_is_that_of_own_code() {
    let said = text(|report| {
        let family = &mut report.families[0];
        family.standing.significant = true;
        (family.standing.grounds.of_own, family.standing.grounds.of_query) = (0.9, 0.2);
    });
    assert!(said.contains("90.0 % of its own") && !said.contains("20.0 %"), "{said}");
}
