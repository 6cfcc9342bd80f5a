//! Case files with something changed in them are refused with a place, or read, looked over and assessed.
#![allow(clippy::unwrap_used)]

use cognate_case::{AssessOptions, Case, assess, lint, skeleton};
use proptest::prelude::*;

/// What is done to a text.
#[derive(Clone, Debug)]
enum Change {
    /// A line is taken out.
    Drop(usize),
    /// A line comes twice.
    Repeat(usize),
    /// Two lines change places.
    Swap(usize, usize),
    /// The value of a line becomes another.
    Value(usize, &'static str),
    /// A line gets the value of another.
    Borrow(usize, usize),
    /// The text ends here.
    Cut(usize),
    /// A character is put in.
    Insert(usize, char),
}

/// Values at the borders of what a case may hold, and beyond.
const VALUES: [&str; 24] = [
    "0",
    "1",
    "-1",
    "0.5",
    "1e-9",
    "0.999999999",
    "1e308",
    "nan",
    "inf",
    "9223372036854775807",
    "true",
    "\"\"",
    "\"TODO\"",
    "\"first-item\"",
    "\"second-item\"",
    "\"third-item\"",
    "\"code\"",
    "\"first-group\"",
    "\"trivial\"",
    "[]",
    "{}",
    "2000-02-30",
    "9999-12-31",
    "{ unlisted = 0.999999999, first-group = 1e-9 }",
];

fn change() -> impl Strategy<Value = Change> {
    let at = || 0_usize..4000;
    let value = prop::sample::select(VALUES.to_vec());
    let number = prop::sample::select(VALUES.to_vec());
    prop_oneof![
        2 => at().prop_map(Change::Drop),
        1 => at().prop_map(Change::Repeat),
        1 => (at(), at()).prop_map(|(one, other)| Change::Swap(one, other)),
        4 => (at(), value).prop_map(|(line, value)| Change::Value(line, value)),
        1 => (at(), number).prop_map(|(line, value)| Change::Value(line, value)),
        2 => (at(), at()).prop_map(|(one, other)| Change::Borrow(one, other)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), any::<char>()).prop_map(|(place, letter)| Change::Insert(place, letter)),
    ]
}

fn apply(text: &str, change: &Change) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let count = lines.len().max(1);
    let value_of = |line: &str| line.split_once(" = ").map(|(_, value)| value.to_owned());
    match *change {
        Change::Drop(line) if !lines.is_empty() => drop(lines.remove(line % count)),
        Change::Repeat(line) if !lines.is_empty() => lines.insert(line % count, lines[line % count].clone()),
        Change::Swap(one, other) if !lines.is_empty() => lines.swap(one % count, other % count),
        Change::Value(line, value) => set(&mut lines, line, value),
        Change::Borrow(line, from) => {
            let valued: Vec<String> = lines.iter().filter_map(|line| value_of(line)).collect();
            if let Some(value) = valued.get(from % valued.len().max(1)) {
                set(&mut lines, line, value);
            }
        }
        Change::Cut(line) => lines.truncate(line % count),
        Change::Insert(place, letter) => {
            let mut letters: Vec<char> = text.chars().collect();
            letters.insert(place % (letters.len() + 1), letter);
            return letters.into_iter().collect();
        }
        _ => {}
    }
    lines.join("\n")
}

/// Gives the n-th line that has a value another.
fn set(lines: &mut [String], line: usize, value: &str) {
    let mut valued: Vec<&mut String> = lines.iter_mut().filter(|line| line.contains(" = ")).collect();
    let count = valued.len().max(1);
    if let Some(line) = valued.get_mut(line % count) {
        let key = line.split(" = ").next().unwrap_or_default().to_owned();
        **line = format!("{key} = {value}");
    }
}

/// The skeleton without its comments, so that every change meets something that counts.
fn base() -> String {
    let text = skeleton("books", "The cooked books");
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Reads a text and does everything with it; whether it was a case.
fn survives(text: &str) -> bool {
    let case = match Case::parse(text) {
        Ok(case) => case,
        Err(error) => {
            let lines = u32::try_from(text.split('\n').count()).unwrap();
            assert!(error.place().is_none_or(|place| (1..=lines + 1).contains(&place.line)), "{error}");
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    let findings = lint(&case);
    assert!(findings.is_sorted_by_key(|finding| (finding.place, finding.rule.clone())));
    let assessment = assess(&case, "", &AssessOptions::default());
    let sum: f64 = assessment.hypotheses.iter().map(|hypothesis| hypothesis.probability).sum();
    assert!((sum - 1.0).abs() < 1e-6, "the hypotheses add up to {sum}");
    for claim in &assessment.claims {
        assert!(claim.low <= claim.high && (0.0..=1.0).contains(&claim.probability), "{claim:?}");
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_case_is_refused_or_assessed(changes in prop::collection::vec(change(), 1..4)) {
        survives(&changes.iter().fold(base(), |text, change| apply(&text, change)));
    }
}

#[test]
fn some_changes_leave_a_case_and_some_do_not() {
    let outcomes: Vec<bool> = (0..60).map(|line| survives(&apply(&base(), &Change::Drop(line)))).collect();
    assert!(outcomes.contains(&true) && outcomes.contains(&false));
}
