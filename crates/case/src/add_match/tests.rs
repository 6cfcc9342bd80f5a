#![allow(clippy::unwrap_used)]

use super::relative::unrelated;
use super::*;
use cognate_base::Hint;
use jiff::civil::date;

/// Three real answers: one related, one about a stored sample with nothing
/// significant, one whose code is mostly a library. Long lists are shortened.
const RESULT: &str = include_str!("../../tests/fixtures/match.json");

const CASE: &str = r#"# A case with a comment,   and odd   spacing.
[case]
id = "books"
title = "The cooked books"
question = "Who wrote it?"

[unlisted]
prior   =   0.90   # most of the world
reason = "Nobody is known to write such things."

[[candidate]]
id = "paper-clip"
name = "Paper Clip"
[candidate.prior]
untasked = 0.04
contractor = 0.01
reuse = 0.03
false-flag = 0.02
reason = "They have done it before."
"#;

fn options() -> AddMatch {
    AddMatch { query: Some("beta.elf".to_owned()), ..AddMatch::on(date(2026, 11, 23)) }
}

fn added(case: &str, options: &AddMatch) -> Added {
    add_match(case, RESULT, options).unwrap()
}

#[track_caller]
fn check_error(case: &str, result: &str, options: &AddMatch, expected: &str) {
    let error = add_match(case, result, options).unwrap_err();
    let hint = match error.next_step() {
        Some(Hint::Text(words)) => words,
        _ => "",
    };
    let said = format!("{error} ({hint})");
    assert!(said.contains(expected), "{said:?} lacks {expected:?}");
}

#[test]
fn a_result_without_what_makes_no_evidence_makes_the_same_item() {
    let mut result: serde_json::Value = serde_json::from_str(RESULT).unwrap();
    result.as_object_mut().unwrap().remove("failed").unwrap();
    for answer in result["answers"].as_array_mut().unwrap() {
        answer.as_object_mut().unwrap().remove("gaps").unwrap();
        let report = answer["report"].as_object_mut().unwrap();
        assert!(["caveat", "samples"].iter().all(|field| report.remove(*field).is_some()));
    }
    let part = add_match(CASE, &result.to_string(), &options()).unwrap();
    assert_eq!(part.text, added(CASE, &options()).text);
}

#[test]
fn a_match_becomes_an_item_with_its_measured_rarity() {
    let added = added(CASE, &options());
    assert_eq!((added.item.as_str(), added.candidate.as_str()), ("code-ledger-80198d78", "paper-clip"));
    assert_eq!((added.source.as_str(), added.source_added), ("cognate", true));
    let case = Case::parse(&added.text).unwrap();
    let item = case.item(&added.item).unwrap();
    let measured = item.measured.as_ref().unwrap();
    // 11 families, the ledger's own left out; none of them has the code: 3 of 10.
    assert_eq!((measured.families, measured.other_families, measured.unrelated), (10, 0, 0.3));
    assert_eq!((measured.functions, measured.evidence_bits, measured.e_value), (4, 609.4, None));
    let likelihood = &item.judgements.first().unwrap().likelihood;
    assert_eq!(likelihood.unlisted, 0.3);
    assert_eq!(likelihood.on.get(&0).map(|roles| (roles.untasked, roles.false_flag)), Some((0.5, None)));
    assert_eq!(item.forgeability, Some(crate::scale::Forgeability::Moderate));
    assert_eq!(item.shareability, Some(Shareability::Private));
    assert_eq!(item.artefacts.len(), 2);
    assert_eq!(item.reported, date(2026, 11, 23));
    for part in [
        "6 of 9 functions",
        "0x5ad (227 bytes)",
        "like instructions",
        "609 bits",
        "11 families and 1 library",
    ] {
        assert!(item.observation.contains(part), "{part}: {}", item.observation);
    }
}

#[test]
fn every_byte_of_the_case_stays() {
    for case in [CASE.to_owned(), CASE.replace('\n', "\r\n"), CASE.trim_end().to_owned()] {
        let added = added(&case, &options());
        assert!(added.text.starts_with(&case));
        assert_eq!(
            case.contains("\r\n"),
            added.text.matches('\n').count() == added.text.matches("\r\n").count()
        );
    }
}

#[test]
fn the_same_match_is_refused_and_another_is_not() {
    let once = added(CASE, &options()).text;
    check_error(&once, RESULT, &options(), "holds this match already (one observation counts once");
    let actor = AddMatch { relative: Some("Paper Clip".to_owned()), ..options() };
    let twice = added(&once, &actor);
    assert!(!twice.source_added);
    assert!(twice.notes.iter().any(|note| note.contains("`group`")), "{:?}", twice.notes);
    assert_eq!(Case::parse(&twice.text).unwrap().evidence.len(), 2);
}

#[test]
fn library_code_is_named_and_left_out() {
    let to = AddMatch {
        query: Some("pyzstd.x64".to_owned()),
        candidate: Some("paper-clip".to_owned()),
        ..options()
    };
    let added = added(CASE, &to);
    let case = Case::parse(&added.text).unwrap();
    let item = case.item(&added.item).unwrap();
    assert!(item.observation.contains("zstd (276 functions, 355276 bytes)"), "{}", item.observation);
    assert_eq!(item.shareability, Some(Shareability::Public), "goodware is public");
}

#[test]
fn what_makes_no_evidence_is_refused_with_a_hint() {
    let query = |name: &str| AddMatch { query: Some(name.to_owned()), ..options() };
    check_error(CASE, RESULT, &query("gamma.elf"), "unknown is an answer");
    check_error(
        CASE,
        RESULT,
        &query("delta.elf"),
        "no answer about `delta.elf` (say which one is meant: beta.elf",
    );
    check_error(CASE, RESULT, &AddMatch { query: None, ..options() }, "has 3 answers");
    check_error(CASE, RESULT, &query("pyzstd.x64"), "no candidate bears the name of `blosc2`");
    let relative = AddMatch { relative: Some("lz4".to_owned()), ..query("pyzstd.x64") };
    check_error(CASE, RESULT, &relative, "`lz4` is no significant relative");
    let relative = AddMatch { relative: Some("nobody".to_owned()), ..options() };
    check_error(CASE, RESULT, &relative, "no family or actor `nobody` (it has: ledger, Paper Clip)");
    let candidate = AddMatch { candidate: Some("nobody".to_owned()), ..options() };
    check_error(CASE, RESULT, &candidate, "no candidate is called `nobody` (the case has: paper-clip)");
    let source = AddMatch { source: Some("nobody".to_owned()), ..options() };
    check_error(CASE, RESULT, &source, "no source is called `nobody`");
    let id = AddMatch { id: Some("Not An Id".to_owned()), ..options() };
    check_error(CASE, RESULT, &id, "is no id");
    check_error(CASE, "[]", &options(), "no document of cognate");
    check_error(CASE, "{\"document\":\"inspect\",\"schema\":1}", &options(), "a `inspect` document");
    check_error(CASE, "{\"document\":\"match\",\"schema\":9}", &options(), "schema 9");
    check_error("[case]", RESULT, &options(), "`id` is missing");
}

#[test]
fn a_list_in_one_line_is_refused_with_the_way_to_write_it() {
    let case = format!("source = []\n{CASE}");
    check_error(&case, RESULT, &options(), "[[source]]");
}

#[test]
fn a_near_copy_below_the_bar_is_added_for_what_its_own_code_says() {
    let mut result: serde_json::Value = serde_json::from_str(RESULT).unwrap();
    let report = &mut result["answers"][0]["report"];
    report["outcome"]["verdict"] = "near-copy".into();
    for list in ["families", "actors"] {
        let standing = &mut report[list][0]["standing"];
        standing["significant"] = false.into();
        standing["log10_lr"] = 1.5.into();
        standing["log10_lr_range"] = serde_json::json!([1.0, 1.8]);
    }
    let alone = result.to_string();
    check_error(CASE, &alone, &options(), "no significant relative");
    result["answers"][0]["report"]["outcome"]["named"] = serde_json::json!(["ledger"]);
    for relative in [None, Some("Paper Clip".to_owned())] {
        let added = add_match(CASE, &result.to_string(), &AddMatch { relative, ..options() }).unwrap();
        let case = Case::parse(&added.text).unwrap();
        let item = case.item(&added.item).unwrap();
        assert_eq!(item.measured.as_ref().unwrap().log10_lr, Some(1.5));
        assert_eq!(added.unrelated, 0.05, "a tenth of what the candidate has: the lower end counts");
        assert!(
            item.observation.starts_with("The file is, function for function, a near-copy"),
            "{}",
            item.observation
        );
    }
}

#[test]
fn a_sample_is_found_by_its_sha_256() {
    let options = AddMatch { query: Some("80198d78".to_owned()), ..options() };
    assert_eq!(added(CASE, &options).item, "code-ledger-80198d78");
}

#[test]
fn a_name_reaches_the_candidate_through_an_alias_only_if_told() {
    let result = RESULT.replace("Paper Clip", "HIDDEN COBRA");
    let case = CASE.replace("Paper Clip", "Lazarus Group");
    check_error(&case, &result, &options(), "let aliases count");
    let added = add_match(&case, &result, &AddMatch { aliases: true, ..options() }).unwrap();
    assert!(added.notes.iter().any(|note| note.contains("does not make them the same")), "{:?}", added.notes);
}

#[test]
fn an_e_value_is_taken_where_the_result_has_one() {
    let result =
        RESULT.replace("\"evidence_bits\": 609.4014954565113", "\"e_value\": 1e-9, \"evidence_bits\": 609.4");
    let added = add_match(CASE, &result, &options()).unwrap();
    let case = Case::parse(&added.text).unwrap();
    let measured = case.item(&added.item).and_then(|item| item.measured.clone()).unwrap();
    assert_eq!(measured.e_value, Some(1e-9));
}

#[test]
fn names_from_files_cannot_break_out_of_the_text() {
    let result = RESULT.replace("beta.elf", "\\\"\\n[[evidence]]\\u202e\\u001b[2J'''.elf");
    let options = AddMatch { query: Some("80198d78".to_owned()), ..options() };
    let case = Case::parse(&add_match(CASE, &result, &options).unwrap().text).unwrap();
    assert_eq!(case.evidence.len(), 1);
    let observation = &case.evidence.first().unwrap().observation;
    assert!(
        !observation.chars().any(|letter| letter.is_control() || letter == '\u{202e}'),
        "{observation:?}"
    );
}

#[test]
fn the_measured_probability_is_never_below_the_rule_of_three() {
    let cases = [
        ((0, 0), 0.999),
        ((0, 2), 0.999),
        ((0, 10), 0.3),
        ((0, 3000), 0.001),
        ((3, 3000), 0.001),
        ((30, 3000), 0.01),
        ((0, 7), 0.428572),
        ((9, 9), 0.999),
    ];
    for ((other, families), expected) in cases {
        assert_eq!(unrelated(other, families), expected, "{other} of {families}");
    }
}

#[test]
fn where_nothing_can_be_measured_the_item_says_nothing() {
    let result = RESULT.replace("\"families\": 11,", "\"families\": 3,");
    let added = add_match(CASE, &result, &options()).unwrap();
    assert_eq!(added.unrelated, 0.999);
    let case = Case::parse(&added.text).unwrap();
    let likelihood = &case.evidence.first().unwrap().judgements.first().unwrap().likelihood;
    assert_eq!(likelihood.on.get(&0).map(|roles| roles.untasked), Some(likelihood.unlisted));
    assert!(added.notes.iter().any(|note| note.contains("until the store is larger")), "{:?}", added.notes);
}
