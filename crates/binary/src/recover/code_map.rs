//! A byte of flags for every byte of code.

use crate::Image;
use std::collections::BTreeSet;

/// A function starts here.
pub const START: u8 = 1;
/// Belongs to an instruction of some function.
pub const TAKEN: u8 = 2;
/// An instruction of the function being traced starts here.
pub const CURRENT: u8 = 4;
/// Lies inside an instruction of the function being traced.
pub const INNER: u8 = 8;
/// A basic block of the function being traced starts here.
pub const LEADER: u8 = 16;
/// Data amid code: a jump table.
pub const DATA: u8 = 32;
/// The stub of an import.
pub const STUB: u8 = 64;

/// Behind a call that does not return: what lies here belongs to the same function.
pub const DEAD: u8 = 128;

/// The flags of all executable segments; addresses outside have none and take none.
pub struct CodeMap {
    areas: Vec<Area>,
    starts: BTreeSet<u64>,
}

struct Area {
    start: u64,
    flags: Vec<u8>,
}

impl CodeMap {
    /// All flags clear.
    pub fn new(image: &Image) -> Self {
        let code = image.segments().iter().filter(|segment| segment.executable);
        let areas = code.map(|segment| Area {
            start: segment.address,
            flags: vec![0; image.segment_bytes(segment).len()],
        });
        CodeMap { areas: areas.collect(), starts: BTreeSet::new() }
    }

    fn index(&self, address: u64) -> Option<(usize, usize)> {
        let area = self.areas.partition_point(|area| area.start <= address).checked_sub(1)?;
        let offset = usize::try_from(address - self.areas.get(area)?.start).ok()?;
        (offset < self.areas.get(area)?.flags.len()).then_some((area, offset))
    }

    /// The flags from `address` to the end of its area; empty outside code.
    pub fn tail(&self, address: u64) -> &[u8] {
        self.index(address)
            .and_then(|(area, offset)| self.areas.get(area)?.flags.get(offset..))
            .unwrap_or(&[])
    }

    /// The same, to be written.
    pub fn tail_mut(&mut self, address: u64) -> &mut [u8] {
        let Some((area, offset)) = self.index(address) else { return &mut [] };
        self.areas.get_mut(area).and_then(|area| area.flags.get_mut(offset..)).unwrap_or(&mut [])
    }

    /// The flags of one byte.
    pub fn get(&self, address: u64) -> u8 {
        self.tail(address).first().copied().unwrap_or(0)
    }

    /// Adds flags to one byte.
    pub fn set(&mut self, address: u64, flags: u8) {
        if let Some(byte) = self.tail_mut(address).first_mut() {
            *byte |= flags;
        }
    }

    /// Adds flags to `len` bytes.
    pub fn fill(&mut self, address: u64, len: u64, flags: u8) {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        self.tail_mut(address).iter_mut().take(len).for_each(|byte| *byte |= flags);
    }

    /// Takes flags from `len` bytes.
    pub fn clear(&mut self, address: u64, len: u64, flags: u8) {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        self.tail_mut(address).iter_mut().take(len).for_each(|byte| *byte &= !flags);
    }

    /// Takes flags from every byte.
    pub fn clear_all(&mut self, flags: u8) {
        for area in &mut self.areas {
            area.flags.iter_mut().for_each(|byte| *byte &= !flags);
        }
    }

    /// Marks a function start.
    pub fn add_start(&mut self, address: u64) {
        self.set(address, START);
        self.starts.insert(address);
    }

    /// Whether a function other than the one at `except` starts in `low..high`.
    pub fn has_start_in(&self, low: u64, high: u64, except: u64) -> bool {
        low < high && self.starts.range(low..high).any(|&start| start != except)
    }
}
