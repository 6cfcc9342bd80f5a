//! The document of `case explain`.

use super::case_parts::*;
use super::types::*;
use serde_json::Value;

pub fn explain() -> Vec<Field> {
    vec![
        field("case", string(), "The case's id."),
        field("title", string(), ""),
        field("sha256", sha256(), "Of the case file."),
        field("as_of", or_null(day()), "The last day whose reports count; null for all."),
        field("draws", int(), "Behind every interval."),
        field("seed", int(), "Of the draws."),
        field("hypotheses", list(hypothesis()), "From prior to posterior; all else runs in this order."),
        field("claims", list(claim()), "Those asked for."),
        field("observations", list(observation()), "All that count; empty where no claim was asked for."),
        field("items", list(item()), "Those asked for."),
        field("known_claims", list(string()), "All claims that can be asked for."),
    ]
}

fn hypothesis() -> Value {
    object(vec![
        field("id", string(), ""),
        field("statement", string(), ""),
        field("prior", share(), ""),
        field("log_prior", number(), "Natural logarithm."),
        field("support", number(), "Sum of what every observation counts."),
        field("log_weight", number(), "log_prior + support."),
        field("relative", share(), "exp(log_weight) over the greatest of them."),
        field("probability", share(), "relative over the sum of all."),
    ])
}

fn claim() -> Value {
    object(vec![
        field("id", string(), ""),
        field("statement", string(), ""),
        field("holds", list(string()), "The hypotheses under which it holds."),
        field("prior", share(), "The sum of their priors."),
        field("probability", share(), "The sum of their posteriors."),
        field("low", share(), "5th percentile of the draws."),
        field("high", share(), "95th percentile."),
        field("wording", wording(), ""),
        field("prior_odds", number(), "prior / (1 - prior)."),
        field("odds", finite(), "prior_odds * odds_multiplier."),
        field("odds_multiplier", finite(), "By what the evidence multiplies the odds."),
        field("other_priors", other_priors(), "What readers with another prior arrive at."),
        field("if_independent", share(), "If every item were independent of every other."),
        field("speaks_for", contributions(), "The strongest first."),
        field("speaks_against", contributions(), "The strongest first."),
        field("confidence", confidence(), "How firm the ground is."),
    ])
}

fn observation() -> Value {
    let lets_through = || or_null(share());
    let meaning = "What the grade lets through; null where it cannot be judged.";
    let report = object(vec![
        field("item", string(), ""),
        field("source", string(), "The source's id."),
        field("source_name", string(), ""),
        field("reliability", reliability(), "The letter of the Admiralty code."),
        field("reliability_share", lets_through(), meaning),
        field("credibility", credibility(), "The digit of the Admiralty code."),
        field("credibility_share", lets_through(), meaning),
        field("share", share(), "The lesser of the two that can be judged; a half where neither can."),
    ]);
    object(vec![
        field("item", string(), "The item that stands for it."),
        field("title", string(), ""),
        field("reports", list(report), "Every report of it; the item itself first."),
        field("weight", share(), "The share of the best report: w."),
        field("weight_range", or_null(range()), "Where a grade cannot be judged, what w may be."),
        field("judgements", int(), "Judgements whose mean is `judged`."),
        field("expected", share(), "P(e), the prior-weighted mean of `judged`."),
        field("group", or_null(string()), "The dependence group."),
        field("correlation", or_null(share()), "Its correlation: r."),
        field("steps", list(step()), "By hypothesis."),
    ])
}

fn step() -> Value {
    object(vec![
        field("hypothesis", string(), ""),
        field("judged", share(), "P(e|h)."),
        field("effective", share(), "P'(e|h) = w P(e|h) + (1 - w) P(e)."),
        field("support", number(), "ln(P'(e|h) / P(e))."),
        field("before", int(), "k: greater supports of the same sign in the group."),
        field("factor", share(), "(1 - r)^k."),
        field("counted", number(), "factor * support."),
    ])
}

fn item() -> Value {
    let laid = object(vec![
        field("hypothesis", string(), ""),
        field("value", share(), "P(e|h) by this judgement."),
        field("how", string(), "`stated`, or how it follows from what is stated."),
    ]);
    let judgement = object(vec![
        field("by", or_null(string()), "The analyst's id; null for the authors."),
        field("date", day(), "From when on."),
        field("rationale", string(), "Why."),
        field("uncertainty", number(), "The factor within which the stated odds lie with 90 %."),
        field("likelihood", list(laid), "By hypothesis."),
    ]);
    let left_out = object(vec![
        field("claim", string(), ""),
        field("probability", share(), "As it is."),
        field("without", share(), "Without the observation."),
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
        field("observed", or_null(day()), ""),
        field("reported", day(), ""),
        field("origin", or_null(string()), "What it derives from."),
        field("counting", counting(), "How it counts."),
        field("forgeability", forgeability(), ""),
        field("forgeability_share", share(), "f: how far a false flag brings it about as the group would."),
        field("shareability", shareability(), ""),
        field("shareability_share", share(), "s: how far others with the code show it as the group would."),
        field("assumed", flag(), "The case does not say one of the two."),
        field("judgements", list(judgement), "Every judgement that counts."),
        field("steps", observation(), "Of the observation it reports."),
        field("beside", list(string()), "Others of its dependence group."),
        field("ach", ach(), "Its row of the ACH matrix, by hypothesis."),
        field("diagnosticity", number(), "ln of the greatest ratio of effective likelihoods."),
        field("diagnostic", flag(), "It tells hypotheses apart."),
        field("left_out", or_null(list(left_out)), "Every claim with and without it; null where not listed."),
        field("measured", or_null(measured()), "What a match of code measured."),
    ])
}
