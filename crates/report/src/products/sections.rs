//! What every product says, in which order: the answer, what speaks against it, what it hangs on, then the rest.

use super::outline::{Block, Limits, Outline, Section};
use super::{answer, ground, matrix, weighing};
use cognate_case::Assessment;

/// Lays down what is said; the renderers lay it out.
pub fn outline(assessment: &Assessment, limits: &Limits) -> Outline {
    let keys = answer::key_claims(assessment);
    let sections = vec![
        section("answer", "The answer", answer::answer(assessment, &keys)),
        section("claims", "What is claimed", answer::claims(assessment, limits)),
        section(
            "against",
            "What speaks against it, and for it",
            weighing::ledgers(assessment, &keys, limits),
        ),
        section(
            "deception",
            "Contradictions and signs of deception",
            weighing::contradictions(assessment, limits),
        ),
        section("linchpins", "What it hangs on", weighing::linchpins(assessment, &keys, limits)),
        section("unknown", "What is not known", unknown(assessment)),
        section("matrix", "Hypotheses and the ACH matrix", matrix::matrix(assessment, limits)),
        section("prospects", "What would change the answer", ground::prospects(assessment, limits)),
        section("timeline", "How the judgement moved", ground::timeline(assessment, &keys, limits)),
        section("analysts", "By whose judgement", weighing::analysts(assessment, &keys, limits)),
        section("priors", "For readers with another prior", answer::priors(assessment, &keys)),
        section("confidence", "Confidence, rule by rule", answer::confidence(assessment, &keys)),
        section("coverage", "What kinds of evidence there are", ground::coverage(assessment)),
        section("evidence", "The evidence", ground::evidence(assessment, limits)),
        section("sources", "The sources", ground::sources(assessment, limits)),
        section("findings", "Doubts about the case file", ground::findings(assessment, limits)),
        section("method", "How the numbers came about", ground::method(assessment)),
    ];
    Outline {
        title: assessment.case.title.clone(),
        tlp: assessment.case.tlp,
        question: assessment.case.question.clone(),
        facts: answer::facts(assessment),
        sections: sections.into_iter().filter(|section| !section.blocks.is_empty()).collect(),
    }
}

fn section(id: &'static str, title: &'static str, blocks: Vec<Block>) -> Section {
    Section { id, title, blocks }
}

fn unknown(assessment: &Assessment) -> Vec<Block> {
    if assessment.unknown.is_empty() {
        return Vec::new();
    }
    vec![Block::List(assessment.unknown.clone())]
}
