//! Case files that are broken, hostile or rearranged, and numbers that a reader can check.

mod common;

use cognate_case::{AssessOptions, Case, Explanation, assess};
use cognate_report::products::{Extent, case_uco, html, markdown, misp, stix};
use cognate_report::{AssessDocument, CaseCompareDocument, Document, Style, json as envelope};
use common::{cognate, cognate_in, cognate_on, fixtures, json};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

fn bakery() -> String {
    fs::read_to_string(fixtures().join("bakery.toml")).unwrap()
}

/// The bakery with one passage replaced; it must be there.
fn with(old: &str, new: &str) -> Vec<u8> {
    let text = bakery();
    assert!(text.contains(old), "{old}");
    text.replacen(old, new, 1).into_bytes()
}

/// Every command that reads a case refuses this one, says why, and does not panic.
fn refused(content: &[u8], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.toml"), content).unwrap();
    let commands: [&[&str]; 6] = [
        &["case", "check", "x.toml"],
        &["case", "assess", "x.toml"],
        &["case", "explain", "x.toml"],
        &["case", "compare", "x.toml", "x.toml"],
        &["case", "export", "x.toml", "--format", "stix"],
        &["case", "add-match", "x.toml", "x.toml"],
    ];
    for command in commands {
        let run = cognate_in(folder.path(), command);
        assert_eq!(run.code, 2, "{command:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{command:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{command:?}: {}", run.stderr);
        assert!(run.stderr.len() < 2_000, "{command:?} says {} bytes", run.stderr.len());
        let odd = run.stderr.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(odd, None, "{command:?}: {:?}", run.stderr);
    }
}

#[test]
fn what_is_no_toml_is_refused_with_its_place() {
    refused(b"", "`case` is missing");
    refused(b"\x7fELF\x02\x01\x01\x00\xff\xfe", "line 1, column 9: not UTF-8");
    refused(&bakery().as_bytes()[..700], "line 20");
    refused("[".repeat(100_000).as_bytes(), "line 1");
    refused(format!("a = {}1", "[".repeat(50_000)).as_bytes(), "line 1");
    refused(format!("a = {}", "{b=".repeat(50_000)).as_bytes(), "line 1");
    refused(&with("[case]", "[case]\nid = \"again\""), "duplicate key");
    refused(&with("tlp = \"green\"", "tlp = \"mauve\""), "line 9");
    refused(&with("title = ", "titel = "), "unknown key `titel`");
    refused("x\u{1b}[2J\u{202e} = 1".as_bytes(), "line 1");
}

#[test]
fn impossible_numbers_are_refused_with_their_place() {
    for number in ["nan", "inf", "-inf", "-0.1", "0.0", "1.0", "1e-300"] {
        refused(&with("prior = 0.60", &format!("prior = {number}")), "line 13, column ");
        refused(&with("mill = 0.5 }", &format!("mill = {number} }}")), "is not a probability");
    }
    refused(&with("mill = 0.5 }", "mill = 1e400 }"), "floating-point number overflowed");
    refused(&with("prior = 0.60", "prior = 99999999999999999999999"), "line 13");
    refused(&with("correlation = 0.6", "correlation = nan"), "no correlation from 0 to 1");
    refused(&with("credibility = 2", "credibility = 7"), "credibility 7 is not on the scale");
    refused(&with("prior = 0.60", "prior = 0.61"), "the priors add up to 1.010000, not to 1");
}

#[test]
fn all_errors_of_a_file_are_told_at_once() {
    let text = bakery()
        .replacen("credibility = 2", "credibility = \"B\"", 1)
        .replacen("source = \"gazette\"", "source = \"gazete\"", 1)
        .replacen("prior = 0.60", "prior = 0.61", 1);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.toml"), text).unwrap();
    let run = cognate_in(folder.path(), &["case", "check", "x.toml"]);
    assert_eq!((run.code, run.stderr.matches("error: ").count()), (2, 3), "{}", run.stderr);
    assert!(run.stderr.contains("`credibility` is \"B\", expected 1 to 6"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `gazette`?"), "{}", run.stderr);
    let run = cognate_in(folder.path(), &["case", "check", "x.toml", "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["files"][0]["errors"].as_array().unwrap().len(), 3);
    let run = cognate_in(folder.path(), &["case", "assess", "x.toml"]);
    assert!(run.stderr.contains("and 2 errors more: `cognate case check x.toml`"), "{}", run.stderr);
}

#[test]
fn impossible_days_and_names_are_refused_with_their_place() {
    for day in ["9999-99-99", "2025-02-30", "2025-05-03T12:00:00Z", "12:00:00"] {
        refused(&with("reported = 2025-05-03", &format!("reported = {day}")), "line ");
    }
    refused(&with("source = \"baker\"", "source = \"nobody\""), "no source is called `nobody`");
    refused(&with("station = 0.1 }", "\"\u{7f}\" = 0.1 }"), "line ");
    refused(&with("id = \"order\"", "id = \"spelling\""), "`spelling`");
    refused(&with("authors =", "org-uuid = \"68391641\\u001b\"\nauthors ="), "`68391641\\u{1b}` is no UUID");
    refused(&with("id = \"order\"", "id = \"Order\\u001b[2J\""), "is no id");
}

#[test]
fn what_is_no_file_is_refused() {
    for (path, expected) in
        [("nosuch.toml", "no such file"), (".", "it is a directory"), ("/dev/null", "not a regular file")]
    {
        let run = cognate(&["case", "check", path]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.toml");
    let file = fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let run = cognate(&["case", "check", &path.to_string_lossy()]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("larger than the limit of 67108864 bytes"), "{}", run.stderr);
}

#[test]
fn origins_in_a_circle_are_one_observation() {
    let text = bakery()
        .replacen("reported = 2025-05-03\n", "reported = 2025-05-03\norigin = \"gazette-spelling\"\n", 1)
        .replacen("reported = 2025-05-04\n", "reported = 2025-05-04\norigin = \"order\"\n", 1);
    let case = Case::parse(&text).unwrap();
    let assessment = assess(&case, "", &AssessOptions::default());
    assert_eq!((assessment.counts.items, assessment.counts.observations), (6, 5));
}

#[test]
fn one_unreadable_file_of_several_is_told_and_the_others_are_checked() {
    let run = cognate(&["case", "check", "bakery.toml", "wrong.tsv", "nosuch.toml"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("bakery.toml: "), "{}", run.stdout);
    assert!(run.stderr.contains("wrong.tsv") && run.stderr.contains("nosuch.toml"), "{}", run.stderr);
}

#[test]
fn no_control_character_of_a_case_reaches_the_terminal() {
    let evil = "\\u001b[2J\\u0007\\u202Eevil\\n\\n# <b>";
    let mut text = bakery();
    for key in
        ["title", "question", "summary", "name", "reason", "observation", "rationale", "note", "sponsor"]
    {
        text = text.replace(&format!("\n{key} = \""), &format!("\n{key} = \"{evil}"));
    }
    text = text.replace("[\"sign of", &format!("[\"{evil}sign of"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("evil.toml"), &text).unwrap();
    let commands: [&[&str]; 5] = [
        &["case", "check", "evil.toml"],
        &["case", "assess", "evil.toml"],
        &["case", "explain", "evil.toml", "mill/group", "spelling", "unsigned"],
        &["case", "compare", "evil.toml", "--as-of-a", "2025-05-15"],
        &["case", "export", "evil.toml", "--format", "text"],
    ];
    for command in commands {
        let run = cognate_in(folder.path(), command);
        assert_ne!(run.code, 2, "{command:?}: {}", run.stderr);
        let odd = |c: &char| c.is_control() && *c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
        assert_eq!(run.stdout.chars().find(odd), None, "{command:?}: {:?}", run.stdout);
        assert!(run.stdout.len() > 200, "{command:?} said nothing");
    }
}

/// Numbers that are the same in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }
}

/// Drops, doubles and swaps lines, changes digits and words.
fn damaged(text: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=numbers.below(3) {
        let (at, to) = (numbers.below(lines.len()), numbers.below(lines.len()));
        match numbers.below(6) {
            0 => drop(lines.remove(at)),
            1 => lines.swap(at, to),
            2 => lines.insert(to, lines[at].clone()),
            3 => lines[at] = lines[at].replace(['2', '5'], "9"),
            4 => lines[at] = lines[at].replace("0.", "0.0"),
            _ => lines[at] = lines[at].replace("mill", "station"),
        }
    }
    lines.join("\n")
}

#[test]
fn damaged_cases_are_read_or_refused_and_shown_in_every_format() {
    let sound = Case::parse(&bakery()).unwrap();
    let sound = assess(&sound, "", &AssessOptions::default());
    let mut numbers = Numbers(0xca5e);
    let mut read = 0;
    for _ in 0..400 {
        let Ok(case) = Case::parse(&damaged(&bakery(), &mut numbers)) else { continue };
        read += 1;
        let assessment = assess(&case, "", &AssessOptions::default());
        let sum: f64 = assessment.hypotheses.iter().map(|leaf| leaf.probability).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        let names: Vec<String> = assessment.claims.iter().map(|claim| claim.id.clone()).collect();
        let items: Vec<String> = assessment.items.iter().map(|item| item.id.to_string()).collect();
        let explained = Explanation::new(&case, &assessment, &[names, items].concat()).unwrap();
        let compared = CaseCompareDocument::new("a", &sound, "b", &assessment);
        let style = Style::default();
        let texts = [
            AssessDocument(&assessment, Extent::Full).text(&style),
            explained.text(&style),
            compared.text(&style),
        ];
        let files = [markdown(&assessment, Extent::Full), html(&assessment, Extent::Full)];
        assert!(texts.iter().chain(&files).all(|text| text.len() > 500));
        assert!(envelope(&explained).is_ok() && envelope(&compared).is_ok());
        assert!([stix, misp, case_uco].iter().all(|export| export(&assessment).is_object()));
    }
    assert!(read > 60, "only {read} of 400 damaged cases were read");
}

#[test]
fn threads_do_not_show() {
    let commands: [&[&str]; 8] = [
        &["case", "assess", "bakery.toml", "--json"],
        &["case", "assess", "../../../../cases/wannacry.toml", "--as-of", "2017-05-26", "--json"],
        &["case", "explain", "bakery.toml", "--json"],
        &["case", "compare", "bakery.toml", "--as-of-a", "2025-05-15", "--json"],
        &["case", "export", "bakery.toml", "--format", "html"],
        &["case", "export", "bakery.toml", "--format", "stix"],
        &["case", "export", "bakery.toml", "--format", "misp"],
        &["case", "export", "bakery.toml", "--format", "case-uco"],
    ];
    for command in commands {
        let (one, two) = (cognate_on("1", command), cognate_on("2", command));
        assert_eq!(one.code, 0, "{}", one.stderr);
        assert!(one.stdout == two.stdout, "{command:?} differs between one thread and two");
    }
}

/// The bakery with its items in the opposite order.
fn reversed() -> String {
    let text = bakery();
    let (start, end) = (text.find("[[evidence]]").unwrap(), text.find("[[indicator]]").unwrap());
    let items: Vec<&str> = text[start..end].split_inclusive("\n\n").collect();
    let mut tables: Vec<String> = Vec::new();
    for part in items {
        if part.starts_with("[[evidence]]") {
            tables.push(part.to_owned());
        } else {
            tables.last_mut().unwrap().push_str(part);
        }
    }
    tables.reverse();
    format!("{}{}{}", &text[..start], tables.concat(), &text[end..])
}

#[test]
fn the_order_of_items_changes_nothing_but_their_order() {
    let assessed = |text: &str| {
        let case = Case::parse(text).unwrap();
        let mut document =
            envelope(&AssessDocument(&assess(&case, "", &AssessOptions::default()), Extent::Full)).unwrap();
        sort(&mut document);
        document
    };
    let (one, other) = (assessed(&bakery()), assessed(&reversed()));
    assert_ne!(bakery(), reversed());
    for (part, value) in one.as_object().unwrap() {
        assert_eq!(value, &other[part], "{part}");
    }
}

/// Lists of items and of their ids in alphabetical order, and nowhere their places in the file.
fn sort(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if name == "place" {
                    *member = Value::Null;
                }
                sort(member);
                let by_item =
                    matches!(name.as_str(), "items" | "findings" | "reported" | "judged" | "unknown");
                if let (Value::Array(list), true) = (&mut *member, by_item) {
                    list.sort_by_key(Value::to_string);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(sort),
        Value::String(text) if text.contains(": ") => {
            // Sentences that list items: by their words.
            let mut words: Vec<&str> = text.split([' ', ',', '.']).collect();
            words.sort_unstable();
            *text = words.join(" ");
        }
        _ => {}
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, not {expected}");
}

/// Works everything out again from what `explain` shows, as a reader with a calculator would.
fn recalculated(arguments: &[&str]) {
    let document = json(&[&["case", "explain"], arguments].concat());
    let hypotheses = document["hypotheses"].as_array().unwrap();
    let priors: Vec<f64> = hypotheses.iter().map(|hypothesis| number(&hypothesis["prior"])).collect();
    let counted: BTreeMap<&str, Vec<f64>> = document["observations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|observation| {
            (observation["item"].as_str().unwrap(), observation_again(observation, hypotheses, &priors))
        })
        .collect();
    let mut sums: Vec<f64> = priors.iter().map(|prior| prior.ln()).collect();
    for source in document["sources"].as_array().unwrap() {
        let items = source["items"].as_array().unwrap().iter().map(|item| &counted[item.as_str().unwrap()]);
        let mut joint = vec![0.0; sums.len()];
        items.for_each(|row| joint.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
        let rho = number(&source["reliability"]);
        let mean: f64 = joint.iter().zip(&priors).map(|(value, prior)| value.exp() * prior).sum();
        for (place, sum) in sums.iter_mut().enumerate() {
            close(number(&source["joint"][place]), joint[place], "joint");
            let heard = (rho * joint[place].exp() / mean + 1.0 - rho).ln();
            close(number(&source["support"][place]), heard, "heard");
            *sum += heard;
        }
    }
    let weights: Vec<f64> = sums.iter().map(|sum| sum.exp()).collect();
    let all: f64 = weights.iter().sum();
    for (weight, hypothesis) in weights.iter().zip(hypotheses) {
        close(number(&hypothesis["probability"]), weight / all, "posterior");
    }
    for claim in document["claims"].as_array().unwrap() {
        let holds = |id: &Value| claim["holds"].as_array().unwrap().contains(id);
        let held = hypotheses.iter().zip(&weights).filter(|(hypothesis, _)| holds(&hypothesis["id"]));
        let probability = held.map(|(_, weight)| weight).sum::<f64>() / all;
        close(number(&claim["probability"]), probability, "claim");
        close(number(&claim["odds"]) / (1.0 + number(&claim["odds"])), probability, "odds");
    }
    assert!(!counted.is_empty());
}

/// What an observation counts, by hypothesis.
fn observation_again(observation: &Value, hypotheses: &[Value], priors: &[f64]) -> Vec<f64> {
    let name = observation["item"].as_str().unwrap();
    let steps = observation["steps"].as_array().unwrap();
    let reports = observation["reports"].as_array().unwrap();
    let w = reports.iter().map(|report| number(&report["share"])).fold(0.0, f64::max);
    close(number(&observation["weight"]), w, name);
    let expected: f64 = priors.iter().zip(steps).map(|(prior, step)| prior * number(&step["judged"])).sum();
    close(number(&observation["expected"]), expected, name);
    let rungs = observation["rungs"].as_array().unwrap();
    let kept = 1.0 - observation["correlation"].as_f64().unwrap_or(0.0);
    let left: Vec<f64> = steps
        .iter()
        .zip(hypotheses)
        .map(|(step, hypothesis)| {
            let effective = w * number(&step["judged"]) + (1.0 - w) * expected;
            close(number(&step["effective"]), effective, name);
            let support = (effective / expected).ln();
            close(number(&step["support"]), support, name);
            let of = |rung: &Value| {
                let factor = kept.powi(i32::try_from(rung["before"].as_u64().unwrap()).unwrap());
                close(number(&rung["factor"]), factor, name);
                let above = rung["above"].as_array().unwrap().contains(&hypothesis["id"]);
                factor * number(&rung[if above { "up" } else { "down" }])
            };
            let left = if observation["group"].is_null() { support } else { rungs.iter().map(of).sum() };
            close(number(&step["left"]), left, name);
            left
        })
        .collect();
    let rho = number(&observation["reliability"]);
    let mean: f64 = left.iter().zip(priors).map(|(value, prior)| value.exp() * prior).sum();
    let counted: Vec<f64> =
        left.iter().map(|value| ((value.exp() / mean - (1.0 - rho)) / rho).ln()).collect();
    for (step, counted) in steps.iter().zip(&counted) {
        close(number(&step["counted"]), *counted, name);
    }
    counted
}

#[test]
fn a_reader_with_a_calculator_arrives_at_the_same_numbers() {
    recalculated(&["bakery.toml", "mill/group", "station/false-flag", "unlisted"]);
    recalculated(&["bakery.toml", "--as-of", "2025-05-15"]);
    for case in ["wannacry", "olympic-destroyer", "cannot-tell", "solarwinds", "notpetya"] {
        recalculated(&[&format!("../../../../cases/{case}.toml")]);
    }
}

#[test]
fn a_likelihood_shown_follows_from_the_formula_shown() {
    let document = json(&["case", "explain", "bakery.toml", "spelling", "unsigned", "van", "order"]);
    let mut derived = 0;
    for item in document["items"].as_array().unwrap() {
        for judgement in item["judgements"].as_array().unwrap() {
            for row in judgement["likelihood"].as_array().unwrap() {
                let how = row["how"].as_str().unwrap();
                let Some((_, formula)) = how.split_once("ability: ") else { continue };
                let terms = formula.split(" + ").map(|term| {
                    term.split(" x ").map(|factor| factor.parse::<f64>().unwrap()).product::<f64>()
                });
                close(number(&row["value"]), terms.sum(), how);
                derived += 1;
            }
        }
    }
    assert!(derived > 15, "only {derived} derived likelihoods were seen");
}

#[test]
fn the_parts_of_a_change_add_up() {
    let pairs: [&[&str]; 3] = [
        &["bakery.toml", "--as-of-a", "2025-05-15", "--as-of-b", "2025-06-01"],
        &["bakery.toml", "--as-of-a", "2001-01-01"],
        &["../../../../cases/wannacry.toml", "--as-of-a", "2017-05-16", "--as-of-b", "2017-12-31"],
    ];
    for pair in pairs {
        let document = json(&[&["case", "compare"], pair].concat());
        for claim in document["claims"].as_array().unwrap() {
            let parts: f64 =
                claim["moved_by"].as_array().unwrap().iter().map(|mover| number(&mover["change"])).sum();
            let all = parts + number(&claim["priors"]) + number(&claim["rest"]);
            let (found, expected) = (all, number(&claim["log_odds"]));
            assert!((found - expected).abs() < 1e-6, "{}: {found}, not {expected}", claim["id"]);
        }
    }
}

#[test]
fn a_change_of_a_prior_and_of_a_grade_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = bakery()
        .replacen("prior = 0.60", "prior = 0.55", 1)
        .replacen("untasked = 0.12", "untasked = 0.17", 1)
        .replacen("credibility = 2", "credibility = 4", 1);
    fs::write(folder.path().join("b.toml"), text).unwrap();
    fs::write(folder.path().join("a.toml"), bakery()).unwrap();
    let run = cognate_in(folder.path(), &["case", "compare", "a.toml", "b.toml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for part in ["prior: 0.6 -> 0.55", "prior: 0.12 -> 0.17", "credibility: 2 -> 4", "priors +"] {
        assert!(run.stdout.contains(part), "{part} is not in\n{}", run.stdout);
    }
}

#[test]
fn an_export_is_written_whole_and_never_over_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.json");
    let out = path.to_string_lossy().into_owned();
    for format in ["text", "markdown", "html", "json", "stix", "misp", "case-uco"] {
        let printed = cognate(&["case", "export", "bakery.toml", "--format", format]);
        assert_eq!(printed.code, 0, "{}", printed.stderr);
        let export = ["case", "export", "bakery.toml", "--format", format, "--output", &out];
        let written = cognate(&[&export[..], &["--force"]].concat());
        assert_eq!(written.code, 0, "{}", written.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), printed.stdout, "{format}");
        assert_eq!(cognate(&export).code, 2, "{format} was written over");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}
