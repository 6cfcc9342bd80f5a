//! Where the nodes are found again: by their hashes.

use crate::kept::KEPT;
use std::hash::{BuildHasher, RandomState};

/// The nodes by their hashes: open addressing, emptied by counting up.
///
/// Only as many slots are used as the function needs, so that after a large
/// function the small ones still find theirs in the cache.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The generation in the upper half, the node's number in the lower.
    slots: Vec<u64>,
    /// Slots in use now, a power of two, less one.
    mask: usize,
    generation: u32,
    used: usize,
}

/// Slots that every function starts with.
const LEAST_SLOTS: usize = 1024;
impl Table {
    pub(super) fn clear(&mut self) {
        self.mask = LEAST_SLOTS - 1;
        if self.slots.len() > 2 * KEPT {
            (self.slots, self.generation) = (Vec::new(), 0);
        }
        self.renew();
    }

    fn renew(&mut self) {
        self.used = 0;
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.slots.fill(0);
            self.generation = 1;
        }
        if self.slots.len() <= self.mask {
            self.slots.resize(self.mask + 1, 0);
        }
    }

    /// Where the node of this hash is or belongs: its number, or the empty slot's place.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut at = hash as usize & self.mask;
        // at most half of the slots are in use
        for _ in 0..=self.mask {
            match self.slots.get(at) {
                Some(&slot) if (slot >> 32) as u32 == self.generation => {
                    if same(slot as u32) {
                        return Ok(slot as u32);
                    }
                }
                _ => return Err(at),
            }
            at = (at + 1) & self.mask;
        }
        Err(at)
    }

    pub(super) fn put(&mut self, at: usize, number: u32) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = u64::from(self.generation) << 32 | u64::from(number);
            self.used += 1;
        }
    }

    /// Makes room for one more; the hashes are those of the nodes by number.
    pub(super) fn grow(&mut self, hashes: &[u64]) {
        if (self.used + 1) * 2 <= self.mask {
            return;
        }
        self.mask = (self.mask * 2 + 1).max(LEAST_SLOTS - 1);
        self.renew();
        for (&hash, number) in hashes.iter().zip(0u32..) {
            if let Err(at) = self.find(hash, |_| false) {
                self.put(at, number);
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
