//! The search for functions where nobody claimed the bytes: padding, data, and
//! functions that only code we cannot see refers to.

use super::code_map::{CodeMap, DATA, DEAD, START, STUB, TAKEN};
use super::known::Known;
use super::room::Room;
use super::{candidate, idiom};
use crate::{Arch, Image};
use cognate_base::Budget;
use std::collections::BTreeSet;

/// What the search looks at; it changes as functions are traced.
pub struct View<'a> {
    pub image: &'a Image,
    pub map: &'a CodeMap,
    pub known: &'a Known,
    pub no_return: &'a BTreeSet<u64>,
}

/// One way through all code, from the lowest address to the highest.
///
/// Candidates are taken one at a time, so that each can be traced, and its bytes
/// claimed, before the next is looked for. The search never goes back, and looks
/// only as far ahead as one candidate needs.
pub struct Scan {
    /// Only those that begin as nothing but a function does.
    strong: bool,
    area: usize,
    /// How far in the area.
    at: usize,
}

const CLAIMED: u8 = TAKEN | DATA | STUB | START;

/// Free bytes fewer than this, with code of a function that did not begin there right before and right behind
/// them, are no function of their own but what a jump leaves out: data, or junk that is there to be misread.
/// Judgement.
const BETWEEN_BLOCKS: usize = 16;

/// Whether the free bytes at `at` are so few between blocks.
fn is_between_blocks(room: &mut Room<'_>, at: usize) -> bool {
    let free = room.free(at, BETWEEN_BLOCKS);
    let taken = |flag: u8| flag & TAKEN != 0;
    free < BETWEEN_BLOCKS
        && at.checked_sub(1).is_some_and(|before| taken(room.flag(before)))
        && taken(room.flag(at + free))
        && room.flag(at + free) & START == 0
}

impl Scan {
    /// A search that has not begun.
    pub fn new(strong: bool) -> Self {
        Scan { strong, area: 0, at: 0 }
    }

    /// The next candidate; `None` where there is none any more or the budget ended.
    pub fn next(&mut self, view: &View<'_>, budget: &mut Budget) -> Option<u64> {
        while let Some((start, len)) = view.map.area(self.area) {
            let mut room = Room::new(view.image, view.map, start, u64::MAX, CLAIMED);
            while self.at < len {
                budget.spend(1).ok()?;
                self.at = room.skip_claimed(self.at, budget);
                let address = room.address(self.at);
                if view.known.is_stub(address) || view.known.is_listed(address) {
                    self.at = room.skip_free(self.at, budget);
                } else if let Some(found) = self.search_gap(view, &mut room, budget) {
                    return Some(found);
                }
                room.bill(budget).ok()?;
            }
            self.area += 1;
            self.at = 0;
        }
        None
    }

    /// Bytes that the search did not come to.
    pub fn left(&self, map: &CodeMap) -> u64 {
        let left: u64 = map.areas().skip(self.area).map(|(_, len)| len as u64).sum();
        left.saturating_sub(self.at as u64)
    }

    /// Searches the stretch of free bytes that begins here, and goes behind what it found or the stretch.
    fn search_gap(&mut self, view: &View<'_>, room: &mut Room<'_>, budget: &mut Budget) -> Option<u64> {
        let step = if view.image.arch_at(room.address(self.at)) == Arch::Aarch64 { 4 } else { 1 };
        if !self.advance(room, (room.address(self.at).wrapping_neg() % step) as usize) {
            return None;
        }
        let mut after_padding = !is_between_blocks(room, self.at);
        while room.free(self.at, 1) > 0 {
            room.bill(budget).ok()?;
            budget.spend(1).ok()?;
            let address = room.address(self.at);
            let padded = room.padding(self.at, budget);
            if padded > self.at {
                self.at = padded;
                after_padding = true;
                continue;
            }
            if self.is_dead_end(view.image, room) {
                self.at = room.end_of_run(self.at, budget); // the unreachable end of the function before
                continue;
            }
            let mut looked = 0;
            let is_candidate = self.is_candidate(view, address, after_padding, &mut looked);
            budget.spend(looked).ok()?;
            if is_candidate {
                self.at += 1;
                return Some(address);
            }
            // Amid code or data only aligned addresses are worth a look.
            after_padding = false;
            let next = if step == 1 { address | 15 } else { address | 3 };
            if !self.advance(room, (next - address) as usize + 1) {
                return None;
            }
        }
        None
    }

    /// Goes ahead by some bytes; false where the free bytes ended before that.
    fn advance(&mut self, room: &mut Room<'_>, by: usize) -> bool {
        let free = room.free(self.at, by);
        self.at += free;
        free == by
    }

    fn is_dead_end(&self, image: &Image, room: &Room<'_>) -> bool {
        let address = room.address(self.at);
        room.flag(self.at) & DEAD != 0 && !address.is_multiple_of(16) && !idiom::is_prologue(image, address)
    }

    fn is_candidate(&self, view: &View<'_>, at: u64, after_padding: bool, looked: &mut u64) -> bool {
        (after_padding || at.is_multiple_of(16))
            && (!self.strong || idiom::is_strong_prologue(view.image, at))
            && !view.known.is_inside(at)
            && candidate::is_plausible(view.image, view.map, view.no_return, at, looked)
    }
}
