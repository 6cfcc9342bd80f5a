//! The document of `case assess`.

use super::case_parts::*;
use super::types::*;
use serde_json::{Value, json};

pub fn assess() -> Vec<Field> {
    vec![
        field("case", case(), "What was assessed."),
        field("as_of", or_null(day()), "The last day whose reports count; null for all."),
        field("method", method(), "How the numbers came about."),
        field("counts", counts(), "How much there was to weigh."),
        field(
            "headline",
            list(string()),
            "The judgement; a probability and a confidence never share a sentence.",
        ),
        field("candidates", list(candidate()), "Who was considered."),
        field("hypotheses", list(hypothesis()), "Exclusive; their probabilities add up to one."),
        field("claims", list(claim()), "By candidate from the code base up, then `unlisted`."),
        field("items", list(item()), "Every item that counts, in the order of the case."),
        field("groups", list(group()), "Dependence groups that hold any of them."),
        field("sources", list(source()), "Sources that any of them cites."),
        field("analysts", list(analyst()), "The answer by each analyst's own judgements."),
        field("linchpins", list(linchpin()), "What falls if something is wrong, the greatest fall first."),
        field("prospects", list(prospect()), "What would change the answer most, if found."),
        field("contradictions", list(contradiction()), "Traces that speak against each other."),
        field("coverage", coverage(), "What kinds of evidence there are, and are not."),
        field("timeline", list(moment()), "The judgement at every day on which something was reported."),
        field("unknown", list(string()), "What is not known, in sentences."),
        field("findings", list(finding()), "What is doubtful about the case itself."),
    ]
}

/// A list of numbers that runs parallel to another list.
fn shares() -> Value {
    list(share())
}

fn case() -> Value {
    object(vec![
        field("id", string(), ""),
        field("title", string(), ""),
        field("question", string(), ""),
        field("summary", or_null(string()), ""),
        field("incident", or_null(day()), "When it happened."),
        field("tlp", tlp(), "The strictest of the case and every item that counts."),
        field("authors", list(string()), ""),
        field("references", list(string()), ""),
        field("sha256", sha256(), "Of the case file."),
    ])
}

fn method() -> Value {
    let grades = json!({ "type": "array", "items": share(), "minItems": 5, "maxItems": 5 });
    object(vec![
        field("version", string(), "Of cognate."),
        field("scheme", word(&["icd203", "phia"]), "The standard of the wording."),
        field("draws", int(), "Behind every interval."),
        field("seed", int(), "Of the draws."),
        field("prior_uncertainty", number(), "The factor within which every prior lies with 90 %."),
        field("grades", grades, "Shares let through by the grades A to E and 1 to 5."),
        field("not_diagnostic_below", number(), "In natural logarithms of ratios."),
    ])
}

fn counts() -> Value {
    object(vec![
        field("items", int(), "Items that count."),
        field("observations", int(), "Observations they report."),
        field("independent", int(), "Units taken as independent."),
        field("diagnostic", int(), "Observations that tell hypotheses apart."),
        field("later", int(), "Items reported after the date, left out."),
    ])
}

fn candidate() -> Value {
    object(vec![
        field("id", string(), ""),
        field("name", string(), ""),
        field("sponsor", or_null(string()), "The state or body said to task it."),
        field("attack", or_null(string()), "ATT&CK id."),
        field("misp", or_null(string()), "MISP galaxy uuid."),
        field("note", or_null(string()), ""),
        field("prior_reason", string(), "Why the priors are what they are."),
    ])
}

fn hypothesis() -> Value {
    let role = word(&["tasked", "untasked", "contractor", "reuse", "false-flag", "unlisted"]);
    object(vec![
        field("id", string(), ""),
        field("candidate", or_null(string()), "Null for someone not listed."),
        field("role", role, "In what way."),
        field("by", or_null(string()), "The candidate that plants traces."),
        field("statement", string(), ""),
        field("prior", share(), "Before any evidence."),
        field("probability", share(), "After it."),
        field("low", share(), "5th percentile of the draws."),
        field("high", share(), "95th percentile."),
        field("inconsistency", number(), "Weighted inconsistencies of the ACH matrix: the lower the better."),
        field("ach_rank", int(), "Its place by inconsistency, from 1."),
    ])
}

fn claim() -> Value {
    let level = word(&["code-base", "cluster", "group", "sponsor", "false-flag", "unlisted"]);
    object(vec![
        field("id", string(), ""),
        field("candidate", or_null(string()), "Null for someone not listed."),
        field("level", level, "How far up."),
        field("statement", string(), "Without any probability."),
        field("prior", share(), "Before any evidence."),
        field("probability", share(), "After it."),
        field("low", share(), "5th percentile of the draws."),
        field("high", share(), "95th percentile."),
        field("wording", wording(), "In the words of the standard."),
        field("confidence", confidence(), "How firm the ground is."),
        field("odds_multiplier", finite(), "By what the evidence multiplies the odds."),
        field("other_priors", other_priors(), "What readers with another prior arrive at."),
        field("if_independent", share(), "If every item were independent of every other."),
        field("speaks_for", contributions(), "The strongest first."),
        field("speaks_against", contributions(), "The strongest first."),
    ])
}

fn item() -> Value {
    let judgement = object(vec![
        field("by", or_null(string()), "The analyst's id; null for the authors."),
        field("date", day(), "From when on."),
        field("rationale", string(), ""),
        field("likelihood", shares(), "By hypothesis."),
        field("uncertainty", number(), "The factor within which the stated odds lie with 90 %."),
    ]);
    object(vec![
        field("id", string(), ""),
        field("title", string(), ""),
        field("kind", kind(), ""),
        field("aspect", aspect(), "After MICTIC."),
        field("vertex", or_null(vertex()), "Of the diamond model."),
        field("observation", string(), "What was seen."),
        field("artefacts", list(string()), "What it was seen on."),
        field("references", list(string()), ""),
        field("source", string(), "The source's id."),
        field("reliability", reliability(), "The letter of the Admiralty code."),
        field("credibility", credibility(), "The digit of the Admiralty code."),
        field("origin", or_null(string()), "What it derives from, as the case says."),
        field("observation_id", string(), "Equal for copies."),
        field("observed", or_null(day()), ""),
        field("reported", day(), ""),
        field("group", or_null(string()), "The dependence group."),
        field("forgeability", forgeability(), ""),
        field("shareability", shareability(), ""),
        field("assumed", flag(), "The case does not say one of the two."),
        field("tlp", tlp(), ""),
        field("counting", counting(), "How it counts."),
        field("weight", share(), "The share of its effect that the grades let through."),
        field("weight_range", or_null(range()), "Where a grade cannot be judged, what it may be."),
        field("judgements", list(judgement), "Every judgement that counts."),
        field("likelihood", shares(), "Combined, by hypothesis."),
        field("expected", share(), "The prior-weighted mean of `likelihood`."),
        field("effective", shares(), "weight * likelihood + (1 - weight) * expected."),
        field("support", list(number()), "ln(effective / expected) by hypothesis."),
        field("counted", list(number()), "What is left of it in its dependence group."),
        field("diagnosticity", number(), "ln of the greatest ratio of effective likelihoods."),
        field("diagnostic", flag(), "It tells hypotheses apart."),
        field("ach", ach(), "Its row of the ACH matrix, by hypothesis."),
        field("measured", or_null(measured()), "What a match of code measured."),
    ])
}

fn group() -> Value {
    object(vec![
        field("id", string(), ""),
        field("correlation", share(), "0 independent, 1 one observation."),
        field("reason", string(), ""),
        field("items", list(string()), ""),
        field("observations", int(), ""),
    ])
}

fn source() -> Value {
    object(vec![
        field("id", string(), ""),
        field("name", string(), ""),
        field("kind", source_kind(), "What kind of party."),
        field("reliability", reliability(), ""),
        field("reason", string(), "Why."),
        field("url", or_null(string()), ""),
        field("items", list(string()), ""),
    ])
}

fn analyst() -> Value {
    object(vec![
        field("id", string(), ""),
        field("name", string(), ""),
        field("note", or_null(string()), ""),
        field("judged", list(string()), "Items judged."),
        field("probabilities", shares(), "Of every claim, by the analyst's own judgements where given."),
    ])
}

fn linchpin() -> Value {
    object(vec![
        field("pillar", word(&["observation", "group", "source"]), "What is left out."),
        field("id", string(), ""),
        field("items", list(string()), "That go with it."),
        field("probabilities", shares(), "Of every claim without it."),
        field("greatest_change", share(), "Of any claim, in probability."),
        field("rewords", list(string()), "Claims whose wording changes."),
    ])
}

fn prospect() -> Value {
    object(vec![
        field("id", string(), ""),
        field("title", string(), ""),
        field("reason", string(), ""),
        field("from_case", flag(), "The case names it; otherwise one of cognate's list of kinds."),
        field("candidate", or_null(string()), ""),
        field("aspect", aspect(), ""),
        field("probability", share(), "That it is found, by what is known."),
        field("information", number(), "Expected, about the hypotheses, in bits."),
        field("claim", string(), "The claim it moves most."),
        field("if_found", share(), "That claim if it is found."),
        field("if_not_found", share(), "That claim if it is sought and not found."),
    ])
}

fn contradiction() -> Value {
    object(vec![
        field("candidate", string(), ""),
        field("speaks_for", string(), "An item."),
        field("speaks_against", string(), "An item."),
        field("artefacts", list(string()), "That both were seen on."),
        field("suggests_deception", flag(), "What speaks for the candidate is the easier to forge."),
        field("support_for", number(), "Natural logarithm of a ratio of likelihoods."),
        field("support_against", number(), "Likewise; negative."),
    ])
}

fn coverage() -> Value {
    let covered = || {
        list(object(vec![
            field("id", string(), ""),
            field("items", int(), ""),
            field("diagnostic", int(), "Observations that tell hypotheses apart."),
        ]))
    };
    object(vec![
        field("aspects", covered(), "Of MICTIC."),
        field("vertices", covered(), "Of the diamond model."),
    ])
}

fn moment() -> Value {
    object(vec![
        field("date", day(), ""),
        field("reported", list(string()), "Items reported since the moment before."),
        field("probabilities", shares(), "Of every claim."),
        field("low", shares(), "5th percentiles."),
        field("high", shares(), "95th percentiles."),
    ])
}
