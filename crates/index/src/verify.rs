//! Looks for damage: checksums, and whether what refers to something finds it.

use crate::embedded::Embedded;
use crate::error::Result;
use crate::segment::Segment;
use crate::state::View;
use crate::store::Store;
use std::collections::{HashMap, HashSet};

/// Problems listed of one segment before the rest is only counted.
const MOST_PROBLEMS: usize = 20;

impl Embedded {
    /// Checks everything and lists what is wrong; an empty list means a sound store.
    ///
    /// Reads every byte. Fails only where the catalogue itself cannot be read.
    pub fn verify(&self) -> Result<Vec<String>> {
        let mut problems = self.catalogue().problems()?;
        let state = self.state()?;
        let mut seen: HashMap<u32, u32> = HashMap::new();
        for view in &state.views {
            let found = view_problems(view, &mut seen).unwrap_or_else(|error| vec![error.to_string()]);
            problems.extend(found.into_iter().map(|problem| format!("segment {}: {problem}", view.number)));
        }
        for sample in self.samples()? {
            match seen.get(&sample.key.0) {
                Some(&functions) if functions == sample.functions => {}
                Some(functions) => problems.push(format!(
                    "sample {}: {functions} functions in its segment, {} in the catalogue",
                    sample.id, sample.functions
                )),
                None => problems.push(format!("sample {}: in no segment", sample.id)),
            }
        }
        Ok(problems)
    }
}

fn view_problems(view: &View, seen: &mut HashMap<u32, u32>) -> Result<Vec<String>> {
    let segment = &*view.segment;
    let mut problems = Vec::new();
    for entry in segment.samples()? {
        if seen.insert(entry.key, entry.functions).is_some() {
            problems.push(format!("sample number {} is in two segments", entry.key));
        }
    }
    let damaged = segment.damaged_sections();
    if !damaged.is_empty() {
        problems.push(format!("checksum of {damaged:?}"));
        return Ok(problems);
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
    for entry in segment.samples()? {
        samples.insert(entry.key, entry.functions);
        for row in segment.functions(&entry)? {
            match used.get_mut(row.signature as usize) {
                Some(count) => *count = count.saturating_add(1),
                None => problems.push(format!("sample number {}: unknown signature", entry.key)),
            }
        }
    }
    let mut before = None;
    for number in 0..counts {
        let hash = segment.hash(number)?;
        if before.is_some_and(|before| before >= hash) {
            problems.push(format!("signature {number}: out of order"));
        }
        before = Some(hash);
        let (_, places) = segment.signature(number)?;
        let known =
            |&(sample, function): &(u32, u32)| samples.get(&sample).is_some_and(|&count| function < count);
        if !places.list.iter().all(known) {
            problems.push(format!("signature {number}: occurs in a function that is not there"));
        }
        if used.get(number as usize).is_some_and(|&count| u64::from(count) != places.total) {
            problems.push(format!("signature {number}: its occurrences do not add up"));
        }
    }
    problems.extend(posting_problems(segment, counts));
    Ok(problems)
}

fn posting_problems(segment: &Segment, signatures: u32) -> Vec<String> {
    let mut walk = segment.postings().walk();
    let mut before: Option<(u64, u32)> = None;
    let mut kinds: HashSet<&'static str> = HashSet::new();
    loop {
        match walk.step() {
            Ok(None) => break,
            Err(problem) => {
                kinds.insert(problem);
                break;
            }
            Ok(Some(posting)) => {
                if posting.1 >= signatures {
                    kinds.insert("a posting of an unknown signature");
                }
                if before.is_some_and(|before| before >= posting) {
                    kinds.insert("postings out of order");
                }
                before = Some(posting);
            }
        }
    }
    kinds.into_iter().map(str::to_owned).collect()
}

#[cfg(any(test, feature = "conformance"))]
/// Reads everything that a segment's bytes offer; for fuzzing. Never panics.
pub fn read_all(bytes: Vec<u8>) -> Result<usize> {
    let segment = Segment::from_vec(bytes)?;
    let mut found = segment.damaged_sections().len();
    found += problems_of(&segment)?.len();
    let step = (segment.header().signatures / 64).max(1);
    for number in (0..segment.header().signatures).step_by(usize::try_from(step).unwrap_or(1)) {
        let hash = segment.hash(number as u32)?;
        found += usize::from(segment.number(hash).is_some());
        let cap = crate::sketch::STORED_CAP;
        let key = crate::segment::short_key(hash);
        segment.postings().find(key, cap, |_| found += 1).ok_or_else(|| segment.damaged("postings"))?;
        found += usize::from(segment.thresholds().find(key).is_some());
    }
    Ok(found)
}
