//! What a reader of a bundle may rely on.

use super::super::example::{Proof, assessment, read, text};
use super::bundle::{EXTENSION, NOTE_EXTENSION};
use super::stix;
use cognate_case::Assessment;
use cognate_case::scale::Tlp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

mod random;
mod taken_back;

fn objects(assessment: &Assessment) -> Vec<Value> {
    stix(assessment)["objects"].as_array().unwrap().clone()
}

fn ids(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

fn of_type<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["type"] == kind).collect()
}

/// What of a claim stands on its note.
fn note_of(objects: &[Value], claim: &str) -> Value {
    let is_of = |note: &&&Value| note["extensions"][EXTENSION]["claim"] == claim;
    (*of_type(objects, "note").iter().find(is_of).unwrap()).clone()
}

/// Every relationship that stands, as its kind and the names of its ends.
fn attributed(assessment: &Assessment) -> Vec<String> {
    let objects = objects(assessment);
    let names: BTreeMap<&str, &str> = objects
        .iter()
        .filter_map(|object| Some((object["id"].as_str()?, object["name"].as_str()?)))
        .collect();
    let name = |value: &Value| names[value.as_str().unwrap()].to_owned();
    of_type(&objects, "relationship")
        .into_iter()
        .filter(|object| object["revoked"] != true)
        .map(|object| {
            let kind = object["relationship_type"].as_str().unwrap();
            format!("{} {kind} {}", name(&object["source_ref"]), name(&object["target_ref"]))
        })
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

/// What STIX forbids everywhere: null, empty texts, lists and dictionaries. What deceives a reader is none of ours.
fn forbidden(value: &Value, path: &str) -> Vec<String> {
    let deceives =
        |letter: char| letter != '\n' && cognate_base::escape(&letter.to_string()).len() > letter.len_utf8();
    match value {
        Value::Null => vec![path.to_owned()],
        Value::String(text) if text.is_empty() || text.chars().any(deceives) => vec![path.to_owned()],
        Value::Array(items) if items.is_empty() => vec![path.to_owned()],
        Value::Array(items) => items.iter().flat_map(|inner| forbidden(inner, path)).collect(),
        Value::Object(fields) if fields.is_empty() => vec![path.to_owned()],
        Value::Object(fields) => {
            fields.iter().flat_map(|(key, inner)| forbidden(inner, &format!("{path}.{key}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// Whatever the assessment: identifiers are unique, references resolve, nothing forbidden stands in it,
/// nobody is in it to whom nothing is attributed, and our extension is as its schema says.
#[track_caller]
fn check_sound(assessment: &Assessment) {
    let bundle = stix(assessment);
    assert_eq!(forbidden(&bundle, ""), Vec::<String>::new());
    let text = serde_json::to_string(&bundle).unwrap();
    assert!(serde_json::to_string(&stix(assessment)).unwrap() == text, "not the same bytes twice");
    let objects = bundle["objects"].as_array().unwrap();
    let all = ids(objects);
    let held: BTreeSet<&String> = all.iter().collect();
    assert_eq!(held.len(), all.len(), "an identifier stands twice");
    let mut referred = Vec::new();
    let revoked = |object: &&Value| object["revoked"] == true;
    let taken_back: Vec<&Value> =
        objects.iter().filter(revoked).map(|object| &object["target_ref"]).collect();
    references(&bundle, &mut referred);
    let dangling =
        referred.iter().filter(|id| !held.contains(id) && !taken_back.iter().any(|other| *other == *id));
    assert_eq!(dangling.collect::<Vec<_>>(), Vec::<&String>::new());
    let targets: Vec<&Value> =
        objects.iter().filter(|one| !revoked(one)).map(|one| &one["target_ref"]).collect();
    for object in objects {
        let (created, modified) = (object["created"].as_str(), object["modified"].as_str());
        assert!(modified.is_none() || created <= modified, "{}", object["id"]);
        let marked = object["type"] == "marking-definition" || object["object_marking_refs"].is_array();
        assert!(marked, "{} bears no marking", object["id"]);
        let actor = ["intrusion-set", "threat-actor", "location"].iter().any(|kind| object["type"] == *kind);
        assert!(!actor || targets.contains(&&object["id"]), "{object} is not established");
    }
    check_schema(objects);
}

#[track_caller]
fn check_schema(objects: &[Value]) {
    let schema = include_str!("../../../../../docs/stix-extension.schema.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    for ours in objects.iter().map(|object| &object["extensions"][EXTENSION]).filter(|ours| ours.is_object())
    {
        let fault = validator.iter_errors(ours).next();
        assert!(fault.is_none(), "{} at {}", ours["subject"], fault.unwrap().instance_path());
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
    assert!(attributed(&early).is_empty());
}

#[test]
fn there_is_one_report_and_nothing_that_a_reader_takes_for_another() {
    let objects = objects(&assessment(Proof::Sponsor));
    let mut kinds: BTreeSet<&str> = objects.iter().filter_map(|object| object["type"].as_str()).collect();
    assert_eq!(of_type(&objects, "report").len(), 1);
    for expected in
        ["campaign", "domain-name", "file", "identity", "intrusion-set", "ipv4-addr", "location", "malware"]
    {
        assert!(kinds.remove(expected), "{expected}");
    }
    assert_eq!(kinds, BTreeSet::from(["marking-definition", "note", "relationship", "report", "url"]));
}

#[test]
fn an_established_group_is_attributed_under_the_name_that_readers_know_and_its_sponsor_is_not() {
    assert_eq!(attributed(&assessment(Proof::Group)), ["The raid on the mint attributed-to Lazarus Group"]);
}

#[test]
fn an_established_sponsor_is_a_country() {
    let pairs = attributed(&assessment(Proof::Sponsor));
    let expected =
        ["The raid on the mint attributed-to Lazarus Group", "The raid on the mint originates-from Sweden"];
    assert_eq!(pairs, expected);
}

#[test]
fn a_sponsor_that_is_no_country_is_named_in_the_text_alone() {
    let ministry = text(Proof::Sponsor).replace("sponsor = \"Sweden\"", "sponsor = \"Ministry X\"");
    let ministry = read(&ministry, None);
    assert_eq!(attributed(&ministry), ["The raid on the mint attributed-to Lazarus Group"]);
    let note = note_of(&objects(&ministry), "plekszy/sponsor");
    assert!(note["content"].as_str().unwrap().contains("Ministry X"), "{}", note["content"]);
    assert_eq!(note["extensions"][EXTENSION]["established"], true);
}

#[test]
fn what_is_not_established_is_text_alone() {
    let open = assessment(Proof::None);
    assert!(attributed(&open).is_empty());
    let objects = objects(&open);
    assert!(of_type(&objects, "intrusion-set").is_empty() && of_type(&objects, "location").is_empty());
    let group = note_of(&objects, "plekszy/group");
    assert!(group["content"].as_str().unwrap().contains("not established"), "{}", group["content"]);
}

#[test]
fn a_state_that_rests_on_the_prior_is_named_with_that_remark_and_is_no_object() {
    let state = read(include_str!("../example_prior.toml"), None);
    check_sound(&state);
    assert_eq!(attributed(&state), ["Test attributed-to A"]);
    let remark = "rests on the prior: nothing in the case bears on it";
    let objects = objects(&state);
    let texts = objects.iter().filter(|object| object["type"] == "note" || object["type"] == "report");
    let naming = texts.filter(|object| object["content"].to_string().contains("Russia"));
    let naming: Vec<&Value> = naming.collect();
    assert!(naming.len() >= 2, "the claim and the hypotheses");
    for object in naming {
        assert!(object["content"].as_str().unwrap().contains(remark), "{}", object["content"]);
    }
    assert_eq!(note_of(&objects, "a/sponsor")["extensions"][EXTENSION]["sponsor_rests_on"], remark);
}

#[test]
fn a_high_prior_alone_establishes_nothing() {
    let mut sure = assessment(Proof::None);
    for claim in &mut sure.claims {
        (claim.probability, claim.low, claim.high, claim.odds_multiplier) = (0.99, 0.97, 0.995, 1.2);
    }
    assert!(attributed(&sure).is_empty());
}

#[test]
fn nothing_is_attributed_that_the_assessment_does_not_call_established() {
    let mut sure = assessment(Proof::Sponsor);
    sure.claims.iter_mut().for_each(|claim| claim.established = false);
    assert!(attributed(&sure).is_empty());
}

#[test]
fn confidence_is_never_a_probability_and_likelihood_never_certain() {
    let objects = objects(&assessment(Proof::Sponsor));
    let mut seen = 0;
    for object in &objects {
        let level = object["extensions"][EXTENSION]["confidence_level"].as_str();
        let expected =
            level.map(|level| ["low", "moderate", "high"].iter().position(|one| *one == level).unwrap());
        assert_eq!(object["confidence"].as_u64(), expected.map(|place| [15, 50, 85][place]), "{object}");
        if object["type"] == "note" && level.is_some() {
            let likelihood = object["likelihood"].as_u64().unwrap();
            assert!((1..=99).contains(&likelihood));
            assert_eq!(object["note_types"], serde_json::json!(["assessment"]));
            assert!(object["extensions"][NOTE_EXTENSION].is_object());
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen} claims");
}

#[test]
fn what_everybody_knows_carries_nothing_of_the_case() {
    let mut secret = assessment(Proof::Sponsor);
    secret.case.tlp = Tlp::Red;
    let objects = objects(&secret);
    for kind in ["intrusion-set", "location", "malware", "identity"] {
        for object in of_type(&objects, kind) {
            let keys: Vec<&String> = object.as_object().unwrap().keys().collect();
            assert!(object["description"].is_null() && object["created_by_ref"].is_null(), "{keys:?}");
            let clear = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";
            assert_eq!(object["object_marking_refs"], serde_json::json!([clear]), "{kind}");
        }
    }
    let group = of_type(&objects, "intrusion-set")[0];
    assert_eq!(group["external_references"][0]["external_id"], "G0032");
    assert_ne!(group["id"], "intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a", "MITRE's own object");
    assert_eq!(of_type(&objects, "location")[0]["country"], "SE");
}

#[test]
fn a_case_that_does_not_say_who_may_read_it_is_for_the_organisation_and_its_clients() {
    let silent = read(&text(Proof::Group).replace("tlp = \"green\"\n", ""), None);
    let objects = objects(&silent);
    let amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
    for kind in ["report", "campaign", "note", "relationship", "file"] {
        for object in of_type(&objects, kind) {
            assert_eq!(object["object_marking_refs"], serde_json::json!([amber]), "{kind}");
        }
    }
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

/// The types of what two texts of a case have in common, and what they both call their author.
fn shared(one: &str, other: &str) -> String {
    let set = |text: &str| ids(&objects(&read(text, None))).into_iter().collect::<BTreeSet<String>>();
    let (one, other) = (set(one), set(other));
    one.intersection(&other).filter_map(|id| id.split("--").next()).collect::<Vec<_>>().join(" ")
}

#[test]
fn cases_share_authors_known_groups_countries_and_what_means_the_same_everywhere() {
    let one = text(Proof::Sponsor);
    let other = one.replace("id = \"borduria\"", "id = \"another\"");
    let everywhere = "domain-name file identity intrusion-set ipv4-addr location malware marking-definition marking-definition url";
    assert_eq!(shared(&one, &other), everywhere);
    let by_another = other.replace("authors = [\"A. Analyst\"", "authors = [\"C. Analyst\"");
    assert_eq!(shared(&one, &by_another), everywhere.replace("identity ", ""));
    let id = "org-uuid = \"68391641-859F-4a9a-9a1e-3e5cf71ec376\"\nauthors";
    let same_house = |text: &str| text.replacen("authors", id, 1);
    assert_eq!(shared(&same_house(&one), &same_house(&by_another)), everywhere);
    let house = objects(&read(&same_house(&one), None));
    assert_eq!(of_type(&house, "identity")[0]["id"], "identity--68391641-859f-4a9a-9a1e-3e5cf71ec376");
}

#[test]
fn artefacts_are_objects_and_of_software_that_which_the_case_itself_names() {
    let objects = objects(&assessment(Proof::Group));
    let one = |kind: &str| of_type(&objects, kind)[0].clone();
    assert_eq!(one("domain-name")["value"], "mint.example");
    assert_eq!(one("ipv4-addr")["value"], "203.0.113.7");
    assert_eq!(one("url")["value"], "http://mint.example/orders");
    assert!(one("file")["hashes"]["SHA-256"].is_string());
    let names: Vec<&Value> = of_type(&objects, "malware").into_iter().map(|object| &object["name"]).collect();
    assert_eq!(names, ["WannaCry"], "neither the label of a store nor what an item mentions");
}

#[test]
fn a_measured_match_stands_with_its_item_and_names_nobody() {
    let objects = objects(&assessment(Proof::None));
    assert!(of_type(&objects, "relationship").is_empty());
    let item = |note: &&&Value| note["extensions"][EXTENSION]["item"] == "code";
    let note = *of_type(&objects, "note").iter().find(item).unwrap();
    let ours = &note["extensions"][EXTENSION]["code_match"];
    assert_eq!((&ours["functions"], &ours["families"]), (&11.into(), &4000.into()));
    assert!(ours.get("e_value").is_none());
    assert!(note["content"].as_str().unwrap().contains("what a store labels `plekszy-tools`"));
    assert!(note["object_refs"].to_string().contains("file--"));
}

#[test]
fn an_analyst_who_judges_otherwise_is_heard_on_the_claim_and_on_the_item() {
    let mut assessment = assessment(Proof::Sponsor);
    for analyst in &mut assessment.analysts {
        analyst.probabilities.iter_mut().for_each(|probability| *probability = 0.3);
    }
    let objects = objects(&assessment);
    let claim = note_of(&objects, "plekszy/group");
    let dissent = &claim["extensions"][EXTENSION]["dissent"][0];
    assert_eq!(dissent["analyst"], "S. Sceptic");
    assert!(
        claim["content"].as_str().unwrap().contains("By S. Sceptic's own judgements (server) the claim is")
    );
    let item = |note: &&&Value| note["extensions"][EXTENSION]["item"] == "server";
    let item = *of_type(&objects, "note").iter().find(item).unwrap();
    let judged = item["extensions"][EXTENSION]["judgements"].as_array().unwrap();
    let who: Vec<&str> = judged.iter().map(|one| one["analyst"].as_str().unwrap_or("the authors")).collect();
    assert_eq!(who, ["the authors", "S. Sceptic"]);
    assert!(item["content"].as_str().unwrap().contains("Judged by S. Sceptic: Forms are easily bought."));
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
    assessment.headline = vec![nasty.clone(), huge.clone()];
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
    let hostile = hostile();
    check_sound(&hostile);
    let longest = objects(&hostile).iter().map(|object| object["content"].as_str().map_or(0, str::len)).max();
    assert!(longest.unwrap() <= super::super::plain::LONGEST + 6, "{longest:?}");
}

#[test]
fn the_main_text_of_a_report_ends_whole_however_many_hypotheses_there_are() {
    let mut many = assessment(Proof::Group);
    let (one, claim) = (many.hypotheses[0].clone(), many.claims[0].clone());
    many.hypotheses = vec![one; 5_000];
    many.claims = vec![claim; 5_000];
    let content = super::content::html(&many);
    assert!(content.len() < super::super::plain::LONGEST, "{}", content.len());
    assert!(content.ends_with("</p>") && content.contains("more are in the notes"));
}

#[test]
fn ten_thousand_items_are_exported_each_once() {
    let mut large = assessment(Proof::Group);
    let one = large.items[0].clone();
    large.items = (0..10_000)
        .map(|place| {
            let mut item = one.clone();
            *item.item.id = format!("item-{place}");
            item.item.artefacts = vec![format!("{place:032x}")];
            item
        })
        .collect();
    let objects = objects(&large);
    assert_eq!(of_type(&objects, "file").len(), 10_001, "one each, and the query of the match");
    assert_eq!(ids(&objects).into_iter().collect::<BTreeSet<_>>().len(), objects.len());
    let graph = super::super::case_uco::case_uco(&large);
    assert!(graph["@graph"].as_array().unwrap().len() > 30_000);
    let event = super::super::misp::misp(&large);
    assert!(event["Event"]["Attribute"].as_array().unwrap().len() > 10_000);
}
