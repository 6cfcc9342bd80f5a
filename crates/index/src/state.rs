//! What a look-up sees: the segments and samples of one moment.

use crate::catalogue::{SegmentRow, Snapshot};
use crate::error::{Result, no_sample, no_signature};
use crate::files::segment_name;
use crate::record::Places;
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
        Ok(gone == 0 || reader.signature(number)?.2.total > gone)
    }
}

/// What is known of one sample number.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    rank: u64,
    live: bool,
}

/// The segments and samples of one moment.
pub(crate) struct State {
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

impl State {
    /// Opens what the catalogue names; segments already open in `before` are taken over.
    pub(crate) fn open(
        dir: &Path,
        cache: &Arc<Cache>,
        snapshot: &Snapshot,
        before: Option<&State>,
    ) -> Result<State> {
        let slot = |sample: &crate::catalogue::Presence| Slot {
            rank: sample_rank(&sample.id),
            live: !sample.removed,
        };
        let slots: Vec<Slot> = snapshot.samples.iter().map(slot).collect();
        let mut placed = vec![false; slots.len()];
        let mut state = State { views: Vec::new(), slots };
        for row in &snapshot.segments {
            let known = before.and_then(|state| state.views.iter().find(|view| view.number == row.number));
            let segment = match known.filter(|view| view.segment.root() == row.root) {
                Some(view) => Arc::clone(&view.segment),
                None => Arc::new(open_segment(dir, row, cache)?),
            };
            let view = state.view(row, segment, &mut placed)?;
            state.views.push(view);
        }
        Ok(state)
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
                numbers.clear();
                reader.find(key, STORED_CAP, |number| numbers.push(number))?;
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

    /// Fetches signatures in the order asked; reads them in the order of their
    /// hashes, in which they lie in every segment.
    pub(crate) fn signatures(&self, ids: &[SignatureId], cap: usize) -> Result<Vec<Signature>> {
        let mut order: Vec<(SignatureId, usize)> = ids.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let fetched: Vec<Vec<(usize, Signature)>> = order
            .par_chunks(SIGNATURES)
            .map(|chunk| {
                let mut readers: Vec<Reader<'_>> =
                    self.views.iter().map(|view| view.segment.reader()).collect();
                let fetch = |&(id, place)| Ok((place, self.signature(&mut readers, id, cap)?));
                chunk.iter().map(fetch).collect()
            })
            .collect::<Result<_>>()?;
        let mut fetched: Vec<(usize, Signature)> = fetched.into_iter().flatten().collect();
        fetched.sort_unstable_by_key(|&(place, _)| place);
        Ok(fetched.into_iter().map(|(_, signature)| signature).collect())
    }

    fn signature(&self, readers: &mut [Reader<'_>], id: SignatureId, cap: usize) -> Result<Signature> {
        let mut best: Option<(Vec<u8>, Fingerprint)> = None;
        let (mut all, mut list) = (0u64, Vec::new());
        for (view, reader) in self.views.iter().zip(readers) {
            let Some(number) = reader.number(id.0)? else { continue };
            let (head, fingerprint, places) = reader.signature(number)?;
            let left = places.total.saturating_sub(view.gone(number));
            if left == 0 {
                continue;
            }
            all = all.saturating_add(left);
            self.take_live(places, &mut list);
            if best.as_ref().is_none_or(|(bytes, _)| head < bytes.as_slice()) {
                best = Some((head.to_owned(), fingerprint));
            }
        }
        let unknown = || no_signature(id);
        let (_, fingerprint) = best.ok_or_else(unknown)?;
        cap_occurrences(&mut list, cap.min(STORED_CAP), |sample| self.rank(sample));
        let place = |(sample, function)| Occurrence { sample: SampleKey(sample), function };
        let occurrences = list.into_iter().map(place).collect();
        Ok(Signature { id, fingerprint, occurrences, total: all })
    }

    fn take_live(&self, places: Places, list: &mut Vec<(u32, u32)>) {
        list.extend(places.list.into_iter().filter(|&(sample, _)| self.is_live(sample)));
    }
}

/// The answer for one key, from the joined lists of all segments.
pub(crate) fn hit(mut hashes: Vec<u64>, threshold: u64, cap: usize) -> Hit {
    let threshold = condense(&mut hashes, threshold);
    let total = total(hashes.len(), threshold);
    hashes.truncate(cap);
    Hit { signatures: hashes.into_iter().map(SignatureId).collect(), total }
}
