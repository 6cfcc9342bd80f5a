//! Which functions have blocks where.
//!
//! A start that turns up amid the blocks of functions makes those wrong. This finds them without
//! a look at all functions: for each line of code, those that have blocks in it.

use super::chains::Chains;
use super::code_map::CodeMap;
use super::index::{EntryIndex, FunctionIndex};
use crate::Function;

/// Bytes in a line.
const LINE: u64 = 16;

/// Functions by the lines of code in which they have, or had, blocks.
pub struct Owners {
    /// For each area, in the order of the map, the latest entry of each of its lines.
    areas: Vec<Vec<Option<EntryIndex>>>,
    functions: Chains<FunctionIndex>,
}

/// What an entry is charged.
pub const KEPT_FOR_ENTRY: u64 = 16;

impl Owners {
    /// Nobody owns anything.
    pub fn new(map: &CodeMap) -> Self {
        let areas = map.areas().map(|(_, len)| vec![None; len.div_ceil(LINE as usize)]);
        Owners { areas: areas.collect(), functions: Chains::new() }
    }

    /// Notes the blocks of a function; says how many entries that took.
    pub fn add(&mut self, map: &CodeMap, index: FunctionIndex, function: &Function) -> u64 {
        let before = self.functions.len();
        for block in &function.blocks {
            let Some((area, offset)) = map.index(block.address) else { continue };
            let Some(lines) = self.areas.get_mut(area) else { continue };
            let first = offset / LINE as usize;
            let last = (offset + block.bytes.saturating_sub(1) as usize) / LINE as usize;
            for latest in lines.iter_mut().take(last + 1).skip(first) {
                // blocks side by side share lines
                if self.functions.list(*latest).next() != Some(&index) {
                    *latest = self.functions.push(index, *latest).or(*latest);
                }
            }
        }
        (self.functions.len() - before) as u64
    }

    /// Those that have, or had, blocks in the line of `address`; some of them twice.
    pub fn near(&self, map: &CodeMap, address: u64) -> impl Iterator<Item = FunctionIndex> + '_ {
        let place = map.index(address);
        let latest = place.and_then(|(area, offset)| *self.areas.get(area)?.get(offset / LINE as usize)?);
        self.functions.list(latest).copied()
    }
}

/// Blocks before an address that are looked at: overlapping instructions can make a short block lie in a longer one.
/// Judgement.
const NESTED: usize = 4;

/// Whether `address` lies in a block of the function.
pub fn holds(function: &Function, address: u64) -> bool {
    let next = function.blocks.partition_point(|block| block.address <= address);
    let before = function.blocks.get(next.saturating_sub(NESTED)..next).unwrap_or(&[]);
    before.iter().any(|block| address < block.end())
}
