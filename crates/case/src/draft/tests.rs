//! Evidence out of what others exchange.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::lint;

const CASE: &str = include_str!("../lint/tests.toml");

fn options() -> DraftOptions {
    let reported = "2024-05-05".parse().unwrap();
    DraftOptions { reported, source: "a feed".to_owned(), id: "drafted".to_owned() }
}

fn drafted(input: &str) -> (Draft, Case) {
    let draft = draft(input, None, &options()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let case = Case::parse(&draft.text).unwrap();
    (draft, case)
}

const STIX: &str = r#"{ "type": "bundle", "id": "bundle--1", "objects": [
  { "type": "identity", "id": "identity--1", "name": "A Vendor" },
  { "type": "intrusion-set", "id": "intrusion-set--1", "name": "Lazarus Group" },
  { "type": "report", "id": "report--1", "name": "The report", "created": "2017-05-22T10:00:00.000Z", "created_by_ref": "identity--1", "description": "Says it was them." },
  { "type": "indicator", "id": "indicator--1", "name": "=cmd()\u001b[2J", "pattern": "[domain-name:value = 'a.example'] OR [domain-name:value = 'it\\'s']",
    "created": "2017-05-23T10:00:00.000Z", "created_by_ref": "identity--1", "object_marking_refs": ["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"] },
  { "type": "observed-data", "id": "observed-data--1", "first_observed": "2017-05-12T00:00:00Z", "created": "2017-05-23T10:00:00Z", "object_refs": ["file--1"] },
  { "type": "file", "id": "file--1", "name": "x.exe", "hashes": { "SHA-256": "aa" } },
  { "type": "malware", "id": "malware--1", "name": "Old", "revoked": true },
  { "type": "relationship", "id": "relationship--1", "relationship_type": "attributed-to", "source_ref": "report--1", "target_ref": "intrusion-set--1", "created": "not a day" }
] }"#;

#[test]
fn a_bundle_becomes_unreviewed_items_and_nothing_is_invented() {
    let (draft, case) = drafted(STIX);
    assert_eq!(draft.format, Format::Stix);
    assert_eq!(
        draft.items,
        ["the-report", "cmd-2j", "observed-data", "the-report-is-attributed-to-lazarus-group"]
    );
    assert_eq!(draft.actors, ["Lazarus Group"]);
    assert_eq!(draft.left_out.get("malware (revoked)"), Some(&1));
    assert_eq!((case.header.title.as_str(), case.tlp()), ("The report", Tlp::Red));
    for item in &case.evidence {
        assert!(item.judgements.iter().all(|one| one.likelihood.is_blank()) && item.judgements.len() == 1);
        assert_eq!(u8::from(item.credibility), 6);
    }
    assert!(case.sources.iter().all(|source| source.reliability == crate::scale::Reliability::F));
    let indicator = case.item("cmd-2j").unwrap();
    assert_eq!(indicator.artefacts, ["a.example", "it's"]);
    assert_eq!(indicator.reported.to_string(), "2017-05-23");
    assert_eq!(indicator.title, "=cmd() [2J");
    let seen = case.item("observed-data").unwrap();
    assert_eq!(seen.observed.map(|day| day.to_string()).as_deref(), Some("2017-05-12"));
    assert_eq!(seen.artefacts, ["x.exe", "aa"]);
    assert_eq!(case.evidence.last().unwrap().reported.to_string(), "2024-05-05", "no day was given");
    let not_judged = lint(&case).into_iter().filter(|finding| finding.rule == "not-judged").count();
    assert_eq!(not_judged, case.evidence.len());
    let assessment = crate::assess(&case, "", &crate::AssessOptions::default());
    for one in &assessment.hypotheses {
        assert!((one.probability - one.prior).abs() < 1e-12, "{}", one.id);
    }
}

#[test]
fn of_several_versions_the_latest_counts() {
    let drafted = |objects: &str| {
        draft(&format!(r#"{{ "type": "bundle", "objects": [{objects}] }}"#), None, &options())
    };
    let tool = |modified: &str, name: &str, more: &str| {
        format!(r#"{{ "type": "tool", "id": "tool--1", "name": "{name}", "modified": "{modified}"{more} }}"#)
    };
    let (old, new) = (tool("2017-05-23T10:00:00Z", "Old", ""), tool("2017-05-23T10:00:00.500Z", "New", ""));
    for objects in [format!("{old}, {new}"), format!("{new}, {old}"), format!("{new}, {new}, {old}")] {
        let draft = drafted(&objects).unwrap();
        assert_eq!(draft.items, ["new"]);
        assert!(draft.left_out.contains_key("tool (older version)"), "{:?}", draft.left_out);
    }
    let taken_back = tool("2017-05-24T10:00:00Z", "Old", r#", "revoked": true"#);
    let errors = drafted(&format!("{old}, {taken_back}")).unwrap_err();
    let told = errors.iter().map(ToString::to_string).collect::<String>();
    assert!(told.contains("1 tool (older version), 1 tool (revoked)"), "{told}");
}

const MISP: &str = r#"{ "Event": { "info": "An event", "date": "2017-05-14", "Orgc": { "name": "CERT" },
  "Tag": [ { "name": "tlp:green" }, { "name": "misp-galaxy:threat-actor=\"Lazarus Group\"" } ],
  "Attribute": [
    { "type": "ip-dst|port", "category": "Network activity", "value": "192.0.2.1|443", "timestamp": "1494633600", "comment": "C2" },
    { "type": "sha256", "value": "aa", "deleted": true },
    { "type": "btc", "value": "13AM4VW2" },
    { "type": "text", "value": "" } ],
  "Object": [ { "name": "file", "Attribute": [ { "object_relation": "filename", "value": "x.exe" }, { "object_relation": "md5", "value": "bb" } ] } ] } }"#;

#[test]
fn an_event_becomes_items_and_an_object_is_one() {
    let (draft, case) = drafted(MISP);
    assert_eq!(draft.items, ["ip-dst-port-192-0-2-1-443", "btc-13am4vw2", "file-x-exe"]);
    assert_eq!(draft.actors, ["Lazarus Group"]);
    assert_eq!(
        draft.left_out.keys().collect::<Vec<_>>(),
        ["attribute (deleted)", "attribute without a value"]
    );
    assert_eq!(case.tlp(), Tlp::Green);
    let address = case.evidence.first().unwrap();
    assert_eq!(
        (address.kind, address.reported.to_string().as_str()),
        (EvidenceKind::Infrastructure, "2017-05-13")
    );
    assert_eq!(address.artefacts, ["192.0.2.1", "443"]);
    assert_eq!(case.evidence.last().unwrap().artefacts, ["x.exe", "bb"]);
    assert_eq!(case.sources.first().unwrap().name, "CERT");
    let many = format!("{{ \"response\": [{MISP}, {MISP}] }}");
    assert_eq!(drafted(&many).0.items.len(), 6);
}

#[test]
fn a_table_becomes_items_and_goes_into_a_case_that_is_there() {
    let table = "\u{feff}title;Kind;aspect;source;reported;artefacts;colour\r\nA note;motive;cui-bono;A Vendor;2024-05-09;x;red\r\nA note;;;;;;\r\n";
    let found = draft(table, Some(CASE), &options()).unwrap();
    assert_eq!(found.items, ["a-note", "a-note-2"]);
    assert_eq!(found.sources, ["a-feed"], "the vendor is there already");
    assert_eq!(found.left_out.get("column `colour`"), Some(&1));
    assert!(found.text.starts_with(CASE));
    let case = Case::parse(&found.text).unwrap();
    assert_eq!(case.item("a-note").unwrap().kind, EvidenceKind::Motive);
}

#[track_caller]
fn refused(input: &str, expected: &[&str]) {
    let errors = draft(input, None, &options()).unwrap_err();
    let told: Vec<String> = errors.iter().map(|error| format!("{error} {:?}", error.next_step())).collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.contains(expected), "{told} lacks {expected}");
    }
}

#[test]
fn what_cannot_be_drafted_from_is_refused() {
    refused("", &["neither JSON nor a table"]);
    refused("{", &["no JSON"]);
    refused("{}", &["neither a STIX bundle nor a MISP event"]);
    refused("{\"type\":\"bundle\"}", &["it holds nothing"]);
    refused("{\"type\":\"bundle\",\"objects\":[{\"type\":\"location\"}]}", &["it holds 1 location"]);
    refused(&format!("{{\"a\":{}1", "[".repeat(100_000)), &["no JSON"]);
    refused(
        "title,kind,reported\na,motiv,2024-05-01\nb,motive,05/06/2024\n,,2024-01-01\n",
        &["did you mean `motive`?", "which is no day", "says anything"],
    );
    refused("title,tlp,title\r\na,red,b\r\n", &["line 1 of the table: the column `title` comes twice"]);
    refused("title,tlp\r\na,red\r\n\r\nb,red,c\r\n", &["line 4 of the table: 3 cells, and the head has 2"]);
    let many = format!("title\n{}", "x\n".repeat(MOST_ITEMS + 1));
    refused(&many, &["more than 10000"]);
}

#[test]
fn a_long_text_is_cut_and_ten_thousand_items_of_one_name_get_ids_of_their_own() {
    let long = format!("title\n{}\n", "long ".repeat(10_000));
    assert!(drafted(&long).1.evidence.first().unwrap().title.chars().count() <= LONGEST_TITLE + 1);
    assert_eq!(drafted(&format!("title\n{}", "x\n".repeat(MOST_ITEMS))).0.items.last().unwrap(), "x-10000");
}
