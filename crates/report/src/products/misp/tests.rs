//! What a reader of an event may rely on.

use super::super::example::{Proof, assessment, read, text};
use super::super::plain::LONGEST;
use super::misp;
use cognate_case::Assessment;
use cognate_case::assessment::ConfidenceLevel;
use cognate_case::prose::likelihood_sentence;
use serde_json::Value;
use std::collections::BTreeSet;

fn attributes(assessment: &Assessment) -> Vec<Value> {
    misp(assessment)["Event"]["Attribute"].as_array().unwrap().clone()
}

fn tags(holder: &Value) -> Vec<String> {
    holder["Tag"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn check_type(artefact: &str, expected: (&str, &str)) {
    let mut assessment = assessment(Proof::None);
    assessment.items.truncate(1);
    assessment.items[0].item.artefacts = vec![artefact.to_owned()];
    let attributes = attributes(&assessment);
    let found = attributes.iter().find(|one| one["comment"] == "artefact of code").unwrap();
    assert_eq!((found["type"].as_str().unwrap(), found["value"].as_str().unwrap()), expected);
    assert_eq!(found["to_ids"], false, "evidence is no block list");
}

#[test]
fn artefacts_have_the_types_that_readers_correlate() {
    let md5 = "84C82835A5D21BBCF75A61706D8AB549";
    check_type(md5, ("md5", &md5.to_lowercase()));
    check_type(&"a".repeat(40), ("sha1", &"a".repeat(40)));
    check_type(&"b".repeat(64), ("sha256", &"b".repeat(64)));
    check_type("evil[.]example", ("domain", "evil.example"));
    check_type("203[.]0.113.7", ("ip-dst", "203.0.113.7"));
    check_type("hxxps://evil[.]example/x", ("url", "https://evil.example/x"));
    check_type("tasksche.exe", ("text", "tasksche.exe"));
}

#[test]
fn a_claim_is_a_worded_sentence_with_the_terms_of_the_taxonomy() {
    let mut assessment = assessment(Proof::Sponsor);
    (assessment.claims[0].probability, assessment.claims[0].confidence.level) =
        (0.5, ConfidenceLevel::Moderate);
    let attributes = attributes(&assessment);
    let claim = attributes.iter().find(|one| one["category"] == "Attribution").unwrap();
    assert_eq!(claim["value"], likelihood_sentence(&assessment.claims[0]));
    assert_eq!(
        tags(claim),
        [
            "estimative-language:likelihood-probability=\"roughly-even-chance\"",
            "estimative-language:confidence-in-analytic-judgment=\"moderate\"",
        ]
    );
}

#[test]
fn an_item_bears_its_grades() {
    let attributes = attributes(&assessment(Proof::Group));
    let item =
        attributes.iter().find(|one| one["comment"] == "evidence press of cve, reported 2020-03-14").unwrap();
    assert_eq!(
        tags(item),
        ["admiralty-scale:source-reliability=\"f\"", "admiralty-scale:information-credibility=\"6\""]
    );
}

#[test]
fn an_actor_tag_stands_only_for_what_is_established() {
    let event = |proof| tags(&misp(&assessment(proof))["Event"]);
    assert_eq!(event(Proof::None), ["tlp:green"]);
    assert_eq!(
        event(Proof::Group),
        [
            "tlp:green",
            "misp-galaxy:threat-actor=\"Lazarus Group\"",
            "misp-galaxy:mitre-intrusion-set=\"Lazarus Group - G0032\"",
        ]
    );
}

#[test]
fn an_event_keeps_its_identifiers_at_every_date_and_repeats_none() {
    let text = text(Proof::Sponsor);
    let ids = |as_of| -> Vec<String> {
        let event = misp(&read(&text, as_of));
        let attributes = event["Event"]["Attribute"].as_array().unwrap().clone();
        let of_items = attributes.iter().filter(|one| one["category"] != "Attribution");
        let all = of_items.map(|one| &one["uuid"]).chain([&event["Event"]["uuid"]]);
        all.map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    let (early, late) = (ids(Some("2020-03-11")), ids(None));
    let late_set: BTreeSet<&String> = late.iter().collect();
    assert_eq!(late_set.len(), late.len());
    assert!(early.iter().all(|id| late_set.contains(id)));
}

#[test]
fn a_value_stands_once_and_names_every_item_it_belongs_to() {
    let attributes = attributes(&assessment(Proof::Group));
    let found: Vec<&Value> = attributes.iter().filter(|one| one["value"] == "mint.example").collect();
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found["comment"], "artefact of code; artefact of server");
}

#[test]
fn hostile_texts_are_made_harmless_and_what_is_cut_says_so() {
    let mut assessment = assessment(Proof::None);
    let nasty = "\0\u{1b}[31m\u{202e}\"\\</script>";
    nasty.clone_into(&mut assessment.case.header.title);
    assessment.items[0].item.observation = "\u{e9}".repeat(1 << 20);
    assessment.items[0].item.artefacts = vec![String::new(), "  ".to_owned(), nasty.to_owned()];
    let event = misp(&assessment);
    let text = serde_json::to_string(&event).unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_ok_and(|read| read == event));
    assert!(serde_json::to_string(&misp(&assessment)).unwrap() == text, "not the same bytes twice");
    let shown = "\\u{0}\\u{1b}[31m\\u{202e}\"\\</script>";
    assert_eq!(event["Event"]["info"], format!("Assessment: {shown}"));
    let attributes = attributes(&assessment);
    assert!(attributes.iter().any(|one| one["value"] == shown));
    let longest =
        attributes.iter().map(|one| one["value"].as_str().unwrap()).max_by_key(|text| text.len()).unwrap();
    assert!(longest.ends_with(" [cut]") && longest.len() <= LONGEST + 6, "{}", longest.len());
}

#[test]
fn the_organisation_is_that_of_the_authors_in_every_case() {
    let org = |text: &str| misp(&read(text, None))["Event"]["Orgc"].clone();
    let one = text(Proof::None);
    let other = one.replace("id = \"borduria\"", "id = \"another\"");
    assert_eq!(org(&one), org(&other));
    assert_eq!(org(&one)["name"], "A. Analyst, B. Analyst");
    assert_ne!(org(&one), org(&one.replace("\"B. Analyst\"", "\"C. Analyst\"")));
    let house = one.replacen("authors", "org-uuid = \"68391641-859f-4a9a-9a1e-3e5cf71ec376\"\nauthors", 1);
    assert_eq!(org(&house)["uuid"], "68391641-859f-4a9a-9a1e-3e5cf71ec376");
}

#[test]
fn a_state_that_rests_on_the_prior_is_named_with_that_remark() {
    let attributes = attributes(&read(include_str!("../example_prior.toml"), None));
    let naming =
        attributes.iter().filter_map(|one| one["value"].as_str()).filter(|value| value.contains("Russia"));
    let naming: Vec<&str> = naming.collect();
    assert_eq!(naming.len(), 1, "{naming:?}");
    assert!(naming[0].ends_with("rests on the prior: nothing in the case bears on it."));
}

#[test]
fn an_event_of_a_case_that_does_not_say_who_may_read_it_is_amber() {
    let silent = misp(&read(&text(Proof::None).replace("tlp = \"green\"\n", ""), None));
    assert_eq!(tags(&silent["Event"]), ["tlp:amber"]);
    assert!(silent["Event"]["EventReport"][0]["content"].as_str().unwrap().contains("TLP:AMBER"));
}
