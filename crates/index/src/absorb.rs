//! Takes all of another store in, without the files it was made from.

use crate::catalogue::insert_samples;
use crate::embedded::Embedded;
use crate::error::{Error, Result, StoreError};
use crate::moment::Moment;
use crate::open_segments::View;
use crate::segment::{Part, merge};
use crate::store::{SampleInfo, Store};
use crate::writer::NewSegment;
use std::collections::HashMap;

/// What [`Embedded::absorb`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absorbed {
    /// Samples that came in.
    pub added: usize,
    /// Samples that were here already; their labels here stay.
    pub known: usize,
}

impl Embedded {
    /// Adds every sample of another store, with its label in force; all or nothing.
    ///
    /// A sample that is here already stays as it is.
    pub fn absorb(&mut self, other: &Embedded) -> Result<Absorbed> {
        self.commit()?;
        self.or_abandon(|store| store.take_in(other))
    }

    fn take_in(&mut self, other: &Embedded) -> Result<Absorbed> {
        let theirs = other.moment();
        let mut samples = other.samples()?;
        let all = samples.len();
        // Their number, to ours and to how many functions the sample has.
        let mut keys: HashMap<u32, (u32, u32)> = HashMap::new();
        let mut incoming: Vec<SampleInfo> = Vec::new();
        for mut sample in samples.drain(..) {
            if self.moment().catalogue.key_of(&sample.id)?.is_none() {
                let key = self.new_sample()?;
                keys.insert(sample.key.0, (key.0, sample.functions));
                sample.key = key;
                incoming.push(sample);
            }
        }
        let mut segments = Vec::new();
        let mut found = 0;
        for view in &theirs.segments.views {
            segments.extend(self.copy_segment(theirs, view, &keys, &mut found)?);
        }
        if found != incoming.len() {
            let subject = "samples of the catalogue that are in no segment";
            return Err(Error::damaged(other.dir(), subject));
        }
        if !incoming.is_empty() {
            self.publish(segments, &[], |transaction| insert_samples(transaction, &incoming))?;
        }
        self.maintain()?;
        Ok(Absorbed { added: incoming.len(), known: all - incoming.len() })
    }

    /// Writes those samples of a segment that come in into a segment of our own, and counts them.
    fn copy_segment(
        &mut self,
        theirs: &Moment,
        view: &View,
        keys: &HashMap<u32, (u32, u32)>,
        found: &mut usize,
    ) -> Result<Option<NewSegment>> {
        let mut gone: HashMap<u32, u64> = HashMap::new();
        let mut ranks: HashMap<u32, u64> = HashMap::new();
        let mut reader = view.segment.reader();
        for entry in reader.samples()? {
            match keys.get(&entry.key) {
                Some(&(_, functions)) if functions != entry.functions => {
                    return Err(view
                        .segment
                        .damaged("it has another number of functions than the catalogue"));
                }
                Some(&(new, _)) => drop(ranks.insert(new, theirs.segments.rank(entry.key))),
                None => {
                    for row in reader.functions(&entry)? {
                        *gone.entry(row.signature).or_default() += 1;
                    }
                }
            }
        }
        *found += ranks.len();
        if ranks.is_empty() {
            return Ok(None);
        }
        let renumber = |key: u32| keys.get(&key).map(|&(new, _)| new);
        let part = Part { segment: &view.segment, gone: &gone, renumber: &renumber };
        let (number, path) = self.new_segment()?;
        let written = merge(&[part], &|key| ranks.get(&key).copied().unwrap_or(0), path.clone())?;
        Ok(Some(NewSegment::new(number, &written, path)))
    }
}
