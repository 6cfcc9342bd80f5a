//! Looks for damage: checksums, and whether what refers to something finds it.

use crate::catalogue::{Catalogue, Snapshot};
use crate::embedded::Embedded;
use crate::error::{Error, ErrorKind, Result};
use crate::export::newer_than;
use crate::marker::Marker;
use crate::moment::marker_of;
use crate::open_segments::open_segment;
use crate::record::likeness;
use crate::segment::{Cache, Segment};
use crate::store::SampleInfo;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// Problems listed of one segment before the rest is only counted.
const MOST_PROBLEMS: usize = 20;
/// How often it is looked again when a writer went on meanwhile.
const MOST_LOOKS: u32 = 5;

impl Embedded {
    /// Checks everything and lists what is wrong; an empty list means a sound store.
    ///
    /// Reads every byte of the marker, the catalogue and the segments that count, each of which stands
    /// under a checksum; the lock's file holds nothing that anybody believes. Fails only where there is no
    /// store, or one of another version.
    pub fn verify_at(dir: &Path) -> Result<Vec<String>> {
        let mut looks = 0;
        loop {
            let before = Marker::read(dir).ok();
            let problems = problems_at(dir)?;
            looks += 1;
            if problems.is_empty() || looks == MOST_LOOKS || Marker::read(dir).ok() == before {
                return Ok(problems);
            }
        }
    }

    /// Checks the store as it is on disk now, for tests: see [`Embedded::verify_at`].
    #[cfg(any(test, feature = "conformance"))]
    pub fn verify(&self) -> Result<Vec<String>> {
        Self::verify_at(self.dir())
    }
}

/// The error as a problem, where it tells of damage and not of there being no store.
fn as_problem(error: Error) -> Result<String> {
    match error.kind() {
        ErrorKind::Damaged | ErrorKind::Io | ErrorKind::Catalogue | ErrorKind::TooLarge => {
            Ok(error.to_string())
        }
        _ => Err(error),
    }
}

/// What was read; what could not be is noted among the problems.
fn noting<T>(read: Result<T>, problems: &mut Vec<String>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => {
            problems.push(as_problem(error)?);
            Ok(None)
        }
    }
}

fn problems_at(dir: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let opened = marker_of(dir).and_then(|marker| Ok((Catalogue::open(dir, &marker)?, marker)));
    if let Some((catalogue, marker)) = noting(opened, &mut problems)? {
        let found = noting(catalogue.problems(), &mut problems)?;
        problems.extend(found.unwrap_or_default());
        if let Some(newer) = newer_than(dir, &marker)? {
            let newer = newer.display();
            problems.push(format!(
                "`{newer}` is whole and newer than the marker, which may be an old or a foreign one"
            ));
        }
        if let Some(snapshot) = noting(catalogue.snapshot(), &mut problems)? {
            let functions = check_segments(dir, &marker, &snapshot, &mut problems)?;
            let live = |key: u32| snapshot.samples.get(key as usize).is_some_and(|sample| !sample.removed);
            let samples = noting(catalogue.samples(live), &mut problems)?.unwrap_or_default();
            problems.extend(samples.iter().filter_map(|sample| sample_problem(sample, &functions)));
        }
    }
    Ok(problems)
}

/// Reads the segments that count; how many functions each sample in them has, by its number.
fn check_segments(
    dir: &Path,
    marker: &Marker,
    snapshot: &Snapshot,
    problems: &mut Vec<String>,
) -> Result<HashMap<u32, u32>> {
    let mut seen: HashMap<u32, u32> = HashMap::new();
    let cache: Arc<Cache> = Arc::default();
    for row in &snapshot.segments {
        let mut own = Vec::new();
        let segment = open_segment(dir, row, &cache);
        let found = segment.and_then(|segment| segment_problems(&segment, &mut seen));
        let found = noting(found, &mut own)?.unwrap_or_default();
        own.extend(found);
        if row.number >= marker.next_segment {
            own.push("a number that was never given".to_owned());
        }
        problems.extend(own.into_iter().map(|problem| format!("segment {}: {problem}", row.number)));
    }
    Ok(seen)
}

/// Whether the catalogue and the segments agree about a sample.
fn sample_problem(sample: &SampleInfo, functions: &HashMap<u32, u32>) -> Option<String> {
    match functions.get(&sample.key.0) {
        Some(&functions) if functions == sample.functions => None,
        Some(functions) => Some(format!(
            "sample {}: {functions} functions in its segment, {} in the catalogue",
            sample.id, sample.functions
        )),
        None => Some(format!("sample {}: in no sound segment", sample.id)),
    }
}

fn segment_problems(segment: &Segment, seen: &mut HashMap<u32, u32>) -> Result<Vec<String>> {
    let (mut problems, damaged) = segment.damaged_blocks(MOST_PROBLEMS);
    if damaged > 0 {
        let more = damaged.saturating_sub(problems.len() as u64);
        problems.extend((more > 0).then(|| format!("and {more} more blocks")));
        return Ok(problems);
    }
    for entry in segment.reader().samples()? {
        if seen.insert(entry.key, entry.functions).is_some() {
            problems.push(format!("sample number {} is in two segments", entry.key));
        }
    }
    problems.extend(problems_of(segment)?);
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    problems.truncate(MOST_PROBLEMS);
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    Ok(problems)
}

/// Reads everything in a segment and checks what refers to what.
fn problems_of(segment: &Segment) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let counts = u32::try_from(segment.header().signatures).unwrap_or(u32::MAX);
    let mut used: Vec<u32> = vec![0; counts as usize];
    let mut samples: HashMap<u32, u32> = HashMap::new();
    let mut reader = segment.reader();
    for entry in reader.samples()? {
        samples.insert(entry.key, entry.functions);
        for row in reader.functions(&entry)? {
            match used.get_mut(row.signature as usize) {
                Some(count) => *count = count.saturating_add(1),
                None => problems.push(format!("sample number {}: unknown signature", entry.key)),
            }
        }
    }
    let mut before = None;
    let mut found = Vec::new();
    for number in 0..counts {
        let hash = reader.hash(number)?;
        let (fingerprint, places) = reader.signature(number)?;
        let place = Some((likeness(&fingerprint), hash));
        if before >= place {
            problems.push(format!("signature {number}: out of order"));
        }
        before = place;
        found.clear();
        reader.numbers(hash, &mut found)?;
        if !found.contains(&number) {
            problems.push(format!("signature {number}: not found by its hash"));
        }
        let known =
            |&(sample, function): &(u32, u32)| samples.get(&sample).is_some_and(|&count| function < count);
        if !places.list.iter().all(known) {
            problems.push(format!("signature {number}: occurs in a function that is not there"));
        }
        if used.get(number as usize).is_some_and(|&count| u64::from(count) != places.total) {
            problems.push(format!("signature {number}: its occurrences do not add up"));
        }
    }
    problems.extend(posting_problems(segment, counts)?);
    Ok(problems)
}

fn posting_problems(segment: &Segment, signatures: u32) -> Result<Vec<String>> {
    let mut walk = segment.walk();
    let mut before: Option<u64> = None;
    let mut kinds: HashSet<&'static str> = HashSet::new();
    let mut list = Vec::new();
    while let Some(key) = walk.step(&mut list)? {
        // Within a list they ascend by how they are written.
        if list.last().is_some_and(|&last| last >= signatures) {
            kinds.insert("a posting of an unknown signature");
        }
        if before >= Some(key) {
            kinds.insert("postings out of order");
        }
        before = Some(key);
    }
    let mut thresholds = segment.thresholds();
    let mut before = None;
    for index in 0..thresholds.len() {
        let (key, _) = thresholds.at(index)?;
        if before.is_some_and(|before| before >= key) {
            kinds.insert("thresholds out of order");
        }
        before = Some(key);
    }
    Ok(kinds.into_iter().map(str::to_owned).collect())
}

/// Reads everything that a segment's bytes offer; for fuzzing. Never panics.
#[cfg(any(test, feature = "conformance"))]
pub fn read_all(bytes: Vec<u8>) -> Result<usize> {
    let segment = Segment::from_vec(bytes)?;
    let mut found = segment.damaged_blocks(MOST_PROBLEMS).0.len();
    found += problems_of(&segment)?.len();
    let step = (segment.header().signatures / 64).max(1);
    let (mut reader, mut list) = (segment.reader(), Vec::new());
    for number in (0..segment.header().signatures).step_by(usize::try_from(step).unwrap_or(1)) {
        let hash = reader.hash(number as u32)?;
        reader.numbers(hash, &mut list)?;
        found += list.len();
        let key = crate::segment::short_key(hash);
        reader.find(key, &mut list)?;
        found += list.len();
        found += usize::from(reader.threshold(key)?.is_some());
    }
    Ok(found)
}

/// Reads everything that a catalogue's bytes offer; for fuzzing. Never panics.
#[cfg(any(test, feature = "conformance"))]
pub fn read_catalogue(bytes: &[u8]) -> Result<usize> {
    let catalogue = Catalogue::from_bytes(bytes)?;
    let snapshot = catalogue.snapshot()?;
    let samples = catalogue.samples(|_| true)?;
    for sample in samples.iter().take(8) {
        catalogue.find(&sample.id)?;
        catalogue.history(&sample.id)?;
    }
    catalogue.counts()?;
    Ok(catalogue.problems()?.len() + snapshot.segments.len() + samples.len())
}

/// Reads a marker's text; for fuzzing. Never panics; what it takes, it would write just so.
#[cfg(any(test, feature = "conformance"))]
pub fn read_marker(bytes: &[u8]) -> Result<()> {
    Marker::parse(Path::new("memory"), bytes).map(|_| ())
}
