//! The few values a register can hold on the way to a switch.
//!
//! Not a general abstract interpreter: it knows constants, an index times a
//! scale plus a base, and what was loaded from a table so addressed. Everything
//! else is [`Value::Unknown`], which may serve as an index.

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
    /// Anything; at most `bound` where a comparison said so.
    Unknown { bound: Option<u32> },
    /// A known number.
    Constant(u64),
    /// `base + index * scale`, the index at most `bound`.
    Scaled { base: u64, scale: u64, bound: Option<u32> },
    /// `add + entry * times`, the entry read from a table.
    Loaded(Loaded),
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
}

const ANY: Value = Value::Unknown { bound: None };

/// A comparison with a number, waiting for its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Comparison {
    place: Place,
    limit: u64,
}

/// What was compared: a register, or a memory operand by base and displacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Register(usize),
    Memory(usize, u64),
}

/// Registers along a path, for either instruction set.
pub struct State<'a> {
    image: &'a Image,
    /// What an unknown base register most likely holds: the GOT in 32-bit PIC,
    /// the image base in 64-bit PE.
    anchor: Option<u64>,
    registers: [Value; 32],
    comparison: Option<Comparison>,
    memory_bound: Option<(Place, u32)>,
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
    pub fn new(image: &'a Image, hints: &Hints, address: u64) -> Self {
        let anchor = match image.arch_at(address) {
            Arch::X86 => hints.got,
            Arch::X86_64 if image.format != crate::Format::Elf => Some(image.base),
            _ => None,
        };
        State {
            image,
            anchor,
            registers: [ANY; 32],
            comparison: None,
            memory_bound: None,
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

    /// A branch was passed that bounds nothing, so what an earlier one did is not about the switch.
    pub fn pass_other_branch(&mut self) {
        self.comparison = None;
        self.last_bound = None;
    }

    /// A branch on an unsigned comparison was passed towards the switch.
    pub fn pass_branch(&mut self, inclusive: bool) {
        let Some(comparison) = self.comparison.take() else { return };
        let limit = if inclusive { Some(comparison.limit) } else { comparison.limit.checked_sub(1) };
        let Some(bound) = limit.and_then(|limit| u32::try_from(limit).ok()) else { return };
        self.last_bound = Some(bound);
        match comparison.place {
            Place::Register(register) => {
                // A constant here holds on this path only; the comparison holds on all.
                if let Value::Unknown { .. } | Value::Constant(_) = self.registers[register & 31] {
                    self.registers[register & 31] = Value::Unknown { bound: Some(bound) };
                }
            }
            place => self.memory_bound = Some((place, bound)),
        }
    }

    /// Takes one instruction into account.
    pub fn step(&mut self, instruction: &Instruction) {
        match &instruction.raw {
            Raw::X86(raw, _) => self.step_x86(raw),
            Raw::A64(word) => self.step_a64(*word, instruction.address),
        }
    }

    /// What an indirect jump would read.
    pub fn jump_target(&self, instruction: &Instruction) -> Value {
        match &instruction.raw {
            Raw::X86(raw, _) => match raw.op0_kind() {
                OpKind::Register => self.x86(raw.op0_register()),
                OpKind::Memory => {
                    self.load(self.x86_address(raw), self.image.arch.pointer_bytes() as u8, false)
                }
                _ => ANY,
            },
            Raw::A64(word) => self.registers[((word >> 5) & 31) as usize],
        }
    }

    fn wrap(&self, value: u64) -> u64 {
        if self.image.arch == Arch::X86 { value & 0xffff_ffff } else { value }
    }

    fn add(&self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Constant(a), Value::Constant(b)) => Value::Constant(self.wrap(a.wrapping_add(b))),
            (Value::Constant(c), other) | (other, Value::Constant(c)) => self.offset(other, c),
            // An unknown base beside an index: take the anchor for it.
            (Value::Scaled { .. } | Value::Loaded(_), Value::Unknown { .. }) if self.anchor.is_some() => {
                self.offset(a, self.anchor.unwrap_or(0))
            }
            (Value::Unknown { .. }, Value::Scaled { .. } | Value::Loaded(_)) if self.anchor.is_some() => {
                self.offset(b, self.anchor.unwrap_or(0))
            }
            _ => ANY,
        }
    }

    fn offset(&self, value: Value, by: u64) -> Value {
        match value {
            Value::Constant(base) => Value::Constant(self.wrap(base.wrapping_add(by))),
            Value::Unknown { bound } => Value::Scaled { base: self.wrap(by), scale: 1, bound },
            Value::Scaled { base, scale, bound } => {
                Value::Scaled { base: self.wrap(base.wrapping_add(by)), scale, bound }
            }
            Value::Loaded(loaded) => {
                Value::Loaded(Loaded { add: self.wrap(loaded.add.wrapping_add(by)), ..loaded })
            }
        }
    }

    fn times(&self, value: Value, factor: u64) -> Value {
        match value {
            Value::Constant(number) => Value::Constant(self.wrap(number.wrapping_mul(factor))),
            Value::Unknown { bound } if factor > 1 => Value::Scaled { base: 0, scale: factor, bound },
            Value::Unknown { bound } => Value::Unknown { bound },
            Value::Scaled { base, scale, bound } => Value::Scaled {
                base: self.wrap(base.wrapping_mul(factor)),
                scale: scale.wrapping_mul(factor),
                bound,
            },
            Value::Loaded(loaded) if loaded.add == 0 => {
                Value::Loaded(Loaded { times: loaded.times.wrapping_mul(factor), ..loaded })
            }
            Value::Loaded(_) => ANY,
        }
    }

    /// What an index register contributes: an entry read from a byte table is
    /// itself an index, bounded by the largest entry. A constant in a place that
    /// only an index can have (`surely`) is one of the values it takes.
    fn index(&self, value: Value, surely: bool) -> Value {
        let loaded = match value {
            Value::Loaded(loaded) => loaded,
            Value::Constant(_) if surely => return ANY,
            _ => return value,
        };
        if loaded.width != 1 || loaded.add != 0 || loaded.times != 1 {
            return ANY;
        }
        Value::Unknown { bound: self.highest(loaded.table, loaded.bound) }
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

    fn load(&self, address: Value, width: u8, signed: bool) -> Value {
        match address {
            Value::Scaled { base, scale, bound }
                if scale == u64::from(width) && self.image.is_mapped(base) =>
            {
                Value::Loaded(Loaded { table: base, stride: scale, width, signed, add: 0, times: 1, bound })
            }
            _ => ANY,
        }
    }
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
