//! Two files of one case.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::skeleton;

fn base() -> String {
    skeleton("books", "Books")
}

fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(base(), |text, (from, to)| {
        assert!(text.contains(from), "no {from:?}");
        text.replacen(from, to, 1)
    })
}

fn merged(a: &str, b: &str) -> Merged {
    let options = MergeOptions { analyst: Some("second".to_owned()), name: "b.toml".to_owned() };
    merge(a, b, &options).unwrap_or_else(|error| panic!("{error}"))
}

fn taken(merged: &Merged) -> Vec<String> {
    let shown = |one: &Taken| format!("{} {} {}", one.kind, one.id, one.key.as_deref().unwrap_or("-"));
    merged.taken.iter().map(shown).collect()
}

#[test]
fn a_file_merged_with_itself_is_itself() {
    let found = merged(&base(), &base());
    assert_eq!(found.text, base());
    assert_eq!((found.taken.len(), found.conflicts.len(), found.analyst), (0, 0, None));
    let shipped = include_str!("../../../../cases/wannacry.toml");
    assert_eq!(merged(shipped, shipped).text, shipped);
    let crlf = base().replace('\n', "\r\n");
    assert_eq!(merged(&crlf, &base()).text, crlf);
}

#[test]
fn judgements_stand_side_by_side() {
    let b = edited(&[(
        "unlisted = 0.05, second-group = 0.3",
        "unlisted = 0.05, second-group = \"strongly-for\"",
    )]);
    let found = merged(&base(), &b);
    assert_eq!(taken(&found), ["judgement third-item second"]);
    assert_eq!((found.conflicts.len(), found.open.len()), (0, 0), "{:?}", found.open);
    let case = Case::parse(&found.text).unwrap();
    let judgements = &case.item("third-item").unwrap().judgements;
    assert_eq!(judgements.len(), 2);
    assert_eq!(judgements.last().unwrap().by.as_ref().map(|by| by.to_string()).as_deref(), Some("second"));
    assert!(case.analysts.iter().any(|analyst| analyst.id == *"second"));
    let again = merged(&found.text, &b);
    assert_eq!(
        (again.taken.len(), again.text.as_str()),
        (0, found.text.as_str()),
        "merging twice changes nothing"
    );
}

/// Authors who wrote both files are one voice: what they judge otherwise is to be settled, and no second opinion.
#[test]
fn one_author_is_not_set_beside_himself() {
    let by = |author: &str| edited(&[("[case]\n", &format!("[case]\nauthors = [{author}]\n"))]);
    let changed = |text: String| {
        text.replacen("unlisted = 0.05, second-group = 0.3", "unlisted = 0.05, second-group = 0.4", 1)
    };
    let check = |a: &str, b: &str, analyst: Option<&str>, conflicts: &[&str], judgements: usize| {
        let options = MergeOptions { analyst: analyst.map(str::to_owned), name: "b.toml".to_owned() };
        let found = merge(&by(a), &changed(by(b)), &options).unwrap();
        let keys: Vec<&str> = found.conflicts.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, conflicts, "{a} and {b}");
        let case = Case::parse(&found.text).unwrap();
        assert_eq!(case.item("third-item").unwrap().judgements.len(), judgements, "{a} and {b}");
    };
    check(r#""The Desk""#, r#""The Desk""#, None, &["likelihood"], 1);
    check(r#""The Desk", "V. Speaker""#, r#""V. Speaker", "the desk""#, None, &["likelihood"], 1);
    check(r#""The Desk""#, r#""The Desk""#, Some("night"), &[], 2);
    check(r#""The Desk""#, r#""Another Desk""#, None, &[], 2);
}

#[test]
fn what_only_one_has_is_taken_over_with_its_comments() {
    let item = "\n# Found by the second.\n[[evidence]]\nid = \"new\"\ntitle = \"t\"\nkind = \"code\"\naspect = \"malware\"\n\
                observation = \"o\"\nsource = \"new-source\"\ncredibility = 2\nreported = 2000-02-01\nrationale = \"r\"\n\
                likelihood = { unlisted = 0.1, first-group = \"for\" }\n\
                [[source]]\nid = \"new-source\"\nname = \"N\"\nkind = \"press\"\nreliability = \"C\"\nreason = \"r\"\n";
    let found = merged(&base(), &format!("{}{item}", base()));
    assert_eq!(taken(&found), ["source new-source -", "evidence new -"]);
    assert!(found.text.contains("# Found by the second.\n[[evidence]]"), "{}", found.text);
    let case = Case::parse(&found.text).unwrap();
    let judgement = case.item("new").unwrap().judgements.first().unwrap();
    assert_eq!(judgement.by.as_ref().map(|by| by.to_string()).as_deref(), Some("second"));
    let kept: Vec<&str> = base()
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('#'))
        .map(|line| line.to_owned().leak() as &str)
        .collect();
    assert!(kept.iter().all(|line| found.text.contains(line)));
}

#[test]
fn what_both_say_otherwise_is_a_conflict_and_stays_in_a_comment() {
    let b = edited(&[
        ("reliability = \"B\"", "reliability = \"D\""),
        ("untasked = 0.03", "untasked = 0.01"),
        ("prior = 0.80", "prior = 0.82"),
        (
            "likelihood = { unlisted = 0.1, first-group = 0.4 }",
            "likelihood = { unlisted = 0.3, first-group = 0.4 }",
        ),
    ]);
    let found = merged(&base(), &b);
    let shown: Vec<String> = found
        .conflicts
        .iter()
        .map(|one| format!("{} {} {}: {} | {}", one.kind, one.id, one.key, one.a, one.b))
        .collect();
    assert_eq!(shown.len(), 4, "{shown:#?}");
    assert_eq!(shown.first().unwrap(), "unlisted unlisted prior: 0.80 | 0.82");
    assert!(shown.contains(&"source first-source reliability: \"B\" | \"D\"".to_owned()), "{shown:#?}");
    assert!(shown.contains(&"candidate first-group prior.untasked: 0.03 | 0.01".to_owned()), "{shown:#?}");
    assert!(shown.iter().any(|one| one.contains("judgement first-analyst")), "{shown:#?}");
    assert!(
        found.text.contains("# b.toml says otherwise:\n#   reliability = \"D\"\nreliability = \"B\""),
        "{}",
        found.text
    );
    assert_eq!(found.open.len(), 0, "{:?}", found.open);
    assert!(Case::parse(&found.text).is_ok());
}

#[test]
fn the_stricter_marking_stands() {
    let marked = |case: &str, item: &str| {
        let text = base();
        let with = |text: String, after: &str, tlp: &str| match tlp {
            "" => text,
            tlp => text.replacen(after, &format!("{after}\ntlp = \"{tlp}\""), 1),
        };
        let text = text.lines().filter(|line| !line.starts_with("tlp =")).collect::<Vec<_>>().join("\n");
        with(with(text, "id = \"books\"", case), "id = \"first-item\"", item)
    };
    let check = |a: (&str, &str), b: (&str, &str), expected: (&str, &str), told: &[&str]| {
        let found = merged(&marked(a.0, a.1), &marked(b.0, b.1));
        let case = Case::parse(&found.text).unwrap();
        let item = case.tlp_of(case.item("first-item").unwrap());
        assert_eq!((case.tlp().id(), item.id()), expected, "{a:?} {b:?}");
        assert_eq!(taken(&found), told, "{a:?} {b:?}");
        assert_eq!(found.conflicts.len(), 0, "{a:?} {b:?}");
    };
    let (case, item) = ("case case tlp", "evidence first-item tlp");
    check(("green", ""), ("clear", ""), ("green", "green"), &[]);
    check(("green", ""), ("red", ""), ("red", "red"), &[case]);
    check(("", ""), ("clear", "clear"), ("amber", "amber"), &[]);
    check(("clear", ""), ("", ""), ("amber", "amber"), &[case]);
    check(("", "clear"), ("", "red"), ("amber", "red"), &[item]);
    check(("", "red"), ("", "clear"), ("amber", "red"), &[]);
    check(("", "clear"), ("red", ""), ("red", "red"), &[case, item]);
    check(("clear", ""), ("clear", "green"), ("clear", "green"), &[item]);
}

#[test]
fn what_has_to_be_settled_is_said_and_two_cases_are_refused() {
    let third = "\n[[candidate]]\nid = \"third\"\nname = \"T\"\nprior = { untasked = 0.1, reuse = 0.01, false-flag = 0.01, reason = \"r\" }\n";
    let b = format!("{}{third}", base().replacen("prior = 0.80", "prior = 0.68", 1));
    let found = merged(&base(), &b);
    assert!(found.open.first().unwrap().contains("the priors add up to 1.12"), "{:?}", found.open);
    let other = base().replacen("id = \"books\"", "id = \"others\"", 1);
    let options = MergeOptions { analyst: None, name: "b".to_owned() };
    assert!(merge(&base(), &other, &options).unwrap_err().to_string().contains("two cases"));
}
