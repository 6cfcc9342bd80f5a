//! Every function of data flow and fingerprints that can come back to itself, with the bound that holds it.
//!
//! The sources are read: what is called by name is taken to be the function of that name in
//! the same file, or of the module that the path names; methods of the graph are those of
//! its files, those of the tracer those of its folder; a table of rules is taken for a function that does all of
//! them. Whoever writes a function that calls itself, straight or by way of
//! others, finds it here until it is listed with its bound.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const RULES: &str = "MOST_DEPTH and MOST_RULES in Graph::deeper, which all ways back go through";

/// A group of functions that come back to one another, and what ends that.
const BOUNDED: &[(&str, &[&str], &str)] = &[
    ("dataflow/simplify/mod.rs", &["again", "by_rule", "make", "rules"], RULES),
    ("dataflow/simplify/bits.rs", &["BITWISE"], RULES),
    ("dataflow/simplify/comparisons.rs", &["EQUAL", "LESS", "below", "less"], RULES),
    (
        "dataflow/simplify/flags.rs",
        &["TEST", "choose", "difference", "test", "test_difference", "test_floats"],
        RULES,
    ),
    ("dataflow/simplify/shifts.rs", &["SHIFTS"], RULES),
    ("dataflow/simplify/sums.rs", &["ADD", "SUB"], RULES),
    ("dataflow/simplify/mixed.rs", &["table"], "MOST_OPERATIONS"),
    ("dataflow/simplify/mixed.rs", &["unmixed", "without_bits"], RULES),
    ("dataflow/simplify/widths.rs", &["TRUNCATE", "ZERO_EXTEND", "lowest_bit"], RULES),
    ("dataflow/tracer/halves.rs", &["part"], "MOST_PASSED"),
    ("dataflow/tracer/memory.rs", &["store"], "twice: only stores of 64 bits and more have halves"),
    ("dataflow/tracer/variables.rs", &["at_end", "join", "look_back"], "MOST_STEPS"),
    (
        "dataflow/text.rs",
        &["operand", "operation", "phi", "sum", "write"],
        "the levels asked for, and 2 * MOST characters written",
    ),
    ("dataflow/numbers.rs", &["holds"], "one step: the opposite of a negative condition"),
    ("dataflow/a64/lifter.rs", &["condition"], "none is needed: the method asks the function"),
];

type Name = (String, String);

/// What a file's text consists of: words and single signs; without comments, texts and characters.
fn words(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().collect();
    let (mut at, mut words) = (0, Vec::new());
    let is = |at: usize, sign: char| signs.get(at) == Some(&sign);
    while let Some(&sign) = signs.get(at) {
        let from = at;
        at += 1;
        if sign == '/' && is(at, '/') {
            while at < signs.len() && !is(at, '\n') {
                at += 1;
            }
        } else if sign == '"' {
            while at < signs.len() && !is(at, '"') {
                at += if is(at, '\\') { 2 } else { 1 };
            }
            at += 1;
        } else if sign == '\'' && (is(at, '\\') || is(at + 1, '\'')) {
            at += if is(at, '\\') { 2 } else { 1 };
            while at < signs.len() && !is(at, '\'') {
                at += 1;
            }
            at += 1;
        } else if sign.is_alphanumeric() || sign == '_' {
            while signs.get(at).is_some_and(|sign| sign.is_alphanumeric() || *sign == '_') {
                at += 1;
            }
            words.push(signs[from..at].iter().collect());
        } else if !sign.is_whitespace() {
            words.push(sign.to_string());
        }
    }
    words
}

/// The functions and tables of a file with the words of their bodies; tests, which come last, left out.
fn functions(words: &[String]) -> Vec<(String, &[String])> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let mut found = Vec::new();
    for at in 0..words.len() {
        if word(at) == "mod" && word(at + 1) == "tests" && word(at + 2) == "{" {
            break;
        }
        let is_table = word(at) == "const" && word(at + 2) == ":" && word(at + 3) == "Rules";
        let is_function = word(at) == "fn" && word(at + 1) != "(";
        if !is_function && !is_table {
            continue;
        }
        let (mut open, mut depth) = (at + 2, 0);
        while open < words.len() && !(depth == 0 && matches!(word(open), "{" | ";")) {
            depth += i32::from(matches!(word(open), "(" | "[")) - i32::from(matches!(word(open), ")" | "]"));
            open += 1;
        }
        let (mut end, mut depth) = (open, 0);
        while end < words.len() && word(open) == "{" {
            depth += i32::from(word(end) == "{") - i32::from(word(end) == "}");
            end += 1;
            if depth == 0 {
                break;
            }
        }
        found.push((word(at + 1).to_owned(), &words[open.min(end)..end]));
    }
    found
}

/// The files whose functions a call may mean, and whether those of its own file come first.
fn meant(file: &str, before: &str, qualifier: &str, known: &BTreeSet<Name>, name: &str) -> Vec<Name> {
    let named = |files: &dyn Fn(&str) -> bool| -> Vec<Name> {
        known.iter().filter(|(at, function)| function == name && files(at)).cloned().collect()
    };
    let of_graph = |at: &str| at.starts_with("dataflow/graph") || at.starts_with("dataflow/simplify");
    let of_tracer = |at: &str| at.starts_with("dataflow/tracer");
    match (before, qualifier) {
        (".", "graph") => named(&of_graph),
        (".", "self" | "run") | (":", "Self") => {
            let own = named(&|at| at == file);
            match own.is_empty() {
                true if of_graph(file) => named(&of_graph),
                true if of_tracer(file) => named(&of_tracer),
                _ => own,
            }
        }
        (".", _) => Vec::new(),
        (":", module) => {
            named(&|at| at.ends_with(&format!("/{module}.rs")) || at.ends_with(&format!("/{module}/mod.rs")))
        }
        _ => {
            let own = named(&|at| at == file);
            let part = file.split('/').next().unwrap_or(file);
            if own.is_empty() { named(&|at| at.starts_with(part)) } else { own }
        }
    }
}

fn read(folder: &Path, part: &str, root: &Path, files: &mut BTreeMap<String, Vec<String>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, part, root, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.insert(format!("{part}/{name}"), words(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// What can be reached from each function by calls.
fn calls() -> BTreeMap<Name, BTreeSet<Name>> {
    let mut files = BTreeMap::new();
    for part in ["dataflow", "fingerprint"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(part).join("src");
        read(&root, part, &root, &mut files);
    }
    let all: Vec<(&String, String, &[String])> = files
        .iter()
        .flat_map(|(file, words)| functions(words).into_iter().map(move |(name, body)| (file, name, body)))
        .collect();
    let known: BTreeSet<Name> = all.iter().map(|(file, name, _)| ((*file).clone(), name.clone())).collect();
    let mut calls: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for (file, name, body) in &all {
        let entry = calls.entry(((*file).clone(), name.clone())).or_default();
        let word = |at: usize| body.get(at).map_or("", String::as_str);
        for at in 0..body.len() {
            let is_table =
                known.iter().any(|(_, name)| name == word(at)) && word(at) == word(at).to_uppercase();
            if word(at + 1) != "(" && !is_table {
                continue;
            }
            let before = if at > 0 { word(at - 1) } else { "" };
            let back = if before == ":" { 3 } else { 2 };
            let qualifier = at.checked_sub(back).map_or("", word);
            entry.extend(meant(file, before, qualifier, &known, word(at)));
        }
    }
    calls
}

/// Everything that a function may lead to.
fn reached<'a>(calls: &'a BTreeMap<Name, BTreeSet<Name>>, from: &'a Name) -> BTreeSet<&'a Name> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Name> = calls[from].iter().collect();
    while let Some(name) = next.pop() {
        if reached.insert(name) {
            next.extend(&calls[name]);
        }
    }
    reached
}

#[test]
fn every_function_that_can_come_back_to_itself_is_listed_with_its_bound() {
    let calls = calls();
    assert!(calls.len() > 500, "{} functions were read", calls.len());
    let found: BTreeSet<String> = calls
        .keys()
        .filter(|name| reached(&calls, name).contains(name))
        .map(|(file, name)| format!("{file}: {name}"))
        .collect();
    let listed: BTreeSet<String> = BOUNDED
        .iter()
        .flat_map(|(file, names, _)| names.iter().map(move |name| format!("{file}: {name}")))
        .collect();
    let unlisted: Vec<&String> = found.difference(&listed).collect();
    let gone: Vec<&String> = listed.difference(&found).collect();
    assert!(unlisted.is_empty(), "these come back to themselves: name what bounds them: {unlisted:?}");
    assert!(gone.is_empty(), "these do not come back to themselves any more: {gone:?}");
    assert!(BOUNDED.iter().all(|(_, _, bound)| !bound.is_empty()));
}
