//! Samples that were added and are not yet in a segment.

use crate::codec::{BitCursor, BitWriter};
use crate::error::Result;
use crate::record::{Occurrences, likeness, put_fingerprint, read_fingerprint};
use crate::segment::{FunctionRow, SegmentWriter, Written, put_functions, short_key};
use crate::sketch::{COMPLETE, STORED_CAP, cap_list, cap_occurrences};
use cognate_fingerprint::{Fingerprint, FunctionFingerprint, SampleFingerprint};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::PathBuf;

/// Functions held before a segment is written.
const FUNCTION_BUDGET: usize = 200_000;
/// Bytes held, roughly, before a segment is written.
const BYTE_BUDGET: usize = 256 << 20;

struct BufferedSignature {
    likeness: u128,
    hash: u64,
    /// Its encoded fingerprint, in the heap.
    start: usize,
    end: usize,
}

struct BufferedSample {
    key: u32,
    rank: u64,
    functions: Vec<FunctionRow>,
}

/// Samples on their way into a segment.
#[derive(Default)]
pub(crate) struct Buffer {
    samples: Vec<BufferedSample>,
    by_hash: HashMap<u64, u32>,
    signatures: Vec<BufferedSignature>,
    heap: Vec<u8>,
    /// (short key, signature), one for each key of each signature.
    postings: Vec<(u64, u32)>,
    functions: usize,
    name_bytes: usize,
}

impl Buffer {
    pub(crate) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Whether it is time to write a segment.
    pub(crate) fn is_full(&self) -> bool {
        let bytes = self.heap.len() + self.postings.len() * 16 + self.name_bytes + self.functions * 64;
        self.functions >= FUNCTION_BUDGET || bytes >= BYTE_BUDGET
    }

    /// Takes a sample in under its number.
    pub(crate) fn add(&mut self, key: u32, rank: u64, sample: &SampleFingerprint) {
        let functions: Vec<FunctionRow> =
            sample.functions.iter().map(|function| self.row(function)).collect();
        self.functions += functions.len();
        self.samples.push(BufferedSample { key, rank, functions });
    }

    fn row(&mut self, function: &FunctionFingerprint) -> FunctionRow {
        let signature = self.signature(&function.fingerprint);
        let name = function.name.as_deref().map(Box::from);
        self.name_bytes += function.name.as_ref().map_or(0, String::len) + function.callees.len() * 4;
        FunctionRow {
            address: function.address,
            bytes: function.bytes,
            signature,
            thunk: function.thunk,
            callees: function.callees.clone(),
            name,
        }
    }

    fn signature(&mut self, fingerprint: &Fingerprint) -> u32 {
        let hash = fingerprint.signature();
        let start = self.heap.len();
        let mut bits = BitWriter::default();
        put_fingerprint(&mut bits, fingerprint, None);
        self.heap.extend(bits.finish());
        let likeness = likeness(fingerprint);
        let Some(&known) = self.by_hash.get(&hash) else {
            let index = self.signatures.len() as u32;
            self.by_hash.insert(hash, index);
            self.signatures.push(BufferedSignature { likeness, hash, start, end: self.heap.len() });
            self.post(fingerprint, index);
            return index;
        };
        self.settle_rivals(known, start, fingerprint);
        known
    }

    /// Fingerprints of one signature are equal but for a collision. Then the
    /// one of lesser bytes is kept, whatever the order, and the keys of both.
    fn settle_rivals(&mut self, known: u32, start: usize, fingerprint: &Fingerprint) {
        let Some(signature) = self.signatures.get_mut(known as usize) else { return };
        let (held, offered) = (&self.heap[signature.start..signature.end], &self.heap[start..]);
        if held == offered {
            return self.heap.truncate(start);
        }
        if offered < held {
            (signature.start, signature.end) = (start, self.heap.len());
            signature.likeness = likeness(fingerprint);
        }
        self.post(fingerprint, known);
    }

    fn post(&mut self, fingerprint: &Fingerprint, signature: u32) {
        let keys = fingerprint.keys();
        self.postings.extend(keys.iter().map(|key| (short_key(key.hash), signature)));
    }

    /// Writes everything into a segment at `path` and leaves the buffer empty.
    pub(crate) fn write(&mut self, path: PathBuf) -> Result<Written> {
        let mut writer = SegmentWriter::new(path);
        let numbers = self.write_signatures(&mut writer)?;
        self.write_postings(&numbers, &mut writer)?;
        self.samples.sort_unstable_by_key(|sample| sample.key);
        for sample in &self.samples {
            let count = sample.functions.len() as u32;
            writer.sample(sample.key, count, |out| {
                put_functions(out, &sample.functions, |signature| numbers[signature as usize]);
            })?;
        }
        let written = writer.finish()?;
        *self = Buffer::default();
        Ok(written)
    }

    fn write_signatures(&self, writer: &mut SegmentWriter) -> Result<Vec<u32>> {
        let places = self.places();
        let ranks: HashMap<u32, u64> = self.samples.iter().map(|sample| (sample.key, sample.rank)).collect();
        let mut order: Vec<u32> = (0..self.signatures.len() as u32).collect();
        order.par_sort_unstable_by_key(|&index| {
            let signature = &self.signatures[index as usize];
            (signature.likeness, signature.hash)
        });
        let mut numbers = vec![0; order.len()];
        for index in order {
            let signature = &self.signatures[index as usize];
            let run = places.partition_point(|place| place.0 < index);
            let run = places[run..].iter().take_while(|place| place.0 == index);
            let mut list: Vec<(u32, u32)> = run.map(|&(_, sample, function)| (sample, function)).collect();
            let total = list.len() as u64;
            cap_occurrences(&mut list, STORED_CAP, |sample| ranks.get(&sample).copied().unwrap_or(0));
            let mut bits = BitCursor::new(&self.heap[signature.start..signature.end]);
            let fingerprint = read_fingerprint(&mut bits, signature.hash, None);
            debug_assert!(fingerprint.is_some(), "what was put is read");
            let fingerprint = fingerprint.unwrap_or_default();
            numbers[index as usize] =
                writer.signature(signature.hash, &fingerprint, &Occurrences { total, list })?;
        }
        Ok(numbers)
    }

    /// (signature, sample, function) of every function, ascending.
    fn places(&self) -> Vec<(u32, u32, u32)> {
        let mut places = Vec::with_capacity(self.functions);
        for sample in &self.samples {
            let rows = sample.functions.iter().zip(0u32..);
            places.extend(rows.map(|(row, function)| (row.signature, sample.key, function)));
        }
        places.par_sort_unstable();
        places
    }

    fn write_postings(&mut self, numbers: &[u32], writer: &mut SegmentWriter) -> Result<()> {
        let mut hashes = vec![0u64; numbers.len()];
        for (signature, &number) in self.signatures.iter().zip(numbers) {
            hashes[number as usize] = signature.hash;
        }
        let mut postings = std::mem::take(&mut self.postings);
        postings.par_iter_mut().for_each(|posting| posting.1 = numbers[posting.1 as usize]);
        postings.par_sort_unstable();
        postings.dedup();
        writer.begin_postings(postings.len() as u64)?;
        let mut list: Vec<(u32, u64)> = Vec::new();
        for run in postings.chunk_by(|a, b| a.0 == b.0) {
            list.clear();
            list.extend(run.iter().map(|&(_, number)| (number, hashes[number as usize])));
            let threshold = cap_list(&mut list, COMPLETE);
            let numbers = list.iter().map(|&(number, _)| number);
            writer.posting(run[0].0, numbers, (threshold != COMPLETE).then_some(threshold))?;
        }
        Ok(())
    }
}
