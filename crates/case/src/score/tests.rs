//! What an outcome settles, and the formulas.
#![allow(clippy::unwrap_used)]

use super::*;

const CASE: &str = include_str!("../lint/tests.toml");

fn scored(outcome: &str, when: When) -> DateScore {
    let case = Case::parse(&format!("{CASE}\n[outcome]\n{outcome}\nreason = \"a court\"\n")).unwrap();
    score(&[("a.toml".to_owned(), case)], &[when]).dates.remove(0)
}

/// What came true of every claim that the outcome settles.
#[track_caller]
fn check(outcome: &str, expected: &[(&str, bool)]) {
    let date = scored(&format!("{outcome}\ndate = 2030-01-01"), When::Before);
    let found =
        date.cases.first().map(|case| case.claims.iter().map(|one| (one.claim.as_str(), one.came_true)));
    assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), expected, "{outcome}");
}

#[test]
fn an_outcome_settles_what_follows_from_it_and_nothing_else() {
    let group = [
        ("lazarus/code-base", true),
        ("lazarus/cluster", true),
        ("lazarus/group", true),
        ("paper-clip/cluster", false),
        ("paper-clip/group", false),
        ("unlisted", false),
        ("unrelated", false),
    ];
    check("actor = \"lazarus\"", &group);
    let mut tasked = group.to_vec();
    tasked.insert(3, ("lazarus/sponsor", true));
    check("actor = \"lazarus\"\ntasked = true", &tasked);
    let mut planted = group.to_vec();
    planted.insert(3, ("lazarus/false-flag", false));
    planted.insert(6, ("paper-clip/false-flag", true));
    check("actor = \"lazarus\"\nplanted = [\"paper-clip\"]", &planted);
    check("actor = \"paper-clip\"\nlevel = \"code-base\"", &[("paper-clip/code-base", true)]);
    check(
        "actor = \"unlisted\"",
        &[
            ("lazarus/cluster", false),
            ("lazarus/group", false),
            ("lazarus/sponsor", false),
            ("paper-clip/cluster", false),
            ("paper-clip/group", false),
            ("unlisted", true),
        ],
    );
    check("actor = \"unknown\"", &[]);
}

#[test]
fn what_was_known_with_the_outcome_counts_in_no_score() {
    let as_of = |when| {
        scored("actor = \"lazarus\"\ndate = 2024-05-06", when)
            .cases
            .first()
            .map(|case| case.as_of.to_string())
    };
    assert_eq!(as_of(When::Before).as_deref(), Some("2024-05-05"));
    assert_eq!(as_of(When::On("2029-01-01".parse().unwrap())).as_deref(), Some("2024-05-05"));
    assert_eq!(as_of(When::Days(2)).as_deref(), Some("2024-05-03"));
    assert_eq!(as_of(When::Days(i32::MAX)), None);
}

#[test]
fn the_scores_are_those_of_the_formulas() {
    let claim = |level, prior, probability, came_true| ClaimScore {
        claim: "x".to_owned(),
        level,
        prior,
        probability,
        came_true,
    };
    let claims = vec![claim(Level::Group, 0.5, 0.8, true), claim(Level::Group, 0.5, 0.4, false)];
    let case = CaseScore {
        file: "f".to_owned(),
        case: "c".to_owned(),
        actor: "x".to_owned(),
        as_of: "2024-01-01".parse().unwrap(),
        items: 1,
        claims,
    };
    let levels = levels(std::slice::from_ref(&case));
    let all = levels.first().unwrap();
    let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-12, "{one} {other}");
    near(all.brier, (0.04 + 0.16) / 2.0);
    near(all.brier_of_priors, 0.25);
    near(all.log, -(0.8_f64.ln() + 0.6_f64.ln()) / 2.0);
    near(all.log_of_constant, 2.0_f64.ln());
    near(log(0.0, true), -LEAST.ln());
    let bands = calibration(&[case]);
    let terms: Vec<(&str, u64)> = bands.iter().map(|band| (band.term.as_str(), band.came_true)).collect();
    assert_eq!(terms, [("unlikely", 0), ("likely", 1)]);
}
