//! The few values a register can hold on the way to a switch.
//!
//! Not a general abstract interpreter: it knows constants, an index times a
//! scale plus a base, and what was loaded from a table so addressed. An index is
//! whatever was not followed, under a number of its own; all copies of it, and
//! sums with it, have that number, so that a comparison with one of them says
//! something about all.

/// Shifts of fewer bits scale an index: by 32 at most, more than an entry takes.
pub const MAX_SHIFT: u64 = 6;
/// Masks below this bound an index: judgement.
pub const MAX_MASK: u64 = 1 << 12;
/// Entries read of a table in any case: judgement.
pub const MAX_ENTRIES: u32 = 16_384;

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A known number.
    Constant(u64),
    /// `base + index * scale`; an index alone is anything at all. Wraps.
    Linear { base: u64, scale: u64, index: Index },
    /// `add + entry * times`, the entry read from a table.
    Loaded(TableEntry),
}

/// Something unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Equal for what is proven to be the same, and for nothing else.
    pub root: u32,
    /// The most it can be by the way it was made: masked, or read from a table of bytes.
    pub bound: Option<u32>,
    /// The table of bytes that it was read from.
    pub via: Option<ByteTable>,
}

/// A table of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteTable {
    pub table: u64,
    pub entries: u32,
}

/// An entry of a table in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableEntry {
    /// Address of the first entry.
    pub table: u64,
    /// Bytes from one entry to the next.
    pub stride: u64,
    /// Bytes of one entry.
    pub width: u8,
    /// Entries are signed.
    pub signed: bool,
    /// Added to the entry.
    pub add: u64,
    /// The entry is multiplied by this.
    pub times: u64,
    /// The highest index, where known.
    pub bound: Option<u32>,
    /// The table that its own index was read from.
    pub via: Option<ByteTable>,
}

impl Value {
    /// An index with nothing added to it.
    pub fn of_index(index: Index) -> Value {
        Value::Linear { base: 0, scale: 1, index }
    }

    /// Whether nothing is known of it, or at most a bound.
    pub fn is_unknown(self) -> bool {
        matches!(self, Value::Linear { base: 0, scale: 1, .. })
    }
}
