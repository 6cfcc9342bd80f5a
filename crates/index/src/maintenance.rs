//! Keeps segments few: those of like size are merged, and those with many
//! removed samples are written anew. Readers keep what they have open: a file
//! is unlinked only after the marker stopped naming it.

use crate::embedded::Embedded;
use crate::error::Result;
use crate::open_segments::{OpenSegments, View};
use crate::segment::{Part, merge};
use crate::store::Store;
use crate::writer::NewSegment;

/// Segments of one tier that are suffered before they are merged.
const TIER_WIDTH: usize = 8;
/// Functions in the smallest tier; each next is [`TIER_WIDTH`] times as large.
const TIER_BASE: u64 = 40_000;
/// A merge makes nothing larger than this: postings are counted in 32 bits.
const MOST_POSTINGS: u64 = 3_000_000_000;

impl Embedded {
    /// Merges where there are too many segments of like size; commits do this on their own.
    pub(crate) fn maintain(&mut self) -> Result<()> {
        self.writer()?;
        loop {
            let segments = &self.moment().segments;
            let Some(chosen) = crowded_tier(segments).or_else(|| mostly_removed(segments)) else {
                return Ok(());
            };
            self.merge_segments(&chosen)?;
        }
    }

    /// Merges everything into as few segments as can be, and drops what was removed.
    pub fn compact(&mut self) -> Result<()> {
        self.commit()?;
        let mut groups: Vec<Vec<u64>> = vec![Vec::new()];
        let mut postings = 0u64;
        for view in &self.moment().segments.views {
            let more = view.segment.header().postings;
            if postings.saturating_add(more) > MOST_POSTINGS {
                groups.push(Vec::new());
                postings = 0;
            }
            postings = postings.saturating_add(more);
            if let Some(group) = groups.last_mut() {
                group.push(view.number);
            }
        }
        groups.iter().try_for_each(|group| self.merge_segments(group))
    }

    /// Writes one segment in the place of those chosen.
    fn merge_segments(&mut self, chosen: &[u64]) -> Result<()> {
        let is_chosen = |view: &&View| chosen.contains(&view.number);
        let mut views = self.moment().segments.views.iter().filter(is_chosen);
        let (first, second) = (views.next(), views.next());
        if second.is_none() && first.is_none_or(|view| view.gone_functions == 0) {
            return Ok(());
        }
        let (number, path) = self.new_segment()?;
        let segments = &self.moment().segments;
        let views: Vec<&View> = segments.views.iter().filter(is_chosen).collect();
        let keep = |key: u32| segments.is_live(key).then_some(key);
        let parts: Vec<Part<'_>> = views
            .iter()
            .map(|view| Part { segment: &view.segment, gone: &view.gone, renumber: &keep })
            .collect();
        let written = merge(&parts, &|key| segments.rank(key), path.clone())?;
        let merged = NewSegment::new(number, &written, path);
        // A segment without functions is dropped here, and its file with it.
        let added = if merged.functions() > 0 { vec![merged] } else { Vec::new() };
        self.publish(added, chosen, |_| Ok(()))
    }
}

fn tier(functions: u64) -> u32 {
    (functions / TIER_BASE).checked_ilog(TIER_WIDTH as u64).map_or(0, |tier| tier + 1)
}

/// The segments of the lowest tier that has too many.
fn crowded_tier(segments: &OpenSegments) -> Option<Vec<u64>> {
    let mut tiers: Vec<Vec<usize>> = Vec::new();
    for (index, view) in segments.views.iter().enumerate() {
        let tier = tier(view.segment.header().functions) as usize;
        tiers.resize_with(tiers.len().max(tier + 1), Vec::new);
        tiers[tier].push(index);
    }
    let postings = |group: &[usize]| -> u64 {
        let views = group.iter().filter_map(|&index| segments.views.get(index));
        views.map(|view| view.segment.header().postings).fold(0, u64::saturating_add)
    };
    let group =
        tiers.into_iter().find(|group| group.len() > TIER_WIDTH && postings(group) <= MOST_POSTINGS)?;
    Some(group.into_iter().filter_map(|index| segments.views.get(index)).map(|view| view.number).collect())
}

/// A segment more than a quarter of which was removed.
fn mostly_removed(segments: &OpenSegments) -> Option<Vec<u64>> {
    let heavy = |view: &&View| view.gone_functions > view.segment.header().functions / 4;
    segments.views.iter().find(heavy).map(|view| vec![view.number])
}
