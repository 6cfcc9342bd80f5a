//! The products of a case: what they say, and that hostile text stays text.
#![allow(missing_docs)]

use cognate_case::{AssessOptions, Assessment, Case, assess};
use cognate_report::products::{Extent, docx, html, markdown};
use cognate_report::{AssessDocument, Document, Style, json, schema};
use pulldown_cmark::{Event, Parser, Tag};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const CASE: &str = include_str!("cases/harbour.toml");
/// Text that tries to become markup everywhere, as TOML writes it.
const HOSTILE: &str = " <img src=x onerror=1></style><script>![a](http://b) [a](http://b) <http://b> | `c` **d**\\n\\n# e\\n- f\\n\\u202e\\u001b[31m'";

fn assessment(mark: &str, as_of: Option<&str>) -> Assessment {
    let case = Case::parse(&CASE.replace("MARK", mark)).unwrap();
    let as_of = as_of.map(|day| day.parse().unwrap());
    assess(&case, &"ab".repeat(32), &AssessOptions { as_of, ..AssessOptions::default() })
}

fn text(assessment: &Assessment, width: usize) -> String {
    AssessDocument(assessment, Extent::Full).text(&Style { width, ..Style::default() })
}

/// Sections of a product, each with its heading as a name for a file.
fn sections(product: &str, heading: fn(&str) -> Option<&str>) -> Vec<(String, String)> {
    let mut sections = vec![("head".to_owned(), String::new())];
    for line in product.lines() {
        if let Some(heading) = heading(line) {
            let words = heading.split(|letter: char| !letter.is_ascii_alphanumeric());
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            sections.push((words.join("-").to_lowercase(), String::new()));
        }
        let (_, section) = sections.last_mut().unwrap();
        *section += line;
        section.push('\n');
    }
    sections
}

/// Holds sections against what is recorded of them: a file each, so that a change shows what it is about.
fn check_recorded(folder: &str, sections: &[(String, String)]) {
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false }, {
        for (name, section) in sections {
            insta::assert_snapshot!(name.as_str(), section);
        }
    });
}

#[test]
fn each_section_of_a_small_case_in_markdown() {
    let product = markdown(&assessment("", None), Extent::Full);
    check_recorded("snapshots/markdown", &sections(&product, |line| line.strip_prefix("## ")));
}

/// The text says the same in other words of layout: recorded are the sections with tables.
#[test]
fn tables_of_a_small_case_in_text() {
    let product = text(&assessment("", None), 100);
    let mut sections = sections(&product, |line| {
        line.starts_with(|letter: char| letter.is_ascii_lowercase()).then_some(line)
    });
    let tables = [
        "what-is-claimed",
        "hypotheses-and-the-ach-matrix",
        "how-the-judgement-moved",
        "confidence-rule-by-rule",
    ];
    sections.retain(|(name, _)| tables.contains(&name.as_str()));
    assert_eq!(sections.len(), tables.len());
    check_recorded("snapshots/text", &sections);
}

#[test]
fn the_screen_of_a_small_case() {
    let style = Style { width: 80, ..Style::default() };
    insta::assert_snapshot!(
        "harbour_screen",
        AssessDocument(&assessment("", None), Extent::Screen).text(&style)
    );
}

#[test]
fn the_json_is_as_its_schema_says() {
    let schema = schema::schema("case-assess").unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for as_of in [None, Some("2020-03-01"), Some("2020-03-11")] {
        let document = json(&AssessDocument(&assessment("", as_of), Extent::Full)).unwrap();
        let problems: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{as_of:?}: {problems:#?}");
    }
}

#[test]
fn the_answer_comes_first_then_what_speaks_against_then_what_it_hangs_on() {
    let assessment = assessment("", None);
    for product in
        [text(&assessment, 100), markdown(&assessment, Extent::Full), html(&assessment, Extent::Full)]
    {
        let product = product.split_once("<body>").map_or(product.as_str(), |(_, body)| body);
        let place = |title: &str| product.to_lowercase().find(title).unwrap_or_else(|| panic!("no {title}"));
        let titles = [
            "the answer",
            "why",
            "what speaks against it",
            "what it hangs on",
            "what would change it",
            "implications",
            "key assumptions",
            "source summary",
            "citations",
            "how the numbers came about",
        ];
        let places = titles.map(place);
        assert!(places.is_sorted(), "{places:?}");
    }
}

#[test]
fn text_keeps_to_its_width_where_names_allow() {
    for width in [60, 80, 100, 140] {
        let text = text(&assessment("", None), width);
        let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > width).collect();
        // The hash of the case cannot be broken; a row of a table has two spaces between columns, and the widest takes 76.
        let in_table = |line: &&str| line.trim().contains("  ") && line.chars().count() <= 76;
        let allowed = |line: &&str| line.contains("sha256") || line.contains("abababab") || in_table(line);
        assert!(long.iter().all(allowed), "{width}: {long:#?}");
    }
}

#[test]
fn a_case_without_evidence_says_so_everywhere() {
    let assessment = assessment("", Some("2020-03-01"));
    let sentence = "Nothing was reported by then";
    for product in
        [text(&assessment, 100), markdown(&assessment, Extent::Full), html(&assessment, Extent::Full)]
    {
        assert!(product.contains(sentence), "{product}");
    }
}

#[test]
fn a_long_case_is_shortened_with_a_count() {
    let mut case = CASE.replace("MARK", "");
    for place in 0..150 {
        case.push_str(&format!(
            "\n[[evidence]]\nid = \"more-{place}\"\ntitle = \"more\"\nkind = \"tool\"\naspect = \"telemetry\"\n\
             observation = \"o\"\nsource = \"lab\"\ncredibility = 3\nreported = 2020-04-01\nrationale = \"r\"\n\
             likelihood = {{ unlisted = 0.1, heron = 0.11, stork = 0.1 }}\n"
        ));
    }
    let assessment = assess(&Case::parse(&case).unwrap(), "", &AssessOptions::default());
    let text = text(&assessment, 100);
    assert!(text.contains("135 more observations, less diagnostic than these, left out here"), "{text}");
    assert!(text.lines().count() < 400, "{}", text.lines().count());
    let page = html(&assessment, Extent::Full);
    assert!(page.contains("95 more observations, less diagnostic than these, left out here"));
    balanced(&page);
}

#[test]
fn hostile_text_reaches_no_terminal_as_it_is() {
    let assessment = assessment(HOSTILE, None);
    let text = text(&assessment, 100);
    assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn hostile_text_brings_no_markup_into_markdown() {
    let (plain, hostile) =
        (markdown(&assessment("", None), Extent::Full), markdown(&assessment(HOSTILE, None), Extent::Full));
    for event in Parser::new_ext(&hostile, pulldown_cmark::Options::all()) {
        let bad = matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::CodeBlock(_))
                | Event::InlineMath(_)
                | Event::DisplayMath(_)
        );
        assert!(!bad, "{event:?}");
    }
    // Titles, lists and tables are as many as without.
    let shape = |text: &str| -> Vec<String> {
        let parser = Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES);
        parser
            .filter_map(|event| if let Event::Start(tag) = event { Some(name_of(&tag)) } else { None })
            .collect()
    };
    assert_eq!(shape(&plain), shape(&hostile));
    assert!(!hostile.contains("http://"), "a bare address links by itself on many sites");
}

fn name_of(tag: &Tag<'_>) -> String {
    format!("{tag:?}").chars().take_while(|character| character.is_alphabetic()).collect()
}

#[test]
fn hostile_text_brings_no_markup_into_html() {
    let page = html(&assessment(HOSTILE, None), Extent::Full);
    assert!(page.contains("&lt;img src=x onerror=1&gt;&lt;/style&gt;&lt;script&gt;"));
    let tags = balanced(&page);
    for tag in ["img", "iframe", "object", "link", "base", "form", "image", "use", "foreignObject"] {
        assert!(!tags.contains(tag), "{tag}");
    }
    assert_eq!(tags, balanced(&html(&assessment("", None), Extent::Full)));
}

#[test]
fn a_page_loads_nothing_and_allows_nothing_but_its_own_style_and_script() {
    let page = html(&assessment("", None), Extent::Full);
    for part in
        [" src=", "url(", "@import", " style=", " onclick", "javascript:", "fetch(", "innerHTML", "eval("]
    {
        assert!(!page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    let links = page.split(" href=\"").skip(1);
    assert!(links.clone().count() > 5 && links.clone().all(|link| link.starts_with('#')));
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let script = page.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let hash = |text: &str| base64(&Sha256::digest(text));
    let policy = format!(
        "default-src &#39;none&#39;; style-src &#39;sha256-{}&#39;; script-src &#39;sha256-{}&#39;;",
        hash(style),
        hash(script)
    );
    assert!(page.contains(&policy), "{policy}");
}

#[test]
fn labels_and_links_within_a_page_lead_somewhere() {
    let page = html(&assessment("", None), Extent::Full);
    let attribute = |name: &str| -> Vec<String> {
        let start = format!(" {name}=\"");
        page.split(start.as_str())
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
            .collect()
    };
    let all = attribute("id");
    let ids: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(all.len(), ids.len(), "an id stands twice: {all:?}");
    let labels = attribute("aria-labelledby");
    assert_eq!(labels.len(), 1, "the course");
    for target in labels.iter().flat_map(|label| label.split(' ')) {
        assert!(ids.contains(target), "{target}");
    }
    for link in attribute("href") {
        assert!(ids.contains(link.trim_start_matches('#')), "{link}");
    }
}

#[test]
fn the_marking_stands_at_the_head_and_the_foot() {
    let page = html(&assessment("", None), Extent::Full);
    assert_eq!(page.matches("<span class=\"tlp amber\">TLP:AMBER+STRICT</span>").count(), 2);
    assert!(page.contains("display: table-header-group") && page.contains("display: table-footer-group"));
}

#[test]
fn products_are_the_same_bytes_every_time() {
    let (one, other) = (assessment("", None), assessment("", None));
    assert_eq!(docx(&one).unwrap(), docx(&other).unwrap());
    assert_eq!(html(&one, Extent::Full), html(&other, Extent::Full));
    assert_eq!(markdown(&one, Extent::Full), markdown(&other, Extent::Full));
    assert_eq!(text(&one, 100), text(&other, 100));
}

/// Checks that every element is closed where it was opened; gives the names of all elements.
fn balanced(page: &str) -> BTreeSet<String> {
    let (mut open, mut seen) = (Vec::new(), BTreeSet::new());
    let page = page.strip_prefix("<!doctype html>").unwrap();
    let (head, rest) = page.split_once("<style>").unwrap();
    let page = format!("{head}{}", rest.split_once("</style>").unwrap().1);
    let page = match page.split_once("<script>") {
        Some((before, rest)) => format!("{before}{}", rest.split_once("</script>").unwrap().1),
        None => page,
    };
    for part in page.split('<').skip(1) {
        let (inside, _) = part.split_once('>').expect("a tag is closed");
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let name: String = inside.chars().take_while(|character| character.is_ascii_alphanumeric()).collect();
        assert!(!name.is_empty(), "{inside}");
        seen.insert(name.clone());
        if !inside.ends_with('/') && name != "meta" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    seen
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let padded = format!("{bits:0<width$}", width = bits.len().div_ceil(6) * 6);
    let digits = padded.as_bytes().chunks(6).map(|six| {
        let six = std::str::from_utf8(six).unwrap();
        char::from(DIGITS[usize::from_str_radix(six, 2).unwrap()])
    });
    let text: String = digits.collect();
    format!("{text:=<width$}", width = text.len().div_ceil(4) * 4)
}
