//! What every product says, in which order: a first page that can be sent by itself, then what it rests on.

use super::cited::{self, Cited};
use super::outline::{Block, Extent, Limits, Outline, Section};
use super::{answer, brief, ground, matrix, weighing};
use cognate_case::Assessment;

/// Lays down what is said; the renderers lay it out.
pub fn outline(assessment: &Assessment, limits: &Limits, extent: Extent) -> Outline {
    let keys = answer::key_claims(assessment);
    let sections = match extent {
        Extent::Screen => screen(assessment, &keys, limits),
        Extent::Brief => first_page(assessment, &keys, limits),
        Extent::Full => {
            let mut sections = first_page(assessment, &keys, limits);
            sections.extend(the_rest(assessment, &keys, limits));
            sections
        }
    };
    Outline {
        title: assessment.case.title.clone(),
        tlp: assessment.case.tlp,
        question: assessment.case.question.clone(),
        facts: answer::facts(assessment, extent),
        sections: sections.into_iter().filter(|section| !section.blocks.is_empty()).collect(),
        whole: extent == Extent::Full,
    }
}

/// The answer and what carries it.
fn screen(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Section> {
    let none = &mut Cited::new(false);
    vec![
        first("answer", "The answer", answer::answer(assessment)),
        first("numbers", "In numbers", answer::in_numbers(assessment, keys)),
        first("why", "Why", brief::why(assessment, keys, limits, none)),
        first("against", "What speaks against it", brief::against(assessment, keys, limits, none)),
        first("hangs-on", "What it hangs on", brief::hangs_on(assessment, keys, limits)),
        first("would-change", "What would change it", brief::would_change(assessment, limits)),
    ]
}

/// What can be sent: with what it means, what it takes for granted, and where it comes from.
fn first_page(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Section> {
    let cited = &mut Cited::new(true);
    let lead = answer::lead_claim(assessment, keys);
    let mut sections = vec![
        first("answer", "The answer", answer::answer(assessment)),
        first("why", "Why", brief::why(assessment, keys, limits, cited)),
        first("against", "What speaks against it", brief::against(assessment, keys, limits, cited)),
        first("hangs-on", "What it hangs on", brief::hangs_on(assessment, keys, limits)),
        first("would-change", "What would change it", brief::would_change(assessment, limits)),
        first("implications", "Implications", brief::implications(assessment)),
        first("assumptions", "Key assumptions", cited::assumptions(assessment)),
        first("basis", "Source summary", cited::summary(assessment, lead)),
    ];
    sections.push(first("citations", "Citations", cited.list(assessment)));
    sections
}

/// Weights, matrices and annexes.
fn the_rest(assessment: &Assessment, keys: &[usize], limits: &Limits) -> Vec<Section> {
    vec![
        section("claims", "What is claimed", answer::claims(assessment, keys, limits)),
        section("weights", "What weighs against and for", weighing::ledgers(assessment, keys, limits)),
        section(
            "deception",
            "Contradictions and signs of deception",
            weighing::contradictions(assessment, limits),
        ),
        section("linchpins", "Linchpins", weighing::linchpins(assessment, keys, limits)),
        section("unknown", "What is not known", unknown(assessment)),
        section("matrix", "Hypotheses and the ACH matrix", matrix::matrix(assessment, limits)),
        section("prospects", "What could still be found", ground::prospects(assessment, limits)),
        section("timeline", "How the judgement moved", ground::timeline(assessment, keys, limits)),
        section("analysts", "By whose judgement", weighing::analysts(assessment, keys, limits)),
        section("priors", "For readers with another prior", answer::priors(assessment, keys)),
        section("confidence", "Confidence, rule by rule", answer::confidence(assessment, keys)),
        section("coverage", "What kinds of evidence there are", ground::coverage(assessment)),
        section("evidence", "The evidence", ground::evidence(assessment, limits)),
        section("sources", "The sources", ground::sources(assessment, limits)),
        section("findings", "Doubts about the case file", ground::findings(assessment, limits)),
        section("method", "How the numbers came about", ground::method(assessment)),
    ]
}

fn first(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section { id, title, first: true, blocks }
}

fn section(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section { id, title, first: false, blocks }
}

fn unknown(assessment: &Assessment) -> Vec<Block> {
    if assessment.unknown.is_empty() {
        return Vec::new();
    }
    vec![Block::List(assessment.unknown.clone())]
}
