//! Answers of `match` and `compare` as pages, Markdown, STIX and MISP: what they say, whom they name, and what they leave out.

use cognate_base::{Gap, Place, SampleId};
use cognate_documents::{
    AlignedPair, Comparison, FunctionAnswer, FunctionClass, FunctionRef, How, MatchDocument, MatchReport,
    Partner, Verdict,
};
use cognate_report::{
    CompareDocument, Line, Listing, Made, SideBySide, View, compare_markdown, compare_page, graph_svg,
    match_markdown, match_misp, match_page, match_stix, page_pairs,
};
use jiff::civil::date;
use serde_json::Value;

const HOSTILE: &str = "<script>alert(1)</script>\u{202e}\u{1b}[2J![x](http://evil.example) | `a`";

fn made() -> Made {
    Made { on: date(2026, 11, 28), base: "435 of this program (ba113137c210)".to_owned() }
}

/// The first recorded answer, whose verdict names `ledger`, once `change` was made to it.
fn asked(change: impl FnOnce(&mut MatchReport)) -> MatchDocument {
    let recorded = include_str!("../../case/tests/fixtures/match.json");
    let mut document: MatchDocument = serde_json::from_str(recorded).unwrap();
    document.answers.truncate(1);
    let report = &mut document.answers[0].report;
    let family = &mut report.families[0];
    family.standing.significant = true;
    (family.standing.log10_lr, family.standing.log10_lr_range) = (2.4, (1.9, 2.4));
    (family.standing.e_value, family.standing.grounds.of_own) = (Some(0.004), 0.685);
    (report.outcome.verdict, report.outcome.named) = (Verdict::Related, vec![family.family.clone()]);
    report.outcome.reason = format!("shares private code with {}", family.family);
    change(report);
    document
}

/// The same where nobody is named.
fn unsettled() -> MatchDocument {
    asked(|report| {
        report.families[0].standing.significant = false;
        report.families[0].standing.unsettled = true;
        (report.outcome.verdict, report.outcome.named) = (Verdict::NotSettled, Vec::new());
        report.outcome.reason = "shares code that chance does not make".to_owned();
    })
}

fn function(index: u32) -> FunctionRef {
    FunctionRef {
        index,
        address: 0x1000 + u64::from(index),
        bytes: 10 + index,
        name: Some(HOSTILE.to_owned()),
    }
}

fn answers(number: u32, family: &str) -> Vec<FunctionAnswer> {
    let answer = |index| FunctionAnswer {
        function: function(index),
        class: if index % 2 == 0 { FunctionClass::Private } else { FunctionClass::Unknown },
        library: None,
        bundle: None,
        families: 1,
        partner: Some(Partner {
            family: family.to_owned(),
            sample: SampleId::of(b"a"),
            function: 0,
            similarity: 0.5,
            kind: cognate_documents::MatchKind::Tokens,
        }),
    };
    (0..number).map(answer).collect()
}

/// What no page may hold: markup and marks from files, and a way out.
#[track_caller]
fn check_harmless(page: &str) {
    for forbidden in
        ["<script>alert", "\u{202e}", "\u{1b}", "<img", "src=", "url(", "style=\"", "href=\"http"]
    {
        assert!(!page.contains(forbidden), "{forbidden:?}");
    }
    assert!(page.contains("default-src &#39;none&#39;"), "there is a policy");
    assert_eq!(page.matches("<script").count(), 1);
}

#[test]
fn a_markdown_of_a_match_says_why_and_what_speaks_against_it() {
    insta::assert_snapshot!("match_markdown", match_markdown(&asked(|_| ()), &made()));
}

#[test]
fn hostile_names_stay_names() {
    let mut document = asked(|report| {
        let family = &mut report.families[0];
        (family.family, family.actors) = (HOSTILE.to_owned(), vec![HOSTILE.to_owned()]);
        family.best_sample.name = HOSTILE.to_owned();
        report.outcome.reason = format!("shares private code with {HOSTILE}");
        report.functions = answers(3, HOSTILE);
    });
    document.answers[0].name = HOSTILE.to_owned();
    document.answers[0].gaps = vec![Gap::new(Place::Whole, HOSTILE, HOSTILE)];
    check_harmless(&match_page(&document, &made()));
    let markdown = match_markdown(&document, &made());
    for event in pulldown_cmark::Parser::new_ext(&markdown, pulldown_cmark::Options::ENABLE_TABLES) {
        use pulldown_cmark::{Event, Tag};
        let is_markup = matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Code(_)
                | Event::Start(Tag::Link { .. } | Tag::Image { .. })
        );
        assert!(!is_markup, "{event:?}");
    }
    for text in
        [match_stix(&document, &made()).to_string(), match_misp(&document, &made()).to_string(), markdown]
    {
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn of_many_functions_a_page_writes_so_many_and_says_so() {
    let rows = |number| {
        let page = match_page(&asked(|report| report.functions = answers(number, "x")), &made());
        (
            page.matches("shared with few</td>").count() + page.matches("like nothing known</td><td").count(),
            page,
        )
    };
    let (all, page) = rows(4_000);
    assert!(all == 4_000 + 2 && !page.contains("left out here"), "{all}");
    let (all, page) = rows(20_000);
    assert!(all == 4_000 + 2 && page.contains("16,000 more are left out here"), "{all}");
    assert!(page.len() < 2_500_000, "{} bytes", page.len());
}

#[test]
fn who_is_not_named_is_named_beside_no_function_and_in_no_exchange() {
    let mut document = unsettled();
    let family = document.answers[0].report.families[0].family.clone();
    document.answers[0].report.functions = answers(3, &family);
    let page = match_page(&document, &made());
    let (before, after) = page.split_once("Who else shares code, and is not held to be related").unwrap();
    assert!(!before.contains(&family), "{before}");
    assert_eq!(after.matches(&family).count(), 1, "{after}");
    for text in [
        match_markdown(&document, &made()),
        match_stix(&document, &made()).to_string(),
        match_misp(&document, &made()).to_string(),
    ] {
        assert!(!text.contains(&family), "{text}");
    }
}

fn kinds(bundle: &Value) -> Vec<&str> {
    bundle["objects"].as_array().unwrap().iter().filter_map(|object| object["type"].as_str()).collect()
}

#[test]
fn a_bundle_relates_to_families_of_malware_that_are_named_and_to_no_actor() {
    let document = asked(|report| report.families[0].actors = vec!["Paper Clip".to_owned()]);
    let (bundle, event) = (match_stix(&document, &made()), match_misp(&document, &made()));
    let whole = [
        "marking-definition",
        "identity",
        "file",
        "malware-analysis",
        "malware",
        "relationship",
        "note",
        "report",
    ];
    assert_eq!(kinds(&bundle), whole);
    let nobody = ["marking-definition", "identity", "file", "malware-analysis", "note", "report"];
    assert_eq!(kinds(&match_stix(&unsettled(), &made())), nobody);
    let goodware = asked(|report| report.families[0].kind = cognate_documents::Kind::Goodware);
    assert_eq!(kinds(&match_stix(&goodware, &made())), nobody);
    assert!(!bundle.to_string().contains("Paper Clip") && !event.to_string().contains("Paper Clip"));
    assert!(match_markdown(&document, &made()).contains("Code in common attributes nothing"));
    let tag = format!("cognate:shares-code-with=\\\"{}\\\"", document.answers[0].report.families[0].family);
    assert!(event.to_string().contains(&tag), "{event}");
    assert!(!match_misp(&goodware, &made()).to_string().contains("shares-code-with"));
}

#[test]
fn identifiers_hang_on_content_and_not_on_the_day() {
    let ids = |on| {
        let bundle = match_stix(&asked(|_| ()), &Made { on, ..made() });
        let objects = bundle["objects"].as_array().unwrap().clone();
        objects.iter().map(|object| object["id"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(date(2026, 11, 28)), ids(date(2027, 1, 2)));
}

#[test]
fn what_the_extension_holds_fits_its_schema() {
    let schema = include_str!("../../../docs/stix-extension.schema.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let mut known = asked(|_| ());
    known.answers[0].report.outcome.verdict = Verdict::KnownFile;
    for document in [asked(|_| ()), unsettled(), known] {
        let bundle = match_stix(&document, &made());
        let ours = bundle["objects"].as_array().unwrap().iter().filter_map(|object| {
            object["extensions"].get("extension-definition--96444bc9-d14c-461b-b68e-a26d7f5e0e51")
        });
        for ours in ours {
            assert!(validator.is_valid(ours), "{ours}");
        }
    }
}

/// A function of so many blocks of two instructions, each leading to the next, and the last to the second.
fn listing(start: u64, blocks: u64, last: &str) -> Listing {
    let line = |at: u64| Line {
        address: start + at,
        bytes: String::new(),
        text: if at + 1 == 2 * blocks { last.to_owned() } else { format!("add eax, {at}") },
        leads: at.is_multiple_of(2),
    };
    let mut ways: Vec<(u64, u64)> = (1..blocks).map(|at| (start + 2 * at - 2, start + 2 * at)).collect();
    ways.extend((blocks > 2).then(|| (start + 2 * blocks - 2, start + 2)));
    Listing {
        address: start,
        name: Some(HOSTILE.to_owned()),
        lines: (0..2 * blocks).map(line).collect(),
        ways,
        truncated: false,
    }
}

fn pair(blocks: u64) -> SideBySide {
    SideBySide::new(listing(0x1000, blocks, "ret"), listing(0x2000, blocks, "ret 8"), Vec::new())
}

/// Two files of so many pairs that changed, written out as far as a page does.
fn compared(pairs: u64, blocks: u64) -> CompareDocument {
    let recorded = include_str!("snapshots/comparison.json");
    let mut comparison: Comparison = serde_json::from_str(recorded).unwrap();
    let aligned = |at: u64| AlignedPair {
        query: FunctionRef { address: 0x1000 + at, ..function(0) },
        stored: FunctionRef { address: 0x2000 + at, ..function(0) },
        similarity: 0.5,
        how: How::Tokens,
        reasons: Vec::new(),
    };
    comparison.pairs = (0..pairs).map(aligned).collect();
    let mut document = CompareDocument {
        name_a: HOSTILE.to_owned(),
        name_b: "b.elf".to_owned(),
        comparison,
        nearest: None,
        listings: Vec::new(),
        gaps_a: vec![Gap::new(Place::Whole, HOSTILE, HOSTILE)],
        gaps_b: Vec::new(),
        view: View::default(),
    };
    document.listings = page_pairs(&document).iter().map(|_| pair(blocks)).collect();
    document
}

#[test]
fn a_page_of_two_files_writes_out_what_changed_most_and_counts_the_rest() {
    let page = compare_page(&compared(3, 3), &made());
    check_harmless(&page);
    assert_eq!((page.matches("<details>").count(), page.matches("<svg").count()), (4, 6), "3 pairs and gaps");
    assert!(page.contains("href=\"#graph-0-A-1\"") && page.contains("id=\"graph-0-A-1\""));
    let page = compare_page(&compared(1_000, 3), &made());
    assert_eq!(page.matches("<svg").count(), 2 * 40);
    assert!(page.contains("1,000 pairs.") && page.contains("600 more are left out here"));
    let long = compare_page(&compared(40, 2_000), &made());
    assert!(long.contains("not written out, for want of room"));
    assert!(long.contains("3,000 more rows are left out here") && long.len() < 8_000_000, "{}", long.len());
    assert!(compare_page(&compared(1, 3), &made()).contains("<details open=\"open\">"));
}

#[test]
fn a_markdown_of_two_files_is_short() {
    let markdown = compare_markdown(&compared(1_000, 3), &made());
    assert!(markdown.contains("980 more are left out here") && markdown.lines().count() < 90, "{markdown}");
}

#[test]
fn a_graph_is_drawn_up_to_its_bound_and_marks_changes_without_colour() {
    insta::assert_snapshot!("graph", without_style(&graph_svg(&pair(3)).unwrap()));
    assert!(graph_svg(&pair(60)).is_some());
    assert!(graph_svg(&pair(61)).is_none());
    let page = compare_page(&compared(1, 61), &made());
    assert!(page.contains("61 blocks and 61 edges are not drawn") && !page.contains("<svg"), "{page}");
}

fn without_style(svg: &str) -> String {
    let (before, rest) = svg.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}{after}").replace("<rect", "\n<rect").replace("<path", "\n<path").replace("<g", "\n<g")
}
