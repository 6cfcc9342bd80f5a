//! Takes all of another store in, without the files it was made from.

use crate::catalogue::SegmentRow;
use crate::embedded::{Embedded, segment_row};
use crate::error::Result;
use crate::segment::{Part, merge};
use crate::state::{State, View};
use crate::store::{SampleInfo, Store};
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
        let theirs = other.state()?;
        let mut samples = other.catalogue().samples(|key| theirs.is_live(key))?;
        let all = samples.len();
        let mut keys: HashMap<u32, u32> = HashMap::new();
        let mut incoming: Vec<SampleInfo> = Vec::new();
        for mut sample in samples.drain(..) {
            if self.catalogue().key_of(&sample.id)?.is_none() {
                let key = self.new_sample()?;
                keys.insert(sample.key.0, key.0);
                sample.key = key;
                incoming.push(sample);
            }
        }
        let mut rows = Vec::new();
        for view in &theirs.views {
            rows.extend(self.copy_segment(&theirs, view, &keys)?);
        }
        self.catalogue().publish(&incoming, &rows)?;
        self.invalidate();
        self.maintain()?;
        Ok(Absorbed { added: incoming.len(), known: all - incoming.len() })
    }

    /// Writes those samples of a segment that come in into a segment of our own.
    fn copy_segment(
        &mut self,
        theirs: &State,
        view: &View,
        keys: &HashMap<u32, u32>,
    ) -> Result<Option<SegmentRow>> {
        let mut gone: HashMap<u32, u64> = HashMap::new();
        let mut ranks: HashMap<u32, u64> = HashMap::new();
        for entry in view.segment.samples()? {
            match keys.get(&entry.key) {
                Some(&new) => drop(ranks.insert(new, theirs.rank(entry.key))),
                None => {
                    for row in view.segment.functions(&entry)? {
                        *gone.entry(row.signature).or_default() += 1;
                    }
                }
            }
        }
        if ranks.is_empty() {
            return Ok(None);
        }
        let renumber = |key: u32| keys.get(&key).copied();
        let part = Part { segment: &view.segment, gone: &gone, renumber: &renumber };
        let (number, path) = self.new_segment()?;
        let written = merge(&[part], &|key| ranks.get(&key).copied().unwrap_or(0), path)?;
        Ok(Some(segment_row(number, &written)))
    }
}
