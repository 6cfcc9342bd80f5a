//! What a store of N functions costs: `scale DIR N [SAMPLES_A_COMMIT]`.
//!
//! Functions are made up (see `synthetic`): 35 of 100 are drawn from a pool of
//! library code, the near end of the pool more often than the far one, the
//! rest occur once. About 22 keys a function. Prints bytes a function,
//! memory, time to add, and the time of a look-up of 1,000 functions.
#![allow(clippy::print_stdout, reason = "a measurement prints its figures")]

use cognate_base::mix;
use cognate_fingerprint::Key;
use cognate_index::synthetic::{fingerprint, label, sample};
use cognate_index::{Embedded, SignatureId, Store};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const FUNCTIONS_A_SAMPLE: u64 = 2_000;
const POOL: u64 = 100_000;

type Failure = Box<dyn std::error::Error>;

static PEAK: AtomicU64 = AtomicU64::new(0);
static DONE: AtomicBool = AtomicBool::new(false);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, dir, count, rest @ ..] = arguments.as_slice() else {
        return Err("usage: scale DIR N [SAMPLES_A_COMMIT]".into());
    };
    let count: u64 = count.parse()?;
    let batch: u64 = rest.first().map_or(Ok(500), |batch| batch.parse())?;
    let watch = std::thread::spawn(watch_memory);
    let mut store = Embedded::open(Path::new(dir))?;
    fill(&mut store, count.div_ceil(FUNCTIONS_A_SAMPLE), batch)?;
    print_stats(&store)?;
    ask(&store, "as added")?;
    let start = Instant::now();
    store.compact()?;
    println!("compact: {:.1} s", start.elapsed().as_secs_f64());
    print_stats(&store)?;
    ask(&store, "compacted")?;
    DONE.store(true, Ordering::Relaxed);
    watch.join().map_err(|_| "the memory watch failed")?;
    println!("memory: peak anonymous {} MB", PEAK.load(Ordering::Relaxed) / 1024);
    Ok(())
}

fn fill(store: &mut Embedded, samples: u64, batch: u64) -> Result<(), Failure> {
    let (mut making, mut adding) = (Duration::ZERO, Duration::ZERO);
    for number in 0..samples {
        let start = Instant::now();
        let made = sample(number, contents(number));
        making += start.elapsed();
        let start = Instant::now();
        store.add(&made, &format!("sample-{number}"), &label(number))?;
        if (number + 1) % batch == 0 || number + 1 == samples {
            store.commit()?;
        }
        adding += start.elapsed();
    }
    let functions = samples * FUNCTIONS_A_SAMPLE;
    let rate = functions as f64 / adding.as_secs_f64();
    println!("add: {functions} functions in {:.1} s, {rate:.0} functions/s", adding.as_secs_f64());
    println!("(making them up: {:.1} s, not counted)", making.as_secs_f64());
    Ok(())
}

fn contents(number: u64) -> impl Iterator<Item = u64> {
    (0..FUNCTIONS_A_SAMPLE).map(move |index| content(number, index))
}

fn content(number: u64, index: u64) -> u64 {
    let drawn = mix(number << 32 | index);
    if drawn % 100 < 35 {
        let even = (drawn >> 11) as f64 / (1u64 << 53) as f64;
        return (even * even * POOL as f64) as u64;
    }
    POOL + number * FUNCTIONS_A_SAMPLE + index
}

fn print_stats(store: &Embedded) -> Result<(), Failure> {
    let stats = store.stats()?;
    let bytes = stats.disk_bytes as f64 / stats.functions as f64;
    println!("{stats:?}");
    println!(
        "disk: {bytes:.0} bytes a function, {:.1} keys a signature",
        stats.postings as f64 / stats.signatures as f64
    );
    Ok(())
}

/// A query of 1,000 functions: 350 library code, 200 of one stored sample, the rest new.
fn query() -> Vec<Key> {
    let contents = (0..1000).map(|index| match index {
        0..350 => mix(index) % POOL,
        350..550 => content(7, index),
        _ => u64::MAX / 2 + index,
    });
    contents.flat_map(|content| fingerprint(content).keys()).collect()
}

fn ask(store: &Embedded, what: &str) -> Result<(), Failure> {
    let keys = query();
    for round in 0..6 {
        let start = Instant::now();
        let lookup = store.lookup(&keys, 64)?;
        let looked_up = start.elapsed();
        let mut votes: HashMap<SignatureId, u32> = HashMap::new();
        for hit in &lookup.hits {
            hit.signatures.iter().for_each(|id| *votes.entry(*id).or_default() += 1);
        }
        let mut ids: Vec<_> = votes.into_iter().map(|(id, votes)| (std::cmp::Reverse(votes), id)).collect();
        ids.sort_unstable();
        ids.truncate(5_000);
        let ids: Vec<SignatureId> = ids.into_iter().map(|(_, id)| id).collect();
        let start = Instant::now();
        let signatures = store.signatures(&ids, 256)?;
        let occurrences: usize = signatures.iter().map(|signature| signature.occurrences.len()).sum();
        println!(
            "look-up, {what}, round {round}: {} keys {:.1} ms; {} signatures with {occurrences} occurrences {:.1} ms",
            keys.len(),
            looked_up.as_secs_f64() * 1e3,
            ids.len(),
            start.elapsed().as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

/// Memory that is ours alone, in KB.
fn watch_memory() {
    while !DONE.load(Ordering::Relaxed) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        PEAK.fetch_max(kilobytes, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(20));
    }
}
