//! In which order the functions of a sample are read, batch by batch, and what is said of those that are not.
//!
//! Functions whose starts the file itself names come first, then those it only leads to,
//! last what looks like code: where the budget ends, the most doubtful are left out and not
//! those that happen to lie high. [`fingerprint_with`] is the one plan; who has threads
//! brings a way to read a batch on them, [`fingerprint`] reads one function after the other.

use crate::sample::{FunctionReading, Reader, Scratch};
use crate::{SampleFingerprint, sample};
use cognate_base::{Budget, Exhausted, Gap, Place, SampleId};
use cognate_binary::{Function, Loaded, Program, StartSource};
use std::collections::BTreeMap;

/// Functions of a batch (judgement: enough for all threads).
const BATCH_FUNCTIONS: usize = 1_024;
/// Work of a batch, in instructions, beside that of its last function: some tens of milliseconds.
///
/// What a batch gave is kept before room for it is taken, so this bounds that too (judgement).
const BATCH_COST: u64 = 1 << 16;
/// Readings for which room is reserved at once.
const MOST_RESERVED: usize = 1 << 16;
/// Functions read in part that are named one by one.
const MOST_NAMED: usize = 16;

/// A sample as fingerprinted, with what was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprinted {
    /// What is compared and stored.
    pub sample: SampleFingerprint,
    /// What was left out, in the order of what it concerns: marks, functions, parts of functions.
    pub gaps: Vec<Gap>,
}

/// Fingerprints all functions of a sample on this thread: [`fingerprint_with`] where nobody brings threads.
///
/// The result depends on the arguments alone, as long as time is not what ends it. Where
/// the budget ends the functions so far are kept; [`SampleFingerprint::partial`] tells,
/// and [`fingerprint_with`] says what was left out.
pub fn fingerprint(
    id: SampleId,
    size: u64,
    loaded: &Loaded,
    program: &Program,
    budget: &mut Budget,
) -> SampleFingerprint {
    let mut scratch = Scratch::default();
    let one_by_one = |reader: &Reader<'_>, batch: &[u32]| {
        batch.iter().map(|&index| reader.function_in_time(index as usize, &mut scratch)).collect()
    };
    fingerprint_with(id, size, (loaded, program), false, budget, one_by_one).sample
}

/// Fingerprints all functions of a sample where `read` reads those of a batch, in whatever order and on whatever threads.
///
/// Everything that is fingerprinted comes through here, in the budget's stage for it.
///
/// If `unfold`, small callees are followed where they are called as well: [`FunctionFingerprint::in_place`](crate::FunctionFingerprint::in_place).
/// `read` is given indices into the program's functions and answers with a reading for each, in
/// their order: [`Reader::function_in_time`].
pub fn fingerprint_with(
    id: SampleId,
    size: u64,
    (loaded, program): (&Loaded, &Program),
    unfold: bool,
    budget: &mut Budget,
    mut read: impl FnMut(&Reader<'_>, &[u32]) -> Vec<Option<FunctionReading>>,
) -> Fingerprinted {
    let reader = Reader::within(loaded, program, budget);
    let reader = if unfold { reader.unfolding() } else { reader };
    let order = order(&program.functions);
    let mut readings: Vec<(u32, FunctionReading)> = Vec::with_capacity(order.len().min(MOST_RESERVED));
    let mut rest = &order[..];
    let mut ended = None;
    while ended.is_none() && !rest.is_empty() {
        let (batch, behind) = rest.split_at(affordable(rest, program, budget));
        rest = behind;
        // the budget gives no room once its work is spent: the last batch was paid for, and is kept
        ended = budget.exhausted();
        let last = ended.is_some();
        let mut extra = 0u64;
        for (&index, reading) in batch.iter().zip(read(&reader, batch)) {
            let Some(reading) = reading else {
                ended = Some(Exhausted::Time);
                continue;
            };
            if !last && let Err(full) = budget.keep(reading.room()) {
                ended = ended.or(Some(full));
                break;
            }
            extra = extra.saturating_add(reading.extra());
            readings.push((index, reading));
        }
        // Known only now, and for the whole batch: so what is read does not hang on the threads.
        if let Err(spent) = budget.spend(extra) {
            ended = ended.or(Some(spent));
        }
    }
    let mut gaps = Vec::from_iter(reader.unsearched().cloned());
    gaps.extend(not_read(&program.functions, &readings, ended));
    gaps.extend(read_in_part(&mut readings));
    let sample = reader.finish(id, size, readings);
    Fingerprinted { sample, gaps }
}

/// The functions by how far their starts are to be trusted, then by address.
fn order(functions: &[Function]) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..).zip(functions).map(|(index, _)| index).collect();
    order.sort_by_key(|&index| functions.get(index as usize).map(|function| function.source));
    order
}

/// How many of these functions make the next batch; their work is taken from the budget.
fn affordable(rest: &[u32], program: &Program, budget: &mut Budget) -> usize {
    let mut cost = 0;
    for (at, &index) in rest.iter().enumerate().take(BATCH_FUNCTIONS) {
        let function = program.functions.get(index as usize);
        let one = function.map_or(0, Function::instructions).saturating_add(1);
        if cost >= BATCH_COST || budget.spend(one).is_err() {
            return at;
        }
        cost = cost.saturating_add(one);
    }
    rest.len().min(BATCH_FUNCTIONS)
}

/// The gap for the functions of which there is no reading.
fn not_read(
    functions: &[Function],
    readings: &[(u32, FunctionReading)],
    ended: Option<Exhausted>,
) -> Option<Gap> {
    let missing = functions.len().checked_sub(readings.len()).filter(|missing| *missing > 0)?;
    let mut read = vec![false; functions.len()];
    for (index, _) in readings {
        if let Some(read) = read.get_mut(*index as usize) {
            *read = true;
        }
    }
    let mut sources: BTreeMap<StartSource, u64> = BTreeMap::new();
    for (function, _) in functions.iter().zip(read).filter(|(_, read)| !read) {
        *sources.entry(function.source).or_default() += 1;
    }
    let sources: Vec<String> =
        sources.iter().map(|(source, count)| format!("{count} known by {}", source.words())).collect();
    let reason = ended.map_or_else(|| "not known why".to_owned(), |ended| ended.to_string());
    let reason =
        format!("{missing} of {} functions not read ({}): {reason}", functions.len(), sources.join(", "));
    Some(Gap::of_code(Place::Whole, "fingerprints", reason))
}

/// The gaps for what was left out of single functions, those at the lowest addresses by name.
fn read_in_part(readings: &mut [(u32, FunctionReading)]) -> Vec<Gap> {
    readings.sort_unstable_by_key(|(index, _)| *index);
    let mut parts = readings.iter().flat_map(|(_, reading)| reading.left_out());
    let mut gaps: Vec<Gap> = parts.by_ref().take(MOST_NAMED).collect();
    let more = parts.count();
    if more > 0 {
        let reason = format!("and {more} more functions read in part");
        gaps.push(Gap::new(Place::Whole, sample::FLOW_OF_FUNCTION, reason));
    }
    gaps
}
