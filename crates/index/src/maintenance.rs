//! Keeps segments few: those of like size are merged, and those with many
//! removed samples are written anew. Readers keep what they have open: a file
//! is unlinked only after the catalogue stopped naming it.

use crate::embedded::{Embedded, segment_row};
use crate::error::Result;
use crate::segment::{Part, merge};
use crate::state::{State, View, segment_path};
use crate::store::Store;
use std::fs;

/// Segments of one tier that are suffered before they are merged.
const TIER_WIDTH: usize = 8;
/// Functions in the smallest tier; each next is [`TIER_WIDTH`] times as large.
const TIER_BASE: u64 = 40_000;
/// A merge makes nothing larger than this: postings are counted in 32 bits.
const MOST_POSTINGS: u64 = 3_000_000_000;

impl Embedded {
    /// Merges where there are too many segments of like size; commits do this on their own.
    pub fn maintain(&mut self) -> Result<()> {
        self.writer()?;
        loop {
            let state = self.state()?;
            let Some(chosen) = crowded_tier(&state).or_else(|| mostly_removed(&state)) else { return Ok(()) };
            self.merge_segments(&state, &chosen)?;
        }
    }

    /// Merges everything into as few segments as can be, and drops what was removed.
    pub fn compact(&mut self) -> Result<()> {
        self.commit()?;
        let state = self.state()?;
        let mut group: Vec<usize> = Vec::new();
        let mut postings = 0;
        for (index, view) in state.views.iter().enumerate() {
            let more = view.segment.header().postings;
            if postings + more > MOST_POSTINGS {
                self.merge_segments(&state, &std::mem::take(&mut group))?;
                postings = 0;
            }
            postings += more;
            group.push(index);
        }
        self.merge_segments(&state, &group)
    }

    /// Writes one segment in the place of those chosen.
    fn merge_segments(&mut self, state: &State, chosen: &[usize]) -> Result<()> {
        let views: Vec<&View> = chosen.iter().filter_map(|&index| state.views.get(index)).collect();
        if views.is_empty() || (views.len() == 1 && views.iter().all(|view| view.gone_functions == 0)) {
            return Ok(());
        }
        let keep = |key: u32| state.is_live(key).then_some(key);
        let parts: Vec<Part<'_>> = views
            .iter()
            .copied()
            .map(|view| Part { segment: &view.segment, gone: &view.gone, renumber: &keep })
            .collect();
        let (number, path) = self.new_segment()?;
        let written = merge(&parts, &|key| state.rank(key), path.clone())?;
        let old: Vec<u64> = views.iter().map(|view| view.number).collect();
        let row = segment_row(number, &written);
        self.catalogue().replace(&old, (row.functions > 0).then_some(&row))?;
        self.invalidate();
        let mut unnamed: Vec<_> = old.iter().map(|&number| segment_path(self.dir(), number)).collect();
        if row.functions == 0 {
            unnamed.push(path);
        }
        // Whatever cannot be unlinked now is swept by the next writer.
        unnamed.iter().for_each(|path| drop(fs::remove_file(path)));
        Ok(())
    }
}

fn tier(functions: u64) -> u32 {
    (functions / TIER_BASE).checked_ilog(TIER_WIDTH as u64).map_or(0, |tier| tier + 1)
}

/// The segments of the lowest tier that has too many.
fn crowded_tier(state: &State) -> Option<Vec<usize>> {
    let mut tiers: Vec<Vec<usize>> = Vec::new();
    for (index, view) in state.views.iter().enumerate() {
        let tier = tier(view.segment.header().functions) as usize;
        tiers.resize_with(tiers.len().max(tier + 1), Vec::new);
        tiers[tier].push(index);
    }
    let postings = |group: &[usize]| -> u64 {
        let views = group.iter().filter_map(|&index| state.views.get(index));
        views.map(|view| view.segment.header().postings).sum()
    };
    tiers.into_iter().find(|group| group.len() > TIER_WIDTH && postings(group) <= MOST_POSTINGS)
}

/// A segment more than a quarter of which was removed.
fn mostly_removed(state: &State) -> Option<Vec<usize>> {
    let heavy = |view: &View| view.gone_functions > view.segment.header().functions / 4;
    state.views.iter().position(heavy).map(|index| vec![index])
}
