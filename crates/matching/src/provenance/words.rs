//! How two samples came to agree, in words.

use super::{Beside, Question};
use crate::document::{Origin, Provenance};

/// What it is told from.
pub(super) fn reasons(found: &Provenance, question: &Question<'_>, beside: Option<&Beside>) -> Vec<String> {
    let counted = [
        (found.exact, "by equal bytes"),
        (found.tokens, "by like instructions"),
        (found.data_flow, "by what they compute"),
        (found.aligned, "by place or references, whose data flow agrees in part"),
        (found.anchors, "by what they refer to, and nothing else"),
    ];
    let counted = counted.iter().filter(|(number, _)| *number > 0);
    let counted: Vec<String> = counted.map(|(number, how)| format!("{number} {how}")).collect();
    if counted.is_empty() {
        return vec!["no functions are paired by what is in them".to_owned()];
    }
    let mut reasons = vec![format!("functions paired: {}", counted.join(", "))];
    if found.matched > 0.0 {
        let whose = if question.private_only { "private code" } else { "code" };
        reasons.push(format!(
            "those whose code agrees make up {} of the smaller sample's {whose}; of that, {} byte for byte",
            percent(found.matched),
            percent(found.equal)
        ));
    }
    match found.origin {
        Origin::DataOnly | Origin::Withheld | Origin::Unsettled | Origin::Nothing | Origin::Runtime => {}
        _ if !question.same_machine => reasons.push("they are built for different machines".to_owned()),
        _ => reasons.push(format!("the instructions of the pairs are alike to {}", percent(found.likeness))),
    }
    if let Some(beside) = beside.filter(|_| found.source_held) {
        reasons.push(format!(
            "{} pairs are neither the runtime that both hold nor the same code: they make up {} of the smaller sample's code beside it, and their instructions are alike to {}",
            beside.pairs,
            percent(beside.matched),
            percent(beside.likeness)
        ));
    }
    if found.source_held {
        reasons.push(
            "other instructions that compute the same come from the source, not from copied object code"
                .to_owned(),
        );
    }
    reasons
}

/// What limits it.
pub(super) fn limits(found: &Provenance, question: &Question<'_>) -> Vec<String> {
    let mut limits: Vec<&str> = Vec::new();
    let named = format!("both carry library code, which anyone can have: {}", question.libraries.join(", "));
    match found.origin {
        Origin::SameBinary => {
            limits.push("object code can be copied, bought or linked in by anyone who has it")
        }
        Origin::SameBinaryPart => {
            limits.push(
                "programs that have nothing to do with each other share as much where they link one runtime",
            );
            limits.push("it speaks of the code that agrees alone; what else both do is not the same");
        }
        Origin::Runtime => limits.push("a store in which that runtime is a library tells what is left of it"),
        Origin::LikeBuild | Origin::OtherBuild => {
            limits.push("the same source, or a close derivative, of as much of the code as agrees");
            limits.push("compiler runtime and ready-made libraries are agreement too, and need no source");
        }
        Origin::DataOnly => {
            limits.push("their code may be rewritten, or built too differently to be seen to agree")
        }
        Origin::Withheld => {
            limits.push("the gaps of both files say what was not read, and often how to read more")
        }
        Origin::Unsettled => limits.push(UNSETTLED),
        Origin::Nothing => limits.push("that nothing was found does not say that there is nothing"),
    }
    if found.source_held && found.data_flow + found.aligned > found.exact + found.tokens {
        limits.push("most of it is data flow alone: a likeness of what is computed, not of text");
    }
    if found.source_held && found.aligned > found.exact + found.tokens + found.data_flow {
        limits.push(
            "most of these functions were put side by side by place or references, not by their content",
        );
    }
    if !matches!(found.origin, Origin::DataOnly | Origin::Withheld | Origin::Nothing | Origin::Runtime) {
        limits.push("which of the two came first, and who had it from whom, is not told");
    }
    if !question.libraries.is_empty()
        && !matches!(found.origin, Origin::DataOnly | Origin::Withheld | Origin::Nothing)
    {
        limits.insert(0, &named);
    }
    limits.into_iter().map(str::to_owned).collect()
}

/// What limits what is told where a relation is not settled.
pub(super) const UNSETTLED: &str = "public code that nobody here knows agrees in the same ways";

/// A share in whole per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
