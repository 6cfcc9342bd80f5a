//! What `compare` shows of data flow, as text and as JSON that its schema allows.

use cognate_base::{Gap, Place, SampleId};
use cognate_binary::{Arch, Format};
use cognate_documents::{
    AlignedPair, ComparedSample, Comparison, FunctionRef, Holds, How, InlinedPair, Origin, Provenance,
    Reason, Share,
};
use cognate_report::schema::schema;
use cognate_report::{CompareDocument, Document, Style};

fn function(index: u32, name: Option<&str>) -> FunctionRef {
    FunctionRef { index, address: 0x1000 + u64::from(index), bytes: 100, name: name.map(Into::into) }
}

fn side() -> ComparedSample {
    ComparedSample {
        id: SampleId::of(b"a"),
        format: Format::Elf,
        arch: Arch::Aarch64,
        functions: 4,
        code_bytes: 400,
        components: vec![],
        partial: false,
        exact: Share::default(),
        matched: Share::default(),
        matched_and_aligned: Share::default(),
        unmatched: vec![],
    }
}

/// One pair by data flow and `inlined` bodies, in turn in B and in A.
fn document(inlined: u32) -> CompareDocument {
    let rows = (0..inlined).map(|at| InlinedPair {
        query: function(at, Some("copy\u{1b}")),
        stored: function(at + 100, None),
        holds: if at % 2 == 0 { Holds::QueryInStored } else { Holds::StoredInQuery },
        contained: 0.75,
        shared: 12,
        bits: 96.4,
        called: at == 0,
    });
    let reasons = vec![
        Reason::DataFlow { shared: 1, bits: 11.6, of_query: 9, of_stored: 8 },
        Reason::Inlined { holds: Holds::StoredInQuery, contained: 0.8 },
    ];
    let (query, stored) = (function(1, None), function(2, None));
    let pair = AlignedPair { query, stored, similarity: 0.6, how: How::DataFlow, reasons };
    let provenance = Provenance {
        origin: Origin::OtherBuild,
        reasons: vec!["one reason".into()],
        limits: vec!["both carry zli\u{1b}b".into()],
        ..Provenance::default()
    };
    let inlined = rows.collect();
    let (pairs, left_out) = (vec![pair], vec![]);
    let comparison = Comparison { schema: 1, a: side(), b: side(), provenance, pairs, inlined, left_out };
    CompareDocument {
        name_a: "a".into(),
        name_b: "b".into(),
        gaps_a: vec![],
        gaps_b: vec![],
        comparison,
        nearest: None,
        listings: vec![],
        shown: 5,
    }
}

fn text(inlined: u32) -> String {
    document(inlined).text(&Style { width: 160, ..Style::default() })
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert!(text.contains(expected), "no `{expected}` in\n{text}");
}

#[test]
fn a_pair_by_data_flow_says_so_and_why() {
    let text = text(0);
    check(&text, "data flow");
    check(&text, "data flow: 1 expression in common, 12 bits; 80.0 % of the other's body is found inside it");
    assert!(!text.contains("found inside functions"), "nothing was inlined");
}

#[test]
fn how_they_came_to_agree_is_told_with_why_and_with_what_limits_it() {
    let text = text(0);
    check(
        &text,
        "how they came to agree\n  same source, built otherwise (another compiler, level or machine)",
    );
    check(&text, "  - one reason\n  what limits that\n  - both carry zli\\u{1b}b\n");
}

#[test]
fn a_body_stands_before_the_function_that_holds_it_whichever_side_that_is_on() {
    let text = text(2);
    check(&text, "bodies found inside functions of the other (no evidence)");
    check(&text, "A 0x1000 copy\\u{1b}  B 0x1064");
    check(&text, "B 0x1065");
    check(&text, "called from where it was inlined");
}

#[test]
fn more_bodies_than_fit_are_counted() {
    check(&text(13), "  and 3 more\n");
}

#[test]
fn the_schema_allows_all_of_it() {
    let schema = schema("compare").expect("a schema");
    let json = cognate_report::json(&document(2)).expect("plain data");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn what_was_not_read_is_told_of_each_side() {
    let mut document = document(0);
    document.comparison.b.partial = true;
    document.gaps_a = vec![Gap::new(Place::Address(0x10), "jump", "not followed")];
    document.gaps_b = vec![Gap::of_code(Place::Whole, "section .text", "truncated, 90 bytes missing")];
    let text = document.text(&Style { width: 80, ..Style::default() });
    check(
        &text,
        "   read in part: functions may be missing (section .text: truncated, 90 bytes\n   missing)",
    );
    check(&text, "A: 1 gap: what could not be read or followed\n  gap at address 0x10: jump: not followed");
    check(
        &text,
        "B: 1 gap: what could not be read or followed\n  gap: section .text: truncated, 90 bytes missing",
    );
}
