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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// The parts by register: looked up in the decoder's order, written down by name, so that
/// another order changes nothing.
static PARTS: [Option<Part>; 256] = parts();

const NOWHERE: [Option<Part>; 256] = [None; 256];

const fn parts() -> [Option<Part>; 256] {
    use Register::*;
    let mut parts = NOWHERE;
    let general = 0;
    list(&mut parts, &[AL, CL, DL, BL], general, 0, 8);
    list(&mut parts, &[AH, CH, DH, BH], general, 8, 8);
    list(&mut parts, &[SPL, BPL, SIL, DIL, R8L, R9L, R10L, R11L], general + 4, 0, 8);
    list(&mut parts, &[R12L, R13L, R14L, R15L], general + 12, 0, 8);
    list(&mut parts, &[AX, CX, DX, BX, SP, BP, SI, DI], general, 0, 16);
    list(&mut parts, &[R8W, R9W, R10W, R11W, R12W, R13W, R14W, R15W], general + 8, 0, 16);
    list(&mut parts, &[EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI], general, 0, 32);
    list(&mut parts, &[R8D, R9D, R10D, R11D, R12D, R13D, R14D, R15D], general + 8, 0, 32);
    list(&mut parts, &[RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI], general, 0, 64);
    list(&mut parts, &[R8, R9, R10, R11, R12, R13, R14, R15], general + 8, 0, 64);
    let vector = Reg::vector(0).0;
    list(&mut parts, &[XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7], vector, 0, 128);
    list(&mut parts, &[XMM8, XMM9, XMM10, XMM11, XMM12, XMM13, XMM14, XMM15], vector + 8, 0, 128);
    list(&mut parts, &[XMM16, XMM17, XMM18, XMM19, XMM20, XMM21, XMM22, XMM23], vector + 16, 0, 128);
    list(&mut parts, &[XMM24, XMM25, XMM26, XMM27, XMM28, XMM29, XMM30, XMM31], vector + 24, 0, 128);
    list(&mut parts, &[YMM0, YMM1, YMM2, YMM3, YMM4, YMM5, YMM6, YMM7], vector, 0, 128);
    list(&mut parts, &[YMM8, YMM9, YMM10, YMM11, YMM12, YMM13, YMM14, YMM15], vector + 8, 0, 128);
    list(&mut parts, &[YMM16, YMM17, YMM18, YMM19, YMM20, YMM21, YMM22, YMM23], vector + 16, 0, 128);
    list(&mut parts, &[YMM24, YMM25, YMM26, YMM27, YMM28, YMM29, YMM30, YMM31], vector + 24, 0, 128);
    list(&mut parts, &[ZMM0, ZMM1, ZMM2, ZMM3, ZMM4, ZMM5, ZMM6, ZMM7], vector, 0, 128);
    list(&mut parts, &[ZMM8, ZMM9, ZMM10, ZMM11, ZMM12, ZMM13, ZMM14, ZMM15], vector + 8, 0, 128);
    list(&mut parts, &[ZMM16, ZMM17, ZMM18, ZMM19, ZMM20, ZMM21, ZMM22, ZMM23], vector + 16, 0, 128);
    list(&mut parts, &[ZMM24, ZMM25, ZMM26, ZMM27, ZMM28, ZMM29, ZMM30, ZMM31], vector + 24, 0, 128);
    list(&mut parts, &[ST0, ST1, ST2, ST3, ST4, ST5, ST6, ST7], Reg::x87(0).0, 0, 64);
    // An `mmx` register is part of an x87 register; never both in one piece of code.
    list(&mut parts, &[MM0, MM1, MM2, MM3, MM4, MM5, MM6, MM7], Reg::x87(0).0, 0, 64);
    parts
}

/// Notes that these registers are the same part of our registers from number `first` on.
const fn list(parts: &mut [Option<Part>; 256], registers: &[Register], first: u8, at: u8, bits: Width) {
    let mut next = 0;
    while next < registers.len() {
        let reg = Reg(first + next as u8);
        parts[registers[next] as usize] = Some(Part { reg, at, bits });
        next += 1;
    }
}

/// The part of our registers that `register` names; `None` for those we do not have.
///
/// Of `ymm` and `zmm` it is the low 128 bits.
#[inline]
pub(super) fn part(register: Register) -> Option<Part> {
    PARTS.get(register as usize).copied().flatten()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Checked against what the decoder says of each register, for the whole enumeration.
    #[test]
    fn every_register_is_the_part_that_the_decoder_says() {
        for register in Register::values() {
            let full = register.full_register();
            let number = full.number() as u8;
            let bits = (register.size() * 8) as u8;
            let expected = if register.is_gpr() {
                let high = [Register::AH, Register::CH, Register::DH, Register::BH].contains(&register);
                Some((Reg::general(number), if high { 8 } else { 0 }, bits))
            } else if register.is_vector_register() {
                Some((Reg::vector(number), 0, 128))
            } else if register.is_st() || register.is_mm() {
                Some((Reg::x87(register.number() as u8), 0, 64))
            } else {
                None
            };
            let found = part(register).map(|part| (part.reg, part.at, part.bits));
            assert_eq!(found, expected, "{register:?}");
        }
    }
}
