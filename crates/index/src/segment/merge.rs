//! Joins segments into one: signatures stored once, removed samples left out,
//! lists capped again. Everything streams; what stays in memory is twenty bytes
//! a signature for the new numbers and their order by hash, sixteen a sample, and one sample's functions.

use super::functions::put_functions;
use super::postings::{Thresholds, Walk};
use super::reader::{Reader, SampleEntry, Segment};
use super::writer::{SegmentWriter, Written};
use crate::error::Result;
use crate::record::{Occurrences, likeness, the_lesser};
use crate::sketch::{COMPLETE, STORED_CAP, cap_list, cap_occurrences};
use cognate_fingerprint::Fingerprint;
use std::collections::HashMap;
use std::path::PathBuf;

const DEAD: u32 = u32::MAX;

/// A segment that goes into a merge.
pub(crate) struct Part<'a> {
    pub(crate) segment: &'a Segment,
    /// Occurrences of each signature that are dropped, by the signature's number.
    pub(crate) gone: &'a HashMap<u32, u64>,
    /// The sample's number in the result; `None` drops it.
    pub(crate) renumber: &'a (dyn Fn(u32) -> Option<u32> + Sync),
}

/// Writes the merged segment at `path`. `rank` is a sample's rank, by its number in the result.
pub(crate) fn merge(parts: &[Part<'_>], rank: &dyn Fn(u32) -> u64, path: PathBuf) -> Result<Written> {
    let mut writer = SegmentWriter::new(path);
    let numbers = merge_signatures(parts, rank, &mut writer)?;
    merge_postings(parts, &numbers, &mut writer)?;
    merge_samples(parts, &numbers, &mut writer)?;
    writer.finish()
}

/// Writes the signatures; returns, for each part, the new number of each.
fn merge_signatures(
    parts: &[Part<'_>],
    rank: &dyn Fn(u32) -> u64,
    writer: &mut SegmentWriter,
) -> Result<Vec<Vec<u32>>> {
    let mut heads: Vec<Head<'_>> = Vec::new();
    for part in parts {
        let (reader, numbers) = (part.segment.reader(), Vec::new());
        let mut head = Head { part, reader, numbers, next: None };
        head.advance()?;
        heads.push(head);
    }
    while let Some(place) = heads.iter().filter_map(Head::place).min() {
        let new = merge_signature(&mut heads, place, rank, writer)?;
        for head in heads.iter_mut().filter(|head| head.place() == Some(place)) {
            head.numbers.push(new);
            head.advance()?;
            if head.place().is_some_and(|next| next <= place) {
                return Err(head.part.segment.damaged("signatures out of order"));
            }
        }
    }
    Ok(heads.into_iter().map(|head| head.numbers).collect())
}

/// What signatures are ordered by: likeness, then hash.
type Place = (u128, u64);

/// A part at the signature that comes next.
struct Head<'a> {
    part: &'a Part<'a>,
    reader: Reader<'a>,
    /// The new number of each signature before.
    numbers: Vec<u32>,
    next: Option<(Place, Fingerprint, Occurrences)>,
}

impl Head<'_> {
    fn place(&self) -> Option<Place> {
        self.next.as_ref().map(|(place, _, _)| *place)
    }

    fn advance(&mut self) -> Result<()> {
        self.next = None;
        if (self.numbers.len() as u64) < self.part.segment.header().signatures {
            let number = self.numbers.len() as u32;
            let hash = self.reader.hash(number)?;
            let (fingerprint, places) = self.reader.signature(number)?;
            self.next = Some(((likeness(&fingerprint), hash), fingerprint, places));
        }
        Ok(())
    }
}

fn merge_signature(
    heads: &mut [Head<'_>],
    place: Place,
    rank: &dyn Fn(u32) -> u64,
    writer: &mut SegmentWriter,
) -> Result<u32> {
    let mut least: Option<&Fingerprint> = None;
    let (mut total, mut list) = (0u64, Vec::new());
    for head in heads.iter().filter(|head| head.place() == Some(place)) {
        let Some((_, fingerprint, places)) = &head.next else { continue };
        let (part, number) = (head.part, head.numbers.len() as u32);
        let left = places.total.saturating_sub(part.gone.get(&number).copied().unwrap_or(0));
        if left == 0 {
            continue;
        }
        total = total.saturating_add(left);
        let renumbered = places
            .list
            .iter()
            .filter_map(|&(sample, function)| (part.renumber)(sample).map(|sample| (sample, function)));
        list.extend(renumbered);
        least = Some(least.map_or(fingerprint, |least| the_lesser(least, fingerprint)));
    }
    let Some(fingerprint) = least else { return Ok(DEAD) };
    cap_occurrences(&mut list, STORED_CAP, rank);
    writer.signature(place.1, fingerprint, &Occurrences { total, list })
}

/// The postings of one part, with the key that comes next.
struct PartPostings<'a> {
    segment: &'a Segment,
    reader: Reader<'a>,
    walk: Walk<'a>,
    next: Option<u64>,
    /// The numbers under that key.
    list: Vec<u32>,
    thresholds: Thresholds<'a>,
    thresholds_seen: u64,
}

impl<'a> PartPostings<'a> {
    fn new(segment: &'a Segment) -> Result<Self> {
        let (reader, walk, thresholds) = (segment.reader(), segment.walk(), segment.thresholds());
        let (next, list) = (None, Vec::new());
        let mut source = PartPostings { segment, reader, walk, next, list, thresholds, thresholds_seen: 0 };
        source.advance()?;
        Ok(source)
    }

    fn advance(&mut self) -> Result<()> {
        self.next = self.walk.step(&mut self.list)?;
        Ok(())
    }

    fn threshold(&mut self, key: u64) -> Result<u64> {
        while self.thresholds_seen < self.thresholds.len() {
            let (found, threshold) = self.thresholds.at(self.thresholds_seen)?;
            if found >= key {
                return Ok(if found == key { threshold } else { COMPLETE });
            }
            self.thresholds_seen += 1;
        }
        Ok(COMPLETE)
    }
}

fn merge_postings(parts: &[Part<'_>], numbers: &[Vec<u32>], writer: &mut SegmentWriter) -> Result<()> {
    let most = parts.iter().map(|part| part.segment.header().postings).fold(0, u64::saturating_add);
    writer.begin_postings(most)?;
    let mut sources = Vec::new();
    for part in parts {
        sources.push(PartPostings::new(part.segment)?);
    }
    let mut list: Vec<(u32, u64)> = Vec::new();
    while let Some(key) = sources.iter().filter_map(|source| source.next).min() {
        let mut threshold = COMPLETE;
        list.clear();
        for (source, numbers) in sources.iter_mut().zip(numbers) {
            if source.next == Some(key) {
                threshold = threshold.min(source.threshold(key)?);
                gather(source, numbers, &mut list)?;
            }
        }
        let threshold = cap_list(&mut list, threshold);
        if !list.is_empty() {
            let numbers = list.iter().map(|&(new, _)| new);
            writer.posting(key, numbers, (threshold != COMPLETE).then_some(threshold))?;
        }
    }
    Ok(())
}

/// Takes the list of the key at which a part is, and goes on to the next one.
fn gather(source: &mut PartPostings<'_>, numbers: &[u32], list: &mut Vec<(u32, u64)>) -> Result<()> {
    for &number in &source.list {
        let new = numbers.get(number as usize).copied();
        let new = new.ok_or_else(|| source.segment.damaged("posting of a signature that is not there"))?;
        if new != DEAD {
            list.push((new, source.reader.hash(number)?));
        }
    }
    let before = source.next;
    source.advance()?;
    if source.next.is_some_and(|next| Some(next) <= before) {
        return Err(source.segment.damaged("postings out of order"));
    }
    Ok(())
}

fn merge_samples(parts: &[Part<'_>], numbers: &[Vec<u32>], writer: &mut SegmentWriter) -> Result<()> {
    let mut order: Vec<(u32, usize, SampleEntry)> = Vec::new();
    let mut readers: Vec<Reader<'_>> = parts.iter().map(|part| part.segment.reader()).collect();
    for (index, (part, reader)) in parts.iter().zip(&mut readers).enumerate() {
        for entry in reader.samples()? {
            if let Some(new) = (part.renumber)(entry.key) {
                order.push((new, index, entry));
            }
        }
    }
    order.sort_unstable_by_key(|&(new, index, _)| (new, index));
    for (new, index, entry) in order {
        let (Some(reader), Some(numbers)) = (readers.get_mut(index), numbers.get(index)) else { continue };
        let rows = reader.functions(&entry)?;
        let known = |row: &super::FunctionRow| {
            numbers.get(row.signature as usize).is_some_and(|&number| number != DEAD)
        };
        if !rows.iter().all(known) {
            let part = parts
                .get(index)
                .map(|part| part.segment.damaged("function of a signature that is not there"));
            return part.map_or(Ok(()), Err);
        }
        let number = |old: u32| numbers.get(old as usize).copied().unwrap_or(DEAD);
        writer.sample(new, entry.functions, |out| put_functions(out, &rows, number))?;
    }
    Ok(())
}
