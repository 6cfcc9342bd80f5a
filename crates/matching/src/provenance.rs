//! How two samples came to agree, told from the way in which they do.
//!
//! Equal bytes are what copying object code leaves; like instructions are what
//! one source leaves under like compilers; agreement in what is computed but
//! not in instructions is what it leaves under another compiler, level or
//! machine. Only the last two say that somebody had the source.
//!
//! A pair put together by what it refers to, or by its place alone, is no
//! evidence for a match. It speaks here all the same where its data flow has
//! 60 bits in common: pairs of unrelated samples do not.

use crate::document::{AlignedPair, How, Origin, Provenance, Reason, ratio};
use cognate_fingerprint::Component;
use std::collections::BTreeSet;

/// Pairs below which nothing is said. Judgement, as all bars here.
const LEAST_PAIRS: u64 = 3;
/// Share of the smaller sample's code below which nothing is said.
const LEAST_MATCHED: f64 = 0.03;
/// Share of equal bytes from which the code is the same binary code.
const SAME: f64 = 0.9;
/// Likeness of instructions from which builds are alike.
const LIKE: f64 = 0.6;
/// Data flow in common from which a pair says something of its origin, in bits.
/// Small functions that compilers make alike have less.
const TELLING_BITS: f64 = 60.0;

/// What is asked of two samples put side by side.
pub(crate) struct Question<'a> {
    /// The pairs that count.
    pub pairs: Vec<&'a AlignedPair>,
    /// Whether the data flow of both functions of a pair is known.
    pub traced: &'a dyn Fn(&AlignedPair) -> bool,
    /// Both samples are for one instruction set.
    pub same_machine: bool,
    /// Bytes of the smaller sample's code.
    pub code_bytes: u64,
    /// Libraries that both name.
    pub libraries: Vec<String>,
    /// Library and common code is left out of the pairs.
    pub private_only: bool,
    /// Functions of one of the samples may be missing.
    pub partial: bool,
}

/// The libraries that both samples name.
pub(crate) fn libraries_of_both(a: &[Component], b: &[Component]) -> Vec<String> {
    let both = a.iter().filter(|one| b.iter().any(|other| one.name == other.name));
    let names: BTreeSet<&str> = both.map(|one| one.name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Tells how two samples came to agree.
pub(crate) fn provenance(question: &Question<'_>) -> Provenance {
    let (mut found, telling) = count(question);
    let code = found.exact + found.tokens + found.data_flow + found.aligned;
    let enough = code >= LEAST_PAIRS && telling >= LEAST_PAIRS && found.matched >= LEAST_MATCHED;
    found.origin = match question.same_machine {
        _ if question.partial && (enough || found.anchors >= LEAST_PAIRS) => Origin::Withheld,
        true if enough && found.equal >= SAME => Origin::SameBinary,
        true if enough && found.likeness >= LIKE => Origin::LikeBuild,
        _ if enough => Origin::OtherBuild,
        _ if found.anchors >= LEAST_PAIRS => Origin::DataOnly,
        _ => Origin::Nothing,
    };
    found.source_held = matches!(found.origin, Origin::LikeBuild | Origin::OtherBuild);
    found.reasons = reasons(&found, question);
    found.limits = limits(&found, question);
    found
}

/// Sums up the pairs; also how many of them are more than small like functions.
fn count(question: &Question<'_>) -> (Provenance, u64) {
    let mut found = Provenance::default();
    let mut telling = 0;
    let (mut bytes, mut equal, mut alike) = (0.0, 0.0, 0.0);
    for pair in &question.pairs {
        let tells = pair.how == How::Exact || flow_bits(pair) >= TELLING_BITS;
        let counter = match pair.how {
            How::Exact => &mut found.exact,
            How::Tokens => &mut found.tokens,
            How::DataFlow => &mut found.data_flow,
            How::Anchors | How::Placed | How::CallGraph if tells => &mut found.aligned,
            How::Anchors if (question.traced)(pair) => {
                found.anchors += 1;
                continue;
            }
            How::Anchors | How::Placed | How::CallGraph => continue,
        };
        *counter += 1;
        telling += u64::from(tells);
        let size = f64::from(pair.query.bytes.min(pair.stored.bytes)) * part(pair);
        let is_equal = pair.how == How::Exact;
        bytes += size;
        equal += if is_equal { size } else { 0.0 };
        alike += size * if is_equal { 1.0 } else { jaccard(pair) };
    }
    found.matched = (bytes / question.code_bytes.max(1) as f64).min(1.0);
    (found.equal, found.likeness) = (ratio(equal, bytes), ratio(alike, bytes));
    (found, telling)
}

/// How much of a pair's code agrees: all of it where it was accepted, else what is in common of its data flow.
fn part(pair: &AlignedPair) -> f64 {
    if !matches!(pair.how, How::Anchors | How::Placed | How::CallGraph) {
        return 1.0;
    }
    let share = first_reason(pair, |reason| match *reason {
        Reason::DataFlow { shared, of_query, of_stored, .. } => {
            Some(shared as f64 / of_query.max(of_stored).max(1) as f64)
        }
        _ => None,
    });
    share.min(1.0)
}

/// How alike the instructions of a pair are.
fn jaccard(pair: &AlignedPair) -> f64 {
    first_reason(pair, |reason| if let Reason::Tokens { jaccard } = *reason { Some(jaccard) } else { None })
}

/// What the data flow of a pair has in common, in bits.
fn flow_bits(pair: &AlignedPair) -> f64 {
    first_reason(pair, |reason| if let Reason::DataFlow { bits, .. } = *reason { Some(bits) } else { None })
}

/// What the first reason of a kind says; 0 where there is none.
fn first_reason(pair: &AlignedPair, says: impl Fn(&Reason) -> Option<f64>) -> f64 {
    pair.reasons.iter().find_map(says).unwrap_or(0.0)
}

/// A share in whole per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn reasons(found: &Provenance, question: &Question<'_>) -> Vec<String> {
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
        Origin::DataOnly | Origin::Withheld | Origin::Nothing => {}
        _ if !question.same_machine => reasons.push("they are built for different machines".to_owned()),
        _ => reasons.push(format!("the instructions of the pairs are alike to {}", percent(found.likeness))),
    }
    if found.source_held {
        reasons.push(
            "other instructions that compute the same come from the source, not from copied object code"
                .to_owned(),
        );
    }
    reasons
}

fn limits(found: &Provenance, question: &Question<'_>) -> Vec<String> {
    let mut limits: Vec<&str> = Vec::new();
    let named = format!("both carry library code, which anyone can have: {}", question.libraries.join(", "));
    match found.origin {
        Origin::SameBinary => {
            limits.push("object code can be copied, bought or linked in by anyone who has it")
        }
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
    if !matches!(found.origin, Origin::DataOnly | Origin::Withheld | Origin::Nothing) {
        limits.push("which of the two came first, and who had it from whom, is not told");
        if !question.libraries.is_empty() {
            limits.insert(0, &named);
        }
    }
    limits.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::FunctionRef;

    /// So many pairs of functions of 100 bytes: how, likeness of instructions, bits of data flow.
    type Pairs = (usize, How, f64, f64);

    fn pairs(kinds: &[Pairs]) -> Vec<AlignedPair> {
        let function = || FunctionRef { index: 0, address: 0, bytes: 100, name: None };
        let pair = |&(_, how, jaccard, bits): &Pairs| {
            let flow = Reason::DataFlow { shared: 10, bits, of_query: 20, of_stored: 20 };
            let mut reasons = vec![Reason::Tokens { jaccard }];
            reasons.extend((bits > 0.0).then_some(flow));
            AlignedPair { query: function(), stored: function(), similarity: 0.9, how, reasons }
        };
        kinds.iter().flat_map(|kind| std::iter::repeat_n(pair(kind), kind.0)).collect()
    }

    /// Two samples of 2,000 bytes of code.
    fn found(kinds: &[Pairs], same_machine: bool, traced: bool, libraries: &[&str]) -> Provenance {
        let pairs = pairs(kinds);
        provenance(&Question {
            pairs: pairs.iter().collect(),
            traced: &|_| traced,
            same_machine,
            code_bytes: 2000,
            libraries: libraries.iter().map(|&name| name.to_owned()).collect(),
            private_only: false,
            partial: false,
        })
    }

    #[track_caller]
    fn check(kinds: &[Pairs], same_machine: bool, expected: Origin) {
        let found = found(kinds, same_machine, true, &[]);
        assert_eq!(found.origin, expected, "{found:?}");
        assert_eq!(found.source_held, matches!(expected, Origin::LikeBuild | Origin::OtherBuild));
        assert!(!found.reasons.is_empty() && !found.limits.is_empty());
    }

    #[test]
    fn equal_bytes_for_one_machine_are_the_same_binary_code() {
        check(&[(10, How::Exact, 1.0, 0.0), (1, How::Tokens, 0.8, 90.0)], true, Origin::SameBinary);
    }

    #[test]
    fn some_equal_bytes_among_like_instructions_are_a_like_build() {
        check(&[(5, How::Exact, 1.0, 0.0), (5, How::Tokens, 0.8, 90.0)], true, Origin::LikeBuild);
    }

    #[test]
    fn other_instructions_that_compute_the_same_are_another_build() {
        check(&[(5, How::Tokens, 0.5, 90.0), (5, How::DataFlow, 0.1, 90.0)], true, Origin::OtherBuild);
    }

    #[test]
    fn like_instructions_for_another_machine_are_another_build() {
        check(&[(10, How::Tokens, 0.8, 90.0)], false, Origin::OtherBuild);
    }

    #[test]
    fn neighbours_of_which_the_data_flow_agrees_speak_for_another_build() {
        check(&[(2, How::Tokens, 0.9, 90.0), (4, How::CallGraph, 0.1, 90.0)], true, Origin::OtherBuild);
        check(&[(4, How::Anchors, 0.0, 90.0)], false, Origin::OtherBuild);
    }

    #[test]
    fn the_limits_say_where_neighbours_are_most_of_it() {
        let found = found(&[(2, How::Tokens, 0.9, 90.0), (4, How::CallGraph, 0.1, 90.0)], true, true, &[]);
        let limits = found.limits.join("\n");
        assert!(limits.contains("by place or references, not by their content"), "{limits}");
    }

    #[test]
    fn neighbours_that_compute_little_alike_say_nothing() {
        check(&[(10, How::CallGraph, 0.2, 40.0)], true, Origin::Nothing);
    }

    #[test]
    fn the_same_references_from_code_that_does_not_agree_are_data_only() {
        check(&[(3, How::Anchors, 0.1, 0.0)], true, Origin::DataOnly);
        check(&[(2, How::Anchors, 0.1, 0.0)], true, Origin::Nothing);
    }

    #[test]
    fn data_only_is_not_said_of_code_that_could_not_be_compared() {
        let found = found(&[(9, How::Anchors, 0.1, 0.0)], true, false, &[]);
        assert_eq!(found.origin, Origin::Nothing, "{found:?}");
    }

    #[test]
    fn small_functions_that_compilers_make_alike_say_nothing() {
        check(&[(15, How::Tokens, 0.7, 13.0)], true, Origin::Nothing);
    }

    #[test]
    fn a_small_share_of_the_code_says_nothing() {
        let mut question = pairs(&[(3, How::Tokens, 0.9, 90.0)]);
        question.iter_mut().for_each(|pair| pair.query.bytes = 19);
        let found = provenance(&Question {
            pairs: question.iter().collect(),
            traced: &|_| true,
            same_machine: true,
            code_bytes: 2000,
            libraries: vec![],
            private_only: false,
            partial: false,
        });
        assert_eq!(found.origin, Origin::Nothing, "{found:?}");
    }

    #[test]
    fn of_a_file_read_in_part_nothing_is_told() {
        let pairs = pairs(&[(9, How::Exact, 1.0, 90.0)]);
        let found = |partial| {
            provenance(&Question {
                pairs: pairs.iter().collect(),
                traced: &|_| true,
                same_machine: true,
                code_bytes: 2000,
                libraries: vec![],
                private_only: false,
                partial,
            })
        };
        assert_eq!(found(false).origin, Origin::SameBinary);
        assert_eq!((found(true).origin, found(true).source_held), (Origin::Withheld, false));
    }

    #[test]
    fn the_limits_name_libraries_and_data_flow_that_stands_alone() {
        let found = found(&[(9, How::DataFlow, 0.1, 90.0)], true, true, &["zlib"]);
        let limits = found.limits.join("\n");
        for expected in
            ["which anyone can have: zlib", "data flow alone", "who had it from whom, is not told"]
        {
            assert!(limits.contains(expected), "no `{expected}` in\n{limits}");
        }
    }
}
