//! The search for code inside the stated extent that no way reached.

use super::Tracer;
use crate::recover::code_map::{CURRENT, DATA, INNER};
use crate::recover::room::Room;
use crate::recover::traced::Cut;
use cognate_base::Budget;

/// How many times the length of the stated extent the search for code that no way reached may go back:
/// what it finds may claim bytes amid others that were no code on their own, and what is left of those may be. Judgement.
const MAX_REWOUND: usize = 8;

/// How far the search has come; places are offsets in the extent.
pub struct HoleSearch {
    /// All before this was looked at.
    searched: usize,
    /// The lowest place before that one that was claimed since.
    disturbed: usize,
    /// Bytes by which the search went back in all.
    rewound: usize,
}

impl Default for HoleSearch {
    fn default() -> Self {
        HoleSearch { searched: 0, disturbed: usize::MAX, rewound: 0 }
    }
}

impl HoleSearch {
    /// Where the search goes on: where it was, or before what was claimed since.
    fn begin(&mut self, room: &mut Room<'_>) -> usize {
        let disturbed = std::mem::replace(&mut self.disturbed, usize::MAX);
        let at = self.searched;
        if disturbed >= at {
            return at;
        }
        let allowed = room.len().saturating_mul(MAX_REWOUND).saturating_sub(self.rewound);
        let back = room.free_before(disturbed, allowed);
        let by = at - (disturbed - back);
        self.rewound += by.min(allowed);
        if by <= allowed { at - by } else { at }
    }
}

impl Tracer<'_, '_> {
    /// Notes that bytes of the extent are no longer free.
    pub(super) fn disturb(&mut self, at: u64) {
        if let Some(offset) = self.range.and_then(|range| at.checked_sub(range.0)) {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            self.search.disturbed = self.search.disturbed.min(offset);
        }
    }

    /// Code inside the stated extent that no way reached: landing pads, cases of
    /// a switch we could not read.
    ///
    /// The search goes back no further than to where something changed, and not for ever, so that it
    /// takes time by the length of the extent and not by how much of it is found so.
    pub(super) fn hole(&mut self, budget: &mut Budget) -> Option<u64> {
        let (start, end) = self.range?;
        let mut room = Room::new(self.context.image, self.context.map, start, end, CURRENT | INNER | DATA);
        let mut at = self.search.begin(&mut room);
        let found = loop {
            at = room.skip_claimed(at, budget);
            if at >= room.len() || budget.exhausted().is_some() {
                break None;
            }
            let begin = at;
            at = room.padding(at, budget);
            if room.free(at, 1) > 0 && room.run_is_sound(at, budget) {
                self.search.searched = begin;
                break Some(room.address(at));
            }
            at = room.skip_free(at, budget);
            self.search.searched = at;
        };
        if room.bill(budget).is_err() {
            self.cut(Cut::Budget);
            return None;
        }
        found
    }
}
