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
//! code is only "in part" where both have other code beside it; and where both name a compiler's
//! runtime, only pairs beside it (`runtime`) that are not the same code say something of the source. Where
//! too little is left of them, nothing is told but that both hold the runtime.

mod runtime;
mod words;

pub(crate) use runtime::{Linked, Runtime, libraries_of_both, runtime_of_both};
pub(crate) use words::percent;

use crate::document::{AlignedPair, How, Origin, Provenance, Reason, ratio};

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

/// Pairs beside a runtime that say something, below which nothing is said of them: what starts a program is not told
/// apart from its own code, and comes to 13 functions of that kind in static glibc and to 7 in MinGW.
const LEAST_BESIDE: u64 = 16;

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
    /// A compiler's runtime that both name.
    pub runtime: Option<Runtime>,
    /// Library and common code is left out of the pairs.
    pub private_only: bool,
    /// Functions of one of the samples may be missing.
    pub partial: bool,
}

/// Tells how two samples came to agree.
pub(crate) fn provenance(question: &Question<'_>) -> Provenance {
    let (mut found, telling) = count(question, question.code_bytes, |_| true);
    let enough = is_enough(&found, telling);
    let in_part = if question.others { Origin::SameBinaryPart } else { Origin::SameBinary };
    let beside = question.runtime.as_ref().map(|runtime| Beside::new(question, runtime));
    let same_machine = question.same_machine;
    found.origin = match &beside {
        _ if question.partial && (enough || found.anchors >= LEAST_PAIRS) => Origin::Withheld,
        Some(beside) if beside.speaks && same_machine && beside.likeness >= LIKE => Origin::LikeBuild,
        Some(beside) if beside.speaks => Origin::OtherBuild,
        _ if enough && same_machine && found.equal >= SAME => in_part,
        Some(beside) if enough && same_machine && beside.is_same => in_part,
        Some(_) if enough => Origin::Runtime,
        None if enough && same_machine && found.likeness >= LIKE => Origin::LikeBuild,
        None if enough => Origin::OtherBuild,
        _ if found.anchors >= LEAST_PAIRS => Origin::DataOnly,
        _ => Origin::Nothing,
    };
    found.source_held = matches!(found.origin, Origin::LikeBuild | Origin::OtherBuild);
    found.reasons = words::reasons(&found, question, beside.as_ref());
    found.limits = words::limits(&found, question);
    found
}

/// The same of a sample of which it is not settled that it shares any private code: then nothing is told of how.
pub(crate) fn unsettled(agreed: Provenance) -> Provenance {
    match agreed.origin {
        Origin::LikeBuild | Origin::OtherBuild | Origin::SameBinary | Origin::SameBinaryPart => Provenance {
            origin: Origin::Unsettled,
            source_held: false,
            limits: vec![words::UNSETTLED.to_owned()],
            ..agreed
        },
        _ => agreed,
    }
}

/// What agrees beside a runtime that both samples hold.
struct Beside {
    /// Pairs that are not the same code.
    pairs: u64,
    /// The share of the smaller sample's code beside the runtime that those make up.
    matched: f64,
    /// How alike their instructions are.
    likeness: f64,
    /// They are enough to say something of the source.
    speaks: bool,
    /// The runtime is the same code in both.
    is_same: bool,
}

impl Beside {
    fn new(question: &Question<'_>, runtime: &Runtime) -> Self {
        let bytes = runtime.query.bytes_beside.min(runtime.stored.bytes_beside);
        // with the code that is the same it is told whether that is most of what is beside the runtime
        let (all, _) = count(question, bytes, |pair| runtime.is_beside(pair));
        let (found, telling) = count(question, bytes, |pair| runtime.is_beside(pair) && !is_same_code(pair));
        Beside {
            pairs: found.tokens + found.data_flow + found.aligned,
            matched: found.matched,
            likeness: found.likeness,
            speaks: telling >= LEAST_BESIDE && is_enough(&found, telling) && all.equal < SAME,
            is_same: runtime.is_same,
        }
    }
}

/// Whether two functions are one compiler's output: equal bytes, or all that differs is what a linker fills in.
fn is_same_code(pair: &AlignedPair) -> bool {
    let is_linked_again = pair.query.bytes == pair.stored.bytes && jaccard(pair) >= 1.0;
    pair.reasons.contains(&Reason::Exact) || is_linked_again
}

/// Whether enough agrees to say something of where it came from.
fn is_enough(found: &Provenance, telling: u64) -> bool {
    let code = found.exact + found.tokens + found.data_flow + found.aligned;
    code >= LEAST_PAIRS && telling >= LEAST_PAIRS && found.matched >= LEAST_MATCHED
}

/// Sums up the pairs that count; also how many of them are more than small like functions.
fn count(
    question: &Question<'_>,
    code_bytes: u64,
    counts: impl Fn(&AlignedPair) -> bool,
) -> (Provenance, u64) {
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
    found.matched = (bytes / code_bytes.max(1) as f64).min(1.0);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::FunctionRef;
    use cognate_fingerprint::Component;

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
            runtime: None,
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
            runtime: None,
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
                runtime: None,
                private_only: false,
                partial,
            })
        };
        assert_eq!(found(false).origin, Origin::SameBinary);
        assert_eq!((found(true).origin, found(true).source_held), (Origin::Withheld, false));
    }

    /// Samples of 600 functions of 100 bytes that both hold a runtime: from number 300 on, with its marks at 340 and 400. The
    /// pairs are one to one, from a number on.
    fn with_runtime(name: &str, kinds: &[(u32, Pairs)], same_machine: bool) -> Origin {
        let mut all = Vec::new();
        for (first, kind) in kinds {
            for (index, mut pair) in (*first..).zip(pairs(&[*kind])) {
                (pair.query.index, pair.stored.index) = (index, index);
                // built otherwise, it has not the same size
                pair.stored.bytes += u32::from(pair.how != How::Exact);
                pair.reasons.extend((pair.how == How::Exact).then_some(Reason::Exact));
                all.push(pair);
            }
        }
        let component =
            Component { name: name.to_owned(), functions: vec![340, 400], ..Component::default() };
        let runtime = [component];
        let linked = || {
            let callees = |at: u32| if at == 340 { [300].as_slice() } else { &[] };
            let functions = (0..600).map(|at| (100, callees(at))).collect();
            Linked { components: &runtime, functions }
        };
        let found = provenance(&Question {
            pairs: all.iter().collect(),
            traced: &|_| true,
            others: true,
            same_machine,
            code_bytes: 60_000,
            libraries: libraries_of_both(&runtime, &runtime),
            runtime: runtime_of_both(&linked(), &linked(), &all),
            private_only: false,
            partial: false,
        });
        found.origin
    }

    const GLIBC: &str = "glibc";
    /// All functions of the runtime, equal.
    const EQUAL: (u32, Pairs) = (300, (300, How::Exact, 1.0, 0.0));
    /// The same, of another build.
    const UNLIKE: (u32, Pairs) = (300, (300, How::Tokens, 0.7, 90.0));
    /// Functions of the programs, of other builds.
    const OWN: (u32, Pairs) = (100, (20, How::DataFlow, 0.2, 90.0));

    #[test]
    fn an_equal_runtime_alone_is_the_same_in_part() {
        assert_eq!(with_runtime(GLIBC, &[EQUAL], true), Origin::SameBinaryPart);
    }

    #[test]
    fn a_runtime_in_two_builds_says_nothing_of_the_source() {
        assert_eq!(with_runtime(GLIBC, &[UNLIKE], true), Origin::Runtime);
        assert_eq!(with_runtime(GLIBC, &[UNLIKE], false), Origin::Runtime);
    }

    #[test]
    fn what_is_beside_a_runtime_speaks_of_the_source_whether_the_runtime_is_equal_or_not() {
        assert_eq!(with_runtime(GLIBC, &[EQUAL, OWN], true), Origin::OtherBuild);
        assert_eq!(with_runtime(GLIBC, &[UNLIKE, OWN], false), Origin::OtherBuild);
        let alike = (100, (20, How::Tokens, 0.8, 90.0));
        assert_eq!(with_runtime(GLIBC, &[UNLIKE, alike], true), Origin::LikeBuild);
    }

    #[test]
    fn what_starts_a_program_is_too_little_beside_a_runtime() {
        let few = (0, (13, How::Tokens, 0.9, 90.0));
        assert_eq!(with_runtime(GLIBC, &[UNLIKE, few], true), Origin::Runtime);
        assert_eq!(with_runtime(GLIBC, &[EQUAL, few], true), Origin::SameBinaryPart);
    }

    #[test]
    fn code_that_only_a_linker_made_differ_is_the_same_code() {
        assert!(pairs(&[(1, How::Tokens, 1.0, 90.0)]).iter().all(is_same_code));
        assert!(!pairs(&[(1, How::Tokens, 0.9, 90.0)]).iter().any(is_same_code));
    }

    #[test]
    fn of_a_runtime_that_is_not_told_apart_only_an_equal_one_leaves_something_beside() {
        assert_eq!(with_runtime("Go standard library", &[UNLIKE, OWN], true), Origin::Runtime);
        let equal = (340, (70, How::Exact, 1.0, 0.0));
        assert_eq!(with_runtime("Go standard library", &[equal, OWN], true), Origin::OtherBuild);
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
