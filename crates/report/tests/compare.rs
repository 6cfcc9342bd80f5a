//! What `compare` shows of data flow, as text and as JSON that its schema allows.

use cognate_base::{Gap, Place, SampleId};
use cognate_binary::{Arch, Format};
use cognate_documents::{
    AlignedPair, AnchorKind, ComparedSample, Comparison, ExpressionDifference, FunctionRef, Holds, How,
    InlinedPair, NearFunction, Nearest, Origin, Provenance, Reason, Reference, Share, SharedExpression, Side,
};
use cognate_report::schema::schema;
use cognate_report::{CompareDocument, Document, Style, View};

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
        view: View { most: 5, ..View::default() },
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
    assert!(!text.contains("functions inlined"), "nothing was inlined");
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
fn a_part_stands_before_the_function_that_it_is_part_of_whichever_side_that_is_on() {
    let text = text(2);
    check(&text, "functions inlined on the other side (evidence for the part only)");
    check(&text, "A 0x1000 copy\\u{1b}  B 0x1064");
    check(&text, "B 0x1065");
}

#[test]
fn more_parts_than_fit_are_counted() {
    check(&text(13), "  and 3 more\n");
}

/// One that reads the same in each of two ways, and one of its own.
fn expressions() -> Vec<SharedExpression> {
    let long = "(arg0 + \u{1b})".repeat(20);
    let expression = |text: &str, address_a| SharedExpression {
        text: text.to_owned(),
        address_a,
        address_b: 2,
        bits: 14.0,
        rough: true,
    };
    vec![expression(&long, 1), expression("other", 1), expression(&long, 3)]
}

/// A function of A with so many near-copies, whose first has this partner, as text of 80 columns.
fn nearest_text(telling: bool, alike_enough: bool, as_alike: u64, partner: Option<How>) -> String {
    let near = |index| NearFunction {
        function: function(index, Some("lon\u{1b}g")),
        similarity: 0.8,
        partner: partner.filter(|_| index == 0),
        partner_of: None,
        reasons: vec![],
        expressions: ExpressionDifference { both: expressions(), ..ExpressionDifference::default() },
        references_only_a: vec![],
        references_only_b: vec![Reference {
            kind: AnchorKind::String,
            text: Some("a\u{1b}b".into()),
            occurs: 1,
        }],
    };
    let mut document = document(0);
    document.nearest = Some(Nearest {
        side: Side::A,
        function: function(7, None),
        information: 12,
        telling,
        compared: 4,
        alike_enough,
        as_alike,
        functions: (0..2).map(near).collect(),
    });
    let text = document.text(&Style { width: 80, ..Style::default() });
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    text
}

#[test]
fn the_nearest_functions_are_told_answer_first_in_80_columns() {
    let text = nearest_text(true, true, 1, None);
    check(&text, "\n\nA 0x1007: no partner in B.\n\nthe nearest of 4 functions of B, by content\n");
    check(&text, "\n 1  B 0x1000 lon\\u{1b}g, 100 B, 80.0 % alike\n    both do  14.0  about: (arg0");
    check(&text, ") (2 times)\n             14.0  about: other\n    only B");
    check(&text, "    only B         string `a\\u{1b}b`\n");
    assert!(!text.contains("how they came to agree"), "one function was asked about");
}

#[test]
fn what_makes_the_nearest_unsure_is_told() {
    let found = |telling, alike_enough, as_alike, partner| {
        nearest_text(telling, alike_enough, as_alike, partner).replace('\n', " ")
    };
    check(&found(true, true, 4, None), "By content it is one of these 4, as alike as can be told");
    check(&found(true, false, 1, None), "By content none is alike enough to be the same.");
    check(&found(false, true, 40, None), "It says 12 bits: any of 40 is like it.");
    check(&found(false, false, 3, None), "It says 12 bits, too little to tell it from others.");
    let partner = found(true, true, 1, Some(How::Tokens));
    check(&partner, "A 0x1007: its partner is B 0x1000 lon\\u{1b}g (like code), 80.0 % alike by content.");
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
