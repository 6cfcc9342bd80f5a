//! Cases small enough to work out by hand; the arithmetic stands beside each.

use cognate_case::{AssessOptions, Assessment, Case, assess};

/// One candidate with priors that are easy to calculate with; sources by grade.
const HEAD: &str = r#"
[case]
id = "c"
title = "t"
question = "q"
[unlisted]
prior = 0.8
reason = "r"
[[candidate]]
id = "x"
name = "X"
prior = { untasked = 0.1, reuse = 0.05, false-flag = 0.05, reason = "r" }
[[source]]
id = "a"
name = "A"
kind = "vendor"
reliability = "A"
reason = "r"
[[source]]
id = "b"
name = "B"
kind = "vendor"
reliability = "B"
reason = "r"
[[source]]
id = "b2"
name = "B2"
kind = "vendor"
reliability = "B"
reason = "r"
[[source]]
id = "b3"
name = "B3"
kind = "vendor"
reliability = "B"
reason = "r"
[[source]]
id = "d"
name = "D"
kind = "press"
reliability = "D"
reason = "r"
[[source]]
id = "f"
name = "F"
kind = "press"
reliability = "F"
reason = "r"
[[group]]
id = "half"
correlation = 0.5
reason = "r"
[[group]]
id = "one"
correlation = 1.0
reason = "r"
[[analyst]]
id = "p"
name = "P"
[[analyst]]
id = "q"
name = "Q"
"#;

/// An item of a source, 0.5 under X and 0.02 under somebody else; `more` are further lines.
fn item(id: &str, source: &str, more: &str) -> String {
    format!(
        "[[evidence]]\nid = \"{id}\"\ntitle = \"t\"\nkind = \"code\"\naspect = \"malware\"\nobservation = \"o\"\n\
         source = \"{source}\"\ncredibility = 1\nreported = 2017-05-15\nforgeability = \"moderate\"\n\
         shareability = \"private\"\nrationale = \"r\"\nlikelihood = {{ unlisted = 0.02, x = 0.5 }}\n{more}\n"
    )
}

fn assessed(items: &[String]) -> Assessment {
    let case = Case::parse(&format!("{HEAD}{}", items.concat())).unwrap_or_else(|error| panic!("{error}"));
    assess(&case, "", &AssessOptions::default())
}

#[track_caller]
fn check(items: &[String], group: f64) {
    let assessment = assessed(items);
    let found = assessment.claims.iter().find(|claim| claim.id == "x/group").map(|claim| claim.probability);
    assert!(found.is_some_and(|found| (found - group).abs() < 1e-9), "{found:?}, by hand {group}");
}

/// By hand: reuse 0.15*0.5 + 0.85*0.02, false flag 0.4*0.5 + 0.6*0.02, and what was to be expected of it all.
const REUSE: f64 = 0.092;
const FLAG: f64 = 0.212;
const EXPECTED: f64 = 0.1 * 0.5 + 0.05 * REUSE + 0.05 * FLAG + 0.8 * 0.02;

/// The posterior of the group when each hypothesis is multiplied by its factor.
fn posterior(factor: impl Fn(f64) -> f64) -> f64 {
    let [own, reuse, flag, other] =
        [(0.1, 0.5), (0.05, REUSE), (0.05, FLAG), (0.8, 0.02)].map(|(p, l)| p * factor(l));
    own / (own + reuse + flag + other)
}

#[test]
fn without_evidence_the_prior_stands() {
    check(&[], 0.1);
}

#[test]
fn one_item_moves_the_probability_its_share_of_the_way() {
    // 0.8 of the way from 0.1 to 0.05 / 0.0812.
    check(&[item("e", "b", "")], 0.8 * (0.05 / EXPECTED) + 0.2 * 0.1);
    check(&[item("e", "d", "")], 0.35 * (0.05 / EXPECTED) + 0.65 * 0.1);
}

/// P'/P(e) of a likelihood through a source of that share.
fn through(share: f64) -> impl Fn(f64) -> f64 {
    move |likelihood| (share * likelihood + (1.0 - share) * EXPECTED) / EXPECTED
}

#[test]
fn items_of_independent_sources_multiply() {
    let (a, b) = (through(0.95), through(0.8));
    check(&[item("e", "a", ""), item("f", "b", "")], posterior(|l| a(l) * b(l)));
}

/// 0.8 of the way to what the items say together if their source is reliable: `factor` for each hypothesis.
fn one_source(factor: impl Fn(f64) -> f64) -> f64 {
    0.8 * posterior(factor) + 0.2 * 0.1
}

#[test]
fn items_of_one_source_are_believed_together_or_not_at_all() {
    let b = |l: f64| l / EXPECTED;
    check(&[item("e", "b", ""), item("f", "b", "")], one_source(|l| b(l) * b(l)));
    let many: Vec<String> = (0..40).map(|place| item(&format!("e{place}"), "b", "")).collect();
    check(&many, one_source(|l| b(l).powi(40)));
}

#[test]
fn in_a_group_of_one_half_the_second_item_counts_half_and_the_third_a_quarter() {
    let grouped = |id: &str, source: &str| item(id, source, "group = \"half\"");
    let b = through(0.8);
    // Of sources that are graded alike and independent: "b" and "b2" say so in the head.
    check(&[grouped("e", "b"), grouped("f", "b2")], posterior(|l| b(l).powf(1.5)));
    check(&[grouped("e", "b"), grouped("f", "b2"), grouped("g", "b3")], posterior(|l| b(l).powf(1.75)));
}

#[test]
fn in_a_group_of_one_the_strongest_item_counts() {
    let (a, b) = (through(0.95), through(0.8));
    let grouped = |id: &str, source: &str| item(id, source, "group = \"one\"");
    // For every hypothesis the better source's factor lies further from one.
    check(&[grouped("e", "b"), grouped("f", "a"), grouped("g", "b")], posterior(&a));
    check(&[grouped("e", "b"), grouped("f", "b")], posterior(&b));
}

#[test]
fn ten_reports_of_one_observation_count_as_the_best_of_them() {
    let (a, d) = (through(0.95), through(0.35));
    let mut reports = vec![item("e", "d", "")];
    reports.extend((0..9).map(|copy| item(&format!("copy-{copy}"), "d", "origin = \"e\"")));
    check(&reports, posterior(&d));
    reports.push(item("better", "a", "origin = \"e\""));
    check(&reports, posterior(&a));
}

#[test]
fn a_grade_that_cannot_be_judged_widens_and_does_not_lower() {
    let interval = |source: &str| {
        let assessment = assessed(&[item("e", source, "")]);
        let claim = assessment.claims.into_iter().find(|claim| claim.id == "x/group").expect("a claim");
        (claim.probability, claim.low, claim.high)
    };
    let ((known, low, high), (unknown, lower, higher)) = (interval("a"), interval("f"));
    assert!((known - unknown).abs() < 1e-12, "credibility 1 alone is judged: {known} and {unknown}");
    assert!(lower < 0.6 * low && higher > 0.8 * high, "{lower}-{higher} and {low}-{high}");
}

#[test]
fn analysts_are_averaged_and_each_is_shown() {
    let dissent = "judged-by = \"p\"\n[[evidence.judgement]]\nby = \"q\"\nrationale = \"r\"\nlikelihood = { unlisted = 0.5, x = 0.5 }\n";
    let assessment = assessed(&[item("e", "b", dissent)]);
    // P as written, Q all even: the means are (l + 0.5) / 2.
    let mean = |l: f64| (l + 0.5) / 2.0;
    let expected = 0.1 * mean(0.5) + 0.05 * mean(REUSE) + 0.05 * mean(FLAG) + 0.8 * mean(0.02);
    let group = 0.8 * (0.1 * mean(0.5) / expected) + 0.2 * 0.1;
    let place = assessment.claims.iter().position(|claim| claim.id == "x/group").expect("a claim");
    assert!((assessment.claims[place].probability - group).abs() < 1e-9);
    let own: Vec<(&str, f64)> =
        assessment.analysts.iter().map(|a| (a.id.as_str(), a.probabilities[place])).collect();
    let p = 0.8 * (0.05 / EXPECTED) + 0.2 * 0.1;
    assert!(own[0].0 == "p" && (own[0].1 - p).abs() < 1e-9, "{own:?}");
    assert!(own[1].0 == "q" && (own[1].1 - 0.1).abs() < 1e-9, "{own:?}");
}

#[test]
fn the_odds_multiplier_takes_a_reader_from_another_prior() {
    let assessment = assessed(&[item("e", "b", "")]);
    let claim = assessment.claims.iter().find(|claim| claim.id == "x/group").expect("a claim");
    let odds = |p: f64| p / (1.0 - p);
    assert!((claim.odds_multiplier - odds(claim.probability) / odds(0.1)).abs() < 1e-9);
    let own_prior = claim.other_priors.iter().find(|other| other.prior == 0.10).expect("10 %");
    assert!((own_prior.probability - claim.probability).abs() < 1e-9);
}

#[test]
fn long_chains_of_origins_end_in_one_observation() {
    let link =
        |place: usize, origin: usize| item(&format!("e{place}"), "b", &format!("origin = \"e{origin}\""));
    // Walked anew for each item, these would take minutes.
    let chain: Vec<String> = (0..20_000).map(|place| link(place, place + 1)).collect();
    assert_eq!(assessed(&chain).counts.observations, 1);
    let circle: Vec<String> = (0..20_000).map(|place| link(place, (place + 1) % 20_000)).collect();
    assert_eq!(assessed(&circle).counts.observations, 1);
}
