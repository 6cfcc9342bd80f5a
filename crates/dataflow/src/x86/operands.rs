//! Operands: registers and their parts, memory, immediates; and short names for the machine's operations.

use crate::machine::{Cond, Machine, Op, Reg, Width};
use iced_x86::{CodeSize, ConstantOffsets, Instruction, OpKind, Register};

/// An instruction being lifted.
pub(super) struct Lifter<'a, M: Machine> {
    pub machine: &'a mut M,
    pub instruction: &'a Instruction,
    offsets: &'a ConstantOffsets,
    /// Bits of a pointer, and of a general register.
    pub pointer: Width,
}

/// A register or part of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub reg: Reg,
    /// Its lowest bit in the register.
    pub at: u8,
    pub bits: Width,
}

/// Where an operand is: worked out once, then read and written.
#[derive(Clone, Copy)]
pub(super) enum Place<V> {
    Register(Part),
    Memory(V, Width),
    Number(V, Width),
}

impl<V> Place<V> {
    pub fn width(&self) -> Width {
        match self {
            Place::Register(part) => part.bits,
            Place::Memory(_, width) | Place::Number(_, width) => *width,
        }
    }
}

/// The place of a register in the decoder's list.
const fn at(register: Register) -> u8 {
    register as u32 as u8
}

const AL: u8 = at(Register::AL);
const BL: u8 = at(Register::BL);
const AH: u8 = at(Register::AH);
const BH: u8 = at(Register::BH);
const SPL: u8 = at(Register::SPL);
const R15L: u8 = at(Register::R15L);
const AX: u8 = at(Register::AX);
const R15W: u8 = at(Register::R15W);
const EAX: u8 = at(Register::EAX);
const R15D: u8 = at(Register::R15D);
const RAX: u8 = at(Register::RAX);
const R15: u8 = at(Register::R15);
const XMM0: u8 = at(Register::XMM0);
const ZMM31: u8 = at(Register::ZMM31);
const ST0: u8 = at(Register::ST0);
const ST7: u8 = at(Register::ST7);
const MM0: u8 = at(Register::MM0);
const MM7: u8 = at(Register::MM7);

/// The part of our registers that `register` names; `None` for those we do not have.
///
/// Of `ymm` and `zmm` it is the low 128 bits.
#[inline]
pub(super) fn part(register: Register) -> Option<Part> {
    let number = at(register);
    let (reg, at, bits) = match number {
        AL..=BL => (Reg::general(number - AL), 0, 8),
        AH..=BH => (Reg::general(number - AH), 8, 8),
        SPL..=R15L => (Reg::general(number - SPL + 4), 0, 8),
        AX..=R15W => (Reg::general(number - AX), 0, 16),
        EAX..=R15D => (Reg::general(number - EAX), 0, 32),
        RAX..=R15 => (Reg::general(number - RAX), 0, 64),
        // 32 each of `xmm`, `ymm`, `zmm`
        XMM0..=ZMM31 => (Reg::vector(number - XMM0), 0, 128),
        ST0..=ST7 => (Reg::x87(number - ST0), 0, 64),
        // An `mmx` register is part of an x87 register; never both in one piece of code.
        MM0..=MM7 => (Reg::x87(number - MM0), 0, 64),
        _ => return None,
    };
    Some(Part { reg, at, bits })
}

impl<'a, M: Machine> Lifter<'a, M> {
    pub fn new(machine: &'a mut M, instruction: &'a Instruction, offsets: &'a ConstantOffsets) -> Self {
        let pointer = if instruction.code_size() == CodeSize::Code64 { 64 } else { 32 };
        Lifter { machine, instruction, offsets, pointer }
    }

    /// Calculates.
    pub fn op(&mut self, op: Op, width: Width, operands: &[M::Value]) -> M::Value {
        self.machine.op(op, width, operands)
    }

    /// A number that is no address.
    pub fn constant(&mut self, value: u64, width: Width) -> M::Value {
        let value = if width >= 64 { value } else { value & ((1 << width) - 1) };
        self.machine.constant(value, width)
    }

    /// A whole register.
    pub fn reg(&mut self, reg: Reg) -> M::Value {
        self.machine.get(reg)
    }

    /// The low bits of a value; the value itself where it has no more.
    pub fn truncate(&mut self, value: M::Value, from: Width, to: Width) -> M::Value {
        if from <= to { value } else { self.op(Op::Truncate, to, &[value]) }
    }

    /// A value with zeroes in front, or cut.
    pub fn fit(&mut self, value: M::Value, from: Width, to: Width) -> M::Value {
        if from < to { self.op(Op::ZeroExtend, to, &[value]) } else { self.truncate(value, from, to) }
    }

    /// The flags.
    pub fn flags(&mut self) -> M::Value {
        self.machine.get(Reg::FLAGS)
    }

    /// Sets the flags.
    pub fn set_flags(&mut self, op: Op, width: Width, operands: &[M::Value]) {
        let flags = self.machine.op(op, width, operands);
        self.machine.set(Reg::FLAGS, flags);
    }

    /// Whether a condition holds on the flags.
    pub fn test(&mut self, cond: Cond) -> M::Value {
        let flags = self.flags();
        self.op(Op::Test(cond), 1, &[flags])
    }

    /// The bits of a general register from bit 0.
    pub fn general(&mut self, n: u8, bits: Width) -> M::Value {
        self.part(Part { reg: Reg::general(n), at: 0, bits })
    }

    /// Sets the bits of a general register from bit 0, as x86 does.
    pub fn set_general(&mut self, n: u8, bits: Width, value: M::Value) {
        self.set_part(Part { reg: Reg::general(n), at: 0, bits }, value);
    }

    fn whole(&self, part: Part) -> Width {
        if part.reg.0 < 32 { self.pointer } else { part.bits }
    }

    /// Reads part of a register.
    pub fn part(&mut self, part: Part) -> M::Value {
        let whole = self.whole(part);
        let mut value = self.machine.get(part.reg);
        if part.at > 0 {
            let at = self.constant(u64::from(part.at), whole);
            value = self.op(Op::Shr, whole, &[value, at]);
        }
        self.truncate(value, whole, part.bits)
    }

    /// Writes part of a register: 32 bits clear those above, 8 and 16 keep them.
    pub fn set_part(&mut self, part: Part, value: M::Value) {
        let whole = self.whole(part);
        let value = if part.bits == whole {
            value
        } else if part.bits == 32 {
            self.op(Op::ZeroExtend, whole, &[value])
        } else {
            let old = self.machine.get(part.reg);
            self.op(Op::Insert { at: part.at, bits: part.bits }, whole, &[old, value])
        };
        self.machine.set(part.reg, value);
    }

    /// Where an operand is; `None` where it is nothing we have.
    pub fn place(&mut self, operand: u32) -> Option<Place<M::Value>> {
        match self.instruction.op_kind(operand) {
            OpKind::Register => Some(Place::Register(part(self.instruction.op_register(operand))?)),
            OpKind::Memory => {
                let width = self.memory_width()?;
                Some(Place::Memory(self.address(), width))
            }
            kind => {
                let (width, in_bytes) = immediate_width(kind)?;
                let value = self.instruction.try_immediate(operand).ok()?;
                Some(Place::Number(self.immediate(value, width, in_bytes), width))
            }
        }
    }

    fn immediate(&mut self, value: u64, width: Width, in_bytes: Width) -> M::Value {
        if in_bytes < 32 {
            return self.constant(value, width);
        }
        let value = if width >= 64 { value } else { value & ((1 << width) - 1) };
        let place = self.instruction.ip().wrapping_add(self.offsets.immediate_offset() as u64);
        self.machine.immediate(value, width, place)
    }

    /// Bits of the memory operand: 128 of those that are wider.
    pub fn memory_width(&self) -> Option<Width> {
        match self.instruction.memory_size().size() {
            bytes @ (1 | 2 | 4 | 8 | 10 | 16) => Some(bytes as Width * 8),
            32 | 64 => Some(128),
            _ => None,
        }
    }

    /// Reads a place.
    pub fn get(&mut self, place: Place<M::Value>) -> M::Value {
        match place {
            Place::Register(part) => self.part(part),
            Place::Memory(address, width) => self.machine.load(address, width),
            Place::Number(value, _) => value,
        }
    }

    /// Writes a place, as x86 does (see [`Self::set_part`]).
    pub fn put(&mut self, place: Place<M::Value>, value: M::Value) {
        match place {
            Place::Register(part) => self.set_part(part, value),
            Place::Memory(address, width) => self.machine.store(address, value, width),
            Place::Number(..) => {}
        }
    }

    /// Reads an operand, and says how wide it is.
    pub fn read(&mut self, operand: u32) -> Option<(M::Value, Width)> {
        let place = self.place(operand)?;
        Some((self.get(place), place.width()))
    }

    /// The address of the memory operand, of pointer width, its segment's base included.
    pub fn address(&mut self) -> M::Value {
        let address = self.effective_address();
        let segment = match self.instruction.segment_prefix() {
            Register::FS => Reg::FS,
            Register::GS => Reg::GS,
            _ => return address,
        };
        let base = self.reg(segment);
        self.op(Op::Add, self.pointer, &[base, address])
    }

    /// The address of the memory operand within its segment, of pointer width.
    pub fn effective_address(&mut self) -> M::Value {
        if self.instruction.is_ip_rel_memory_operand() {
            let target = self.instruction.memory_displacement64();
            return self.machine.address(target);
        }
        let base = part(self.instruction.memory_base());
        // An index in a vector register is a gather: only its base is ours.
        let index = part(self.instruction.memory_index()).filter(|index| index.bits <= 64);
        let width = match base.or(index) {
            Some(part) => part.bits,
            None if self.instruction.memory_displ_size() == 2 => 16,
            None => self.pointer,
        };
        let mut sum = base.map(|base| self.part(base));
        if let Some(index) = index {
            let scaled = self.scaled(index, width);
            sum = Some(self.sum(sum, scaled, width));
        }
        let address = self.displaced(sum, width);
        self.fit(address, width, self.pointer)
    }

    fn scaled(&mut self, index: Part, width: Width) -> M::Value {
        let value = self.part(index);
        let scale = self.instruction.memory_index_scale().trailing_zeros();
        if scale == 0 {
            return value;
        }
        let scale = self.constant(u64::from(scale), width);
        self.op(Op::Shl, width, &[value, scale])
    }

    fn displaced(&mut self, sum: Option<M::Value>, width: Width) -> M::Value {
        let displacement = self.instruction.memory_displacement64();
        match sum {
            Some(sum) if displacement == 0 => return sum,
            _ => {}
        }
        let value = if self.instruction.memory_displ_size() >= 4 {
            let cut = if width >= 64 { displacement } else { displacement & ((1 << width) - 1) };
            let place = self.instruction.ip().wrapping_add(self.offsets.displacement_offset() as u64);
            self.machine.immediate(cut, width, place)
        } else {
            self.constant(displacement, width)
        };
        self.sum(sum, value, width)
    }

    fn sum(&mut self, sum: Option<M::Value>, value: M::Value, width: Width) -> M::Value {
        match sum {
            Some(sum) => self.op(Op::Add, width, &[sum, value]),
            None => value,
        }
    }
}

/// The width an immediate is used in, and that it has in the instruction's bytes.
#[inline]
fn immediate_width(kind: OpKind) -> Option<(Width, Width)> {
    Some(match kind {
        OpKind::Immediate8 | OpKind::Immediate8_2nd => (8, 8),
        OpKind::Immediate16 => (16, 16),
        OpKind::Immediate32 => (32, 32),
        OpKind::Immediate64 => (64, 64),
        OpKind::Immediate8to16 => (16, 8),
        OpKind::Immediate8to32 => (32, 8),
        OpKind::Immediate8to64 => (64, 8),
        OpKind::Immediate32to64 => (64, 32),
        _ => return None,
    })
}
