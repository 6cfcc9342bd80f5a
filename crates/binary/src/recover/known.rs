//! What the file says about the extent of functions and the place of stubs.

use super::starts::Starts;
use crate::{Hints, Image, StartSource};

/// Extents and stubs, for quick questions.
pub struct Known {
    /// (start, end), ascending, not overlapping.
    ranges: Vec<(u64, u64)>,
    /// (start, end, primary), ascending.
    chunks: Vec<(u64, u64, u64)>,
    /// Sections of import stubs, ascending, not overlapping.
    stubs: Vec<(u64, u64)>,
    /// Code where every function is listed, ascending.
    listed: Vec<(u64, u64)>,
}

/// Functions that are called and not listed, one in so many that are, show that a list is not complete: judgement.
const UNLISTED: usize = 32;

impl Known {
    /// Collects the extents that hints state; of two that overlap the earlier start is cut short.
    pub fn new(image: &Image, hints: &Hints) -> Self {
        let stated = hints.starts.iter().filter_map(|start| Some((start.address, start.end?)));
        let mut ranges: Vec<(u64, u64)> = stated.filter(|(start, end)| start < end).collect();
        ranges.sort_unstable_by_key(|&(start, end)| (start, std::cmp::Reverse(end)));
        ranges.dedup_by_key(|range| range.0);
        let mut next_start = u64::MAX;
        for range in ranges.iter_mut().rev() {
            range.1 = range.1.min(next_start);
            next_start = range.0;
        }
        let mut chunks = hints.chunks.clone();
        chunks.sort_unstable();
        let is_stub = |name: &str| {
            matches!(
                name,
                ".plt"
                    | ".plt.sec"
                    | ".plt.got"
                    | ".plt.bnd"
                    | ".iplt"
                    | "__stubs"
                    | "__stub_helper"
                    | "__auth_stubs"
                    | "__symbol_stub1"
            )
        };
        let stubs = image.segments().iter().filter(|segment| is_stub(&segment.name));
        let stubs = stubs.map(|segment| (segment.address, segment.end())).collect();
        Known { ranges, chunks, stubs, listed: hints.listed.clone() }
    }

    /// The stated extent that holds `address`.
    pub fn range_of(&self, address: u64) -> Option<(u64, u64)> {
        let next = self.ranges.partition_point(|range| range.0 <= address);
        let range = *self.ranges.get(next.checked_sub(1)?)?;
        (address < range.1).then_some(range)
    }

    /// The function that a split-off chunk at `address` belongs to.
    pub fn chunk_of(&self, address: u64) -> Option<u64> {
        let next = self.chunks.partition_point(|chunk| chunk.0 <= address);
        let chunk = *self.chunks.get(next.checked_sub(1)?)?;
        (address < chunk.1).then_some(chunk.2)
    }

    /// Whether `address` lies in a stated extent or chunk, but not at a function's start.
    pub fn is_inside(&self, address: u64) -> bool {
        self.range_of(address).is_some_and(|range| range.0 != address) || self.chunk_of(address).is_some()
    }

    /// Drops the lists of functions that lack too many of those that are called.
    pub fn check_lists(&mut self, starts: &Starts) {
        self.listed.retain(|&(from, to)| {
            let called =
                starts.range(from..to).filter(|(_, start)| start.source == StartSource::Call).count();
            called * UNLISTED <= starts.range(from..to).count()
        });
    }

    /// Whether `address` lies where no function is but those that are listed or referred to.
    pub fn is_listed(&self, address: u64) -> bool {
        let next = self.listed.partition_point(|range| range.0 <= address);
        next.checked_sub(1).and_then(|at| self.listed.get(at)).is_some_and(|range| address < range.1)
    }

    /// Whether `address` lies among import stubs.
    pub fn is_stub(&self, address: u64) -> bool {
        let next = self.stubs.partition_point(|stub| stub.0 <= address);
        next.checked_sub(1).and_then(|at| self.stubs.get(at)).is_some_and(|stub| address < stub.1)
    }
}
