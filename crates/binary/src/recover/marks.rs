//! Sets of code addresses, a bit for every byte of code.
//!
//! What an input makes us note is bounded by its code, not by how often it names an address.

use super::code_map::CodeMap;

/// A set of code addresses.
pub struct Marks {
    areas: Vec<Area>,
}

struct Area {
    start: u64,
    bits: Vec<u64>,
}

impl Marks {
    /// The empty set.
    pub fn new(map: &CodeMap) -> Self {
        let areas = map.areas().map(|(start, len)| Area { start, bits: vec![0; len.div_ceil(64)] });
        Marks { areas: areas.collect() }
    }

    /// Adds an address; one that is no code is left out.
    pub fn insert(&mut self, map: &CodeMap, address: u64) {
        let Some((area, offset)) = map.index(address) else { return };
        if let Some(word) = self.areas.get_mut(area).and_then(|area| area.bits.get_mut(offset / 64)) {
            *word |= 1 << (offset % 64);
        }
    }

    /// Takes the lowest address from the set that is not below `from`, a place returned with the one before.
    pub fn take_next(&mut self, from: &mut (usize, usize)) -> Option<u64> {
        while let Some(area) = self.areas.get_mut(from.0) {
            while let Some(word) = area.bits.get_mut(from.1) {
                if *word != 0 {
                    let bit = word.trailing_zeros();
                    *word &= *word - 1;
                    return Some(area.start.wrapping_add(from.1 as u64 * 64 + u64::from(bit)));
                }
                from.1 += 1;
            }
            *from = (from.0 + 1, 0);
        }
        None
    }

    /// Adds all of another set over the same code.
    pub fn extend(&mut self, other: &Marks) {
        for (area, from) in self.areas.iter_mut().zip(&other.areas) {
            area.bits.iter_mut().zip(&from.bits).for_each(|(word, more)| *word |= more);
        }
    }

    /// How many addresses are in the set.
    pub fn count(&self) -> u64 {
        self.areas.iter().flat_map(|area| &area.bits).map(|word| u64::from(word.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recover::testing;
    use cognate_base::{Budget, Limits};

    #[test]
    fn addresses_come_out_once_and_ascending() {
        let image = testing::raw(0x1000, &[0; 300]);
        let map = CodeMap::new(&image, &mut Budget::new(&Limits::default()));
        let mut marks = Marks::new(&map);
        for address in [0x1100, 0x1000, 0x1001, 0x1100, 0xfff, 0x112b, 0x112c] {
            marks.insert(&map, address);
        }
        assert_eq!(marks.count(), 4, "what is no code is left out");
        let mut from = (0, 0);
        let taken: Vec<u64> = std::iter::from_fn(|| marks.take_next(&mut from)).collect();
        assert_eq!(taken, [0x1000, 0x1001, 0x1100, 0x112b]);
        assert_eq!(marks.count(), 0);
    }
}
