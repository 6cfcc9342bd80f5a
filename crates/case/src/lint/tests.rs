#![allow(clippy::unwrap_used)]

use super::{RULES, lint};
use crate::model::Case;
use std::collections::BTreeSet;

/// A case without any finding.
const CASE: &str = include_str!("tests.toml");

/// Another item, as far as a test does not say otherwise.
const ITEM: &str = r#"
[[evidence]]
id = "extra"
title = "One more"
kind = "tradecraft"
aspect = "telemetry"
observation = "Doors were opened at night by people with keys of their own, and closed again before dawn."
source = "vendor"
credibility = 2
reported = 2024-05-20
forgeability = "high"
shareability = "private"
rationale = "Few have keys."
likelihood = { unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3 }
"#;

/// What is changed: every occurrence of the first by the second; "+" appends.
type Edits = &'static [(&'static str, &'static str)];

fn edited(edits: Edits) -> String {
    edits.iter().fold(CASE.to_owned(), |text, (from, to)| match *from {
        "+" => text + to,
        "+item" => {
            let (from, to) = to.split_once("=>").unwrap();
            assert!(ITEM.contains(from), "the item has no {from:?}");
            text + &ITEM.replace(from, to)
        }
        from => {
            assert!(text.contains(from), "the case has no {from:?}");
            text.replace(from, to)
        }
    })
}

fn found(edits: Edits) -> Vec<(String, String)> {
    let text = edited(edits);
    let case = Case::parse(&text).unwrap_or_else(|error| panic!("{edits:?}: {error}"));
    lint(&case).into_iter().map(|finding| (finding.rule, finding.subject)).collect()
}

#[track_caller]
fn finds(rule: &str, subject: &str, edits: Edits) {
    let found = found(edits);
    assert!(
        found.contains(&(rule.to_owned(), subject.to_owned())),
        "{rule} at {subject} not among {found:?}"
    );
}

#[track_caller]
fn misses(rule: &str, edits: Edits) {
    let found = found(edits);
    assert!(found.iter().all(|(other, _)| other != rule), "{rule} among {found:?}");
}

/// For every rule: its name, what it is said of, and the change that makes it speak.
const FIRE: &[(&str, &str, Edits)] = &[
    (
        "few-candidates",
        "books",
        &[
            (
                "[[candidate]]\nid = \"paper-clip\"\nname = \"Paper Clip\"\n[candidate.prior]\nuntasked = 0.05\ncontractor = 0.01\nreuse = 0.02\nfalse-flag = 0.02\nreason = \"They sell ledgers.\"\n",
                "",
            ),
            ("prior = 0.80", "prior = 0.90"),
            (", paper-clip = 0.4, lazarus", ", lazarus"),
            (", paper-clip = 0.4", ", lazarus = 0.02"),
        ],
    ),
    ("unlisted-low", "unlisted", &[("prior = 0.80", "prior = 0.04"), ("untasked = 0.05", "untasked = 0.81")]),
    (
        "no-contractor",
        "paper-clip",
        &[("contractor = 0.01\nreuse = 0.02\nfalse-flag = 0.02", "reuse = 0.03\nfalse-flag = 0.02")],
    ),
    (
        "not-asked",
        "paper-clip",
        &[
            ("prior = 0.80", "prior = 0.82"),
            ("contractor = 0.01\nreuse = 0.02\nfalse-flag = 0.02\n", "contractor = 0.01\nreuse = 0.02\n"),
        ],
    ),
    ("sponsor-on-prior", "lazarus", &[("tasked = 0.1, untasked = 0.02", "tasked = 0.1, untasked = 0.1")]),
    (
        "retold",
        "extra",
        &[
            ("+item", "source = \"vendor\"=>source = \"press\""),
            ("lazarus = 0.2, paper-clip = 0.3", "lazarus = 0.3"),
            ("tradecraft", "code"),
        ],
    ),
    (
        "retold",
        "extra",
        &[("+item", "lazarus = 0.2, paper-clip = 0.3=>paper-clip = 0.3"), ("tradecraft", "judgement")],
    ),
    ("not-found", "extra", &[("+item", "lazarus = 0.2=>lazarus = 0.9"), ("tradecraft", "not-found")]),
    ("not-judged", "extra", &[("+item", "{ unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3 }=>{}")]),
    (
        "word-beside-number",
        "extra",
        &[
            (
                "+item",
                "unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3=>unlisted = \"neutral\", lazarus = \"for\"",
            ),
            (
                "+",
                "[[evidence.judgement]]\nby = \"other\"\nrationale = \"r\"\nlikelihood = { unlisted = 0.6 }\n[[analyst]]\nid = \"other\"\nname = \"O\"\n",
            ),
        ],
    ),
    (
        "word-beside-number",
        "extra",
        &[("+item", "unlisted = 0.05, lazarus = 0.2,=>unlisted = \"neutral\", lazarus = \"for\",")],
    ),
    ("unmentioned-candidate", "paper-clip", &[("paper-clip = 0.4, ", ""), (", paper-clip = 0.4", "")]),
    ("foreign-id", "lazarus", &[("G0032", "G0016")]),
    ("foreign-id", "lazarus", &[("68391641-859f-4a9a-9a1e-3e5cf71ec376", "G0032")]),
    ("unknown-id", "lazarus", &[("G0032", "G9999")]),
    ("ambiguous-name", "paper-clip", &[("\"Paper Clip\"", "\"Grizzly Steppe\"")]),
    (
        "unused",
        "idle",
        &[(
            "+",
            "\n[[source]]\nid = \"idle\"\nname = \"Idle\"\nkind = \"other\"\nreliability = \"F\"\nreason = \"Unknown.\"\n",
        )],
    ),
    ("unused", "idle", &[("+", "\n[[analyst]]\nid = \"idle\"\nname = \"Idle\"\n")]),
    ("unused", "idle", &[("+", "\n[[group]]\nid = \"idle\"\ncorrelation = 0.5\nreason = \"None.\"\n")]),
    (
        "lone-group",
        "alone",
        &[
            ("+", "\n[[group]]\nid = \"alone\"\ncorrelation = 0.5\nreason = \"None.\"\n"),
            ("forgeability = \"trivial\"", "forgeability = \"trivial\"\ngroup = \"alone\""),
        ],
    ),
    ("self-graded", "vendor", &[("our desk", "vendor")]),
    ("self-graded", "vendor", &[("our desk", "a vendor ")]),
    ("self-graded", "vendor", &[("our desk", "Vera Speaker")]),
    ("self-judged", "extra", &[("+item", "rationale=>judged-by = \"speaker\"\nrationale")]),
    ("observed-after-report", "shared-code", &[("observed = 2024-05-02", "observed = 2024-05-05")]),
    ("judged-before-report", "shared-code", &[("date = 2024-05-04", "date = 2024-05-01")]),
    ("before-incident", "spelling", &[("2024-05-07", "2024-04-07")]),
    (
        "settled-before-incident",
        "books",
        &[("+", "[outcome]\nactor = \"lazarus\"\ndate = 2024-04-30\nreason = \"A verdict.\"\n")],
    ),
    (
        "parted-group",
        "code",
        &[
            (
                "likelihood = { unlisted = 0.02, lazarus = 0.5 }",
                "likelihood = { unlisted = 0.02, lazarus = 0.5, paper-clip = 0.49 }",
            ),
            (
                "likelihood = { unlisted = 0.05, lazarus = 0.5 }",
                "likelihood = { unlisted = 0.05, lazarus = 0.5, paper-clip = 0.49 }",
            ),
            (
                "+item",
                "likelihood = { unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3 }=>group = \"code\"\nlikelihood = { unlisted = 0.05, lazarus = 0.5, paper-clip = 0.05 }",
            ),
        ],
    ),
    (
        "alike-sources",
        "press",
        &[("\"A Paper\"", "\"A Vendor, Research\""), ("\"press\"\nreliability", "\"vendor\"\nreliability")],
    ),
    ("no-tlp", "books", &[("tlp = \"green\"\n", "")]),
    (
        "stricter-tlp",
        "spelling",
        &[("forgeability = \"trivial\"", "forgeability = \"trivial\"\ntlp = \"amber\"")],
    ),
    ("not-diagnostic", "spelling", &[("tasked = 0.35, untasked = 0.35", "tasked = 0.25, untasked = 0.25")]),
    ("names-a-state", "spelling", &[("untasked = 0.35", "untasked = 0.25")]),
    (
        "names-a-state",
        "spelling",
        &[("kind = \"language\"", "kind = \"metadata\""), ("untasked = 0.35", "untasked = 0.25")],
    ),
    (
        "overclaim",
        "sold-ledgers",
        &[("unlisted = 0.05, paper-clip = 0.4", "unlisted = 0.0003, paper-clip = 0.4")],
    ),
    ("no-false-flag-judgement", "spelling", &[("forgeability = \"trivial\"\n", "")]),
    ("no-false-flag-judgement", "extra", &[("+item", "shareability = \"private\"\n=>")]),
    ("below-measured", "match", &[("unlisted = 0.03", "unlisted = 0.01")]),
    (
        "default-likelihood",
        "match",
        &[("Measured, and", "Default of `cognate case add-match`, to be judged: Measured, and")],
    ),
    (
        "diagnostic-denial",
        "extra",
        &[("+item", "source = \"vendor\"=>source = \"ministry\""), ("tradecraft", "statement")],
    ),
    (
        "forgeable-strongest",
        "shared-code",
        &[(
            "forgeability = \"moderate\"\nshareability = \"private\"\njudged-by",
            "forgeability = \"low\"\nshareability = \"private\"\njudged-by",
        )],
    ),
    ("one-sided", "lazarus", &[(", lazarus = 0.02", ""), ("paper-clip = 0.4", "lazarus = 0.4")]),
    (
        "lone-origin",
        "sold-ledgers",
        &[(
            "credibility = 3\nreported = 2024-05-06",
            "credibility = 3\norigin = \"sharedcode\"\nreported = 2024-05-06",
        )],
    ),
    (
        "circular-origin",
        "shared-code",
        &[("credibility = 2\nobserved", "credibility = 2\norigin = \"shared-code-again\"\nobserved")],
    ),
    (
        "copy-judged-apart",
        "shared-code-again",
        &[(
            "rationale = \"As the original.\"\nlikelihood = { unlisted = 0.02",
            "rationale = \"Otherwise.\"\nlikelihood = { unlisted = 0.03",
        )],
    ),
    (
        "same-artefacts",
        "extra",
        &[("+item", "source =>artefacts = [\"BB22\", \"aa11\"]\nsource "), ("tradecraft", "code")],
    ),
    (
        "same-words",
        "extra",
        &[(
            "+item",
            "Doors were opened at night by people with keys of their own, and closed again before dawn.=>a shop which Paper Clip runs sold a ledger with the same covers two weeks earlier",
        )],
    ),
    (
        "same-report",
        "extra",
        &[
            ("+item", "2024-05-20=>2024-05-06"),
            (
                "source = \"vendor\"\ncredibility = 2\nreported",
                "source = \"press\"\ncredibility = 2\nreported",
            ),
            ("tradecraft", "financial"),
        ],
    ),
    (
        "same-code",
        "extra",
        &[
            ("+item", "source =>artefacts = [\"dd44\"]\nsource "),
            (
                "+",
                "[evidence.measured]\nquery = \"dd44\"\nrelative = \"Clip\"\nfunctions = 3\nevidence-bits = 500.0\nfamilies = 100\nother-families = 0\nunrelated = 0.03\nfingerprint-version = 1\n",
            ),
        ],
    ),
    ("echo", "extra", &[("+item", "source =>artefacts = [\"cc33\"]\nsource "), ("tradecraft", "judgement")]),
    ("empty-text", "unlisted", &[("Nobody is known to write such things.", " ")]),
    ("empty-text", "match", &[("Measured, and judged by the desk.", "TODO: judge it")]),
    ("mixed-sentence", "books", &[("hand. Confidence", "hand, and confidence")]),
    ("mixed-sentence", "spelling", &[("Fits many.", "We have moderate confidence that it is Unlikely.")]),
];

/// What comes close to a rule without being meant by it.
const QUIET: &[(&str, Edits)] = &[
    ("unlisted-low", &[("prior = 0.80", "prior = 0.05"), ("untasked = 0.05", "untasked = 0.80")]),
    ("foreign-id", &[("Lazarus Group", "HIDDEN COBRA")]),
    ("ambiguous-name", &[("\"Paper Clip\"", "\"Nobody Has This Name\"")]),
    ("self-graded", &[("our desk", "press")]),
    ("self-judged", &[("+item", "rationale=>judged-by = \"desk\"\nrationale")]),
    ("observed-after-report", &[("observed = 2024-05-02", "observed = 2024-05-03")]),
    ("before-incident", &[("reported = 2024-05-07", "observed = 2023-01-01\nreported = 2024-04-07")]),
    (
        "settled-before-incident",
        &[("+", "[outcome]\nactor = \"lazarus\"\ndate = 2024-05-01\nreason = \"A verdict.\"\n")],
    ),
    (
        "parted-group",
        &[(
            "+item",
            "likelihood = { unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3 }=>group = \"code\"\nlikelihood = { unlisted = 0.05, lazarus = 0.3 }",
        )],
    ),
    ("alike-sources", &[("\"A Paper\"", "\"A Vendor, Research\"")]),
    ("stricter-tlp", &[("forgeability = \"trivial\"", "forgeability = \"trivial\"\ntlp = \"clear\"")]),
    (
        "names-a-state",
        &[("kind = \"language\"", "kind = \"intelligence\""), ("untasked = 0.35", "untasked = 0.25")],
    ),
    (
        "no-false-flag-judgement",
        &[
            ("forgeability = \"trivial\"\nshareability = \"public\"\n", ""),
            ("untasked = 0.35", "untasked = 0.35, reuse = 0.3, false-flag = 0.3"),
        ],
    ),
    (
        "no-false-flag-judgement",
        &[("forgeability = \"low\"\nshareability = \"public\"\njudged-by", "judged-by")],
    ),
    (
        "diagnostic-denial",
        &[
            ("+item", "source = \"vendor\"=>source = \"ministry\""),
            ("tradecraft", "statement"),
            ("unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3", "unlisted = 0.9, lazarus = 0.9"),
        ],
    ),
    (
        "forgeable-strongest",
        &[(
            "forgeability = \"moderate\"\nshareability = \"private\"\nrationale = \"Few",
            "forgeability = \"low\"\nshareability = \"private\"\nrationale = \"Few",
        )],
    ),
    (
        "lone-origin",
        &[
            (
                "credibility = 3\nreported = 2024-05-06",
                "credibility = 3\norigin = \"a-shop\"\nreported = 2024-05-06",
            ),
            (
                "credibility = 3\nreported = 2024-05-07",
                "credibility = 3\norigin = \"a-shop\"\nreported = 2024-05-07",
            ),
        ],
    ),
    (
        "same-artefacts",
        &[
            ("+item", "source =>group = \"code\"\nartefacts = [\"bb22\", \"aa11\"]\nsource "),
            ("tradecraft", "code"),
        ],
    ),
    (
        "not-judged",
        &[("+item", "{ unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3 }=>{ unlisted = \"neutral\" }")],
    ),
    ("not-diagnostic", &[("+item", "{ unlisted = 0.05, lazarus = 0.2, paper-clip = 0.3 }=>{}")]),
    (
        "word-beside-number",
        &[(
            "+item",
            "lazarus = 0.2, paper-clip = 0.3=>lazarus = \"for\", paper-clip = { tasked = \"for\", untasked = 0.3 }",
        )],
    ),
    ("same-artefacts", &[("+item", "source =>artefacts = [\"bb22\"]\nsource "), ("tradecraft", "code")]),
    ("same-words", &[("+item", "2024-05-20=>2024-05-21")]),
    (
        "same-words",
        &[
            ("+item", "source =>origin = \"sold-ledgers\"\nsource "),
            (
                "Doors were opened at night by people with keys of their own, and closed again before dawn.",
                "A shop that Paper Clip runs sold a ledger with the same covers two weeks earlier.",
            ),
        ],
    ),
    (
        "same-report",
        &[
            ("+item", "2024-05-20=>2024-05-06"),
            (
                "source = \"vendor\"\ncredibility = 2\nreported",
                "source = \"press\"\ncredibility = 2\nreported",
            ),
        ],
    ),
    (
        "echo",
        &[
            ("+item", "source =>artefacts = [\"cc33\"]\norigin = \"match\"\nsource "),
            ("tradecraft", "judgement"),
        ],
    ),
    (
        "copy-judged-apart",
        &[(
            "rationale = \"As the original.\"\nlikelihood = { unlisted = 0.02, lazarus = 0.5 }",
            "rationale = \"Nothing new.\"\nlikelihood = { unlisted = 0.5 }",
        )],
    ),
    ("retold", &[("+item", "lazarus = 0.2, paper-clip = 0.3=>paper-clip = 0.3")]),
    (
        "retold",
        &[
            ("+item", "source = \"vendor\"=>origin = \"sold-ledgers\"\nsource = \"vendor\""),
            ("lazarus = 0.2, paper-clip = 0.3", "paper-clip = 0.3"),
            ("tradecraft", "judgement"),
        ],
    ),
    ("not-found", &[("+item", "kind = \"tradecraft\"=>kind = \"not-found\"")]),
    ("mixed-sentence", &[("Fits many.", "They say \\\"likely, with high confidence\\\" and no more.")]),
];

#[test]
fn a_sound_case_has_no_finding() {
    assert_eq!(found(&[]), []);
}

#[test]
fn every_rule_speaks_where_it_should() {
    for &(rule, subject, edits) in FIRE {
        finds(rule, subject, edits);
    }
}

#[test]
fn no_rule_speaks_of_what_only_comes_close() {
    for &(rule, edits) in QUIET {
        misses(rule, edits);
    }
}

#[test]
fn every_rule_has_a_case_that_makes_it_speak_and_a_name_of_its_own() {
    let listed: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(listed.len(), RULES.len());
    let tried: BTreeSet<&str> = FIRE.iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(tried, listed);
    assert!(RULES.iter().all(|rule| !rule.means.is_empty()));
}

#[test]
fn findings_come_by_place_and_then_by_rule() {
    let text = edited(&[
        ("Few shops sell such covers.", ""),
        ("forgeability = \"moderate\"\n", ""),
        ("prior = 0.80", "prior = 0.04"),
        ("untasked = 0.05", "untasked = 0.81"),
    ]);
    let findings = lint(&Case::parse(&text).unwrap());
    assert!(findings.len() > 3);
    assert!(findings.is_sorted_by_key(|finding| (finding.place, finding.rule.clone())));
}

#[test]
fn likelihood_and_confidence_in_one_sentence_are_told_from_two_sentences_and_quotations() {
    let together = [
        "It is likely, with moderate confidence, that they did it.",
        "First. We are confident that it is very unlikely! Last.",
        "Confidence is high that there is an 80 % chance.",
        "An unclosed \" quotation: likely with high confidence.",
        "It is\nlikely with\nhigh confidence.",
    ];
    let apart = [
        "It is likely. Confidence is moderate.",
        "They wrote \u{201c}likely with high confidence\u{201d}.",
        "The likely\u{00e4} confidence.",
        "The 90 % confidence interval is wide.",
        "Confidence is low?\n\nLikely they did it.",
        "",
    ];
    for text in together {
        assert!(crate::mixed_sentence(text).is_some(), "{text}");
    }
    for text in apart {
        let found = crate::mixed_sentence(text);
        assert!(found.is_none() || text.contains('%'), "{found:?}");
    }
}

#[test]
fn ten_thousand_items_are_looked_over_in_linear_time() {
    let mut text = CASE.to_owned();
    for number in 0..10_000 {
        text.push_str(&ITEM.replace("extra", &format!("extra-{number}")));
    }
    let case = Case::parse(&text).unwrap();
    let start = std::time::Instant::now();
    let findings = lint(&case);
    // All are alike: each but the first is said to repeat another, and no more.
    assert!((9_999..40_000).contains(&findings.len()), "{}", findings.len());
    // Seconds without optimisation on a busy machine; a comparison of all pairs would take minutes.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
