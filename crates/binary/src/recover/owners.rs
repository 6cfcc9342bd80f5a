//! Which functions have blocks where.
//!
//! A start that turns up amid the blocks of functions makes those wrong. This finds them without
//! a look at all functions: for each line of code, those that have blocks in it.

use super::code_map::CodeMap;
use crate::Function;

/// Bytes in a line.
const LINE: u64 = 16;

/// No entry.
const NONE: u32 = u32::MAX;

/// Functions by the lines of code in which they have, or had, blocks.
pub struct Owners {
    /// For each area its first address, and for each of its lines the latest entry.
    areas: Vec<(u64, Vec<u32>)>,
    entries: Vec<Entry>,
}

struct Entry {
    function: u32,
    /// The entry before it of the same line.
    before: u32,
}

/// What an entry is charged.
pub const KEPT_FOR_ENTRY: u64 = 16;

impl Owners {
    /// Nobody owns anything.
    pub fn new(map: &CodeMap) -> Self {
        let areas = map.areas().map(|(start, len)| (start, vec![NONE; len.div_ceil(LINE as usize)]));
        Owners { areas: areas.collect(), entries: Vec::new() }
    }

    /// Notes the blocks of a function; says how many entries that took.
    pub fn add(&mut self, map: &CodeMap, index: u32, function: &Function) -> u64 {
        let before = self.entries.len();
        for block in &function.blocks {
            let Some((area, offset)) = map.index(block.address) else { continue };
            let Some((_, lines)) = self.areas.get_mut(area) else { continue };
            let first = offset / LINE as usize;
            let last = (offset + block.bytes.saturating_sub(1) as usize) / LINE as usize;
            for head in lines.iter_mut().take(last + 1).skip(first) {
                let latest = usize::try_from(*head).ok().and_then(|at| self.entries.get(at));
                if latest.is_some_and(|entry| entry.function == index) {
                    continue;
                }
                let Ok(next) = u32::try_from(self.entries.len()) else { continue };
                self.entries.push(Entry { function: index, before: *head });
                *head = next;
            }
        }
        (self.entries.len() - before) as u64
    }

    /// Those that have, or had, blocks in the line of `address`; some of them twice.
    pub fn near(&self, map: &CodeMap, address: u64) -> impl Iterator<Item = u32> + '_ {
        let line = map.index(address).and_then(|(area, offset)| {
            self.areas.get(area).and_then(|(_, lines)| lines.get(offset / LINE as usize))
        });
        let mut at = line.copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let entry = self.entries.get(usize::try_from(at).ok()?)?;
            at = entry.before;
            Some(entry.function)
        })
    }
}

/// Blocks before an address that are looked at: overlapping instructions can make a short block lie in a longer one.
const NESTED: usize = 4;

/// Whether `address` lies in a block of the function.
pub fn holds(function: &Function, address: u64) -> bool {
    let next = function.blocks.partition_point(|block| block.address <= address);
    let before = function.blocks.get(next.saturating_sub(NESTED)..next).unwrap_or(&[]);
    before.iter().any(|block| address < block.end())
}
