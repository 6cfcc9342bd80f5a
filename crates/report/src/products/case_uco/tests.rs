//! What a reader of a graph may rely on.

use super::super::example::{Proof, assessment, read, text};
use super::case_uco;
use cognate_case::Assessment;
use serde_json::Value;
use std::collections::BTreeSet;

fn nodes(assessment: &Assessment) -> Vec<Value> {
    case_uco(assessment)["@graph"].as_array().unwrap().clone()
}

fn of_type<'a>(nodes: &'a [Value], class: &str) -> Vec<&'a Value> {
    nodes.iter().filter(|node| node["@type"].to_string().contains(&format!("\"{class}\""))).collect()
}

/// Every identifier, and whether it stands on a node of its own content or refers to one.
fn identifiers(value: &Value, defined: &mut Vec<String>, referred: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(id) = fields.get("@id").and_then(Value::as_str) {
                if fields.len() > 1 { &mut *defined } else { &mut *referred }.push(id.to_owned());
            }
            fields.values().for_each(|inner| identifiers(inner, defined, referred));
        }
        Value::Array(items) => items.iter().for_each(|inner| identifiers(inner, defined, referred)),
        _ => {}
    }
}

#[track_caller]
fn check_sound(assessment: &Assessment) {
    let graph = case_uco(assessment);
    let bytes = |graph: &Value| serde_json::to_vec(graph).unwrap();
    assert!(bytes(&graph) == bytes(&case_uco(assessment)), "not the same bytes twice");
    let (mut defined, mut referred) = (Vec::new(), Vec::new());
    identifiers(&graph, &mut defined, &mut referred);
    let held: BTreeSet<&String> = defined.iter().collect();
    assert_eq!(held.len(), defined.len(), "an identifier stands twice");
    assert_eq!(referred.iter().filter(|id| !held.contains(id)).count(), 0);
    for node in graph["@graph"].as_array().unwrap() {
        let marking = node["@type"] == "uco-marking:MarkingDefinition";
        let author = node["@type"].to_string().contains("uco-identity:");
        assert!(marking || author || node["uco-core:objectMarking"].is_object(), "{node}");
        for class in node["@type"].as_array().unwrap_or(&vec![node["@type"].clone()]) {
            let prefix = class.as_str().unwrap().split_once(':').unwrap().0;
            assert!(graph["@context"][prefix].is_string(), "{class}");
        }
    }
}

#[test]
fn a_graph_is_sound_whatever_the_evidence_proves() {
    for proof in [Proof::Sponsor, Proof::Group, Proof::None] {
        check_sound(&assessment(proof));
    }
    check_sound(&read(&text(Proof::None), Some("2020-03-01")));
}

#[test]
fn an_observation_has_a_value_under_every_hypothesis() {
    let proof = assessment(Proof::Group);
    let nodes = nodes(&proof);
    let hypotheses = of_type(&nodes, "cognate:Hypothesis");
    assert_eq!(hypotheses.len(), proof.hypotheses.len());
    let analysis = of_type(&nodes, "uco-analysis:Analysis")[0];
    let order = analysis["cognate:hypothesis"]["@list"].as_array().unwrap();
    assert!(order.iter().zip(&hypotheses).all(|(reference, node)| reference["@id"] == node["@id"]));
    let results = of_type(&nodes, "cognate:EvaluationResult");
    assert_eq!(results.len(), proof.items.len());
    for (result, item) in results.iter().zip(&proof.items) {
        let values = result["cognate:likelihood"]["@list"].as_array().unwrap();
        let values: Vec<f64> =
            values.iter().map(|one| one["@value"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(values, item.likelihood);
    }
}

#[test]
fn a_hypothesis_is_declared_true_by_nobody_and_a_claim_has_its_confidence() {
    let nodes = nodes(&assessment(Proof::Group));
    for hypothesis in of_type(&nodes, "cognate:Hypothesis") {
        assert_eq!(hypothesis["@type"], serde_json::json!(["uco-core:UcoObject", "cognate:Hypothesis"]));
    }
    let claims = nodes.iter().filter(|node| node["@type"] == "uco-analysis:AnalyticResult");
    for claim in claims {
        assert!(claim["uco-core:hasFacet"]["uco-core:confidence"]["@value"].is_string(), "{claim}");
    }
}

#[test]
fn a_state_that_rests_on_the_prior_is_named_with_that_remark() {
    let graph = nodes(&read(include_str!("../example_prior.toml"), None));
    let naming = graph.iter().filter(|node| node.to_string().contains("tasked by Russia"));
    let naming: Vec<&Value> = naming.collect();
    assert!(naming.len() >= 2);
    for node in naming {
        let said = node["uco-core:statement"].as_str().or(node["uco-core:description"].as_str()).unwrap();
        let whole = node["@type"] == "uco-analysis:Analysis";
        assert!(whole || said.contains("rests on the prior: nothing in the case bears on it"), "{node}");
    }
}

#[test]
fn the_marking_of_a_case_that_does_not_say_is_amber() {
    let silent = read(&text(Proof::None).replace("tlp = \"green\"\n", ""), None);
    let nodes = nodes(&silent);
    let marking = of_type(&nodes, "uco-marking:MarkingDefinition")[0];
    assert_eq!(marking["uco-marking:definition"]["uco-marking:statement"], "TLP:AMBER");
}

#[test]
fn hostile_texts_are_harmless() {
    let mut hostile = assessment(Proof::None);
    let nasty = "\0\u{1b}[31m\u{202e}";
    nasty.clone_into(&mut hostile.case.header.title);
    hostile.items[0].item.observation = "\u{e9}".repeat(1 << 20);
    hostile.items[0].judgements[0].rationale = nasty.to_owned();
    check_sound(&hostile);
    let text = case_uco(&hostile).to_string();
    assert!(!text.contains('\u{202e}') && text.contains(" [cut]"));
}
