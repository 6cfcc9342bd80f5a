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
//!
//! Unrelated programs that link one runtime share most of their bytes. So the same binary
//! code is only "in part" where both have other code beside it; and where both name a
//! compiler's runtime, only pairs that are not equal say something of the source, and these
//! only where the runtime's own functions are equal: else they may be that runtime in two builds.

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

/// Components that a compiler puts into every program that it links statically.
const RUNTIMES: [&str; 7] = [
    "glibc (static)",
    "musl",
    "mingw-w64 runtime",
    "MSVC C runtime",
    "Rust standard library",
    "Go runtime",
    ".NET runtime",
];

/// What is asked of two samples put side by side.
pub(crate) struct Question<'a> {
    /// The pairs that count.
    pub pairs: Vec<&'a AlignedPair>,
    /// Whether the data flow of both functions of a pair is known.
    pub traced: &'a dyn Fn(&AlignedPair) -> bool,
    /// Both samples have functions that say something and have no equal in the other.
    pub others: bool,
    /// Both samples are for one instruction set.
    pub same_machine: bool,
    /// Bytes of the smaller sample's code.
    pub code_bytes: u64,
    /// Libraries that both name.
    pub libraries: Vec<String>,
    /// What is known of a compiler's runtime in both.
    pub runtime: Runtime,
    /// Library and common code is left out of the pairs.
    pub private_only: bool,
    /// Functions of one of the samples may be missing.
    pub partial: bool,
}

/// What two samples have of one compiler's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// They name none that both have.
    NotInBoth,
    /// Its functions that name it are equal in both.
    Equal,
    /// They are not, or were not found in both.
    Unlike,
}

/// The libraries that both samples name.
pub(crate) fn libraries_of_both(a: &[Component], b: &[Component]) -> Vec<String> {
    let names: BTreeSet<&str> = in_both(a, b).map(|one| one.name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// What all pairs of two samples tell of a runtime in both.
pub(crate) fn runtime_of_both(a: &[Component], b: &[Component], pairs: &[AlignedPair]) -> Runtime {
    let mut runtimes = in_both(a, b).filter(|one| RUNTIMES.contains(&one.name.as_str())).peekable();
    if runtimes.peek().is_none() {
        return Runtime::NotInBoth;
    }
    let marked: BTreeSet<u32> = runtimes.flat_map(|one| one.functions.iter().copied()).collect();
    let mut marked = pairs.iter().filter(|pair| marked.contains(&pair.query.index)).peekable();
    let found = marked.peek().is_some();
    match found && marked.all(|pair| pair.reasons.contains(&Reason::Exact)) {
        true => Runtime::Equal,
        false => Runtime::Unlike,
    }
}

fn in_both<'c>(a: &'c [Component], b: &'c [Component]) -> impl Iterator<Item = &'c Component> {
    a.iter().filter(|one| b.iter().any(|other| one.name == other.name))
}

/// Tells how two samples came to agree.
pub(crate) fn provenance(question: &Question<'_>) -> Provenance {
    let (mut found, telling) = count(question, |_| true);
    let enough = is_enough(&found, telling);
    // Beside a runtime that is equal only what is not equal speaks of the source.
    let (beside, beside_telling) =
        count(question, |pair| question.runtime == Runtime::NotInBoth || pair.how != How::Exact);
    let in_part = if question.others { Origin::SameBinaryPart } else { Origin::SameBinary };
    found.origin = match question.same_machine {
        _ if question.partial && (enough || found.anchors >= LEAST_PAIRS) => Origin::Withheld,
        true if enough && found.equal >= SAME => in_part,
        _ if enough && question.runtime == Runtime::Unlike => Origin::Runtime,
        true if enough && !is_enough(&beside, beside_telling) => in_part,
        true if enough && beside.likeness >= LIKE => Origin::LikeBuild,
        _ if enough => Origin::OtherBuild,
        _ if found.anchors >= LEAST_PAIRS => Origin::DataOnly,
        _ => Origin::Nothing,
    };
    found.source_held = matches!(found.origin, Origin::LikeBuild | Origin::OtherBuild);
    found.reasons = reasons(&found, question);
    found.limits = limits(&found, question);
    found
}

/// Whether enough agrees to say something of where it came from.
fn is_enough(found: &Provenance, telling: u64) -> bool {
    let code = found.exact + found.tokens + found.data_flow + found.aligned;
    code >= LEAST_PAIRS && telling >= LEAST_PAIRS && found.matched >= LEAST_MATCHED
}

/// Sums up the pairs that count; also how many of them are more than small like functions.
fn count(question: &Question<'_>, counts: impl Fn(&AlignedPair) -> bool) -> (Provenance, u64) {
    let mut found = Provenance::default();
    let mut telling = 0;
    let (mut bytes, mut equal, mut alike) = (0.0, 0.0, 0.0);
    for pair in question.pairs.iter().filter(|pair| counts(pair)) {
        let tells = pair.how == How::Exact || flow_bits(pair) >= TELLING_BITS;
        let counter = match pair.how {
            How::Exact => &mut found.exact,
            How::Tokens => &mut found.tokens,
            How::DataFlow => &mut found.data_flow,
            // looked for among all functions: what unrelated small programs have most alike comes out so
            How::Placed => continue,
            How::Anchors | How::CallGraph if tells => &mut found.aligned,
            How::Anchors if (question.traced)(pair) => {
                found.anchors += 1;
                continue;
            }
            How::Anchors | How::CallGraph => continue,
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
        Origin::DataOnly | Origin::Withheld | Origin::Nothing | Origin::Runtime => {}
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
            others: false,
            same_machine,
            code_bytes: 2000,
            libraries: libraries.iter().map(|&name| name.to_owned()).collect(),
            runtime: Runtime::NotInBoth,
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
            others: false,
            same_machine: true,
            code_bytes: 2000,
            libraries: vec![],
            runtime: Runtime::NotInBoth,
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
                others: false,
                same_machine: true,
                code_bytes: 2000,
                libraries: vec![],
                runtime: Runtime::NotInBoth,
                private_only: false,
                partial,
            })
        };
        assert_eq!(found(false).origin, Origin::SameBinary);
        assert_eq!((found(true).origin, found(true).source_held), (Origin::Withheld, false));
    }

    /// Samples that both name a runtime, whose function that names it is the first pair.
    fn with_runtime(kinds: &[Pairs], same_machine: bool) -> Origin {
        let mut pairs = pairs(kinds);
        for (index, pair) in (0..).zip(&mut pairs) {
            pair.query.index = index;
            pair.reasons.extend((pair.how == How::Exact).then_some(Reason::Exact));
        }
        let runtime = [Component {
            name: "glibc (static)".to_owned(),
            functions: vec![0],
            ..Component::default()
        }];
        let found = provenance(&Question {
            pairs: pairs.iter().collect(),
            traced: &|_| true,
            others: true,
            same_machine,
            code_bytes: 2000,
            libraries: libraries_of_both(&runtime, &runtime),
            runtime: runtime_of_both(&runtime, &runtime, &pairs),
            private_only: false,
            partial: false,
        });
        found.origin
    }

    #[test]
    fn equal_code_beside_code_that_differs_is_the_same_in_part() {
        let pairs = [(10, How::Exact, 1.0, 0.0), (1, How::Tokens, 0.8, 90.0)];
        assert_eq!(with_runtime(&pairs, true), Origin::SameBinaryPart);
    }

    #[test]
    fn a_runtime_in_two_builds_says_nothing_of_the_source() {
        assert_eq!(with_runtime(&[(10, How::Tokens, 0.8, 90.0)], true), Origin::Runtime);
        assert_eq!(with_runtime(&[(10, How::DataFlow, 0.1, 90.0)], false), Origin::Runtime);
    }

    #[test]
    fn beside_an_equal_runtime_only_what_is_not_equal_speaks_of_the_source() {
        let runtime = (10, How::Exact, 1.0, 0.0);
        assert_eq!(with_runtime(&[runtime, (5, How::Tokens, 0.4, 90.0)], true), Origin::OtherBuild);
        assert_eq!(with_runtime(&[runtime, (2, How::Tokens, 0.4, 90.0)], true), Origin::SameBinaryPart);
    }

    #[test]
    fn what_only_content_and_place_together_make_says_nothing_of_the_source() {
        assert_eq!(found(&[(9, How::Placed, 0.3, 90.0)], true, true, &[]).origin, Origin::Nothing);
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
