//! A byte of flags for every byte of code.

use crate::Image;
use cognate_base::Budget;

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
    bytes: u64,
    left_out: u64,
}

struct Area {
    start: u64,
    flags: Vec<u8>,
}

/// Bytes of flags that are compared in the time that decoding one instruction takes.
pub const FLAGS_A_UNIT: u64 = 64;

/// Bytes of flags that are cleared in that time.
pub const CLEARED_A_UNIT: u64 = 1024;

impl CodeMap {
    /// All flags clear. Segments for whose flags and marks the budget has no room are left out,
    /// as if they held no code: several segments may lie over the same bytes of the file, so that
    /// all of them together are not bounded by its size.
    pub fn new(image: &Image, budget: &mut Budget) -> Self {
        let mut map = CodeMap { areas: Vec::new(), bytes: 0, left_out: 0 };
        for segment in image.segments().iter().filter(|segment| segment.executable) {
            let len = image.segment_bytes(segment).len();
            let kept = Self::kept_for(len as u64);
            if kept > budget.room() || budget.keep(kept).is_err() {
                map.left_out = map.left_out.saturating_add(len as u64);
                continue;
            }
            map.bytes += len as u64;
            map.areas.push(Area { start: segment.address, flags: vec![0; len] });
        }
        map
    }

    /// What is kept for `bytes` of code while functions are recovered: flags, four sets of marks
    /// of a bit each, and four bytes a line in the list of owners.
    fn kept_for(bytes: u64) -> u64 {
        bytes.saturating_add(bytes / 8 * 7).saturating_add(64)
    }

    /// What is kept for this map, and given back when functions are recovered.
    pub fn kept(&self) -> u64 {
        self.areas.iter().map(|area| Self::kept_for(area.flags.len() as u64)).sum()
    }

    /// Bytes of code in the map.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of code for which there was no room.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Address and length of each area of code, ascending.
    pub fn areas(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.areas.iter().map(|area| (area.start, area.flags.len()))
    }

    /// Address and length of one area.
    pub fn area(&self, index: usize) -> Option<(u64, usize)> {
        self.areas.get(index).map(|area| (area.start, area.flags.len()))
    }

    /// The area that `address` lies in, and how far.
    pub fn index(&self, address: u64) -> Option<(usize, usize)> {
        let area = self.areas.partition_point(|area| area.start <= address).checked_sub(1)?;
        let offset = usize::try_from(address - self.areas.get(area)?.start).ok()?;
        (offset < self.areas.get(area)?.flags.len()).then_some((area, offset))
    }

    /// Whether code may lie at `address`.
    pub fn is_code(&self, address: u64) -> bool {
        self.index(address).is_some()
    }

    /// The flags from `address` to the end of its area; empty outside code.
    pub fn tail(&self, address: u64) -> &[u8] {
        self.index(address)
            .and_then(|(area, offset)| self.areas.get(area)?.flags.get(offset..))
            .unwrap_or(&[])
    }

    /// The same, to be written.
    pub fn tail_mut(&mut self, address: u64) -> &mut [u8] {
        let Some(place) = self.index(address) else { return &mut [] };
        self.tail_mut_at(place)
    }

    /// The same from a place on, as [`CodeMap::index`] gives it.
    pub fn tail_mut_at(&mut self, (area, offset): (usize, usize)) -> &mut [u8] {
        self.areas.get_mut(area).and_then(|area| area.flags.get_mut(offset..)).unwrap_or(&mut [])
    }

    /// The flags of the byte at a place.
    pub fn get_at(&self, (area, offset): (usize, usize)) -> u8 {
        self.areas.get(area).and_then(|area| area.flags.get(offset)).copied().unwrap_or(0)
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
}
