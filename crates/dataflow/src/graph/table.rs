//! Where the nodes are found again: by their hashes.

use crate::kept::KEPT;
use std::hash::{BuildHasher, RandomState};

/// The nodes by their hashes: open addressing.
///
/// Only as many slots are used as the function needs, so that after a large
/// function the small ones still find theirs in the cache, and few are to be emptied.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The upper half of the hash in the upper half, the node's number and one more in the lower; 0 where there is none.
    slots: Vec<u64>,
    /// Slots in use now, a power of two, less one.
    mask: usize,
    used: usize,
}

/// Slots that every function starts with.
const LEAST_SLOTS: usize = 256;

impl Table {
    pub(super) fn clear(&mut self) {
        if self.slots.len() > 2 * KEPT {
            self.slots = Vec::new();
        }
        let in_use = self.slots.len().min(self.mask + 1);
        self.slots.get_mut(..in_use).unwrap_or_default().fill(0);
        self.resize(LEAST_SLOTS);
    }

    fn resize(&mut self, slots: usize) {
        (self.mask, self.used) = (slots - 1, 0);
        if self.slots.len() < slots {
            self.slots.resize(slots, 0);
        }
    }

    /// Where the node of this hash is or belongs: its number, or the empty slot's place.
    #[inline]
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut at = (hash >> 32) as usize & self.mask;
        // at most half of the slots are in use, so that there is an end
        loop {
            match self.slots.get(at) {
                Some(&slot) if slot != 0 => {
                    let number = (slot as u32).wrapping_sub(1);
                    if slot >> 32 == hash >> 32 && same(number) {
                        return Ok(number);
                    }
                }
                _ => return Err(at),
            }
            at = (at + 1) & self.mask;
        }
    }

    #[inline]
    pub(super) fn put(&mut self, at: usize, hash: u64, number: u32) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = hash >> 32 << 32 | u64::from(number.wrapping_add(1));
            self.used += 1;
        }
    }

    /// Makes room for one more.
    #[inline]
    pub(super) fn grow(&mut self) {
        if (self.used + 1) * 2 > self.mask {
            self.double();
        }
    }

    #[cold]
    fn double(&mut self) {
        let in_use = self.slots.len().min(self.mask + 1);
        let in_use = self.slots.get_mut(..in_use).unwrap_or_default();
        let before = in_use.to_vec();
        in_use.fill(0);
        self.resize((2 * (self.mask + 1)).max(LEAST_SLOTS));
        for slot in before.into_iter().filter(|slot| *slot != 0) {
            if let Err(at) = self.find(slot, |_| false) {
                self.put(at, slot, (slot as u32).wrapping_sub(1));
            }
        }
    }
}

/// What the hashes in a [`Table`] start from: another in every process, so that no file can
/// hold expressions that all belong into one slot. Only the time depends on it.
#[derive(Debug)]
pub(super) struct Seed(pub u64);

impl Default for Seed {
    fn default() -> Self {
        Seed(RandomState::new().hash_one(0u8))
    }
}
