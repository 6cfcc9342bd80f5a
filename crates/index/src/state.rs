//! What a look-up sees: the segments and samples of one moment.

use crate::catalogue::{Catalogue, Snapshot};
use crate::codec::Cursor;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Places, read_fingerprint, read_places};
use crate::segment::{SampleEntry, Segment, short_key};
use crate::sketch::{COMPLETE, STORED_CAP, cap_occurrences, condense, sample_rank, total};
use crate::store::{FunctionInfo, Hit, Lookup, Occurrence, SampleKey, Signature, SignatureId};
use cognate_fingerprint::{Fingerprint, Key};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Keys, or signatures, that one thread takes at a time.
const CHUNK: usize = 512;

/// An open segment, and what of it no longer counts.
pub(crate) struct View {
    pub(crate) number: u64,
    pub(crate) segment: Arc<Segment>,
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
    fn is_live(&self, number: u32) -> Result<bool> {
        let gone = self.gone(number);
        Ok(gone == 0 || self.segment.signature(number)?.1.total > gone)
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

/// Where a segment lies.
pub(crate) fn segment_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}.segment"))
}

impl State {
    /// Opens what the catalogue names; segments already open in `before` are taken over.
    pub(crate) fn load(dir: &Path, catalogue: &Catalogue, before: Option<&State>) -> Result<State> {
        let mut tries = 0;
        loop {
            let snapshot = catalogue.snapshot()?;
            match Self::open(dir, &snapshot, before) {
                // A writer merged and unlinked between our two looks: look again.
                Err(error) if error.kind() == ErrorKind::Io && tries < 5 => tries += 1,
                result => return result,
            }
        }
    }

    fn open(dir: &Path, snapshot: &Snapshot, before: Option<&State>) -> Result<State> {
        let mut slots = Vec::new();
        for sample in &snapshot.samples {
            slots.resize(sample.key as usize + 1, Slot::default());
            slots[sample.key as usize] = Slot { rank: sample_rank(&sample.id), live: !sample.removed };
        }
        let mut state = State { views: Vec::new(), slots };
        for row in &snapshot.segments {
            let known = before.and_then(|state| state.views.iter().find(|view| view.number == row.number));
            let segment = match known {
                Some(view) => Arc::clone(&view.segment),
                None => Arc::new(open_segment(dir, row.number)?),
            };
            let view = state.view(row.number, segment)?;
            state.views.push(view);
        }
        Ok(state)
    }

    fn view(&self, number: u64, segment: Arc<Segment>) -> Result<View> {
        let mut gone = HashMap::new();
        let mut gone_functions = 0;
        for entry in segment.samples()?.iter().filter(|entry| !self.is_live(entry.key)) {
            for row in segment.functions(entry)? {
                *gone.entry(row.signature).or_insert(0) += 1;
            }
            gone_functions += u64::from(entry.functions);
        }
        Ok(View { number, segment, gone, gone_functions })
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
            if let Some(entry) = view.segment.find_sample(key)? {
                return Ok(Some((view, entry)));
            }
        }
        Ok(None)
    }

    /// A sample's functions.
    pub(crate) fn functions(&self, sample: SampleKey) -> Result<Vec<FunctionInfo>> {
        let Some((view, entry)) = self.locate(sample.0)? else {
            return Err(Error::new(ErrorKind::Unknown, format!("there is no sample number {}", sample.0)));
        };
        let rows = view.segment.functions(&entry)?.into_iter();
        let infos = rows.map(|row| {
            Ok(FunctionInfo {
                address: row.address,
                bytes: row.bytes,
                name: row.name.map(String::from),
                signature: SignatureId(view.segment.hash(row.signature)?),
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
            let (postings, thresholds) = (view.segment.postings(), view.segment.thresholds());
            for (&(key, _), (hashes, threshold)) in chunk.iter().zip(&mut lists) {
                numbers.clear();
                let found = postings.find(key, STORED_CAP, |number| numbers.push(number));
                found.ok_or_else(|| view.segment.damaged("postings"))?;
                for &number in &numbers {
                    if view.gone.is_empty() || view.is_live(number)? {
                        hashes.push(view.segment.hash(number)?);
                    }
                }
                if !numbers.is_empty() {
                    *threshold = (*threshold).min(thresholds.find(key).unwrap_or(COMPLETE));
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
        let fetch = |&(id, place): &(SignatureId, usize)| Ok((place, self.signature(id, cap)?));
        let mut fetched: Vec<(usize, Signature)> =
            order.par_iter().with_min_len(64).map(fetch).collect::<Result<_>>()?;
        fetched.sort_unstable_by_key(|&(place, _)| place);
        Ok(fetched.into_iter().map(|(_, signature)| signature).collect())
    }

    fn signature(&self, id: SignatureId, cap: usize) -> Result<Signature> {
        let mut best: Option<(&[u8], Fingerprint)> = None;
        let (mut all, mut list) = (0u64, Vec::new());
        for view in &self.views {
            let Some(number) = view.segment.number(id.0) else { continue };
            let record = view.segment.record(number)?;
            let cursor = &mut Cursor::new(record);
            let fingerprint = read_fingerprint(cursor).ok_or_else(|| view.segment.damaged("fingerprint"))?;
            let head = record.get(..record.len() - cursor.left()).unwrap_or(record);
            let places = read_places(cursor).ok_or_else(|| view.segment.damaged("occurrences"))?;
            let left = places.total.saturating_sub(view.gone(number));
            if left == 0 {
                continue;
            }
            all = all.saturating_add(left);
            self.take_live(places, &mut list);
            if best.as_ref().is_none_or(|(bytes, _)| head < *bytes) {
                best = Some((head, fingerprint));
            }
        }
        let unknown = || Error::new(ErrorKind::Unknown, format!("there is no signature {:016x}", id.0));
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

fn open_segment(dir: &Path, number: u64) -> Result<Segment> {
    let path = segment_path(dir, number);
    let segment = Segment::open(&path)?;
    if segment.header().fingerprint_version != cognate_fingerprint::VERSION {
        return Err(segment.damaged("made by another fingerprint version than the catalogue says"));
    }
    Ok(segment)
}

/// The answer for one key, from the joined lists of all segments.
pub(crate) fn hit(mut hashes: Vec<u64>, threshold: u64, cap: usize) -> Hit {
    let threshold = condense(&mut hashes, threshold);
    let total = total(hashes.len(), threshold);
    hashes.truncate(cap);
    Hit { signatures: hashes.into_iter().map(SignatureId).collect(), total }
}
