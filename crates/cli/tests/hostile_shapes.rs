//! Inputs made to cost more than their size, through the real program: what they cost grows no
//! faster than they do, memory stays bounded, the answer says what was not read, and no other
//! file is lost because of them.
#![cfg(target_os = "linux")]

mod common;
mod shapes;

use common::{Run, cognate_in, fixtures};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use shapes::{SHAPES, Shape};
use std::fs;
use std::sync::{Mutex, MutexGuard};

/// How much longer an input of twice the size may take.
const RATIO: f64 = 2.5;
/// Seconds below which a time says nothing: the start of two processes on a busy machine.
const NOISE: f64 = 0.2;
/// Times that a measurement is made again where it seems too long.
const TRIES: usize = 3;
/// Bytes that reading any of the inputs may take at most.
const MEMORY: u64 = 400 << 20;

/// What the children of this process cost is one sum: one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap()
}

/// Seconds that all children computed so far.
///
/// Not those of the kernel: what it takes to wake a process or to find a page differs by a factor of
/// five with what else the machine does, and what an input makes of it is bounded as memory below.
fn seconds() -> f64 {
    let time = usage().user_time();
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

/// Reads an input of a size; what it said, and the seconds it computed.
fn inspect(shape: &Shape, size: usize) -> (Run, f64) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("input"), (shape.write)(size)).unwrap();
    let before = seconds();
    let run = cognate_in(folder.path(), &[&["inspect", "input", "--json"], shape.arguments].concat());
    (run, seconds() - before)
}

/// What a shape cost, or what is wrong.
fn check(shape: &Shape) -> Result<String, String> {
    let (small, mut once) = inspect(shape, shape.size);
    let (large, mut twice) = inspect(shape, 2 * shape.size);
    // what else the machine does can only lengthen a time: the shortest of a few is nearest
    for _ in 0..TRIES {
        if twice > RATIO * once + NOISE {
            once = once.min(inspect(shape, shape.size).1);
            twice = twice.min(inspect(shape, 2 * shape.size).1);
        }
    }
    let memory = usage().max_rss() as u64 * 1024;
    let cost = format!("{once:.2} s, {twice:.2} s, {} MiB at most so far", memory >> 20);
    for run in [&small, &large] {
        // Also where nothing could be read there is a document that says so.
        if !matches!(run.code, 0..=2) || run.stdout.is_empty() {
            return Err(format!("exit {}: {}", run.code, run.stderr));
        }
    }
    if twice > RATIO * once + NOISE {
        return Err(format!("{once:.2} s became {twice:.2} s"));
    }
    if memory > MEMORY {
        return Err(format!("{} MiB", memory >> 20));
    }
    let document: serde_json::Value = serde_json::from_str(&small.stdout).unwrap_or_default();
    let sample = &document["samples"][0];
    let found = sample["functions"]["count"].as_u64().unwrap_or(0);
    if found < shape.functions {
        return Err(format!("{found} functions; gaps: {}", sample["gaps"]));
    }
    let gaps =
        sample["gaps"].as_array().map_or(0, Vec::len) + document["failed"].as_array().map_or(0, Vec::len);
    if shape.gap && gaps == 0 && small.code != 2 {
        return Err("it does not say that anything was not read".to_owned());
    }
    Ok(cost)
}

#[test]
fn what_an_input_costs_grows_no_faster_than_its_size() {
    let _alone = alone();
    let told = SHAPES.iter().map(|shape| match check(shape) {
        Ok(cost) => (true, format!("{}: {cost}", shape.name)),
        Err(why) => (false, format!("{}: WRONG: {why}", shape.name)),
    });
    let told: Vec<(bool, String)> = told.collect();
    let lines: Vec<&str> = told.iter().map(|(_, line)| line.as_str()).collect();
    assert!(told.iter().all(|(right, _)| *right), "\n{}", lines.join("\n"));
}

#[test]
fn what_a_function_costs_beyond_its_instructions_is_billed() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("input"), shapes::forgetful(400)).unwrap();
    let read = |most: &str| {
        let run = cognate_in(folder.path(), &["inspect", "input", "--max-instructions", most, "--json"]);
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        document["samples"][0]["gaps"].to_string()
    };
    // its instructions alone fit three times over
    let (few, many) = (read("800000"), read("80000000"));
    assert!(few.contains("work budget spent"), "{few}");
    assert!(!many.contains("work budget spent"), "{many}");
}

#[test]
fn the_time_limit_holds_within_a_second() {
    let _alone = alone();
    for shape in SHAPES.iter().filter(|shape| shape.functions > 0) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("input"), (shape.write)(4 * shape.size)).unwrap();
        let arguments = [&["inspect", "input", "--max-seconds", "1"], shape.arguments].concat();
        let start = std::time::Instant::now();
        let run = cognate_in(folder.path(), &arguments);
        assert!(matches!(run.code, 0..=2), "{}: exit {}: {}", shape.name, run.code, run.stderr);
        // a second of grace, and one for the start and the output on a busy machine
        assert!(start.elapsed().as_secs_f64() < 3.0, "{}: {:?}", shape.name, start.elapsed());
    }
}

/// Two files of so many like functions that each have texts of their own, one of them indexed.
fn like_functions(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("one"), shapes::own_texts(count, "one")).unwrap();
    fs::write(folder.path().join("other"), shapes::own_texts(count, "other")).unwrap();
    let run = cognate_in(folder.path(), &["index", "one", "--family", "f", "--store", "store"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    folder
}

/// Checks what a question about so many like functions, and about twice as many, costs.
fn check_question(count: usize, arguments: &[&str]) {
    let folders = [like_functions(count), like_functions(2 * count)];
    let ask = |folder: &tempfile::TempDir| {
        let before = seconds();
        let run = cognate_in(folder.path(), arguments);
        assert!(matches!(run.code, 0 | 1), "{arguments:?}: exit {}: {}", run.code, run.stderr);
        assert!(serde_json::from_str::<serde_json::Value>(&run.stdout).is_ok());
        seconds() - before
    };
    let (mut once, mut twice) = (ask(&folders[0]), ask(&folders[1]));
    for _ in 0..TRIES {
        if twice > RATIO * once + NOISE {
            (once, twice) = (once.min(ask(&folders[0])), twice.min(ask(&folders[1])));
        }
    }
    assert!(twice <= RATIO * once + NOISE, "{arguments:?}: {once:.2} s became {twice:.2} s");
    let memory = usage().max_rss() as u64 * 1024;
    assert!(memory <= MEMORY, "{arguments:?}: {} MiB", memory >> 20);
}

#[test]
fn what_a_question_costs_grows_no_faster_than_its_files() {
    let _alone = alone();
    check_question(10_000, &["match", "other", "--store", "store", "--json"]);
    check_question(10_000, &["compare", "one", "other", "--json"]);
}

#[test]
fn the_time_limit_holds_for_questions_and_what_it_left_out_is_said() {
    let _alone = alone();
    let folder = like_functions(60_000);
    for arguments in [&["match", "other", "--store", "store"][..], &["compare", "one", "other"]] {
        let start = std::time::Instant::now();
        let run = cognate_in(folder.path(), &[arguments, &["--max-seconds", "1", "--json"]].concat());
        assert!(matches!(run.code, 0 | 1), "{arguments:?}: exit {}: {}", run.code, run.stderr);
        assert!(run.stdout.contains("time budget spent"), "{arguments:?}: it does not say so");
        if arguments[0] == "match" {
            // on a quick machine the verdict is there in time, and what describes it is not
            let is_judged = run.stdout.contains("; relatives were described in part");
            assert!(run.stdout.contains("cannot-tell") || is_judged, "{}", run.stdout);
        }
        // a second for each file, one for the question; then what is read, written and the machine's own
        let most = arguments.iter().filter(|word| word.starts_with('o')).count() as f64 + 1.0 + 4.0;
        assert!(start.elapsed().as_secs_f64() < most, "{arguments:?}: {:?}", start.elapsed());
    }
}

#[test]
fn a_store_is_read_once_for_all_members_of_an_archive() {
    let _alone = alone();
    let ask = |members: usize| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("many"), shapes::members(members)).unwrap();
        let index = ["index", "many", "--family", "f", "--store", "store"];
        assert_eq!(cognate_in(folder.path(), &index).code, 0);
        let before = seconds();
        let run = cognate_in(folder.path(), &["match", "many", "--store", "store", "--json"]);
        assert!(matches!(run.code, 0 | 1), "exit {}: {}", run.code, run.stderr);
        seconds() - before
    };
    let (mut once, mut twice) = (ask(200), ask(400));
    for _ in 0..TRIES {
        if twice > RATIO * once + NOISE {
            (once, twice) = (once.min(ask(200)), twice.min(ask(400)));
        }
    }
    assert!(twice <= RATIO * once + NOISE, "{once:.2} s became {twice:.2} s");
}

/// A folder with every shape and two programs that are known.
fn folder_of_shapes() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (at, shape) in SHAPES.iter().enumerate() {
        fs::write(folder.path().join(format!("shape{at:02}")), (shape.write)(shape.size.min(20_000)))
            .unwrap();
    }
    let deep = shapes::files::elf(&shapes::deep_shl(40_000), vec![]);
    fs::write(folder.path().join("deep"), deep).unwrap();
    for name in ["alpha.elf", "gamma.elf"] {
        fs::copy(fixtures().join(name), folder.path().join(format!("zz-{name}"))).unwrap();
    }
    folder
}

#[test]
fn no_input_costs_another_its_place_in_the_store() {
    let _alone = alone();
    let folder = folder_of_shapes();
    let run = cognate_in(folder.path(), &["index", ".", "--family", "f", "--store", "../store-of-shapes"]);
    let store = folder.path().join("../store-of-shapes");
    let listed = cognate_in(folder.path(), &["corpus", "list", "--store", "../store-of-shapes"]);
    fs::remove_dir_all(store).unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    for name in ["zz-alpha.elf", "zz-gamma.elf"] {
        assert!(listed.stdout.contains(name), "{name} is not in\n{}", listed.stdout);
    }
}

#[test]
fn an_answer_with_little_read_is_cannot_tell() {
    let _alone = alone();
    let (_store, path) = common::store();
    let limits = ["--max-instructions", "100", "--store", &path, "--json"];
    let run = common::cognate(&[&["match", "beta.elf"], &limits[..]].concat());
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let report = &document["answers"][0]["report"];
    assert_eq!(report["outcome"]["verdict"], "cannot-tell", "{}", report["outcome"]);
    assert_eq!(run.code, 1);
}
