//! An assessment as CASE/UCO JSON-LD, for tools of digital investigation.
//!
//! | in the case           | in the graph                                                                  |
//! |-----------------------|-------------------------------------------------------------------------------|
//! | the case              | `case-investigation:Investigation`, of all that follows                       |
//! | the weighing          | `uco-analysis:Analysis` by the authors, with cognate as its instrument        |
//! | a hypothesis          | `cognate:Hypothesis`, a `uco-core:UcoObject`                                  |
//! | an item of evidence   | `uco-core:Assertion` by its source, on its artefacts                          |
//! | its likelihoods       | `cognate:EvaluationResult`, a `uco-analysis:AnalyticResult`                   |
//! | a claim               | `uco-analysis:AnalyticResult` with a `uco-core:ConfidenceFacet`               |
//! | an artefact           | an observable, where it is recognised                                         |
//! | who may read it       | `uco-marking:MarkingDefinition` of a statement: `TLP:AMBER`                   |
//!
//! The published ontology (CASE 1.5.0) knows neither `Hypothesis` nor `EvaluationResult`, which casework/CASE
//! issue 190 asks for. Both stand in a vocabulary of ours beside the nearest published class, so that validators
//! and readers of today take them. A hypothesis is no `uco-core:Assertion`: that is "declared to be true". As the issue
//! asks, an evaluation gives values to the *observation* under each hypothesis, in words of the issue numeric;
//! `cognate:likelihood` runs parallel to `cognate:hypothesis` of the analysis. No actor and no state is an object here, only words.

use super::artefact::recognise;
use super::established::{self, confidence, established};
use super::identifier::{Author, Days, named, timestamp};
use super::plain::named_or;
use cognate_case::Assessment;
use cognate_case::assessment::{ClaimView, HypothesisView, ItemView, SourceView};
use cognate_case::prose::{confidence_sentence, likelihood_sentence};
use graph::{Graph, Node, decimal, number, text, time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

mod graph;
mod observable;

/// Writes an assessment as JSON-LD of CASE 1.5.0 and UCO, the same bytes every time.
///
/// Every node has a name and the marking of the product; nothing refers outside the graph, and no actor is an object.
#[must_use]
pub fn case_uco(assessment: &Assessment) -> Value {
    let mut graph = Graph::new(assessment);
    let author = author(&mut graph, assessment);
    let tool = graph.node("tool", &[], &["uco-tool:AnalyticTool"]);
    let tool =
        tool.with("uco-core:name", "cognate").with("uco-tool:version", assessment.method.version.as_str());
    let tool = graph.add(tool);
    let analysis = graph.reference("analysis", &[]);
    let hypotheses: Vec<Value> =
        assessment.hypotheses.iter().map(|one| hypothesis(&mut graph, assessment, one)).collect();
    let sources: BTreeMap<&str, &SourceView> =
        assessment.sources.iter().map(|source| (source.id.as_str(), source)).collect();
    let (mut observations, mut results) = (Vec::new(), Vec::new());
    for item in &assessment.items {
        let observation = observation(&mut graph, item, sources.get(&*item.source).copied());
        results.push(evaluation(&mut graph, item, &observation, &analysis));
        observations.push(observation);
    }
    results.extend(assessment.claims.iter().map(|one| claim(&mut graph, assessment, one, &analysis)));
    let weighing = graph
        .node("analysis", &[], &["uco-analysis:Analysis"])
        .with("uco-core:name", "Weighing of the evidence")
        .with("uco-core:description", assessment.headline.join("\n"))
        .with("uco-action:performer", author)
        .with("uco-action:instrument", tool)
        .with("uco-action:object", observations)
        .with("uco-action:result", results)
        .with("cognate:hypothesis", json!({ "@list": hypotheses }))
        .with("cognate:wordingStandard", assessment.method.scheme.name())
        .with("cognate:asOf", assessment.as_of.map(|day| day.to_string()));
    graph.add(weighing);
    investigation(&mut graph, assessment);
    graph.finish()
}

fn author(graph: &mut Graph<'_>, assessment: &Assessment) -> Value {
    let author = Author::of(&assessment.case);
    let class = if author.organisation { "uco-identity:Organization" } else { "uco-identity:Identity" };
    let node = Node::new(&author.id, &[class]).with("uco-core:name", author.name);
    graph.add(node)
}

fn investigation(graph: &mut Graph<'_>, assessment: &Assessment) {
    let case = &assessment.case;
    let node = graph
        .node("investigation", &[], &["case-investigation:Investigation"])
        .with("uco-core:name", named_or(&case.title, &case.id))
        .with("uco-core:description", case.summary.clone())
        .with("case-investigation:focus", case.question.as_str())
        .with("case-investigation:investigationForm", "incident")
        .with("uco-core:startTime", case.incident.map(|day| time(&timestamp(day))))
        .with("uco-core:object", graph.all());
    graph.add(node);
}

fn hypothesis(graph: &mut Graph<'_>, assessment: &Assessment, one: &HypothesisView) -> Value {
    let node = graph
        .node("hypothesis", &[&one.id], &["uco-core:UcoObject", "cognate:Hypothesis"])
        .with("uco-core:name", one.id.as_str())
        .with("uco-core:description", established::statement(assessment, one))
        .with("cognate:prior", decimal(one.prior))
        .with("cognate:probability", decimal(one.probability))
        .with("cognate:percentile5", decimal(one.low))
        .with("cognate:percentile95", decimal(one.high));
    graph.add(node)
}

/// What a source says, with its grade.
fn observation(graph: &mut Graph<'_>, item: &ItemView, source: Option<&SourceView>) -> Value {
    let found: Vec<Value> = item
        .artefacts
        .iter()
        .filter_map(|text| recognise(text))
        .map(|artefact| observable::add(graph, &artefact))
        .collect();
    let class = if found.is_empty() { "uco-core:Assertion" } else { "uco-core:Annotation" };
    let node = graph
        .node("evidence", &[&item.id], &[class])
        .with("uco-core:name", named_or(&item.title, &item.id))
        .with("uco-core:statement", item.observation.as_str())
        .with("uco-core:object", found)
        .with("uco-core:objectCreatedTime", time(&timestamp(item.reported)))
        .with("cognate:source", source.map_or(&*item.source, |source| named_or(&source.name, &source.id)))
        .with("cognate:sourceReliability", format!("{:?}", item.reliability))
        .with("cognate:informationCredibility", number(u8::from(item.credibility)));
    graph.add(node)
}

/// The values that an observation has under the hypotheses.
fn evaluation(graph: &mut Graph<'_>, item: &ItemView, observation: &Value, analysis: &Value) -> Value {
    let rationale: Vec<Value> = item.judgements.iter().map(|one| text(&one.rationale)).collect();
    let likelihood: Vec<Value> = item.likelihood.iter().map(|one| decimal(*one)).collect();
    let node = graph
        .node("evaluation", &[&item.id], &["uco-analysis:AnalyticResult", "cognate:EvaluationResult"])
        .with("uco-analysis:originatingAnalysis", analysis.clone())
        .with("uco-analysis:resultContent", observation.clone())
        .with("uco-core:description", rationale)
        .with("cognate:likelihood", json!({ "@list": likelihood }))
        .with("cognate:weight", decimal(item.weight));
    graph.add(node)
}

fn claim(graph: &mut Graph<'_>, assessment: &Assessment, claim: &ClaimView, analysis: &Value) -> Value {
    let level = Node::new(
        &named("case-uco confidence", &[&assessment.case.id, &claim.id]),
        &["uco-core:ConfidenceFacet"],
    );
    let level = level.with("uco-core:confidence", number(confidence(claim.confidence.level)));
    let node = graph
        .node("claim", &[&claim.id], &["uco-analysis:AnalyticResult"])
        .with("uco-core:name", claim.id.as_str())
        .with("uco-core:statement", likelihood_sentence(claim))
        .with("uco-core:description", confidence_sentence(claim))
        .with("uco-core:hasFacet", level.finish())
        .with("uco-analysis:originatingAnalysis", analysis.clone())
        .with("cognate:probability", decimal(claim.probability))
        .with("cognate:percentile5", decimal(claim.low))
        .with("cognate:percentile95", decimal(claim.high))
        .with("cognate:established", established(claim));
    graph.add(node)
}

#[cfg(test)]
mod tests;
