//! The few values a register can hold on the way to a switch.
//!
//! Not a general abstract interpreter: it knows constants, an index times a
//! scale plus a base, and what was loaded from a table so addressed. An index is
//! whatever was not followed, under a number of its own; all copies of it, and
//! sums with it, have that number, so that a comparison with one of them says
//! something about all.

mod a64;
mod x86;

use super::switch::MAX_ENTRIES;
use crate::decode::{Instruction, Raw};
use crate::{Arch, Hints, Image};
use iced_x86::{Mnemonic, OpKind, Register};
use std::cell::Cell;

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A known number.
    Constant(u64),
    /// `base + index * scale`; an index alone is anything at all. Wraps.
    Linear { base: u64, scale: u64, index: Index },
    /// `add + entry * times`, the entry read from a table.
    Loaded(Loaded),
}

/// Something unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Equal for what is surely the same, and for nothing else.
    root: u32,
    /// The most it can be by the way it was made: masked, or read from a table of bytes.
    bound: Option<u32>,
    /// The table of bytes that it was read from.
    via: Option<Bytes>,
}

/// A table of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    pub table: u64,
    pub entries: u32,
}

/// What a comparison said of an index: with `low` added it is at most `bound`.
#[derive(Clone, Copy, Debug)]
struct Fact {
    root: u32,
    low: u64,
    bound: u32,
}

/// An entry of a table in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
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
    pub via: Option<Bytes>,
}

/// A comparison with a number, waiting for its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Comparison {
    place: Place,
    /// What was compared, as it was then.
    value: Value,
    limit: u64,
}

/// Where a value is: a register, or memory by base register and displacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Register(usize),
    Memory(usize, u64),
}

/// The base register of memory that has none.
const NO_BASE: usize = usize::MAX;

/// Displacements below this are those of fields, and not addresses of tables.
const FIRST_PAGE: u64 = 0x1000;

/// Places in memory whose values are known at once; of more the oldest is forgotten.
const MAX_PLACES: usize = 16;

/// How an index is taken whose value was changed by a number before it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The number counts: the table begins where the lowest value that passes the comparison leads.
    Exact,
    /// The number is left out: the table begins where the operand says.
    Nominal,
}

/// Registers along a path, for either instruction set.
pub struct State<'a> {
    image: &'a Image,
    reading: Reading,
    /// What an unknown base register most likely holds: the GOT in 32-bit PIC,
    /// the image base in 64-bit PE.
    anchor: Option<u64>,
    registers: [Value; 32],
    /// What lies in memory, the latest last.
    memory: Vec<(Place, Value)>,
    comparison: Option<Comparison>,
    /// What the branches on the way said, one for each index at most.
    facts: Vec<Fact>,
    /// The number of the next index.
    next_root: Cell<u32>,
    /// On top of the stack, after a call to the next instruction.
    return_address: Option<u64>,
    /// The bound of the last comparison, whatever it was about.
    pub last_bound: Option<u32>,
    /// The last table of bytes that was searched and its highest index, with its highest entry:
    /// several operands on the way to a switch ask for the same one.
    highest: Cell<Option<Highest>>,
    /// Work done and not billed yet.
    looked: Cell<u64>,
}

/// The answer to a search in a table of bytes.
#[derive(Clone, Copy)]
struct Highest {
    table: u64,
    bound: u32,
    entry: Option<u32>,
}

/// Bytes of a table that are compared in the time that decoding one instruction takes.
const BYTES_A_UNIT: usize = 64;

impl<'a> State<'a> {
    /// Nothing known; the code is that at `address`.
    pub fn new(image: &'a Image, hints: &Hints, address: u64, reading: Reading) -> Self {
        let anchor = match image.arch_at(address) {
            Arch::X86 => hints.got,
            Arch::X86_64 if image.format != crate::Format::Elf => Some(image.base),
            _ => None,
        };
        let index = |root| Value::Linear { base: 0, scale: 1, index: Index { root, bound: None, via: None } };
        State {
            image,
            reading,
            anchor,
            registers: std::array::from_fn(|register| index(register as u32)),
            memory: Vec::new(),
            comparison: None,
            facts: Vec::new(),
            next_root: Cell::new(32),
            return_address: None,
            last_bound: None,
            highest: Cell::new(None),
            looked: Cell::new(0),
        }
    }

    /// Sets a register before the path begins.
    pub fn preset(&mut self, register: u8, address: u64) {
        if let Some(value) = self.registers.get_mut(usize::from(register)) {
            *value = Value::Constant(address);
        }
    }

    /// Something of which nothing is known but what it is at most.
    fn at_most(&self, bound: Option<u32>) -> Value {
        let root = self.next_root.get();
        self.next_root.set(root.wrapping_add(1));
        Value::Linear { base: 0, scale: 1, index: Index { root, bound, via: None } }
    }

    /// Something of which nothing is known.
    fn any(&self) -> Value {
        self.at_most(None)
    }

    /// A branch was passed that bounds nothing, so what an earlier one did is not about the switch.
    pub fn pass_other_branch(&mut self) {
        self.comparison = None;
        self.last_bound = None;
    }

    /// A branch on an unsigned comparison was passed towards the switch.
    pub fn pass_branch(&mut self, inclusive: bool) {
        let Some(Comparison { place, value, limit }) = self.comparison.take() else { return };
        let limit = if inclusive { Some(limit) } else { limit.checked_sub(1) };
        let Some(bound) = limit.and_then(|limit| u32::try_from(limit).ok()) else { return };
        self.last_bound = Some(bound);
        match value {
            Value::Linear { base, scale: 1, index: Index { root, .. } } => {
                self.facts.retain(|fact| fact.root != root);
                self.facts.push(Fact { root, low: base, bound });
            }
            // A constant here holds on this path only; the comparison holds on all.
            Value::Constant(_) => {
                let index = self.at_most(Some(bound));
                match place {
                    Place::Register(register) => {
                        if let Some(held) = self.registers.get_mut(register)
                            && *held == value
                        {
                            *held = index;
                        }
                    }
                    Place::Memory(..) => self.store(place, index),
                }
            }
            Value::Linear { .. } | Value::Loaded(_) => {}
        }
    }

    /// What lies at a place in memory: the same as the last time, unless it was written since.
    fn fetch(&mut self, place: Place) -> Value {
        if let Some((_, value)) = self.memory.iter().find(|(known, _)| *known == place) {
            return *value;
        }
        let value = self.any();
        self.store(place, value);
        value
    }

    fn store(&mut self, place: Place, value: Value) {
        self.memory.retain(|(known, _)| *known != place);
        if self.memory.len() >= MAX_PLACES {
            self.memory.remove(0);
        }
        self.memory.push((place, value));
    }

    /// A register changes: places named by it are others now.
    fn set_register(&mut self, register: usize, value: Value) {
        self.memory.retain(|(place, _)| !matches!(place, Place::Memory(base, _) if *base == register));
        if let Some(held) = self.registers.get_mut(register) {
            *held = value;
        }
    }

    /// How much is added to an index, and what the sum is at most.
    fn range_of(&self, index: Index) -> (u64, Option<u32>) {
        let fact = self.facts.iter().find(|fact| fact.root == index.root);
        fact.map_or((0, index.bound), |fact| (fact.low, Some(fact.bound)))
    }

    /// Takes one instruction into account.
    pub fn step(&mut self, instruction: &Instruction) {
        match &instruction.raw {
            Raw::X86(raw, _) => self.step_x86(raw),
            Raw::A64(word) => self.step_a64(*word, instruction.address),
        }
    }

    /// What an indirect jump would read.
    pub fn jump_target(&mut self, instruction: &Instruction) -> Value {
        match &instruction.raw {
            Raw::X86(raw, _) => match raw.op0_kind() {
                OpKind::Register => self.x86(raw.op0_register()),
                OpKind::Memory => self.x86_memory(raw),
                _ => self.any(),
            },
            Raw::A64(word) => self.registers[((word >> 5) & 31) as usize],
        }
    }

    fn wrap(&self, value: u64) -> u64 {
        if self.image.arch == Arch::X86 { value & 0xffff_ffff } else { value }
    }

    fn add(&self, a: Value, b: Value) -> Value {
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
            // An unknown base beside an index: take the anchor for it.
            (indexed, base) | (base, indexed) if is_bare(base) && !is_bare(indexed) => match self.anchor {
                Some(anchor) => self.offset(indexed, anchor),
                None => self.any(),
            },
            _ => self.any(),
        }
    }

    fn offset(&self, value: Value, by: u64) -> Value {
        match value {
            Value::Constant(base) => Value::Constant(self.wrap(base.wrapping_add(by))),
            Value::Linear { base, scale, index } => {
                Value::Linear { base: self.wrap(base.wrapping_add(by)), scale, index }
            }
            Value::Loaded(loaded) => {
                Value::Loaded(Loaded { add: self.wrap(loaded.add.wrapping_add(by)), ..loaded })
            }
        }
    }

    fn times(&self, value: Value, factor: u64) -> Value {
        match value {
            Value::Constant(number) => Value::Constant(self.wrap(number.wrapping_mul(factor))),
            Value::Linear { base, scale, index } => Value::Linear {
                base: self.wrap(base.wrapping_mul(factor)),
                scale: self.wrap(scale.wrapping_mul(factor)),
                index,
            },
            Value::Loaded(loaded) if loaded.add == 0 => {
                Value::Loaded(Loaded { times: loaded.times.wrapping_mul(factor), ..loaded })
            }
            Value::Loaded(_) => self.any(),
        }
    }

    /// What an index register contributes: an entry read from a byte table is
    /// itself an index, bounded by the largest entry. A constant in a place that
    /// only an index can have (`surely`) is one of the values it takes. A number
    /// that was added to an index counts only where a comparison said something of that index.
    fn index(&self, value: Value, surely: bool) -> Value {
        match value {
            Value::Constant(_) if surely => self.any(),
            Value::Linear { base, scale: 1, index } if base != 0 && surely => {
                match (self.reading, self.facts.iter().any(|fact| fact.root == index.root)) {
                    (Reading::Exact, true) => value,
                    _ => self.any(),
                }
            }
            Value::Loaded(loaded) if loaded.width == 1 && loaded.add == 0 && loaded.times == 1 => {
                let bound = self.highest(loaded.table, loaded.bound);
                let known = loaded.bound.filter(|&bound| bound < MAX_ENTRIES);
                let via = known.map(|bound| Bytes { table: loaded.table, entries: bound + 1 });
                match self.at_most(bound) {
                    Value::Linear { base, scale, index } => {
                        Value::Linear { base, scale, index: Index { via, ..index } }
                    }
                    other => other,
                }
            }
            Value::Loaded(_) => self.any(),
            other => other,
        }
    }

    /// The highest entry of a table of bytes; unknown where it has more than any jump table.
    fn highest(&self, table: u64, bound: Option<u32>) -> Option<u32> {
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
    fn entry(&self, address: Value, width: u8, signed: bool) -> Option<Value> {
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
        if is_bare(address) {
            return None;
        }
        let stride = u64::from(width);
        let loaded = Loaded { table, stride, width, signed, add: 0, times: 1, bound, via: index.via };
        self.image.is_mapped(table).then_some(Value::Loaded(loaded))
    }
}

/// Nothing is known of the value, or at most a bound.
fn is_bare(value: Value) -> bool {
    matches!(value, Value::Linear { base: 0, scale: 1, .. })
}

/// Whether a conditional branch bounds an unsigned comparison, seen from the side
/// taken (`taken`) or fallen through: `Some(true)` for "at most", `Some(false)`
/// for "less than".
pub fn bounding(instruction: &Instruction, taken: bool) -> Option<bool> {
    match &instruction.raw {
        Raw::X86(raw, _) => match (raw.mnemonic(), taken) {
            (Mnemonic::Ja, false) | (Mnemonic::Jbe, true) => Some(true),
            (Mnemonic::Jae, false) | (Mnemonic::Jb, true) => Some(false),
            (Mnemonic::Jg, false) | (Mnemonic::Jle, true) => Some(true),
            (Mnemonic::Jge, false) | (Mnemonic::Jl, true) => Some(false),
            _ => None,
        },
        Raw::A64(word) if word & 0xff00_0010 == 0x5400_0000 => match (word & 15, taken) {
            (8, false) | (9, true) => Some(true),   // hi, ls
            (2, false) | (3, true) => Some(false),  // hs, lo
            (12, false) | (13, true) => Some(true), // gt, le
            _ => None,
        },
        Raw::A64(_) => None,
    }
}

/// Whether the operand in memory has an index times `scale`.
pub fn is_indexed(instruction: &Instruction, scale: usize) -> bool {
    let Raw::X86(raw, _) = &instruction.raw else { return false };
    raw.op0_kind() == OpKind::Memory
        && raw.memory_index() != Register::None
        && raw.memory_index_scale() as usize == scale
}

/// The slot that `jmp [slot]` or `call [slot]` reads, where it is fixed.
pub fn fixed_slot(instruction: &Instruction) -> Option<u64> {
    let Raw::X86(raw, _) = &instruction.raw else { return None };
    if raw.op0_kind() != OpKind::Memory {
        return None;
    }
    let fixed = raw.is_ip_rel_memory_operand()
        || raw.memory_base() == Register::None && raw.memory_index() == Register::None;
    fixed.then(|| raw.memory_displacement64())
}
