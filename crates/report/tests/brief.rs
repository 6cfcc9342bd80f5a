//! The first page: short, whole by itself, without ids, and held to the rules that a case is held to.
#![allow(missing_docs)]

use cognate_case::{AssessOptions, Assessment, Case, Scheme, assess, mixed_sentence};
use cognate_report::products::{Extent, docx, html, markdown, misp, stix};
use cognate_report::{AssessDocument, Document, Style};
use pulldown_cmark::{Event, Parser, TagEnd};
use serde_json::Value;
use std::path::Path;

/// Lines of one screen, and of a page of print.
const SCREEN: usize = 60;
const PAGE: usize = 90;

/// Every case of the tree and every trial, by name.
fn cases() -> Vec<(String, String)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("../../cases"), here.join("../case/tests/trials")];
    let mut found = Vec::new();
    for path in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = path.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    found.sort();
    assert!(found.len() >= 20);
    found
}

fn read(text: &str, as_of: Option<&str>, scheme: Scheme) -> Assessment {
    let as_of = as_of.map(|day| day.parse().unwrap());
    let options = AssessOptions { as_of, scheme, ..AssessOptions::default() };
    assess(&Case::parse(text).unwrap(), &"ab".repeat(32), &options)
}

fn text(assessment: &Assessment, extent: Extent, width: usize) -> String {
    AssessDocument(assessment, extent).text(&Style { width, ..Style::default() })
}

#[test]
fn the_answer_fits_one_screen_on_every_day() {
    for (name, case) in cases() {
        let days = read(&case, None, Scheme::Icd203).timeline;
        let days = days.iter().map(|moment| Some(moment.date.to_string())).chain([None]);
        for day in days {
            let assessment = read(&case, day.as_deref(), Scheme::Icd203);
            let screen = text(&assessment, Extent::Screen, 80);
            let (lines, widest) =
                (screen.lines().count(), screen.lines().map(|line| line.chars().count()).max());
            assert!(lines <= SCREEN && widest <= Some(80), "{name} on {day:?}: {lines} lines\n{screen}");
            let page = text(&assessment, Extent::Brief, 100).lines().count();
            assert!(page <= PAGE, "{name} on {day:?}: {page} lines");
        }
    }
}

#[test]
fn no_id_stands_on_the_first_page() {
    for (name, case) in cases().into_iter().filter(|(name, _)| name != "border" && name != "gram") {
        let assessment = read(&case, None, Scheme::Icd203);
        let brief = text(&assessment, Extent::Brief, 10_000);
        // Addresses hold what they hold.
        let (brief, _) = brief.split_once("\ncitations").unwrap_or((&brief, ""));
        let page = text(&assessment, Extent::Screen, 10_000) + brief;
        let claims = assessment.claims.iter().map(|claim| claim.id.as_str()).filter(|id| id.contains('/'));
        let items = assessment.items.iter().map(|item| item.id.as_str()).filter(|id| id.contains('-'));
        for id in claims.chain(items) {
            assert!(!page.contains(id), "{name}: {id}\n{page}");
        }
        assert!(!page.contains('…'), "{name}: a name is cut\n{page}");
    }
}

#[test]
fn a_tie_is_said_to_be_one() {
    for name in ["tie-sponsor", "neutral-sponsor"] {
        let (_, case) = cases().into_iter().find(|(case, _)| case == name).unwrap();
        let page = text(&read(&case, None, Scheme::Icd203), Extent::Brief, 10_000);
        assert!(page.contains("There is a tie: as probable is B ("), "{page}");
    }
}

#[test]
fn every_mark_has_its_citation() {
    for (name, case) in cases() {
        let page = text(&read(&case, None, Scheme::Icd203), Extent::Brief, 10_000);
        for number in 1..100 {
            let (mark, entry) = (format!(" [{number}]"), format!("\n  [{number}] "));
            let marked = page.matches(&mark).count() > page.matches(&entry).count();
            assert_eq!(marked, page.contains(&entry), "{name}: {number}\n{page}");
        }
    }
}

#[test]
fn every_sentence_of_every_product_passes_the_lint_for_cases() {
    for (name, case) in cases() {
        for scheme in [Scheme::Icd203, Scheme::Phia] {
            let assessment = read(&case, None, scheme);
            let json = serde_json::to_value(&assessment).unwrap();
            let products: [(&str, Vec<String>); 8] = [
                ("screen", cells(&text(&assessment, Extent::Screen, 10_000))),
                ("brief", cells(&text(&assessment, Extent::Brief, 10_000))),
                ("full", cells(&text(&assessment, Extent::Full, 10_000))),
                ("markdown", blocks(&markdown(&assessment, Extent::Full))),
                ("html", elements(&html(&assessment, Extent::Full))),
                ("docx", elements(&document(&assessment))),
                ("json", strings(&json)),
                (
                    "stix, misp",
                    [stix(&assessment), misp(&assessment)]
                        .iter()
                        .flat_map(strings)
                        .flat_map(|text| blocks(&text))
                        .collect(),
                ),
            ];
            let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let written = flat(&case.replace("\\\n", ""));
            for (product, texts) in products {
                assert!(texts.len() > 10, "{name}, {product}: {texts:?}");
                // What the analyst wrote is the analyst's, and the lint has said what is wrong with it.
                let mixed = texts.iter().filter_map(|text| mixed_sentence(text));
                let theirs = |sentence: &String| {
                    let said = sentence.split_once(": ").map_or(sentence.as_str(), |(_, said)| said);
                    [sentence, said].iter().any(|text| written.contains(&flat(text)))
                        || sentence.contains("has a likelihood and a confidence")
                };
                let ours: Vec<String> = mixed.filter(|sentence| !theirs(sentence)).collect();
                assert!(ours.is_empty(), "{name}, {product}: {ours:#?}");
            }
        }
    }
}

/// Lines of text, and the cells of its tables apart.
fn cells(text: &str) -> Vec<String> {
    text.lines().flat_map(|line| line.split("  ")).map(str::to_owned).collect()
}

/// Paragraphs, items and cells of Markdown, without the names of fields.
fn blocks(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for event in Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            Event::Text(text) => all.last_mut().unwrap().push_str(&text),
            Event::SoftBreak => all.last_mut().unwrap().push(' '),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell | TagEnd::TableHead,
            ) => all.push(String::new()),
            _ => {}
        }
    }
    all
}

/// What stands between the tags of HTML or XML.
fn elements(page: &str) -> Vec<String> {
    let text = |part: &str| {
        let text = part.split_once('>').map_or("", |(_, text)| text).replace('\u{a0}', " ");
        ["&lt;<", "&gt;>", "&quot;\"", "&#39;'", "&apos;'", "&amp;&"].iter().fold(text, |text, entity| {
            let (name, letter) = entity.split_at(entity.len() - 1);
            text.replace(name, letter)
        })
    };
    let page = page.split_once("<style>").map_or(page, |(_, rest)| rest.split_once("</style>").unwrap().1);
    let page = page.split_once("<script>").map_or(page, |(before, _)| before);
    page.split('<').skip(1).map(text).collect()
}

/// The text of a Word document, whose parts are stored as they are.
fn document(assessment: &Assessment) -> String {
    let bytes = docx(assessment).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (_, rest) = text.split_once("<w:document ").unwrap();
    let (document, _) = rest.split_once("</w:document>").unwrap();
    format!("<w:document {document}</w:document>")
}

/// Every string of a document.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_word_document_can_be_read_has_no_clock_and_takes_no_markup_from_a_case() {
    let case = include_str!("cases/harbour.toml");
    let hostile = r" <w:p><w:r/></w:p> & ]]> \\u0007\\uffff <!-- ";
    let made = |mark: &str| docx(&read(&case.replace("MARK", mark), None, Scheme::Icd203)).unwrap();
    let (plain, other) = (made(""), made(&hostile.replace("\\\\", "\\")));
    assert_eq!(plain, std::thread::spawn(move || made("")).join().unwrap());
    let paragraphs = |bytes: &[u8]| docx_rs::read_docx(bytes).unwrap().document.children.len();
    assert_eq!(paragraphs(&plain), paragraphs(&other));
    let text = String::from_utf8_lossy(&other).into_owned();
    assert!(text.contains("&lt;w:p&gt;&lt;w:r/&gt;&lt;/w:p&gt; &amp; ]]&gt;"), "escaped");
    assert!(!text.contains('\u{7}') || !text.contains('\u{ffff}'));
    for (place, _) in plain.windows(4).enumerate().filter(|(_, window)| *window == b"PK\x03\x04") {
        assert_eq!(plain.get(place + 10..place + 14), Some(&[0, 0, 0x21, 0][..]), "1 January 1980");
    }
}
