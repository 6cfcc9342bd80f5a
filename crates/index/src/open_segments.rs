//! What a look-up sees: the segments and samples of one moment.

use crate::catalogue::{SampleStatus, SegmentRow, Snapshot};
use crate::error::{Result, no_sample, no_signature};
use crate::files::segment_name;
use crate::record::{Occurrences, the_lesser};
use crate::segment::{Cache, Reader, SampleEntry, Segment, short_key};
use crate::sketch::{COMPLETE, STORED_CAP, cap_occurrences, condense, sample_rank, total};
use crate::store::{FunctionInfo, Hit, Lookup, Occurrence, SampleKey, Signature, SignatureId};
use cognate_fingerprint::{Fingerprint, Key};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Keys that one thread takes at a time.
const CHUNK: usize = 512;
/// Signatures that one thread takes at a time.
const SIGNATURES: usize = 64;

/// An open segment, and what of it no longer counts.
pub(crate) struct View {
    pub(crate) number: u64,
    pub(crate) segment: Arc<Segment>,
    /// Bytes of its file.
    pub(crate) bytes: u64,
    /// Occurrences in removed samples, by the signature's number.
    pub(crate) gone: HashMap<u32, u64>,
    /// Functions of removed samples.
    pub(crate) gone_functions: u64,
}

impl View {
    fn gone(&self, number: u32) -> u64 {
        if self.gone.is_empty() { 0 } else { self.gone.get(&number).copied().unwrap_or(0) }
    }

    /// Whether a signature still occurs in a sample that counts.
    fn is_live(&self, reader: &mut Reader<'_>, number: u32) -> Result<bool> {
        let gone = self.gone(number);
        Ok(gone == 0 || reader.signature(number)?.1.total > gone)
    }
}

/// What is known of one sample number.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    rank: u64,
    live: bool,
}

/// The segments and samples of one moment.
pub(crate) struct OpenSegments {
    pub(crate) views: Vec<View>,
    slots: Vec<Slot>,
}

/// Opens a segment that the catalogue names, and no other in its place.
pub(crate) fn open_segment(dir: &Path, row: &SegmentRow, cache: &Arc<Cache>) -> Result<Segment> {
    let path = dir.join(segment_name(row.number));
    let segment = Segment::open(&path, cache)?;
    if segment.root() != row.root {
        return Err(segment.damaged("it is not the one that the catalogue names"));
    }
    if segment.header().fingerprint_version != cognate_fingerprint::VERSION {
        return Err(segment.damaged("made by another fingerprint version than the store says"));
    }
    Ok(segment)
}

impl OpenSegments {
    /// Opens what the catalogue names; segments already open in `before` are taken over.
    pub(crate) fn open(
        dir: &Path,
        cache: &Arc<Cache>,
        snapshot: &Snapshot,
        before: Option<&OpenSegments>,
    ) -> Result<OpenSegments> {
        let slot = |sample: &SampleStatus| Slot { rank: sample_rank(&sample.id), live: !sample.removed };
        let slots: Vec<Slot> = snapshot.samples.iter().map(slot).collect();
        let mut placed = vec![false; slots.len()];
        let mut segments = OpenSegments { views: Vec::new(), slots };
        for row in &snapshot.segments {
            let known = before.and_then(|before| before.views.iter().find(|view| view.number == row.number));
            let segment = match known.filter(|view| view.segment.root() == row.root) {
                Some(view) => Arc::clone(&view.segment),
                None => Arc::new(open_segment(dir, row, cache)?),
            };
            let view = segments.view(row, segment, &mut placed)?;
            segments.views.push(view);
        }
        Ok(segments)
    }

    fn view(&self, row: &SegmentRow, segment: Arc<Segment>, placed: &mut [bool]) -> Result<View> {
        let mut gone = HashMap::new();
        let mut gone_functions = 0;
        let mut reader = segment.reader();
        for entry in reader.samples()? {
            let place = placed.get_mut(entry.key as usize);
            if place.is_none_or(|place| std::mem::replace(place, true)) {
                return Err(segment.damaged("a sample that is unknown or in two segments"));
            }
            if self.is_live(entry.key) {
                continue;
            }
            for row in reader.functions(&entry)? {
                *gone.entry(row.signature).or_insert(0) += 1;
            }
            gone_functions += u64::from(entry.functions);
        }
        drop(reader);
        Ok(View { number: row.number, segment, bytes: row.bytes, gone, gone_functions })
    }

    /// The number that the next sample gets.
    pub(crate) fn next_key(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// Whether a sample is there and not removed.
    pub(crate) fn is_live(&self, key: u32) -> bool {
        self.slots.get(key as usize).is_some_and(|slot| slot.live)
    }

    /// The rank of a sample's occurrences.
    pub(crate) fn rank(&self, key: u32) -> u64 {
        self.slots.get(key as usize).map_or(0, |slot| slot.rank)
    }

    /// Where a sample lies.
    pub(crate) fn locate(&self, key: u32) -> Result<Option<(&View, SampleEntry)>> {
        if !self.is_live(key) {
            return Ok(None);
        }
        for view in &self.views {
            if let Some(entry) = view.segment.reader().find_sample(key)? {
                return Ok(Some((view, entry)));
            }
        }
        Ok(None)
    }

    /// A sample's functions.
    pub(crate) fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>> {
        let Some((view, entry)) = self.locate(sample.0)? else {
            return Err(no_sample(sample));
        };
        let mut reader = view.segment.reader();
        let rows = reader.functions(&entry)?.into_iter();
        let infos = rows.map(|row| {
            Ok(FunctionInfo {
                address: row.address,
                bytes: row.bytes,
                name: row.name.map(String::from),
                signature: SignatureId(reader.hash(row.signature)?),
                callees: row.callees,
                thunk: row.thunk,
            })
        });
        infos.collect()
    }

    /// Looks up keys, in order of key within each thread's share.
    pub(crate) fn lookup(&self, keys: &[Key], cap: usize) -> Result<Lookup> {
        let mut order: Vec<(u64, usize)> = keys.iter().map(|key| short_key(key.hash)).zip(0..).collect();
        order.sort_unstable();
        let found: Vec<Vec<(usize, Hit)>> =
            order.par_chunks(CHUNK).map(|chunk| self.look_up_chunk(chunk, cap)).collect::<Result<_>>()?;
        let mut hits = vec![Hit::default(); keys.len()];
        let mut truncated = 0;
        for (place, hit) in found.into_iter().flatten() {
            truncated += usize::from(hit.total > hit.signatures.len() as u64);
            hits[place] = hit;
        }
        Ok(Lookup { hits, coverage: 1.0, truncated })
    }

    fn look_up_chunk(&self, chunk: &[(u64, usize)], cap: usize) -> Result<Vec<(usize, Hit)>> {
        let mut lists: Vec<(Vec<u64>, u64)> = vec![(Vec::new(), COMPLETE); chunk.len()];
        let mut numbers = Vec::new();
        for view in &self.views {
            let mut reader = view.segment.reader();
            for (&(key, _), (hashes, threshold)) in chunk.iter().zip(&mut lists) {
                reader.find(key, &mut numbers)?;
                for &number in &numbers {
                    if view.gone.is_empty() || view.is_live(&mut reader, number)? {
                        hashes.push(reader.hash(number)?);
                    }
                }
                if !numbers.is_empty() {
                    *threshold = (*threshold).min(reader.threshold(key)?.unwrap_or(COMPLETE));
                }
            }
        }
        let hits = chunk.iter().zip(lists).filter(|(_, (hashes, _))| !hashes.is_empty());
        Ok(hits.map(|(&(_, place), (hashes, threshold))| (place, hit(hashes, threshold, cap))).collect())
    }

    /// Fetches signatures in the order asked; reads them in that in which they lie, where like ones are near.
    pub(crate) fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>> {
        let mut order: Vec<(SignatureId, usize)> = ids.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let places =
            order.par_chunks(SIGNATURES).map(|chunk| self.places(chunk)).collect::<Result<Vec<_>>>()?;
        let mut places: Vec<Place> = places.into_iter().flatten().collect();
        places.par_sort_unstable();
        let read = places.par_chunks(SIGNATURES).map(|chunk| self.read(chunk)).collect::<Result<Vec<_>>>()?;
        let mut fetched: Vec<Option<Found>> = ids.iter().map(|_| None).collect();
        for (asked, found) in read.into_iter().flatten() {
            let Some(slot) = fetched.get_mut(asked) else { continue };
            *slot = Some(match slot.take() {
                Some(before) => before.and(found),
                None => found,
            });
        }
        ids.iter().zip(fetched).map(|(&id, found)| self.signature(id, found, cap)).collect()
    }

    /// Where signatures lie; each may be in several segments.
    fn places(&self, chunk: &[(SignatureId, usize)]) -> Result<Vec<Place>> {
        let (mut places, mut numbers) = (Vec::new(), Vec::new());
        for (at, view) in self.views.iter().enumerate() {
            let mut reader = view.segment.reader();
            for &(id, asked) in chunk {
                numbers.clear();
                reader.numbers(id.0, &mut numbers)?;
                places.extend(numbers.iter().map(|&number| Place { view: at, number, asked }));
            }
        }
        Ok(places)
    }

    /// Reads signatures that are not all gone, each with the place at which it was asked for.
    fn read(&self, chunk: &[Place]) -> Result<Vec<(usize, Found)>> {
        let mut found = Vec::with_capacity(chunk.len());
        for run in chunk.chunk_by(|one, next| one.view == next.view) {
            let Some(view) = run.first().and_then(|first| self.views.get(first.view)) else { continue };
            let mut reader = view.segment.reader();
            for &Place { number, asked, .. } in run {
                let (fingerprint, Occurrences { total, mut list }) = reader.signature(number)?;
                let total = total.saturating_sub(view.gone(number));
                list.retain(|&(sample, _)| self.is_live(sample));
                found.extend((total > 0).then_some((asked, Found { fingerprint, total, list })));
            }
        }
        Ok(found)
    }

    fn signature(&self, id: SignatureId, found: Option<Found>, cap: usize) -> Result<Signature> {
        let Found { fingerprint, total, mut list } = found.ok_or_else(|| no_signature(id))?;
        cap_occurrences(&mut list, cap.min(STORED_CAP), |sample| self.rank(sample));
        let place = |(sample, function)| Occurrence { sample: SampleKey(sample), function };
        let occurrences = list.into_iter().map(place).collect();
        Ok(Signature { id, fingerprint, occurrences, total })
    }
}

/// Where a signature lies that was asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    view: usize,
    number: u32,
    asked: usize,
}

/// A signature, by one or more segments.
struct Found {
    fingerprint: Fingerprint,
    total: u64,
    list: Vec<(u32, u32)>,
}

impl Found {
    fn and(mut self, other: Found) -> Found {
        self.list.extend(other.list);
        self.total = self.total.saturating_add(other.total);
        if the_lesser(&self.fingerprint, &other.fingerprint) != &self.fingerprint {
            self.fingerprint = other.fingerprint;
        }
        self
    }
}

/// The answer for one key, from the joined lists of all segments.
pub(crate) fn hit(mut hashes: Vec<u64>, threshold: u64, cap: usize) -> Hit {
    let threshold = condense(&mut hashes, threshold);
    let total = total(hashes.len(), threshold);
    hashes.truncate(cap);
    Hit { signatures: hashes.into_iter().map(SignatureId).collect(), total }
}
