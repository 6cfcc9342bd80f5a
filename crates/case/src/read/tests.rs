//! All errors of a case file, each with its place and in words.
#![allow(clippy::unwrap_used)]

use crate::model::{Case, Step, WORDS};
use crate::skeleton;
use cognate_base::Hint;

/// The skeleton with passages replaced; they must be there.
fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(skeleton("books", "The cooked books"), |text, (from, to)| {
        assert!(text.contains(from), "the skeleton has no {from:?}");
        text.replacen(from, to, 1)
    })
}

/// What is wrong, with the hint: `LINE: MESSAGE (HINT)`, where the line is that of the text behind `at`.
#[track_caller]
fn check(edits: &[(&str, &str)], expected: &[(&str, &str)]) {
    let text = edited(edits);
    let errors = Case::parse_all(&text).unwrap_err();
    let told: Vec<String> = errors
        .iter()
        .map(|error| match error.next_step() {
            Some(Hint::Text(hint)) => format!("{} ({hint})", error.message()),
            _ => error.message().to_owned(),
        })
        .collect();
    assert_eq!(errors.len(), expected.len(), "{told:#?}");
    for ((error, told), (at, words)) in errors.iter().zip(&told).zip(expected) {
        assert!(told.contains(words), "{told:?} has no {words:?}");
        let line = text.lines().nth(error.place().unwrap().line as usize - 1).unwrap_or_default();
        assert!(line.contains(at), "{told:?} is told of {line:?}, not of {at:?}");
    }
}

#[test]
fn every_error_is_told_at_once_in_the_order_of_the_file() {
    check(
        &[
            ("title = \"The cooked books\"", "titel = \"The cooked books\""),
            ("prior = 0.80", "prior = 1.5"),
            ("reliability = \"B\"", "reliability = \"Z\""),
            ("credibility = 2", "credibility = \"B\""),
            ("kind = \"code\"", "kind = \"cod\""),
            ("source = \"second-source\"", "source = \"secnd-source\""),
            (
                "likelihood = { unlisted = 0.1, first-group = 0.4 }",
                "likelihood = { unlisted = 0.1, first-grup = 0.4 }",
            ),
            ("reported = 2000-01-05", "reported = \"2000-01-05\""),
        ],
        &[
            ("titel", "unknown key `titel` (did you mean `title`? keys here are: id, title, question"),
            ("prior = 1.5", "1.5 is not a probability"),
            ("reliability", "`Z` is no word for `reliability` (expected one of: A, B, C, D, E, F"),
            ("kind", "`cod` is no word for `kind` (did you mean `code`?"),
            ("credibility", "`credibility` is \"B\", expected 1 to 6: 1 confirmed by others"),
            ("first-grup", "no candidate is called `first-grup` (did you mean `first-group`?"),
            ("secnd-source", "no source is called `secnd-source` (did you mean `second-source`?"),
            ("reported", "`reported` is \"2000-01-05\", expected a day without quotation marks"),
        ],
    );
}

#[test]
fn what_follows_from_an_error_is_not_told_beside_it() {
    check(&[("title = \"The cooked books\"", "")], &[("[case]", "`title` is missing")]);
    check(&[("prior = 0.80", "")], &[("[unlisted]", "`prior` is missing")]);
    check(
        &[("source = \"first-source\"\ncredibility", "credibility")],
        &[("[[evidence]]", "`source` is missing")],
    );
    check(
        &[("id = \"first-group\"", "id = 7")],
        &[
            ("id = 7", "`id` is `7`, expected text in quotation marks"),
            ("first-group", "no candidate is called `first-group`"),
            ("first-group", "no candidate is called `first-group`"),
            ("first-group", "no candidate is called `first-group`"),
            ("first-group", "no candidate is called `first-group`"),
            ("first-group", "no candidate is called `first-group`"),
            ("first-group", "no candidate is called `first-group`"),
        ],
    );
    check(
        &[("untasked = 0.03", "untasked = \"much\"")],
        &[("untasked", "expected a probability between 0 and 1")],
    );
    check(&[("[case]", "[cas]")], &[("[cas]", "unknown key `cas` (did you mean `case`?")]);
}

#[test]
fn two_errors_in_one_table_are_two() {
    check(
        &[(
            "first-group = 0.4 }\n\n# A report",
            "first-group = { tasked = 7, untaskd = 0.5 } }\n\n# A report",
        )],
        &[("tasked = 7", "7 is not a probability")],
    );
    check(
        &[(
            "untasked = 0.05\ncontractor = 0.01\nreuse = 0.02",
            "untasked = 5\ncontractor = 0.01\nreus = 0.02",
        )],
        &[("untasked", "5 is not"), ("reus", "unknown key `reus` (did you mean `reuse`?")],
    );
}

#[test]
fn all_that_is_missing_is_told() {
    let told: Vec<String> =
        Case::parse_all("").unwrap_err().iter().map(|error| error.message().to_owned()).collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    check(
        &[("title = \"TODO: one line\"\nkind = \"code\"\naspect = \"malware\"\nvertex", "vertex")],
        &[
            ("[[evidence]]", "`title` is missing"),
            ("[[evidence]]", "`kind` is missing"),
            ("[[evidence]]", "`aspect` is missing"),
        ],
    );
}

#[test]
fn what_is_no_toml_is_one_error_and_many_errors_are_fifty() {
    assert_eq!(Case::parse_all("[case").unwrap_err().len(), 1);
    assert!(Case::parse_all("").unwrap_err().first().unwrap().message().contains("`case` is missing"));
    let many = format!("{}{}", skeleton("b", "b"), "[[source]]\nid = 1\n".repeat(200));
    assert_eq!(Case::parse_all(&many).unwrap_err().len(), super::MOST_ERRORS);
}

/// The likelihoods of the first item, by what is written.
#[track_caller]
fn likelihood(scale: &str, written: &str) -> Result<crate::model::Likelihood, String> {
    let text = edited(&[
        ("[unlisted]", &format!("{scale}\n[unlisted]")),
        ("[evidence.likelihood]\nunlisted = 0.05\nfirst-group = 0.4\n", &format!("likelihood = {written}\n")),
        ("by = \"first-analyst\"\ndate = 2000-01-03", "by = \"first-analyst\"\ndate = 2000-01-09"),
    ]);
    let case = Case::parse(&text).map_err(|error| error.to_string())?;
    Ok(case.evidence.first().unwrap().judgements.first().unwrap().likelihood.clone())
}

#[track_caller]
fn ratio(scale: &str, written: &str) -> f64 {
    let likelihood = likelihood(scale, written).unwrap();
    let roles = likelihood.on.get(&0).unwrap();
    assert!((roles.tasked - roles.untasked).abs() < 1e-12);
    roles.untasked / likelihood.unlisted
}

const SCALE: &str =
    "[scale]\nreason = \"our desk\"\nlikelihood = { H = 0.8, M = 0.3 }\nratio = { CC = 100, II = 0.01 }";

#[test]
fn a_word_means_the_same_beside_any_others() {
    for (word, expected) in WORDS {
        for unlisted in ["\"neutral\"", "0.02", "0.09"] {
            let found = ratio("", &format!("{{ unlisted = {unlisted}, first-group = \"{word}\" }}"));
            assert!((found - expected).abs() < 1e-9, "{word} beside {unlisted}: {found}");
        }
    }
    let against = ratio("", "{ unlisted = \"against\", first-group = \"for\" }");
    assert!((against - 9.0).abs() < 1e-9, "{against}");
    let own = ratio(SCALE, "{ unlisted = \"II\", first-group = \"CC\" }");
    assert!((own - 10_000.0).abs() < 1e-6, "{own}");
    assert!((ratio(SCALE, "{ unlisted = \"M\", first-group = \"H\" }") - 0.8 / 0.3).abs() < 1e-9);
    assert!((ratio(SCALE, "{ unlisted = \"M\", first-group = \"for\" }") - 3.0).abs() < 1e-9);
}

#[test]
fn a_word_that_is_no_likelihood_is_refused_with_what_would_be() {
    let refused = |scale, written: &str, expected: &str| {
        let error = likelihood(scale, written).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    refused(
        "",
        "{ unlisted = 0.5, first-group = \"for\" }",
        "`for` is 3 times `unlisted`, and 3 times 0.5 is no probability",
    );
    refused("", "{ unlisted = 0.1, first-group = \"fro\" }", "`fro` is no word for a likelihood");
    refused("", "{ unlisted = 0.1, first-group = \"H\" }", "`H` is no word");
    refused(
        "[scale]\nreason = \"r\"\nratio = { for = 5 }",
        "{ unlisted = 0.1, first-group = 0.2 }",
        "has a meaning already",
    );
    refused(
        "[scale]\nreason = \"r\"\nratio = { X = 5000 }",
        "{ unlisted = 0.1, first-group = 0.2 }",
        "no ratio from 0.001 to 1000",
    );
    refused("", "{ first-group = \"for\" }", "missing `unlisted`");
}

#[test]
fn the_word_that_was_written_is_kept() {
    use crate::leaf::Role;
    let found =
        likelihood("", "{ unlisted = \"neutral\", first-group = { tasked = \"for\", untasked = 0.2 } }")
            .unwrap();
    assert_eq!(found.word(None, Role::Unlisted), Some("neutral"));
    assert_eq!(found.word(Some(0), Role::Tasked), Some("for"));
    assert_eq!(found.word(Some(0), Role::Untasked), None);
    assert!(found.mixes_badly());
    assert!(!likelihood("", "{ unlisted = \"neutral\", first-group = \"for\" }").unwrap().mixes_badly());
    assert!(
        !likelihood("", "{ unlisted = 0.1, first-group = { tasked = \"for\", untasked = 0.2 } }")
            .unwrap()
            .mixes_badly()
    );
    assert_eq!(crate::model::Scale::default().step("for"), Some(Step::Ratio(3.0)));
}

#[test]
fn what_is_not_judged_counts_as_nothing_and_not_beside_what_is() {
    let text =
        edited(&[("[evidence.likelihood]\nunlisted = 0.05\nfirst-group = 0.4\n", "likelihood = {}\n")]);
    let case = Case::parse(&text).unwrap();
    let judgements = &case.evidence.first().unwrap().judgements;
    assert_eq!(judgements.len(), 1);
    assert!(judgements.first().unwrap().by.is_some());
    let text = edited(&[("likelihood = { unlisted = 0.05, second-group = 0.3 }", "likelihood = {}")]);
    let case = Case::parse(&text).unwrap();
    let without = Case::parse(&edited(&[("reported = 2000-01-05", "reported = 2999-01-05")])).unwrap();
    let options =
        crate::AssessOptions { as_of: "2100-01-01".parse().ok(), ..crate::AssessOptions::default() };
    let of = |case: &Case| -> Vec<f64> {
        crate::assess(case, "", &options).hypotheses.iter().map(|one| one.probability).collect()
    };
    for (one, other) in of(&case).into_iter().zip(of(&without)) {
        assert!((one - other).abs() < 1e-12, "{one} {other}");
    }
}
