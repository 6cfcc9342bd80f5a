//! Sums, products and loads of what registers hold.

use super::registers::{AddedNumber, Highest, Registers};
use super::value::{ByteTable, Index, MAX_ENTRIES, TableEntry, Value};
use crate::Arch;

/// Bytes of a table that are compared in the time that decoding one instruction takes.
const BYTES_A_UNIT: usize = 64;

impl Registers<'_> {
    /// A number as registers of this image hold it: those of 32-bit code are 32 bits wide.
    pub(super) fn wrap(&self, value: u64) -> u64 {
        if self.image.arch == Arch::X86 { value & 0xffff_ffff } else { value }
    }

    /// A sum. Of two unknown numbers nothing is known, but where one of them was made from the other: an index times
    /// three is computed as itself plus twice itself.
    pub(super) fn add(&self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Constant(c), other) | (other, Value::Constant(c)) => self.offset(other, c),
            (
                Value::Linear { base, scale, index },
                Value::Linear { base: more, scale: times, index: other },
            ) if index.root == other.root => Value::Linear {
                base: self.wrap(base.wrapping_add(more)),
                scale: self.wrap(scale.wrapping_add(times)),
                index,
            },
            // An unknown base beside an index: take the anchor for it, which compilers load far from the switch.
            (indexed, base) | (base, indexed) if base.is_unknown() && !indexed.is_unknown() => {
                match self.anchor {
                    Some(anchor) => self.offset(indexed, anchor),
                    None => self.any(),
                }
            }
            _ => self.any(),
        }
    }

    /// A sum with a known number.
    pub(super) fn offset(&self, value: Value, by: u64) -> Value {
        match value {
            Value::Constant(base) => Value::Constant(self.wrap(base.wrapping_add(by))),
            Value::Linear { base, scale, index } => {
                Value::Linear { base: self.wrap(base.wrapping_add(by)), scale, index }
            }
            Value::Loaded(loaded) => {
                Value::Loaded(TableEntry { add: self.wrap(loaded.add.wrapping_add(by)), ..loaded })
            }
        }
    }

    /// A product with a known number. An entry to which something was added is no entry any more.
    pub(super) fn times(&self, value: Value, factor: u64) -> Value {
        match value {
            Value::Constant(number) => Value::Constant(self.wrap(number.wrapping_mul(factor))),
            Value::Linear { base, scale, index } => Value::Linear {
                base: self.wrap(base.wrapping_mul(factor)),
                scale: self.wrap(scale.wrapping_mul(factor)),
                index,
            },
            Value::Loaded(loaded) if loaded.add == 0 => {
                Value::Loaded(TableEntry { times: loaded.times.wrapping_mul(factor), ..loaded })
            }
            Value::Loaded(_) => self.any(),
        }
    }

    /// What an index register contributes: an entry read from a byte table is
    /// itself an index, bounded by the largest entry. A constant where only an
    /// index can stand (`is_index`) is one of the values it takes. A number
    /// that was added to an index counts only where a comparison said something of that index.
    pub(super) fn index(&self, value: Value, is_index: bool) -> Value {
        match value {
            Value::Constant(_) if is_index => self.any(),
            Value::Linear { base, scale: 1, index } if base != 0 && is_index => {
                match (self.added_number, self.facts.iter().any(|fact| fact.root == index.root)) {
                    (AddedNumber::Counts, true) => value,
                    _ => self.any(),
                }
            }
            Value::Loaded(loaded) if loaded.width == 1 && loaded.add == 0 && loaded.times == 1 => {
                let bound = self.highest(loaded.table, loaded.bound);
                let known = loaded.bound.filter(|&bound| bound < MAX_ENTRIES);
                let via = known.map(|bound| ByteTable { table: loaded.table, entries: bound + 1 });
                Value::of_index(Index { via, ..self.new_index(bound) })
            }
            Value::Loaded(_) => self.any(),
            other => other,
        }
    }

    /// The highest entry of a table of bytes; unknown where it has more than any jump table.
    pub(super) fn highest(&self, table: u64, bound: Option<u32>) -> Option<u32> {
        let bound = bound.filter(|&bound| bound < MAX_ENTRIES)?;
        if let Some(known) = self.highest.get().filter(|known| known.table == table && known.bound == bound) {
            return known.entry;
        }
        let count = bound as usize + 1;
        let entries = self.image.tail(table).get(..count).unwrap_or(&[]);
        self.looked.set(self.looked.get() + (entries.len() / BYTES_A_UNIT) as u64);
        let entry = entries.iter().max().map(|&most| u32::from(most));
        self.highest.set(Some(Highest { table, bound, entry }));
        entry
    }

    /// Work done since this was last asked, beside one unit for each instruction.
    pub fn take_looked(&mut self) -> u64 {
        self.looked.take()
    }

    /// What a load of `width` bytes gives where its address is that of a table's entry.
    pub(super) fn entry(&self, address: Value, width: u8, signed: bool) -> Option<Value> {
        let Value::Linear { base, scale, index } = address else { return None };
        let (low, bound) = self.range_of(index);
        let first = self.wrap(base.wrapping_sub(scale.wrapping_mul(low)));
        let table = if scale == u64::from(width) {
            first
        } else if self.wrap(scale.wrapping_neg()) == u64::from(width) {
            // read from the last entry down
            self.wrap(first.wrapping_add(scale.wrapping_mul(u64::from(bound?))))
        } else {
            return None;
        };
        if address.is_unknown() {
            return None;
        }
        let stride = u64::from(width);
        let loaded = TableEntry { table, stride, width, signed, add: 0, times: 1, bound, via: index.via };
        self.image.is_mapped(table).then_some(Value::Loaded(loaded))
    }
}
