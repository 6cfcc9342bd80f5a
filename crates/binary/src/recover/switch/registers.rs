//! Registers and memory on the way to a switch, for either instruction set.

use super::value::{Index, Value};
use crate::decode::{Instruction, Raw};
use crate::{Arch, Hints, Image};
use iced_x86::OpKind;
use std::cell::Cell;

/// What a comparison said of an index: with `low` added it is at most `bound`.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    pub root: u32,
    pub low: u64,
    pub bound: u32,
}

/// A comparison with a number, waiting for its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub location: Location,
    /// What was compared, as it was then.
    pub value: Value,
    pub limit: u64,
}

/// Where a value is: a register, or memory by base register and displacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    Register(usize),
    Memory(usize, u64),
}

/// The base register of memory that has none.
pub const NO_BASE: usize = usize::MAX;

/// Displacements below this are those of fields, and not addresses of tables.
pub const FIRST_PAGE: u64 = 0x1000;

/// Places in memory whose values are known at once; of more the oldest is forgotten. Judgement.
const MAX_LOCATIONS: usize = 16;

/// What becomes of a number that was added to an index before it was used: compilers add what makes the lowest case
/// zero, and fold it into the address of the table as well as not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedNumber {
    /// The number counts: the table begins where the lowest value that passes the comparison leads.
    Counts,
    /// The number is left out: the table begins where the operand says.
    LeftOut,
}

/// Registers along a path, for either instruction set.
pub struct Registers<'a> {
    pub(super) image: &'a Image,
    pub(super) added_number: AddedNumber,
    /// What an unknown base register most likely holds: the GOT in 32-bit PIC,
    /// the image base in 64-bit PE.
    pub(super) anchor: Option<u64>,
    pub(super) registers: [Value; 32],
    /// What lies in memory, the latest last.
    pub(super) memory: Vec<(Location, Value)>,
    pub(super) comparison: Option<Comparison>,
    /// What the branches on the way said, one for each index at most.
    pub(super) facts: Vec<Fact>,
    /// The number of the next index.
    next_root: Cell<u32>,
    /// On top of the stack, after a call to the next instruction.
    pub(super) return_address: Option<u64>,
    /// The bound of the last comparison, whatever it was about.
    pub last_bound: Option<u32>,
    /// The last table of bytes that was searched and its highest index, with its highest entry:
    /// several operands on the way to a switch ask for the same one.
    pub(super) highest: Cell<Option<Highest>>,
    /// Work done and not billed yet.
    pub(super) looked: Cell<u64>,
}

/// The answer to a search in a table of bytes.
#[derive(Clone, Copy)]
pub struct Highest {
    pub table: u64,
    pub bound: u32,
    pub entry: Option<u32>,
}

impl<'a> Registers<'a> {
    /// Nothing known; the code is that at `address`.
    pub fn new(image: &'a Image, hints: &Hints, address: u64, added_number: AddedNumber) -> Self {
        let anchor = match image.arch_at(address) {
            Arch::X86 => hints.got,
            Arch::X86_64 if image.format != crate::Format::Elf => Some(image.base),
            _ => None,
        };
        let index = |root| Value::of_index(Index { root, bound: None, via: None });
        Registers {
            image,
            added_number,
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

    /// An index that was not met before, with what it is at most.
    pub(super) fn new_index(&self, bound: Option<u32>) -> Index {
        let root = self.next_root.get();
        self.next_root.set(root.wrapping_add(1));
        Index { root, bound, via: None }
    }

    /// Something of which nothing is known but what it is at most.
    pub(super) fn at_most(&self, bound: Option<u32>) -> Value {
        Value::of_index(self.new_index(bound))
    }

    /// Something of which nothing is known.
    pub(super) fn any(&self) -> Value {
        self.at_most(None)
    }

    /// A branch was passed that bounds nothing, so what an earlier one did is not about the switch.
    pub fn pass_other_branch(&mut self) {
        self.comparison = None;
        self.last_bound = None;
    }

    /// A branch on an unsigned comparison was passed towards the switch.
    pub fn pass_branch(&mut self, inclusive: bool) {
        // one comparison bounds once: a second branch on it says something else
        let Some(Comparison { location, value, limit }) = self.comparison.take() else { return };
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
                match location {
                    Location::Register(register) => {
                        if let Some(now) = self.registers.get_mut(register)
                            && *now == value
                        {
                            *now = index;
                        }
                    }
                    Location::Memory(..) => self.store(location, index),
                }
            }
            Value::Linear { .. } | Value::Loaded(_) => {}
        }
    }

    /// What lies at a place in memory: the same as the last time, unless it was written since.
    pub(super) fn fetch(&mut self, location: Location) -> Value {
        if let Some((_, value)) = self.memory.iter().find(|(known, _)| *known == location) {
            return *value;
        }
        let value = self.any();
        self.store(location, value);
        value
    }

    /// Notes what lies at a place in memory from now on.
    pub(super) fn store(&mut self, location: Location, value: Value) {
        self.memory.retain(|(known, _)| *known != location);
        if self.memory.len() >= MAX_LOCATIONS {
            self.memory.remove(0);
        }
        self.memory.push((location, value));
    }

    /// A register changes: places named by it are others now.
    pub(super) fn set_register(&mut self, register: usize, value: Value) {
        self.memory
            .retain(|(location, _)| !matches!(location, Location::Memory(base, _) if *base == register));
        if let Some(now) = self.registers.get_mut(register) {
            *now = value;
        }
    }

    /// How much is added to an index, and what the sum is at most.
    pub(super) fn range_of(&self, index: Index) -> (u64, Option<u32>) {
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
}
