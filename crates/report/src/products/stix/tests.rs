//! What a reader of a bundle may rely on.

use super::super::example::{Proof, assessment, read, text};
use super::bundle::EXTENSION;
use super::stix;
use cognate_case::Assessment;
use cognate_case::scale::Tlp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn objects(assessment: &Assessment) -> Vec<Value> {
    stix(assessment)["objects"].as_array().unwrap().clone()
}

fn ids(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

fn of_type<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["type"] == kind).collect()
}

/// Every attribution as the names of its ends.
fn attributed(assessment: &Assessment) -> Vec<(String, String)> {
    let objects = objects(assessment);
    let names: BTreeMap<&str, &str> = objects
        .iter()
        .filter_map(|object| Some((object["id"].as_str()?, object["name"].as_str()?)))
        .collect();
    let name = |value: &Value| names[value.as_str().unwrap()].to_owned();
    of_type(&objects, "relationship")
        .into_iter()
        .filter(|object| object["relationship_type"] == "attributed-to")
        .map(|object| (name(&object["source_ref"]), name(&object["target_ref"])))
        .collect()
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                match inner {
                    Value::String(id) if key.ends_with("_ref") => found.push(id.clone()),
                    Value::Array(ids) if key.ends_with("_refs") => {
                        found.extend(ids.iter().map(|id| id.as_str().unwrap().to_owned()));
                    }
                    _ => references(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

/// What STIX forbids everywhere: null, empty texts, lists and dictionaries.
fn forbidden(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Null => vec![path.to_owned()],
        Value::String(text) if text.is_empty() => vec![path.to_owned()],
        Value::Array(items) if items.is_empty() => vec![path.to_owned()],
        Value::Array(items) => items.iter().flat_map(|inner| forbidden(inner, path)).collect(),
        Value::Object(fields) if fields.is_empty() => vec![path.to_owned()],
        Value::Object(fields) => {
            fields.iter().flat_map(|(key, inner)| forbidden(inner, &format!("{path}.{key}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// Whatever the assessment: identifiers are unique, references resolve, nothing forbidden stands in it.
#[track_caller]
fn check_sound(assessment: &Assessment) {
    let bundle = stix(assessment);
    assert_eq!(forbidden(&bundle, ""), Vec::<String>::new());
    let text = serde_json::to_string(&bundle).unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_ok());
    assert!(serde_json::to_string(&stix(assessment)).unwrap() == text, "not the same bytes twice");
    let objects = bundle["objects"].as_array().unwrap();
    let all = ids(objects);
    let held: BTreeSet<&String> = all.iter().collect();
    assert_eq!(held.len(), all.len(), "an identifier stands twice");
    let mut referred = Vec::new();
    references(&bundle, &mut referred);
    let dangling: Vec<&String> = referred.iter().filter(|id| !held.contains(id)).collect();
    assert!(dangling.is_empty(), "{dangling:?}");
    for object in objects {
        let (created, modified) = (object["created"].as_str(), object["modified"].as_str());
        assert!(modified.is_none() || created <= modified, "{}", object["id"]);
        assert!(
            object["type"] == "marking-definition" || object["object_marking_refs"].is_array(),
            "{} bears no marking",
            object["id"]
        );
    }
}

#[test]
fn a_bundle_is_sound_whatever_the_evidence_proves() {
    for proof in [Proof::Sponsor, Proof::Group, Proof::None] {
        check_sound(&assessment(proof));
    }
}

#[test]
fn a_bundle_without_any_evidence_is_sound_and_attributes_nothing() {
    let early = read(&text(Proof::Sponsor), Some("2020-03-01"));
    assert_eq!(early.counts.items, 0);
    check_sound(&early);
    assert_eq!(attributed(&early), []);
}

#[test]
fn an_established_group_is_attributed_and_its_sponsor_is_not() {
    let pairs = attributed(&assessment(Proof::Group));
    assert_eq!(pairs, [("The raid on the mint".to_owned(), "Plekszy".to_owned())]);
}

#[test]
fn an_established_sponsor_is_attributed_through_those_whom_it_tasked() {
    let pairs = attributed(&assessment(Proof::Sponsor));
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        pairs,
        [
            pair("The raid on the mint", "Plekszy"),
            pair("The raid on the mint", "Plekszy, tasked by Borduria"),
            pair("Plekszy, tasked by Borduria", "Borduria"),
        ]
    );
}

#[test]
fn what_is_not_established_is_neither_attributed_nor_listed_by_the_report() {
    let open = assessment(Proof::None);
    assert_eq!(attributed(&open), []);
    let objects = objects(&open);
    let report = of_type(&objects, "report")[0]["object_refs"].to_string();
    assert!(!report.contains("intrusion-set--") && !report.contains("identity--"), "{report}");
    assert!(of_type(&objects, "threat-actor").is_empty());
    let claims = of_type(&objects, "note");
    let group = claims.iter().find(|note| note["extensions"][EXTENSION]["claim"] == "plekszy/group").unwrap();
    assert!(group["content"].as_str().unwrap().contains("not established"), "{}", group["content"]);
}

#[test]
fn a_high_prior_alone_establishes_nothing() {
    let mut sure = assessment(Proof::None);
    for claim in &mut sure.claims {
        (claim.probability, claim.low, claim.high, claim.odds_multiplier) = (0.99, 0.97, 0.995, 1.2);
    }
    assert_eq!(attributed(&sure), []);
}

#[test]
fn a_median_above_one_half_with_a_5th_percentile_at_it_establishes_nothing() {
    let mut sure = assessment(Proof::Sponsor);
    for claim in &mut sure.claims {
        (claim.probability, claim.low, claim.high) = (0.95, 0.5, 0.99);
    }
    assert_eq!(attributed(&sure), []);
}

#[test]
fn a_sponsor_is_not_attributed_where_its_group_is_not() {
    let mut odd = assessment(Proof::Sponsor);
    odd.claims
        .iter_mut()
        .filter(|claim| claim.id == "plekszy/group")
        .for_each(|claim| claim.odds_multiplier = 1.0);
    assert_eq!(attributed(&odd), []);
}

#[test]
fn confidence_holds_the_confidence_level_and_never_a_probability() {
    let objects = objects(&assessment(Proof::Sponsor));
    let mut seen = 0;
    for object in &objects {
        let Some(confidence) = object["confidence"].as_u64() else {
            assert!(object["confidence"].is_null(), "{}", object["confidence"]);
            continue;
        };
        let expected = match object["extensions"][EXTENSION]["confidence_level"].as_str() {
            Some("low") => 15,
            Some("moderate") => 50,
            Some("high") => 85,
            other => panic!("{other:?} on {}", object["id"]),
        };
        assert_eq!(confidence, expected);
        seen += 1;
    }
    assert!(seen >= 5, "{seen} objects with confidence");
}

#[test]
fn a_later_assessment_is_a_newer_version_of_the_same_objects() {
    let text = text(Proof::Sponsor);
    let (early, late) = (read(&text, Some("2020-03-11")), read(&text, Some("2020-04-01")));
    let (early, late) = (objects(&early), objects(&late));
    let later: BTreeMap<String, &Value> = ids(&late).into_iter().zip(&late).collect();
    for object in &early {
        let other = later.get(object["id"].as_str().unwrap());
        let other = other.unwrap_or_else(|| panic!("{} {} is gone", object["type"], object["name"]));
        assert_eq!(object["created"], other["created"]);
        assert!(object["modified"].as_str() <= other["modified"].as_str());
    }
}

#[test]
fn the_order_of_the_evidence_changes_no_identifier() {
    let text = text(Proof::Sponsor);
    let (head, tail) = text.split_once("[[evidence]]\nid = \"press\"").unwrap();
    let (head, rest) = head.split_once("[[evidence]]\nid = \"code\"").unwrap();
    let turned = format!("{head}[[evidence]]\nid = \"press\"{tail}\n[[evidence]]\nid = \"code\"{rest}");
    let set = |text: &str| ids(&objects(&read(text, None))).into_iter().collect::<BTreeSet<String>>();
    assert_eq!(set(&text), set(&turned));
}

#[test]
fn cases_share_no_identifier_but_what_means_the_same_everywhere() {
    let one = text(Proof::Sponsor);
    let other = one.replace("id = \"borduria\"", "id = \"another\"");
    let set = |text: &str| ids(&objects(&read(text, None))).into_iter().collect::<BTreeSet<String>>();
    let shared: BTreeSet<String> = set(&one).intersection(&set(&other)).cloned().collect();
    let kinds: Vec<&str> = shared.iter().filter_map(|id| id.split("--").next()).collect();
    assert_eq!(
        kinds,
        [
            "domain-name",
            "extension-definition",
            "file",
            "identity",
            "ipv4-addr",
            "marking-definition",
            "marking-definition",
            "url",
        ]
    );
}

#[test]
fn artefacts_and_software_are_objects_of_their_own() {
    let objects = objects(&assessment(Proof::Group));
    let one = |kind: &str| of_type(&objects, kind)[0].clone();
    assert_eq!(one("domain-name")["value"], "mint.example");
    assert_eq!(one("ipv4-addr")["value"], "203.0.113.7");
    assert_eq!(one("url")["value"], "http://mint.example/orders");
    assert!(one("file")["hashes"]["SHA-256"].is_string());
    let names: Vec<&Value> = of_type(&objects, "malware").into_iter().map(|object| &object["name"]).collect();
    assert_eq!(names, ["WannaCry", "code labelled plekszy-tools"]);
}

#[test]
fn a_measured_match_is_a_relationship_that_accuses_nobody() {
    let objects = objects(&assessment(Proof::None));
    let found = of_type(&objects, "relationship");
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found["relationship_type"], "related-to");
    assert!(found["target_ref"].as_str().unwrap().starts_with("malware--"));
    assert!(found["confidence"].is_null());
    let ours = &found["extensions"][EXTENSION];
    assert_eq!((&ours["functions"], &ours["families"]), (&11.into(), &4000.into()));
    assert!(ours.get("e_value").is_none());
}

#[test]
fn an_analyst_who_judges_otherwise_is_heard_on_the_item() {
    let objects = objects(&assessment(Proof::Group));
    let on_items: Vec<&Value> = of_type(&objects, "opinion")
        .into_iter()
        .filter(|object| object["extensions"][EXTENSION]["item"] == "server")
        .collect();
    let [opinion] = on_items.as_slice() else { panic!("{on_items:?}") };
    assert_eq!(
        opinion["explanation"],
        "S. Sceptic: Forms are easily bought. This differs strongly from the combined judgement."
    );
    assert_eq!(opinion["opinion"], "strongly-disagree");
    assert_eq!(opinion["authors"], serde_json::json!(["S. Sceptic"]));
}

#[test]
fn every_marking_is_the_published_one() {
    for (tlp, id, word) in [
        (Tlp::Clear, "94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"),
        (Tlp::Green, "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"),
        (Tlp::Amber, "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"),
        (Tlp::AmberStrict, "939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"),
        (Tlp::Red, "e828b379-4e03-4974-9ac4-e53a884c97c1", "red"),
    ] {
        let mut marked = assessment(Proof::None);
        marked.case.tlp = tlp;
        check_sound(&marked);
        let objects = objects(&marked);
        let marking =
            objects.iter().find(|object| object["id"] == format!("marking-definition--{id}")).unwrap();
        assert_eq!(marking["name"], format!("TLP:{}", word.to_uppercase()));
        let extension = &marking["extensions"]["extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"];
        assert_eq!(extension["tlp_2_0"], word);
        let campaign = of_type(&objects, "campaign")[0];
        assert_eq!(campaign["object_marking_refs"], serde_json::json!([marking["id"]]));
    }
}

/// Texts that no case should hold, in every place that holds a text.
fn hostile() -> Assessment {
    let mut assessment = assessment(Proof::Sponsor);
    let nasty = "\0\u{1b}[31m\u{202e}\"\\\r\n</script>\u{ffff}".to_owned();
    let huge = "x".repeat(1 << 20);
    assessment.case.header.title.clone_from(&nasty);
    assessment.case.header.authors = vec![String::new(), nasty.clone()];
    assessment.case.header.references =
        vec![String::new(), " ".to_owned(), nasty.clone(), format!("https://a b/{nasty}")];
    for candidate in &mut assessment.candidates {
        candidate.candidate.name = String::new();
        candidate.candidate.attack = Some(nasty.clone());
        candidate.candidate.misp = Some(String::new());
        candidate.candidate.sponsor = candidate.sponsor.as_ref().map(|_| nasty.clone());
    }
    for source in &mut assessment.sources {
        source.source.name.clone_from(&nasty);
        source.source.reason.clone_from(&huge);
        source.source.url = Some(nasty.clone());
    }
    for item in &mut assessment.items {
        item.item.title = String::new();
        item.item.observation.clone_from(&huge);
        item.item.artefacts = vec![String::new(), nasty.clone(), huge.clone(), "[.]".repeat(1000)];
        item.item.references = vec![String::new(), nasty.clone(), huge.clone()];
        if let Some(measured) = &mut item.item.measured {
            measured.query.clone_from(&nasty);
        }
    }
    for claim in &mut assessment.claims {
        claim.odds_multiplier = f64::INFINITY;
    }
    assessment
}

#[test]
fn hostile_texts_and_numbers_give_a_sound_bundle() {
    check_sound(&hostile());
}
