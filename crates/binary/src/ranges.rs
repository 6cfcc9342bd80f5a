//! Ranges of a file or of memory that were read once and are not read again.

use std::collections::BTreeMap;

/// Ranges that do not overlap.
///
/// Small files make much of little by pointing at the same bytes many times; what honest
/// writers lay out side by side is claimed here before it is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges {
    /// End by start.
    ends: BTreeMap<u64, u64>,
}

impl Ranges {
    /// Takes `start..end` if nothing of it was taken before. An empty range is always free.
    pub fn claim(&mut self, start: u64, end: u64) -> bool {
        let free = !self.touches(start, end);
        if free && start < end {
            self.ends.insert(start, end);
        }
        free
    }

    /// Whether anything of `start..end` was taken.
    pub fn touches(&self, start: u64, end: u64) -> bool {
        start < end && self.ends.range(..end).next_back().is_some_and(|(_, &taken)| taken > start)
    }

    /// The end of the range that `at` lies in.
    pub fn end_of(&self, at: u64) -> Option<u64> {
        self.ends.range(..=at).next_back().map(|(_, &end)| end).filter(|&end| end > at)
    }

    /// Takes `start..end`, whatever of it was taken before; gives the parts that were not.
    pub fn cover(&mut self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let mut free = Vec::new();
        if start >= end {
            return free;
        }
        let (mut at, mut first, mut last) = (start, start, end);
        if let Some((&before, &taken)) = self.ends.range(..=start).next_back()
            && taken >= start
        {
            (at, first, last) = (taken, before, end.max(taken));
        }
        while let Some((&next, &taken)) = self.ends.range(first..=end).next() {
            if next > at {
                free.push((at, next));
            }
            at = at.max(taken);
            last = last.max(taken);
            self.ends.remove(&next);
        }
        if at < end {
            free.push((at, end));
        }
        self.ends.insert(first, last);
        free
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    fn taken(ranges: &[(u64, u64)]) -> Ranges {
        let mut taken = Ranges::default();
        assert!(ranges.iter().all(|&(start, end)| taken.claim(start, end)));
        taken
    }

    #[test]
    fn what_is_taken_is_not_taken_again() {
        let mut ranges = taken(&[(10, 20), (30, 40), (20, 25)]);
        for (start, end) in [(10, 20), (0, 11), (19, 22), (24, 31), (0, 100), (12, 13)] {
            assert!(!ranges.claim(start, end), "{start}..{end}");
        }
        assert!(ranges.claim(25, 30) && ranges.claim(0, 10) && ranges.claim(12, 12));
        assert_eq!((ranges.end_of(39), ranges.end_of(40)), (Some(40), None));
    }

    #[track_caller]
    fn check(start: u64, end: u64, free: &[(u64, u64)], then: &[(u64, u64)]) {
        let mut ranges = taken(&[(10, 20), (30, 40)]);
        assert_eq!(ranges.cover(start, end), free);
        assert_eq!(ranges.ends.into_iter().collect::<Vec<_>>(), then);
    }

    #[test]
    fn covering_gives_what_was_free() {
        check(0, 50, &[(0, 10), (20, 30), (40, 50)], &[(0, 50)]);
        check(15, 35, &[(20, 30)], &[(10, 40)]);
        check(12, 18, &[], &[(10, 20), (30, 40)]);
        check(20, 30, &[(20, 30)], &[(10, 40)]);
        check(22, 24, &[(22, 24)], &[(10, 20), (22, 24), (30, 40)]);
        check(5, 5, &[], &[(10, 20), (30, 40)]);
    }
}
