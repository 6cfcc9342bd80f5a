//! kill -9 at random moments of everything that writes: whatever a writer said was done is there afterwards,
//! nothing else is lost, and the store is sound.
#![allow(clippy::print_stdout, reason = "the child tells its parent what it has done")]

use cognate_base::mix;
use cognate_index::synthetic::{label, sample};
use cognate_index::{Embedded, ErrorKind, Label, ManifestRow, Store};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const CHILD: &str = "COGNATE_INDEX_TEST_KILLED";
/// Moments at which a writer is killed.
const MOMENTS: u64 = 36;
/// Samples of the store that is merged from.
const OTHER: std::ops::Range<u64> = 10_000..10_004;

/// One thing that a writer does; which one is a pure function of its place and the seed.
#[derive(Clone, Copy, Debug)]
enum Step {
    Index(u64),
    Relabel(u64),
    Remove(u64),
    Import(u64),
    Compact,
    Merge,
}

fn step(seed: u64, place: u64) -> Step {
    let drawn = mix(seed << 32 | place);
    let earlier = drawn / 64 % (place + 1);
    match drawn % 16 {
        0..7 => Step::Index(seed * 100 + place),
        7..9 => Step::Relabel(seed * 100 + earlier),
        9..11 => Step::Remove(seed * 100 + earlier),
        11..13 => Step::Import(seed),
        13..15 => Step::Compact,
        _ => Step::Merge,
    }
}

/// What the store must hold: the label of each sample that is there.
type Model = BTreeMap<u64, Label>;

fn imported(seed: u64, number: u64) -> Label {
    Label { source: format!("import {seed}"), ..label(number) }
}

fn apply(step: Step, model: &mut Model) {
    match step {
        Step::Index(number) => {
            model.entry(number).or_insert_with(|| label(number));
        }
        Step::Relabel(number) => {
            model.entry(number).and_modify(|held| *held = label(number + 1));
        }
        Step::Remove(number) => drop(model.remove(&number)),
        Step::Import(seed) => model.iter_mut().for_each(|(&number, held)| *held = imported(seed, number)),
        Step::Compact => {}
        Step::Merge => OTHER.for_each(|number| {
            model.entry(number).or_insert_with(|| label(number));
        }),
    }
}

fn take(step: Step, store: &mut Embedded, model: &Model, other: &Path) {
    match step {
        Step::Index(number) => {
            let made = sample(number, number % 50 * 3..number % 50 * 3 + 60);
            store.add(&made, &format!("sample {number}"), &label(number)).expect("add");
            store.commit().expect("commit");
        }
        Step::Relabel(number) => {
            store.relabel(&sample(number, []).id, &label(number + 1)).expect("relabel");
        }
        Step::Remove(number) => drop(store.remove(&sample(number, []).id).expect("remove")),
        Step::Import(seed) => {
            let row = |&number: &u64| {
                let (id, name) = (sample(number, []).id, String::new());
                ManifestRow { id, name, label: imported(seed, number) }
            };
            let rows: Vec<ManifestRow> = model.keys().map(row).collect();
            store.import_manifest(&rows).expect("import");
        }
        Step::Compact => store.compact().expect("compact"),
        Step::Merge => {
            let other = Embedded::open_read_only(other).expect("the other store");
            store.absorb(&other).expect("merge");
        }
    }
}

/// Not a test of its own: what the child runs, from a model that its parent hands it.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [dir, other, seed, known] = told.split('\n').collect::<Vec<_>>().try_into().expect("four lines");
    let seed: u64 = seed.parse().expect("a number");
    let known = known.split_whitespace().map(|number| number.parse().expect("a number"));
    let mut model: Model = known.map(|number| (number, label(number))).collect();
    let mut store = Embedded::open(Path::new(dir)).expect("a store");
    let mut out = std::io::stdout();
    for place in 0.. {
        writeln!(out, "begins {place}").expect("told");
        let next = step(seed, place);
        take(next, &mut store, &model, Path::new(other));
        apply(next, &mut model);
        writeln!(out, "done {place}").expect("told");
    }
}

/// Runs a child for so many steps and some time more, kills it, and returns how many steps it said it had done.
fn run_and_kill(dir: &Path, other: &Path, seed: u64, model: &Model, (steps, time): (u64, Duration)) -> u64 {
    let known: Vec<String> = model.keys().map(u64::to_string).collect();
    let told = format!("{}\n{}\n{seed}\n{}", dir.display(), other.display(), known.join(" "));
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["child_that_writes_until_it_is_killed", "--exact", "--nocapture"])
        .env(CHILD, told)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    // Counted from what it says, so that a busy machine kills at the same places as an idle one.
    let reached = format!("begins {steps}");
    assert!(lines.any(|line| line == reached), "the child ended before step {steps}");
    let reader = std::thread::spawn(move || {
        lines.filter_map(|line| line.strip_prefix("done ")?.parse::<u64>().ok()).last()
    });
    std::thread::sleep(time);
    child.kill().expect("kill");
    child.wait().expect("wait");
    reader.join().expect("the reader").map_or(steps, |last| last + 1)
}

fn held(store: &Embedded, numbers: &[u64]) -> Model {
    let mut model = Model::new();
    for &number in numbers {
        if let Some(info) = store.find(&sample(number, []).id).expect("find") {
            assert!(!store.functions(info.key).expect("functions").is_empty());
            model.insert(number, info.label);
        }
    }
    assert_eq!(model.len(), store.samples().expect("samples").len(), "and no others");
    model
}

#[test]
fn a_writer_that_is_killed_loses_nothing_it_said_was_done() {
    let dirs = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
    let [dir, other] = [0, 1].map(|index: usize| -> PathBuf { dirs[index].path().join("store") });
    let mut lent = Embedded::open(&other).expect("a store");
    for number in OTHER {
        lent.add(&sample(number, number..number + 40), "lent", &label(number)).expect("add");
    }
    lent.commit().expect("commit");
    drop(lent);
    let mut model = Model::new();
    let (mut steps, mut within) = (0, 0);
    for seed in 1..=MOMENTS {
        let moment = (mix(seed) % 5, Duration::from_micros(mix(!seed) % 40_000));
        let done = run_and_kill(&dir, &other, seed, &model, moment);
        let numbers: Vec<u64> = (0..=MOMENTS * 100 + 100).chain(OTHER).collect();
        let store = match Embedded::open_read_only(&dir) {
            Ok(store) => store,
            Err(error) if error.kind() == ErrorKind::NoStore && done == 0 => continue,
            Err(error) => panic!("moment {seed}: {error}"),
        };
        assert_eq!(store.verify().expect("verify"), Vec::<String>::new(), "moment {seed}");
        (0..done).for_each(|place| apply(step(seed, place), &mut model));
        // The step it was at is done whole or not at all.
        let found = held(&store, &numbers);
        if found != model {
            let mut next = model.clone();
            apply(step(seed, done), &mut next);
            assert!(found == next, "moment {seed}, within {:?}", step(seed, done));
            model = next;
            within += 1;
        }
        steps += done;
    }
    assert!(steps > MOMENTS, "only {steps} steps were done");
    println!("{MOMENTS} moments, {steps} steps done, {within} committed and not yet said");
    let mut store = Embedded::open(&dir).expect("open");
    store.compact().expect("the next writer goes on");
    assert_eq!(store.verify().expect("verify"), Vec::<String>::new());
    let names = std::fs::read_dir(&dir).expect("the folder").count();
    assert_eq!(names, 4, "marker, lock, one catalogue, one segment: nothing was left behind");
}
